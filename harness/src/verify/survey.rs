//! The first reading: which hosts there are, what their Sysmon logs, which
//! processes started which, and the events that a scenario's own words stand in.
//!
//! What it keeps of an event that no word stands in is the eight bytes by which
//! it is known again (with the room of the table that holds them, 9 to 18), and
//! of a process the 72 of [`Processes`]. Hosts are bounded by [`MOST_HOSTS`],
//! marked events by [`MOST_MARKED`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use jiff::{SignedDuration, Timestamp};
use sysmon::RecordedEvent;

use super::glance::{Glances, Known, Says};
use super::names::HostNames;
use super::processes::Processes;

/// A clock that goes back by more than this between two records has jumped;
/// less is how long events wait before they are written.
const JUMP: SignedDuration = SignedDuration::from_mins(1);

/// More hosts than anybody's log has: their names are something else.
const MOST_HOSTS: usize = 100_000;

/// So many bytes of data in marked events are more than scenarios write: their
/// words are somebody's everyday ones.
const MOST_MARKED: usize = 256 << 20;

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
    /// Between which records the clock went back first.
    pub(super) jump: Option<(u64, u64)>,
    /// How often it did.
    pub(super) jumps: usize,
    pub(super) processes: Processes,
    /// Events that hold the words of a scenario.
    pub(super) marked: Vec<RecordedEvent>,
    /// The last records in each file.
    last_record: HashMap<u64, LastRecords>,
}

/// The last record of Sysmon's log, and of PowerShell's.
type LastRecords = [Option<(u64, Timestamp)>; 2];

/// What the first reading found.
#[derive(Debug)]
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
    /// There was more than could be kept.
    pub(super) overflowed: bool,
    /// How many bytes of marked events may still be kept.
    room: usize,
    seen: HashSet<u64, BuildHasherDefault<AsItIs>>,
    logged_outside: BTreeMap<String, BTreeSet<u32>>,
}

impl Default for Survey {
    fn default() -> Self {
        Self::with_room(MOST_MARKED)
    }
}

impl Survey {
    /// One that keeps no more bytes of marked events than these.
    fn with_room(room: usize) -> Self {
        Self {
            hosts: BTreeMap::new(),
            events: 0,
            duplicates: 0,
            others: 0,
            outside: 0,
            unreadable: 0,
            overflowed: false,
            room,
            seen: HashSet::default(),
            logged_outside: BTreeMap::new(),
        }
    }

    /// Adds what there is to know of the events of a batch.
    pub(super) fn add(&mut self, glances: Glances) {
        self.others += glances.others;
        self.unreadable += glances.unreadable;
        for of in glances.hosts {
            self.outside += of.outside;
            let is_new = !self.hosts.contains_key(&of.key);
            if is_new && self.hosts.len() + self.logged_outside.len() >= MOST_HOSTS {
                self.overflowed = true;
                continue;
            }
            if of.outside > 0 {
                let logged = self.logged_outside.entry(of.key.clone()).or_default();
                logged.extend(of.logged_outside);
            }
            if of.events.is_empty() {
                continue;
            }
            let host = self.hosts.entry(of.key).or_insert_with_key(|key| Host {
                name: of.name.clone(),
                key: key.clone(),
                ..Host::default()
            });
            if host.name.len() < host.key.len() && of.name.to_lowercase() == host.key {
                host.name = of.name;
            }
            let mut last = host.last_record.remove(&glances.file).unwrap_or_default();
            for mut known in of.events {
                if !self.seen.insert(known.key) {
                    self.duplicates += 1;
                    continue;
                }
                self.events += 1;
                if let Some(marked) = known.marked.take() {
                    match self.room.checked_sub(size(&marked)) {
                        Some(room) => {
                            self.room = room;
                            host.marked.push(*marked);
                        }
                        None => self.overflowed = true,
                    }
                }
                host.take(known, &mut last);
            }
            host.last_record.insert(glances.file, last);
        }
    }

