//! Makes Sysmon events of the tracer's facts and the servers' testimony.
//!
//! Rules that are easy to get wrong, each after what Sysmon does:
//!
//! - event 3 is an *established* connection; a refused one is evidence only;
//! - its host names are reverse lookups, never the name that was asked;
//! - one lookup is one event 22, whatever number of questions it took;
//! - the DNS client's own traffic makes no event 3;
//! - a script block is what PowerShell's own log says, where it has one;
//! - a parent is who created the process, also through double forks;
//! - what one process did for another (Wine's server opens the files and
//!   sockets of all) is the other's;
//! - what Windows itself does by itself is kept apart.
//!
//! What one witness saw and the other did not is a [`Fault`]: the lab does not
//! guess.

mod lookups;
mod on_behalf;
mod processes;
mod render;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use jiff::Timestamp;
use serde::Serialize;
use sysmon::Event;

use self::lookups::Lookups;
use self::on_behalf::OnBehalf;
use self::processes::{Identity, Processes};
use super::fact::{Connect, ConnectOutcome, Fact, Handle, Pid, Reverse, Transport, What};
use super::host::Host;
use super::script_block;
use super::witness::{Accepted, Testimony};
use crate::wine;

/// The port of DNS.
const DNS: u16 = 53;

/// All that was observed of one sandbox.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    /// The tracer's facts, in its order.
    pub facts: Vec<Fact>,
    /// The reverse lookups that the sensor made.
    pub reverse: Vec<Reverse>,
    /// What the servers saw.
    pub testimony: Testimony,
    /// The ports on which the lab's servers listen for TCP.
    pub served_ports: BTreeSet<u16>,
}

/// What became of the observations.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// The events, by time; their record numbers are still to be given.
    pub events: Vec<Event>,
    /// What the platform under the beacons did by itself: Wine's own processes.
    /// No Windows has them, and no verdict rests on them.
    pub platform: Platform,
    /// The processes, in the order in which they started.
    pub processes: Vec<Process>,
    /// The connection attempts, in order.
    pub attempts: Vec<Attempt>,
    /// The lookups, in order.
    pub lookups: Vec<Lookup>,
    /// The images of programs that log their script blocks themselves, ran, and
    /// logged none. No event is made up in their place.
    pub silent_script_block_logs: BTreeSet<String>,
    /// Where the witnesses do not agree.
    pub faults: Vec<Fault>,
}

/// A process that ran a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Its GUID, as in the events.
    pub guid: String,
    /// Its process id.
    pub process_id: Pid,
    /// Its program, as a Windows path.
    pub image: String,
    /// Its exit status; `None` if its end was not seen.
    pub status: Option<i32>,
}

/// What belongs to the platform under the beacons, and not to them.
#[derive(Debug, Clone, Default)]
pub struct Platform {
    /// The events, by time.
    pub events: Vec<Event>,
    /// The processes, in the order in which they started.
    pub processes: Vec<Process>,
}

/// A connection that a process asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The GUID of the process.
    pub process_guid: String,
    /// Its program.
    pub image: String,
    /// Where it went.
    pub destination: SocketAddr,
    /// `established`, or the name of the error.
    pub outcome: String,
}

/// A name that a process asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lookup {
    /// The GUID of the process.
    pub process_guid: String,
    /// Its program.
    pub image: String,
    /// The name.
    pub name: String,
    /// The status, as in event 22.
    pub status: u32,
}

