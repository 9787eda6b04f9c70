//! The stand-in for cmd.exe: one command after `/c`.

mod builtin;
mod execute;
mod expand;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;
mod words;

use super::Stop;
use super::refusal::Refusal;
use super::system::System;
use crate::command_line::introduces_command;

/// Runs cmd.exe with these arguments (without the program itself) and returns
/// its exit code.
pub(super) fn run(arguments: &[String], system: &mut System<'_>) -> Result<i32, Stop> {
    let text = command(arguments)?;
    let directory = system.windows_directory();
    let source = expand::expand(
        text.trim_end_matches(['\r', '\n']),
        &system.environment,
        &directory,
    )?;
    let command = parser::parse(&source)?;
    execute::execute(&command, system)
}

/// The command that the arguments give. `/d` (no autorun) and `/q` (no echo)
/// change nothing here, nor does `/s`: the command has no outer quotes left.
fn command(arguments: &[String]) -> Result<String, Refusal> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.to_ascii_lowercase().as_str() {
            "/d" | "/q" | "/s" => {}
            "/c" => {
                let words: Vec<&str> = rest.map(String::as_str).collect();
                return Ok(words.join(" "));
            }
            switch if introduces_command(switch) => {
                return Err(Refusal::of(format!("cmd.exe with `{argument}`")));
            }
            _ => {
                return Err(Refusal::of(format!(
                    "cmd.exe with `{argument}` before `/c`"
                )));
            }
        }
    }
    Err(Refusal::of("cmd.exe without a command after `/c`"))
}
