//! `reverse`: turns the order of the rows around.
//!
//! Source: Search Reference, `reverse`.

use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    print::Printer,
    table::Table,
};

/// A planned `reverse`.
#[derive(Debug)]
pub(crate) struct Reverse;

/// Parses `reverse`, which has no arguments.
///
/// # Errors
///
/// Any argument.
pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Reverse, Error> {
    cursor.expect_end()?;
    Ok(Reverse)
}

impl Command for Reverse {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        table.records.reverse();
        Ok(())
    }

    fn print(&self, _: &mut Printer<'_>) {}
}
