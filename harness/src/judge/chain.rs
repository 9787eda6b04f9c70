//! The chain of evidence of a scenario, and where it breaks.

use std::collections::BTreeSet;
use std::net::IpAddr;

use lab::interpreter::Interpreter;
use lab::sensor::join::{Attempt, Fault, Lookup};
use mock_endpoints::{ConnectionId, HttpRequest, Record, Role, Service};
use scenarios::Behaviour;
use sysmon::{EventKind, QueryStatus};

use crate::outcome::Outcome;
use crate::report::model::Link;
use crate::run::execute::Executed;
use crate::run::{Scenario, Shared};

/// The chain is broken: why nothing can be said about a detection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Break {
    pub(crate) outcome: Outcome,
    pub(crate) cause: String,
}

/// All that speaks for a scenario having happened.
pub(crate) struct Evidence<'a> {
    shared: &'a Shared<'a>,
    scenario: &'a Scenario<'a>,
    executed: &'a Executed,
    lookups: Vec<&'a Lookup>,
    attempts: Vec<&'a Attempt>,
    requests: Vec<&'a HttpRequest>,
    events: usize,
}

impl<'a> Evidence<'a> {
    pub(crate) fn new(
        shared: &'a Shared<'a>,
        scenario: &'a Scenario<'a>,
        executed: &'a Executed,
    ) -> Self {
        let table = &shared.zone.lab;
        let addresses: BTreeSet<IpAddr> = table
            .hosts()
            .filter(|(_, host)| host.role != Role::Infrastructure)
            .flat_map(|(_, host)| host.addresses())
            .collect();
        let names: BTreeSet<&str> = table
            .hosts()
            .filter(|(_, host)| host.role != Role::Infrastructure)
            .map(|(name, _)| name.as_ref())
            .collect();
        let recording = &executed.recording;
        let to_endpoint = |address: Option<&str>| {
            address
                .and_then(|address| address.parse().ok())
                .is_some_and(|address| addresses.contains(&address))
        };
        Self {
            shared,
            scenario,
            executed,
            lookups: recording
                .lookups
                .iter()
                .filter(|lookup| names.contains(lookup.name.as_str()))
                .collect(),
            attempts: recording
                .attempts
                .iter()
                .filter(|attempt| addresses.contains(&attempt.destination.ip()))
                .collect(),
            requests: executed
                .account
                .records
                .iter()
                .filter_map(|record| match record {
                    Record::HttpRequest(request) if request.server_name.is_some() => Some(request),
                    _ => None,
                })
                .collect(),
            events: recording
                .events
                .iter()
                .filter(|event| event.kind == EventKind::NetworkConnect)
                .filter(|event| to_endpoint(event.field("DestinationIp")))
                .count(),
        }
    }

    fn behaviour(&self) -> Behaviour {
        self.shared.options.condition.behaviour
    }

    /// Whether connections are to be made.
    fn connects(&self) -> bool {
        matches!(
            self.behaviour(),
            Behaviour::Serve | Behaviour::Error | Behaviour::Slow
        )
    }

    fn established(&self) -> usize {
        self.attempts
            .iter()
            .filter(|attempt| attempt.outcome == ESTABLISHED)
            .count()
    }

