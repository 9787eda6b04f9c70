//! Digests of program files.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use md5::Md5;
use sha2::{Digest, Sha256};

use super::fact::Digests;

/// Which file it was, and in which state.
type Identity = (u64, u64, u64, i64, i64);

/// Digests, kept by the file's identity: one program is read once, however
/// many threads ask for it.
#[derive(Debug, Default)]
pub struct Cache(Mutex<HashMap<Identity, Arc<Mutex<Option<Digests>>>>>);

impl Cache {
    /// The digests of a file.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn digests(&self, path: &Path) -> io::Result<Digests> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let identity = (
            metadata.dev(),
            metadata.ino(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        );
        // Whoever panicked in between left the map whole, and likewise below.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_this = Arc::clone(all.entry(identity).or_default());
        drop(all);
        // Held while the file is read: who asks for the same one meanwhile
        // waits for the answer instead of working it out once more.
        let mut known = of_this.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(digests) = &*known {
            return Ok(digests.clone());
        }
        let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
        let mut piece = vec![0; 256 * 1024];
        loop {
            let length = file.read(&mut piece)?;
            if length == 0 {
                break;
            }
            md5.update(&piece[..length]);
            sha256.update(&piece[..length]);
        }
        let digests = Digests {
            md5: hexadecimal(&md5.finalize()),
            sha256: hexadecimal(&sha256.finalize()),
        };
        *known = Some(digests.clone());
        Ok(digests)
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The expected values are those of `md5sum` and `sha256sum`.
    #[test]
    fn digests_are_those_of_the_field_s_tools() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        std::fs::write(&file, "beacon\n").unwrap();
        let digests = Cache::default().digests(&file).unwrap();
        assert_eq!(digests.md5, "7913f032aab4c3aee83e5a2756ef4d40");
        assert_eq!(
            digests.sha256,
            "d7d54ad1f0cb848173afd9aa7d7a96ec101caa815e9ee5333a96caeb8ab2089d"
        );
    }

    #[test]
    fn a_file_that_changed_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        let cache = Cache::default();
        std::fs::write(&file, "one").unwrap();
        let one = cache.digests(&file).unwrap();
        std::fs::write(&file, "three").unwrap();
        assert_ne!(cache.digests(&file).unwrap(), one);
    }
}
