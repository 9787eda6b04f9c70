//! BY fields, and what is kept for each tuple of their values.

use std::{borrow::Cow, collections::HashMap};

use super::state::State;
use crate::{
    Error, Value,
    command::{Source, option},
    cursor::Cursor,
    error::Span,
    explain::{Clause, Met},
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields, Record, Scope},
};

/// The BY fields of a command.
#[derive(Debug, Default)]
pub(crate) struct By {
    pub(in crate::command) fields: Vec<Group>,
}

/// A BY field.
#[derive(Debug)]
pub(in crate::command) struct Group {
    pub(in crate::command) slot: Slot,
    pub(in crate::command) span: Span,
}

/// In how many groups a row may be: the BY fields of one row can have many
/// values each.
const MAX_TUPLES: usize = 10_000;

impl By {
    /// Parses the fields after `BY`, up to the end or one of the options.
    ///
    /// # Errors
    ///
    /// What is no list of fields, and wildcards.
    pub(crate) fn parse(
        cursor: &mut Cursor<'_>,
        planner: &mut Planner,
        options: &[&'static str],
    ) -> Result<Self, Error> {
        let mut fields = Self::default();
        loop {
            let token = cursor.listed_name()?;
            if token.text.contains('*') {
                return Err(Error::syntax(
                    "a BY field cannot have a wildcard",
                    token.span,
                ));
            }
            fields.add(planner.read(&token.text), token.span);
            let comma = cursor.eat_mark(",");
            if !comma && (cursor.at_end() || option::is_next(cursor, options)) {
                return Ok(fields);
            }
        }
    }

    /// Parses the fields up to the end, `BY`, or one of the options.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_until_by(
        cursor: &mut Cursor<'_>,
        planner: &mut Planner,
        options: &[&'static str],
    ) -> Result<Self, Error> {
        let mut fields = Self::default();
        loop {
            let token = cursor.listed_name()?;
            if token.text.contains('*') {
                return Err(Error::unsupported(
                    "a wildcard in a list of fields to count",
                    token.span,
                ));
            }
            fields.add(planner.read(&token.text), token.span);
            let comma = cursor.eat_mark(",");
            cursor.skip_blanks();
            let ends = cursor.at_keyword("BY") || option::is_next(cursor, options);
            if !comma && (ends || cursor.at_end()) {
                return Ok(fields);
            }
        }
    }

    /// Adds a field, unless it is there already.
    fn add(&mut self, slot: Slot, span: Span) {
        if self.fields.iter().all(|group| group.slot != slot) {
            self.fields.push(Group { slot, span });
        }
    }

    /// Takes the fields of another list.
    pub(in crate::command) fn append(&mut self, other: &mut Self) {
        for group in other.fields.drain(..) {
            self.add(group.slot, group.span);
        }
    }

    pub(crate) fn print(&self, out: &mut Printer<'_>) {
        if !self.fields.is_empty() {
            out.word("BY");
            out.list(&self.fields, |out, group| out.field(group.slot));
        }
    }

    /// Why a row is in no group: the fields that it lacks.
    pub(in crate::command) fn explain(
        &self,
        scope: Scope<'_, '_>,
        source: Source<'_>,
    ) -> Vec<Clause> {
        self.fields
            .iter()
            .filter(|group| scope.record.value(group.slot).is_null())
            .map(|group| Clause {
                span: group.span.clone(),
                expected: "a value, because rows without the BY field are left out".to_owned(),
                met: vec![Met {
                    field: source.names.name(group.slot).to_owned(),
                    value: None,
                }],
                alternatives: Vec::new(),
            })
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.fields.iter().map(|group| group.slot).collect()
    }

    /// Calls `each` with every tuple of values that a row belongs to: none
    /// where a BY field is missing, and one for each combination where fields
    /// are multivalue.
    pub(in crate::command) fn for_each(
        &self,
        record: &Record<'_>,
        different: bool,
        mut each: impl FnMut(&[&str]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let [group] = self.fields.as_slice()
            && let Value::Text(text) = record.value(group.slot)
        {
            return each(&[text]);
        }
        let mut values: Vec<Vec<Cow<'_, str>>> = Vec::with_capacity(self.fields.len());
        let mut tuples = 1_usize;
        for group in &self.fields {
            let mut choices = record.value(group.slot).values();
            if different {
                let mut seen = std::collections::HashSet::new();
                choices.retain(|choice| seen.insert(choice.clone()));
            }
            tuples = tuples.saturating_mul(choices.len());
            values.push(choices);
        }
        if tuples > MAX_TUPLES
            && let Some(group) = self.fields.last()
        {
            return Err(Error::limit(
                format!("a row in more than {MAX_TUPLES} groups"),
                group.span.clone(),
            ));
        }
        let mut tuple: Vec<&str> = Vec::with_capacity(values.len());
        for number in 0..tuples {
            tuple.clear();
            let mut rest = number;
            let mut below = tuples;
            for choices in &values {
                below /= choices.len();
                tuple.push(&choices[rest / below]);
                rest %= below;
            }
            each(&tuple)?;
        }
        Ok(())
    }

    /// The one tuple of values that a row belongs to; none where a BY field is
    /// missing.
    ///
    /// # Errors
    ///
    /// A multivalue field: in which of its groups the row is, is not
    /// documented.
    pub(in crate::command) fn single<'r>(
        &self,
        record: &'r Record<'_>,
        command: &str,
    ) -> Result<Option<Vec<Cow<'r, str>>>, Error> {
        let mut tuple = Vec::with_capacity(self.fields.len());
        for group in &self.fields {
            match record.value(group.slot) {
                Value::Multi(values) if !values.is_empty() => {
                    return Err(Error::unsupported(
                        format!("`{command}` by a multivalue field"),
                        group.span.clone(),
                    ));
                }
                value => match value.text() {
                    Some(text) => tuple.push(text),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(tuple))
    }
}

/// What is kept for each tuple of values.
#[derive(Debug)]
pub(in crate::command) struct Groups<T> {
    places: HashMap<Box<[u8]>, usize>,
    kept: Vec<(Vec<Box<str>>, T)>,
    key: Vec<u8>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            kept: Vec::new(),
            key: Vec::new(),
        }
    }
}

