//! The stand-in for wscript.exe and cscript.exe: the script itself runs in a
//! JavaScript engine, with the few objects of Windows Script Host that a
//! beacon needs.

mod engine;
mod language;
#[cfg(test)]
mod tests;

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use engine::{Call, Ending, HttpCall, Line, Reply, Script};

use super::http::{
    HeaderMap, HeaderName, HeaderValue, HttpError, Request, Response, is_set_by_client,
    method_without_body, parse_url, user_agent,
};
use super::refusal::Refusal;
use super::system::System;
use super::{STEP_LIMIT, Stop};

/// Which of the two programs it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Windowed,
    Console,
}

impl Host {
    fn file_name(self) -> &'static str {
        match self {
            Self::Windowed => "wscript.exe",
            Self::Console => "cscript.exe",
        }
    }
}

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
struct CommandLine {
    /// `//B`: nothing is shown.
    batch: bool,
    file: String,
    arguments: Vec<String>,
}

/// Runs wscript.exe or cscript.exe with these arguments (without the program
/// itself) and returns the exit code.
pub(super) fn run(host: Host, arguments: &[String], system: &mut System<'_>) -> Result<i32, Stop> {
    let command_line = parse(host, arguments)?;
    let file = &command_line.file;
    let content = system
        .host_path(file)
        .and_then(|path| Some((fs::read(&path).ok()?, path)));
    let Some((content, path)) = content else {
        let message = format!("Input Error: Can not find script file \"{file}\".\r\n");
        system.stderr.write_all(message.as_bytes())?;
        return Ok(1);
    };
    let script = Script {
        text: decoded(&content)?,
        full_name: system.windows_path(&path),
        host: format!(r"C:\Windows\System32\{}", host.file_name()),
        arguments: command_line.arguments,
    };
    if script.text.contains("@cc_on") {
        return Err(Refusal::of("conditional compilation, `@cc_on`").into());
    }
    language::check(&script.text)?;
    let ending = serve(&script, command_line.batch, host, system)?;
    match ending {
        Ending::Completed => Ok(0),
        Ending::Quit(code) => Ok(code),
        Ending::Refused(what, place) => Err(Refusal { what, place }.into()),
        Ending::Error(message, place) => {
            let place = place.map_or_else(String::new, |place| {
                format!("({}, {})", place.line, place.column)
            });
            let name = &script.full_name;
            write!(system.stderr, "{name}{place} {message}\r\n")?;
            Ok(1)
        }
    }
}

fn parse(host: Host, arguments: &[String]) -> Result<CommandLine, Refusal> {
    let mut batch = false;
    let mut file: Option<String> = None;
    let mut script_arguments = Vec::new();
    let mut jscript = false;
    for argument in arguments {
        // The host's own switches have two slashes, wherever they stand.
        match (argument.to_ascii_lowercase().as_str(), &file) {
            ("//b", _) => batch = true,
            ("//i", _) => batch = false,
            ("//nologo", _) => {}
            ("//e:jscript", _) => jscript = true,
            (switch, _) if switch.starts_with("//") => {
                return Err(Refusal::of(format!(
                    "{} with `{argument}`",
                    host.file_name()
                )));
            }
            (_, None) => file = Some(argument.clone()),
            (_, Some(_)) => script_arguments.push(argument.clone()),
        }
    }
    let file = file.ok_or_else(|| Refusal::of(format!("{} without a script", host.file_name())))?;
    let is_jscript = file
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("js"));
    if !jscript && !is_jscript {
        return Err(Refusal::of(format!(
            "a script that is not JScript, `{file}`"
        )));
    }
    Ok(CommandLine {
        batch,
        file,
        arguments: script_arguments,
    })
}

/// A script's text: UTF-8, or UTF-16 where it says so.
fn decoded(content: &[u8]) -> Result<String, Refusal> {
    let refuse = || Refusal::of("a script that is neither UTF-8 nor UTF-16");
    let text = match content {
        [0xff, 0xfe, rest @ ..] => {
            let (units, odd) = rest.as_chunks::<2>();
            if !odd.is_empty() {
                return Err(refuse());
            }
            let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
            String::from_utf16(&units).map_err(|_| refuse())?
        }
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            str::from_utf8(rest).map_err(|_| refuse())?.to_owned()
        }
    };
    if text.contains('\0') {
        return Err(Refusal::of("a script with a NUL character"));
    }
    Ok(text)
}

