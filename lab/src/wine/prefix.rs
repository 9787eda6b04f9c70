//! Wine's prefix: the registry and the Windows folder that it needs, made once
//! and kept in a file, unpacked fresh into each sandbox.
//!
//! Wine makes a prefix of 700 MB, nearly all of it copies of files that lie
//! under `/usr` anyway. What is kept are links to those, and the registry with
//! the lab's user in the place of whoever made it: two megabytes in a tar
//! archive, with its SHA-256 in front of it. A copy whose digest is wrong is
//! made again; a copy of another version of Wine has another name.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Installation, launcher};
use crate::sandbox::Account;

/// The form of what is kept. A change of it makes all copies anew.
const FORM: u32 = 2;

/// The user inside, as in the sandbox's `/etc/passwd`.
const USER: &str = "analyst";

/// The longest archive that is read.
const LONGEST: u64 = 64 << 20;

/// Wine's own services are not started, and nothing asks for downloads or for
/// a debugger.
pub(crate) const OVERRIDES: &str =
    "mscoree,mshtml,wineboot.exe,explorer.exe,winedbg.exe,winemenubuilder.exe=";

/// The prefix is made with Windows' own set-up running.
const OVERRIDES_AT_SET_UP: &str = "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=";

/// Settings of fontconfig, in the prefix: no fonts, so that none are looked
/// through, and no cache of them is written among the user's files.
pub(crate) const FONTS_FILE: &str = "fonts.conf";
const FONTS: &[u8] =
    b"<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n<fontconfig/>\n";

/// The registry's files.
const REGISTRY: &[&str] = &["system.reg", "user.reg", "userdef.reg"];

/// The prefix could not be made or kept.
#[derive(Debug, Error)]
#[error("{step}: {source}")]
pub struct PrefixError {
    /// The step.
    pub step: &'static str,
    /// The system's reason.
    pub source: io::Error,
}

fn failed(step: &'static str) -> impl FnOnce(io::Error) -> PrefixError {
    move |source| PrefixError { step, source }
}

/// A prefix that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    /// The archive.
    pub archive: PathBuf,
}

impl Prefix {
    /// The prefix of an installation that is kept in a folder, if it is whole.
    pub fn kept(installation: &Installation, folder: &Path) -> Option<Self> {
        let archive = folder.join(name(installation));
        read(&mut File::open(&archive).ok()?).ok()?;
        Some(Self { archive })
    }

    /// Makes the prefix of an installation, and keeps it in a folder. `account`
    /// is whom to become for it, where the caller is root.
    ///
    /// # Errors
    /// [`PrefixError`] if Wine does not make one, or it cannot be kept.
    pub fn make(
        installation: &Installation,
        folder: &Path,
        account: Option<Account>,
    ) -> Result<Self, PrefixError> {
        fs::create_dir_all(folder).map_err(failed("make the folder of Wine's prefix"))?;
        let workshop = Workshop::new(account)?;
        workshop.set_up(installation)?;
        let archive = workshop.pack(installation)?;
        let path = folder.join(name(installation));
        // Written beside it and then named: a reader finds a whole one or none.
        let kept = tempfile::NamedTempFile::new_in(folder).and_then(|mut unfinished| {
            write(unfinished.as_file_mut(), &archive)?;
            unfinished.persist(&path).map_err(|error| error.error)
        });
        kept.map_err(failed("keep Wine's prefix"))?;
        Ok(Self { archive: path })
    }
}

/// The name of the file for an installation: another version of Wine, or of
/// its files, is another one.
fn name(installation: &Installation) -> String {
    let mut digest = Sha256::new();
    digest.update(FORM.to_le_bytes());
    digest.update(&installation.version);
    digest.update(launcher::file());
    for path in [&installation.loader, &installation.libraries] {
        digest.update(path.as_os_str().as_encoded_bytes());
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        let since = modified
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        digest.update(since.map_or(0, |since| since.as_nanos()).to_le_bytes());
    }
    let digest: String = digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("wine-prefix-{digest}.tar")
}

