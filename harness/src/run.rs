//! A run: scenarios in sandboxes, side by side, each judged as it ends.
//!
//! The flow of one scenario: [`options`] and its atomic test make a plan, the
//! lab executes it ([`execute`]), the joiner makes events of what was
//! observed, [`crate::judge`] says what the detections made of them, and the
//! [`folder`] keeps it all. Whoever wants to know listens to the stream.

pub(crate) mod execute;
pub(crate) mod expected;
pub mod folder;
mod interrupt;
pub(crate) mod names;
pub mod options;
pub(crate) mod workstation;
pub(crate) mod zone;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};

use jiff::Timestamp;
use lab::interpreter::{Inventory, Missing};
use lab::isolation::{self, Granted, IsolationError};
use lab::sandbox::Written;
use lab::sensor::digest::Cache;
use lab::sensor::host::Runner;
use mock_endpoints::{CertificateAuthority, HostName, TableError};
use scenarios::{AtomicTest, Expectation, ResolveError, Resolved};
use sysmon::{EventKind, UnknownField};
use thiserror::Error;

use self::execute::{Executed, Told};
pub use self::expected::{Unexpected, Unspoken};
use self::folder::Folder;
pub use self::interrupt::Interrupt;
use self::options::{Fault, Options};
pub(crate) use self::workstation::COMPUTER;
use self::zone::Zone;
use crate::findings;
use crate::judge::{self, Judged};
use crate::outcome::{Class, ExitCode};
use crate::report::model::{Finding, RunReport};
use crate::stream::RunEvent;

/// A run could not begin, or what it made could not be kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// A scenario cannot be run with the values given.
    #[error("scenario {number}")]
    Scenario {
        /// Its number.
        number: usize,
        /// What is wrong.
        source: ResolveError,
    },
    /// A scenario expects telemetry that no event can be. (If none of it were
    /// expected, that would hold whatever happened.)
    #[error("scenario {number}: {source}")]
    Telemetry {
        /// Its number.
        number: usize,
        /// What no event has.
        source: UnknownTelemetry,
    },
    /// Nothing is expected of a scenario.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// The names of the scenarios cannot be put into one zone.
    #[error("the names of the scenarios make no zone")]
    Zone(#[from] TableError),
    /// Two scenarios say of one name that it is this, and that.
    #[error("the scenarios do not agree on what the host `{name}` is")]
    TwoHosts {
        /// The name.
        name: HostName,
    },
    /// The certificate authority of the run could not be made.
    #[error("no certificate authority")]
    Authority(#[from] mock_endpoints::AuthorityError),
    /// The run folder could not be written.
    #[error("cannot write {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Telemetry that no event of the lab can be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownTelemetry {
    /// No such event is recorded.
    #[error("event {id} is not recorded here; recorded are {}", recorded())]
    Event {
        /// The event's id.
        id: u16,
    },
    /// The event is recorded, and has no such field.
    #[error(transparent)]
    Field(#[from] UnknownField),
}

fn recorded() -> String {
    let ids: Vec<_> = EventKind::ALL.map(|kind| kind.id().to_string()).into();
    ids.join(", ")
}

/// One scenario, ready to run.
#[derive(Debug)]
pub(crate) struct Scenario<'a> {
    pub(crate) test: &'a AtomicTest,
    pub(crate) resolved: Resolved,
    pub(crate) inventory: Inventory,
    /// Programs that it needs by a name of its own, and that are not there.
    pub(crate) missing: Vec<Missing>,
}

/// What all scenarios of a run share.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    pub(crate) options: &'a Options,
    pub(crate) zone: Zone,
    pub(crate) authority: CertificateAuthority,
    pub(crate) granted: Granted,
    pub(crate) runner: Runner,
    pub(crate) digests: Cache,
    /// What makes a real browser trust the authority; made when one runs.
    pub(crate) nss_database: Mutex<Vec<Written>>,
}

/// Whether a run can begin, as far as that can be told without running anything.
///
/// # Errors
/// The [`RunError`] by which [`run`] would not begin.
pub fn check(options: &Options) -> Result<(), RunError> {
    Unexpected::check(options)?;
    let resolved = resolve(options)?;
    zone(&resolved)?;
    Ok(())
}

