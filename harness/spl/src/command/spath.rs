//! `spath`: takes fields out of JSON and XML.
//!
//! Source: Search Reference, `spath`; `limits.conf.spec`, stanza `[spath]`. These
//! rules are practitioners' knowledge, not documented: what is extracted takes
//! the place of a field of that name, `null` is the text `null`, and a path to
//! an object or array gives its text.

use std::borrow::Cow;

use super::option;
use crate::{
    Error, Value,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    names::Slot,
    plan::{Planner, RAW},
    print::Printer,
    structured::{Collected, Leaf, Nested, Path, json, xml},
    table::{Fields as _, Table},
};

/// Without a path only so many bytes of the text are looked at:
/// `extraction_cutoff`.
const EXTRACTION_CUTOFF: usize = 5000;

/// A planned `spath`.
#[derive(Debug)]
pub(crate) struct Spath {
    input: Slot,
    /// The path, and the field that its values go to; without one, all fields
    /// are extracted.
    path: Option<(Path, Slot)>,
    span: Span,
}

const OPTIONS: &[&str] = &["input", "output", "path"];

/// Parses the arguments of `spath`.
///
/// # Errors
///
/// Options that `spath` does not have, what is no path, and an output without
/// a path.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Spath, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let mut input = None;
    let mut output = None;
    let mut path = None;
    while !cursor.at_end() {
        if let Some(name) = option::name(cursor) {
            match name.text.to_ascii_lowercase().as_str() {
                "input" => input = Some(option::field(cursor)?.text.into_owned()),
                "output" => output = Some((option::field(cursor)?.text.into_owned(), name.span)),
                "path" => path = Some(option::value(cursor)?),
                _ => return Err(option::unknown("spath", &name, OPTIONS)),
            }
        } else if path.is_none() {
            path = Some(option::value(cursor)?);
        } else {
            return Err(cursor.unexpected("`|` or the end of the search"));
        }
    }
    let span = cursor.since(start);
    let input = planner.read(input.as_deref().unwrap_or(RAW));
    let path = match (path, output) {
        (None, None) => {
            // Any field can be extracted.
            planner.read_all();
            None
        }
        (None, Some((_, span))) => {
            return Err(Error::syntax("`output=` needs a path", span));
        }
        (Some(token), output) => {
            let Some(path) = Path::parse(&token.text) else {
                return Err(
                    Error::syntax(format!("`{}` is no path", token.text), token.span).with_help(
                        "a path has steps such as `a.b{0}.c`, or `a.b{@attribute}` in XML",
                    ),
                );
            };
            let output = output.map_or_else(|| token.text.into_owned(), |(output, _)| output);
            let slot = planner.change(&output);
            Some((path, slot))
        }
    };
    Ok(Spath { input, path, span })
}

/// The first bytes of a text, as far as characters are whole.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(EXTRACTION_CUTOFF)]
}

impl Spath {
    /// All values in a text.
    fn all(text: &str, found: &mut Collected<'static>) {
        let text = cut(text);
        let mut visit = |name: &str, _: &[usize], leaf: Leaf<'_>| {
            if let Leaf::Value(value) = leaf {
                found.add(name, Cow::Owned(value.into_owned()));
            }
        };
        // What breaks off gives what comes before.
        if text.trim_start().starts_with('<') {
            let _ = xml::walk(text, &mut visit);
        } else if text.trim_start().starts_with(['{', '[']) {
            let _ = json::walk(text, &mut visit);
        }
    }
}

impl Command for Spath {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        if let Some((path, output)) = &self.path {
            for record in &mut table.records {
                let mut found = Vec::new();
                for text in record.value(self.input).values() {
                    path.find(&text, &mut found)
                        .map_err(|Nested| Nested::refused(self.span.clone()))?;
                }
                if !found.is_empty() {
                    let values = found.into_iter().map(Cow::Owned).collect();
                    record.set(*output, Value::from_values(values));
                }
            }
            table.add_column(*output);
            return Ok(());
        }
        let mut slots = Vec::new();
        for record in &mut table.records {
            let mut found = Collected::default();
            for text in record.value(self.input).values() {
                Self::all(&text, &mut found);
            }
            for (name, values) in found.into_fields() {
                let slot = table.names.slot(&name);
                if !slots.contains(&slot) {
                    slots.push(slot);
                }
                record.set(slot, Value::from_values(values));
            }
        }
        for slot in slots {
            table.add_column(slot);
        }
        Ok(())
    }

    /// Which columns there are depends on all rows, where it extracts all
    /// fields.
    fn streams(&self) -> bool {
        self.path.is_some()
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.option_field("input", self.input);
        if let Some((path, output)) = &self.path {
            out.option_field("output", *output);
            out.option("path", path.text());
        }
    }
}
