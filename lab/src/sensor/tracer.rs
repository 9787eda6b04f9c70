//! The tracer: follows a process and all its descendants by `ptrace`, and tells
//! what they did as [`Fact`]s.
//!
//! It runs in one thread, the only one of its process, as the init process of
//! the sandbox: orphans come to it and stay traced. Every stop is answered
//! from what `ptrace` and `/proc` say at that moment; nothing is cached that a
//! tracee could change behind the tracer's back.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

mod deadline;
mod platform;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use libc::c_int;
use nix::errno::Errno;

use super::digest::Cache;
use super::fact::{Connect, ConnectOutcome, Digests, Fact, Pid, Transport, What};
use super::filter::Grants;
use super::lineage::Lineage;
use super::{handed_on, system_log, tracee};

/// Not in the `libc` crate for every C library: see ptrace(2).
const PTRACE_LISTEN: c_int = 0x4208;

const OPTIONS: c_int = libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_EXITKILL;

/// A stop by `PTRACE_O_TRACESYSGOOD`.
const SYSCALL_STOP: c_int = libc::SIGTRAP | 0x80;

/// Results between these mean that the kernel will run the call again.
const RESTARTS: std::ops::RangeInclusive<i64> = -516..=-512;

/// How a traced run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All processes ended by themselves; the first one with this status.
    Completed { status: i32 },
    /// Time was up, and what still ran was killed.
    TimedOut,
}

/// How a stopped tracee goes on.
#[derive(Debug, Clone, Copy)]
enum Resume {
    /// Until the next traced event, with this signal or none.
    Run(c_int),
    /// Until the call that it is in has ended.
    ToCallEnd,
    /// It stays stopped (job control), and can be woken.
    Listen,
    /// It waits until its parent's fork has been seen, or the end of a program
    /// that it started.
    Hold,
}

/// A call that was entered, and whose result is awaited.
#[derive(Debug)]
enum Call {
    Connect {
        descriptor: i32,
        destination: std::net::SocketAddr,
    },
    SocketError {
        cookie: u64,
        value: u64,
    },
    SendTo {
        descriptor: i32,
        destination: std::net::SocketAddr,
    },
    Open {
        path: PathBuf,
        existed: bool,
    },
    Receive {
        message: u64,
    },
}

#[derive(Debug)]
struct Task {
    process: Pid,
    call: Option<Call>,
}

/// The tracer and what it knows of its tracees.
pub(crate) struct Tracer<'a> {
    tasks: HashMap<Pid, Task>,
    held: HashSet<Pid>,
    lineage: Lineage,
    /// Processes that wait for the end of others, by the latter.
    waiting: HashMap<Pid, Pid>,
    /// Their threads, and how each goes on afterwards.
    parked: HashMap<Pid, Resume>,
    grants: Grants,
    /// Files that were made, in case they were made for another process.
    created: HashSet<PathBuf>,
    /// Connections under way, by process and the cookie of their socket.
    in_progress: HashMap<(Pid, u64), Connect>,
    staged: &'a HashMap<PathBuf, Digests>,
    digests: Cache,
    tell: &'a mut dyn FnMut(Fact),
}

impl<'a> Tracer<'a> {
    /// A tracer that tells what it sees to `tell`. The digests of the files in
    /// `staged` are known already.
    pub(crate) fn new(
        staged: &'a HashMap<PathBuf, Digests>,
        grants: Grants,
        tell: &'a mut dyn FnMut(Fact),
    ) -> Self {
        Self {
            tasks: HashMap::new(),
            held: HashSet::new(),
            lineage: Lineage::default(),
            waiting: HashMap::new(),
            parked: HashMap::new(),
            grants,
            created: HashSet::new(),
            in_progress: HashMap::new(),
            staged,
            digests: Cache::default(),
            tell,
        }
    }

