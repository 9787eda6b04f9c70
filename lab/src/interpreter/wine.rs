//! Wine's own `cmd.exe`, `wscript.exe` and `cscript.exe`, and the Windows around
//! them.

use super::found::{Found, file_name};
use super::host::{self, Host};
use super::machine::Machine;
use super::version::Version;
use crate::wine::prefix::Prefix;
use crate::wine::{Installation, Windows};

/// Gets Windows ready: its prefix is taken from the cache, or made.
pub(super) fn windows(machine: &Machine) -> Result<Windows, String> {
    let installation = Installation::find(|loader| host::first_line(loader, &["--version"]))
        .ok_or("wine64 is not installed (`apt-get install wine64 libgnutls30`)".to_owned())?;
    let cache = machine
        .cache
        .as_ref()
        .ok_or("there is no place to keep Wine's prefix: neither XDG_CACHE_HOME nor HOME is set")?;
    let prefix = match Prefix::kept(&installation, cache) {
        Some(prefix) => prefix,
        None => Prefix::make(&installation, cache, machine.account).map_err(|error| {
            format!(
                "Wine's prefix cannot be made in {}: {error}",
                cache.display()
            )
        })?,
    };
    Ok(Windows {
        installation,
        prefix,
    })
}

/// A program that Wine brings.
pub(super) fn find(host: &Host<'_>, image: &str) -> Result<Found, String> {
    let windows = host.windows.as_ref().map_err(Clone::clone)?;
    let name = file_name(image);
    let path = windows
        .installation
        .program(name)
        .ok_or_else(|| format!("this Wine has no {name}"))?;
    let version = Version::known(windows.installation.version.as_str());
    Ok(Found::at(&path, &format!("Wine's {name}"), version))
}
