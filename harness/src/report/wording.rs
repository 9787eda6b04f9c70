//! What the reports say in common about scenarios, and in which words.

use std::collections::BTreeMap;

use super::model::{
    DetectionReport, Dropped, Finding, InterpreterReport, Link, Mismatch, RunReport,
    ScenarioReport, TelemetryReport,
};
use super::sentence::Sentence;
use super::untrusted::clip;
use super::verdict::{is_trouble, worst};
use crate::outcome::{Class, Outcome};

/// How much of a clause is shown, in characters: its place says where the rest
/// is.
const CLAUSE_LIMIT: usize = 120;

/// `5 events`, `1 event`, `no events`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
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

/// The file name of a Windows image.
pub(super) fn image_name(image: &str) -> &str {
    image.rsplit('\\').next().unwrap_or(image)
}

/// The image names of programs by their tier, each once: `native curl.exe`,
/// `stand-in cmd.exe, wscript.exe`.
pub(super) fn tiers<'a>(
    interpreters: impl IntoIterator<Item = &'a InterpreterReport>,
) -> Vec<String> {
    let mut tiers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for interpreter in interpreters {
        let images = tiers.entry(interpreter.tier).or_default();
        let image = image_name(&interpreter.image);
        if !images.contains(&image) {
            images.push(image);
        }
    }
    tiers
        .into_iter()
        .map(|(tier, images)| format!("{tier} {}", images.join(", ")))
        .collect()
}

/// What a program is, said once: `curl 8.5.0`, `python3, Python 3.12.3`.
pub(super) fn program(interpreter: &InterpreterReport) -> String {
    let InterpreterReport {
        program, version, ..
    } = interpreter;
    let stand_in = format!("stand-in for {}", image_name(&interpreter.image));
    if version.is_empty() {
        program.clone()
    } else if version.starts_with(program.as_str()) || *program == stand_in {
        version.clone()
    } else {
        format!("{program}, {version}")
    }
}

/// All that is said of a program, in one line: `native: curl 8.5.0 at
/// /usr/bin/curl`.
pub(super) fn interpreter(interpreter: &InterpreterReport) -> String {
    let mut line = format!("{}: {}", interpreter.tier, program(interpreter));
    for (word, value) in [
        (" at ", &interpreter.path),
        ("; no better tier: ", &interpreter.why_not_better),
    ] {
        if let Some(value) = value {
            line.push_str(word);
            line.push_str(value);
        }
    }
    line
}

/// The programs that ran, each once, in the order of their images.
pub(super) fn interpreters(report: &RunReport) -> Vec<&InterpreterReport> {
    let mut all: Vec<_> = report
        .scenarios
        .iter()
        .flat_map(|scenario| &scenario.interpreters)
        .collect();
    // One program at two tiers, in different scenarios, is two.
    all.sort_by_key(|interpreter| {
        (
            image_name(&interpreter.image),
            &interpreter.image,
            interpreter.tier,
            &interpreter.why_not_better,
        )
    });
    all.dedup();
    all
}

/// Why no better tier was used, each reason once, and the image names of the
/// programs that it holds for.
pub(super) fn why_not_better<'a>(
    interpreters: impl IntoIterator<Item = &'a InterpreterReport>,
) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for interpreter in interpreters {
        let Some(reason) = interpreter.why_not_better.as_deref() else {
            continue;
        };
        let image = image_name(&interpreter.image);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, images)) if images.contains(&image) => {}
            Some((_, images)) => images.push(image),
            None => reasons.push((reason, vec![image])),
        }
    }
    reasons
}

/// Whether a real browser ran: its sandbox grants it more than others do.
pub(super) fn browsed(report: &RunReport) -> bool {
    let browsers = ["chrome.exe", "msedge.exe"];
    interpreters(report).iter().any(|interpreter| {
        interpreter.tier == "native" && browsers.contains(&image_name(&interpreter.image))
    })
}

/// What a scenario's programs tried of themselves: `chrome.exe: a.example (no
/// such name)`.
pub(super) fn blocked(scenario: &ScenarioReport) -> Option<String> {
    let mut images: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for blocked in &scenario.blocked {
        let targets = images.entry(image_name(&blocked.image)).or_default();
        targets.push(format!("{} ({})", blocked.target, blocked.reason));
    }
    let parts: Vec<_> = images
        .into_iter()
        .map(|(image, targets)| format!("{image}: {}", targets.join(", ")))
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
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

/// One thing that is not simply as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble<'a> {
    pub(super) outcome: Outcome,
    pub(super) summary: Sentence,
    pub(super) details: Vec<Sentence>,
    /// The chain of evidence, where it says more than the details.
    pub(super) chain: &'a [Link],
}

