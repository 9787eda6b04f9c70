//! Real events: every datum with a value is a field, byte for byte.
//!
//! The events are test data beside the repository; where they are absent, the
//! tests say so and pass.
#![allow(clippy::unwrap_used)]

use std::borrow::Cow;
use std::{fs, path::PathBuf};

use spl::{Event, Value};
use splunk::{AddOn, IndexedEvent, Metadata, OMITTED, event_fields, is_verbatim};

const END: &str = "</Event>";

/// The records of a file of rendered events; a value may have several lines.
fn records(name: &str) -> Option<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/sysmon")
        .join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    let records: Vec<String> = text
        .split_inclusive(END)
        .filter_map(|record| Some(record[record.find("<Event")?..].to_owned()))
        .filter(|record| record.ends_with(END))
        .collect();
    assert!(!records.is_empty(), "{name}");
    Some(records)
}

const WINDOWS: &str = "windows_raw_lines.xml";
const LINUX: &[&str] = &[
    "linux_bash_devtcp.xml",
    "linux_curl.xml",
    "linux_curl_post.xml",
    "linux_curl_refused.xml",
    "linux_python.xml",
    "linux_sysmon_state.xml",
];

fn metadata(addon: AddOn) -> Metadata {
    Metadata {
        addon,
        index: "main".to_owned(),
        host: Some("forwarder".to_owned()),
    }
}

/// Names and values of an event's data, by a reader of XML's own account:
/// without any of the code under test.
fn data(raw: &str, quote: char) -> Vec<(&str, &str)> {
    let opening = format!("<Data Name={quote}");
    raw.split(opening.as_str())
        .skip(1)
        .map(|datum| {
            let (name, rest) = datum.split_once(quote).unwrap();
            let value = rest.strip_prefix('>').unwrap();
            (name, value.split_once("</Data>").unwrap().0)
        })
        .collect()
}

/// Every datum of an event is a field under a profile, and no field is empty.
fn check(raw: &str, quote: char, addon: AddOn) {
    let metadata = metadata(addon);
    let event = IndexedEvent::new(raw, &metadata);
    let names = event.field_names();
    let data = data(raw, quote);
    assert!(!data.is_empty());
    // Asked from the end: nothing is remembered from an earlier question.
    for (name, value) in data.iter().rev() {
        let found = event.field(name);
        let one_line = addon != AddOn::Legacy || !value.contains('\n');
        // The system block has it too, and comes first.
        if *name == "Version" {
            continue;
        }
        if value.is_empty() || !one_line {
            assert_eq!(found, None, "{addon} {name}");
        } else {
            assert_eq!(found.as_deref(), Some(*value), "{addon} {name}");
            assert!(names.contains(&Cow::Borrowed(*name)), "{addon} {name}");
            assert!(is_verbatim(name), "{name}");
        }
    }
    for name in &names {
        assert!(!event.value(name).is_null(), "{addon} {name}");
        assert_eq!(
            event.value(name).text(),
            event.field(name),
            "{addon} {name}"
        );
        if addon.is_verbatim(name) {
            let values = match event.value(name) {
                Value::Multi(values) => values,
                value => vec![Cow::Owned(value.text().unwrap().into_owned())],
            };
            assert!(values.iter().all(|value| raw.contains(&**value)), "{name}");
        }
    }
    // No event has a field that events of its kind cannot have.
    let id: u16 = event.field("EventCode").unwrap().parse().unwrap();
    if let Some(possible) = event_fields(id, addon) {
        for name in &names {
            assert!(possible.contains(&&**name), "{addon} event {id} {name}");
        }
        assert!(OMITTED.iter().all(|(name, _)| possible.contains(name)));
    }
}

#[test]
fn every_datum_of_windows_events_is_a_field() {
    let Some(records) = records(WINDOWS) else {
        return;
    };
    for raw in &records {
        let sysmon = raw.contains("<Channel>Microsoft-Windows-Sysmon/Operational<");
        for addon in AddOn::ALL {
            // What the community's add-on for Sysmon cannot read, the one for
            // Windows can.
            if addon != AddOn::Legacy || sysmon {
                check(raw, '\'', addon);
            }
        }
    }
}

