//! `addtotals` and `addcoltotals`: the sums of rows and of columns.
//!
//! Source: Search Reference, `addtotals` and `addcoltotals`. Values that are no
//! numbers are passed over.

use super::field_list::{self, Name};
use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    names::{self, Slot},
    plan::Planner,
    print::Printer,
    table::{Fields, Record, Table},
};

/// A planned `addtotals` or `addcoltotals`.
#[derive(Debug)]
pub(crate) struct Addtotals {
    /// Where the sum of each row goes.
    row: Option<Slot>,
    column: Option<ColumnTotals>,
    /// None for all fields of the result.
    names: Vec<Name>,
    /// Whether it is `addcoltotals`, which has no rows' sums.
    columns_only: bool,
}

/// The row of the sums of the columns.
#[derive(Debug)]
struct ColumnTotals {
    label: String,
    /// The field that gets the label.
    field: Option<Slot>,
}

const OPTIONS: &[&str] = &["col", "fieldname", "label", "labelfield", "row"];
const COLUMN_OPTIONS: &[&str] = &["label", "labelfield"];

/// Parses the arguments of `addtotals`, or of `addcoltotals`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
    columns_only: bool,
) -> Result<Addtotals, Error> {
    let (command, options) = if columns_only {
        ("addcoltotals", COLUMN_OPTIONS)
    } else {
        ("addtotals", OPTIONS)
    };
    let (mut row, mut column) = (!columns_only, columns_only);
    let (mut field_name, mut label) = ("Total".to_owned(), "Total".to_owned());
    let mut label_field = None;
    while let Some((name, _)) = option::next(cursor, options) {
        match name {
            "row" => row = option::boolean(cursor)?,
            "col" => column = option::boolean(cursor)?,
            "fieldname" => field_name = option::value(cursor)?.text.into_owned(),
            "label" => label = option::value(cursor)?.text.into_owned(),
            _ => label_field = Some(option::value(cursor)?.text.into_owned()),
        }
    }
    option::refuse_unknown(cursor, command, options)?;
    let names = if cursor.at_end() {
        Vec::new()
    } else {
        field_list::parse(cursor, |name| planner.read(name))?
    };
    if names.is_empty() || field_list::has_wildcard(&names) {
        planner.read_all();
    }
    let label_field = label_field.filter(|_| column).map(|name| {
        planner.read(&name);
        planner.assign(&name)
    });
    Ok(Addtotals {
        row: row.then(|| planner.assign(&field_name)),
        column: column.then_some(ColumnTotals {
            label,
            field: label_field,
        }),
        names,
        columns_only,
    })
}

impl Command for Addtotals {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut fields = if self.names.is_empty() {
            table
                .columns()
                .into_iter()
                .filter(|slot| !names::is_internal(table.names.name(*slot)))
                .collect()
        } else {
            field_list::resolve(&self.names, table)
        };
        if let Some(total) = self.row {
            fields.retain(|slot| *slot != total);
            for record in &mut table.records {
                let sum: f64 = fields
                    .iter()
                    .filter_map(|slot| record.value(*slot).number())
                    .sum();
                record.set(total, Value::from(sum));
            }
            table.add_column(total);
            fields.push(total);
        }
        if let Some(column) = &self.column {
            let mut totals = Record::new(None, table.names.len());
            for slot in fields {
                let mut numbers = table
                    .records
                    .iter()
                    .filter_map(|record| record.value(slot).number())
                    .peekable();
                if numbers.peek().is_some() {
                    totals.set(slot, Value::from(numbers.sum::<f64>()));
                }
            }
            if let Some(slot) = column.field {
                totals.set(slot, Value::from(column.label.as_str()));
                table.add_column(slot);
            }
            table.records.push(totals);
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        if !self.columns_only {
            match self.row {
                Some(slot) => {
                    out.word("fieldname=");
                    out.quoted_field(slot);
                }
                None => out.word(&format!("row={}", option::truth(false))),
            }
        }
        if let Some(column) = &self.column {
            if !self.columns_only {
                out.word(&format!("col={}", option::truth(true)));
            }
            out.word("label=");
            out.value(&column.label);
            if let Some(slot) = column.field {
                out.word("labelfield=");
                out.quoted_field(slot);
            }
        }
        field_list::print(&self.names, out);
    }
}
