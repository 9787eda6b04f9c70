//! Expectations about telemetry: which events must be there, and how many.

use std::borrow::Cow;
use std::collections::BTreeMap;

use scenarios::Expectation;
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
    let events: Vec<(u32, Plain<'_>)> = executed
        .recording
        .events
        .iter()
        .map(|event| (event.kind.id().into(), Plain(event)))
        .collect();
    scenario
        .test
        .signals
        .telemetry
        .iter()
        .filter(|expectation| expectation.when.applies(&shared.options.condition))
        .map(|expectation| {
            let arguments = &scenario.resolved.arguments;
            compare(expectation, arguments, &events, broken)
        })
        .collect()
}

/// Counts the events that an expectation is about, and says what that comes to.
/// Events come with their ids.
pub(crate) fn compare<E: spl::Event>(
    expectation: &Expectation,
    arguments: &BTreeMap<String, String>,
    events: &[(u32, E)],
    broken: Option<&Break>,
) -> TelemetryReport {
    let matcher = Matcher::new(&expectation.fields);
    let got = events
        .iter()
        .filter(|(id, event)| *id == u32::from(expectation.event) && matcher.matches(event))
        .count();
    let (expected, outcome) = match expectation.bound.resolve(arguments) {
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
}

/// The first expectation that is not met, as a break of the chain.
pub(crate) fn first_break(telemetry: &[TelemetryReport]) -> Option<Break> {
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

/// Fields and what they must match, as the `search` command matches: `*` for any
/// text, and without regard to case.
#[derive(Debug)]
pub(crate) struct Matcher(Option<Search>);

impl Matcher {
    pub(crate) fn new(fields: &BTreeMap<String, String>) -> Self {
        let clauses: Vec<String> = fields
            .iter()
            .map(|(field, value)| {
                // The value goes through SPL's own quoting, and its `*` stay
                // wildcards.
                let quoted = value.replace('\\', r"\\").replace('"', r#"\""#);
                format!("{field}=\"{quoted}\"")
            })
            .collect();
        let text = if clauses.is_empty() {
            "*".to_owned()
        } else {
            clauses.join(" ")
        };
        // What is no search matches nothing.
        Self(Search::parse(&text).ok())
    }

    pub(crate) fn matches<E: spl::Event>(&self, event: &E) -> bool {
        self.0.as_ref().is_some_and(|search| {
            search
                .run(std::slice::from_ref(event), &Environment::at_epoch())
                .is_ok_and(|results| !results.rows.is_empty())
        })
    }
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
