//! What a search needs from outside: events, the time, the time zone.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};

use crate::Value;

/// One event as Splunk sees it: a set of named text fields.
///
/// The metadata are fields like any other: `_time` (seconds since the epoch,
/// as text), `_raw`, `host`, `index`, `source`, `sourcetype`.
///
/// A search asks for each field of an event at most once, and only for those
/// that it needs ([`Search::fields`](crate::Search::fields)): the fields of the
/// base search one by one until it is decided, the others only of events that
/// the base search keeps.
pub trait Event {
    /// The value of a field; `None` where the event does not have it. Names are
    /// case-sensitive.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;

    /// The names of all fields of this event. Asked only where a search needs
    /// all of them: for wildcards in names, and where no command (`table`,
    /// `fields`, `stats`) chooses the columns of the result.
    fn field_names(&self) -> Vec<Cow<'_, str>>;

    /// The value of a field that may be multivalue. A source with multivalue
    /// fields overrides this.
    fn value(&self, name: &str) -> Value<'_> {
        self.field(name).map_or(Value::Null, Value::Text)
    }
}

impl<E: Event + ?Sized> Event for &E {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        (**self).field(name)
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        (**self).field_names()
    }

    fn value(&self, name: &str) -> Value<'_> {
        (**self).value(name)
    }
}

/// What the world contributes to a search.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What `now()` says.
    pub now: Timestamp,
    /// The time zone of the user who searches.
    pub time_zone: TimeZone,
}

impl Environment {
    /// The first of January 1970 in UTC: an environment for searches whose
    /// result does not depend on time.
    pub fn at_epoch() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            time_zone: TimeZone::UTC,
        }
    }
}
