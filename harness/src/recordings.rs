//! Searches over recorded events: what the commands `search` and `explain`
//! read, and on how many cores.
//!
//! One thread reads and gives batches; each of the others decodes batches and
//! runs the search on them, and what they collected is merged. Events that
//! cannot meet the search are left out by their raw text alone, before any of
//! their fields is taken out.

pub mod environment;
mod event;
mod interrupt;
pub(crate) mod needles;
pub mod output;
pub mod reasons;
mod wanted;

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
};

use spl::{Collector, Scan, Search};
use splunk::Metadata;
use telemetry::{Batch, Events, Input, Limits, Problem, ProblemKind, Reader, Source, Wanted};

pub use event::Recorded;
pub use interrupt::Interrupt;
use needles::Needles;

/// How many problems are kept; the others are counted.
const KEPT_PROBLEMS: usize = 20;

/// After so many bytes with problems and without events, standard input, which
/// may have no end, is given up.
const FRUITLESS_BYTES: usize = 64 << 20;

/// More events than a batch can have: the number of an event is that of its
/// batch times this, and its place in the batch.
const BATCH_NUMBERS: usize = 1 << 24;

/// Recorded events, to be searched as a Splunk with an add-on has them.
#[derive(Debug)]
pub struct Recordings<'m> {
    inputs: Vec<Input>,
    metadata: &'m Metadata,
    threads: NonZero<usize>,
    needles: Option<Needles>,
    wanted: Wanted,
    interrupt: &'m Interrupt,
    events: AtomicUsize,
    losses: Mutex<Losses>,
}

/// What could not be read.
#[derive(Debug, Default)]
pub struct Losses {
    /// The first problems, by file and place, each with whether it may have
    /// cost events.
    pub problems: Vec<(Problem, bool)>,
    /// How many there were.
    pub count: usize,
    /// How many of them may have cost events: not, say, a picture among the
    /// logs of a folder.
    pub lost: usize,
    /// Whether reading ended before the input did.
    pub given_up: bool,
    /// Whether there was anything to read.
    pub read: bool,
}

impl Losses {
    /// Takes a problem of one of these inputs. A file that holds no events is a
    /// loss if it was named, or if its name says that it is a recording; any
    /// other in a folder or an archive is none.
    pub fn add(&mut self, problem: Problem, inputs: &[Input]) {
        self.count += 1;
        let named = inputs
            .iter()
            .any(|input| match (input, &*problem.place.source) {
                (Input::Path(path), Source::File(file)) => path == file,
                (Input::Stdin, Source::Stdin) => true,
                _ => false,
            });
        let is_file_without_events = matches!(problem.kind, ProblemKind::NotEvents);
        let is_missed = named || is_recording_by_name(&problem.place.source);
        let loses = problem.kind.loses_events() || (is_missed && is_file_without_events);
        self.lost += usize::from(loses);
        // Several threads give problems, in any order: which are kept must not
        // depend on it.
        let at = self
            .problems
            .partition_point(|(known, _)| known.place <= problem.place);
        if at < KEPT_PROBLEMS {
            self.problems.insert(at, (problem, loses));
            self.problems.truncate(KEPT_PROBLEMS);
        }
    }
}

/// Whether a file's name says that it holds events, or that it is packed: what is
/// read is told by the content, and what is missed is not.
fn is_recording_by_name(source: &Source) -> bool {
    let name = source.to_string().to_ascii_lowercase();
    let endings = [".evtx", ".gz", ".tgz", ".zst", ".zip", ".tar"];
    endings.iter().any(|ending| name.ends_with(ending))
}

/// How long standard input is read on without any event in it.
#[derive(Debug, Default)]
pub struct Patience {
    fruitless: AtomicUsize,
}

impl Patience {
    /// What is to be known of a batch before it is decoded: how many bytes
    /// count against it if there is no event in it.
    pub fn look(batch: &Batch) -> Look {
        Look {
            bytes: if *batch.source().input() == Source::Stdin {
                batch.bytes()
            } else {
                0
            },
            continues_loss: batch.continues_loss(),
        }
    }

    /// Takes note of what was in the batch.
    pub fn note(&self, look: &Look, events: &Events) {
        // Events that nobody wanted are no problems, nor are other programs'
        // lines in a log.
        let is_other = |problem: &Problem| matches!(problem.kind, ProblemKind::OtherLines { .. });
        let has_problems = !events.problems().iter().all(is_other);
        let fruitless = events.is_empty() && (look.continues_loss || has_problems);
        if fruitless {
            self.fruitless.fetch_add(look.bytes, Ordering::Relaxed);
        } else {
            self.fruitless.store(0, Ordering::Relaxed);
        }
    }

    /// Whether there is none left.
    pub fn is_over(&self) -> bool {
        self.fruitless.load(Ordering::Relaxed) >= FRUITLESS_BYTES
    }
}

/// A batch as it was before it was decoded.
#[derive(Debug)]
pub struct Look {
    bytes: usize,
    continues_loss: bool,
}

