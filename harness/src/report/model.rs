//! The report of a run, as `run.json` holds it.
//!
//! `schema/run.schema.json` describes it for others; `schema_version` changes
//! when a reader of the old form would misread the new one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use scenarios::Behaviour;
use serde::Serialize;

use crate::outcome::{Class, Outcome};
use crate::run::options::Detection;

/// The version of the form of `run.json`.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole run.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which program made it.
    pub tool: Tool,
    /// The run's name, also that of its folder. It varies from run to run.
    pub run_id: String,
    /// When it began. It varies from run to run.
    pub started: Timestamp,
    /// When it ended; `null` while it runs. It varies from run to run.
    pub finished: Option<Timestamp>,
    /// The run was stopped before its end.
    pub interrupted: bool,
    /// What became of it; `null` while it runs.
    pub outcome: Option<Class>,
    /// The exit code; `null` while it runs.
    pub exit_code: Option<u8>,
    /// How the sandboxes were kept apart from the host; `null` if there was
    /// none.
    pub isolation: Option<&'static str>,
    /// The checks of the seal that held.
    pub seal: Vec<String>,
    /// The profile of Splunk's add-on.
    pub addon: String,
    /// What reverse lookups gave.
    pub ptr: String,
    /// What the endpoints did.
    pub behaviour: String,
    /// Known misses count as misses, known false alarms as false alarms.
    pub strict: bool,
    /// The first of [`RunReport::detections`]; `null` if there is none.
    pub detection: Option<DetectionSource>,
    /// The detections that were judged.
    pub detections: Vec<DetectionSource>,
    /// The recorded events that were judged; `null` for a run of the lab.
    pub recorded: Option<RecordedReport>,
    /// What was found out on the way.
    pub findings: Vec<Finding>,
    /// The scenarios, in the order of their numbers.
    pub scenarios: Vec<ScenarioReport>,
}

impl RunReport {
    /// A report before anything has happened.
    pub(crate) fn begun(
        run_id: String,
        started: Timestamp,
        behaviour: Behaviour,
        detections: &[Detection],
        strict: bool,
    ) -> Self {
        let detections: Vec<_> = detections
            .iter()
            .map(|detection| detection.source.clone())
            .collect();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            run_id,
            started,
            finished: None,
            interrupted: false,
            outcome: None,
            exit_code: None,
            isolation: None,
            seal: vec![],
            addon: String::new(),
            ptr: String::new(),
            behaviour: behaviour.to_string(),
            strict,
            detection: detections.first().cloned(),
            detections,
            recorded: None,
            findings: vec![],
            scenarios: vec![],
        }
    }

    /// Calls a file by another name, wherever the report speaks of it.
    pub fn rename_input(&mut self, path: &str, name: &str) {
        if let Some(recorded) = &mut self.recorded {
            for text in recorded.inputs.iter_mut().chain(&mut recorded.problems) {
                *text = text.replace(path, name);
            }
        }
        for finding in &mut self.findings {
            finding.message = finding.message.replace(path, name);
        }
    }
}

/// The program that made a report.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `beaconlab`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// A detection and where it comes from.
#[derive(Debug, Clone, Serialize)]
pub struct DetectionSource {
    /// Its name.
    pub name: String,
    /// Its file; `null` for the one that the program carries.
    pub file: Option<String>,
    /// The hash of its text, `sha256:` and hexadecimal digits.
    pub hash: String,
    /// The page that it was published on.
    pub origin: Option<String>,
}

/// Recorded events, and under which conditions they were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedReport {
    /// The files and folders, as they were named.
    pub inputs: Vec<String>,
    /// Events of Sysmon and PowerShell in the window, each counted once.
    pub events: usize,
    /// Events that were there more than once.
    pub duplicates: usize,
    /// Events of other programs, as far as they were read.
    pub others: usize,
    /// Events outside of the window.
    pub outside: usize,
    /// What could not be read, the first of it: file, place and reason.
    pub problems: Vec<String>,
    /// How many problems may have cost events.
    pub lost: usize,
    /// The computers, by name.
    pub hosts: Vec<HostReport>,
}

/// What the events of one computer say of how they were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostReport {
    /// Its name.
    pub host: String,
    /// `windows` or `linux`.
    pub system: &'static str,
    /// How many events of each id there are.
    pub events: BTreeMap<u32, usize>,
    /// When the log took the first one.
    pub first: Option<Timestamp>,
    /// When the log took the last one.
    pub last: Option<Timestamp>,
    /// The version of Sysmon's schema, as far as it can be told.
    pub schema: Option<String>,
    /// The profile of Splunk's add-on.
    pub addon: String,
    /// Whether the events themselves say so.
    pub addon_is_told: bool,
    /// What reverse lookups gave: `lab`, `provider`, `none`; `null` where no
    /// event 3 tells.
    pub ptr: Option<String>,
    /// Events that signals ask for and that are not logged at all.
    pub not_logged: Vec<u32>,
}

