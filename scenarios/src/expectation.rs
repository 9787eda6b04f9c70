//! Expectations: of recorded events, and of the rows of a detection.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;
use uuid::Uuid;

use crate::bound::{Bound, Count};
use crate::condition::{Behaviour, Condition, Conditions};
use crate::document::{self, Entries, Words};
use crate::error::{Error, Problem};
use crate::place::Place;
use crate::words::UnknownWord;

/// Events that must, or must not, be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The event id: Sysmon's, or 4104 for PowerShell's script blocks.
    pub event: u16,
    /// The values of the event's fields, with `*` for any text and without regard to case, as
    /// SPL's `search` compares them. A value keeps its text: `1` and `'1'` are the same.
    pub fields: BTreeMap<String, String>,
    /// How many such events there must be.
    pub bound: Bound,
    /// The conditions under which this is expected.
    pub when: Conditions,
    /// Why the number is what it is.
    pub because: Option<String>,
    /// Where the expectation stands.
    pub place: Place,
}

/// What a detection must say of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionExpectation {
    /// How many rows there must be.
    pub bound: Bound,
    /// What the rows must hold.
    pub rows: Option<RowsRule>,
    /// The conditions under which this is expected.
    pub when: Conditions,
    /// Why this is expected.
    pub because: Option<String>,
    /// The detection ought to fire, and is known not to: the bound says what it does instead,
    /// and `because` why. Without this, an expected silence is the right answer.
    pub known_miss: bool,
    /// The detection ought to be silent, and is known to fire: the bound says how often, and
    /// `because` why. Without this, expected rows are the right answer.
    pub false_alarm: bool,
    /// Where the expectation stands.
    pub place: Place,
}

/// What the rows of a detection must hold: columns and their values, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowsRule {
    /// Each row holds the values.
    All(BTreeMap<String, String>),
    /// At least one row holds the values.
    Any(BTreeMap<String, String>),
}

/// What a detection must say of each test, by the test's GUID: of one test at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectionExpectations {
    file: String,
    by_test: BTreeMap<Uuid, (Place, Vec<DetectionExpectation>)>,
}

impl DetectionExpectations {
    /// The file that they are in.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is expected of one test; nothing if the test isn't mentioned.
    pub fn of(&self, guid: Uuid) -> &[DetectionExpectation] {
        self.by_test
            .get(&guid)
            .map_or(&[], |(_, expectations)| expectations)
    }

    /// The tests mentioned, each with its place and what is expected of it.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, &Place, &[DetectionExpectation])> {
        self.by_test
            .iter()
            .map(|(guid, (place, expectations))| (*guid, place, expectations.as_slice()))
    }

    /// What another detection, of which nothing is known, must say by these: what is expected
    /// where names come back from reverse lookups, queries are logged and the add-on is the
    /// legacy one, under whatever conditions. A known miss must fire, and a known false alarm be
    /// silent: that one detection is known to be wrong excuses no other.
    #[must_use]
    pub fn of_another(&self) -> Self {
        let by_test = self.by_test.iter().filter_map(|(guid, (place, known))| {
            let ought: Vec<_> = known
                .iter()
                .filter_map(DetectionExpectation::ought)
                .collect();
            (!ought.is_empty()).then(|| (*guid, (place.clone(), ought)))
        });
        Self {
            file: self.file.clone(),
            by_test: by_test.collect(),
        }
    }
}

impl DetectionExpectation {
    /// What the detection ought to do, if this speaks of the conditions that its author had in
    /// mind.
    fn ought(&self) -> Option<Self> {
        let when = &self.when;
        let speaks = |behaviour| when.applies(&Condition::reference(behaviour));
        if !Behaviour::ALL.into_iter().any(speaks) {
            return None;
        }
        let mut ought = Self {
            when: Conditions {
                behaviour: when.behaviour.clone(),
                ..Conditions::default()
            },
            known_miss: false,
            false_alarm: false,
            ..self.clone()
        };
        if self.known_miss || self.false_alarm {
            ought.bound = if self.known_miss {
                Bound::AtLeast(Count::Number(1))
            } else {
                Bound::Exactly(Count::Number(0))
            };
            ought.rows = None;
            ought.because = None;
        }
        Some(ought)
    }
}

