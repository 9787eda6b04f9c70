//! Where an event stands, and what was lost there.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use thiserror::Error;

use crate::{ContainerError, EvtxError};

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A file, by the path through which it was reached.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A member of an archive.
    Member {
        /// The archive.
        archive: Arc<Source>,
        /// Its name in there, folders included.
        name: String,
    },
}

impl Source {
    /// The path of the file, or of that in which the archive is; standard
    /// input has none.
    pub fn path(&self) -> Option<&Path> {
        match self.input() {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Member { .. } => None,
        }
    }

    /// The input itself: of a member, that in which its archive is.
    pub fn input(&self) -> &Self {
        let mut source = self;
        while let Self::Member { archive, .. } = source {
            source = archive;
        }
        source
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
            Self::Member { archive, name } => write!(f, "{archive}!/{name}"),
        }
    }
}

/// Where in the input something stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file or pipe.
    pub source: Arc<Source>,
    /// Bytes from its start, as the file has them (in UTF-16, two a unit), or
    /// as it has them once it is unpacked.
    pub offset: u64,
    /// The number that the format itself gives the record (EVTX has one).
    pub record: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.source, self.offset)?;
        match self.record {
            Some(record) => write!(f, ", record {record}"),
            None => Ok(()),
        }
    }
}

/// Something that could not be given as an event.
#[derive(Debug, Error)]
#[error("{place}: {kind}")]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    #[source]
    pub kind: ProblemKind,
}

/// Why something could not be given as an event.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file or folder, or the rest of it, cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// A folder within itself, by a link: its files are read once.
    #[error("a link back to a folder that it is in")]
    Loop,
    /// A pipe, a socket or a device that lies in a folder: it is not opened.
    #[error("neither a file nor a folder")]
    NotAFile,
    /// The file holds none of the formats that are known.
    #[error("no events: neither event XML, EVTX nor JSON lines of events")]
    NotEvents,
    /// Text between events that belongs to none.
    #[error("{length} bytes that are no event")]
    NotAnEvent {
        /// How many bytes.
        length: u64,
    },
    /// Lines that other programs wrote to the same log of syslog's.
    #[error("{lines} lines of other programs")]
    OtherLines {
        /// How many lines.
        lines: u64,
    },
    /// An event without its end: the next one begins, or the file ends.
    #[error("the event is cut off")]
    CutOff,
    /// An event that is longer than [`Limits::record`](crate::Limits::record).
    #[error("the event is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A container, or a member of one, that cannot be read, or no further.
    #[error(transparent)]
    Container(ContainerError),
    /// A record of an EVTX file, or a chunk with all its records.
    #[error("damaged EVTX: {0}")]
    Evtx(#[source] EvtxError),
    /// An object that is no JSON after all.
    #[error("not JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// JSON that does not stand for an event in a way that is known.
    #[error("a JSON object that is neither evtx_dump's, Splunk's, Winlogbeat's nor NXLog's")]
    OtherJson,
    /// A message of Sysmon's that `journalctl` did not write.
    #[error("journalctl left the message out, as it does with long ones; --all has it write them")]
    LeftOut,
    /// An entry of the journal's export that is none from some byte on.
    #[error("a damaged entry of the journal's export: the next ones are read")]
    DamagedEntry,
    /// What `journalctl` shows to people, of which values may be shortened.
    #[error("the output of `journalctl -o verbose` is not read: use -o export or -o json --all")]
    VerboseJournal,
    /// The event's bytes are not UTF-8.
    #[error("the event is not UTF-8")]
    NotUtf8,
}

impl ProblemKind {
    /// Whether events are lost by it, as far as can be told. A file that holds
    /// none of the known formats has none to lose, nor have other programs'
    /// lines in a log.
    pub fn loses_events(&self) -> bool {
        match self {
            Self::NotEvents | Self::Loop | Self::NotAFile | Self::OtherLines { .. } => false,
            Self::Unreadable(_)
            | Self::NotAnEvent { .. }
            | Self::CutOff
            | Self::TooLong { .. }
            | Self::Container(_)
            | Self::Evtx(_)
            | Self::Json(_)
            | Self::OtherJson
            | Self::LeftOut
            | Self::DamagedEntry
            | Self::VerboseJournal
            | Self::NotUtf8 => true,
        }
    }
}
