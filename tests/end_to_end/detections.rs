//! Detections with something wrong: what the run says of them, and that it
//! says nothing where it must not.

use serde_json::json;

use crate::support::{Detection, Workplace};

fn run(detection: &Detection, scenarios: &[&str]) -> crate::support::Run {
    let workplace = Workplace::new();
    let file = detection.write(&workplace);
    let arguments = ["run", "--detection", file.to_str().unwrap()];
    workplace.run(arguments.iter().chain(scenarios))
}

#[test]
fn a_copy_of_the_shipped_detection_is_judged_by_the_shipped_expectations() {
    let run = run(&Detection::shipped(), &["1", "4", "9"]);
    run.exits(0);
    assert_eq!(run.scenario(1).outcome(), "detected");
    assert_eq!(run.scenario(9).outcome(), "silent");
    assert_eq!(run.report()["detection"]["name"], "changed");
}

#[test]
fn a_shipped_detection_can_be_named_and_another_name_is_a_missing_file() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "1", "--detection", "serverless"]);
    run.exits(0);
    assert_eq!(
        run.report()["detection"]["name"],
        "Detect Serverless in Splunk"
    );
    let run = workplace.run(["run", "1", "--detection", "serverles"]);
    run.exits(3);
    assert!(run.stderr.contains("serverles"), "{}", run.stderr);
}

#[test]
fn the_expectations_that_the_readme_shows_say_what_it_says_of_them() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));
    let readme = readme.unwrap();
    let (_, rest) = readme.split_once("```yaml\n").unwrap();
    let (expectations, _) = rest.split_once("```").unwrap();
    for (options, code) in [
        (&[][..], 0),
        (&["--ptr", "provider"], 0),
        (&["--ptr", "provider", "--strict"], 1),
    ] {
        let workplace = Workplace::new();
        let file = Detection::shipped().write(&workplace);
        workplace.write("changed.expected.yaml", expectations);
        let arguments = ["run", "1", "--detection", file.to_str().unwrap()];
        workplace.run(arguments.iter().chain(options)).exits(code);
    }
}

