//! Which of a detection's expectations counts for a scenario, and what is
//! missing where none does.

use std::fmt;

use scenarios::{
    Addon, AtomicTest, Behaviour, Condition, DetectionExpectation, DetectionExpectations,
};
use thiserror::Error;

use super::options::{Detection, Options};

/// What a detection must say of a test under a condition.
///
/// Where no expectation speaks of the condition, the detection must do what it
/// must do under the reference's: a blind spot is not excused by silence.
pub(crate) fn expected<'e>(
    expectations: &'e DetectionExpectations,
    test: &AtomicTest,
    condition: Condition,
) -> Option<&'e DetectionExpectation> {
    of(expectations, test, condition).or_else(|| {
        of(
            expectations,
            test,
            Condition::reference(condition.behaviour),
        )
    })
}

/// The expectation that speaks of a condition.
pub(crate) fn of<'e>(
    expectations: &'e DetectionExpectations,
    test: &AtomicTest,
    condition: Condition,
) -> Option<&'e DetectionExpectation> {
    expectations
        .of(test.guid)
        .iter()
        .find(|expectation| expectation.when.applies(&condition))
}

/// The expectations do not say what a detection must say of a scenario: there
/// would be nothing to judge it by.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file} does not say what `{detection}` must say of {}", listed(.unspoken))]
pub struct Unexpected {
    /// The file of the expectations.
    pub file: String,
    /// The detection.
    pub detection: String,
    /// The conditions of the run.
    pub condition: Condition,
    /// The scenarios that it does not speak of.
    pub unspoken: Vec<Unspoken>,
    /// The numbers of those that it does speak of.
    pub spoken: Vec<usize>,
}

/// A scenario of which nothing is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unspoken {
    /// Its number.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its GUID, by which expectations are keyed.
    pub guid: String,
    /// Whether something is expected of it, under other conditions.
    pub elsewhere: bool,
}

impl Unexpected {
    /// Whether a detection's expectations say what it must say of each scenario.
    ///
    /// # Errors
    /// The first detection whose expectations do not.
    pub(super) fn check(options: &Options) -> Result<(), Self> {
        Self::check_under(&options.detections, &options.scenarios, options.condition)
    }

    /// The same of recorded events, whose conditions are found out only when
    /// they are read: under each that they may have.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn check_all(
        detections: &[Detection],
        scenarios: &[AtomicTest],
        behaviour: Behaviour,
        addon: Option<Addon>,
    ) -> Result<(), Self> {
        Condition::all()
            .filter(|condition| condition.behaviour == behaviour)
            .filter(|condition| addon.is_none_or(|addon| addon == condition.addon))
            .try_for_each(|condition| Self::check_under(detections, scenarios, condition))
    }

    fn check_under(
        detections: &[Detection],
        scenarios: &[AtomicTest],
        condition: Condition,
    ) -> Result<(), Self> {
        for detection in detections {
            let expectations = &detection.expectations;
            let is_spoken_of =
                |test: &&AtomicTest| expected(expectations, test, condition).is_some();
            let (spoken, unspoken): (Vec<&AtomicTest>, Vec<&AtomicTest>) =
                scenarios.iter().partition(is_spoken_of);
            if unspoken.is_empty() {
                continue;
            }
            return Err(Self {
                file: expectations.file().to_owned(),
                detection: detection.source.name.clone(),
                condition,
                unspoken: unspoken
                    .into_iter()
                    .map(|test| Unspoken {
                        number: test.number,
                        name: test.name.clone(),
                        guid: test.guid.to_string(),
                        elsewhere: !expectations.of(test.guid).is_empty(),
                    })
                    .collect(),
                spoken: spoken.into_iter().map(|test| test.number).collect(),
            });
        }
        Ok(())
    }

    /// What to add to the file, and what to do instead.
    pub fn ways_out(&self) -> Vec<String> {
        let mut ways = Vec::new();
        let (elsewhere, missing): (Vec<&Unspoken>, Vec<&Unspoken>) = self
            .unspoken
            .iter()
            .partition(|unspoken| unspoken.elsewhere);
        if !missing.is_empty() {
            let lines: Vec<String> = missing
                .iter()
                .map(|unspoken| format!("\n{}:  # {}\n- at_least: 1", unspoken.guid, unspoken.name))
                .collect();
            ways.push(format!("add what it must say, such as{}", lines.concat()));
        }
        for unspoken in elsewhere {
            ways.push(format!(
                "add to those of {} one whose `when` admits {}",
                unspoken.guid, self.condition
            ));
        }
        if !self.spoken.is_empty() {
            let spoken: Vec<String> = self.spoken.iter().map(usize::to_string).collect();
            ways.push(format!(
                "or run only what it speaks of: `beaconlab run {} ...`",
                spoken.join(" ")
            ));
        }
        ways
    }
}

fn listed(unspoken: &[Unspoken]) -> impl fmt::Display {
    let numbers: Vec<String> = unspoken
        .iter()
        .map(|unspoken| unspoken.number.to_string())
        .collect();
    match &*numbers {
        [number] => format!("scenario {number}"),
        numbers => format!("the scenarios {}", numbers.join(", ")),
    }
}
