//! The keeper: makes the namespaces, starts the init process in them, and ends
//! it when the runner is gone.

use std::fs;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, getegid, geteuid, pipe};

use super::plan::{Hole, Isolation, Message, Plan, SetUpError, Source};
use super::{channel, init, privileges};

/// Who the beacons are inside a user namespace. Not 0: a program that finds
/// itself root behaves differently.
pub(super) const INNER_ID: u32 = 1000;

/// What is known of the host and must not be found inside.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// The inode numbers of the host's namespaces, by name.
    pub(super) namespaces: Vec<(&'static str, PathBuf)>,
    /// The host's sockets that have a path.
    pub(super) sockets: Vec<PathBuf>,
    /// The sources of staged files, opened while the runner's rights are there.
    pub(super) sources: Vec<(Source, File)>,
    /// Wine's prefix, likewise.
    pub(super) prefix: Option<File>,
}

/// The keeper's whole life. Standard input carries the plan, and then stays
/// open as long as the runner lives; standard output is the message socket.
/// The process must have one thread.
pub fn keep() -> ExitCode {
    if let Err(error) = close_inherited(3) {
        eprintln!("beaconlab: inherited descriptors cannot be closed: {error}");
        return ExitCode::FAILURE;
    }
    let socket = match io::stdout().as_fd().try_clone_to_owned() {
        Ok(socket) => socket,
        Err(error) => {
            eprintln!("beaconlab: the sandbox's socket is not there: {error}");
            return ExitCode::FAILURE;
        }
    };
    match enter(&socket) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If the runner is gone, there is nobody to tell.
            let _ = channel::tell(socket.as_fd(), &Message::Failed(error));
            ExitCode::FAILURE
        }
    }
}

/// Closes what the runner's own parents may have left open: nothing of the
/// host may be inherited.
fn close_inherited(first: u32) -> io::Result<()> {
    // SAFETY: the call takes numbers only; no descriptor from `first` on is
    // owned by anything in this process yet.
    if unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn enter(socket: &OwnedFd) -> Result<(), SetUpError> {
    let plan = read_plan().map_err(|error| SetUpError::new("read the plan", &error))?;
    let outside = look_around(&plan).map_err(|error| SetUpError::new("look around", &error))?;
    if plan.isolation == Isolation::Sealed
        && let Some(account) = plan.account
    {
        privileges::become_user(account)
            .map_err(|error| SetUpError::new("give up root", &error))?;
    }
    make_namespaces(&plan)?;
    let (alive, keeper) = pipe().map_err(|errno| SetUpError::new("make a pipe", &errno.into()))?;
    // SAFETY: this process has one thread, so that the child may do anything.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            drop(keeper);
            let status = init::run(&plan, &outside, socket, &alive);
            std::process::exit(status);
        }
        Ok(ForkResult::Parent { child }) => {
            drop(alive);
            watch(child);
            drop(keeper);
            Ok(())
        }
        Err(errno) => Err(SetUpError::new("start the init process", &errno.into())),
    }
}

fn read_plan() -> io::Result<Plan> {
    let mut line = String::new();
    // SAFETY: standard input is open: the runner made it a pipe. It is not
    // closed here, since it tells whether the runner lives.
    let input = unsafe { BorrowedFd::borrow_raw(libc::STDIN_FILENO) }.try_clone_to_owned()?;
    BufReader::new(File::from(input)).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn look_around(plan: &Plan) -> io::Result<Outside> {
    let mut names = vec!["net", "mnt", "pid", "ipc", "uts"];
    if plan.isolation == Isolation::Sealed {
        names.push("user");
    }
    let namespaces = names
        .into_iter()
        .map(|name| Ok((name, fs::read_link(format!("/proc/self/ns/{name}"))?)))
        .collect::<io::Result<_>>()?;
    let mut sources: Vec<(Source, File)> = Vec::new();
    for staged in &plan.staged {
        if sources.iter().all(|(source, _)| *source != staged.source) {
            let file = match &staged.source {
                Source::File(path) => File::open(path),
                Source::StandIn => File::open("/proc/self/exe"),
            };
            sources.push((staged.source.clone(), file?));
        }
    }
    let prefix = plan
        .wine
        .as_ref()
        .map(|prefix| File::open(&prefix.archive))
        .transpose()?;
    Ok(Outside {
        namespaces,
        sockets: path_sockets(),
        sources,
        prefix,
    })
}

/// The host's Unix sockets that have a path: a network namespace does not hide
/// them. From `/proc/net/unix`; see `proc_net(5)`.
fn path_sockets() -> Vec<PathBuf> {
    let table = fs::read_to_string("/proc/self/net/unix").unwrap_or_default();
    let mut sockets: Vec<_> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_ascii_whitespace().nth(7))
        .filter(|path| path.starts_with('/'))
        .map(PathBuf::from)
        .collect();
    sockets.sort();
    sockets.dedup();
    sockets
}

fn make_namespaces(plan: &Plan) -> Result<(), SetUpError> {
    let mut flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWPID;
    if plan.faults.hole == Some(Hole::Network) {
        flags.remove(CloneFlags::CLONE_NEWNET);
    }
    let (uid, gid) = (geteuid(), getegid());
    if plan.isolation == Isolation::Sealed {
        flags |= CloneFlags::CLONE_NEWUSER;
    }
    unshare(flags).map_err(|errno| SetUpError::new("make namespaces", &errno.into()))?;
    if plan.isolation == Isolation::Sealed {
        for (file, text) in [
            ("setgroups", "deny".to_owned()),
            ("uid_map", format!("{INNER_ID} {uid} 1")),
            ("gid_map", format!("{INNER_ID} {gid} 1")),
        ] {
            fs::write(Path::new("/proc/self").join(file), text)
                .map_err(|error| SetUpError::new(format!("write {file}"), &error))?;
        }
    }
    Ok(())
}

/// Waits for the sandbox's end or the runner's, whichever comes first; the
/// runner's ends the sandbox.
fn watch(init: Pid) {
    // SAFETY: as in `read_plan`.
    let runner = unsafe { BorrowedFd::borrow_raw(libc::STDIN_FILENO) };
    // SAFETY: the call takes numbers only; the descriptor lives as long as
    // this process, which ends right after.
    let init_ended = unsafe { libc::syscall(libc::SYS_pidfd_open, init.as_raw(), 0) };
    if let Ok(descriptor) = i32::try_from(init_ended)
        && descriptor >= 0
    {
        // SAFETY: just opened, and never closed.
        let init_ended = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let mut waiting = [
            PollFd::new(runner, PollFlags::POLLIN),
            PollFd::new(init_ended, PollFlags::POLLIN),
        ];
        while poll(&mut waiting, PollTimeout::NONE) == Err(Errno::EINTR) {}
    }
    // Where the init process ended by itself, this finds nobody.
    let _ = kill(init, Signal::SIGKILL);
    let _ = waitpid(init, None);
}
