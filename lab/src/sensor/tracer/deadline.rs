//! A timer that interrupts `waitpid` when time is up.
#![expect(
    clippy::cast_possible_wrap,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

use std::io;
use std::time::{Duration, Instant};

use libc::c_int;

extern "C" fn interrupt(_: c_int) {}

/// Lets `waitpid` be interrupted at the deadline, and again and again after
/// it, so that no wake-up can be lost.
pub(super) fn arm(deadline: Instant) -> io::Result<()> {
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
    let action = SigAction::new(
        SigHandler::Handler(interrupt),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing at all.
    unsafe { sigaction(Signal::SIGALRM, &action) }?;
    set_timer(
        deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1)),
        Duration::from_millis(50),
    )
}

pub(super) fn disarm() -> io::Result<()> {
    set_timer(Duration::ZERO, Duration::ZERO)
}

fn set_timer(first: Duration, then: Duration) -> io::Result<()> {
    let time = |duration: Duration| libc::timeval {
        tv_sec: duration.as_secs() as libc::time_t,
        tv_usec: libc::suseconds_t::from(duration.subsec_micros() as i32),
    };
    let timer = libc::itimerval {
        it_value: time(first),
        it_interval: time(then),
    };
    // SAFETY: the new value is ours, and the old one is not asked for.
    let set = unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    if set == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
