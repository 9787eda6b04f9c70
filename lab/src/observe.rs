//! Gathers what one sandbox tells into [`Observations`], and what became of
//! the sandbox itself.

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::Timestamp;
use mock_endpoints::{DnsQuery, Record, Service};
use sysmon::{Answer, QueryStatus};

use crate::sandbox::{Breach, Message, SetUpError};
use crate::sensor::join::Observations;
use crate::sensor::witness::{Accepted, Question};

/// What became of a sandbox.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// The seal's checks that held.
    pub sealed: Vec<String>,
    /// The hole that was found.
    pub breach: Option<Breach>,
    /// The step that failed.
    pub failure: Option<SetUpError>,
    /// Why the endpoints are not there.
    pub endpoints_failed: Option<String>,
    /// When the program was started.
    pub started: Option<Timestamp>,
    /// When the last process ended.
    pub ended: Option<Timestamp>,
    /// The program's exit status.
    pub status: Option<i32>,
    /// Time was up.
    pub timed_out: bool,
    /// Nothing is missing.
    pub complete: bool,
    /// The endpoints' log, in order.
    pub records: Vec<Record>,
    /// For the joiner.
    pub observations: Observations,
}

impl Account {
    /// Takes one message.
    pub fn take(&mut self, message: Message) {
        match message {
            Message::Failed(failure) => self.failure = Some(failure),
            Message::Breached(breach) => self.breach = Some(breach),
            Message::Sealed(checks) => self.sealed = checks,
            Message::Endpoints(Ok(())) => {}
            Message::Endpoints(Err(reason)) => self.endpoints_failed = Some(reason),
            Message::Started(at) => self.started = Some(at),
            Message::Record(record) => self.record(*record),
            Message::Fact(fact) => self.observations.facts.push(*fact),
            Message::Logged(logged) => {
                let testimony = &mut self.observations.testimony;
                let log = testimony.system_log.get_or_insert_default();
                log.entries.push(logged);
            }
            Message::LogOverflowed(more) => {
                let testimony = &mut self.observations.testimony;
                testimony.system_log.get_or_insert_default().overflowed += more;
            }
            Message::Reverse(reverse) => self.observations.reverse.push(reverse),
            Message::Ended { at, status } => {
                self.ended = Some(at);
                self.status = status;
                self.timed_out = status.is_none();
            }
            Message::Complete => self.complete = true,
        }
    }

    fn record(&mut self, record: Record) {
        let testimony = &mut self.observations.testimony;
        match &record {
            Record::Listening(listening)
                if matches!(
                    listening.service,
                    Service::Https | Service::Http | Service::Proxy
                ) =>
            {
                self.observations
                    .served_ports
                    .insert(listening.address.port());
            }
            Record::Connection(connection) => testimony.accepted.push(Accepted {
                at: connection.time,
                peer: connection.peer,
                local: connection.local,
            }),
            // The sensor's own reverse lookups come after the last process has
            // ended, and are nobody's but its own.
            Record::DnsQuery(query) if self.ended.is_none_or(|ended| query.time < ended) => {
                testimony.questions.push(question(query));
            }
            _ => {}
        }
        self.records.push(record);
    }
}

fn question(query: &DnsQuery) -> Question {
    let aliases = query
        .aliases
        .iter()
        .map(|alias| Answer::Record(CNAME, alias.to_string()));
    let names = query
        .names
        .iter()
        .map(|name| Answer::Record(PTR, name.to_string()));
    let addresses: BTreeSet<IpAddr> = query.addresses.iter().copied().collect();
    let has_answers = !query.addresses.is_empty() || !query.names.is_empty();
    Question {
        at: query.time,
        peer: query.peer,
        name: query.name.clone(),
        kind: kind(&query.record_type),
        status: query.answered.then(|| status(&query.code, has_answers)),
        answers: aliases
            .chain(names)
            .chain(addresses.into_iter().map(Answer::Address))
            .collect(),
    }
}

const A: u16 = 1;
const CNAME: u16 = 5;
const PTR: u16 = 12;
const AAAA: u16 = 28;

/// The number of a record type. Types that the lab does not serve are told
/// apart by nothing: they have no answers that could differ.
fn kind(name: &str) -> u16 {
    match name {
        "A" => A,
        "CNAME" => CNAME,
        "PTR" => PTR,
        "AAAA" => AAAA,
        _ => 0,
    }
}

fn status(code: &str, has_answers: bool) -> QueryStatus {
    match code {
        "NOERROR" if has_answers => QueryStatus::Success,
        "NOERROR" => QueryStatus::NoRecord,
        "NXDOMAIN" => QueryStatus::NameError,
        "REFUSED" => QueryStatus::Refused,
        _ => QueryStatus::ServerFailure,
    }
}
