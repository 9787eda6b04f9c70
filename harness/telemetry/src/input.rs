//! What is read: files, folders and standard input.

use std::path::PathBuf;

/// Something to read events from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, or a folder with all that is in it.
    Path(PathBuf),
    /// Standard input, as it comes.
    Stdin,
}