    /// The links from the process to the event, with what was seen of each.
    pub(crate) fn links(&self) -> Vec<Link> {
        let recording = &self.executed.recording;
        let mut images: Vec<&str> = Vec::new();
        for process in &recording.processes {
            let name = file_name(&process.image);
            if !images.contains(&name) {
                images.push(name);
            }
        }
        let process = if images.is_empty() {
            "no process was seen".to_owned()
        } else {
            format!(
                "{} ({})",
                images.join(" → "),
                plural(recording.processes.len(), "process", "processes")
            )
        };
        let names: BTreeSet<&str> = self
            .lookups
            .iter()
            .map(|lookup| lookup.name.as_str())
            .collect();
        let name = if names.is_empty() {
            "no name was asked for".to_owned()
        } else {
            let names: Vec<_> = names.into_iter().collect();
            format!(
                "{} ({})",
                names.join(", "),
                plural(self.lookups.len(), "lookup", "lookups")
            )
        };
        let connects = self.connects();
        vec![
            Link {
                link: "process",
                holds: Some(!recording.processes.is_empty()),
                seen: process,
            },
            Link {
                link: "name",
                holds: Some(!self.lookups.is_empty()),
                seen: name,
            },
            Link {
                link: "endpoint",
                holds: connects.then_some(!self.requests.is_empty()),
                seen: self.endpoint(),
            },
            Link {
                link: "event",
                holds: connects.then_some(self.events > 0 && self.events == self.established()),
                seen: format!(
                    "{} for {}",
                    plural(self.events, "event 3", "events 3"),
                    plural(self.established(), "connection", "connections")
                ),
            },
        ]
    }

    fn endpoint(&self) -> String {
        let refused = self
            .attempts
            .iter()
            .filter(|attempt| attempt.outcome == REFUSED)
            .count();
        match (self.requests.len(), refused) {
            (0, 0) => "no request".to_owned(),
            (0, refused) => plural(refused, "connection refused", "connections refused"),
            (requests, _) => plural(requests, "request", "requests"),
        }
    }

    /// The first break of the chain, if there is one.
    pub(crate) fn broken(&self) -> Option<Break> {
        self.lab_broken()
            .or_else(|| self.witnesses_broken())
            .or_else(|| self.execution_broken())
            .or_else(|| self.network_broken())
            .or_else(|| self.recording_broken())
    }

    /// The lab itself did not work.
    fn lab_broken(&self) -> Option<Break> {
        let account = &self.executed.account;
        if let Some(breach) = &account.breach {
            return lab_error(format!("the seal is broken: {breach}; nothing was run"));
        }
        if self.executed.interrupted {
            return lab_error("the run was interrupted".to_owned());
        }
        if let Some(failure) = &account.failure {
            let missing = failure.step.strip_prefix("start ");
            return match missing.and_then(|program| self.missing(program)) {
                Some(cause) => not_executed(cause),
                None => lab_error(format!("the sandbox failed: {failure}")),
            };
        }
        if let Some(reason) = &account.endpoints_failed {
            return lab_error(format!("the endpoints could not start: {reason}"));
        }
        if account.timed_out {
            return lab_error(format!(
                "time was up after {} s, and what still ran was ended",
                self.shared.options.timeout.as_secs_f64()
            ));
        }
        if !account.complete {
            return lab_error("the sandbox ended before it had told everything".to_owned());
        }
        None
    }

