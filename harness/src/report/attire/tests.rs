#![allow(clippy::unwrap_used)]

use scenarios::Library;
use serde_json::{Value, json};

use super::super::fixtures;
use super::*;

const COMMAND_LINE: &str = "beaconlab run --attire log.json";

fn log(mut report: RunReport) -> Value {
    let tests = Library::embedded().unwrap().atomics().to_vec();
    for scenario in &mut report.scenarios {
        scenario.guid = tests[scenario.number - 1].guid.to_string();
    }
    serde_json::from_str(&render(&report, COMMAND_LINE, &tests)).unwrap()
}

/// `2026-01-01T00:00:00.000Z`, as the schema's times are written.
fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or("");
    text.len() == 24
        && text.ends_with('Z')
        && text.as_bytes()[19] == b'.'
        && text.parse::<Timestamp>().is_ok()
}

/// What is against a log by the schema of ATTiRe 1.1.
fn problems(log: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unless = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    unless(log["attire-version"] == "1.1", "attire-version");
    let data = &log["execution-data"];
    unless(text(&data["execution-id"]), "execution-id");
    unless(text(&data["execution-source"]), "execution-source");
    unless(data["target"].is_object(), "target");
    unless(
        data["target"].as_object().is_some_and(|target| {
            let known = ["host", "ip", "user", "path"];
            target
                .iter()
                .all(|(key, value)| known.contains(&key.as_str()) && value.is_string())
        }),
        "target",
    );
    unless(is_time(&data["time-generated"]), "time-generated");
    let procedures = log["procedures"].as_array().unwrap();
    for (procedure, order) in procedures.iter().zip(1..) {
        unless(text(&procedure["procedure-name"]), "procedure-name");
        unless(procedure["procedure-id"]["type"] == "guid", "procedure-id");
        unless(text(&procedure["procedure-id"]["id"]), "procedure-id");
        unless(text(&procedure["mitre-technique-id"]), "mitre-technique-id");
        unless(procedure["order"] == json!(order), "order");
        let steps = procedure["steps"].as_array().unwrap();
        unless(!steps.is_empty(), "steps");
        for (step, order) in steps.iter().zip(1..) {
            unless(step["order"] == json!(order), "order");
            unless(text(&step["command"]), "command");
            unless(is_time(&step["time-start"]), "time-start");
            unless(is_time(&step["time-stop"]), "time-stop");
            let time = |key: &str| {
                step[key]
                    .as_str()
                    .and_then(|text| text.parse::<Timestamp>().ok())
            };
            unless(time("time-start") <= time("time-stop"), "time-stop");
            let output = step["output"].as_array().unwrap();
            unless(!output.is_empty(), "output");
            for output in output {
                unless(output["content"].is_string(), "content");
                unless(
                    output["level"] == "STDOUT" || output["level"] == "STDERR",
                    "level",
                );
                unless(output["type"] == "console", "type");
            }
        }
    }
    problems
}

#[test]
fn logs_of_every_kind_of_report_obey_the_schema() {
    for (kind, report) in fixtures::all() {
        let log: Value = serde_json::from_str(&render(&report, COMMAND_LINE, &[])).unwrap();
        assert_eq!(problems(&log), [""; 0], "{kind}");
    }
    assert_eq!(problems(&log(fixtures::all_as_expected())), [""; 0]);
}

#[test]
fn a_log_that_breaks_the_schema_is_seen() {
    let good = log(fixtures::all_as_expected());
    for (pointer, value, problem) in [
        ("/attire-version", json!(1.1), "attire-version"),
        ("/execution-data/execution-id", json!(""), "execution-id"),
        ("/execution-data/target", json!("WKS-0421"), "target"),
        ("/procedures/0/order", json!("1"), "order"),
        ("/procedures/1/order", json!(1), "order"),
        ("/procedures/0/steps", json!([]), "steps"),
        (
            "/procedures/0/steps/0/time-stop",
            json!("2026-01-01 00:00:00"),
            "time-stop",
        ),
        ("/procedures/0/steps/0/output", json!([]), "output"),
        (
            "/procedures/0/steps/0/output/0/level",
            json!("INFO"),
            "level",
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let problems = problems(&bad);
        assert!(
            problems.iter().any(|found| found == problem),
            "{pointer}: {problems:?}"
        );
    }
}

#[test]
fn a_procedure_is_the_atomic_test_as_it_ran() {
    let log = log(fixtures::all_as_expected());
    assert_eq!(log["execution-data"]["execution-command"], COMMAND_LINE);
    assert_eq!(log["execution-data"]["target"]["host"], "WKS-0421");
    let first = &log["procedures"][0];
    assert_eq!(
        first["procedure-name"],
        "PowerShell Beaconing to Cloudflare Workers Endpoint"
    );
    assert_eq!(
        first["procedure-id"]["id"],
        "cf212ed1-a6cb-498e-90e4-35cefa167de4"
    );
    assert_eq!(first["mitre-technique-id"], "T1583.007");
    let step = &first["steps"][0];
    assert_eq!(step["executor"], "powershell");
    assert_eq!(step["command"], "powershell.exe -Command Invoke-WebRequest");
    // It began at 9:30:00.2 and took 0.75 seconds.
    assert_eq!(step["time-start"], "2026-03-01T09:30:00.200Z");
    assert_eq!(step["time-stop"], "2026-03-01T09:30:00.950Z");
    assert_eq!(
        log["procedures"][1]["steps"][0]["executor"],
        "command_prompt"
    );
}

#[test]
fn texts_keep_their_lines_and_nothing_that_drives_a_terminal() {
    let mut report = fixtures::all_as_expected();
    report.scenarios[0].command_line = "first\nsecond \u{1b}[2J".to_owned();
    report.scenarios[0].output = "one\r\ntwo\u{7}\n".to_owned();
    let log = log(report);
    let step = &log["procedures"][0]["steps"][0];
    assert_eq!(step["command"], "first\nsecond \\u{1b}[2J");
    assert_eq!(step["output"][0]["content"], "one\ntwo\\u{7}");
}

#[test]
fn what_was_not_started_is_not_in_it() {
    let mut report = fixtures::all_as_expected();
    report.scenarios[0].started = None;
    let log = log(report);
    assert_eq!(log["procedures"].as_array().unwrap().len(), 6);
    assert_eq!(problems(&log), [""; 0]);
}
