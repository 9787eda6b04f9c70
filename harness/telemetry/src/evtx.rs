//! EVTX, the files in which Windows keeps its event logs: a header, then
//! chunks of 64 KiB that each hold records with all that is needed to read
//! them. Each record is rendered as the XML that Windows shows and Splunk's
//! forwarder sends: one line, single quotes.
//!
//! Source: [MS-EVEN6], sections 2.2.12 to 2.2.18 and 3.1.4.7 for the binary
//! XML, <https://learn.microsoft.com/openspecs/windows_protocols/ms-even6>, and
//! <https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc>
//! for the file. It is read here rather than by the `evtx` crate because a
//! search wants to know a record's channel and id before anything is rendered,
//! and the rendering in Windows' form without a second pass over the text. The
//! crate is what the tests compare with.
//!
//! How a template becomes text is decided once for each template of a chunk
//! ([`template`]); a record is then literal pieces and values ([`render`]).
//!
//! Checksums are not looked at: the log of a running system is copied with
//! stale ones, as are headers that count too few records ([`chunk`]). What makes
//! no sense is reported record by record, and records that a chunk counts and
//! does not have are reported as well; a value that was changed into another is
//! not noticed.

mod chunk;
mod cursor;
mod render;
mod template;
mod text;
mod value;

use thiserror::Error;

pub(crate) use render::Renderer;

/// The size of a chunk, and of a file's header before the first.
pub(crate) const CHUNK: usize = 64 << 10;
pub(crate) const FILE_HEADER: usize = 4 << 10;

/// How a file of this kind begins.
pub(crate) const FILE_MAGIC: &[u8] = b"ElfFile\0";

/// How a chunk begins.
pub(crate) const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";

/// How long a file at least is that begins so: its header counts the chunks, in
/// 16 bits, of which the last one may be cut short where its records end.
///
/// Logs of more than 65535 chunks count from 0 again, and a running system's
/// header may count too few; neither counts too many.
pub(crate) fn least_length(file: &[u8]) -> u64 {
    let chunks = match file.get(42..44) {
        Some(&[low, high]) if file.len() >= FILE_HEADER => u16::from_le_bytes([low, high]),
        _ => 0,
    };
    let whole = u64::from(chunks.saturating_sub(1)) * CHUNK as u64;
    FILE_HEADER as u64 + whole + u64::from(chunks > 0)
}

/// Why a record of an EVTX file cannot be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvtxError {
    /// Something is said to stand outside of the chunk.
    #[error("the record refers to something outside of its chunk")]
    OutOfBounds,
    /// A token that binary XML does not have, or not there.
    #[error("the record holds the token {0:#04x}, which is unknown or misplaced")]
    Token(u8),
    /// A value of a type that is not known, or whose size is not its type's.
    #[error("the record holds a value of type {0:#04x}, which is unknown or of the wrong size")]
    Value(u8),
    /// Elements do not close as they open.
    #[error("the record's elements do not close as they open")]
    Unbalanced,
    /// Binary XML within binary XML, deeper than any writer goes.
    #[error("the record's elements are nested too deeply")]
    Nested,
    /// Rendering it takes more than a record may.
    #[error("the record expands to more than one may hold")]
    Expands,
    /// The record's header is damaged.
    #[error("no record begins where one should")]
    NoRecord,
    /// The chunk's header is damaged: none of its records can be found.
    #[error("the chunk's header is damaged")]
    NoChunk,
    /// Fewer records were found than the chunk's header counts: it is damaged,
    /// or a record's header is.
    #[error("the chunk says to hold {said} records, and {found} were found")]
    Missing {
        /// How many it says.
        said: u64,
        /// How many there are.
        found: u64,
    },
    /// The file ends before the chunks do that its header counts, or within
    /// the header.
    #[error("the file is cut off: it ends before its header says")]
    FileCutOff,
    /// The chunk ends before its records do.
    #[error("the chunk is cut off")]
    CutOff,
}

#[cfg(test)]
mod tests;
