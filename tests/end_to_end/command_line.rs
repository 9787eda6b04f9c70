//! The command line: what it takes, what it refuses and how it says so.

use std::fs;

use crate::support::{Account, Detection, Library, Workplace};

#[test]
fn help_and_version_are_no_errors() {
    let workplace = Workplace::new();
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["run", "--help"],
        &["help", "serve"],
    ] {
        let run = workplace.run(arguments);
        run.exits(0);
        assert!(run.stdout.contains("Usage: beaconlab"), "{}", run.stdout);
        assert_eq!(run.stderr, "");
    }
    let run = workplace.run(["--version"]);
    run.exits(0);
    assert_eq!(
        run.stdout,
        concat!("beaconlab ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let help = workplace.run(["run", "--help"]).stdout;
    for line in [
        "Exit codes",
        "0  all as expected",
        "5  the sandbox is not sealed",
    ] {
        assert!(help.contains(line), "{help}");
    }
    assert!(!help.contains("--fault"), "faults are for tests");
}

#[test]
fn wrong_usage_is_refused_before_anything_runs() {
    let cases: [(&[&str], &str); 18] = [
        (&[], "Usage: beaconlab"),
        (&["rum"], "'run'"),
        (&["run", "--adon", "legacy"], "'--addon'"),
        (
            &["run", "--addon", "newest"],
            "[possible values: legacy, current]",
        ),
        (&["run", "--behaviour", "refused"], "'refuse'"),
        (&["run", "--count", "0"], "1..=1000"),
        (&["run", "--count", "five"], "'five'"),
        (&["run", "--interval", "-1"], "between 0 and 86400 seconds"),
        (&["run", "--interval", "nan"], "between 0 and 86400 seconds"),
        (&["run", "--timeout", "soon"], "a number of seconds"),
        (&["run", "--timeout", "0"], "more than 0 seconds"),
        (&["matrix", "--timeout", "0"], "more than 0 seconds"),
        (&["matrix", "--lookups", "nowhere"], "nowhere: No such file"),
        (
            &["run", "--realtime", "--interval", "1"],
            "cannot be used with",
        ),
        (&["run", "--format", "xml"], "[possible values: text, json]"),
        (&["run", "--scenarios", "none"], "none"),
        (&["run", "--detection", "none.spl"], "none.spl"),
        (&["run", "--expectations", "none.yaml"], "none.yaml"),
    ];
    for (arguments, said) in cases {
        let workplace = Workplace::new();
        let run = workplace.run(arguments);
        run.exits(3);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.folders.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_scenario_is_named_in_any_way_that_means_one() {
    let workplace = Workplace::new();
    let guid = "14b7a529-acce-49dd-9b66-9acd0e082906";
    for selector in [
        "4",
        guid,
        "14b7a529",
        "T1583.007-4",
        "google cloud function",
    ] {
        let run = workplace.run(["show", selector]);
        run.exits(0);
        for part in [guid, "T1583.007", "curl.exe -s", "event 3", "known miss"] {
            assert!(run.stdout.contains(part), "{selector}: {}", run.stdout);
        }
    }
}

#[test]
fn a_scenario_that_is_not_there_is_refused_with_a_hint() {
    for selector in ["99", "0", "", "no such thing", "14b", "-1"] {
        for command in ["show", "run"] {
            let workplace = Workplace::new();
            let run = workplace.run([command, "--", selector]);
            run.exits(3);
            assert!(
                run.stderr.contains(&format!("`{selector}`")),
                "{}",
                run.stderr
            );
            assert!(run.stderr.contains("beaconlab list"), "{}", run.stderr);
            assert!(run.folders.is_empty());
        }
    }
}

#[test]
fn a_name_that_means_several_scenarios_is_refused_with_all_of_them() {
    let workplace = Workplace::new();
    for command in ["show", "run"] {
        let run = workplace.run([command, "Cloudflare"]);
        run.exits(3);
        for name in ["1 (PowerShell", "8 (Unlisted", "9 (Browser", "10 (cURL"] {
            assert!(run.stderr.contains(name), "{}", run.stderr);
        }
        assert!(!run.stderr.contains("2 (Python"), "{}", run.stderr);
    }
}

#[test]
fn a_scenario_named_twice_runs_once() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "4", "14b7a529", "4"]);
    run.exits(0);
    assert_eq!(run.report()["scenarios"].as_array().unwrap().len(), 1);
}

