//! The conditions of a run: add-on, reverse lookups, and what the endpoints do.

use serde_json::json;

use crate::support::{Run, Workplace, expectations_without_known_misses};

const EMULATIONS: [u64; 4] = [1, 2, 3, 4];

/// The four emulations and the browser under a condition.
fn run(workplace: &Workplace, condition: &[&str]) -> Run {
    let arguments = ["run", "1", "2", "3", "4", "9"];
    workplace.run(arguments.iter().chain(condition))
}

/// Conditions of the field, and the finding that each comes to.
const BLIND: [(&[&str], &str); 3] = [
    (&["--addon", "current"], "sourcetype-renamed"),
    (&["--ptr", "provider"], "reverse-dns"),
    (&["--ptr", "none"], "reverse-dns"),
];

#[test]
fn blind_spots_of_the_field_are_known_misses_with_their_reason() {
    for (condition, reason) in BLIND {
        let workplace = Workplace::new();
        let run = run(&workplace, condition);
        run.exits(0);
        for number in EMULATIONS {
            let scenario = run.scenario(number);
            assert_eq!(scenario.outcome(), "known_miss", "{condition:?} {number}");
            assert_eq!(scenario.rows().len(), 0);
            assert_eq!(scenario.reasons(), [reason], "{condition:?} {number}");
            // It is a miss although everything happened and was recorded.
            assert_eq!(scenario.holds("event"), Some(true));
        }
        assert_eq!(run.scenario(9).outcome(), "silent");
        assert!(
            run.findings().contains(&reason.to_owned()),
            "{:?}",
            run.findings()
        );
        assert!(run.stdout.contains(reason), "{}", run.stdout);
        let loud = run.stdout.to_lowercase().matches("known miss").count();
        assert!(loud >= EMULATIONS.len(), "{}", run.stdout);
    }
}

#[test]
fn a_strict_run_counts_known_misses_as_misses() {
    let workplace = Workplace::new();
    let strict = run(&workplace, &["--ptr", "provider", "--strict"]);
    strict.exits(1);
    assert_eq!(strict.scenario(1).outcome(), "known_miss");
    assert_eq!(strict.report()["outcome"], "deviates");
    assert!(strict.file("junit.xml").contains("<failure"));
}

/// Wanted programs ask as beacons do, and the published search cannot tell.
#[test]
fn a_known_false_alarm_is_as_expected_unless_the_run_is_strict() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "27"]);
    run.exits(0);
    assert_eq!(run.scenario(27).outcome(), "known_false_alarm");
    assert_eq!(run.scenario(27).rows().len(), 1);
    assert!(run.stdout.contains("KNOWN FALSE ALARM"), "{}", run.stdout);
    // Where it is blind, it is rightly silent.
    let workplace = Workplace::new();
    let run = workplace.run(["run", "27", "--ptr", "provider"]);
    run.exits(0);
    assert_eq!(run.scenario(27).outcome(), "silent");
    let workplace = Workplace::new();
    let strict = workplace.run(["run", "27", "--strict"]);
    strict.exits(1);
    assert!(strict.file("junit.xml").contains("known_false_alarm"));
}

#[test]
fn a_strict_run_without_known_misses_is_fine() {
    let workplace = Workplace::new();
    workplace.run(["run", "4", "9", "--strict"]).exits(0);
}

#[test]
fn without_the_excuse_it_is_missed_and_the_reason_is_found_all_the_same() {
    for (condition, reason) in BLIND {
        let workplace = Workplace::new();
        let expectations = expectations_without_known_misses(&workplace);
        let expectations = ["--expectations", expectations.to_str().unwrap()];
        let run = run(&workplace, &[condition, &expectations].concat());
        run.exits(1);
        for number in EMULATIONS {
            let scenario = run.scenario(number);
            assert_eq!(scenario.outcome(), "missed", "{condition:?} {number}");
            assert_eq!(scenario.reasons(), [reason], "{condition:?} {number}");
        }
        assert_eq!(run.scenario(9).outcome(), "silent");
        assert!(
            run.findings().contains(&reason.to_owned()),
            "{:?}",
            run.findings()
        );
    }
}

#[test]
fn two_blind_spots_at_once_are_both_named() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "4", "--addon", "current", "--ptr", "none"]);
    run.exits(0);
    assert_eq!(
        run.scenario(4).reasons(),
        ["reverse-dns", "sourcetype-renamed"]
    );
}

#[test]
fn a_provider_gives_its_own_name_in_reverse_lookups() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "2", "--ptr", "provider"]);
    run.exits(0);
    for event in run.events(3) {
        // Amazon names its addresses by the address.
        let address = event.field("DestinationIp").replace('.', "-");
        let name = event.field("DestinationHostname");
        assert!(name.starts_with(&format!("ec2-{address}.")), "{name}");
        assert!(name.ends_with(".amazonaws.com"), "{name}");
    }
    assert_eq!(run.events(3).len(), 3);
}

#[test]
fn what_is_refused_is_asked_for_and_never_connected() {
    let workplace = Workplace::new();
    let run = run(&workplace, &["--behaviour", "refuse"]);
    run.exits(0);
    for number in EMULATIONS {
        assert_eq!(run.scenario(number).outcome(), "silent", "{number}");
        assert_eq!(run.scenario(number).rows().len(), 0);
    }
    assert!(run.events(3).is_empty());
    for (image, questions) in [("powershell.exe", 5), ("python.exe", 3), ("curl.exe", 4)] {
        let asked = |id| {
            run.events(id)
                .iter()
                .filter(|event| event.image() == image)
                .count()
        };
        assert!(asked(1) > 0, "{image}");
        assert_eq!(asked(22), questions, "{image}");
    }
    for event in run.events(22) {
        // A real browser looks for its maker's hosts, too.
        let of_browser = event.image() == "chrome.exe";
        if !of_browser || event.field("QueryName").ends_with(".workers.dev") {
            assert_eq!(event.field("QueryStatus"), "0");
        }
    }
    assert!(
        run.file("http.ndjson")
            .lines()
            .all(|line| !line.contains("http_request"))
    );
}

#[test]
fn errors_and_slow_answers_are_beacons_like_any_other() {
    for (behaviour, status) in [("error", 500..600), ("slow", 200..400)] {
        let workplace = Workplace::new();
        let run = workplace.run([
            "run",
            "1",
            "3",
            "4",
            "--count",
            "2",
            "--behaviour",
            behaviour,
        ]);
        run.exits(0);
        for number in [1, 3, 4] {
            let scenario = run.scenario(number);
            assert_eq!(scenario.outcome(), "detected", "{behaviour} {number}");
            assert_eq!(scenario.rows().len(), 2);
        }
        let log = run.file("http.ndjson");
        let answered: Vec<u64> = log
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter(|record| record["record"] == "http_request")
            .map(|record| record["status"].as_u64().unwrap())
            .collect();
        assert!(answered.len() >= 6, "{behaviour}: {answered:?}");
        assert!(
            answered.iter().all(|code| status.contains(code)),
            "{behaviour}: {answered:?}"
        );
    }
}

#[test]
fn names_that_do_not_exist_are_asked_for_in_vain() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "2", "4", "--behaviour", "nxdomain"]);
    run.exits(0);
    assert!(run.events(3).is_empty());
    let questions = run.events(22);
    assert!(questions.len() >= 7, "{}", questions.len());
    for event in questions {
        // ERROR_DNS name does not exist, as Windows numbers it.
        assert_eq!(event.field("QueryStatus"), "9003");
    }
    assert_eq!(run.report()["behaviour"], json!("nxdomain"));
}
