//! The endpoints inside a sandbox: a child of the init process that runs the
//! DNS and HTTPS servers, and tells the runner what they see; beside them, it
//! reads the system log where there is one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mock_endpoints::{Config, Listen, Record, Sink, SystemClock, serve};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, pipe};

use super::plan::{Message, Plan};
use super::system_log::SystemLog;
use super::{channel, files, privileges};

/// How long the servers may take to finish what they have begun.
const GRACE: Duration = Duration::from_secs(2);

/// The servers' process.
pub(super) struct Endpoints {
    process: Pid,
    /// The servers stop when this end is closed.
    stop: OwnedFd,
    /// Nobody else holds the other end: it is closed when they have ended.
    ended: BufReader<File>,
}

/// Sends records to the runner as they come.
struct Told {
    socket: OwnedFd,
    /// A record could not be sent: what the runner has is not all there was.
    lost: AtomicBool,
}

impl Told {
    fn tell(&self, message: &Message) {
        if channel::tell(self.socket.as_fd(), message).is_err() {
            self.lost.store(true, Ordering::Relaxed);
        }
    }
}

impl Sink for Told {
    fn record(&self, record: Record) {
        self.tell(&Message::Record(Box::new(record)));
    }
}

impl Endpoints {
    /// Starts the servers; when this returns, all their sockets are bound.
    pub(super) fn start(
        plan: &Plan,
        socket: &OwnedFd,
        log: Option<UnixDatagram>,
    ) -> io::Result<Self> {
        let (stopped, stop) = pipe()?;
        let (ready, started) = pipe()?;
        // SAFETY: this process has one thread, so that the child may do
        // anything.
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop((stop, ready));
                let mut started = File::from(started);
                let status = match life(plan, socket, log, &mut started, stopped) {
                    Ok(()) => 0,
                    Err(error) => {
                        // If init is gone, there is nobody to tell.
                        let _ = writeln!(started, "{error}");
                        1
                    }
                };
                std::process::exit(status);
            }
            ForkResult::Parent { child } => {
                // The log is the servers' alone to read.
                drop((stopped, started, log));
                // One line: the servers keep the pipe open as long as they live.
                let mut ready = BufReader::new(File::from(ready));
                let mut answer = String::new();
                ready.read_line(&mut answer)?;
                if answer == READY {
                    return Ok(Self {
                        process: child,
                        stop,
                        ended: ready,
                    });
                }
                Err(io::Error::other(answer.trim_end().to_owned()))
            }
        }
    }

    /// Stops the servers; when this returns, all that they saw was told.
    pub(super) fn stop(self) -> io::Result<()> {
        drop(self.stop);
        let deadline = Instant::now() + GRACE;
        let mut waiting = [PollFd::new(self.ended.get_ref().as_fd(), PollFlags::POLLIN)];
        let in_time = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = PollTimeout::try_from(left).map_err(io::Error::other)?;
            match poll(&mut waiting, left) {
                Err(Errno::EINTR) => {}
                ready => break ready? > 0,
            }
        };
        if !in_time {
            kill(self.process, Signal::SIGKILL)?;
        }
        match waitpid(self.process, None)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            _ if !in_time => Err(io::Error::other("they did not end in time")),
            status => Err(io::Error::other(format!("they ended badly: {status:?}"))),
        }
    }
}

/// What the servers say when their sockets are bound.
const READY: &str = "ready\n";

fn life(
    plan: &Plan,
    socket: &OwnedFd,
    log: Option<UnixDatagram>,
    started: &mut File,
    stopped: OwnedFd,
) -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let config = config(plan)?;
    let sink = Arc::new(Told {
        socket: socket.try_clone()?,
        lost: AtomicBool::new(false),
    });
    runtime.block_on(async {
        let running = serve(config, Arc::clone(&sink) as Arc<dyn Sink>)
            .await
            .map_err(io::Error::other)?;
        let log = match log {
            Some(log) => {
                let sink = Arc::clone(&sink);
                Some(SystemLog::new(log, move |message| sink.tell(&message))?)
            }
            None => None,
        };
        let reading = log.clone().map(|log| tokio::spawn(log.read()));
        // The ports are bound: no privilege is needed any more. Beacons are
        // the same user, so this process must not be open to them.
        privileges::drop_capabilities()?;
        nix::sys::prctl::set_dumpable(false)?;
        started.write_all(READY.as_bytes())?;
        let mut stopped = tokio::net::unix::pipe::Receiver::from_owned_fd(stopped)?;
        let mut nothing = [0];
        tokio::io::AsyncReadExt::read(&mut stopped, &mut nothing).await?;
        running.finish(GRACE / 2).await;
        // All programs have ended: what they wrote is there.
        if let Some(reading) = reading {
            reading.abort();
        }
        if let Some(log) = log {
            log.finish()?;
        }
        if sink.lost.load(Ordering::Relaxed) {
            return Err(io::Error::other("a record could not be told"));
        }
        Ok(())
    })
}

fn config(plan: &Plan) -> io::Result<Config> {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let name_server: IpAddr = files::NAME_SERVER.parse().map_err(io::Error::other)?;
    let proxies = || plan.table.proxies();
    let exposed = proxies().map(|proxy| proxy.ip()).chain([any]);
    let listen = Listen::exposed_on(exposed)
        .https(SocketAddr::new(any, 443))
        .and_then(|listen| listen.http(SocketAddr::new(any, 80)))
        .and_then(|listen| listen.dns(SocketAddr::new(name_server, 53)))
        .and_then(|listen| proxies().try_fold(listen, Listen::proxy))
        .map_err(io::Error::other)?;
    Ok(Config {
        behaviour: plan.behaviour,
        slow: plan.slow,
        faults: mock_endpoints::Faults {
            dns_silent: plan.faults.dns_silent,
            https_down: plan.faults.endpoints_down,
        },
        ..Config::new(
            listen,
            plan.table.clone(),
            plan.authority.clone(),
            Arc::new(SystemClock),
            plan.seed,
        )
    })
}
