//! Tells builtins from programs, and reads the builtins' operands.

use super::super::refusal::{Place, Refusal};
use super::syntax::Action;
use super::words::is_delimiter;

/// The builtins that are refused; programs of these names don't exist.
const REFUSED: [&str; 39] = [
    "assoc", "break", "call", "cls", "color", "copy", "date", "dir", "dpath", "endlocal", "ftype",
    "goto", "keys", "md", "mkdir", "mklink", "move", "path", "pause", "popd", "prompt", "pushd",
    "rd", "ren", "rename", "rmdir", "setlocal", "shift", "start", "time", "title", "ver", "verify",
    "vol", "for", "if", "else", "do", "in",
];

/// The builtins that are interpreted.
const KNOWN: [&str; 9] = [
    "cd", "chdir", "del", "echo", "erase", "exit", "rem", "set", "type",
];

/// Extensions that Windows would hand to another program or interpreter.
const SCRIPTS: [&str; 8] = [
    ".bat", ".cmd", ".js", ".jse", ".ps1", ".vbe", ".vbs", ".wsf",
];

/// What a simple command's text says; `in_loop` where it may refer to the
/// variable of a loop.
pub(super) fn classify(text: &str, place: Place, in_loop: bool) -> Result<Action, Refusal> {
    if text.is_empty() {
        return Ok(Action::Nothing);
    }
    if text.starts_with(':') {
        return Err(Refusal::at(place, "a label"));
    }
    let Some((name, operands)) = builtin(text) else {
        return program(text, place, in_loop);
    };
    let refuse = |what: String| Err(Refusal::at(place, what));
    if operands.split(is_delimiter).any(|operand| operand == "/?") {
        return refuse(format!("the help of `{name}`"));
    }
    match name.as_str() {
        "echo" => Ok(echo(operands)),
        "rem" => Ok(Action::Nothing),
        "set" => set(operands, place),
        "del" | "erase" => delete(operands, place),
        "cd" | "chdir" => Ok(change_directory(operands)),
        "type" => {
            let files = one_by_one(operands);
            if files.is_empty() || files.iter().any(|file| file.contains(['*', '?'])) {
                return refuse("`type` without files' names".to_owned());
            }
            Ok(Action::Type(files))
        }
        "exit" => exit(operands, place),
        _ => refuse(format!("the builtin `{name}`")),
    }
}

/// A builtin's name in lower case, and what follows it.
fn builtin(text: &str) -> Option<(String, &str)> {
    let letters = text
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(letters);
    let name = name.to_ascii_lowercase();
    if !KNOWN.contains(&name.as_str()) && !REFUSED.contains(&name.as_str()) {
        return None;
    }
    let word = rest.split(is_delimiter).next().unwrap_or_default();
    let follows = match rest.chars().next() {
        None => true,
        // `echo.`, `echo:` and the like; `cd..`, `cd\Temp`; but `time.exe`.
        Some('.' | ':' | '\\' | '(' | '[' | ']' | '+') => {
            matches!(name.as_str(), "echo" | "cd" | "chdir")
                && !word.eq_ignore_ascii_case(".exe")
                && !word.eq_ignore_ascii_case(".com")
        }
        Some(character) => is_delimiter(character) || character == '/' || character == '"',
    };
    follows.then_some((name, rest))
}

fn echo(operands: &str) -> Action {
    let mut characters = operands.chars();
    let Some(first) = characters.next() else {
        return Action::Echo("ECHO is on.".to_owned());
    };
    let text = characters.as_str();
    if !is_delimiter(first) {
        // `echo.` and its kin print even an empty line.
        return Action::Echo(if first == '"' { operands } else { text }.to_owned());
    }
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Action::Echo("ECHO is on.".to_owned()),
        "on" | "off" => Action::Nothing,
        _ => Action::Echo(text.to_owned()),
    }
}

fn set(operands: &str, place: Place) -> Result<Action, Refusal> {
    let operands = operands.trim_start_matches(is_delimiter);
    if operands.starts_with('/') {
        let switch = operands.split(is_delimiter).next().unwrap_or_default();
        return Err(Refusal::at(place, format!("`set {switch}`")));
    }
    let assignment = match operands.strip_prefix('"') {
        Some(quoted) => quoted.rsplit_once('"').map_or(quoted, |(inside, _)| inside),
        None => operands,
    };
    match assignment.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Action::Set {
            name: name.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err(Refusal::at(place, "`set` that shows variables")),
    }
}

fn delete(operands: &str, place: Place) -> Result<Action, Refusal> {
    // `del/q/f x` and `del /q /f x` are the same.
    let mut files = Vec::new();
    for operand in one_by_one(operands) {
        if let Some(switches) = operand.strip_prefix('/') {
            for switch in switches.split('/') {
                if !["q", "f"]
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(switch))
                {
                    return Err(Refusal::at(place, format!("`del /{switch}`")));
                }
            }
        } else if operand.contains(['*', '?']) {
            return Err(Refusal::at(
                place,
                format!("`del` of a pattern, `{operand}`"),
            ));
        } else {
            files.push(operand);
        }
    }
    if files.is_empty() {
        return Err(Refusal::at(place, "`del` without a file's name"));
    }
    Ok(Action::Delete(files))
}

fn change_directory(operands: &str) -> Action {
    let mut path = operands.trim_matches(is_delimiter);
    if let Some((switch, rest)) = path.split_at_checked(2)
        && switch.eq_ignore_ascii_case("/d")
    {
        path = rest.trim_start_matches(is_delimiter);
    }
    let path = path.replace('"', "");
    Action::ChangeDirectory((!path.is_empty()).then_some(path))
}

fn exit(operands: &str, place: Place) -> Result<Action, Refusal> {
    let mut words = one_by_one(operands);
    if words
        .first()
        .is_some_and(|word| word.eq_ignore_ascii_case("/b"))
    {
        words.remove(0);
    }
    match words.as_slice() {
        [] => Ok(Action::Exit(None)),
        [code] => match code.parse() {
            Ok(code) => Ok(Action::Exit(Some(code))),
            Err(_) => Err(Refusal::at(place, format!("`exit` with `{code}`"))),
        },
        _ => Err(Refusal::at(place, "`exit` with more than a code")),
    }
}

/// Operands separated by cmd's delimiters, without their quotes.
fn one_by_one(operands: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut started = false;
    let mut quoted = false;
    for character in operands.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                started = true;
            }
            _ if is_delimiter(character) && !quoted => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            _ => {
                word.push(character);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

fn program(text: &str, place: Place, in_loop: bool) -> Result<Action, Refusal> {
    let mut quoted = false;
    let end = text
        .find(|character: char| {
            quoted ^= character == '"';
            !quoted && is_delimiter(character)
        })
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = name.replace('"', "");
    let refuse = |what: String| Err(Refusal::at(place, what));
    if let Some(delimiter @ (',' | ';' | '=')) = rest.chars().next() {
        return refuse(format!("a program's name followed by `{delimiter}`"));
    }
    if in_loop && name.contains('%') {
        return refuse(format!("a program whose name holds a variable, `{name}`"));
    }
    let lower = name.to_ascii_lowercase();
    if let Some(extension) = SCRIPTS.iter().find(|extension| lower.ends_with(*extension)) {
        return refuse(format!("running a `{extension}` file, `{name}`"));
    }
    Ok(Action::Run {
        program: name,
        line: text.trim_end_matches([' ', '\t']).to_owned(),
    })
}
