//! How names get their addresses.
//!
//! Names are taken in sorted order; a name's place in a range is a hash of the
//! name, and the next free place where that is taken. The same names therefore
//! get the same addresses, in whatever order they are given.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use ipnet::{Ipv4Net, Ipv6Net};
use thiserror::Error;

use super::{CRL_HOST, CustomDomain, Host, Role, Table, TableOptions};
use crate::{
    HostName, HostNameError, PlatformId,
    platform::{Platform, hosting, stable_hash},
};

/// Why a table could not be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// All 254 addresses of a range are taken.
    #[error("no address is left in {range} for `{name}`")]
    RangeExhausted {
        /// The name that has none.
        name: HostName,
        /// The range.
        range: Ipv4Net,
    },
    /// An endpoint has the name of the workstation or of the revocation list.
    #[error("the name `{0}` is the lab's own")]
    Reserved(HostName),
    /// A domain of a tenant's own leads to a name that no platform has.
    #[error("`{name}` is to be served as `{target}`, which belongs to no platform")]
    NoPlatform {
        /// The domain.
        name: HostName,
        /// Where it leads.
        target: HostName,
    },
    /// A name that a platform's data gives is no host name.
    #[error(transparent)]
    HostName(#[from] HostNameError),
}

impl Table {
    /// Builds a table in which every name has addresses of its own, out of the
    /// ranges of its platform. Names of no platform get one of 203.0.113.0/24.
    ///
    /// Names that a platform sends its clients to are added: with
    /// `script.google.com` comes `script.googleusercontent.com`.
    ///
    /// # Errors
    ///
    /// Where a range has no address left, or a name is the lab's own.
    pub fn new(
        names: impl IntoIterator<Item = HostName>,
        options: &TableOptions,
    ) -> Result<Self, TableError> {
        let mut taken = BTreeSet::from([options.workstation.address]);
        Self::build(names, options, |name, platform, domain| {
            let shape = &platform.dns;
            let mut ipv4 = Vec::with_capacity(shape.ipv4.len());
            for range in shape.ipv4 {
                ipv4.push(place(name, *range, &mut taken)?);
            }
            let number = ipv4.first().map_or(0, |address| address.octets()[3]);
            let ipv6 = shape
                .ipv6
                .filter(|_| options.ipv6)
                .map(|range| numbered(range, number));
            // A domain that has the platform's addresses itself has no chain.
            let chain = match domain {
                Some(domain) if !domain.is_alias => &[],
                _ => shape.cname,
            };
            let target = domain.map(|domain| domain.target.clone());
            let aliases = target
                .filter(|_| domain.is_some_and(|domain| domain.is_alias))
                .map(Ok)
                .into_iter()
                .chain(chain.iter().map(|form| alias(form, name, number)))
                .collect::<Result<_, _>>()?;
            Ok(Records {
                aliases,
                ipv4,
                ipv6: ipv6.into_iter().collect(),
            })
        })
    }

    /// Builds a table in which all names have one address: that of the machine
    /// that serves them. It has no aliases but those of tenants' own domains.
    ///
    /// # Errors
    ///
    /// Where a name is the lab's own.
    pub fn at(
        names: impl IntoIterator<Item = HostName>,
        address: IpAddr,
        options: &TableOptions,
    ) -> Result<Self, TableError> {
        let (ipv4, ipv6) = match address {
            IpAddr::V4(address) => (vec![address], Vec::new()),
            IpAddr::V6(address) => (Vec::new(), vec![address]),
        };
        Self::build(names, options, |_, _, domain| {
            let alias = domain.filter(|domain| domain.is_alias);
            Ok(Records {
                aliases: alias
                    .map(|domain| domain.target.clone())
                    .into_iter()
                    .collect(),
                ipv4: ipv4.clone(),
                ipv6: ipv6.clone(),
            })
        })
    }

