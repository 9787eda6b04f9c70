//! What a whole run comes to, as each report says it.

use std::collections::BTreeMap;

use super::model::{RunReport, ScenarioReport};
use crate::outcome::{Class, ExitCode, Outcome};

/// What a whole run comes to, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    AsExpected,
    KnownMisses,
    KnownFalseAlarms,
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
        } else {
            let is = |outcome| {
                let mut scenarios = report.scenarios.iter();
                scenarios.any(|scenario| worst(scenario) == outcome)
            };
            if is(Outcome::KnownMiss) {
                Self::KnownMisses
            } else if is(Outcome::KnownFalseAlarm) {
                Self::KnownFalseAlarms
            } else {
                Self::AsExpected
            }
        }
    }

    /// The words for it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AsExpected => "All as expected",
            Self::KnownMisses => "As expected, but not all detected",
            Self::KnownFalseAlarms => "As expected, but with false alarms",
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
            Self::KnownFalseAlarms => "known_false_alarms",
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
            Self::AsExpected | Self::KnownMisses | Self::KnownFalseAlarms | Self::Deviates => None,
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
                "The sandbox is not sealed, so that nothing was run in it; what ran before that \
                 proves nothing",
            ),
        }
    }
}

/// A scenario's outcome, or that of a part of it that is worse: a report is
/// never better than what it holds.
pub(super) fn worst(scenario: &ScenarioReport) -> Outcome {
    let severity = |outcome: Outcome| (outcome.class(), outcome.exit_code(true));
    let telemetry = scenario.telemetry.iter().map(|part| part.outcome);
    let detections = scenario.detections.iter().map(|part| part.outcome);
    telemetry
        .chain(detections)
        .fold(scenario.outcome, |worst, outcome| {
            if severity(outcome) > severity(worst) {
                outcome
            } else {
                worst
            }
        })
}

/// It needs to be told of.
pub(super) fn is_trouble(outcome: Outcome) -> bool {
    outcome.is_known() || outcome.class() != Class::AsExpected
}

/// An outcome in words, loud where it is no success: `detected`, `KNOWN MISS`.
pub(super) fn said(outcome: Outcome) -> String {
    let words = outcome.to_string();
    if is_trouble(outcome) {
        words.to_uppercase()
    } else {
        words
    }
}

/// How often each outcome occurs, what needs attention first: `1 missed, 3
/// detected`.
pub(super) fn tally(scenarios: &[ScenarioReport]) -> String {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for scenario in scenarios {
        *counts.entry(worst(scenario)).or_default() += 1;
    }
    let troubles = counts
        .iter()
        .rev()
        .filter(|(outcome, _)| is_trouble(**outcome));
    let others = counts.iter().filter(|(outcome, _)| !is_trouble(**outcome));
    let parts: Vec<_> = troubles
        .chain(others)
        .map(|(outcome, &count)| match outcome {
            Outcome::KnownMiss if count > 1 => format!("{count} known misses"),
            Outcome::KnownFalseAlarm if count > 1 => format!("{count} known false alarms"),
            Outcome::WrongValue if count > 1 => format!("{count} wrong values"),
            Outcome::WrongCount if count > 1 => format!("{count} wrong counts"),
            Outcome::LabError if count > 1 => format!("{count} lab errors"),
            _ => format!("{count} {outcome}"),
        })
        .collect();
    if parts.is_empty() {
        "no scenario was judged".to_owned()
    } else {
        parts.join(", ")
    }
}

/// How long the run took, where it has ended: `2.4 s`, `1 min 12 s`.
pub(super) fn duration(report: &RunReport) -> Option<String> {
    let duration = report.finished?.duration_since(report.started);
    let (seconds, millis) = (duration.as_secs(), duration.as_millis());
    Some(if seconds < 60 {
        format!("{}.{} s", seconds, millis % 1000 / 100)
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use jiff::SignedDuration;

    use super::super::fixtures;
    use super::*;

    #[test]
    fn runs_come_to_what_they_are() {
        for (kind, expected) in [
            ("all_as_expected", Verdict::AsExpected),
            ("known_misses", Verdict::KnownMisses),
            ("known_misses_strict", Verdict::Deviates),
            ("known_false_alarms", Verdict::KnownFalseAlarms),
            ("missed", Verdict::Deviates),
            ("wrong_value", Verdict::Deviates),
            ("unexpected", Verdict::Deviates),
            ("not_executed", Verdict::Inconclusive),
            ("lab_error", Verdict::Inconclusive),
            ("unsupported", Verdict::Unsupported),
            ("interrupted", Verdict::Interrupted),
            ("breached", Verdict::Breached),
            ("nothing_ran", Verdict::NothingRan),
        ] {
            let all = fixtures::all();
            let (_, report) = all.iter().find(|(name, _)| *name == kind).unwrap();
            assert_eq!(Verdict::of(report), expected, "{kind}");
        }
    }

    #[test]
    fn a_run_is_no_better_than_what_it_holds() {
        for (mut report, expected) in [
            (fixtures::missed(), Verdict::Deviates),
            (fixtures::not_executed(), Verdict::Inconclusive),
            (fixtures::known_misses(true), Verdict::Deviates),
            (fixtures::known_false_alarms(true), Verdict::Deviates),
        ] {
            report.exit_code = Some(0);
            assert_eq!(Verdict::of(&report), expected);
        }
        let mut report = fixtures::all_as_expected();
        report.scenarios[0].telemetry[0].outcome = Outcome::NoTelemetry;
        assert_eq!(worst(&report.scenarios[0]), Outcome::NoTelemetry);
        assert_eq!(Verdict::of(&report), Verdict::Inconclusive);
        report.exit_code = Some(3);
        report.scenarios.clear();
        assert_eq!(Verdict::of(&report), Verdict::Usage);
        report.exit_code = None;
        assert_eq!(Verdict::of(&report), Verdict::Unfinished);
    }

    #[test]
    fn a_scenario_keeps_its_outcome_where_a_part_is_no_worse() {
        let report = fixtures::not_executed();
        assert_eq!(worst(&report.scenarios[1]), Outcome::NotExecuted);
        assert_eq!(worst(&report.scenarios[0]), Outcome::Detected);
    }

    #[test]
    fn a_tally_begins_with_what_needs_attention() {
        let report = fixtures::known_misses(false);
        assert_eq!(tally(&report.scenarios), "2 known misses, 1 silent");
        let report = fixtures::known_false_alarms(false);
        let expected = "2 known false alarms, 1 detected, 1 silent";
        assert_eq!(tally(&report.scenarios), expected);
        let report = fixtures::lab_error();
        assert_eq!(tally(&report.scenarios), "1 lab error, 1 wrong count");
        assert_eq!(tally(&[]), "no scenario was judged");
    }

    #[test]
    fn durations_are_short() {
        let mut report = fixtures::all_as_expected();
        for (millis, text) in [
            (0, "0.0 s"),
            (2417, "2.4 s"),
            (59_990, "59.9 s"),
            (72_500, "1 min 12 s"),
        ] {
            report.finished = Some(report.started + SignedDuration::from_millis(millis));
            assert_eq!(duration(&report).as_deref(), Some(text));
        }
        report.finished = None;
        assert_eq!(duration(&report), None);
    }
}
