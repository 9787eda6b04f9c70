//! Stand-ins: where a Windows program is missing, the lab's own binary runs
//! under that program's image name.
//!
//! A stand-in interprets the very command line or script it is given, by a
//! grammar that `docs/stand-ins.md` publishes, with real names, TLS, files and
//! child processes. Text outside the grammar is refused by name and place,
//! before any of it runs. A stand-in executes nothing that an endpoint sends,
//! and what it sends carries no data of the host.

mod browser;
mod cmd;
pub mod http;
pub mod powershell;
#[cfg(test)]
mod published;
pub mod refusal;
mod script_host;
pub mod system;
#[cfg(test)]
mod testing;
mod timeout;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use http::HttpsClient;
pub use refusal::{Place, Refusal};
use script_host::Host;
pub use system::System;
use system::{Processes, RealClock};

use crate::drive::Drive;

/// The exit code that says "refused": `EX_DATAERR` of BSD's sysexits.
pub const REFUSED: u8 = 65;

/// How many steps a script may take, so that none runs for ever by mistake;
/// a beacon a second would need eleven days for them.
const STEP_LIMIT: u64 = 1_000_000;

/// Why a stand-in ended before its script did.
#[derive(Debug)]
enum Stop {
    /// The script asked for it.
    Exit(i32),
    /// Something outside the grammar was met.
    Refused(Refusal),
    /// The stand-in's own output could not be written.
    Output(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The programs that have a stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Chrome,
    Cmd,
    Cscript,
    Edge,
    PowerShell,
    Timeout,
    Wscript,
}

impl Program {
    /// The program of this file name, which Windows compares without case.
    fn named(file_name: &str) -> Option<Self> {
        match file_name.to_ascii_lowercase().as_str() {
            "chrome.exe" => Some(Self::Chrome),
            "cmd.exe" => Some(Self::Cmd),
            "cscript.exe" => Some(Self::Cscript),
            "msedge.exe" => Some(Self::Edge),
            "powershell.exe" => Some(Self::PowerShell),
            "timeout.exe" => Some(Self::Timeout),
            "wscript.exe" => Some(Self::Wscript),
            _ => None,
        }
    }

    fn run(self, arguments: &[String], system: &mut System<'_>) -> Result<i32, Stop> {
        match self {
            Self::Chrome => browser::run("chrome.exe", arguments, system),
            Self::Cmd => cmd::run(arguments, system),
            Self::Cscript => script_host::run(Host::Console, arguments, system),
            Self::Edge => browser::run("msedge.exe", arguments, system),
            Self::PowerShell => powershell::run(arguments, system),
            Self::Timeout => timeout::run(arguments, system),
            Self::Wscript => script_host::run(Host::Windowed, arguments, system),
        }
    }
}

/// Whether there is a stand-in for the program of this file name.
pub fn is_stand_in(file_name: &str) -> bool {
    Program::named(file_name).is_some()
}

/// Runs the stand-in for the program of this file name, as the process that
/// it is called in, and returns the exit code to end with: the script's own
/// or [`REFUSED`].
///
/// `argv` is the whole argument list, with the program at its front;
/// `current_directory` is a directory of the host, inside [`Drive::ROOT`].
pub fn run(
    file_name: &str,
    argv: &[OsString],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    current_directory: &Path,
) -> ExitCode {
    let mut http = HttpsClient::new(HttpsClient::SYSTEM_ROOTS);
    let mut system = System {
        drive: Drive::new(Drive::ROOT),
        current_directory: current_directory.to_owned(),
        environment: environment.into_iter().collect(),
        http: &mut http,
        programs: &mut Processes,
        clock: &mut RealClock,
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr().lock(),
    };
    ExitCode::from(run_in(file_name, argv, &mut system))
}

/// Runs a stand-in in a world of the caller's making.
fn run_in(file_name: &str, argv: &[OsString], system: &mut System<'_>) -> u8 {
    let result = match (Program::named(file_name), arguments(argv)) {
        (Some(program), Ok(arguments)) => program.run(&arguments, system),
        (Some(_), Err(refusal)) => Err(refusal.into()),
        (None, _) => Err(Refusal::of("a program without a stand-in").into()),
    };
    let code = match result {
        Ok(code) | Err(Stop::Exit(code)) => exit_code(code),
        Err(Stop::Refused(refusal)) => {
            // Nothing is left to be done if even this can't be said.
            let _ = writeln!(
                system.stderr,
                "{file_name}: the lab's stand-in refuses {refusal}"
            );
            REFUSED
        }
        Err(Stop::Output(error)) => {
            let _ = writeln!(system.stderr, "{file_name}: {error}");
            1
        }
    };
    let _ = system.stdout.flush();
    code
}

/// The arguments after the program, as the text that Windows would pass.
fn arguments(argv: &[OsString]) -> Result<Vec<String>, Refusal> {
    argv.iter()
        .skip(1)
        .map(|argument| {
            argument
                .to_str()
                .map(str::to_owned)
                .ok_or_else(|| Refusal::of("an argument that is not Unicode"))
        })
        .collect()
}

/// Windows' exit codes have 32 bits, Unix' have 8: a failure stays a failure.
fn exit_code(code: i32) -> u8 {
    let [low, ..] = code.to_le_bytes();
    if low == 0 && code != 0 { 1 } else { low }
}
