//! What events come packed in: gzip and zstd, which hold one stream of bytes,
//! and tar and zip, which hold members with names.
//!
//! Sources: RFC 1952 (gzip), RFC 8878 (zstd), POSIX `pax`, "ustar Interchange
//! Format" (tar), and PKWARE's APPNOTE.TXT, <https://support.pkware.com/pkzip/appnote> (zip).

use std::{fmt, io};

use thiserror::Error;

use crate::{problem::ProblemKind, tar};

/// A container that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Container {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// Members one after the other, uncompressed.
    Tar,
    /// Members with a directory at the end.
    Zip,
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Tar => "tar",
            Self::Zip => "zip",
        })
    }
}

/// Why a container, or a member of one, is not read, or no further.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// It ends before it says.
    #[error("the {0} is cut off")]
    CutOff(Container),
    /// It holds something that it cannot hold.
    #[error("damaged {container}: {reason}")]
    Damaged {
        /// What it is.
        container: Container,
        /// What is wrong.
        reason: String,
    },
    /// A member for which a password is needed.
    #[error("it is encrypted; decrypt it first")]
    Encrypted,
    /// A way to pack that is not read.
    #[error("it is packed by {0}, which is not supported; unpack it first")]
    Unsupported(String),
    /// It unpacks to so much more than it is that it seems to have no end.
    #[error(
        "it unpacks to more than {unpacked} bytes, out of {packed}: what follows in the file \
         is not read"
    )]
    Expands {
        /// How many bytes had been unpacked of the whole file.
        unpacked: u64,
        /// How many had been read of it.
        packed: u64,
    },
    /// The file holds more members than are read.
    #[error("more than {limit} members: what follows in the file is not read")]
    Members {
        /// The limit.
        limit: u64,
    },
    /// A container in a container in a container, and so on.
    #[error("containers are nested deeper than {limit}: it is not unpacked")]
    Nested {
        /// The limit.
        limit: usize,
    },
    /// A zip that comes through a pipe, or lies in another container, is kept
    /// on disk while it is read: it has its directory at its end.
    #[error("a zip of more than {limit} bytes, which is no file of its own; unpack it first")]
    Spool {
        /// The limit.
        limit: u64,
    },
}

impl ContainerError {
    pub(crate) fn damaged(container: Container, reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Damaged { container, reason }
    }
}

/// Errors of containers go through readers that know only those of reading.
impl From<ContainerError> for io::Error {
    fn from(error: ContainerError) -> Self {
        Self::other(error)
    }
}

/// What a failed read comes to.
pub(crate) fn problem_of(error: io::Error) -> ProblemKind {
    match error.downcast::<ContainerError>() {
        Ok(error) => ProblemKind::Container(error),
        Err(error) => ProblemKind::Unreadable(error),
    }
}

/// What the first bytes say about a container.
pub(crate) enum Packed {
    By(Container),
    /// By something that is not read.
    Otherwise(&'static str),
}

/// Tells a container by its first bytes.
pub(crate) fn tell(bytes: &[u8]) -> Option<Packed> {
    Some(match bytes {
        [0x1F, 0x8B, 8, ..] => Packed::By(Container::Gzip),
        // A frame, or one of those that are to be skipped.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
            Packed::By(Container::Zstd)
        }
        // A member, or the end of an empty archive.
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packed::By(Container::Zip),
        [b'P', b'K', 7, 8, ..] => Packed::Otherwise("zip in several parts"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Packed::Otherwise("xz"),
        [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x31,
            0x41,
            0x59,
            0x26,
            0x53,
            0x59,
            ..,
        ] => Packed::Otherwise("bzip2"),
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => Packed::Otherwise("7z"),
        [0x04, 0x22, 0x4D, 0x18, ..] => Packed::Otherwise("lz4"),
        [b'R', b'a', b'r', b'!', 0x1A, 0x07, ..] => Packed::Otherwise("rar"),
        [b'L', b'Z', b'I', b'P', 1, ..] => Packed::Otherwise("lzip"),
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => Packed::Otherwise("cabinet"),
        _ if tar::is_header(bytes) => Packed::By(Container::Tar),
        _ => return None,
    })
}
