//! The zone of a run: which name has which addresses, and what an address is
//! called. It is built before anything runs and never changes afterwards, so
//! that the order of questions can change no answer.

mod build;
mod reverse;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use self::{build::TableError, reverse::ProviderName};
use crate::{HostName, PlatformId, named::named, platform};

/// The host that serves the certificate authority's revocation list. `test`
/// is reserved for such names by RFC 6761, section 6.2.
pub const CRL_HOST: &str = "crl.beaconlab.test";

named! {
    /// What a reverse lookup of an endpoint's address gives.
    ///
    /// Sysmon fills the host name of a connection by reverse lookup, so that
    /// this decides what a detection can see of it.
    #[derive(Default)]
    pub enum PtrMode as "reverse DNS mode" {
        /// The name of the table, as if every tenant had an address of its own.
        #[default]
        Lab = "lab",
        /// What the provider has in the field: a name of its own, or nothing.
        Provider = "provider",
        /// Nothing, also for the workstation.
        None = "none",
    }
}

/// The machine that the beacons run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workstation {
    /// Its full name.
    pub name: HostName,
    /// Its address: the source of every connection.
    pub address: Ipv4Addr,
}

/// What a table is built with, beside the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// What reverse lookups give.
    pub ptr: PtrMode,
    /// The machine that the beacons run on.
    pub workstation: Workstation,
    /// The time to live of every answer, in seconds. Zero, the default, makes
    /// a client ask again for each beacon.
    pub ttl: u32,
    /// Whether names have AAAA records, where their platform has them.
    pub ipv6: bool,
    /// Names that a platform serves although they are none of its own.
    pub custom_domains: BTreeMap<HostName, CustomDomain>,
    /// Names at which an HTTP proxy listens, with its port.
    pub proxies: BTreeMap<HostName, u16>,
}

/// How a domain of a tenant's own leads to a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomDomain {
    /// The name that the platform has for the tenant, or for all such domains.
    pub target: HostName,
    /// Whether the domain is an alias of it, by a CNAME record. Otherwise it
    /// has the platform's addresses itself.
    pub is_alias: bool,
}

impl TableOptions {
    /// Options with a time to live of zero, without AAAA records, and with no
    /// names but the platforms' own and those of no platform.
    pub fn new(ptr: PtrMode, workstation: Workstation) -> Self {
        Self {
            ptr,
            workstation,
            ttl: 0,
            ipv6: false,
            custom_domains: BTreeMap::new(),
            proxies: BTreeMap::new(),
        }
    }
}

/// The zone of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    ptr: PtrMode,
    ttl: u32,
    workstation: Workstation,
    hosts: BTreeMap<HostName, Host>,
    proxies: BTreeSet<SocketAddr>,
}

/// One name of the zone, with its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Why the name is in the zone.
    pub role: Role,
    /// The platform that serves the name, if one does.
    pub platform: Option<PlatformId>,
    /// The CNAME chain, from the name's own target to the name that has the
    /// addresses. Empty where the name has them itself.
    pub aliases: Vec<HostName>,
    /// The A records.
    pub ipv4: Vec<Ipv4Addr>,
    /// The AAAA records.
    pub ipv6: Vec<Ipv6Addr>,
}

/// Why a name is in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A scenario asks for it.
    Endpoint,
    /// A platform sends clients of another name there.
    Companion,
    /// The lab needs it: the workstation and the revocation list.
    Infrastructure,
}

/// What a name resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution<'table> {
    /// The names that the name is an alias of, in order.
    pub aliases: &'table [HostName],
    /// The A records of the last of them, or of the name itself.
    pub ipv4: &'table [Ipv4Addr],
    /// The AAAA records.
    pub ipv6: &'table [Ipv6Addr],
    /// Why the name is in the zone.
    pub role: Role,
}

impl Table {
    /// What reverse lookups give.
    pub fn ptr(&self) -> PtrMode {
        self.ptr
    }

    /// The time to live of every answer, in seconds.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// The machine that the beacons run on.
    pub fn workstation(&self) -> &Workstation {
        &self.workstation
    }

    /// The names of the zone with their records, sorted by name. The targets
    /// of aliases are in [`Host::aliases`].
    pub fn hosts(&self) -> impl Iterator<Item = (&HostName, &Host)> {
        self.hosts.iter()
    }

    /// The records of a name; none if the table has no such name.
    pub fn host(&self, name: &HostName) -> Option<&Host> {
        self.hosts.get(name)
    }

    /// The platform that serves a name: its tenant's own domain included.
    pub fn platform_of(&self, name: &HostName) -> Option<PlatformId> {
        self.host(name)
            .map_or_else(|| PlatformId::of(name), |host| host.platform)
    }

    /// Where HTTP proxies listen, sorted.
    pub fn proxies(&self) -> impl Iterator<Item = SocketAddr> {
        self.proxies.iter().copied()
    }

    /// What a name resolves to; none if it does not exist.
    pub fn resolve(&self, name: &HostName) -> Option<Resolution<'_>> {
        let whole = self.hosts.get(name).map(|host| (host, 0));
        let (host, skipped) = whole.or_else(|| {
            self.hosts.values().find_map(|host| {
                let at = host.aliases.iter().position(|alias| alias == name)?;
                Some((host, at + 1))
            })
        })?;
        Some(Resolution {
            aliases: &host.aliases[skipped..],
            ipv4: &host.ipv4,
            ipv6: &host.ipv6,
            role: host.role,
        })
    }

    /// Whether the table has a name below this one. Such a name exists,
    /// although it has no records (RFC 8020).
    pub fn is_ancestor(&self, name: &HostName) -> bool {
        self.hosts.iter().any(|(owner, host)| {
            owner.is_below(name) || host.aliases.iter().any(|alias| alias.is_below(name))
        })
    }

    /// The endpoint at an address, where exactly one name has it.
    pub fn endpoint_at(&self, address: IpAddr) -> Option<&HostName> {
        let mut names = self.names_at(address);
        let first = names.next()?;
        names.next().is_none().then_some(first)
    }

    /// Every address that the endpoints answer at, sorted. The workstation's is
    /// not one of them.
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        self.hosts
            .iter()
            .filter(|(name, _)| **name != self.workstation.name)
            .flat_map(|(_, host)| host.addresses())
            .collect()
    }

    /// The ranges that the addresses come from, sorted: those that must be
    /// routed to the endpoints, for example by a route of type `local`.
    /// Addresses given to [`Table::at`] come from no range.
    pub fn prefixes(&self) -> BTreeSet<IpNet> {
        self.addresses()
            .into_iter()
            .filter_map(|address| platform::ranges().find(|range| range.contains(&address)))
            .collect()
    }

    fn names_at(&self, address: IpAddr) -> impl Iterator<Item = &HostName> {
        self.hosts
            .iter()
            .filter(move |(_, host)| {
                host.role != Role::Infrastructure && host.addresses().any(|own| own == address)
            })
            .map(|(name, _)| name)
    }
}

impl Host {
    /// All addresses, the IPv4 ones first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let ipv4 = self.ipv4.iter().copied().map(IpAddr::from);
        ipv4.chain(self.ipv6.iter().copied().map(IpAddr::from))
    }
}
