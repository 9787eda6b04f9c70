//! One event as a search sees it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::addon::AddOn;
use crate::extraction::{attribute, data_names, datum, element};

/// What Splunk knows of an event without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The add-on's profile.
    pub addon: AddOn,
    /// The index that the event is in.
    pub index: String,
    /// The forwarder's name for its computer.
    pub host: String,
}

/// An event in an index: its rendered XML and its metadata.
#[derive(Debug, Clone)]
pub struct IndexedEvent<'a> {
    raw: &'a str,
    metadata: &'a Metadata,
}

/// Fields of the system block: the field's name, and how it is found.
type Extraction = fn(&str) -> Option<&str>;

const SYSTEM: &[(&str, Extraction)] = &[
    ("Channel", |raw| element(raw, "Channel")),
    ("Computer", |raw| element(raw, "Computer")),
    ("EventCode", |raw| element(raw, "EventID")),
    ("EventID", |raw| element(raw, "EventID")),
    ("EventRecordID", |raw| element(raw, "EventRecordID")),
    ("Guid", |raw| attribute(raw, " Guid=")),
    ("Keywords", |raw| element(raw, "Keywords")),
    ("Level", |raw| element(raw, "Level")),
    ("Name", |raw| attribute(raw, "<Provider Name=")),
    ("Opcode", |raw| element(raw, "Opcode")),
    ("RecordNumber", |raw| element(raw, "EventRecordID")),
    ("SecurityID", |raw| attribute(raw, "<Security UserID=")),
    ("SystemTime", |raw| {
        attribute(raw, "<TimeCreated SystemTime=")
    }),
    ("Task", |raw| element(raw, "Task")),
    ("Version", |raw| element(raw, "Version")),
    ("dvc", |raw| element(raw, "Computer")),
];

const METADATA: &[&str] = &["_raw", "_time", "host", "index", "source", "sourcetype"];

impl<'a> IndexedEvent<'a> {
    /// The event that Splunk has of a rendered record.
    pub fn new(raw: &'a str, metadata: &'a Metadata) -> Self {
        Self { raw, metadata }
    }

    /// The rendered record.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// `_time`: Sysmon's own time of the event; for other providers the time
    /// at which the log took it.
    fn time(&self) -> Option<Timestamp> {
        datum(self.raw, "UtcTime").map_or_else(
            || {
                attribute(self.raw, "<TimeCreated SystemTime=")?
                    .parse()
                    .ok()
            },
            |utc| {
                let civil: DateTime = utc.replacen(' ', "T", 1).parse().ok()?;
                Offset::UTC.to_timestamp(civil).ok()
            },
        )
    }

    fn channel(&self) -> &'a str {
        element(self.raw, "Channel").unwrap_or_default()
    }
}

/// Seconds since the epoch with three decimal places, as Splunk's `_time`.
fn epoch(at: Timestamp) -> String {
    let milliseconds = at.as_millisecond();
    format!(
        "{}.{:03}",
        milliseconds.div_euclid(1000),
        milliseconds.rem_euclid(1000)
    )
}

