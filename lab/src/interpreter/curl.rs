//! curl, which Windows has as `curl.exe`.

use super::found::Found;
use super::host::{self, Host};
use super::version::Version;

pub(super) const IMAGE: &str = r"C:\Windows\System32\curl.exe";

pub(super) fn find(host: &Host<'_>, _: &str) -> Result<Found, String> {
    let found = host.program("curl").and_then(|path| {
        let line = host::first_line(&path, &["--version"])?;
        let version = line.split(" (").next().unwrap_or(&line);
        Some(Found::at(&path, "curl", Version::known(version)))
    });
    found.ok_or_else(|| "no curl on the PATH: install it (`apt-get install curl`)".to_owned())
}
