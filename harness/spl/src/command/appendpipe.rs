//! `appendpipe`: runs commands on a copy of the rows and adds what they give.
//!
//! Source: Search Reference, `appendpipe`.

use super::option;
use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    plan::{Planner, Step},
    print::Printer,
    table::Table,
};

/// A planned `appendpipe`.
#[derive(Debug)]
pub(crate) struct AppendPipe {
    steps: Vec<Step<Box<dyn Command>>>,
}

/// Parses the arguments of `appendpipe`.
///
/// # Errors
///
/// What is no list of commands in brackets.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<AppendPipe, Error> {
    // It concerns what is shown while a search runs.
    if option::next(cursor, &["run_in_preview"]).is_some() {
        option::boolean(cursor)?;
    }
    let Some(place) = cursor.brackets() else {
        return Err(cursor.unexpected("commands in brackets"));
    };
    let steps = planner.subpipe(cursor.text(), place)?;
    cursor.expect_end()?;
    Ok(AppendPipe { steps })
}

impl Command for AppendPipe {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let mut copy = table.clone();
        for step in &self.steps {
            step.command.run(&mut copy, context)?;
        }
        table.append(copy);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word("[");
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                out.word("|");
            }
            out.word(step.name);
            step.command.print(out);
        }
        out.put("]");
    }
}