/// Runs scenarios, and tells `listen` of it. Gives the exit code.
///
/// # Errors
/// [`RunError`] where the run cannot begin or be kept. A lab that does not
/// work is no error of this kind: it is an outcome.
pub fn run(
    options: &Options,
    folder: &mut Folder,
    interrupt: &Interrupt,
    listen: &mut dyn FnMut(&RunEvent),
) -> Result<ExitCode, RunError> {
    observed(options, folder, interrupt, listen, &mut |_| Ok(()))
}

/// A scenario that was run and judged, with all that is known of it.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) shared: &'a Shared<'a>,
    pub(crate) scenario: &'a Scenario<'a>,
    pub(crate) executed: &'a Executed,
    pub(crate) judged: &'a Judged,
}

/// The same as [`run`], and shows each scenario to `observe` once it is judged.
pub(crate) fn observed(
    options: &Options,
    folder: &mut Folder,
    interrupt: &Interrupt,
    listen: &mut dyn FnMut(&RunEvent),
    observe: &mut dyn FnMut(&Observed<'_>) -> Result<(), RunError>,
) -> Result<ExitCode, RunError> {
    let started = Timestamp::now();
    Unexpected::check(options)?;
    let resolved = resolve(options)?;
    let zone = zone(&resolved)?;
    let resolved = with_addresses(options, resolved, &zone)?;
    let digests = Cache::default();
    let (granted, inventory) = prepare(options, &digests, started);
    let scenarios: Vec<Scenario<'_>> = resolved
        .into_iter()
        .map(|(test, resolved)| equipped(test, resolved, &inventory))
        .collect();
    let report = begin(options, started, granted.as_ref().ok());
    let mut tell = |event: RunEvent, folder: &mut Folder| -> Result<(), RunError> {
        listen(&event);
        folder.take(&event)
    };
    tell(RunEvent::Started(Box::new(report)), folder)?;
    let granted = match granted {
        Ok(granted) => granted,
        Err(error) => {
            let (code, finding) = without_isolation(&error);
            tell(
                RunEvent::Finished {
                    at: Timestamp::now(),
                    outcome: Class::Inconclusive,
                    exit_code: code,
                    interrupted: interrupt.is_set(),
                    findings: vec![finding],
                },
                folder,
            )?;
            return Ok(code);
        }
    };
    let shared = Shared {
        options,
        zone,
        authority: CertificateAuthority::generate(started, CertificateAuthority::VALIDITY)?,
        granted,
        runner: runner(options, started),
        digests,
        nss_database: Mutex::default(),
    };
    let mut judged = Vec::new();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| -> Result<(), RunError> {
        let (sender, receiver) = channel();
        for _ in 0..options.parallel.clamp(1, scenarios.len().max(1)) {
            let sender = sender.clone();
            let (next, shared, scenarios) = (&next, &shared, &scenarios);
            scope.spawn(move || work(shared, scenarios, next, interrupt, &sender));
        }
        drop(sender);
        let (digests, all) = (&shared.digests, &scenarios);
        scope.spawn(move || {
            for scenario in all {
                let text = scenario.resolved.invocation().join(" ");
                scenario.inventory.read_ahead(&text, digests);
            }
        });
        for told in receiver {
            match hear(told, &shared, &scenarios, folder, &mut tell, observe) {
                Ok(verdict) => judged.extend(verdict),
                Err(error) => {
                    // Nothing more can be kept: what still runs is stopped.
                    interrupt.trigger();
                    return Err(error);
                }
            }
        }
        Ok(())
    })?;
    judged.sort_by_key(|judged: &Judged| judged.report.number);
    let interrupted = interrupt.is_set();
    let (outcome, exit_code) = conclude(options, &judged, interrupted);
    tell(
        RunEvent::Finished {
            at: Timestamp::now(),
            outcome,
            exit_code,
            interrupted,
            findings: findings::of_run(&shared, &judged),
        },
        folder,
    )?;
    Ok(exit_code)
}

/// Tries the isolation and looks for programs, side by side.
fn prepare(
    options: &Options,
    digests: &Cache,
    now: Timestamp,
) -> (Result<Granted, IsolationError>, Inventory) {
    std::thread::scope(|scope| {
        let programs = scope.spawn(|| Inventory::take(options.interpreters, &options.machine));
        let granted = isolation::choose(
            options.isolation,
            &options.binary,
            options.machine.account,
            &Fault::of_sandbox(options.fault),
            now,
        );
        if granted.is_ok() {
            // The largest file that is staged, and always is: its digests are
            // worked out while programs are still being asked what they are.
            // Where it cannot be read, staging finds that out again.
            let _ = digests.digests(&options.binary);
        }
        // A thread that panicked found nothing.
        (granted, programs.join().unwrap_or_default())
    })
}