/// The witnesses do not agree, or a fact cannot be attributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// A server accepted a connection that no process was seen to ask for.
    #[error(
        "the endpoint at {local} accepted a connection from {peer} that the sensor did not see"
    )]
    UnseenConnection {
        /// The endpoint.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
    /// A process was seen to connect, and no server accepted it.
    #[error("{image} connected to {destination}, and no endpoint accepted it")]
    UnwitnessedConnection {
        /// The program.
        image: String,
        /// Where it connected to.
        destination: SocketAddr,
    },
    /// A DNS question came from a socket that no process was seen to use.
    #[error("the question for {name} came from {peer}, which no process was seen to use")]
    UnattributedQuestion {
        /// The name.
        name: String,
        /// The socket.
        peer: SocketAddr,
    },
    /// The platform connected for a process, and for which was not seen.
    #[error("{image} connected to {destination}, and for whom was not seen")]
    ConnectionForNobody {
        /// The program that connected.
        image: String,
        /// Where it connected to.
        destination: SocketAddr,
    },
    /// The platform made a file for a process, and for which was not seen.
    #[error("{image} made {path}, and for whom was not seen")]
    FileForNobody {
        /// The program that made it.
        image: String,
        /// The file, as a Windows path.
        path: String,
    },
    /// A part of the platform ended while beacons still needed it.
    #[error("{image} ended with status {status} while {beacon} still ran")]
    PlatformEnded {
        /// The part.
        image: String,
        /// Its exit status, or 128 and the signal that ended it.
        status: i32,
        /// A program that ran on it.
        beacon: String,
    },
    /// A fact names a process whose start was not seen.
    #[error("process {process_id} did something, and its start was not seen")]
    UnknownProcess {
        /// The process id.
        process_id: Pid,
    },
    /// A script block came to the system log from a process that is not the one
    /// that it speaks of, or no PowerShell.
    #[error(
        "process {process_id} logged a script block, and is no PowerShell that says so of itself"
    )]
    ForeignScriptBlock {
        /// The process id.
        process_id: Pid,
    },
    /// PowerShell logged a script block in a form that is not known.
    #[error("{image} logged a script block that cannot be read: {reason}")]
    UnreadScriptBlock {
        /// The program.
        image: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More script blocks were logged than are kept.
    #[error(
        "{overflowed} messages about script blocks are not kept: they are too many, too long or nobody's"
    )]
    LogOverflowed {
        /// How many.
        overflowed: u64,
    },
    /// The joiner set a field that the manifest lacks: a fault of the lab.
    #[error("{detail}")]
    Manifest {
        /// Which field of which event.
        detail: String,
    },
}

/// Makes events of observations.
pub fn join(observations: &Observations, host: &Host) -> Recording {
    let mut joiner = Joiner::new(observations, host);
    for (index, fact) in observations.facts.iter().enumerate() {
        joiner.fact(index, fact);
    }
    joiner.finish()
}

/// A connection under way that no call has reported the end of. Who asked for
/// it is noted now: when it is looked at again, the process may be gone.
struct Open {
    at: Timestamp,
    pid: Pid,
    process: Rc<Identity>,
    connect: Connect,
}

struct Joiner<'a> {
    observations: &'a Observations,
    host: &'a Host,
    names: BTreeMap<IpAddr, &'a str>,
    processes: Processes<'a>,
    on_behalf: OnBehalf<'a>,
    lookups: Lookups<'a>,
    open: Vec<Open>,
    /// Accepted connections that have not found their other end.
    unpaired: Vec<&'a Accepted>,
    datagrams: BTreeSet<(Pid, SocketAddr, SocketAddr)>,
    recording: Recording,
}

impl<'a> Joiner<'a> {
    fn new(observations: &'a Observations, host: &'a Host) -> Self {
        Self {
            observations,
            host,
            names: observations
                .reverse
                .iter()
                .filter_map(|reverse| Some((reverse.address, reverse.name.as_deref()?)))
                .collect(),
            processes: Processes::new(host, observations.testimony.system_log.is_some()),
            on_behalf: OnBehalf::new(&observations.facts),
            lookups: Lookups::new(&observations.testimony.questions),
            open: Vec::new(),
            unpaired: observations.testimony.accepted.iter().collect(),
            datagrams: BTreeSet::new(),
            recording: Recording::default(),
        }
    }

    fn fact(&mut self, index: usize, fact: &'a Fact) {
        let known = self.processes.knows(fact.pid);
        match &fact.what {
            What::Exec {
                image,
                argv,
                directory,
                digests,
            } => {
                let mut started = processes::Started {
                    at: fact.at,
                    pid: fact.pid,
                    image,
                    argv,
                    command_line: None,
                    directory,
                    digests: digests.as_ref(),
                    platform: false,
                };
                if let Some(process) = wine::Process::of(image, argv) {
                    if self.on_behalf.goes_on_as_windows(index) {
                        return;
                    }
                    self.on_behalf.complete(index, process, &mut started);
                }
                for event in self.processes.executed(&started) {
                    self.event(started.platform, event);
                }
            }
            _ if !known => self.fault(Fault::UnknownProcess {
                process_id: fact.pid,
            }),
            What::Fork { child } => self.processes.forked(fact.pid, *child),
            What::Exit { status } => {
                let platform = self.processes.of(fact.pid).platform;
                if platform && *status != 0 {
                    self.platform_ended(fact.pid, *status);
                }
                if let Some(event) = self.processes.exited(fact.at, fact.pid, *status) {
                    self.event(platform, event);
                }
            }
            What::Connect(connect) => {
                if let Some(pid) = self.connecting(index, fact.pid, connect) {
                    self.connect(fact.at, pid, connect);
                }
            }
            What::ConnectFinished(connect) => {
                let Some(pid) = self.connecting(index, fact.pid, connect) else {
                    return;
                };
                self.open.retain(|open| {
                    (open.pid, open.connect.source, open.connect.destination)
                        != (pid, connect.source, connect.destination)
                });
                let process = self.processes.of(pid);
                self.concluded(fact.at, &process, connect);
            }
            What::Datagram {
                source,
                destination,
            } => self.datagram(fact, *source, *destination),
            What::FileCreate { path, .. } => self.file_create(index, fact, path),
            // Looked at beforehand.
            What::Windows(_) | What::Received(_) => {}
        }
    }

