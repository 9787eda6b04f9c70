//! An event as somebody's log has it: of any provider, id and schema version,
//! with the data that it has, by name.
//!
//! Nothing is demanded of it. Older versions of Sysmon lack fields, other
//! programs that render events leave parts of the system block out, and what
//! is not there stays `None`: the fields of an event go by name, not by its
//! `Version` (which Sysmon did not raise whenever it added one).

mod rendering;

use std::borrow::Cow;

use jiff::Timestamp;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Token};

/// An event of a log. Its texts are its own, or stand in the XML that it was
/// read from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedEvent<S = String> {
    /// The event id.
    pub id: Option<u32>,
    /// The provider's name.
    pub provider: Option<S>,
    /// The channel.
    pub channel: Option<S>,
    /// The computer's name.
    pub computer: Option<S>,
    /// When the log took it.
    pub time_created: Option<Timestamp>,
    /// Its number in the log.
    pub record_id: Option<u64>,
    /// The process that wrote it: for Sysmon its service, for PowerShell the
    /// PowerShell process.
    pub process_id: Option<u32>,
    /// The data: names and values, in the order in which they stand.
    pub data: Vec<(S, S)>,
}

impl RecordedEvent {
    /// The event that a rendered one holds; `None` if the text is no XML, or
    /// holds no event.
    pub fn of_xml(xml: &str) -> Option<Self> {
        Self::of_xml_with(xml, &|_| true)
    }

    /// The same with only those data whose names are kept: what nobody asks for
    /// need not be copied.
    pub fn of_xml_with(xml: &str, keeps: &dyn Fn(&str) -> bool) -> Option<Self> {
        let mut reader = Reader::from_str(xml);
        let mut event = Self::default();
        let mut open = Open::Other;
        let mut content = String::new();
        loop {
            match reader.read_event().ok()? {
                Token::Eof => return None,
                Token::Start(tag) => {
                    content.clear();
                    open = event.tag(&tag, keeps);
                }
                Token::Empty(tag) => {
                    let element = event.tag(&tag, keeps);
                    event.content(element, "");
                }
                Token::End(tag) => {
                    if tag.local_name().as_ref() == "Event" {
                        return Some(event);
                    }
                    event.content(std::mem::take(&mut open), &content);
                }
                _ if matches!(open, Open::Other) => {}
                Token::Text(piece) => content.push_str(&piece),
                Token::CData(piece) => content.push_str(&piece),
                Token::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                    Some(c) => content.push(c),
                    None => {
                        content.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?);
                    }
                },
                _ => {}
            }
        }
    }

    fn tag(&mut self, tag: &BytesStart<'_>, keeps: &dyn Fn(&str) -> bool) -> Open<String> {
        let name = tag.local_name();
        let attribute = attribute(name.as_ref()).and_then(|key| {
            let attribute = tag.try_get_attribute(key).ok()??;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .ok()?;
            Some(Cow::into_owned(value))
        });
        self.element(name.as_ref(), attribute, keeps)
    }

    /// The event that a recording of fields alone has, as Splunk's export
    /// without `_raw`: the system block by the names that the add-ons and the
    /// classic rendering give it.
    pub fn of_fields<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        let mut event = Self::default();
        for (name, value) in fields {
            match name {
                "EventCode" | "EventID" => event.id = event.id.or_else(|| value.parse().ok()),
                "Channel" => event.channel = Some(value.to_owned()),
                "Computer" | "ComputerName" => event.computer = Some(value.to_owned()),
                "RecordNumber" | "RecordID" | "EventRecordID" => {
                    event.record_id = event.record_id.or_else(|| value.parse().ok());
                }
                "SystemTime" => event.time_created = value.parse().ok(),
                "_time" => {
                    event.time_created = event.time_created.or_else(|| splunk_time(value));
                }
                "host" => {
                    event.computer.get_or_insert_with(|| value.to_owned());
                }
                _ => event.data.push((name.to_owned(), value.to_owned())),
            }
        }
        event
    }
}

impl<S: AsRef<str>> RecordedEvent<S> {
    /// The value of a datum, by its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.data
            .iter()
            .find(|(known, _)| known.as_ref() == name)
            .map(|(_, value)| value.as_ref())
    }

    /// A value that says something: neither empty, as older versions of Sysmon
    /// have it where there is nothing to say, nor `-`, as later ones do.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.field(name)
            .filter(|value| !value.is_empty() && *value != "-")
    }

    /// Takes an element's [`attribute`], and says what its text is.
    fn element(
        &mut self,
        name: &str,
        attribute: Option<S>,
        keeps: impl Fn(&str) -> bool,
    ) -> Open<S> {
        let text = || attribute.as_ref().map(AsRef::as_ref);
        match name {
            "Provider" => self.provider = attribute,
            "TimeCreated" => self.time_created = text().and_then(|time| time.parse().ok()),
            "Execution" => self.process_id = text().and_then(|id| id.parse().ok()),
            "EventID" => return Open::Id,
            "EventRecordID" => return Open::RecordId,
            "Channel" => return Open::Channel,
            "Computer" => return Open::Computer,
            "Data" => {
                let kept = attribute.filter(|name| keeps(name.as_ref()));
                return kept.map_or(Open::Other, Open::Data);
            }
            _ => {}
        }
        Open::Other
    }

    fn content<'c>(&mut self, element: Open<S>, content: &'c str)
    where
        S: From<&'c str>,
    {
        match element {
            Open::Id => self.id = content.trim().parse().ok(),
            Open::RecordId => self.record_id = content.trim().parse().ok(),
            Open::Channel => self.channel = Some(content.into()),
            Open::Computer => self.computer = Some(content.into()),
            Open::Data(name) => self.data.push((name, content.into())),
            Open::Other => {}
        }
    }
}

