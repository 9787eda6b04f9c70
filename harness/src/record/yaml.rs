//! YAML as others' tools read it.

use serde::Serialize;

/// A value as a YAML document. Texts are quoted: to YAML 1.1, which is what
/// Python reads, a date without quotes is no text.
pub(super) fn document(value: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! {
        quote_all: true,
    };
    // The structures have nothing that YAML cannot hold.
    serde_saphyr::to_string_with_options(value, options).unwrap_or_default()
}
