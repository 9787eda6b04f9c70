//! Waiting for what must come, and never for longer than a deadline.

use std::time::{Duration, Instant};

/// How long anything may take before it counts as hanging.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// How often is looked for what nothing announces.
const INTERVAL: Duration = Duration::from_millis(5);

/// Looks until `found` gives something; `what` names it if it never does.
#[track_caller]
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::park_timeout(INTERVAL);
    }
}
