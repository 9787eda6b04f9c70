//! `mvcombine`: makes one row of rows that differ in one field only.
//!
//! Source: Search Reference, `mvcombine`. The delimiter shows where `nomv` comes
//! right after it.

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields as _, Record, Table},
};

/// A planned `mvcombine`.
#[derive(Debug)]
pub(crate) struct MvCombine {
    field: Slot,
    delimiter: String,
}

/// Parses the arguments of `mvcombine`.
///
/// # Errors
///
/// What is no field, and options that `mvcombine` does not have.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<MvCombine, Error> {
    let mut delimiter = " ".to_owned();
    while let Some(name) = option::name(cursor) {
        if !name.text.eq_ignore_ascii_case("delim") {
            return Err(option::unknown("mvcombine", &name, &["delim"]));
        }
        delimiter = option::value(cursor)?.text.into_owned();
    }
    let field = super::field(cursor, "mvcombine")?;
    cursor.expect_end()?;
    planner.read_all();
    let field = planner.change(&field.text);
    planner.combine(field, &delimiter);
    Ok(MvCombine { field, delimiter })
}

impl MvCombine {
    /// One text for all other values of a record, which no others give.
    fn key(&self, record: &Record<'_>, table: &[Slot]) -> String {
        let mut key = String::new();
        for slot in table {
            if *slot == self.field {
                continue;
            }
            let values = record.value(*slot).values();
            key.push_str(&values.len().to_string());
            for value in values {
                key.push(';');
                key.push_str(&value.len().to_string());
                key.push(':');
                key.push_str(&value);
            }
            key.push('\n');
        }
        key
    }
}

impl Command for MvCombine {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let slots: Vec<Slot> = table.names.slots().collect();
        let mut places = HashMap::new();
        let mut combined: Vec<(Record<'a>, Vec<_>)> = Vec::new();
        for mut record in std::mem::take(&mut table.records) {
            let key = self.key(&record, &slots);
            let values = match record.take(self.field) {
                Value::Null => Vec::new(),
                Value::Text(text) => vec![text],
                Value::Number(number) => vec![number.to_string().into()],
                Value::Multi(values) => values,
            };
            match places.entry(key) {
                Entry::Occupied(place) => {
                    let place: usize = *place.get();
                    combined[place].1.extend(values);
                }
                Entry::Vacant(place) => {
                    place.insert(combined.len());
                    combined.push((record, values));
                }
            }
        }
        table.records = combined
            .into_iter()
            .map(|(mut record, values)| {
                record.set(self.field, Value::from_values(values));
                record
            })
            .collect();
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.option("delim", &self.delimiter);
        out.field(self.field);
    }
}
