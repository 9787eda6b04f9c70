//! The one table of a run: all names, in each mode of reverse lookups.
//!
//! The addresses do not depend on the mode, so that the table of another mode
//! says what the sensor would have read there.

use std::collections::BTreeMap;

use mock_endpoints::{
    CustomDomain, HostName, HostNameError, PtrMode, Table, TableError, TableOptions, Workstation,
};
use scenarios::Host;

use super::workstation;

/// The tables of a run.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    /// Reverse lookups give the table's names.
    pub(crate) lab: Table,
    /// Reverse lookups give what the provider has.
    pub(crate) provider: Table,
    /// Reverse lookups give nothing.
    pub(crate) none: Table,
}

impl Zone {
    /// A zone of these names; `hosts` says of some what they are.
    pub(super) fn new(
        names: &[HostName],
        hosts: &BTreeMap<HostName, &Host>,
    ) -> Result<Self, TableError> {
        let proxies: BTreeMap<HostName, u16> = hosts
            .iter()
            .filter_map(|(name, host)| match host {
                Host::ProxyPort(port) => Some((name.clone(), *port)),
                Host::ServedAs(_) | Host::AliasOf(_) => None,
            })
            .collect();
        let custom_domains: BTreeMap<HostName, CustomDomain> = hosts
            .iter()
            .filter_map(|(name, host)| Some((name.clone(), custom_domain(host)?)))
            .map(|(name, domain)| Ok((name, domain?)))
            .collect::<Result<_, HostNameError>>()?;
        let table = |ptr| {
            let workstation = Workstation {
                name: workstation::FULL_NAME.parse()?,
                address: workstation::ADDRESS,
            };
            let options = TableOptions {
                custom_domains: custom_domains.clone(),
                proxies: proxies.clone(),
                ..TableOptions::new(ptr, workstation)
            };
            Table::new(names.iter().cloned(), &options)
        };
        Ok(Self {
            lab: table(PtrMode::Lab)?,
            provider: table(PtrMode::Provider)?,
            none: table(PtrMode::None)?,
        })
    }

    /// The first address of a name.
    pub(super) fn address(&self, name: &HostName) -> Option<String> {
        let host = self.lab.host(name)?;
        host.addresses().next().map(|address| address.to_string())
    }

    /// What a reverse lookup of that kind would give: nothing where none is made.
    pub(crate) fn of(&self, ptr: scenarios::Ptr) -> &Table {
        match ptr {
            scenarios::Ptr::Lab => &self.lab,
            scenarios::Ptr::Provider => &self.provider,
            scenarios::Ptr::None | scenarios::Ptr::Off => &self.none,
        }
    }
}

fn custom_domain(host: &Host) -> Option<Result<CustomDomain, HostNameError>> {
    let (target, is_alias) = match host {
        Host::ServedAs(target) => (target, false),
        Host::AliasOf(target) => (target, true),
        Host::ProxyPort(_) => return None,
    };
    let target = target.parse();
    Some(target.map(|target| CustomDomain { target, is_alias }))
}
