//! `xmlkv`: takes the elements of XML in a text as fields.
//!
//! Source: Search Reference, `xmlkv`. That attributes are passed over and
//! entities stay as they are written is practitioners' knowledge, not
//! documented.

use std::{borrow::Cow, collections::HashSet, ops::ControlFlow};

use super::option;
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    names::Slot,
    plan::{Planner, RAW},
    print::Printer,
    regex::Pattern,
    table::{Fields as _, Table},
};

/// An element without elements in it.
const ELEMENT: &str = r"<([^\s<>/!?]+)(?:\s[^<>]*)?>([^<]*)</\1\s*>";

/// A planned `xmlkv`.
#[derive(Debug)]
pub(crate) struct XmlKv {
    field: Slot,
    pattern: Pattern,
    span: Span,
}

/// Parses the arguments of `xmlkv`.
///
/// # Errors
///
/// What is no field, and options that `xmlkv` does not have.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<XmlKv, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let mut field = None;
    while !cursor.at_end() {
        if let Some(name) = option::name(cursor) {
            // How many rows are handed over at a time.
            if !name.text.eq_ignore_ascii_case("maxinputs") {
                return Err(option::unknown("xmlkv", &name, &["maxinputs"]));
            }
            option::count(cursor)?;
        } else if field.is_none() {
            field = Some(option::field(cursor)?.text.into_owned());
        } else {
            return Err(cursor.unexpected("`|` or the end of the search"));
        }
    }
    // Any field can be extracted.
    planner.read_all();
    let span = cursor.since(start);
    Ok(XmlKv {
        field: planner.read(field.as_deref().unwrap_or(RAW)),
        pattern: Pattern::new(ELEMENT, span.clone())?,
        span,
    })
}

impl XmlKv {
    /// The elements of a text, each once.
    fn elements(&self, text: &str) -> Result<Vec<(String, String)>, Error> {
        let mut elements: Vec<(String, String)> = Vec::new();
        let mut names = HashSet::new();
        let mut twice = None;
        self.pattern.each_match(text, |locations| {
            let group = |number| {
                locations
                    .get(number)
                    .map_or("", |(start, end): (usize, usize)| &text[start..end])
            };
            let (name, value) = (group(1), group(2));
            if value.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            if !names.insert(name) {
                twice = Some(name.to_owned());
                return Ok(ControlFlow::Break(()));
            }
            elements.push((name.to_owned(), value.to_owned()));
            Ok(ControlFlow::Continue(()))
        })?;
        match twice {
            None => Ok(elements),
            // Which of them counts, the documentation does not say.
            Some(name) => Err(Error::unsupported(
                format!("`xmlkv` of a text that has the element `{name}` twice"),
                self.span.clone(),
            )
            .with_help("use `spath` or `rex`")),
        }
    }
}

impl Command for XmlKv {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut slots = Vec::new();
        for record in &mut table.records {
            let Some(text) = record.value(self.field).text().map(Cow::into_owned) else {
                continue;
            };
            for (name, value) in self.elements(&text)? {
                let slot = table.names.slot(&name);
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
                record.set(slot, Value::from(value));
            }
        }
        for slot in slots {
            table.add_column(slot);
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
    }
}
