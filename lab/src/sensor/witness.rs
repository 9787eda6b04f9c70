//! What the lab's own servers saw: the second witness beside the tracer.
//!
//! The joiner pairs these with the tracer's facts by socket address, so that a
//! beacon needs to carry nothing by which to be recognised.

use std::net::SocketAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sysmon::{Answer, QueryStatus};

use super::fact::Pid;

/// A DNS question that reached the lab's server, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// When it came.
    pub at: Timestamp,
    /// The socket that asked.
    pub peer: SocketAddr,
    /// The name, as asked, without the final dot.
    pub name: String,
    /// The type's number: 1 for A, 28 for AAAA.
    pub kind: u16,
    /// How it was answered; `None` if it was not.
    pub status: Option<QueryStatus>,
    /// The records of the answer.
    pub answers: Vec<Answer>,
}

/// A connection that a server accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// When it was accepted.
    pub at: Timestamp,
    /// The socket that connected.
    pub peer: SocketAddr,
    /// The address it connected to.
    pub local: SocketAddr,
}

/// All that the servers saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Testimony {
    /// DNS questions, in the order in which they came.
    pub questions: Vec<Question>,
    /// Accepted connections, in the order in which they came.
    pub accepted: Vec<Accepted>,
    /// The system log, where programs write their script blocks themselves.
    pub system_log: Option<SystemLog>,
}

/// What came to a sandbox's system log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemLog {
    /// The Windows images of the programs that log their script blocks.
    pub writers: Vec<String>,
    /// The script blocks, in the order in which they came.
    pub entries: Vec<Logged>,
    /// How many more came than are kept.
    pub overflowed: u64,
}

/// A message of a program to the system log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// When it came.
    pub at: Timestamp,
    /// Who sent it, as the kernel says and not as the message does.
    pub pid: Pid,
    /// The datagram; what is no UTF-8 in it is replaced.
    pub text: String,
}
