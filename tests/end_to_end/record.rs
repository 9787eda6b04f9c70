//! Data sets of runs: what `record` writes of a run's folder, and that it
//! writes all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use beaconlab::record::Form;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Account, Record, Run, Workplace};

/// All files below a folder, with their content, by path from there.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Whether a file has this extension.
fn is(name: &str, extension: &str) -> bool {
    Path::new(name).extension() == Some(extension.as_ref())
}

/// Says that files are the same, and names those that are not.
#[track_caller]
fn are_same(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) {
    let names: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    let other = |name: &&&String| left.get(**name) != right.get(**name);
    assert_eq!(names.iter().filter(other).collect::<Vec<_>>(), [&&""; 0]);
}

/// Where the data sets of the technique are.
const DATA_SETS: &str = "datasets/attack_techniques/T1583.007";

/// Scenario 4, as a name of files.
const CURL: &str = "curl_beaconing_to_google_cloud_function_repeated_intervals";

/// Scenario 1.
const POWERSHELL: &str = "powershell_beaconing_to_cloudflare_workers_endpoint";

/// Scenario 10, a control on which the shipped detection must not fire.
const LOOK_ALIKE: &str = "curl_asking_look_alike_of_cloudflare_workers_domain";

#[track_caller]
fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

/// A run of scenarios 1, 4 and 10 by stand-ins.
fn ran() -> (Workplace, Run) {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "1", "4", "10", "--interpreters", "stand-in"]);
    run.exits(0);
    (workplace, run)
}

/// Data sets, as `bin/dataset_schema.json` of Splunk's attack_data asks of
/// their metadata. Its `validate.py` asks for the form of `date` beside.
fn attack_data() -> jsonschema::Validator {
    let text = json!({"type": "string", "minLength": 1});
    let uuid = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["author", "id", "date", "description", "environment", "datasets"],
        "properties": {
            "author": text,
            "id": {"type": "string", "pattern": uuid},
            "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "description": text,
            "environment": text,
            "directory": text,
            "mitre_technique": {
                "type": "array",
                "items": {"type": "string", "pattern": r"^T\d{4}(\.\d{3})*$"}
            },
            "datasets": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["name", "path", "source", "sourcetype"],
                    "properties":
                        {"name": text, "path": text, "source": text, "sourcetype": text}
                }
            }
        }
    });
    jsonschema::validator_for(&schema).unwrap()
}

/// A detection's tests, as contentctl's `UnitTest` and `TestAttackData` take
/// them.
fn contentctl() -> jsonschema::Validator {
    let text = json!({"type": "string"});
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["tests"],
        "properties": {"tests": {"type": "array", "minItems": 1, "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name", "attack_data"],
            "properties": {
                "name": text,
                "attack_data": {"type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["data", "source", "sourcetype"],
                    "properties": {
                        "data": text, "source": text, "sourcetype": text,
                        "custom_index": text, "host": text
                    }
                }}
            }
        }}}
    });
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn is_valid(validator: &jsonschema::Validator, value: &Value) {
    let errors: Vec<_> = validator.iter_errors(value).collect();
    assert!(errors.is_empty(), "{errors:?}\n{value:#}");
    // A schema that takes anything would say nothing.
    let mut more = value.clone();
    more["more"] = json!(1);
    assert!(!validator.is_valid(&more));
}

