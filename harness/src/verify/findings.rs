//! What recorded events say beside the verdicts: what was lost, what is not
//! logged, and why a detection is blind on them.

use std::collections::BTreeMap;

use super::collect::Collection;
use super::names::HostNames;
use super::survey::{Host, Survey};
use super::verdict::Judged;
use telemetry::ProblemKind;

use crate::findings::{MATCH_QUERY_NAME, REVERSE_DNS, SEARCH_SOURCE, SOURCETYPE};
use crate::judge::chain::plural;
use crate::recordings::Losses;
use crate::report::model::Finding;

/// All findings, by code.
pub(super) fn all(
    survey: &Survey,
    hosts: &[&Host],
    losses: &Losses,
    judged: &[Judged],
    collection: &Collection,
) -> Vec<Finding> {
    let mut findings = of_input(survey, losses, collection);
    for host in hosts {
        findings.extend(of_host(host, judged));
    }
    findings.extend(of_detections(judged));
    let lacking: usize = judged.iter().map(|judged| judged.lacking).sum();
    if lacking > 0 {
        findings.push(finding(
            "script-block-parts",
            format!(
                "{} not all there: PowerShell logs long ones in several events 4104",
                plural(lacking, "script block is", "script blocks are")
            ),
            Some("export the whole of Microsoft-Windows-PowerShell/Operational"),
            judged
                .iter()
                .filter(|judged| judged.lacking > 0)
                .map(|judged| judged.report.number)
                .collect(),
        ));
    }
    findings.sort();
    findings.dedup();
    findings
}

/// Hosts that the events name in two ways.
pub(super) fn names(names: &HostNames) -> impl Iterator<Item = Finding> {
    names.iter().map(|(label, whole)| {
        finding(
            "host-names",
            format!("{label} is taken for {whole}: no other name begins with that label"),
            None,
            vec![],
        )
    })
}

/// Scenarios that are not in the events at all.
pub(super) fn missing(numbers: &[usize], all: usize) -> Option<Finding> {
    (!numbers.is_empty()).then(|| {
        finding(
            "scenarios-missing",
            format!(
                "{} of {all} scenarios are not in these events",
                numbers.len()
            ),
            Some(
                "`--found` judges only those that are there, `--scenario` names those that must \
                 be, and `--suite` says which are looked for",
            ),
            numbers.to_vec(),
        )
    })
}

/// None of the scenarios that were looked for is in the events, and each may be
/// missing.
pub(super) fn none_found(all: usize) -> Finding {
    finding(
        "no-scenario-found",
        format!(
            "none of the {} that were looked for is in these events",
            plural(all, "scenario", "scenarios")
        ),
        None,
        vec![],
    )
}

fn finding(
    code: &'static str,
    message: String,
    help: Option<&str>,
    scenarios: Vec<usize>,
) -> Finding {
    Finding {
        code,
        message,
        detection: None,
        scenarios,
        help: help.map(str::to_owned),
    }
}

fn of_input(survey: &Survey, losses: &Losses, collection: &Collection) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lost = losses.lost + survey.unreadable;
    if lost > 0 {
        let first = losses.problems.iter().find(|(_, loses)| *loses);
        let first = first.map_or_else(
            || "an event says neither what nor when it is".to_owned(),
            |(problem, _)| problem.to_string(),
        );
        findings.push(finding(
            "data-lost",
            format!(
                "{} could not be read, the first is: {first}",
                plural(lost, "piece of the events", "pieces of the events")
            ),
            Some("what was lost may be what decides: the verdicts are of the rest"),
            vec![],
        ));
    }
    let passed_over: Vec<String> = losses
        .problems
        .iter()
        .filter(|(problem, loses)| !loses && matches!(problem.kind, ProblemKind::NotEvents))
        .map(|(problem, _)| problem.place.source.to_string())
        .collect();
    if let [shown @ .., last] = passed_over.as_slice() {
        let files = match shown.get(..2) {
            Some(first) if shown.len() > 2 => {
                format!("{} and {} more", first.join(", "), passed_over.len() - 2)
            }
            _ => passed_over.join(", "),
        };
        let one = shown.is_empty();
        // Only the first problems are kept.
        let bound = if losses.count > losses.problems.len() {
            "at least "
        } else {
            ""
        };
        findings.push(finding(
            "files-passed-over",
            format!(
                "{bound}{} no events, and {} passed over: {}",
                plural(passed_over.len(), "file holds", "files hold"),
                if one { "was" } else { "were" },
                if one { last } else { &files }
            ),
            Some("name a file itself if it must be read"),
            vec![],
        ));
    }
    if losses.given_up {
        findings.push(finding(
            "data-lost",
            "reading ended before the events did".to_owned(),
            Some("the verdicts are of what was read"),
            vec![],
        ));
    }
    if collection.overflowed {
        findings.push(finding(
            "too-many-events",
            "the processes taken for scenarios have more events than could be judged".to_owned(),
            Some("narrow the time by `--since` and `--until`"),
            vec![],
        ));
    }
    if survey.overflowed {
        findings.push(finding(
            "too-many-events",
            "there are more hosts, or more events with words of the scenarios, than could be judged"
                .to_owned(),
            Some("narrow the time by `--since` and `--until`, or what is looked for by `--scenario`"),
            vec![],
        ));
    }
    if survey.duplicates > 0 {
        findings.push(finding(
            "duplicate-events",
            format!(
                "{} there before, and counted once",
                plural(survey.duplicates, "event was", "events were")
            ),
            None,
            vec![],
        ));
    }
    findings
}

