//! A world for the tests of the stand-ins: it records what would be sent,
//! started and waited for.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::http::{HttpClient, HttpError, Request, Response};
use super::system::{Child, Clock, Environment, Output, Programs, System};
use crate::drive::Drive;

/// Answers every request and remembers it.
#[derive(Default)]
pub(super) struct RecordedHttp {
    pub(super) requests: Vec<Request>,
    /// The answers, in order; 200 with the body `ok` when they run out.
    pub(super) answers: VecDeque<Result<Response<Vec<u8>>, HttpError>>,
}

impl HttpClient for RecordedHttp {
    fn send(&mut self, request: &Request) -> Result<Response<Vec<u8>>, HttpError> {
        self.requests.push(request.clone());
        self.answers
            .pop_front()
            .unwrap_or_else(|| Ok(answer(200, "ok")))
    }
}

pub(super) fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = status.try_into().unwrap();
    response
}

/// A child process that was to be started.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Started {
    pub(super) argv: Vec<String>,
    pub(super) directory: PathBuf,
    /// Where its two streams would go: `out`, `err`, `nul` or `file`.
    pub(super) streams: [&'static str; 2],
}

/// Remembers what is started and ends it with the next exit code.
#[derive(Default)]
pub(super) struct RecordedPrograms {
    pub(super) started: Vec<Started>,
    pub(super) environments: Vec<Environment>,
    /// The exit codes, in order; 0 when they run out.
    pub(super) codes: VecDeque<i32>,
}

impl Programs for RecordedPrograms {
    fn run(&mut self, child: Child) -> io::Result<i32> {
        let stream = |output: &Output| match output {
            Output::Stdout => "out",
            Output::Stderr => "err",
            Output::Null => "nul",
            Output::File(_) => "file",
        };
        self.started.push(Started {
            streams: [stream(&child.stdout), stream(&child.stderr)],
            argv: child.argv,
            directory: child.current_directory,
        });
        self.environments.push(child.environment);
        Ok(self.codes.pop_front().unwrap_or(0))
    }
}

/// Remembers the waits.
#[derive(Default)]
pub(super) struct RecordedClock {
    pub(super) sleeps: Vec<Duration>,
}

impl Clock for RecordedClock {
    fn sleep(&mut self, duration: Duration) {
        self.sleeps.push(duration);
    }
}

/// A staged drive and everything that happened in it.
pub(super) struct World {
    directory: Option<tempfile::TempDir>,
    pub(super) environment: Environment,
    pub(super) http: RecordedHttp,
    pub(super) programs: RecordedPrograms,
    pub(super) clock: RecordedClock,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl World {
    /// A world without files: its drive is a directory that isn't there.
    pub(super) fn new() -> Self {
        let mut environment = Environment::default();
        environment.set("TEMP", r"C:\Temp");
        environment.set("Path", r"C:\Windows\System32;C:\Windows");
        Self {
            directory: None,
            environment,
            http: RecordedHttp::default(),
            programs: RecordedPrograms::default(),
            clock: RecordedClock::default(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    /// A drive with `curl.exe` and `timeout.exe` in System32, a program under
    /// `Program Files`, and a home that is the current directory.
    pub(super) fn staged() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for program in [
            "Windows/System32/curl.exe",
            "Windows/System32/timeout.exe",
            "Program Files/Contoso/updater.exe",
        ] {
            let file = root.join(program);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        fs::create_dir_all(root.join("Users/analyst")).unwrap();
        fs::create_dir_all(root.join("Temp")).unwrap();
        Self {
            directory: Some(directory),
            ..Self::new()
        }
    }

    fn root(&self) -> PathBuf {
        match &self.directory {
            Some(directory) => directory.path().to_owned(),
            None => PathBuf::from("/nowhere"),
        }
    }

    /// Runs a stand-in with these arguments and returns the exit code.
    pub(super) fn run(&mut self, program: &str, arguments: &[&str]) -> u8 {
        let argv: Vec<OsString> = [program]
            .iter()
            .chain(arguments)
            .map(|&argument| argument.into())
            .collect();
        let root = self.root();
        let mut system = System {
            current_directory: root.join("Users/analyst"),
            drive: Drive::new(root),
            environment: self.environment.clone(),
            http: &mut self.http,
            programs: &mut self.programs,
            clock: &mut self.clock,
            stdout: &mut self.stdout,
            stderr: &mut self.stderr,
        };
        super::run_in(program, &argv, &mut system)
    }

    /// A file of the drive.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The text of a file of the drive.
    pub(super) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    /// What was written to standard output.
    pub(super) fn said(&self) -> &str {
        str::from_utf8(&self.stdout).unwrap()
    }

    /// What was written to standard error.
    pub(super) fn complained(&self) -> &str {
        str::from_utf8(&self.stderr).unwrap()
    }

    /// The addresses that were asked for, in order.
    pub(super) fn requested(&self) -> Vec<String> {
        self.http
            .requests
            .iter()
            .map(|request| request.url.to_string())
            .collect()
    }

    /// The argument lists of the programs that were started, in order.
    pub(super) fn started(&self) -> Vec<Vec<&str>> {
        self.programs
            .started
            .iter()
            .map(|started| started.argv.iter().map(String::as_str).collect())
            .collect()
    }

    /// Whether anything left a trace outside the interpreter.
    pub(super) fn is_untouched(&self) -> bool {
        self.http.requests.is_empty()
            && self.programs.started.is_empty()
            && self.clock.sleeps.is_empty()
            && self.stdout.is_empty()
    }
}
