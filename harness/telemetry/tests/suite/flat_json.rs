//! The flat JSON of the Security Datasets, against what the recordings' list
//! counts and against the JSON itself.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::Value;
use telemetry::Wanted;

use crate::data::{self, Part};

/// What NXLog, Logstash and Elasticsearch say of the recording, and what they
/// derive from other fields: no part of an event.
const RECORDERS: [&str; 21] = [
    "@timestamp",
    "@version",
    "AccountName",
    "AccountType",
    "Category",
    "Domain",
    "ERROR_EVT_UNRESOLVED",
    "EventReceivedTime",
    "EventTime",
    "EventTypeOrignal",
    "Message",
    "Opcode",
    "Severity",
    "SeverityValue",
    "SourceModuleName",
    "SourceModuleType",
    "TimeCreated",
    "host",
    "port",
    "tags",
    "type",
];

/// Where a field of the system block is in the XML: an element, or an
/// attribute of one.
const SYSTEM: [(&str, &str, &str); 15] = [
    ("SourceName", "Provider", "Name"),
    ("ProviderGuid", "Provider", "Guid"),
    ("EventID", "EventID", ""),
    ("Version", "Version", ""),
    ("Level", "Level", ""),
    ("Task", "Task", ""),
    ("OpcodeValue", "Opcode", ""),
    ("RecordNumber", "EventRecordID", ""),
    ("ActivityID", "Correlation", "ActivityID"),
    ("ExecutionProcessID", "Execution", "ProcessID"),
    ("ProcessID", "Execution", "ProcessID"),
    ("ThreadID", "Execution", "ThreadID"),
    ("Channel", "Channel", ""),
    ("Hostname", "Computer", ""),
    ("UserID", "Security", "UserID"),
];

/// The values of an event's XML: of elements, of attributes and of data.
fn values(xml: &str) -> BTreeMap<(String, String), String> {
    let mut values = BTreeMap::new();
    let (mut element, mut name, mut datum) = (String::new(), String::new(), None);
    let mut in_tag = false;
    for part in data::parts(xml) {
        match part {
            Part::Name(end) if end.is_empty() => {
                in_tag = false;
                name.clear();
            }
            Part::Name(other) if in_tag => name = other,
            Part::Name(other) => {
                (element, in_tag) = (other, true);
                name.clear();
            }
            Part::Value(value) if element == "Data" && name == "Name" => {
                values.insert(("Data".to_owned(), value.clone()), String::new());
                datum = Some(value);
            }
            Part::Value(value) => {
                let name = datum.clone().unwrap_or_else(|| name.clone());
                values.insert((element.clone(), name), value);
            }
            Part::End => {
                datum = None;
                in_tag = false;
            }
        }
    }
    values
}

fn check(object: &Value, xml: &str) {
    let values = values(xml);
    let value = |element: &str, name: &str| {
        let key = (element.to_owned(), name.to_owned());
        values.get(&key).map(String::as_str)
    };
    for (name, expected) in object.as_object().unwrap() {
        let expected = match expected {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if RECORDERS.contains(&name.as_str()) {
            continue;
        }
        let found = if name == "Keywords" {
            // A mask of 64 bits, with the sign that NXLog gives it.
            value("Keywords", "").map(|hexadecimal| {
                let digits = hexadecimal.strip_prefix("0x").unwrap();
                let mask = u64::from_str_radix(digits, 16).unwrap();
                if expected.starts_with("0x") {
                    hexadecimal.to_owned()
                } else {
                    mask.cast_signed().to_string()
                }
            })
        } else if name == "EventType" && matches!(expected.as_str(), "INFO" | "WARNING") {
            // NXLog's own. The event's, if it has one, is in its message.
            let message = object["Message"].as_str().unwrap_or_default();
            let Some((_, own)) = message.split_once("EventType: ") else {
                continue;
            };
            assert_eq!(value("Data", name), own.lines().next(), "{xml}");
            continue;
        } else if let Some((_, element, attribute)) = SYSTEM.iter().find(|(n, ..)| n == name) {
            value(element, attribute).map(str::to_owned)
        } else {
            value("Data", name).map(str::to_owned)
        };
        assert_eq!(found.as_ref(), Some(&expected), "{name} of {xml}");
    }
    // The message, if there is one, says what an event has, whatever NXLog made
    // of it.
    if object["SourceName"] == "Microsoft-Windows-Sysmon" {
        let message = object["Message"].as_str().unwrap_or_default();
        let (_, after) = message.split_once("\r\nProcessId: ").unzip();
        if let Some(after) = after {
            assert_eq!(value("Data", "ProcessId"), after.lines().next(), "{xml}");
        }
    }
}

#[test]
fn every_event_is_there_and_every_field_in_it() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    let list = fs::read_to_string(folder.join("MANIFEST.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let mut archives = 0;
    for entry in list.as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        if !name.starts_with("otrf-json/") {
            continue;
        }
        archives += 1;
        let unpacked = tempfile::tempdir().unwrap();
        let done = Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(folder.join(name))
            .arg(unpacked.path())
            .status()
            .unwrap();
        assert!(done.success());
        let files = data::files(unpacked.path(), ".json");
        assert_eq!(files.len(), 1, "{name}");
        judge(&files[0], entry);
    }
    assert!(archives > 0, "the list names no archive");
}

fn judge(file: &Path, entry: &Value) {
    let (events, problems) = data::read(file, &Wanted::all());
    assert!(problems.is_empty(), "{}: {problems:?}", file.display());
    let text = fs::read_to_string(file).unwrap();
    let objects: Vec<&str> = text.lines().collect();
    assert_eq!(events.len(), objects.len());
    let mut sysmon = BTreeMap::new();
    let mut scripts = 0;
    for ((_, xml), object) in events.iter().zip(objects) {
        let id = data::between(xml, "<EventID>", "</EventID>").unwrap();
        if xml.contains("<Provider Name='Microsoft-Windows-Sysmon'") {
            *sysmon.entry(id.to_owned()).or_insert(0) += 1;
        } else if id == "4104" {
            scripts += 1;
        } else {
            continue;
        }
        check(&serde_json::from_str(object).unwrap(), xml);
    }
    let expected: BTreeMap<String, u64> =
        serde_json::from_value(entry["sysmon_events_by_eid"].clone()).unwrap();
    assert_eq!(sysmon, expected, "{}", file.display());
    assert_eq!(entry["powershell_4104"], scripts, "{}", file.display());
}