/// Reads a file of expectations of a detection: a mapping from the GUIDs of tests to lists of
/// expectations. `file` is only named in errors.
///
/// ```yaml
/// cf212ed1-a6cb-498e-90e4-35cefa167de4:
/// - exactly: '#{count}'           # or at_least, at_most: a number, or an argument of the test
///   rows: { all: { is_suspicious_process: 1 } }       # or any
///   when: { behaviour: [serve, slow], ptr: lab }      # behaviour, ptr, event_22, addon
/// - exactly: 0
///   known_miss: true
///   when: { ptr: none }
///   because: no reverse lookup gives the name
/// 86a89926-d53b-4eb3-89c8-9015c96ab64f:
/// - exactly: '#{count}'
///   false_alarm: true
///   because: a deployment script asks as a beacon does
/// ```
///
/// A file that mentions no test is an error, and so are two expectations of one test that apply
/// under the same condition: which of them counts would depend on their order.
///
/// Whether the GUIDs and arguments exist is for [`Library::check`](crate::Library::check) to say.
pub fn parse_expectations(text: &str, file: &str) -> Result<DetectionExpectations, Error> {
    let Entries(entries) =
        document::parse_own::<Entries<Vec<Spanned<RawDetectionExpectation>>>>(text, file)?;
    if entries.is_empty() {
        return Err(Error::new(Place::file(file), Problem::NoExpectations));
    }
    let mut by_test = BTreeMap::new();
    for (key, list) in entries {
        let place = Place::at(file, key.referenced);
        let guid = parse_guid(&key, file)?;
        let expectations = list
            .into_iter()
            .map(|raw| raw_detection_expectation(raw, file))
            .collect::<Result<Vec<_>, _>>()?;
        if expectations.is_empty() {
            return Err(Error::new(
                place,
                Problem::EmptyList {
                    key: "expectations",
                },
            ));
        }
        if let Some((earlier, later, condition)) = overlapping(&expectations) {
            return Err(Error::new(
                later.place.clone(),
                Problem::OverlappingExpectations {
                    first: earlier.place.clone(),
                    condition,
                },
            ));
        }
        if by_test
            .insert(guid, (place.clone(), expectations))
            .is_some()
        {
            // The same GUID in capitals, which YAML takes for another key.
            return Err(Error::new(place, Problem::DuplicateKey { key: key.value }));
        }
    }
    Ok(DetectionExpectations {
        file: file.to_owned(),
        by_test,
    })
}

/// Two expectations that apply under the same condition, and that condition.
fn overlapping(
    expectations: &[DetectionExpectation],
) -> Option<(&DetectionExpectation, &DetectionExpectation, Condition)> {
    expectations.iter().enumerate().find_map(|(at, later)| {
        expectations[..at].iter().find_map(|earlier| {
            let both = Condition::all()
                .find(|condition| earlier.when.applies(condition) && later.when.applies(condition));
            Some((earlier, later, both?))
        })
    })
}

/// Reads a GUID in its canonical form, in capitals or not.
pub(crate) fn parse_guid(text: &Spanned<String>, file: &str) -> Result<Uuid, Error> {
    const CANONICAL_LENGTH: usize = 36;
    Some(&text.value)
        .filter(|value| value.len() == CANONICAL_LENGTH)
        .and_then(|value| Uuid::try_parse(value).ok())
        .ok_or_else(|| {
            Error::new(
                Place::at(file, text.referenced),
                Problem::InvalidGuid {
                    found: text.value.clone(),
                },
            )
        })
}

/// An expectation of events as it stands in `signals.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExpectation {
    event: u16,
    #[serde(rename = "where", default)]
    fields: BTreeMap<String, String>,
    at_least: Option<Spanned<String>>,
    at_most: Option<Spanned<String>>,
    exactly: Option<Spanned<String>>,
    #[serde(default)]
    when: RawConditions,
    because: Option<String>,
}

