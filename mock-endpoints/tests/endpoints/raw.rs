//! A client that shows an answer byte by byte: HTTP/1.1 over rustls, with
//! header names and their order as they were sent.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::running::{DEADLINE, Endpoints};
use mock_endpoints::Service;

/// An answer, taken apart no further than its lines.
#[derive(Debug)]
pub struct Answer {
    pub status: String,
    pub headers: Vec<String>,
    pub body: String,
}

impl Answer {
    fn read(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n").map(str::to_owned);
        Self {
            status: lines.next().unwrap(),
            headers: lines.collect(),
            body: body.to_owned(),
        }
    }

    /// The value of a header, which must be there once.
    pub fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let mut values = self
            .headers
            .iter()
            .filter_map(|line| line.strip_prefix(&prefix));
        let value = values
            .next()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        assert_eq!(values.next(), None, "{name} twice");
        value
    }

    /// Compares status and headers with regular expressions, line by line.
    pub fn assert_head(&self, status: &str, headers: &[&str]) {
        assert_eq!(self.status, status);
        let (got, wanted) = (self.headers.join("\n"), headers.join("\n"));
        assert_eq!(
            self.headers.len(),
            headers.len(),
            "got\n{got}\nnot\n{wanted}"
        );
        for (line, pattern) in self.headers.iter().zip(headers) {
            let whole = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            assert!(
                whole.is_match(line),
                "`{line}` is not `{pattern}` in\n{got}"
            );
        }
    }
}

/// A TLS connection to the endpoints, under this server name.
pub fn connect(
    endpoints: &Endpoints,
    server_name: &str,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let certificate =
        CertificateDer::from_pem_slice(endpoints.authority.certificate_pem().as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let stream = TcpStream::connect(endpoints.address(Service::Https)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let name = server_name.to_owned().try_into().unwrap();
    StreamOwned::new(
        ClientConnection::new(Arc::new(config), name).unwrap(),
        stream,
    )
}

/// Sends a request and reads until the end of the connection.
pub fn exchange(mut stream: impl Read + Write, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    Answer::read(bytes)
}

/// One request over TLS, in a connection of its own.
pub fn request(endpoints: &Endpoints, method: &str, host: &str, path: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    exchange(connect(endpoints, host), &request)
}

pub fn get(endpoints: &Endpoints, host: &str, path: &str) -> Answer {
    request(endpoints, "GET", host, path)
}

/// One request without TLS.
pub fn plain_get(endpoints: &Endpoints, host: &str, path: &str) -> Answer {
    let stream = TcpStream::connect(endpoints.address(Service::Http)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    exchange(
        stream,
        &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    )
}
