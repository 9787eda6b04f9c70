//! What the first reading takes of each event: a few values, without parsing
//! those events that no word of a scenario stands in.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use sysmon::RecordedEvent;
use telemetry::{Event, Events};

use super::guid::Guid;
use super::names::{HostNames, UNKNOWN_HOST};
use super::options::Window;
use super::processes::Process;
use super::reading::{CHANNELS, recorded};
use crate::recordings::needles::Needles;

/// What there is to know of the events of a batch.
#[derive(Debug)]
pub(super) struct Glances {
    /// The file that they are in. Files may be of any time, in any order.
    pub(super) file: u64,
    /// How many events are other programs'.
    pub(super) others: usize,
    /// How many say neither what they are nor when.
    pub(super) unreadable: usize,
    pub(super) hosts: Vec<OfHost>,
}

/// The events of one host.
#[derive(Debug, Default)]
pub(super) struct OfHost {
    /// Under what its events are put together, by [`HostNames::key`].
    pub(super) key: String,
    /// Its name, as the first event in the window has it that names its domain,
    /// if any does.
    pub(super) name: String,
    /// How many events are outside of the window.
    pub(super) outside: usize,
    /// The ids of those.
    pub(super) logged_outside: BTreeSet<u32>,
    /// Those in the window, in order.
    pub(super) events: Vec<Known>,
}

/// An event of Sysmon or PowerShell.
#[derive(Debug)]
pub(super) struct Known {
    /// What makes it one and the same.
    pub(super) key: u64,
    pub(super) id: u32,
    pub(super) time: Option<Timestamp>,
    pub(super) record: Option<u64>,
    /// It is of Sysmon for Linux.
    pub(super) linux: bool,
    pub(super) says: Says,
    pub(super) sourcetype: Option<String>,
    /// All of it, if a word of a scenario stands in it.
    pub(super) marked: Option<Box<RecordedEvent>>,
}

/// What an event says of its host.
#[derive(Debug)]
pub(super) enum Says {
    Nothing,
    /// A process started.
    Started {
        /// Whether the event has `RuleName`, `OriginalFileName` and
        /// `ParentUser`.
        has: [bool; 3],
        process: Option<Process>,
    },
    /// A connection.
    Connection {
        /// Reverse lookups gave a name.
        named: bool,
        /// A port has a name.
        ports_named: bool,
    },
    /// The version of Sysmon's schema.
    Schema(String),
}

/// Whether an event is judged at all.
pub(super) fn is_judged<S: AsRef<str>>(event: &RecordedEvent<S>) -> bool {
    let channel = event.channel.as_ref().map(AsRef::as_ref);
    match (channel, event.provider.as_ref().map(AsRef::as_ref)) {
        (Some(channel), _) => CHANNELS.contains(&channel),
        (None, Some(provider)) => {
            let providers = [
                "Microsoft-Windows-Sysmon",
                "Microsoft-Windows-PowerShell",
                "Linux-Sysmon",
            ];
            providers.contains(&provider)
        }
        // A recording of fields alone, which says neither.
        (None, None) => event.field("UtcTime").is_some(),
    }
}

/// What makes a record of a host one and the same: its number in its log and
/// when that took it; without a number, all that it says.
pub(super) fn key<S: AsRef<str> + Hash>(event: &RecordedEvent<S>, host: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (host, event.id, event.time_created).hash(&mut hasher);
    match event.record_id {
        Some(record) => {
            let channel = event.channel.as_ref().map(AsRef::as_ref);
            // All that are judged have one of these, or none.
            let log = CHANNELS.iter().position(|known| Some(*known) == channel);
            (log, record).hash(&mut hasher);
        }
        None => event.data.hash(&mut hasher),
    }
    hasher.finish()
}

/// What an event's host is called.
fn host_name<S: AsRef<str>>(event: &RecordedEvent<S>) -> &str {
    event.computer.as_ref().map_or(UNKNOWN_HOST, AsRef::as_ref)
}

/// Whether a datum is looked at in events which no scenario's word stands in.
fn is_looked_at(name: &str) -> bool {
    matches!(
        name,
        "DestinationHostname"
            | "DestinationPortName"
            | "OriginalFileName"
            | "ParentProcessGuid"
            | "ParentUser"
            | "ProcessGuid"
            | "ProcessId"
            | "RuleName"
            | "SchemaVersion"
            | "SourceHostname"
            | "SourcePortName"
            | "UtcTime"
    )
}

/// Looks at the events of a batch. Those are marked in which a word of a scenario
/// stands.
pub(super) fn glances(
    events: &Events,
    window: Window,
    words: &Needles,
    names: &HostNames,
) -> Glances {
    let mut hasher = DefaultHasher::new();
    events.source().hash(&mut hasher);
    let mut looking = Looking {
        window,
        names,
        glances: Glances {
            file: hasher.finish(),
            others: 0,
            unreadable: 0,
            hosts: Vec::new(),
        },
        by_name: HashMap::new(),
        by_key: HashMap::new(),
    };
    let marked = words.events(events);
    for (index, event) in events.iter().enumerate() {
        let is_marked = match &marked {
            Some(marked) => marked.binary_search(&index).is_ok(),
            None => stand_in(words, &event),
        };
        looking.look(&event, is_marked);
    }
    looking.glances
}

