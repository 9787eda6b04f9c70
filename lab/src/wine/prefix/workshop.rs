//! Where a prefix is made, and packed.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{FONTS_FILE, PrefixError, failed};
use crate::sandbox::Account;
use crate::wine::{Installation, fix_addresses};

/// The user inside, as in the sandbox's `/etc/passwd`.
const USER: &str = "analyst";

/// The prefix is made with Windows' own set-up running.
const OVERRIDES_AT_SET_UP: &str = "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=";

/// The registry's files.
const REGISTRY: &[&str] = &["system.reg", "user.reg", "userdef.reg"];

const FONTS: &[u8] =
    b"<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig/>\n";

/// Where a prefix is made; gone with the value.
pub(super) struct Workshop {
    folder: tempfile::TempDir,
    account: Option<Account>,
}

impl Workshop {
    pub(super) fn new(account: Option<Account>) -> Result<Self, PrefixError> {
        let made = tempfile::Builder::new()
            .prefix("beaconlab-wine-")
            .tempdir()
            .and_then(|folder| {
                if let Some(account) = account {
                    let path = folder.path();
                    std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))?;
                }
                Ok(folder)
            });
        Ok(Self {
            folder: made.map_err(failed("make a folder for Wine's prefix"))?,
            account,
        })
    }

    fn prefix(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    /// Has Wine set a prefix up. Its programs get no display, no network names
    /// and nothing of the user's.
    pub(super) fn set_up(&self, installation: &Installation) -> Result<(), PrefixError> {
        let run = |program: &Path, arguments: &[&str]| {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .env_clear()
                .env("HOME", self.folder.path())
                .env("LANG", "C.UTF-8")
                .env("PATH", "/usr/bin:/bin")
                .env("WINEPREFIX", self.prefix())
                .env("WINEARCH", "win64")
                .env("WINESERVER", &installation.server)
                .env("WINEDEBUG", "-all")
                .env("WINEDLLOVERRIDES", OVERRIDES_AT_SET_UP)
                .current_dir(self.folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            // SAFETY: the closure makes one system call, which may be made
            // between fork and exec.
            unsafe { command.pre_exec(fix_addresses) };
            if let Some(account) = self.account {
                command.uid(account.uid).gid(account.gid);
            }
            command.status()
        };
        let set_up = run(&installation.loader, &["wineboot", "--init"]);
        // Its server writes the registry when the last program has ended.
        let stopped = run(&installation.server, &["-k"]);
        let ended = stopped.and_then(|_| run(&installation.server, &["-w"]));
        let succeeded = set_up.map_err(failed("run wineboot"))?.success()
            && ended.map_err(failed("wait for wineserver"))?.success();
        if !succeeded || !self.prefix().join("system.reg").is_file() {
            return Err(failed("run wineboot")(io::Error::other(
                "it made no prefix",
            )));
        }
        Ok(())
    }

    /// The archive of the prefix.
    pub(super) fn pack(&self, installation: &Installation) -> Result<Vec<u8>, PrefixError> {
        self.packed(installation)
            .map_err(failed("pack Wine's prefix"))
    }

    fn packed(&self, installation: &Installation) -> io::Result<Vec<u8>> {
        let mut packer = Packer::default();
        let prefix = self.prefix();
        let maker = Self::maker(&prefix)?;
        for name in REGISTRY {
            let text = fs::read(prefix.join(name))?;
            packer.file(Path::new(name), &with_user(&text, &maker))?;
        }
        // Without it Wine would set the prefix up once more.
        packer.file(
            Path::new(".update-timestamp"),
            &fs::read(prefix.join(".update-timestamp"))?,
        )?;
        packer.file(Path::new(FONTS_FILE), FONTS)?;
        packer.folder(Path::new("dosdevices"))?;
        packer.link(
            Path::new("dosdevices/c:"),
            Path::new(crate::drive::Drive::ROOT),
        )?;
        let windows = prefix.join("drive_c/windows");
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            packer.folder(&Path::new("windows").join(&folder))?;
            let mut entries: Vec<_> =
                fs::read_dir(windows.join(&folder))?.collect::<io::Result<_>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    // 32-bit programs do not run in a sandbox.
                    if path != Path::new("syswow64") {
                        folders.push(path);
                    }
                    continue;
                }
                let content = fs::read(entry.path())?;
                let inside = Path::new("windows").join(&path);
                match installed(installation, &entry.file_name(), &content) {
                    Some(original) => packer.link(&inside, &original)?,
                    None => packer.file(&inside, &content)?,
                }
            }
        }
        packer.finish()
    }

    /// The name of the user who made the prefix: that of the one profile.
    fn maker(prefix: &Path) -> io::Result<String> {
        fs::read_dir(prefix.join("drive_c/users"))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .find(|name| name != "Public")
            .ok_or_else(|| io::Error::other("it has no user"))
    }
}

/// The file under `/usr` that a file of the prefix is a copy of.
fn installed(
    installation: &Installation,
    name: &std::ffi::OsStr,
    content: &[u8],
) -> Option<PathBuf> {
    [&installation.libraries, &installation.tables]
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|original| fs::read(original).is_ok_and(|original| original == content))
}

/// The registry with the lab's user, and the folder for temporary files that
/// Windows has. (Wine's own is another one.)
fn with_user(registry: &[u8], maker: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(registry);
    let profile = format!(r"C:\\users\\{maker}");
    let temporary = format!(r"{profile}\\Temp");
    text.replace(
        &temporary,
        &format!(r"C:\\Users\\{USER}\\AppData\\Local\\Temp"),
    )
    .replace(&profile, &format!(r"C:\\Users\\{USER}"))
    .into_bytes()
}

/// Writes an archive, with nothing in it that differs from time to time.
pub(super) struct Packer(tar::Builder<Vec<u8>>);

impl Default for Packer {
    fn default() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }
}

impl Packer {
    fn header(kind: tar::EntryType, size: usize, mode: u32) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(mode);
        header
    }

    pub(super) fn file(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Regular, content.len(), 0o644);
        self.0.append_data(&mut header, path, content)
    }

    pub(super) fn folder(&mut self, path: &Path) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Directory, 0, 0o755);
        self.0.append_data(&mut header, path, io::empty())
    }

    pub(super) fn link(&mut self, path: &Path, target: &Path) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Symlink, 0, 0o777);
        self.0.append_link(&mut header, path, target)
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.0.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_the_lab_s_user_s() {
        let registry = br#"[Environment] 1732450000
"TEMP"="C:\\users\\root\\Temp"
"Desktop"="C:\\users\\root\\Desktop"
"Common"="C:\\users\\Public\\Desktop"
"#;
        let text = String::from_utf8_lossy(&with_user(registry, "root")).into_owned();
        assert_eq!(
            text,
            r#"[Environment] 1732450000
"TEMP"="C:\\Users\\analyst\\AppData\\Local\\Temp"
"Desktop"="C:\\Users\\analyst\\Desktop"
"Common"="C:\\users\\Public\\Desktop"
"#
        );
    }
}
