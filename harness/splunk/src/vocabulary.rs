//! What is known about the events of Sysmon before any is seen: the vocabulary
//! of the lints.

use std::borrow::Cow;

use spl::{
    Vocabulary,
    lint::{Holds, Pins, Renamed},
};
use sysmon::{Channel, EventData};

use crate::{
    addon::{AddOn, SYSMON},
    catalogue::event_fields,
};

/// The vocabulary of events under a profile.
///
/// An event id alone does not say what an event is: other channels have ids of
/// their own. Only a search that also names Sysmon's (or PowerShell's) source,
/// source type or channel tells, and then the fields are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventVocabulary {
    /// The profile.
    pub addon: AddOn,
}

/// Fields with paths or names of files.
const PATHS: &[&str] = &[
    "Image",
    "ImageLoaded",
    "OriginalFileName",
    "ParentImage",
    "SourceImage",
    "TargetFilename",
    "TargetImage",
    "parent_process_name",
    "process_name",
    "process_path",
];

/// Fields with names of hosts.
const HOST_NAMES: &[&str] = &[
    "DestinationHostname",
    "QueryName",
    "SourceHostname",
    "dest_host",
    "query",
    "src_host",
];

/// What current add-ons rename the sourcetypes of events to, in lower case.
const RENAMED: &str = "xmlwineventlog";

impl EventVocabulary {
    /// The kinds of which every event of a search is one; none where the search
    /// does not say.
    fn kinds(pins: &Pins) -> Option<Vec<EventData>> {
        let ids = ["EventCode", "EventID"]
            .iter()
            .find_map(|field| pins.values(field))?;
        let kinds: Vec<EventData> = ids
            .iter()
            .map(|id| EventData::of(id.parse().ok()?))
            .collect::<Option<_>>()?;
        let named = |channel: Channel| {
            let word = match channel {
                Channel::Sysmon => "sysmon",
                _ => "powershell",
            };
            ["source", "sourcetype", "Channel"].iter().any(|field| {
                pins.values(field).is_some_and(|values| {
                    values
                        .iter()
                        .all(|value| value.to_ascii_lowercase().contains(word))
                })
            })
        };
        kinds
            .iter()
            .all(|kind| named(kind.channel))
            .then_some(kinds)
    }
}

impl EventVocabulary {
    /// The fields that an event of Sysmon or PowerShell can have, where a search
    /// may be meant for those; none where it asks for events of other kinds.
    pub fn known_fields(self, pins: &Pins) -> Option<Vec<&'static str>> {
        let known = |id: &str| id.parse().is_ok_and(|id| EventData::of(id).is_some());
        let ids = ["EventCode", "EventID"]
            .iter()
            .find_map(|id| pins.values(id));
        if !ids.is_none_or(|ids| ids.iter().all(|id| known(id))) {
            return None;
        }
        for field in ["source", "sourcetype", "Channel"] {
            let meant = |value: &String| {
                let value = value.to_ascii_lowercase();
                value.contains("sysmon") || value.contains("powershell") || value == RENAMED
            };
            if !pins
                .values(field)
                .is_none_or(|values| values.iter().all(meant))
            {
                return None;
            }
        }
        let mut fields: Vec<&str> = (0..=u16::MAX)
            .filter_map(|id| event_fields(id, self.addon))
            .flatten()
            .collect();
        fields.sort_unstable();
        fields.dedup();
        Some(fields)
    }
}

