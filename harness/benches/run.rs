//! What a whole run takes, beside what its real programs take by themselves.
//!
//! The default run waits between beacons, as its scenarios say; a second
//! variant leaves the waiting out. The bare programs are as many curl and
//! Python requests as the run makes, one after the other, on endpoints that
//! run already: no sandbox, no sensor, no judging.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::path::Path;
use std::process::Command;

use measure::{BINARY, Endpoints, Programs, Variant, compare, rounds, succeed};
use serde_json::Value;

fn main() {
    let runs = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        succeed(
            Command::new(BINARY)
                // The same on every machine, whatever it has of better tiers.
                .args(["run", "--interpreters", "stand-in"])
                .arg("--out")
                .arg(runs.path())
                .args(more),
        );
    };
    run(&[]);
    let started = Started::of(runs.path());
    let programs = Programs::find();
    let endpoints = Endpoints::start();
    let bare = |program: &Path, arguments: &[String]| {
        succeed(
            Command::new(program)
                .args(arguments)
                .env_clear()
                .envs(endpoints.environment()),
        );
    };
    let curl = endpoints.curl();
    // As many beacons as the shipped scenario that runs Python sends.
    let python = ["-I".to_owned(), "-c".to_owned(), endpoints.python(3)];
    let bare_name = format!(
        "its {} curl and {} Python, bare, one by one",
        started.curl, started.python
    );
    compare(
        "run: all shipped scenarios",
        rounds(21),
        &mut [
            Variant::timed("run", || run(&[])),
            Variant::timed("run --interval 0", || run(&["--interval", "0"])),
            Variant::timed(bare_name, || {
                for _ in 0..started.curl {
                    bare(&programs.curl, &curl);
                }
                for _ in 0..started.python {
                    bare(&programs.python, &python);
                }
            }),
        ],
    );
    script_host(runs.path());
}

/// Scenario 3 by Wine's own cmd.exe and wscript.exe, beside their stand-ins.
fn script_host(runs: &Path) {
    let run = |interpreters: &str| {
        let mut run = Command::new(BINARY);
        run.args([
            "run",
            "3",
            "--interval",
            "0",
            "--interpreters",
            interpreters,
        ]);
        run.arg("--out").arg(runs);
        run
    };
    // Without Wine the scenario is not executed; with it, this sets it up.
    if !run("wine").output().unwrap().status.success() {
        eprintln!("skipped: scenario 3 by Wine, since Wine is not present");
        return;
    }
    compare(
        "run: scenario 3",
        rounds(21),
        &mut [
            Variant::timed("by stand-ins", || succeed(&mut run("stand-in"))),
            Variant::timed("by Wine", || succeed(&mut run("wine"))),
        ],
    );
}

/// How many real programs a run started.
struct Started {
    curl: usize,
    python: usize,
}

impl Started {
    /// Reads the one run in the folder.
    fn of(runs: &Path) -> Self {
        let run = std::fs::read_dir(runs).unwrap().next().unwrap().unwrap();
        let read = |name| std::fs::read_to_string(run.path().join(name)).unwrap();
        let report: Value = serde_json::from_str(&read("run.json")).unwrap();
        let events = read("events.xml");
        let processes: Vec<_> = events
            .split_inclusive("</Event>")
            .filter(|event| event.contains("<EventID>1</EventID>"))
            .collect();
        let count = |program: &str| {
            let mut images: Vec<_> = report["scenarios"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|scenario| scenario["interpreters"].as_array().unwrap())
                .filter(|interpreter| interpreter["program"] == program)
                .map(|interpreter| interpreter["image"].as_str().unwrap())
                .map(|image| format!("<Data Name='Image'>{image}</Data>"))
                .collect();
            images.sort();
            images.dedup();
            processes
                .iter()
                .filter(|event| images.iter().any(|image| event.contains(image)))
                .count()
        };
        let started = Self {
            curl: count("curl"),
            python: count("python3"),
        };
        assert!(started.curl > 0 && started.python > 0);
        started
    }
}
