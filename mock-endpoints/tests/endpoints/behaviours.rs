//! What the endpoints do under each behaviour and fault, and what they record.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use hickory_proto::{op::ResponseCode, rr::RecordType};
use mock_endpoints::{
    Behaviour, CRL_HOST, CertificateAuthority, Listen, PlatformId, Record, Service, StartError,
    serve,
};

use crate::{
    dns::{ask_udp, client},
    raw::{connect, exchange, get, plain_get},
    running::{CONTENT, Endpoints, GATEWAY, LAMBDA, NETLIFY, SCRIPT, VERCEL, WORKERS},
};

/// Gets the revocation list from port 80, as its URL says.
pub fn revocation_list(endpoints: &Endpoints) -> Vec<u8> {
    let mut stream = TcpStream::connect(endpoints.address(Service::Http)).unwrap();
    let request =
        format!("GET /authority.crl HTTP/1.1\r\nHost: {CRL_HOST}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    assert!(
        head.contains("content-type: application/pkix-crl"),
        "{head}"
    );
    answer.split_off(end + 4)
}

#[test]
fn refuse_leaves_https_unbound_and_the_rest_as_it_is() {
    let endpoints = Endpoints::start_with(|config| config.behaviour = Behaviour::Refuse);
    assert_eq!(endpoints.find(Service::Https), None);
    let reply = ask_udp(&endpoints, WORKERS, RecordType::A);
    assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
    assert!(!revocation_list(&endpoints).is_empty());
    for record in endpoints.stop() {
        if let Record::Listening(listening) = record {
            assert_ne!(listening.service, Service::Https);
        }
    }
}

#[test]
fn slow_answers_as_serve_does_but_later() {
    let delay = Duration::from_millis(300);
    let endpoints = Endpoints::start_with(|config| {
        config.behaviour = Behaviour::Slow;
        config.slow = delay;
    });
    let begun = Instant::now();
    let answer = get(&endpoints, VERCEL, "/");
    assert!(begun.elapsed() >= delay);
    assert_eq!(answer.status, "HTTP/1.1 200 OK");
}

#[test]
fn nxdomain_denies_the_names() {
    let endpoints = Endpoints::start_with(|config| config.behaviour = Behaviour::Nxdomain);
    for name in [WORKERS, SCRIPT, CONTENT] {
        let reply = ask_udp(&endpoints, name, RecordType::A);
        assert_eq!(reply.metadata.response_code, ResponseCode::NXDomain);
    }
}

#[test]
fn a_silent_dns_records_and_never_answers() {
    let endpoints = Endpoints::start_with(|config| config.faults.dns_silent = true);
    let socket = client(&endpoints);
    let mut question = hickory_proto::op::Message::query();
    let name = hickory_proto::rr::Name::from_ascii(WORKERS).unwrap();
    question.add_query(hickory_proto::op::Query::query(name, RecordType::A));
    socket.send(&question.to_vec().unwrap()).unwrap();
    let query = endpoints.wait_for(|record| match record {
        Record::DnsQuery(query) => Some(query),
        _ => None,
    });
    assert!(!query.answered);
    // Once the endpoints are gone, nothing can come any more.
    drop(endpoints);
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut [0; 512]).is_err());
}

#[test]
fn https_can_be_down_although_it_should_serve() {
    let endpoints = Endpoints::start_with(|config| config.faults.https_down = true);
    assert_eq!(endpoints.find(Service::Https), None);
}

#[test]
fn the_records_of_a_request_can_be_joined() {
    let endpoints = Endpoints::start();
    let path = "/.netlify/functions/beacon?n=1";
    let stream = connect(&endpoints, NETLIFY);
    let client = stream.sock.local_addr().unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}:443\r\nUser-Agent: test/1.0\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        NETLIFY.to_uppercase()
    );
    exchange(stream, &request);
    let server = endpoints.address(Service::Https);
    let records = endpoints.stop();
    let [Record::Connection(connection)] = &records[4..5] else {
        panic!("{records:?}")
    };
    assert_eq!((connection.peer, connection.local), (client, server));
    let Record::ClientHello(hello) = &records[5] else {
        panic!("{records:?}")
    };
    assert_eq!(hello.connection, connection.connection);
    assert_eq!(hello.server_name.as_deref(), Some(NETLIFY));
    assert_eq!(hello.alpn, ["http/1.1"]);
    let Record::Tls(tls) = &records[6] else {
        panic!("{records:?}")
    };
    assert_eq!(tls.connection, connection.connection);
    assert_eq!(tls.version, "TLSv1.3");
    assert_eq!(tls.alpn.as_deref(), Some("http/1.1"));
    assert!(tls.cipher.starts_with("TLS13_"), "{}", tls.cipher);
    let Record::HttpRequest(request) = &records[7] else {
        panic!("{records:?}")
    };
    assert_eq!(request.connection, connection.connection);
    assert_eq!((request.peer, request.local), (client, server));
    assert_eq!(request.server_name.as_deref(), Some(NETLIFY));
    assert_eq!(request.version, "HTTP/1.1");
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", path)
    );
    assert_eq!(request.host.as_deref(), Some(NETLIFY));
    assert_eq!(request.user_agent.as_deref(), Some("test/1.0"));
    assert_eq!(request.platform, Some(PlatformId::Netlify));
    assert_eq!(request.status, Some(200));
    assert_eq!((request.request_bytes, request.response_bytes), (5, 13));
    assert_eq!(records.len(), 8);
    let line = serde_json::to_string(&records[7]).unwrap();
    assert!(!line.contains("hello"), "{line}");
    assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), records[7]);
}

