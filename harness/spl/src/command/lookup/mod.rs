//! `lookup`: adds fields from a table.
//!
//! Source: Search Reference, `lookup`; `transforms.conf.spec`, "Lookup tables";
//! `props.conf.spec`, `LOOKUP-<class>`. OUTPUT overwrites fields, and clears
//! them where no row matches; OUTPUTNEW fills in those that are missing; an
//! event without one of the fields to match stays as it is. Several rows that
//! match make multivalue fields. Each value of a multivalue field is looked up
//! for itself (practitioners' knowledge, not documented).

mod find;

use std::{borrow::Cow, sync::Arc};

pub(crate) use self::find::{Finder, Seen};
use crate::{
    Error, Value,
    command::{Command, Context, option},
    cursor::{Cursor, Token},
    error::Span,
    knowledge::{Definition, Missing, Table as Rows},
    names::Slot,
    plan::Planner,
    print::Printer,
    suggest,
    table::{Fields as _, Record, Table},
};

/// A planned `lookup`.
#[derive(Debug)]
pub(crate) struct Lookup {
    name: String,
    table: Arc<Rows>,
    finder: Finder,
    min_matches: usize,
    default_match: String,
    keys: Vec<Pair>,
    output: Output,
    /// The columns that are copied, and the fields that they are copied to.
    copies: Vec<Pair>,
    span: Span,
}

/// A column of the table and a field of the event.
#[derive(Debug)]
struct Pair {
    column: usize,
    field: Slot,
}

/// What happens to fields that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    /// They are overwritten: by all columns that are not matched.
    All,
    /// They are overwritten.
    Overwrite,
    /// They stay.
    New,
}

const OPTIONS: &[&str] = &["local", "update"];

/// Parses the arguments of `lookup`.
///
/// # Errors
///
/// Lookups and columns that are not there, and what is no list of fields.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Lookup, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    while let Some(name) = option::name(cursor) {
        // Where the lookup runs, and whether its file is read again.
        match name.text.to_ascii_lowercase().as_str() {
            "local" | "update" => {
                option::boolean(cursor)?;
            }
            _ => return Err(option::unknown("lookup", &name, OPTIONS)),
        }
    }
    let name = option::field(cursor)?;
    let (definition, table) = find(&name, planner)?;
    let keys = pairs(
        cursor,
        (planner, Planner::read),
        &table,
        &name.text,
        "the field to match",
    )?;
    let output = if cursor.eat_keyword("OUTPUTNEW") {
        Output::New
    } else if cursor.eat_keyword("OUTPUT") {
        Output::Overwrite
    } else {
        Output::All
    };
    let copies = if output == Output::All {
        (0..table.columns.len())
            .filter(|column| keys.iter().all(|key| key.column != *column))
            .map(|column| Pair {
                column,
                field: planner.change(&table.columns[column]),
            })
            .collect()
    } else {
        // What is looked up for no row stays as it is.
        pairs(
            cursor,
            (planner, Planner::change),
            &table,
            &name.text,
            "the field to copy",
        )?
    };
    let span = cursor.since(start);
    cursor.expect_end()?;
    let columns: Vec<usize> = keys.iter().map(|key| key.column).collect();
    Ok(Lookup {
        name: name.text.into_owned(),
        finder: Finder::new(&table, &definition, &columns),
        min_matches: definition.min_matches,
        default_match: definition.default_match,
        table,
        keys,
        output,
        copies,
        span,
    })
}

/// The lookup of a name.
///
/// # Errors
///
/// A name that no lookup has, and a definition that is not evaluated here.
pub(crate) fn find(name: &Token<'_>, planner: &Planner) -> Result<(Definition, Arc<Rows>), Error> {
    let lookups = planner.knowledge().lookups();
    lookups.get(&name.text).map_err(|missing| match missing {
        Missing::Lookup => {
            let error =
                Error::environment(format!("the lookup `{}`", name.text), name.span.clone());
            match suggest::nearest(&name.text, lookups.names()) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error.with_help(format!(
                    "give the folder that holds `{}` or its definition: `--lookups DIR`",
                    if name.text.contains('.') {
                        name.text.to_string()
                    } else {
                        format!("{}.csv", name.text)
                    }
                )),
            }
        }
        Missing::File(file) => Error::environment(
            format!("the file `{file}` of the lookup `{}`", name.text),
            name.span.clone(),
        )
        .with_help("give the folder that holds it: `--lookups DIR`"),
        Missing::Refused(what) => Error::unsupported(
            format!("{what}, which the lookup `{}` has,", name.text),
            name.span.clone(),
        ),
    })
}

