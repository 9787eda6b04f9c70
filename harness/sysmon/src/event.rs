//! One event, and the builder that keeps to the manifest.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::schema::EventKind;

/// Where the value of a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Seen by the sensor as it stands.
    Observed,
    /// Seen, and put into Windows' form by a declared, mechanical rule.
    Translated,
    /// Not seen: a setting of the lab (its computer, its user).
    Configured,
    /// There is nothing to see; the field reads `-`.
    Absent,
}

/// One named datum of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, as in `<Data Name>`.
    pub name: Cow<'static, str>,
    /// The text between the tags, without XML escapes.
    pub value: String,
    /// Where the value comes from.
    pub provenance: Provenance,
}

/// The process and thread that wrote the event: for Sysmon its service, for
/// PowerShell the PowerShell process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// The process id.
    pub process_id: u32,
    /// The thread id.
    pub thread_id: u32,
}

/// One event of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What kind of event it is.
    pub kind: EventKind,
    /// When the log took it.
    pub time_created: Timestamp,
    /// Its number in the log.
    pub record_id: u64,
    /// Who wrote it.
    pub execution: Execution,
    /// The computer's name.
    pub computer: String,
    /// The SID in `<Security UserID>`.
    pub security_user_id: String,
    /// The activity in `<Correlation ActivityID>`, braces included.
    pub activity_id: Option<String>,
    pub(crate) fields: Vec<Field>,
}

impl Event {
    /// The data, in the manifest's order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The same event with another value of a field that it has.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: &str, provenance: Provenance) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            value.clone_into(&mut field.value);
            field.provenance = provenance;
        }
        self
    }

    /// The value of a field; `None` if the event has no such field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }
}

/// A field was set that the event's manifest does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("event {event_id} has no field {name}")]
pub struct UnknownField {
    /// The event's id.
    pub event_id: u16,
    /// The name that is not in the manifest.
    pub name: String,
}

/// Fills the fields of one kind of event.
///
/// It begins with every field of the manifest reading `-`, [`Provenance::Absent`]:
/// what is not set is not invented.
#[derive(Debug, Clone)]
pub struct Builder {
    kind: EventKind,
    fields: Vec<Field>,
    unknown: Option<UnknownField>,
}

impl Builder {
    /// A builder for one kind of event.
    pub fn new(kind: EventKind) -> Self {
        let fields = kind
            .fields()
            .iter()
            .map(|name| Field {
                name: Cow::Borrowed(*name),
                value: "-".to_owned(),
                provenance: Provenance::Absent,
            })
            .collect();
        Self {
            kind,
            fields,
            unknown: None,
        }
    }

    /// Sets a field. A name that the manifest does not have fails in
    /// [`Builder::finish`].
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<String>, provenance: Provenance) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.value = value.into();
            field.provenance = provenance;
        } else if self.unknown.is_none() {
            self.unknown = Some(UnknownField {
                event_id: self.kind.id(),
                name: name.to_owned(),
            });
        }
        self
    }

    /// Sets a field that the sensor saw as it stands.
    #[must_use]
    pub fn observed(self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value, Provenance::Observed)
    }

    /// Sets a field that the sensor saw and put into Windows' form.
    #[must_use]
    pub fn translated(self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value, Provenance::Translated)
    }

    /// Sets a field from the lab's settings.
    #[must_use]
    pub fn configured(self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value, Provenance::Configured)
    }

    /// The event, with record number 0 until the log numbers it.
    ///
    /// # Errors
    /// [`UnknownField`] if a field was set that the manifest does not have.
    pub fn finish(
        self,
        time_created: Timestamp,
        execution: Execution,
        computer: impl Into<String>,
        security_user_id: impl Into<String>,
    ) -> Result<Event, UnknownField> {
        if let Some(unknown) = self.unknown {
            return Err(unknown);
        }
        Ok(Event {
            kind: self.kind,
            time_created,
            record_id: 0,
            execution,
            computer: computer.into(),
            security_user_id: security_user_id.into(),
            activity_id: None,
            fields: self.fields,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SERVICE: Execution = Execution {
        process_id: 2912,
        thread_id: 3424,
    };

    #[test]
    fn what_is_not_set_reads_a_dash_and_says_that_it_is_absent() {
        let event = Builder::new(EventKind::ProcessTerminate)
            .observed("ProcessId", "7")
            .finish(Timestamp::UNIX_EPOCH, SERVICE, "WKS", "S-1-5-18")
            .unwrap();
        let names: Vec<_> = event.fields().iter().map(|f| f.name.as_ref()).collect();
        assert_eq!(
            names,
            [
                "RuleName",
                "UtcTime",
                "ProcessGuid",
                "ProcessId",
                "Image",
                "User"
            ]
        );
        assert_eq!(event.field("ProcessId"), Some("7"));
        assert_eq!(event.field("Image"), Some("-"));
        assert_eq!(event.fields()[4].provenance, Provenance::Absent);
        assert_eq!(event.field("CommandLine"), None);
    }

    #[test]
    fn a_field_outside_the_manifest_is_refused() {
        let error = Builder::new(EventKind::NetworkConnect)
            .observed("CommandLine", "curl")
            .finish(Timestamp::UNIX_EPOCH, SERVICE, "WKS", "S-1-5-18")
            .unwrap_err();
        assert_eq!(error.to_string(), "event 3 has no field CommandLine");
    }
}
