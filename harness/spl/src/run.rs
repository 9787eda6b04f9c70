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
    command::{
        Context,
        format::{self, Marks},
    },
    names::Names,
    pipeline,
    plan::{Filler, Plan},
    table::{Columns, Record, Table},
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
        if let Some(filled) = self.filled(events, environment)? {
            return filled.run(events, environment).map(Results::into_owned);
        }
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
        if let Some(filled) = self.filled(events, environment)? {
            return filled.run_over(events, environment);
        }
        self.results(execute(&self.plan, events, environment))
            .map(Results::into_owned)
    }

    /// The search with the results of the subsearches in its expressions in
    /// place of them; none where there are no such subsearches.
    pub(crate) fn filled(
        &self,
        events: &(impl Scan + ?Sized),
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
        let mut filled: Option<Self> = None;
        loop {
            let search = filled.as_ref().unwrap_or(self);
            let mut ready = Vec::new();
            ready_fillers(&search.plan, &mut ready);
            if ready.is_empty() {
                return Ok(filled);
            }
            ready.sort_by_key(|filler| filler.place.start);
            let replacements = ready
                .into_iter()
                .map(|filler| {
                    let text = filler_text(filler, events, environment)?;
                    Ok((filler.place.clone(), text))
                })
                .collect::<Result<Vec<_>, Error>>()
                .map_err(|error| search.source.error(error))?;
            let source = search.source.with_replaced(&replacements);
            filled = Some(Self::from_source(source, &self.knowledge)?);
        }
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
        let mut results = results(table, stages);
        for notice in &mut results.notices {
            notice.span = self.source.place(&notice.span).0;
        }
        Ok(results)
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
    scans(plan) > 0
}

fn scans(plan: &Plan) -> usize {
    let fillers = plan.fillers.iter().map(|filler| &filler.plan);
    let inner: usize = plan.subsearches.iter().chain(fillers).map(scans).sum();
    usize::from(plan.base.is_some()) + inner
}

/// The fillers that have none inside themselves.
fn ready_fillers<'p>(plan: &'p Plan, ready: &mut Vec<&'p Filler>) {
    for filler in &plan.fillers {
        let before = ready.len();
        ready_fillers(&filler.plan, ready);
        if ready.len() == before {
            ready.push(filler);
        }
    }
    for subsearch in &plan.subsearches {
        ready_fillers(subsearch, ready);
    }
}

/// What a subsearch in an expression becomes.
fn filler_text(
    filler: &Filler,
    events: &(impl Scan + ?Sized),
    environment: &Environment,
) -> Result<String, Error> {
    let span = &filler.place;
    let (mut table, _) = execute(&filler.plan, events, environment)?;
    if table.records.len() > format::MAXIMUM {
        // A filter that is cut silently is a filter that is wrong.
        return Err(Error::limit(
            format!(
                "the subsearch gave {} rows, and Splunk takes {}",
                table.records.len(),
                format::MAXIMUM
            ),
            span.clone(),
        ));
    }
    table.columns = Columns::Chosen(table.columns());
    let text = Marks::default().text(&table);
    // What `return` makes of no rows.
    let is_empty = text
        .chars()
        .all(|c| c.is_whitespace() || matches!(c, '(' | ')'));
    if is_empty && filler.gives_value {
        return Err(Error::syntax(
            "the subsearch gave nothing where the expression needs a value",
            span.clone(),
        ));
    }
    if pipeline::split(&text, 0..text.len())?.len() > 1 {
        return Err(Error::syntax(
            "the subsearch gave text with a pipe in it",
            span.clone(),
        ));
    }
    Ok(text)
}

pub(crate) fn subsearches(
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
    let notices = std::mem::take(&mut table.notices);
    Results::new(names, rows, stages, notices)
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
