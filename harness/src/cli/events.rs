//! Recorded events that are to be judged. They are read twice, and standard
//! input can be read once: it is kept in a file meanwhile.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use beaconlab::outcome::ExitCode;
use telemetry::Input;
use tempfile::NamedTempFile;

use super::Failure;

/// What standard input is called in reports.
pub(super) const STANDARD_INPUT: &str = "standard input";

/// What is to be read. What was kept of standard input goes with it.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) inputs: Vec<Input>,
    spool: Option<NamedTempFile>,
}

impl Events {
    /// The events that were named on the command line.
    pub(super) fn open(arguments: &[OsString]) -> Result<Self, Failure> {
        let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
            Failure::new(
                ExitCode::Inconclusive,
                format!("cannot read {}: {why}", path.display()),
            )
        };
        let mut spool: Option<NamedTempFile> = None;
        let mut inputs = Vec::new();
        for argument in arguments {
            let path = if argument == "-" {
                if spool.is_some() {
                    return Err(Failure::usage("standard input is named twice"));
                }
                let kept = keep_stdin().map_err(|error| unreadable(Path::new("-"), &error))?;
                spool.insert(kept).path().to_owned()
            } else {
                PathBuf::from(argument)
            };
            let metadata = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if !metadata.is_file() && !metadata.is_dir() {
                let why = "it is a pipe or a device, and events are read twice: give it as standard \
                           input (-)";
                return Err(unreadable(&path, &why));
            }
            inputs.push(Input::Path(path));
        }
        Ok(Self { inputs, spool })
    }

    /// Where standard input is kept meanwhile, which says nothing to anybody.
    pub(super) fn spool(&self) -> Option<String> {
        let spool = self.spool.as_ref()?;
        Some(spool.path().to_string_lossy().into_owned())
    }
}

fn keep_stdin() -> io::Result<NamedTempFile> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        anstream::eprintln!("reading events from the terminal; end with Ctrl-D");
    }
    let file = NamedTempFile::new()?;
    io::copy(
        &mut stdin,
        &mut File::options().write(true).open(file.path())?,
    )?;
    Ok(file)
}