fn of_host(host: &Host, judged: &[Judged]) -> Vec<Finding> {
    let name = host.name.as_str();
    let mut findings = Vec::new();
    if let Some((before, after)) = host.jump {
        findings.push(finding(
            "clock-jumped",
            format!(
                "{name}: the clock went back by more than a minute between the records {before} \
                 and {after}{}",
                match host.jumps {
                    1 => String::new(),
                    count => format!(", and {} times more", count - 1),
                }
            ),
            Some("times, and what happened in a window of time, are doubtful on this host"),
            vec![],
        ));
    }
    let on_host = || {
        judged
            .iter()
            .filter(|judged| judged.report.host.as_deref() == Some(name))
    };
    let mut unjudged: BTreeMap<u32, (usize, Vec<usize>)> = BTreeMap::new();
    for judged in on_host() {
        for (id, count) in &judged.unjudged {
            let known = unjudged.entry(*id).or_default();
            known.0 += count;
            known.1.push(judged.report.number);
        }
    }
    for (id, (count, mut scenarios)) in unjudged {
        scenarios.dedup();
        findings.push(finding(
            "not-logged",
            format!(
                "{name}: there is no event {id} of any process, so that {} not judged",
                plural(count, "expectation was", "expectations were")
            ),
            Some(match id {
                22 => {
                    "which names were asked for is not known; log event 22 (DnsQuery) for the \
                     programs of the scenarios"
                }
                4104 => {
                    "switch script block logging on, and export \
                     Microsoft-Windows-PowerShell/Operational, too"
                }
                _ => "log it, as Sysmon's configuration in `lab/sysmon` does",
            }),
            scenarios,
        ));
    }
    if host.linux {
        findings.push(finding(
            "other-system",
            format!("{name}: these events are Sysmon for Linux's, and the scenarios are Windows'"),
            None,
            vec![],
        ));
    }
    findings
}

/// The conditions of these events under which detections are blind, and those
/// without which they would be.
fn of_detections(judged: &[Judged]) -> Vec<Finding> {
    /// The codes of a judged execution, for a detection by its place.
    type Codes = fn(&Judged, usize) -> &[&'static str];
    let reasons: Codes = |judged, at| &judged.report.detections[at].reasons;
    let rests_on: Codes = |judged, at| &judged.rests_on[at];
    [
        (
            REVERSE_DNS,
            "it is blind on these events: Sysmon's reverse lookups gave no tenant's name",
            MATCH_QUERY_NAME,
            reasons,
        ),
        (
            REVERSE_DNS,
            "it fires only because reverse lookups gave the tenant's name here, which a provider's \
             own do not",
            MATCH_QUERY_NAME,
            rests_on,
        ),
        (
            SOURCETYPE,
            "it is blind on these events: none has the sourcetype that it names",
            SEARCH_SOURCE,
            reasons,
        ),
        (
            SOURCETYPE,
            "it fires only under an add-on that keeps the sourcetype which it names, and current \
             ones rename it",
            SEARCH_SOURCE,
            rests_on,
        ),
    ]
    .into_iter()
    .flat_map(|(code, message, help, codes)| {
        let mut by_detection: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for judged in judged {
            for (at, detection) in judged.report.detections.iter().enumerate() {
                if codes(judged, at).contains(&code) {
                    let numbers = by_detection.entry(&detection.name).or_default();
                    numbers.push(judged.report.number);
                    numbers.dedup();
                }
            }
        }
        by_detection
            .into_iter()
            .map(move |(detection, scenarios)| Finding {
                detection: Some(detection.to_owned()),
                ..finding(code, message.to_owned(), Some(help), scenarios)
            })
    })
    .collect()
}