    /// Takes hold of a child that waits to be traced.
    pub(crate) fn seize(&mut self, child: Pid) -> io::Result<()> {
        // SAFETY: PTRACE_SEIZE takes its options as data, no pointer.
        let seized = unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, 0_usize, OPTIONS as usize) };
        if seized != 0 {
            return Err(io::Error::last_os_error());
        }
        self.tasks.insert(
            child,
            Task {
                process: child,
                call: None,
            },
        );
        Ok(())
    }

    /// Follows `first` and its descendants until the last of them has ended,
    /// or until the deadline. `other` is told of children that are not traced.
    pub(crate) fn follow(
        mut self,
        first: Pid,
        deadline: Instant,
        other: &mut dyn FnMut(Pid),
    ) -> io::Result<Ended> {
        let mut first_status = 0;
        let mut timed_out = false;
        deadline::arm(deadline)?;
        while !self.tasks.is_empty() {
            let mut status = 0;
            // SAFETY: `status` is ours for the length of the call.
            let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) };
            if pid < 0 {
                match Errno::last() {
                    Errno::EINTR if Instant::now() >= deadline => {
                        timed_out = true;
                        self.kill();
                    }
                    Errno::EINTR => {}
                    errno => return Err(errno.into()),
                }
                continue;
            }
            if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
                let code = if libc::WIFEXITED(status) {
                    libc::WEXITSTATUS(status)
                } else {
                    128 + libc::WTERMSIG(status)
                };
                if pid == first {
                    first_status = code;
                }
                self.held.remove(&pid);
                self.parked.remove(&pid);
                match self.tasks.remove(&pid) {
                    Some(task) if task.process == pid => {
                        self.tell(pid, What::Exit { status: code });
                        self.exited(pid, code);
                    }
                    Some(_) => {}
                    None => other(pid),
                }
                continue;
            }
            let resume = self.stopped(pid, status);
            if self.is_waiting(pid) && matches!(resume, Resume::Run(_) | Resume::ToCallEnd) {
                self.parked.insert(pid, resume);
            } else {
                resume_tracee(pid, resume);
            }
            if timed_out {
                // A tracee that was born while the others were killed.
                self.kill();
            }
        }
        deadline::disarm()?;
        Ok(if timed_out {
            Ended::TimedOut
        } else {
            Ended::Completed {
                status: first_status,
            }
        })
    }

    fn stopped(&mut self, pid: Pid, status: c_int) -> Resume {
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            libc::PTRACE_EVENT_SECCOMP => self.call_entered(pid),
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
                self.forked(pid, status >> 16 == libc::PTRACE_EVENT_CLONE);
                Resume::Run(0)
            }
            libc::PTRACE_EVENT_EXEC => {
                self.executed(pid);
                Resume::Run(0)
            }
            libc::PTRACE_EVENT_STOP => match signal {
                libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => Resume::Listen,
                _ if !self.tasks.contains_key(&pid) => {
                    // Born, and its parent's side of the fork not yet seen.
                    self.held.insert(pid);
                    Resume::Hold
                }
                _ => Resume::Run(0),
            },
            0 if signal == SYSCALL_STOP => {
                self.call_ended(pid);
                Resume::Run(0)
            }
            0 => Resume::Run(signal),
            _ => Resume::Run(0),
        }
    }

    fn tell(&mut self, pid: Pid, what: What) {
        (self.tell)(Fact {
            at: Timestamp::now(),
            pid,
            what,
        });
    }

    fn process_of(&self, task: Pid) -> Pid {
        self.tasks.get(&task).map_or(task, |task| task.process)
    }

    fn forked(&mut self, pid: Pid, cloned: bool) {
        let Ok(child) = nix::sys::ptrace::getevent(nix::unistd::Pid::from_raw(pid)) else {
            return;
        };
        // Process ids fit.
        let child = child as Pid;
        let parent = self.process_of(pid);
        let thread = cloned && Path::new(&format!("/proc/{parent}/task/{child}")).exists();
        self.tasks.insert(
            child,
            Task {
                process: if thread { parent } else { child },
                call: None,
            },
        );
        if !thread {
            self.lineage.forked(parent, child);
            self.tell(parent, What::Fork { child });
        }
        if self.held.remove(&child) {
            resume_tracee(child, Resume::Run(0));
        }
    }

    fn executed(&mut self, pid: Pid) {
        // A thread that execs takes its process's id: its own is gone.
        if let Ok(former) = nix::sys::ptrace::getevent(nix::unistd::Pid::from_raw(pid)) {
            let former = former as Pid;
            if former != pid {
                self.tasks.remove(&former);
            }
        }
        self.tasks.insert(
            pid,
            Task {
                process: pid,
                call: None,
            },
        );
        let image = tracee::link(pid, "exe");
        let digests = match self.staged.get(&image) {
            Some(digests) => Some(digests.clone()),
            None => self
                .digests
                .digests(Path::new(&format!("/proc/{pid}/exe")))
                .ok(),
        };
        let image = image.to_string_lossy().into_owned();
        let argv = tracee::arguments(pid);
        self.lineage.executed(pid, &image, &argv);
        if let Some(waits) = self.lineage.waits_for(pid) {
            self.wait_for(waits, pid);
        }
        let what = What::Exec {
            image,
            argv,
            directory: tracee::link(pid, "cwd").to_string_lossy().into_owned(),
            digests,
        };
        self.tell(pid, what);
    }

    fn call_entered(&mut self, pid: Pid) -> Resume {
        let Ok(info) = nix::sys::ptrace::syscall_info(nix::unistd::Pid::from_raw(pid)) else {
            return Resume::Run(0);
        };
        if info.op != libc::PTRACE_SYSCALL_INFO_SECCOMP {
            return Resume::Run(0);
        }
        // SAFETY: `op` says that the kernel filled the `seccomp` member.
        let call = unsafe { info.u.seccomp };
        let process = self.process_of(pid);
        if self.lineage.is_untold(process) {
            self.windows(process, pid);
        }
        if self.aims_elsewhere(pid, process, call.nr, call.args) {
            tracee::refuse(pid, Errno::EACCES);
            return Resume::Run(0);
        }
        let Some(call) = self.decode(pid, process, call.nr, call.args) else {
            return Resume::Run(0);
        };
        if let Some(task) = self.tasks.get_mut(&pid) {
            task.call = Some(call);
        }
        Resume::ToCallEnd
    }

    /// Whether a call is aimed at a local socket that the sandbox's programs may
    /// not reach.
    fn aims_elsewhere(&self, pid: Pid, process: Pid, number: u64, arguments: [u64; 6]) -> bool {
        let Grants {
            local_sockets,
            system_log: has_log,
            ..
        } = self.grants;
        let destinations = match i64::try_from(number) {
            Ok(libc::SYS_connect) if local_sockets || has_log => {
                Ok(vec![(arguments[1], arguments[2])])
            }
            // Streams are aimed when they are connected, and then no more.
            Ok(libc::SYS_sendto) if has_log => Ok(vec![(arguments[4], arguments[5])]),
            Ok(libc::SYS_sendmsg) if has_log => system_log::destinations(pid, arguments[1], 1),
            Ok(libc::SYS_sendmmsg) if has_log => {
                let count = arguments[2] as u32 as usize;
                system_log::destinations(pid, arguments[1], count)
            }
            _ => return false,
        };
        let addresses = destinations.and_then(|destinations| {
            destinations
                .into_iter()
                .map(|(at, length)| tracee::read_local_address(pid, at, length))
                .collect::<io::Result<Vec<_>>>()
        });
        // What the tracer cannot look at goes nowhere.
        let Ok(addresses) = addresses else {
            return true;
        };
        let mut locals = addresses.into_iter().flatten().peekable();
        if locals.peek().is_none() {
            return false;
        }
        let is_datagram =
            has_log && (!local_sockets || tracee::sends_datagrams(process, arguments[0] as i32));
        locals.any(|address| {
            if is_datagram {
                !system_log::is_it(&address)
            } else {
                handed_on::leads_out(process, &address)
            }
        })
    }

    fn decode(&self, pid: Pid, process: Pid, number: u64, arguments: [u64; 6]) -> Option<Call> {
        // The kernel reads `int` arguments by their low word.
        let int = |at: usize| arguments[at] as i32;
        match i64::try_from(number).ok()? {
            libc::SYS_connect => Some(Call::Connect {
                descriptor: int(0),
                destination: tracee::read_socket_address(pid, arguments[1], arguments[2])?,
            }),
            libc::SYS_sendto => Some(Call::SendTo {
                descriptor: int(0),
                destination: tracee::read_socket_address(pid, arguments[4], arguments[5])?,
            }),
            libc::SYS_getsockopt if !self.in_progress.is_empty() => {
                let cookie = tracee::cookie(process, int(0)).ok()?;
                self.in_progress
                    .contains_key(&(process, cookie))
                    .then_some(Call::SocketError {
                        cookie,
                        value: arguments[3],
                    })
            }
            libc::SYS_recvmsg if handed_on::may_hold(pid, arguments[1]) => Some(Call::Receive {
                message: arguments[1],
            }),
            libc::SYS_openat => opening(process, pid, int(0), arguments[1], int(2)),
            libc::SYS_openat2 => {
                let flags = tracee::read_i32(pid, arguments[2])?;
                opening(process, pid, int(0), arguments[1], flags)
            }
            #[cfg(target_arch = "x86_64")]
            libc::SYS_open => opening(process, pid, libc::AT_FDCWD, arguments[0], int(1)),
            #[cfg(target_arch = "x86_64")]
            libc::SYS_creat => opening(
                process,
                pid,
                libc::AT_FDCWD,
                arguments[0],
                libc::O_CREAT | libc::O_TRUNC,
            ),
            _ => None,
        }
    }

    fn call_ended(&mut self, pid: Pid) {
        let Some(task) = self.tasks.get_mut(&pid) else {
            return;
        };
        let process = task.process;
        let Some(call) = task.call.take() else {
            return;
        };
        let Ok(info) = nix::sys::ptrace::syscall_info(nix::unistd::Pid::from_raw(pid)) else {
            return;
        };
        if info.op != libc::PTRACE_SYSCALL_INFO_EXIT {
            return;
        }
        // SAFETY: `op` says that the kernel filled the `exit` member.
        let result = unsafe { info.u.exit.sval };
        if RESTARTS.contains(&result) {
            return;
        }
        match call {
            Call::Connect {
                descriptor,
                destination,
            } => self.connected(process, descriptor, destination, result),
            Call::SocketError { cookie, value } => {
                let error = tracee::read_i32(pid, value);
                self.connection_finished(process, cookie, error);
            }
            Call::SendTo {
                descriptor,
                destination,
            } if result >= 0 => {
                if let Ok(socket) = tracee::socket(process, descriptor)
                    && socket.transport == Transport::Udp
                {
                    self.tell(
                        process,
                        What::Datagram {
                            source: socket.source,
                            destination,
                        },
                    );
                }
            }
            Call::Open { path, existed } if result >= 0 => {
                self.opened(process, result, path, existed);
            }
            Call::Receive { message } if result >= 0 => self.received(process, pid, message),
            Call::SendTo { .. } | Call::Open { .. } | Call::Receive { .. } => {}
        }
    }

    fn connected(
        &mut self,
        process: Pid,
        descriptor: i32,
        destination: std::net::SocketAddr,
        result: i64,
    ) {
        // The socket is gone only if another thread closed it meanwhile.
        let Ok(tracee::Socket {
            source,
            transport,
            cookie,
        }) = tracee::socket(process, descriptor)
        else {
            return;
        };
        let under_way = self.in_progress.contains_key(&(process, cookie));
        let outcome = match outcome(result) {
            // A second call on a socket that is connected by now.
            ConnectOutcome::Failed(name) if name == "EISCONN" && under_way => {
                return self.connection_finished(process, cookie, Some(0));
            }
            ConnectOutcome::Failed(name) if name == "EALREADY" || name == "EISCONN" => return,
            outcome => outcome,
        };
        if outcome == ConnectOutcome::Established && under_way && transport == Transport::Tcp {
            return self.connection_finished(process, cookie, Some(0));
        }
        let connect = Connect {
            transport,
            socket: cookie,
            source,
            destination,
            outcome,
        };
        if connect.outcome == ConnectOutcome::InProgress {
            self.in_progress.insert((process, cookie), connect.clone());
        } else {
            self.in_progress.remove(&(process, cookie));
        }
        self.tell(process, What::Connect(connect));
    }

    fn connection_finished(&mut self, process: Pid, cookie: u64, error: Option<i32>) {
        let (Some(mut connect), Some(error)) = (self.in_progress.remove(&(process, cookie)), error)
        else {
            return;
        };
        connect.outcome = outcome(-i64::from(error));
        self.tell(process, What::ConnectFinished(connect));
    }

    fn opened(&mut self, process: Pid, descriptor: i64, path: PathBuf, existed: bool) {
        let link = format!("/proc/{process}/fd/{descriptor}");
        let regular = std::fs::metadata(&link).is_ok_and(|metadata| metadata.is_file());
        if !regular {
            return;
        }
        let path = std::fs::read_link(&link).unwrap_or(path);
        // The kernel's settings of a process look like files.
        if path.starts_with("/proc") {
            return;
        }
        if self.grants.handing_on {
            self.created.insert(path.clone());
        }
        self.tell(
            process,
            What::FileCreate {
                path: path.to_string_lossy().into_owned(),
                existed,
            },
        );
    }

    fn kill(&self) {
        for task in self.tasks.values() {
            // Dead already is dead enough.
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(task.process),
                nix::sys::signal::Signal::SIGKILL,
            );
        }
    }
}

