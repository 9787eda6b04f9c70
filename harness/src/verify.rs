//! Recorded telemetry, judged by the same signals and expectations as a run of
//! the lab.
//!
//! The flow: the inputs are read once to learn which hosts there are and which
//! process started which ([`survey`]); from that and from the scenarios' own
//! words ([`marks`]) follows which processes were a scenario's, each time that
//! it ran ([`attribution`]); the inputs are read again for the events of those
//! processes ([`collect`]), and each execution is judged ([`verdict`]) under the
//! conditions that the events themselves tell ([`condition`]).
//!
//! Nothing here knows the lab. What recorded events cannot show, as what
//! reached an endpoint, is reported as missing.

mod attribution;
mod collect;
mod condition;
mod findings;
mod guid;
mod marks;
pub mod options;
mod plain;
mod reading;
mod survey;
mod verdict;

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use jiff::Timestamp;
use scenarios::ResolveError;
use telemetry::Input;
use thiserror::Error;

use self::attribution::{Execution, executions};
use self::collect::{Collected, Collection, Wanted};
use self::condition::OPTIONAL;
use self::guid::Guid;
use self::marks::Sought;
use self::options::Options;
use self::reading::Reading;
use self::survey::{Host, Survey};
use self::verdict::{Case, Judged};
use crate::outcome::{Class, ExitCode};
use crate::recordings::{Interrupt, Losses};
use crate::report::model::{HostReport, RecordedReport, RunReport, SCHEMA_VERSION, Tool};
pub use crate::run::expected::Unexpected;

/// Nothing can be judged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A scenario cannot be looked for with the values given.
    #[error("scenario {number}")]
    Scenario {
        /// Its number.
        number: usize,
        /// What is wrong.
        source: ResolveError,
    },
    /// Nothing is expected of a scenario.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// A host was named of which there is no event.
    #[error("there is no event of `{host}`{}", listed(.known))]
    Host {
        /// The host.
        host: String,
        /// Those of which there are events.
        known: Vec<String>,
    },
    /// The words that are looked for are too many.
    #[error("the scenarios' words cannot be looked for")]
    Words(#[from] aho_corasick::BuildError),
}

fn listed(hosts: &[String]) -> String {
    if hosts.is_empty() {
        ": there is no event of any".to_owned()
    } else {
        format!(", but of {}", hosts.join(", "))
    }
}

