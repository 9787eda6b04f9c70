//! The detections that are shipped beside the published one: what they say of
//! all scenarios, and where they find the name when parts of the telemetry are
//! missing.

use serde_json::Value;

use crate::support::Workplace;

const ALL: [&str; 4] = ["serverless", "correlated", "dns", "beaconing"];

fn arguments<'a>(conditions: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["run", "--suite", "all"];
    arguments.extend(ALL.iter().flat_map(|name| ["--detection", name]));
    arguments.extend(conditions);
    arguments
}

/// The outcomes of a detection, by the numbers of the scenarios.
fn outcomes(report: &Value, detection: &str) -> Vec<(u64, String)> {
    let place = ALL.iter().position(|name| *name == detection).unwrap();
    let scenarios = report["scenarios"].as_array().unwrap();
    let outcome = |scenario: &Value| {
        let outcome = &scenario["detections"][place]["outcome"];
        (
            scenario["number"].as_u64().unwrap(),
            outcome.as_str().unwrap().to_owned(),
        )
    };
    scenarios.iter().map(outcome).collect()
}

fn numbers(outcomes: &[(u64, String)], wanted: &str) -> Vec<u64> {
    let of_kind = outcomes.iter().filter(|(_, outcome)| outcome == wanted);
    of_kind.map(|(number, _)| *number).collect()
}

#[test]
fn all_scenarios_are_as_expected_of_all_detections_in_the_lab_and_in_the_field() {
    for (conditions, fires) in [
        (&[][..], true),
        (&["--ptr", "provider", "--addon", "current"], false),
    ] {
        let workplace = Workplace::new();
        let run = workplace.run(arguments(conditions));
        run.exits(0);
        let report = run.report();
        let serverless = outcomes(&report, "serverless");
        assert_eq!(serverless.len(), 37);
        assert_eq!(!numbers(&serverless, "detected").is_empty(), fires);
        // A domain of one's own is what it cannot see.
        let correlated = outcomes(&report, "correlated");
        assert_eq!(numbers(&correlated, "known_miss"), [17]);
        let detected = numbers(&correlated, "detected");
        assert!(detected.starts_with(&[1, 2, 3, 4, 5, 6, 7, 8, 11]));
    }
}

#[test]
fn without_queries_the_name_is_that_of_the_reverse_lookup_or_of_the_command_line() {
    for (ptr, named_by) in [("lab", "reverse lookup"), ("none", "command line")] {
        let workplace = Workplace::new();
        let run = workplace.run(["run", "1", "4", "--ptr", ptr]);
        let events = run.file("events.xml");
        let is_query = |event: &&str| event.contains("<EventID>22</EventID>");
        let records = events.split_inclusive("</Event>\n");
        let left: String = records.filter(|event| !is_query(event)).collect();
        assert_ne!(left, events);
        let file = workplace.write("events.xml", left);
        let file = file.to_str().unwrap();
        let run = workplace.run([
            "search",
            "--detection",
            "correlated",
            "--output",
            "json",
            file,
        ]);
        run.exits(0);
        let rows: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        // One PowerShell, and four times curl.
        assert_eq!(rows.len(), 5, "{ptr}");
        for row in rows {
            assert_eq!(row["named_by"], named_by, "{row}");
            assert!(row["CommandLine"].as_str().unwrap().contains("https://"));
        }
    }
}

#[test]
fn an_allow_list_of_ones_own_takes_the_place_of_the_shipped_one() {
    let run = |table: &str| {
        let workplace = Workplace::new();
        let folder = workplace.path().join("lookups");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("serverless_allow_list.csv"), table).unwrap();
        let folder = folder.to_str().unwrap();
        workplace.run(["run", "4", "--detection", "correlated", "--lookups", folder])
    };
    let header = "Image,ParentImage,name,because\n";
    let other = run(&format!(
        "{header}*,*,another.cloudfunctions.net,it is ours\n"
    ));
    other.exits(0);
    let ours = run(&format!(
        "{header}*,*,*-df00tech-*.cloudfunctions.net,it is ours\n"
    ));
    ours.exits(1);
    assert_eq!(ours.scenario(4).outcome(), "missed");
}
