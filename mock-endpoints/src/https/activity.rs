//! Whether a connection has a request running, and for how long it had none.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Counts the requests of one connection.
#[derive(Clone, Debug)]
pub(super) struct Activity(watch::Sender<Count>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    started: u64,
    finished: u64,
}

/// A request that is running, until it is dropped.
#[derive(Debug)]
pub(super) struct Running(watch::Sender<Count>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Count::default()))
    }

    /// Begins a request, and gives its number from zero.
    pub(super) fn start(&self) -> (u64, Running) {
        let mut number = 0;
        self.0.send_modify(|count| {
            number = count.started;
            count.started += 1;
        });
        (number, Running(self.0.clone()))
    }

    /// How many requests have begun.
    pub(super) fn started(&self) -> u64 {
        self.0.borrow().started
    }

    /// Returns when no request has run for `limit`.
    pub(super) async fn idle(&self, limit: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let count = *changes.borrow_and_update();
            // The sender is `self`, so that a change can always still come.
            if count.started > count.finished {
                let _sender_lives = changes.changed().await.is_ok();
            } else if timeout(limit, changes.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| count.finished += 1);
    }
}
