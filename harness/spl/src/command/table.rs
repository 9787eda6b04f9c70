//! `table`: keeps exactly these columns, in this order.
//!
//! Source: Search Reference, `table`.

use super::field_list::{self, Name};
use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    plan::Planner,
    print::Printer,
    table::Table as Rows,
};

/// A planned `table`.
#[derive(Debug)]
pub(crate) struct Table {
    names: Vec<Name>,
}

/// Parses the arguments of `table`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Table, Error> {
    let names = field_list::parse(cursor, |name| planner.read(name))?;
    field_list::choose(&names, &[], planner);
    Ok(Table { names })
}

impl Command for Table {
    fn run<'a>(&'a self, table: &mut Rows<'a>, _: &Context<'_>) -> Result<(), Error> {
        let slots = field_list::resolve(&self.names, table);
        table.choose(slots);
        Ok(())
    }

    fn streams(&self) -> bool {
        !field_list::has_wildcard(&self.names)
    }

    fn print(&self, out: &mut Printer<'_>) {
        field_list::print(&self.names, out);
    }
}
