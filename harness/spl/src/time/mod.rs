//! Times as SPL has them: seconds since the first of January 1970 in UTC, text
//! in a format, and modifiers relative to another time.

pub(crate) mod format;
pub(crate) mod modifier;
mod read;

use jiff::Timestamp;

/// The time that a number of seconds is, to the microsecond, which is as fine
/// as a double has it today. `None` outside the years that a calendar has here.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
pub(crate) fn timestamp(seconds: f64) -> Option<Timestamp> {
    let microseconds = (seconds * 1e6).round();
    if !(-1e18..1e18).contains(&microseconds) {
        return None;
    }
    Timestamp::from_microsecond(microseconds as i64).ok()
}

/// The number of seconds that a time is.
#[expect(clippy::cast_precision_loss, reason = "Splunk's numbers are doubles")]
pub(crate) fn seconds(timestamp: Timestamp) -> f64 {
    timestamp.as_microsecond() as f64 / 1e6
}
