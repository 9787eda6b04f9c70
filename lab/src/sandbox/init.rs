//! The init process: number 1 in the sandbox. It sets the sandbox up, proves
//! the seal, starts the endpoints, then runs the program under the sensor.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixDatagram;

use jiff::Timestamp;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::setsid;

use super::endpoints::Endpoints;
use super::enter::Outside;
use super::network::Range;
use super::plan::{Breach, Hole, Isolation, Message, Plan, Program, SetUpError};
use super::{channel, files, network, privileges, program, seal};
use crate::sensor::fact::{ConnectOutcome, Fact, Reverse, What};
use crate::sensor::tracer::Ended;
use crate::sensor::{filter, reverse};
use crate::wine;

/// Why the init process stops early.
enum Stop {
    Failed(SetUpError),
    Breached(Breach),
    /// The runner cannot be told: it is gone.
    Silenced,
}

impl From<SetUpError> for Stop {
    fn from(error: SetUpError) -> Self {
        Self::Failed(error)
    }
}

fn failed(step: &'static str) -> impl Fn(io::Error) -> Stop {
    move |error| Stop::Failed(SetUpError::new(step, &error))
}

/// The init process's whole life; gives its exit status.
pub(super) fn run(plan: &Plan, outside: &Outside, socket: &OwnedFd, keeper: &OwnedFd) -> i32 {
    let init = Init { plan, socket };
    let stop = match init.life(outside, keeper) {
        Ok(()) => return 0,
        Err(stop) => stop,
    };
    let message = match stop {
        Stop::Failed(error) => Message::Failed(error),
        Stop::Breached(breach) => Message::Breached(breach),
        Stop::Silenced => return 1,
    };
    // The runner may be gone; then there is nobody to tell.
    let _ = channel::tell(socket.as_fd(), &message);
    1
}

struct Init<'a> {
    plan: &'a Plan,
    socket: &'a OwnedFd,
}

