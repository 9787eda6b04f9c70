//! `inputlookup`: rows from the table of a lookup.
//!
//! Source: Search Reference, `inputlookup`. That `start` and `max` count rows
//! before `where` does is practitioners' knowledge, not documented.

use std::{borrow::Cow, sync::Arc};

use super::{
    lookup, option,
    search::{self, Search},
};
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    knowledge::Table as Rows,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Columns, Record, Table},
};

/// A planned `inputlookup`.
#[derive(Debug)]
pub(crate) struct InputLookup {
    name: String,
    rows: Arc<Rows>,
    columns: Vec<Slot>,
    append: bool,
    start: usize,
    max: usize,
    filter: Option<Search>,
}

const OPTIONS: &[&str] = &["append", "max", "start", "strict"];

/// How many rows are read where the text does not say.
const MAX: usize = 1_000_000_000;

/// Parses the arguments of `inputlookup`.
///
/// # Errors
///
/// A lookup that is not there, and what is no condition of `search`.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<InputLookup, Error> {
    let mut append = false;
    let mut start = 0;
    let mut max = MAX;
    while let Some(name) = option::name(cursor) {
        match name.text.to_ascii_lowercase().as_str() {
            "append" => append = option::boolean(cursor)?,
            "start" => start = option::count(cursor)?,
            "max" => max = option::count(cursor)?,
            // Errors always count here.
            "strict" => {
                option::boolean(cursor)?;
            }
            _ => return Err(option::unknown("inputlookup", &name, OPTIONS)),
        }
    }
    let name = option::field(cursor)?;
    let (_, rows) = lookup::find(&name, planner)?;
    let columns = rows
        .columns
        .iter()
        .map(|column| {
            if append {
                planner.change(column)
            } else {
                planner.assign(column)
            }
        })
        .collect();
    let filter = if cursor.eat_keyword("where") {
        if cursor.at_end() {
            return Err(cursor.unexpected("a condition after `where`"));
        }
        Some(search::parse_later(cursor, planner)?)
    } else {
        cursor.expect_end()?;
        None
    };
    Ok(InputLookup {
        name: name.text.into_owned(),
        rows,
        columns,
        append,
        start,
        max,
        filter,
    })
}

impl Command for InputLookup {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        if self.append {
            for slot in &self.columns {
                table.add_column(*slot);
            }
        } else {
            table.columns = Columns::Chosen(self.columns.clone());
        }
        let slots = table.names.len();
        for row in (self.start..self.rows.len()).take(self.max) {
            let mut record = Record::new(None, slots);
            for (column, slot) in self.columns.iter().enumerate() {
                if let Some(cell) = self.rows.cell(row, column) {
                    record.set(*slot, Value::Text(Cow::Borrowed(cell)));
                }
            }
            if self
                .filter
                .as_ref()
                .is_none_or(|filter| filter.keeps(&record, context.environment))
            {
                table.records.push(record);
            }
        }
        Ok(())
    }

    fn must_be_first(&self) -> bool {
        !self.append
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.option("append", if self.append { "true" } else { "false" });
        out.option("start", &self.start.to_string());
        out.option("max", &self.max.to_string());
        out.quoted(&self.name);
        if let Some(filter) = &self.filter {
            out.word("where");
            filter.print(out);
        }
    }
}
