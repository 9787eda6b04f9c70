//! A hole in the seal is found before anything runs.

use std::fs;

use crate::outside::{Guise, Lures, Place, guises, is_possible};
use crate::scenario;

/// Each hole, and the check that must find it.
const HOLES: &[(&str, &str)] = &[
    ("hole-descriptors", "descriptors"),
    ("hole-filter", "privileges"),
    ("hole-host-sockets", "host-sockets"),
    ("hole-kernel-settings", "kernel-settings"),
    ("hole-network", "namespaces"),
];

/// The mark that the scenario would leave, were it run.
const SCRIPT: &str = "print('it ran')";

fn assert_found(place: &Place, guise: Guise, isolation: &str, (hole, check): (&str, &str)) {
    let lures = Lures {
        stream_sockets: vec![format!("{}/stream.sock", place.path().display())],
        ..Lures::default()
    };
    let command = scenario::command(SCRIPT);
    let options = ["--isolation", isolation, "--fault", hole];
    let ran = place.run_scenario(guise, &command, &options, &lures);
    let context = format!("{hole} as {guise:?}, {isolation}: {}", ran.stderr);
    assert_eq!(ran.status, 5, "{context}");
    let report = ran.report();
    assert_eq!(report["exit_code"], 5, "{context}");
    assert_eq!(report["outcome"], "inconclusive", "{context}");
    assert_eq!(
        report["scenarios"].as_array().unwrap().len(),
        0,
        "{context}"
    );
    assert_eq!(report["seal"].as_array().unwrap().len(), 0, "{context}");
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["code"], "seal-broken", "{context}");
    let message = findings[0]["message"].as_str().unwrap();
    let named = format!("the sandbox is not sealed: {check}: ");
    assert!(message.starts_with(&named), "{context}: {message}");
    assert_eq!(ran.file("events.xml"), "", "{context}");
    assert_eq!(ran.file("dns.ndjson"), "", "{context}");
    assert!(!ran.stdout.contains("it ran"), "{context}");
    assert!(ran.stdout.contains("seal-broken"), "{}", ran.stdout);
    assert!(ran.reached.is_empty(), "{context}");
    // A sandbox that ends early leaves nothing behind, either.
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(place.name()), "{mounts}");
}

#[test]
fn every_hole_in_a_sealed_sandbox_is_found_before_anything_runs() {
    if !is_possible() {
        return;
    }
    let place = Place::new();
    for hole in HOLES {
        for guise in guises() {
            assert_found(&place, guise, "sealed", *hole);
        }
    }
}

#[test]
fn every_hole_in_a_sandbox_that_root_made_is_found_before_anything_runs() {
    if !is_possible() || !guises().contains(&Guise::Root) {
        return;
    }
    let place = Place::new();
    for hole in HOLES {
        assert_found(&place, Guise::Root, "root", *hole);
    }
}

/// A seal that is broken is never passed over for a weaker isolation.
#[test]
fn a_hole_is_no_reason_to_try_another_isolation() {
    if !is_possible() {
        return;
    }
    let place = Place::new();
    for guise in guises() {
        let hole = ("hole-kernel-settings", "kernel-settings");
        assert_found(&place, guise, "auto", hole);
    }
}

/// The negative twin: without a hole the same scenario runs.
#[test]
fn without_a_hole_the_scenario_runs() {
    if !is_possible() {
        return;
    }
    let place = Place::new();
    for guise in guises() {
        let command = scenario::command(SCRIPT);
        let ran = place.run_scenario(guise, &command, &[], &Lures::default());
        let report = ran.report();
        let output = report["scenarios"][0]["output"].as_str().unwrap();
        assert_eq!(output.trim_end(), "it ran", "{}", ran.stderr);
        assert_ne!(ran.status, 5, "{}", ran.stderr);
        assert!(ran.file("events.xml").contains("python.exe"));
        let seal = report["seal"].as_array().unwrap();
        for (_, check) in HOLES {
            assert!(seal.iter().any(|name| name == check), "{check}: {seal:?}");
        }
    }
}
