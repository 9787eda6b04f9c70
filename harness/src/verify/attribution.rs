//! Which processes of a host were a scenario's, each time that it ran.
//!
//! An execution begins with the first process whose command line speaks of the
//! scenario, and has all that this process started. Events that are the
//! scenario's by what they say, and whose processes were not seen to start,
//! belong to the execution before them; where there is none, they are one of
//! which no process is known.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use sysmon::RecordedEvent;

use super::guid::Guid;
use super::marks::Sought;
use super::plain::Plain;
use super::processes::Processes;
use super::survey::Host;

/// One time that a scenario ran on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Execution {
    pub(super) started: Option<Timestamp>,
    pub(super) processes: BTreeSet<Guid>,
}

/// The executions of a scenario on a host, in the order in which they began.
pub(super) fn executions(sought: &Sought<'_>, host: &Host) -> Vec<Execution> {
    let own: Vec<(u32, &RecordedEvent, Guid)> = host
        .marked
        .iter()
        .filter_map(|event| {
            let id = event.id?;
            let guid = Guid::of(event, "ProcessGuid")?;
            sought
                .is_own(id, &Plain(event))
                .then_some((id, event, guid))
        })
        .collect();
    if own.is_empty() {
        return vec![];
    }
    let spoken: HashSet<Guid> = host
        .marked
        .iter()
        .filter(|event| event.id == Some(1))
        .filter(|event| {
            event
                .field("CommandLine")
                .is_some_and(|line| sought.is_spoken_of(line))
        })
        .filter_map(|event| Guid::of(event, "ProcessGuid"))
        .collect();
    let begins = |id: u32, guid: &Guid| {
        if sought.knows_its_processes() {
            id == 1
        } else {
            host.processes.has(*guid)
        }
    };
    let roots: BTreeSet<Guid> = own
        .iter()
        .filter(|(id, _, guid)| begins(*id, guid))
        .map(|(_, _, guid)| root(*guid, host, &spoken))
        .collect();
    let mut executions: Vec<Execution> = roots
        .into_iter()
        .map(|root| Execution {
            started: host.processes.get(root).and_then(|known| known.started),
            processes: descendants(root, &host.processes),
        })
        .collect();
    // One that another began is part of it.
    let all = executions.clone();
    executions.retain(|execution| {
        !all.iter()
            .any(|other| other != execution && execution.processes.is_subset(&other.processes))
    });
    executions.sort_by_key(|execution| (execution.started, execution.processes.first().copied()));
    let mut orphans = Execution::default();
    for (_, event, guid) in &own {
        // One that was seen to start, and was not started by it, is another's.
        if host.processes.has(*guid) || orphans.processes.contains(guid) {
            continue;
        }
        let before = executions
            .iter_mut()
            .rev()
            .find(|execution| execution.started <= event.time_created);
        let into = before.unwrap_or(&mut orphans);
        into.processes.extend(descendants(*guid, &host.processes));
    }
    if !orphans.processes.is_empty() {
        executions.insert(0, orphans);
    }
    // Another beacon of the same kind, to names of its own, is none of it.
    if !sought.names.is_empty() {
        let named = named(sought, host);
        executions.retain(|execution| !execution.processes.is_disjoint(&named));
    }
    executions
}

/// The processes that speak of the scenario's names, or asked for one, or came
/// to one.
fn named(sought: &Sought<'_>, host: &Host) -> BTreeSet<Guid> {
    host.marked
        .iter()
        .filter(|event| {
            let holds = |field| {
                event
                    .field(field)
                    .is_some_and(|value| sought.names_stand_in(value))
            };
            holds("CommandLine") || holds("QueryName") || holds("DestinationHostname")
        })
        .filter_map(|event| Guid::of(event, "ProcessGuid"))
        .collect()
}

/// The first of the processes that speak of the scenario, up from this one.
fn root(process: Guid, host: &Host, spoken: &HashSet<Guid>) -> Guid {
    let mut root = process;
    // A process that is its own ancestor is a lie of the data.
    let mut seen = HashSet::from([process]);
    while let Some(parent) = host.processes.get(root).and_then(|known| known.parent)
        && spoken.contains(&parent)
        && seen.insert(parent)
    {
        root = parent;
    }
    root
}

/// A process and all that it started.
fn descendants(process: Guid, processes: &Processes) -> BTreeSet<Guid> {
    let mut found = BTreeSet::from([process]);
    let mut waiting = vec![process];
    while let Some(process) = waiting.pop() {
        for child in processes.children(process) {
            if found.insert(child) {
                waiting.push(child);
            }
        }
    }
    found
}
