//! Starting and stopping the endpoints.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::{
    AuthorityError, Behaviour, CertificateAuthority, Clock, Faults, Listen, Listening, Record,
    Service, Sink, Table, TlsError,
    dns::{Dns, Zone},
    https::{Certificates, Endpoints, Spelling},
};

/// How long a client may take, and how much it may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// For a TLS handshake.
    pub handshake: Duration,
    /// For the head of a request, and between two requests.
    pub header: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// The bytes of a request's body.
    pub body_bytes: usize,
    /// For a DNS message over TCP, and between two of them.
    pub dns: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            header: Duration::from_secs(10),
            body: Duration::from_secs(10),
            body_bytes: 1024 * 1024,
            dns: Duration::from_secs(10),
        }
    }
}

/// Everything that the endpoints need.
#[derive(Clone)]
pub struct Config {
    /// Where they listen.
    pub listen: Listen,
    /// The names, and what they resolve to.
    pub table: Table,
    /// Who signs the certificates.
    pub authority: CertificateAuthority,
    /// What the endpoints do.
    pub behaviour: Behaviour,
    /// How long [`Behaviour::Slow`] waits before it answers.
    pub slow: Duration,
    /// How long a client may take, and how much it may send.
    pub limits: Limits,
    /// What is broken on purpose.
    pub faults: Faults,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What the identifiers in answers are made from: the same seed gives the
    /// same identifiers for the same sequence of connections and requests.
    pub seed: u64,
}

impl Config {
    /// Endpoints that serve, with the usual limits and nothing broken.
    pub fn new(
        listen: Listen,
        table: Table,
        authority: CertificateAuthority,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Self {
        Self {
            listen,
            table,
            authority,
            behaviour: Behaviour::Serve,
            slow: Duration::from_secs(1),
            limits: Limits::default(),
            faults: Faults::default(),
            clock,
            seed,
        }
    }
}

/// Why the endpoints could not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A socket could not be bound.
    #[error("{service:?} socket {address}")]
    Bind {
        /// What the socket is for.
        service: Service,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The authority is unusable.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The running endpoints. They stop when this is dropped.
#[derive(Debug)]
pub struct Running {
    bound: Vec<(Service, SocketAddr)>,
    /// The DNS over UDP, which has no end of its own.
    endless: JoinSet<()>,
    tasks: JoinSet<()>,
    closing: watch::Sender<bool>,
}

/// Starts the endpoints. When it returns, all sockets are bound, so that
/// clients may come.
///
/// # Errors
///
/// Where a socket can't be bound or the authority is unusable. Nothing runs then.
pub async fn serve(config: Config, sink: Arc<dyn Sink>) -> Result<Running, StartError> {
    let issuing = config.authority.open()?;
    let revocation_list = issuing.revocation_list()?.into();
    let certificates = Certificates::new(issuing)?;
    let zone = Arc::new(Zone::new(config.table, config.behaviour));
    let dns = Arc::new(Dns {
        zone: Arc::clone(&zone),
        clock: Arc::clone(&config.clock),
        sink: Arc::clone(&sink),
        silent: config.faults.dns_silent,
        idle: config.limits.dns,
    });
    let endpoints = Arc::new(Endpoints {
        zone,
        behaviour: config.behaviour,
        slow: config.slow,
        limits: config.limits,
        clock: Arc::clone(&config.clock),
        sink: Arc::clone(&sink),
        seed: config.seed,
        certificates,
        revocation_list,
        spelling: Spelling::learn().await,
        connections: AtomicU64::new(0),
    });
    let mut running = Running {
        bound: Vec::new(),
        endless: JoinSet::new(),
        tasks: JoinSet::new(),
        closing: watch::Sender::new(false),
    };
    for address in config.listen.dns {
        let (udp, tcp) = bind_dns(address).await?;
        let local = running.note(Service::DnsUdp, udp.local_addr(), address)?;
        running.note(Service::DnsTcp, tcp.local_addr(), address)?;
        running
            .endless
            .spawn(Arc::clone(&dns).serve_udp(udp, local));
        let closing = running.closing.subscribe();
        running
            .tasks
            .spawn(Arc::clone(&dns).serve_tcp(tcp, closing));
    }
    let is_refused = config.behaviour == Behaviour::Refuse || config.faults.https_down;
    let https = config.listen.https.into_iter().filter(|_| !is_refused);
    let https = https.map(|address| (Service::Https, address));
    let http = config.listen.http.into_iter();
    let http = http.map(|address| (Service::Http, address));
    let proxy = config.listen.proxy.into_iter().filter(|_| !is_refused);
    let proxy = proxy.map(|address| (Service::Proxy, address));
    for (service, address) in https.chain(http).chain(proxy) {
        let listener = bind_tcp(service, address).await?;
        running.note(service, listener.local_addr(), address)?;
        let closing = running.closing.subscribe();
        running
            .tasks
            .spawn(Arc::clone(&endpoints).serve(listener, service, closing));
    }
    for (service, address) in running.bound.iter().copied() {
        sink.record(Record::Listening(Listening {
            time: config.clock.now(),
            service,
            address,
        }));
    }
    Ok(running)
}

impl Running {
    /// The bound sockets with their real ports.
    pub fn bound(&self) -> &[(Service, SocketAddr)] {
        &self.bound
    }

    /// The bound sockets of one service, in the order of the configuration.
    pub fn addresses(&self, service: Service) -> impl Iterator<Item = SocketAddr> {
        self.bound
            .iter()
            .filter(move |(bound, _)| *bound == service)
            .map(|(_, address)| *address)
    }

    /// Stops the endpoints; when it returns, all sockets and connections are
    /// closed, wherever they were.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
        self.endless.shutdown().await;
    }

    /// Lets the endpoints finish: takes the connections that clients have made
    /// already, and serves all to their end. What is not at its end after
    /// `grace` is cut off.
    pub async fn finish(mut self, grace: Duration) {
        self.closing.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _in_time = timeout(grace, all).await.is_ok();
        self.shutdown().await;
    }

    fn note(
        &mut self,
        service: Service,
        local: io::Result<SocketAddr>,
        address: SocketAddr,
    ) -> Result<SocketAddr, StartError> {
        let local = local.map_err(|source| StartError::Bind {
            service,
            address,
            source,
        })?;
        self.bound.push((service, local));
        Ok(local)
    }
}

async fn bind_tcp(service: Service, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Bind {
            service,
            address,
            source,
        })
}

/// Binds both DNS sockets to one port. Where any port will do, the port that
/// UDP got may be taken for TCP: then another is tried.
async fn bind_dns(address: SocketAddr) -> Result<(UdpSocket, TcpListener), StartError> {
    let mut attempts = if address.port() == 0 { 16 } else { 1 };
    loop {
        let error = |source| StartError::Bind {
            service: Service::DnsUdp,
            address,
            source,
        };
        let udp = UdpSocket::bind(address).await.map_err(error)?;
        let local = udp.local_addr().map_err(error)?;
        attempts -= 1;
        match bind_tcp(Service::DnsTcp, local).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) if attempts == 0 => return Err(error),
            Err(_) => {}
        }
    }
}
