//! `accum`: adds up a field from row to row.
//!
//! Source: Search Reference, `accum`. A row in which the field is no number is
//! left as it is.

use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields, Table},
};

/// A planned `accum`.
#[derive(Debug)]
pub(crate) struct Accum {
    field: Slot,
    column: Slot,
}

/// Parses the arguments of `accum`.
///
/// # Errors
///
/// What is no field.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Accum, Error> {
    let field = planner.read(&cursor.listed_name()?.text);
    let column = if cursor.eat_keyword("AS") {
        let name = cursor.listed_name()?;
        planner.read(&name.text);
        planner.assign(&name.text)
    } else {
        field
    };
    cursor.expect_end()?;
    Ok(Accum { field, column })
}

impl Command for Accum {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut sum = 0.0;
        for record in &mut table.records {
            if let Some(number) = record.value(self.field).number() {
                sum += number;
                record.set(self.column, Value::from(sum));
            }
        }
        table.add_column(self.column);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
        if self.column != self.field {
            out.word("AS");
            out.field(self.column);
        }
    }
}
