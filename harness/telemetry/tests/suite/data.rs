//! Recorded events beside the repository, and what is read of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use quick_xml::{Reader as XmlReader, events::Event as Token};
use telemetry::{Input, Limits, Problem, Reader, Wanted};

/// The folder of test data of this name; none where it is not at hand, which
/// is said.
pub fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if !folder.is_dir() {
        eprintln!("skipped: {} not present", folder.display());
        return None;
    }
    Some(folder)
}

/// All files below a folder whose names end so, in order.
pub fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.to_str().unwrap().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// An event: its number if it has one, and its text.
pub type Seen = (Option<u64>, String);

/// The events of a file, and what was lost of it.
pub fn read(path: &Path, wanted: &Wanted) -> (Vec<Seen>, Vec<Problem>) {
    let mut events = Vec::new();
    let mut problems = Vec::new();
    for batch in Reader::new([Input::Path(path.to_owned())], Limits::default()) {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(wanted);
                for event in decoded.iter() {
                    events.push((event.record, event.raw.unwrap_or_default().to_owned()));
                }
                problems.extend(decoded.into_problems());
            }
            Err(problem) => problems.push(problem),
        }
    }
    (events, problems)
}

/// One part of an event's XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// An element, or an attribute of the element before.
    Name(String),
    /// The value of an attribute, or text.
    Value(String),
    /// The end of an element.
    End,
}

/// An event's XML, taken apart by another parser.
pub fn parts(xml: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // Text around the event is none of its.
    let xml = &xml[xml.find("<Event").unwrap()..];
    let mut reader = XmlReader::from_str(xml);
    let text = |parts: &mut Vec<Part>, piece: &str| match parts.last_mut() {
        Some(Part::Value(value)) => value.push_str(piece),
        _ => parts.push(Part::Value(piece.to_owned())),
    };
    loop {
        let token = reader.read_event().unwrap();
        match token {
            Token::Eof => {
                if matches!(parts.last(), Some(Part::Value(value)) if value.trim().is_empty()) {
                    parts.pop();
                }
                return parts;
            }
            Token::Start(ref tag) | Token::Empty(ref tag) => {
                parts.push(Part::Name(tag.name().as_ref().to_owned()));
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    parts.push(Part::Name(attribute.key.as_ref().to_owned()));
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .unwrap();
                    parts.push(Part::Value(value.into_owned()));
                }
                // An empty value of an attribute is no empty text.
                parts.push(Part::Name(String::new()));
                if matches!(token, Token::Empty(_)) {
                    parts.push(Part::End);
                }
            }
            Token::End(_) => parts.push(Part::End),
            Token::Text(piece) => text(&mut parts, &piece),
            Token::CData(piece) => text(&mut parts, &piece),
            Token::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                Some(c) => text(&mut parts, c.encode_utf8(&mut [0; 4])),
                None => text(
                    &mut parts,
                    quick_xml::escape::resolve_predefined_entity(&reference).unwrap(),
                ),
            },
            _ => {}
        }
    }
}

/// The text between two marks.
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let from = text.find(before)? + before.len();
    let length = text[from..].find(after)?;
    Some(&text[from..from + length])
}
