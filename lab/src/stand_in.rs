//! Stand-ins: where a Windows program is missing, the lab's own binary runs
//! under that program's image name.
//!
//! A stand-in interprets the very command line or script it is given, by a
//! grammar that `docs/stand-ins.md` publishes, with real names, TLS, files and
//! child processes. Text outside the grammar is refused by name and place,
//! before any of it runs. A stand-in executes nothing that an endpoint sends,
//! and what it sends carries no data of the host.

pub mod http;
pub mod refusal;
pub mod system;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

pub use refusal::{Place, Refusal};
pub use system::System;

/// The exit code that says "refused": `EX_DATAERR` of BSD's sysexits.
pub const REFUSED: u8 = 65;

/// Whether there is a stand-in for the program of this file name.
pub fn is_stand_in(file_name: &str) -> bool {
    let _ = file_name;
    false
}

/// Runs the stand-in for the program of this file name, as the process that
/// it is called in, and returns the exit code to end with.
///
/// `argv` is the whole argument list, with the program at its front.
pub fn run(
    file_name: &str,
    argv: &[OsString],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    current_directory: &Path,
) -> ExitCode {
    let _ = (file_name, argv, environment.into_iter(), current_directory);
    ExitCode::from(REFUSED)
}
