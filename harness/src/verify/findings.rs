//! What recorded events say beside the verdicts: what was lost, what is not
//! logged, and why a detection is blind on them.

use std::collections::BTreeMap;

use super::collect::Collection;
use super::survey::{Host, Survey};
use super::verdict::Judged;
use crate::findings::{REVERSE_DNS, SOURCETYPE};
use crate::judge::chain::plural;
use crate::recordings::Losses;
use crate::report::model::Finding;

/// All findings, by code.
pub(super) fn all(
    survey: &Survey,
    hosts: &BTreeMap<&str, &Host>,
    losses: &Losses,
    judged: &[Judged],
    collection: &Collection,
) -> Vec<Finding> {
    let mut findings = of_input(survey, losses, collection);
    for (name, host) in hosts {
        findings.extend(of_host(name, host, judged));
    }
    findings.extend(blind(judged));
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

fn of_host(name: &str, host: &Host, judged: &[Judged]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((before, after)) = host.jumps.first() {
        findings.push(finding(
            "clock-jumped",
            format!(
                "{name}: the clock went back by more than a minute between the records {before} \
                 and {after}{}",
                match host.jumps.len() {
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

/// The conditions under which detections are blind on these events.
fn blind(judged: &[Judged]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (code, message, help) in [
        (
            REVERSE_DNS,
            "it is blind on these events: Sysmon's reverse lookups gave no tenant's name",
            "match on QueryName of event 22, which holds the name that was asked for",
        ),
        (
            SOURCETYPE,
            "it is blind on these events: none has the sourcetype that it names",
            "search source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\", which is the \
             same under every add-on",
        ),
    ] {
        let mut by_detection: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for judged in judged {
            for detection in &judged.report.detections {
                if detection.reasons.contains(&code) {
                    let scenarios = by_detection.entry(&detection.name).or_default();
                    scenarios.push(judged.report.number);
                }
            }
        }
        findings.extend(by_detection.into_iter().map(|(detection, mut scenarios)| {
            scenarios.dedup();
            Finding {
                detection: Some(detection.to_owned()),
                ..finding(code, message.to_owned(), Some(help), scenarios)
            }
        }));
    }
    findings
}
