//! A reader of `events.xml`.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// One event record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its text.
    pub text: String,
    /// `EventID`.
    pub id: u16,
    /// `EventRecordID`.
    pub number: u64,
    /// `SystemTime` of `TimeCreated`.
    pub system_time: String,
    /// The elements of `System`, with the names of their attributes.
    pub system: Vec<(String, Vec<String>)>,
    /// The fields of `EventData`, in order.
    pub data: Vec<(String, String)>,
}

impl Record {
    /// All records of a file, told apart by `<Event` and `</Event>`.
    #[track_caller]
    pub fn all(text: &str) -> Vec<Self> {
        let mut records = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("<Event ") {
            let length = rest[start..].find("</Event>").expect("an event has an end");
            let end = start + length + "</Event>".len();
            records.push(Self::one(&rest[start..end]));
            rest = &rest[end..];
        }
        records
    }

    #[track_caller]
    fn one(text: &str) -> Self {
        let mut record = Self {
            text: text.to_owned(),
            id: 0,
            number: 0,
            system_time: String::new(),
            system: vec![],
            data: vec![],
        };
        let mut reader = Reader::from_str(text);
        let mut content = String::new();
        let mut in_system = false;
        let mut name = None;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) | Event::Empty(tag) => {
                    content.clear();
                    name = attribute(&tag, "Name");
                    if in_system {
                        record.take_system(&tag);
                    }
                    in_system |= tag.local_name().as_ref() == "System";
                }
                Event::Text(piece) => content.push_str(&piece),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                    Some(character) => content.push(character),
                    None => content.push_str(
                        quick_xml::escape::resolve_predefined_entity(&reference).unwrap(),
                    ),
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    "System" => in_system = false,
                    "EventID" => record.id = content.parse().unwrap(),
                    "EventRecordID" => record.number = content.parse().unwrap(),
                    "Data" => record
                        .data
                        .push((name.take().unwrap(), std::mem::take(&mut content))),
                    _ => {}
                },
                Event::Eof => return record,
                _ => {}
            }
        }
    }

    fn take_system(&mut self, tag: &BytesStart<'_>) {
        let names = tag
            .attributes()
            .map(|attribute| attribute.unwrap().key.as_ref().to_owned())
            .collect();
        self.system
            .push((tag.local_name().as_ref().to_owned(), names));
        if let Some(time) = attribute(tag, "SystemTime") {
            self.system_time = time;
        }
    }

    /// The value of a field; an empty text if it has none.
    pub fn field(&self, name: &str) -> &str {
        self.data
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value)
    }

    /// The names of the fields, in order.
    pub fn fields(&self) -> Vec<&str> {
        self.data.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The last part of `Image`.
    pub fn image(&self) -> &str {
        self.field("Image").rsplit('\\').next().unwrap()
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).unwrap()?;
    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
    Some(value.unwrap().into_owned())
}
