//! The first reading: which hosts there are, what their Sysmon logs, which
//! processes started which, and the events that a scenario's own words stand in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use sysmon::RecordedEvent;
use telemetry::{Event, Events};

use super::guid::Guid;
use super::names::{HostNames, UNKNOWN_HOST};
use super::options::Window;
use super::reading::{CHANNELS, recorded};
use crate::recordings::needles::Needles;

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
    /// Its name, as the first event has it that names its domain, if any does.
    pub(super) name: String,
    /// Under what its events are put together.
    pub(super) key: String,
    /// The ids of all events, also of those outside of the window: what is not
    /// in it is logged all the same.
    logged: BTreeSet<u32>,
    /// How many events of each id there are; PowerShell's ids are above 4000.
    pub(super) events: BTreeMap<u32, usize>,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// It is Linux.
    pub(super) linux: bool,
    /// Events 3 in which reverse lookups gave any name.
    pub(super) named: usize,
    /// Events 3 in which a port has a name.
    pub(super) ports_named: usize,
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
    /// Who started whom.
    pub(super) children: HashMap<Guid, Vec<Guid>>,
    /// Which processes had an id, and from when on.
    holders: HashMap<u32, Vec<(Option<Timestamp>, Guid)>>,
    /// Events that hold the words of a scenario.
    pub(super) marked: Vec<RecordedEvent>,
}

/// What the first reading found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The hosts, by [`HostNames::key`].
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
    logged_outside: HashMap<String, BTreeSet<u32>>,
}

/// What there is to know of one event.
#[derive(Debug)]
pub(super) enum Glance {
    Other,
    Unreadable,
    Outside { host: String, id: u32 },
    Event(Box<Known>),
}

/// An event of Sysmon or PowerShell.
#[derive(Debug)]
pub(super) struct Known {
    key: u64,
    /// Its host, by [`HostNames::key`].
    host: String,
    /// The file that it is in. Files may be of any time, in any order.
    file: u64,
    /// All of it if it is marked, else with the data that are looked at.
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
pub(super) fn key(event: &RecordedEvent, host: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (host, event.id, event.time_created).hash(&mut hasher);
    match event.record_id {
        Some(record) => (&event.channel, record).hash(&mut hasher),
        None => event.data.hash(&mut hasher),
    }
    hasher.finish()
}

/// The data that are looked at in events which no scenario's word stands in.
const LOOKED_AT: [&str; 12] = [
    "DestinationHostname",
    "DestinationPortName",
    "OriginalFileName",
    "ParentProcessGuid",
    "ParentUser",
    "ProcessGuid",
    "ProcessId",
    "RuleName",
    "SchemaVersion",
    "SourceHostname",
    "SourcePortName",
    "UtcTime",
];

/// Looks at the events of a batch. Those are marked in which a word of a scenario
/// stands.
pub(super) fn glances(
    events: &Events,
    window: Window,
    words: &Needles,
    names: &HostNames,
) -> Vec<Glance> {
    let mut hasher = DefaultHasher::new();
    events.source().hash(&mut hasher);
    let file = hasher.finish();
    let marked = words.events(events);
    events
        .iter()
        .enumerate()
        .map(|(index, event)| {
            let is_marked = match &marked {
                Some(marked) => marked.binary_search(&index).is_ok(),
                None => stand_in(words, &event),
            };
            glance(&event, file, window, is_marked, names)
        })
        .collect()
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

fn glance(event: &Event<'_>, file: u64, window: Window, marked: bool, names: &HostNames) -> Glance {
    let some = |name: &str| LOOKED_AT.contains(&name);
    let all = |_: &str| true;
    let first = recorded(event, if marked { &all } else { &some });
    // What has no number is told from others by all of its data.
    let whole = match &first {
        Some(first) if !marked && first.record_id.is_none() => recorded(event, &all),
        _ => None,
    };
    let Some(recorded) = whole.or(first) else {
        return Glance::Unreadable;
    };
    if !is_judged(&recorded) {
        return Glance::Other;
    }
    let Some(id) = recorded.id else {
        return Glance::Unreadable;
    };
    let host = names.key(&recorded);
    if !window.holds(recorded.time_created) {
        return Glance::Outside { host, id };
    }
    let key = key(&recorded, &host);
    let sourcetype = event
        .fields
        .iter()
        .find(|field| field.name == "sourcetype")
        .and_then(|field| field.values.first().cloned());
    Glance::Event(Box::new(Known {
        key,
        host,
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
            Glance::Outside { host, id } => {
                self.outside += 1;
                self.logged_outside.entry(host).or_default().insert(id);
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
        let name = known.host;
        let called = event.computer.as_deref().unwrap_or(UNKNOWN_HOST);
        let host = self.hosts.entry(name.clone()).or_insert_with(|| Host {
            name: called.to_owned(),
            key: name.clone(),
            ..Host::default()
        });
        if host.name.len() < name.len() && called.to_lowercase() == name {
            called.clone_into(&mut host.name);
        }
        let id = event.id.unwrap_or_default();
        host.logged.insert(id);
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

    /// Which names stand for others, of all that there are.
    pub(super) fn names(&self) -> HostNames {
        let names = self.hosts.keys().chain(self.logged_outside.keys());
        HostNames::of(names.map(String::as_str))
    }

    /// Ends the reading: what is known of all events goes to their hosts.
    pub(super) fn end(&mut self) {
        for (name, host) in &mut self.hosts {
            host.logged
                .extend(self.logged_outside.remove(name).unwrap_or_default());
            for holders in host.holders.values_mut() {
                holders.sort_unstable();
            }
        }
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
                    if let Some(parent) = process.parent {
                        self.children.entry(parent).or_default().push(guid);
                    }
                    if let Some(id) = process.id {
                        let holders = self.holders.entry(id).or_default();
                        holders.push((process.started, guid));
                    }
                    self.processes.insert(guid, process);
                }
            }
            3 => {
                let says = |fields: [&str; 2]| {
                    let said = fields.iter().any(|field| event.said(field).is_some());
                    usize::from(said)
                };
                self.named += says(["SourceHostname", "DestinationHostname"]);
                self.ports_named += says(["SourcePortName", "DestinationPortName"]);
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
        self.logged.contains(&id)
    }

    /// The process that had an id at a time: the last one that got it by then.
    pub(super) fn holder(&self, id: u32, at: Option<Timestamp>) -> Option<Guid> {
        let holders = self.holders.get(&id)?;
        let after = holders.partition_point(|(started, _)| *started <= at);
        holders.get(after.checked_sub(1)?).map(|(_, guid)| *guid)
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