impl spl::Event for IndexedEvent<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let text = match name {
            "_raw" => self.raw,
            "_time" => return self.time().map(epoch).map(Cow::Owned),
            "host" => &self.metadata.host,
            "index" => &self.metadata.index,
            "source" => return Some(Cow::Owned(self.metadata.addon.source(self.channel()))),
            "sourcetype" => {
                return Some(Cow::Owned(self.metadata.addon.sourcetype(self.channel())));
            }
            _ => match SYSTEM.binary_search_by_key(&name, |(known, _)| known) {
                Ok(at) => SYSTEM[at].1(self.raw).filter(|value| !value.is_empty())?,
                Err(_) => datum(self.raw, name)?,
            },
        };
        Some(Cow::Borrowed(text))
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        let system = SYSTEM
            .iter()
            .filter(|(_, extract)| extract(self.raw).is_some_and(|value| !value.is_empty()))
            .map(|(name, _)| *name);
        METADATA
            .iter()
            .copied()
            .chain(system)
            .chain(data_names(self.raw))
            .map(Cow::Borrowed)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use spl::Event as _;

    use super::*;

    const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/><EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:03.9582493Z'/><EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='2684' ThreadID='1380'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS.corp.example</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'></Data><Data Name='UtcTime'>2026-11-24 10:00:02.679</Data><Data Name='Image'>C:\\a &amp; b\\curl.exe</Data><Data Name='DestinationHostname'>x.workers.dev</Data><Data Name='DestinationHostname'>second</Data></EventData></Event>";

    fn metadata(addon: AddOn) -> Metadata {
        Metadata {
            addon,
            index: "main".to_owned(),
            host: "WKS".to_owned(),
        }
    }

    fn field(raw: &str, addon: AddOn, name: &str) -> Option<String> {
        let metadata = metadata(addon);
        let event = IndexedEvent::new(raw, &metadata);
        event.field(name).map(Cow::into_owned)
    }

    fn legacy(name: &str) -> Option<String> {
        field(EVENT, AddOn::Legacy, name)
    }

    #[test]
    fn the_profile_decides_the_sourcetype_and_not_the_source() {
        const SYSMON: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
        assert_eq!(legacy("sourcetype").unwrap(), SYSMON);
        let current = |name| field(EVENT, AddOn::Current, name).unwrap();
        assert_eq!(current("sourcetype"), "xmlwineventlog");
        assert_eq!(current("source"), SYSMON);
        assert_eq!(legacy("source").unwrap(), SYSMON);
    }

    #[test]
    fn values_are_those_of_the_rendered_xml() {
        assert_eq!(legacy("EventCode").unwrap(), "3");
        assert_eq!(legacy("EventID").unwrap(), "3");
        assert_eq!(legacy("Computer").unwrap(), "WKS.corp.example");
        // Entities stay.
        assert_eq!(legacy("Image").unwrap(), r"C:\a &amp; b\curl.exe");
        // 2026-11-24 10:00:02.679 UTC, by `date -u -d … +%s`.
        assert_eq!(legacy("_time").unwrap(), "1795514402.679");
        assert_eq!(legacy("_raw").unwrap(), EVENT);
    }

    #[test]
    fn empty_and_missing_data_are_no_fields_and_the_first_of_two_counts() {
        assert_eq!(legacy("RuleName"), None);
        assert_eq!(legacy("CommandLine"), None);
        assert_eq!(legacy("eventcode"), None, "names are case-sensitive");
        assert_eq!(legacy("DestinationHostname").unwrap(), "x.workers.dev");
    }

    #[test]
    fn all_named_fields_are_there() {
        let metadata = metadata(AddOn::Legacy);
        let event = IndexedEvent::new(EVENT, &metadata);
        let names = event.field_names();
        assert!(names.contains(&Cow::Borrowed("DestinationHostname")));
        assert!(!names.contains(&Cow::Borrowed("RuleName")));
        for name in names {
            assert!(event.field(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn system_fields_are_sorted_for_the_search() {
        assert!(SYSTEM.is_sorted_by_key(|(name, _)| *name));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_is_an_event_without_panics(raw in ".{0,120}", name in "[A-Za-z_]{1,12}") {
            let metadata = metadata(AddOn::Current);
            let event = IndexedEvent::new(&raw, &metadata);
            let _ = (event.field(&name), event.field("_time"), event.field_names());
        }

        #[test]
        fn cut_events_do_no_harm(end in 0..EVENT.len()) {
            let metadata = metadata(AddOn::Legacy);
            let event = IndexedEvent::new(EVENT.get(..end).unwrap_or_default(), &metadata);
            for name in event.field_names() {
                let _ = event.field(&name);
            }
        }
    }
}
