//! The texts that commands are given: searches and configuration, from files
//! and standard input.

use std::io::Read as _;
use std::path::Path;

use beaconlab::outcome::SearchExitCode;

use super::{Failure, run};

/// How standard input is called where a text of it is shown.
const STANDARD_INPUT: &str = "standard input";

/// What a path is called, `-` being standard input.
pub(super) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        STANDARD_INPUT.to_owned()
    } else {
        path.display().to_string()
    }
}

/// The text of a file; of standard input, if the path is `-`.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| unusable(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        unusable(path, &format_args!("not UTF-8 text, at byte {at}"))
    })
}

/// Prints to standard output, where a search's exit codes hold.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    run::print(text).map_err(|failure| Failure {
        code: SearchExitCode::Error.into(),
        ..failure
    })
}

/// What is wrong with a file.
pub(super) fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        SearchExitCode::Error,
        format_args!("{}: {error}", name(path)),
    )
}
