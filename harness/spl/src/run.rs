//! Runs a planned search over events.

use std::{cell::OnceCell, cmp::Ordering};

use crate::{
    Environment, Error, Event, Results, Search, Stage, Value,
    names::Slot,
    plan::{Plan, TIME},
    table::{Columns, Fields, Record, Table},
};

impl Search {
    /// Runs the search.
    ///
    /// Events come out of an index newest first, whatever order they are given
    /// in; of two with the same `_time` the later one comes first, and events
    /// without a `_time` come last, in the order given.
    ///
    /// # Errors
    ///
    /// What shows only in the data: values that this engine does not evaluate,
    /// and limits that were met. No partial result is given.
    pub fn run<'a, E: Event>(
        &'a self,
        events: &'a [E],
        environment: &Environment,
    ) -> Result<Results<'a>, Error> {
        let plan = &self.plan;
        let mut table = base(plan, events);
        let mut stages = vec![Stage {
            span: plan.base.span.clone(),
            command: plan.base.name,
            rows_in: events.len(),
            rows_out: table.records.len(),
        }];
        newest_first(&mut table);
        for step in &plan.steps {
            let rows_in = table.records.len();
            step.command.run(&mut table, environment)?;
            stages.push(Stage {
                span: step.span.clone(),
                command: step.name,
                rows_in,
                rows_out: table.records.len(),
            });
        }
        let columns = table.columns();
        let names = columns
            .iter()
            .map(|slot| table.names.name(*slot).to_owned())
            .collect();
        let rows = table.records.into_iter().map(|mut record| {
            let values = columns.iter().map(|slot| record.take(*slot)).collect();
            (values, record.event)
        });
        Ok(Results::new(names, rows, stages))
    }
}

/// The rows of the events that the base search keeps.
fn base<'a, E: Event>(plan: &'a Plan, events: &'a [E]) -> Table<'a> {
    let mut table = Table {
        names: plan.names.clone(),
        columns: Columns::Open,
        records: Vec::new(),
    };
    let mut cells: Vec<OnceCell<Value<'a>>> = vec![OnceCell::new(); plan.names.len()];
    for (index, event) in events.iter().enumerate() {
        for slot in &plan.base_fields {
            cells[slot.index()].take();
        }
        let lazy = Lazy {
            plan,
            event,
            cells: &cells,
        };
        if !plan.base.command.keeps(&lazy) {
            continue;
        }
        let mut record = Record::new(Some(index), plan.names.len());
        for slot in &plan.base_fields {
            let value = cells[slot.index()]
                .take()
                .unwrap_or_else(|| event.value(plan.names.name(*slot)));
            record.set(*slot, value);
        }
        load(&mut record, &mut table, plan, event);
        table.records.push(record);
    }
    table
}

/// One event as a row, with all that the search reads from it.
pub(crate) fn single<'a, E: Event>(plan: &'a Plan, event: &'a E) -> Table<'a> {
    let mut table = Table {
        names: plan.names.clone(),
        columns: Columns::Open,
        records: Vec::new(),
    };
    let mut record = Record::new(Some(0), plan.names.len());
    for slot in &plan.base_fields {
        record.set(*slot, event.value(plan.names.name(*slot)));
    }
    load(&mut record, &mut table, plan, event);
    table.records.push(record);
    table
}

/// Fills in the fields that the base search did not read.
fn load<'a, E: Event>(record: &mut Record<'a>, table: &mut Table<'a>, plan: &Plan, event: &'a E) {
    for slot in &plan.other_fields {
        record.set(*slot, event.value(plan.names.name(*slot)));
    }
    if plan.all_fields {
        for name in event.field_names() {
            let slot = table.names.slot(&name);
            if record.value(slot).is_null() {
                record.set(slot, event.value(&name));
            }
        }
    }
}

/// An event whose fields are read when the base search asks for them.
struct Lazy<'r, 'a, E> {
    plan: &'r Plan,
    event: &'a E,
    cells: &'r [OnceCell<Value<'a>>],
}

impl<'a, E: Event> Fields<'a> for Lazy<'_, 'a, E> {
    fn value(&self, slot: Slot) -> &Value<'a> {
        self.cells[slot.index()].get_or_init(|| self.event.value(self.plan.names.name(slot)))
    }
}

fn newest_first(table: &mut Table<'_>) {
    let time = table.names.slot(TIME);
    let mut timed: Vec<(Option<f64>, Record<'_>)> = std::mem::take(&mut table.records)
        .into_iter()
        .map(|record| (record.value(time).number(), record))
        .collect();
    timed.sort_by(
        |(left_time, left), (right_time, right)| match (left_time, right_time) {
            (Some(left_time), Some(right_time)) => right_time
                .total_cmp(left_time)
                .then(right.event.cmp(&left.event)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        },
    );
    table.records = timed.into_iter().map(|(_, record)| record).collect();
}
