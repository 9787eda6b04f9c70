//! Ctrl-C while events are read: what was read so far is answered.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use telemetry::Stop;

/// Whether reading shall end.
#[derive(Debug)]
pub struct Interrupt {
    set: Arc<AtomicBool>,
    /// The same for a read that waits: a signal alone does not end it.
    pub stop: Stop,
}

impl Interrupt {
    /// Set by Ctrl-C, and by a polite kill. A second one ends the program with
    /// this exit code.
    ///
    /// # Errors
    /// What the system says where it does not take a handler.
    pub fn by_signals(exit_code: u8) -> io::Result<Self> {
        let set = Arc::new(AtomicBool::new(false));
        let (stopped, stopping) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, exit_code.into(), Arc::clone(&set))?;
            flag::register(signal, Arc::clone(&set))?;
            low_level::pipe::register(signal, stopping.try_clone()?)?;
        }
        Ok(Self {
            set,
            stop: Stop::when_readable(stopped),
        })
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::Relaxed)
    }
}
