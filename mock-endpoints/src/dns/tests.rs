//! Messages in, messages out.

#![allow(clippy::unwrap_used)]

use std::net::Ipv4Addr;

use hickory_proto::{
    op::{Edns, Message, OpCode, Query, ResponseCode},
    rr::{DNSClass, Name, RData, RecordType},
};
use proptest::prelude::*;

use super::{
    answer::{Answered, answer},
    zone::Zone,
};
use crate::{Behaviour, HostName, PtrMode, Table, TableOptions, Workstation, record::Transport};

fn options() -> TableOptions {
    TableOptions::new(
        PtrMode::Lab,
        Workstation {
            name: "lab-ws01.corp.test".parse().unwrap(),
            address: Ipv4Addr::new(10, 11, 12, 13),
        },
    )
}

fn zone_of(names: &[&str], behaviour: Behaviour) -> Zone {
    let names = names.iter().map(|name| name.parse::<HostName>().unwrap());
    Zone::new(Table::new(names, &options()).unwrap(), behaviour)
}

fn zone() -> Zone {
    zone_of(
        &[
            "a.b.workers.dev",
            "beacon.azurewebsites.net",
            "x.notworkers.dev",
        ],
        Behaviour::Serve,
    )
}

fn query(name: &str, record_type: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.id = 4711;
    message.metadata.recursion_desired = true;
    let mut name = Name::from_ascii(name).unwrap();
    name.set_fqdn(true);
    message.add_query(Query::query(name, record_type));
    message
}

fn exchange(zone: &Zone, message: &Message) -> Message {
    let bytes = message.to_vec().unwrap();
    let Answered { reply, seen } = answer(zone, &bytes, Transport::Udp);
    seen.unwrap();
    Message::from_vec(&reply.unwrap()).unwrap()
}

fn ask(zone: &Zone, name: &str, record_type: RecordType) -> Message {
    exchange(zone, &query(name, record_type))
}

fn types(message: &Message) -> Vec<RecordType> {
    message
        .answers
        .iter()
        .map(hickory_proto::rr::Record::record_type)
        .collect()
}