/// The column of a name.
///
/// # Errors
///
/// A name that no column has.
pub(crate) fn column(name: &Token<'_>, table: &Rows, lookup: &str) -> Result<usize, Error> {
    table.column(&name.text).ok_or_else(|| {
        let error = Error::environment(
            format!("the column `{}` of the lookup `{lookup}`", name.text),
            name.span.clone(),
        );
        match suggest::nearest(&name.text, table.columns.iter().map(String::as_str)) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(format!(
                "`{}` has the columns {}",
                table.file,
                table.columns.join(", ")
            )),
        }
    })
}

/// `column [AS field]` one or more times.
fn pairs(
    cursor: &mut Cursor<'_>,
    (planner, slot): (&mut Planner, fn(&mut Planner, &str) -> Slot),
    table: &Rows,
    lookup: &str,
    expected: &str,
) -> Result<Vec<Pair>, Error> {
    let mut pairs = Vec::new();
    loop {
        let done = cursor.at_end() || cursor.at_keyword("OUTPUT") || cursor.at_keyword("OUTPUTNEW");
        if done {
            if pairs.is_empty() {
                return Err(cursor.unexpected(expected));
            }
            return Ok(pairs);
        }
        let name = option::field(cursor)?;
        let column = column(&name, table, lookup)?;
        let field = if cursor.eat_keyword("AS") {
            option::field(cursor)?
        } else {
            name
        };
        pairs.push(Pair {
            column,
            field: slot(planner, &field.text),
        });
        cursor.eat_mark(",");
    }
}

impl Lookup {
    /// The rows that match a record, and how many more are made up of the
    /// default; nothing where a field to match is missing.
    fn matches(
        &self,
        record: &Record<'_>,
        seen: &mut Seen,
    ) -> Result<Option<(Vec<usize>, usize)>, Error> {
        if let [key] = self.keys.as_slice() {
            let values = record.value(key.field).values();
            if values.is_empty() {
                return Ok(None);
            }
            let mut rows = Vec::new();
            let mut missing = 0;
            for value in values {
                let before = rows.len();
                rows.extend(self.finder.find(&[value], seen));
                missing += self.min_matches.saturating_sub(rows.len() - before);
            }
            return Ok(Some((rows, missing)));
        }
        let mut values = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let value = record.value(key.field);
            match value {
                Value::Multi(several) if several.len() > 1 => {
                    return Err(Error::unsupported(
                        "a lookup by several fields of which one is multivalue",
                        self.span.clone(),
                    ));
                }
                _ => match value.text() {
                    Some(text) => values.push(text),
                    None => return Ok(None),
                },
            }
        }
        let rows = self.finder.find(&values, seen);
        let missing = self.min_matches.saturating_sub(rows.len());
        Ok(Some((rows, missing)))
    }
}

impl Command for Lookup {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut seen = Seen::default();
        for record in &mut table.records {
            let Some((rows, missing)) = self.matches(record, &mut seen)? else {
                continue;
            };
            for copy in &self.copies {
                if self.output == Output::New && !record.value(copy.field).is_null() {
                    continue;
                }
                let values = rows
                    .iter()
                    .filter_map(|row| self.table.cell(*row, copy.column))
                    .chain(std::iter::repeat_n(self.default_match.as_str(), missing))
                    .map(Cow::Borrowed)
                    .collect();
                record.set(copy.field, Value::from_values(values));
            }
        }
        for copy in &self.copies {
            table.add_column(copy.field);
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.quoted(&self.name);
        let pair = |out: &mut Printer<'_>, pair: &Pair| {
            out.field_name(&self.table.columns[pair.column]);
            out.word("AS");
            out.field(pair.field);
        };
        out.list(&self.keys, pair);
        match self.output {
            Output::All => return,
            Output::Overwrite => out.word("OUTPUT"),
            Output::New => out.word("OUTPUTNEW"),
        }
        out.list(&self.copies, pair);
    }
}
