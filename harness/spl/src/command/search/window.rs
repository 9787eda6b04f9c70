//! The time range of a search: `earliest=` and `latest=`.
//!
//! Source: Search Manual, "Specify time modifiers in your search": they are
//! terms like others, joined to the rest by AND; `earliest` is the first moment in the
//! range and `latest` the first one after it. Search Reference, "Time modifiers":
//! several ranges, each in parentheses, with OR between them.

use crate::{
    Environment, Error,
    error::Span,
    names::Slot,
    print::Printer,
    time::{self, modifier::TimeModifier},
};

/// One end of the time range.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) latest: bool,
    modifier: TimeModifier,
    /// The modifier as written.
    pub(crate) text: String,
    /// `_time`.
    pub(crate) time: Slot,
    pub(crate) span: Span,
}

impl Bound {
    /// A bound from its modifier as written.
    ///
    /// # Errors
    ///
    /// What is no time modifier.
    pub(super) fn new(
        latest: bool,
        text: String,
        time: Slot,
        span: Span,
        place: &Span,
    ) -> Result<Self, Error> {
        let modifier =
            TimeModifier::parse(&text).map_err(|message| Error::syntax(message, place.clone()))?;
        Ok(Self {
            latest,
            modifier,
            text,
            time,
            span,
        })
    }

    /// The name of the modifier.
    pub(super) fn name(&self) -> &'static str {
        if self.latest { "latest" } else { "earliest" }
    }

    pub(super) fn print(&self, out: &mut Printer<'_>) {
        out.word(self.name());
        out.put("=");
        out.value(&self.text);
    }

    /// Seconds since the epoch.
    pub(crate) fn seconds(&self, environment: &Environment) -> f64 {
        time::seconds(
            self.modifier
                .resolve(environment.now, &environment.time_zone),
        )
    }

    /// Whether an event of this time is on the right side of the moment that
    /// the bound means. An event without a time is in no range.
    pub(crate) fn holds(&self, bound: f64, time: Option<f64>) -> bool {
        time.is_some_and(|time| {
            if self.latest {
                time < bound
            } else {
                time >= bound
            }
        })
    }
}