impl Expectation {
    pub(crate) fn from_raw(raw: Spanned<RawExpectation>, file: &str) -> Result<Self, Error> {
        let place = Place::at(file, raw.referenced);
        let raw = raw.value;
        Ok(Self {
            event: raw.event,
            fields: raw.fields,
            bound: Bound::parse(
                raw.at_least.as_ref(),
                raw.at_most.as_ref(),
                raw.exactly.as_ref(),
                &place,
            )?,
            when: raw.when.parse(file)?,
            because: raw.because,
            place,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDetectionExpectation {
    at_least: Option<Spanned<String>>,
    at_most: Option<Spanned<String>>,
    exactly: Option<Spanned<String>>,
    rows: Option<RawRowsRule>,
    #[serde(default)]
    when: RawConditions,
    because: Option<String>,
    #[serde(default)]
    known_miss: bool,
    #[serde(default)]
    false_alarm: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawRowsRule {
    All(BTreeMap<String, String>),
    Any(BTreeMap<String, String>),
}

fn raw_detection_expectation(
    raw: Spanned<RawDetectionExpectation>,
    file: &str,
) -> Result<DetectionExpectation, Error> {
    let place = Place::at(file, raw.referenced);
    let raw = raw.value;
    let bound = Bound::parse(
        raw.at_least.as_ref(),
        raw.at_most.as_ref(),
        raw.exactly.as_ref(),
        &place,
    )?;
    let known = match (raw.known_miss, raw.false_alarm) {
        (true, true) => return Err(Error::new(place, Problem::MissAndFalseAlarm)),
        (true, false) => Some("known_miss"),
        (false, true) => Some("false_alarm"),
        (false, false) => None,
    };
    if let Some(key) = known
        && raw.because.is_none()
    {
        return Err(Error::new(place, Problem::MissingReason { key }));
    }
    if raw.known_miss && matches!(bound, Bound::AtLeast(_)) {
        return Err(Error::new(place, Problem::UnboundedMiss));
    }
    if raw.false_alarm && bound.is_none() {
        return Err(Error::new(place, Problem::SilentFalseAlarm));
    }
    Ok(DetectionExpectation {
        bound,
        rows: raw.rows.map(|rule| match rule {
            RawRowsRule::All(values) => RowsRule::All(values),
            RawRowsRule::Any(values) => RowsRule::Any(values),
        }),
        when: raw.when.parse(file)?,
        because: raw.because,
        known_miss: raw.known_miss,
        false_alarm: raw.false_alarm,
        place,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConditions {
    behaviour: Option<Spanned<Words>>,
    ptr: Option<Spanned<Words>>,
    event_22: Option<Spanned<Words>>,
    addon: Option<Spanned<Words>>,
}

impl RawConditions {
    fn parse(self, file: &str) -> Result<Conditions, Error> {
        Ok(Conditions {
            behaviour: parse_words("behaviour", self.behaviour, file)?,
            ptr: parse_words("ptr", self.ptr, file)?,
            queries: parse_words("event_22", self.event_22, file)?,
            addon: parse_words("addon", self.addon, file)?,
        })
    }
}

fn parse_words<T>(
    key: &'static str,
    words: Option<Spanned<Words>>,
    file: &str,
) -> Result<Option<Vec<T>>, Error>
where
    T: std::str::FromStr<Err = UnknownWord>,
{
    let Some(words) = words else {
        return Ok(None);
    };
    let whole = Place::at(file, words.referenced);
    let Words(list) = words.value;
    if list.is_empty() {
        return Err(Error::new(whole, Problem::EmptyList { key }));
    }
    let parse = |word: Spanned<String>| {
        word.value.parse().map_err(|unknown: UnknownWord| {
            let place = Place::at(file, word.referenced);
            let place = if place.position.is_some() {
                place
            } else {
                whole.clone()
            };
            Error::new(place, unknown.into())
        })
    };
    list.into_iter()
        .map(parse)
        .collect::<Result<_, _>>()
        .map(Some)
}

impl From<UnknownWord> for Problem {
    fn from(unknown: UnknownWord) -> Self {
        Self::UnknownWord {
            kind: unknown.kind,
            found: unknown.found,
            known: unknown.known.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_known_of_one_detection_excuses_no_other() {
        let text = "
cf212ed1-a6cb-498e-90e4-35cefa167de4:
- { exactly: 5, when: { ptr: lab, addon: legacy, event_22: logged } }
- { exactly: 0, when: { ptr: [provider, none, off] }, known_miss: true, because: reverse DNS }
- { exactly: 0, when: { ptr: lab, addon: current }, known_miss: true, because: renamed }
- { at_most: 9, when: { ptr: lab, addon: legacy, event_22: off } }
855af288-3f5d-47e0-99b7-8d1b9b6ea1b8:
- { exactly: 0, when: { behaviour: serve }, known_miss: true, because: not named }
d450302d-3f5d-47e0-99b7-8d1b9b6ea1b8:
- { exactly: 2, rows: { all: { a: 1 } }, false_alarm: true, because: alike }
14b7a529-3f5d-47e0-99b7-8d1b9b6ea1b8:
- { exactly: 0, when: { ptr: none } }
";
        let ought = parse_expectations(text, "one.expected.yaml")
            .unwrap()
            .of_another();
        let bounds: Vec<_> = ought
            .iter()
            .flat_map(|(_, _, of)| of)
            .map(|of| (of.bound.clone(), of.when.clone(), of.rows.is_some()))
            .collect();
        let serve = Conditions {
            behaviour: Some(vec![Behaviour::Serve]),
            ..Conditions::default()
        };
        let number = Count::Number;
        assert_eq!(
            bounds,
            [
                (Bound::AtLeast(number(1)), serve, false),
                (Bound::Exactly(number(5)), Conditions::default(), false),
                (Bound::Exactly(number(0)), Conditions::default(), false),
            ]
        );
        assert!(
            ought
                .iter()
                .all(|(_, _, of)| !of[0].known_miss && !of[0].false_alarm)
        );
    }
}
