//! The recorded runs of `tests/recorded`: a fresh run still agrees with them.
//!
//! `UPDATE_RECORDED=1` records them anew; `tests/recorded/README.md` says when
//! and how.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Account, Run, Workplace, tool};

/// What beaconlab's own folder is written as.
const NEUTRAL: &str = "/usr/local/bin";

/// The folders that `record` makes.
const MADE: [&str; 2] = ["datasets", "contentctl"];

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/recorded")
}

/// The files of a folder with a name that ends so, by path from there.
fn files(folder: &Path, end: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The fields that differ from run to run, as the one list has them.
struct Volatile {
    differ: BTreeSet<String>,
    name: BTreeSet<String>,
    /// Data sets whose events come in another order each time.
    order: BTreeSet<String>,
}

impl Volatile {
    fn read() -> Self {
        let text = fs::read_to_string(recorded().join("volatile.yaml")).unwrap();
        let lists: Value = serde_saphyr::from_str(&text).unwrap();
        let fields = |list: &str| {
            let fields = lists[list].as_object().unwrap();
            assert!(fields.values().all(Value::is_string), "a reason for each");
            fields.keys().cloned().collect()
        };
        Self {
            differ: fields("differ"),
            name: fields("name"),
            order: fields("order"),
        }
    }

    /// A log without what differs from run to run, one event for each entry.
    fn taken_out(&self, log: &str) -> Vec<String> {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let events = log.split_inclusive("</Event>\n");
        events.map(|event| self.stable(event, &mut names)).collect()
    }

    /// Whether the order of a log's events is the same each time.
    fn is_ordered(&self, log: &str) -> bool {
        let mut folders = log.split('/');
        !folders.any(|folder| self.order.contains(folder))
    }

    /// An event without what differs from run to run. The texts between `<`,
    /// `>` and `'` are names and values in turn: a value follows its name.
    fn stable(&self, event: &str, names: &mut BTreeMap<String, usize>) -> String {
        let mut text = String::new();
        let mut field = "";
        for piece in event.split_inclusive(['<', '>', '\'']) {
            let (value, end) = piece.split_at(piece.len() - 1);
            if value.starts_with('/') {
                field = "";
            }
            if self.differ.contains(field) && !value.is_empty() {
                text.push_str(&form(value));
                field = "";
            } else if self.name.contains(field) && !value.is_empty() {
                let next = names.len();
                let number = *names.entry(value.to_owned()).or_insert(next);
                write!(text, "name {number}").unwrap();
                field = "";
            } else {
                text.push_str(value);
                // `SystemTime=` before its quote, `Name='UtcTime'` before `>`,
                // or `<EventRecordID>`.
                let name = value.rsplit(' ').next().unwrap().trim_end_matches('=');
                if self.differ.contains(name) || self.name.contains(name) {
                    field = name;
                }
            }
            text.push_str(end);
        }
        text
    }
}

/// A value with each run of letters and digits, of which one is a digit, as `#`.
fn form(value: &str) -> String {
    let mut form = String::new();
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_alphanumeric());
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        if word.contains(|character: char| character.is_ascii_digit()) {
            form.push('#');
        } else {
            form.push_str(word);
        }
        let next = after.chars().next().map_or(0, char::len_utf8);
        form.push_str(&after[..next]);
        rest = &after[next..];
    }
    form
}

/// Runs all scenarios, and writes beaconlab's own folder as the neutral one.
fn run(workplace: &Workplace) -> Run {
    let run = workplace.run(["run", "--suite", "all", "--interpreters", "stand-in"]);
    run.exits(0);
    let path = run.folder().join("events.xml");
    let events = fs::read_to_string(&path).unwrap();
    let own = workplace.program().parent().unwrap().to_str().unwrap();
    assert!(events.contains(own));
    fs::write(&path, events.replace(own, NEUTRAL)).unwrap();
    run
}

#[test]
fn a_fresh_run_agrees_with_the_recorded_one() {
    if tool("curl").is_none() || tool("python3").is_none() {
        return;
    }
    let workplace = Workplace::with_copy(Account::Own);
    run(&workplace);
    workplace.run(["record", "--to", "data"]).exits(0);
    let fresh = workplace.path().join("data");
    if std::env::var_os("UPDATE_RECORDED").is_some() {
        renew(&fresh);
    }
    let volatile = Volatile::read();
    let (fresh, kept) = (files(&fresh, ".log"), files(&recorded(), ".log"));
    assert_eq!(
        fresh.keys().collect::<Vec<_>>(),
        kept.keys().collect::<Vec<_>>()
    );
    for (name, log) in &kept {
        let (mut kept, mut fresh) = (volatile.taken_out(log), volatile.taken_out(&fresh[name]));
        if !volatile.is_ordered(name) {
            kept.sort();
            fresh.sort();
        }
        for (at, (kept, fresh)) in kept.iter().zip(&fresh).enumerate() {
            assert_eq!(fresh, kept, "event {at} of {name}");
        }
        assert_eq!(fresh.len(), kept.len(), "{name}");
    }
}

