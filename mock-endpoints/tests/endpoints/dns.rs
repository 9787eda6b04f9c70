//! The DNS over its sockets.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    process::Command,
};

use hickory_proto::{
    op::{Message, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use mock_endpoints::{HostName, Record, Service, Transport};

use crate::running::{AZURE, DEADLINE, Endpoints, WORKERS};

fn question(name: &str, record_type: RecordType) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.id = 99;
    let mut name = Name::from_ascii(name).unwrap();
    name.set_fqdn(true);
    message.add_query(Query::query(name, record_type));
    message.to_vec().unwrap()
}

pub fn client(endpoints: &Endpoints) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(endpoints.address(Service::DnsUdp)).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket
}

pub fn ask_udp(endpoints: &Endpoints, name: &str, record_type: RecordType) -> Message {
    let socket = client(endpoints);
    socket.send(&question(name, record_type)).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    Message::from_vec(&buffer[..length]).unwrap()
}

fn ask_tcp(stream: &mut TcpStream, name: &str, record_type: RecordType) -> Message {
    let question = question(name, record_type);
    let length = u16::try_from(question.len()).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(&question).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply).unwrap();
    Message::from_vec(&reply).unwrap()
}

fn addresses(reply: &Message) -> Vec<String> {
    reply
        .answers
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(address.0.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn udp_and_tcp_share_a_port_and_an_answer() {
    let endpoints = Endpoints::start();
    assert_eq!(
        endpoints.address(Service::DnsUdp),
        endpoints.address(Service::DnsTcp)
    );
    let host: HostName = AZURE.parse().unwrap();
    let expected = &endpoints.table.host(&host).unwrap().ipv4;
    let expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(
        addresses(&ask_udp(&endpoints, AZURE, RecordType::A)),
        expected
    );
    let mut stream = TcpStream::connect(endpoints.address(Service::DnsTcp)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // Two questions in one connection (RFC 7766).
    assert_eq!(
        addresses(&ask_tcp(&mut stream, AZURE, RecordType::A)),
        expected
    );
    let reply = ask_tcp(&mut stream, "nobody.example", RecordType::A);
    assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
}

#[test]
fn a_question_is_recorded_with_who_asked_and_what_was_said() {
    let endpoints = Endpoints::start();
    let socket = client(&endpoints);
    socket
        .send(&question(&AZURE.to_uppercase(), RecordType::A))
        .unwrap();
    let query = endpoints.wait_for(|record| match record {
        Record::DnsQuery(query) => Some(query),
        _ => None,
    });
    assert_eq!(query.peer, socket.local_addr().unwrap());
    assert_eq!(query.local, endpoints.address(Service::DnsUdp));
    assert_eq!(query.transport, Transport::Udp);
    assert_eq!((query.id, query.name.as_str()), (99, AZURE));
    assert_eq!(
        (query.record_type.as_str(), query.code.as_str()),
        ("A", "NOERROR")
    );
    let host = endpoints.table.host(&AZURE.parse().unwrap()).unwrap();
    assert_eq!(query.aliases, host.aliases);
    assert_eq!(query.addresses, host.addresses().collect::<Vec<_>>());
    assert!(query.answered);
    let line = serde_json::to_value(Record::DnsQuery(query)).unwrap();
    assert_eq!(line["record"], "dns_query");
    assert_eq!(line["type"], "A");
    assert_eq!(line["time"], "2026-03-01T12:00:00Z");
}

#[test]
fn bytes_that_are_no_question_are_recorded_as_such() {
    let endpoints = Endpoints::start();
    client(&endpoints).send(b"no question").unwrap();
    let failure = endpoints.wait_for(|record| match record {
        Record::DnsFailure(failure) => Some(failure),
        _ => None,
    });
    assert_eq!(failure.transport, Transport::Udp);
    // And the next one is answered.
    assert!(!addresses(&ask_udp(&endpoints, WORKERS, RecordType::A)).is_empty());
}

#[test]
fn dig_agrees() {
    let endpoints = Endpoints::start();
    let address: SocketAddr = endpoints.address(Service::DnsUdp);
    let port = address.port().to_string();
    let output = Command::new("dig")
        .args(["@127.0.0.1", "-p", &port, "+short", WORKERS, "A"])
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: dig is not present");
        return;
    };
    let host = endpoints.table.host(&WORKERS.parse().unwrap()).unwrap();
    let expected: Vec<_> = host.ipv4.iter().map(ToString::to_string).collect();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}