#[test]
fn a_name_has_its_addresses_with_a_ttl_of_zero() {
    let zone = zone();
    let reply = ask(&zone, "a.b.workers.dev", RecordType::A);
    assert_eq!(reply.metadata.id, 4711);
    assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
    assert!(reply.metadata.recursion_available && reply.metadata.recursion_desired);
    assert!(!reply.metadata.authoritative);
    assert_eq!(types(&reply), [RecordType::A, RecordType::A]);
    let host = "a.b.workers.dev".parse().unwrap();
    let expected = &zone.table().host(&host).unwrap().ipv4;
    let got: Vec<_> = reply
        .answers
        .iter()
        .map(|record| match &record.data {
            RData::A(address) => address.0,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(&got, expected);
    assert!(reply.answers.iter().all(|record| record.ttl == 0));
}

#[test]
fn the_case_of_the_question_comes_back() {
    let reply = ask(&zone(), "A.b.WoRkErS.dev", RecordType::A);
    assert_eq!(reply.queries[0].name().to_ascii(), "A.b.WoRkErS.dev.");
    assert_eq!(reply.answers[0].name.to_ascii(), "A.b.WoRkErS.dev.");
}

#[test]
fn a_chain_of_aliases_comes_in_order() {
    let reply = ask(&zone(), "beacon.azurewebsites.net", RecordType::A);
    assert_eq!(
        types(&reply),
        [RecordType::CNAME, RecordType::CNAME, RecordType::A]
    );
    let mut owner = "beacon.azurewebsites.net.".to_owned();
    for record in &reply.answers {
        assert_eq!(record.name.to_ascii(), owner);
        if let RData::CNAME(target) = &record.data {
            owner = target.0.to_ascii();
        }
    }
    let reply = ask(&zone(), "beacon.azurewebsites.net", RecordType::CNAME);
    assert_eq!(types(&reply), [RecordType::CNAME]);
    assert!(reply.authorities.is_empty());
    // No data at the end of the chain is a negative answer too (RFC 2308, section 2.2).
    let reply = ask(&zone(), "beacon.azurewebsites.net", RecordType::AAAA);
    assert_eq!(types(&reply), [RecordType::CNAME, RecordType::CNAME]);
    assert_eq!(reply.authorities[0].record_type(), RecordType::SOA);
}

#[test]
fn no_data_is_not_no_name() {
    let zone = zone();
    for (name, record_type) in [
        ("a.b.workers.dev", RecordType::AAAA),
        ("a.b.workers.dev", RecordType::HTTPS),
        ("a.b.workers.dev", RecordType::TXT),
        // A name above one that exists exists too.
        ("b.workers.dev", RecordType::A),
        ("dev", RecordType::A),
    ] {
        let reply = ask(&zone, name, record_type);
        assert_eq!(
            reply.metadata.response_code,
            ResponseCode::NoError,
            "{name}"
        );
        assert!(reply.answers.is_empty());
        assert_eq!(reply.authorities[0].record_type(), RecordType::SOA);
    }
    for name in [
        "www.example.com",
        "c.b.workers.dev",
        "x.a.b.workers.dev",
        "_x.workers.dev",
    ] {
        let reply = ask(&zone, name, RecordType::A);
        assert_eq!(
            reply.metadata.response_code,
            ResponseCode::NXDomain,
            "{name}"
        );
        assert_eq!(reply.authorities[0].record_type(), RecordType::SOA);
    }
}

#[test]
fn reverse_names_are_answered() {
    let zone = zone();
    let host = "a.b.workers.dev".parse().unwrap();
    let [a, b, c, d] = zone.table().host(&host).unwrap().ipv4[0].octets();
    let reply = ask(
        &zone,
        &format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
        RecordType::PTR,
    );
    assert_eq!(types(&reply), [RecordType::PTR]);
    assert!(
        matches!(&reply.answers[0].data, RData::PTR(name) if name.0.to_ascii() == "a.b.workers.dev.")
    );
    let reply = ask(&zone, "13.12.11.10.in-addr.arpa", RecordType::PTR);
    assert!(
        matches!(&reply.answers[0].data, RData::PTR(name) if name.0.to_ascii() == "lab-ws01.corp.test.")
    );
    for name in [
        "8.8.8.8.in-addr.arpa",
        "21.104.in-addr.arpa",
        "x.8.8.8.in-addr.arpa",
    ] {
        let reply = ask(&zone, name, RecordType::PTR);
        assert_eq!(
            reply.metadata.response_code,
            ResponseCode::NXDomain,
            "{name}"
        );
    }
}

#[test]
fn nxdomain_hides_the_endpoints_and_nothing_of_the_lab() {
    let zone = zone_of(
        &["beacon.azurewebsites.net", "script.google.com"],
        Behaviour::Nxdomain,
    );
    for name in [
        "beacon.azurewebsites.net",
        "azurewebsites.net",
        "script.google.com",
        "script.googleusercontent.com",
        "googlehosted.l.googleusercontent.com",
    ] {
        let reply = ask(&zone, name, RecordType::A);
        assert_eq!(
            reply.metadata.response_code,
            ResponseCode::NXDomain,
            "{name}"
        );
    }
    for name in ["lab-ws01.corp.test", crate::CRL_HOST] {
        assert_eq!(
            types(&ask(&zone, name, RecordType::A)),
            [RecordType::A],
            "{name}"
        );
    }
}

#[test]
fn edns_is_answered_with_edns() {
    let zone = zone();
    let mut message = query("a.b.workers.dev", RecordType::A);
    assert!(exchange(&zone, &message).edns.is_none());
    let mut edns = Edns::new();
    edns.set_max_payload(4096);
    message.set_edns(edns.clone());
    assert_eq!(exchange(&zone, &message).edns.unwrap().max_payload(), 1232);
    edns.set_version(1);
    message.set_edns(edns);
    let reply = exchange(&zone, &message);
    // RFC 6891, section 9: BADVERS is 16, a number that BADSIG has too.
    assert_eq!(u16::from(reply.metadata.response_code), 16);
    assert!(reply.answers.is_empty());
}

#[test]
fn a_network_has_no_reverse_name() {
    let host = "a.b.workers.dev".parse().unwrap();
    let address = Ipv4Addr::new(10, 0, 0, 0).into();
    let table = Table::at([host], address, &options()).unwrap();
    let zone = Zone::new(table, Behaviour::Serve);
    let reply = ask(&zone, "0.0.0.10.in-addr.arpa", RecordType::PTR);
    assert_eq!(types(&reply), [RecordType::PTR]);
    let reply = ask(&zone, "10.in-addr.arpa", RecordType::PTR);
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
}

/// A table whose reverse lookup has more names than a datagram holds.
fn crowded() -> Zone {
    let names = (0..60).map(|number| {
        format!("a-rather-long-tenant-name-{number}.workers.dev")
            .parse::<HostName>()
            .unwrap()
    });
    let address = Ipv4Addr::LOCALHOST.into();
    Zone::new(
        Table::at(names, address, &options()).unwrap(),
        Behaviour::Serve,
    )
}

#[test]
fn what_a_datagram_cannot_hold_is_truncated_and_whole_over_tcp() {
    let zone = crowded();
    let mut message = query("1.0.0.127.in-addr.arpa", RecordType::PTR);
    let mut edns = Edns::new();
    edns.set_max_payload(65000);
    message.set_edns(edns);
    let bytes = message.to_vec().unwrap();
    let reply = answer(&zone, &bytes, Transport::Udp).reply.unwrap();
    assert!(reply.len() <= 1232);
    let reply = Message::from_vec(&reply).unwrap();
    assert!(reply.metadata.truncation && reply.answers.is_empty());
    assert_eq!(reply.queries.len(), 1);
    let reply = answer(&zone, &bytes, Transport::Tcp).reply.unwrap();
    let reply = Message::from_vec(&reply).unwrap();
    assert!(!reply.metadata.truncation);
    assert_eq!(reply.answers.len(), 60);
}

#[test]
fn what_is_no_plain_question_is_refused_by_code() {
    let zone = zone();
    let mut update = query("a.b.workers.dev", RecordType::A);
    update.metadata.op_code = OpCode::Notify;
    assert_eq!(
        exchange(&zone, &update).metadata.response_code,
        ResponseCode::NotImp
    );

    let mut chaos = query("version.bind", RecordType::TXT);
    chaos.queries[0].set_query_class(DNSClass::CH);
    assert_eq!(
        exchange(&zone, &chaos).metadata.response_code,
        ResponseCode::Refused
    );

    let mut none = query("a.b.workers.dev", RecordType::A);
    none.queries.clear();
    assert_eq!(
        exchange(&zone, &none).metadata.response_code,
        ResponseCode::FormErr
    );

    let mut two = query("a.b.workers.dev", RecordType::A);
    two.queries.push(two.queries[0].clone());
    assert_eq!(
        exchange(&zone, &two).metadata.response_code,
        ResponseCode::FormErr
    );
}

#[test]
fn what_cannot_be_read_is_a_format_error_or_dropped() {
    let zone = zone();
    let whole = query("a.b.workers.dev", RecordType::A).to_vec().unwrap();
    let cut = &whole[..whole.len() - 3];
    let Answered { reply, seen } = answer(&zone, cut, Transport::Udp);
    assert!(seen.is_err());
    let reply = Message::from_vec(&reply.unwrap()).unwrap();
    assert_eq!(reply.metadata.id, 4711);
    assert_eq!(reply.metadata.response_code, ResponseCode::FormErr);
    // Less than a header, and a response: an answer to either could begin a loop.
    assert!(answer(&zone, &whole[..11], Transport::Udp).reply.is_none());
    let mut response = whole;
    response[2] |= 0x80;
    assert!(answer(&zone, &response, Transport::Udp).reply.is_none());
    let cut = &response[..response.len() - 3];
    assert!(answer(&zone, cut, Transport::Udp).reply.is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let zone = zone();
        for transport in [Transport::Udp, Transport::Tcp] {
            if let Some(reply) = answer(&zone, &bytes, transport).reply {
                prop_assert!(Message::from_vec(&reply).is_ok());
            }
        }
    }

    #[test]
    fn a_damaged_question_is_taken(
        at in 0_usize..64, value in any::<u8>(), cut in 0_usize..64,
    ) {
        let zone = zone();
        let mut bytes = query("beacon.azurewebsites.net", RecordType::A).to_vec().unwrap();
        let length = bytes.len();
        bytes[at % length] = value;
        bytes.truncate(length - cut % length);
        if let Some(reply) = answer(&zone, &bytes, Transport::Udp).reply {
            prop_assert!(reply.len() <= 512);
        }
    }
}
