//! Node.js, where its installer for Windows puts it.

use super::found::Found;
use super::host::Host;
use super::trust::BUNDLE;
use super::version::Version;

pub(super) const IMAGE: &str = r"C:\Program Files\nodejs\node.exe";

pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    // Debian's name, once, was another.
    let path = host.program("node").or_else(|| host.program("nodejs"));
    let path = path.ok_or("no node on the PATH: install it (`apt-get install nodejs`)")?;
    let version = Version::asked(&path, |line| format!("Node.js {line}"));
    let mut found = Found::at(&path, "Node.js", version);
    // It brings its own roots, and reads no bundle of the system's.
    found.environment.push(("NODE_EXTRA_CA_CERTS", BUNDLE));
    Ok(found)
}
