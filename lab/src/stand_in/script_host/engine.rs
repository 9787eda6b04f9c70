//! The JavaScript engine, `QuickJS`, on a thread of its own, which asks the
//! stand-in for everything that reaches out of the script.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender};

use rquickjs::context::EvalOptions;
use rquickjs::{CaughtError, Context, Ctx, Exception, Function, Object, Runtime, Value};

use super::super::refusal::Place;

/// The most memory that a script may use, in bytes.
const MEMORY_LIMIT: usize = 64 * 1024 * 1024;

/// The engine's stack, in bytes: a third of its thread's.
const STACK_LIMIT: usize = 1024 * 1024;

/// The stack of the engine's thread, in bytes.
pub(super) const THREAD_STACK: usize = 3 * STACK_LIMIT;

/// How often the engine may look whether it should go on while the script
/// reaches out for nothing. It looks after each ten thousand loops or calls,
/// so that a script which only computes ends after about a second.
const PATIENCE: u32 = 4000;

/// The name under which the engine knows the script; the stand-in's own code
/// has another.
const SCRIPT: &str = "script.js";

/// What a script asks for.
#[derive(Debug)]
pub(super) enum Call {
    Send(HttpCall),
    Sleep(f64),
    Echo(String),
}

/// A request as the script describes it.
#[derive(Debug)]
pub(super) struct HttpCall {
    /// `xmlhttp`, `serverxmlhttp` or `winhttp`.
    pub(super) kind: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// In milliseconds; 0 where the script sets none.
    pub(super) timeout: f64,
    /// Where the script is.
    pub(super) place: Option<Place>,
}

/// What the script gets.
#[derive(Debug)]
pub(super) enum Reply {
    Done,
    Response {
        status: u16,
        status_text: String,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// An `HRESULT` and what it means.
    Failure(i32, String),
    /// The stand-in refuses; it knows why.
    Refused,
}

/// How a script ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// At its end.
    Completed,
    /// By `WScript.Quit`.
    Quit(i32),
    /// By an error that it did not catch.
    Error(String, Option<Place>),
    /// Something was refused.
    Refused(String, Option<Place>),
}

/// What a script knows of itself.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) text: String,
    /// The path as Windows shows it.
    pub(super) full_name: String,
    /// The host program's path as Windows shows it.
    pub(super) host: String,
    pub(super) arguments: Vec<String>,
}

/// The two ends of the talk between a script and the stand-in.
pub(super) struct Line {
    pub(super) calls: Sender<Call>,
    pub(super) replies: Receiver<Reply>,
}

/// The world outside the script, as the host functions reach it.
struct Outside {
    line: Line,
    ending: Cell<Option<Ending>>,
    /// How often the engine has looked since the script last reached out.
    looks: Rc<Cell<u32>>,
}

/// Runs a script to its end.
pub(super) fn run(script: &Script, line: Line) -> Ending {
    let outside = Rc::new(Outside {
        line,
        ending: Cell::new(None),
        looks: Rc::new(Cell::new(0)),
    });
    let result = evaluate(script, &outside);
    match (outside.ending.take(), result) {
        (Some(ending), _) => ending,
        (None, Ok(())) => Ending::Completed,
        (None, Err((message, place))) => Ending::Error(message, place),
    }
}

/// An error that a script did not catch: what, and where.
type Thrown = (String, Option<Place>);

fn evaluate(script: &Script, outside: &Rc<Outside>) -> Result<(), Thrown> {
    let engine = |error: rquickjs::Error| (format!("the script engine: {error}"), None);
    let runtime = Runtime::new().map_err(engine)?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_max_stack_size(STACK_LIMIT);
    let looks = Rc::clone(&outside.looks);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        looks.set(looks.get() + 1);
        looks.get() > PATIENCE
    })));
    let context = Context::full(&runtime).map_err(engine)?;
    context.with(|ctx| {
        let caught = |error| thrown(CaughtError::from_error(&ctx, error));
        prepare(&ctx, script, outside).map_err(caught)?;
        ctx.eval_with_options::<Value<'_>, _>(script.text.as_str(), options(SCRIPT))
            .map(drop)
            .map_err(caught)
    })
}

fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.global = true;
    options.strict = false;
    options.filename = Some(name.to_owned());
    options
}

