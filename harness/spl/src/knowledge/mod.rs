//! What an installation of Splunk knows, and a search depends on: macros and
//! lookups.
//!
//! The knowledge comes in as text and tables that the caller has read; where a
//! search needs what is not there, it is reported as depending on the
//! environment, by name.

/// Macros and lookups by their names.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {}
