//! The first reading: which hosts there are, what their Sysmon logs, which
//! processes started which, and the events that a scenario's own words stand in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use sysmon::RecordedEvent;
use telemetry::{Event, Events};

use super::guid::Guid;
use super::options::Window;
use super::reading::{CHANNELS, recorded};

/// A clock that goes back by more than this between two records has jumped;
/// less is how long events wait before they are written.
const JUMP: SignedDuration = SignedDuration::from_mins(1);

/// What is known of a process from its event 1.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) parent: Option<Guid>,
    /// Its id, which another process may have had before.
    pub(super) id: Option<u32>,
    pub(super) started: Option<Timestamp>,
}

/// What is known of a host.
#[derive(Debug, Clone, Default)]
pub(super) struct Host {
    /// How many events of each id there are; PowerShell's ids are above 4000.
    pub(super) events: BTreeMap<u32, usize>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// It is Linux.
    pub(super) linux: bool,
    /// Events 3 in which reverse lookups gave any name.
    pub(super) named: usize,
    /// The sourcetype under which a Splunk had the events, where that is known.
    pub(super) sourcetype: Option<String>,
    /// What an event 4 or 16 says of Sysmon's schema.
    pub(super) schema_version: Option<String>,
    /// The fields by which versions of the schema differ: whether an event 1 has
    /// `RuleName`, `OriginalFileName` and `ParentUser`.
    pub(super) has: Option<[bool; 3]>,
    /// Between which records the clock went back.
    pub(super) jumps: Vec<(u64, u64)>,
    pub(super) processes: HashMap<Guid, Process>,
    /// Events that hold the words of a scenario.
    pub(super) marked: Vec<RecordedEvent>,
}

/// What the first reading found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) hosts: BTreeMap<String, Host>,
    /// Events of Sysmon and PowerShell in the window, each counted once.
    pub(super) events: usize,
    /// Events that are there more than once.
    pub(super) duplicates: usize,
    /// Events of other programs.
    pub(super) others: usize,
    /// Events outside of the window.
    pub(super) outside: usize,
    /// Events that say neither what they are nor when.
    pub(super) unreadable: usize,
    seen: HashSet<u64>,
    last_record: HashMap<(String, bool, u64), (u64, Timestamp)>,
}

/// What there is to know of one event.
#[derive(Debug)]
pub(super) enum Glance {
    Other,
    Unreadable,
    Outside,
    Event(Box<Known>),
}

/// An event of Sysmon or PowerShell.
#[derive(Debug)]
pub(super) struct Known {
    key: u64,
    /// The file that it is in. Files may be of any time, in any order.
    file: u64,
    /// Its data are kept only if it is marked, or needed for what is below.
    event: RecordedEvent,
    marked: bool,
    sourcetype: Option<String>,
}

