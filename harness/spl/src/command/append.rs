//! `append` and `appendcols`: add the results of a subsearch, as rows or as
//! columns.
//!
//! Source: Search Reference, `append` and `appendcols`; `limits.conf.spec`,
//! `[searchresults]` and `[subsearch]` for the 50,000 rows. Limits on time are
//! not modelled: a subsearch always runs to its end.

use super::option;
use crate::{
    Error,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    names::is_internal,
    plan::Planner,
    print::Printer,
    table::{Columns, Fields as _, Record, Table},
};

/// `maxout` where the text does not say.
const MAXIMUM: usize = 50_000;

/// A planned `append` or `appendcols`.
#[derive(Debug)]
pub(crate) struct Append {
    subsearch: usize,
    limit: usize,
    columns: bool,
    overwrite: bool,
    place: Span,
}

/// Parses the arguments of `append`.
///
/// # Errors
///
/// What is no option and no subsearch.
pub(crate) fn rows(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Append, Error> {
    parse(cursor, planner, false)
}

/// Parses the arguments of `appendcols`.
///
/// # Errors
///
/// As [`rows`].
pub(crate) fn columns(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Append, Error> {
    parse(cursor, planner, true)
}

fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner, columns: bool) -> Result<Append, Error> {
    let mut limit = MAXIMUM;
    let mut overwrite = false;
    // `extendtimerange` and the limits on time change nothing here: all events
    // that there are were given.
    while let Some((name, token)) = option::next(
        cursor,
        &[
            "maxout",
            "maxtime",
            "timeout",
            "extendtimerange",
            "override",
        ],
    ) {
        match name {
            "maxout" => limit = option::number(cursor)?,
            "maxtime" | "timeout" => {
                option::number(cursor)?;
            }
            "override" if columns => overwrite = option::boolean(cursor)?,
            "override" => {
                return Err(Error::syntax(
                    "`append` has no option `override=`",
                    token.span,
                ));
            }
            _ => {
                option::boolean(cursor)?;
            }
        }
    }
    let (place, subsearch) = option::subsearch(cursor, planner)?;
    cursor.expect_end()?;
    Ok(Append {
        subsearch,
        limit,
        columns,
        overwrite,
        place,
    })
}

impl Command for Append {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let Some(rows) = context.subsearches.get(self.subsearch) else {
            return Ok(());
        };
        let mut rows = rows.clone();
        if rows.records.len() > self.limit {
            table.notice(
                self.place.clone(),
                format!(
                    "the subsearch gave {} rows, and Splunk takes the first {}",
                    rows.records.len(),
                    self.limit
                ),
            );
            rows.records.truncate(self.limit);
        }
        if self.columns {
            self.add_columns(table, rows);
        } else {
            table.append(rows);
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word("maxout=");
        out.put(&self.limit.to_string());
        if self.columns {
            out.word("override=");
            out.put(if self.overwrite { "true" } else { "false" });
        }
        out.subsearch(self.subsearch);
    }
}

impl Append {
    /// The first row gets the fields of the first row, and so on; rows that
    /// have no partner come after the others. Internal fields stay out.
    fn add_columns<'a>(&self, table: &mut Table<'a>, rows: Table<'a>) {
        let columns: Vec<_> = rows
            .columns()
            .into_iter()
            .filter(|slot| !is_internal(rows.names.name(*slot)))
            .map(|slot| (slot, table.names.slot(rows.names.name(slot))))
            .collect();
        for (index, mut row) in rows.records.into_iter().enumerate() {
            if index == table.records.len() {
                table.records.push(Record::new(None, table.names.len()));
            }
            let record = &mut table.records[index];
            for (from, to) in &columns {
                if self.overwrite || record.value(*to).is_null() {
                    record.set(*to, row.take(*from));
                }
            }
        }
        if let Columns::Chosen(chosen) = &mut table.columns {
            for (_, to) in columns {
                if !chosen.contains(&to) {
                    chosen.push(to);
                }
            }
        }
    }
}
