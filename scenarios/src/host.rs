//! What a name that a test asks for is, where the name itself does not tell.

use serde::Deserialize;

/// A host of a test, beside the platforms' own names and those of no platform.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// A domain of a tenant's own, with the platform's addresses: which platform's, the tenant's
    /// name there says.
    ServedAs(String),
    /// A domain of a tenant's own that is an alias (CNAME) of this name.
    AliasOf(String),
    /// An HTTP proxy, which listens on this port.
    ProxyPort(u16),
}
