//! What the table says to a question, under the behaviour of the run.

use std::net::IpAddr;

use hickory_proto::{
    op::Query,
    rr::{Name, RecordType},
};

use crate::{Behaviour, HostName, Role, Table};

/// The table, as the DNS sees it.
#[derive(Debug)]
pub(crate) struct Zone {
    table: Table,
    hides_endpoints: bool,
}

/// What was found. Nothing but `exists` is NODATA; not even that is NXDOMAIN.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) exists: bool,
    pub(super) aliases: Vec<HostName>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) names: Vec<HostName>,
}

impl Zone {
    pub(crate) fn new(table: Table, behaviour: Behaviour) -> Self {
        Self {
            table,
            hides_endpoints: behaviour == Behaviour::Nxdomain,
        }
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn ttl(&self) -> u32 {
        self.table.ttl()
    }

    pub(super) fn find(&self, query: &Query) -> Found {
        if let Some(address) = reverse_address(query.name()) {
            return self.reverse(address, query.query_type());
        }
        let name = query.name().to_ascii().parse::<HostName>();
        name.map_or_else(
            |_no_host_has_it| Found::default(),
            |name| self.forward(&name, query.query_type()),
        )
    }

    fn forward(&self, name: &HostName, record_type: RecordType) -> Found {
        let visible = |role| role == Role::Infrastructure || !self.hides_endpoints;
        let Some(resolution) = self.table.resolve(name).filter(|found| visible(found.role)) else {
            return Found {
                exists: !self.hides_endpoints && self.table.is_ancestor(name),
                ..Found::default()
            };
        };
        let ipv4 = resolution.ipv4.iter().copied().map(IpAddr::from);
        let ipv6 = resolution.ipv6.iter().copied().map(IpAddr::from);
        let (aliases, addresses) = match record_type {
            RecordType::A => (resolution.aliases, ipv4.collect()),
            RecordType::AAAA => (resolution.aliases, ipv6.collect()),
            // RFC 8482, section 4.1: part of what there is will do.
            RecordType::ANY if resolution.aliases.is_empty() => {
                (&[][..], ipv4.chain(ipv6).collect())
            }
            RecordType::CNAME | RecordType::ANY => {
                (resolution.aliases.get(..1).unwrap_or_default(), Vec::new())
            }
            // Any other type is looked for at the end of the chain.
            _ => (resolution.aliases, Vec::new()),
        };
        Found {
            exists: true,
            aliases: aliases.to_vec(),
            addresses,
            names: Vec::new(),
        }
    }

    fn reverse(&self, address: IpAddr, record_type: RecordType) -> Found {
        let names = self.table.reverse(address);
        Found {
            exists: !names.is_empty(),
            names: match record_type {
                RecordType::PTR | RecordType::ANY => names,
                _ => Vec::new(),
            },
            ..Found::default()
        }
    }
}

/// The address of a name below `in-addr.arpa` or `ip6.arpa`; none for a name
/// that stands for a network.
fn reverse_address(name: &Name) -> Option<IpAddr> {
    let mut name = name.clone();
    name.set_fqdn(true);
    let network = name.parse_arpa_name().ok()?;
    (network.prefix_len() == network.max_prefix_len()).then(|| network.addr())
}
