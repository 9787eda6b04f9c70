//! Runs that are cut short, run out of time, or meet another run.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Account, Run, Workplace, folders, until};

/// The field's pace: nothing of this ends by itself within the deadline.
const LONG: [&str; 3] = ["run", "4", "--realtime"];

#[test]
fn a_scenario_that_takes_too_long_is_given_up() {
    let workplace = Workplace::new();
    let started = Instant::now();
    let run = workplace.run(LONG.iter().chain(&["--timeout", "1"]));
    // A beacon waits for a minute; ending it must not take a part of that.
    assert!(started.elapsed() < Duration::from_secs(20));
    run.exits(4);
    let scenario = run.scenario(4);
    assert_eq!(scenario.outcome(), "lab_error");
    assert!(
        scenario.cause().contains("time was up"),
        "{}",
        scenario.cause()
    );
    // What it had done by then is kept.
    assert!(!run.events(1).is_empty());
    assert!(run.file("junit.xml").contains("<error"));
}

#[test]
fn ctrl_c_ends_a_run_and_the_report_says_so() {
    for account in Account::each() {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let workplace = Workplace::with_copy(account);
            let running = workplace.start(LONG);
            let processes = running.until_runs("timeout.exe");
            let signalled = Instant::now();
            running.signal(signal);
            let run = running.end();
            // A second on a machine that has nothing else to do.
            assert!(signalled.elapsed() < Duration::from_secs(5));
            was_interrupted(&run);
            for process in processes {
                until(&format!("the end of {process:?}"), || {
                    (!process.runs()).then_some(())
                });
            }
        }
    }
}

fn was_interrupted(run: &Run) {
    run.exits(4);
    let report = run.report();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["outcome"], "inconclusive");
    assert_eq!(report["exit_code"], 4);
    assert!(report["finished"].is_string());
    let junit = run.file("junit.xml");
    assert!(junit.contains("<error"), "{junit}");
    assert!(
        run.stdout.to_lowercase().contains("interrupted"),
        "{}",
        run.stdout
    );
    // What was recorded by then is kept.
    assert!(
        run.events(1)
            .iter()
            .any(|event| event.image() == "curl.exe")
    );
}

#[test]
fn kill_9_leaves_no_process_and_no_mount() {
    for account in Account::each() {
        let workplace = Workplace::with_copy(account);
        let before = mounts();
        let running = workplace.start(LONG);
        let processes = running.until_runs("timeout.exe");
        // The keeper, the sandbox's first process, cmd.exe and timeout.exe.
        assert!(processes.len() >= 4, "{processes:?}");
        running.signal(Signal::SIGKILL);
        let run = running.end();
        assert_eq!(run.code, None);
        for process in processes {
            until(&format!("the end of {process:?}"), || {
                (!process.runs()).then_some(())
            });
        }
        let left: Vec<_> = mounts().difference(&before).cloned().collect();
        assert!(left.is_empty(), "{left:?}");
        let report: Value = run.report();
        assert_eq!(report["outcome"], Value::Null);
        assert_eq!(report["exit_code"], Value::Null);
        let junit = run.file("junit.xml");
        assert!(junit.contains("<error"), "{junit}");
    }
}

/// The sensor is the sandbox's first process; before it is its keeper.
#[test]
fn a_sensor_or_a_keeper_that_is_killed_gives_no_verdict_and_leaves_nothing() {
    for victim in ["keeper", "sensor"] {
        let workplace = Workplace::new();
        let running = workplace.start(LONG);
        let processes = running.until_runs("timeout.exe");
        let mut ours = processes
            .iter()
            .filter(|process| process.name == "beaconlab");
        let at = usize::from(victim == "sensor");
        ours.nth(at).unwrap().kill();
        let run = running.end();
        run.exits(4);
        let scenario = run.scenario(4);
        assert_eq!(scenario.outcome(), "lab_error", "{victim}");
        let cause = scenario.cause();
        let wanted = "the sandbox ended before it had told everything";
        assert!(cause.contains(wanted), "{victim}: {cause}");
        for process in processes {
            until(&format!("the end of {process:?}"), || {
                (!process.runs()).then_some(())
            });
        }
        // What it had told by then is kept.
        assert!(!run.events(1).is_empty(), "{victim}");
    }
}

fn mounts() -> BTreeSet<String> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    mounts.lines().map(str::to_owned).collect()
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    let workplace = Workplace::new();
    let both = [
        workplace.start(["run", "2", "3"]),
        workplace.start(["run", "2", "3"]),
    ];
    for running in both {
        running.end().exits(0);
    }
    let folders = folders(&workplace.path().join("runs"));
    assert_eq!(folders.len(), 2, "{folders:?}");
    for folder in folders {
        let report = fs::read_to_string(folder.join("run.json")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["exit_code"], 0);
        for (at, rows) in [3, 3].into_iter().enumerate() {
            let scenario = &report["scenarios"][at];
            assert_eq!(scenario["outcome"], "detected");
            assert_eq!(
                scenario["detections"][0]["rows"].as_array().unwrap().len(),
                rows
            );
        }
    }
}
