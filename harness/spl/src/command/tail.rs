//! `tail`: keeps the last rows, the last of them first.
//!
//! Source: Search Reference, `tail`.

use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    print::Printer,
    table::Table,
};

/// How many rows stay where the text does not say.
const DEFAULT: usize = 10;

/// A planned `tail`.
#[derive(Debug)]
pub(crate) struct Tail {
    count: usize,
}

/// Parses the arguments of `tail`.
///
/// # Errors
///
/// What is no count.
pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Tail, Error> {
    if cursor.at_end() {
        return Ok(Tail { count: DEFAULT });
    }
    let count = super::count(cursor)?.ok_or_else(|| cursor.unexpected("a number of rows"))?;
    cursor.expect_end()?;
    Ok(Tail { count })
}

impl Command for Tail {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        table.records.reverse();
        table.records.truncate(self.count);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.count.to_string());
    }
}
