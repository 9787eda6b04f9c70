//! What the runner tells a sandbox to be, and what a sandbox tells the runner.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use mock_endpoints::{Behaviour, CertificateAuthority, Record, Table};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sensor::fact::{Digests, Fact, Reverse};
use crate::sensor::filter::Grants;
use crate::sensor::witness::Logged;
use crate::wine::prefix::Prefix;

/// How a sandbox is kept apart from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// A user namespace with all other namespaces inside it; no privilege at
    /// all on the host.
    Sealed,
    /// The same namespaces without a user namespace, made by root; beacons run
    /// as an ordinary user without capabilities.
    Root,
}

impl Isolation {
    /// The name, as options and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Root => "root",
        }
    }
}

/// An account of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user's id.
    pub uid: u32,
    /// The group's id.
    pub gid: u32,
}

/// Everything that a sandbox is made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Whom to become on the host, where the runner is root.
    pub account: Option<Account>,
    /// The computer's name.
    pub host_name: String,
    /// The spoofed zone, which also says what addresses there are.
    pub table: Table,
    /// The certificate authority of this run. Beacons see its certificate only.
    pub authority: CertificateAuthority,
    /// What the endpoints do.
    pub behaviour: Behaviour,
    /// How long a slow endpoint takes.
    pub slow: Duration,
    /// What the endpoints' generated identifiers start from.
    pub seed: u64,
    /// The files on the staged drive.
    pub staged: Vec<Staged>,
    /// Files that are written into the user's own directories.
    pub written: Vec<Written>,
    /// Directories of the host that programs need, beside the usual ones.
    pub directories: Vec<PathBuf>,
    /// Wine's prefix, where Windows programs are to run. Their processes talk to
    /// each other by local sockets, which no other sandbox grants.
    pub wine: Option<Prefix>,
    /// A real browser will run. Its processes, too, talk to each other by local
    /// sockets.
    pub browser: bool,
    /// A program will run that writes to the system log: it gets one, which is
    /// the lab's own.
    pub system_log: bool,
    /// What to run; nothing where only the seal is tried.
    pub program: Option<Program>,
    /// When to give up.
    pub timeout: Duration,
    /// The number after which the first process is numbered.
    pub last_process_id: u32,
    /// What is broken on purpose.
    pub faults: Faults,
}

impl Plan {
    /// What its programs may do beyond what all may.
    pub(crate) fn grants(&self) -> Grants {
        Grants {
            local_sockets: self.wine.is_some() || self.browser,
            handing_on: self.wine.is_some(),
            system_log: self.system_log,
        }
    }
}

/// A file on the staged drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Its place inside the sandbox.
    pub place: PathBuf,
    /// What it is.
    pub source: Source,
    /// Its digests.
    pub digests: Option<Digests>,
}

/// A file of the sandbox's user, made for the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its place inside the sandbox.
    pub place: PathBuf,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Where a staged file comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A program of the host.
    File(PathBuf),
    /// The lab's own binary, as a stand-in.
    StandIn,
}

/// What runs in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its file inside the sandbox.
    pub file: PathBuf,
    /// Its arguments, its name first.
    pub argv: Vec<String>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// Its current directory inside the sandbox.
    pub directory: PathBuf,
}

/// What is broken on purpose, to prove that a broken lab gives no verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// A hole in the seal.
    pub hole: Option<Hole>,
    /// The endpoints do not listen.
    pub endpoints_down: bool,
    /// The DNS server does not answer.
    pub dns_silent: bool,
    /// The sensor sees nothing.
    pub sensor_blind: bool,
}

/// A hole in the seal, opened on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hole {
    /// The host's network.
    Network,
    /// The host's `/run` and `/tmp`, with their sockets.
    HostSockets,
    /// `/proc/sys` can be written.
    KernelSettings,
    /// A descriptor of the host is inherited.
    Descriptors,
    /// Programs run without the filter.
    Filter,
}

/// What a sandbox tells the runner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The sandbox could not be made.
    Failed(SetUpError),
    /// The sandbox is not sealed: nothing ran.
    Breached(Breach),
    /// The seal was checked and holds; these are the checks.
    Sealed(Vec<String>),
    /// The endpoints are up. Where they could not be, why.
    Endpoints(Result<(), String>),
    /// An endpoint saw something.
    Record(Box<Record>),
    /// A program wrote a script block to the system log.
    Logged(Logged),
    /// So many more were written than are kept.
    LogOverflowed(u64),
    /// The program starts.
    Started(Timestamp),
    /// The sensor saw something.
    Fact(Box<Fact>),
    /// The program and all its descendants have ended.
    Ended {
        /// When.
        at: Timestamp,
        /// The exit status; `None` if time was up.
        status: Option<i32>,
    },
    /// The sensor looked an address up.
    Reverse(Reverse),
    /// Nothing more will come, and nothing is missing.
    Complete,
}

/// A step of making a sandbox failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("{step}: {reason}")]
pub struct SetUpError {
    /// The step.
    pub step: String,
    /// The system's reason.
    pub reason: String,
}

impl SetUpError {
    /// An error of the operating system at a step.
    pub fn new(step: impl Into<String>, error: &std::io::Error) -> Self {
        Self {
            step: step.into(),
            reason: error.to_string(),
        }
    }
}

/// A hole in the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
#[error("{check}: {detail}")]
pub struct Breach {
    /// The check that failed.
    pub check: String,
    /// What it found.
    pub detail: String,
}
