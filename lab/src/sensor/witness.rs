//! What the lab's own servers saw: the second witness beside the tracer.
//!
//! The joiner pairs these with the tracer's facts by socket address, so that a
//! beacon needs to carry nothing by which to be recognised.

use std::net::SocketAddr;

use jiff::Timestamp;
use sysmon::{Answer, QueryStatus};

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
}
