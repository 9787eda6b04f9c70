//! Splunk's export: rows of a search's result.

use super::{
    Decoded,
    tree::{Members, Tree, get},
};
use crate::{Field, ProblemKind};

/// Decodes an object that stands for a row, or for none.
///
/// `_raw` becomes the event's text, byte for byte; all other members are its
/// fields. A row without `_raw` (of a search that made a table) is fields
/// alone.
pub(super) fn decode(members: Members, out: &mut Vec<u8>) -> Result<Decoded, ProblemKind> {
    let row = match members.iter().position(|(name, _)| name == "result") {
        Some(at) => match members.into_iter().nth(at) {
            Some((_, Tree::Object(row))) => row,
            _ => return Err(ProblemKind::OtherJson),
        },
        None if get(&members, "preview").is_some() || get(&members, "messages").is_some() => {
            return Ok(Decoded::Nothing);
        }
        None if is_row(&members) => members,
        None => return Err(ProblemKind::OtherJson),
    };
    let mut has_text = false;
    let mut fields = Vec::with_capacity(row.len());
    for (name, value) in row {
        if name == "_raw" && !has_text {
            match value {
                Tree::Text(raw) => {
                    out.extend_from_slice(raw.as_bytes());
                    has_text = true;
                    continue;
                }
                Tree::Null => continue,
                Tree::Array(_) | Tree::Object(_) => return Err(ProblemKind::OtherJson),
            }
        }
        let values = match value {
            // A field without a value is a field that is not there.
            Tree::Null => continue,
            Tree::Text(text) => vec![text],
            Tree::Array(items) => items
                .iter()
                .filter_map(|item| item.text().map(str::to_owned))
                .collect(),
            Tree::Object(_) => return Err(ProblemKind::OtherJson),
        };
        if !values.is_empty() {
            fields.push(Field { name, values });
        }
    }
    Ok(Decoded::Event { has_text, fields })
}

/// Whether the object is a row itself, as in `results`: its members are
/// fields, and one of them is one that Splunk gives every event.
pub(super) fn is_row(members: &[(String, Tree)]) -> bool {
    ["_raw", "_time", "_cd", "_si", "_bkt"]
        .iter()
        .any(|name| get(members, name).is_some())
}
