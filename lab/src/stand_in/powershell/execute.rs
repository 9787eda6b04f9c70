//! Runs the statements of a script that has been read as a whole.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::refusal::Refusal;
use super::super::system::System;
use super::super::{STEP_LIMIT, Stop};
use super::evaluate::located;
use super::output::{Collected, Host, Piped, Sink};
use super::syntax::{Assign, Block, Command, Expression, Head, Pipeline, Statement, Type};
use super::value::{Failure, Fault, Value};

/// Runs a script and returns the exit code that powershell.exe would end
/// with: 1 where the last statement failed.
pub(super) fn execute(script: &Block, system: &mut System<'_>) -> Result<i32, Stop> {
    let mut interpreter = Interpreter {
        system,
        variables: BTreeMap::new(),
        attempts: 0,
        succeeded: true,
        steps: 0,
    };
    match interpreter.block(script, &mut Host) {
        // Outside a loop these two end the script.
        Ok(()) | Err(Interruption::Break | Interruption::Continue) => {
            Ok(i32::from(!interpreter.succeeded))
        }
        Err(Interruption::Failed(failure)) => {
            interpreter.report(&failure)?;
            Ok(1)
        }
        Err(Interruption::Stop(stop)) => Err(stop),
    }
}

/// What keeps the next statement from running.
#[derive(Debug)]
pub(super) enum Interruption {
    Break,
    Continue,
    /// An error on its way to a `catch` or the end.
    Failed(Failure),
    Stop(Stop),
}

impl From<Fault> for Interruption {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Failure(failure) => Self::Failed(failure),
            Fault::Refusal(refusal) => Self::Stop(refusal.into()),
        }
    }
}

impl From<Refusal> for Interruption {
    fn from(refusal: Refusal) -> Self {
        Self::Stop(refusal.into())
    }
}

impl From<std::io::Error> for Interruption {
    fn from(error: std::io::Error) -> Self {
        Self::Stop(error.into())
    }
}

pub(super) struct Interpreter<'s, 'a> {
    pub(super) system: &'s mut System<'a>,
    /// By name in lower case.
    pub(super) variables: BTreeMap<String, Value>,
    /// How many `try` blocks are around.
    attempts: usize,
    /// Whether the last statement did.
    succeeded: bool,
    steps: u64,
}

impl Interpreter<'_, '_> {
    pub(super) fn write(&mut self, text: &str) -> Result<(), Interruption> {
        Ok(self.system.stdout.write_all(text.as_bytes())?)
    }

