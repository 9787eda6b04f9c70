//! Field names and the slots that their values stand in.

use std::{collections::HashMap, fmt};

/// The place of a field in every row of one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(usize);

impl Slot {
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// All field names of one search: those in its text, and at run time also those
/// that wildcards find in events.
#[derive(Clone, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    slots: HashMap<String, Slot>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}

impl Names {
    /// The slot of a name, which is new if need be.
    pub(crate) fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = Slot(self.names.len());
        self.names.push(name.to_owned());
        self.slots.insert(name.to_owned(), slot);
        slot
    }

    /// The slot of a name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<Slot> {
        self.slots.get(name).copied()
    }

    pub(crate) fn name(&self, slot: Slot) -> &str {
        &self.names[slot.0]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// All slots, in the order in which their names came up.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> + use<> {
        (0..self.names.len()).map(Slot)
    }

    /// All slots with their names, sorted by name.
    pub(crate) fn sorted(&self) -> Vec<(Slot, &str)> {
        let mut all: Vec<_> = self
            .names
            .iter()
            .enumerate()
            .map(|(index, name)| (Slot(index), name.as_str()))
            .collect();
        all.sort_by_key(|(_, name)| *name);
        all
    }
}

/// Whether a field is one of Splunk's internal ones, which wildcards and
/// `fields` pass over unless they are named.
pub(crate) fn is_internal(name: &str) -> bool {
    name.starts_with('_')
}
