//! The real client against a server on the loopback interface.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

/// Long enough for a busy machine; a test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(20);

/// A certificate authority and a server with a certificate of its.
struct Authority {
    pem: String,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .unwrap()
            .signed_by(&leaf_key, &issuer)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Self {
            pem,
            server: Arc::new(server),
        }
    }

    /// The authority's certificate as a file of trusted roots.
    fn roots(&self, directory: &Path) -> PathBuf {
        let file = directory.join("roots.crt");
        fs::write(&file, &self.pem).unwrap();
        file
    }
}

/// Answers one connection after the other with these texts, and returns what
/// each client sent (nothing where its handshake failed).
fn serve(authority: &Authority, answers: Vec<String>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::clone(&authority.server);
    let server = thread::spawn(move || {
        answers
            .into_iter()
            .map(|answer| {
                let (socket, _) = listener.accept().unwrap();
                exchange(socket, &config, &answer).unwrap_or_default()
            })
            .collect()
    });
    (port, server)
}

fn exchange(socket: TcpStream, config: &Arc<ServerConfig>, answer: &str) -> io::Result<String> {
    socket.set_read_timeout(Some(DEADLINE))?;
    let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    let mut head = String::new();
    let mut reader = BufReader::new(&mut stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            break;
        }
    }
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(head)
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}

fn get(url: &str) -> Request {
    let mut request = Request::new(Method::GET, parse_url(url).unwrap());
    request.timeout = Some(DEADLINE);
    request
}

#[test]
fn each_request_is_a_connection_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let answers = vec![
        response("200 OK", "", "one"),
        response("503 Unavailable", "", ""),
    ];
    let (port, server) = serve(&authority, answers);
    let mut client = HttpsClient::new(authority.roots(directory.path()));
    let mut request = get(&format!("https://127.0.0.1:{port}/a?b"));
    request.headers.insert("user-agent", user_agent("x.exe"));

    let first = client.send(&request).unwrap();
    assert_eq!(
        (first.status().as_u16(), first.body().as_slice()),
        (200, &b"one"[..])
    );
    // An error of the server's is an answer.
    assert_eq!(client.send(&request).unwrap().status().as_u16(), 503);

    // Two connections were served, or this would wait for ever.
    let heads = server.join().unwrap();
    for head in heads {
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("get /a?b http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
        assert!(head.contains("beaconlab-stand-in/"), "{head}");
        assert!(!head.contains("ureq"), "{head}");
    }
}

#[test]
fn redirects_are_followed_and_end_somewhere() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let hop = |to: &str| response("302 Found", &format!("Location: {to}\r\n"), "");
    let mut answers = vec![hop("/b"), response("200 OK", "", "there")];
    answers.extend((0..6).map(|n| hop(&format!("/{n}"))));
    let (port, server) = serve(&authority, answers);
    let mut client = HttpsClient::new(authority.roots(directory.path()));

    let there = client
        .send(&get(&format!("https://127.0.0.1:{port}/a")))
        .unwrap();
    assert_eq!(there.body().as_slice(), b"there");
    let error = client
        .send(&get(&format!("https://127.0.0.1:{port}/0")))
        .unwrap_err();
    assert!(matches!(error, HttpError::TooManyRedirects), "{error:?}");
    let paths: Vec<String> = server
        .join()
        .unwrap()
        .iter()
        .map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(paths, ["/a", "/b", "/0", "/0", "/1", "/2", "/3", "/4"]);
}

#[test]
fn only_the_given_roots_are_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new(), Authority::new());
    let (port, server) = serve(&authority, vec![response("200 OK", "", "")]);
    let mut client = HttpsClient::new(other.roots(directory.path()));
    let error = client
        .send(&get(&format!("https://127.0.0.1:{port}/")))
        .unwrap_err();
    assert!(matches!(error, HttpError::Tls(_)), "{error:?}");
    assert_eq!(server.join().unwrap(), [""]);
}

#[test]
fn failures_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let roots = Authority::new().roots(directory.path());
    let mut client = HttpsClient::new(&roots);
    // A port that was free a moment ago.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = client
        .send(&get(&format!("https://127.0.0.1:{port}/")))
        .unwrap_err();
    assert!(matches!(error, HttpError::Connection(_)), "{error:?}");

    // A label may not be this long, so that no resolver needs to be asked.
    let name = "a".repeat(80);
    let error = client
        .send(&get(&format!("https://{name}.invalid/")))
        .unwrap_err();
    assert!(matches!(&error, HttpError::NameNotResolved(host) if host.starts_with(&name)));

    // A server that accepts and says nothing.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut request = get(&format!("http://127.0.0.1:{port}/"));
    request.timeout = Some(Duration::from_millis(50));
    let error = client.send(&request).unwrap_err();
    assert!(matches!(error, HttpError::Timeout), "{error:?}");

    let mut client = HttpsClient::new(directory.path().join("nosuch"));
    let error = client.send(&get("https://127.0.0.1/")).unwrap_err();
    assert!(matches!(error, HttpError::Roots { .. }), "{error:?}");
}

#[test]
fn a_body_is_read_to_its_limit_only() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let big = "x".repeat(2 * 1024 * 1024);
    let (port, server) = serve(&authority, vec![response("200 OK", "", &big)]);
    let mut client = HttpsClient::new(authority.roots(directory.path()));
    let error = client
        .send(&get(&format!("https://127.0.0.1:{port}/")))
        .unwrap_err();
    assert!(matches!(error, HttpError::Protocol(_)), "{error:?}");
    server.join().unwrap();
}

#[test]
fn addresses_are_checked() {
    for (url, reason) in [
        ("https://a.workers.dev/x?y#z", None),
        ("http://a/", None),
        ("ftp://a/", Some("its scheme is neither http nor https")),
        ("a.example/x", Some("not a URL")),
        ("a.example", Some("it has no scheme")),
        ("/x", Some("it has no scheme")),
        ("https://me:pw@a/", Some("it carries credentials")),
        ("https:///x", Some("not a URL")),
        ("https://a b/", Some("not a URL")),
        ("", Some("not a URL")),
    ] {
        assert_eq!(
            parse_url(url).err().map(|error| error.reason),
            reason,
            "{url}"
        );
    }
}
