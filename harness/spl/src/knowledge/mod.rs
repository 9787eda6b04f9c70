//! What an installation of Splunk knows, and a search depends on: macros and
//! lookups.
//!
//! The knowledge comes in as text and tables that the caller has read; where a
//! search needs what is not there, it is reported as depending on the
//! environment, by name.

mod macros;

pub(crate) use macros::Macros;
pub use macros::{Macro, MacroError};

/// Macros and lookups by their names.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    macros: Macros,
}

impl Knowledge {
    /// Defines a macro. Macros of one name with different numbers of arguments
    /// stand side by side; otherwise the last definition counts.
    pub fn define(&mut self, name: &str, definition: Macro) {
        self.macros.insert(name, definition);
    }

    pub(crate) fn macros(&self) -> &Macros {
        &self.macros
    }
}
