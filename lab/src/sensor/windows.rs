//! What a Windows program under Wine says of itself: its process parameters,
//! read from its memory as sensors on Windows read them.
//!
//! The names and places of the fields are those of Microsoft's `winternl.h`
//! (`TEB`, `PEB`, `RTL_USER_PROCESS_PARAMETERS`) for 64-bit programs; a
//! Windows thread's `GS` register leads to the first. Linux knows only the
//! arguments that Wine's loader was started with: names that may be relative,
//! and a command line without its quotes.

use super::fact::Pid;
use super::tracee;

/// `TEB.ProcessEnvironmentBlock`.
const ENVIRONMENT_BLOCK: u64 = 0x60;
/// `PEB.ProcessParameters`.
const PARAMETERS: u64 = 0x20;
/// `RTL_USER_PROCESS_PARAMETERS.CurrentDirectory.DosPath`.
const DIRECTORY: u64 = 0x38;
/// `RTL_USER_PROCESS_PARAMETERS.ImagePathName`.
const IMAGE: u64 = 0x60;
/// `RTL_USER_PROCESS_PARAMETERS.CommandLine`.
const COMMAND_LINE: u64 = 0x70;

/// The parameters of a Windows process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) image: String,
    pub(super) command_line: String,
    pub(super) directory: String,
}

/// The parameters of the process of a stopped thread; `None` as long as it has
/// none.
pub(super) fn parameters(thread: Pid) -> Option<Parameters> {
    let block = pointer(thread, thread_block(thread)? + ENVIRONMENT_BLOCK)?;
    let parameters = pointer(thread, block + PARAMETERS)?;
    let text = |at| text(thread, parameters + at);
    Some(Parameters {
        image: text(IMAGE).filter(|image| !image.is_empty())?,
        command_line: text(COMMAND_LINE)?,
        directory: text(DIRECTORY)?,
    })
}

/// Where the `TEB` of a thread is.
#[cfg(target_arch = "x86_64")]
fn thread_block(thread: Pid) -> Option<u64> {
    nix::sys::ptrace::getregs(nix::unistd::Pid::from_raw(thread))
        .ok()
        .map(|registers| registers.gs_base)
        .filter(|base| *base != 0)
}

/// Wine runs x86-64 programs on x86-64 only.
#[cfg(not(target_arch = "x86_64"))]
fn thread_block(_: Pid) -> Option<u64> {
    None
}

/// A pointer that is not null.
fn pointer(thread: Pid, at: u64) -> Option<u64> {
    let mut word = [0; 8];
    (tracee::read(thread, at, &mut word) == word.len())
        .then(|| u64::from_ne_bytes(word))
        .filter(|pointer| *pointer != 0)
}

/// A `UNICODE_STRING`: its length in bytes, room, and where it is.
fn text(thread: Pid, at: u64) -> Option<String> {
    let mut string = [0; 16];
    if tracee::read(thread, at, &mut string) != string.len() {
        return None;
    }
    let [low, high, ..] = string;
    let length = usize::from(u16::from_ne_bytes([low, high]));
    let mut bytes = vec![0; length];
    let buffer = pointer(thread, at + 8)?;
    if tracee::read(thread, buffer, &mut bytes) != length {
        return None;
    }
    let units: Vec<u16> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|unit| u16::from_ne_bytes(*unit))
        .collect();
    Some(String::from_utf16_lossy(&units))
}
