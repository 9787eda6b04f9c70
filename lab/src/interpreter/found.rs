//! A program that the lab has, and one that it has not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::browser::Browser;
use super::tier::Tier;
use super::version::Version;
use crate::sandbox::Source;

/// A program that the lab has.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// Its Windows image.
    pub image: String,
    /// What it is, `curl` or `stand-in for cmd.exe`.
    pub program: String,
    /// How real it is.
    pub tier: Tier,
    /// Its file on the host; the lab's own binary has none worth naming.
    pub path: Option<PathBuf>,
    /// Why no better tier of it was taken; `None` if there is none.
    pub why_not_better: Option<String>,
    pub(super) version: Version,
    pub(super) source: Source,
    pub(super) browser: Option<Arc<Browser>>,
    pub(super) companions: Companions,
    pub(super) logs_script_blocks: bool,
}

/// Files beside a program that it starts from, each with its path from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Companions(pub(super) Arc<[(PathBuf, PathBuf)]>);

impl Companions {
    pub(super) fn none() -> Self {
        Self(Arc::from([]))
    }
}

impl Interpreter {
    /// What it says of its version.
    pub fn version(&self) -> &str {
        self.version.get()
    }

    /// Whether it is a real browser.
    pub fn is_browser(&self) -> bool {
        self.browser.is_some()
    }

    /// Whether it writes its script blocks to the system log itself.
    pub fn logs_script_blocks(&self) -> bool {
        self.logs_script_blocks
    }

    /// The file name of its image.
    pub fn name(&self) -> &str {
        file_name(&self.image)
    }
}

/// A program that the lab does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its Windows image's file name.
    pub image: String,
    /// Why it is missing, and what to do.
    pub reason: String,
}

/// What was found of a program, in one of its tiers.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) program: String,
    pub(super) path: Option<PathBuf>,
    pub(super) version: Version,
    pub(super) source: Source,
    /// Directories of the host that it needs beside the usual ones.
    pub(super) directories: Vec<PathBuf>,
    /// Variables that it needs beside the usual ones.
    pub(super) environment: Vec<(&'static str, &'static str)>,
    /// What it needs if it is a real browser.
    pub(super) browser: Option<Arc<Browser>>,
    /// Files that it starts from.
    pub(super) companions: Companions,
    /// It writes its script blocks to the system log.
    pub(super) logs_script_blocks: bool,
}

impl Found {
    /// A program of the host that needs nothing beside itself.
    pub(super) fn at(path: &Path, program: &str, version: Version) -> Self {
        Self {
            program: program.to_owned(),
            path: Some(path.to_owned()),
            version,
            source: Source::File(path.to_owned()),
            directories: vec![],
            environment: vec![],
            browser: None,
            companions: Companions::none(),
            logs_script_blocks: false,
        }
    }

    /// The lab's own binary in the place of a program.
    pub(super) fn stand_in(image: &str) -> Self {
        Self {
            program: format!("stand-in for {}", file_name(image)),
            path: None,
            version: Version::known(format!("beaconlab {}", env!("CARGO_PKG_VERSION"))),
            source: Source::StandIn,
            directories: vec![],
            environment: vec![],
            browser: None,
            companions: Companions::none(),
            logs_script_blocks: false,
        }
    }
}

pub(super) fn file_name(image: &str) -> &str {
    image.rsplit('\\').next().unwrap_or(image)
}
