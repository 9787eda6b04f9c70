//! The staged `C:` drive: a directory of the sandbox, seen as Windows would
//! see it.
//!
//! The translation is mechanical and works both ways: `/c/Windows/System32`
//! is `C:\Windows\System32`. Nothing is looked up in a table, so that every
//! path which an event carries can be traced to the file it came from.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// A directory that stands for the `C:` drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    root: PathBuf,
}

impl Drive {
    /// Where the drive lies inside the sandbox.
    pub const ROOT: &str = "/c";

    /// The drive whose root, `C:\`, is the directory `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory that is `C:\`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The Windows path of an absolute path of the host: `C:\` for the root
    /// itself, `C:\Windows\System32\cmd.exe` for a file below it.
    ///
    /// `None` for a path outside the drive, for one with `..` in it, and for
    /// names that Windows could not hold (not Unicode, or with one of the
    /// characters that Windows reserves).
    pub fn windows(&self, host: &Path) -> Option<String> {
        let mut path = String::from("C:");
        for component in host.strip_prefix(&self.root).ok()?.components() {
            let Component::Normal(name) = component else {
                return None;
            };
            let name = name.to_str()?;
            if name.contains(is_reserved) {
                return None;
            }
            path.push('\\');
            path.push_str(name);
        }
        if path.len() == 2 {
            path.push('\\');
        }
        Some(path)
    }

    /// The path on the host of a Windows path, which may be absolute
    /// (`C:\Temp\a.js`), relative to the drive's root (`\Temp\a.js`) or
    /// relative to `current_directory` (a directory of the host inside the
    /// drive): slashes go either way, as in the Win32 API.
    ///
    /// Each part is matched with what the directory holds, without case; the
    /// part, and all that follow it, stay as written where nothing matches, so
    /// that a file about to be created has a path too.
    ///
    /// `None` for another drive, a share, a device (`NUL`, `\\.\…`) or a name
    /// that Windows does not allow. `..` never leads out of the drive.
    /// Source: "Naming Files, Paths, and Namespaces", Microsoft Learn.
    pub fn host(&self, windows: &str, current_directory: &Path) -> Option<PathBuf> {
        let path = windows.replace('/', "\\");
        if path.is_empty() || path.starts_with("\\\\") {
            return None;
        }
        let (on_drive, path) = match path.split_at_checked(2) {
            Some(("C:" | "c:", rest)) => (true, rest),
            _ => (false, path.as_str()),
        };
        let mut parts = Vec::new();
        if !path.starts_with('\\') {
            // `a.js`, and `C:a.js` too, count from the current directory.
            let current = current_directory.strip_prefix(&self.root).ok()?;
            for component in current.components() {
                parts.push(component.as_os_str().to_str()?.to_owned());
            }
        } else if !on_drive && path == "\\" {
            return Some(self.root.clone());
        }
        for part in path.split('\\') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                name => {
                    // Win32 drops blanks and full stops at a name's end.
                    let name = name.trim_end_matches([' ', '.']);
                    if name.is_empty() || name.contains(is_reserved) || is_device(name) {
                        return None;
                    }
                    parts.push(name.to_owned());
                }
            }
        }
        let mut host = self.root.clone();
        let mut exists = true;
        for part in parts {
            let found = exists.then(|| entry(&host, &part)).flatten();
            exists = found.is_some();
            host.push(found.unwrap_or(part));
        }
        Some(host)
    }
}

/// Whether a character may not be in the name of a Windows file.
fn is_reserved(character: char) -> bool {
    matches!(
        character,
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*'
    ) || character.is_control()
}

/// Whether a name is a device's, with or without an extension: `NUL`, `con.txt`.
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end();
    let stem = stem.to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || stem
            .strip_prefix("COM")
            .or_else(|| stem.strip_prefix("LPT"))
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

