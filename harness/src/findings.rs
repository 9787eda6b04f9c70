//! What a run finds out beside its verdicts: above all, that a detection fires
//! in the lab and would be blind in the field.

use std::collections::BTreeSet;

use scenarios::{Addon, Ptr};

use crate::judge::Judged;
use crate::judge::chain::file_name;
use crate::report::model::Finding;
use crate::run::Shared;

/// The detection needs reverse DNS to give the tenant's name.
pub(crate) const REVERSE_DNS: &str = "reverse-dns";
/// The detection names a sourcetype that current add-ons rename.
pub(crate) const SOURCETYPE: &str = "sourcetype-renamed";

/// The detection needs the host names that Sysmon looks up, and it looks up none.
pub(crate) const DNS_LOOKUP_OFF: &str = "dns-lookup-off";
/// The detection needs the queries of event 22, and none are logged.
pub(crate) const QUERIES_NOT_LOGGED: &str = "event-22-not-logged";
/// What helps against [`REVERSE_DNS`].
pub(crate) const MATCH_QUERY_NAME: &str =
    "match on QueryName of event 22, which holds the name that was asked for";
/// What helps against [`SOURCETYPE`].
pub(crate) const SEARCH_SOURCE: &str = "search source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\", which is the same under \
                                        every add-on";

/// A stronger isolation was asked for, and this machine refuses it.
const WEAKER_ISOLATION: &str = "weaker-isolation";
/// A PowerShell that logs its script blocks itself logged none.
const SILENT_LOG: &str = "script-block-log-silent";

/// The findings of a run, by code.
pub(crate) fn of_run(shared: &Shared<'_>, judged: &[Judged]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, detection) in shared.options.detections.iter().enumerate() {
        let conditions = shared.options.condition;
        let name = &detection.source.name;
        if conditions.ptr != Ptr::Provider {
            let comparison = Comparison::new(judged, at, |elsewhere| elsewhere.provider);
            findings.extend(comparison.finding(
                REVERSE_DNS,
                name,
                |fire, all| {
                    format!(
                        "it fires only where reverse DNS gives the tenant's name: \
                         with `--ptr provider` {fire} of {all} fire"
                    )
                },
                "Sysmon fills DestinationHostname by a reverse lookup of the address; match on \
                 QueryName of event 22, which holds the name that was asked for",
            ));
        }
        if conditions.addon != Addon::Current {
            let comparison = Comparison::new(judged, at, |elsewhere| elsewhere.current);
            findings.extend(comparison.finding(
                SOURCETYPE,
                name,
                |fire, all| {
                    format!(
                        "it names a sourcetype that current add-ons rename: \
                         with `--addon current` {fire} of {all} fire"
                    )
                },
                SEARCH_SOURCE,
            ));
        }
    }
    findings.extend(blind_here(shared, judged));
    findings.extend(silent_log(judged));
    findings.extend(shared.granted.refused.iter().map(|refused| Finding {
        code: WEAKER_ISOLATION,
        message: refused.to_string(),
        detection: None,
        scenarios: vec![],
        help: Some("`beaconlab doctor` says which setting denies it".to_owned()),
    }));
    findings.sort();
    findings
}

/// A PowerShell that logs its script blocks itself, and did not.
fn silent_log(judged: &[Judged]) -> Option<Finding> {
    let silent = |judged: &&Judged| !judged.silent_script_block_logs.is_empty();
    let images: BTreeSet<&str> = judged
        .iter()
        .flat_map(|judged| &judged.silent_script_block_logs)
        .map(|image| file_name(image))
        .collect();
    (!images.is_empty()).then(|| Finding {
        code: SILENT_LOG,
        message: format!(
            "PowerShell's own log told of no script block of {}: no event 4104 is recorded of it",
            Vec::from_iter(images).join(", ")
        ),
        detection: None,
        scenarios: judged
            .iter()
            .filter(silent)
            .map(|judged| judged.report.number)
            .collect(),
        help: Some(
            "`--interpreters stand-in` runs the stand-in, whose event 4104 is made from its \
             command line"
                .to_owned(),
        ),
    })
}

/// What would change under another condition.
struct Comparison {
    fire: usize,
    changed: Vec<usize>,
    all: usize,
}

impl Comparison {
    /// Compares the emulations that fire now with what they would do; controls,
    /// if no emulation was run.
    fn new(
        judged: &[Judged],
        detection: usize,
        rows: impl Fn(&crate::judge::detection::Elsewhere) -> usize,
    ) -> Self {
        let emulates = judged.iter().any(|judged| !judged.report.control);
        let firing: Vec<_> = judged
            .iter()
            .filter(|judged| !(emulates && judged.report.control))
            .filter_map(|judged| Some((judged.report.number, judged.elsewhere.get(detection)?)))
            .filter(|(_, elsewhere)| elsewhere.must_fire && elsewhere.here > 0)
            .collect();
        Self {
            fire: firing.iter().filter(|(_, other)| rows(other) > 0).count(),
            changed: firing
                .iter()
                .filter(|(_, other)| rows(other) == 0)
                .map(|(number, _)| *number)
                .collect(),
            all: firing.len(),
        }
    }

    fn finding(
        self,
        code: &'static str,
        detection: &str,
        message: impl Fn(usize, usize) -> String,
        help: &str,
    ) -> Option<Finding> {
        (!self.changed.is_empty()).then(|| Finding {
            code,
            message: message(self.fire, self.all),
            detection: Some(detection.to_owned()),
            scenarios: self.changed,
            help: Some(help.to_owned()),
        })
    }
}

/// The conditions of this very run under which detections are blind.
fn blind_here(shared: &Shared<'_>, judged: &[Judged]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, detection) in shared.options.detections.iter().enumerate() {
        let name = &detection.source.name;
        for (code, message, help) in [
            (
                REVERSE_DNS,
                format!(
                    "it is blind here: with `--ptr {}`, no reverse lookup gives the tenant's name",
                    shared.options.condition.ptr
                ),
                MATCH_QUERY_NAME,
            ),
            (
                SOURCETYPE,
                format!(
                    "it is blind here: with `--addon {}`, no event has the sourcetype that it names",
                    shared.options.condition.addon
                ),
                SEARCH_SOURCE,
            ),
        ] {
            let scenarios: Vec<usize> = judged
                .iter()
                .filter(|judged| {
                    let report = judged.report.detections.get(at);
                    report.is_some_and(|report| report.reasons.contains(&code))
                })
                .map(|judged| judged.report.number)
                .collect();
            if !scenarios.is_empty() {
                findings.push(Finding {
                    code,
                    message,
                    detection: Some(name.clone()),
                    scenarios,
                    help: Some(help.to_owned()),
                });
            }
        }
    }
    findings
}
