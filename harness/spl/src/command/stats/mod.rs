//! `stats`: aggregates rows.
//!
//! Source: Search Reference, `stats` and "Statistical and charting functions".
//! Without BY there is exactly one row, also of no events. With BY there is one
//! row for each tuple of values, sorted by them as text; a row that lacks one
//! of the BY fields is left out, and each value of a multivalue BY field makes
//! a row of its own.

mod aggregation;
pub(super) mod eventstats;
mod function;
pub(super) mod group;
mod number;
mod parse;
mod state;
pub(super) mod streamstats;

use std::borrow::Cow;

pub(crate) use function::{FUNCTIONS, KNOWN};
pub(crate) use parse::parse;

use self::{
    aggregation::{Aggregations, Cell, new_states},
    group::{By, Groups},
    state::State,
};
use crate::{
    Error, Value,
    command::{Command, Context, Partial, Source, option},
    explain::Clause,
    lint::Linter,
    names::Slot,
    print::Printer,
    table::{Columns, Fields, Record, Scope, Table},
};

/// Whether a name, in any case, is one of a function of `stats`.
pub(super) fn is_function(name: &str) -> bool {
    function::Aggregate::named(&name.to_ascii_lowercase()).is_some()
}

/// A planned `stats`.
#[derive(Debug)]
pub(crate) struct Stats {
    aggregations: Aggregations,
    by: By,
    /// Whether of equal values of a multivalue BY field only one counts.
    different: bool,
}

impl Stats {
    /// The BY fields, then the aggregates.
    fn columns(&self) -> Vec<Slot> {
        let mut columns = self.by.slots();
        columns.extend(self.aggregations.columns());
        columns
    }

    /// Takes rows into their groups.
    fn group<'t>(
        &self,
        groups: &mut Groups<Vec<State>>,
        cells: &[Cell<'t>],
        records: &[Record<'t>],
        context: &Context<'_>,
    ) -> Result<(), Error> {
        for record in records {
            let moment = self.aggregations.moment(record);
            self.by.for_each(record, self.different, |tuple| {
                let place = groups.place(tuple, || new_states(cells));
                for (cell, state) in cells.iter().zip(groups.at(place)) {
                    cell.add(state, record, context, moment)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Makes the rows of the groups.
    fn rows(
        &self,
        mut groups: Groups<Vec<State>>,
        cells: &[Cell<'_>],
        table: &mut Table<'_>,
    ) -> Result<(), Error> {
        if self.by.is_empty() {
            let none: [&str; 0] = [];
            groups.place(&none, || new_states(cells));
        }
        let mut records = Vec::new();
        for (tuple, states) in groups.into_sorted() {
            let mut record = Record::new(None, table.names.len());
            for (slot, value) in self.by.slots().into_iter().zip(tuple) {
                record.set(slot, Value::Text(Cow::Owned(value.into())));
            }
            for (cell, state) in cells.iter().zip(&states) {
                let value = cell.value(state, self.aggregations.all_numbers)?;
                record.set(cell.column, value);
            }
            records.push(record);
        }
        let mut columns = self.by.slots();
        for cell in cells {
            let empty = |record: &Record<'_>| record.value(cell.column).is_null();
            if cell.is_found() && records.iter().all(empty) {
                continue;
            }
            if !columns.contains(&cell.column) {
                columns.push(cell.column);
            }
        }
        table.records = records;
        table.columns = Columns::Chosen(columns);
        Ok(())
    }
}

impl Command for Stats {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let cells = self.aggregations.cells(table, &self.by.slots());
        let mut groups = Groups::default();
        self.group(&mut groups, &cells, &table.records, context)?;
        self.rows(groups, &cells, table)
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(self.by.explain(scope, source))
    }

    fn reduces(&self) -> bool {
        !self.aggregations.needs_order() && !self.aggregations.has_wildcard()
    }

    fn reduce(
        &self,
        partial: &mut Partial,
        table: &Table<'_>,
        context: &Context<'_>,
    ) -> Result<(), Error> {
        let mut groups = taken(partial);
        let cells = self.aggregations.plain_cells();
        self.group(&mut groups, &cells, &table.records, context)?;
        *partial = Some(Box::new(groups));
        Ok(())
    }

    fn merge(&self, partial: &mut Partial, other: Partial) {
        let mut groups = taken(partial);
        groups.merge(taken(&mut { other }));
        *partial = Some(Box::new(groups));
    }

    fn finish(&self, mut partial: Partial, table: &mut Table<'_>) -> Result<(), Error> {
        let cells = self.aggregations.plain_cells();
        self.rows(taken(&mut partial), &cells, table)
    }

    fn aggregates(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        if self.aggregations.all_numbers {
            out.word("allnum=true");
        }
        self.aggregations.print(out);
        self.by.print(out);
        if self.different {
            out.word(&format!("dedup_splitvals={}", option::truth(true)));
        }
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        self.aggregations.lint(linter);
    }
}

/// The groups in a partial result; a new one has none. Nothing else is ever put
/// there.
fn taken(partial: &mut Partial) -> Groups<Vec<State>> {
    partial
        .take()
        .and_then(|partial| partial.downcast().ok())
        .map_or_else(Groups::default, |groups| *groups)
}
