//! One event, as Splunk has it and as Sigma sees it.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event as Token};
use splunk::{AddOn, ExportedEvent, Metadata};

/// An event of a recording.
pub struct Recorded {
    /// Where it is from: file and place in the file, from 1.
    pub place: String,
    pub file: String,
    pub raw: String,
    channel: String,
    id: u16,
    /// Its data, with entities decoded.
    data: Vec<(String, String)>,
    /// What Sigma sees.
    sigma: sigma_rust::Event,
}

/// How Splunk's events are given to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entities {
    /// As Splunk has them: those of the rendered XML.
    Kept,
    /// Decoded, as Sigma has its events.
    Decoded,
}

impl Recorded {
    /// Takes the XML apart with a parser that shares nothing with ours.
    /// `names` are the fields that rules may ask for.
    pub fn new(file: String, index: usize, raw: String, names: &BTreeSet<String>) -> Self {
        let (system, data) = take_apart(&raw);
        let of = |name: &str| {
            let found = system.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let id = of("EventID").parse().unwrap();
        let mut sigma = sigma_rust::Event::new();
        // What an event does not have is null. The crate asks for that to be
        // said.
        for name in names {
            sigma.insert(name.as_str(), None);
        }
        sigma.insert("EventID", i64::from(id));
        for (name, value) in &data {
            // JSON of an EVTX has numbers and truth values where Sysmon has
            // them, and so have the rules.
            match (
                value.parse::<i64>(),
                value.to_ascii_lowercase().parse::<bool>(),
            ) {
                (Ok(number), _) if number.to_string() == *value => {
                    sigma.insert(name.as_str(), number);
                }
                (_, Ok(truth)) => sigma.insert(name.as_str(), truth),
                _ => sigma.insert(name.as_str(), value.as_str()),
            }
        }
        Self {
            place: format!("{file}#{}", index + 1),
            file,
            channel: of("Channel"),
            id,
            data,
            sigma,
            raw,
        }
    }

    /// As Splunk has it, under the source that pySigma's rules name: Splunk's
    /// own for events that come as text, not as XML.
    pub fn indexed(&self, entities: Entities) -> ExportedEvent<'_> {
        match entities {
            Entities::Kept => self.given([]),
            Entities::Decoded => self.decoded(str::to_owned),
        }
    }

    /// The same with its data decoded and changed.
    pub fn decoded(&self, change: impl Fn(&str) -> String) -> ExportedEvent<'_> {
        let data = self.data.iter().filter(|(_, value)| !value.is_empty());
        self.given(data.map(|(name, value)| (Cow::Borrowed(name.as_str()), change(value))))
    }

    fn given<'a>(
        &'a self,
        data: impl IntoIterator<Item = (Cow<'a, str>, String)>,
    ) -> ExportedEvent<'a> {
        static METADATA: LazyLock<Metadata> = LazyLock::new(|| Metadata {
            addon: AddOn::Current,
            index: "main".to_owned(),
            host: None,
        });
        let source = format!("WinEventLog:{}", self.channel);
        let given = std::iter::once((Cow::Borrowed("source"), source)).chain(data);
        let given = given.map(|(name, value)| (name, spl::Value::Text(Cow::Owned(value))));
        ExportedEvent::new(&self.raw, given, &METADATA)
    }

    /// The same event without data that have no value.
    pub fn without_empty_data(&self, names: &BTreeSet<String>) -> Self {
        let mut raw = String::new();
        for (index, piece) in self.raw.split("<Data ").enumerate() {
            let rest = piece
                .split_once("'></Data>")
                .map_or(piece, |(_, rest)| rest);
            if index > 0 && rest.len() == piece.len() {
                raw.push_str("<Data ");
            }
            raw.push_str(rest);
        }
        self.with_raw(raw, names)
    }

    /// The same event, with nothing said of fields that it does not have.
    pub fn without_nulls(&self) -> Self {
        self.with_raw(self.raw.clone(), &BTreeSet::new())
    }

    fn with_raw(&self, raw: String, names: &BTreeSet<String>) -> Self {
        Self {
            place: self.place.clone(),
            ..Self::new(self.file.clone(), 0, raw, names)
        }
    }

    /// Its id, if it is Sysmon's.
    pub fn sysmon_id(&self) -> Option<u16> {
        (self.channel == "Microsoft-Windows-Sysmon/Operational").then_some(self.id)
    }

    pub fn sigma(&self) -> &sigma_rust::Event {
        &self.sigma
    }
}

type Pairs = Vec<(String, String)>;

/// Elements and data of an event: of the system block by name, and the data
/// by their names.
fn take_apart(xml: &str) -> (Pairs, Pairs) {
    let xml = &xml[xml.find("<Event").unwrap()..];
    let mut reader = Reader::from_str(xml);
    let (mut system, mut data): (Pairs, Pairs) = (Vec::new(), Vec::new());
    let mut open: Option<(bool, String, String)> = None;
    loop {
        let token = reader.read_event().unwrap();
        match token {
            Token::Eof => return (system, data),
            Token::Start(ref tag) => {
                let element = tag.name().as_ref().to_owned();
                let name = tag.attributes().map(Result::unwrap).find_map(|attribute| {
                    (attribute.key.as_ref() == "Name").then(|| attribute.value.to_string())
                });
                open = Some(match name {
                    Some(name) if element == "Data" => (true, name, String::new()),
                    _ => (false, element, String::new()),
                });
            }
            Token::End(_) => {
                if let Some((is_data, name, value)) = open.take() {
                    let pairs = if is_data { &mut data } else { &mut system };
                    pairs.push((name, value));
                }
            }
            Token::Text(piece) => {
                if let Some((_, _, value)) = &mut open {
                    value.push_str(&piece);
                }
            }
            Token::GeneralRef(reference) => {
                if let Some((_, _, value)) = &mut open {
                    match reference.resolve_char_ref().unwrap() {
                        Some(c) => value.push(c),
                        None => value.push_str(resolve_predefined_entity(&reference).unwrap()),
                    }
                }
            }
            _ => {}
        }
    }
}