/// The attribute of an element that says something.
fn attribute(element: &str) -> Option<&'static str> {
    match element {
        "Provider" | "Data" => Some("Name"),
        "TimeCreated" => Some("SystemTime"),
        "Execution" => Some("ProcessID"),
        _ => None,
    }
}

/// The element whose text is being read.
#[derive(Debug, Default)]
enum Open<S> {
    Id,
    RecordId,
    Channel,
    Computer,
    Data(S),
    /// One whose text says nothing.
    #[default]
    Other,
}

/// `_time` as an export has it: RFC 3339, or seconds since 1970.
fn splunk_time(value: &str) -> Option<Timestamp> {
    if let Ok(time) = value.parse() {
        return Some(time);
    }
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, ""));
    let nanoseconds: i32 = match fraction.len() {
        0 => 0,
        1..=9 => format!("{fraction:0<9}").parse().ok()?,
        _ => return None,
    };
    Timestamp::new(seconds.parse().ok()?, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const LINUX: &str = r#"<Event><System><Provider Name="Linux-Sysmon" Guid="{ff}"/><EventID>3</EventID><TimeCreated SystemTime="2026-11-24T02:33:24.099949000Z"/><EventRecordID>15562</EventRecordID><Execution ProcessID="6324" ThreadID="6324"/><Channel>Linux-Sysmon/Operational</Channel><Computer>vm</Computer></System><EventData><Data Name="Image">/usr/bin/a&quot;b</Data><Data Name="DestinationHostname">-</Data></EventData></Event>"#;

    #[test]
    fn both_renderings_are_read() {
        let event = RecordedEvent::of_xml(LINUX).unwrap();
        assert_eq!(event.id, Some(3));
        assert_eq!(event.provider.as_deref(), Some("Linux-Sysmon"));
        assert_eq!(event.record_id, Some(15562));
        assert_eq!(event.process_id, Some(6324));
        assert_eq!(event.field("Image"), Some("/usr/bin/a\"b"));
        let windows = LINUX.replace('"', "'");
        assert_eq!(RecordedEvent::of_xml(&windows), Some(event));
    }

    #[test]
    fn a_dash_and_nothing_say_the_same() {
        let text = LINUX.replace(">-<", "><");
        for text in [LINUX, &text] {
            let event = RecordedEvent::of_xml(text).unwrap();
            assert_eq!(event.said("DestinationHostname"), None);
            assert!(event.field("DestinationHostname").is_some());
        }
        let closed = LINUX.replace(">-</Data>", "/>");
        let event = RecordedEvent::of_xml(&closed).unwrap();
        assert_eq!(event.field("DestinationHostname"), Some(""));
    }

    #[test]
    fn line_breaks_and_entities_in_values_are_theirs() {
        let text = LINUX.replace(
            "/usr/bin/a&quot;b",
            "for (;;) {\r\n\t&lt;&#x41;&#65;&amp;\n}",
        );
        let event = RecordedEvent::of_xml(&text).unwrap();
        assert_eq!(event.field("Image"), Some("for (;;) {\r\n\t<AA&\n}"));
    }

    #[test]
    fn data_that_are_not_kept_are_all_that_is_missing() {
        let whole = RecordedEvent::of_xml(LINUX).unwrap();
        let part = RecordedEvent::of_xml_with(LINUX, &|name| name == "Image").unwrap();
        assert_eq!(part.field("Image"), whole.field("Image"));
        assert_eq!(part.field("DestinationHostname"), None);
        let data = whole.data.clone();
        assert_eq!(RecordedEvent { data, ..part }, whole);
    }

    #[test]
    fn half_an_event_is_none() {
        for end in [1, 40, LINUX.len() / 2, LINUX.len() - 9] {
            assert_eq!(RecordedEvent::of_xml(&LINUX[..end]), None, "{end}");
        }
    }

    #[test]
    fn fields_alone_make_an_event() {
        let event = RecordedEvent::of_fields([
            ("EventCode", "22"),
            ("host", "forwarder"),
            ("Computer", "WKS"),
            ("_time", "1795000000.25"),
            ("QueryName", "x.workers.dev"),
        ]);
        assert_eq!(event.id, Some(22));
        assert_eq!(event.computer.as_deref(), Some("WKS"));
        assert_eq!(
            event.time_created.unwrap().as_millisecond(),
            1_795_000_000_250
        );
        assert_eq!(event.field("QueryName"), Some("x.workers.dev"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<|>|/|Event|Data|Name|=|'|&|;|x|\\PC){0,40}") {
            let _ = RecordedEvent::of_xml(&text);
        }
    }
}
