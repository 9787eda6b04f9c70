//! Reads all inputs once, on all cores, and gives what was made of each event
//! in the order in which the events stand.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError, mpsc};

use telemetry::{Batch, Event, Events, Input, Limits, Reader, Wanted};

use crate::recordings::{Interrupt, Losses};

/// The channels that are judged.
pub(super) const CHANNELS: [&str; 3] = [
    "Microsoft-Windows-Sysmon/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Linux-Sysmon/Operational",
];

/// What is read, and how.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) inputs: &'a [Input],
    pub(super) threads: NonZero<usize>,
    pub(super) interrupt: &'a Interrupt,
}

impl Reading<'_> {
    /// Gives to `take` what `of_batch` makes of each batch, in the order of the
    /// batches; and gives what could not be read.
    pub(super) fn each<T: Send>(
        &self,
        of_batch: &(dyn Fn(&Events) -> T + Sync),
        take: &mut dyn FnMut(T),
    ) -> Losses {
        let wanted = Wanted::only(|channel, _| CHANNELS.contains(&channel));
        let losses = Mutex::new(Losses::default());
        let held = 2 * self.threads.get();
        let (sender, receiver) = mpsc::sync_channel::<(usize, Batch)>(held);
        let (results, finished) = mpsc::sync_channel::<(usize, Option<T>)>(held);
        let receiver = Mutex::new(receiver);
        std::thread::scope(|scope| {
            for _ in 0..self.threads.get() {
                let (receiver, losses, wanted) = (&receiver, &losses, &wanted);
                let results = results.clone();
                scope.spawn(move || {
                    loop {
                        let next = receiver
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .recv();
                        let Ok((number, batch)) = next else { return };
                        let events = batch.events(wanted);
                        let result = of_batch(&events);
                        self.lose(losses, events.into_problems());
                        // Nobody hears it only when a panic goes its way.
                        if results.send((number, Some(result))).is_err() {
                            return;
                        }
                    }
                });
            }
            let losses = &losses;
            scope.spawn(move || self.read(&sender, &results, losses));
            // Workers finish batches in any order.
            let mut waiting = BTreeMap::new();
            let mut next = 0;
            for (number, result) in finished {
                waiting.insert(number, result);
                while let Some(result) = waiting.remove(&next) {
                    next += 1;
                    if let Some(result) = result {
                        take(result);
                    }
                }
            }
        });
        losses.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(
        &self,
        sender: &mpsc::SyncSender<(usize, Batch)>,
        results: &mpsc::SyncSender<(usize, Option<T>)>,
        losses: &Mutex<Losses>,
    ) {
        let reader = Reader::new(self.inputs.to_vec(), Limits::default());
        for (number, batch) in reader
            .stopped_by(self.interrupt.stop.clone())
            .enumerate()
            .take_while(|_| !self.interrupt.is_set())
        {
            let gone = match batch {
                Ok(batch) => {
                    let mut losses = losses.lock().unwrap_or_else(PoisonError::into_inner);
                    losses.read = true;
                    drop(losses);
                    sender.send((number, batch)).is_err()
                }
                Err(problem) => {
                    self.lose(losses, [problem]);
                    results.send((number, None)).is_err()
                }
            };
            if gone {
                return;
            }
        }
        if self.interrupt.is_set() {
            let mut losses = losses.lock().unwrap_or_else(PoisonError::into_inner);
            losses.given_up = true;
        }
    }

    fn lose(&self, losses: &Mutex<Losses>, problems: impl IntoIterator<Item = telemetry::Problem>) {
        let mut losses = losses.lock().unwrap_or_else(PoisonError::into_inner);
        for problem in problems {
            losses.add(problem, self.inputs);
        }
    }
}

/// The event of a record, whatever its form, with those of its data that are
/// kept.
pub(super) fn recorded(
    event: &Event<'_>,
    keeps: &dyn Fn(&str) -> bool,
) -> Option<sysmon::RecordedEvent> {
    match event.raw {
        Some(raw) => sysmon::RecordedEvent::of_xml_with(raw, keeps),
        None => Some(sysmon::RecordedEvent::of_fields(
            event
                .fields
                .iter()
                .filter_map(|field| Some((field.name.as_str(), field.values.first()?.as_str()))),
        )),
    }
}
