// The objects that Windows Script Host gives to a script, as far as the
// stand-in has them: WScript and the HTTP requests. Whatever a script asks of
// them beyond that is refused by name.
//
// `host` holds the few functions that reach out of the script. It is not seen
// by the script, and neither is anything that makes code out of text.
(function (global, host) {
  "use strict";

  // Taken now, so that no script can change them under our feet.
  const lower = Function.prototype.call.bind(String.prototype.toLowerCase);
  const own = Function.prototype.call.bind(Object.prototype.hasOwnProperty);
  const ErrorObject = Error;
  const ProxyObject = Proxy;
  const text = String;

  let ended = false;

  // After a refusal or `Quit` nothing reaches out any more, whatever the
  // script catches.
  function reaching(what) {
    if (ended) {
      throw new ErrorObject("the script has ended");
    }
    return what();
  }

  function refuse(what) {
    if (!ended) {
      ended = true;
      host.refuse(what, text(new ErrorObject().stack));
    }
    throw failure(-2146827859, "Automation server can't create object");
  }

  function failure(number, description) {
    const error = new ErrorObject(description);
    error.number = number;
    error.description = description;
    return error;
  }

  // An object whose members have names without case, as COM's have. A member
  // is a function or a pair of `get` and `set`.
  function automation(name, members) {
    function member(key) {
      const found = typeof key === "string" ? lower(key) : "";
      if (!own(members, found)) {
        refuse("`" + name + "." + text(key) + "`");
      }
      return members[found];
    }
    return new ProxyObject({}, {
      get(_, key) {
        if (typeof key === "symbol") {
          return undefined;
        }
        if (key === "toString" || key === "valueOf") {
          return () => name;
        }
        const found = member(key);
        return typeof found === "function" ? found : found.get();
      },
      set(_, key, value) {
        const found = member(key);
        if (typeof found === "function" || !found.set) {
          refuse("setting `" + name + "." + text(key) + "`");
        }
        found.set(value);
        return true;
      },
      has: (_, key) => typeof key === "string" && own(members, lower(key)),
      deleteProperty: () => false,
      defineProperty: () => false,
    });
  }

  // A request. `kind` is "xmlhttp", "serverxmlhttp" or "winhttp".
  function request(name, kind) {
    let opened = null;
    let answer = null;
    let timeout = 0;

    function answered() {
      if (answer === null) {
        throw failure(-2147483638, "The data necessary to complete this operation is not yet available.");
      }
      return answer;
    }

    const members = {
      open(method, url, asynchronous, user) {
        // MSXML2.XMLHTTP is asynchronous unless it is told otherwise.
        if (asynchronous === undefined ? kind === "xmlhttp" : asynchronous) {
          refuse("an asynchronous request: `" + name + ".open` without `false` as its third argument");
        }
        if (user !== undefined && user !== null && user !== "") {
          refuse("`" + name + ".open` with credentials");
        }
        opened = { method: text(method), url: text(url), names: [], values: [] };
        answer = null;
      },
      setrequestheader(header, value) {
        if (opened === null) {
          throw failure(-2147467259, "Unspecified error");
        }
        opened.names.push(text(header));
        opened.values.push(text(value));
      },
      send(body) {
        if (body !== undefined && body !== null && body !== "") {
          refuse("a request with a body: `" + name + ".send` with an argument");
        }
        if (opened === null) {
          throw failure(-2147467259, "Unspecified error");
        }
        const { method, url, names, values } = opened;
        const stack = text(new ErrorObject().stack);
        const result = reaching(() => host.send({ kind, method, url, names, values, timeout, stack }));
        if (result.refused) {
          ended = true;
          throw failure(-2147012891, result.description);
        }
        if (result.number !== undefined) {
          throw failure(result.number, result.description);
        }
        answer = result;
      },
      abort() {
        opened = null;
        answer = null;
      },
      status: { get: () => answered().status },
      statustext: { get: () => answered().statusText },
      responsetext: { get: () => answered().body },
      getresponseheader(header) {
        const wanted = lower(text(header));
        for (const [name, value] of answered().headers) {
          if (name === wanted) {
            return value;
          }
        }
        return "";
      },
      getallresponseheaders() {
        let all = "";
        for (const [name, value] of answered().headers) {
          all += name + ": " + value + "\r\n";
        }
        return all;
      },
    };
    if (kind !== "winhttp") {
      members.readystate = { get: () => (answer !== null ? 4 : opened !== null ? 1 : 0) };
    }
    if (kind !== "xmlhttp") {
      // Resolve, connect, send, receive: the request may take all of them.
      members.settimeouts = function () {
        timeout = 0;
        for (let index = 0; index < arguments.length; index++) {
          timeout += Math.max(0, Number(arguments[index]) || 0);
        }
      };
    }
    return automation(name, members);
  }

  const kinds = {
    "microsoft.xmlhttp": "xmlhttp",
    "msxml2.xmlhttp": "xmlhttp",
    "msxml2.xmlhttp.3.0": "xmlhttp",
    "msxml2.xmlhttp.6.0": "xmlhttp",
    "msxml2.serverxmlhttp": "serverxmlhttp",
    "msxml2.serverxmlhttp.3.0": "serverxmlhttp",
    "msxml2.serverxmlhttp.6.0": "serverxmlhttp",
    "winhttp.winhttprequest.5.1": "winhttp",
  };

  function create(progId) {
    const name = text(progId);
    if (!own(kinds, lower(name))) {
      refuse("the object `" + name + "`");
    }
    return request(name, kinds[lower(name)]);
  }

  function argument(index) {
    const at = Math.floor(Number(index));
    if (!(at >= 0 && at < host.arguments.length)) {
      throw failure(-2146828279, "Subscript out of range");
    }
    return host.arguments[at];
  }

  const scriptArguments = automation("WScript.Arguments", {
    item: argument,
    count: () => host.arguments.length,
    length: { get: () => host.arguments.length },
  });

  const callableArguments = new ProxyObject(function () {}, {
    get: (_, key) => scriptArguments[key],
    set: (_, key) => refuse("setting `WScript.Arguments." + text(key) + "`"),
    apply: (_, self, [index]) => argument(index),
    deleteProperty: () => false,
    defineProperty: () => false,
  });

  const wscript = automation("WScript", {
    arguments: { get: () => callableArguments },
    createobject: create,
    echo(...values) {
      const line = values.map((value) => text(value)).join(" ");
      reaching(() => host.echo(line));
    },
    fullname: { get: () => host.fullName },
    name: { get: () => "Windows Script Host" },
    quit(code) {
      if (!ended) {
        ended = true;
        host.quit(Number(code) | 0);
      }
      throw new ErrorObject("the script has ended");
    },
    scriptfullname: { get: () => host.scriptFullName },
    scriptname: { get: () => host.scriptName },
    sleep(milliseconds) {
      const duration = Number(milliseconds);
      if (!(duration >= 0 && duration <= 2147483647)) {
        throw failure(-2147024809, "Invalid procedure call or argument");
      }
      reaching(() => host.sleep(duration));
    },
  });

  // Nothing makes code out of text: not `eval`, not a function's constructor.
  function codeFromText(name) {
    return function () {
      refuse("code made of text, `" + name + "`");
    };
  }
  const kindsOfFunctions = [function () {}, function* () {}, async function () {}, async function* () {}];
  for (const one of kindsOfFunctions) {
    Object.defineProperty(Object.getPrototypeOf(one), "constructor", {
      value: codeFromText("Function"),
      writable: false,
      configurable: false,
    });
  }
  const FunctionObject = codeFromText("Function");
  FunctionObject.prototype = Function.prototype;

  // What JScript 5.8 has; the engine knows more, which no Windows script could
  // use.
  const known = [
    "Array", "Boolean", "Date", "Error", "EvalError", "Infinity", "Math", "NaN", "Number", "Object",
    "RangeError", "ReferenceError", "RegExp", "String", "SyntaxError", "TypeError", "URIError",
    "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "isFinite",
    "isNaN", "parseFloat", "parseInt", "undefined", "unescape",
  ];
  for (const name of Object.getOwnPropertyNames(global)) {
    if (!known.includes(name)) {
      delete global[name];
    }
  }
  const given = {
    ActiveXObject: function ActiveXObject(progId) {
      return create(progId);
    },
    Enumerator: () => refuse("`Enumerator`"),
    Function: FunctionObject,
    GetObject: () => refuse("`GetObject`"),
    VBArray: () => refuse("`VBArray`"),
    WSH: wscript,
    WScript: wscript,
    eval: codeFromText("eval"),
  };
  for (const name of Object.keys(given)) {
    Object.defineProperty(global, name, { value: given[name], writable: false, configurable: false });
  }
})