    /// Windows itself ended badly: a fault, if something still ran on it. (What
    /// is left of it at the end is killed; its services are not let run, and end
    /// with a status of their own.)
    fn platform_ended(&mut self, pid: Pid, status: i32) {
        let process = self.processes.of(pid);
        let is_server = wine::Process::of(&process.image, &[]) == Some(wine::Process::Server);
        if let Some(beacon) = self.processes.living_beacon().filter(|_| is_server) {
            self.fault(Fault::PlatformEnded {
                image: process.image.clone(),
                status,
                beacon,
            });
        }
    }

    /// Who asked for a connection: the process that was handed the socket, if
    /// the platform made it. A connection for nobody is a fault, told once.
    fn connecting(&mut self, index: usize, pid: Pid, connect: &Connect) -> Option<Pid> {
        let process = self.processes.of(pid);
        if !process.platform {
            return Some(pid);
        }
        let asked = self.on_behalf.of(index, &Handle::Socket(connect.socket));
        match connect.outcome {
            // Nobody is handed a socket that came to nothing; it makes no event.
            ConnectOutcome::Failed(_) => asked.or(Some(pid)),
            ConnectOutcome::Established if asked.is_none() => {
                self.fault(Fault::ConnectionForNobody {
                    image: process.image.clone(),
                    destination: connect.destination,
                });
                None
            }
            ConnectOutcome::InProgress | ConnectOutcome::Established => asked,
        }
    }

    fn file_create(&mut self, index: usize, fact: &Fact, path: &str) {
        let mut process = self.processes.of(fact.pid);
        if std::path::Path::new(path).starts_with(wine::PREFIX) {
            // The platform's own, out of any Windows program's sight.
            return;
        }
        if process.platform {
            match self.on_behalf.of(index, &Handle::File(path.to_owned())) {
                Some(pid) => process = self.processes.of(pid),
                None => match self.host.drive.windows(std::path::Path::new(path)) {
                    Some(path) => {
                        return self.fault(Fault::FileForNobody {
                            image: process.image.clone(),
                            path,
                        });
                    }
                    None => return,
                },
            }
        }
        let event = render::file_create(self.host, &process, fact.at, path);
        self.event(process.platform, event);
    }

    fn connect(&mut self, at: Timestamp, pid: Pid, connect: &Connect) {
        let process = self.processes.of(pid);
        if connect.destination.port() == DNS {
            self.lookups.socket(at, process, connect.source);
            return;
        }
        match (connect.transport, &connect.outcome) {
            // A UDP socket that is connected has sent nothing yet. (A resolver
            // does it to choose between addresses.)
            (Transport::Udp | Transport::Other, _) => {}
            (Transport::Tcp, ConnectOutcome::InProgress) => self.open.push(Open {
                at,
                pid,
                process,
                connect: connect.clone(),
            }),
            (Transport::Tcp, _) => self.concluded(at, &process, connect),
        }
    }

    /// A TCP connection is established, or has failed for good.
    fn concluded(&mut self, at: Timestamp, process: &Identity, connect: &Connect) {
        let outcome = match &connect.outcome {
            ConnectOutcome::Failed(name) => name.clone(),
            ConnectOutcome::Established | ConnectOutcome::InProgress => "established".to_owned(),
        };
        self.recording.attempts.push(Attempt {
            process_guid: process.guid.clone(),
            image: process.image.clone(),
            destination: connect.destination,
            outcome,
        });
        if matches!(connect.outcome, ConnectOutcome::Failed(_)) {
            return;
        }
        let witnessed = self
            .unpaired
            .iter()
            .position(|accepted| is_pair(accepted, connect));
        match witnessed {
            Some(at) => {
                self.unpaired.remove(at);
            }
            None if self
                .observations
                .served_ports
                .contains(&connect.destination.port()) =>
            {
                self.fault(Fault::UnwitnessedConnection {
                    image: process.image.clone(),
                    destination: connect.destination,
                });
            }
            None => {}
        }
        let event = render::network_connect(
            self.host,
            process,
            &render::Connection {
                at,
                protocol: "tcp",
                source: connect.source,
                destination: connect.destination,
            },
            &self.names,
        );
        self.event(process.platform, event);
    }