/// What is not simply as expected in a scenario, one thing after the other.
pub(super) fn troubles(scenario: &ScenarioReport) -> Vec<Trouble<'_>> {
    let detections = scenario
        .detections
        .iter()
        .filter(|detection| is_trouble(detection.outcome))
        .filter(|detection| !is_told(scenario, detection.outcome))
        .map(|detection| Trouble {
            outcome: detection.outcome,
            summary: summary(scenario, detection),
            details: details(detection),
            chain: telling_chain(detection),
        });
    let telemetry = scenario
        .telemetry
        .iter()
        .filter(|telemetry| is_trouble(telemetry.outcome))
        .filter(|telemetry| !is_told(scenario, telemetry.outcome))
        .map(|telemetry| Trouble {
            outcome: telemetry.outcome,
            summary: shortfall(telemetry),
            details: because("expected", telemetry.because.as_deref()),
            chain: &[],
        });
    detections.chain(telemetry).collect()
}

/// The scenario's cause says all there is to say of parts with this outcome:
/// where nothing ran, each of its expectations is lost for the same reason.
/// Telemetry that is not there is told of one by one.
fn is_told(scenario: &ScenarioReport, outcome: Outcome) -> bool {
    match outcome {
        Outcome::NoTelemetry => false,
        Outcome::Unsupported if scenario.detections.len() > 1 => false,
        _ => outcome.class() == Class::Inconclusive && outcome == worst(scenario),
    }
}

/// The chain of a detection that fired too seldom or too often. Where only the
/// values are wrong it says nothing, and where nothing can be said it is the
/// scenario's that counts.
fn telling_chain(detection: &DetectionReport) -> &[Link] {
    let telling = detection.outcome == Outcome::WrongCount
        || detection.outcome.class() == Class::Deviates && broken(&detection.chain).is_some();
    if telling { &detection.chain } else { &[] }
}

/// What is known to be wrong of a scenario, with that outcome: what was seen,
/// and apart from it what several scenarios may have in common, as the clause
/// and the excuse.
pub(super) fn known(
    scenario: &ScenarioReport,
    outcome: Outcome,
) -> Vec<(Trouble<'_>, Vec<Sentence>)> {
    scenario
        .detections
        .iter()
        .filter(|detection| detection.outcome == outcome)
        .map(|detection| {
            let alike = alike(&detection.dropped);
            let trouble = Trouble {
                outcome: detection.outcome,
                summary: summary(scenario, detection),
                details: alike
                    .iter()
                    .map(|(first, _)| {
                        met(
                            first,
                            Sentence::new(counted(first.events, "event")).words(" dropped"),
                        )
                    })
                    .collect(),
                chain: &[],
            };
            let clauses = alike
                .iter()
                .map(|(first, others)| clause(first, others, Sentence::new("dropped")));
            (trouble, clauses.chain(excuse(detection)).collect())
        })
        .collect()
}

/// `0/5 rows`; which detection has them, where a scenario has several.
pub(super) fn summary(scenario: &ScenarioReport, detection: &DetectionReport) -> Sentence {
    let said = if detection.outcome.class() == Class::Inconclusive {
        "not judged".to_owned()
    } else {
        rows(detection)
    };
    Sentence::new(if scenario.detections.len() > 1 {
        format!("{}: {said}", detection.name)
    } else {
        said
    })
}

/// `` event 3 where `Image=…`: expected exactly 5, got 0 ``.
pub(super) fn shortfall(telemetry: &TelemetryReport) -> Sentence {
    expectation(telemetry).words(format!(
        ": expected {}, got {}",
        telemetry.expected, telemetry.got
    ))
}

/// Why a detection said what it said: what the rows hold, what dropped events,
/// what the expectations say of it.
pub(super) fn details(detection: &DetectionReport) -> Vec<Sentence> {
    let mut details: Vec<_> = detection.mismatches.iter().map(mismatch).collect();
    if detection.outcome == Outcome::Unexpected {
        details.extend(unexpected_rows(detection));
    }
    details.extend(dropped(&detection.dropped));
    details.extend(excuse(detection));
    details
}

