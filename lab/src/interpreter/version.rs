//! What a program says of its version.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::host;

/// The version of a program, shared by all that name it.
///
/// Some programs take long to say it, and few of all that the lab has run in a
/// scenario: those are asked when somebody first wants to know.
#[derive(Debug, Clone)]
pub(super) struct Version {
    known: Arc<OnceLock<String>>,
    ask: Option<Ask>,
}

/// Whom to ask, and how to read the first line of the answer.
#[derive(Debug, Clone)]
struct Ask {
    program: PathBuf,
    read: fn(&str) -> String,
}

impl Version {
    /// A version that is known already.
    pub(super) fn known(version: impl Into<String>) -> Self {
        Self {
            known: Arc::new(OnceLock::from(version.into())),
            ask: None,
        }
    }

    /// A version that is asked for later; `read` finds it in the first line
    /// that the program prints.
    pub(super) fn asked(program: &Path, read: fn(&str) -> String) -> Self {
        Self {
            known: Arc::default(),
            ask: Some(Ask {
                program: program.to_owned(),
                read,
            }),
        }
    }

    /// The version.
    pub(super) fn get(&self) -> &str {
        self.known.get_or_init(|| {
            self.ask
                .as_ref()
                .and_then(|ask| {
                    let line = host::first_line(&ask.program, &["--version"])?;
                    Some((ask.read)(&line))
                })
                .unwrap_or_else(|| "unknown".to_owned())
        })
    }
}
