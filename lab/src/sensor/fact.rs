//! What the tracer saw, before anybody makes an event of it.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A process id inside the sandbox's own process namespace.
pub type Pid = i32;

/// One observation, with the moment at which the tracer made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it was seen.
    pub at: Timestamp,
    /// The process (not the thread) that did it.
    pub pid: Pid,
    /// What it did.
    pub what: What,
}

/// What a process did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It started a process, which is not yet another program.
    Fork {
        /// The new process.
        child: Pid,
    },
    /// It became another program.
    Exec {
        /// The program's file, as `/proc/PID/exe` shows it.
        image: String,
        /// The arguments, the program's name first.
        argv: Vec<String>,
        /// The current directory.
        directory: String,
        /// The digests of the program's file; `None` if it could not be read.
        digests: Option<Digests>,
    },
    /// It ended.
    Exit {
        /// The exit status, or 128 and the signal that ended it.
        status: i32,
    },
    /// It asked for a connection.
    Connect(Connect),
    /// A connection that was under way came to its end.
    ConnectFinished(Connect),
    /// It sent a datagram to an address.
    Datagram {
        /// The socket's own address.
        source: SocketAddr,
        /// Where it went.
        destination: SocketAddr,
    },
    /// It runs a Windows program, by Wine.
    Windows(WindowsProgram),
    /// Another process handed it something that is open.
    Received(Handle),
    /// It made a file, or emptied one that was there.
    FileCreate {
        /// The file.
        path: String,
        /// A file of that name was there before.
        existed: bool,
    },
}

/// A Windows program as its own process parameters tell it
/// (`RTL_USER_PROCESS_PARAMETERS`): what a sensor on Windows reads, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowsProgram {
    /// The program's file, a Windows path.
    pub image: String,
    /// The command line, as it was handed to `CreateProcess`.
    pub command_line: String,
    /// The current directory, a Windows path.
    pub directory: String,
    /// The digests of the program's file; `None` if it could not be read.
    pub digests: Option<Digests>,
}

/// Something open that one process hands to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handle {
    /// An internet socket, by its cookie.
    Socket(u64),
    /// A file, by its path.
    File(String),
}

/// A connection attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// `tcp`, `udp`, …
    pub transport: Transport,
    /// Which socket it is; see `SO_COOKIE` in socket(7).
    pub socket: u64,
    /// The socket's own address.
    pub source: SocketAddr,
    /// The address asked for.
    pub destination: SocketAddr,
    /// How it went.
    pub outcome: ConnectOutcome,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// Any other protocol.
    Other,
}

/// How a connection attempt went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectOutcome {
    /// The connection is there.
    Established,
    /// It goes on (a non-blocking socket).
    InProgress,
    /// It failed, with this `errno`'s name.
    Failed(String),
}

/// The digests of a program's file, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digests {
    /// MD5.
    pub md5: String,
    /// SHA-256.
    pub sha256: String,
}

/// What a reverse lookup of an address gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reverse {
    /// The address.
    pub address: IpAddr,
    /// Its name; `None` if it has none.
    pub name: Option<String>,
}
