//! `dedup`: keeps the first rows of each combination of values.
//!
//! Source: Search Reference, `dedup`. A row that lacks one of the fields is
//! dropped, unless `keepempty` keeps it. All values of a multivalue field must
//! be the same.

use std::collections::HashMap;

use super::sort::Keys;
use crate::{
    Error,
    command::{Command, Context, Source, option},
    cursor::Cursor,
    error::Span,
    explain::{Clause, Met},
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields, Record, Scope, Table},
};

/// A planned `dedup`.
#[derive(Debug)]
pub(crate) struct Dedup {
    /// How many rows of each combination stay.
    count: usize,
    fields: Vec<(Slot, Span)>,
    /// Whether rows that would be dropped lose their fields instead.
    keep_events: bool,
    keep_empty: bool,
    /// Whether only rows one after the other are compared.
    consecutive: bool,
    sort_by: Option<Keys>,
}

const OPTIONS: &[&str] = &["consecutive", "keepempty", "keepevents"];

/// Parses the arguments of `dedup`.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Dedup, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let count = super::count(cursor)?;
    if count == Some(0) {
        return Err(Error::syntax(
            "`dedup` keeps at least one row",
            cursor.since(start),
        ));
    }
    let mut dedup = Dedup {
        count: count.unwrap_or(1),
        fields: Vec::new(),
        keep_events: false,
        keep_empty: false,
        consecutive: false,
        sort_by: None,
    };
    loop {
        if let Some((name, _)) = option::next(cursor, OPTIONS) {
            let value = option::boolean(cursor)?;
            match name {
                "consecutive" => dedup.consecutive = value,
                "keepempty" => dedup.keep_empty = value,
                _ => dedup.keep_events = value,
            }
        } else if !dedup.fields.is_empty() && cursor.eat_keyword("sortby") {
            dedup.sort_by = Some(Keys::parse(cursor, planner)?);
        } else {
            option::refuse_unknown(cursor, "dedup", OPTIONS)?;
            let token = cursor.listed_name()?;
            if token.text.contains('*') {
                return Err(Error::unsupported("a wildcard in `dedup`", token.span));
            }
            let slot = planner.read(&token.text);
            if dedup.fields.iter().all(|(other, _)| *other != slot) {
                dedup.fields.push((slot, token.span));
            }
        }
        let comma = cursor.eat_mark(",");
        if !comma && !dedup.fields.is_empty() && cursor.at_end() {
            return Ok(dedup);
        }
    }
}

impl Dedup {
    /// The values of a row as one key; none where one is missing.
    fn key(&self, record: &Record<'_>) -> Option<Vec<u8>> {
        let mut key = Vec::new();
        for (slot, _) in &self.fields {
            let values = record.value(*slot).values();
            if values.is_empty() {
                return None;
            }
            key.extend_from_slice(&values.len().to_le_bytes());
            for value in values {
                key.extend_from_slice(&value.len().to_le_bytes());
                key.extend_from_slice(value.as_bytes());
            }
        }
        Some(key)
    }
}

impl Command for Dedup {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        if let Some(keys) = &self.sort_by {
            keys.sort(&mut table.records)?;
        }
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        table.records.retain_mut(|record| {
            let Some(key) = self.key(record) else {
                return self.keep_empty;
            };
            if self.consecutive && !seen.contains_key(&key) {
                seen.clear();
            }
            let count = seen.entry(key).or_default();
            *count += 1;
            if *count <= self.count {
                return true;
            }
            if self.keep_events {
                for (slot, _) in &self.fields {
                    record.take(*slot);
                }
            }
            self.keep_events
        });
        Ok(())
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(self
            .fields
            .iter()
            .filter(|(slot, _)| !self.keep_empty && scope.record.value(*slot).is_null())
            .map(|(slot, span)| Clause {
                span: span.clone(),
                expected: "a value, because rows without the field are dropped".to_owned(),
                met: vec![Met {
                    field: source.names.name(*slot).to_owned(),
                    value: None,
                }],
                alternatives: Vec::new(),
            })
            .collect())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.count.to_string());
        out.list(&self.fields, |out, (slot, _)| out.field(*slot));
        for (name, value) in [
            ("keepevents", self.keep_events),
            ("keepempty", self.keep_empty),
            ("consecutive", self.consecutive),
        ] {
            if value {
                out.word(&format!("{name}={}", option::truth(value)));
            }
        }
        if let Some(keys) = &self.sort_by {
            out.word("sortby");
            keys.print(out);
        }
    }
}
