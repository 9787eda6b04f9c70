//! Where the endpoints listen, and the guard that keeps them on loopback.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

/// The sockets of the endpoints. Port 0 stands for any free port.
///
/// The endpoints pose as services of other companies, so that they must not be
/// reachable by accident: an address that is not loopback is refused, unless
/// [`Listen::exposed_on`] named it before.
///
/// ```
/// use mock_endpoints::Listen;
///
/// let listen = Listen::loopback_only()
///     .https("127.0.0.1:8443".parse()?)?
///     .dns("127.0.0.1:5353".parse()?)?;
/// assert!(listen.http("0.0.0.0:8080".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    exposed: Vec<IpAddr>,
    pub(crate) https: Vec<SocketAddr>,
    pub(crate) http: Vec<SocketAddr>,
    pub(crate) dns: Vec<SocketAddr>,
    pub(crate) proxy: Vec<SocketAddr>,
}

/// An address is neither loopback nor named as one to be exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} is not a loopback address, and was not named as one to expose")]
pub struct NotLoopback(pub SocketAddr);

impl Listen {
    /// Nothing yet, and nothing but loopback.
    pub fn loopback_only() -> Self {
        Self::default()
    }

    /// Nothing yet, and nothing but loopback and these addresses. The
    /// unspecified address (`0.0.0.0`, `::`) stands for itself only: it must be
    /// named like any other.
    pub fn exposed_on(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            exposed: addresses.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds a socket for HTTPS.
    ///
    /// # Errors
    ///
    /// Where the address may not be exposed.
    pub fn https(mut self, address: SocketAddr) -> Result<Self, NotLoopback> {
        self.https.push(self.checked(address)?);
        Ok(self)
    }

    /// Adds a socket for plain HTTP.
    ///
    /// # Errors
    ///
    /// Where the address may not be exposed.
    pub fn http(mut self, address: SocketAddr) -> Result<Self, NotLoopback> {
        self.http.push(self.checked(address)?);
        Ok(self)
    }

    /// Adds a pair of sockets for DNS, one for UDP and one for TCP. With port 0
    /// both get the same free port.
    ///
    /// # Errors
    ///
    /// Where the address may not be exposed.
    pub fn dns(mut self, address: SocketAddr) -> Result<Self, NotLoopback> {
        self.dns.push(self.checked(address)?);
        Ok(self)
    }

    /// Adds a socket for an HTTP proxy, which leads to the endpoints of the
    /// table and nowhere else.
    ///
    /// # Errors
    ///
    /// Where the address may not be exposed.
    pub fn proxy(mut self, address: SocketAddr) -> Result<Self, NotLoopback> {
        self.proxy.push(self.checked(address)?);
        Ok(self)
    }

    fn checked(&self, address: SocketAddr) -> Result<SocketAddr, NotLoopback> {
        if address.ip().is_loopback() || self.exposed.contains(&address.ip()) {
            Ok(address)
        } else {
            Err(NotLoopback(address))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn socket(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn loopback_needs_no_word() {
        let listen = Listen::loopback_only();
        let listen = listen.https(socket("127.0.0.1:0")).unwrap();
        let listen = listen.http(socket("[::1]:80")).unwrap();
        assert!(listen.dns(socket("127.0.0.53:53")).is_ok());
    }

    #[test]
    fn any_other_address_must_be_named() {
        for address in ["0.0.0.0:443", "[::]:443", "192.168.56.1:443"] {
            let address = socket(address);
            assert_eq!(
                Listen::loopback_only().https(address),
                Err(NotLoopback(address))
            );
            assert!(Listen::exposed_on([address.ip()]).https(address).is_ok());
        }
    }

    #[test]
    fn naming_one_address_exposes_no_other() {
        let listen = Listen::exposed_on(["192.168.56.1".parse().unwrap()]);
        assert!(listen.clone().dns(socket("192.168.56.2:53")).is_err());
        assert!(listen.dns(socket("0.0.0.0:53")).is_err());
    }
}