/// Whether a word stands in an event's text or, where it has none, in its
/// fields.
fn stand_in(words: &Needles, event: &Event<'_>) -> bool {
    match event.raw {
        Some(raw) => words.stand_in(raw),
        None => event
            .fields
            .iter()
            .flat_map(|field| &field.values)
            .any(|value| words.stand_in(value)),
    }
}

/// A batch that is being looked at.
struct Looking<'n> {
    window: Window,
    names: &'n HostNames,
    glances: Glances,
    /// Where a host is among the hosts, by its name as it is written.
    by_name: HashMap<String, usize>,
    /// The same by what its events are put together under.
    by_key: HashMap<String, usize>,
}

impl Looking<'_> {
    fn look(&mut self, event: &Event<'_>, marked: bool) {
        let sourcetype = || {
            let mut fields = event.fields.iter();
            let field = fields.find(|field| field.name == "sourcetype")?;
            field.values.first().cloned()
        };
        let rendering = event.raw.filter(|_| !marked);
        if let Some(rendered) =
            rendering.and_then(|raw| RecordedEvent::of_rendering(raw, is_looked_at))
            && rendered.record_id.is_some()
        {
            if let Some(known) = self.take(&rendered) {
                known.sourcetype = sourcetype();
            }
            return;
        }
        let some: &dyn Fn(&str) -> bool = if marked { &|_| true } else { &is_looked_at };
        let first = recorded(event, some);
        // What has no number is told from others by all of its data.
        let whole = match &first {
            Some(first) if !marked && first.record_id.is_none() => recorded(event, &|_| true),
            _ => None,
        };
        let Some(recorded) = whole.or(first) else {
            self.glances.unreadable += 1;
            return;
        };
        if let Some(known) = self.take(&recorded) {
            known.sourcetype = sourcetype();
            known.marked = marked.then(|| Box::new(recorded));
        }
    }

    /// Takes an event. What is given is not yet all that there is to know.
    fn take<S: AsRef<str> + Hash>(&mut self, event: &RecordedEvent<S>) -> Option<&mut Known> {
        if !is_judged(event) {
            self.glances.others += 1;
            return None;
        }
        let Some(id) = event.id else {
            self.glances.unreadable += 1;
            return None;
        };
        let inside = self.window.holds(event.time_created);
        let host = self.host(event)?;
        if !inside {
            host.outside += 1;
            host.logged_outside.insert(id);
            return None;
        }
        let name = host_name(event);
        let is_short = host.name.len() < host.key.len();
        if host.events.is_empty() || (is_short && name.to_lowercase() == host.key) {
            name.clone_into(&mut host.name);
        }
        host.events.push(Known {
            key: key(event, &host.key),
            id,
            time: event.time_created,
            record: event.record_id,
            linux: event.channel.as_ref().map(AsRef::as_ref) == Some(CHANNELS[2]),
            says: Says::of(id, event),
            sourcetype: None,
            marked: None,
        });
        host.events.last_mut()
    }

    /// The host of an event, which is always there.
    fn host<S: AsRef<str>>(&mut self, event: &RecordedEvent<S>) -> Option<&mut OfHost> {
        let hosts = &mut self.glances.hosts;
        let name = host_name(event);
        if let Some(index) = self.by_name.get(name) {
            return hosts.get_mut(*index);
        }
        let index = *self
            .by_key
            .entry(self.names.key(event))
            .or_insert_with_key(|key| {
                hosts.push(OfHost {
                    key: key.clone(),
                    ..OfHost::default()
                });
                hosts.len() - 1
            });
        self.by_name.insert(name.to_owned(), index);
        hosts.get_mut(index)
    }
}

impl Says {
    fn of<S: AsRef<str>>(id: u32, event: &RecordedEvent<S>) -> Self {
        match id {
            1 => Self::Started {
                has: ["RuleName", "OriginalFileName", "ParentUser"]
                    .map(|field| event.field(field).is_some()),
                process: Guid::of(event, "ProcessGuid").map(|guid| Process {
                    guid,
                    parent: Guid::of(event, "ParentProcessGuid"),
                    id: event.said("ProcessId").and_then(|id| id.parse().ok()),
                    started: event.time_created,
                }),
            },
            3 => {
                let says =
                    |fields: [&str; 2]| fields.iter().any(|field| event.said(field).is_some());
                Self::Connection {
                    named: says(["SourceHostname", "DestinationHostname"]),
                    ports_named: says(["SourcePortName", "DestinationPortName"]),
                }
            }
            4 | 16 => event
                .said("SchemaVersion")
                .map_or(Self::Nothing, |version| Self::Schema(version.to_owned())),
            _ => Self::Nothing,
        }
    }
}
