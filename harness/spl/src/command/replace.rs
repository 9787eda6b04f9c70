//! `replace`: gives values other values.
//!
//! Source: Search Reference, `replace`. A value is matched whole, `*` stands
//! for any text, and of several that match the fuller one counts, or the later.
//! That case matters is practitioners' knowledge, not documented.

use std::borrow::Cow;

use super::field_list::{self, Name};
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::{Cursor, Token},
    names,
    plan::Planner,
    print::Printer,
    quoted::Escapes,
    table::Table,
    wildcard::{Case, Wildcard},
};

/// A planned `replace`.
#[derive(Debug)]
pub(crate) struct Replace {
    changes: Vec<Change>,
    /// The fields to look into; none: all but the internal ones.
    fields: Vec<Name>,
}

#[derive(Debug)]
struct Change {
    from: String,
    wildcard: Wildcard,
    to: String,
}

impl Change {
    /// How full a match is: that of a value without wildcards is the fullest.
    fn fullness(&self) -> usize {
        if self.from.contains('*') {
            self.from.len() - self.from.matches('*').count()
        } else {
            usize::MAX
        }
    }
}

/// Parses the arguments of `replace`.
///
/// # Errors
///
/// What is no pair of values, wildcards that do not pair, and changes that
/// change what others gave.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Replace, Error> {
    let mut changes: Vec<Change> = Vec::new();
    loop {
        let from = value(cursor)?;
        if !cursor.eat_keyword("WITH") {
            return Err(cursor.unexpected("`WITH` and the new value"));
        }
        let to = value(cursor)?;
        let stars = (from.text.matches('*').count(), to.text.matches('*').count());
        if stars.1 != 0 && stars.0 != stars.1 {
            return Err(Error::syntax(
                format!(
                    "wildcards must pair: `{}` has {}, `{}` has {}",
                    from.text, stars.0, to.text, stars.1
                ),
                from.span.start..to.span.end,
            ));
        }
        let change = Change {
            wildcard: Wildcard::new(&from.text, Case::Sensitive),
            from: from.text.into_owned(),
            to: to.text.into_owned(),
        };
        // Whether a value can be replaced twice, the documentation does not
        // say.
        if changes.iter().any(|other| {
            other.to != change.to
                && (other.wildcard.matches(&change.to) || change.wildcard.matches(&other.to))
        }) {
            return Err(Error::unsupported(
                "a replacement of what another replacement gives",
                from.span.start..to.span.end,
            )
            .with_help("write one `replace` for each"));
        }
        changes.push(change);
        cursor.eat_mark(",");
        if cursor.at_end() {
            planner.read_all();
            return Ok(Replace {
                changes,
                fields: Vec::new(),
            });
        }
        if cursor.eat_keyword("IN") {
            break;
        }
    }
    let fields = field_list::parse(cursor, |name| planner.change(name))?;
    if field_list::has_wildcard(&fields) {
        planner.read_all();
    }
    Ok(Replace { changes, fields })
}

/// A value: in quotation marks, or up to a blank or comma.
fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    cursor.skip_blanks();
    if let Some(token) = cursor.quoted(Escapes::Argument)? {
        return Ok(token);
    }
    let span = cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '"' | '|'));
    if span.is_empty() {
        return Err(cursor.unexpected("a value"));
    }
    Ok(Token {
        text: Escapes::Argument.unescape(cursor.slice(span.clone())),
        span,
        quoted: false,
    })
}

impl Replace {
    /// What a value becomes; nothing where it stays.
    fn replaced(&self, value: &str) -> Option<String> {
        let change = self
            .changes
            .iter()
            .filter(|change| change.wildcard.matches(value))
            .max_by_key(|change| change.fullness())?;
        if change.to.contains('*') {
            change.wildcard.substitute(&change.to, value)
        } else {
            Some(change.to.clone())
        }
    }
}

impl Command for Replace {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let slots = if self.fields.is_empty() {
            table
                .names
                .slots()
                .filter(|slot| !names::is_internal(table.names.name(*slot)))
                .collect()
        } else {
            field_list::resolve(&self.fields, table)
        };
        for record in &mut table.records {
            for slot in &slots {
                let value = match record.take(*slot) {
                    Value::Null => continue,
                    Value::Text(text) => match self.replaced(&text) {
                        Some(new) => Value::from(new),
                        None => Value::Text(text),
                    },
                    Value::Number(number) => match self.replaced(&number.to_string()) {
                        Some(new) => Value::from(new),
                        None => Value::Number(number),
                    },
                    Value::Multi(values) => Value::Multi(
                        values
                            .into_iter()
                            .map(|value| self.replaced(&value).map_or(value, Cow::Owned))
                            .collect(),
                    ),
                };
                record.set(*slot, value);
            }
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        !field_list::has_wildcard(&self.fields)
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.changes, |out, change| {
            out.quoted(&change.from);
            out.word("WITH");
            out.quoted(&change.to);
        });
        if !self.fields.is_empty() {
            out.word("IN");
            field_list::print(&self.fields, out);
        }
    }
}