#[test]
fn every_socket_is_recorded() {
    let endpoints = Endpoints::start();
    let services = [
        Service::DnsUdp,
        Service::DnsTcp,
        Service::Https,
        Service::Http,
    ];
    let expected = services.map(|service| (service, endpoints.address(service)));
    let listening: Vec<_> = endpoints
        .stop()
        .into_iter()
        .map(|record| match record {
            Record::Listening(listening) => (listening.service, listening.address),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(listening, expected);
}

#[test]
fn the_host_decides_who_answers_and_not_the_server_name() {
    let endpoints = Endpoints::start();
    let request = format!("GET / HTTP/1.1\r\nHost: {VERCEL}\r\nConnection: close\r\n\r\n");
    let answer = exchange(connect(&endpoints, WORKERS), &request);
    assert_eq!(answer.header("Server"), "Vercel");
    // A host that is not known is the front end's: that of the server name.
    let request = "GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n";
    let answer = exchange(connect(&endpoints, VERCEL), request);
    assert_eq!(answer.header("X-Vercel-Error"), "DEPLOYMENT_NOT_FOUND");
}

#[test]
fn a_platform_without_plain_http_closes() {
    let endpoints = Endpoints::start();
    for host in [GATEWAY, LAMBDA] {
        let mut stream = TcpStream::connect(endpoints.address(Service::Http)).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.is_empty());
        let request = endpoints.wait_for(|record| match record {
            Record::HttpRequest(request) => Some(request),
            _ => None,
        });
        assert_eq!(request.status, None);
    }
}

#[test]
fn the_same_seed_gives_the_same_identifiers() {
    let id = |seed| {
        let endpoints = Endpoints::start_with(|config| config.seed = seed);
        let first = get(&endpoints, VERCEL, "/")
            .header("X-Vercel-Id")
            .to_owned();
        let second = get(&endpoints, VERCEL, "/")
            .header("X-Vercel-Id")
            .to_owned();
        assert_ne!(first, second);
        (first, second)
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
}

#[test]
fn two_can_run_at_once() {
    let (first, second) = (Endpoints::start(), Endpoints::start());
    for endpoints in [&first, &second] {
        assert_eq!(get(endpoints, VERCEL, "/").status, "HTTP/1.1 200 OK");
    }
}

#[test]
fn a_taken_port_is_named() {
    let endpoints = Endpoints::start();
    let taken = endpoints.address(Service::Https);
    let (sender, _records) = tokio::sync::mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = mock_endpoints::Config::new(
        Listen::loopback_only().https(taken).unwrap(),
        endpoints.table.clone(),
        endpoints.authority.clone(),
        std::sync::Arc::new(mock_endpoints::SystemClock),
        1,
    );
    let error = runtime
        .block_on(serve(config, std::sync::Arc::new(sender)))
        .unwrap_err();
    let StartError::Bind {
        service, address, ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((*service, *address), (Service::Https, taken));
    assert_eq!(error.to_string(), format!("Https socket {taken}"));
}

#[test]
fn an_authority_can_be_handed_to_a_child() {
    let made =
        CertificateAuthority::generate(jiff::Timestamp::now(), CertificateAuthority::VALIDITY)
            .unwrap();
    let text = serde_json::to_string(&made).unwrap();
    let read: CertificateAuthority = serde_json::from_str(&text).unwrap();
    assert!(!format!("{made:?}").contains("PRIVATE"));
    let mut endpoints = Endpoints::start_with(|config| config.authority = read);
    endpoints.authority = made;
    assert_eq!(get(&endpoints, WORKERS, "/").status, "HTTP/1.1 200 OK");
}

#[test]
fn plain_http_knows_the_revocation_list_and_nothing_else_of_its_host() {
    let endpoints = Endpoints::start();
    let list = revocation_list(&endpoints);
    // A DER sequence with a length of two bytes or one.
    assert_eq!(list[0], 0x30);
    let answer = plain_get(&endpoints, VERCEL, "/authority.crl");
    assert_eq!(answer.status, "HTTP/1.1 308 Permanent Redirect");
}
