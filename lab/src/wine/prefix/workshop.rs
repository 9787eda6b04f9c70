//! Where a prefix is made, and packed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{COMPUTER, FONTS_FILE, PrefixError, SYSTEM_REGISTRY, failed};
use crate::sandbox::Account;
use crate::wine::{Installation, fix_addresses};

/// The user inside, as in the sandbox's `/etc/passwd`.
const USER: &str = "analyst";

/// The prefix is made with Windows' own set-up running.
const OVERRIDES_AT_SET_UP: &str = "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=";

/// The registry's files.
const REGISTRY: &[&str] = &[SYSTEM_REGISTRY, "user.reg", "userdef.reg"];

const FONTS: &[u8] =
    b"<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig/>\n";

/// util-linux' unshare(1), which every Debian has.
const UNSHARE: &str = "/usr/bin/unshare";

/// The namespaces in which a prefix is made. The first process in them dies
/// with unshare, and all others with it.
const NAMESPACES: &[&str] = &[
    "--user",
    "--map-current-user",
    "--net",
    "--ipc",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// How long the set-up may take, in seconds; it takes some seven.
const PATIENCE: &str = "120";

/// Wine's server writes the registry when it is told to end.
const SET_UP: &str = r#""$0" wineboot --init && "$1" -k; "$1" -w"#;

/// The start of the names of the folders in which prefixes are made.
const FOLDER: &str = "beaconlab-wine-";

/// A folder as old as this was left behind by a process that was killed.
const STALE: Duration = Duration::from_mins(10);

/// Takes away what killed processes of the same user left behind.
fn clear_away(account: Option<Account>) {
    let user = account.map_or_else(|| nix::unistd::geteuid().as_raw(), |account| account.uid);
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
    for entry in entries.filter_map(Result::ok) {
        let is_one = entry.file_name().to_string_lossy().starts_with(FOLDER);
        let is_stale = |metadata: &fs::Metadata| {
            let age = metadata
                .modified()
                .ok()
                .and_then(|time| time.elapsed().ok());
            metadata.uid() == user && age.is_some_and(|age| age > STALE)
        };
        if is_one && entry.metadata().is_ok_and(|metadata| is_stale(&metadata)) {
            // What cannot be taken away is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Where a prefix is made; gone with the value.
pub(super) struct Workshop {
    folder: tempfile::TempDir,
    account: Option<Account>,
}

impl Workshop {
    pub(super) fn new(account: Option<Account>) -> Result<Self, PrefixError> {
        clear_away(account);
        let made = tempfile::Builder::new()
            .prefix(FOLDER)
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

    /// Has Wine set a prefix up. Its programs run in namespaces of their own:
    /// without a network, without the host's processes, and all ended with the
    /// first of them, which ends with this process.
    pub(super) fn set_up(&self, installation: &Installation) -> Result<(), PrefixError> {
        let mut command = Command::new(UNSHARE);
        command
            .args(NAMESPACES)
            .args([
                "--",
                "timeout",
                "--signal=KILL",
                PATIENCE,
                "sh",
                "-c",
                SET_UP,
            ])
            .args([&installation.loader, &installation.server])
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
            .stderr(Stdio::piped());
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        // SAFETY: the closure makes two system calls, which may be made between
        // fork and exec.
        unsafe {
            command.pre_exec(|| {
                nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
                fix_addresses()
            });
        }
        let output = command.output().map_err(failed("run unshare"))?;
        if !output.status.success() || !self.prefix().join(SYSTEM_REGISTRY).is_file() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or("it made no prefix");
            return Err(failed("run wineboot")(io::Error::other(said.to_owned())));
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
            packer.file(Path::new(name), &of_the_lab(&text, &maker))?;
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

/// Values that name who made the prefix, or the computer it was made on: the
/// sandbox's environment has others in their places.
const MAKER: &[&str] = &[
    "\"HOMEPATH\"=",
    "\"LOGONSERVER\"=",
    "\"USERDOMAIN\"=",
    "\"USERNAME\"=",
];

/// Values that name the computer.
const COMPUTER_VALUES: &[&str] = &["\"ComputerName\"=", "\"Hostname\"="];

/// The key that Windows makes at its start, and that its programs read.
const ACTIVE_COMPUTER: &str =
    r"[System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName]";

/// The registry with the lab's user and computer, and the folder for temporary
/// files that Windows has. (Wine's own is another one.) Nothing of whoever made
/// it is left.
fn of_the_lab(registry: &[u8], maker: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(registry);
    let profile = format!(r"C:\\users\\{maker}");
    let temporary = format!(r"{profile}\\Temp");
    let text = text
        .replace(
            &temporary,
            &format!(r"C:\\Users\\{USER}\\AppData\\Local\\Temp"),
        )
        .replace(&profile, &format!(r"C:\\Users\\{USER}"));
    let mut registry = String::with_capacity(text.len());
    let mut names_computer = false;
    for line in text.lines() {
        let begins = |name: &&&str| line.starts_with(**name);
        if MAKER.iter().any(|name| begins(&name)) {
            continue;
        }
        match COMPUTER_VALUES.iter().find(begins) {
            Some(name) => {
                names_computer = true;
                registry.push_str(name);
                registry.push('"');
                registry.push_str(COMPUTER);
                registry.push('"');
            }
            None => registry.push_str(line),
        }
        registry.push('\n');
    }
    if names_computer {
        registry.push('\n');
        registry.push_str(ACTIVE_COMPUTER);
        registry.push_str("\n\"ComputerName\"=\"");
        registry.push_str(COMPUTER);
        registry.push_str("\"\n");
    }
    registry.into_bytes()
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
    fn the_registry_has_the_lab_s_user_and_nothing_of_its_maker() {
        let registry = br#"[Environment] 1732450000
"TEMP"="C:\\users\\maker\\Temp"
"Desktop"="C:\\users\\maker\\Desktop"
"Common"="C:\\users\\Public\\Desktop"

[Volatile Environment] 1732450000
"HOMEPATH"="\\users\\maker"
"LOGONSERVER"="\\\\MAKERS-PC"
"USERDOMAIN"="MAKERS-PC"
"USERNAME"="maker"
"USERPROFILE"="C:\\users\\maker"
"#;
        let text = String::from_utf8_lossy(&of_the_lab(registry, "maker")).into_owned();
        assert_eq!(
            text,
            r#"[Environment] 1732450000
"TEMP"="C:\\Users\\analyst\\AppData\\Local\\Temp"
"Desktop"="C:\\Users\\analyst\\Desktop"
"Common"="C:\\users\\Public\\Desktop"

[Volatile Environment] 1732450000
"USERPROFILE"="C:\\Users\\analyst"
"#
        );
    }

    #[test]
    fn the_registry_s_computer_is_to_be_named_by_the_sandbox() {
        let registry = br#"[System\\ControlSet001\\Control\\ComputerName\\ComputerName] 1
"ComputerName"="MAKERS-PC"

[System\\ControlSet001\\Services\\Tcpip\\Parameters] 1
"Hostname"="makers-pc"
"#;
        let text = String::from_utf8_lossy(&of_the_lab(registry, "maker")).into_owned();
        assert!(!text.to_lowercase().contains("makers-pc"), "{text}");
        assert_eq!(text.matches(COMPUTER).count(), 3, "{text}");
        assert!(text.contains("ActiveComputerName]"), "{text}");
    }
}
