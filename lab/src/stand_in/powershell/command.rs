//! Reads commands: which one it is, and which parameters it is given. A
//! parameter outside the list is refused by name, even one that PowerShell
//! would know.

use super::super::refusal::{Place, Refusal};
use super::cursor::{Cursor, is_name};
use super::parser::braces;
use super::syntax::{Block, Command, Expression, Interval, WebRequest};
use super::{expression, text};

/// A command; `piped` where it has input from a pipeline.
pub(super) fn command(cursor: &mut Cursor, piped: bool) -> Result<Command, Refusal> {
    let place = cursor.place();
    if cursor.take("&") {
        cursor.skip_blanks()?;
        if piped || cursor.peek() != Some('{') {
            return Err(Refusal::at(place, "`&` of anything but a script block"));
        }
        return Ok(Command::Call(braces(cursor)?));
    }
    let name = name(cursor)?;
    let refuse = |what: &str| Err(Refusal::at(place, what.to_owned()));
    match name.to_lowercase().as_str() {
        "foreach-object" | "foreach" | "%" => {
            let block = for_each_block(cursor, place)?;
            if piped {
                Ok(Command::ForEachObject(block))
            } else {
                refuse("`ForEach-Object` without input")
            }
        }
        "out-null" if piped => {
            none_left(arguments(cursor)?, "Out-Null")?;
            Ok(Command::OutNull)
        }
        "out-null" => refuse("`Out-Null` without input"),
        // Windows PowerShell has `curl` and `wget` as names for it.
        "invoke-webrequest" | "iwr" | "curl" | "wget" => {
            if piped {
                return refuse("`Invoke-WebRequest` with input");
            }
            web_request(arguments(cursor)?, place)
        }
        "start-sleep" | "sleep" => {
            if piped {
                return refuse("`Start-Sleep` with input");
            }
            start_sleep(arguments(cursor)?, place)
        }
        "write-host" => {
            let (values, newline) = write_host(arguments(cursor)?)?;
            if piped && !values.is_empty() {
                return refuse("`Write-Host` with input and values");
            }
            Ok(Command::WriteHost { values, newline })
        }
        "write-output" | "echo" | "write" => {
            let values = write_output(arguments(cursor)?)?;
            if piped && !values.is_empty() {
                return refuse("`Write-Output` with input and values");
            }
            Ok(Command::WriteOutput(values))
        }
        _ => Err(Refusal::at(place, format!("the command `{name}`"))),
    }
}

/// A command's name, up to what can't be part of one.
fn name(cursor: &mut Cursor) -> Result<String, Refusal> {
    if cursor.starts_with(". ") || cursor.starts_with(".{") {
        return Err(cursor.refuse("dot-sourcing"));
    }
    if cursor.take("%") {
        return Ok("%".to_owned());
    }
    let name = cursor.take_while(|character| {
        !character.is_whitespace()
            && !matches!(
                character,
                ';' | '|' | '&' | '(' | ')' | '{' | '}' | ',' | '"' | '\'' | '`' | '<' | '>'
            )
    });
    if name.is_empty() {
        return Err(cursor.unexpected("where a command is expected"));
    }
    Ok(name)
}

/// One argument of a command.
struct Argument {
    /// The parameter's name in lower case, without its `-`.
    parameter: Option<String>,
    /// Its value; a parameter's value stands here only after a colon.
    value: Option<Expression>,
    place: Place,
}

/// The arguments up to the end of the command.
fn arguments(cursor: &mut Cursor) -> Result<Vec<Argument>, Refusal> {
    let mut arguments = Vec::new();
    loop {
        cursor.skip_blanks()?;
        let place = cursor.place();
        match (cursor.peek(), cursor.peek_at(1)) {
            (None | Some('\n' | '\r' | ';' | '|' | ')' | '}' | '&'), _) => return Ok(arguments),
            (Some('-'), Some(next)) if next.is_alphabetic() => {
                cursor.skip(1);
                let name = cursor.take_while(is_name);
                let value = if cursor.take(":") {
                    cursor.skip_blanks()?;
                    Some(value(cursor)?)
                } else {
                    None
                };
                arguments.push(Argument {
                    parameter: Some(name.to_lowercase()),
                    value,
                    place,
                });
            }
            _ => arguments.push(Argument {
                parameter: None,
                value: Some(value(cursor)?),
                place,
            }),
        }
    }
}