/// Gives the script its objects.
fn prepare<'js>(ctx: &Ctx<'js>, script: &Script, outside: &Rc<Outside>) -> rquickjs::Result<()> {
    let host = Object::new(ctx.clone())?;
    host.set("arguments", script.arguments.clone())?;
    host.set("fullName", script.host.as_str())?;
    host.set("scriptFullName", script.full_name.as_str())?;
    let name = script.full_name.rsplit('\\').next().unwrap_or_default();
    host.set("scriptName", name)?;

    let refuse = {
        let outside = Rc::clone(outside);
        move |what: String, stack: String| {
            let ending = Ending::Refused(what, place(&stack));
            outside.ending.set(Some(ending));
        }
    };
    let quit = {
        let outside = Rc::clone(outside);
        move |code: i32| outside.ending.set(Some(Ending::Quit(code)))
    };
    let sleep = {
        let outside = Rc::clone(outside);
        move |ctx: Ctx<'js>, milliseconds: f64| {
            outside.ask(&ctx, Call::Sleep(milliseconds)).map(drop)
        }
    };
    let echo = {
        let outside = Rc::clone(outside);
        move |ctx: Ctx<'js>, text: String| outside.ask(&ctx, Call::Echo(text)).map(drop)
    };
    let send = {
        let outside = Rc::clone(outside);
        move |ctx: Ctx<'js>, request: Object<'js>| {
            let call = Call::Send(http_call(&request)?);
            let reply = outside.ask(&ctx, call)?;
            answer(&ctx, reply)
        }
    };
    host.set("refuse", Function::new(ctx.clone(), refuse)?)?;
    host.set("quit", Function::new(ctx.clone(), quit)?)?;
    host.set("sleep", Function::new(ctx.clone(), sleep)?)?;
    host.set("echo", Function::new(ctx.clone(), echo)?)?;
    host.set("send", Function::new(ctx.clone(), send)?)?;

    let objects = include_str!("objects.js");
    let install: Function<'js> = ctx.eval_with_options(objects, options("objects.js"))?;
    install.call((ctx.globals(), host))
}

/// Reads a request that `objects.js` describes.
fn http_call(request: &Object<'_>) -> rquickjs::Result<HttpCall> {
    let names: Vec<String> = request.get("names")?;
    let values: Vec<String> = request.get("values")?;
    let stack: String = request.get("stack")?;
    Ok(HttpCall {
        kind: request.get("kind")?,
        method: request.get("method")?,
        url: request.get("url")?,
        headers: names.into_iter().zip(values).collect(),
        timeout: request.get("timeout")?,
        place: place(&stack),
    })
}

impl Outside {
    /// Asks the stand-in and waits for its reply.
    fn ask(&self, ctx: &Ctx<'_>, call: Call) -> rquickjs::Result<Reply> {
        self.looks.set(0);
        // The stand-in hangs up where it can't go on.
        let gone = || Exception::throw_message(ctx, "the script has ended");
        self.line.calls.send(call).map_err(|_| gone())?;
        self.line.replies.recv().map_err(|_| gone())
    }
}

fn answer<'js>(ctx: &Ctx<'js>, reply: Reply) -> rquickjs::Result<Object<'js>> {
    let answer = Object::new(ctx.clone())?;
    match reply {
        Reply::Response {
            status,
            status_text,
            headers,
            body,
        } => {
            answer.set("status", status)?;
            answer.set("statusText", status_text)?;
            let headers: Vec<Vec<String>> = headers
                .into_iter()
                .map(|(name, value)| vec![name, value])
                .collect();
            answer.set("headers", headers)?;
            answer.set("body", body)?;
        }
        Reply::Failure(number, description) => {
            answer.set("number", number)?;
            answer.set("description", description)?;
        }
        Reply::Done | Reply::Refused => {
            answer.set("refused", true)?;
            answer.set("description", "the stand-in refuses this request")?;
        }
    }
    Ok(answer)
}

/// An error as the user is told of it.
fn thrown(error: CaughtError<'_>) -> Thrown {
    match error {
        CaughtError::Exception(exception) => {
            let name: Option<String> = exception.get("name").ok();
            let name = name.unwrap_or_else(|| "Error".to_owned());
            let message = exception.message().unwrap_or_default();
            let stack = exception.stack().unwrap_or_default();
            (format!("{name}: {message}"), place(&stack))
        }
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok());
            let text = text.unwrap_or_else(|| value.type_name().to_owned());
            (format!("uncaught: {text}"), None)
        }
        CaughtError::Error(error) => (format!("the script engine: {error}"), None),
    }
}

/// The innermost place in the script that a stack of calls names, as in
/// `at f (script.js:3:12)`.
fn place(stack: &str) -> Option<Place> {
    let after = stack.split_once(SCRIPT)?.1.strip_prefix(':')?;
    let mut numbers = after.split(|character: char| !character.is_ascii_digit());
    Some(Place {
        line: numbers.next()?.parse().ok()?,
        column: numbers.next()?.parse().ok()?,
    })
}
