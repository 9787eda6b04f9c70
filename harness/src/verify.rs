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
mod glance;
mod guid;
mod marks;
mod names;
mod observed;
pub mod options;
mod plain;
mod processes;
mod reading;
mod survey;
mod verdict;

use std::collections::HashMap;

use jiff::Timestamp;
use scenarios::{Ptr, ResolveError};
use telemetry::Input;
use thiserror::Error;

use self::attribution::{Execution, executions};
use self::collect::{Collected, Collection, Wanted};
use self::condition::OPTIONAL;
use self::guid::Guid;
use self::marks::Sought;
use self::names::HostNames;
pub(crate) use self::observed::Observed;
use self::options::Options;
use self::reading::Reading;
use self::survey::{Host, Survey};
pub(crate) use self::verdict::Asked;
use self::verdict::{Case, Judged};
use crate::outcome::ExitCode;
use crate::recordings::needles::Needles;
use crate::recordings::{Interrupt, Losses};
use crate::report::model::{HostReport, RecordedReport, RunReport, ScenarioReport};
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
    /// The scenarios have no words of their own, or too many.
    #[error("the scenarios' words cannot be looked for: there are none, or too many")]
    Words,
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
    observed(options, interrupt, &mut |_| {})
}

/// The same as [`verify`], and shows each execution to `observe` once it is
/// judged, in the order of the scenarios.
pub(crate) fn observed(
    options: &Options,
    interrupt: &Interrupt,
    observe: &mut dyn FnMut(&Observed<'_>),
) -> Result<RunReport, VerifyError> {
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
    let words: Vec<String> = sought.iter().flat_map(Sought::literals).collect();
    let words = Needles::new(&words).ok_or(VerifyError::Words)?;
    let reading = Reading {
        inputs: &options.inputs,
        threads: options.threads,
        interrupt,
    };
    let surveyed = |names: &HostNames| {
        let mut survey = Survey::default();
        let losses = reading.each(
            &|events| glance::glances(events, options.window, &words, names),
            &mut |glances| survey.add(glances),
        );
        (survey, losses)
    };
    let (mut survey, losses) = surveyed(&HostNames::default());
    let names = survey.names();
    // Which names are one host's is known once all were read: what follows from
    // that, as what is there twice, is found out anew.
    if !names.is_empty() && !interrupt.is_set() {
        // Not both at once: they are as large as there are events.
        drop(survey);
        (survey, _) = surveyed(&names);
    }
    survey.end();
    let hosts = hosts(options, &survey)?;
    let found = found(&sought, &hosts);
    let collection = collected(options, &reading, &found, &names)?;
    let lookups: HashMap<&str, Option<Ptr>> = hosts
        .iter()
        .map(|host| (host.key.as_str(), condition::lookups(host, &sought)))
        .collect();
    let judged = judge(options, &found, &lookups, &collection, observe);
    let mut report = report(options, started, &lookups, &survey, &hosts, &losses);
    let mut missing = Vec::new();
    for of in &sought {
        let runs = judged
            .iter()
            .filter(|judged| judged.report.number == of.test.number);
        let before = report.scenarios.len();
        report
            .scenarios
            .extend(runs.map(|judged| judged.report.clone()));
        if report.scenarios.len() == before && !options.found_only {
            let any = survey.events > 0;
            report.scenarios.push(verdict::missing(options, of, any));
            missing.push(of.test.number);
        }
    }
    report.findings = findings::all(&survey, &hosts, &losses, &judged, &collection);
    report.findings.extend(findings::names(&names));
    report
        .findings
        .extend(findings::missing(&missing, sought.len()));
    if report.scenarios.is_empty() {
        report.findings.push(findings::none_found(sought.len()));
    }
    report.findings.sort();
    conclude(
        options,
        &mut report,
        &losses,
        &judged,
        survey.overflowed || collection.overflowed,
        interrupt.is_set(),
    );
    Ok(report)
}

/// The hosts that are judged, by name.
fn hosts<'s>(options: &Options, survey: &'s Survey) -> Result<Vec<&'s Host>, VerifyError> {
    let mut hosts: Vec<&Host> = survey.hosts.values().collect();
    hosts.sort_by_key(|host| &host.name);
    // By its whole name or the first label of it.
    let is_meant = |name: &str, wanted: &str| {
        let label = name.split_once('.').map_or(name, |(label, _)| label);
        name.eq_ignore_ascii_case(wanted) || label.eq_ignore_ascii_case(wanted)
    };
    let named = |wanted: &String| hosts.iter().any(|host| is_meant(&host.name, wanted));
    if let Some(unknown) = options.hosts.iter().find(|wanted| !named(wanted)) {
        return Err(VerifyError::Host {
            host: unknown.clone(),
            known: hosts.iter().map(|host| host.name.clone()).collect(),
        });
    }
    if !options.hosts.is_empty() {
        let meant = |host: &&Host| options.hosts.iter().any(|name| is_meant(&host.name, name));
        hosts.retain(meant);
    }
    Ok(hosts)
}

