//! Wine's prefix: the registry and the Windows folder that it needs, made once
//! and kept in a file, unpacked fresh into each sandbox.
//!
//! Wine makes a prefix of 700 MB, nearly all of it copies of files that lie
//! under `/usr` anyway. What is kept are links to those, and the registry with
//! the lab's user in the place of whoever made it: two megabytes in a tar
//! archive, with its SHA-256 in front of it. A copy whose digest is wrong is
//! made again; a copy of another version of Wine has another name.

mod workshop;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use self::workshop::Workshop;
use super::{Installation, launcher};
use crate::sandbox::Account;

/// The form of what is kept. A change of it makes all copies anew.
const FORM: u32 = 3;

/// The registry's file of the computer.
const SYSTEM_REGISTRY: &str = "system.reg";

/// What stands in a kept registry where the sandbox's computer is named.
const COMPUTER: &str = "BEACONLAB-COMPUTER";

/// The longest archive that is read.
const LONGEST: u64 = 64 << 20;

/// Wine's own services are not started, and nothing asks for downloads or for
/// a debugger.
pub(crate) const OVERRIDES: &str =
    "mscoree,mshtml,wineboot.exe,explorer.exe,winedbg.exe,winemenubuilder.exe=";

/// Settings of fontconfig, in the prefix: no fonts, so that none are looked
/// through, and no cache of them is written among the user's files.
pub(crate) const FONTS_FILE: &str = "fonts.conf";
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
        let keep = || failed("keep Wine's prefix");
        // Written beside it and then named: a reader finds a whole one or none.
        // First of all, since what can't be kept need not be made.
        let mut unfinished = tempfile::NamedTempFile::new_in(folder).map_err(keep())?;
        let workshop = Workshop::new(account)?;
        workshop.set_up(installation)?;
        let archive = workshop.pack(installation)?;
        write(unfinished.as_file_mut(), &archive).map_err(keep())?;
        let path = folder.join(name(installation));
        unfinished
            .persist(&path)
            .map_err(|error| keep()(error.error))?;
        forget_others(folder, &path);
        Ok(Self { archive: path })
    }
}

/// Takes away the prefixes of other versions of Wine, and of the lab.
fn forget_others(folder: &Path, kept: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten();
    for entry in entries.filter_map(Result::ok) {
        let is_one = entry.file_name().to_string_lossy().starts_with(NAME);
        if is_one && entry.path() != kept {
            // What cannot be taken away is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The start of the name of a kept prefix.
const NAME: &str = "wine-prefix-";

/// The name of the file for an installation: another version of Wine, or of
/// its files, is another one.
fn name(installation: &Installation) -> String {
    let mut digest = Sha256::new();
    digest.update(FORM.to_le_bytes());
    digest.update(launcher::file());
    for path in [&installation.loader, &installation.libraries] {
        digest.update(path.as_os_str().as_encoded_bytes());
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        let since = modified
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        digest.update(since.map_or(0, |since| since.as_nanos()).to_le_bytes());
    }
    let mut name = NAME.to_owned();
    for byte in digest.finalize().iter().take(8) {
        // Writing to a `String` cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + ".tar"
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
/// already stays. The registry gets the name of the computer.
pub(crate) fn unpack(
    archive: &[u8],
    prefix: &Path,
    windows: &Path,
    computer: &str,
) -> io::Result<()> {
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
            _ if path == Path::new(SYSTEM_REGISTRY) => {
                let mut registry = String::new();
                entry.read_to_string(&mut registry)?;
                fs::write(&to, registry.replace(COMPUTER, computer))?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::{Seek, SeekFrom};

    use super::workshop::Packer;
    use super::*;

    fn archive() -> Vec<u8> {
        let mut packer = Packer::default();
        let registry = format!("\"ComputerName\"=\"{COMPUTER}\"");
        packer
            .file(Path::new(SYSTEM_REGISTRY), registry.as_bytes())
            .unwrap();
        packer.folder(Path::new("dosdevices")).unwrap();
        packer
            .link(Path::new("dosdevices/c:"), Path::new("/c"))
            .unwrap();
        packer.folder(Path::new("windows/system32")).unwrap();
        packer
            .link(
                Path::new("windows/system32/cmd.exe"),
                Path::new("/usr/lib/cmd.exe"),
            )
            .unwrap();
        packer
            .link(
                Path::new("windows/system32/curl.exe"),
                Path::new("/usr/lib/curl.exe"),
            )
            .unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn a_prefix_is_unpacked_onto_the_drive_and_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (prefix, windows) = (folder.path().join("wine"), folder.path().join("c/Windows"));
        fs::create_dir_all(&prefix).unwrap();
        fs::create_dir_all(windows.join("System32")).unwrap();
        fs::write(windows.join("System32/curl.exe"), "staged").unwrap();
        unpack(&archive(), &prefix, &windows, "WKS-1").unwrap();
        assert_eq!(
            fs::read_to_string(prefix.join("system.reg")).unwrap(),
            r#""ComputerName"="WKS-1""#
        );
        assert_eq!(
            fs::read_link(prefix.join("dosdevices/c:")).unwrap(),
            Path::new("/c")
        );
        assert_eq!(
            fs::read_link(windows.join("System32/cmd.exe")).unwrap(),
            Path::new("/usr/lib/cmd.exe")
        );
        // What is staged stays.
        assert_eq!(
            fs::read(windows.join("System32/curl.exe")).unwrap(),
            b"staged"
        );
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_broken_is_not() {
        let mut file = tempfile::tempfile().unwrap();
        write(&mut file, &archive()).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        assert_eq!(read(&mut file).unwrap(), archive());
        let length = file.metadata().unwrap().len();
        for broken in [0, 31, 32, length - 1] {
            file.set_len(broken).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            assert!(read(&mut file).is_err(), "{broken}");
            write_again(&mut file);
        }
        // A bit that is another one.
        file.seek(SeekFrom::Start(length / 2)).unwrap();
        file.write_all(b"?").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let error = read(&mut file).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    fn write_again(file: &mut File) {
        file.set_len(0).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        write(file, &archive()).unwrap();
    }
}
