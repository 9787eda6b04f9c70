//! The whole default run: what the four scenarios and their controls come to.

use std::collections::BTreeSet;
use std::path::Path;

use predicates::prelude::*;
use serde_json::Value;

use crate::support::{Account, Run, Workplace};

/// The emulations: number, label, and beacons by default.
const EMULATIONS: [(u64, &str, usize); 4] = [
    (1, "Cloudflare Workers", 5),
    (2, "AWS Lambda", 3),
    (3, "Google Apps Script", 3),
    (4, "Google Cloud Functions", 4),
];

/// The labels that the detection's text can give, but for its last resort.
const LABELS: [&str; 7] = [
    "AWS Lambda",
    "Azure Functions",
    "Cloudflare Workers",
    "Google Apps Script",
    "Google Cloud Functions",
    "Netlify Functions",
    "Vercel Serverless",
];

#[test]
fn all_is_as_expected_wherever_the_binary_stands_and_whoever_runs_it() {
    for account in Account::each() {
        let workplace = Workplace::with_copy(account);
        let run = workplace.run(["run"]);
        run.exits(0);
        emulations_are_detected(&run);
        controls_are_told_apart(&run);
        blind_spots_are_found(&run);
        reports_agree(&run);
        events_are_numbered(&run);
        let mut left: Vec<_> = std::fs::read_dir(workplace.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            // What the suite put there; see `Workplace::with_copy`.
            .filter(|name| name != "cache")
            .collect();
        left.sort();
        assert_eq!(left, ["beaconlab", "runs"], "{account:?}");
    }
}

fn emulations_are_detected(run: &Run) {
    for (number, label, beacons) in EMULATIONS {
        let scenario = run.scenario(number);
        assert_eq!(scenario.outcome(), "detected", "{number}");
        assert_eq!(scenario.0["control"], false);
        assert_eq!(scenario.column("serverless_platform"), vec![label; beacons]);
        assert_eq!(scenario.column("is_suspicious_process"), vec!["1"; beacons]);
        for link in ["process", "name", "endpoint", "event"] {
            assert_eq!(scenario.holds(link), Some(true), "{number}: {link}");
        }
    }
}

fn controls_are_told_apart(run: &Run) {
    let report = run.report();
    let mut labels = BTreeSet::new();
    for scenario in report["scenarios"].as_array().unwrap() {
        for row in scenario["detections"][0]["rows"].as_array().unwrap() {
            labels.insert(row["serverless_platform"].as_str().unwrap().to_owned());
        }
    }
    assert!(labels.iter().eq(LABELS.iter()), "{labels:?}");
    let unlisted = named(&report, "Unlisted Program");
    assert_eq!(unlisted["outcome"], "detected");
    for row in unlisted["detections"][0]["rows"].as_array().unwrap() {
        assert_eq!(row["is_suspicious_process"], "0");
    }
    for silent in ["Browser", "Look-Alike"] {
        let scenario = named(&report, silent);
        assert_eq!(scenario["outcome"], "silent", "{silent}");
        assert_eq!(scenario["detections"][0]["rows"], Value::Array(vec![]));
        // Silence proves nothing where nothing was recorded.
        let event = &scenario["chain"][3];
        assert_eq!(
            (&event["link"], &event["holds"]),
            (&"event".into(), &true.into())
        );
    }
}

#[track_caller]
fn named<'a>(report: &'a Value, part: &str) -> &'a Value {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .find(|scenario| scenario["name"].as_str().unwrap().contains(part))
        .unwrap()
}

fn blind_spots_are_found(run: &Run) {
    assert_eq!(run.findings(), ["reverse-dns", "sourcetype-renamed"]);
    let report = run.report();
    for finding in report["findings"].as_array().unwrap() {
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains("0 of 4"), "{message}");
        assert_eq!(finding["scenarios"], serde_json::json!([1, 2, 3, 4]));
    }
    assert!(predicate::str::contains("reverse-dns").eval(&run.stdout));
    assert!(predicate::str::contains("sourcetype-renamed").eval(&run.stdout));
}

fn reports_agree(run: &Run) {
    let report = run.report();
    assert_eq!(report["outcome"], "as_expected");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["interrupted"], false);
    let folder = run.folder().file_name().unwrap().to_str().unwrap();
    assert_eq!(report["run_id"], folder);
    let expectations: usize = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scenario| {
            let of = |kind: &str| scenario[kind].as_array().unwrap().len();
            of("telemetry") + of("detections")
        })
        .sum();
    let junit = run.file("junit.xml");
    assert_eq!(junit.matches("<testcase ").count(), expectations);
    assert!(!junit.contains("<failure") && !junit.contains("<error"));
    assert!(junit.contains("failures=\"0\"") && junit.contains("errors=\"0\""));
    assert!(run.stdout.contains("exit code 0"), "{}", run.stdout);
}

fn events_are_numbered(run: &Run) {
    let records = run.records();
    let numbers: Vec<u64> = records.iter().map(|record| record.number).collect();
    let all: Vec<u64> = (1..=records.len() as u64).collect();
    assert_eq!(numbers, all);
    let events: u64 = run.report()["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scenario| scenario["events"].as_u64().unwrap())
        .sum();
    assert_eq!(records.len() as u64, events);
}

#[test]
fn each_isolation_that_is_asked_for_is_used_or_refused() {
    for account in Account::each() {
        for isolation in ["sealed", "root"] {
            let workplace = Workplace::with_copy(account);
            let run = workplace.run(["run", "4", "--isolation", isolation]);
            if isolation == "sealed" || account.has_root() {
                run.exits(0);
                assert_eq!(run.report()["isolation"], isolation);
                assert_eq!(run.scenario(4).outcome(), "detected");
                assert!(!run.report()["seal"].as_array().unwrap().is_empty());
            } else {
                run.exits(4);
                assert_eq!(run.report()["isolation"], Value::Null);
                assert_eq!(run.findings(), ["no-isolation"]);
                assert!(run.stdout.contains("it takes root"), "{}", run.stdout);
                assert!(run.records().is_empty());
            }
        }
    }
}

#[test]
fn run_json_is_as_the_published_schema_says() {
    let workplace = Workplace::new();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/run.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let never = workplace.write("never.spl", crate::support::NEVER);
    let never = never.to_str().unwrap();
    let cases: [&[&str]; 4] = [
        &["run", "3", "9"],
        &["run", "4", "--ptr", "provider"],
        &["run", "4", "--detection", never],
        &["run", "4", "--fault", "event-lost"],
    ];
    for arguments in cases {
        let workplace = Workplace::new();
        let report = workplace.run(arguments).report();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
        // A schema that takes anything would say nothing.
        let mut broken = report.clone();
        broken["outcome"] = "fine".into();
        assert!(!validator.is_valid(&broken));
    }
}
