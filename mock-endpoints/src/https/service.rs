//! From a request to its answer: which platform answers, and what.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header,
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{body::Incoming, ext::ReasonPhrase};
use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::{Endpoints, authority::CRL_PATH};
use crate::{
    Behaviour, CRL_HOST, ConnectionId, HostName, HttpRequest, Limits, PlatformId, Record, Role,
    Service,
    platform::{self, Filled, Ids, PlainHttp, Protocol, hosting, stable_hash},
};

/// What is known of a connection before its first request.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) connection: ConnectionId,
    pub(super) service: Service,
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) server_name: Option<String>,
}

/// Why a request is not answered; the connection is closed instead.
#[derive(Debug, Error)]
pub(super) enum NotAnswered {
    /// The platform does not speak plain HTTP.
    #[error("the platform does not speak plain HTTP")]
    PlainHttp,
    /// The body did not come.
    #[error("the body could not be read: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
    /// The body took too long.
    #[error("the body took longer than {0:?}")]
    BodyTimeout(Duration),
    /// The answer could not be put together.
    #[error(transparent)]
    Http(#[from] http::Error),
}

/// What answers, and how.
enum Reply {
    Platform {
        id: Option<PlatformId>,
        filled: Filled,
    },
    RevocationList(Bytes),
    TooLarge,
    Closed(Option<PlatformId>),
}

/// Answers one request of a connection; `number` counts them from zero.
pub(super) async fn respond(
    endpoints: Arc<Endpoints>,
    client: Client,
    number: u64,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, NotAnswered> {
    let (head, body) = request.into_parts();
    let body = match read(body, &endpoints.limits).await {
        Ok(body) => body,
        Err(error) => {
            endpoints.fail(Record::HttpFailure, client.connection, error.to_string());
            return Err(error);
        }
    };
    let host = host(&head);
    let reply = if body.is_some() {
        endpoints.reply(&client, number, &head, host.as_deref())
    } else {
        Reply::TooLarge
    };
    endpoints.sink.record(Record::HttpRequest(HttpRequest {
        time: endpoints.clock.now(),
        connection: client.connection,
        peer: client.peer,
        local: client.local,
        server_name: client.server_name,
        version: format!("{:?}", head.version),
        method: head.method.to_string(),
        path: head
            .uri
            .path_and_query()
            .map_or_else(|| head.uri.to_string(), ToString::to_string),
        host,
        user_agent: text(&head.headers, &header::USER_AGENT),
        request_bytes: body.map_or(endpoints.limits.body_bytes, |body| body.len()) as u64,
        platform: reply.platform(),
        status: reply.status(),
        response_bytes: reply.length(),
    }));
    if endpoints.behaviour == Behaviour::Slow && client.service == Service::Https {
        sleep(endpoints.slow).await;
    }
    let mut response = reply.into_response(&endpoints, head.version)?;
    if head.method == Method::HEAD {
        // The headers stay those of the body that is not sent (RFC 9110, section
        // 9.3.2); over HTTP/2 nobody else would hold it back.
        *response.body_mut() = Full::default();
    }
    Ok(response)
}

/// Reads a body; none where it is larger than it may be.
async fn read(body: Incoming, limits: &Limits) -> Result<Option<Bytes>, NotAnswered> {
    let whole = Limited::new(body, limits.body_bytes).collect();
    match timeout(limits.body, whole).await {
        Ok(Ok(body)) => Ok(Some(body.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
        Ok(Err(error)) => Err(NotAnswered::Body(error)),
        Err(_) => Err(NotAnswered::BodyTimeout(limits.body)),
    }
}

impl Endpoints {
    fn reply(
        &self,
        client: &Client,
        number: u64,
        head: &http::request::Parts,
        host: Option<&str>,
    ) -> Reply {
        let path = head.uri.path();
        let name = host.and_then(|host| host.parse::<HostName>().ok());
        let name = name.as_ref();
        if client.service == Service::Http
            && path == CRL_PATH
            && name.is_some_and(|name| name.as_str() == CRL_HOST)
        {
            return Reply::RevocationList(self.revocation_list.clone());
        }
        let id = self.platform(client, name);
        let platform = id.map_or_else(hosting, PlatformId::platform);
        let is_tenant = name
            .and_then(|name| self.zone.table().host(name))
            .is_some_and(|host| host.role != Role::Infrastructure);
        let request = platform::Request {
            method: head.method.as_str(),
            path,
        };
        let answer = match (&platform.plain_http, client.service) {
            (PlainHttp::Redirect(answer), Service::Http) => answer,
            (PlainHttp::Closed(_), Service::Http) => return Reply::Closed(id),
            _ if !is_tenant => &platform.unknown_host,
            _ if self.behaviour == Behaviour::Error => &platform.error,
            _ => platform.served(request),
        };
        let seed = [self.seed, client.connection.0, number].map(u64::to_be_bytes);
        let mut ids = Ids::new(stable_hash(seed.as_flattened()), self.clock.now(), path);
        let location = https_location(host.unwrap_or_default(), head);
        Reply::Platform {
            id,
            filled: answer.fill(platform.request_id, location, protocol(head), &mut ids),
        }
    }

    /// The platform that answers: that of the host which the request names,
    /// and only where it names none that is known, that of the server name or
    /// of the address.
    fn platform(&self, client: &Client, name: Option<&HostName>) -> Option<PlatformId> {
        let table = self.zone.table();
        if let Some(name) = name
            && (table.host(name).is_some() || PlatformId::of(name).is_some())
        {
            return table.platform_of(name);
        }
        let server_name = client.server_name.as_deref();
        let server_name = server_name.and_then(|name| name.parse::<HostName>().ok());
        server_name
            .as_ref()
            .or_else(|| table.endpoint_at(client.local.ip()))
            .and_then(|name| table.platform_of(name))
    }
}

impl Reply {
    fn platform(&self) -> Option<PlatformId> {
        match self {
            Self::Platform { id, .. } | Self::Closed(id) => *id,
            Self::RevocationList(_) | Self::TooLarge => None,
        }
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::Platform { filled, .. } => Some(filled.status),
            Self::RevocationList(_) => Some(StatusCode::OK.as_u16()),
            Self::TooLarge => Some(StatusCode::PAYLOAD_TOO_LARGE.as_u16()),
            Self::Closed(_) => None,
        }
    }

    fn length(&self) -> u64 {
        let length = match self {
            Self::Platform { filled, .. } => filled.body.len(),
            Self::RevocationList(list) => list.len(),
            Self::TooLarge | Self::Closed(_) => 0,
        };
        length as u64
    }

    fn into_response(
        self,
        endpoints: &Endpoints,
        version: Version,
    ) -> Result<Response<Full<Bytes>>, NotAnswered> {
        match self {
            Self::Platform { id, filled } => {
                let mut response = Response::new(Full::from(filled.body));
                *response.status_mut() =
                    StatusCode::from_u16(filled.status).map_err(http::Error::from)?;
                for (name, value) in filled.headers {
                    let name = HeaderName::try_from(name).map_err(http::Error::from)?;
                    let value = HeaderValue::try_from(value).map_err(http::Error::from)?;
                    response.headers_mut().append(name, value);
                }
                if version < Version::HTTP_2 {
                    let extensions = response.extensions_mut();
                    extensions.extend(endpoints.spelling.of(id));
                    if let Some(reason) = filled.reason {
                        extensions.insert(ReasonPhrase::from_static(reason.as_bytes()));
                    }
                }
                Ok(response)
            }
            // RFC 2585, section 4.2 gives the media type.
            Self::RevocationList(list) => Ok(Response::builder()
                .header(header::CONTENT_TYPE, "application/pkix-crl")
                .body(Full::new(list))?),
            Self::TooLarge => Ok(Response::builder()
                .status(StatusCode::PAYLOAD_TOO_LARGE)
                .header(header::CONNECTION, "close")
                .body(Full::default())?),
            Self::Closed(_) => Err(NotAnswered::PlainHttp),
        }
    }
}

/// The host that a request is for, without a port: of its URI where that has
/// one (HTTP/2, and the absolute form), else of its `Host` header.
fn host(head: &http::request::Parts) -> Option<String> {
    if let Some(host) = head.uri.host() {
        return Some(host.to_ascii_lowercase());
    }
    let host = text(&head.headers, &header::HOST)?;
    let authority = host.parse::<http::uri::Authority>().ok();
    let host = authority.map_or(host, |authority| authority.host().to_owned());
    Some(host.to_ascii_lowercase())
}

/// The same URL with `https`. The host is left out where it is no host name,
/// so that nothing a client wrote gets into a header unchecked.
fn https_location(host: &str, head: &http::request::Parts) -> String {
    let host = host
        .parse::<HostName>()
        .map(String::from)
        .unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    format!("https://{host}{path}")
}

fn protocol(head: &http::request::Parts) -> Protocol {
    if head.version >= Version::HTTP_2 {
        return Protocol::Http2;
    }
    let says = |word: &str| {
        head.headers
            .get_all(header::CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|option| option.trim().eq_ignore_ascii_case(word))
    };
    Protocol::Http1 {
        keep_alive: if head.version == Version::HTTP_11 {
            !says("close")
        } else {
            says("keep-alive") && head.method != Method::CONNECT
        },
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
