//! Under which account the binary runs.

use std::path::Path;

/// The ids of the account that has no rights anywhere.
const NOBODY: u32 = 65534;

/// Whose rights the binary has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Those of the suite.
    Own,
    /// Those of an ordinary user, where the suite itself is run by root.
    Ordinary,
}

impl Account {
    /// Each account that can be had here: as root two, else the own.
    pub fn each() -> Vec<Self> {
        if is_root() {
            vec![Self::Own, Self::Ordinary]
        } else {
            eprintln!("skipped: the same as root, since the suite is not run by root");
            vec![Self::Own]
        }
    }

    /// An account without special rights.
    pub fn unprivileged() -> Self {
        if is_root() { Self::Ordinary } else { Self::Own }
    }

    /// The user's and the group's id, if they are others than the suite's.
    pub fn ids(self) -> Option<(u32, u32)> {
        (self == Self::Ordinary).then_some((NOBODY, NOBODY))
    }

    /// Whether it has root's rights.
    pub fn has_root(self) -> bool {
        self == Self::Own && is_root()
    }

    /// Gives a file or folder to this account.
    pub fn own(self, path: &Path) {
        if let Some((user, group)) = self.ids() {
            std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

/// Whether the suite is run by root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