#[test]
fn a_lost_domain_is_a_miss_that_names_the_clause() {
    let detection = Detection::shipped().with(
        "DestinationHostname=\"*.workers.dev\"\nOR DestinationHostname=\"*.pages.dev\"",
        "DestinationHostname=\"*.pages.dev\"",
    );
    let run = run(&detection, &["1", "2", "3", "4", "9", "10"]);
    run.exits(1);
    let missed = run.scenario(1);
    assert_eq!(missed.outcome(), "missed");
    for link in ["process", "name", "endpoint", "event"] {
        assert_eq!(missed.holds(link), Some(true), "{link}");
    }
    let dropped = missed.detection()["dropped"].as_array().unwrap();
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    let dropped = &dropped[0];
    let clause = dropped["clause"].as_str().unwrap();
    assert!(
        clause.starts_with("(DestinationHostname=\"*.pages.dev\" OR"),
        "{clause}"
    );
    assert_eq!(
        (&dropped["line"], &dropped["column"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(dropped["events"], 5);
    assert_eq!(
        dropped["met"]["DestinationHostname"],
        "df00tech-sentinel-test.argustest.workers.dev"
    );
    assert!(
        run.stdout.contains("*.pages.dev") && run.stdout.contains("line 2, column 1"),
        "{}",
        run.stdout
    );
    for (number, outcome) in [
        (2, "detected"),
        (3, "detected"),
        (4, "detected"),
        (9, "silent"),
        (10, "silent"),
    ] {
        assert_eq!(run.scenario(number).outcome(), outcome, "{number}");
    }
    let junit = run.file("junit.xml");
    assert_eq!(junit.matches("<failure").count(), 1, "{junit}");
    assert_eq!(junit.matches("<error").count(), 0, "{junit}");
}

#[test]
fn swapped_labels_are_wrong_values() {
    let detection = Detection::shipped()
        .with("\"Google Cloud Functions\"", "\"swapped\"")
        .with("\"Cloudflare Workers\"", "\"Google Cloud Functions\"")
        .with("\"swapped\"", "\"Cloudflare Workers\"");
    let run = run(&detection, &["1", "2", "4"]);
    run.exits(1);
    for (number, expected, got, rows) in [
        (1, "Cloudflare Workers", "Google Cloud Functions", 5),
        (4, "Google Cloud Functions", "Cloudflare Workers", 4),
    ] {
        let scenario = run.scenario(number);
        assert_eq!(scenario.outcome(), "wrong_value");
        let mismatch = json!([{
            "column": "serverless_platform",
            "expected": expected,
            "got": got,
            "rows": rows,
        }]);
        assert_eq!(scenario.detection()["mismatches"], mismatch);
        assert!(run.stdout.contains(expected) && run.stdout.contains(got));
    }
    assert_eq!(run.scenario(2).outcome(), "detected");
}

#[test]
fn a_detection_of_everything_fires_where_it_must_not() {
    let workplace = Workplace::new();
    let everything = workplace.write("everything.spl", "index=* EventCode=3");
    let run = workplace.run([
        "run",
        "9",
        "10",
        "--detection",
        everything.to_str().unwrap(),
    ]);
    run.exits(1);
    for number in [9, 10] {
        let scenario = run.scenario(number);
        assert_eq!(scenario.outcome(), "unexpected", "{number}");
    }
    // A real browser opens connections ahead of need.
    assert!(run.scenario(9).rows().len() >= 2);
    assert_eq!(run.scenario(10).rows().len(), 2);
}

#[test]
fn a_detection_that_cuts_rows_off_has_the_wrong_count() {
    let run = run(&Detection::shipped().then("| head 1"), &["4", "9"]);
    run.exits(1);
    let scenario = run.scenario(4);
    assert_eq!(scenario.outcome(), "wrong_count");
    assert_eq!(scenario.rows().len(), 1);
    assert_eq!(scenario.detection()["expected"], "exactly 4");
    assert_eq!(run.scenario(9).outcome(), "silent");
}

#[test]
fn a_detection_that_only_counts_is_judged_like_any_other() {
    let run = run(&Detection::shipped().then("| stats count"), &["4", "9"]);
    run.exits(1);
    assert_eq!(run.scenario(4).column("count"), ["4"]);
    // One row that says zero is a row all the same.
    assert_eq!(run.scenario(9).column("count"), ["0"]);
    assert_eq!(run.scenario(9).outcome(), "unexpected");
}

#[test]
fn several_detections_are_judged_each_for_itself() {
    let workplace = Workplace::new();
    let right = Detection::shipped().write(&workplace);
    let wrong = workplace.write("wrong.spl", crate::support::NEVER);
    let [right, wrong] = [right.to_str().unwrap(), wrong.to_str().unwrap()];
    let run = workplace.run(["run", "4", "--detection", right, "--detection", wrong]);
    run.exits(1);
    let detections = &run.scenario(4).0["detections"];
    assert_eq!(detections[0]["outcome"], "detected");
    assert_eq!(detections[1]["outcome"], "missed");
    assert_eq!(detections[1]["name"], "wrong");
}

/// Text, what is said of it, the line that is shown, and where the marks
/// below that line are.
const REFUSED: [(&str, &str, &str, &str, &str); 6] = [
    (
        "index=* EventCode=3 | frobnicate x",
        "unknown command `frobnicate`",
        "index=* EventCode=3 | frobnicate x",
        "                      ^^^^^^^^^^",
        "",
    ),
    (
        "index=* EventCode=3\n| tabel Image",
        "unknown command `tabel`",
        "| tabel Image",
        "  ^^^^^",
        "did you mean `table`?",
    ),
    (
        "index=* EventCode=3\n| eval x=mtch(Image, \"curl\")",
        "unknown function `mtch`",
        "| eval x=mtch(Image, \"curl\")",
        "         ^^^^",
        "did you mean `match()`?",
    ),
    (
        "index=* EventCode=3\n| timechart count",
        "`timechart` is not supported",
        "| timechart count",
        "  ^^^^^^^^^",
        "",
    ),
    (
        "index=* (EventCode=3",
        "expected `)`",
        "index=* (EventCode=3",
        "                    ^",
        "",
    ),
    ("", "the search is empty", "", "", ""),
];

#[test]
fn what_cannot_be_evaluated_is_refused_with_a_mark_under_it_and_nothing_runs() {
    for (text, message, line, marks, help) in REFUSED {
        let workplace = Workplace::new();
        let file = workplace.write("refused.spl", text);
        let run = workplace.run(["run", "4", "--detection", file.to_str().unwrap()]);
        run.exits(2);
        let said = &run.stderr;
        let title = said.lines().next().unwrap();
        assert!(
            title.starts_with("error: ") && title.contains(message),
            "{said}"
        );
        assert_eq!(title.matches("error").count(), 1, "{said}");
        assert!(said.contains("refused.spl:"), "{said}");
        let shown: Vec<&str> = said
            .lines()
            .filter_map(|line| line.split_once("| "))
            .map(|(_, shown)| shown)
            .collect();
        if !line.is_empty() {
            let at = shown.iter().position(|shown| *shown == line);
            let at = at.unwrap_or_else(|| panic!("{line} is not shown: {said}"));
            assert_eq!(shown[at + 1], marks, "{said}");
        }
        assert!(said.contains(help), "{said}");
        assert_eq!(run.stdout, "");
        assert!(run.folders.is_empty(), "{:?}", run.folders);
    }
}
