//! Subnets in CIDR notation, IPv4 and IPv6.
//!
//! Source: RFC 4632 and RFC 4291; Search Reference, `search` ("IP address or
//! CIDR notation") and `cidrmatch`.

use std::net::IpAddr;

/// A subnet such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subnet {
    network: IpAddr,
    prefix: u32,
}

impl Subnet {
    /// Reads `address/prefix`; `None` where the text is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (network, prefix) = text.split_once('/')?;
        let network: IpAddr = network.parse().ok()?;
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let prefix = prefix.parse().ok()?;
        let bits = if network.is_ipv4() { 32 } else { 128 };
        (prefix <= bits).then_some(Self { network, prefix })
    }

    /// Whether the text is an address in this subnet.
    pub(crate) fn contains(&self, address: &str) -> bool {
        match (self.network, address.parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Subnet;

    #[test]
    fn membership() {
        let subnet = Subnet::parse("123.132.32.0/25").unwrap();
        assert!(subnet.contains("123.132.32.127"));
        assert!(!subnet.contains("123.132.32.128"));
        assert!(!subnet.contains("::1"));
        assert!(!subnet.contains("workers.dev"));
        assert!(Subnet::parse("0.0.0.0/0").unwrap().contains("8.8.8.8"));
        assert!(Subnet::parse("10.1.2.3/32").unwrap().contains("10.1.2.3"));
        assert!(
            Subnet::parse("2001:db8::/32")
                .unwrap()
                .contains("2001:db8::1")
        );
        assert!(
            !Subnet::parse("2001:db8::/32")
                .unwrap()
                .contains("2001:db9::1")
        );
    }

    #[test]
    fn other_text_is_no_subnet() {
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "a/8",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0/+8",
        ] {
            assert_eq!(Subnet::parse(text), None, "{text}");
        }
    }
}
