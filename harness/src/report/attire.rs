//! The run as an attack's execution log in ATTiRe 1.1, which tools that plan
//! and compare tests read.
//!
//! Source: the ATTiRe schema 1.1, and what Invoke-AtomicRedTeam's logger for it
//! (`Attire-ExecutionLogger.psm1`) writes beyond. The format says what was executed, when and
//! where; it has no place for what a detection said, which `run.json` holds.

use jiff::{SignedDuration, Timestamp};
use scenarios::{Action, AtomicTest};
use serde::Serialize;

use super::model::{RunReport, ScenarioReport};
use super::untrusted::visible;
use crate::run::workstation;

const VERSION: &str = "1.1";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Log {
    attire_version: &'static str,
    execution_data: ExecutionData,
    procedures: Vec<Procedure>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ExecutionData {
    execution_source: String,
    execution_id: String,
    execution_command: String,
    execution_category: Category,
    target: Target,
    time_generated: String,
}

#[derive(Serialize)]
struct Category {
    name: &'static str,
    abbreviation: &'static str,
}

/// The workstation that the lab poses as: events name the same.
#[derive(Serialize)]
struct Target {
    host: &'static str,
    ip: String,
    user: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Procedure {
    #[serde(rename = "procedure-name")]
    name: String,
    #[serde(rename = "procedure-description")]
    description: String,
    #[serde(rename = "procedure-id")]
    id: Id,
    mitre_technique_id: String,
    order: usize,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Id {
    r#type: &'static str,
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    order: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    executor: Option<&'static str>,
    command: String,
    time_start: String,
    time_stop: String,
    output: Vec<Output>,
}

#[derive(Serialize)]
struct Output {
    content: String,
    level: &'static str,
    r#type: &'static str,
}

/// The report as an execution log, in JSON. `tests` are the atomic tests of the
/// run. A scenario that was not started was not executed, and is not in it.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the log has string keys only, and no type of it refuses to be serialized"
)]
pub fn render(report: &RunReport, command_line: &str, tests: &[AtomicTest]) -> String {
    let procedures = report
        .scenarios
        .iter()
        .filter_map(|scenario| Some((scenario, scenario.started?)))
        .zip(1..)
        .map(|((scenario, started), order)| procedure(scenario, started, order, tests))
        .collect();
    let log = Log {
        attire_version: VERSION,
        execution_data: ExecutionData {
            execution_source: format!("{} {}", report.tool.name, report.tool.version),
            execution_id: report.run_id.clone(),
            execution_command: visible(command_line).into_owned(),
            execution_category: Category {
                name: "beaconlab",
                abbreviation: "BL",
            },
            target: Target {
                host: workstation::COMPUTER,
                ip: workstation::ADDRESS.to_string(),
                user: workstation::USER,
            },
            time_generated: time(report.finished.unwrap_or(report.started)),
        },
        procedures,
    };
    let mut text = serde_json::to_string_pretty(&log).expect("a log serializes");
    text.push('\n');
    text
}

fn procedure(
    scenario: &ScenarioReport,
    started: Timestamp,
    order: usize,
    tests: &[AtomicTest],
) -> Procedure {
    let test = tests
        .iter()
        .find(|test| test.guid.to_string() == scenario.guid);
    let took = SignedDuration::try_from_secs_f64(scenario.seconds).unwrap_or_default();
    let stopped = started.checked_add(took).unwrap_or(started);
    Procedure {
        name: visible(&scenario.name).into_owned(),
        description: test.map_or_else(String::new, |test| lines(&test.description)),
        id: Id {
            r#type: "guid",
            id: scenario.guid.clone(),
        },
        mitre_technique_id: scenario.technique.clone(),
        order,
        steps: vec![Step {
            order: 1,
            executor: test.and_then(|test| match &test.action {
                Action::Command { executor, .. } => Some(executor.as_str()),
                Action::Manual { .. } => None,
            }),
            command: lines(&scenario.command_line),
            time_start: time(started),
            time_stop: time(stopped),
            // One at least, as readers expect: empty where nothing was printed.
            output: vec![Output {
                content: lines(&scenario.output),
                level: "STDOUT",
                r#type: "console",
            }],
        }],
    }
}

/// A text of several lines, each made safe to show.
fn lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(visible).collect();
    lines.join("\n")
}

/// `2026-01-01T00:00:00.000Z`.
fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests;
