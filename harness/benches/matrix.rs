//! What the whole matrix takes, beside the run that it is made of, and the same
//! of recorded events.
//!
//! All scenarios, all shipped detections, all columns. `run` judges the same
//! scenarios by the same detections under one condition. The recorded events are
//! those of `tests/recorded`.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::path::Path;
use std::process::Command;

use measure::{BINARY, Variant, compare, rounds, succeed};

/// The shipped detections, which a matrix judges where none is named.
const DETECTIONS: [&str; 4] = ["beaconing", "correlated", "dns", "serverless"];

fn main() {
    let runs = tempfile::tempdir().unwrap();
    let lab = |command: &str, more: &[&str]| {
        succeed(
            Command::new(BINARY)
                // The same on every machine, whatever it has of better tiers.
                .args([command, "--suite", "all", "--interpreters", "stand-in"])
                .args(more)
                .arg("--out")
                .arg(runs.path()),
        );
    };
    let detections = DETECTIONS.map(|name| ["--detection", name]).concat();
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/recorded/datasets");
    compare(
        "matrix: the whole suite",
        rounds(11),
        &mut [
            Variant::timed("run", || lab("run", &detections)),
            Variant::timed("matrix", || lab("matrix", &[])),
            Variant::timed("matrix --events", || {
                succeed(
                    Command::new(BINARY)
                        .args(["matrix", "--suite", "all", "--events"])
                        .arg(&recorded),
                );
            }),
        ],
    );
}