fn write(file: &mut File, archive: &[u8]) -> io::Result<()> {
    file.write_all(&Sha256::digest(archive))?;
    file.write_all(archive)?;
    file.sync_all()
}

/// The archive in a kept file.
///
/// # Errors
/// The system's, and `InvalidData` where it is not what was kept.
pub(crate) fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut digest = [0; 32];
    file.read_exact(&mut digest)?;
    let mut archive = Vec::new();
    file.take(LONGEST).read_to_end(&mut archive)?;
    if Sha256::digest(&archive).as_slice() == digest {
        Ok(archive)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is not what was kept",
        ))
    }
}

/// Unpacks an archive: what belongs to Windows into `windows`, which is the
/// Windows folder of the staged drive, the rest into `prefix`. What is there
/// already stays.
pub(crate) fn unpack(archive: &[u8], prefix: &Path, windows: &Path) -> io::Result<()> {
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let to = match path.strip_prefix("windows") {
            Ok(rest) => windows.join(on_the_drive(rest)),
            Err(_) => prefix.join(&path),
        };
        let is_folder = entry.header().entry_type() == tar::EntryType::Directory;
        if !is_folder && to.symlink_metadata().is_ok() {
            continue;
        }
        match entry.header().entry_type() {
            tar::EntryType::Directory => fs::create_dir_all(&to)?,
            tar::EntryType::Symlink => {
                let target = entry.link_name()?.ok_or(io::ErrorKind::InvalidData)?;
                std::os::unix::fs::symlink(target, &to)?;
            }
            _ => {
                io::copy(&mut entry, &mut File::create(&to)?)?;
            }
        }
    }
    Ok(())
}

/// Names as on the staged drive, whose folders have capitals.
fn on_the_drive(path: &Path) -> PathBuf {
    let mut parts = path.components();
    match parts.clone().next() {
        Some(Component::Normal(first)) if first == "system32" => {
            parts.next();
            Path::new("System32").join(parts.as_path())
        }
        _ => path.to_owned(),
    }
}

/// Where a prefix is made; gone with the value.
struct Workshop {
    folder: tempfile::TempDir,
    account: Option<Account>,
}

impl Workshop {
    fn new(account: Option<Account>) -> Result<Self, PrefixError> {
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
    fn set_up(&self, installation: &Installation) -> Result<(), PrefixError> {
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
    fn pack(&self, installation: &Installation) -> Result<Vec<u8>, PrefixError> {
        self.packed(installation)
            .map_err(failed("pack Wine's prefix"))
    }

    fn packed(&self, installation: &Installation) -> io::Result<Vec<u8>> {
        let mut packer = Packer(tar::Builder::new(Vec::new()));
        let prefix = self.prefix();
        let maker = self.maker(&prefix)?;
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
                let packed = Path::new("windows").join(&path);
                match installed(installation, &entry.file_name(), &content) {
                    Some(original) => packer.link(&packed, &original)?,
                    None => packer.file(&packed, &content)?,
                }
            }
        }
        packer.0.into_inner()
    }

    /// The name of the user who made the prefix: that of the one profile.
    fn maker(&self, prefix: &Path) -> io::Result<String> {
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

struct Packer(tar::Builder<Vec<u8>>);

impl Packer {
    fn header(kind: tar::EntryType, size: usize, mode: u32) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size as u64);
        header.set_mode(mode);
        header
    }

    fn file(&mut self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Regular, content.len(), 0o644);
        self.0.append_data(&mut header, path, content)
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Directory, 0, 0o755);
        self.0.append_data(&mut header, path, io::empty())
    }

    fn link(&mut self, path: &Path, target: &Path) -> io::Result<()> {
        let mut header = Self::header(tar::EntryType::Symlink, 0, 0o777);
        self.0.append_link(&mut header, path, target)
    }
}