#[test]
fn each_scenario_becomes_a_data_set_of_its_own_events() {
    let (workplace, run) = ran();
    let recorded = workplace.run(["record", "--to", "data", "--author", "Ann Example"]);
    recorded.exits(0);
    assert_eq!(recorded.stderr, "");
    let files = files(&workplace.path().join("data"));
    let expected: BTreeSet<String> = [
        format!("{DATA_SETS}/{POWERSHELL}/{POWERSHELL}.yml"),
        format!("{DATA_SETS}/{POWERSHELL}/windows-sysmon.log"),
        format!("{DATA_SETS}/{POWERSHELL}/windows-powershell.log"),
        format!("{DATA_SETS}/{CURL}/{CURL}.yml"),
        format!("{DATA_SETS}/{CURL}/windows-sysmon.log"),
        format!("{DATA_SETS}/{LOOK_ALIKE}/{LOOK_ALIKE}.yml"),
        format!("{DATA_SETS}/{LOOK_ALIKE}/windows-sysmon.log"),
        // Where the detection was silent there is no test of it.
        format!("contentctl/detect_serverless_in_splunk/{POWERSHELL}.yml"),
        format!("contentctl/detect_serverless_in_splunk/{CURL}.yml"),
    ]
    .into();
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected);

    // All events, none twice, none changed.
    let mut lines: Vec<&str> = files
        .iter()
        .filter(|(name, _)| is(name, "log"))
        .flat_map(|(_, text)| text.split_inclusive("</Event>\n"))
        .collect();
    lines.sort_by_key(|line| Record::all(line)[0].number);
    assert_eq!(lines.concat(), run.file("events.xml"));

    // Each where its scenario is: by the host that is its alone.
    for (name, host) in [
        (POWERSHELL, "argustest.workers.dev"),
        (CURL, "cloudfunctions.net"),
        (LOOK_ALIKE, "notworkers.dev"),
    ] {
        let log = &files[&format!("{DATA_SETS}/{name}/windows-sysmon.log")];
        let records = Record::all(log);
        let asked: Vec<_> = records.iter().filter(|record| record.id == 22).collect();
        assert!(!asked.is_empty());
        for record in asked {
            let query = record.field("QueryName");
            assert!(query.ends_with(host), "{name}: {query}");
        }
        assert!(records.iter().all(|record| record.id != 4104));
    }
    let blocks = &files[&format!("{DATA_SETS}/{POWERSHELL}/windows-powershell.log")];
    assert!(Record::all(blocks).iter().all(|record| record.id == 4104));
}

#[test]
fn metadata_are_as_others_ask_for_them() {
    let (workplace, run) = ran();
    let arguments = ["record", "--to", "data", "--author", "Ann Example"];
    workplace.run(arguments).exits(0);
    let data = workplace.path().join("data");
    let files = files(&data);
    let mut ids = BTreeSet::new();
    for (name, text) in files.iter().filter(|(name, _)| is(name, "yml")) {
        let document = yaml(text);
        if name.starts_with("contentctl/") {
            is_valid(&contentctl(), &document);
            for of in document["tests"][0]["attack_data"].as_array().unwrap() {
                assert!(data.join(of["data"].as_str().unwrap()).is_file(), "{of}");
            }
            continue;
        }
        is_valid(&attack_data(), &document);
        ids.insert(document["id"].as_str().unwrap().to_owned());
        assert_eq!(document["author"], "Ann Example");
        assert_eq!(document["mitre_technique"], json!(["T1583.007"]));
        let report = run.report();
        let began = report["started"].as_str().unwrap();
        assert_eq!(document["date"], began[..10], "{began}");
        for of in document["datasets"].as_array().unwrap() {
            let path = of["path"].as_str().unwrap();
            assert!(files.contains_key(path.trim_start_matches('/')), "{path}");
        }
    }
    assert_eq!(ids.len(), 3);
    let powershell = yaml(&files[&format!("{DATA_SETS}/{POWERSHELL}/{POWERSHELL}.yml")]);
    let description = powershell["description"].as_str().unwrap();
    for said in [
        "cf212ed1-a6cb-498e-90e4-35cefa167de4",
        "powershell.exe (stand-in",
        "no Windows host",
        "Reverse DNS: lab",
    ] {
        assert!(description.contains(said), "{description}");
    }
    // Python's YAML takes a date without quotes for no text.
    let text = &files[&format!("{DATA_SETS}/{POWERSHELL}/{POWERSHELL}.yml")];
    assert!(text.contains("date: '2"), "{text}");

    // Once more, and all is the same, ids as well.
    workplace.run(["record", "--to", "again", "--author", "Ann Example"]);
    are_same(&files, &self::files(&workplace.path().join("again")));
}

