//! The vectors that the engine does not yet satisfy: `tests/vectors/pending.txt`.
//!
//! The list can only shrink: one that passes fails the test until it is struck
//! out, which `UPDATE_PENDING=1 cargo test -p spl --test suite` does.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// The tests of one program share the file.
static FILE: Mutex<()> = Mutex::new(());

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/pending.txt")
}

/// Compares what fails with what may fail. A line of the list is
/// `<kind>: <name> — <reason>`; lines of other kinds are left alone.
pub fn check(kind: &str, all: &[String], failures: &BTreeMap<String, String>) {
    let guard = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let text = fs::read_to_string(path()).unwrap();
    let prefix = format!("{kind}: ");
    let listed: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .map(|line| line.split_once(" — ").map_or(line, |(name, _)| name))
        .collect();
    let passing: BTreeSet<&str> = listed
        .iter()
        .copied()
        .filter(|name| !failures.contains_key(*name))
        .collect();
    let mut problems = Vec::new();
    if env::var_os("UPDATE_PENDING").is_some() {
        let stays = |line: &&str| {
            !line
                .strip_prefix(&prefix)
                .map(|line| line.split_once(" — ").map_or(line, |(name, _)| name))
                .is_some_and(|name| passing.contains(name))
        };
        let mut kept = text.lines().filter(stays).collect::<Vec<_>>().join("\n");
        kept.push('\n');
        fs::write(path(), kept).unwrap();
    } else {
        problems.extend(passing.iter().map(|name| {
            if all.iter().any(|known| known == name) {
                format!("passes now, strike it out of pending.txt: {name}")
            } else {
                format!("pending.txt names what is not there: {name}")
            }
        }));
    }
    drop(guard);
    for (name, failure) in failures {
        if !listed.contains(name.as_str()) {
            problems.push(format!("{name}: {failure}"));
        }
    }
    eprintln!("{kind}: {} of {} pending", listed.len(), all.len());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
