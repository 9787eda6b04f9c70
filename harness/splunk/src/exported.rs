//! An event with fields that Splunk itself has made, as its export writes them.

use std::borrow::Cow;

use jiff::Timestamp;
use spl::{Event, Value};

use crate::indexed::{IndexedEvent, Metadata, epoch};

/// An event that comes with fields: a line of Splunk's JSON export, or a
/// rendered record for which something is known better.
///
/// Fields that are given win over those that the add-on would have made of
/// `_raw`; without `_raw`, and without fields, only metadata are there.
#[derive(Debug, Clone)]
pub struct ExportedEvent<'a> {
    given: Vec<(Cow<'a, str>, Value<'a>)>,
    raw: IndexedEvent<'a>,
}

impl<'a> ExportedEvent<'a> {
    /// An event of given fields. `_raw` is what further fields are extracted
    /// from; empty, where the export leaves it out. Of two fields of one name
    /// the first counts; one that is null is not given.
    ///
    /// `_time` may be given as seconds since the epoch or as the export prints
    /// it: `2023-01-11T15:29:45.000+00:00`.
    pub fn new(
        raw: &'a str,
        fields: impl IntoIterator<Item = (Cow<'a, str>, Value<'a>)>,
        metadata: &'a Metadata,
    ) -> Self {
        let given = fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| match (&*name, &value) {
                ("_time", Value::Text(text)) => match text.parse::<Timestamp>() {
                    Ok(at) => (name, Value::Text(Cow::Owned(epoch(at)))),
                    Err(_) => (name, value),
                },
                _ => (name, value),
            })
            .collect();
        Self {
            given,
            raw: IndexedEvent::new(raw, metadata),
        }
    }

    fn given(&self, name: &str) -> Option<&Value<'a>> {
        self.given
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value)
    }

    /// Whether a field of the rendered record is there, where none is given.
    fn is_extracted(&self, name: &str) -> bool {
        name != "_raw" || !self.raw.raw().is_empty()
    }
}

impl Event for ExportedEvent<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.given(name) {
            Some(value) => value.text(),
            None if self.is_extracted(name) => self.raw.field(name),
            None => None,
        }
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        let given = self.given.iter().map(|(name, _)| Cow::Borrowed(&**name));
        let extracted = self.raw.field_names();
        for name in given.chain(extracted) {
            if !names.contains(&name) && (self.given(&name).is_some() || self.is_extracted(&name)) {
                names.push(name);
            }
        }
        names
    }

    fn value(&self, name: &str) -> Value<'_> {
        match self.given(name) {
            Some(value) => value.clone(),
            None if self.is_extracted(name) => self.raw.value(name),
            None => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::AddOn;

    const RAW: &str = "<Event><System><EventID>3</EventID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS</Computer></System><EventData><Data Name='Image'>C:\\x\\curl.exe</Data><Data Name='User'>CORP\\ann</Data></EventData></Event>";

    fn metadata() -> Metadata {
        Metadata {
            addon: AddOn::Current,
            index: "main".to_owned(),
            host: Some("forwarder".to_owned()),
        }
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(text))
    }

    #[test]
    fn given_fields_win_and_others_are_extracted() {
        let metadata = metadata();
        let fields = [
            (Cow::Borrowed("host"), text("WKS01")),
            (Cow::Borrowed("user"), text("somebody")),
            (Cow::Borrowed("sourcetype"), text("own")),
            (
                Cow::Borrowed("tag"),
                Value::Multi(vec!["a".into(), "b".into()]),
            ),
        ];
        let event = ExportedEvent::new(RAW, fields, &metadata);
        assert_eq!(event.field("host").unwrap(), "WKS01");
        assert_eq!(event.field("user").unwrap(), "somebody");
        assert_eq!(event.field("sourcetype").unwrap(), "own");
        assert_eq!(
            event.value("tag"),
            Value::Multi(vec!["a".into(), "b".into()])
        );
        assert_eq!(event.field("process_name").unwrap(), "curl.exe");
        assert_eq!(event.field("index").unwrap(), "main");
        assert_eq!(event.field("CommandLine"), None);
    }

    #[test]
    fn an_event_without_its_text_has_what_is_given() {
        let metadata = metadata();
        let fields = [
            (Cow::Borrowed("EventCode"), text("1")),
            (Cow::Borrowed("CommandLine"), text("whoami")),
            (Cow::Borrowed("Image"), Value::Null),
        ];
        let event = ExportedEvent::new("", fields, &metadata);
        assert_eq!(event.field("CommandLine").unwrap(), "whoami");
        assert_eq!(event.field("Image"), None);
        assert_eq!(event.field("_raw"), None);
        assert_eq!(event.field("_time"), None);
        let names = event.field_names();
        assert!(names.iter().any(|name| name == "CommandLine"));
        assert!(!names.iter().any(|name| name == "_raw" || name == "Image"));
        for name in &names {
            assert!(event.field(name).is_some(), "{name}");
        }
    }

    #[test]
    fn time_is_taken_as_the_export_prints_it() {
        let metadata = metadata();
        let at = |time: &'static str| {
            let event = ExportedEvent::new("", [(Cow::Borrowed("_time"), text(time))], &metadata);
            event.field("_time").map(Cow::into_owned)
        };
        // 2023-01-11 15:29:45 UTC, by `date -u -d … +%s`.
        assert_eq!(
            at("2023-01-11T15:29:45.000+00:00").unwrap(),
            "1673450985.000"
        );
        assert_eq!(
            at("2023-01-11T16:29:45.120+01:00").unwrap(),
            "1673450985.120"
        );
        assert_eq!(at("1673450985.5").unwrap(), "1673450985.5");
    }
}