#[test]
fn source_and_sourcetype_are_those_of_the_add_on() {
    const SYSMON: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
    const BLOCKS: &str = "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational";
    for (addon, sysmon, blocks) in [
        ("legacy", SYSMON, BLOCKS),
        ("current", "XmlWinEventLog", "XmlWinEventLog"),
    ] {
        let workplace = Workplace::new();
        workplace.run(["run", "1", "--addon", addon]);
        workplace.run(["record", "--to", "data"]).exits(0);
        let files = files(&workplace.path().join("data"));
        let document = yaml(&files[&format!("{DATA_SETS}/{POWERSHELL}/{POWERSHELL}.yml")]);
        let named = |at: usize| {
            let file = &document["datasets"][at];
            (file["source"].clone(), file["sourcetype"].clone())
        };
        assert_eq!(named(0), (json!(SYSMON), json!(sysmon)), "{addon}");
        assert_eq!(named(1), (json!(BLOCKS), json!(blocks)), "{addon}");
    }
}

#[test]
fn the_newest_run_is_taken_unless_one_is_named() {
    let (workplace, run) = ran();
    let older = run.folder().to_owned();
    workplace.run(["run", "4"]).exits(0);
    workplace.run(["record", "--to", "newest"]).exits(0);
    let newest = files(&workplace.path().join("newest"));
    assert!(newest.keys().all(|name| name.contains(CURL)), "{newest:?}");
    let older = older.to_str().unwrap();
    workplace.run(["record", older, "--to", "older"]).exits(0);
    assert!(files(&workplace.path().join("older")).len() > newest.len());
}

#[test]
fn a_data_set_that_is_there_stays_unless_it_may_be_replaced() {
    let (workplace, _) = ran();
    let data = workplace.path().join("data");
    workplace
        .run(["record", "--to", "data", "--form", "events"])
        .exits(0);
    let before = files(&data);
    workplace.write("data/mine.txt", "kept");
    workplace.run(["run", "4"]).exits(0);
    let refused = workplace.run(["record", "--to", "data"]);
    refused.exits(3);
    assert!(refused.stderr.contains(CURL), "{}", refused.stderr);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    let mut kept = before.clone();
    kept.insert("mine.txt".to_owned(), "kept".to_owned());
    are_same(&files(&data), &kept);

    workplace
        .run(["record", "--to", "data", "--force"])
        .exits(0);
    let after = files(&data);
    let log = format!("{DATA_SETS}/{CURL}/windows-sysmon.log");
    assert_ne!(after[&log], before[&log]);
    // Of the older run, an export would no longer be of these events.
    assert!(!after.contains_key(&format!("exports/events/{CURL}.xml")));
    // What is of other scenarios, or somebody else's, is not touched.
    for name in [
        &format!("exports/events/{POWERSHELL}.xml"),
        &format!("{DATA_SETS}/{POWERSHELL}/windows-sysmon.log"),
        "mine.txt",
    ] {
        assert_eq!(after[name], kept[name]);
    }
}

#[test]
fn each_form_holds_the_same_events() {
    let (workplace, _) = ran();
    let mut arguments = vec!["record", "--to", "data"];
    let others: Vec<_> = Form::ALL
        .iter()
        .filter(|form| **form != Form::Xml)
        .collect();
    assert!(!others.is_empty());
    for form in &others {
        arguments.extend(["--form", form.name()]);
    }
    let recorded = workplace.run(arguments);
    recorded.exits(0);
    let search = |spl: &str, events: &str| {
        let found = workplace.run(["search", spl, events, "--output", "json"]);
        found.exits(0);
        assert!(!found.stdout.is_empty());
        found.stdout
    };
    let sysmon = "* | table EventCode UtcTime ProcessGuid Image CommandLine ParentImage User \
                  Hashes DestinationHostname DestinationPort QueryName QueryResults";
    let block = "EventCode=4104 | table Channel Computer ScriptBlockText ScriptBlockId";
    for (spl, scenario, log) in [
        (sysmon, CURL, "windows-sysmon.log"),
        (block, POWERSHELL, "windows-powershell.log"),
    ] {
        let expected = search(spl, &format!("data/{DATA_SETS}/{scenario}/{log}"));
        for form in &others {
            let export = format!("data/exports/{form}/{scenario}.{}", form.extension());
            assert_eq!(search(spl, &export), expected, "{form}");
        }
    }
    // What a form has no place for is said.
    for form in others {
        let note = format!("note: {form} has no place for");
        let lossless = form.loses().is_empty();
        assert_ne!(recorded.stderr.contains(&note), lossless, "{form}");
    }
}

