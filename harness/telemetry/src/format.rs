//! Tells the format of an input by its first bytes, never by its name.

use std::fmt;

use crate::{
    container::{self, Container, Packed},
    evtx, journal, json, utf16, xml,
};

/// A format in which events are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Event XML: `<Event …>` to `</Event>`, one after the other, as Windows,
    /// Splunk's forwarder and Sysmon for Linux write it.
    Xml,
    /// The files of Windows' event logs.
    Evtx,
    /// JSON as `evtx_dump`, Splunk, Winlogbeat and NXLog write it.
    Json,
    /// The export format of systemd's journal, with Sysmon for Linux's events.
    JournalExport,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xml => "event XML",
            Self::Evtx => "EVTX",
            Self::Json => "JSON",
            Self::JournalExport => "the journal's export",
        })
    }
}

/// How much of an input is looked at to tell its format.
pub(crate) const LOOKED_AT: usize = 1 << 20;

/// What the first bytes of an input say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The format.
    Is(Format),
    /// Text in UTF-16: its format is told once it is converted.
    Utf16(utf16::Order),
    /// A container: what is in it is told once it is unpacked.
    Container(Container),
    /// A container that is not read.
    Unsupported(&'static str),
    /// What `journalctl` shows to people, which is not read.
    VerboseJournal,
    /// Nothing so far. With all that may be looked at, it is no known format.
    Nothing,
}

/// Tells it. Who names an input says that it is a recording, and what can be read
/// of it is read, however it begins; a file that merely lies there must begin as
/// one does.
pub(crate) fn tell(bytes: &[u8], is_named: bool) -> Told {
    if bytes.starts_with(evtx::FILE_MAGIC) || bytes.starts_with(evtx::CHUNK_MAGIC) {
        return Told::Is(Format::Evtx);
    }
    match container::tell(bytes) {
        Some(Packed::By(container)) => return Told::Container(container),
        Some(Packed::Otherwise(how)) => return Told::Unsupported(how),
        None => {}
    }
    if let Some(order) = utf16::told_by(bytes) {
        Told::Utf16(order)
    } else if journal::is_export(bytes) {
        Told::Is(Format::JournalExport)
    } else if journal::is_verbose(bytes) {
        Told::VerboseJournal
    } else if json::is_events(bytes) && (is_named || json::begins_with_object(bytes)) {
        Told::Is(Format::Json)
    } else if xml::mentions_events(bytes) && (is_named || xml::begins_with_events(bytes)) {
        Told::Is(Format::Xml)
    } else {
        Told::Nothing
    }
}
