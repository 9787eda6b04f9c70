//! From the bytes of a question to the bytes of its answer.
//!
//! The server acts as the workstation's resolver: it answers recursive
//! questions about the table's names, and says of everything else that it does
//! not exist (RFC 1034, RFC 1035, RFC 2308, RFC 6891).

use std::net::IpAddr;

use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        DNSClass, Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, PTR, SOA},
    },
};

use super::zone::{Found, Zone};
use crate::{HostName, record::Transport};

/// The largest datagram that is sent, whatever a client would take: the value
/// that keeps an answer in one packet on common networks.
const MAX_DATAGRAM: u16 = 1232;
/// The largest datagram without EDNS (RFC 1035, section 4.2.1).
const PLAIN_DATAGRAM: u16 = 512;

/// What came of some bytes.
#[derive(Debug)]
pub(super) struct Answered {
    /// The bytes to send back; none where nothing may be sent.
    pub(super) reply: Option<Vec<u8>>,
    /// The question, or what is wrong with the bytes.
    pub(super) seen: Result<Question, String>,
}

/// A question with the essence of its answer.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) id: u16,
    pub(super) name: String,
    pub(super) record_type: String,
    pub(super) code: &'static str,
    pub(super) aliases: Vec<HostName>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) names: Vec<HostName>,
}

/// Answers one message.
pub(super) fn answer(zone: &Zone, bytes: &[u8], transport: Transport) -> Answered {
    let request = match Message::from_vec(bytes) {
        Ok(request) if request.metadata.message_type == MessageType::Query => request,
        Ok(_) => return Answered::dropped("it is a response"),
        Err(error) => return Answered::format_error(bytes, &error.to_string()),
    };
    let mut reply = Message::response(request.metadata.id, request.metadata.op_code);
    reply.metadata.recursion_desired = request.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.add_queries(request.queries.iter().cloned());
    let mut datagram = PLAIN_DATAGRAM;
    if let Some(asked) = &request.edns {
        let mut edns = Edns::new();
        edns.set_max_payload(MAX_DATAGRAM);
        reply.set_edns(edns);
        datagram = asked.max_payload().clamp(PLAIN_DATAGRAM, MAX_DATAGRAM);
    }
    let found = match request.queries.as_slice() {
        _ if request.metadata.op_code != OpCode::Query => Err(ResponseCode::NotImp),
        _ if request.edns.as_ref().is_some_and(|edns| edns.version() > 0) => {
            Err(ResponseCode::BADVERS)
        }
        [query] if query.query_class() == DNSClass::IN => Ok(zone.find(query)),
        [_] => Err(ResponseCode::Refused),
        _ => Err(ResponseCode::FormErr),
    };
    let mut question = Question::of(&request);
    match found {
        Err(code) => reply.metadata.response_code = code,
        Ok(found) => {
            if let [query] = request.queries.as_slice() {
                fill(&mut reply, query, &found, zone.ttl());
            }
            question.record(found);
        }
    }
    question.code = mnemonic(reply.metadata.response_code);
    let limit = match transport {
        Transport::Udp => usize::from(datagram),
        Transport::Tcp => usize::from(u16::MAX),
    };
    Answered {
        reply: encode(&reply, limit),
        seen: Ok(question),
    }
}

/// Writes what was found into the reply.
fn fill(reply: &mut Message, query: &Query, found: &Found, ttl: u32) {
    let mut owner = query.name().clone();
    for alias in &found.aliases {
        let Some(target) = name_of(alias) else { return };
        let data = RData::CNAME(CNAME(target.clone()));
        reply.add_answer(Record::from_rdata(owner, ttl, data));
        owner = target;
    }
    for address in &found.addresses {
        let data = match *address {
            IpAddr::V4(address) => RData::A(A(address)),
            IpAddr::V6(address) => RData::AAAA(AAAA(address)),
        };
        reply.add_answer(Record::from_rdata(owner.clone(), ttl, data));
    }
    for name in found.names.iter().filter_map(name_of) {
        reply.add_answer(Record::from_rdata(
            owner.clone(),
            ttl,
            RData::PTR(PTR(name)),
        ));
    }
    if !found.exists {
        reply.metadata.response_code = ResponseCode::NXDomain;
    }
    let asks_for_alias = matches!(query.query_type(), RecordType::CNAME | RecordType::ANY);
    let has_alias = asks_for_alias && !found.aliases.is_empty();
    if found.addresses.is_empty() && found.names.is_empty() && !has_alias {
        reply.add_authority(start_of_authority());
    }
}

/// RFC 2308, section 3: a negative answer carries an SOA record, whose last
/// number says how long it may be kept: not at all.
fn start_of_authority() -> Record {
    let data = SOA::new(Name::root(), Name::root(), 1, 3600, 600, 86400, 0);
    Record::from_rdata(Name::root(), 0, RData::SOA(data))
}

fn encode(reply: &Message, limit: usize) -> Option<Vec<u8>> {
    let whole = reply.to_vec().ok()?;
    if whole.len() <= limit {
        return Some(whole);
    }
    reply.truncate().to_vec().ok()
}

fn name_of(name: &HostName) -> Option<Name> {
    let mut name = Name::from_ascii(name.as_str()).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// The mnemonic of the IANA registry of DNS RCODEs.
fn mnemonic(code: ResponseCode) -> &'static str {
    match code {
        ResponseCode::NoError => "NOERROR",
        ResponseCode::FormErr => "FORMERR",
        ResponseCode::NXDomain => "NXDOMAIN",
        ResponseCode::NotImp => "NOTIMP",
        ResponseCode::Refused => "REFUSED",
        ResponseCode::BADVERS => "BADVERS",
        _ => "SERVFAIL",
    }
}

impl Question {
    fn of(request: &Message) -> Self {
        let query = request.queries.first();
        let name = query.map(|query| query.name().to_lowercase().to_ascii());
        Self {
            id: request.metadata.id,
            name: name
                .map(|name| name.trim_end_matches('.').to_owned())
                .unwrap_or_default(),
            record_type: query
                .map(|query| query.query_type().to_string())
                .unwrap_or_default(),
            code: mnemonic(ResponseCode::NoError),
            aliases: Vec::new(),
            addresses: Vec::new(),
            names: Vec::new(),
        }
    }

    fn record(&mut self, found: Found) {
        self.aliases = found.aliases;
        self.addresses = found.addresses;
        self.names = found.names;
    }
}

impl Answered {
    fn dropped(reason: &str) -> Self {
        Self {
            reply: None,
            seen: Err(reason.to_owned()),
        }
    }

    /// RFC 1035, section 4.1.1: what can't be interpreted gets FORMERR, if it
    /// has at least a header that says that it is a question.
    fn format_error(bytes: &[u8], reason: &str) -> Self {
        let [high, low, flags, _, ..] = *bytes else {
            return Self::dropped(reason);
        };
        let is_response = flags & 0x80 != 0;
        if bytes.len() < 12 || is_response {
            return Self::dropped(reason);
        }
        let id = u16::from_be_bytes([high, low]);
        let op_code = OpCode::from_u8((flags >> 3) & 0x0f);
        Self {
            reply: Message::error_msg(id, op_code, ResponseCode::FormErr)
                .to_vec()
                .ok(),
            seen: Err(reason.to_owned()),
        }
    }
}
