//! The Wine that a machine has.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where distributions put Wine's 64-bit loader, the server beside it.
const LOADERS: &[&str] = &["/usr/lib/wine/wine64", "/usr/lib64/wine/wine64"];

/// The server's names, beside the loader.
const SERVERS: &[&str] = &["wineserver64", "wineserver"];

/// Where distributions put the Windows libraries that Wine brings.
const LIBRARIES: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows",
    "/usr/lib64/wine/x86_64-windows",
    "/usr/lib/wine/x86_64-windows",
];

/// Where distributions put Wine's tables of characters.
const TABLES: &str = "/usr/share/wine/nls";

/// The first bytes of a program of Linux.
const ELF: &[u8] = b"\x7FELF";

/// A Wine that runs 64-bit Windows programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The program that loads Windows programs.
    pub loader: PathBuf,
    /// The program that serves them.
    pub server: PathBuf,
    /// The folder of the Windows libraries and programs.
    pub libraries: PathBuf,
    /// The folder of the tables of characters.
    pub tables: PathBuf,
    /// What it says of its version.
    pub version: String,
}

impl Installation {
    /// Looks where distributions put it. `version` asks a program.
    ///
    /// Only what lies under `/usr` is taken: sandboxes have that.
    pub fn find(version: impl Fn(&Path) -> Option<String>) -> Option<Self> {
        let loader = LOADERS
            .iter()
            .map(PathBuf::from)
            .find(|loader| is_program(loader))?;
        let folder = loader.parent()?;
        let server = SERVERS
            .iter()
            .map(|name| folder.join(name))
            .find(|server| is_program(server))?;
        let libraries = LIBRARIES
            .iter()
            .map(PathBuf::from)
            .find(|folder| folder.join("kernel32.dll").is_file())?;
        // The loader asks for the user's name, and dies where there is none: in a
        // sandbox there is one.
        let version = version(&loader).unwrap_or_else(|| "unknown version".to_owned());
        Some(Self {
            loader,
            server,
            libraries,
            tables: PathBuf::from(TABLES),
            version,
        })
    }

    /// The file of a Windows program that Wine brings, by its name without a
    /// path, if it does.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        // A path would lead out of the folder, to any program of Linux.
        let is_name = Path::new(name).file_name() == Some(name.as_ref());
        let file = self.libraries.join(name);
        (is_name && file.is_file()).then_some(file)
    }
}

/// A program of Linux, and no script: a script would start another shell.
fn is_program(path: &Path) -> bool {
    use std::io::Read;
    let mut start = [0; 4];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == ELF
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A bug once: a program of Linux in a sandbox with Wine was called Wine's.
    #[test]
    fn only_what_lies_among_the_libraries_is_wine_s() {
        let folder = tempfile::tempdir().unwrap();
        let libraries = folder.path().join("libraries");
        std::fs::create_dir(&libraries).unwrap();
        for file in [libraries.join("ping.exe"), folder.path().join("other")] {
            std::fs::write(file, "").unwrap();
        }
        let installation = Installation {
            loader: PathBuf::new(),
            server: PathBuf::new(),
            libraries: libraries.clone(),
            tables: PathBuf::new(),
            version: String::new(),
        };
        assert_eq!(
            installation.program("ping.exe"),
            Some(libraries.join("ping.exe"))
        );
        let other = folder.path().join("other");
        for elsewhere in [other.to_str().unwrap(), "../other", "absent.exe", ""] {
            assert_eq!(installation.program(elsewhere), None, "{elsewhere}");
        }
    }
}
