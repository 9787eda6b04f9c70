//! What is to be judged, and how.

use std::num::NonZero;

use jiff::Timestamp;
use scenarios::{Addon, AtomicTest, Behaviour, Overrides};
use telemetry::Input;

use crate::run::options::Detection;

/// Everything that `verify` needs to know.
#[derive(Debug)]
pub struct Options {
    /// The recorded events. They are read twice.
    pub inputs: Vec<Input>,
    /// The scenarios that may be in them, in order.
    pub scenarios: Vec<AtomicTest>,
    /// Scenarios that are not found are not missed.
    pub found_only: bool,
    /// The detections to judge; at least one.
    pub detections: Vec<Detection>,
    /// Values of the scenarios' arguments.
    pub overrides: Overrides,
    /// The add-on under which a Splunk has the events; found out where possible
    /// if it is not given.
    pub addon: Option<Addon>,
    /// What the endpoints did, which recorded events do not say.
    pub behaviour: Behaviour,
    /// The hosts that are judged; all if there is none.
    pub hosts: Vec<String>,
    /// The time that is judged.
    pub window: Window,
    /// Known misses count as misses, known false alarms as false alarms, and
    /// what is not logged as missing.
    pub strict: bool,
    /// How many threads decode.
    pub threads: NonZero<usize>,
    /// The name of the report.
    pub run_id: String,
}

/// A span of time, by when the log took an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// From here, inclusive.
    pub since: Option<Timestamp>,
    /// To here, exclusive.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Whether a time lies in it. One that is not known lies in no window that
    /// has bounds.
    pub(super) fn holds(self, time: Option<Timestamp>) -> bool {
        match time {
            Some(time) => {
                self.since.is_none_or(|since| since <= time)
                    && self.until.is_none_or(|until| time < until)
            }
            None => self == Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_its_beginning_and_ends_before_its_end() {
        let at = |second| Timestamp::from_second(second).ok();
        let window = Window {
            since: at(10),
            until: at(20),
        };
        for (second, inside) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(window.holds(at(second)), inside, "{second}");
        }
        assert!(!window.holds(None));
        assert!(Window::default().holds(None));
    }
}
