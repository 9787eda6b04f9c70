//! Every input of every corpus goes through its target, within a time limit.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use replay::{TARGETS, Target};

/// How long an input may take. Most take a thousandth of it; a hang takes more,
/// however slow the machine.
const DEADLINE: Duration = Duration::from_secs(20);

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = corpora().join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort_unstable();
    assert!(paths.len() > 10, "{}: hardly any inputs", folder.display());
    paths
}

/// Goes through inputs on another thread, and says which one breaks or hangs.
fn replay(inputs: &[(String, Vec<u8>)], target: Target, deadline: Duration) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    let bytes: Vec<Vec<u8>> = inputs.iter().map(|(_, bytes)| bytes.clone()).collect();
    // It has the stack of any thread, and it is left alone where it hangs.
    thread::spawn(move || {
        for bytes in bytes {
            target(&bytes);
            if sender.send(()).is_err() {
                return;
            }
        }
    });
    for (name, _) in inputs {
        receiver
            .recv_timeout(deadline)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => format!("{name}: takes more than {deadline:?}"),
                RecvTimeoutError::Disconnected => format!("{name}: breaks, as said above"),
            })?;
    }
    Ok(())
}

#[track_caller]
fn replays(name: &str) {
    let (_, target) = TARGETS
        .into_iter()
        .find(|(other, _)| *other == name)
        .unwrap();
    let inputs: Vec<(String, Vec<u8>)> = inputs(name)
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    if let Err(broken) = replay(&inputs, target, DEADLINE) {
        panic!("{broken}");
    }
}

#[test]
fn evtx() {
    replays("evtx");
}

#[test]
fn expressions() {
    replays("expressions");
}

#[test]
fn knowledge() {
    replays("knowledge");
}

#[test]
fn regexes() {
    replays("regexes");
}

#[test]
fn spl() {
    replays("spl");
}

#[test]
fn telemetry() {
    replays("telemetry");
}

#[test]
fn there_is_a_corpus_for_each_target_and_no_other() {
    let mut folders: Vec<String> = fs::read_dir(corpora())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort_unstable();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

#[test]
fn an_input_that_breaks_or_hangs_is_named() {
    let inputs = [("good", ""), ("bad", "x")].map(|(name, text)| (name.to_owned(), text.into()));
    let of = |target: Target| replay(&inputs, target, DEADLINE);
    assert_eq!(of(|_| {}), Ok(()));
    let breaks: Target = |bytes| assert!(bytes.is_empty());
    assert_eq!(of(breaks), Err("bad: breaks, as said above".to_owned()));
    let hangs: Target = |bytes| {
        if !bytes.is_empty() {
            thread::sleep(Duration::from_hours(1));
        }
    };
    // A slow machine takes no input for another: there is but the one that hangs.
    let hung = replay(&inputs[1..], hangs, Duration::from_millis(200));
    assert_eq!(hung, Err("bad: takes more than 200ms".to_owned()));
}
