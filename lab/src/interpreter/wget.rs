//! GNU Wget, where its installer for Windows puts it. It trusts the system's
//! bundle of certificates, which in a sandbox is the lab's.

use super::found::Found;
use super::host::Host;
use super::version::Version;

pub(super) const IMAGE: &str = r"C:\Program Files (x86)\GnuWin32\bin\wget.exe";

pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    let path = host.program("wget");
    let path = path.ok_or("no wget on the PATH: install it (`apt-get install wget`)")?;
    let version = Version::asked(&path, |line| {
        line.split(" built").next().unwrap_or(line).to_owned()
    });
    Ok(Found::at(&path, "GNU Wget", version))
}
