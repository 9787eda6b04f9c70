//! What a stand-in reaches of the world: environment, files, child processes,
//! the network, the clock. All of it is passed in, so that a test can watch.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::http::HttpClient;
use crate::drive::Drive;

/// The variables of a Windows process: names compare without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// By upper-case name: the name as it was given, and the value.
    variables: BTreeMap<String, (String, String)>,
}

impl Environment {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.variables.get(&name.to_uppercase())?;
        Some(value)
    }

    /// Sets a variable; as in cmd.exe, an empty value removes it.
    pub fn set(&mut self, name: &str, value: &str) {
        let key = name.to_uppercase();
        if value.is_empty() {
            self.variables.remove(&key);
            return;
        }
        // Windows keeps the spelling under which a variable first came.
        let spelling = match self.variables.remove(&key) {
            Some((spelling, _)) => spelling,
            None => name.to_owned(),
        };
        self.variables.insert(key, (spelling, value.to_owned()));
    }

    /// The variables by name, without case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .values()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(OsString, OsString)> for Environment {
    /// Variables that are not Unicode are left out: Windows has none.
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(variables: I) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                environment.set(&name, &value);
            }
        }
        environment
    }
}

/// Where a child process's output goes.
#[derive(Debug)]
pub enum Output {
    /// To the stand-in's own standard output.
    Stdout,
    /// To the stand-in's own standard error.
    Stderr,
    /// Nowhere.
    Null,
    /// Into a file.
    File(File),
}

impl From<Output> for Stdio {
    fn from(output: Output) -> Self {
        match output {
            Output::Stdout => io::stdout().into(),
            Output::Stderr => io::stderr().into(),
            Output::Null => Self::null(),
            Output::File(file) => file.into(),
        }
    }
}

/// A program to be started as a child process.
#[derive(Debug)]
pub struct Child {
    /// The program's file, on the host.
    pub program: PathBuf,
    /// Its arguments; the first is the program as it was called.
    pub argv: Vec<String>,
    /// All its variables.
    pub environment: Environment,
    /// Where it starts, on the host.
    pub current_directory: PathBuf,
    /// Where its standard output goes.
    pub stdout: Output,
    /// Where its standard error goes.
    pub stderr: Output,
}

/// Starts programs; a test records them instead.
pub trait Programs {
    /// Runs a program to its end and returns its exit code, 128 and the
    /// signal's number for one that a signal ended.
    fn run(&mut self, child: Child) -> io::Result<i32>;
}

/// Starts real child processes.
#[derive(Debug, Default)]
pub struct Processes;

impl Programs for Processes {
    fn run(&mut self, child: Child) -> io::Result<i32> {
        let mut command = Command::new(&child.program);
        if let Some((called, arguments)) = child.argv.split_first() {
            command.arg0(called).args(arguments);
        }
        let status = command
            .env_clear()
            .envs(child.environment.iter())
            .current_dir(&child.current_directory)
            .stdin(Stdio::null())
            .stdout(child.stdout)
            .stderr(child.stderr)
            .status()?;
        Ok(exit_code(status))
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}

/// Lets time pass; a test records it instead.
pub trait Clock {
    /// Waits.
    fn sleep(&mut self, duration: Duration);
}

/// Waits in real time.
#[derive(Debug, Default)]
pub struct RealClock;

impl Clock for RealClock {
    fn sleep(&mut self, duration: Duration) {
        // The script's own wish: the interval between beacons is what the
        // emulation is about, and nothing else here ever waits.
        std::thread::sleep(duration);
    }
}

/// The world as one stand-in finds it.
pub struct System<'a> {
    /// The staged `C:` drive.
    pub drive: Drive,
    /// The current directory, on the host.
    pub current_directory: PathBuf,
    /// The process's variables.
    pub environment: Environment,
    /// The network.
    pub http: &'a mut dyn HttpClient,
    /// Child processes.
    pub programs: &'a mut dyn Programs,
    /// The clock.
    pub clock: &'a mut dyn Clock,
    /// Standard output.
    pub stdout: &'a mut dyn Write,
    /// Standard error.
    pub stderr: &'a mut dyn Write,
}

impl System<'_> {
    /// The file on the host that a Windows path means here.
    pub fn host_path(&self, windows: &str) -> Option<PathBuf> {
        self.drive.host(windows, &self.current_directory)
    }

    /// The current directory as Windows shows it; the host's path where it
    /// lies outside the drive.
    pub fn windows_directory(&self) -> String {
        self.windows_path(&self.current_directory)
    }

    /// A file's path as Windows shows it.
    pub fn windows_path(&self, host: &Path) -> String {
        self.drive
            .windows(host)
            .unwrap_or_else(|| host.display().to_string())
    }
}
