//! `head`: keeps the first rows.
//!
//! Source: Search Reference, `head`. With a condition, rows are kept up to the
//! first one for which it is false, or null.

use crate::{
    Error,
    command::{Command, Context, Source, option},
    cursor::Cursor,
    explain::Clause,
    expression::{self, Predicate},
    plan::Planner,
    print::Printer,
    table::{Scope, Table},
};

/// How many rows stay where the text does not say.
const DEFAULT: usize = 10;

/// A planned `head`.
#[derive(Debug)]
pub(crate) struct Head {
    /// `None` for as many as meet the condition.
    count: Option<usize>,
    condition: Option<Predicate>,
    /// Whether rows go on where the condition is null.
    null: bool,
    /// Whether the row that does not meet the condition is kept too.
    keep_last: bool,
}

const OPTIONS: &[&str] = &["keeplast", "limit", "null"];

/// Parses the arguments of `head`, which may stand in any order.
///
/// # Errors
///
/// What is neither a count nor a condition, and two of a kind.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Head, Error> {
    let mut head = Head {
        count: None,
        condition: None,
        null: false,
        keep_last: false,
    };
    while !cursor.at_end() {
        if let Some((name, token)) = option::next(cursor, OPTIONS) {
            match name {
                "null" => head.null = option::boolean(cursor)?,
                "keeplast" => head.keep_last = option::boolean(cursor)?,
                _ if head.count.is_some() => {
                    return Err(Error::syntax("there is a count already", token.span));
                }
                _ => head.count = Some(count(cursor)?),
            }
            continue;
        }
        let mut ahead = cursor.clone();
        if let Some(count) = super::count(&mut ahead)? {
            if head.count.is_some() {
                return Err(Error::syntax("there is a count already", cursor.here()));
            }
            *cursor = ahead;
            head.count = Some(count);
        } else if head.condition.is_none() {
            head.condition = Some(expression::predicate(cursor, planner)?);
        } else {
            cursor.expect_end()?;
        }
    }
    if head.condition.is_none() {
        head.count.get_or_insert(DEFAULT);
    }
    Ok(head)
}

fn count(cursor: &mut Cursor<'_>) -> Result<usize, Error> {
    super::count(cursor)?.ok_or_else(|| cursor.unexpected("a number of rows"))
}

impl Head {
    fn goes_on<'a>(&'a self, scope: Scope<'_, 'a>) -> Result<bool, Error> {
        Ok(match &self.condition {
            Some(condition) => condition.evaluate(scope)?.unwrap_or(self.null),
            None => true,
        })
    }
}

impl Command for Head {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        if let Some(count) = self.count {
            table.records.truncate(count);
        }
        let mut kept = 0;
        for record in &table.records {
            if !self.goes_on(context.scope(record))? {
                kept += usize::from(self.keep_last);
                break;
            }
            kept += 1;
        }
        table.records.truncate(kept);
        Ok(())
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let mut clauses = Vec::new();
        if let Some(condition) = &self.condition
            && !self.goes_on(scope)?
        {
            condition.explain(scope, source, &mut clauses)?;
        }
        Ok(clauses)
    }

    fn print(&self, out: &mut Printer<'_>) {
        if let Some(count) = self.count {
            out.word(&count.to_string());
        }
        if let Some(condition) = &self.condition {
            out.word("(");
            condition.print(out);
            out.put(")");
        }
        for (name, value) in [("null", self.null), ("keeplast", self.keep_last)] {
            if value {
                out.word(&format!("{name}={}", option::truth(value)));
            }
        }
    }
}
