//! What the reports say in common: the verdict of a run, and the sentences
//! about what is not as it must be.

use std::collections::BTreeMap;

use super::model::{
    DetectionReport, Dropped, Finding, InterpreterReport, Link, Mismatch, RunReport,
    ScenarioReport, TelemetryReport,
};
use super::sentence::Sentence;
use crate::outcome::{Class, ExitCode, Outcome};

/// What a whole run comes to, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    AsExpected,
    KnownMisses,
    Deviates,
    Unsupported,
    Usage,
    Inconclusive,
    NothingRan,
    Unfinished,
    Interrupted,
    Breached,
}

impl Verdict {
    /// The verdict of a run. It is never better than the worst that the report
    /// holds, whatever its exit code says.
    pub(super) fn of(report: &RunReport) -> Self {
        let exit_code = report
            .scenarios
            .iter()
            .map(|scenario| worst(scenario).exit_code(report.strict).into())
            .chain(report.exit_code)
            .max()
            .unwrap_or_default();
        if exit_code == u8::from(ExitCode::Breached) {
            Self::Breached
        } else if report.interrupted {
            Self::Interrupted
        } else if report.exit_code.is_none() {
            Self::Unfinished
        } else if exit_code == u8::from(ExitCode::Usage) {
            Self::Usage
        } else if exit_code == u8::from(ExitCode::Unsupported) {
            Self::Unsupported
        } else if report.scenarios.is_empty() {
            Self::NothingRan
        } else if exit_code == u8::from(ExitCode::Deviates) {
            Self::Deviates
        } else if exit_code != u8::from(ExitCode::AsExpected) {
            Self::Inconclusive
        } else if report
            .scenarios
            .iter()
            .any(|scenario| worst(scenario) == Outcome::KnownMiss)
        {
            Self::KnownMisses
        } else {
            Self::AsExpected
        }
    }

    /// Nothing but what was expected.
    pub(super) const fn is_green(self) -> bool {
        matches!(self, Self::AsExpected | Self::KnownMisses)
    }

    /// The words for it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AsExpected => "All as expected",
            Self::KnownMisses => "As expected, but not all detected",
            Self::Deviates => "Not as expected",
            Self::Unsupported => "The detection cannot be evaluated",
            Self::Usage => "Usage or configuration error",
            Self::Inconclusive => "Inconclusive",
            Self::NothingRan => "Nothing ran",
            Self::Unfinished => "Not finished",
            Self::Interrupted => "Interrupted",
            Self::Breached => "The seal is broken",
        }
    }

    /// A stable name for it.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::AsExpected => "as_expected",
            Self::KnownMisses => "known_misses",
            Self::Deviates => "deviates",
            Self::Unsupported => "unsupported",
            Self::Usage => "usage",
            Self::Inconclusive => "inconclusive",
            Self::NothingRan => "nothing_ran",
            Self::Unfinished => "unfinished",
            Self::Interrupted => "interrupted",
            Self::Breached => "breached",
        }
    }

    /// What a reader might take it for, and must not.
    pub(super) const fn warning(self) -> Option<&'static str> {
        match self {
            Self::AsExpected | Self::KnownMisses | Self::Deviates => None,
            Self::Unsupported => Some(
                "The detection uses what the engine does not have, or cannot be parsed: nothing \
                 is said about whether it fires",
            ),
            Self::Usage | Self::NothingRan => {
                Some("No scenario was judged: nothing is proved about the detection")
            }
            Self::Inconclusive => {
                Some("What is inconclusive is neither a success nor a failure of the detection")
            }
            Self::Unfinished | Self::Interrupted => Some(
                "The run did not reach its end: the scenarios that are not listed were not judged",
            ),
            Self::Breached => Some(
                "A sandbox was not kept apart from the host: nothing ran after that, and what \
                 ran before is no proof",
            ),
        }
    }
}

/// The worst of a scenario's outcome and those of its parts.
pub(super) fn worst(scenario: &ScenarioReport) -> Outcome {
    let telemetry = scenario.telemetry.iter().map(|part| part.outcome);
    let detections = scenario.detections.iter().map(|part| part.outcome);
    telemetry
        .chain(detections)
        .fold(scenario.outcome, Outcome::max)
}