impl Vocabulary for EventVocabulary {
    fn fields(&self, pins: &Pins) -> Option<Vec<Cow<'_, str>>> {
        let mut fields = Vec::new();
        for kind in Self::kinds(pins)? {
            fields.extend(event_fields(kind.id, self.addon)?);
        }
        Some(fields.into_iter().map(Cow::Borrowed).collect())
    }

    fn kind(&self, pins: &Pins) -> Option<String> {
        let kinds = Self::kinds(pins)?;
        let name = match kinds.first()?.channel {
            Channel::Sysmon => "Sysmon",
            _ => "PowerShell",
        };
        let ids: Vec<String> = kinds.iter().map(|kind| kind.id.to_string()).collect();
        Some(format!("{name} event {}", ids.join(" or ")))
    }

    fn always(&self, pins: &Pins, field: &str) -> bool {
        matches!(field, "EventCode" | "EventID") && Self::kinds(pins).is_some()
    }

    /// Data of an event: a second value of the same name is not taken, and an
    /// empty one is no field.
    fn single(&self, pins: &Pins, field: &str) -> bool {
        matches!(field, "EventCode" | "EventID" | "Computer")
            || Self::kinds(pins).is_some_and(|kinds| {
                kinds.iter().all(|kind| {
                    kind.names.contains(&field)
                        || event_fields(kind.id, self.addon)
                            .is_some_and(|fields| !fields.contains(&field))
                })
            })
    }

    fn numeric(&self, field: &str) -> bool {
        matches!(field, "EventCode" | "EventID")
    }

    fn holds(&self, field: &str) -> Option<Holds> {
        if PATHS.contains(&field) {
            Some(Holds::Path)
        } else {
            HOST_NAMES.contains(&field).then_some(Holds::HostName)
        }
    }

    /// Whatever the profile: the search is to find something in other
    /// installations too.
    fn renamed(&self, sourcetype: &str) -> Option<Renamed> {
        let legacy = AddOn::Legacy.sourcetype(SYSMON);
        sourcetype.eq_ignore_ascii_case(&legacy).then(|| Renamed {
            to: AddOn::Current.sourcetype(SYSMON).into_owned(),
            instead: format!("source=\"{}\"", AddOn::Current.source(SYSMON)),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const DETECTION: &str = include_str!("../../../scenarios/T1583.007/detections/serverless.spl");

    fn found(text: &str, addon: AddOn) -> Vec<(&'static str, &str)> {
        spl::Search::parse(text)
            .unwrap()
            .lint(&EventVocabulary { addon })
            .into_iter()
            .map(|finding| (finding.code.name(), &text[finding.span]))
            .collect()
    }

    #[test]
    fn the_shipped_detection_has_these_faults_under_every_profile() {
        for addon in AddOn::ALL {
            let found = found(DETECTION, addon);
            let of = |code: &str| -> Vec<&str> {
                found
                    .iter()
                    .filter(|(other, _)| *other == code)
                    .map(|(_, place)| *place)
                    .collect()
            };
            assert_eq!(
                of("empty-column"),
                ["CommandLine", "ParentImage", "ParentCommandLine"]
            );
            assert_eq!(
                of("renamed-sourcetype"),
                ["\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\""]
            );
            assert_eq!(of("unreachable-branch"), ["true(), \"Other Serverless\""]);
            assert_eq!(of("wildcard-in-middle").len(), 2);
            assert_eq!(of("unanchored-pattern").len(), 7);
            assert_eq!(found.len(), 14, "{found:?}");
        }
    }

    #[test]
    fn fields_are_known_where_a_search_may_be_meant_for_known_events() {
        let known = |text: &str| {
            let pins = spl::Search::parse(text).unwrap().pins();
            let vocabulary = EventVocabulary {
                addon: AddOn::Legacy,
            };
            vocabulary.known_fields(&pins)
        };
        for text in [
            "a=1",
            "EventCode=3",
            "EventCode IN (1, 4104)",
            "sourcetype=XmlWinEventLog",
            "source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\"",
        ] {
            let fields = known(text).unwrap();
            for field in [
                "Image",
                "CommandLine",
                "DestinationHostname",
                "ScriptBlockText",
            ] {
                assert!(fields.contains(&field), "{text}: {field}");
            }
            assert!(!fields.contains(&"SubjectUserName"), "{text}");
        }
        for text in [
            "EventCode=4688",
            "EventCode IN (1, 4688)",
            "EventCode=x",
            "source=\"XmlWinEventLog:Security\"",
            "sourcetype=linux_audit",
        ] {
            assert_eq!(known(text), None, "{text}");
        }
    }

    #[test]
    fn an_event_id_alone_says_nothing() {
        assert_eq!(found("EventCode=3 | table CommandLine", AddOn::Current), []);
        assert_eq!(
            found(
                "source=*Sysmon* EventCode=3 | table CommandLine",
                AddOn::Current
            ),
            []
        );
        let source = "source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\"";
        for (search, columns) in [
            ("EventCode=3 | table CommandLine", vec!["CommandLine"]),
            ("EventID=3 | table CommandLine", vec!["CommandLine"]),
            ("EventCode IN (1, 3) | table CommandLine", vec![]),
            ("EventCode=29 | table CommandLine", vec![]),
            ("EventCode=4104 | table CommandLine", vec![]),
            (
                "EventCode=3 | table dest, dest_ip, dest_port, user, process_name",
                vec![],
            ),
        ] {
            let text = format!("{source} {search}");
            let found: Vec<&str> = found(&text, AddOn::Current)
                .into_iter()
                .map(|(_, place)| place)
                .collect();
            assert_eq!(found, columns, "{text}");
        }
    }
}
