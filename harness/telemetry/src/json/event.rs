//! `evtx_dump`'s JSON, rendered back to the XML that it was.
//!
//! The JSON has lost how an empty element was written, so what Windows does is
//! taken: `<Correlation/>` where there is nothing at all, `<Data …></Data>` for
//! an empty value. GUIDs and the time get the form that this crate gives those
//! of EVTX.

use super::{
    Decoded,
    tree::{Tree, get},
};
use crate::{
    ProblemKind, Wanted,
    escape::{self, Within},
};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// What follows an element's name in the member that holds its attributes.
const BESIDE: &str = "_attributes";

/// Decodes an object with the member `Event`.
pub(super) fn decode(
    members: &[(String, Tree)],
    wanted: &Wanted,
    out: &mut Vec<u8>,
) -> Result<Decoded, ProblemKind> {
    let Some(event @ Tree::Object(parts)) = get(members, "Event") else {
        return Err(ProblemKind::OtherJson);
    };
    let Some(system @ Tree::Object(_)) = event.get("System") else {
        return Err(ProblemKind::OtherJson);
    };
    if !wanted.is_all()
        && let Some(channel) = system.get("Channel").and_then(Tree::text)
        && let Some(id) = system.get("EventID").and_then(text_of)
        && let Ok(id) = id.parse()
        && !wanted.wants(channel, id)
    {
        return Ok(Decoded::Nothing);
    }

    out.extend_from_slice(b"<Event");
    let attributes = event
        .get("#attributes")
        .or_else(|| get(members, "Event_attributes"));
    match attributes {
        Some(Tree::Object(attributes)) => push_attributes(out, attributes),
        _ => push_attribute(out, "xmlns", NAMESPACE),
    }
    out.push(b'>');
    push_children(out, parts, false);
    out.extend_from_slice(b"</Event>");
    Ok(Decoded::Event {
        has_text: true,
        fields: Vec::new(),
    })
}

/// The text of an element, with attributes or without.
fn text_of(element: &Tree) -> Option<&str> {
    match element {
        Tree::Object(_) => element.get("#text").and_then(Tree::text),
        _ => element.text(),
    }
}

/// Writes the elements that an object's members are. Those of `EventData` are
/// the values of its `Data` elements by their name.
fn push_children(out: &mut Vec<u8>, members: &[(String, Tree)], are_data: bool) {
    for (at, (name, value)) in members.iter().enumerate() {
        if name.starts_with('#') {
            continue;
        }
        let mut beside = None;
        if let Some(element) = name.strip_suffix(BESIDE)
            && matches!(value, Tree::Object(_))
        {
            // Written with its element, which it stands for if there is none.
            if get(members, element).is_none() {
                push_element(out, element, &Tree::Null, Some(value));
            }
            continue;
        }
        if let Some(attributes @ Tree::Object(_)) = get(members, &format!("{name}{BESIDE}")) {
            beside = Some(attributes);
        }
        let name = unnumbered(name, &members[..at]);
        if !are_data || (matches!(name, "Data" | "Binary") && beside.is_none()) {
            push_element(out, name, value, beside);
        } else {
            push_data(out, name, value);
        }
    }
}

/// The name of an element whose name others of the same object have as well:
/// `evtx_dump` numbers them.
fn unnumbered<'n>(name: &'n str, before: &[(String, Tree)]) -> &'n str {
    match name.rsplit_once('_') {
        Some((element, number))
            if !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && get(before, element).is_some() =>
        {
            element
        }
        _ => name,
    }
}

/// Writes an element; several for an array.
fn push_element(out: &mut Vec<u8>, name: &str, value: &Tree, beside: Option<&Tree>) {
    match value {
        Tree::Array(items) => {
            for item in items {
                push_element(out, name, item, beside);
            }
        }
        // Older versions have the texts of several elements in one.
        Tree::Object(members)
            if members.len() == 1
                && matches!(members[0], (ref key, Tree::Array(_)) if key == "#text") =>
        {
            push_element(out, name, &members[0].1, beside);
        }
        Tree::Null => {
            start_tag(out, name, beside);
            if matches!(name, "Data" | "Binary" | "EventData" | "UserData") {
                out.push(b'>');
                end_tag(out, name);
            } else {
                out.extend_from_slice(b"/>");
            }
        }
        Tree::Text(text) => {
            start_tag(out, name, beside);
            out.push(b'>');
            escape::push_str(out, text, Within::Element);
            end_tag(out, name);
        }
        Tree::Object(members) => {
            start_tag(out, name, value.get("#attributes").or(beside));
            let is_empty = members.iter().all(|(key, _)| key == "#attributes");
            if is_empty && name != "EventData" {
                out.extend_from_slice(b"/>");
                return;
            }
            out.push(b'>');
            if let Some(text) = text_of(value) {
                escape::push_str(out, text, Within::Element);
            }
            push_children(out, members, name == "EventData");
            end_tag(out, name);
        }
    }
}

/// Writes a `Data` element; several for an array.
fn push_data(out: &mut Vec<u8>, name: &str, value: &Tree) {
    if let Tree::Array(items) = value {
        for item in items {
            push_data(out, name, item);
        }
        return;
    }
    out.extend_from_slice(b"<Data");
    push_attribute(out, "Name", name);
    out.push(b'>');
    match (value, text_of(value)) {
        (_, Some(text)) => push_value(out, name, text, Within::Element),
        (Tree::Object(members), None) => push_children(out, members, false),
        _ => {}
    }
    end_tag(out, "Data");
}

fn start_tag(out: &mut Vec<u8>, name: &str, attributes: Option<&Tree>) {
    out.push(b'<');
    escape::push_str(out, name, Within::Element);
    if let Some(Tree::Object(attributes)) = attributes {
        push_attributes(out, attributes);
    }
}

fn end_tag(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    escape::push_str(out, name, Within::Element);
    out.push(b'>');
}

fn push_attributes(out: &mut Vec<u8>, attributes: &[(String, Tree)]) {
    for (name, value) in attributes {
        // An attribute without a value is not written.
        if let Some(value) = value.text()
            && !value.is_empty()
        {
            push_attribute(out, name, value);
        }
    }
}

fn push_attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    escape::push_str(out, name, Within::Element);
    out.extend_from_slice(b"='");
    match value
        .strip_suffix('Z')
        .and_then(|time| time.rsplit_once('.'))
    {
        Some((_, fraction)) if name == "SystemTime" && fraction.len() < 9 => {
            escape::push_str(out, &value[..value.len() - 1], Within::Attribute);
            out.extend(std::iter::repeat_n(b'0', 9 - fraction.len()));
            out.push(b'Z');
        }
        _ => push_value(out, name, value, Within::Attribute),
    }
    out.push(b'\'');
}

/// Writes a value. A GUID where the name says that there is one gets its
/// braces, which older versions leave out, and upper case.
fn push_value(out: &mut Vec<u8>, name: &str, value: &str, within: Within) {
    let is_named = name == "ActivityID"
        || name == "RelatedActivityID"
        || name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b"guid");
    let bare = value
        .strip_prefix('{')
        .and_then(|value| value.strip_suffix('}'))
        .unwrap_or(value);
    if is_named && is_guid(bare) {
        out.push(b'{');
        out.extend(bare.bytes().map(|byte| byte.to_ascii_uppercase()));
        out.push(b'}');
    } else {
        escape::push_str(out, value, within);
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