/// How often each outcome occurs, the worst first: `1 missed, 3 detected`.
pub(super) fn tally(scenarios: &[ScenarioReport]) -> String {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for scenario in scenarios {
        *counts.entry(worst(scenario)).or_default() += 1;
    }
    let parts: Vec<_> = counts
        .iter()
        .rev()
        .map(|(outcome, &count)| match outcome {
            Outcome::KnownMiss if count > 1 => format!("{count} known misses"),
            Outcome::WrongValue if count > 1 => format!("{count} wrong values"),
            Outcome::WrongCount if count > 1 => format!("{count} wrong counts"),
            Outcome::LabError if count > 1 => format!("{count} lab errors"),
            _ => format!("{count} {outcome}"),
        })
        .collect();
    if parts.is_empty() {
        "no scenario".to_owned()
    } else {
        parts.join(", ")
    }
}

/// `5 events`, `1 event`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// How many rows there are, beside how many there must be: `5/5 rows`.
pub(super) fn rows(detection: &DetectionReport) -> String {
    let got = detection.rows.len();
    let exactly = detection
        .expected
        .strip_prefix("exactly ")
        .and_then(|count| count.parse::<usize>().ok());
    match exactly {
        Some(0) if got == 0 => "no rows".to_owned(),
        Some(0) => format!("{}, expected none", counted(got, "row")),
        Some(expected) => format!("{got}/{}", counted(expected, "row")),
        None => format!("{}, expected {}", counted(got, "row"), detection.expected),
    }
}

/// What the rows hold as they must. A number says nothing without its column,
/// a label does: `Cloudflare Workers, is_suspicious_process=1`.
pub(super) fn held(detection: &DetectionReport) -> String {
    let (numbers, labels): (Vec<_>, Vec<_>) = detection
        .held
        .iter()
        .partition(|(_, value)| value.parse::<f64>().is_ok());
    let labels = labels.into_iter().map(|(_, value)| value.clone());
    let numbers = numbers
        .into_iter()
        .map(|(column, value)| format!("{column}={value}"));
    labels.chain(numbers).collect::<Vec<_>>().join(", ")
}

/// How long the run took, where it has ended.
pub(super) fn duration(report: &RunReport) -> Option<String> {
    let seconds = report
        .finished?
        .duration_since(report.started)
        .as_secs_f64();
    Some(if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = report.finished?.duration_since(report.started).as_secs();
        format!("{} min {} s", whole / 60, whole % 60)
    })
}

/// The file name of a Windows image.
pub(super) fn image_name(image: &str) -> &str {
    image.rsplit('\\').next().unwrap_or(image)
}

/// The programs that ran, each once, in the order of their images.
pub(super) fn interpreters(report: &RunReport) -> Vec<&InterpreterReport> {
    let mut all: Vec<_> = report
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.interpreters)
        .collect();
    all.sort_by_key(|interpreter| (image_name(&interpreter.image), &interpreter.image));
    all.dedup();
    all
}

/// An expectation about telemetry: `event 3 where DestinationPort=443`.
pub(super) fn expectation(telemetry: &TelemetryReport) -> Sentence {
    let mut sentence = Sentence::new(format!("event {}", telemetry.event));
    for (index, (field, value)) in telemetry.r#where.iter().enumerate() {
        sentence = sentence
            .words(if index == 0 { " where " } else { " and " })
            .quote(format!("{field}={value}"));
    }
    sentence
}

/// What became of the detections and the telemetry of a scenario where it is
/// not simply as expected, one thing after the other.
pub(super) fn troubles(scenario: &ScenarioReport) -> Vec<Trouble> {
    let telemetry = scenario
        .telemetry
        .iter()
        .filter(|telemetry| telemetry.outcome.class() != Class::AsExpected)
        .map(|telemetry| Trouble {
            outcome: telemetry.outcome,
            summary: missing_telemetry(telemetry),
            details: because(telemetry.because.as_deref()),
        });
    let detections = scenario
        .detections
        .iter()
        .filter(|detection| is_trouble(detection.outcome))
        .map(|detection| Trouble {
            outcome: detection.outcome,
            summary: summary(detection),
            details: details(detection),
        });
    detections.chain(telemetry).collect()
}

/// One thing that is not simply as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) outcome: Outcome,
    pub(super) summary: Sentence,
    pub(super) details: Vec<Sentence>,
}

/// It needs to be told of.
pub(super) fn is_trouble(outcome: Outcome) -> bool {
    outcome == Outcome::KnownMiss || outcome.class() != Class::AsExpected
}

/// `` `serverless`: 0/5 rows ``.
pub(super) fn summary(detection: &DetectionReport) -> Sentence {
    Sentence::new("detection ")
        .quote(&detection.name)
        .words(format!(": {}", rows(detection)))
}

