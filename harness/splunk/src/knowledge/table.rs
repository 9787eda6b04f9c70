//! The rules of one add-on, by field.

use std::borrow::Cow;
use std::sync::LazyLock;

use spl::Value;

use super::formula::{Fields, Input};
use super::{FieldRule, Knowledge, Step, current, legacy, linux, windows};

/// The rules of one add-on: by field, of one field the later steps first.
#[derive(Debug)]
pub(crate) struct Table {
    rules: Vec<FieldRule>,
    /// The first rule and the number of rules of each field, by name.
    fields: Vec<(&'static str, usize, usize)>,
    /// Where in `fields` a name is, by its hash: one more than the place, or
    /// zero; if that is another name, in one of the next slots.
    slots: Box<[u16; SLOTS]>,
}

/// A power of two, some times the number of fields with rules.
const SLOTS: usize = 1024;

/// Where to look first for a name: searches ask for a field of every event, so
/// eight bytes are taken at a time.
fn slot(name: &str) -> usize {
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mix = |hash: u64, word: &[u8; 8]| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    };
    let hash = mix(words.iter().fold(0, mix), &last);
    // The upper bits depend on all bytes.
    (hash >> 48) as usize % SLOTS
}

impl Table {
    pub(crate) fn new(mut rules: Vec<FieldRule>) -> Self {
        // A stable sort: the order of rules of one step is theirs.
        rules.sort_by(|a, b| a.field.cmp(b.field).then(b.step.cmp(&a.step)));
        let mut fields: Vec<(&'static str, usize, usize)> = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            match fields.last_mut() {
                Some((field, _, count)) if *field == rule.field => *count += 1,
                _ => fields.push((rule.field, place, 1)),
            }
        }
        assert!(fields.len() < SLOTS / 2, "no more fields than slots");
        let mut slots = Box::new([0; SLOTS]);
        for (place, (name, _, _)) in (1..).zip(&fields) {
            let mut slot = slot(name);
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = place;
        }
        Self {
            rules,
            fields,
            slots,
        }
    }

    /// The rules for a field; empty where there are none: then it can only be
    /// a datum of the event.
    pub(crate) fn of(&self, field: &str) -> &[FieldRule] {
        let mut slot = slot(field);
        loop {
            let Some(place) = self.slots[slot].checked_sub(1) else {
                return &[];
            };
            let (name, start, count) = self.fields[usize::from(place)];
            if name == field {
                return &self.rules[start..start + count];
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// A field of an event as an operation leaves it.
    pub(crate) fn value<'a>(&self, event: &impl Fields<'a>, field: &str, step: Step) -> Value<'a> {
        let rules = self.of(field);
        let datum = || {
            event
                .datum(field)
                .map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
        };
        // The latest operation so far that can make the field.
        let Some(first) = rules.iter().position(|rule| rule.step <= step) else {
            return datum();
        };
        let last = rules[first].step;
        let made = rules[first..]
            .iter()
            .take_while(|rule| rule.step == last)
            .find(|rule| rule.events.contain(event.id()))
            .map_or(Value::Null, |rule| {
                rule.from.value(&Input {
                    event,
                    table: self,
                    step: last.before(),
                })
            });
        match last {
            // What is extracted first stays (`MV_ADD = false`), and the system
            // block comes first.
            Step::Extraction if made.is_null() => datum(),
            // `OUTPUTNEW`: a lookup leaves a field that is there.
            Step::Lookup => match self.value(event, field, last.before()) {
                Value::Null => made,
                there => there,
            },
            // An alias of a field that is missing, and a calculation without
            // result, take away what was there.
            _ => made,
        }
    }

    /// The names of all fields that have rules.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _, _)| *name)
    }

    /// All rules.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &FieldRule> {
        self.rules.iter()
    }
}

/// The table of an add-on.
pub(crate) fn table(knowledge: Knowledge) -> &'static Table {
    static LEGACY: LazyLock<Table> = LazyLock::new(|| Table::new(legacy::rules()));
    static CURRENT: LazyLock<Table> = LazyLock::new(|| Table::new(current::rules()));
    static LINUX: LazyLock<Table> = LazyLock::new(|| Table::new(linux::rules()));
    static WINDOWS: LazyLock<Table> = LazyLock::new(|| Table::new(windows::rules()));
    match knowledge {
        Knowledge::LegacySysmon => &LEGACY,
        Knowledge::CurrentSysmon => &CURRENT,
        Knowledge::SysmonForLinux => &LINUX,
        Knowledge::Windows => &WINDOWS,
    }
}

#[cfg(test)]
mod tests;