/// The entry of a directory that has this name without case: the one spelled
/// exactly so where several differ by case only, else the first by order.
fn entry(directory: &Path, name: &str) -> Option<String> {
    if directory.join(name).symlink_metadata().is_ok() {
        return Some(name.to_owned());
    }
    let folded = name.to_lowercase();
    fs::read_dir(directory)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|candidate| candidate.to_lowercase() == folded)
        .min()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn staged() -> (tempfile::TempDir, Drive) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("c");
        fs::create_dir_all(root.join("Windows/System32")).unwrap();
        fs::create_dir_all(root.join("Users/analyst")).unwrap();
        fs::write(root.join("Windows/System32/curl.exe"), "").unwrap();
        (directory, Drive::new(root))
    }

    #[test]
    fn a_staged_path_is_a_windows_path() {
        let drive = Drive::new("/c");
        let windows = |path: &str| drive.windows(Path::new(path));
        assert_eq!(
            windows("/c/Windows/System32/curl.exe").as_deref(),
            Some(r"C:\Windows\System32\curl.exe")
        );
        assert_eq!(windows("/c").as_deref(), Some(r"C:\"));
        assert_eq!(windows("/c/").as_deref(), Some(r"C:\"));
    }

    #[test]
    fn a_path_outside_the_drive_is_none() {
        let drive = Drive::new("/c");
        for outside in [
            "/usr/bin/curl",
            "/cc/x",
            "c/x",
            "/c/../etc/passwd",
            "/c/a:b",
        ] {
            assert_eq!(drive.windows(Path::new(outside)), None, "{outside}");
        }
    }

    #[test]
    fn names_are_found_without_case_and_with_either_slash() {
        let (_directory, drive) = staged();
        let curl = drive.root().join("Windows/System32/curl.exe");
        for path in [
            r"C:\Windows\System32\curl.exe",
            r"c:\windows\SYSTEM32\CURL.EXE",
            "C:/Windows/system32/Curl.exe",
            r"\windows\system32\curl.exe",
            r"C:\Users\..\Windows\.\System32\curl.exe",
            r"C:\..\..\Windows\System32\curl.exe. ",
        ] {
            assert_eq!(
                drive.host(path, Path::new("/")).as_ref(),
                Some(&curl),
                "{path}"
            );
        }
    }

    #[test]
    fn a_relative_path_counts_from_the_current_directory() {
        let (_directory, drive) = staged();
        let current = drive.root().join("Windows/System32");
        for path in [
            "curl.exe",
            r".\CURL.exe",
            "C:curl.exe",
            r"..\system32\curl.exe",
        ] {
            assert_eq!(
                drive.host(path, &current),
                Some(current.join("curl.exe")),
                "{path}"
            );
        }
        assert_eq!(drive.host("curl.exe", Path::new("/usr/bin")), None);
    }

    #[test]
    fn a_new_file_keeps_its_spelling_below_what_is_there() {
        let (_directory, drive) = staged();
        assert_eq!(
            drive.host(r"c:\users\ANALYST\New Folder\A.js", Path::new("/")),
            Some(drive.root().join("Users/analyst/New Folder/A.js"))
        );
    }

    #[test]
    fn other_drives_shares_and_devices_are_none() {
        let (_directory, drive) = staged();
        let current = drive.root().to_owned();
        for path in [
            "",
            r"D:\x",
            r"\\server\share\x",
            r"\\.\pipe\x",
            r"\\?\C:\x",
            "nul",
            r"C:\Temp\NUL.txt",
            "com1",
            "a|b",
            "what?",
        ] {
            assert_eq!(drive.host(path, &current), None, "{path}");
        }
        assert!(drive.host("com10", &current).is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_path_there_and_back_is_the_same(
            names in prop::collection::vec("[A-Za-z0-9_-]{4,9}", 0..5),
        ) {
            let drive = Drive::new("/nowhere/c");
            let windows = format!(r"C:\{}", names.join("\\"));
            let host = drive.host(&windows, Path::new("/")).unwrap();
            prop_assert_eq!(drive.windows(&host), Some(windows));
        }

        #[test]
        fn no_path_leads_out_of_the_drive(path in r"[Cc.:/\\a ]{0,16}") {
            let drive = Drive::new("/nowhere/c");
            if let Some(host) = drive.host(&path, Path::new("/nowhere/c/Users")) {
                prop_assert!(host.starts_with("/nowhere/c"));
                prop_assert!(!host.components().any(|part| part == Component::ParentDir));
            }
        }
    }
}
