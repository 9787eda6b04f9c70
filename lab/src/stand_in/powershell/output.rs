//! Where the values go that statements put out.

use super::super::refusal::Refusal;
use super::execute::{Interpreter, Interruption};
use super::syntax::Command;
use super::value::{LONGEST_LIST, Value};

/// Takes what statements put out.
pub(super) trait Sink {
    fn accept(
        &mut self,
        interpreter: &mut Interpreter<'_, '_>,
        value: Value,
    ) -> Result<(), Interruption>;
}

/// Shows values on standard output.
pub(super) struct Host;

impl Sink for Host {
    fn accept(
        &mut self,
        interpreter: &mut Interpreter<'_, '_>,
        value: Value,
    ) -> Result<(), Interruption> {
        let text = match &value {
            Value::Null => return Ok(()),
            Value::Response(response) => format!(
                "\r\nStatusCode        : {}\r\nStatusDescription : {}\r\n",
                response.status, response.description
            ),
            other => other.to_text(),
        };
        interpreter.write(&format!("{text}\r\n"))
    }
}

/// Keeps values for an assignment or a list.
pub(super) struct Collected(pub(super) Vec<Value>);

impl Sink for Collected {
    fn accept(
        &mut self,
        _interpreter: &mut Interpreter<'_, '_>,
        value: Value,
    ) -> Result<(), Interruption> {
        if self.0.len() >= LONGEST_LIST {
            return Err(Refusal::of(format!("a list of more than {LONGEST_LIST} items")).into());
        }
        self.0.push(value);
        Ok(())
    }
}

/// Hands values to the next command of a pipeline.
pub(super) struct Piped<'p> {
    pub(super) commands: &'p [Command],
    pub(super) end: &'p mut dyn Sink,
}

impl Sink for Piped<'_> {
    fn accept(
        &mut self,
        interpreter: &mut Interpreter<'_, '_>,
        value: Value,
    ) -> Result<(), Interruption> {
        match self.commands.split_first() {
            Some((command, rest)) => {
                let mut end = Piped {
                    commands: rest,
                    end: self.end,
                };
                interpreter.command(command, Some(value), &mut end)
            }
            None => self.end.accept(interpreter, value),
        }
    }
}
