//! The vectors that the engine does not yet satisfy: `tests/vectors/pending.txt`.
//!
//! The list can only shrink: one that passes fails the test until it is struck
//! out. `UPDATE_PENDING=1 cargo test -p spl --test suite` does that, and writes the
//! reasons of refusals anew.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// The tests of one program share the file.
static FILE: Mutex<()> = Mutex::new(());

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/pending.txt")
}

/// A line of the list.
struct Pending<'a> {
    name: &'a str,
    reason: &'a str,
}

impl<'a> Pending<'a> {
    fn read(line: &'a str) -> Self {
        let (name, reason) = line.split_once(" — ").unwrap_or((line, ""));
        Self { name, reason }
    }
}

/// What the engine says where it does not evaluate something, which is no wrong
/// answer.
fn refusal(failure: &str) -> Option<&str> {
    let said = failure.lines().last()?.trim();
    let said = said.rsplit_once(" at ").map_or(said, |(said, _)| said);
    [
        "is not supported",
        "depends on the configuration of the Splunk installation",
        "unknown function",
        "unknown command",
    ]
    .iter()
    .any(|refused| said.contains(refused))
    .then_some(said)
}

/// Compares what fails with what may fail. A line of the list is
/// `<kind>: <name> — <reason>`; lines of other kinds are left alone. A wrong
/// answer is one whose reason begins with `wrong: `; the others have to be
/// refused.
pub fn check(kind: &str, all: &[String], failures: &BTreeMap<String, String>) {
    let guard = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let text = fs::read_to_string(path()).unwrap();
    let prefix = format!("{kind}: ");
    let listed: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .map(Pending::read)
        .map(|pending| (pending.name, pending.reason))
        .collect();
    let passes = |name: &str| !failures.contains_key(name);
    let mut problems = Vec::new();
    if env::var_os("UPDATE_PENDING").is_some() {
        let current = |line: &str| {
            let Some(pending) = line.strip_prefix(&prefix).map(Pending::read) else {
                return Some(line.to_owned());
            };
            let failure = failures.get(pending.name)?;
            Some(match refusal(failure) {
                Some(said) => format!("{prefix}{} — {said}", pending.name),
                None => line.to_owned(),
            })
        };
        let mut kept = text
            .lines()
            .filter_map(current)
            .collect::<Vec<_>>()
            .join("\n");
        kept.push('\n');
        fs::write(path(), kept).unwrap();
    } else {
        for name in listed.keys().filter(|name| passes(name)) {
            problems.push(if all.iter().any(|known| known == name) {
                format!("passes now, strike it out of pending.txt: {name}")
            } else {
                format!("pending.txt names what is not there: {name}")
            });
        }
    }
    drop(guard);
    for (name, failure) in failures {
        match listed.get(name.as_str()) {
            None => problems.push(format!("{name}: {failure}")),
            Some(reason) if !reason.starts_with("wrong: ") && refusal(failure).is_none() => {
                problems.push(format!(
                    "is wrong, not refused for {reason}: {name}: {failure}"
                ));
            }
            Some(_) => {}
        }
    }
    eprintln!("{kind}: {} of {} pending", listed.len(), all.len());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
