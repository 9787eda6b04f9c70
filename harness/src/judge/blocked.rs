//! What programs tried of themselves and could not: names outside of the lab's
//! zone, and addresses that no route leads to. A browser looks for its maker's
//! hosts; in a sandbox there are none.

use std::collections::{BTreeMap, BTreeSet};

use lab::sensor::fact::{ConnectOutcome, Transport, What};
use sysmon::QueryStatus;

use crate::report::model::Blocked;
use crate::run::Shared;
use crate::run::execute::Executed;

/// The errors that say that no route leads to an address.
const NO_ROUTE: [&str; 2] = ["ENETUNREACH", "EHOSTUNREACH"];

pub(super) fn blocked(shared: &Shared<'_>, executed: &Executed) -> Vec<Blocked> {
    let table = &shared.zone.lab;
    let known: BTreeSet<&str> = table.hosts().map(|(name, _)| name.as_ref()).collect();
    let images: BTreeMap<_, _> = executed
        .recording
        .processes
        .iter()
        .map(|process| (process.process_id, process.image.as_str()))
        .collect();
    let mut times: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut count = |image: &str, target: String, reason: &str| {
        let key = (image.to_owned(), target, reason.to_owned());
        *times.entry(key).or_default() += 1;
    };
    for lookup in &executed.recording.lookups {
        if lookup.status == QueryStatus::NameError.code() && !known.contains(lookup.name.as_str()) {
            count(&lookup.image, lookup.name.clone(), "no such name");
        }
    }
    for fact in &executed.account.observations.facts {
        if let What::Connect(connect) | What::ConnectFinished(connect) = &fact.what
            && let ConnectOutcome::Failed(error) = &connect.outcome
            && NO_ROUTE.contains(&error.as_str())
        {
            let transport = match connect.transport {
                Transport::Tcp => "tcp",
                Transport::Udp => "udp",
                Transport::Other => "other",
            };
            let image = images.get(&fact.pid).copied();
            let target = format!("{transport} {}", connect.destination);
            count(image.unwrap_or("unknown"), target, error);
        }
    }
    times
        .into_iter()
        .map(|((image, target, reason), times)| Blocked {
            image,
            target,
            reason,
            times,
        })
        .collect()
}
