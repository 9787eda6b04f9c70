//! The one table of a run: all names, in each mode of reverse lookups.
//!
//! The addresses do not depend on the mode, so that the table of another mode
//! says what the sensor would have read there.

use mock_endpoints::{HostName, PtrMode, Table, TableError, TableOptions, Workstation};

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
    pub(super) fn new(names: &[HostName]) -> Result<Self, TableError> {
        let table = |ptr| {
            let workstation = Workstation {
                name: workstation::FULL_NAME.parse()?,
                address: workstation::ADDRESS,
            };
            Table::new(names.iter().cloned(), &TableOptions::new(ptr, workstation))
        };
        Ok(Self {
            lab: table(PtrMode::Lab)?,
            provider: table(PtrMode::Provider)?,
            none: table(PtrMode::None)?,
        })
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
