//! What a detection said of a scenario, and whether that is what it must say.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use mock_endpoints::Table;
use scenarios::{Addon, Condition, DetectionExpectation, Limits, Ptr, RowsRule};
use spl::Results;
use sysmon::{Event, EventKind, Provenance, windows_xml};

use super::chain::{Break, plural};
use super::{environment, metadata, nearest, search};
use crate::findings;
use crate::outcome::Outcome;
use crate::report::model::{DetectionReport, Link, Mismatch};
use crate::run::execute::Executed;
use crate::run::expected::{expected, of};
use crate::run::options::Detection;
use crate::run::{Scenario, Shared};

/// How many rows a detection would give of a scenario's events under other
/// conditions than the run's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    /// The scenario was judged, and by the reference conditions must fire.
    pub(crate) must_fire: bool,
    /// Rows under the run's own conditions.
    pub(crate) here: usize,
    /// Rows where reverse lookups give what the provider has.
    pub(crate) provider: usize,
    /// Rows under the current add-on.
    pub(crate) current: usize,
}

/// By what a detection is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) detection: &'a Detection,
    /// What it must say of the scenario.
    pub(crate) expectation: Option<&'a DetectionExpectation>,
    /// The scenario's arguments.
    pub(crate) arguments: &'a BTreeMap<String, String>,
    /// The chain of evidence up to the event.
    pub(crate) links: &'a [Link],
    /// Where that breaks.
    pub(crate) broken: Option<&'a Break>,
}

impl Question<'_> {
    /// What the detection said, and whether that is what it must say.
    pub(crate) fn answer(self, results: Result<Results<'_>, spl::Error>) -> DetectionReport {
        let mut report = DetectionReport {
            name: self.detection.source.name.clone(),
            outcome: Outcome::LabError,
            expected: String::new(),
            rows: vec![],
            columns: vec![],
            held: BTreeMap::new(),
            mismatches: vec![],
            dropped: vec![],
            reasons: vec![],
            because: None,
            chain: self.links.to_vec(),
        };
        let results = match results {
            Ok(results) => results,
            Err(error) => {
                report.outcome = Outcome::Unsupported;
                report.because = Some(error.to_string());
                return report;
            }
        };
        report.columns = results.columns().to_vec();
        report.rows = rows(&results);
        let verdict = verdict(self.arguments, self.expectation, &results, self.broken);
        report.expected = verdict.expected;
        report.outcome = verdict.outcome;
        report.held = held(self.expectation, &results, &verdict.mismatches);
        report.mismatches = verdict.mismatches;
        report.because = match self.expectation {
            Some(expectation) => expectation.because.clone(),
            None => Some("the expectations do not speak of this scenario".to_owned()),
        };
        let rows = results.rows.len();
        report.chain.push(Link {
            link: "row",
            holds: (self.broken.is_none() && verdict.wants_rows).then_some(rows > 0),
            seen: plural(rows, "row", "rows"),
        });
        report
    }
}

/// Whether it is to be told why a detection said nothing.
pub(crate) fn is_unexplained(report: &DetectionReport, broken: Option<&Break>) -> bool {
    report.rows.is_empty()
        && broken.is_none()
        && matches!(report.outcome, Outcome::Missed | Outcome::KnownMiss)
}

