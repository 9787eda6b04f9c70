//! How names get their addresses.
//!
//! Names are taken in sorted order; a name's place in a range is a hash of the
//! name, and the next free place where that is taken. The same names therefore
//! get the same addresses, in whatever order they are given.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};
use thiserror::Error;

use super::{CRL_HOST, Host, Role, Table, TableOptions};
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
        Self::build(names, options, |name, platform| {
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
            let aliases = shape
                .cname
                .iter()
                .map(|form| alias(form, name, number))
                .collect::<Result<_, _>>()?;
            Ok(Records {
                aliases,
                ipv4,
                ipv6: ipv6.into_iter().collect(),
            })
        })
    }

    /// Builds a table in which all names have one address: that of the machine
    /// that serves them. It has no aliases.
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
        Self::build(names, options, |_, _| {
            Ok(Records {
                aliases: Vec::new(),
                ipv4: ipv4.clone(),
                ipv6: ipv6.clone(),
            })
        })
    }

    fn build(
        names: impl IntoIterator<Item = HostName>,
        options: &TableOptions,
        mut records: impl FnMut(&HostName, &Platform) -> Result<Records, TableError>,
    ) -> Result<Self, TableError> {
        let workstation = options.workstation.clone();
        let crl: HostName = CRL_HOST.parse()?;
        let roles = roles(names)?;
        if let Some(name) = roles
            .keys()
            .find(|name| **name == crl || **name == workstation.name)
        {
            return Err(TableError::Reserved(name.clone()));
        }
        let mut hosts = BTreeMap::new();
        for (name, role) in roles.into_iter().chain([(crl, Role::Infrastructure)]) {
            let platform = PlatformId::of(&name);
            let records = records(&name, platform.map_or_else(hosting, PlatformId::platform))?;
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
        })
    }
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
