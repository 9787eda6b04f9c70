//! The script host stand-in from the outside: what a script asks for, waits
//! for and writes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io;
use std::time::Duration;

use proptest::prelude::*;

use super::super::REFUSED;
use super::super::http::HttpError;
use super::super::testing::{World, answer};

/// Runs a script with cscript.exe in a new world.
fn script(text: &str) -> (u8, World) {
    let mut world = World::staged();
    let code = run(&mut world, text);
    (code, world)
}

fn run(world: &mut World, text: &str) -> u8 {
    fs::write(world.path("Temp/a.js"), text).unwrap();
    world.run(
        "cscript.exe",
        &["//Nologo", r"C:\temp\A.js", "one", "two words"],
    )
}

#[test]
fn a_beacon_asks_and_waits_as_often_as_its_loop_says() {
    let beacon = "for (var left = 3; left--;) {\r\n  try {\r\n    var request = new \
                  ActiveXObject('WinHttp.WinHttpRequest.5.1');\r\n    request.open('GET', \
                  'https://script.google.com/macros/s/A/exec?n=' + left, false);\r\n    \
                  request.setRequestHeader('Connection', 'close');\r\n    request.send();\r\n  } \
                  catch (failure) { }\r\n  try { WScript.Sleep(0.1 * 1000); } catch (failure) { \
                  }\r\n}\r\n";
    let mut world = World::staged();
    fs::write(world.path("Temp/df00tech_gapps_test.js"), beacon).unwrap();
    let file = r"C:\Temp\df00tech_gapps_test.js";
    let code = world.run("wscript.exe", &["//B", "//Nologo", file]);
    assert_eq!((code, world.complained(), world.said()), (0, "", ""));
    let url = "https://script.google.com/macros/s/A/exec?n=";
    assert_eq!(world.requested(), [2, 1, 0].map(|n| format!("{url}{n}")));
    assert_eq!(world.clock.sleeps, [Duration::from_millis(100); 3]);
    let request = &world.http.requests[0];
    assert_eq!(request.headers["connection"], "close");
    let agent = request.headers["user-agent"].to_str().unwrap();
    assert!(agent.contains("beaconlab-stand-in/"), "{agent}");
}

#[test]
fn every_request_object_works_without_regard_to_case() {
    for (name, open) in [
        ("MSXML2.XMLHTTP", "x.open('GET', u, false)"),
        ("msxml2.xmlhttp.6.0", "x.OPEN('GET', u, 0)"),
        ("Microsoft.XMLHTTP", "x.Open('get', u, false)"),
        ("MSXML2.ServerXMLHTTP.6.0", "x.Open('GET', u)"),
        ("WinHttp.WinHttpRequest.5.1", "x.Open('GET', u)"),
    ] {
        let mut world = World::staged();
        let mut response = answer(404, "no such page");
        response.headers_mut().insert("x-a", "b".parse().unwrap());
        world.http.answers = [Ok(response)].into();
        let text = format!(
            "var u = 'https://a.example/';\nvar x = new ActiveXObject('{name}');\n{open};\n\
             x.Send(null);\nWScript.echo(x.Status, x.statusText, x.ResponseText, \
             x.getResponseHeader('X-A'), x.GetAllResponseHeaders());"
        );
        assert_eq!(run(&mut world, &text), 0, "{name}: {}", world.complained());
        assert_eq!(
            world.said(),
            "404 Not Found no such page b x-a: b\r\n\r\n",
            "{name}"
        );
        assert_eq!(world.requested(), ["https://a.example/"]);
    }
}

#[test]
fn timeouts_add_up() {
    let (code, world) = script(
        "var x = new ActiveXObject('MSXML2.ServerXMLHTTP');\nx.setTimeouts(1000, 2000, 0, 500);\n\
         x.open('HEAD', 'https://a.example/', false); x.send();",
    );
    assert_eq!(code, 0, "{}", world.complained());
    assert_eq!(world.http.requests[0].method, "HEAD");
    assert_eq!(
        world.http.requests[0].timeout,
        Some(Duration::from_millis(3500))
    );
}

#[test]
fn the_script_knows_itself() {
    let (code, world) = script(
        "WScript.Echo(WScript.ScriptFullName, WSH.ScriptName, WScript.FullName, WScript.Name);\n\
         var a = WScript.Arguments;\nWScript.Echo(a.length, a.Count(), a(0), a.Item(1));\n\
         try { a(2) } catch (e) { WScript.Echo(e.description) }",
    );
    assert_eq!(code, 0, "{}", world.complained());
    let full_name = r"C:\Temp\a.js a.js C:\Windows\System32\cscript.exe Windows Script Host";
    assert_eq!(
        world.said().lines().collect::<Vec<_>>(),
        [full_name, "2 2 one two words", "Subscript out of range"]
    );
}