    fn report(&mut self, failure: &Failure) -> Result<(), Stop> {
        let Failure { command, message } = failure;
        match command {
            Some(command) => write!(self.system.stderr, "{command} : {message}\r\n")?,
            None => write!(self.system.stderr, "{message}\r\n")?,
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Interruption> {
        self.steps += 1;
        if self.steps > STEP_LIMIT {
            return Err(Refusal::of(format!("more than {STEP_LIMIT} steps")).into());
        }
        Ok(())
    }

    pub(super) fn block(&mut self, block: &Block, sink: &mut dyn Sink) -> Result<(), Interruption> {
        for statement in block {
            self.step()?;
            match self.statement(statement, sink) {
                Err(Interruption::Failed(failure)) if self.attempts == 0 => {
                    self.uncaught(&failure)?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// An error outside any `try` ends its statement only, unless the script
    /// says otherwise. Source: `about_Preference_Variables`, Microsoft Learn.
    fn uncaught(&mut self, failure: &Failure) -> Result<(), Interruption> {
        self.succeeded = false;
        let preference = self.variables.get("erroractionpreference");
        let preference = preference.map(Value::to_text).unwrap_or_default();
        match preference.to_ascii_lowercase().as_str() {
            "silentlycontinue" | "ignore" => Ok(()),
            "stop" => {
                self.report(failure).map_err(Interruption::Stop)?;
                Err(Interruption::Stop(Stop::Exit(1)))
            }
            _ => self.report(failure).map_err(Interruption::Stop),
        }
    }

    fn statement(
        &mut self,
        statement: &Statement,
        sink: &mut dyn Sink,
    ) -> Result<(), Interruption> {
        match statement {
            Statement::Pipeline(pipeline) => {
                self.pipeline(pipeline, sink)?;
                self.succeeded = true;
                Ok(())
            }
            Statement::Assign(assign) => {
                self.assign(assign)?;
                self.succeeded = true;
                Ok(())
            }
            Statement::If {
                branches,
                otherwise,
            } => {
                for (condition, block) in branches {
                    if self.value(condition)?.is_true() {
                        return self.block(block, sink);
                    }
                }
                match otherwise {
                    Some(block) => self.block(block, sink),
                    None => Ok(()),
                }
            }
            Statement::While(condition, body) => {
                while self.value(condition)?.is_true() {
                    if !self.round(body, sink)? {
                        break;
                    }
                }
                Ok(())
            }
            Statement::For {
                first,
                condition,
                step,
                body,
            } => {
                if let Some(first) = first {
                    self.statement(first, &mut Collected(Vec::new()))?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.value(condition)?.is_true()
                    {
                        return Ok(());
                    }
                    if !self.round(body, sink)? {
                        return Ok(());
                    }
                    if let Some(step) = step {
                        self.statement(step, &mut Collected(Vec::new()))?;
                    }
                }
            }
            Statement::ForEach {
                variable,
                items,
                body,
            } => {
                for item in enumerated(self.value(items)?) {
                    self.variables.insert(variable.clone(), item);
                    if !self.round(body, sink)? {
                        break;
                    }
                }
                Ok(())
            }
            Statement::Try {
                body,
                catch,
                finally,
            } => self.attempt(body, catch.as_ref(), finally.as_ref(), sink),
            Statement::Break => Err(Interruption::Break),
            Statement::Continue => Err(Interruption::Continue),
            Statement::Exit(code) => {
                let code = match code {
                    Some(code) => self.value(code)?.to_integer()?,
                    None => 0,
                };
                let code = i32::try_from(code)
                    .map_err(|_| Fault::failure(format!("{code} is no exit code.")))?;
                Err(Interruption::Stop(Stop::Exit(code)))
            }
        }
    }

    /// One round of a loop; false where `break` ends it.
    fn round(&mut self, body: &Block, sink: &mut dyn Sink) -> Result<bool, Interruption> {
        self.step()?;
        match self.block(body, sink) {
            Ok(()) | Err(Interruption::Continue) => Ok(true),
            Err(Interruption::Break) => Ok(false),
            Err(other) => Err(other),
        }
    }

    fn attempt(
        &mut self,
        body: &Block,
        catch: Option<&Block>,
        finally: Option<&Block>,
        sink: &mut dyn Sink,
    ) -> Result<(), Interruption> {
        self.attempts += 1;
        let result = self.block(body, sink);
        self.attempts -= 1;
        let result = match (result, catch) {
            (Err(Interruption::Failed(failure)), Some(catch)) => {
                let error = Value::Error(Rc::new(failure));
                self.with_item(error, |interpreter| interpreter.block(catch, sink))
            }
            (result, _) => result,
        };
        if let Some(finally) = finally
            && !matches!(result, Err(Interruption::Stop(_)))
        {
            self.block(finally, sink)?;
        }
        result
    }

    /// Runs something with `$_` set, and puts back what it was.
    fn with_item<T>(&mut self, item: Value, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.variables.insert("_".to_owned(), item);
        let result = body(self);
        match before {
            Some(before) => self.variables.insert("_".to_owned(), before),
            None => self.variables.remove("_"),
        };
        result
    }

    fn assign(&mut self, assign: &Assign) -> Result<(), Interruption> {
        let mut value = self.value(&assign.value)?;
        let Some(name) = &assign.variable else {
            return Ok(());
        };
        if let Some(operator) = assign.operator {
            value = self
                .variable(name)
                .arithmetic(operator, &value)
                .map_err(|fault| located(fault, assign.place))?;
        }
        self.variables.insert(name.clone(), value);
        Ok(())
    }

    pub(super) fn variable(&self, name: &str) -> Value {
        self.variables.get(name).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        sink: &mut dyn Sink,
    ) -> Result<(), Interruption> {
        let mut sink = Piped {
            commands: &pipeline.rest,
            end: sink,
        };
        match &pipeline.head {
            Head::Command(command) => self.command(command, None, &mut sink),
            // `$i++` as a statement puts nothing out.
            Head::Expression(step @ Expression::Step { .. }) if pipeline.rest.is_empty() => {
                self.expression(step).map(drop)
            }
            Head::Expression(Expression::Cast(Type::Void, operand)) => {
                self.expression(operand).map(drop)
            }
            Head::Expression(expression) => {
                for value in enumerated(self.expression(expression)?) {
                    self.step()?;
                    sink.accept(self, value)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn command(
        &mut self,
        command: &Command,
        input: Option<Value>,
        sink: &mut dyn Sink,
    ) -> Result<(), Interruption> {
        match command {
            Command::Call(block) => self.block(block, sink),
            Command::ForEachObject(block) => {
                self.step()?;
                let item = input.unwrap_or(Value::Null);
                self.with_item(item, |interpreter| interpreter.block(block, sink))
            }
            Command::OutNull => Ok(()),
            Command::WebRequest(request) => {
                let response = self.web_request(request)?;
                sink.accept(self, response)
            }
            Command::Sleep(interval) => self.sleep(interval),
            Command::WriteHost { values, newline } => {
                let mut texts = Vec::new();
                for value in values {
                    texts.push(self.expression(value)?.to_text());
                }
                texts.extend(input.map(|input| input.to_text()));
                self.write(&texts.join(" "))?;
                if *newline { self.write("\r\n") } else { Ok(()) }
            }
            Command::WriteOutput(values) => {
                for value in values {
                    for value in enumerated(self.expression(value)?) {
                        sink.accept(self, value)?;
                    }
                }
                match input {
                    Some(input) => sink.accept(self, input),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The values that a value is in a pipeline or loop.
fn enumerated(value: Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}
