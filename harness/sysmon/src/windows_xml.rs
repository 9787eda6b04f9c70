//! Windows event XML, as `EvtRender` writes it and Splunk's forwarder sends it:
//! one line, single quotes, `&`, `<` and `>` escaped and nothing else.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::Offset;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Token};
use thiserror::Error;

use crate::event::{Event, Execution, Field, Provenance};
use crate::schema::EventKind;

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// Renders one event, without a line end.
pub fn render(event: &Event) -> String {
    let kind = event.kind;
    let channel = kind.channel();
    let mut xml = String::with_capacity(1536);
    // Writing to a `String` cannot fail.
    let _ = write!(
        xml,
        "<Event xmlns='{NAMESPACE}'><System><Provider Name='{}' Guid='{}'/><EventID>{}</EventID>\
         <Version>{}</Version><Level>{}</Level><Task>{}</Task><Opcode>{}</Opcode>\
         <Keywords>{}</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID>",
        channel.provider(),
        channel.provider_guid(),
        kind.id(),
        kind.version(),
        kind.level(),
        kind.task(),
        kind.opcode(),
        kind.keywords(),
        system_time(event.time_created),
        event.record_id,
    );
    match &event.activity_id {
        Some(activity) => {
            let _ = write!(xml, "<Correlation ActivityID='{}'/>", attribute(activity));
        }
        None => xml.push_str("<Correlation/>"),
    }
    let _ = write!(
        xml,
        "<Execution ProcessID='{}' ThreadID='{}'/><Channel>{}</Channel><Computer>{}</Computer>\
         <Security UserID='{}'/></System><EventData>",
        event.execution.process_id,
        event.execution.thread_id,
        channel.name(),
        text(&event.computer),
        attribute(&event.security_user_id),
    );
    for field in &event.fields {
        let _ = write!(
            xml,
            "<Data Name='{}'>{}</Data>",
            attribute(&field.name),
            text(&field.value)
        );
    }
    xml.push_str("</EventData></Event>");
    xml
}

/// `SystemTime` as Windows 10 and 11 write it: 100 ns steps, seven digits.
fn system_time(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.subsec_nanosecond() / 100
    )
}

/// Escapes text as Windows does, and replaces what XML 1.0 cannot hold at all.
pub(crate) fn text(value: &str) -> Cow<'_, str> {
    escape(value, false)
}

/// Escapes the value of a single-quoted attribute.
fn attribute(value: &str) -> Cow<'_, str> {
    escape(value, true)
}

fn escape(value: &str, in_attribute: bool) -> Cow<'_, str> {
    let needs_escape =
        |c: char| matches!(c, '&' | '<' | '>') || (in_attribute && c == '\'') || !is_xml_char(c);
    if !value.contains(needs_escape) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' if in_attribute => escaped.push_str("&apos;"),
            c if !is_xml_char(c) => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// XML 1.0's production `Char`.
/// Source: <https://www.w3.org/TR/xml/#NT-Char>.
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Why a text is not one event of the kinds known here.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The text is not well-formed XML.
    #[error("not well-formed XML at byte {position}: {source}")]
    Xml {
        /// Offset into the text.
        position: u64,
        /// The reader's own account.
        source: quick_xml::Error,
    },
    /// The text ends inside the event.
    #[error("the event is cut off")]
    Truncated,
    /// An element that every event has is missing or unreadable.
    #[error("{element} is missing or unreadable")]
    System {
        /// The element of `<System>`.
        element: &'static str,
    },
    /// An event id that this crate cannot hold.
    #[error("event {id} is not supported")]
    UnknownEvent {
        /// The event's id.
        id: u16,
    },
}

