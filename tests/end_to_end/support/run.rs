//! What one command came to, and the folder that it left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::rc::Rc;

use serde_json::Value;
use tempfile::TempDir;

use super::Record;

/// A command that has ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` after a signal, such as at the deadline.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed on standard error.
    pub stderr: String,
    /// The run folders that are there afterwards, in the order of their names.
    pub folders: Vec<PathBuf>,
    /// Where it ran, so that it stays there as long as it is asked about.
    _workplace: Rc<TempDir>,
}

impl Run {
    /// Takes up what a command left in a workplace's `runs`.
    pub fn new(output: Output, workplace: &Rc<TempDir>) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            folders: folders(&workplace.path().join("runs")),
            _workplace: Rc::clone(workplace),
        }
    }

    /// Says that it ended with an exit code, and shows all of it if not.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// The one run folder.
    #[track_caller]
    pub fn folder(&self) -> &Path {
        assert_eq!(self.folders.len(), 1, "{:?}", self.folders);
        &self.folders[0]
    }

    /// A file of the run folder.
    #[track_caller]
    pub fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap()
    }

    /// `run.json`.
    #[track_caller]
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.file("run.json")).unwrap()
    }

    /// The scenario with a number, as `run.json` has it.
    #[track_caller]
    pub fn scenario(&self, number: u64) -> Scenario {
        let report = self.report();
        let scenarios = report["scenarios"].as_array().unwrap();
        let found = scenarios
            .iter()
            .find(|scenario| scenario["number"] == number);
        Scenario(found.expect("the scenario is in run.json").clone())
    }

    /// The records of `events.xml`.
    #[track_caller]
    pub fn records(&self) -> Vec<Record> {
        Record::all(&self.file("events.xml"))
    }

    /// The records of one event id.
    #[track_caller]
    pub fn events(&self, id: u16) -> Vec<Record> {
        let mut records = self.records();
        records.retain(|record| record.id == id);
        records
    }

    /// The codes of the findings.
    #[track_caller]
    pub fn findings(&self) -> Vec<String> {
        let report = self.report();
        let findings = report["findings"].as_array().unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The run folders in `runs`, in the order of their names.
pub fn folders(runs: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(runs) else {
        return vec![];
    };
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// One scenario of `run.json`.
#[derive(Debug)]
pub struct Scenario(pub Value);

impl Scenario {
    /// Its outcome.
    pub fn outcome(&self) -> &str {
        self.0["outcome"].as_str().unwrap()
    }

    /// Why it is inconclusive.
    pub fn cause(&self) -> &str {
        self.0["cause"].as_str().unwrap_or_default()
    }

    /// What the first detection said of it.
    pub fn detection(&self) -> &Value {
        &self.0["detections"][0]
    }

    /// The rows of the first detection.
    pub fn rows(&self) -> &[Value] {
        self.detection()["rows"].as_array().unwrap()
    }

    /// The values of one column, row by row.
    pub fn column(&self, name: &str) -> Vec<&str> {
        self.rows()
            .iter()
            .map(|row| row[name].as_str().unwrap_or_default())
            .collect()
    }

    /// The codes of the reasons why the first detection is blind.
    pub fn reasons(&self) -> Vec<&str> {
        let reasons = self.detection()["reasons"].as_array().unwrap();
        reasons.iter().map(|code| code.as_str().unwrap()).collect()
    }

    /// Whether a link of the chain of evidence holds.
    pub fn holds(&self, link: &str) -> Option<bool> {
        let links = self.0["chain"].as_array().unwrap();
        let found = links.iter().find(|found| found["link"] == link);
        found.expect("the link is in the chain")["holds"].as_bool()
    }
}
