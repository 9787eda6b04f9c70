//! The matrix: detections by scenarios and conditions, of one run.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{
    Library, NEVER, Run, Workplace, expectations_without_known_misses, folders, until,
};

/// The emulations, a browser and a look-alike.
const SCENARIOS: [&str; 6] = ["1", "2", "3", "4", "9", "10"];

/// A matrix of the shipped detection.
fn matrix(workplace: &Workplace, arguments: &[&str]) -> Run {
    let fixed = [
        "matrix",
        "--detection",
        "serverless",
        "--interpreters",
        "stand-in",
        "--format",
        "json",
    ];
    workplace.run(fixed.iter().chain(&SCENARIOS).chain(arguments))
}

/// A matrix of one scenario and a detection of one's own.
fn own(
    workplace: &Workplace,
    scenario: &str,
    detection: &str,
    conditions: &str,
    more: &[&str],
) -> Run {
    let fixed = [
        "matrix",
        scenario,
        "--detection",
        detection,
        "--conditions",
        conditions,
        "--interpreters",
        "stand-in",
    ];
    workplace.run(fixed.iter().chain(more))
}

fn cells(run: &Run) -> Vec<Value> {
    let grid: Value = serde_json::from_str(&run.stdout).unwrap();
    grid["detections"][0]["cells"].as_array().unwrap().clone()
}

#[test]
fn the_shipped_detection_fires_in_the_lab_and_misses_in_the_field() {
    let workplace = Workplace::new();
    let run = matrix(&workplace, &[]);
    run.exits(0);
    let cells = cells(&run);
    assert_eq!(cells.len(), SCENARIOS.len() * 7);
    for cell in cells {
        let number = cell["scenario"].as_u64().unwrap();
        let view = cell["view"].as_str().unwrap();
        if number > 4 {
            assert_eq!(cell["kind"], "silent", "{cell}");
            continue;
        }
        let reasons: &[&str] = match view {
            // It asks for events 3 alone.
            "reference" | "no-event-22" => {
                assert_eq!(cell["kind"], "fires", "{cell}");
                continue;
            }
            "provider" | "none" => &["reverse-dns"],
            "dnslookup-off" => &["dns-lookup-off"],
            "current" => &["sourcetype-renamed"],
            "field" => &["reverse-dns", "sourcetype-renamed"],
            view => panic!("{view}"),
        };
        assert_eq!(cell["kind"], "misses", "{cell}");
        assert_eq!(cell["outcome"], "known_miss", "{cell}");
        assert_eq!(cell["reasons"], serde_json::json!(reasons), "{cell}");
        let clause = &cell["dropped"][0];
        let (field, line) = match view {
            "current" | "field" => ("sourcetype", 1),
            _ => ("DestinationHostname", 2),
        };
        assert!(clause["clause"].as_str().unwrap().contains(field), "{cell}");
        assert_eq!(clause["line"], line, "{cell}");
        let met = clause["met"][field].as_str().unwrap();
        match view {
            "none" | "dnslookup-off" => assert_eq!(met, "-"),
            "current" | "field" => assert_eq!(met, "xmlwineventlog"),
            _ => assert!(!met.contains("argustest"), "{met}"),
        }
    }
    // It is one run, whose folder is there as after `run`.
    assert_eq!(run.report()["outcome"], "as_expected");
    assert!(!run.events(3).is_empty());
}

#[test]
fn a_miss_that_nothing_excuses_is_new() {
    let workplace = Workplace::new();
    let expectations = expectations_without_known_misses(&workplace);
    let expectations = expectations.to_str().unwrap();
    let conditions = ["--conditions", "reference,field"];
    let arguments = [&conditions[..], &["--expectations", expectations]].concat();
    let run = matrix(&workplace, &arguments);
    run.exits(1);
    let missed = cells(&run)
        .iter()
        .filter(|cell| cell["outcome"] == "missed" && cell["kind"] == "misses")
        .count();
    assert_eq!(missed, 4);
    // Under the conditions that it was written for, nothing deviates.
    let reference = ["--conditions", "lab+legacy", "--expectations", expectations];
    matrix(&workplace, &reference).exits(0);
}

