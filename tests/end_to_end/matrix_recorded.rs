//! The matrix of recorded events.

use serde_json::Value;

use crate::support::{Run, Workplace};

/// Emulations, a browser and a look-alike: programs and platforms of all kinds.
const SCENARIOS: [&str; 6] = ["1", "2", "3", "4", "9", "10"];

/// A run of the lab, in a folder of its own.
fn recorded(condition: &[&str]) -> Run {
    let fixed = ["run", "--interpreters", "stand-in"];
    let run = Workplace::new().run(fixed.iter().chain(&SCENARIOS).chain(condition));
    run.exits(0);
    run
}

fn matrix(workplace: &Workplace, scenarios: &[&str], arguments: &[&str]) -> Run {
    let fixed = ["matrix", "--format", "json"];
    workplace.run(fixed.iter().chain(scenarios).chain(arguments))
}

fn grid(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

/// The cells of a detection, without what only recorded ones have.
fn cells(grid: &Value, detection: usize) -> Vec<Value> {
    let cells = grid["detections"][detection]["cells"].as_array().unwrap();
    let mut cells = cells.clone();
    for cell in &mut cells {
        cell.as_object_mut().unwrap().remove("host");
    }
    cells
}

fn cell<'g>(grid: &'g Value, detection: usize, view: &str) -> &'g Value {
    let cells = grid["detections"][detection]["cells"].as_array().unwrap();
    cells.iter().find(|cell| cell["view"] == view).unwrap()
}

#[test]
fn a_recording_under_any_condition_gives_the_grid_of_a_run() {
    let workplace = Workplace::new();
    let ran = matrix(&workplace, &SCENARIOS, &["--interpreters", "stand-in"]);
    ran.exits(0);
    let ran = grid(&ran);
    let detections = ran["detections"].as_array().unwrap().len();
    assert!(detections >= 4);
    for condition in [
        &[][..],
        &["--ptr", "provider"],
        &["--ptr", "none", "--addon", "current"],
    ] {
        let run = recorded(condition);
        let events = run.folder().join("events.xml");
        let events = events.to_str().unwrap();
        let of_events = matrix(&workplace, &SCENARIOS, &["--events", events]);
        of_events.exits(0);
        let of_events = grid(&of_events);
        assert_eq!(of_events["recorded"], serde_json::json!([events]));
        for detection in 0..detections {
            let expected = cells(&ran, detection);
            assert_eq!(expected.len(), SCENARIOS.len() * 7);
            assert_eq!(cells(&of_events, detection), expected, "{condition:?}");
        }
    }
}

#[test]
fn what_is_not_in_the_recording_has_no_cell_and_is_no_success() {
    let workplace = Workplace::new();
    let run = recorded(&[]);
    let events = run.folder().join("events.xml");
    let events = ["--events", events.to_str().unwrap()];
    let detection = ["--detection", "serverless"];
    let missing = matrix(&workplace, &["4", "5"], &[&events[..], &detection].concat());
    missing.exits(4);
    let missing = grid(&missing);
    assert_eq!(cells(&missing, 0).len(), 7);
    assert_eq!(missing["outcome"], "inconclusive");
    let told = missing["troubles"].to_string();
    assert!(
        told.contains("1 of 2 scenarios are not in these events (5)"),
        "{told}"
    );
    // Who asks for those that are there misses none.
    let found = [&events[..], &detection, &["--found"]].concat();
    let found = matrix(&workplace, &[], &found);
    found.exits(0);
    assert_eq!(
        grid(&found)["scenarios"].as_array().unwrap().len(),
        SCENARIOS.len()
    );
    // And nothing at all is nothing, however it is asked for.
    let empty = workplace.write("empty.xml", "");
    let events = ["--events", empty.to_str().unwrap()];
    matrix(&workplace, &[], &events).exits(4);
    // Rows without a cell are no grid, and what endpoints did was only said.
    let text = workplace.run(["matrix", events[0], events[1]]);
    text.exits(4);
    assert!(text.stdout.contains("endpoints serve, by what was said"));
    assert!(!text.stdout.contains("ought to"), "{}", text.stdout);
    assert!(
        text.stdout.contains("10 of 10 scenarios"),
        "{}",
        text.stdout
    );
    let none = matrix(&workplace, &[], &[&events[..], &["--found"]].concat());
    none.exits(4);
    let told = grid(&none)["troubles"].to_string();
    assert!(told.contains("none of the 41 scenarios"), "{told}");
}

