//! Which fields there can be, without an event at hand.

use sysmon::{Channel, EventData};

use crate::addon::{AddOn, SYSMON_FOR_LINUX};
use crate::knowledge::{Formula, Knowledge, METADATA, OMITTED, Step, Table, table};

/// Whether the value of a field of an [`IndexedEvent`](crate::IndexedEvent),
/// where it has the field, stands byte for byte in the event's text, under
/// whatever profile: then a part of the value can be looked for in the text,
/// and where it is not, the field does not have it. Of a multivalue field each
/// value does.
pub fn is_verbatim(field: &str) -> bool {
    AddOn::ALL.into_iter().all(|addon| addon.is_verbatim(field))
}

impl AddOn {
    /// The same under one profile: the older add-on calls the process of a
    /// driver `System`, the newer one has only names that are in the event.
    pub fn is_verbatim(self, field: &str) -> bool {
        let sysmon = match self {
            Self::Legacy => Knowledge::LegacySysmon,
            Self::Current | Self::Linux => Knowledge::CurrentSysmon,
        };
        if METADATA.contains(&field) {
            return field == "_raw";
        }
        !OMITTED.iter().any(|(omitted, _)| *omitted == field)
            && [sysmon, Knowledge::SysmonForLinux, Knowledge::Windows]
                .into_iter()
                .all(|knowledge| table(knowledge).is_verbatim(field, Step::Tag))
    }
}

/// The names of all fields that an event of an id can have under a profile,
/// sorted: metadata, the system block, data, derived fields, and those that a
/// Splunk has and this program does not make ([`OMITTED`]). None for an event
/// id whose data are not known.
///
/// Under [`AddOn::Linux`] an event of Sysmon may be one of Linux or of Windows.
pub fn event_fields(event_id: u16, addon: AddOn) -> Option<Vec<&'static str>> {
    let data = EventData::of(event_id)?;
    let channel = data.channel;
    let mut channels = vec![channel.name()];
    if addon == AddOn::Linux && channel == Channel::Sysmon {
        channels.push(SYSMON_FOR_LINUX);
    }
    let mut names: Vec<&'static str> = METADATA
        .iter()
        .copied()
        .chain(OMITTED.iter().map(|(name, _)| *name))
        .collect();
    for channel in channels {
        let event = Kind {
            table: table(addon.knowledge(channel)),
            id: event_id,
            data: data.names,
        };
        names.extend(
            event
                .data
                .iter()
                .copied()
                .chain(event.table.names())
                .filter(|name| event.can_have(name, Step::Tag)),
        );
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// The events of one kind, as an add-on sees them.
struct Kind {
    table: &'static Table,
    id: u16,
    data: &'static [&'static str],
}

impl Kind {
    /// Whether an operation can leave a field: as [`Table::value`] does it.
    fn can_have(&self, field: &str, step: Step) -> bool {
        let is_datum = || self.data.contains(&field);
        let rules = self.table.of(field);
        let Some(first) = rules.iter().position(|rule| rule.step <= step) else {
            return is_datum();
        };
        let last = rules[first].step;
        let made = rules[first..]
            .iter()
            .take_while(|rule| rule.step == last)
            .find(|rule| rule.events.contain(Some(self.id)))
            .is_some_and(|rule| {
                rule.from
                    .can_be(&|field| self.can_have(field, last.before()))
            });
        match last {
            Step::Extraction => made || is_datum(),
            Step::Lookup => made || self.can_have(field, last.before()),
            _ => made,
        }
    }
}

impl Table {
    fn is_verbatim(&self, field: &str, step: Step) -> bool {
        self.of(field)
            .iter()
            .filter(|rule| rule.step <= step)
            .all(|rule| match rule.from {
                // Nothing stands in every text.
                Formula::Constant("") => true,
                from => from.is_verbatim(&|field| self.is_verbatim(field, rule.step.before())),
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What a detection of serverless beacons prints and event 3 does not have:
    /// its own case for a lint.
    #[test]
    fn event_3_has_no_command_line_under_any_profile() {
        for addon in AddOn::ALL {
            let fields = event_fields(3, addon).unwrap();
            for missing in ["CommandLine", "ParentImage", "ParentCommandLine", "process"] {
                assert!(!fields.contains(&missing), "{addon} {missing}");
            }
            for there in [
                "_time",
                "host",
                "Image",
                "DestinationHostname",
                "EventCode",
                "dest",
            ] {
                assert!(fields.contains(&there), "{addon} {there}");
            }
        }
    }

    #[test]
    fn derived_fields_are_there_where_what_they_are_made_of_is() {
        let current = |id| event_fields(id, AddOn::Current).unwrap();
        assert!(current(1).contains(&"parent_process_name"));
        assert!(current(22).contains(&"answer"));
        assert!(current(22).contains(&"answer_count"));
        assert!(!current(22).contains(&"dest"));
        assert!(!current(11).contains(&"answer"));
        assert!(!current(3).contains(&"registry_path"));
        let legacy = |id| event_fields(id, AddOn::Legacy).unwrap();
        // An `if` with two outcomes gives every event a direction.
        assert!(legacy(1).contains(&"direction"));
        assert!(!current(1).contains(&"direction"));
        // Asks for a field that a later operation makes.
        assert!(!legacy(11).contains(&"action"));
        assert!(current(4104).contains(&"ScriptBlockText"));
        assert!(!current(4104).contains(&"process_name"));
    }

    #[test]
    fn of_unknown_event_ids_nothing_is_claimed() {
        assert_eq!(event_fields(9999, AddOn::Current), None);
    }

    #[test]
    fn what_is_copied_out_of_the_event_is_verbatim_and_what_is_made_is_not() {
        for field in [
            "Image",
            "DestinationHostname",
            "EventCode",
            "EventID",
            "MD5",
            "parent_process",
            "user",
            "answer",
            "_raw",
            "Any_Other",
        ] {
            assert!(is_verbatim(field), "{field}");
        }
        for field in [
            "_time",
            "host",
            "index",
            "source",
            "sourcetype",
            "linecount",
            "action",
            "direction",
            "signature",
            "EventDescription",
            "eventtype",
            "tag",
            "vendor_product",
            "answer_count",
            "transport_dest_port",
            "dvc_nt_host",
            "record_type",
            // Constant under one profile.
            "protocol",
            "process_name",
            "date_hour",
        ] {
            assert!(!is_verbatim(field), "{field}");
        }
        assert!(AddOn::Current.is_verbatim("process_name"));
        assert!(!AddOn::Legacy.is_verbatim("process_name"));
    }
}
