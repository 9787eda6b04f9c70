//! Stopping a run from outside.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use lab::sandbox::Stopper;

/// Says that a run shall stop, and stops the sandboxes that run.
#[derive(Debug, Default)]
pub struct Interrupt {
    set: AtomicBool,
    running: Mutex<Vec<Stopper>>,
}

impl Interrupt {
    /// Stops the run: no scenario begins any more, and those that run end.
    pub fn trigger(&self) {
        self.set.store(true, Ordering::SeqCst);
        for stopper in self.lock().drain(..) {
            stopper.stop();
        }
    }

    /// Whether the run shall stop.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Lets a sandbox be stopped.
    pub(crate) fn register(&self, stopper: Stopper) {
        self.lock().push(stopper);
        if self.is_set() {
            // It was triggered between the start and this.
            self.trigger();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Stopper>> {
        // The list is whole at any moment, whoever panicked.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
