//! One event as a search sees it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use spl::{Event, Value};

use crate::addon::AddOn;
use crate::knowledge::{Fields, Knowledge, METADATA, Step, Table, table};
use crate::raw::{self, Data, Element, Style, needle};

/// What Splunk knows of an event without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The add-on's profile.
    pub addon: AddOn,
    /// The index that the event is in.
    pub index: String,
    /// The forwarder's name for its computer. Where it is not known, an event
    /// has the host name of the computer that it is from.
    pub host: Option<String>,
}

/// An event in an index: its rendered XML and its metadata.
///
/// Nothing is read before a field is asked for, and then no more than it needs;
/// what an event's data are called, and where, is remembered.
#[derive(Debug, Clone)]
pub struct IndexedEvent<'a> {
    raw: &'a str,
    metadata: &'a Metadata,
    data: RefCell<Data>,
    origin: Cell<Option<Origin<'a>>>,
    id: Cell<Id>,
}

/// Where an event comes from, and so whose rules it has.
#[derive(Debug, Clone, Copy)]
struct Origin<'a> {
    channel: &'a str,
    table: &'static Table,
    style: Style,
    /// The text after the channel's element: data come after the system block.
    rest: &'a str,
}

/// The event's id, on which most rules depend.
#[derive(Debug, Clone, Copy)]
enum Id {
    Unread,
    Read(Option<u16>),
}

static CHANNEL: Element = Element(needle!("<Channel"));
static COMPUTER: Element = Element(needle!("<Computer"));
static EVENT_ID: Element = Element(needle!("<EventID"));

impl<'a> IndexedEvent<'a> {
    /// The event that Splunk has of a rendered record.
    pub fn new(raw: &'a str, metadata: &'a Metadata) -> Self {
        Self {
            raw,
            metadata,
            data: RefCell::new(Data::new()),
            origin: Cell::new(None),
            id: Cell::new(Id::Unread),
        }
    }

    /// The rendered record.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// `_time`: Sysmon's own time of the event; for other providers the time
    /// at which the log took it.
    fn time(&self) -> Option<Timestamp> {
        match self.datum("UtcTime") {
            Some(utc) => {
                let civil: DateTime = utc.parse().ok()?;
                Offset::UTC.to_timestamp(civil).ok()
            }
            None => self.at("SystemTime", Step::Extraction).text()?.parse().ok(),
        }
    }

    fn origin(&self) -> Origin<'a> {
        if let Some(origin) = self.origin.get() {
            return origin;
        }
        let (channel, rest) = CHANNEL.split(self.raw).unwrap_or(("", self.raw));
        let knowledge = self.metadata.addon.knowledge(channel);
        let origin = Origin {
            channel,
            table: table(knowledge),
            style: style(knowledge),
            rest,
        };
        self.origin.set(Some(origin));
        origin
    }

    fn table(&self) -> &'static Table {
        self.origin().table
    }

    /// A field as an operation leaves it.
    fn at(&self, name: &str, step: Step) -> Value<'a> {
        self.table().value(self, name, step)
    }
}

impl<'a> Fields<'a> for IndexedEvent<'a> {
    fn raw(&self) -> &'a str {
        self.raw
    }

    fn quote(&self) -> u8 {
        self.origin().style.quote
    }

    fn host(&self) -> &'a str {
        match &self.metadata.host {
            Some(host) => host,
            None => COMPUTER
                .of(self.raw)
                .and_then(|computer| computer.split('.').next())
                .unwrap_or_default(),
        }
    }

    fn id(&self) -> Option<u16> {
        if let Id::Read(id) = self.id.get() {
            return id;
        }
        let id = EVENT_ID.of(self.raw).and_then(|id| id.parse().ok());
        self.id.set(Id::Read(id));
        id
    }

    fn datum(&self, name: &str) -> Option<&'a str> {
        if !raw::is_clean(name) {
            return None;
        }
        let Origin { style, rest, .. } = self.origin();
        let found = self.data.borrow_mut().find(rest, style, name);
        if found.is_none() && style.cleaned {
            return raw::find_cleaned(rest, style, name);
        }
        found
    }
}

/// How an add-on's regular expressions want data to be written.
///
/// Source: those of the add-ons for Windows ask for single quotes. The
/// community's for Sysmon reads `<Data Name='(.*?)'>(.*?)</Data>`, in which a
/// dot is no line end.
fn style(knowledge: Knowledge) -> Style {
    Style {
        quote: match knowledge {
            Knowledge::SysmonForLinux => b'"',
            _ => b'\'',
        },
        lines: knowledge != Knowledge::LegacySysmon,
        // All names that Sysmon's manifest has are clean.
        cleaned: knowledge == Knowledge::Windows,
    }
}

/// Seconds since the epoch with three decimal places, as Splunk's `_time`.
pub(crate) fn epoch(at: Timestamp) -> String {
    let milliseconds = at.as_millisecond();
    format!(
        "{}.{:03}",
        milliseconds.div_euclid(1000),
        milliseconds.rem_euclid(1000)
    )
}

impl Event for IndexedEvent<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.value(name) {
            Value::Text(text) => Some(text),
            value => value.text().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        let table = self.table();
        let mut names: Vec<Cow<'_, str>> = METADATA
            .iter()
            .copied()
            .filter(|name| *name != "_time" || self.time().is_some())
            .chain(
                table
                    .names()
                    .filter(|name| !self.at(name, Step::Tag).is_null()),
            )
            .map(Cow::Borrowed)
            .collect();
        let data = names.len();
        for name in raw::names(self.origin().rest, self.origin().style) {
            if table.of(&name).is_empty()
                && !METADATA.contains(&&*name)
                && !names[data..].contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    fn value(&self, name: &str) -> Value<'_> {
        let addon = self.metadata.addon;
        let text = match name {
            "_raw" => Cow::Borrowed(self.raw),
            "_time" => {
                return self
                    .time()
                    .map_or(Value::Null, |at| Value::Text(epoch(at).into()));
            }
            "host" => Cow::Borrowed(self.host()),
            "index" => Cow::Borrowed(&*self.metadata.index),
            "linecount" => Cow::Owned(raw::line_count(self.raw).to_string()),
            "source" => addon.source(self.origin().channel),
            "sourcetype" => addon.sourcetype(self.origin().channel),
            _ => return self.at(name, Step::Tag),
        };
        Value::Text(text)
    }
}

#[cfg(test)]
mod tests;