impl<'m> Recordings<'m> {
    /// Events of these inputs. Reading ends early once it is interrupted.
    pub fn new(
        inputs: Vec<Input>,
        metadata: &'m Metadata,
        threads: NonZero<usize>,
        interrupt: &'m Interrupt,
    ) -> Self {
        Self {
            inputs,
            metadata,
            threads,
            needles: None,
            wanted: Wanted::all(),
            interrupt,
            events: AtomicUsize::new(0),
            losses: Mutex::default(),
        }
    }

    /// Leaves out events that this search cannot use: by the channel and event
    /// id that it asks for, and by the literals that it needs. The events must then be searched by it alone.
    #[must_use]
    pub fn only_for(mut self, search: &Search) -> Self {
        let addon = self.metadata.addon;
        self.needles = search
            .needles(&|field| addon.is_verbatim(field))
            .and_then(|literals| Needles::new(&literals));
        self.wanted = wanted::wanted(&search.pins(), addon);
        self
    }

    /// How many events were read so far.
    pub fn events(&self) -> usize {
        self.events.load(Ordering::Relaxed)
    }

    /// What could not be read so far.
    pub fn into_losses(self) -> Losses {
        self.losses
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self, problems: impl IntoIterator<Item = Problem>) {
        let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
        for problem in problems {
            losses.add(problem, &self.inputs);
        }
    }

    fn has_read(&self) {
        self.losses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .read = true;
    }

    fn give_up(&self) {
        self.losses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .given_up = true;
    }

    /// The batches, one after the other, with their numbers.
    fn batches(&self, mut take: impl FnMut(usize, Batch) -> bool) {
        let reader = Reader::new(self.inputs.clone(), Limits::default());
        let mut reader = reader.stopped_by(self.interrupt.stop.clone()).enumerate();
        // What was read when it was interrupted is answered, too.
        while !self.interrupt.is_set() {
            let Some((number, batch)) = reader.next() else {
                break;
            };
            match batch {
                Ok(batch) => {
                    self.has_read();
                    if !take(number, batch) {
                        return;
                    }
                }
                Err(problem) => self.lost([problem]),
            }
        }
        if self.interrupt.is_set() {
            self.give_up();
        }
    }

    /// Runs a search on the events of a batch.
    fn decode(
        &self,
        number: usize,
        batch: Batch,
        patience: &Patience,
        collector: &mut Collector<'_, '_>,
    ) -> Result<(), spl::Error> {
        let look = Patience::look(&batch);
        let events = batch.events(&self.wanted);
        self.events.fetch_add(events.len(), Ordering::Relaxed);
        patience.note(&look, &events);
        let recorded = self.candidates(&events);
        let result = if recorded.is_empty() {
            collector.skip(events.len());
            Ok(())
        } else {
            collector.skip(events.len() - recorded.len());
            collector.batch(number * BATCH_NUMBERS, &recorded)
        };
        drop(recorded);
        self.lost(events.into_problems());
        result
    }

    /// The events that the search may have a use for.
    fn candidates<'e>(&'e self, events: &'e Events) -> Vec<Recorded<'e>> {
        let recorded = |event| Recorded::new(event, self.metadata);
        let Some(needles) = &self.needles else {
            return events.iter().map(recorded).collect();
        };
        match needles.events(events) {
            Some(found) => found
                .into_iter()
                .filter_map(|index| events.get(index).map(recorded))
                .collect(),
            None => events.iter().map(recorded).collect(),
        }
    }
}

impl Scan for Recordings<'_> {
    fn scan(&self, collector: &mut Collector<'_, '_>) -> Result<(), spl::Error> {
        let patience = Patience::default();
        let failed = AtomicBool::new(false);
        let hopeless = || {
            let hopeless = patience.is_over();
            if hopeless {
                self.give_up();
            }
            hopeless
        };
        if self.threads.get() == 1 {
            let mut result = Ok(());
            self.batches(|number, batch| {
                result = self.decode(number, batch, &patience, collector);
                result.is_ok() && !hopeless()
            });
            return result;
        }
        let (sender, receiver) = mpsc::sync_channel::<(usize, Batch)>(2 * self.threads.get());
        let receiver = Mutex::new(receiver);
        let forks = (0..self.threads.get())
            .map(|_| collector.fork())
            .collect::<Result<Vec<_>, _>>()?;
        let collected = std::thread::scope(|scope| {
            let workers: Vec<_> = forks
                .into_iter()
                .map(|mut fork| {
                    let (receiver, patience, failed) = (&receiver, &patience, &failed);
                    scope.spawn(move || {
                        let mut result = Ok(());
                        loop {
                            let next = receiver
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .recv();
                            let Ok((number, batch)) = next else {
                                return result.map(|()| fork);
                            };
                            // After an error batches are still taken, so that
                            // the reader does not wait for ever.
                            if result.is_ok() {
                                result = self.decode(number, batch, patience, &mut fork);
                                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                            }
                        }
                    })
                })
                .collect();
            self.batches(|number, batch| {
                sender.send((number, batch)).is_ok()
                    && !hopeless()
                    && !failed.load(Ordering::Relaxed)
            });
            drop(sender);
            workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect::<Vec<Result<_, spl::Error>>>()
        });
        for fork in collected {
            collector.merge(fork?);
        }
        Ok(())
    }
}