/// A value, or several with commas between.
fn value(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let mut values = vec![single(cursor)?];
    loop {
        cursor.skip_blanks()?;
        if cursor.peek() != Some(',') {
            break;
        }
        cursor.skip(1);
        cursor.skip_lines()?;
        values.push(single(cursor)?);
    }
    Ok(match values.len() {
        1 => values.remove(0),
        _ => Expression::List(values),
    })
}

fn single(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let start = cursor.position();
    cursor.enter()?;
    let value = match (cursor.peek(), cursor.peek_at(1)) {
        (Some('{'), _) => Err(cursor.refuse("a script block as an argument")),
        (Some('['), _) => Err(cursor.refuse("`[` in an argument")),
        (Some('"' | '\'' | '(' | '@'), _) | (Some('$'), Some('(' | '{')) => {
            expression::primary(cursor)
        }
        (Some('$'), _) => {
            let value = expression::primary(cursor)?;
            if ends_value(cursor.peek()) {
                Ok(value)
            } else {
                // `$base/path` is a text that begins with a variable.
                cursor.rewind(start);
                text::bare(cursor)
            }
        }
        (None | Some(',' | '\n' | '\r' | ';' | ')' | '}'), _) => {
            Err(cursor.unexpected("where a value is expected"))
        }
        _ => text::bare(cursor),
    }?;
    cursor.leave();
    if ends_value(cursor.peek()) {
        Ok(value)
    } else {
        Err(cursor.unexpected("right after a value"))
    }
}

fn ends_value(next: Option<char>) -> bool {
    next.is_none_or(|character| {
        character.is_whitespace() || matches!(character, ';' | '|' | '&' | ')' | '}' | ',' | '`')
    })
}

/// The block of `ForEach-Object`.
fn for_each_block(cursor: &mut Cursor, place: Place) -> Result<Block, Refusal> {
    cursor.skip_blanks()?;
    if cursor.word_ahead() == "-process" {
        cursor.skip("-process".len());
        cursor.skip_blanks()?;
    }
    if cursor.peek() != Some('{') {
        return Err(Refusal::at(
            place,
            "`ForEach-Object` without a script block",
        ));
    }
    cursor.enter()?;
    let block = braces(cursor)?;
    cursor.leave();
    Ok(block)
}

