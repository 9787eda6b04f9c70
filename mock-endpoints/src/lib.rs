#![forbid(unsafe_code)]
//! Mock serverless endpoints and their spoofed DNS.
//!
//! The crate holds eleven serverless platforms as data, and serves them: a DNS
//! server over a fixed [`Table`] of names, and HTTPS servers that answer as
//! the platform of each name answers, with certificates of an authority that
//! is made for the run. Everything that comes is told to a [`Sink`] as typed
//! [`Record`]s.
//!
//! The endpoints pose as other companies' services, on those companies' own
//! addresses. They belong on a network with no route out, or on loopback:
//! [`Listen`] refuses anything else that was not named.

mod accept;
mod behaviour;
mod clock;
mod dns;
mod host_name;
mod https;
mod listen;
mod named;
pub mod platform;
mod record;
mod server;
mod table;

pub use ipnet::IpNet;

pub use self::{
    behaviour::{Behaviour, Faults},
    clock::{Clock, FixedClock, SystemClock},
    host_name::{HostName, HostNameError, HostNameReason},
    https::{AuthorityError, CertificateAuthority, TlsError},
    listen::{Listen, NotLoopback},
    named::UnknownName,
    platform::{Evidence, Platform, PlatformId},
    record::{
        ClientHello, Connection, ConnectionFailure, ConnectionId, DnsFailure, DnsQuery,
        HttpRequest, Listening, Record, Service, Sink, Tls, Transport, Tunnel,
    },
    server::{Config, Limits, Running, StartError, serve},
    table::{
        CRL_HOST, CustomDomain, Host, ProviderName, PtrMode, Resolution, Role, Table, TableError,
        TableOptions, Workstation,
    },
};