/// Judges recorded events.
///
/// # Errors
/// [`VerifyError`] where nothing can be judged. Events that are missing or lost
/// are no error of this kind: they are an outcome.
pub fn verify(options: &Options, interrupt: &Interrupt) -> Result<RunReport, VerifyError> {
    let started = Timestamp::now();
    Unexpected::check_all(
        &options.detections,
        &options.scenarios,
        options.behaviour,
        options.addon,
    )?;
    let sought = options
        .scenarios
        .iter()
        .map(|test| {
            test.resolve(&options.overrides)
                .map(|resolved| Sought::new(test, resolved))
                .map_err(|source| VerifyError::Scenario {
                    number: test.number,
                    source,
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let words = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(sought.iter().flat_map(Sought::literals))?;
    let reading = Reading {
        inputs: &options.inputs,
        threads: options.threads,
        interrupt,
    };
    let mut survey = Survey::default();
    let losses = reading.each(
        &|events| survey::glances(events, options.window, &|text| words.is_match(text)),
        &mut |glances| {
            for glance in glances {
                survey.add(glance);
            }
        },
    );
    let hosts = hosts(options, &survey)?;
    let found = found(&sought, &hosts);
    let collection = collected(options, &reading, &found, &hosts)?;
    let judged = judge(options, &found, &hosts, &collection);
    let mut report = report(options, started, &survey, &hosts, &losses);
    report.findings = findings::all(&survey, &hosts, &losses, &judged, &collection);
    for of in &sought {
        let runs = judged
            .iter()
            .filter(|judged| judged.report.number == of.test.number);
        let before = report.scenarios.len();
        report
            .scenarios
            .extend(runs.map(|judged| judged.report.clone()));
        if report.scenarios.len() == before && !options.found_only {
            report.scenarios.push(verdict::missing(options, of));
        }
    }
    conclude(
        options,
        &mut report,
        &losses,
        &judged,
        collection.overflowed,
        interrupt.is_set(),
    );
    Ok(report)
}

/// The hosts that are judged, by name.
fn hosts<'s>(
    options: &Options,
    survey: &'s Survey,
) -> Result<BTreeMap<&'s str, &'s Host>, VerifyError> {
    let mut hosts = BTreeMap::new();
    if options.hosts.is_empty() {
        hosts.extend(
            survey
                .hosts
                .iter()
                .map(|(name, host)| (name.as_str(), host)),
        );
        return Ok(hosts);
    }
    for wanted in &options.hosts {
        // By its whole name or the first label of it.
        let is_meant = |name: &str| {
            name.eq_ignore_ascii_case(wanted)
                || name
                    .split_once('.')
                    .is_some_and(|(label, _)| label.eq_ignore_ascii_case(wanted))
        };
        let before = hosts.len();
        hosts.extend(
            survey
                .hosts
                .iter()
                .filter(|(name, _)| is_meant(name))
                .map(|(name, host)| (name.as_str(), host)),
        );
        if hosts.len() == before && !hosts.keys().any(|name| is_meant(name)) {
            return Err(VerifyError::Host {
                host: wanted.clone(),
                known: survey.hosts.keys().cloned().collect(),
            });
        }
    }
    Ok(hosts)
}

/// An execution that was found: whose, where, and which processes it had.
struct Found<'a> {
    sought: &'a Sought<'a>,
    host: &'a str,
    execution: Execution,
}

fn found<'a>(sought: &'a [Sought<'a>], hosts: &BTreeMap<&'a str, &'a Host>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for sought in sought {
        for (name, host) in hosts {
            found.extend(executions(sought, host).into_iter().map(|execution| Found {
                sought,
                host: name,
                execution,
            }));
        }
    }
    found
}

fn collected(
    options: &Options,
    reading: &Reading<'_>,
    found: &[Found<'_>],
    hosts: &BTreeMap<&str, &Host>,
) -> Result<Collection, VerifyError> {
    let mut wanted = Wanted::default();
    for found in found {
        let name = found.host.to_owned();
        let processes = &found.execution.processes;
        let ids = wanted.process_ids.entry(name.clone()).or_default();
        if let Some(host) = hosts.get(found.host) {
            let id = |guid: &Guid| host.processes.get(guid)?.id;
            ids.extend(processes.iter().filter_map(id));
        }
        wanted.processes.entry(name).or_default().extend(processes);
    }
    let mut collection = Collection::default();
    if found.is_empty() {
        return Ok(collection);
    }
    let literals = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(wanted.literals())?;
    // What cannot be read was said at the first reading.
    reading.each(
        &|events| collect::of_batch(events, options.window, &wanted, &literals),
        &mut |collected| collection.add(collected),
    );
    collection.sort();
    Ok(collection)
}

fn judge(
    options: &Options,
    found: &[Found<'_>],
    hosts: &BTreeMap<&str, &Host>,
    collection: &Collection,
) -> Vec<Judged> {
    found
        .iter()
        .filter_map(|found| {
            let host = hosts.get(found.host)?;
            let none = Vec::new();
            let all = collection.events.get(found.host).unwrap_or(&none);
            let case = Case {
                options,
                sought: found.sought,
                host_name: found.host,
                host,
                execution: &found.execution,
                events: all
                    .iter()
                    .filter(|event| is_of(event, &found.execution, host))
                    .collect(),
            };
            Some(case.judge())
        })
        .collect()
}

/// Whether an event is one of an execution's processes. PowerShell's events name
/// a process by its id alone, which another may have had before.
fn is_of(collected: &Collected, execution: &Execution, host: &Host) -> bool {
    let event = &collected.event;
    if event.id != Some(4104) {
        let guid = Guid::of(event, "ProcessGuid");
        return guid.is_some_and(|guid| execution.processes.contains(&guid));
    }
    let started_before = |started: Option<Timestamp>| started <= event.time_created;
    let holder = host
        .processes
        .iter()
        .filter(|(_, process)| process.id.is_some() && process.id == event.process_id)
        .filter(|(_, process)| started_before(process.started))
        .max_by_key(|(_, process)| process.started);
    holder.is_some_and(|(guid, _)| execution.processes.contains(guid))
}

fn report(
    options: &Options,
    started: Timestamp,
    survey: &Survey,
    hosts: &BTreeMap<&str, &Host>,
    losses: &Losses,
) -> RunReport {
    let detections: Vec<_> = options
        .detections
        .iter()
        .map(|detection| detection.source.clone())
        .collect();
    let input = |input: &Input| match input {
        Input::Path(path) => path.to_string_lossy().into_owned(),
        Input::Stdin => "standard input".to_owned(),
    };
    let mut all: Vec<HostReport> = Vec::new();
    for (name, host) in hosts {
        let (addon, addon_is_told) = condition::addon(options, host);
        all.push(HostReport {
            host: (*name).to_owned(),
            system: if host.linux { "linux" } else { "windows" },
            events: host.events.clone(),
            first: host.first,
            last: host.last,
            schema: host.schema(),
            addon: addon.to_string(),
            addon_is_told,
            ptr: condition::lookups(host).map(|ptr| ptr.to_string()),
            not_logged: [1, 3]
                .into_iter()
                .chain(OPTIONAL)
                .filter(|id| !host.logs(*id))
                .collect(),
        });
    }
    RunReport {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        run_id: options.run_id.clone(),
        started,
        finished: None,
        interrupted: false,
        outcome: None,
        exit_code: None,
        isolation: None,
        seal: vec![],
        addon: String::new(),
        ptr: String::new(),
        behaviour: options.behaviour.to_string(),
        strict: options.strict,
        detection: detections.first().cloned(),
        detections,
        recorded: Some(RecordedReport {
            inputs: options.inputs.iter().map(input).collect(),
            events: survey.events,
            duplicates: survey.duplicates,
            others: survey.others,
            outside: survey.outside,
            problems: losses
                .problems
                .iter()
                .map(|(problem, _)| problem.to_string())
                .collect(),
            lost: losses.lost + survey.unreadable,
            hosts: all,
        }),
        findings: vec![],
        scenarios: vec![],
    }
}

/// The outcome of the whole, and under which conditions.
fn conclude(
    options: &Options,
    report: &mut RunReport,
    losses: &Losses,
    judged: &[Judged],
    overflowed: bool,
    interrupted: bool,
) {
    let one = |mut values: Vec<String>| {
        values.sort();
        values.dedup();
        match values.as_slice() {
            [] => "unknown".to_owned(),
            values => values.join(" or "),
        }
    };
    report.addon = match options.addon {
        Some(addon) => addon.to_string(),
        None => one(judged
            .iter()
            .map(|j| j.condition.addon.to_string())
            .collect()),
    };
    report.ptr = one(judged.iter().map(|j| j.condition.ptr.to_string()).collect());
    let outcomes = report.scenarios.iter().flat_map(|scenario| {
        let telemetry = scenario.telemetry.iter().map(|report| report.outcome);
        let detections = scenario.detections.iter().map(|report| report.outcome);
        std::iter::once(scenario.outcome)
            .chain(telemetry)
            .chain(detections)
    });
    let mut code = outcomes
        .map(|outcome| outcome.exit_code(options.strict))
        .max()
        .unwrap_or(ExitCode::Inconclusive);
    let lost = report.recorded.as_ref().is_some_and(|of| of.lost > 0);
    // Nothing that was judged, and judging half of it, is never success.
    if judged.is_empty() || lost || losses.given_up || overflowed || interrupted {
        code = code.max(ExitCode::Inconclusive);
    }
    report.outcome = Some(match code {
        ExitCode::AsExpected => Class::AsExpected,
        ExitCode::Deviates => Class::Deviates,
        _ => Class::Inconclusive,
    });
    report.exit_code = Some(code.into());
    report.interrupted = interrupted;
    report.finished = Some(Timestamp::now());
}
