//! Entries of systemd's journal, as `journalctl -o json` writes them, with
//! Sysmon for Linux's events as messages.
//!
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/>, "Journal JSON Format":
//! a value that is no text is an array of its bytes, one that is too long is
//! null, and a field that occurs several times is an array of its values.
//!
//! An entry names its program. What another one wrote is nothing that could
//! have been an event, and left out.

use super::{
    Decoded,
    tree::{Tree, get},
};
use crate::ProblemKind;

/// What every entry has that comes from a journal.
pub(super) const TIME: &str = "__REALTIME_TIMESTAMP";

/// Decodes an entry, and writes its event's text.
pub(super) fn decode(
    members: &[(String, Tree)],
    out: &mut Vec<u8>,
) -> Result<Decoded, ProblemKind> {
    let message = match get(members, "MESSAGE") {
        Some(Tree::Text(text)) => text.as_bytes().to_vec(),
        Some(Tree::Array(bytes)) => match bytes_of(bytes) {
            Some(bytes) => bytes,
            None => return Ok(Decoded::Nothing),
        },
        Some(Tree::Null) if is_sysmons(members) => return Err(ProblemKind::LeftOut),
        _ => return Ok(Decoded::Nothing),
    };
    let Some((start, end)) = crate::journal::event_in(&message)? else {
        return Ok(Decoded::Nothing);
    };
    let event = &message[start..end];
    if str::from_utf8(event).is_err() {
        return Err(ProblemKind::NotUtf8);
    }
    out.extend_from_slice(event);
    Ok(Decoded::Event {
        has_text: true,
        fields: Vec::new(),
    })
}

fn is_sysmons(members: &[(String, Tree)]) -> bool {
    ["SYSLOG_IDENTIFIER", "_COMM"]
        .iter()
        .any(|name| get(members, name).and_then(Tree::text) == Some("sysmon"))
}

/// Bytes that are given as numbers.
fn bytes_of(numbers: &[Tree]) -> Option<Vec<u8>> {
    numbers
        .iter()
        .map(|number| number.text()?.parse().ok())
        .collect()
}