/// What the expectations say of it, and the findings that it belongs to.
fn excuse(detection: &DetectionReport) -> Vec<Sentence> {
    let what = if detection.outcome.is_known() {
        "known"
    } else if detection.expected == "exactly 0" {
        "silence is expected"
    } else {
        "expected"
    };
    let mut sentences = because(what, detection.because.as_deref());
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

fn because(what: &str, because: Option<&str>) -> Vec<Sentence> {
    because
        .map(|because| Sentence::new(format!("{what}, because {because}")))
        .into_iter()
        .collect()
}

pub(super) fn mismatch(mismatch: &Mismatch) -> Sentence {
    Sentence::new(&mismatch.column)
        .words(": expected ")
        .quote(&mismatch.expected)
        .words(", got ")
        .quote(&mismatch.got)
        .words(format!(" in {}", counted(mismatch.rows, "row")))
}

/// The first row of a detection that must have none.
fn unexpected_rows(detection: &DetectionReport) -> Vec<Sentence> {
    const SHOWN: usize = 1;
    let mut sentences: Vec<_> = detection
        .rows
        .iter()
        .take(SHOWN)
        .map(|row| {
            let values = detection.columns.iter().filter_map(|column| {
                let value = row.get(column).filter(|value| !value.is_empty())?;
                Some((column, value))
            });
            values.enumerate().fold(
                Sentence::new("row: "),
                |sentence, (index, (column, value))| {
                    sentence
                        .words(if index == 0 { "" } else { ", " })
                        .words(column)
                        .words(" ")
                        .quote(value)
                },
            )
        })
        .collect();
    if detection.rows.len() > SHOWN {
        let more = counted(detection.rows.len() - SHOWN, "more row");
        sentences.push(Sentence::new(format!("and {more}")));
    }
    sentences
}

/// One sentence for clauses that dropped the same events for the same values.
fn dropped(clauses: &[Dropped]) -> Vec<Sentence> {
    alike(clauses)
        .into_iter()
        .map(|(first, others)| {
            let start = Sentence::new(counted(first.events, "event")).words(" dropped");
            met(first, clause(first, others, start))
        })
        .collect()
}

/// Clauses that dropped the same events for the same values, as the
/// alternatives of an OR do: the first and the others.
fn alike(clauses: &[Dropped]) -> Vec<(&Dropped, &[Dropped])> {
    clauses
        .chunk_by(|one, next| one.events == next.events && one.met == next.met)
        .filter_map(<[Dropped]>::split_first)
        .collect()
}

/// `` at line 2, column 2 by `DestinationHostname="*.workers.dev"` ``.
pub(super) fn clause(first: &Dropped, others: &[Dropped], sentence: Sentence) -> Sentence {
    let text = one_line(&first.clause);
    let sentence = sentence
        .words(format!(
            " at line {}, column {} by ",
            first.line, first.column
        ))
        .quote(clip(&text, CLAUSE_LIMIT));
    match others.last() {
        Some(last) => sentence.words(format!(
            " and {} after it, the last in line {}",
            counted(others.len(), "clause"),
            last.line,
        )),
        None => sentence,
    }
}

/// `` : DestinationHostname was `-` ``.
fn met(dropped: &Dropped, sentence: Sentence) -> Sentence {
    dropped
        .met
        .iter()
        .enumerate()
        .fold(sentence, |sentence, (index, (field, value))| {
            let sentence = sentence
                .words(if index == 0 { ": " } else { ", " })
                .words(field);
            match value {
                Some(value) => sentence.words(" was ").quote(value),
                None => sentence.words(" had no value"),
            }
        })
}

fn one_line(clause: &str) -> String {
    clause.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first link that does not hold.
pub(super) fn broken(chain: &[Link]) -> Option<&Link> {
    chain.iter().find(|link| link.holds == Some(false))
}

/// `the chain of evidence breaks at the endpoint: no request`.
pub(super) fn broken_link(chain: &[Link]) -> Option<Sentence> {
    broken(chain).map(|link| {
        Sentence::new(format!("the chain of evidence breaks at the {}", link.link))
            .words(if link.seen.is_empty() { "" } else { ": " })
            .words(&link.seen)
    })
}

/// What a finding is about: `serverless, scenarios 1 to 4, 7`.
pub(super) fn subject(finding: &Finding) -> Option<String> {
    let scenarios = scenarios(finding);
    let parts: Vec<_> = finding.detection.iter().chain(&scenarios).collect();
    let parts: Vec<_> = parts.into_iter().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `scenarios 1 to 4, 7`.
fn scenarios(finding: &Finding) -> Option<String> {
    let noun = if finding.scenarios.len() == 1 {
        "scenario"
    } else {
        "scenarios"
    };
    let numbers = numbers(&finding.scenarios);
    (!numbers.is_empty()).then(|| format!("{noun} {numbers}"))
}

/// `1 to 4, 7`, of numbers in order.
pub(crate) fn numbers(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
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
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::super::fixtures;
    use super::*;

    #[test]
    fn rows_stand_beside_those_expected() {
        let report = fixtures::unexpected();
        let mut detection = report.scenarios[0].detections[0].clone();
        for (expected, text) in [
            ("exactly 0", "2 rows, expected none"),
            ("exactly 1", "2/1 row"),
            ("exactly 5", "2/5 rows"),
            ("at least 3", "2 rows, expected at least 3"),
            ("1 to 3", "2 rows, expected 1 to 3"),
            ("exactly #{count}", "2 rows, expected exactly #{count}"),
        ] {
            expected.clone_into(&mut detection.expected);
            assert_eq!(rows(&detection), text);
        }
        detection.rows.clear();
        "exactly 0".clone_into(&mut detection.expected);
        assert_eq!(rows(&detection), "no rows");
    }

    #[test]
    fn scenarios_in_a_row_are_a_range() {
        let mut finding = fixtures::missed().findings[0].clone();
        for (numbers, text) in [
            (vec![], None),
            (vec![3], Some("scenario 3")),
            (vec![1, 2], Some("scenarios 1, 2")),
            (
                vec![1, 2, 3, 4, 7, 9, 10],
                Some("scenarios 1 to 4, 7, 9, 10"),
            ),
        ] {
            finding.scenarios = numbers;
            assert_eq!(scenarios(&finding).as_deref(), text);
        }
    }

    #[test]
    fn a_program_is_named_once() {
        let mut interpreter = fixtures::all_as_expected().scenarios[0].interpreters[0].clone();
        for (known_as, version, text) in [
            ("curl", "curl 8.5.0", "curl 8.5.0"),
            ("python3", "Python 3.12.3", "python3, Python 3.12.3"),
            (
                "stand-in for powershell.exe",
                "beaconlab 0.1.0",
                "beaconlab 0.1.0",
            ),
            ("pwsh", "", "pwsh"),
        ] {
            known_as.clone_into(&mut interpreter.program);
            version.clone_into(&mut interpreter.version);
            assert_eq!(program(&interpreter), text);
        }
    }

    #[test]
    fn a_reason_against_a_better_tier_is_told_once_for_all() {
        let report = fixtures::all_as_expected();
        let mut interpreters: Vec<_> = interpreters(&report).into_iter().cloned().collect();
        interpreters[0].why_not_better = Some("another".to_owned());
        let told = why_not_better(&interpreters);
        assert_eq!(told[0], ("another", vec!["cmd.exe"]));
        // curl.exe and python.exe are the real ones: nothing is better.
        let others = vec!["powershell.exe", "timeout.exe", "wscript.exe"];
        assert_eq!(told[1].1, others);
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn a_cause_is_not_told_again_for_each_expectation() {
        let mut report = fixtures::not_executed();
        let scenario = &mut report.scenarios[1];
        assert_eq!(troubles(scenario).len(), 2);
        for telemetry in &mut scenario.telemetry {
            telemetry.outcome = Outcome::NotExecuted;
        }
        assert_eq!(troubles(scenario), []);
        // The cause speaks for its own outcome alone.
        scenario.telemetry[0].outcome = Outcome::LabError;
        scenario.outcome = Outcome::LabError;
        assert_eq!(troubles(scenario).len(), 2);
    }

    #[test]
    fn clauses_that_met_different_values_are_told_apart() {
        let mut clauses = fixtures::missed().scenarios[0].detections[0]
            .dropped
            .clone();
        assert_eq!(dropped(&clauses).len(), 1);
        let met = clauses[2].met.get_mut("DestinationHostname").unwrap();
        *met = Some("104.18.4.7".to_owned());
        let sentences: Vec<_> = dropped(&clauses).iter().map(Sentence::plain).collect();
        assert_eq!(
            sentences,
            [
                "5 events dropped at line 2, column 2 by `DestinationHostname=\"*.workers.dev\"` \
                 and 1 clause after it, the last in line 3: DestinationHostname had no value",
                "5 events dropped at line 4, column 4 by \
                 `DestinationHostname=\"*.cloudfunctions.net\"`: DestinationHostname was \
                 `104.18.4.7`",
            ]
        );
        assert!(dropped(&[]).is_empty());
    }
}
