//! Wine: the Windows programs that it brings, run as what they are.
//!
//! [`Installation`] is what the machine has; [`prefix`] makes the small copy of
//! Windows that Wine needs, once, and keeps it; [`launcher`] starts the first
//! program with its very command line. The sensor asks [`Process`] what a
//! process of Wine is: some of them are the beacon, and some are Windows
//! itself.

mod installation;
pub(crate) mod launcher;
pub mod prefix;
mod process;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use installation::Installation;
pub(crate) use process::{Process, is_platform};

/// Makes the programs that this process will become, and start, lie at fixed
/// addresses.
///
/// Windows has a page at 0x7FFE0000 in every process, and Wine's loader lies
/// below it. Linux begins the loader's heap at random within the gigabyte above:
/// in one start of a thousand it takes that page, and the program ends before
/// it has begun. (A bug once.)
#[cfg(target_os = "linux")]
pub(crate) fn fix_addresses() -> std::io::Result<()> {
    // SAFETY: the call takes a number only, and changes what later programs get.
    if unsafe { libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong) } < 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(())
}

/// Where the sandbox has Wine's prefix.
pub(crate) const PREFIX: &str = "/wine";

/// Where the sandbox has the launcher, as a Windows path.
pub(crate) const LAUNCHER: &str = r"C:\beaconlab.exe";

/// The same, below the staged drive's root.
pub(crate) const LAUNCHER_FILE: &str = "beaconlab.exe";

/// A Wine that is ready: an installation, and the prefix that is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    /// What the machine has.
    pub installation: Installation,
    /// What the lab made of it.
    pub prefix: prefix::Prefix,
}

impl Windows {
    /// The file and the arguments by which a Windows program is started, and
    /// the environment variables that it takes beside the user's own.
    ///
    /// The program is searched for as `CreateProcess` searches, on the folders
    /// of `search_path` among others.
    ///
    /// # Errors
    /// The length of the command line, where it is longer than Windows takes.
    pub fn start(&self, argv: &[String], search_path: &[&str]) -> Result<Start, TooLong> {
        let command_line = crate::command_line::join(argv);
        let length = command_line.encode_utf16().count();
        if length > launcher::LONGEST {
            return Err(TooLong { length });
        }
        let loader = self.installation.loader.clone();
        let argv = vec![loader.to_string_lossy().into_owned(), LAUNCHER.to_owned()];
        let server = self.installation.server.to_string_lossy().into_owned();
        let environment = [
            (launcher::COMMAND_LINE, command_line),
            (
                "FONTCONFIG_FILE",
                format!("{PREFIX}/{}", prefix::FONTS_FILE),
            ),
            ("WINEDEBUG", "-all".to_owned()),
            ("WINEDLLOVERRIDES", prefix::OVERRIDES.to_owned()),
            ("WINEPATH", search_path.join(";")),
            ("WINEPREFIX", PREFIX.to_owned()),
            ("WINESERVER", server),
        ];
        Ok(Start {
            file: loader,
            argv,
            environment: environment.into(),
        })
    }
}

/// How a Windows program is started on Linux.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The program of Linux.
    pub file: PathBuf,
    /// Its arguments, its name first.
    pub argv: Vec<String>,
    /// Variables for it.
    pub environment: BTreeMap<&'static str, String>,
}

/// A command line is longer than Windows takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the command line has {length} UTF-16 units, and Windows takes {}",
    launcher::LONGEST
)]
pub struct TooLong {
    /// Its length in UTF-16 units.
    pub length: usize,
}
