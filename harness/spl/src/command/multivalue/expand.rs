//! `mvexpand`: makes a row of each value of a multivalue field.
//!
//! Source: Search Reference, `mvexpand`; `limits.conf.spec`, stanza
//! `[mvexpand]`, for the memory. That a row without the field stays as it is is
//! practitioners' knowledge, not documented.

use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::Cursor,
    error::Span,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields as _, Table},
};

/// Splunk cuts the results off where they need more memory: `max_mem_usage_mb`.
const MAX_BYTES: usize = 500 * 1024 * 1024;

/// A planned `mvexpand`.
#[derive(Debug)]
pub(crate) struct MvExpand {
    field: Slot,
    /// How many values of a row count; 0: all.
    limit: usize,
    span: Span,
}

/// Parses the arguments of `mvexpand`.
///
/// # Errors
///
/// What is no field, and options that `mvexpand` does not have.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<MvExpand, Error> {
    let mut field = None;
    let mut limit = 0;
    while !cursor.at_end() {
        if let Some(name) = option::name(cursor) {
            if !name.text.eq_ignore_ascii_case("limit") {
                return Err(option::unknown("mvexpand", &name, &["limit"]));
            }
            limit = option::count(cursor)?;
        } else if field.is_none() {
            field = Some(super::field(cursor, "mvexpand")?);
        } else {
            return Err(cursor.unexpected("`|` or the end of the search"));
        }
    }
    let Some(field) = field else {
        return Err(cursor.unexpected("a field"));
    };
    Ok(MvExpand {
        field: planner.change(&field.text),
        limit,
        span: field.span,
    })
}

impl Command for MvExpand {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        if !table
            .records
            .iter()
            .any(|record| matches!(record.value(self.field), Value::Multi(_)))
        {
            return Ok(());
        }
        let slots = table.names.len();
        let mut bytes = 0_usize;
        let mut expanded = Vec::with_capacity(table.records.len());
        for mut record in std::mem::take(&mut table.records) {
            let values = match record.take(self.field) {
                Value::Multi(values) => values,
                single => {
                    record.set(self.field, single);
                    expanded.push(record);
                    continue;
                }
            };
            let taken = if self.limit == 0 {
                values.len()
            } else {
                self.limit
            };
            let size = slots * size_of::<Value<'_>>()
                + table
                    .names
                    .slots()
                    .filter_map(|slot| record.value(slot).text().map(|text| text.len()))
                    .sum::<usize>();
            for value in values.into_iter().take(taken) {
                bytes = bytes.saturating_add(size + value.len());
                if bytes > MAX_BYTES {
                    return Err(Error::limit(
                        "`mvexpand` needs more than 500 MB, where Splunk cuts the results off",
                        self.span.clone(),
                    ));
                }
                let mut row = record.clone();
                row.set(self.field, Value::Text(value));
                expanded.push(row);
            }
        }
        table.records = expanded;
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
        out.option("limit", &self.limit.to_string());
    }
}