/// Puts the values of this run into the scenarios.
fn resolve(options: &Options) -> Result<Vec<(&AtomicTest, Resolved)>, RunError> {
    options
        .scenarios
        .iter()
        .map(|test| {
            let resolved =
                test.resolve(&options.overrides)
                    .map_err(|source| RunError::Scenario {
                        number: test.number,
                        source,
                    })?;
            for expectation in &test.signals.telemetry {
                recordable(expectation).map_err(|source| RunError::Telemetry {
                    number: test.number,
                    source,
                })?;
            }
            Ok((test, resolved))
        })
        .collect()
}

/// The zone of all names that the scenarios ask for.
fn zone(scenarios: &[(&AtomicTest, Resolved)]) -> Result<Zone, RunError> {
    let mut names = Vec::new();
    let mut hosts = BTreeMap::new();
    for (test, resolved) in scenarios {
        names.extend(names::of(resolved));
        for (name, host) in &test.signals.hosts {
            let name: HostName = name.parse().map_err(TableError::from)?;
            if hosts
                .insert(name.clone(), host)
                .is_some_and(|other| other != host)
            {
                return Err(RunError::TwoHosts { name });
            }
        }
    }
    // What a command was made not to ask for, by values of the user's own, is in
    // no need of an address.
    hosts.retain(|name, _| names.contains(name));
    Ok(Zone::new(&names, &hosts)?)
}

/// Gives those arguments that stand for an address of the zone their values,
/// where the user gave none.
fn with_addresses<'a>(
    options: &Options,
    scenarios: Vec<(&'a AtomicTest, Resolved)>,
    zone: &Zone,
) -> Result<Vec<(&'a AtomicTest, Resolved)>, RunError> {
    scenarios
        .into_iter()
        .map(|(test, resolved)| {
            let mut overrides = options.overrides.clone();
            for (argument, of) in &test.signals.addresses {
                let url = resolved.arguments.get(of).map_or("", String::as_str);
                let address = names::of_url(url).and_then(|name| zone.address(&name));
                if let (Some(address), false) = (address, overrides.values.contains_key(argument)) {
                    overrides.values.insert(argument.clone(), address);
                }
            }
            let resolved = test.resolve(&overrides);
            let resolved = resolved.map_err(|source| RunError::Scenario {
                number: test.number,
                source,
            })?;
            Ok((test, resolved))
        })
        .collect()
}

/// A scenario with the programs that it needs, as far as they are there.
fn equipped<'a>(test: &'a AtomicTest, resolved: Resolved, programs: &Inventory) -> Scenario<'a> {
    let invocation = resolved.invocation();
    let first = invocation.first().map(String::as_str).unwrap_or_default();
    let mut inventory = programs
        .clone()
        .beginning_with(first, &invocation.join(" "));
    let missing = test
        .signals
        .images
        .iter()
        .filter_map(|(image, of)| inventory.copy(image, of).err())
        .collect();
    Scenario {
        test,
        resolved,
        inventory,
        missing,
    }
}

/// Whether there can be such an event as a scenario's telemetry expects or
/// rules out.
fn recordable(expectation: &Expectation) -> Result<(), UnknownTelemetry> {
    let id = expectation.event;
    let kind = EventKind::from_id(id).ok_or(UnknownTelemetry::Event { id })?;
    match expectation
        .fields
        .keys()
        .find(|field| !kind.fields().contains(&field.as_str()))
    {
        Some(field) => Err(UnknownField {
            event_id: id,
            name: field.clone(),
        }
        .into()),
        None => Ok(()),
    }
}

fn begin(options: &Options, started: Timestamp, granted: Option<&Granted>) -> RunReport {
    let condition = options.condition;
    RunReport {
        isolation: granted.map(|granted| granted.isolation.name()),
        seal: granted
            .map(|granted| granted.checks.clone())
            .unwrap_or_default(),
        addon: condition.addon.to_string(),
        ptr: condition.ptr.to_string(),
        ..RunReport::begun(
            options.run_id.clone(),
            started,
            condition.behaviour,
            &options.detections,
            options.strict,
        )
    }
}

