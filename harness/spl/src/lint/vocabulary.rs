//! What is known about the events that a search is meant for: it comes from
//! outside, since this crate knows no sort of event.

use std::{borrow::Cow, collections::BTreeMap};

use crate::names;

/// What the lints may know about events beyond the text of the search.
///
/// Everything has a default, which is to know nothing: then the lints claim
/// less, and nothing that is not so.
pub trait Vocabulary {
    /// The fields that the events can have that the pins describe; `None` where
    /// that is not known. Fields that every event in Splunk has (`host`,
    /// `source`, `_time` ...) need not be among them.
    fn fields(&self, _pins: &Pins) -> Option<Vec<Cow<'_, str>>> {
        None
    }

    /// How these events are called in a message, such as "Sysmon event 3".
    fn kind(&self, _pins: &Pins) -> Option<String> {
        None
    }

    /// Whether every one of these events has a value for the field.
    fn always(&self, _pins: &Pins, _field: &str) -> bool {
        false
    }

    /// Whether no event has more than one value for the field.
    fn single(&self, _pins: &Pins, _field: &str) -> bool {
        false
    }

    /// Whether the values of a field are whole numbers, written without zeros
    /// before them.
    fn numeric(&self, _field: &str) -> bool {
        false
    }

    /// What sort of names a field holds.
    fn holds(&self, _field: &str) -> Option<Holds> {
        None
    }

    /// What add-ons of today make of a source type.
    fn renamed(&self, _sourcetype: &str) -> Option<Renamed> {
        None
    }
}

/// To know nothing.
impl Vocabulary for () {}

/// What sort of names a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Paths of files.
    Path,
    /// Names of hosts.
    HostName,
}

/// A source type that events do not have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The source type that they have instead.
    pub to: String,
    /// What to write instead, as a clause of a search.
    pub instead: String,
}

/// What the base search says about its events with exact values: by field, the
/// values of which an event has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    values: BTreeMap<String, Vec<String>>,
}

impl Pins {
    /// The values of which every event has one, where the search says so.
    pub fn values(&self, field: &str) -> Option<&[String]> {
        self.values.get(field).map(Vec::as_slice)
    }

    /// The fields that have such values.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Adds what a clause says. Of two clauses about one field the first holds,
    /// which is true of the events whatever the second says.
    pub(crate) fn add(&mut self, field: &str, values: Vec<String>) {
        self.values.entry(field.to_owned()).or_insert(values);
    }
}

/// Fields that Splunk itself gives to events.
///
/// Source: Knowledge Manager Manual, "Use default fields"; those of its
/// knowledge are events types and tags.
const DEFAULT_FIELDS: &[&str] = &[
    "date_hour",
    "date_mday",
    "date_minute",
    "date_month",
    "date_second",
    "date_wday",
    "date_year",
    "date_zone",
    "eventtype",
    "host",
    "index",
    "linecount",
    "punct",
    "source",
    "sourcetype",
    "splunk_server",
    "splunk_server_group",
    "tag",
    "timeendpos",
    "timestartpos",
];

/// Whether Splunk gives the field to events of any kind.
pub(crate) fn is_default(field: &str) -> bool {
    names::is_internal(field) || DEFAULT_FIELDS.contains(&field) || field.starts_with("tag::")
}

/// Default fields that every event has exactly once.
pub(super) fn is_metadata(field: &str) -> bool {
    matches!(field, "host" | "index" | "source" | "sourcetype" | "_time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_splunk_itself_are_known() {
        assert!(DEFAULT_FIELDS.is_sorted());
        for field in ["host", "_time", "_anything", "tag::user"] {
            assert!(is_default(field), "{field}");
        }
        assert!(!is_default("Image"));
    }

    #[test]
    fn the_first_clause_pins() {
        let mut pins = Pins::default();
        pins.add("EventCode", vec!["1".to_owned()]);
        pins.add("EventCode", vec!["2".to_owned()]);
        assert_eq!(pins.values("EventCode"), Some(&["1".to_owned()][..]));
        assert_eq!(pins.values("EventID"), None);
    }
}
