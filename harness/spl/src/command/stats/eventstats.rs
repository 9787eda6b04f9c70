//! `eventstats`: adds to each row what `stats` computes over all of them, or
//! over those with the same BY fields.
//!
//! Source: Search Reference, `eventstats`. A row that lacks one of the BY
//! fields gets nothing added.

use super::{
    aggregation::{Aggregations, new_states},
    group::{By, Groups},
    parse::{Aggregating, Unnamed},
};
use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    lint::Linter,
    plan::Planner,
    print::Printer,
    table::Table,
};

/// A planned `eventstats`.
#[derive(Debug)]
pub(crate) struct Eventstats {
    aggregations: Aggregations,
    by: By,
}

const COMMAND: Aggregating = Aggregating {
    name: "eventstats",
    keeps_rows: true,
};

const OPTIONS: &[&str] = &["allnum"];

/// Parses the arguments of `eventstats`.
///
/// # Errors
///
/// What is no list of functions, and functions that are not known or not
/// evaluated.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Eventstats, Error> {
    let mut all_numbers = false;
    while option::next(cursor, OPTIONS).is_some() {
        all_numbers = option::boolean(cursor)?;
    }
    option::refuse_unknown(cursor, COMMAND.name, OPTIONS)?;
    let terms = Unnamed::parse_all(cursor, planner, &[])?;
    let by = if cursor.eat_keyword("BY") {
        By::parse(cursor, planner, &[])?
    } else {
        By::default()
    };
    cursor.expect_end()?;
    Ok(Eventstats {
        aggregations: Unnamed::name(terms, &by, COMMAND, all_numbers, planner)?,
        by,
    })
}

impl Command for Eventstats {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let cells = self.aggregations.cells(table, &self.by.slots());
        let mut groups = Groups::default();
        let mut places = Vec::with_capacity(table.records.len());
        for record in &table.records {
            let Some(tuple) = self.by.single(record, COMMAND.name)? else {
                places.push(None);
                continue;
            };
            let place = groups.place(&tuple, || new_states(&cells));
            let moment = self.aggregations.moment(record);
            for (cell, state) in cells.iter().zip(groups.at(place)) {
                cell.add(state, record, context, moment)?;
            }
            places.push(Some(place));
        }
        let values: Vec<Vec<Value<'static>>> = groups
            .kept()
            .map(|states| {
                cells
                    .iter()
                    .zip(states)
                    .map(|(cell, state)| cell.value(state, self.aggregations.all_numbers))
                    .collect()
            })
            .collect::<Result<_, Error>>()?;
        for (record, place) in table.records.iter_mut().zip(places) {
            let Some(place) = place else { continue };
            for (cell, value) in cells.iter().zip(&values[place]) {
                record.set(cell.column, value.clone());
            }
        }
        for cell in &cells {
            table.add_column(cell.column);
        }
        Ok(())
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        self.aggregations.lint(linter);
    }

    fn print(&self, out: &mut Printer<'_>) {
        if self.aggregations.all_numbers {
            out.word("allnum=true");
        }
        self.aggregations.print(out);
        self.by.print(out);
    }
}