pub(super) fn judge(
    shared: &Shared<'_>,
    scenario: &Scenario<'_>,
    executed: &Executed,
    detection: &Detection,
    links: &[Link],
    broken: Option<&Break>,
) -> (DetectionReport, Elsewhere) {
    let condition = shared.options.condition;
    let test = scenario.test;
    let results = search(
        &detection.search,
        &executed.rendered,
        &metadata(addon(condition.addon)),
        &environment(shared),
    );
    let question = Question {
        detection,
        expectation: expected(&detection.expectations, test, condition),
        arguments: &scenario.resolved.arguments,
        links,
        broken,
    };
    let mut report = question.answer(results);
    if report.outcome == Outcome::Unsupported {
        return (report, Elsewhere::default());
    }
    let rows = report.rows.len();
    let ought = of(
        &detection.expectations,
        test,
        Condition::reference(condition.behaviour),
    )
    .filter(|expectation| !expectation.false_alarm)
    .and_then(|expectation| {
        let limits = expectation.bound.resolve(&scenario.resolved.arguments);
        limits.ok().filter(|limits| limits.at_least > 0)
    });
    let other = Other {
        shared,
        executed,
        detection,
    };
    if is_unexplained(&report, broken) {
        let metadata = metadata(addon(condition.addon));
        let events: Vec<_> = executed
            .rendered
            .iter()
            .map(|raw| splunk::IndexedEvent::new(raw, &metadata))
            .collect();
        report.dropped = nearest::dropped(&detection.search, &events, &environment(shared));
        report.reasons = other.reasons();
    }
    let elsewhere = Elsewhere {
        must_fire: broken.is_none() && ought.is_some(),
        here: rows,
        provider: other.rows(Ptr::Provider, condition.addon),
        current: other.rows(condition.ptr, Addon::Current),
    };
    (report, elsewhere)
}

struct Verdict {
    outcome: Outcome,
    expected: String,
    mismatches: Vec<Mismatch>,
    wants_rows: bool,
}

fn verdict(
    arguments: &BTreeMap<String, String>,
    expectation: Option<&DetectionExpectation>,
    results: &Results<'_>,
    broken: Option<&Break>,
) -> Verdict {
    let undecided = |outcome, expected: String| Verdict {
        outcome,
        expected,
        mismatches: vec![],
        wants_rows: false,
    };
    let Some(expectation) = expectation else {
        return undecided(Outcome::LabError, "unknown".to_owned());
    };
    let limits = match expectation.bound.resolve(arguments) {
        Ok(limits) => limits,
        Err(error) => return undecided(Outcome::LabError, error.to_string()),
    };
    if let Some(broken) = broken {
        return undecided(broken.outcome, limits.to_string());
    }
    let mismatches = expectation
        .rows
        .as_ref()
        .map(|rule| mismatches(rule, results))
        .unwrap_or_default();
    Verdict {
        outcome: outcome(limits, results.rows.len(), &mismatches, expectation),
        expected: limits.to_string(),
        mismatches,
        wants_rows: limits.at_least > 0 && !expectation.false_alarm,
    }
}

fn outcome(
    limits: Limits,
    rows: usize,
    mismatches: &[Mismatch],
    expectation: &DetectionExpectation,
) -> Outcome {
    if limits.admit(rows as u64) {
        return match rows {
            0 if expectation.known_miss => Outcome::KnownMiss,
            0 => Outcome::Silent,
            _ if !mismatches.is_empty() => Outcome::WrongValue,
            _ if expectation.false_alarm => Outcome::KnownFalseAlarm,
            _ => Outcome::Detected,
        };
    }
    match rows {
        // Silence is better than what is known, and not what is expected.
        0 if expectation.false_alarm => Outcome::WrongCount,
        0 => Outcome::Missed,
        _ if limits.at_most == Some(0) => Outcome::Unexpected,
        _ => Outcome::WrongCount,
    }
}

/// The values that the rows must hold and do not.
fn mismatches(rule: &RowsRule, results: &Results<'_>) -> Vec<Mismatch> {
    let (values, any) = match rule {
        RowsRule::All(values) => (values, false),
        RowsRule::Any(values) => (values, true),
    };
    if any
        && results.rows.iter().any(|row| {
            values
                .iter()
                .all(|(column, value)| row.text(column).as_deref() == Some(value))
        })
    {
        return vec![];
    }
    let mut found: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for row in &results.rows {
        for (column, expected) in values {
            let got = row.text(column);
            if got.as_deref() != Some(expected) {
                let got = got.map_or_else(|| "nothing".to_owned(), Cow::into_owned);
                *found
                    .entry((column.clone(), expected.clone(), got))
                    .or_default() += 1;
            }
        }
    }
    found
        .into_iter()
        .map(|((column, expected, got), rows)| Mismatch {
            column,
            expected,
            got,
            rows,
        })
        .collect()
}