/// Whether an event is judged at all.
pub(super) fn is_judged(event: &RecordedEvent) -> bool {
    let channel = event.channel.as_deref();
    match (channel, event.provider.as_deref()) {
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

/// What makes a record one and the same: its number in its host's log and when
/// that took it; without a number, all that it says.
pub(super) fn key(event: &RecordedEvent) -> u64 {
    let mut hasher = DefaultHasher::new();
    let host = event.computer.as_deref().map(str::to_lowercase);
    (host, event.id, event.time_created).hash(&mut hasher);
    match event.record_id {
        Some(record) => (&event.channel, record).hash(&mut hasher),
        None => event.data.hash(&mut hasher),
    }
    hasher.finish()
}

/// The name under which a host's events are put together.
pub(super) fn host_name(event: &RecordedEvent) -> String {
    event
        .computer
        .clone()
        .unwrap_or_else(|| "unknown host".to_owned())
}

/// Looks at the events of a batch. `is_marked` says of an event's text whether
/// a word of a scenario stands in it.
pub(super) fn glances(
    events: &Events,
    window: Window,
    is_marked: &dyn Fn(&str) -> bool,
) -> Vec<Glance> {
    let mut hasher = DefaultHasher::new();
    events.source().hash(&mut hasher);
    let file = hasher.finish();
    events
        .iter()
        .map(|event| glance(&event, file, window, is_marked))
        .collect()
}

fn glance(
    event: &Event<'_>,
    file: u64,
    window: Window,
    is_marked: &dyn Fn(&str) -> bool,
) -> Glance {
    let Some(recorded) = recorded(event) else {
        return Glance::Unreadable;
    };
    if !is_judged(&recorded) {
        return Glance::Other;
    }
    if recorded.id.is_none() {
        return Glance::Unreadable;
    }
    if !window.holds(recorded.time_created) {
        return Glance::Outside;
    }
    let marked = event.raw.is_none_or(is_marked);
    let key = key(&recorded);
    let sourcetype = event
        .fields
        .iter()
        .find(|field| field.name == "sourcetype")
        .and_then(|field| field.values.first().cloned());
    Glance::Event(Box::new(Known {
        key,
        file,
        event: recorded,
        marked,
        sourcetype,
    }))
}

impl Survey {
    /// Adds what there is to know of one event.
    pub(super) fn add(&mut self, glance: Glance) {
        let known = match glance {
            Glance::Other => {
                self.others += 1;
                return;
            }
            Glance::Unreadable => {
                self.unreadable += 1;
                return;
            }
            Glance::Outside => {
                self.outside += 1;
                return;
            }
            Glance::Event(known) => known,
        };
        if !self.seen.insert(known.key) {
            self.duplicates += 1;
            return;
        }
        self.events += 1;
        let event = known.event;
        let name = host_name(&event);
        let host = self.hosts.entry(name.clone()).or_default();
        let id = event.id.unwrap_or_default();
        *host.events.entry(id).or_default() += 1;
        host.linux |= event.channel.as_deref() == Some(CHANNELS[2]);
        if let Some(sourcetype) = known.sourcetype {
            host.sourcetype.get_or_insert(sourcetype);
        }
        if let Some(time) = event.time_created {
            host.first = Some(host.first.map_or(time, |first| first.min(time)));
            host.last = Some(host.last.map_or(time, |last| last.max(time)));
            if let Some(record) = event.record_id {
                let of = (name, id > 4000, known.file);
                if let Some((before, at)) = self.last_record.get(&of)
                    && *before < record
                    && at.duration_since(time) > JUMP
                {
                    host.jumps.push((*before, record));
                }
                self.last_record.insert(of, (record, time));
            }
        }
        host.take(id, event, known.marked);
    }
}

impl Host {
    fn take(&mut self, id: u32, event: RecordedEvent, marked: bool) {
        match id {
            1 => {
                let fields = ["RuleName", "OriginalFileName", "ParentUser"];
                let has = fields.map(|field| event.field(field).is_some());
                self.has.get_or_insert(has);
                if let Some(guid) = Guid::of(&event, "ProcessGuid") {
                    let process = Process {
                        parent: Guid::of(&event, "ParentProcessGuid"),
                        id: event.said("ProcessId").and_then(|id| id.parse().ok()),
                        started: event.time_created,
                    };
                    self.processes.insert(guid, process);
                }
            }
            3 => {
                let sides = ["SourceHostname", "DestinationHostname"];
                let is_named = sides.iter().any(|side| event.said(side).is_some());
                self.named += usize::from(is_named);
            }
            4 | 16 => {
                if let Some(version) = event.said("SchemaVersion") {
                    self.schema_version = Some(version.to_owned());
                }
            }
            _ => {}
        }
        if marked {
            self.marked.push(event);
        }
    }

    /// Whether any event of an id was logged.
    pub(super) fn logs(&self, id: u32) -> bool {
        self.events.contains_key(&id)
    }

    /// The version of Sysmon's schema, as far as it can be told.
    pub(super) fn schema(&self) -> Option<String> {
        if let Some(version) = &self.schema_version {
            return Some(version.clone());
        }
        // When Sysmon's manifest gained each field.
        Some(
            match self.has? {
                [_, _, true] => "4.80 or later",
                [_, true, false] => "4.21 to before 4.80",
                [true, false, false] => "4.1 to before 4.21",
                [false, false, false] => "before 4.1",
            }
            .to_owned(),
        )
    }
}
