//! The rows between two commands.

use crate::{
    Environment, Value,
    names::{Names, Slot},
};

/// The results of a command: rows, and which of their fields are columns.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) names: Names,
    pub(crate) columns: Columns,
    pub(crate) records: Vec<Record<'a>>,
}

/// Which fields are columns of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Whatever fields the rows have.
    Open,
    /// These, in this order.
    Chosen(Vec<Slot>),
}

/// A row: a value for each slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record<'a> {
    values: Vec<Value<'a>>,
    /// The event that the row came from.
    pub(crate) event: Option<usize>,
}

/// Where the fields of a row are read from.
pub(crate) trait Fields<'a> {
    fn value(&self, slot: Slot) -> &Value<'a>;
}

impl<'a> Record<'a> {
    pub(crate) fn new(event: Option<usize>, slots: usize) -> Self {
        Self {
            values: vec![Value::Null; slots],
            event,
        }
    }

    pub(crate) fn set(&mut self, slot: Slot, value: Value<'a>) {
        if slot.index() >= self.values.len() {
            self.values.resize(slot.index() + 1, Value::Null);
        }
        self.values[slot.index()] = value;
    }

    pub(crate) fn take(&mut self, slot: Slot) -> Value<'a> {
        self.values
            .get_mut(slot.index())
            .map(std::mem::take)
            .unwrap_or_default()
    }
}

impl<'a> Fields<'a> for Record<'a> {
    fn value(&self, slot: Slot) -> &Value<'a> {
        self.values.get(slot.index()).unwrap_or(&Value::Null)
    }
}

/// What an expression is evaluated on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'r, 'a> {
    pub(crate) record: &'r Record<'a>,
    pub(crate) environment: &'r Environment,
}

impl Table<'_> {
    /// The slots that are columns now, in order: of an open table those that
    /// some row has, sorted by name.
    pub(crate) fn columns(&self) -> Vec<Slot> {
        match &self.columns {
            Columns::Chosen(slots) => slots.clone(),
            Columns::Open => self
                .names
                .sorted()
                .into_iter()
                .map(|(slot, _)| slot)
                .filter(|slot| self.records.iter().any(|r| !r.value(*slot).is_null()))
                .collect(),
        }
    }

    /// Adds a column that a command made, unless it is there already.
    pub(crate) fn add_column(&mut self, slot: Slot) {
        if let Columns::Chosen(slots) = &mut self.columns
            && !slots.contains(&slot)
        {
            slots.push(slot);
        }
    }

    /// Keeps these columns only: every other field becomes null.
    pub(crate) fn choose(&mut self, slots: Vec<Slot>) {
        let mut kept = vec![false; self.names.len()];
        for slot in &slots {
            kept[slot.index()] = true;
        }
        for record in &mut self.records {
            for (value, kept) in record.values.iter_mut().zip(&kept) {
                if !kept {
                    *value = Value::Null;
                }
            }
        }
        self.columns = Columns::Chosen(slots);
    }

    /// Removes a field.
    pub(crate) fn remove(&mut self, slot: Slot) {
        for record in &mut self.records {
            record.take(slot);
        }
        if let Columns::Chosen(slots) = &mut self.columns {
            slots.retain(|other| *other != slot);
        }
    }
}
