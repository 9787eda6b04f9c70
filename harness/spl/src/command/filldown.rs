//! `filldown`: gives missing fields the last value that a row before had.
//!
//! Source: Search Reference, `filldown`.

use super::field_list::{self, Name};
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    names,
    plan::Planner,
    print::Printer,
    table::{Fields, Table},
};

/// A planned `filldown`.
#[derive(Debug)]
pub(crate) struct Filldown {
    /// None for all fields of the result.
    names: Vec<Name>,
}

/// Parses the arguments of `filldown`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Filldown, Error> {
    let names = if cursor.at_end() {
        Vec::new()
    } else {
        field_list::parse(cursor, |name| planner.read(name))?
    };
    if names.is_empty() || field_list::has_wildcard(&names) {
        planner.read_all();
    }
    Ok(Filldown { names })
}

impl Command for Filldown {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let fields = if self.names.is_empty() {
            table
                .columns()
                .into_iter()
                .filter(|slot| !names::is_internal(table.names.name(*slot)))
                .collect()
        } else {
            field_list::resolve(&self.names, table)
        };
        for slot in fields {
            let mut last = Value::Null;
            for record in &mut table.records {
                let value = record.value(slot);
                if !value.is_null() {
                    last = value.clone();
                } else if !last.is_null() {
                    record.set(slot, last.clone());
                }
            }
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        field_list::print(&self.names, out);
    }
}
