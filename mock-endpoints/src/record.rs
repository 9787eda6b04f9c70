//! The log: what the endpoints saw, as a stream of typed records.
//!
//! Nothing of a request is kept beyond what a record has fields for: no body,
//! and no header but `Host` and `User-Agent`.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

use crate::{HostName, PlatformId};

/// Takes the records of the endpoints.
///
/// A record about a question or a request is handed over before the answer is
/// sent: a sink may look up who asked while that process still waits. It must
/// not wait itself, since the endpoints stand still for that time.
pub trait Sink: Send + Sync + 'static {
    /// Takes one record.
    fn record(&self, record: Record);
}

impl Sink for UnboundedSender<Record> {
    /// Sends the record; where nobody listens any more it is dropped.
    fn record(&self, record: Record) {
        let _receiver_is_gone = self.send(record).is_err();
    }
}

/// Tells one accepted connection from all others of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub u64);

/// One thing that the endpoints saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A socket is bound.
    Listening(Listening),
    /// A DNS question came, and this is the answer to it.
    DnsQuery(DnsQuery),
    /// Bytes came to a DNS socket that are no question.
    DnsFailure(DnsFailure),
    /// A connection was accepted.
    Connection(Connection),
    /// The first message of a TLS handshake came.
    ClientHello(ClientHello),
    /// A TLS handshake was completed.
    Tls(Tls),
    /// A TLS handshake failed.
    TlsFailure(ConnectionFailure),
    /// A client asked the proxy for a tunnel.
    Tunnel(Tunnel),
    /// An HTTP request came, and this is the answer to it.
    HttpRequest(HttpRequest),
    /// A request could not be read, or a connection ended without one.
    HttpFailure(ConnectionFailure),
}

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// HTTP over TLS.
    Https,
    /// HTTP without TLS.
    Http,
    /// DNS over UDP.
    DnsUdp,
    /// DNS over TCP.
    DnsTcp,
    /// An HTTP proxy.
    Proxy,
}

/// How a DNS question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In a datagram.
    Udp,
    /// In a TCP connection.
    Tcp,
}

/// A socket is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// When.
    pub time: Timestamp,
    /// What it is for.
    pub service: Service,
    /// Where, with the port that was really given.
    pub address: SocketAddr,
}

/// A DNS question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsQuery {
    /// When the question came.
    pub time: Timestamp,
    /// How it came.
    pub transport: Transport,
    /// Who asked.
    pub peer: SocketAddr,
    /// The socket that took the question.
    pub local: SocketAddr,
    /// The identifier of the message.
    pub id: u16,
    /// The name that was asked for, in lower case and without the final dot.
    pub name: String,
    /// The record type, for example `A`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The response code, for example `NOERROR` or `NXDOMAIN`.
    pub code: String,
    /// The aliases of the answer, in order.
    pub aliases: Vec<HostName>,
    /// The addresses of the answer, in order.
    pub addresses: Vec<IpAddr>,
    /// The names of the answer to a reverse lookup.
    pub names: Vec<HostName>,
    /// Whether the answer was sent; false only where a fault keeps it back.
    pub answered: bool,
}

/// Bytes that are no DNS question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsFailure {
    /// When they came.
    pub time: Timestamp,
    /// How they came.
    pub transport: Transport,
    /// Who sent them.
    pub peer: SocketAddr,
    /// The socket that took them.
    pub local: SocketAddr,
    /// What is wrong with them.
    pub reason: String,
}

/// An accepted connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// When.
    pub time: Timestamp,
    /// Its identifier.
    pub connection: ConnectionId,
    /// What the socket is for.
    pub service: Service,
    /// Who connected.
    pub peer: SocketAddr,
    /// To which address: the destination that the client sees.
    pub local: SocketAddr,
}

/// The first message of a TLS handshake. Its name is known even where the
/// client then turns the certificate away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHello {
    /// When.
    pub time: Timestamp,
    /// The connection.
    pub connection: ConnectionId,
    /// The server name that the client sent (RFC 6066, section 3).
    pub server_name: Option<String>,
    /// The protocols that the client offers, in order (RFC 7301).
    pub alpn: Vec<String>,
}

/// A completed TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// When.
    pub time: Timestamp,
    /// The connection.
    pub connection: ConnectionId,
    /// The server name that the client sent.
    pub server_name: Option<String>,
    /// The protocol version, for example `TLSv1.3`.
    pub version: String,
    /// The protocol that was agreed on, for example `h2`.
    pub alpn: Option<String>,
    /// The cipher suite, for example `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
}

/// Why a connection came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFailure {
    /// When.
    pub time: Timestamp,
    /// The connection.
    pub connection: ConnectionId,
    /// Why.
    pub reason: String,
}

/// A request to the proxy, and whether it is granted (RFC 9110, section 9.3.6).
/// What comes through a tunnel has the same connection as its request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// When.
    pub time: Timestamp,
    /// The connection.
    pub connection: ConnectionId,
    /// Who asked.
    pub peer: SocketAddr,
    /// The proxy's address.
    pub local: SocketAddr,
    /// The method: `CONNECT` where a tunnel is asked for.
    pub method: String,
    /// The host and port that the tunnel is to lead to, as the client wrote
    /// them; for any other request its target.
    pub target: String,
    /// The status code of the answer.
    pub status: u16,
}

/// An HTTP request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// When the request was complete.
    pub time: Timestamp,
    /// The connection that it came in.
    pub connection: ConnectionId,
    /// Who sent it.
    pub peer: SocketAddr,
    /// To which address.
    pub local: SocketAddr,
    /// The server name of the TLS handshake, if there was one.
    pub server_name: Option<String>,
    /// The HTTP version, for example `HTTP/1.1`.
    pub version: String,
    /// The method.
    pub method: String,
    /// The path with its query, as the client sent it.
    pub path: String,
    /// The host that the request is for: `:authority` or `Host`, without a port.
    pub host: Option<String>,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// The length of the request's body in bytes.
    pub request_bytes: u64,
    /// The platform that answers; none for a host of no platform.
    pub platform: Option<PlatformId>,
    /// The status code of the answer; none where the connection is closed
    /// without one.
    pub status: Option<u16>,
    /// The length of the answer's body in bytes.
    pub response_bytes: u64,
}
