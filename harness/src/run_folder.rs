//! Reads the folder that a run left: its report, and its events with the
//! scenario that each is of.
//!
//! `events.xml` has the events of all scenarios, one scenario after the other;
//! `provenance.ndjson` says of each record which scenario it is of. Both are
//! read side by side, so that a folder of any size takes little memory.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use scenarios::TechniqueId;
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use splunk::AddOn;
use telemetry::{Input, Limits, Reader, Wanted};
use thiserror::Error;
use uuid::Uuid;

use crate::outcome::{Class, Outcome};
use crate::report::model::SCHEMA_VERSION;

/// How long a line of `provenance.ndjson` may be: they have some hundred bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// How long `run.json` may be: one of many scenarios has some hundred thousand
/// bytes.
const LONGEST_REPORT: u64 = 256 << 20;

/// How many losses are named; the others are counted.
const NAMED_LOSSES: usize = 5;

/// Why the folder of a run cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunFolderError {
    /// The folder is not that of a run.
    #[error("{} is no run folder: it has no run.json", .0.display())]
    NoRun(PathBuf),
    /// A file of it cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The report is none.
    #[error("{} is no report of a run", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The report has another form than this program's.
    #[error(
        "{} has schema_version {found}, and only {SCHEMA_VERSION} is known",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

impl RunFolderError {
    fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }
}

/// The folder of a run.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    /// What `run.json` says.
    pub(crate) report: Report,
}

/// What is needed of `run.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) tool: Tool,
    pub(crate) run_id: String,
    pub(crate) started: jiff::Timestamp,
    finished: Option<jiff::Timestamp>,
    interrupted: bool,
    pub(crate) addon: AddOn,
    pub(crate) ptr: String,
    pub(crate) behaviour: String,
    pub(crate) scenarios: Vec<Scenario>,
}

/// The program that made a run.
#[derive(Debug, Deserialize)]
pub(crate) struct Tool {
    pub(crate) version: String,
}

/// One scenario of a run.
#[derive(Debug, Deserialize)]
pub(crate) struct Scenario {
    pub(crate) guid: Uuid,
    pub(crate) name: String,
    pub(crate) number: usize,
    pub(crate) control: bool,
    #[serde(deserialize_with = "technique")]
    pub(crate) technique: TechniqueId,
    outcome: Outcome,
    cause: Option<String>,
    pub(crate) arguments: BTreeMap<String, String>,
    pub(crate) interpreters: Vec<Interpreter>,
    pub(crate) detections: Vec<Detection>,
    pub(crate) events: usize,
}

/// A program that ran.
#[derive(Debug, Deserialize)]
pub(crate) struct Interpreter {
    pub(crate) image: String,
    pub(crate) tier: String,
    pub(crate) version: String,
}

/// What a detection said of a scenario.
#[derive(Debug, Deserialize)]
pub(crate) struct Detection {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    pub(crate) rows: Vec<IgnoredAny>,
}

fn technique<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TechniqueId, D::Error> {
    // It becomes the name of a folder: nothing else may be in it.
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

impl Report {
    /// The scenario with a number.
    pub(crate) fn scenario(&self, number: usize) -> Option<&Scenario> {
        self.scenarios
            .iter()
            .find(|scenario| scenario.number == number)
    }

    /// What a whole run would have, and this one has not.
    pub(crate) fn incomplete(&self) -> Vec<String> {
        let cut_short = match (self.interrupted, self.finished) {
            (true, _) => Some("the run was interrupted: what had not run by then is not there"),
            (false, None) => Some("the run did not come to its end"),
            (false, Some(_)) => None,
        };
        let scenarios = self.scenarios.iter().filter_map(|scenario| {
            let why = scenario.incomplete()?;
            Some(format!("scenario {} is not whole: {why}", scenario.number))
        });
        cut_short
            .map(str::to_owned)
            .into_iter()
            .chain(scenarios)
            .collect()
    }
}

impl Scenario {
    /// Why its events are not all that it would have, if they are not.
    pub(crate) fn incomplete(&self) -> Option<String> {
        // A detection that cannot be evaluated takes nothing from the events.
        let is_whole =
            self.outcome.class() != Class::Inconclusive || self.outcome == Outcome::Unsupported;
        (!is_whole).then(|| match &self.cause {
            Some(cause) => cause.clone(),
            None => self.outcome.to_string(),
        })
    }
}

/// An event of a run.
#[derive(Debug)]
pub(crate) struct Event<'e> {
    /// Its number, `EventRecordID`.
    pub(crate) record: u64,
    /// The number of its scenario.
    pub(crate) scenario: usize,
    /// Its text.
    pub(crate) raw: &'e str,
}

