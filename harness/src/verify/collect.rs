//! The second reading: all events of the processes that were found.

use std::collections::{BTreeMap, HashMap, HashSet};

use sysmon::RecordedEvent;
use telemetry::{Event, Events, Field};

use super::glance::{is_judged, key};
use super::guid::Guid;
use super::names::HostNames;
use super::options::Window;
use super::reading::recorded;
use super::survey::size;
use crate::recordings::needles::Needles;

/// More events of scenarios than anybody's beacons make: something else was
/// taken for them.
const MOST: usize = 200_000;

/// More bytes of them, for the same reason.
const MOST_BYTES: usize = 256 << 20;

/// An event of a scenario's process.
#[derive(Debug, Clone)]
pub(super) struct Collected {
    pub(super) event: RecordedEvent,
    pub(super) raw: Option<String>,
    pub(super) fields: Vec<Field>,
    key: u64,
    host: String,
}

/// The processes that are looked for, by host.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) processes: HashMap<String, HashSet<Guid>>,
    /// Their ids: PowerShell's events have no GUID.
    pub(super) process_ids: HashMap<String, HashSet<u32>>,
}

impl Wanted {
    /// What must stand in an event's text for it to be wanted: so most need not
    /// be taken apart.
    pub(super) fn literals(&self) -> Vec<String> {
        let guids = self.processes.values().flatten().map(|guid| guid.text());
        guids.chain(["4104".to_owned()]).collect()
    }
}

/// The events of a batch that are wanted.
pub(super) fn of_batch(
    events: &Events,
    window: Window,
    wanted: &Wanted,
    literals: &Needles,
    names: &HostNames,
) -> Vec<Collected> {
    let of = |event| collect(&event, window, wanted, names);
    match literals.events(events) {
        Some(found) => found
            .into_iter()
            .filter_map(|index| of(events.get(index)?))
            .collect(),
        None => events.iter().filter_map(of).collect(),
    }
}

fn collect(
    event: &Event<'_>,
    window: Window,
    wanted: &Wanted,
    names: &HostNames,
) -> Option<Collected> {
    let recorded = recorded(event, &|_| true)?;
    if !is_judged(&recorded) || !window.holds(recorded.time_created) {
        return None;
    }
    let host = names.key(&recorded);
    let is_wanted = if recorded.id == Some(4104) {
        let ids = wanted.process_ids.get(&host)?;
        recorded.process_id.is_some_and(|id| ids.contains(&id))
    } else {
        let processes = wanted.processes.get(&host)?;
        let guid = Guid::of(&recorded, "ProcessGuid")?;
        processes.contains(&guid)
    };
    is_wanted.then(|| Collected {
        key: key(&recorded, &host),
        event: recorded,
        raw: event.raw.map(str::to_owned),
        fields: event.fields.to_vec(),
        host,
    })
}

/// What was collected, by host, each event once and in the order in which the
/// log took them.
#[derive(Debug, Default)]
pub(super) struct Collection {
    pub(super) events: BTreeMap<String, Vec<Collected>>,
    /// There were more than could be kept.
    pub(super) overflowed: bool,
    seen: HashSet<u64>,
    /// How many bytes they are.
    bytes: usize,
}

impl Collection {
    pub(super) fn add(&mut self, collected: Vec<Collected>) {
        for event in collected {
            if !self.seen.insert(event.key) {
                continue;
            }
            self.bytes += event.raw.as_ref().map_or(0, String::len) + size(&event.event);
            if self.seen.len() > MOST || self.bytes > MOST_BYTES {
                self.overflowed = true;
                return;
            }
            self.events
                .entry(event.host.clone())
                .or_default()
                .push(event);
        }
    }

    /// Puts all into order.
    pub(super) fn sort(&mut self) {
        for events in self.events.values_mut() {
            events
                .sort_by_key(|collected| (collected.event.time_created, collected.event.record_id));
        }
    }
}

/// Script blocks that were logged in several parts, put together; and how many
/// of them lack a part.
pub(super) fn whole_script_blocks(events: &[&RecordedEvent]) -> (Vec<RecordedEvent>, usize) {
    let number = |event: &RecordedEvent, field| -> usize {
        event
            .field(field)
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(1)
    };
    let mut blocks: Vec<(Option<&str>, BTreeMap<usize, &RecordedEvent>)> = Vec::new();
    for event in events.iter().filter(|event| event.id == Some(4104)) {
        let id = event.said("ScriptBlockId");
        let part = number(event, "MessageNumber");
        let known = blocks
            .iter_mut()
            .find(|(known, parts)| id.is_some() && *known == id && !parts.contains_key(&part));
        match known {
            Some((_, parts)) => {
                parts.insert(part, event);
            }
            None => blocks.push((id, BTreeMap::from([(part, *event)]))),
        }
    }
    let mut lacking = 0;
    let whole = blocks
        .into_iter()
        .filter_map(|(_, parts)| {
            let first = parts.values().next()?;
            lacking += usize::from(parts.len() < number(first, "MessageTotal"));
            let text: String = parts
                .values()
                .filter_map(|part| part.field("ScriptBlockText"))
                .collect();
            let mut whole = (*first).clone();
            for (name, value) in &mut whole.data {
                if name == "ScriptBlockText" {
                    value.clone_from(&text);
                }
            }
            Some(whole)
        })
        .collect();
    (whole, lacking)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn part(id: &str, number: &str, total: &str, text: &str) -> RecordedEvent {
        let datum = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        RecordedEvent {
            id: Some(4104),
            data: vec![
                datum("MessageNumber", number),
                datum("MessageTotal", total),
                datum("ScriptBlockText", text),
                datum("ScriptBlockId", id),
            ],
            ..RecordedEvent::default()
        }
    }

    #[test]
    fn a_script_block_in_parts_is_one_whatever_their_order() {
        let parts = [
            part("b", "1", "1", "other"),
            part("a", "2", "3", "-WebReq"),
            part("a", "1", "3", "Invoke"),
            part("a", "3", "3", "uest"),
        ];
        let events: Vec<_> = parts.iter().collect();
        let (whole, lacking) = whole_script_blocks(&events);
        let texts: Vec<_> = whole
            .iter()
            .map(|event| event.field("ScriptBlockText").unwrap())
            .collect();
        assert_eq!(texts, ["other", "Invoke-WebRequest"]);
        assert_eq!(lacking, 0);
        let (_, lacking) = whole_script_blocks(&events[..3]);
        assert_eq!(lacking, 1);
    }
}
