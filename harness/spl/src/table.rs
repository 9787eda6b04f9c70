//! The rows between two commands.

use crate::{
    Environment, Value,
    error::Span,
    names::{Names, Slot},
    results::Notice,
};

/// The results of a command: rows, and which of their fields are columns.
#[derive(Clone, Debug)]
pub(crate) struct Table<'a> {
    pub(crate) names: Names,
    pub(crate) columns: Columns,
    pub(crate) records: Vec<Record<'a>>,
    /// What the commands have to say about the results.
    pub(crate) notices: Vec<Notice>,
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
    /// The time of that event, whatever became of the field.
    pub(crate) time: Option<f64>,
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
            time: None,
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

impl Record<'_> {
    pub(crate) fn into_owned(self) -> Record<'static> {
        Record {
            values: self.values.into_iter().map(Value::into_owned).collect(),
            event: self.event,
            time: self.time,
        }
    }

    /// The same record with its values in other slots.
    fn moved(mut self, slots: &[Slot]) -> Self {
        let values = std::mem::take(&mut self.values);
        for (value, slot) in values.into_iter().zip(slots) {
            self.set(*slot, value);
        }
        self
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

impl<'a> Table<'a> {
    /// A table without rows that takes whatever fields they have.
    pub(crate) fn new(names: Names) -> Self {
        Self {
            names,
            columns: Columns::Open,
            records: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Says something about the results.
    pub(crate) fn notice(&mut self, span: Span, message: String) {
        self.notices.push(Notice { span, message });
    }

    /// The same table, independent of events and search.
    pub(crate) fn into_owned(self) -> Table<'static> {
        Table {
            names: self.names,
            columns: self.columns,
            records: self.records.into_iter().map(Record::into_owned).collect(),
            notices: self.notices,
        }
    }

    /// Adds the rows of another table, which may know fields by other slots.
    pub(crate) fn append(&mut self, other: Table<'a>) {
        // A batch gives its names back before its rows are taken.
        let slots: Vec<Slot> = other
            .names
            .slots()
            .map(|slot| self.names.slot(other.names.name(slot)))
            .collect();
        let moved = slots
            .iter()
            .zip(other.names.slots())
            .any(|(to, from)| *to != from);
        self.notices.extend_from_slice(&other.notices);
        if let Columns::Chosen(columns) = &mut self.columns {
            for slot in other.columns() {
                let slot = slots.get(slot.index()).copied().unwrap_or(slot);
                if !columns.contains(&slot) {
                    columns.push(slot);
                }
            }
        }
        self.records.extend(
            other.records.into_iter().map(
                |record| {
                    if moved { record.moved(&slots) } else { record }
                },
            ),
        );
    }
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
