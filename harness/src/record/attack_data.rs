//! The metadata of a data set, as Splunk's attack_data has it.
//!
//! Source: `bin/dataset_schema.json` of <https://github.com/splunk/attack_data>, which
//! allows no further members, and that repository's data sets for how files
//! are called and `path` is written.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::Offset;
use serde::Serialize;
use splunk::AddOn;
use sysmon::Channel;

use super::{id, yaml};
use crate::report::untrusted::visible;
use crate::run_folder::{Report, Scenario};

/// The name that attack_data gives the environment in which data were recorded.
const ENVIRONMENT: &str = "beaconlab";

/// A data set.
#[derive(Debug, Serialize)]
struct DataSet<'d> {
    author: &'d str,
    id: String,
    date: String,
    description: String,
    environment: &'static str,
    directory: &'d str,
    mitre_technique: [&'d str; 1],
    datasets: &'d [File],
}

/// A file of a data set.
#[derive(Debug, Clone, Serialize)]
pub(super) struct File {
    name: &'static str,
    pub(super) path: String,
    pub(super) source: String,
    pub(super) sourcetype: String,
}

impl File {
    /// The file of a channel in the folder of a data set.
    pub(super) fn new(folder: &Path, channel: Channel, addon: AddOn) -> Self {
        Self {
            name: stem(channel),
            path: format!("/{}/{}", folder.display(), name(channel)),
            source: addon.source(channel.name()).into_owned(),
            sourcetype: sourcetype(addon, channel),
        }
    }
}

/// The name of a channel's file.
pub(super) fn name(channel: Channel) -> String {
    format!("{}.log", stem(channel))
}

fn stem(channel: Channel) -> &'static str {
    match channel {
        Channel::PowerShell => "windows-powershell",
        _ => "windows-sysmon",
    }
}

/// The sourcetype with which events are indexed. The current add-on renames
/// those of Sysmon at search time, and attack_data has the name before that.
pub(super) fn sourcetype(addon: AddOn, channel: Channel) -> String {
    let sourcetype = addon.sourcetype(channel.name());
    if sourcetype.eq_ignore_ascii_case("XmlWinEventLog") {
        "XmlWinEventLog".to_owned()
    } else {
        sourcetype.into_owned()
    }
}

/// The metadata of a scenario's data set.
pub(super) fn metadata(
    report: &Report,
    scenario: &Scenario,
    author: &str,
    directory: &str,
    files: &[File],
) -> String {
    yaml::document(&DataSet {
        author,
        id: id(&report.run_id, &scenario.guid.to_string()).to_string(),
        date: date(report),
        description: description(report, scenario),
        environment: ENVIRONMENT,
        directory,
        mitre_technique: [scenario.technique.as_str()],
        datasets: files,
    })
}

/// The day on which a run began.
pub(super) fn date(report: &Report) -> String {
    let date = Offset::UTC.to_datetime(report.started).date();
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// What the data are, and what they are not.
fn description(report: &Report, scenario: &Scenario) -> String {
    let mut text = String::new();
    if let Some(why) = scenario.incomplete() {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "NOT WHOLE ({}). ", visible(why.trim_end_matches('.')));
    }
    let kind = if scenario.control {
        "a control for"
    } else {
        "a harmless emulation of"
    };
    let programs: Vec<_> = scenario
        .interpreters
        .iter()
        .map(|program| {
            let name = program.image.rsplit('\\').next().unwrap_or_default();
            format!("{name} ({}, {})", program.tier, program.version)
        })
        .collect();
    let _ = write!(
        text,
        "{}: {kind} {}, atomic test {}. Run and recorded by beaconlab {} in a sandbox on Linux, \
         by its own sensor in the form of Sysmon's events; no Windows host took part, and the \
         computer and its user are made up. \
         Programs: {}. Reverse DNS: {}. Endpoints: {}.",
        scenario.name,
        scenario.technique,
        scenario.guid,
        report.tool.version,
        programs.join(", "),
        report.ptr,
        report.behaviour,
    );
    text
}
