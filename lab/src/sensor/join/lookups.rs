//! Lookups out of questions: which process asked, and which questions belong
//! together.
//!
//! A resolver asks for A and AAAA by two questions, repeats one that is not
//! answered, and does both over one socket or over two. Windows writes one
//! event 22 for all of them.

use std::net::SocketAddr;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use sysmon::{Answer, QueryStatus};

use super::Fault;
use super::processes::Identity;
use crate::sensor::witness::Question;

/// Questions further apart than this are two lookups: longer than any
/// resolver's pause between A and AAAA, shorter than its time-out's end.
const ONE_LOOKUP: SignedDuration = SignedDuration::from_secs(15);

/// A lookup, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) at: Timestamp,
    pub(super) process: Rc<Identity>,
    pub(super) name: String,
    pub(super) status: QueryStatus,
    pub(super) answers: Vec<Answer>,
}

/// The sockets that processes ask from, and the questions asked.
pub(super) struct Lookups<'a> {
    questions: &'a [Question],
    sockets: Vec<(Timestamp, Rc<Identity>, SocketAddr)>,
}

impl<'a> Lookups<'a> {
    pub(super) fn new(questions: &'a [Question]) -> Self {
        Self {
            questions,
            sockets: Vec::new(),
        }
    }

    /// A process was seen to use a socket for DNS.
    pub(super) fn socket(&mut self, at: Timestamp, process: Rc<Identity>, source: SocketAddr) {
        self.sockets.push((at, process, source));
    }

    /// The lookups in the order in which they began, and a fault for each
    /// question that came out of nowhere.
    pub(super) fn resolve(&self) -> Vec<Result<Resolved, Fault>> {
        let mut groups: Vec<Result<Group<'a>, Fault>> = Vec::new();
        for question in self.questions {
            let Some(process) = self.asker(question) else {
                groups.push(Err(Fault::UnattributedQuestion {
                    name: question.name.clone(),
                    peer: question.peer,
                }));
                continue;
            };
            let group = groups
                .iter_mut()
                .filter_map(|group| group.as_mut().ok())
                .find(|group| group.takes(&process, question));
            match group {
                Some(group) => group.questions.push(question),
                None => groups.push(Ok(Group {
                    process,
                    questions: vec![question],
                })),
            }
        }
        groups
            .into_iter()
            .map(|group| group.map(|group| group.resolved()))
            .collect()
    }

    /// The last process that was seen to use the socket before the question.
    fn asker(&self, question: &Question) -> Option<Rc<Identity>> {
        self.sockets
            .iter()
            .rev()
            .find(|(at, _, source)| is_same_socket(*source, question.peer) && *at <= question.at)
            .or_else(|| {
                // A datagram is told of after it was sent: its question may
                // have been logged a moment before.
                self.sockets
                    .iter()
                    .find(|(_, _, source)| is_same_socket(*source, question.peer))
            })
            .map(|(_, process, _)| Rc::clone(process))
    }
}

/// A socket that is not bound to an address shows only its port.
fn is_same_socket(seen: SocketAddr, peer: SocketAddr) -> bool {
    seen.port() == peer.port() && (seen.ip() == peer.ip() || seen.ip().is_unspecified())
}

struct Group<'a> {
    process: Rc<Identity>,
    /// Never empty.
    questions: Vec<&'a Question>,
}

impl Group<'_> {
    fn takes(&self, process: &Rc<Identity>, question: &Question) -> bool {
        let Some(first) = self.questions.first() else {
            return false;
        };
        let same = Rc::ptr_eq(&self.process, process)
            && first.name.eq_ignore_ascii_case(&question.name)
            && question.at.duration_since(first.at) <= ONE_LOOKUP;
        // A type that was asked already is asked again by the next lookup,
        // unless it's a repetition: same socket, and no answer so far.
        same && self
            .questions
            .iter()
            .filter(|asked| asked.kind == question.kind)
            .all(|asked| asked.status.is_none() && asked.peer == question.peer)
    }

    fn resolved(&self) -> Resolved {
        let mut answers: Vec<Answer> = Vec::new();
        let mut push = |answer: &Answer| {
            if !answers.contains(answer) {
                answers.push(answer.clone());
            }
        };
        // Windows lists IPv6 addresses before IPv4 ones.
        let all = || self.questions.iter().flat_map(|question| &question.answers);
        all()
            .filter(|answer| !matches!(answer, Answer::Address(address) if address.is_ipv4()))
            .for_each(&mut push);
        all().for_each(&mut push);
        let statuses = || self.questions.iter().filter_map(|question| question.status);
        let status = if statuses().any(|status| status == QueryStatus::Success) {
            QueryStatus::Success
        } else {
            statuses().next().unwrap_or(QueryStatus::Timeout)
        };
        let first = self.questions.first();
        Resolved {
            at: first.map_or(Timestamp::UNIX_EPOCH, |question| question.at),
            process: Rc::clone(&self.process),
            name: first
                .map(|question| question.name.clone())
                .unwrap_or_default(),
            status,
            answers,
        }
    }
}