/// The values that are asked of the rows, and that the rows hold.
fn held(
    expectation: Option<&DetectionExpectation>,
    results: &Results<'_>,
    mismatches: &[Mismatch],
) -> BTreeMap<String, String> {
    let rule = expectation.and_then(|expectation| expectation.rows.as_ref());
    let Some(RowsRule::All(values) | RowsRule::Any(values)) = rule else {
        return BTreeMap::new();
    };
    values
        .iter()
        .filter(|(column, _)| {
            !results.rows.is_empty()
                && mismatches
                    .iter()
                    .all(|mismatch| mismatch.column != **column)
        })
        .map(|(column, value)| (column.clone(), value.clone()))
        .collect()
}

fn rows(results: &Results<'_>) -> Vec<BTreeMap<String, String>> {
    results
        .rows
        .iter()
        .map(|row| {
            let columns: BTreeSet<&String> = row.columns().iter().collect();
            columns
                .into_iter()
                .filter_map(|column| Some((column.clone(), row.text(column)?.into_owned())))
                .collect()
        })
        .collect()
}

/// The splunk crate's name for a condition's add-on.
pub(crate) fn addon(addon: Addon) -> splunk::AddOn {
    match addon {
        Addon::Legacy => splunk::AddOn::Legacy,
        Addon::Current => splunk::AddOn::Current,
        Addon::Linux => splunk::AddOn::Linux,
    }
}

/// The same events under other conditions.
struct Other<'a> {
    shared: &'a Shared<'a>,
    executed: &'a Executed,
    detection: &'a Detection,
}

impl Other<'_> {
    /// How many rows there would be.
    fn rows(&self, ptr: Ptr, with: Addon) -> usize {
        let rendered;
        let events = if ptr == self.shared.options.condition.ptr {
            &self.executed.rendered
        } else {
            let table = self.shared.zone.of(ptr);
            rendered = self
                .executed
                .recording
                .events
                .iter()
                .map(|event| windows_xml::render(&renamed(event, table)))
                .collect();
            &rendered
        };
        search(
            &self.detection.search,
            events,
            &metadata(addon(with)),
            &environment(self.shared),
        )
        .map_or(0, |results| results.rows.len())
    }

    /// The conditions without which the detection would fire.
    fn reasons(&self) -> Vec<&'static str> {
        let condition = self.shared.options.condition;
        if condition.addon != Addon::Legacy && self.rows(condition.ptr, Addon::Legacy) > 0 {
            return vec![findings::SOURCETYPE];
        }
        if condition.ptr != Ptr::Lab && self.rows(Ptr::Lab, condition.addon) > 0 {
            return vec![findings::REVERSE_DNS];
        }
        if self.rows(Ptr::Lab, Addon::Legacy) > 0 {
            return vec![findings::REVERSE_DNS, findings::SOURCETYPE];
        }
        vec![]
    }
}

/// An event 3 as it would be if reverse lookups gave what a table has.
pub(crate) fn renamed(event: &Event, table: &Table) -> Event {
    let mut event = event.clone();
    if event.kind != EventKind::NetworkConnect {
        return event;
    }
    for side in ["Source", "Destination"] {
        let address: Option<IpAddr> = event
            .field(&format!("{side}Ip"))
            .and_then(|address| address.parse().ok());
        let name = address.and_then(|address| table.reverse(address).into_iter().next());
        let field = format!("{side}Hostname");
        event = match name {
            Some(name) => event.with_field(&field, name.as_ref(), Provenance::Observed),
            None => event.with_field(&field, "-", Provenance::Absent),
        };
    }
    event
}