fn without_isolation(error: &IsolationError) -> (ExitCode, Finding) {
    let (code, name, help) = match error {
        IsolationError::Breached(_) => (
            ExitCode::Breached,
            "seal-broken",
            "nothing was run; please report this with what `beaconlab doctor` prints",
        ),
        _ => (
            ExitCode::Inconclusive,
            "no-isolation",
            "nothing was run; `beaconlab doctor` says which setting denies it",
        ),
    };
    let finding = Finding {
        code: name,
        message: error.to_string(),
        detection: None,
        scenarios: vec![],
        help: Some(help.to_owned()),
    };
    (code, finding)
}

fn runner(options: &Options, started: Timestamp) -> Runner {
    Runner {
        image: options.binary.to_string_lossy().into_owned(),
        command_line: options.command_line.clone(),
        // Inside a sandbox, the lab is the first process.
        process_id: 1,
        started,
    }
}

/// Takes scenarios until there is none left, or the run shall stop.
fn work(
    shared: &Shared<'_>,
    scenarios: &[Scenario<'_>],
    next: &AtomicUsize,
    interrupt: &Interrupt,
    sender: &Sender<Told>,
) {
    while !interrupt.is_set() {
        let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) else {
            return;
        };
        execute::execute(shared, scenario, interrupt, sender);
    }
}

fn hear(
    told: Told,
    shared: &Shared<'_>,
    scenarios: &[Scenario<'_>],
    folder: &mut Folder,
    tell: &mut dyn FnMut(RunEvent, &mut Folder) -> Result<(), RunError>,
    observe: &mut dyn FnMut(&Observed<'_>) -> Result<(), RunError>,
) -> Result<Option<Judged>, RunError> {
    match told {
        Told::Started { number, name } => {
            tell(RunEvent::ScenarioStarted { number, name }, folder)?;
        }
        Told::Beacon { number } => tell(RunEvent::Beacon { number }, folder)?,
        Told::Executed(executed) => {
            let mut executed: Executed = *executed;
            if shared.options.fault == Some(Fault::EventLost) {
                executed.lose_an_event();
            }
            folder.record(&mut executed)?;
            let ran = scenarios
                .iter()
                .find(|scenario| scenario.test.number == executed.number);
            let Some(scenario) = ran else {
                return Ok(None);
            };
            let judged = judge::scenario(shared, scenario, &executed);
            tell(
                RunEvent::ScenarioFinished(Box::new(judged.report.clone())),
                folder,
            )?;
            observe(&Observed {
                shared,
                scenario,
                executed: &executed,
                judged: &judged,
            })?;
            return Ok(Some(judged));
        }
    }
    Ok(None)
}

fn conclude(options: &Options, judged: &[Judged], interrupted: bool) -> (Class, ExitCode) {
    let mut code = judged
        .iter()
        .flat_map(|judged| judged.report.outcomes())
        .map(|outcome| outcome.exit_code(options.strict))
        .max()
        .unwrap_or(ExitCode::Inconclusive);
    if judged.iter().any(|judged| judged.breached) {
        code = ExitCode::Breached;
    }
    // Nothing that ran is never success.
    if interrupted || judged.len() < options.scenarios.len() {
        code = code.max(ExitCode::Inconclusive);
    }
    (code.class(), code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    /// A shipped scenario with one text of its signals changed.
    fn changed(from: &str, to: &str) -> Vec<String> {
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/T1583.007");
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("T1583.007");
        fs::create_dir(&copy).unwrap();
        for entry in fs::read_dir(shipped).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
            }
        }
        let signals = fs::read_to_string(copy.join("signals.yaml")).unwrap();
        assert!(signals.contains(from));
        fs::write(copy.join("signals.yaml"), signals.replacen(from, to, 1)).unwrap();
        let library = scenarios::Library::load(folder.path()).unwrap();
        let telemetry = library
            .atomics()
            .iter()
            .flat_map(|test| &test.signals.telemetry);
        telemetry
            .filter_map(|expectation| recordable(expectation).err())
            .map(|unknown| unknown.to_string())
            .collect()
    }

    #[test]
    fn telemetry_that_no_event_can_be_is_refused() {
        assert_eq!(changed("event: 3", "event: 3"), [""; 0]);
        assert_eq!(
            changed("DestinationPort:", "DestinationPrt:"),
            ["event 3 has no field DestinationPrt"]
        );
        assert_eq!(
            changed("event: 4104\n", "event: 4103\n"),
            ["event 4103 is not recorded here; recorded are 1, 3, 5, 11, 22, 4104"]
        );
    }
}