#[test]
fn failures_have_the_numbers_that_windows_gives() {
    let failure = || HttpError::NameNotResolved("a.example".to_owned());
    let refused = || HttpError::Connection(io::ErrorKind::ConnectionRefused.into());
    for (name, error, number) in [
        ("WinHttp.WinHttpRequest.5.1", failure(), "80072ee7"),
        ("WinHttp.WinHttpRequest.5.1", refused(), "80072efd"),
        ("MSXML2.ServerXMLHTTP", HttpError::Timeout, "80072ee2"),
        (
            "MSXML2.ServerXMLHTTP",
            HttpError::Tls("x".to_owned()),
            "80072f7d",
        ),
        ("MSXML2.XMLHTTP", failure(), "800c0005"),
        ("MSXML2.XMLHTTP", HttpError::Tls("x".to_owned()), "800c0019"),
    ] {
        let mut world = World::staged();
        world.http.answers = [Err(error)].into();
        let text = format!(
            "var x = new ActiveXObject('{name}'); x.open('GET', 'https://a.example/', false);\n\
             try {{ x.send() }} catch (e) {{ WScript.Echo((e.number >>> 0).toString(16)) }}"
        );
        assert_eq!(run(&mut world, &text), 0, "{}", world.complained());
        assert_eq!(world.said().trim_end(), number, "{name}");
    }
}

#[test]
fn quit_ends_at_once_with_its_code() {
    let (code, world) = script(
        "try { WScript.Quit(7) } catch (e) { }\nWScript.Echo('no');\n\
         new ActiveXObject('x'); WScript.Quit(1);",
    );
    assert_eq!((code, world.said(), world.complained()), (7, "", ""));
    let (code, _) = script("WScript.Quit()");
    assert_eq!(code, 0);
}

#[test]
fn errors_name_their_place() {
    for (text, message) in [
        ("var a = 1;\n  a.b.c();", r"C:\Temp\a.js(2, "),
        ("WScript.Echo(1);\nvar = 3;", r"C:\Temp\a.js(2, "),
        ("throw 'x'", "uncaught: x"),
        ("throw new Error('boo')", "Error: boo"),
        ("JSON.parse('1')", "JSON is not defined"),
        ("new Promise(1)", "Promise is not defined"),
        ("while (true) { }", "interrupted"),
        ("function f() { f() } f()", "stack"),
        ("var s = 'aaaaaaaa'; while (true) { s += s }", ""),
        (
            "var x = new ActiveXObject('MSXML2.XMLHTTP'); x.status",
            "not yet available",
        ),
    ] {
        let (code, world) = script(text);
        assert_eq!(code, 1, "{text}: {}", world.complained());
        assert!(
            world.complained().contains(message),
            "{text}: {}",
            world.complained()
        );
        assert!(world.is_untouched(), "{text}");
    }
}

#[test]
fn what_the_stand_in_does_not_have_is_refused_by_name() {
    for (text, name) in [
        (
            "new ActiveXObject('WScript.Shell').Run('calc')",
            "the object `WScript.Shell`",
        ),
        (
            "WScript.CreateObject('Scripting.FileSystemObject')",
            "the object `Scripting.File",
        ),
        ("GetObject('winmgmts:')", "`GetObject`"),
        ("eval('1')", "code made of text, `eval`"),
        ("var e = eval; e('1')", "code made of text, `eval`"),
        ("new Function('return 1')", "code made of text, `Function`"),
        ("Function('return 1')", "code made of text, `Function`"),
        (
            "(function () {}).constructor('1')",
            "code made of text, `Function`",
        ),
        (
            "(0)['toString']['constructor']('1')",
            "code made of text, `Function`",
        ),
        ("WScript.StdIn", "`WScript.StdIn`"),
        ("WScript.Interactive = true", "`WScript.Interactive`"),
        (
            "new ActiveXObject('MSXML2.XMLHTTP').foo()",
            "`MSXML2.XMLHTTP.foo`",
        ),
        (
            "new ActiveXObject('WinHttp.WinHttpRequest.5.1').option(4)",
            "5.1.option`",
        ),
        (
            "x('MSXML2.XMLHTTP').onreadystatechange = 1",
            "`MSXML2.XMLHTTP.onreadystatechange`",
        ),
        (
            "x('MSXML2.XMLHTTP').open('GET', u, true)",
            "an asynchronous request",
        ),
        (
            "x('MSXML2.XMLHTTP').open('GET', u)",
            "an asynchronous request",
        ),
        (
            "x('MSXML2.XMLHTTP').open('GET', u, false, 'me', 'pw')",
            "with credentials",
        ),
        (
            "var r = x('MSXML2.XMLHTTP'); r.open('POST', u, false); r.send('a')",
            "with a body",
        ),
        (
            "var r = x('MSXML2.XMLHTTP'); r.open('TRACE', u, false); r.send()",
            "the method `TRACE`",
        ),
        (
            "var r = x('MSXML2.XMLHTTP'); r.open('GET', 'file:///c:/', false); r.send()",
            "not",
        ),
        (
            "var r = x('MSXML2.XMLHTTP'); r.open('GET', u, false);\
             r.setRequestHeader('Host', 'b'); r.send()",
            "the header `Host`",
        ),
    ] {
        // What follows a refusal has no effect, even where it is caught.
        let text = format!(
            "function x(n) {{ return new ActiveXObject(n) }}\nvar u = 'https://a.example/';\n\
             try {{ {text} }} catch (e) {{ }}\nWScript.Echo('no');\nWScript.Quit(0);"
        );
        let (code, world) = script(&text);
        let complaint = world.complained();
        assert_eq!(code, REFUSED, "{text}: {complaint}");
        assert!(complaint.contains(name), "{text}: {complaint}");
        assert!(
            complaint.contains("(at line 3, column "),
            "{text}: {complaint}"
        );
        assert!(world.is_untouched(), "{text}");
    }
}