/// An execution that was found: whose, where, and which processes it had.
struct Found<'a> {
    sought: &'a Sought<'a>,
    host: &'a Host,
    execution: Execution,
}

fn found<'a>(sought: &'a [Sought<'a>], hosts: &[&'a Host]) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for sought in sought {
        for host in hosts {
            found.extend(executions(sought, host).into_iter().map(|execution| Found {
                sought,
                host,
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
    names: &HostNames,
) -> Result<Collection, VerifyError> {
    let mut wanted = Wanted::default();
    for found in found {
        let key = &found.host.key;
        let processes = &found.execution.processes;
        let ids = wanted.process_ids.entry(key.clone()).or_default();
        let id = |guid: &Guid| found.host.processes.get(*guid)?.id;
        ids.extend(processes.iter().filter_map(id));
        let of_host = wanted.processes.entry(key.clone()).or_default();
        of_host.extend(processes);
    }
    let mut collection = Collection::default();
    if found.is_empty() {
        return Ok(collection);
    }
    let literals = Needles::new(&wanted.literals()).ok_or(VerifyError::Words)?;
    // What cannot be read was said at the first reading.
    reading.each(
        &|events| collect::of_batch(events, options.window, &wanted, &literals, names),
        &mut |collected| collection.add(collected),
    );
    collection.sort();
    Ok(collection)
}

fn judge(
    options: &Options,
    found: &[Found<'_>],
    lookups: &HashMap<&str, Option<Ptr>>,
    collection: &Collection,
    observe: &mut dyn FnMut(&Observed<'_>),
) -> Vec<Judged> {
    found
        .iter()
        .map(|found| {
            let all = collection.events.get(&found.host.key);
            let case = Case {
                options,
                sought: found.sought,
                host: found.host,
                lookups: lookups.get(found.host.key.as_str()).copied().flatten(),
                execution: &found.execution,
                events: all
                    .into_iter()
                    .flatten()
                    .filter(|event| is_of(event, &found.execution, found.host))
                    .collect(),
            };
            let judged = case.judge();
            observe(&Observed::new(&case, &judged));
            judged
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
    event
        .process_id
        .and_then(|id| host.processes.holder(id, event.time_created))
        .is_some_and(|guid| execution.processes.contains(&guid))
}

fn report(
    options: &Options,
    started: Timestamp,
    lookups: &HashMap<&str, Option<Ptr>>,
    survey: &Survey,
    hosts: &[&Host],
    losses: &Losses,
) -> RunReport {
    let input = |input: &Input| match input {
        Input::Path(path) => path.to_string_lossy().into_owned(),
        Input::Stdin => "standard input".to_owned(),
    };
    let mut report = RunReport::begun(
        options.run_id.clone(),
        started,
        options.behaviour,
        &options.detections,
        options.strict,
    );
    report.recorded = Some(RecordedReport {
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
        hosts: hosts
            .iter()
            .map(|host| self::host(options, lookups, host))
            .collect(),
    });
    report
}

/// What a report says of a host.
fn host(options: &Options, lookups: &HashMap<&str, Option<Ptr>>, host: &Host) -> HostReport {
    let (addon, addon_is_told) = condition::addon(options, host);
    HostReport {
        host: host.name.clone(),
        system: if host.linux { "linux" } else { "windows" },
        events: host.events.clone(),
        first: host.first,
        last: host.last,
        schema: host.schema(),
        addon: addon.to_string(),
        addon_is_told,
        ptr: lookups
            .get(host.key.as_str())
            .copied()
            .flatten()
            .map(|ptr| ptr.to_string()),
        not_logged: [1, 3]
            .into_iter()
            .chain(OPTIONAL)
            .filter(|id| !host.logs(*id))
            .collect(),
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
    let conditions = || judged.iter().map(|judged| judged.condition);
    report.addon = one(conditions().map(|of| of.addon.to_string()).collect());
    report.ptr = one(conditions().map(|of| of.ptr.to_string()).collect());
    let mut code = report
        .scenarios
        .iter()
        .flat_map(ScenarioReport::outcomes)
        .map(|outcome| outcome.exit_code(options.strict))
        .max()
        .unwrap_or(ExitCode::Inconclusive);
    let lost = report.recorded.as_ref().is_some_and(|of| of.lost > 0);
    // Nothing that was judged, and judging half of it, is never success.
    if judged.is_empty() || lost || losses.given_up || overflowed || interrupted {
        code = code.max(ExitCode::Inconclusive);
    }
    report.outcome = Some(code.class());
    report.exit_code = Some(code.into());
    report.interrupted = interrupted;
    report.finished = Some(Timestamp::now());
}
