//! The files of one scenario: its events by channel, and in further forms; once
//! they are all there, the metadata.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use sysmon::Channel;
use telemetry::written::{Form, Metadata, WriteError, Writer};

use super::names::Names;
use super::staged::Staged;
use super::{Options, RecordError, attack_data, contentctl};
use crate::outcome::Outcome;
use crate::run_folder::{Event, Report, Scenario, text_of};

/// Files of a scenario that are being written.
pub(super) struct Files<'r> {
    report: &'r Report,
    scenario: &'r Scenario,
    names: &'r Names,
    options: &'r Options,
    channels: Vec<(Channel, Written)>,
    exports: Vec<Written>,
    events: usize,
}

/// A scenario whose files are written.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) number: usize,
    pub(super) events: usize,
}

/// A file that events are being written to.
struct Written {
    path: PathBuf,
    writer: Writer<BufWriter<File>>,
}

impl Written {
    fn create(staged: &Staged, place: &Path, form: Form) -> Result<Self, RecordError> {
        let file = staged.create(place)?;
        let writer = Writer::new(form, BufWriter::new(file));
        let writer = writer.map_err(RecordError::write(staged.shown(place)))?;
        Ok(Self {
            path: staged.shown(place),
            writer,
        })
    }

    fn take(&mut self, event: &Event<'_>, metadata: &Metadata<'_>) -> Result<(), RecordError> {
        self.writer
            .event(event.raw, metadata)
            .map_err(|error| match error {
                WriteError::Io(source) => RecordError::Write {
                    path: self.path.clone(),
                    source,
                },
                error => RecordError::Event {
                    record: event.record,
                    reason: error.to_string(),
                },
            })
    }

    fn finish(self) -> Result<(), RecordError> {
        let finished = self.writer.finish();
        finished.map_err(RecordError::write(self.path)).map(|_| ())
    }
}

impl<'r> Files<'r> {
    pub(super) fn new(
        report: &'r Report,
        scenario: &'r Scenario,
        names: &'r Names,
        options: &'r Options,
    ) -> Self {
        Self {
            report,
            scenario,
            names,
            options,
            channels: Vec::new(),
            exports: Vec::new(),
            events: 0,
        }
    }

    /// The number of the scenario.
    pub(super) fn number(&self) -> usize {
        self.scenario.number
    }

    /// Writes an event.
    pub(super) fn take(
        &mut self,
        event: &Event<'_>,
        staged: &mut Staged,
    ) -> Result<(), RecordError> {
        let name = text_of(event.raw, "Channel").unwrap_or_default();
        let channel = [Channel::Sysmon, Channel::PowerShell]
            .into_iter()
            .find(|channel| channel.name() == name)
            .ok_or_else(|| RecordError::Event {
                record: event.record,
                reason: format!("a run records nothing in the channel `{name}`"),
            })?;
        let addon = self.report.addon;
        let metadata = Metadata {
            source: &addon.source(name),
            sourcetype: &addon.sourcetype(name),
            host: text_of(event.raw, "Computer").unwrap_or_default(),
        };
        self.open(channel, staged)?;
        for (of, file) in &mut self.channels {
            if *of == channel {
                file.take(event, &metadata)?;
            }
        }
        for file in &mut self.exports {
            file.take(event, &metadata)?;
        }
        self.events += 1;
        Ok(())
    }

    /// Opens what an event of a channel is written to.
    fn open(&mut self, channel: Channel, staged: &mut Staged) -> Result<(), RecordError> {
        let data_set = self.names.data_set(self.scenario);
        if self.channels.is_empty() {
            staged.unit(data_set.clone());
            for form in &self.options.forms {
                let place = self.names.export(self.scenario, *form);
                self.exports.push(Written::create(staged, &place, *form)?);
                staged.unit(place);
            }
        }
        if self.channels.iter().all(|(of, _)| *of != channel) {
            let place = data_set.join(attack_data::name(channel));
            let file = Written::create(staged, &place, Form::Xml)?;
            self.channels.push((channel, file));
            self.channels.sort_by_key(|(channel, _)| *channel);
        }
        Ok(())
    }

    /// Ends the files, and adds the metadata.
    pub(super) fn finish(self, staged: &mut Staged) -> Result<Finished, RecordError> {
        let scenario = self.scenario;
        let data_set = self.names.data_set(scenario);
        let mut files = Vec::new();
        for (channel, file) in self.channels {
            file.finish()?;
            files.push(attack_data::File::new(
                &data_set,
                channel,
                self.report.addon,
            ));
        }
        for file in self.exports {
            file.finish()?;
        }
        let directory = self.names.scenario(scenario);
        let metadata = attack_data::metadata(
            self.report,
            scenario,
            &self.options.author,
            directory,
            &files,
        );
        staged.write(&data_set.join(format!("{directory}.yml")), &metadata)?;
        for detection in &scenario.detections {
            if detection.outcome == Outcome::Detected && !detection.rows.is_empty() {
                let place = self.names.test(scenario, &detection.name);
                staged.write(&place, &contentctl::test(scenario, &files))?;
                staged.unit(place);
            }
        }
        Ok(Finished {
            number: scenario.number,
            events: self.events,
        })
    }
}
