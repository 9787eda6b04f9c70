//! `events.xml`: what third parties read in it, and that it is like what
//! Sysmon itself writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{Record, Run, Workplace, tool};

/// A run with every kind of event in it.
fn run(workplace: &Workplace) -> Run {
    let run = workplace.run(["run", "1", "2", "3", "4"]);
    run.exits(0);
    let kinds: BTreeSet<u16> = run.records().iter().map(|record| record.id).collect();
    assert_eq!(kinds, BTreeSet::from([1, 3, 5, 11, 22, 4104]));
    run
}

/// Prints the ids and fields of a file's events as JSON.
const ELEMENT_TREE: &str = r"
import json, re, sys, xml.etree.ElementTree as tree
space = '{http://schemas.microsoft.com/win/2004/08/events/event}'
text = open(sys.argv[1], encoding='utf-8').read()
events = []
for record in re.findall(r'<Event .*?</Event>', text, re.DOTALL):
    event = tree.fromstring(record)
    assert event.tag == space + 'Event', event.tag
    events.append([
        int(event.find(space + 'System/' + space + 'EventID').text),
        [[data.get('Name'), data.text or ''] for data in event.iter(space + 'Data')],
    ])
assert re.sub(r'<Event .*?</Event>', '', text, flags=re.DOTALL).strip() == ''
print(json.dumps(events))
";

#[test]
fn python_reads_every_record() {
    let Some(python) = tool("python3") else {
        return;
    };
    let workplace = Workplace::new();
    let run = run(&workplace);
    let output = assert_cmd::Command::new(python)
        .args(["-c", ELEMENT_TREE])
        .arg(run.folder().join("events.xml"))
        .timeout(crate::support::DEADLINE)
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let read: Vec<(u16, Vec<(String, String)>)> = serde_json::from_slice(&output).unwrap();
    let records = run.records();
    assert_eq!(read.len(), records.len());
    for (read, record) in read.iter().zip(&records) {
        assert_eq!((read.0, &read.1), (record.id, &record.data));
    }
}

#[test]
fn fields_stand_in_the_order_in_which_sysmon_writes_them() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/sysmon/windows_raw_lines.xml");
    let Ok(text) = fs::read_to_string(&real) else {
        eprintln!("skipped: {} not present", real.display());
        return;
    };
    // The last of them, a 4104, is cut off.
    let whole = text.rfind("</Event>").unwrap() + "</Event>".len();
    let real = Record::all(&text[..whole]);
    let workplace = Workplace::new();
    let run = run(&workplace);
    for id in [1, 3, 5, 11, 22] {
        let sample = real.iter().find(|record| record.id == id).unwrap();
        for record in run.events(id) {
            let mut fields = record.fields();
            // Later versions of Sysmon than the samples' have these at the end.
            while fields.len() > sample.data.len()
                && fields
                    .last()
                    .is_some_and(|last| ["User", "ParentUser"].contains(last))
            {
                fields.pop();
            }
            assert_eq!(fields, sample.fields(), "event {id}");
            assert_eq!(record.system, sample.system, "event {id}");
        }
    }
}

#[test]
fn script_blocks_are_logged_with_the_fields_of_powershell() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "1"]);
    run.exits(0);
    let blocks = run.events(4104);
    assert!(!blocks.is_empty());
    for block in blocks {
        // As the provider Microsoft-Windows-PowerShell names them.
        let fields = [
            "MessageNumber",
            "MessageTotal",
            "ScriptBlockText",
            "ScriptBlockId",
            "Path",
        ];
        assert_eq!(block.fields(), fields);
        assert!(block.text.contains("'Microsoft-Windows-PowerShell'"));
    }
}

