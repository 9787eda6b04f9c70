//! The HTTPS and HTTP servers.

mod activity;
mod authority;
mod proxy;
mod service;
mod spelling;
mod tls;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::Acceptor;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use self::{
    activity::Activity,
    service::{Client, respond},
};
pub use self::{
    authority::{AuthorityError, CertificateAuthority},
    tls::TlsError,
};
pub(crate) use self::{spelling::Spelling, tls::Certificates};
use crate::{
    Behaviour, Clock, Connection, ConnectionFailure, ConnectionId, HostName, Limits, Record,
    Service, Sink, accept::accept_all, dns::Zone, record,
};

/// The largest head of an HTTP/1.1 request, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// What all HTTP connections share.
pub(crate) struct Endpoints {
    pub(crate) zone: Arc<Zone>,
    pub(crate) behaviour: Behaviour,
    pub(crate) slow: Duration,
    pub(crate) limits: Limits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) seed: u64,
    pub(crate) certificates: Certificates,
    pub(crate) revocation_list: Bytes,
    pub(crate) spelling: Spelling,
    pub(crate) connections: AtomicU64,
}

impl Endpoints {
    /// Serves the connections of one socket, for ever.
    pub(crate) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        service: Service,
        closing: watch::Receiver<bool>,
    ) {
        accept_all(listener, closing, |connections, stream, peer| {
            let endpoints = Arc::clone(&self);
            connections.spawn(endpoints.connection(stream, peer, service));
        })
        .await;
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, service: Service) {
        let Ok(local) = stream.local_addr() else {
            return;
        };
        // An answer is one small write: it must not wait for more.
        let _only_a_delay = stream.set_nodelay(true).is_err();
        let connection = ConnectionId(self.connections.fetch_add(1, Ordering::Relaxed));
        self.sink.record(Record::Connection(Connection {
            time: self.clock.now(),
            connection,
            service,
            peer,
            local,
        }));
        let client = Client {
            connection,
            service,
            peer,
            local,
            server_name: None,
        };
        match service {
            Service::Http => self.http(stream, client, false).await,
            Service::Proxy => self.proxy(stream, client).await,
            _ => self.tls(stream, client).await,
        }
    }

    /// Serves HTTPS over a connection, or over what a proxy handed on.
    async fn tls<S>(self: Arc<Self>, stream: S, mut client: Client)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let connection = client.connection;
        client.service = Service::Https;
        let handshake = timeout(self.limits.handshake, self.handshake(stream, &mut client));
        match handshake.await {
            Ok(Ok((stream, is_http2))) => self.http(stream, client, is_http2).await,
            Ok(Err(reason)) => self.fail(Record::TlsFailure, connection, reason),
            Err(_) => {
                let reason = format!("no handshake within {:?}", self.limits.handshake);
                self.fail(Record::TlsFailure, connection, reason);
            }
        }
    }

    /// Does the TLS handshake, and says whether the client speaks HTTP/2.
    async fn handshake<S>(
        &self,
        stream: S,
        client: &mut Client,
    ) -> Result<(TlsStream<S>, bool), String>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream)
            .await
            .map_err(|error| error.to_string())?;
        let hello = start.client_hello();
        client.server_name = hello.server_name().map(str::to_ascii_lowercase);
        let offered = hello.alpn().into_iter().flatten();
        self.sink.record(Record::ClientHello(record::ClientHello {
            time: self.clock.now(),
            connection: client.connection,
            server_name: client.server_name.clone(),
            alpn: offered
                .map(|protocol| String::from_utf8_lossy(protocol).into_owned())
                .collect(),
        }));
        let name = client.server_name.as_deref();
        let name = name.and_then(|name| name.parse::<HostName>().ok());
        let config = self
            .certificates
            .for_client(name.as_ref(), client.local.ip(), self.zone.table())
            .map_err(|error| error.to_string())?;
        let stream = start
            .into_stream(config)
            .await
            .map_err(|error| error.to_string())?;
        let (_, session) = stream.get_ref();
        let alpn = session.alpn_protocol();
        let version = session.protocol_version();
        let cipher = session.negotiated_cipher_suite();
        self.sink.record(Record::Tls(record::Tls {
            time: self.clock.now(),
            connection: client.connection,
            server_name: client.server_name.clone(),
            version: version.map(tls_version).unwrap_or_default(),
            alpn: alpn.map(|protocol| String::from_utf8_lossy(protocol).into_owned()),
            cipher: cipher
                .map(|suite| format!("{:?}", suite.suite()))
                .unwrap_or_default(),
        }));
        let is_http2 = alpn == Some(b"h2");
        Ok((stream, is_http2))
    }

    /// Serves the requests of one connection, until it ends or nothing comes.
    async fn http<S>(self: Arc<Self>, stream: S, client: Client, is_http2: bool)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let connection = client.connection;
        let activity = Activity::new();
        let requests = activity.clone();
        let endpoints = Arc::clone(&self);
        let service = service_fn(move |request| {
            let (number, running) = requests.start();
            let answer = respond(Arc::clone(&endpoints), client.clone(), number, request);
            async move {
                let answer = answer.await;
                drop(running);
                answer
            }
        });
        let io = TokioIo::new(stream);
        let ended = async {
            if is_http2 {
                http2::Builder::new(TokioExecutor::new())
                    .auto_date_header(false)
                    .timer(TokioTimer::new())
                    .serve_connection(io, service)
                    .await
            } else {
                http1::Builder::new()
                    .auto_date_header(false)
                    .preserve_header_case(true)
                    .max_buf_size(MAX_HEAD)
                    .timer(TokioTimer::new())
                    .header_read_timeout(None)
                    .serve_connection(io, service)
                    .await
            }
        };
        // Of the two protocols hyper bounds only how long the head of an
        // HTTP/1.1 request may take; this bounds both, and the silence between
        // two requests.
        let reason = tokio::select! {
            ended = ended => match ended {
                Ok(()) => None,
                Err(error) => Some((error.is_parse(), describe(&error))),
            },
            () = activity.idle(self.limits.header) => {
                Some((false, format!("no request within {:?}", self.limits.header)))
            }
        };
        match reason {
            Some((true, reason)) => self.fail(Record::HttpFailure, connection, reason),
            Some((false, reason)) if activity.started() == 0 => {
                self.fail(Record::HttpFailure, connection, reason);
            }
            None if activity.started() == 0 => {
                let reason = "closed without a request".to_owned();
                self.fail(Record::HttpFailure, connection, reason);
            }
            _ => {}
        }
    }

    fn fail(
        &self,
        record: fn(ConnectionFailure) -> Record,
        connection: ConnectionId,
        reason: String,
    ) {
        self.sink.record(record(ConnectionFailure {
            time: self.clock.now(),
            connection,
            reason,
        }));
    }
}

/// The error with its causes, which hyper's own text leaves out.
fn describe(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The version as OpenSSL and the RFCs' readers write it, `TLSv1.3`.
fn tls_version(version: rustls::ProtocolVersion) -> String {
    match version {
        rustls::ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        rustls::ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}