    fn build(
        names: impl IntoIterator<Item = HostName>,
        options: &TableOptions,
        mut records: impl FnMut(
            &HostName,
            &Platform,
            Option<&CustomDomain>,
        ) -> Result<Records, TableError>,
    ) -> Result<Self, TableError> {
        let workstation = options.workstation.clone();
        let crl: HostName = CRL_HOST.parse()?;
        let roles = roles(names.into_iter().chain(options.proxies.keys().cloned()))?;
        if let Some(name) = roles
            .keys()
            .find(|name| **name == crl || **name == workstation.name)
        {
            return Err(TableError::Reserved(name.clone()));
        }
        let mut hosts = BTreeMap::new();
        let mut proxies = BTreeSet::new();
        for (name, role) in roles.into_iter().chain([(crl, Role::Infrastructure)]) {
            let domain = options.custom_domains.get(&name);
            let platform = match domain {
                Some(domain) => Some(platform_behind(&name, domain)?),
                None => PlatformId::of(&name),
            };
            let shown = platform.map_or_else(hosting, PlatformId::platform);
            let records = records(&name, shown, domain)?;
            if let Some(port) = options.proxies.get(&name) {
                proxies.extend(records.sockets(*port));
            }
            hosts.insert(name, records.host(role, platform));
        }
        let own = Records {
            ipv4: vec![workstation.address],
            ..Records::default()
        };
        hosts.insert(
            workstation.name.clone(),
            own.host(Role::Infrastructure, None),
        );
        Ok(Self {
            ptr: options.ptr,
            ttl: options.ttl,
            workstation,
            hosts,
            proxies,
        })
    }
}

fn platform_behind(name: &HostName, domain: &CustomDomain) -> Result<PlatformId, TableError> {
    PlatformId::of(&domain.target).ok_or_else(|| TableError::NoPlatform {
        name: name.clone(),
        target: domain.target.clone(),
    })
}

/// The names that were asked for, and those that come with them.
fn roles(
    names: impl IntoIterator<Item = HostName>,
) -> Result<BTreeMap<HostName, Role>, HostNameError> {
    let mut roles: BTreeMap<HostName, Role> = names
        .into_iter()
        .map(|name| (name, Role::Endpoint))
        .collect();
    let companions: BTreeSet<&str> = roles
        .keys()
        .filter_map(PlatformId::of)
        .flat_map(|id| id.platform().companions)
        .copied()
        .collect();
    for companion in companions {
        roles.entry(companion.parse()?).or_insert(Role::Companion);
    }
    Ok(roles)
}

#[derive(Default)]
struct Records {
    aliases: Vec<HostName>,
    ipv4: Vec<Ipv4Addr>,
    ipv6: Vec<Ipv6Addr>,
}

impl Records {
    fn sockets(&self, port: u16) -> impl Iterator<Item = SocketAddr> {
        let ipv4 = self.ipv4.iter().copied().map(IpAddr::from);
        let ipv6 = self.ipv6.iter().copied().map(IpAddr::from);
        ipv4.chain(ipv6)
            .map(move |address| SocketAddr::new(address, port))
    }

    fn host(self, role: Role, platform: Option<PlatformId>) -> Host {
        Host {
            role,
            platform,
            aliases: self.aliases,
            ipv4: self.ipv4,
            ipv6: self.ipv6,
        }
    }
}

/// Takes an address of a /24 for a name; .0 and .255 are never used.
fn place(
    name: &HostName,
    range: Ipv4Net,
    taken: &mut BTreeSet<Ipv4Addr>,
) -> Result<Ipv4Addr, TableError> {
    let [a, b, c, _] = range.network().octets();
    let start = stable_hash(name.as_str().as_bytes()) % 254;
    let free = (0..254_u64)
        .map(|step| {
            let number = u8::try_from((start + step) % 254 + 1).unwrap_or(u8::MAX);
            Ipv4Addr::new(a, b, c, number)
        })
        .find(|address| !taken.contains(address))
        .ok_or_else(|| TableError::RangeExhausted {
            name: name.clone(),
            range,
        })?;
    taken.insert(free);
    Ok(free)
}

fn numbered(range: Ipv6Net, number: u8) -> Ipv6Addr {
    Ipv6Addr::from_bits(range.network().to_bits() | u128::from(number))
}

/// Writes a CNAME target. The stamp is made from the address, which no other
/// name has, so that no two names share a target.
fn alias(form: &str, name: &HostName, number: u8) -> Result<HostName, HostNameError> {
    let hash = stable_hash(name.as_str().as_bytes()) & 0xffff;
    form.replace("{stamp}", &(100 + u16::from(number)).to_string())
        .replace("{hash}", &format!("{hash:04x}"))
        .parse()
}
