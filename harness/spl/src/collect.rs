//! Takes events batch by batch through the commands that stream, and the rows
//! that are left through the others.

use std::cell::OnceCell;

use crate::{
    Error, Event, Stage, Value,
    command::{Context, Partial, search::Bound},
    names::Slot,
    plan::{Plan, Step, TIME},
    run::{load, newest_first},
    table::{Fields, Record, Table},
    time,
};

/// What a search has made of the events so far.
#[derive(Debug)]
pub struct Collector<'s, 'c> {
    plan: &'s Plan,
    context: Context<'c>,
    /// How many of the commands stream, from the first.
    streaming: usize,
    /// The rows that the streaming commands left, unless the next command
    /// reduces them.
    table: Table<'s>,
    partial: Partial,
    /// How many rows came into the base search and each streaming command, and
    /// the one that reduces.
    rows_in: Vec<usize>,
    rows_out: Vec<usize>,
    time: Option<Slot>,
    /// The ends of the time range, in seconds since the epoch.
    window: Vec<(&'s Bound, f64)>,
}

impl<'s, 'c> Collector<'s, 'c> {
    pub(crate) fn new(plan: &'s Plan, context: Context<'c>) -> Result<Self, Error> {
        let streaming = plan
            .steps
            .iter()
            .take_while(|step| plan.base.is_some() && step.command.streams())
            .count();
        let mut table = Table::new(plan.names.clone());
        // No rows go through the commands too, for the columns that they make.
        for step in &plan.steps[..streaming] {
            step.command.run(&mut table, &context)?;
        }
        let reduces = plan
            .steps
            .get(streaming)
            .is_some_and(|step| step.command.reduces());
        // Whoever takes batches in any order does not ask for the order.
        let time = (plan.base.is_some() && !reduces)
            .then(|| plan.names.find(TIME))
            .flatten();
        Ok(Self {
            plan,
            context,
            streaming,
            table,
            partial: None,
            rows_in: vec![0; streaming + 2],
            rows_out: vec![0; streaming + 2],
            time,
            window: plan
                .base
                .iter()
                .flat_map(|base| &base.command.window)
                .map(|bound| (bound, bound.seconds(context.environment)))
                .collect(),
        })
    }

    /// A collector for another thread, with nothing in it.
    ///
    /// # Errors
    ///
    /// As [`batch`](Self::batch).
    pub fn fork(&self) -> Result<Self, Error> {
        Self::new(self.plan, self.context)
    }

    /// Takes what a [`fork`](Self::fork) has collected.
    pub fn merge(&mut self, other: Self) {
        for (count, more) in self.rows_in.iter_mut().zip(other.rows_in) {
            *count += more;
        }
        for (count, more) in self.rows_out.iter_mut().zip(other.rows_out) {
            *count += more;
        }
        self.table.append(other.table);
        if let Some(step) = self.plan.steps.get(self.streaming)
            && other.partial.is_some()
        {
            step.command.merge(&mut self.partial, other.partial);
        }
    }

    /// Takes a batch of events. `first` is the number of its first event: where
    /// times are equal, the event of the higher number is the later one.
    ///
    /// # Errors
    ///
    /// As [`Search::run`](crate::Search::run).
    pub fn batch<E: Event>(&mut self, first: usize, events: &[E]) -> Result<(), Error> {
        if let Some(table) = self.stream(first, events)? {
            let table = table.into_owned();
            self.table.append(table);
        }
        Ok(())
    }

    /// Counts events that the source did not need to give, because they lack
    /// what [`Search::needles`](crate::Search::needles) says.
    pub fn skip(&mut self, events: usize) {
        self.rows_in[0] += events;
    }

    /// As [`batch`](Self::batch), for events that outlive the collector.
    pub(crate) fn batch_borrowed<E: Event>(
        &mut self,
        first: usize,
        events: &'s [E],
    ) -> Result<(), Error> {
        if let Some(table) = self.stream(first, events)? {
            self.table.append(table);
        }
        Ok(())
    }

