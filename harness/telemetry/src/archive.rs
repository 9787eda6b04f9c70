//! Archives: containers whose members are inputs of their own.

use std::{fs::File, io::Read, sync::Arc};

use crate::{
    budget::Budget,
    problem::{ProblemKind, Source},
    tar, zip,
};

/// The longest name of a member that is shown, in bytes.
const LONGEST_NAME: usize = 1024;

/// What is read, and how deep it lies in containers.
#[derive(Debug, Clone)]
pub(crate) struct Nesting {
    pub(crate) source: Arc<Source>,
    /// How many containers are around it.
    pub(crate) depth: usize,
    /// It was named itself, and not found in a folder or an archive.
    pub(crate) is_named: bool,
    /// What may be unpacked of the input in which it lies.
    pub(crate) budget: Arc<Budget>,
}

impl Nesting {
    /// That of a member of this name.
    pub(crate) fn member(&self, name: &[u8]) -> Self {
        Self {
            source: Arc::new(Source::Member {
                archive: Arc::clone(&self.source),
                name: shown(name),
            }),
            depth: self.depth,
            is_named: false,
            budget: Arc::clone(&self.budget),
        }
    }

    /// That of what is in the container.
    pub(crate) fn deeper(mut self) -> Self {
        self.depth += 1;
        self
    }
}

/// A member's name as text. It comes from whoever made the archive, and goes to
/// terminals.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[..name.len().min(LONGEST_NAME)]);
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Something to read.
pub(crate) struct Member {
    pub(crate) input: Box<dyn Read + Send>,
    pub(crate) nesting: Nesting,
    /// The file itself, where it is one: a zip is read from it here and there.
    pub(crate) file: Option<Arc<File>>,
}

/// What comes next in an archive.
pub(crate) enum Found {
    Member(Member),
    Problem {
        source: Arc<Source>,
        offset: u64,
        kind: ProblemKind,
    },
}

/// An archive that is gone through.
pub(crate) enum Members {
    Tar(tar::Members),
    Zip(zip::Members),
}

impl Members {
    /// What comes next.
    pub(crate) fn next(&mut self) -> Option<Found> {
        match self {
            Self::Tar(tar) => tar.next(),
            Self::Zip(zip) => zip.next(),
        }
    }
}

/// An archive that is being read, and whether events were found in it.
pub(crate) struct Archive {
    pub(crate) members: Members,
    pub(crate) nesting: Nesting,
    pub(crate) has_events: bool,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive")
            .field("nesting", &self.nesting)
            .finish_non_exhaustive()
    }
}
