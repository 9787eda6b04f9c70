//! A run as one stream of typed events. Whoever wants to tell of a run, while
//! it goes on or afterwards, listens to this and to nothing else.

use jiff::Timestamp;

use crate::outcome::{Class, ExitCode};
use crate::report::model::{Finding, RunReport, ScenarioReport};

/// Something happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run begins: the report as far as it is known, without scenarios.
    Started(Box<RunReport>),
    /// A scenario begins.
    ScenarioStarted {
        /// Its number.
        number: usize,
        /// Its name.
        name: String,
    },
    /// A beacon of a scenario reached an endpoint.
    Beacon {
        /// The scenario's number.
        number: usize,
    },
    /// A scenario was judged.
    ScenarioFinished(Box<ScenarioReport>),
    /// The run ends.
    Finished {
        /// When.
        at: Timestamp,
        /// What became of it.
        outcome: Class,
        /// The exit code.
        exit_code: ExitCode,
        /// It was stopped before its end.
        interrupted: bool,
        /// What was found out on the way.
        findings: Vec<Finding>,
    },
}

impl RunReport {
    /// The report after one more event. Scenarios stand in the order of their
    /// numbers, whatever the order in which they ended.
    pub fn take(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(report) => *self = (**report).clone(),
            RunEvent::ScenarioStarted { .. } | RunEvent::Beacon { .. } => {}
            RunEvent::ScenarioFinished(scenario) => {
                let at = self
                    .scenarios
                    .partition_point(|known| known.number < scenario.number);
                self.scenarios.insert(at, (**scenario).clone());
            }
            RunEvent::Finished {
                at,
                outcome,
                exit_code,
                interrupted,
                findings,
            } => {
                self.finished = Some(*at);
                self.outcome = Some(*outcome);
                self.exit_code = Some((*exit_code).into());
                self.interrupted = *interrupted;
                self.findings.clone_from(findings);
            }
        }
    }
}