#[test]
fn a_view_that_needs_what_was_not_recorded_is_not_made_up() {
    let workplace = Workplace::new();
    let run = recorded(&[]);
    let whole = run.file("events.xml");
    let is_query = |line: &&str| line.contains("<EventID>22</EventID>");
    assert!(whole.lines().any(|line| is_query(&line)));
    let unasked: Vec<&str> = whole.lines().filter(|line| !is_query(line)).collect();
    let unasked = workplace.write("unasked.xml", unasked.join("\n"));
    let arguments = [
        "--events",
        unasked.to_str().unwrap(),
        "--detection",
        "correlated",
        "--detection",
        "serverless",
    ];
    let run = matrix(&workplace, &["4"], &arguments);
    run.exits(4);
    let of_unasked = grid(&run);
    let reference = cell(&of_unasked, 0, "reference");
    assert_eq!(reference["kind"], "inconclusive");
    let because = reference["because"].as_str().unwrap();
    assert!(because.contains("logs no event 22"), "{because}");
    let without = cell(&of_unasked, 0, "no-event-22");
    assert_eq!(without["kind"], "fires", "{without}");
    // Event 22 is nothing to a search for events 3.
    let shipped = cell(&of_unasked, 1, "reference");
    assert_eq!(
        (&shipped["kind"], &shipped["rows"]),
        (&"fires".into(), &4.into())
    );

    // An address of which nobody knows what its provider calls it.
    let is_connection =
        |line: &&str| line.contains("<EventID>3</EventID>") && line.contains("cloudfunctions.net");
    let event = whole.lines().find(is_connection).unwrap();
    let address = between(event, "'DestinationIp'>", "<");
    let elsewhere = whole.replace(address, "198.51.100.7");
    let elsewhere = workplace.write("elsewhere.xml", elsewhere);
    let arguments = [
        "--events",
        elsewhere.to_str().unwrap(),
        "--detection",
        "serverless",
    ];
    let run = matrix(&workplace, &["4"], &arguments);
    run.exits(4);
    let of_elsewhere = grid(&run);
    let provider = cell(&of_elsewhere, 0, "provider");
    assert_eq!(provider["kind"], "inconclusive");
    let because = provider["because"].as_str().unwrap();
    assert!(because.contains("`198.51.100.7` is not known"), "{because}");
    assert_eq!(cell(&of_elsewhere, 0, "reference")["kind"], "fires");
    assert_eq!(cell(&of_elsewhere, 0, "none")["kind"], "misses");
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn of_several_executions_the_worst_is_shown() {
    let workplace = Workplace::new();
    let run = recorded(&[]);
    let whole = run.file("events.xml");
    let computer = between(&whole, "<Computer>", "</Computer>");
    // On the other host, half of the beacons are not there.
    let other = whole.replace(
        &format!("<Computer>{computer}</Computer>"),
        "<Computer>OTHER.example</Computer>",
    );
    let mut left = 2;
    let other: Vec<&str> = other
        .lines()
        .filter(|line| {
            let is_beacon =
                line.contains("<EventID>3</EventID>") && line.contains("cloudfunctions");
            if is_beacon && left > 0 {
                left -= 1;
                return false;
            }
            true
        })
        .collect();
    workplace.write("both/one.xml", &whole);
    workplace.write("both/other.xml", other.join("\n"));
    let arguments = [
        "--events",
        "both",
        "--detection",
        "serverless",
        "--conditions",
        "reference",
    ];
    let run = matrix(&workplace, &["4"], &arguments);
    let grid = grid(&run);
    let cell = cell(&grid, 0, "reference");
    assert_eq!(cell["executions"], 2, "{cell}");
    assert_eq!(cell["host"], "OTHER.example", "{cell}");
    assert_ne!(run.code, Some(0));
}

#[test]
fn what_is_of_a_run_alone_is_refused_with_recorded_events() {
    let workplace = Workplace::new();
    let ran = recorded(&[]);
    let events = ran.folder().join("events.xml");
    let events = events.to_str().unwrap();
    for arguments in [&["--isolation", "sealed"], &["--interpreters", "native"]] {
        let run = matrix(
            &workplace,
            &[],
            &[&["--events", events][..], arguments].concat(),
        );
        run.exits(3);
        assert!(run.stderr.contains(arguments[0]), "{}", run.stderr);
    }
    matrix(&workplace, &[], &["--found"]).exits(3);
    // Windows is not Linux, whatever the column is called.
    let arguments = ["--events", events, "--conditions", "linux"];
    let run = matrix(&workplace, &["4"], &arguments);
    run.exits(4);
    let because = grid(&run)["detections"][0]["cells"][0]["because"].clone();
    assert!(because.as_str().unwrap().contains("does not run Linux"));
    assert!(run.folders.is_empty());
}