/// A file that is about to be made or emptied; `None` if it is only opened.
fn opening(process: Pid, pid: Pid, directory: i32, path: u64, flags: i32) -> Option<Call> {
    let nameless = flags & libc::O_TMPFILE == libc::O_TMPFILE;
    if flags & libc::O_CREAT == 0 || nameless {
        return None;
    }
    let path = tracee::absolute(process, directory, &tracee::read_path(pid, path));
    // The tracer lives in the same mount namespace, under the same root.
    let existed = path.symlink_metadata().is_ok();
    (!existed || flags & libc::O_TRUNC != 0).then_some(Call::Open { path, existed })
}

fn outcome(result: i64) -> ConnectOutcome {
    let errno = i32::try_from(-result).map_or(Errno::UnknownErrno, Errno::from_raw);
    match errno {
        _ if result >= 0 => ConnectOutcome::Established,
        Errno::EINPROGRESS => ConnectOutcome::InProgress,
        errno => ConnectOutcome::Failed(format!("{errno:?}")),
    }
}

fn resume_tracee(pid: Pid, resume: Resume) {
    let (request, signal) = match resume {
        Resume::Run(signal) => (libc::PTRACE_CONT as c_int, signal),
        Resume::ToCallEnd => (libc::PTRACE_SYSCALL as c_int, 0),
        Resume::Listen => (PTRACE_LISTEN, 0),
        Resume::Hold => return,
    };
    // SAFETY: these requests take a signal number as data, no pointer. A
    // tracee that was killed meanwhile makes them fail, which is of no
    // consequence: its end will be reported by `waitpid`.
    unsafe {
        libc::ptrace(request as _, pid, 0_usize, signal as usize);
    }
}