/// The detection takes the name from the command line where nothing else tells
/// it: without that, it must not pass.
#[test]
fn a_regression_without_event_22_deviates() {
    let clause = ", connections>0 AND isnull(asked_at_all) AND isnull(reversed_at_all) AND \
                  isnotnull(written), \"command line\"";
    for (is_broken, code) in [(false, 0), (true, 1)] {
        let workplace = Workplace::new();
        let mut library = Library::shipped(&workplace);
        if is_broken {
            library = library.with("detections/correlated.spl", clause, "");
        }
        let run = workplace.run([
            "matrix",
            "1",
            "4",
            "--scenarios",
            library.path().to_str().unwrap(),
            "--detection",
            "correlated",
            "--conditions",
            "reference,no-event-22,none+no-event-22,dnslookup-off+no-event-22",
            "--interpreters",
            "stand-in",
            "--format",
            "json",
        ]);
        run.exits(code);
        for cell in cells(&run) {
            let named = ["reference", "no-event-22"].contains(&cell["view"].as_str().unwrap());
            let (kind, outcome) = if is_broken && !named {
                ("misses", "missed")
            } else {
                ("fires", "detected")
            };
            assert_eq!(cell["kind"], kind, "{cell}");
            assert_eq!(cell["outcome"], outcome, "{cell}");
        }
    }
}

#[test]
fn what_is_known_of_false_alarms_decides_what_a_cell_is() {
    let guid = "14b7a529-acce-49dd-9b66-9acd0e082906";
    let fires = "EventCode=3 | table Image, DestinationHostname";
    let alarm =
        |rows: usize| format!("- exactly: {rows}\n  false_alarm: true\n  because: wanted\n");
    for (text, expectations, kind, outcome, code) in [
        (fires, alarm(4), "false_alarm", "known_false_alarm", 0),
        (fires, alarm(3), "false_alarm", "wrong_count", 1),
        (
            fires,
            "- exactly: 0\n".to_owned(),
            "false_alarm",
            "unexpected",
            1,
        ),
        (fires, "- exactly: 4\n".to_owned(), "fires", "detected", 0),
        (NEVER, alarm(4), "silent", "wrong_count", 1),
        (NEVER, "- exactly: 0\n".to_owned(), "silent", "silent", 0),
        (NEVER, "- exactly: 4\n".to_owned(), "misses", "missed", 1),
    ] {
        let workplace = Workplace::new();
        workplace.write("mine.spl", text);
        workplace.write("mine.expected.yaml", format!("{guid}:\n{expectations}"));
        let arguments = [
            "matrix",
            "4",
            "--detection",
            "mine.spl",
            "--conditions",
            "reference",
            "--interpreters",
            "stand-in",
            "--format",
            "json",
        ];
        let run = workplace.run(arguments);
        run.exits(code);
        let cell = &cells(&run)[0];
        assert_eq!(cell["kind"], kind, "{cell}");
        assert_eq!(cell["outcome"], outcome, "{cell}");
        let strictly = workplace.run(arguments.iter().chain(&["--strict"]));
        strictly.exits(if outcome.starts_with("known") {
            1
        } else {
            code
        });
    }
}

#[test]
fn strictly_a_known_miss_is_a_miss() {
    let workplace = Workplace::new();
    matrix(&workplace, &["--strict", "--conditions", "none"]).exits(1);
    matrix(&workplace, &["--strict", "--conditions", "reference"]).exits(0);
}

