//! The HTTP proxy: tunnels (RFC 9110, section 9.3.6) to the lab's endpoints.
//!
//! A tunnel is no second connection. What comes through it is handed to the
//! endpoints inside this process, so that there is no socket by which it could
//! lead anywhere else, and their bounds of time and size hold for it as well.

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::Empty;
use hyper::{
    body::Incoming,
    ext::ReasonPhrase,
    server::conn::http1,
    service::service_fn,
    upgrade::{self, OnUpgrade},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, time::timeout};

use super::{Endpoints, MAX_HEAD, describe, service::Client};
use crate::{Behaviour, HostName, Record, Role, Tunnel};

/// The only port that tunnels lead to.
const HTTPS: u16 = 443;

impl Endpoints {
    /// Serves one connection to the proxy: one request, and the tunnel if it is
    /// granted.
    pub(super) async fn proxy(self: Arc<Self>, stream: TcpStream, client: Client) {
        let connection = client.connection;
        let handed_over: Arc<Mutex<Option<OnUpgrade>>> = Arc::default();
        let service = service_fn(|request| {
            let answer = self.tunnel(&client, &request);
            if answer.status() == StatusCode::OK {
                let mut slot = handed_over.lock().unwrap_or_else(PoisonError::into_inner);
                *slot = Some(upgrade::on(request));
            }
            async { Ok::<_, Infallible>(answer) }
        });
        let ended = http1::Builder::new()
            .auto_date_header(false)
            .max_buf_size(MAX_HEAD)
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let reason = match timeout(self.limits.header, ended).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(describe(&error)),
            Err(_) => Some(format!("no request within {:?}", self.limits.header)),
        };
        let granted = handed_over
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (reason, granted) {
            (Some(reason), _) => self.fail(Record::HttpFailure, connection, reason),
            // What was refused was told.
            (None, None) => {}
            (None, Some(upgrade)) => match upgrade.await {
                Ok(stream) => self.tls(TokioIo::new(stream), client).await,
                Err(error) => self.fail(Record::HttpFailure, connection, describe(&error)),
            },
        }
    }

    /// The answer to a request to the proxy.
    fn tunnel(&self, client: &Client, request: &Request<Incoming>) -> Response<Empty<Bytes>> {
        let status = if *request.method() == Method::CONNECT && self.leads_to(request.uri()) {
            match self.behaviour {
                // The proxy asks for the name as well.
                Behaviour::Nxdomain => StatusCode::BAD_GATEWAY,
                _ => StatusCode::OK,
            }
        } else {
            StatusCode::FORBIDDEN
        };
        self.sink.record(Record::Tunnel(Tunnel {
            time: self.clock.now(),
            connection: client.connection,
            peer: client.peer,
            local: client.local,
            method: request.method().to_string(),
            target: request.uri().to_string(),
            status: status.as_u16(),
        }));
        let mut response = Response::new(Empty::new());
        *response.status_mut() = status;
        if status == StatusCode::OK {
            let reason = ReasonPhrase::from_static(b"Connection established");
            response.extensions_mut().insert(reason);
        } else {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }

    /// Whether the target of a request is HTTPS at one of the endpoints, by its
    /// name or by its address.
    fn leads_to(&self, target: &Uri) -> bool {
        let table = self.zone.table();
        let Some(host) = target.host() else {
            return false;
        };
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let is_endpoint = match address.parse::<IpAddr>() {
            Ok(address) => table.endpoint_at(address).is_some(),
            Err(_) => host
                .parse::<HostName>()
                .ok()
                .and_then(|name| table.host(&name))
                .is_some_and(|host| host.role != Role::Infrastructure),
        };
        is_endpoint && target.port_u16() == Some(HTTPS)
    }
}