#[test]
fn every_datum_of_linux_events_is_a_field() {
    for name in LINUX {
        for raw in &records(name).unwrap_or_default() {
            check(raw, '"', AddOn::Linux);
        }
    }
}

const COMMON: &[&str] = &[
    "Channel",
    "Computer",
    "EventChannel",
    "EventCode",
    "EventDescription",
    "EventID",
    "EventRecordID",
    "Guid",
    "Image",
    "Keywords",
    "Level",
    "Name",
    "Opcode",
    "ProcessGuid",
    "ProcessID",
    "ProcessId",
    "RecordID",
    "RecordNumber",
    "RuleName",
    "SecurityID",
    "SystemTime",
    "Task",
    "ThreadID",
    "TimeCreated",
    "UserID",
    "UtcTime",
    "Version",
    "dvc_nt_host",
    "event_id",
    "eventtype",
    "host",
    "id",
    "index",
    "linecount",
    "process_exec",
    "process_guid",
    "process_name",
    "signature",
    "signature_id",
    "source",
    "sourcetype",
    "tag",
    "tag::eventtype",
    "user_id",
    "vendor_product",
    "_time",
];
const LISTS: &[(&str, &[&str])] = &[
    (
        "1",
        &[
            "IMPHASH",
            "MD5",
            "SHA256",
            "action",
            "dest",
            "original_file_name",
            "os",
            "parent_process",
            "parent_process_exec",
            "parent_process_guid",
            "parent_process_id",
            "parent_process_name",
            "parent_process_path",
            "process",
            "process_current_directory",
            "process_hash",
            "process_id",
            "process_integrity_level",
            "process_path",
            "user",
        ],
    ),
    (
        "3",
        &[
            "action",
            "app",
            "creation_time",
            "dest",
            "dest_ip",
            "dest_port",
            "direction",
            "dvc",
            "dvc_ip",
            "process_id",
            "protocol",
            "protocol_version",
            "src",
            "src_host",
            "src_ip",
            "src_port",
            "state",
            "transport",
            "transport_dest_port",
            "user",
        ],
    ),
    (
        "5",
        &[
            "action",
            "dest",
            "os",
            "process",
            "process_id",
            "process_path",
        ],
    ),
    (
        "11",
        &[
            "action",
            "dest",
            "file_create_time",
            "file_name",
            "file_path",
            "object_category",
            "process_id",
            "process_path",
        ],
    ),
    ("22", &["query", "query_count", "reply_code_id", "src"]),
];

/// The lists of fields that recorded events have under the current add-on, in
/// the data sources of Splunk's security content: all of them that are made
/// here are there, for the very events.
#[test]
fn recorded_events_have_the_fields_that_a_splunk_gave_them() {
    let Some(records) = records(WINDOWS) else {
        return;
    };
    let metadata = metadata(AddOn::Current);
    let mut seen = 0;
    for raw in &records {
        let event = IndexedEvent::new(raw, &metadata);
        let id = event.field("EventCode").unwrap().into_owned();
        let Some((_, list)) = LISTS.iter().find(|(known, _)| *known == id) else {
            continue;
        };
        seen += 1;
        for name in COMMON.iter().chain(*list) {
            assert!(event.field(name).is_some(), "event {id} {name}");
        }
        // And the lists' gaps are gaps.
        let absent: &[&str] = match id.as_str() {
            "3" => &[
                "process_path",
                "dest_host",
                "parent_process_name",
                "process_hash",
            ],
            "22" => &["dest", "process_id", "process_path", "answer", "action"],
            "11" => &["file_hash", "object_path", "query"],
            _ => &["query", "file_path", "src_ip"],
        };
        for name in absent {
            assert_eq!(event.field(name), None, "event {id} {name}");
        }
    }
    assert_eq!(seen, LISTS.len());
}