#[test]
fn what_fires_at_everything_is_a_false_alarm_with_program_and_host() {
    let workplace = Workplace::new();
    workplace.write("all.spl", "EventCode=3 | table Image, DestinationHostname");
    let run = own(&workplace, "10", "all.spl", "reference,none", &[]);
    run.exits(1);
    assert!(run.stdout.contains("! 2 new"), "{}", run.stdout);
    let told = "it fires at `curl.exe`, asking `";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    assert!(run.stdout.contains("notworkers.dev`"), "{}", run.stdout);
    let told = "silence is expected, because";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    // A hyphen is no host, and by what it is judged is said once.
    assert!(!run.stdout.contains("asking `-`"), "{}", run.stdout);
    let notes = run.stderr.matches("note: there is no ").count();
    assert_eq!(notes, 1, "{}", run.stderr);
    let told = "kept by all conditions: none of them is an OR";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let text =
        "EventCode=3\n(DestinationHostname=*workers.dev OR DestinationHostname=*.vercel.app)";
    workplace.write("loose.spl", text);
    let run = own(
        &workplace,
        "10",
        "loose.spl",
        "reference",
        &["--format", "json"],
    );
    run.exits(1);
    let kept = &cells(&run)[0]["kept"];
    assert_eq!(
        *kept,
        serde_json::json!([{
            "clause": "DestinationHostname=*workers.dev",
            "line": 2,
            "column": 2,
            "events": 2,
        }])
    );
    // And what fires at nothing misses.
    workplace.write("never.spl", NEVER);
    let run = own(&workplace, "4", "never.spl", "reference", &[]);
    run.exits(1);
    assert!(run.stdout.contains("✗ new"), "{}", run.stdout);
    let clause = "`DestinationHostname=nothing.example`";
    assert!(run.stdout.contains(clause), "{}", run.stdout);
}

