//! What a program says of its version.

use std::sync::Arc;

/// The version of a program, shared by all that name it.
#[derive(Debug, Clone)]
pub(super) struct Version(Arc<str>);

impl Version {
    /// A version that is known already.
    pub(super) fn known(version: impl Into<Arc<str>>) -> Self {
        Self(version.into())
    }

    /// The version.
    pub(super) fn get(&self) -> &str {
        &self.0
    }
}
