//! Reverse lookups: what an address is called.

use std::net::{IpAddr, Ipv4Addr};

use super::{PtrMode, Table};
use crate::{
    HostName, PlatformId,
    platform::{DnsShape, hosting, platforms},
};

impl Table {
    /// What an address is called, by the table's mode. Empty means that it has
    /// no name; several mean that several names share the address.
    pub fn reverse(&self, address: IpAddr) -> Vec<HostName> {
        let workstation = address == IpAddr::from(self.workstation.address);
        match self.ptr {
            PtrMode::None => Vec::new(),
            _ if workstation => vec![self.workstation.name.clone()],
            PtrMode::Lab => self.names_at(address).cloned().collect(),
            PtrMode::Provider => self.provider_name(address).into_iter().collect(),
        }
    }

    fn provider_name(&self, address: IpAddr) -> Option<HostName> {
        let owner = self
            .hosts
            .values()
            .find(|host| host.addresses().any(|own| own == address))?;
        let platform = owner.platform.map_or_else(hosting, PlatformId::platform);
        platform.dns.provider_name(address).known()?
    }
}

/// What a provider calls one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderName {
    /// This.
    Named(HostName),
    /// Nothing: a reverse lookup gives no name.
    Unnamed,
    /// The address is of no range that is known of the provider.
    Unknown,
}

impl ProviderName {
    /// What the provider whose address it is calls it. Platforms that share a
    /// range share its reverse zone.
    pub fn of(address: IpAddr) -> Self {
        platforms()
            .map(|platform| platform.dns.provider_name(address))
            .find(|name| *name != Self::Unknown)
            .unwrap_or(Self::Unknown)
    }

    /// The name, or that there is none; `None` where that is not known.
    pub fn known(self) -> Option<Option<HostName>> {
        match self {
            Self::Named(name) => Some(Some(name)),
            Self::Unnamed => Some(None),
            Self::Unknown => None,
        }
    }
}

impl DnsShape {
    fn provider_name(&self, address: IpAddr) -> ProviderName {
        let IpAddr::V4(address) = address else {
            // No provider's reverse names of IPv6 addresses are known.
            return match (self.ipv6, address) {
                (Some(range), IpAddr::V6(address)) if range.contains(&address) => {
                    ProviderName::Unnamed
                }
                _ => ProviderName::Unknown,
            };
        };
        if !self.ipv4.iter().any(|range| range.contains(&address)) {
            return ProviderName::Unknown;
        }
        let Some(pattern) = self.reverse else {
            return ProviderName::Unnamed;
        };
        let name = filled(pattern, address);
        name.parse()
            .map_or(ProviderName::Unnamed, ProviderName::Named)
    }
}

fn filled(pattern: &str, address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    pattern
        .replace("{a}", &a.to_string())
        .replace("{b}", &b.to_string())
        .replace("{c}", &c.to_string())
        .replace("{d}", &d.to_string())
        .replace("{c:hex}", &format!("{c:02x}"))
        .replace("{d:hex}", &format!("{d:02x}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn of(address: &str) -> ProviderName {
        ProviderName::of(address.parse().unwrap())
    }

    #[test]
    fn a_provider_names_its_addresses_or_does_not_and_others_are_unknown() {
        let lambda = PlatformId::AwsLambdaUrl.platform();
        let [a, b, c, _] = lambda.dns.ipv4[0].network().octets();
        let ProviderName::Named(named) = of(&format!("{a}.{b}.{c}.7")) else {
            panic!("AWS names its addresses");
        };
        assert!(named.as_str().ends_with(".amazonaws.com"), "{named}");
        let cloudflare = PlatformId::CloudflareWorkers.platform();
        let [a, b, c, _] = cloudflare.dns.ipv4[0].network().octets();
        assert_eq!(of(&format!("{a}.{b}.{c}.7")), ProviderName::Unnamed);
        // Somebody else's.
        assert_eq!(of("198.51.100.1"), ProviderName::Unknown);
        assert_eq!(of("fd00::1"), ProviderName::Unknown);
    }

    #[test]
    fn an_address_has_one_reverse_name_whichever_platform_it_is_asked_of() {
        for range in platforms().flat_map(|platform| platform.dns.ipv4) {
            let address = IpAddr::from(Ipv4Addr::from_bits(range.network().to_bits() + 7));
            let mut names: Vec<ProviderName> = platforms()
                .map(|platform| platform.dns.provider_name(address))
                .filter(|name| *name != ProviderName::Unknown)
                .collect();
            names.dedup();
            assert_eq!(names.len(), 1, "{range}: {names:?}");
        }
    }
}
