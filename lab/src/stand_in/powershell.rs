//! The stand-in for powershell.exe (Windows PowerShell 5.1): a script on the
//! command line.

mod cmdlet;
mod command;
mod cursor;
mod evaluate;
mod execute;
mod expression;
mod output;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod value;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Stop;
use super::refusal::Refusal;
use super::system::System;

/// Runs powershell.exe with these arguments (without the program itself) and
/// returns its exit code.
pub(super) fn run(arguments: &[String], system: &mut System<'_>) -> Result<i32, Stop> {
    let text = script(arguments)?;
    let script = parser::parse(&text)?;
    execute::execute(&script, system)
}

/// The texts that PowerShell logs as script blocks (event 4104) for this
/// argument list, whose first item is the program: the text after `-Command`,
/// or what `-EncodedCommand` holds; none where there is no script.
///
/// Source: `about_Logging_Windows` and `about_PowerShell_exe` on Microsoft
/// Learn.
pub fn script_blocks<S: AsRef<str>>(argv: &[S]) -> Vec<String> {
    let arguments: Vec<String> = argv.iter().skip(1).map(|a| a.as_ref().to_owned()).collect();
    script(&arguments).into_iter().collect()
}

/// What a switch of powershell.exe asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    /// Nothing that matters here.
    Ignored,
    /// The same, and its value as well.
    IgnoredWithValue,
    Command,
    EncodedCommand,
}

/// The switches with the shortest form that powershell.exe takes for each.
const SWITCHES: [(&str, &str, Switch); 10] = [
    ("command", "c", Switch::Command),
    ("encodedcommand", "e", Switch::EncodedCommand),
    ("ec", "ec", Switch::EncodedCommand),
    ("executionpolicy", "ex", Switch::IgnoredWithValue),
    ("ep", "ep", Switch::IgnoredWithValue),
    ("nologo", "nol", Switch::Ignored),
    ("noninteractive", "noni", Switch::Ignored),
    ("noprofile", "nop", Switch::Ignored),
    ("sta", "sta", Switch::Ignored),
    ("windowstyle", "w", Switch::IgnoredWithValue),
];

/// The script that the arguments give.
fn script(arguments: &[String]) -> Result<String, Refusal> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(name) = argument.strip_prefix(['-', '/']) else {
            // Without a switch, the first word begins the command.
            return command(std::iter::once(argument).chain(rest));
        };
        let name = name.to_ascii_lowercase();
        let switch = SWITCHES
            .iter()
            .find(|(full, shortest, _)| full.starts_with(&name) && name.starts_with(shortest));
        let missing = || Refusal::of(format!("powershell.exe with `{argument}` and no value"));
        match switch.map(|&(.., switch)| switch) {
            Some(Switch::Ignored) => {}
            Some(Switch::IgnoredWithValue) => {
                rest.next().ok_or_else(missing)?;
            }
            Some(Switch::Command) => return command(rest),
            Some(Switch::EncodedCommand) => {
                let text = decoded(rest.next().ok_or_else(missing)?)?;
                return match rest.next() {
                    None => Ok(text),
                    Some(_) => Err(Refusal::of("arguments after an encoded command")),
                };
            }
            None => return Err(Refusal::of(format!("powershell.exe with `{argument}`"))),
        }
    }
    Err(Refusal::of("powershell.exe without a command"))
}

/// The words of a command, which powershell.exe joins by blanks.
fn command<'a>(words: impl Iterator<Item = &'a String>) -> Result<String, Refusal> {
    let words: Vec<&str> = words.map(String::as_str).collect();
    match words.as_slice() {
        [] => Err(Refusal::of("powershell.exe without a command")),
        ["-"] => Err(Refusal::of("a command from standard input")),
        words => Ok(words.join(" ")),
    }
}

/// The text of an `-EncodedCommand`: Base64 of UTF-16, little end first.
fn decoded(encoded: &str) -> Result<String, Refusal> {
    let refuse = || Refusal::of("an encoded command that is not Base64 of UTF-16");
    let bytes = STANDARD.decode(encoded).map_err(|_| refuse())?;
    let (units, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(refuse());
    }
    let units: Vec<u16> = units.iter().copied().map(u16::from_le_bytes).collect();
    String::from_utf16(&units).map_err(|_| refuse())
}
