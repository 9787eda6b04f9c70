//! An event's XML as the elements that it is.

use quick_xml::{
    Reader,
    escape::{resolve_predefined_entity, unescape},
    events::{BytesStart, Event as Token},
};
use thiserror::Error;

/// How deep elements may stand in each other. Windows' events have four
/// levels, those of `UserData` some more.
const DEEPEST: usize = 32;

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// What stands in it beside its children, without XML's escapes; nothing
    /// where that is white space between them.
    pub(super) text: String,
}

/// Why a text is not one event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason} at byte {position}")]
pub struct NotAnEvent {
    /// What is wrong.
    pub reason: NotAnEventReason,
    /// Where, in bytes from the start of the event.
    pub position: u64,
}

/// What is wrong with a text that is not one event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAnEventReason {
    /// It is no XML.
    #[error("not well-formed XML: {0}")]
    Xml(String),
    /// It ends before the event does.
    #[error("the event is cut off")]
    CutOff,
    /// Its first element is another.
    #[error("an element {0} instead of Event")]
    OtherElement(String),
    /// Something follows the event.
    #[error("more than the event")]
    More,
    /// An event in the event: no reader could tell where the first one ends.
    #[error("an event within the event")]
    Within,
    /// Elements stand deeper in each other than any event of Windows has them.
    #[error("elements more than {DEEPEST} deep")]
    TooDeep,
    /// Windows writes none of these into an event.
    #[error("{0}, which no event has")]
    Unsupported(&'static str),
    /// An entity that XML does not define.
    #[error("an unknown entity &{0};")]
    Entity(String),
    /// Text beside elements.
    #[error("text beside the elements of {0}")]
    Mixed(String),
}

impl Element {
    /// The element of one event.
    pub(super) fn of_event(xml: &str) -> Result<Self, NotAnEvent> {
        let mut reader = Reader::from_str(xml);
        let mut open: Vec<Self> = Vec::new();
        let mut event = None;
        loop {
            let position = reader.buffer_position();
            let at = |reason| NotAnEvent { reason, position };
            let not_xml = |error: &dyn std::error::Error| NotAnEvent {
                reason: NotAnEventReason::Xml(error.to_string()),
                position,
            };
            let token = reader.read_event().map_err(|error| not_xml(&error))?;
            let mut closed = None;
            match token {
                Token::Eof => {
                    return match event {
                        Some(event) if open.is_empty() => Ok(event),
                        _ => Err(at(NotAnEventReason::CutOff)),
                    };
                }
                Token::Start(ref tag) | Token::Empty(ref tag) => {
                    let element = Self::of_tag(tag).map_err(at)?;
                    match (open.len(), element.name.as_str(), &event) {
                        (0, _, Some(_)) => return Err(at(NotAnEventReason::More)),
                        (0, "Event", None) => {}
                        (0, other, None) => {
                            return Err(at(NotAnEventReason::OtherElement(other.to_owned())));
                        }
                        (_, "Event", _) => return Err(at(NotAnEventReason::Within)),
                        (depth, ..) if depth >= DEEPEST => {
                            return Err(at(NotAnEventReason::TooDeep));
                        }
                        _ => {}
                    }
                    if matches!(token, Token::Empty(_)) {
                        closed = Some(element);
                    } else {
                        open.push(element);
                    }
                }
                Token::End(_) => closed = open.pop(),
                Token::Text(ref piece) => push_text(&mut open, piece).map_err(at)?,
                Token::GeneralRef(ref reference) => {
                    let c = reference
                        .resolve_char_ref()
                        .map_err(|error| not_xml(&error))?;
                    if let Some(c) = c {
                        push_text(&mut open, c.encode_utf8(&mut [0; 4])).map_err(at)?;
                    } else {
                        let text = resolve_predefined_entity(reference)
                            .ok_or_else(|| at(NotAnEventReason::Entity(reference.to_string())))?;
                        push_text(&mut open, text).map_err(at)?;
                    }
                }
                Token::CData(_) => {
                    return Err(at(NotAnEventReason::Unsupported("a CDATA section")));
                }
                Token::Comment(_) => return Err(at(NotAnEventReason::Unsupported("a comment"))),
                Token::Decl(_) => {
                    return Err(at(NotAnEventReason::Unsupported("an XML declaration")));
                }
                Token::PI(_) => {
                    return Err(at(NotAnEventReason::Unsupported(
                        "a processing instruction",
                    )));
                }
                Token::DocType(_) => {
                    return Err(at(NotAnEventReason::Unsupported("a document type")));
                }
            }
            if let Some(mut element) = closed {
                if !element.children.is_empty() {
                    if !element.text.trim_ascii().is_empty() {
                        return Err(at(NotAnEventReason::Mixed(element.name)));
                    }
                    element.text.clear();
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => event = Some(element),
                }
            }
        }
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The attribute of this name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|(other, _)| other == name);
        attribute.map(|(_, value)| value.as_str())
    }

    fn of_tag(tag: &BytesStart<'_>) -> Result<Self, NotAnEventReason> {
        let attributes = tag
            .attributes()
            .map(|attribute| {
                let attribute =
                    attribute.map_err(|error| NotAnEventReason::Xml(error.to_string()))?;
                // Not normalized: Windows writes line breaks as they are.
                let value = unescape(&attribute.value)
                    .map_err(|error| NotAnEventReason::Xml(error.to_string()))?;
                Ok((attribute.key.as_ref().to_owned(), value.into_owned()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: tag.name().as_ref().to_owned(),
            attributes,
            children: Vec::new(),
            text: String::new(),
        })
    }
}

/// Adds to the text of the innermost element. Around the event there may be
/// white space only.
fn push_text(open: &mut [Element], piece: &str) -> Result<(), NotAnEventReason> {
    match open.last_mut() {
        Some(element) => element.text.push_str(piece),
        None if piece.trim_ascii().is_empty() => {}
        None => return Err(NotAnEventReason::More),
    }
    Ok(())
}