/// A bug once: they took all memory that there was.
#[test]
fn detections_without_end_are_given_up() {
    let workplace = Workplace::new();
    let values = "EventCode=3 | eval a=mvrange(0,2000) | mvexpand a | eval b=mvrange(0,99999)";
    let doubled = " | eval a=a.a".repeat(64);
    for text in [
        [values, " | stats count"].concat(),
        ["EventCode=3 | eval a=Image", &doubled].concat(),
    ] {
        workplace.write("endless.spl", text);
        let run = own(&workplace, "4", "endless.spl", "reference", &[]);
        run.exits(2);
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "limit reached: `eval` makes values of more than 500 MB";
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn the_command_that_leaves_nothing_of_several_events_is_named() {
    let workplace = Workplace::new();
    let text = "EventCode=3\n| stats count BY Image\n| where count>99";
    workplace.write("many.spl", text);
    let run = own(&workplace, "4", "many.spl", "reference", &[]);
    run.exits(1);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "the command at line 3, column 3, `where count>99`, keeps nothing of the 1 row";
    assert!(said.contains(told), "{said}");
}

#[test]
fn conditions_that_are_no_view_are_refused_before_anything_runs() {
    for (conditions, told) in [
        ("feild", "known are reference, lab, provider"),
        ("linux", "made up"),
        ("refuse", "--behaviour refuse"),
        ("lab+none", "two things"),
    ] {
        let workplace = Workplace::new();
        let run = matrix(&workplace, &["--conditions", conditions]);
        run.exits(3);
        assert!(run.stderr.contains(told), "{}", run.stderr);
        assert!(run.folders.is_empty());
    }
}

#[test]
fn an_interrupted_matrix_has_the_cells_that_it_came_to() {
    let workplace = Workplace::new();
    let running = workplace.start([
        "matrix",
        "9",
        "10",
        "4",
        "--detection",
        "serverless",
        "--behaviour",
        "slow",
        "--count",
        "1000",
        "--interpreters",
        "stand-in",
        "--format",
        "json",
    ]);
    // A thousand beacons of scenario 4 take minutes.
    running.until_runs("curl.exe");
    running.signal(Signal::SIGINT);
    let run = running.end();
    run.exits(4);
    let grid: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(grid["interrupted"], true);
    assert_eq!(grid["outcome"], "inconclusive");
    assert_eq!(grid["scenarios"].as_array().unwrap().len(), 3);
    // And it says how to go on.
    let folder = run.folder().file_name().unwrap().to_string_lossy();
    let resume = run.stderr.split("--resume ").nth(1).unwrap_or_default();
    assert!(resume.contains(&*folder), "{}", run.stderr);
}

#[test]
fn a_matrix_that_was_killed_goes_on_with_what_is_left() {
    let workplace = Workplace::new();
    let fixed = [
        "matrix",
        "4",
        "35",
        "--interpreters",
        "stand-in",
        "--format",
        "json",
    ];
    // A thousand beacons of scenario 4 take minutes; 35 has a number of its own.
    let running = workplace.start(fixed.iter().chain(&["--count", "1000"]));
    let killed = until("the cells of scenario 35", || {
        let folder = folders(&workplace.path().join("runs")).pop()?;
        let text = fs::read_to_string(folder.join("matrix.json")).ok()?;
        let grid: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(grid["interrupted"], true);
        let cells = grid["detections"][3]["cells"].as_array().unwrap().clone();
        assert!(cells.iter().all(|cell| cell["scenario"] == 35));
        (cells.len() == 7).then_some(folder)
    });
    running.signal(Signal::SIGKILL);
    assert_eq!(running.end().code, None);

    let resume = ["--resume", killed.to_str().unwrap()];
    let run = workplace.run(fixed.iter().chain(&resume));
    run.exits(0);
    let grid: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(grid["interrupted"], false);
    let id = killed.file_name().unwrap().to_str().unwrap();
    assert_eq!(grid["earlier"], serde_json::json!([id]));
    for detection in grid["detections"].as_array().unwrap() {
        assert_eq!(detection["cells"].as_array().unwrap().len(), 2 * 7);
    }
    let latest = run.folders.last().unwrap();
    let kept = fs::read_to_string(latest.join("matrix.json")).unwrap();
    assert_eq!(kept, run.stdout);
    let report = fs::read_to_string(latest.join("run.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let ran: Vec<_> = report["scenarios"].as_array().unwrap().iter().collect();
    assert_eq!(ran.len(), 1);
    assert_eq!(ran[0]["number"], 4);

    // Now there is nothing left, and nothing runs.
    let both = [
        "--resume",
        killed.to_str().unwrap(),
        "--resume",
        latest.to_str().unwrap(),
    ];
    let again = workplace.run(fixed.iter().chain(&both));
    again.exits(0);
    assert_eq!(again.folders.len(), run.folders.len());
    let whole: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(whole["detections"], grid["detections"]);
}

#[test]
fn a_matrix_goes_on_with_no_other_run() {
    let workplace = Workplace::new();
    let run = matrix(&workplace, &["--behaviour", "refuse"]);
    run.exits(0);
    let folder = run.folder().to_str().unwrap();
    let run = matrix(&workplace, &["--resume", folder]);
    run.exits(3);
    let told = "`--behaviour refuse`, and this is with `serve`";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    let run = matrix(
        &workplace,
        &["--resume", workplace.path().to_str().unwrap()],
    );
    run.exits(3);
    assert!(run.stderr.contains("is no run folder"), "{}", run.stderr);
}

#[test]
fn matrix_json_is_as_the_published_schema_says() {
    let schema = include_str!("../../harness/schema/matrix.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let workplace = Workplace::new();
    let all = workplace.write(
        "all.spl",
        "EventCode=3 | stats count BY Image | where count>1",
    );
    let cases: [&[&str]; 3] = [
        &[],
        &["--detection", "correlated", "--suite", "all"],
        &[
            "--detection",
            all.to_str().unwrap(),
            "--fault",
            "event-lost",
        ],
    ];
    for arguments in cases {
        let workplace = Workplace::new();
        let fixed = ["matrix", "--interpreters", "stand-in", "--format", "json"];
        let run = workplace.run(fixed.iter().chain(arguments));
        let grid: Value = serde_json::from_str(&run.stdout).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&grid)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
        // A schema that takes anything would say nothing.
        let mut broken = grid;
        broken["detections"][0]["cells"][0]["kind"] = "fine".into();
        assert!(!validator.is_valid(&broken));
    }
}
