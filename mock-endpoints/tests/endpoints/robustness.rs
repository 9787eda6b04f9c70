//! Clients that do not behave.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use mock_endpoints::{ConnectionFailure, Record, Service};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    raw::{connect, exchange, get},
    running::{DEADLINE, Endpoints, VERCEL},
};

fn impatient() -> Endpoints {
    Endpoints::start_with(|config| {
        config.limits.handshake = Duration::from_millis(50);
        config.limits.header = Duration::from_millis(50);
        config.limits.body = Duration::from_millis(50);
        config.limits.dns = Duration::from_millis(50);
    })
}

fn tls_failure(endpoints: &Endpoints) -> ConnectionFailure {
    endpoints.wait_for(|record| match record {
        Record::TlsFailure(failure) => Some(failure),
        _ => None,
    })
}

fn http_failure(endpoints: &Endpoints) -> ConnectionFailure {
    endpoints.wait_for(|record| match record {
        Record::HttpFailure(failure) => Some(failure),
        _ => None,
    })
}

fn tcp(endpoints: &Endpoints, service: Service) -> TcpStream {
    let stream = TcpStream::connect(endpoints.address(service)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// Reads until the other side has closed or reset the connection.
fn until_closed(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return bytes,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(error) => {
                assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "still open");
                return bytes;
            }
        }
    }
}

#[test]
fn a_client_that_says_nothing_is_dropped() {
    let endpoints = impatient();
    let silent = tcp(&endpoints, Service::Https);
    assert_eq!(tls_failure(&endpoints).reason, "no handshake within 50ms");
    until_closed(silent);

    let silent = tcp(&endpoints, Service::Http);
    assert_eq!(http_failure(&endpoints).reason, "no request within 50ms");
    until_closed(silent);

    let silent = tcp(&endpoints, Service::DnsTcp);
    until_closed(silent);
}

#[test]
fn a_client_that_stops_after_the_handshake_is_dropped() {
    let endpoints = Endpoints::start_with(|config| {
        config.limits.header = Duration::from_millis(50);
    });
    let mut stream = connect(&endpoints, VERCEL);
    stream.flush().unwrap();
    stream.conn.complete_io(&mut stream.sock).unwrap();
    assert_eq!(http_failure(&endpoints).reason, "no request within 50ms");
    until_closed(stream);
}

#[test]
fn half_a_request_is_dropped() {
    let endpoints = impatient();
    let mut stream = tcp(&endpoints, Service::Http);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x").unwrap();
    assert_eq!(http_failure(&endpoints).reason, "no request within 50ms");
    until_closed(stream);
}

#[test]
fn half_a_body_is_dropped() {
    let endpoints = impatient();
    let mut stream = tcp(&endpoints, Service::Http);
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {VERCEL}\r\nContent-Length: 10\r\n\r\nhalf"
    )
    .unwrap();
    let reason = http_failure(&endpoints).reason;
    assert_eq!(reason, "the body took longer than 50ms");
    until_closed(stream);
}

#[test]
fn a_body_that_is_too_large_is_refused_and_not_kept() {
    let endpoints = Endpoints::start_with(|config| config.limits.body_bytes = 1000);
    let body = "x".repeat(1001);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {VERCEL}\r\nContent-Length: 1001\r\nConnection: close\r\n\r\n{body}"
    );
    let answer = exchange(connect(&endpoints, VERCEL), &request);
    assert_eq!(answer.status, "HTTP/1.1 413 Payload Too Large");
    let request = endpoints.wait_for(|record| match record {
        Record::HttpRequest(request) => Some(request),
        _ => None,
    });
    assert_eq!(request.status, Some(413));
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let endpoints = Endpoints::start();
    let mut stream = tcp(&endpoints, Service::Http);
    let _server_closes_early = write!(
        stream,
        "GET / HTTP/1.1\r\nX: {}\r\n\r\n",
        "x".repeat(64 * 1024)
    )
    .is_err();
    until_closed(stream);
    http_failure(&endpoints);
}

#[test]
fn plain_http_on_the_tls_port_is_a_tls_failure() {
    let endpoints = Endpoints::start();
    let mut stream = tcp(&endpoints, Service::Https);
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    until_closed(stream);
    tls_failure(&endpoints);
}

#[test]
fn any_bytes_on_any_port_leave_the_endpoints_alive() {
    let endpoints = Endpoints::start();
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let bytes = prop::collection::vec(any::<u8>(), 1..400);
    let heads = prop::sample::select(vec![
        &b""[..],
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nHost: beacon.vercel.app\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03",
    ]);
    let services = prop::sample::select(vec![Service::Https, Service::Http, Service::DnsTcp]);
    TestRunner::new(config)
        .run(&(heads, bytes, services), |(head, bytes, service)| {
            let mut stream = tcp(&endpoints, service);
            let _server_may_close = stream
                .write_all(head)
                .and_then(|()| stream.write_all(&bytes));
            let _server_may_have_closed = stream.shutdown(std::net::Shutdown::Write);
            until_closed(stream);
            Ok(())
        })
        .unwrap();
    assert_eq!(get(&endpoints, VERCEL, "/").status, "HTTP/1.1 200 OK");
}

#[test]
fn any_host_header_gets_an_answer() {
    let endpoints = Endpoints::start();
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&"[!-~]{1,300}", |host| {
            let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = exchange(connect(&endpoints, VERCEL), &request);
            prop_assert!(answer.status.starts_with("HTTP/1.1 4"), "{:?}", answer);
            Ok(())
        })
        .unwrap();
}
