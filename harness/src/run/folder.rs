//! The run folder: what a run leaves, written as it comes, so that a run that
//! is cut short leaves what it had.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use mock_endpoints::Record;
use serde::Serialize;
use serde_json::{Map, Value};
use sysmon::{EventKind, windows_xml};

use super::RunError;
use super::execute::Executed;
use crate::report::model::RunReport;
use crate::report::{json, junit};
use crate::stream::RunEvent;

/// The folder of one run, and the report as far as it is known.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    events: File,
    dns: File,
    http: File,
    provenance: File,
    /// What the platform under the beacons did, if it did anything.
    platform: Option<File>,
    next_record: u64,
    report: Option<RunReport>,
}

impl Folder {
    /// Makes a new folder `parent/run_id`.
    ///
    /// # Errors
    /// [`RunError::Folder`] if it cannot be made, or is there already.
    pub fn create(parent: &Path, run_id: &str) -> Result<Self, RunError> {
        let path = parent.join(run_id);
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| RunError::Folder { path, source }
        };
        fs::create_dir_all(parent).map_err(failed(parent))?;
        fs::create_dir(&path).map_err(failed(&path))?;
        let create = |name: &str| {
            let file = path.join(name);
            File::create(&file).map_err(failed(&file))
        };
        Ok(Self {
            events: create("events.xml")?,
            dns: create("dns.ndjson")?,
            http: create("http.ndjson")?,
            provenance: create("provenance.ndjson")?,
            platform: None,
            path,
            next_record: 1,
            report: None,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The report as far as it is known.
    pub fn report(&self) -> Option<&RunReport> {
        self.report.as_ref()
    }

    /// Takes one event of the stream into the report.
    ///
    /// # Errors
    /// [`RunError::Folder`] if the report cannot be written.
    pub(super) fn take(&mut self, event: &RunEvent) -> Result<(), RunError> {
        match (&mut self.report, event) {
            (_, RunEvent::Started(report)) => self.report = Some((**report).clone()),
            (Some(report), event) => report.take(event),
            (None, _) => {}
        }
        match event {
            RunEvent::ScenarioStarted { .. } | RunEvent::Beacon { .. } => Ok(()),
            _ => self.write_report(),
        }
    }

    /// Keeps what was recorded of a scenario: numbers its events, renders
    /// them, and writes them with the endpoints' logs.
    ///
    /// # Errors
    /// [`RunError::Folder`] if it cannot be written.
    pub(super) fn record(&mut self, executed: &mut Executed) -> Result<(), RunError> {
        let mut events = String::new();
        let mut provenance = String::new();
        let has_log = executed.account.observations.testimony.system_log.is_some();
        for event in &mut executed.recording.events {
            event.record_id = self.next_record;
            self.next_record += 1;
            let rendered = windows_xml::render(event);
            events.push_str(&rendered);
            events.push('\n');
            executed.rendered.push(rendered);
            let fields: Map<String, Value> = event
                .fields()
                .iter()
                .map(|field| {
                    let provenance = serde_json::to_value(field.provenance);
                    (
                        field.name.clone().into_owned(),
                        provenance.unwrap_or_default(),
                    )
                })
                .collect();
            line(
                &mut provenance,
                &serde_json::json!({
                    "record": event.record_id,
                    "event": event.kind.id(),
                    "scenario": executed.number,
                    "producer": producer(has_log, event.kind),
                    "fields": fields,
                }),
            );
        }
        let (mut dns, mut http) = (String::new(), String::new());
        for record in &executed.account.records {
            let log = match record {
                Record::DnsQuery(_) | Record::DnsFailure(_) => &mut dns,
                Record::Listening(_) => continue,
                _ => &mut http,
            };
            line(
                log,
                &Logged {
                    scenario: executed.number,
                    record,
                },
            );
        }
        for (name, file, text) in [
            ("events.xml", &mut self.events, events),
            ("provenance.ndjson", &mut self.provenance, provenance),
            ("dns.ndjson", &mut self.dns, dns),
            ("http.ndjson", &mut self.http, http),
        ] {
            file.write_all(text.as_bytes())
                .map_err(|source| RunError::Folder {
                    path: self.path.join(name),
                    source,
                })?;
        }
        self.record_platform(executed)
    }

    /// Keeps what the platform did by itself, apart from the beacons' events and
    /// in a form that no search takes for events: where there is none, no file
    /// is made.
    fn record_platform(&mut self, executed: &Executed) -> Result<(), RunError> {
        let events = &executed.recording.platform.events;
        if events.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for event in events {
            let fields: Map<String, Value> = event
                .fields()
                .iter()
                .map(|field| (field.name.clone().into_owned(), field.value.clone().into()))
                .collect();
            line(
                &mut text,
                &serde_json::json!({
                    "scenario": executed.number,
                    "platform": event.kind.id(),
                    "fields": fields,
                }),
            );
        }
        let path = self.path.join("platform.ndjson");
        let file = match self.platform.take() {
            Some(file) => Ok(file),
            None => File::create(&path),
        };
        file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            self.platform = Some(file);
            Ok(())
        })
        .map_err(|source| RunError::Folder { path, source })
    }

    fn write_report(&self) -> Result<(), RunError> {
        let Some(report) = &self.report else {
            return Ok(());
        };
        for (name, text) in [
            ("run.json", json::render(report)),
            ("junit.xml", junit::render(report)),
        ] {
            let path = self.path.join(name);
            replace(&path, &text).map_err(|source| RunError::Folder { path, source })?;
        }
        Ok(())
    }
}

/// Who made an event: the lab's sensor, or the program that logs its script blocks
/// itself.
fn producer(has_log: bool, kind: EventKind) -> &'static str {
    if has_log && kind == EventKind::ScriptBlock {
        "powershell's own log"
    } else {
        "sensor"
    }
}

#[derive(Serialize)]
struct Logged<'a> {
    scenario: usize,
    #[serde(flatten)]
    record: &'a Record,
}

fn line(log: &mut String, value: &impl Serialize) {
    // Records are plain structures: they have nothing that JSON cannot hold.
    if let Ok(text) = serde_json::to_string(value) {
        log.push_str(&text);
        log.push('\n');
    }
}

/// Writes a file so that a reader sees the old text or the new one, never half
/// of it.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}