/// Something that the run found out about a detection or the lab.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// A stable code, `reverse-dns`.
    pub code: &'static str,
    /// One sentence, without its full stop.
    pub message: String,
    /// The detection that it is about.
    pub detection: Option<String>,
    /// The numbers of the scenarios that it is about.
    pub scenarios: Vec<usize>,
    /// What can be done about it.
    pub help: Option<String>,
}

/// One scenario.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioReport {
    /// The GUID of its atomic test.
    pub guid: String,
    /// Its name.
    pub name: String,
    /// Its number in the list, from 1.
    pub number: usize,
    /// It is a control, not an emulation of the technique.
    pub control: bool,
    /// The technique's id.
    pub technique: String,
    /// The computer that it ran on, where recorded events say so; `null` for
    /// the lab's own.
    pub host: Option<String>,
    /// The worst of its outcomes.
    pub outcome: Outcome,
    /// Why it is inconclusive, if it is.
    pub cause: Option<String>,
    /// The arguments of its atomic test.
    pub arguments: BTreeMap<String, String>,
    /// What was started.
    pub command_line: String,
    /// The programs that ran, by image.
    pub interpreters: Vec<InterpreterReport>,
    /// What the programs tried of themselves and could not.
    pub blocked: Vec<Blocked>,
    /// The chain of evidence, from the process to the event.
    pub chain: Vec<Link>,
    /// The telemetry that was expected.
    pub telemetry: Vec<TelemetryReport>,
    /// What each detection said of it.
    pub detections: Vec<DetectionReport>,
    /// How many events were recorded.
    pub events: usize,
    /// What the programs printed, the beginning of it.
    pub output: String,
    /// When it began. It varies from run to run.
    pub started: Option<Timestamp>,
    /// How long it took, in seconds. It varies from run to run.
    pub seconds: f64,
}

impl ScenarioReport {
    /// All outcomes of the scenario.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        let telemetry = self.telemetry.iter().map(|report| report.outcome);
        let detections = self.detections.iter().map(|report| report.outcome);
        std::iter::once(self.outcome)
            .chain(telemetry)
            .chain(detections)
    }
}

/// A program that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterpreterReport {
    /// Its Windows image.
    pub image: String,
    /// What it is.
    pub program: String,
    /// `native`, `wine` or `stand-in`.
    pub tier: &'static str,
    /// What it says of its version.
    pub version: String,
    /// Its file on the host; `null` for a stand-in.
    pub path: Option<String>,
    /// Why no better tier was used; `null` if there is none.
    pub why_not_better: Option<String>,
}

/// A way out of the sandbox that a program tried, and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The program's Windows image.
    pub image: String,
    /// The name that it asked for, or the protocol and the address.
    pub target: String,
    /// `no such name`, or the name of the error.
    pub reason: String,
    /// How often. It varies from run to run.
    pub times: usize,
}

/// One link of the chain of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// `process`, `name`, `endpoint`, `event` or `row`.
    pub link: &'static str,
    /// It holds; `null` if nothing is expected of it here.
    pub holds: Option<bool>,
    /// What was seen, in a few words.
    pub seen: String,
}

/// An expectation about telemetry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TelemetryReport {
    /// The event id.
    pub event: u16,
    /// The fields and what they must match.
    pub r#where: BTreeMap<String, String>,
    /// How many are expected: `exactly 5`.
    pub expected: String,
    /// How many there are.
    pub got: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// Why that many, if the signals say so.
    pub because: Option<String>,
}

/// What a detection said of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectionReport {
    /// The detection's name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How many rows are expected: `exactly 5`.
    pub expected: String,
    /// The rows, as columns and values.
    pub rows: Vec<BTreeMap<String, String>>,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// The columns that hold what the expectations ask of them, and that value:
    /// `serverless_platform` and `Cloudflare Workers`.
    pub held: BTreeMap<String, String>,
    /// Values that are not as expected.
    pub mismatches: Vec<Mismatch>,
    /// Why events that look as if they should have matched did not.
    pub dropped: Vec<Dropped>,
    /// The conditions without which it would have fired, as codes of findings.
    pub reasons: Vec<&'static str>,
    /// What the expectations say of it.
    pub because: Option<String>,
    /// The chain of evidence, from the process to the row.
    pub chain: Vec<Link>,
}

/// A value that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mismatch {
    /// The column.
    pub column: String,
    /// What it must hold.
    pub expected: String,
    /// What it holds.
    pub got: String,
    /// In how many rows.
    pub rows: usize,
}

/// A part of an OR of the detection by which events were kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kept {
    /// Its text.
    pub clause: String,
    /// Its line in the detection, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// How many events it kept.
    pub events: usize,
}

/// A clause of the detection that dropped events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The clause's text.
    pub clause: String,
    /// Its line in the detection, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// How many events it dropped.
    pub events: usize,
    /// The fields in it and the values that they had in most of the events, `null`
    /// for none.
    pub met: BTreeMap<String, Option<String>>,
}