#[test]
fn what_is_no_run_is_said() {
    let workplace = Workplace::new();
    let none = workplace.run(["record", "--to", "data"]);
    none.exits(3);
    assert!(
        none.stderr.contains("no run under runs/"),
        "{}",
        none.stderr
    );
    fs::create_dir(workplace.path().join("empty")).unwrap();
    let empty = workplace.run(["record", "empty", "--to", "data"]);
    empty.exits(3);
    assert!(empty.stderr.contains("has no run.json"), "{}", empty.stderr);
    assert!(!workplace.path().join("data").exists());
}

/// Changes a file of the run, which must have that text.
#[track_caller]
fn change(run: &Run, file: &str, part: &str, instead: &str) {
    let path = run.folder().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(part), "{file} has no {part}");
    fs::write(path, text.replacen(part, instead, 1)).unwrap();
}

#[test]
fn a_damaged_run_is_refused_and_nothing_is_written() {
    for (file, part, instead, code, said) in [
        ("run.json", "{", "", 3, "no report of a run"),
        (
            "run.json",
            "\"schema_version\": 1",
            "\"schema_version\": 2",
            3,
            "schema_version 2, and only 1 is known",
        ),
        // It would become a path.
        (
            "run.json",
            "\"technique\": \"T1583.007\"",
            "\"technique\": \"../../T1583\"",
            3,
            "not a technique id",
        ),
        ("events.xml", "</Event>", "", 4, "the event is cut off"),
        (
            "events.xml",
            "<Channel>Microsoft-Windows-Sysmon/Operational</Channel>",
            "<Channel>Security</Channel>",
            4,
            "a run records nothing in the channel `Security`",
        ),
        (
            "provenance.ndjson",
            "\"record\":1,",
            "\"record\":999,",
            4,
            "provenance.ndjson does not have record 1",
        ),
    ] {
        let (workplace, run) = ran();
        change(&run, file, part, instead);
        let recorded = workplace.run(["record", "--to", "new/data"]);
        recorded.exits(code);
        assert!(recorded.stderr.contains(said), "{}", recorded.stderr);
        assert!(!workplace.path().join("new").exists(), "{said}");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_named_and_left_as_it_was() {
    let workplace = Workplace::with_copy(Account::unprivileged());
    workplace.run(["run", "4"]).exits(0);
    let shut = workplace.path().join("shut");
    fs::create_dir(&shut).unwrap();
    fs::set_permissions(&shut, Permissions::from_mode(0o555)).unwrap();
    let recorded = workplace.run(["record", "--to", "shut"]);
    recorded.exits(4);
    assert!(
        recorded.stderr.contains("cannot write shut"),
        "{}",
        recorded.stderr
    );
    assert_eq!(fs::read_dir(&shut).unwrap().count(), 0);
}

#[test]
fn data_sets_that_are_in_their_places_are_taken_back_when_one_fails() {
    let (workplace, _) = ran();
    // Where a folder must be, there is a file.
    workplace.write("data/exports", "in the way");
    let recorded = workplace.run(["record", "--to", "data", "--form", "events"]);
    recorded.exits(4);
    assert!(
        recorded.stderr.contains("cannot write data/exports/events"),
        "{}",
        recorded.stderr
    );
    let left = files(&workplace.path().join("data"));
    assert_eq!(left.into_keys().collect::<Vec<_>>(), ["exports"]);

    // What was there before is there again.
    fs::remove_file(workplace.path().join("data/exports")).unwrap();
    workplace.run(["record", "--to", "data"]).exits(0);
    let before = files(&workplace.path().join("data"));
    workplace.run(["run", "1", "4", "10"]).exits(0);
    workplace.write("data/exports", "in the way");
    workplace
        .run(["record", "--to", "data", "--form", "events", "--force"])
        .exits(4);
    let mut after = files(&workplace.path().join("data"));
    assert_eq!(after.remove("exports").unwrap(), "in the way");
    are_same(&after, &before);
}

#[test]
fn a_run_that_was_cut_short_is_recorded_and_said_to_be() {
    let workplace = Workplace::new();
    let running = workplace.start(["run", "4", "--realtime"]);
    running.until_runs("timeout.exe");
    running.signal(Signal::SIGINT);
    let run = running.end();
    run.exits(4);
    let recorded = workplace.run(["record", "--to", "data"]);
    recorded.exits(4);
    assert!(
        recorded.stderr.contains("warning: the run was interrupted"),
        "{}",
        recorded.stderr
    );
    let files = files(&workplace.path().join("data"));
    let metadata = yaml(&files[&format!("{DATA_SETS}/{CURL}/{CURL}.yml")]);
    is_valid(&attack_data(), &metadata);
    let description = metadata["description"].as_str().unwrap();
    assert!(
        description.starts_with("NOT WHOLE (the run was interrupted)"),
        "{description}"
    );
    let log = &files[&format!("{DATA_SETS}/{CURL}/windows-sysmon.log")];
    assert_eq!(*log, run.file("events.xml"));
}

#[test]
fn events_of_a_scenario_that_was_not_judged_are_left_out_and_said_to_be() {
    let (workplace, run) = ran();
    let path: PathBuf = run.folder().join("run.json");
    let mut report = run.report();
    let scenarios = report["scenarios"].as_array_mut().unwrap();
    scenarios.retain(|scenario| scenario["number"] != 4);
    fs::write(path, report.to_string()).unwrap();
    let recorded = workplace.run(["record", "--to", "data"]);
    recorded.exits(4);
    let said = "the run ended before scenario 4 was judged";
    assert!(recorded.stderr.contains(said), "{}", recorded.stderr);
    let files = files(&workplace.path().join("data"));
    assert!(!files.keys().any(|name| name.contains(CURL)), "{files:?}");
    assert!(files.keys().any(|name| name.contains(POWERSHELL)));
}

#[test]
fn names_of_scenarios_break_neither_yaml_nor_the_terminal_nor_paths() {
    let name = "../- a: \u{1b}[31m\u{7f}\u{85}\u{2028} 'q' \"d\"\nb\t#c \\ {x}";
    let (workplace, run) = ran();
    let mut report = run.report();
    let scenarios = report["scenarios"].as_array_mut().unwrap();
    scenarios[0]["name"] = name.into();
    // YAML 1.1 would take these for something else than text.
    scenarios[1]["name"] = "yes".into();
    scenarios[2]["name"] = "2026-11-24".into();
    fs::write(run.folder().join("run.json"), report.to_string()).unwrap();
    let recorded = workplace.run(["record", "--to", "data"]);
    recorded.exits(0);
    assert!(!recorded.stdout.contains('\u{1b}'), "{}", recorded.stdout);
    let files = files(&workplace.path().join("data"));
    let of = |slug: &str| yaml(&files[&format!("{DATA_SETS}/{slug}/{slug}.yml")]);
    let hostile = of("a_31m_q_d_b_c_x");
    let description = hostile["description"].as_str().unwrap();
    assert!(description.starts_with(name), "{description:?}");
    for slug in ["yes", "2026_11_24"] {
        let text = &files[&format!("{DATA_SETS}/{slug}/{slug}.yml")];
        assert!(text.contains(&format!("directory: '{slug}'")), "{text}");
        is_valid(&attack_data(), &of(slug));
    }
}

/// A rule of a logsource, which asks for a condition.
fn rule(workplace: &Workplace, path: &str, logsource: &str, selection: &str) {
    let text = format!(
        "title: Made for a Test\n\
         id: 11111111-2222-4333-8444-555555555555\n\
         status: test\n\
         logsource: {{{logsource}}}\n\
         detection:\n  \
           selection: {{{selection}}}\n  \
           condition: selection\n\
         level: low\n"
    );
    workplace.write(path, text);
}

/// `info.yml`, as `sigmahq-regression-data-schema.json` of Sigma's
/// specification asks for it. Its `format`s are patterns here.
fn regression_data() -> jsonschema::Validator {
    let text = json!({"type": "string"});
    let uuid = json!({
        "type": "string",
        "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
    });
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required":
            ["id", "description", "date", "author", "rule_metadata", "regression_tests_info"],
        "properties": {
            "id": uuid,
            "description": text,
            "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "author": text,
            "rule_metadata": {"type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["id", "title"],
                "properties": {"id": uuid, "title": text}
            }},
            "regression_tests_info": {"type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["type", "path"],
                "properties": {
                    "name": {"enum": ["Positive Detection Test"]},
                    "type": {"enum": ["evtx", "json", "ndjson", "jsonl"]},
                    "provider": text,
                    "match_count": {"type": "integer", "minimum": 1},
                    "path": text
                }
            }}
        }
    });
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn a_sigma_rule_gets_a_sample_of_the_events_that_it_is_about() {
    const PLACE: &str = "regression_data/rules/windows/network_connection/net_made";
    let (workplace, run) = ran();
    let path = "rules/windows/network_connection/net_made.yml";
    let logsource = "category: network_connection, product: windows";
    let selection = r"Image|endswith: '\curl.exe', DestinationHostname|endswith: .cloudfunctions.net, DestinationPort: 443";
    rule(&workplace, path, logsource, selection);
    let arguments = ["record", "--to", "data", "--sigma", path];
    workplace.run(arguments).exits(0);
    let files = files(&workplace.path().join("data"));
    let info = yaml(&files[&format!("{PLACE}/info.yml")]);
    is_valid(&regression_data(), &info);
    // The runner asks for these to be the same.
    let id = "11111111-2222-4333-8444-555555555555";
    assert_eq!(info["rule_metadata"][0]["id"], id);
    assert_eq!(info["rule_metadata"][0]["title"], "Made for a Test");
    let entry = &info["regression_tests_info"][0];
    assert_eq!(entry["path"], format!("{PLACE}/{id}.json"));
    assert_eq!(entry["type"], "ndjson");
    let sample: Vec<Value> = files[&format!("{PLACE}/{id}.json")]
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(sample.len(), run.events(3).len());

    // By an evaluator that is not ours, the rule matches what it is about.
    let text = fs::read_to_string(workplace.path().join(path)).unwrap();
    let rule = sigma_rust::rule_from_yaml(&text).unwrap();
    let matched = sample.iter().filter(|event| {
        let event = sigma_rust::event_from_json(&event.to_string()).unwrap();
        rule.is_match(&event)
    });
    let expected = run.events(3).into_iter().filter(|record| {
        record
            .field("DestinationHostname")
            .ends_with("cloudfunctions.net")
    });
    let expected = expected.count();
    assert!(expected > 0 && expected < sample.len());
    assert_eq!(matched.count(), expected);
}

#[test]
fn a_rule_that_no_event_is_for_is_refused() {
    let (workplace, _) = ran();
    for (logsource, code, said) in [
        (
            "category: registry_set, product: windows",
            3,
            "no events of the logsource product: windows, category: registry_set",
        ),
        (
            "category: network_connection, product: linux",
            3,
            "no events of the logsource product: linux",
        ),
        // There are such events, and not in this run.
        (
            "category: file_event, product: windows",
            4,
            "no events that the rule `Made for a Test` looks at",
        ),
    ] {
        rule(&workplace, "made.yml", logsource, "Image: a");
        let refused = workplace.run(["record", "--to", "data", "--sigma", "made.yml"]);
        refused.exits(code);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert!(!workplace.path().join("data").exists());
    }
    workplace.write("made.yml", "title: no id");
    let refused = workplace.run(["record", "--to", "data", "--sigma", "made.yml"]);
    refused.exits(3);
    assert!(
        refused.stderr.contains("made.yml is no Sigma rule"),
        "{}",
        refused.stderr
    );
}