    /// The rows that are left of a batch.
    fn stream<'e, E: Event>(
        &mut self,
        first: usize,
        events: &'e [E],
    ) -> Result<Option<Table<'e>>, Error>
    where
        's: 'e,
    {
        let Some(base) = &self.plan.base else {
            return Ok(None);
        };
        let mut table = Table::new(std::mem::take(&mut self.table.names));
        self.base(base, &mut table, first, events);
        self.rows_in[0] += events.len();
        self.rows_out[0] += table.records.len();
        let mut result = Ok(());
        for (index, step) in self.plan.steps[..self.streaming].iter().enumerate() {
            if table.records.is_empty() {
                break;
            }
            self.rows_in[index + 1] += table.records.len();
            result = step.command.run(&mut table, &self.context);
            self.rows_out[index + 1] += table.records.len();
            if result.is_err() {
                break;
            }
        }
        self.table.names = std::mem::take(&mut table.names);
        result?;
        if table.records.is_empty() {
            return Ok(None);
        }
        match self.plan.steps.get(self.streaming) {
            Some(step) if step.command.reduces() => {
                self.rows_in[self.streaming + 1] += table.records.len();
                step.command
                    .reduce(&mut self.partial, &table, &self.context)?;
                Ok(None)
            }
            _ => Ok(Some(table)),
        }
    }

    /// The rows of the events that the base search keeps.
    fn base<'e, E: Event>(
        &self,
        base: &Step<crate::command::search::Search>,
        table: &mut Table<'e>,
        first: usize,
        events: &'e [E],
    ) {
        let plan = self.plan;
        let mut cells: Vec<OnceCell<Value<'e>>> = vec![OnceCell::new(); plan.names.len()];
        for (index, event) in events.iter().enumerate() {
            for slot in &plan.base_fields {
                cells[slot.index()].take();
            }
            let lazy = Lazy {
                plan,
                event,
                cells: &cells,
            };
            let in_range = || {
                self.window
                    .iter()
                    .all(|(bound, seconds)| bound.holds(*seconds, lazy.value(bound.time).number()))
            };
            if !base.command.keeps(&lazy, self.context.environment) || !in_range() {
                continue;
            }
            let mut record = Record::new(Some(first + index), plan.names.len());
            for slot in &plan.base_fields {
                let value = cells[slot.index()]
                    .take()
                    .unwrap_or_else(|| event.value(plan.names.name(*slot)));
                record.set(*slot, value);
            }
            load(&mut record, &mut table.names, plan, event);
            record.time = self.time.and_then(|slot| record.value(slot).number());
            table.records.push(record);
        }
    }

    /// Says which time range was searched in vain: events that were recorded
    /// some time ago are easily all out of it.
    fn say_range(&mut self, base: &Step<crate::command::search::Search>) {
        let Some(first) = base.command.window.first() else {
            return;
        };
        let span = first.span.clone();
        let ends: Vec<String> = self
            .window
            .iter()
            .filter_map(|(bound, seconds)| {
                let word = if bound.latest { "before" } else { "from" };
                Some(format!("{word} {}", time::timestamp(*seconds)?))
            })
            .collect();
        self.table.notice(
            span,
            format!(
                "no event was kept, and only those {} were looked for",
                ends.join(" and ")
            ),
        );
    }

    /// The rows in the end, and what each command did.
    pub(crate) fn finish(mut self) -> Result<(Table<'s>, Vec<Stage>), Error> {
        let mut stages = Vec::with_capacity(self.plan.steps.len() + 1);
        if let Some(base) = &self.plan.base {
            stages.push(Stage {
                span: base.span.clone(),
                command: base.name,
                rows_in: self.rows_in[0],
                rows_out: self.rows_out[0],
            });
            if self.rows_in[0] > 0 && self.rows_out[0] == 0 {
                self.say_range(base);
            }
            newest_first(&mut self.table);
        }
        for (index, step) in self.plan.steps.iter().enumerate() {
            let (rows_in, rows_out) = if index < self.streaming {
                (self.rows_in[index + 1], self.rows_out[index + 1])
            } else if index == self.streaming && step.command.reduces() && self.plan.base.is_some()
            {
                step.command.finish(self.partial.take(), &mut self.table)?;
                (self.rows_in[index + 1], self.table.records.len())
            } else {
                let rows_in = self.table.records.len();
                step.command.run(&mut self.table, &self.context)?;
                (rows_in, self.table.records.len())
            };
            stages.push(Stage {
                span: step.span.clone(),
                command: step.name,
                rows_in,
                rows_out,
            });
        }
        Ok((self.table, stages))
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