/// Runs the script on a thread of its own and does what it asks for on this
/// one, which has the system in its hands.
fn serve(
    script: &Script,
    batch: bool,
    host: Host,
    system: &mut System<'_>,
) -> Result<Ending, Stop> {
    let (calls, called) = mpsc::channel();
    let (reply, replies) = mpsc::channel();
    let owned = script.clone();
    let engine = thread::Builder::new()
        .stack_size(engine::THREAD_STACK)
        .spawn(move || engine::run(&owned, Line { calls, replies }))?;
    let mut refused = None;
    let mut steps = 0;
    // Ends when the script does, and hangs up at its end.
    for call in called {
        steps += 1;
        if steps > STEP_LIMIT {
            return Err(Refusal::of(format!("more than {STEP_LIMIT} steps")).into());
        }
        let answer = match call {
            Call::Echo(_) if batch => Reply::Done,
            Call::Echo(text) => {
                write!(system.stdout, "{text}\r\n")?;
                Reply::Done
            }
            Call::Sleep(milliseconds) => {
                system
                    .clock
                    .sleep(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default());
                Reply::Done
            }
            Call::Send(request) => match send(&request, host, system) {
                Ok(answer) => answer,
                Err(refusal) => {
                    refused = Some(refusal);
                    Reply::Refused
                }
            },
        };
        // A script that has ended in the meantime needs no answer.
        let _ = reply.send(answer);
    }
    let ending = engine
        .join()
        .unwrap_or_else(|_| Ending::Error("the script engine broke down".to_owned(), None));
    match refused {
        Some(refusal) => Err(refusal.into()),
        None => Ok(ending),
    }
}

fn send(call: &HttpCall, host: Host, system: &mut System<'_>) -> Result<Reply, Refusal> {
    let request = request(call, host).map_err(|what| Refusal {
        what,
        place: call.place,
    })?;
    Ok(match system.http.send(&request) {
        Ok(response) => response_reply(&response),
        Err(error) => {
            let (number, description) = described(&error, &call.kind);
            Reply::Failure(number, description)
        }
    })
}

fn request(call: &HttpCall, host: Host) -> Result<Request, String> {
    let url = parse_url(&call.url).map_err(|error| error.to_string())?;
    let method =
        method_without_body(&call.method).ok_or_else(|| format!("the method `{}`", call.method))?;
    let mut headers = HeaderMap::new();
    headers.insert("user-agent", user_agent(host.file_name()));
    for (name, value) in &call.headers {
        let refuse = || format!("the header `{name}`");
        let header = HeaderName::try_from(name).map_err(|_| refuse())?;
        if is_set_by_client(&header) {
            return Err(refuse());
        }
        let value = HeaderValue::try_from(value).map_err(|_| refuse())?;
        headers.insert(header, value);
    }
    let mut request = Request::new(method, url);
    request.headers = headers;
    if call.timeout > 0.0 {
        request.timeout = Duration::try_from_secs_f64(call.timeout / 1000.0).ok();
    }
    Ok(request)
}

fn response_reply(response: &Response<Vec<u8>>) -> Reply {
    let status = response.status();
    Reply::Response {
        status: status.as_u16(),
        status_text: status.canonical_reason().unwrap_or_default().to_owned(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect(),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

/// An error as the `HRESULT` that a script sees in `number`: those of `WinHTTP`
/// ("Error Messages (Winhttp.h)", Microsoft Learn), or of URL monikers for
/// MSXML2.XMLHTTP ("URL Moniker Error Codes").
fn described(error: &HttpError, kind: &str) -> (i32, String) {
    let xmlhttp = kind == "xmlhttp";
    let (number, description): (u32, &str) = match error {
        HttpError::NameNotResolved(_) | HttpError::Connection(_) if xmlhttp => (
            0x800c_0005,
            "The system cannot locate the resource specified.",
        ),
        HttpError::NameNotResolved(_) => (
            0x8007_2ee7,
            "The server name or address could not be resolved",
        ),
        HttpError::Connection(_) => (
            0x8007_2efd,
            "A connection with the server could not be established",
        ),
        HttpError::Tls(_) if xmlhttp => (0x800c_0019, "The certificate is not valid."),
        HttpError::Tls(_) => (
            0x8007_2f7d,
            "An error occurred in the secure channel support",
        ),
        HttpError::Timeout if xmlhttp => (0x800c_000b, "The connection has timed out."),
        HttpError::Timeout => (0x8007_2ee2, "The operation timed out"),
        HttpError::TooManyRedirects => (
            0x8007_2f7c,
            "The HTTP redirect request must be confirmed by the user",
        ),
        HttpError::Protocol(_) | HttpError::Roots { .. } => {
            return (0x8007_2f78_u32.cast_signed(), error.to_string());
        }
    };
    (number.cast_signed(), description.to_owned())
}
