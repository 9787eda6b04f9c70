//! What an installation of Splunk knows, and a search depends on: macros,
//! lookups and event types.
//!
//! The knowledge comes in as text and tables that the caller has read; where a
//! search needs what is not there, it is reported as depending on the
//! environment, by name.

mod conf;
mod event_type;
mod lookup;
mod macros;

pub use conf::{Conf, ConfError, Setting, Stanza};
pub(crate) use event_type::EventTypes;
pub use lookup::LookupError;
pub(crate) use lookup::{Definition, Lookups, MatchType, Missing, Table};
pub(crate) use macros::Macros;
pub use macros::{Macro, MacroError};

/// Macros, lookups and event types by their names.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    macros: Macros,
    lookups: Lookups,
    event_types: EventTypes,
}

impl Knowledge {
    /// Defines a macro. Macros of one name with different numbers of arguments
    /// stand side by side; otherwise the last definition counts.
    pub fn define(&mut self, name: &str, definition: Macro) {
        self.macros.insert(name, definition);
    }

    /// Adds the macros that the text of a `macros.conf` defines, and says how
    /// many those are.
    ///
    /// # Errors
    ///
    /// What is no configuration file, and stanzas that define no macro.
    pub fn add_macros(&mut self, text: &str) -> Result<usize, ConfError> {
        self.macros.add_conf(text)
    }

    /// Adds the table of a lookup from the bytes of a CSV file. `name` is the
    /// name of the file, without its folder.
    ///
    /// # Errors
    ///
    /// What is no table that Splunk reads.
    pub fn add_lookup_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), LookupError> {
        self.lookups.add_file(name, bytes)
    }

    /// Adds the lookups that the text of a `transforms.conf` defines. Stanzas
    /// that define none are passed over.
    ///
    /// # Errors
    ///
    /// What is no configuration file, and values that a setting does not take.
    pub fn add_transforms(&mut self, text: &str) -> Result<(), ConfError> {
        self.lookups.add_transforms(text)
    }

    /// Adds the event types that the text of an `eventtypes.conf` defines.
    ///
    /// # Errors
    ///
    /// What is no configuration file, and event types without a search.
    pub fn add_event_types(&mut self, text: &str) -> Result<(), ConfError> {
        self.event_types.add_conf(text)
    }

    pub(crate) fn event_types(&self) -> &EventTypes {
        &self.event_types
    }

    pub(crate) fn lookups(&self) -> &Lookups {
        &self.lookups
    }

    pub(crate) fn macros(&self) -> &Macros {
        &self.macros
    }
}