#[test]
fn all_scenarios_and_detections_are_listed() {
    let workplace = Workplace::new();
    let run = workplace.run(["list"]);
    run.exits(0);
    for part in [
        " 1  cf212ed1  PowerShell Beaconing to Cloudflare Workers Endpoint",
        "10  2fb72bcb  cURL Asking Look-Alike of Cloudflare Workers Domain",
        "serverless  Detect Serverless in Splunk",
    ] {
        assert!(run.stdout.contains(part), "{}", run.stdout);
    }
}

#[test]
fn a_detection_is_shown_as_it_stands_in_its_file() {
    let workplace = Workplace::new();
    let run = workplace.run(["show", "serverless"]);
    run.exits(0);
    let file = Detection::shipped().write(&workplace);
    let text = fs::read_to_string(file).unwrap();
    assert_eq!(run.stdout, text);
}

#[test]
fn doctor_finds_nothing_to_do_where_runs_work() {
    for account in Account::each() {
        let workplace = Workplace::with_copy(account);
        let run = workplace.run(["doctor"]);
        run.exits(0);
        assert!(run.stdout.contains("sealed   yes"), "{}", run.stdout);
        assert!(run.stdout.contains("powershell.exe"), "{}", run.stdout);
        let root = if account.has_root() {
            "root     yes"
        } else {
            "root     no: it takes root"
        };
        assert!(run.stdout.contains(root), "{}", run.stdout);
    }
}

#[test]
fn broken_scenarios_are_refused_with_the_file_and_the_place() {
    let cases = [
        // Text, what it is written instead of, the place, what is said.
        (
            "- name: Python Script",
            "- nme: Python Script",
            "T1583.007.yaml:38:3",
            &["unknown key `nme`", "`name`"][..],
        ),
        (
            "type: integer\n      default: 5",
            "type: integer\n      default: five",
            "T1583.007.yaml:22:16",
            &["`five`", "whole number"],
        ),
        (
            "  supported_platforms:\n  - windows\n  input_arguments:\n    url:\n      description: Endpoint to ask\n      type: url\n      default: https://df00tech-sentinel",
            "  supported_platforms: [windows\n  input_arguments:\n    url:\n      description: Endpoint to ask\n      type: url\n      default: https://df00tech-sentinel",
            "T1583.007.yaml:",
            &["YAML"],
        ),
        (
            "name: powershell\n",
            "name: powershall\n",
            "T1583.007.yaml:28:11",
            &["powershall", "powershell"],
        ),
    ];
    for (part, instead, place, said) in cases {
        let workplace = Workplace::new();
        let library = Library::shipped(&workplace).with("T1583.007.yaml", part, instead);
        let scenarios = library.path().to_str().unwrap();
        for command in [&["run", "4"][..], &["list"], &["show", "4"]] {
            let run = workplace.run(command.iter().chain(&["--scenarios", scenarios]));
            run.exits(3);
            assert!(run.stderr.contains(place), "{}", run.stderr);
            for said in said {
                assert!(run.stderr.contains(said), "{}", run.stderr);
            }
            assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
            assert!(run.folders.is_empty());
        }
    }
}

#[test]
fn expectations_of_scenarios_that_are_not_there_are_refused() {
    let workplace = Workplace::new();
    let unknown = "00000000-0000-4000-8000-000000000000:\n- exactly: 1\n";
    let file = workplace.write("unknown.yaml", unknown);
    let run = workplace.run(["run", "4", "--expectations", file.to_str().unwrap()]);
    run.exits(3);
    assert!(run.stderr.contains("unknown.yaml:1:1"), "{}", run.stderr);
    assert!(run.folders.is_empty());
}
