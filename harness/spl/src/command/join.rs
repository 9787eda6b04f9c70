//! `join`: merges each row with the rows of a subsearch that have the same
//! values in some fields.
//!
//! Source: Search Reference, `join`; `limits.conf.spec`, `[join]`, for the
//! 50,000 rows of the right side. Values are compared as text, with their case;
//! a row that lacks one of the fields joins nothing (practitioners' knowledge,
//! not documented).

use std::collections::HashMap;

use super::option;
use crate::{
    Error,
    command::{Command, Context, Source},
    cursor::Cursor,
    error::Span,
    explain::{Clause, Met},
    names::{Slot, is_internal},
    plan::Planner,
    print::Printer,
    table::{Columns, Fields as _, Record, Scope, Table},
};

/// `subsearch_maxout` of `[join]`.
const MAXIMUM: usize = 50_000;

/// A planned `join`.
#[derive(Debug)]
pub(crate) struct Join {
    /// The fields that must be equal; none for all that both sides have.
    fields: Vec<Slot>,
    left: bool,
    overwrite: bool,
    /// How many rows of the right side join one of the left; 0 for all.
    most: usize,
    subsearch: usize,
    place: Span,
}

/// Parses the arguments of `join`.
///
/// # Errors
///
/// What is no option, field or subsearch; `usetime` and the form with aliases,
/// which are not supported.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Join, Error> {
    let mut join = Join {
        fields: Vec::new(),
        left: false,
        overwrite: true,
        most: 1,
        subsearch: 0,
        place: 0..0,
    };
    loop {
        if let Some((name, token)) = option::next(
            cursor,
            &[
                "type",
                "usetime",
                "overwrite",
                "max",
                "left",
                "right",
                "earlier",
            ],
        ) {
            match name {
                "type" => join.left = is_left(&option::value(cursor)?)?,
                "overwrite" => join.overwrite = option::boolean(cursor)?,
                "max" => join.most = option::number(cursor)?,
                "usetime" if !option::boolean(cursor)? => {}
                _ => {
                    return Err(Error::unsupported(
                        format!("the option `{name}=` of `join`"),
                        token.span,
                    ));
                }
            }
            continue;
        }
        cursor.skip_blanks();
        if cursor.peek() == Some('[') {
            break;
        }
        let token = cursor.field_name()?;
        let slot = planner.read(&token.text);
        if !join.fields.contains(&slot) {
            join.fields.push(slot);
        }
        cursor.eat_mark(",");
    }
    (join.place, join.subsearch) = option::subsearch(cursor, planner)?;
    cursor.expect_end()?;
    if join.fields.is_empty() {
        planner.read_all();
    }
    Ok(join)
}

fn is_left(value: &crate::cursor::Token<'_>) -> Result<bool, Error> {
    match &*value.text.to_ascii_lowercase() {
        "inner" => Ok(false),
        "outer" | "left" => Ok(true),
        _ => Err(Error::syntax(
            format!("`{}` is not a type of join", value.text),
            value.span.clone(),
        )
        .with_help("the types are inner, left and outer; left and outer are the same")),
    }
}

impl Join {
    /// The fields to join by, in the left side and in the right one.
    fn keys(&self, table: &Table<'_>, right: &Table<'_>) -> Vec<(Slot, Slot)> {
        let of_right = |slot: Slot| right.names.find(table.names.name(slot));
        if self.fields.is_empty() {
            return table
                .columns()
                .into_iter()
                .filter(|slot| !is_internal(table.names.name(*slot)))
                .filter_map(|slot| {
                    let other = of_right(slot)?;
                    let present = right.records.iter().any(|r| !r.value(other).is_null());
                    present.then_some((slot, other))
                })
                .collect();
        }
        self.fields
            .iter()
            .filter_map(|slot| Some((*slot, of_right(*slot)?)))
            .collect()
    }

    /// The values of a row in these fields; nothing where one is missing.
    fn key(record: &Record<'_>, slots: impl Iterator<Item = Slot>) -> Option<Vec<String>> {
        slots
            .map(|slot| Some(record.value(slot).text()?.into_owned()))
            .collect()
    }
}

impl Command for Join {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let Some(right) = context.subsearches.get(self.subsearch) else {
            return Ok(());
        };
        if right.records.len() > MAXIMUM {
            table.notice(
                self.place.clone(),
                format!(
                    "the subsearch gave {} rows, and Splunk joins the first {MAXIMUM}",
                    right.records.len()
                ),
            );
        }
        let keys = self.keys(table, right);
        let complete = keys.len() == self.fields.len() || self.fields.is_empty();
        let mut partners: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for (index, record) in right.records.iter().take(MAXIMUM).enumerate() {
            if let Some(key) = Self::key(record, keys.iter().map(|(_, right)| *right)) {
                partners.entry(key).or_default().push(index);
            }
        }
        let columns: Vec<(Slot, Slot)> = right
            .columns()
            .into_iter()
            .map(|slot| (slot, table.names.slot(right.names.name(slot))))
            .collect();
        let mut joined = Vec::new();
        for record in std::mem::take(&mut table.records) {
            let found = Self::key(&record, keys.iter().map(|(left, _)| *left))
                .filter(|key| complete && !key.is_empty())
                .and_then(|key| partners.get(&key));
            match found {
                Some(found) => {
                    let most = if self.most == 0 {
                        found.len()
                    } else {
                        self.most
                    };
                    for index in found.iter().take(most) {
                        let mut merged = record.clone();
                        for (from, to) in &columns {
                            let value = right.records[*index].value(*from);
                            if !value.is_null() && (self.overwrite || merged.value(*to).is_null()) {
                                merged.set(*to, value.clone());
                            }
                        }
                        joined.push(merged);
                    }
                }
                None if self.left => joined.push(record),
                None => {}
            }
        }
        table.records = joined;
        if let Columns::Chosen(chosen) = &mut table.columns {
            for (_, to) in columns {
                if !chosen.contains(&to) {
                    chosen.push(to);
                }
            }
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word("type=");
        out.put(if self.left { "left" } else { "inner" });
        out.word("overwrite=");
        out.put(if self.overwrite { "true" } else { "false" });
        out.word("max=");
        out.put(&self.most.to_string());
        out.list(&self.fields, |out, slot| out.field(*slot));
        out.subsearch(self.subsearch);
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(vec![Clause {
            span: self.place.clone(),
            expected: "a row of the subsearch with the same values".to_owned(),
            met: self
                .fields
                .iter()
                .map(|slot| Met {
                    field: source.names.name(*slot).to_owned(),
                    value: scope
                        .record
                        .value(*slot)
                        .text()
                        .map(std::borrow::Cow::into_owned),
                })
                .collect(),
            alternatives: Vec::new(),
        }])
    }
}