    /// Which names stand for others, of all that there are.
    pub(super) fn names(&self) -> HostNames {
        let names = self.hosts.keys().chain(self.logged_outside.keys());
        HostNames::of(names.map(String::as_str))
    }

    /// Ends the reading: what is known of all events goes to their hosts.
    pub(super) fn end(&mut self) {
        self.seen = HashSet::default();
        for (name, host) in &mut self.hosts {
            host.logged
                .extend(self.logged_outside.remove(name).unwrap_or_default());
            host.processes.end();
        }
    }
}

/// Takes a number that is a hash already for its hash.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// How many bytes an event's data are.
pub(super) fn size(event: &RecordedEvent) -> usize {
    let data = event.data.iter();
    data.map(|(name, value)| name.len() + value.len()).sum()
}

impl Host {
    fn take(&mut self, known: Known, last: &mut LastRecords) {
        let count = self.events.entry(known.id).or_default();
        if *count == 0 {
            self.logged.insert(known.id);
        }
        *count += 1;
        self.linux |= known.linux;
        if let Some(sourcetype) = known.sourcetype {
            self.sourcetype.get_or_insert(sourcetype);
        }
        if let Some(time) = known.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
            if let Some(record) = known.record {
                let last = &mut last[usize::from(known.id > 4000)];
                if let Some((before, at)) = last.replace((record, time))
                    && before < record
                    && at.duration_since(time) > JUMP
                {
                    self.jump.get_or_insert((before, record));
                    self.jumps += 1;
                }
            }
        }
        match known.says {
            Says::Nothing => {}
            Says::Started { has, process } => {
                self.has.get_or_insert(has);
                if let Some(process) = process {
                    self.processes.add(process);
                }
            }
            Says::Connection { named, ports_named } => {
                self.named += usize::from(named);
                self.ports_named += usize::from(ports_named);
            }
            Says::Schema(version) => self.schema_version = Some(version),
        }
    }

    /// Whether any event of an id was logged.
    pub(super) fn logs(&self, id: u32) -> bool {
        self.logged.contains(&id)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::glance::OfHost;
    use super::*;

    fn batch(host: &str, records: impl IntoIterator<Item = u64>, marked: bool) -> Glances {
        let event = || RecordedEvent {
            data: vec![("CommandLine".to_owned(), "x".repeat(89))],
            ..RecordedEvent::default()
        };
        let known = |record| Known {
            key: record,
            id: 1,
            time: None,
            record: Some(record),
            linux: false,
            says: Says::Nothing,
            sourcetype: None,
            marked: marked.then(|| Box::new(event())),
        };
        Glances {
            file: 0,
            others: 0,
            unreadable: 0,
            hosts: vec![OfHost {
                key: host.to_owned(),
                name: host.to_owned(),
                events: records.into_iter().map(known).collect(),
                ..OfHost::default()
            }],
        }
    }

    #[test]
    fn no_more_marked_events_are_kept_than_there_is_room_for() {
        let mut survey = Survey::with_room(300);
        survey.add(batch("a", 1..=3, true));
        assert!(!survey.overflowed);
        survey.add(batch("a", 3..=5, true));
        assert!(survey.overflowed);
        assert_eq!(survey.hosts["a"].marked.len(), 3);
        // All are counted, and what comes twice is no other.
        assert_eq!((survey.events, survey.duplicates), (5, 1));
        assert_eq!(survey.hosts["a"].events, BTreeMap::from([(1, 5)]));
    }

    #[test]
    fn a_host_too_many_is_left_out_and_said() {
        let mut survey = Survey::default();
        for number in 0..MOST_HOSTS as u64 {
            survey.add(batch(&number.to_string(), [number], false));
        }
        assert!(!survey.overflowed);
        survey.add(batch("another", [u64::MAX], false));
        assert!(survey.overflowed && survey.hosts.len() == MOST_HOSTS);
        assert_eq!(survey.events, MOST_HOSTS);
        // Those that are known go on.
        survey.add(batch("7", [u64::MAX], false));
        assert_eq!(survey.hosts["7"].events, BTreeMap::from([(1, 2)]));
    }
}