impl Init<'_> {
    fn tell(&self, message: &Message) -> Result<(), Stop> {
        channel::tell(self.socket.as_fd(), message).map_err(|_| Stop::Silenced)
    }

    fn life(&self, outside: &Outside, keeper: &OwnedFd) -> Result<(), Stop> {
        let log = self.set_up(outside, keeper)?;
        let standard = [0, 1, 2, self.socket.as_raw_fd(), keeper.as_raw_fd()];
        let known: Vec<i32> = standard
            .into_iter()
            .chain(outside.sources.iter().map(|(_, file)| file.as_raw_fd()))
            .chain(outside.prefix.iter().map(AsRawFd::as_raw_fd))
            .chain(log.iter().map(AsRawFd::as_raw_fd))
            .collect();
        let hole = (self.plan.faults.hole == Some(Hole::Descriptors)).then(|| keeper.try_clone());
        let sealed = seal::check(self.plan, outside, &known).map_err(Stop::Breached)?;
        drop(hole);
        self.tell(&Message::Sealed(sealed))?;
        let Some(program) = &self.plan.program else {
            return self.tell(&Message::Complete);
        };
        let endpoints = match Endpoints::start(self.plan, self.socket, log) {
            Ok(endpoints) => endpoints,
            Err(error) => {
                self.tell(&Message::Endpoints(Err(error.to_string())))?;
                return self.tell(&Message::Complete);
            }
        };
        self.tell(&Message::Endpoints(Ok(())))?;
        let addresses = self.observe(program)?;
        for address in addresses {
            let name = reverse::host_name(address);
            self.tell(&Message::Reverse(Reverse { address, name }))?;
        }
        endpoints.stop().map_err(failed("stop the endpoints"))?;
        self.tell(&Message::Complete)
    }

    /// Sets the sandbox up; gives its system log, if it has one.
    fn set_up(&self, outside: &Outside, keeper: &OwnedFd) -> Result<Option<UnixDatagram>, Stop> {
        // With the keeper goes the sandbox. It may be gone already.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
            .map_err(|errno| failed("ask for a death signal")(errno.into()))?;
        let mut waiting = [PollFd::new(keeper.as_fd(), PollFlags::POLLIN)];
        if poll(&mut waiting, PollTimeout::ZERO) != Ok(0) {
            return Err(Stop::Silenced);
        }
        // No controlling terminal.
        setsid().map_err(|errno| failed("start a session")(errno.into()))?;
        if self.plan.faults.hole != Some(Hole::Network) {
            let workstation = IpAddr::V4(self.plan.table.workstation().address);
            network::set_up(workstation, &ranges(self.plan))
                .map_err(failed("set up the network"))?;
        }
        nix::unistd::sethostname(&self.plan.host_name)
            .map_err(|errno| failed("set the host name")(errno.into()))?;
        // The runner's pipe told the plan and tells the keeper of the runner's
        // life; nobody in here needs it.
        let null = File::open("/dev/null").map_err(failed("open /dev/null"))?;
        replace(&null, libc::STDIN_FILENO).map_err(failed("replace standard input"))?;
        replace_output().map_err(failed("replace standard output"))?;
        Ok(files::set_up(self.plan, outside)?)
    }

    /// Runs the program under the sensor; gives the addresses that the sensor
    /// will want the names of.
    fn observe(&self, program: &Program) -> Result<BTreeSet<IpAddr>, Stop> {
        self.tell(&Message::Started(Timestamp::now()))?;
        let mut addresses = BTreeSet::new();
        let mut silenced = false;
        let mut tell = |fact: Fact| {
            if let Some(pair) = connection(&fact) {
                addresses.extend(pair.map(|address| address.ip()));
            }
            if !self.plan.faults.sensor_blind {
                silenced |= self.tell(&Message::Fact(Box::new(fact))).is_err();
            }
        };
        let ended = program::observe(
            program,
            &|| self.confine(),
            &self.plan.staged,
            self.plan.grants(),
            self.plan.timeout,
            &mut tell,
        )?;
        if silenced {
            return Err(Stop::Silenced);
        }
        self.tell(&Message::Ended {
            at: Timestamp::now(),
            status: match ended {
                Ended::Completed { status } => Some(status),
                Ended::TimedOut => None,
            },
        })?;
        Ok(addresses)
    }

    /// In the program's process, right before it becomes the program.
    fn confine(&self) -> io::Result<()> {
        let filter = if self.plan.faults.hole == Some(Hole::Filter) {
            vec![]
        } else {
            filter::program(self.plan.grants())
        };
        let account = match self.plan.isolation {
            Isolation::Sealed => None,
            Isolation::Root => self.plan.account,
        };
        if self.plan.wine.is_some() {
            wine::fix_addresses()?;
        }
        privileges::confine(&filter, account)
    }
}

/// The two ends of a connection that an event may come of.
fn connection(fact: &Fact) -> Option<[SocketAddr; 2]> {
    match &fact.what {
        What::Connect(connect) | What::ConnectFinished(connect)
            if connect.destination.port() != 53
                && !matches!(connect.outcome, ConnectOutcome::Failed(_)) =>
        {
            Some([connect.source, connect.destination])
        }
        What::Datagram {
            source,
            destination,
        } if destination.port() != 53 => Some([*source, *destination]),
        _ => None,
    }
}

/// The ranges that the loopback interface answers for.
fn ranges(plan: &Plan) -> Vec<Range> {
    plan.table
        .addresses()
        .into_iter()
        .filter(|address| *address != IpAddr::V4(plan.table.workstation().address))
        .map(|address| Range {
            address,
            prefix_length: if address.is_ipv4() { 32 } else { 128 },
        })
        .collect()
}

/// Puts an open file in the place of a standard descriptor.
fn replace(file: &impl AsRawFd, descriptor: i32) -> io::Result<()> {
    // SAFETY: both descriptors are open, and nobody has borrowed the one that
    // is replaced.
    let replaced = unsafe { libc::dup2(file.as_raw_fd(), descriptor) };
    if replaced < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Standard output was the message socket; what programs print goes where the
/// runner collects it, to standard error.
fn replace_output() -> io::Result<()> {
    io::stdout().flush()?;
    replace(&io::stderr(), libc::STDOUT_FILENO)
}
