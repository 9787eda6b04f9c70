//! Wine's own `cmd.exe`, `wscript.exe` and `cscript.exe`.

use super::found::Found;
use super::host::Host;

/// Wine's programs are not run yet; the reason says what is missing first.
pub(super) fn find(host: &Host<'_>) -> Result<Found, String> {
    let elsewhere = std::path::Path::new("/usr/lib/wine/wine64");
    Err(if host.program("wine64").is_some() || elsewhere.is_file() {
        "wine64 is there, and beaconlab does not run its programs yet".to_owned()
    } else {
        "wine64 is not installed (`apt-get install wine64`)".to_owned()
    })
}