/// `` event 3 where `Image=…`: expected exactly 5, got 0 ``.
pub(super) fn missing_telemetry(telemetry: &TelemetryReport) -> Sentence {
    expectation(telemetry).words(format!(
        ": expected {}, got {}",
        telemetry.expected, telemetry.got
    ))
}

/// Why a detection said what it said: what the rows hold, what dropped events,
/// what the expectations say of it.
pub(super) fn details(detection: &DetectionReport) -> Vec<Sentence> {
    let mut details: Vec<_> = detection.mismatches.iter().map(mismatch).collect();
    details.extend(dropped(&detection.dropped));
    details.extend(excuse(detection));
    details
}

/// The known misses of a scenario: what was seen, and apart from it the excuse,
/// which several scenarios may have in common.
pub(super) fn known_misses(scenario: &ScenarioReport) -> Vec<(Trouble, Vec<Sentence>)> {
    scenario
        .detections
        .iter()
        .filter(|detection| detection.outcome == Outcome::KnownMiss)
        .map(|detection| {
            let trouble = Trouble {
                outcome: detection.outcome,
                summary: summary(detection),
                details: dropped(&detection.dropped),
            };
            (trouble, excuse(detection))
        })
        .collect()
}

/// What the expectations say of it, and the findings that it belongs to.
fn excuse(detection: &DetectionReport) -> Vec<Sentence> {
    let mut sentences = because(detection.because.as_deref());
    if !detection.reasons.is_empty() {
        sentences.push(
            Sentence::new(if detection.reasons.len() == 1 {
                "see the finding "
            } else {
                "see the findings "
            })
            .words(detection.reasons.join(", ")),
        );
    }
    sentences
}

fn because(because: Option<&str>) -> Vec<Sentence> {
    because
        .map(|because| Sentence::new(format!("because {because}")))
        .into_iter()
        .collect()
}

fn mismatch(mismatch: &Mismatch) -> Sentence {
    Sentence::new("in ")
        .words(counted(mismatch.rows, "row"))
        .words(", ")
        .words(&mismatch.column)
        .words(" must be ")
        .quote(&mismatch.expected)
        .words(" and is ")
        .quote(&mismatch.got)
}

/// One sentence for clauses that dropped the same events for the same values,
/// as the alternatives of an OR do.
fn dropped(clauses: &[Dropped]) -> Vec<Sentence> {
    clauses
        .chunk_by(|one, next| one.events == next.events && one.met == next.met)
        .filter_map(|alike| {
            let (first, others) = alike.split_first()?;
            let mut sentence = Sentence::new(counted(first.events, "event"))
                .words(" dropped by ")
                .quote(one_line(&first.clause))
                .words(format!(" at {}:{}", first.line, first.column));
            if let Some(last) = others.last() {
                sentence = sentence.words(format!(
                    " and by the {} after it, the last of them at {}:{}",
                    counted(others.len(), "clause"),
                    last.line,
                    last.column,
                ));
            }
            for (index, (field, value)) in first.met.iter().enumerate() {
                sentence = sentence
                    .words(if index == 0 { "; " } else { ", " })
                    .words(field);
                sentence = match value {
                    Some(value) => sentence.words(" was ").quote(value),
                    None => sentence.words(" was not there"),
                };
            }
            Some(sentence)
        })
        .collect()
}

fn one_line(clause: &str) -> String {
    clause.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first link that does not hold.
pub(super) fn broken(chain: &[Link]) -> Option<&Link> {
    chain.iter().find(|link| link.holds == Some(false))
}

/// `` the chain breaks at its link endpoint: no request ``.
pub(super) fn broken_link(chain: &[Link]) -> Option<Sentence> {
    broken(chain).map(|link| {
        Sentence::new(format!("the chain of evidence breaks at the {}", link.link))
            .words(if link.seen.is_empty() { "" } else { ": " })
            .words(&link.seen)
    })
}

/// The scenarios that a finding is about: `scenarios 1 to 4, 7`.
pub(super) fn concerned(finding: &Finding) -> Option<String> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in &finding.scenarios {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let parts: Vec<_> = runs
        .iter()
        .map(|&(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        })
        .collect();
    let noun = if finding.scenarios.len() == 1 {
        "scenario"
    } else {
        "scenarios"
    };
    (!parts.is_empty()).then(|| format!("{noun} {}", parts.join(", ")))
}