/// Parses one event of a kind that this crate knows. The XML holds no
/// provenance: every field is said to be [`Provenance::Observed`].
///
/// # Errors
/// [`ParseError`], with its place where there is one.
pub fn parse(xml: &str) -> Result<Event, ParseError> {
    let mut reader = Reader::from_str(xml);
    let mut parsed = Parsed::default();
    let mut open: Option<String> = None;
    let mut content = String::new();
    let mut ended = false;
    while !ended {
        let position = reader.buffer_position();
        let at = |source: quick_xml::Error| ParseError::Xml { position, source };
        match reader.read_event().map_err(at)? {
            Token::Eof => return Err(ParseError::Truncated),
            Token::Start(tag) => {
                content.clear();
                open = Some(parsed.element(&tag)?);
            }
            Token::Empty(tag) => {
                let name = parsed.element(&tag)?;
                parsed.content(&name, "");
            }
            Token::Text(piece) => content.push_str(&piece),
            Token::CData(piece) => content.push_str(&piece),
            Token::GeneralRef(reference) => {
                if let Some(c) = reference.resolve_char_ref().map_err(at)? {
                    content.push(c);
                } else {
                    content.push_str(
                        quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or(ParseError::System { element: "entity" })?,
                    );
                }
            }
            Token::End(tag) => {
                let name = tag.local_name();
                ended = name.as_ref() == "Event";
                if open.as_deref() == Some(name.as_ref()) {
                    parsed.content(name.as_ref(), &content);
                    open = None;
                }
            }
            _ => {}
        }
    }
    parsed.finish()
}

/// What has been read of an event so far.
#[derive(Default)]
struct Parsed {
    id: Option<u16>,
    time_created: Option<Timestamp>,
    record_id: Option<u64>,
    process_id: Option<u32>,
    thread_id: Option<u32>,
    computer: Option<String>,
    security_user_id: Option<String>,
    activity_id: Option<String>,
    data_name: Option<String>,
    fields: Vec<Field>,
}

impl Parsed {
    /// Takes an element's attributes, and gives its local name.
    fn element(&mut self, tag: &BytesStart<'_>) -> Result<String, ParseError> {
        let name = tag.local_name().as_ref().to_owned();
        let get = |key: &str| -> Result<Option<String>, ParseError> {
            let attribute = tag.try_get_attribute(key).map_err(|_| ParseError::System {
                element: "an attribute",
            })?;
            attribute
                .map(|attribute| {
                    attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .map(Cow::into_owned)
                        .map_err(|_| ParseError::System {
                            element: "an attribute",
                        })
                })
                .transpose()
        };
        match name.as_str() {
            "TimeCreated" => {
                self.time_created = get("SystemTime")?.and_then(|time| time.parse().ok());
            }
            "Execution" => {
                self.process_id = get("ProcessID")?.and_then(|id| id.parse().ok());
                self.thread_id = get("ThreadID")?.and_then(|id| id.parse().ok());
            }
            "Security" => self.security_user_id = get("UserID")?,
            "Correlation" => self.activity_id = get("ActivityID")?,
            "Data" => self.data_name = get("Name")?,
            _ => {}
        }
        Ok(name)
    }

    fn content(&mut self, element: &str, content: &str) {
        match element {
            "EventID" => self.id = content.trim().parse().ok(),
            "EventRecordID" => self.record_id = content.trim().parse().ok(),
            "Computer" => self.computer = Some(content.to_owned()),
            "Data" => {
                if let Some(name) = self.data_name.take() {
                    self.fields.push(Field {
                        name: Cow::Owned(name),
                        value: content.to_owned(),
                        provenance: Provenance::Observed,
                    });
                }
            }
            _ => {}
        }
    }

    fn finish(self) -> Result<Event, ParseError> {
        let missing = |element| ParseError::System { element };
        let id = self.id.ok_or_else(|| missing("EventID"))?;
        Ok(Event {
            kind: EventKind::from_id(id).ok_or(ParseError::UnknownEvent { id })?,
            time_created: self
                .time_created
                .ok_or_else(|| missing("TimeCreated SystemTime"))?,
            record_id: self.record_id.ok_or_else(|| missing("EventRecordID"))?,
            execution: Execution {
                process_id: self
                    .process_id
                    .ok_or_else(|| missing("Execution ProcessID"))?,
                thread_id: self
                    .thread_id
                    .ok_or_else(|| missing("Execution ThreadID"))?,
            },
            computer: self.computer.ok_or_else(|| missing("Computer"))?,
            security_user_id: self
                .security_user_id
                .ok_or_else(|| missing("Security UserID"))?,
            activity_id: self.activity_id,
            fields: self.fields,
        })
    }
}

#[cfg(test)]
mod tests;