/// Parameters by name, each once; positional values in order.
struct Bound {
    command: &'static str,
    named: Vec<(&'static str, Expression, Place)>,
    positional: Vec<(Expression, Place)>,
}

/// Tells a command's parameters apart: those in `valued`, each with its
/// synonyms, take a value; `switches` take none.
fn bind(
    command: &'static str,
    arguments: Vec<Argument>,
    valued: &[&[&'static str]],
    switches: &[&str],
) -> Result<Bound, Refusal> {
    let mut bound = Bound {
        command,
        named: Vec::new(),
        positional: Vec::new(),
    };
    let mut arguments = arguments.into_iter().peekable();
    while let Some(Argument {
        parameter,
        value,
        place,
    }) = arguments.next()
    {
        let Some(parameter) = parameter else {
            bound.positional.extend(value.map(|value| (value, place)));
            continue;
        };
        if switches.contains(&parameter.as_str()) {
            if value.is_some_and(|value| value != Expression::Boolean(true)) {
                let what = format!("`-{parameter}` of {command} with a value");
                return Err(Refusal::at(place, what));
            }
            continue;
        }
        let known = valued
            .iter()
            .find(|names| names.contains(&parameter.as_str()));
        let Some(&[name, ..]) = known else {
            return Err(Refusal::at(place, format!("`-{parameter}` of {command}")));
        };
        let value = match value {
            Some(value) => Some(value),
            None => arguments
                .next_if(|next| next.parameter.is_none())
                .and_then(|next| next.value),
        };
        let Some(value) = value else {
            let what = format!("`-{parameter}` of {command} without a value");
            return Err(Refusal::at(place, what));
        };
        if bound.named.iter().any(|(other, ..)| other == name) {
            return Err(Refusal::at(
                place,
                format!("`-{parameter}` of {command} twice"),
            ));
        }
        bound.named.push((name, value, place));
    }
    Ok(bound)
}

impl Bound {
    fn named(&mut self, name: &str) -> Option<Expression> {
        let at = self.named.iter().position(|(other, ..)| *other == name)?;
        Some(self.named.remove(at).1)
    }

    /// The parameter of this name, or else the first value without one.
    fn named_or_first(&mut self, name: &str) -> Option<Expression> {
        self.named(name)
            .or_else(|| (!self.positional.is_empty()).then(|| self.positional.remove(0).0))
    }

    /// The parameter of this name and all values without one.
    fn named_and_positional(mut self, name: &str) -> Vec<Expression> {
        let mut all: Vec<Expression> = self.named(name).into_iter().collect();
        all.extend(self.positional.into_iter().map(|(value, _)| value));
        all
    }

    /// Refuses what no parameter has taken.
    fn finish(self) -> Result<(), Refusal> {
        match self.positional.first() {
            None => Ok(()),
            Some((_, place)) => Err(Refusal::at(
                *place,
                format!("a value that no parameter of {} takes", self.command),
            )),
        }
    }
}

fn none_left(arguments: Vec<Argument>, command: &'static str) -> Result<(), Refusal> {
    bind(command, arguments, &[], &[])?.finish()
}

fn web_request(arguments: Vec<Argument>, place: Place) -> Result<Command, Refusal> {
    let mut bound = bind(
        "Invoke-WebRequest",
        arguments,
        &[
            &["uri"],
            &["method"],
            &["headers"],
            &["useragent"],
            &["timeoutsec"],
            &["maximumredirection"],
            // No effect on an error that ends a statement, as this one's are.
            &["erroraction", "ea"],
        ],
        &["usebasicparsing", "disablekeepalive"],
    )?;
    let Some(uri) = bound.named_or_first("uri") else {
        return Err(Refusal::at(place, "`Invoke-WebRequest` without an address"));
    };
    let request = WebRequest {
        uri,
        method: bound.named("method"),
        headers: bound.named("headers"),
        user_agent: bound.named("useragent"),
        timeout_seconds: bound.named("timeoutsec"),
        maximum_redirection: bound.named("maximumredirection"),
        place,
    };
    bound.finish()?;
    Ok(Command::WebRequest(Box::new(request)))
}

fn start_sleep(arguments: Vec<Argument>, place: Place) -> Result<Command, Refusal> {
    let valued: [&[&str]; 2] = [&["seconds", "s"], &["milliseconds", "m", "ms"]];
    let mut bound = bind("Start-Sleep", arguments, &valued, &[])?;
    let milliseconds = bound.named("milliseconds");
    let seconds = bound.named_or_first("seconds");
    bound.finish()?;
    match (seconds, milliseconds) {
        (Some(seconds), None) => Ok(Command::Sleep(Interval::Seconds(seconds))),
        (None, Some(milliseconds)) => Ok(Command::Sleep(Interval::Milliseconds(milliseconds))),
        _ => Err(Refusal::at(
            place,
            "`Start-Sleep` without either seconds or milliseconds",
        )),
    }
}

/// The values, and whether the line ends after them. Colours change nothing.
fn write_host(arguments: Vec<Argument>) -> Result<(Vec<Expression>, bool), Refusal> {
    let no_newline = |argument: &Argument| argument.parameter.as_deref() == Some("nonewline");
    let newline = !arguments.iter().any(no_newline);
    let valued: [&[&str]; 3] = [&["object"], &["foregroundcolor"], &["backgroundcolor"]];
    let bound = bind("Write-Host", arguments, &valued, &["nonewline"])?;
    Ok((bound.named_and_positional("object"), newline))
}

fn write_output(arguments: Vec<Argument>) -> Result<Vec<Expression>, Refusal> {
    let bound = bind("Write-Output", arguments, &[&["inputobject"]], &[])?;
    Ok(bound.named_and_positional("inputobject"))
}
