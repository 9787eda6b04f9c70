//! The HTTP client that all stand-ins share.
//!
//! What the endpoint sees matters more than speed: a name is resolved again
//! for every request, every request opens a connection of its own, and only
//! the lab's certificate authority is trusted. Nothing is configured by the
//! environment, so that a proxy of the host can't get in between.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::Agent;
use ureq::config::Config;
pub use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// The most of a response's body that is kept, in bytes.
const BODY_LIMIT: u64 = 1024 * 1024;

/// How long one request may take, redirects included, where the script sets
/// no time of its own: that of .NET's `HttpWebRequest`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(100);

/// A request as a script asks for it. It has no body: a beacon of the lab
/// carries no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// An absolute URL, `http` or `https`.
    pub url: Uri,
    /// The headers that the script set.
    pub headers: HeaderMap,
    /// How long it may take, redirects included.
    pub timeout: Option<Duration>,
    /// How many redirects are followed.
    pub redirects: u32,
}

impl Request {
    /// A request without headers that follows as many redirects as Windows'
    /// clients do in their default settings that matter here: five.
    pub fn new(method: Method, url: Uri) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            timeout: None,
            redirects: 5,
        }
    }
}

/// The `User-Agent` of a stand-in: it says what it is.
pub fn user_agent(program: &str) -> HeaderValue {
    let agent = format!(
        "Mozilla/5.0 (compatible; {program}; beaconlab-stand-in/{})",
        env!("CARGO_PKG_VERSION")
    );
    HeaderValue::try_from(agent).unwrap_or(HeaderValue::from_static("beaconlab-stand-in"))
}

/// Whether a header is the client's own business: a script that could set it
/// would make requests of another shape, or to another host.
pub fn is_set_by_client(name: &HeaderName) -> bool {
    use ureq::http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
    [CONTENT_LENGTH, HOST, TRANSFER_ENCODING].contains(name)
}

/// The method of this name, if a request with it needs no body.
pub fn method_without_body(name: &str) -> Option<Method> {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
    ];
    known
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(name))
}

/// Reads an address that a stand-in may ask for: absolute, `http` or `https`,
/// with a host and without credentials.
pub fn parse_url(text: &str) -> Result<Uri, UrlError> {
    let error = |reason: &'static str| UrlError {
        url: text.to_owned(),
        reason,
    };
    let url: Uri = text.parse().map_err(|_| error("not a URL"))?;
    match url.scheme_str() {
        Some("http" | "https") => {}
        Some(_) => return Err(error("its scheme is neither http nor https")),
        None => return Err(error("it has no scheme")),
    }
    match url.authority() {
        Some(authority) if authority.as_str().contains('@') => Err(error("it carries credentials")),
        Some(authority) if !authority.host().is_empty() => Ok(url),
        _ => Err(error("it has no host")),
    }
}