/// Puts what was recorded just now in the place of what is kept.
fn renew(fresh: &Path) {
    for made in MADE {
        let kept = recorded().join(made);
        if kept.exists() {
            fs::remove_dir_all(&kept).unwrap();
        }
        for (name, text) in files(&fresh.join(made), "") {
            let path = kept.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
}

/// A test that compares nothing would pass as well.
#[test]
fn what_is_not_volatile_is_compared() {
    let kept = files(&recorded(), "windows-sysmon.log");
    let (_, log) = kept
        .iter()
        .find(|(name, _)| name.contains("polling_aws_lambda"))
        .unwrap();
    let volatile = Volatile::read();
    let before = volatile.taken_out(log);
    let changed = |part: &str, instead: &str| {
        assert!(log.contains(part), "{part}");
        volatile.taken_out(&log.replacen(part, instead, 1)) != before
    };
    let value = |name: &str| {
        let (_, rest) = log.split_once(&format!("<Data Name='{name}'>")).unwrap();
        rest.split_once('<').unwrap().0
    };
    // Other fields, and the form of those that may differ.
    assert!(changed("python.exe", "pythom.exe"));
    assert!(changed(
        "<Data Name='DestinationPort'>443<",
        "<Data Name='DestinationPort'>80<"
    ));
    assert!(changed("'RuleName'>-<", "'RuleName'><"));
    let time = value("UtcTime");
    assert!(changed(time, &time.replace(' ', "T")));
    assert!(changed("MD5=", "SHA1=,MD5="));
    // A process that is another one.
    let guid = value("ParentProcessGuid");
    let (parent, child) = (guid, value("ProcessGuid"));
    assert_ne!(parent, child);
    assert!(changed(
        &format!("'ParentProcessGuid'>{guid}"),
        &format!("'ParentProcessGuid'>{child}")
    ));

    // What may differ.
    assert!(!changed(time, &time.replace("20", "19")));
    let port = value("SourcePort");
    assert!(!changed(
        &format!("'SourcePort'>{port}<"),
        "'SourcePort'>1234<"
    ));
    let renamed = log.replace(child, "{00000000-0000-0000-0000-000000000000}");
    assert_eq!(volatile.taken_out(&renamed), before);
}

#[test]
fn the_shipped_detection_finds_the_recorded_scenarios() {
    // As the README's table has them, and the controls that must fire or not.
    let expected = [
        ("powershell_beaconing", "Cloudflare Workers"),
        ("python_script", "AWS Lambda"),
        ("wscript_invoking", "Google Apps Script"),
        ("curl_beaconing_to_google", "Google Cloud Functions"),
        ("curl_beaconing_to_azure", "Azure Functions"),
        ("curl_beaconing_to_netlify", "Netlify Functions"),
        ("curl_beaconing_to_vercel", "Vercel Serverless"),
        ("unlisted_program", "Cloudflare Workers"),
        ("browser_visiting", ""),
        ("curl_asking_look_alike", ""),
    ];
    let workplace = Workplace::new();
    let logs = files(&recorded(), "windows-sysmon.log");
    for (start, platform) in expected {
        let of = |(name, _): &(&String, &String)| name.contains(&format!("/{start}"));
        let (name, log) = logs.iter().find(of).expect("it is recorded");
        workplace.write("events.log", log);
        let arguments = ["search", "--detection", "serverless", "events.log"];
        let found = workplace.run([&arguments[..], &["--output", "json"]].concat());
        found.exits(i32::from(platform.is_empty()));
        for row in found.stdout.lines() {
            let row: Value = serde_json::from_str(row).unwrap();
            assert_eq!(row["serverless_platform"], platform, "{name}");
        }
    }
}

#[test]
fn recorded_runs_are_judged_as_the_runs_were() {
    let workplace = Workplace::new();
    let data_sets = recorded().join("datasets");
    let judged = workplace.run(["verify", data_sets.to_str().unwrap()]);
    judged.exits(0);
    let counts = "8 detected, 2 silent";
    assert!(judged.stdout.contains(counts), "{}", judged.stdout);
    // None of the extended suite is missing, nor judged otherwise, by any shipped
    // detection under any condition.
    let grid = workplace.run([
        "matrix",
        "--suite",
        "all",
        "--events",
        data_sets.to_str().unwrap(),
        "--format",
        "json",
    ]);
    grid.exits(0);
    let grid: Value = serde_json::from_str(&grid.stdout).unwrap();
    let scenarios = grid["scenarios"].as_array().unwrap().len();
    assert!(scenarios > 40);
    for detection in grid["detections"].as_array().unwrap() {
        assert_eq!(detection["cells"].as_array().unwrap().len(), 7 * scenarios);
    }
}

#[test]
fn recorded_runs_say_nothing_of_the_machine() {
    let kept = files(&recorded(), ".log");
    assert!(!kept.is_empty());
    for (name, log) in kept {
        for (at, opening) in log.match_indices("Image'>") {
            let (value, _) = log[at + opening.len()..].split_once('<').unwrap();
            let is_neutral = value.starts_with(r"C:\") || value == "/usr/local/bin/beaconlab";
            assert!(is_neutral, "{name}: {value}");
        }
        for (at, opening) in log.match_indices("CommandLine'>") {
            let (value, _) = log[at + opening.len()..].split_once('<').unwrap();
            let is_neutral = !value.starts_with('/') || value.starts_with("/usr/local/bin/");
            assert!(is_neutral, "{name}: {value}");
        }
    }
}
