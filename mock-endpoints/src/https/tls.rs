//! Which certificate and which HTTP versions a TLS client is offered.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{ServerConfig, crypto::CryptoProvider};
use thiserror::Error;

use super::authority::{AuthorityError, Issuing};
use crate::{CRL_HOST, HostName, HostNameError, PlatformId, Table, platform::hosting};

/// Why TLS could not be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The authority could not issue a certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The TLS library refused the certificate or the key.
    #[error("TLS for `{name}`")]
    Rustls {
        /// The host.
        name: HostName,
        /// What the library says.
        #[source]
        source: rustls::Error,
    },
    /// The name of the default certificate is no host name.
    #[error(transparent)]
    HostName(#[from] HostNameError),
}

/// Makes the TLS side of each host, and keeps it for the hosts of the table.
pub(crate) struct Certificates {
    issuing: Issuing,
    provider: Arc<CryptoProvider>,
    default: HostName,
    known: Mutex<BTreeMap<HostName, Arc<ServerConfig>>>,
}

impl Certificates {
    pub(crate) fn new(issuing: Issuing) -> Result<Self, TlsError> {
        let certificates = Self {
            issuing,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            default: CRL_HOST.parse()?,
            known: Mutex::default(),
        };
        // Whatever can fail about a certificate fails here, at the start.
        certificates.make(&certificates.default, None)?;
        Ok(certificates)
    }

    /// The TLS side for the server name that a client sent. A client that sent
    /// none gets that of the one endpoint at the address it connected to, or
    /// else a default that is nobody's.
    pub(crate) fn for_client(
        &self,
        server_name: Option<&HostName>,
        local: IpAddr,
        table: &Table,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let host = server_name
            .or_else(|| table.endpoint_at(local))
            .unwrap_or(&self.default);
        // A client may send any number of names; only the table's are kept.
        if *host != self.default && table.host(host).is_none() {
            return self.make(host, PlatformId::of(host));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = known.get(host) {
            return Ok(Arc::clone(config));
        }
        let config = self.make(host, table.platform_of(host))?;
        known.insert(host.clone(), Arc::clone(&config));
        Ok(config)
    }

    fn make(
        &self,
        host: &HostName,
        platform: Option<PlatformId>,
    ) -> Result<Arc<ServerConfig>, TlsError> {
        let is_own = platform == PlatformId::of(host);
        let platform = platform.map_or_else(hosting, PlatformId::platform);
        // A domain of a tenant's own has a certificate of its own.
        let form = if is_own { platform } else { hosting() };
        let leaf = self.issuing.issue(host, form)?;
        let error = |source| TlsError::Rustls {
            name: host.clone(),
            source,
        };
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(error)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.certificate], leaf.key)
            .map_err(error)?;
        config.alpn_protocols = platform
            .http_versions
            .alpn()
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        Ok(Arc::new(config))
    }
}
