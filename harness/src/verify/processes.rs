//! The processes of a host: who started whom, and whose a process id was when.
//!
//! There is one for each event 1, and nothing bounds how many of those are
//! read: so each is kept once, in 64 bytes, and what looks it up are two numbers
//! of four.

use jiff::Timestamp;

use super::guid::Guid;

/// What is known of a process from its event 1.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) guid: Guid,
    pub(super) parent: Option<Guid>,
    /// Its id, which another process may have had before.
    pub(super) id: Option<u32>,
    pub(super) started: Option<Timestamp>,
}

const _: () = assert!(size_of::<Process>() <= 64);

/// The processes of a host. They are looked up once all are there.
#[derive(Debug, Clone, Default)]
pub(super) struct Processes {
    /// By GUID; of those that have the same one, in the order in which they were
    /// read.
    all: Vec<Process>,
    /// Places in `all`, by parent: those that have one.
    by_parent: Vec<u32>,
    /// Places in `all`, by process id and time: those that have an id.
    by_id: Vec<u32>,
}

impl Processes {
    /// Adds a process, which cannot be looked up before [`Self::end`].
    pub(super) fn add(&mut self, process: Process) {
        self.all.push(process);
    }

    /// Ends the reading.
    pub(super) fn end(&mut self) {
        self.all.shrink_to_fit();
        self.all.sort_by_key(|process| process.guid);
        let all = &self.all;
        let places = |has: fn(&Process) -> bool| -> Vec<u32> {
            (0..)
                .zip(all)
                .filter_map(|(place, process)| has(process).then_some(place))
                .collect()
        };
        self.by_parent = places(|process| process.parent.is_some());
        self.by_parent
            .sort_unstable_by_key(|place| at(all, *place).map(|process| process.parent));
        self.by_id = places(|process| process.id.is_some());
        self.by_id.sort_unstable_by_key(|place| {
            at(all, *place).map(|process| (process.id, process.started, process.guid))
        });
    }

    /// What the last event 1 of a process says.
    pub(super) fn get(&self, guid: Guid) -> Option<&Process> {
        let after = self.all.partition_point(|process| process.guid <= guid);
        let last = self.all.get(after.checked_sub(1)?)?;
        (last.guid == guid).then_some(last)
    }

    /// Whether a process was seen to start.
    pub(super) fn has(&self, guid: Guid) -> bool {
        self.get(guid).is_some()
    }

    /// Those that a process started.
    pub(super) fn children(&self, parent: Guid) -> impl Iterator<Item = Guid> {
        let of = |place: &u32| at(&self.all, *place).and_then(|process| process.parent);
        let first = self
            .by_parent
            .partition_point(|place| of(place) < Some(parent));
        self.by_parent[first..]
            .iter()
            .filter_map(|place| at(&self.all, *place))
            .take_while(move |process| process.parent == Some(parent))
            .map(|process| process.guid)
    }

    /// The process that had an id at a time: the last one that got it by then.
    pub(super) fn holder(&self, id: u32, at: Option<Timestamp>) -> Option<Guid> {
        let of = |place: &u32| self::at(&self.all, *place);
        let after = self.by_id.partition_point(|place| {
            of(place).is_some_and(|process| (process.id, process.started) <= (Some(id), at))
        });
        let last = of(self.by_id.get(after.checked_sub(1)?)?)?;
        (last.id == Some(id)).then_some(last.guid)
    }
}

fn at(all: &[Process], place: u32) -> Option<&Process> {
    all.get(usize::try_from(place).ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn guid(last: u8) -> Guid {
        let text = format!("{{3F1C9A52-BA9B-6B05-0100-0900000007{last:02}}}");
        let event = sysmon::RecordedEvent {
            data: vec![("ProcessGuid".to_owned(), text)],
            ..sysmon::RecordedEvent::default()
        };
        Guid::of(&event, "ProcessGuid").unwrap()
    }

    fn process(last: u8, parent: Option<u8>, id: u32, second: i64) -> Process {
        Process {
            guid: guid(last),
            parent: parent.map(guid),
            id: Some(id),
            started: Timestamp::from_second(second).ok(),
        }
    }

    fn processes() -> Processes {
        let mut processes = Processes::default();
        for process in [
            process(5, Some(1), 40, 500),
            process(1, None, 40, 100),
            process(3, Some(1), 7, 300),
            process(4, Some(3), 8, 400),
            // The same again, of another log, and with another parent.
            process(4, Some(5), 9, 450),
        ] {
            processes.add(process);
        }
        processes.end();
        processes
    }

    #[test]
    fn children_are_those_of_every_event_1() {
        let processes = processes();
        let children = |parent: u8| -> Vec<Guid> {
            let mut children: Vec<_> = processes.children(guid(parent)).collect();
            children.sort();
            children
        };
        assert_eq!(children(1), [guid(3), guid(5)]);
        assert_eq!(children(3), [guid(4)]);
        assert_eq!(children(5), [guid(4)]);
        assert!(children(4).is_empty() && children(9).is_empty());
    }

    #[test]
    fn the_last_event_1_says_what_a_process_is() {
        let processes = processes();
        assert_eq!(processes.get(guid(4)).unwrap().parent, Some(guid(5)));
        assert!(processes.has(guid(1)) && !processes.has(guid(2)));
        assert!(Processes::default().get(guid(1)).is_none());
    }

    #[test]
    fn an_id_is_of_the_process_that_had_it_last() {
        let processes = processes();
        let holder = |id, second| processes.holder(id, Timestamp::from_second(second).ok());
        assert_eq!(holder(40, 99), None);
        assert_eq!(holder(40, 100), Some(guid(1)));
        assert_eq!(holder(40, 499), Some(guid(1)));
        assert_eq!(holder(40, 500), Some(guid(5)));
        assert_eq!(holder(41, 900), None);
        assert_eq!(holder(7, 900), Some(guid(3)));
    }
}
