//! Why nothing was recorded.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::run_folder::RunFolderError;

/// Why nothing was recorded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The folder of the run cannot be read.
    #[error(transparent)]
    Folder(#[from] RunFolderError),
    /// The events of a scenario are not as many as the report says.
    #[error(
        "run.json has {expected} events of scenario {number}, and events.xml has {found}{}",
        because(lost)
    )]
    Count {
        /// The scenario's number.
        number: usize,
        /// How many the report has.
        expected: usize,
        /// How many there are.
        found: usize,
        /// What could not be read.
        lost: Vec<String>,
    },
    /// The events of a scenario do not stand together.
    #[error("record {record} of events.xml is of scenario {number}, whose events had ended")]
    Scattered {
        /// The event's number.
        record: u64,
        /// The scenario's number.
        number: usize,
    },
    /// An event is none that a run records.
    #[error("record {record} of events.xml: {reason}")]
    Event {
        /// The event's number.
        record: u64,
        /// What is wrong.
        reason: String,
    },
    /// The run has no events.
    #[error("the run recorded no events")]
    Empty,
    /// The run has none of the events that a Sigma rule looks at.
    #[error("the run recorded no events that the rule `{title}` looks at")]
    NoSample {
        /// The rule's title.
        title: String,
    },
    /// There is something in the place of what would be written.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// Something cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl RecordError {
    pub(super) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }
}

fn because(lost: &[String]) -> String {
    lost.first()
        .map(|first| format!(": {first}"))
        .unwrap_or_default()
}
