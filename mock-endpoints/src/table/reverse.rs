//! Reverse lookups: what an address is called.

use std::net::{IpAddr, Ipv4Addr};

use super::{PtrMode, Table};
use crate::{
    HostName, PlatformId,
    platform::{DnsShape, hosting},
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
        // No provider's reverse names of IPv6 addresses are known.
        let IpAddr::V4(address) = address else {
            return None;
        };
        let owner = self
            .hosts
            .values()
            .find(|host| host.ipv4.contains(&address))?;
        let platform = owner.platform.map_or_else(hosting, PlatformId::platform);
        platform.dns.reverse_name(address)?.parse().ok()
    }
}

impl DnsShape {
    /// The provider's own name of an address out of its ranges.
    fn reverse_name(&self, address: Ipv4Addr) -> Option<String> {
        let pattern = self.reverse?;
        self.ipv4.iter().find(|range| range.contains(&address))?;
        let [a, b, c, d] = address.octets();
        Some(
            pattern
                .replace("{a}", &a.to_string())
                .replace("{b}", &b.to_string())
                .replace("{c}", &c.to_string())
                .replace("{d}", &d.to_string())
                .replace("{c:hex}", &format!("{c:02x}"))
                .replace("{d:hex}", &format!("{d:02x}")),
        )
    }
}
