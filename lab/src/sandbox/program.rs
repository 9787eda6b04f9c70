//! The program of a sandbox: confined, and followed by the sensor from its
//! first instruction on.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use nix::unistd::{ForkResult, fork, pipe};

use super::plan::{Program, SetUpError, Staged};
use super::privileges;
use crate::sensor::fact::{Fact, Pid};
use crate::sensor::filter::{self, Grants};
use crate::sensor::tracer::{Ended, Tracer};

/// What the program's process does last before it becomes the program.
type Confine<'a> = &'a dyn Fn() -> io::Result<()>;

/// Runs a program under the sensor until it and all its descendants have
/// ended, or time is up. The calling process must have one thread.
///
/// The digests of the files in `staged` are known already.
pub(super) fn observe(
    program: &Program,
    confine: Confine<'_>,
    staged: &[Staged],
    grants: Grants,
    timeout: Duration,
    tell: &mut dyn FnMut(Fact),
) -> Result<Ended, SetUpError> {
    let failed = |step: &'static str| move |error: io::Error| SetUpError::new(step, &error);
    let (start, gate) = pipe().map_err(|errno| failed("make a pipe")(errno.into()))?;
    // SAFETY: this process has one thread, so that the child may do anything.
    let child = match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            drop(gate);
            let error = become_program(program, confine, start);
            eprintln!(
                "beaconlab: {} cannot be run: {error}",
                program.file.display()
            );
            std::process::exit(127);
        }
        Ok(ForkResult::Parent { child }) => child.as_raw(),
        Err(errno) => return Err(failed("start the program")(errno.into())),
    };
    drop(start);
    let staged: HashMap<_, _> = staged
        .iter()
        .filter_map(|staged| Some((staged.place.clone(), staged.digests.clone()?)))
        .collect();
    let mut tracer = Tracer::new(&staged, grants, tell);
    tracer.seize(child).map_err(failed("trace the program"))?;
    // Beacons are the same user, so this process must not be open to them.
    // (No sooner: its child must still be open to it.)
    nix::sys::prctl::set_dumpable(false)
        .map_err(|errno| failed("close the tracing process")(errno.into()))?;
    // The program waits until it is traced.
    drop(gate);
    tracer
        .follow(child, Instant::now() + timeout, &mut |_: Pid| {})
        .map_err(failed("follow the program"))
}

/// What a sandbox does with its program, without the sandbox: for measurements,
/// which need the same program on the same machine with the sensor and without.
/// Nothing is sealed here, so no beacon may be run by it. Gives the exit
/// status; `None` if time was up. The calling process must have one thread.
///
/// # Errors
/// [`SetUpError`] if the program cannot be started or followed.
#[doc(hidden)]
pub fn observe_unsealed(
    program: &Program,
    staged: &[Staged],
    timeout: Duration,
    tell: &mut dyn FnMut(Fact),
) -> Result<Option<i32>, SetUpError> {
    // An ordinary user outside of a sandbox may not even give privileges up.
    let grants = Grants::default();
    let confine = || privileges::restrict(&filter::program(grants));
    observe(program, &confine, staged, grants, timeout, tell).map(|ended| match ended {
        Ended::Completed { status } => Some(status),
        Ended::TimedOut => None,
    })
}

/// In the child: becomes the program. Returns only if that fails.
fn become_program(program: &Program, confine: Confine<'_>, start: OwnedFd) -> io::Error {
    match prepare(program, confine, start) {
        Ok((file, argv, environment)) => match nix::unistd::execve(&file, &argv, &environment) {
            Ok(never) => match never {},
            Err(errno) => errno.into(),
        },
        Err(error) => error,
    }
}

type Image = (CString, Vec<CString>, Vec<CString>);

fn prepare(program: &Program, confine: Confine<'_>, start: OwnedFd) -> io::Result<Image> {
    // Waits for the tracer: the other end closes when it has taken hold.
    let mut nothing = [0];
    File::from(start).read_exact(&mut nothing).ok();
    // Everything but the three standard descriptors ends with this process.
    // SAFETY: the call takes numbers only, and nothing is closed here.
    let marked = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if marked != 0 {
        return Err(io::Error::last_os_error());
    }
    std::env::set_current_dir(&program.directory)?;
    let file = CString::new(program.file.as_os_str().as_bytes())?;
    let argv = program
        .argv
        .iter()
        .map(|argument| Ok(CString::new(argument.as_str())?))
        .collect::<io::Result<_>>()?;
    let environment = program
        .environment
        .iter()
        .map(|(name, value)| Ok(CString::new(format!("{name}={value}"))?))
        .collect::<io::Result<_>>()?;
    confine()?;
    Ok((file, argv, environment))
}
