//! Expectations about telemetry: which events must be there, and how many.

use std::borrow::Cow;

use spl::{Environment, Search};
use sysmon::Event;

use super::chain::Break;
use crate::outcome::Outcome;
use crate::report::model::TelemetryReport;
use crate::run::execute::Executed;
use crate::run::{Scenario, Shared};

/// Judges every expectation that applies under the run's conditions.
pub(super) fn judge(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    executed: &Executed,
    broken: Option<&Break>,
) -> Vec<TelemetryReport> {
    let applying = scenario
        .test
        .signals
        .telemetry
        .iter()
        .filter(|expectation| expectation.when.applies(&shared.options.condition));
    applying
        .map(|expectation| {
            let got = executed
                .recording
                .events
                .iter()
                .filter(|event| event.kind.id() == expectation.event)
                .filter(|event| matches(event, &expectation.fields))
                .count();
            let limits = expectation.bound.resolve(&scenario.resolved.arguments);
            let (expected, outcome) = match limits {
                Ok(limits) => {
                    let count = got as u64;
                    let outcome = if limits.admit(count) {
                        Outcome::Recorded
                    } else if let Some(broken) = broken {
                        broken.outcome
                    } else if count < limits.at_least {
                        Outcome::NoTelemetry
                    } else {
                        Outcome::LabError
                    };
                    (limits.to_string(), outcome)
                }
                Err(error) => (error.to_string(), Outcome::LabError),
            };
            TelemetryReport {
                event: expectation.event,
                r#where: expectation.fields.clone(),
                expected,
                got,
                outcome,
                because: expectation.because.clone(),
            }
        })
        .collect()
}

/// The first expectation that is not met, as a break of the chain.
pub(super) fn first_break(telemetry: &[TelemetryReport]) -> Option<Break> {
    let unmet = telemetry
        .iter()
        .find(|report| report.outcome != Outcome::Recorded)?;
    let fields: Vec<_> = unmet
        .r#where
        .iter()
        .map(|(field, value)| format!("{field}={value}"))
        .collect();
    Some(Break {
        outcome: unmet.outcome,
        cause: format!(
            "event {} where {}: expected {}, got {}",
            unmet.event,
            fields.join(" "),
            unmet.expected,
            unmet.got
        ),
    })
}

/// Whether an event's fields match, as the `search` command matches: `*` for
/// any text, and without regard to case.
fn matches(event: &Event, fields: &std::collections::BTreeMap<String, String>) -> bool {
    fields.iter().all(|(field, value)| {
        // The value goes through SPL's own quoting, and its `*` stay wildcards.
        let quoted = value.replace('\\', r"\\").replace('"', r#"\""#);
        Search::parse(&format!("{field}=\"{quoted}\""))
            .and_then(|search| {
                search
                    .run(&[Plain(event)], &Environment::at_epoch())
                    .map(|results| !results.rows.is_empty())
            })
            .unwrap_or(false)
    })
}

/// An event with its fields as they are, not as an add-on extracts them.
struct Plain<'a>(&'a Event);

impl spl::Event for Plain<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.field(name).map(Cow::Borrowed)
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        self.0
            .fields()
            .iter()
            .map(|field| Cow::Borrowed(&*field.name))
            .collect()
    }
}