/// Fields of Sysmon's events, and what their values look like.
const FORMS: [(&str, &str); 12] = [
    ("UtcTime", r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$"),
    ("ProcessGuid", GUID),
    ("ParentProcessGuid", GUID),
    ("LogonGuid", GUID),
    ("LogonId", "^0x[0-9a-f]+$"),
    ("ProcessId", r"^\d+$"),
    (
        "Hashes",
        "^MD5=[0-9A-F]{32},SHA256=[0-9A-F]{64}(,IMPHASH=[0-9A-F]{32})?$",
    ),
    ("Initiated", "^(true|false)$"),
    ("DestinationIsIpv6", "^(true|false)$"),
    ("DestinationPort", r"^\d+$"),
    ("Protocol", "^(tcp|udp)$"),
    ("Image", r"^(C:|[A-Z]:|<unknown process>)"),
];

const GUID: &str = r"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$";

#[test]
fn values_have_sysmons_forms() {
    let workplace = Workplace::new();
    let run = run(&workplace);
    let mut seen = BTreeSet::new();
    for record in run.records() {
        for (name, value) in &record.data {
            let Some((name, form)) = FORMS.iter().find(|(field, _)| field == name) else {
                continue;
            };
            let matches = predicate::str::is_match(*form).unwrap().eval(value);
            assert!(matches, "{name} is {value}");
            seen.insert(*name);
        }
    }
    assert_eq!(seen.len(), FORMS.len(), "{seen:?}");
}

#[test]
fn what_happened_is_logged_at_once_and_never_before() {
    let workplace = Workplace::new();
    let run = run(&workplace);
    let form = predicate::str::is_match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$").unwrap();
    let (mut first, mut last) = (String::from("9"), String::new());
    for record in run.records() {
        let logged = &record.system_time;
        assert!(form.eval(logged), "{logged}");
        let happened = record.field("UtcTime").replace(' ', "T");
        if record.id != 4104 {
            assert!(logged.as_str() >= happened.as_str(), "{logged} {happened}");
            first = first.min(happened.clone());
            last = last.max(happened);
        }
    }
    // All of it lies within the run.
    let report = run.report();
    assert!(report["started"].as_str().unwrap()[..23] <= first[..]);
    assert!(last[..] <= report["finished"].as_str().unwrap()[..23]);
}

#[test]
fn processes_are_joined_by_their_guids() {
    let workplace = Workplace::new();
    let run = run(&workplace);
    let started = run.events(1);
    let by_guid: BTreeMap<&str, &Record> = started
        .iter()
        .map(|record| (record.field("ProcessGuid"), record))
        .collect();
    assert_eq!(by_guid.len(), started.len(), "a GUID is one process's");
    for record in run.records() {
        if record.id == 4104 {
            continue;
        }
        let guid = record.field("ProcessGuid");
        let process = by_guid
            .get(guid)
            .unwrap_or_else(|| panic!("{guid}: {record:?}"));
        for field in ["ProcessId", "Image"] {
            assert_eq!(
                record.field(field),
                process.field(field),
                "event {}",
                record.id
            );
        }
    }
    let mut first = 0;
    for record in &started {
        if let Some(parent) = by_guid.get(record.field("ParentProcessGuid")) {
            for field in ["ProcessId", "Image", "CommandLine"] {
                assert_eq!(record.field(&format!("Parent{field}")), parent.field(field));
            }
        } else {
            // The runner itself, which Sysmon would have seen before.
            let parent = record.field("ParentImage");
            assert_eq!(parent, workplace.program().to_str().unwrap());
            first += 1;
        }
    }
    assert_eq!(first, 4, "one first process for each scenario");
    let ended: BTreeSet<_> = run
        .events(5)
        .iter()
        .map(|record| record.field("ProcessGuid").to_owned())
        .collect();
    assert_eq!(ended.len(), started.len(), "all of them ended");
}

#[test]
fn provenance_is_told_for_every_field_of_every_record() {
    let workplace = Workplace::new();
    let run = run(&workplace);
    let records = run.records();
    let lines: Vec<Value> = run
        .file("provenance.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), records.len());
    let mut seen = BTreeSet::new();
    for (line, record) in lines.iter().zip(&records) {
        assert_eq!(line["record"], record.number);
        assert_eq!(line["event"], record.id);
        assert_eq!(line["producer"], "sensor");
        let fields = line["fields"].as_object().unwrap();
        assert!(fields.keys().eq(record.fields()), "{line}");
        for (name, provenance) in fields {
            let provenance = provenance.as_str().unwrap();
            seen.insert(provenance.to_owned());
            // What is not there has no value, and the other way round.
            let value = record.field(name);
            let is_empty = value == "-" || value.is_empty();
            assert_eq!(provenance == "absent", is_empty, "{name} is {value}");
        }
    }
    let known = ["absent", "configured", "observed", "translated"];
    assert!(seen.iter().eq(known.iter()), "{seen:?}");
}

#[test]
fn the_logs_of_the_endpoints_name_the_scenario() {
    let workplace = Workplace::new();
    let run = run(&workplace);
    for (log, kind, at_least) in [
        ("dns.ndjson", "dns_query", 15),
        ("http.ndjson", "http_request", 15),
    ] {
        let records: Vec<Value> = run
            .file(log)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let of_kind = records.iter().filter(|record| record["record"] == kind);
        assert!(of_kind.count() >= at_least, "{log}");
        let scenarios: BTreeSet<u64> = records
            .iter()
            .map(|record| record["scenario"].as_u64().unwrap())
            .collect();
        assert_eq!(scenarios, BTreeSet::from([1, 2, 3, 4]), "{log}");
    }
}