impl RunFolder {
    /// Reads the report of a run.
    pub(crate) fn open(path: &Path) -> Result<Self, RunFolderError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let file = path.join("run.json");
        if !file.is_file() {
            return Err(RunFolderError::NoRun(path.to_owned()));
        }
        let text = read(&file).map_err(RunFolderError::read(&file))?;
        let no_report = |source| RunFolderError::Report {
            path: file.clone(),
            source,
        };
        let version: Version = serde_json::from_slice(&text).map_err(no_report)?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(RunFolderError::Version {
                path: file,
                found: version.schema_version,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            report: serde_json::from_slice(&text).map_err(no_report)?,
        })
    }

    /// Where its events are.
    pub(crate) fn events_path(&self) -> PathBuf {
        self.path.join("events.xml")
    }

    /// Gives each event whose scenario is known. Returns what was lost.
    pub(crate) fn events<E: From<RunFolderError>>(
        &self,
        take: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let path = self.events_path();
        let metadata = fs::metadata(&path).map_err(RunFolderError::read(&path))?;
        let mut losses = Losses::default();
        if metadata.len() == 0 {
            return Ok(losses.said());
        }
        let mut provenance = Provenance::open(&self.path.join("provenance.ndjson"))?;
        for batch in Reader::new([Input::Path(path)], Limits::default()) {
            let events = match batch {
                Ok(batch) => batch.events(&Wanted::all()),
                Err(problem) => {
                    losses.add(|| problem.to_string());
                    continue;
                }
            };
            for event in &mut events.iter() {
                let raw = event.raw.unwrap_or_default();
                let place = event.place();
                let Some(record) = text_of(raw, "EventRecordID").and_then(|id| id.parse().ok())
                else {
                    losses.add(|| format!("{place}: the event has no EventRecordID"));
                    continue;
                };
                match provenance.scenario_of(record) {
                    Some(scenario) => take(Event {
                        record,
                        scenario,
                        raw,
                    })?,
                    None => losses.add(|| {
                        format!("{place}: provenance.ndjson does not have record {record}")
                    }),
                }
            }
            for problem in events.into_problems() {
                losses.add(|| problem.to_string());
            }
        }
        Ok(losses.said())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut file = File::open(path)?.take(LONGEST_REPORT);
    file.read_to_end(&mut text)?;
    if file.limit() == 0 {
        return Err(io::Error::other(format!(
            "it is longer than {LONGEST_REPORT} bytes"
        )));
    }
    Ok(text)
}

/// What could not be used of the events.
#[derive(Debug, Default)]
struct Losses {
    named: Vec<String>,
    more: usize,
}

impl Losses {
    fn add(&mut self, loss: impl FnOnce() -> String) {
        if self.named.len() < NAMED_LOSSES {
            self.named.push(loss());
        } else {
            self.more += 1;
        }
    }

    fn said(mut self) -> Vec<String> {
        if self.more > 0 {
            self.named.push(format!("{} more of this kind", self.more));
        }
        self.named
    }
}

/// Which scenario each record is of, as `provenance.ndjson` has it, in the
/// order of the records.
struct Provenance {
    lines: BufReader<File>,
    /// The line that was read last.
    at: Option<Line>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Line {
    record: u64,
    scenario: usize,
}

impl Provenance {
    fn open(path: &Path) -> Result<Self, RunFolderError> {
        let file = File::open(path).map_err(RunFolderError::read(path))?;
        let mut provenance = Self {
            lines: BufReader::new(file),
            at: None,
        };
        provenance.at = provenance.next();
        Ok(provenance)
    }

    /// The next line. One that is cut off, as by a full disk, is the end.
    fn next(&mut self) -> Option<Line> {
        let mut line = Vec::new();
        let mut limited = self.lines.by_ref().take(LONGEST_LINE);
        limited.read_until(b'\n', &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }

    fn scenario_of(&mut self, record: u64) -> Option<usize> {
        while self.at?.record < record {
            self.at = self.next();
        }
        self.at
            .filter(|line| line.record == record)
            .map(|line| line.scenario)
    }
}

/// The text of an element without attributes.
pub(crate) fn text_of<'e>(raw: &'e str, element: &str) -> Option<&'e str> {
    // The system block comes first, and values have no `<`.
    let opening = format!("<{element}>");
    let (_, rest) = raw.split_once(&opening)?;
    rest.split_once('<').map(|(text, _)| text)
}

/// The newest run in a folder of runs: their names sort by time.
pub fn newest(runs: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(runs).ok()?;
    folders
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("run.json").is_file())
        .max()
}
