//! JSON in which events are recorded, one object after the other, on a line
//! each or not, or in one array:
//!
//! * `evtx_dump`'s, `{"Event":{"System":…,"EventData":…}}`, with attributes
//!   within (`#attributes`) or beside (`EventID_attributes`), rendered back to
//!   the XML that it was ([`event`]); source:
//!   <https://github.com/omerbenamram/evtx#json-output>.
//! * Splunk's export, `{"preview":…,"result":{"_raw":…,…}}` a line, or
//!   `{"results":[{…},…]}` ([`splunk`]); source:
//!   <https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTsearch#search.2Fjobs.2Fexport>.
//! * Winlogbeat's documents, of Elastic Common Schema or older, alone or as
//!   hits of Elasticsearch ([`winlogbeat`]).
//! * NXLog's flat objects, as those of the Security Datasets ([`nxlog`]).
//! * The journal's, `{"__REALTIME_TIMESTAMP":…,"MESSAGE":"<Event>…",…}` a line,
//!   as `journalctl -o json` writes it ([`journal`]).
//!
//! [`scan`] finds the objects; nothing is parsed before a batch is decoded.

mod event;
mod journal;
pub(crate) mod nxlog;
mod rendered;
pub(crate) mod scan;
mod splunk;
mod tree;
mod winlogbeat;

use memchr::memmem;

use crate::{Field, ProblemKind, Wanted};
use tree::{Tree, get};

/// Whether the text begins as an object or an array of objects does: that it has
/// names of such JSON in quotes does not make JSON of a text.
pub(crate) fn begins_with_object(text: &[u8]) -> bool {
    let text = after_record(text.trim_ascii_start());
    let next = |text: &[u8]| text.trim_ascii_start().first().copied();
    match text {
        [b'{', rest @ ..] => matches!(next(rest), Some(b'"' | b'}')),
        [b'[', rest @ ..] => matches!(next(rest), Some(b'{' | b']')),
        _ => false,
    }
}

/// The text after the `Record 1` that `evtx_dump` writes before an object.
fn after_record(text: &[u8]) -> &[u8] {
    if !text.starts_with(b"Record ") {
        return text;
    }
    let line = memchr::memchr(b'\n', text).unwrap_or(text.len());
    text[line..].trim_ascii_start()
}

/// Whether the text begins as such JSON does, and names what it holds.
pub(crate) fn is_events(text: &[u8]) -> bool {
    let text = after_record(text.trim_ascii_start());
    let names = [
        "\"Event\"",
        "\"_raw\"",
        "\"result\"",
        "\"results\"",
        "\"preview\"",
        "\"winlog\"",
        "\"winlog.",
        "\"event_data\"",
        "\"SourceName\"",
        "\"__REALTIME_TIMESTAMP\"",
    ];
    (text.starts_with(b"{") || text.starts_with(b"["))
        && names
            .iter()
            .any(|name| memmem::find(text, name.as_bytes()).is_some())
}

/// What an object comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// An event: its text, if it has one, is written. These are its fields
    /// beside it.
    Event { has_text: bool, fields: Vec<Field> },
    /// Nothing: what is not wanted, and Splunk's own messages.
    Nothing,
}

/// Decodes one object, and writes its event's text.
pub(crate) fn decode(
    object: &[u8],
    wanted: &Wanted,
    out: &mut Vec<u8>,
) -> Result<Decoded, ProblemKind> {
    let object = str::from_utf8(object).map_err(|_| ProblemKind::NotUtf8)?;
    let tree: Tree = serde_json::from_str(object).map_err(ProblemKind::Json)?;
    let Tree::Object(members) = tree else {
        return Err(ProblemKind::OtherJson);
    };
    if members
        .iter()
        .any(|(name, value)| name == "Event" && matches!(value, Tree::Object(_)))
    {
        return event::decode(&members, wanted, out);
    }
    let members = winlogbeat::unwrapped(members);
    // Fields that Splunk extracted can have the names that others give theirs.
    if !splunk::is_row(&members) {
        if get(&members, journal::TIME).is_some() {
            return journal::decode(&members, out);
        }
        if winlogbeat::is_event(&members) {
            return winlogbeat::decode(&members, wanted, out);
        }
        if nxlog::is_event(&members) {
            return nxlog::decode(&members, wanted, out);
        }
    }
    splunk::decode(members, out)
}

#[cfg(test)]
mod tests;
