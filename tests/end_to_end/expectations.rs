//! Expectations that would leave a scenario without a verdict are refused before
//! anything runs, and those of one detection excuse no other.

use crate::support::{Detection, Library, NEVER, Run, Workplace};

const CURL: &str = "14b7a529-acce-49dd-9b66-9acd0e082906";
const POWERSHELL: &str = "cf212ed1-a6cb-498e-90e4-35cefa167de4";

/// Runs scenarios with a file of expectations.
fn run(expectations: &str, arguments: &[&str]) -> Run {
    let workplace = Workplace::new();
    workplace.write("mine.yaml", expectations);
    let given = ["--expectations", "mine.yaml"];
    workplace.run([&["run"], arguments, &given].concat())
}

/// Says that a run was refused as a configuration error, with these words.
#[track_caller]
fn is_refused(run: &Run, said: &[&str]) {
    run.exits(3);
    for said in said {
        assert!(run.stderr.contains(said), "{said}\n{}", run.stderr);
    }
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
    assert!(run.stdout.is_empty() && run.folders.is_empty());
}

#[test]
fn a_scenario_that_is_not_mentioned_is_refused_with_what_to_add() {
    let expectations = format!("{CURL}:\n- exactly: '#{{count}}'\n");
    is_refused(
        &run(&expectations, &["1", "4"]),
        &[
            "mine.yaml does not say what `Detect Serverless in Splunk` must say of scenario 1",
            &format!("{POWERSHELL}:  # PowerShell Beaconing"),
            "- at_least: 1",
            "`beaconlab run 4 ...`",
        ],
    );
    is_refused(&run(&expectations, &[]), &["scenarios 1, 2, 3, 5, 6"]);
    // What is added as it is said there is taken.
    let added = format!("{expectations}{POWERSHELL}:  # PowerShell\n- at_least: 1\n");
    run(&added, &["1", "4"]).exits(0);
    run(&expectations, &["4"]).exits(0);
}

#[test]
fn a_scenario_mentioned_under_other_conditions_only_is_refused() {
    let expectations = format!("{CURL}:\n- exactly: 0\n  when: {{ behaviour: refuse }}\n");
    is_refused(
        &run(&expectations, &["4"]),
        &["scenario 4", CURL, "admits behaviour serve, ptr lab"],
    );
    run(&expectations, &["4", "--behaviour", "refuse"]).exits(0);
    // A blind spot of which nothing is said is none: what must be said where
    // names come back must be said where they do not.
    let expectations = format!("{CURL}:\n- exactly: '#{{count}}'\n  when: {{ ptr: lab }}\n");
    run(&expectations, &["4", "--ptr", "none"]).exits(1);
}

#[test]
fn expectations_of_nothing_are_refused() {
    for nothing in ["", "{}\n", "# to be written\n"] {
        is_refused(
            &run(nothing, &["4"]),
            &["no test is mentioned", "mine.yaml"],
        );
    }
    // Also where they lie beside the detection, and in a library.
    let workplace = Workplace::new();
    Detection::shipped().write(&workplace);
    workplace.write("changed.expected.yaml", "{}\n");
    is_refused(
        &workplace.run(["run", "4", "--detection", "changed.spl"]),
        &["no test is mentioned", "changed.expected.yaml"],
    );
    let library = Library::shipped(&workplace);
    workplace.write(
        "scenarios/T1583.007/detections/serverless.expected.yaml",
        "",
    );
    let scenarios = library.path().to_str().unwrap();
    is_refused(
        &workplace.run(["run", "4", "--scenarios", scenarios]),
        &["no test is mentioned", "serverless.expected.yaml"],
    );
}

#[test]
fn a_detection_of_which_nothing_says_what_it_must_say_is_refused() {
    let workplace = Workplace::new();
    let library = Library::shipped(&workplace);
    let expected = "T1583.007/detections/serverless.expected.yaml";
    std::fs::remove_file(library.path().join(expected)).unwrap();
    let scenarios = library.path().to_str().unwrap();
    is_refused(
        &workplace.run(["run", "4", "--scenarios", scenarios]),
        &["serverless.expected.yaml", "`--expectations FILE`"],
    );
}

#[test]
fn expectations_that_apply_at_once_are_refused_with_both_places() {
    let two = |first: &str, second: &str| {
        format!(
            "{CURL}:\n- exactly: '#{{count}}'\n  when: {first}\n- exactly: 0\n  when: {second}\n"
        )
    };
    is_refused(
        &run(&two("{ behaviour: serve }", "{ ptr: none }"), &["4"]),
        &[
            "mine.yaml:4:3",
            "mine.yaml:2:3",
            "behaviour serve, ptr none",
            "- exactly: 0",
        ],
    );
    run(&two("{ ptr: lab }", "{ ptr: none }"), &["4"]).exits(0);
}

#[test]
fn what_cannot_run_leaves_no_folder() {
    let workplace = Workplace::new();
    let library =
        Library::shipped(&workplace).with("signals.yaml", "  - event: 4104", "  - event: 4103");
    let scenarios = library.path().to_str().unwrap();
    is_refused(
        &workplace.run(["run", "1", "--scenarios", scenarios]),
        &["event 4103 is not recorded here"],
    );
}

/// The shipped detection is known to miss there, which excuses no other.
#[test]
fn what_is_known_of_the_shipped_detection_excuses_no_other() {
    let workplace = Workplace::new();
    let never = workplace.write("never.spl", NEVER);
    let never = ["--detection", never.to_str().unwrap()];
    let stand_in = ["--interpreters", "stand-in"];
    let provider = ["run", "1", "4", "--ptr", "provider"];
    let run = workplace.run(provider.iter().chain(&never).chain(&stand_in));
    run.exits(1);
    let field = ["matrix", "4", "--conditions", "field"];
    let run = workplace.run(field.iter().chain(&never).chain(&stand_in));
    run.exits(1);
    assert!(run.stdout.contains("✗ new"), "{}", run.stdout);
    assert!(!run.stdout.contains("known: "), "{}", run.stdout);
    // It is known not to name the platform's own domain, and to fire at a script.
    let workplace = Workplace::new();
    workplace.write("never.spl", NEVER);
    let never = ["--detection", "never.spl"];
    let extended = ["run", "14", "24"];
    let run = workplace.run(extended.iter().chain(&never).chain(&stand_in));
    run.exits(1);
    assert_eq!(run.scenario(14).outcome(), "missed");
    assert_eq!(run.scenario(24).outcome(), "silent");
}
