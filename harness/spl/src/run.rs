//! Runs a planned search over events.
//!
//! Rows go through the commands that stream batch by batch, so that of events
//! which no command keeps nothing stays in memory. The first command that
//! needs all rows gets them newest first, as they come out of an index; one
//! that can sum up batches in any order gets each batch as it comes.

use std::cmp::Ordering;

use crate::{
    Environment, Error, Event, Results, Search, Stage,
    collect::Collector,
    command::Context,
    names::Names,
    plan::Plan,
    table::{Record, Table},
};

/// Where events come from, as often as a search needs them: once, and once
/// more for each subsearch.
pub trait Scan {
    /// Gives all events to the collector, batch by batch.
    ///
    /// Several threads can do so at once, each with its own
    /// [`fork`](Collector::fork).
    ///
    /// # Errors
    ///
    /// What [`Collector::batch`] returns. What is wrong with the source itself
    /// is the source's own business to keep and report.
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), Error>;
}

/// Events in memory.
impl<E: Event> Scan for [E] {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), Error> {
        collector.batch(0, self)
    }
}

impl Search {
    /// Runs the search over events in memory.
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
        let run = || {
            let subsearches = subsearches(&self.plan, events, environment)?;
            let context = Context {
                environment,
                subsearches: &subsearches,
            };
            let mut collector = Collector::new(&self.plan, context)?;
            collector.batch_borrowed(0, events)?;
            collector.finish()
        };
        self.results(run())
    }

    /// Runs the search over events from wherever they come.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_over(
        &self,
        events: &(impl Scan + ?Sized),
        environment: &Environment,
    ) -> Result<Results<'static>, Error> {
        self.results(execute(&self.plan, events, environment))
            .map(Results::into_owned)
    }

    /// Rows and stages, or the error, with places in the text as written.
    fn results<'a>(
        &self,
        outcome: Result<(Table<'a>, Vec<Stage>), Error>,
    ) -> Result<Results<'a>, Error> {
        let (table, mut stages) = outcome.map_err(|error| self.source.error(error))?;
        for stage in &mut stages {
            stage.span = self.source.place(&stage.span).0;
        }
        Ok(results(table, stages))
    }

    /// Whether the search reads events at all: one that begins with
    /// `makeresults` or `inputlookup` may not.
    pub fn reads_events(&self) -> bool {
        reads_events(&self.plan)
    }

    /// How often the search goes over the events.
    pub fn scans(&self) -> usize {
        scans(&self.plan)
    }
}

fn reads_events(plan: &Plan) -> bool {
    plan.base.is_some() || plan.subsearches.iter().any(reads_events)
}

fn scans(plan: &Plan) -> usize {
    usize::from(plan.base.is_some()) + plan.subsearches.iter().map(scans).sum::<usize>()
}

fn subsearches(
    plan: &Plan,
    source: &(impl Scan + ?Sized),
    environment: &Environment,
) -> Result<Vec<Table<'static>>, Error> {
    plan.subsearches
        .iter()
        .map(|plan| Ok(execute(plan, source, environment)?.0.into_owned()))
        .collect()
}

fn execute<'p>(
    plan: &'p Plan,
    source: &(impl Scan + ?Sized),
    environment: &Environment,
) -> Result<(Table<'p>, Vec<Stage>), Error> {
    let subsearches = subsearches(plan, source, environment)?;
    let context = Context {
        environment,
        subsearches: &subsearches,
    };
    let mut collector = Collector::new(plan, context)?;
    if plan.base.is_some() {
        source.scan(&mut collector)?;
    }
    collector.finish()
}

fn results(mut table: Table<'_>, stages: Vec<Stage>) -> Results<'_> {
    let columns = table.columns();
    let names = columns
        .iter()
        .map(|slot| table.names.name(*slot).to_owned())
        .collect();
    let rows = std::mem::take(&mut table.records)
        .into_iter()
        .map(|mut record| {
            let values = columns.iter().map(|slot| record.take(*slot)).collect();
            (values, record.event)
        });
    Results::new(names, rows, stages)
}

/// One event as a row, with all that the search reads from it.
pub(crate) fn single<'a, E: Event>(plan: &'a Plan, event: &'a E) -> Table<'a> {
    let mut table = Table::new(plan.names.clone());
    let mut record = Record::new(Some(0), plan.names.len());
    for slot in &plan.base_fields {
        record.set(*slot, event.value(plan.names.name(*slot)));
    }
    load(&mut record, &mut table.names, plan, event);
    table.records.push(record);
    table
}

/// Fills in the fields that the base search did not read.
pub(crate) fn load<'a, E: Event>(
    record: &mut Record<'a>,
    names: &mut Names,
    plan: &Plan,
    event: &'a E,
) {
    use crate::table::Fields as _;

    for slot in &plan.other_fields {
        record.set(*slot, event.value(plan.names.name(*slot)));
    }
    if plan.all_fields {
        for name in event.field_names() {
            let slot = names.slot(&name);
            if record.value(slot).is_null() {
                record.set(slot, event.value(&name));
            }
        }
    }
}

/// Puts rows in the order in which their events come out of an index.
pub(crate) fn newest_first(table: &mut Table<'_>) {
    table
        .records
        .sort_by(|left, right| match (left.time, right.time) {
            (Some(left_time), Some(right_time)) => right_time
                .total_cmp(&left_time)
                .then(right.event.cmp(&left.event)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => left.event.cmp(&right.event),
        });
}