#[test]
fn what_an_endpoint_sends_is_never_run() {
    for attempt in [
        "eval(r)",
        "new Function(r)()",
        "(function(){}).constructor(r)()",
    ] {
        let mut world = World::staged();
        world.http.answers = [Ok(answer(200, "WScript.Echo('owned')"))].into();
        let text = format!(
            "var x = new ActiveXObject('MSXML2.XMLHTTP');\n\
             x.open('GET', 'https://a.example/', false); x.send(); var r = x.responseText;\n{attempt}"
        );
        assert_eq!(run(&mut world, &text), REFUSED, "{attempt}");
        assert_eq!(world.said(), "");
    }
}

#[test]
fn files_and_switches() {
    let mut world = World::staged();
    let utf16: Vec<u8> = "\u{feff}WScript.Echo('é')"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(world.path("Temp/a.txt"), utf16).unwrap();
    let code = world.run(
        "cscript.exe",
        &["//E:JScript", r"C:\Temp\a.txt", "//B", "//I"],
    );
    assert_eq!((code, world.said()), (0, "é\r\n"), "{}", world.complained());

    let code = world.run("wscript.exe", &[r"C:\Temp\nosuch.js"]);
    assert_eq!(code, 1);
    assert!(world.complained().contains("Can not find script file"));

    fs::write(world.path("Temp/b.js"), [b'"', 0xe9, b'"']).unwrap();
    fs::write(world.path("Temp/c.js"), "/*@cc_on @*/").unwrap();
    fs::write(world.path("Temp/d.js"), "'\0'").unwrap();
    for arguments in [
        &[r"C:\Temp\b.js"][..],
        &[r"C:\Temp\c.js"],
        &[r"C:\Temp\d.js"],
        &[r"C:\Temp\a.txt"],
        &[r"C:\Temp\a.vbs"],
        &["//E:vbscript", r"C:\Temp\a.js"],
        &["//T:1", r"C:\Temp\a.js"],
        &["//B"],
    ] {
        assert_eq!(
            world.run("wscript.exe", arguments),
            REFUSED,
            "{arguments:?}"
        );
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("-", ""),
        ("function(){", "}"),
    ] {
        let text = format!("var x = {}1{}", open.repeat(20_000), close.repeat(20_000));
        let (code, _) = script(&text);
        // QuickJS folds what it can; what it can't is an error, not a crash.
        assert!(code <= 1, "{open}: {code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn generated_scripts_ask_for_what_they_say(
        name in "[a-z]{3,6}_",
        paths in prop::collection::vec("[a-z]{0,6}", 1..4),
        times in 0..4usize,
        object in prop::sample::select(vec!["MSXML2.XMLHTTP", "WinHttp.WinHttpRequest.5.1"]),
    ) {
        let list: Vec<String> = paths.iter().map(|path| format!("'{path}'")).collect();
        let text = format!(
            "var {name} = [{}];\nfor (var i = 0; i < {times}; i++) for (var k in {name}) {{\n  \
             var r = new ActiveXObject('{object}');\n  r.Open('GET', 'https://a.example/' + \
             {name}[k] + '/' + i, false);\n  r.Send();\n  if (r.Status !== 200) WScript.Quit(9);\n}}",
            list.join(", ")
        );
        let (code, world) = script(&text);
        prop_assert_eq!(code, 0, "{}: {}", text, world.complained());
        let expected: Vec<String> = (0..times)
            .flat_map(|i| paths.iter().map(move |path| format!("https://a.example/{path}/{i}")))
            .collect();
        prop_assert_eq!(world.requested(), expected);
    }

    #[test]
    fn any_text_ends_without_a_panic(
        text in r#"(WScript|ActiveXObject|new |eval|var x=|for\(;;\)|function |[-{}()$"'`@%|;,.=+*<>\[\]&! \n/1a]){0,14}"#,
    ) {
        let (_, world) = script(&text);
        prop_assert!(world.http.requests.is_empty());
    }
}
