//! Stopping a run from outside.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use lab::sandbox::Stopper;

/// Says that a run shall stop, and stops the sandboxes that run.
#[derive(Debug, Default)]
pub struct Interrupt {
    set: AtomicBool,
    /// What stops each sandbox that runs, by the scenario's number.
    running: Mutex<BTreeMap<usize, Stopper>>,
}

impl Interrupt {
    /// Stops the run: no scenario begins any more, and those that run end.
    pub fn trigger(&self) {
        self.set.store(true, Ordering::SeqCst);
        for (_, stopper) in std::mem::take(&mut *self.lock()) {
            stopper.stop();
        }
    }

    /// Whether the run shall stop.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Lets a sandbox be stopped.
    pub(crate) fn register(&self, number: usize, stopper: Stopper) {
        self.lock().insert(number, stopper);
        if self.is_set() {
            // It was triggered between the start and this.
            self.trigger();
        }
    }

    /// A sandbox has ended by itself.
    pub(crate) fn forget(&self, number: usize) {
        self.lock().remove(&number);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, Stopper>> {
        // The map is whole at any moment, whoever panicked.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
