//! How much memory a whole run takes at its peak: the sum over the runner and
//! all its descendants, in sandboxes or not.
//!
//! Each process counts with its proportional set size, in which a page that
//! `n` processes share counts one `n`th for each (see `proc_pid_smaps(5)`), so
//! the sum is what the run really occupies. Where a process may not be looked
//! into that way (the endpoints, which are not dumpable, by anybody but root)
//! it counts with all its resident pages, and the sum is an upper bound. The
//! sum is sampled as fast as it goes; a peak between two samples is missed,
//! so the highest of several runs counts.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

use measure::{BINARY, rounds};

fn main() {
    let rounds = rounds(11);
    let peaks: Vec<_> = (0..rounds).map(|_| run()).collect();
    let highest = peaks.iter().max_by_key(|peak| peak.bytes).unwrap();
    let mut sums: Vec<_> = peaks.iter().map(|peak| peak.bytes).collect();
    sums.sort_unstable();
    println!("memory: all shipped scenarios, peak of the sum over all processes ({rounds} rounds)");
    println!(
        "  median {:.1} MB, highest {:.1} MB ({} processes, {} of them by resident pages), \
         {} samples a run",
        megabytes(sums[sums.len() / 2]),
        megabytes(highest.bytes),
        highest.processes,
        highest.resident,
        highest.samples,
    );
}

#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The moment of a run at which it occupied most.
#[derive(Debug, Default)]
struct Peak {
    bytes: u64,
    /// How many processes there were.
    processes: usize,
    /// How many of them counted with their resident pages.
    resident: usize,
    /// How often the run was looked at.
    samples: usize,
}

fn run() -> Peak {
    let runs = tempfile::tempdir().unwrap();
    let mut runner = Command::new(BINARY)
        // The same on every machine, whatever it has of better tiers.
        .args(["run", "--interpreters", "stand-in"])
        .arg("--out")
        .arg(runs.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = Peak::default();
    let status = loop {
        if let Some(status) = runner.try_wait().unwrap() {
            break status;
        }
        let family = family(runner.id());
        let sizes: Vec<_> = family.iter().filter_map(|process| size(*process)).collect();
        let bytes = sizes.iter().map(|(bytes, _)| bytes).sum();
        peak.samples += 1;
        if bytes > peak.bytes {
            peak = Peak {
                bytes,
                processes: sizes.len(),
                resident: sizes
                    .iter()
                    .filter(|(_, proportional)| !proportional)
                    .count(),
                samples: peak.samples,
            };
        }
    };
    assert!(status.success(), "{status}");
    peak
}

/// A process and all its descendants. Sandboxes' orphans stay among them: the
/// init process, to which they go, is one.
fn family(first: u32) -> BTreeSet<u32> {
    let parents: BTreeMap<u32, u32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|process: u32| Some((process, parent(process)?)))
        .collect();
    let mut family = BTreeSet::from([first]);
    loop {
        let before = family.len();
        for (process, parent) in &parents {
            if family.contains(parent) {
                family.insert(*process);
            }
        }
        if family.len() == before {
            return family;
        }
    }
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in parentheses, and may hold anything.
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.split(' ').nth(1)?.parse().ok()
}

/// A process's size in bytes, and whether it is the proportional one; `None`
/// if it is gone.
fn size(process: u32) -> Option<(u64, bool)> {
    let read = |file, field| {
        let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(field))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(1024 * kilobytes)
    };
    match read("smaps_rollup", "Pss:") {
        Some(bytes) => Some((bytes, true)),
        None => Some((read("status", "VmRSS:")?, false)),
    }
}