    /// The witnesses do not agree.
    fn witnesses_broken(&self) -> Option<Break> {
        let faults = &self.executed.recording.faults;
        let first = faults.first()?;
        let blind = self.executed.recording.processes.is_empty()
            && faults.iter().any(|fault| {
                matches!(
                    fault,
                    Fault::UnseenConnection { .. } | Fault::UnattributedQuestion { .. }
                )
            });
        let more = match faults.len() {
            1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        let of_log = matches!(
            first,
            Fault::ForeignScriptBlock { .. }
                | Fault::UnreadScriptBlock { .. }
                | Fault::LogOverflowed { .. }
        );
        lab_error(if of_log {
            format!("the log of script blocks is not whole or not PowerShell's: {first}{more}")
        } else if blind {
            format!("the sensor saw no process, and yet {first}{more}")
        } else {
            format!("the sensor and the endpoints do not agree: {first}{more}")
        })
    }

    /// The beacon did not run.
    fn execution_broken(&self) -> Option<Break> {
        if let Some(missing) = self.scenario.missing.first() {
            return not_executed(format!(
                "{} is not there: {}",
                missing.image, missing.reason
            ));
        }
        for missing in &self.scenario.inventory.missing {
            let command = self.scenario.resolved.command.to_ascii_lowercase();
            if command.contains(&missing.image.to_ascii_lowercase()) {
                return not_executed(format!(
                    "{} is not there: {}",
                    missing.image, missing.reason
                ));
            }
        }
        let recording = &self.executed.recording;
        if recording.processes.is_empty() {
            return not_executed("no process was seen to run".to_owned());
        }
        if let Some((image, signal)) = self.browser_killed() {
            return lab_error(format!(
                "{} was ended by signal {signal} while it browsed",
                file_name(image)
            ));
        }
        if self.lookups.is_empty() {
            let status = self.executed.account.status.unwrap_or_default();
            return not_executed(format!(
                "the program ended with exit status {status} and asked for no name"
            ));
        }
        None
    }

    /// What happened on the network is not what the endpoints' behaviour asks.
    fn network_broken(&self) -> Option<Break> {
        let unanswered = |lookup: &&&Lookup| lookup.status == QueryStatus::Timeout.code();
        if let Some(lookup) = self.lookups.iter().find(unanswered) {
            return lab_error(format!("the DNS server did not answer for {}", lookup.name));
        }
        let failed = self
            .attempts
            .iter()
            .find(|attempt| attempt.outcome != ESTABLISHED);
        if self.connects() {
            if let Some(attempt) = failed {
                return lab_error(format!(
                    "the endpoint at {} did not accept {}: {}",
                    attempt.destination,
                    file_name(&attempt.image),
                    attempt.outcome
                ));
            }
            if let Some(reason) = self.unanswered_connection() {
                return lab_error(format!(
                    "a connection to an endpoint came to no request: {reason}"
                ));
            }
        } else if self.established() > 0 {
            return lab_error(format!(
                "an endpoint accepted a connection, and its behaviour is `{}`",
                self.behaviour()
            ));
        }
        untouched(self.behaviour(), self.attempts.len(), self.requests.len())
    }

    /// Why a connection over TLS brought no request.
    fn unanswered_connection(&self) -> Option<String> {
        let records = &self.executed.account.records;
        let requests = || {
            records.iter().filter_map(|record| match record {
                Record::HttpRequest(request) => Some(request),
                _ => None,
            })
        };
        let answered: BTreeSet<ConnectionId> =
            requests().map(|request| request.connection).collect();
        // A browser opens connections ahead of need, and to another address of a
        // host that is slow to answer: a second one to the host to which another's
        // request came is none that failed.
        let reached: BTreeSet<IpAddr> = if self.browses() {
            let came: BTreeSet<IpAddr> = requests().map(|request| request.local.ip()).collect();
            let hosts = self.shared.zone.lab.hosts();
            hosts
                .map(|(_, host)| host.addresses().collect::<Vec<_>>())
                .filter(|addresses| addresses.iter().any(|address| came.contains(address)))
                .flatten()
                .collect()
        } else {
            BTreeSet::new()
        };
        let silent = records.iter().find_map(|record| match record {
            Record::Connection(connection)
                if matches!(connection.service, Service::Https | Service::Proxy)
                    && !answered.contains(&connection.connection)
                    && !reached.contains(&connection.local.ip()) =>
            {
                Some(connection.connection)
            }
            _ => None,
        })?;
        records
            .iter()
            .find_map(|record| match record {
                Record::TlsFailure(failure) | Record::HttpFailure(failure)
                    if failure.connection == silent =>
                {
                    Some(failure.reason.clone())
                }
                Record::Tunnel(tunnel) if tunnel.connection == silent && tunnel.status != 200 => {
                    Some(format!(
                        "the proxy answered {} to {} {}",
                        tunnel.status, tunnel.method, tunnel.target
                    ))
                }
                _ => None,
            })
            .or_else(|| Some("the client closed it".to_owned()))
    }

    /// Whether a program is a real browser.
    fn is_browser(&self, image: &str) -> bool {
        self.scenario
            .inventory
            .of_image(image)
            .is_some_and(Interpreter::is_browser)
    }

    /// Whether a real browser ran.
    fn browses(&self) -> bool {
        let processes = &self.executed.recording.processes;
        processes
            .iter()
            .any(|process| self.is_browser(&process.image))
    }

    /// The first browser that a signal ended, and the signal. Those processes
    /// that a browser started itself it may also end so.
    fn browser_killed(&self) -> Option<(&str, i32)> {
        let recording = &self.executed.recording;
        recording.processes.iter().find_map(|process| {
            let signal = process
                .status?
                .checked_sub(128)
                .filter(|signal| *signal > 0)?;
            let is_first = || {
                recording.events.iter().any(|event| {
                    event.kind == EventKind::ProcessCreate
                        && event.field("ProcessGuid") == Some(&process.guid)
                        && event.field("ParentImage") != Some(&process.image)
                })
            };
            (self.is_browser(&process.image) && is_first())
                .then_some((process.image.as_str(), signal))
        })
    }

    /// What happened is not what was recorded.
    fn recording_broken(&self) -> Option<Break> {
        let established = self.established();
        (self.events != established).then(|| Break {
            outcome: Outcome::NoTelemetry,
            cause: format!(
                "the beacon made {}, and {} recorded",
                plural(established, "connection", "connections"),
                if self.events == 1 {
                    "1 event 3 was".to_owned()
                } else {
                    format!("{} events 3 were", self.events)
                }
            ),
        })
    }

    fn missing(&self, program: &str) -> Option<String> {
        self.scenario
            .inventory
            .missing
            .iter()
            .find(|missing| missing.image.eq_ignore_ascii_case(program))
            .map(|missing| format!("{} is not there: {}", missing.image, missing.reason))
    }
}

/// Whether a beacon that asked for its name left it at that. Silence about a
/// beacon that never came near an endpoint is no right answer of a detection.
fn untouched(behaviour: Behaviour, attempts: usize, requests: usize) -> Option<Break> {
    match behaviour {
        // There is no address to go to.
        Behaviour::Nxdomain => None,
        _ if attempts == 0 => {
            not_executed("the name was asked for, and no connection was tried".to_owned())
        }
        Behaviour::Serve | Behaviour::Error | Behaviour::Slow if requests == 0 => {
            not_executed("a connection was made, and no request over TLS came".to_owned())
        }
        Behaviour::Refuse | Behaviour::Serve | Behaviour::Error | Behaviour::Slow => None,
    }
}

const ESTABLISHED: &str = "established";
const REFUSED: &str = "ECONNREFUSED";

#[expect(
    clippy::unnecessary_wraps,
    reason = "every caller gives it on as the break that it found"
)]
fn lab_error(cause: String) -> Option<Break> {
    Some(Break {
        outcome: Outcome::LabError,
        cause,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "as for `lab_error`")]
fn not_executed(cause: String) -> Option<Break> {
    Some(Break {
        outcome: Outcome::NotExecuted,
        cause,
    })
}

pub(crate) fn file_name(image: &str) -> &str {
    image.rsplit(['\\', '/']).next().unwrap_or(image)
}

pub(crate) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beacon_that_came_near_no_endpoint_did_not_run() {
        for behaviour in Behaviour::ALL {
            for (attempts, requests, broken) in [
                (0, 0, behaviour != Behaviour::Nxdomain),
                (
                    1,
                    0,
                    !matches!(behaviour, Behaviour::Nxdomain | Behaviour::Refuse),
                ),
                (1, 1, false),
            ] {
                let outcome = untouched(behaviour, attempts, requests).map(|broken| broken.outcome);
                assert_eq!(
                    outcome,
                    broken.then_some(Outcome::NotExecuted),
                    "{behaviour}: {attempts} attempts, {requests} requests"
                );
            }
        }
    }
}