    fn datagram(&mut self, fact: &Fact, source: SocketAddr, destination: SocketAddr) {
        let process = self.processes.of(fact.pid);
        if destination.port() == DNS {
            self.lookups.socket(fact.at, process, source);
        } else if self.datagrams.insert((fact.pid, source, destination)) {
            let event = render::network_connect(
                self.host,
                &process,
                &render::Connection {
                    at: fact.at,
                    protocol: "udp",
                    source,
                    destination,
                },
                &self.names,
            );
            self.event(process.platform, event);
        }
    }

    fn finish(mut self) -> Recording {
        // A program that never asks how its connection went is told by the
        // traffic; so are we, by the server that accepted it.
        for open in std::mem::take(&mut self.open) {
            let accepted = self
                .unpaired
                .iter()
                .find(|accepted| is_pair(accepted, &open.connect))
                .map(|accepted| accepted.at);
            match accepted {
                Some(at) => self.concluded(at.max(open.at), &open.process, &open.connect),
                None => self.recording.attempts.push(Attempt {
                    process_guid: open.process.guid.clone(),
                    image: open.process.image.clone(),
                    destination: open.connect.destination,
                    outcome: "unfinished".to_owned(),
                }),
            }
        }
        for accepted in std::mem::take(&mut self.unpaired) {
            // The DNS client's own traffic was told apart above.
            if accepted.local.port() != DNS {
                self.fault(Fault::UnseenConnection {
                    local: accepted.local,
                    peer: accepted.peer,
                });
            }
        }
        for result in self.lookups.resolve() {
            match result {
                Ok(lookup) => {
                    self.recording.lookups.push(Lookup {
                        process_guid: lookup.process.guid.clone(),
                        image: lookup.process.image.clone(),
                        name: lookup.name.clone(),
                        status: lookup.status.code(),
                    });
                    let event = render::dns_query(self.host, &lookup);
                    self.event(lookup.process.platform, event);
                }
                Err(fault) => self.fault(fault),
            }
        }
        self.script_blocks();
        (self.recording.processes, self.recording.platform.processes) = self.processes.finish();
        for events in [
            &mut self.recording.events,
            &mut self.recording.platform.events,
        ] {
            events.sort_by_key(|event| event.time_created);
        }
        self.recording
    }

    /// Makes events 4104 of what programs logged themselves.
    fn script_blocks(&mut self) {
        let Some(log) = &self.observations.testimony.system_log else {
            return;
        };
        let mut silent = self.processes.running(&log.writers);
        for logged in &log.entries {
            let Some(process) = self.processes.writer(logged.pid, logged.at, &log.writers) else {
                self.fault(Fault::ForeignScriptBlock {
                    process_id: logged.pid,
                });
                continue;
            };
            match script_block::parse(&logged.text) {
                Ok(None) => {}
                Ok(Some(block)) if block.process_id != process.process_id => {
                    self.fault(Fault::ForeignScriptBlock {
                        process_id: logged.pid,
                    });
                }
                Ok(Some(block)) => {
                    silent.remove(&process.guid);
                    let event = render::logged_script_block(self.host, &process, logged.at, &block);
                    self.event(process.platform, event);
                }
                Err(unread) => self.fault(Fault::UnreadScriptBlock {
                    image: process.image.clone(),
                    reason: unread.to_string(),
                }),
            }
        }
        if log.overflowed > 0 {
            self.fault(Fault::LogOverflowed {
                overflowed: log.overflowed,
            });
        }
        self.recording.silent_script_block_logs = silent.into_values().collect();
    }

    fn event(&mut self, platform: bool, event: Result<Event, sysmon::UnknownField>) {
        match event {
            Ok(event) if platform => self.recording.platform.events.push(event),
            Ok(event) => self.recording.events.push(event),
            Err(unknown) => self.fault(Fault::Manifest {
                detail: unknown.to_string(),
            }),
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.recording.faults.push(fault);
    }
}

fn is_pair(accepted: &Accepted, connect: &Connect) -> bool {
    accepted.peer == connect.source && accepted.local == connect.destination
}
