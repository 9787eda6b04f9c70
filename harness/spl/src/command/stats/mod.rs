//! `stats`: aggregates rows.
//!
//! Source: Search Reference, `stats` and "Statistical and charting functions".
//! Without BY there is exactly one row, also of no events. With BY there is one
//! row for each tuple of values, sorted by them as text; a row that lacks one
//! of the BY fields is left out, and each value of a multivalue BY field makes
//! a row of its own.

mod function;
mod parse;

use std::{borrow::Cow, collections::BTreeMap};

pub(crate) use function::FUNCTIONS;
pub(crate) use parse::parse;

use self::function::{Aggregate, State};
use crate::{
    Error, Value,
    command::{Command, Context, Source},
    error::Span,
    explain::{Clause, Met},
    expression::Predicate,
    names::Slot,
    print::Printer,
    table::{Columns, Fields, Record, Scope, Table},
};

/// A planned `stats`.
#[derive(Debug)]
pub(crate) struct Stats {
    aggregations: Vec<Aggregation>,
    by: Vec<Group>,
    time: Option<Slot>,
}

/// One function over one argument, and the column that it fills.
#[derive(Debug)]
struct Aggregation {
    aggregate: Aggregate,
    argument: Argument,
    column: Slot,
    span: Span,
}

#[derive(Debug)]
enum Argument {
    /// `count` counts rows.
    Nothing,
    Field(Slot),
    /// `count(eval(…))` counts the rows for which it is true.
    Predicate(Predicate),
}

/// A BY field.
#[derive(Debug)]
struct Group {
    slot: Slot,
    span: Span,
}

impl Aggregation {
    fn print(&self, out: &mut Printer<'_>) {
        out.word(self.aggregate.name());
        match &self.argument {
            Argument::Nothing => {}
            Argument::Field(slot) => {
                out.put("(");
                out.field(*slot);
                out.put(")");
            }
            Argument::Predicate(predicate) => {
                out.put("(eval(");
                predicate.print(out);
                out.put("))");
            }
        }
        out.word("AS");
        out.field(self.column);
    }

    fn add<'a>(
        &'a self,
        state: &mut State,
        scope: Scope<'_, 'a>,
        time: Option<f64>,
    ) -> Result<(), Error> {
        let value = match &self.argument {
            Argument::Nothing => {
                state.add_row();
                return Ok(());
            }
            Argument::Predicate(predicate) => {
                if predicate.evaluate(scope)? == Some(true) {
                    state.add_row();
                }
                return Ok(());
            }
            Argument::Field(slot) => scope.record.value(*slot),
        };
        for value in value.values() {
            state
                .add(&value, time)
                .map_err(|reason| Error::unsupported(reason.to_string(), self.span.clone()))?;
        }
        Ok(())
    }
}

impl Stats {
    /// The tuples of BY values that a row belongs to; none where a BY field is
    /// missing.
    fn tuples(&self, record: &Record<'_>) -> Vec<Vec<String>> {
        let mut tuples = vec![Vec::new()];
        for group in &self.by {
            let values = record.value(group.slot).values();
            tuples = tuples
                .into_iter()
                .flat_map(|tuple: Vec<String>| {
                    values.iter().map(move |value| {
                        let mut longer = tuple.clone();
                        longer.push(value.to_string());
                        longer
                    })
                })
                .collect();
        }
        tuples
    }

    fn new_states(&self) -> Vec<State> {
        self.aggregations
            .iter()
            .map(|aggregation| State::new(aggregation.aggregate))
            .collect()
    }
}

impl Command for Stats {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let mut groups: BTreeMap<Vec<String>, Vec<State>> = BTreeMap::new();
        if self.by.is_empty() {
            groups.insert(Vec::new(), self.new_states());
        }
        for record in &table.records {
            let scope = context.scope(record);
            let time = self.time.and_then(|slot| record.value(slot).number());
            for tuple in self.tuples(record) {
                let states = groups.entry(tuple).or_insert_with(|| self.new_states());
                for (aggregation, state) in self.aggregations.iter().zip(states) {
                    aggregation.add(state, scope, time)?;
                }
            }
        }
        let mut records = Vec::with_capacity(groups.len());
        for (tuple, states) in groups {
            let mut record = Record::new(None, table.names.len());
            for (group, value) in self.by.iter().zip(tuple) {
                record.set(group.slot, Value::Text(Cow::Owned(value)));
            }
            for (aggregation, state) in self.aggregations.iter().zip(states) {
                record.set(aggregation.column, state.finish());
            }
            records.push(record);
        }
        table.records = records;
        table.columns = Columns::Chosen(self.columns());
        Ok(())
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(self
            .by
            .iter()
            .filter(|group| scope.record.value(group.slot).is_null())
            .map(|group| Clause {
                span: group.span.clone(),
                expected: "a value, because rows without the BY field are left out".to_owned(),
                met: vec![Met {
                    field: source.names.name(group.slot).to_owned(),
                    value: None,
                }],
                alternatives: Vec::new(),
            })
            .collect())
    }

    fn aggregates(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        for aggregation in &self.aggregations {
            aggregation.print(out);
        }
        if !self.by.is_empty() {
            out.word("BY");
            out.list(&self.by, |out, group| out.field(group.slot));
        }
    }
}

impl Stats {
    /// The BY fields, then the aggregates.
    fn columns(&self) -> Vec<Slot> {
        let mut columns: Vec<Slot> = self.by.iter().map(|group| group.slot).collect();
        for aggregation in &self.aggregations {
            if !columns.contains(&aggregation.column) {
                columns.push(aggregation.column);
            }
        }
        columns
    }
}
