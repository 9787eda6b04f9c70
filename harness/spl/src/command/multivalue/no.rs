//! `nomv`: makes one value of the values of a multivalue field.
//!
//! Source: Search Reference, `nomv` and `mvcombine`. The values stand on lines
//! of their own, or right after `mvcombine` with its delimiter between them.

use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::Table,
};

/// A planned `nomv`.
#[derive(Debug)]
pub(crate) struct NoMv {
    field: Slot,
    delimiter: String,
}

/// Parses the arguments of `nomv`.
///
/// # Errors
///
/// What is no field.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<NoMv, Error> {
    let field = super::field(cursor, "nomv")?;
    cursor.expect_end()?;
    let field = planner.change(&field.text);
    Ok(NoMv {
        field,
        delimiter: planner
            .take_combined()
            .filter(|(combined, _)| *combined == field)
            .map_or_else(|| "\n".to_owned(), |(_, delimiter)| delimiter),
    })
}

impl Command for NoMv {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        for record in &mut table.records {
            let value = match record.take(self.field) {
                Value::Multi(values) if !values.is_empty() => {
                    Value::from(values.join(&self.delimiter))
                }
                single => single,
            };
            record.set(self.field, value);
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
    }
}
