//! Reads single values out of rendered event XML, as the add-on's regular
//! expressions do: by the text around them, without decoding anything.

use memchr::memmem;

/// The text between `<NAME>` and the next `<`.
pub(crate) fn element<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    between(raw, &format!("<{name}>"))
}

/// The value of a single-quoted attribute of an element: `name` is all that
/// stands before the value, as in `<TimeCreated SystemTime=`.
pub(crate) fn attribute<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    let opening = format!("{name}'");
    let start = memmem::find(raw.as_bytes(), opening.as_bytes())? + opening.len();
    let rest = &raw[start..];
    Some(&rest[..rest.find('\'')?])
}

/// The value of a datum. Of two with one name Splunk keeps the first
/// (`MV_ADD = false`); an empty one makes no field (`KEEP_EMPTY_VALS = false`).
pub(crate) fn datum<'a>(raw: &'a str, name: &str) -> Option<&'a str> {
    between(raw, &format!("<Data Name='{name}'>")).filter(|value| !value.is_empty())
}

fn between<'a>(raw: &'a str, opening: &str) -> Option<&'a str> {
    let start = memmem::find(raw.as_bytes(), opening.as_bytes())? + opening.len();
    let rest = &raw[start..];
    Some(&rest[..rest.find('<')?])
}

/// The names of all data that have a value, in order.
pub(crate) fn data_names(raw: &str) -> impl Iterator<Item = &str> {
    const OPENING: &str = "<Data Name='";
    memmem::find_iter(raw.as_bytes(), OPENING).filter_map(move |at| {
        let rest = &raw[at + OPENING.len()..];
        let name = &rest[..rest.find('\'')?];
        datum(raw, name).map(|_| name)
    })
}
