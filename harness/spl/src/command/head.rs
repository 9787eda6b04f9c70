//! `head`: keeps the first rows.
//!
//! Source: Search Reference, `head`.

use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    print::Printer,
    table::Table,
};

/// How many rows stay where the text does not say.
const DEFAULT: usize = 10;

/// A planned `head`.
#[derive(Debug)]
pub(crate) struct Head {
    count: usize,
}

/// Parses the arguments of `head`.
///
/// # Errors
///
/// What is no count; the condition that `head` also takes is not supported.
pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Head, Error> {
    if cursor.at_end() {
        return Ok(Head { count: DEFAULT });
    }
    if cursor.peek() == Some('(') {
        return Err(Error::unsupported("`head` with a condition", cursor.here()));
    }
    for option in ["null", "keeplast"] {
        if cursor.at_keyword(option) {
            let span = cursor.position()..cursor.position() + option.len();
            return Err(Error::unsupported(format!("the option `{option}=`"), span));
        }
    }
    if cursor.eat_keyword("limit") {
        cursor.expect_mark("=", "after `limit`")?;
    }
    let count = super::count(cursor)?.ok_or_else(|| cursor.unexpected("a number of rows"))?;
    cursor.expect_end()?;
    Ok(Head { count })
}

impl Command for Head {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        table.records.truncate(self.count);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.count.to_string());
    }
}