impl<T> Groups<T> {
    /// The place of a tuple, which is new if need be. A tuple that is known
    /// costs no allocation.
    pub(in crate::command) fn place(
        &mut self,
        tuple: &[impl AsRef<str>],
        new: impl FnOnce() -> T,
    ) -> usize {
        let key = key(&mut self.key, tuple);
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let place = self.kept.len();
        self.places.insert(key.into(), place);
        let tuple = tuple.iter().map(|value| value.as_ref().into()).collect();
        self.kept.push((tuple, new()));
        place
    }

    /// What is kept at a place that [`place`](Self::place) gave.
    pub(in crate::command) fn at(&mut self, place: usize) -> &mut T {
        &mut self.kept[place].1
    }

    /// What is kept, by place.
    pub(in crate::command) fn kept(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(_, kept)| kept)
    }

    /// The groups, sorted by their tuples as text.
    pub(in crate::command) fn into_sorted(mut self) -> Vec<(Vec<Box<str>>, T)> {
        self.kept.sort_by(|(left, _), (right, _)| left.cmp(right));
        self.kept
    }

    pub(in crate::command) fn clear(&mut self) {
        self.places.clear();
        self.kept.clear();
    }
}

impl Groups<Vec<State>> {
    /// Takes the groups of other rows.
    pub(in crate::command) fn merge(&mut self, other: Self) {
        for (tuple, states) in other.kept {
            let mut incoming = Some(states);
            let place = self.place(&tuple, || incoming.take().unwrap_or_default());
            let more = incoming.into_iter().flatten();
            for (state, more) in self.at(place).iter_mut().zip(more) {
                state.merge(more);
            }
        }
    }
}

/// A tuple as one key; a single value is its own.
fn key<'k>(buffer: &'k mut Vec<u8>, tuple: &'k [impl AsRef<str>]) -> &'k [u8] {
    if let [single] = tuple {
        return single.as_ref().as_bytes();
    }
    // Lengths keep `a`, `bc` and `ab`, `c` apart.
    buffer.clear();
    for value in tuple {
        let value = value.as_ref();
        buffer.extend_from_slice(&value.len().to_le_bytes());
        buffer.extend_from_slice(value.as_bytes());
    }
    buffer
}
