//! `delta`: the difference between a field and the same field some rows before.
//!
//! Source: Search Reference, `delta`. Where one of the two is no number, there
//! is no difference.

use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields, Table},
};

/// A planned `delta`.
#[derive(Debug)]
pub(crate) struct Delta {
    field: Slot,
    column: Slot,
    /// How many rows before.
    distance: usize,
}

const OPTIONS: &[&str] = &["p"];

/// Parses the arguments of `delta`.
///
/// # Errors
///
/// What is no field.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Delta, Error> {
    let token = cursor.listed_name()?;
    let field = planner.read(&token.text);
    let name = if cursor.eat_keyword("AS") {
        cursor.listed_name()?.text.into_owned()
    } else {
        format!("delta({})", token.text)
    };
    planner.read(&name);
    let column = planner.assign(&name);
    let mut distance = 1;
    if let Some((_, token)) = option::next(cursor, OPTIONS) {
        distance = option::number(cursor)?;
        if distance == 0 {
            return Err(Error::syntax("`p` is at least 1", token.span));
        }
    }
    option::refuse_unknown(cursor, "delta", OPTIONS)?;
    cursor.expect_end()?;
    Ok(Delta {
        field,
        column,
        distance,
    })
}

impl Command for Delta {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let numbers: Vec<Option<f64>> = table
            .records
            .iter()
            .map(|record| record.value(self.field).number())
            .collect();
        for (index, record) in table.records.iter_mut().enumerate() {
            let before = index
                .checked_sub(self.distance)
                .and_then(|before| numbers[before]);
            if let Some((now, before)) = numbers[index].zip(before) {
                record.set(self.column, Value::from(now - before));
            }
        }
        table.add_column(self.column);
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
        out.word("AS");
        out.field(self.column);
        out.word(&format!("p={}", self.distance));
    }
}