/// An address that no request can be made to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` can't be requested: {reason}")]
pub struct UrlError {
    /// The address.
    pub url: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Why no response came.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The name has no address.
    #[error("the remote name could not be resolved: '{0}'")]
    NameNotResolved(String),
    /// No connection, or one that broke off.
    #[error("unable to connect to the remote server: {0}")]
    Connection(io::Error),
    /// The server's certificate is not trusted, or TLS failed otherwise.
    #[error("could not establish a trust relationship for the TLS channel: {0}")]
    Tls(String),
    /// No answer in time.
    #[error("the operation has timed out")]
    Timeout,
    /// More redirects than the request follows.
    #[error("too many automatic redirections were attempted")]
    TooManyRedirects,
    /// Whatever else: a malformed response, a body that is too long.
    #[error("{0}")]
    Protocol(String),
    /// The trusted roots can't be read.
    #[error("the trusted roots in {} can't be read: {reason}", path.display())]
    Roots {
        /// The file of certificates.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Sends requests; a test records them instead.
pub trait HttpClient {
    /// Sends one request. A response of any status is a response, not an
    /// error; its body is at most 1 MiB.
    fn send(&mut self, request: &Request) -> Result<Response<Vec<u8>>, HttpError>;
}

/// The client that really connects.
#[derive(Debug)]
pub struct HttpsClient {
    roots: PathBuf,
    agent: Option<Agent>,
}

impl HttpsClient {
    /// Where Debian and its kin keep the trusted roots; the sandbox puts the
    /// lab's own authority there.
    pub const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

    /// A client that trusts the PEM certificates in the file `roots`, which
    /// is read at the first request.
    pub fn new(roots: impl Into<PathBuf>) -> Self {
        Self {
            roots: roots.into(),
            agent: None,
        }
    }

    fn agent(&mut self) -> Result<&Agent, HttpError> {
        let agent = match self.agent.take() {
            Some(agent) => agent,
            None => agent_trusting(&self.roots)?,
        };
        Ok(self.agent.insert(agent))
    }
}

fn agent_trusting(roots: &Path) -> Result<Agent, HttpError> {
    let unreadable = |reason: String| HttpError::Roots {
        path: roots.to_owned(),
        reason,
    };
    let pem = fs::read(roots).map_err(|error| unreadable(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .map(|der| Ok(Certificate::from_der(&der?).to_owned()))
        .collect::<Result<Vec<_>, rustls::pki_types::pem::Error>>()
        .map_err(|error| unreadable(error.to_string()))?;
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(certificates)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        // Never a connection from a pool: each beacon is one of its own.
        .max_idle_connections(0)
        .max_idle_connections_per_host(0)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .build();
    let connector = DefaultConnector::default();
    Ok(Agent::with_parts(
        config,
        connector,
        SystemResolver::default(),
    ))
}

/// The system's resolver, whose failures ureq would not tell from those of a
/// connection.
#[derive(Debug, Default)]
struct SystemResolver(DefaultResolver);

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.0
            .resolve(uri, config, timeout)
            .map_err(|error| match error {
                ureq::Error::Io(_) => ureq::Error::HostNotFound,
                other => other,
            })
    }
}

impl HttpClient for HttpsClient {
    fn send(&mut self, request: &Request) -> Result<Response<Vec<u8>>, HttpError> {
        let host = request.url.host().unwrap_or_default().to_owned();
        let failure = |error| classify(error, &host);
        let agent = self.agent()?;
        let mut message = ureq::http::Request::new(());
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = request.url.clone();
        *message.headers_mut() = request.headers.clone();
        message.headers_mut().insert(
            ureq::http::header::CONNECTION,
            HeaderValue::from_static("close"),
        );
        let message = agent
            .configure_request(message)
            .max_redirects(request.redirects)
            .max_redirects_will_error(request.redirects > 0)
            .timeout_global(Some(request.timeout.unwrap_or(DEFAULT_TIMEOUT)))
            .build();
        let (head, mut body) = agent.run(message).map_err(failure)?.into_parts();
        let body = body
            .with_config()
            .limit(BODY_LIMIT)
            .read_to_vec()
            .map_err(failure)?;
        Ok(Response::from_parts(head, body))
    }
}

/// Tells apart what Windows' clients tell apart.
fn classify(error: ureq::Error, host: &str) -> HttpError {
    match error {
        ureq::Error::HostNotFound => HttpError::NameNotResolved(host.to_owned()),
        ureq::Error::Timeout(_) => HttpError::Timeout,
        ureq::Error::TooManyRedirects => HttpError::TooManyRedirects,
        ureq::Error::Tls(reason) => HttpError::Tls(reason.to_owned()),
        ureq::Error::Rustls(error) => HttpError::Tls(error.to_string()),
        ureq::Error::Io(error) => match error.downcast::<rustls::Error>() {
            Ok(error) => HttpError::Tls(error.to_string()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => HttpError::Timeout,
            Err(error) => HttpError::Connection(error),
        },
        ureq::Error::ConnectionFailed => {
            HttpError::Connection(io::ErrorKind::ConnectionRefused.into())
        }
        other => HttpError::Protocol(other.to_string()),
    }
}
