//! `foreach`: runs commands for each of many fields, with the name of the field
//! written into their text.
//!
//! Source: Search Reference, `foreach`, multifield mode. That the commands run
//! also for a field that no row has, where it is named without a wildcard, is
//! practitioners' knowledge, not documented.

use std::{fmt, sync::Arc};

use super::{
    field_list::{self, Name},
    option,
};
use crate::{
    Error, Knowledge,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    names::{self, Slot},
    plan::{Planner, Step},
    print::Printer,
    table::Table,
    wildcard::{Case, Wildcard},
};

/// A planned `foreach`.
pub(crate) struct Foreach {
    fields: Vec<Name>,
    template: String,
    /// Where the template stands.
    place: Span,
    knowledge: Arc<Knowledge>,
}

impl fmt::Debug for Foreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreach")
            .field("fields", &self.fields)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

const OPTIONS: &[&str] = &[
    "fieldstr",
    "itemstr",
    "iterstr",
    "matchseg1",
    "matchseg2",
    "matchseg3",
    "matchstr",
    "mode",
];

const FIELD: &str = "<<FIELD>>";
const MATCH: &str = "<<MATCHSTR>>";
const SEGMENTS: [&str; 3] = ["<<MATCHSEG1>>", "<<MATCHSEG2>>", "<<MATCHSEG3>>"];

/// How many fields the commands run for.
const MAX_FIELDS: usize = 1000;

/// Parses the arguments of `foreach`.
///
/// # Errors
///
/// Modes other than that of several fields, and commands that do not parse.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Foreach, Error> {
    let mut fields = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.peek() == Some('[') {
            break;
        }
        if let Some(name) = option::name(cursor) {
            let option = name.text.to_ascii_lowercase();
            if !OPTIONS.contains(&option.as_str()) {
                return Err(option::unknown("foreach", &name, OPTIONS));
            }
            let value = option::value(cursor)?;
            if option != "mode" {
                return Err(option::unsupported(&name));
            }
            if !value.text.eq_ignore_ascii_case("multifield") {
                return Err(Error::unsupported(
                    format!("`foreach` in the mode `{}`", value.text),
                    value.span,
                ));
            }
            continue;
        }
        let token = option::field(cursor)?;
        fields.push(if token.text.contains('*') {
            Name::Many {
                wildcard: Wildcard::new(&token.text, Case::Sensitive),
                internal: names::is_internal(&token.text),
                text: token.text.into_owned(),
            }
        } else {
            Name::One(planner.read(&token.text))
        });
        cursor.eat_mark(",");
    }
    if fields.is_empty() {
        return Err(cursor.unexpected("a field, with `*` many"));
    }
    let Some(place) = cursor.brackets() else {
        return Err(cursor.unexpected("commands in brackets"));
    };
    cursor.expect_end()?;
    let foreach = Foreach {
        template: cursor.slice(place.clone()).to_owned(),
        fields,
        place,
        knowledge: planner.shared_knowledge(),
    };
    // What the commands read is known only with the fields: all of them.
    planner.read_all();
    for field in &foreach.fields {
        match field {
            Name::One(slot) => {
                let text = foreach.expand(planner.name(*slot), None)?;
                foreach.steps(&text, planner)?;
            }
            Name::Many { text, wildcard, .. } => {
                // Any name shows whether the commands parse.
                let text = foreach.expand(&text.replace('*', "x"), Some(wildcard))?;
                let mut planner = Planner::new(planner.shared_knowledge());
                foreach.steps(&text, &mut planner)?;
            }
        }
    }
    Ok(foreach)
}

impl Foreach {
    /// The template for a field.
    fn expand(&self, name: &str, wildcard: Option<&Wildcard>) -> Result<String, Error> {
        let mut text = self.template.replace(FIELD, name);
        let segments: Vec<String> = wildcard
            .and_then(|wildcard| wildcard.stars(name))
            .unwrap_or_default();
        if text.contains(MATCH) {
            let [segment] = segments.as_slice() else {
                return Err(Error::unsupported(
                    format!("`{MATCH}` where a field has no or several wildcards"),
                    self.place.clone(),
                ));
            };
            text = text.replace(MATCH, segment);
        }
        for (mark, segment) in SEGMENTS.iter().zip(&segments) {
            text = text.replace(mark, segment);
        }
        Ok(text)
    }

    /// The commands of a text.
    fn steps(
        &self,
        text: &str,
        planner: &mut Planner,
    ) -> Result<Vec<Step<Box<dyn Command>>>, Error> {
        // Each would parse the text of those in it for each of its fields.
        if text.to_ascii_lowercase().contains("foreach") {
            return Err(Error::unsupported(
                "`foreach` in `foreach`",
                self.place.clone(),
            ));
        }
        let before = planner.subsearches();
        // As in brackets: after something else.
        let nested = format!("[{text}");
        let steps = planner
            .subpipe(&nested, 1..nested.len())
            .map_err(|error| self.at_template(error))?;
        if planner.subsearches() != before {
            return Err(Error::unsupported(
                "a subsearch in `foreach`",
                self.place.clone(),
            ));
        }
        for step in &steps {
            if !step.command.streams() {
                return Err(Error::unsupported(
                    format!("the command `{}` in `foreach`", step.name),
                    self.place.clone(),
                ));
            }
        }
        Ok(steps)
    }

    /// Places in a text that was made are places of the template.
    fn at_template(&self, error: Error) -> Error {
        Error {
            span: self.place.clone(),
            ..error
        }
    }

    /// The fields that there are, each once, with the wildcard that found it.
    fn found<'s>(&'s self, table: &Table<'_>) -> Vec<(Slot, Option<&'s Wildcard>)> {
        let mut found: Vec<(Slot, Option<&Wildcard>)> = Vec::new();
        for field in &self.fields {
            let wildcard = match field {
                Name::One(_) => None,
                Name::Many { wildcard, .. } => Some(wildcard),
            };
            for slot in field_list::resolve(std::slice::from_ref(field), table) {
                if found.iter().all(|(other, _)| *other != slot) {
                    found.push((slot, wildcard));
                }
            }
        }
        found
    }
}

impl Command for Foreach {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let found = self.found(table);
        if found.len() > MAX_FIELDS {
            return Err(Error::limit(
                format!("`foreach` over more than {MAX_FIELDS} fields"),
                self.place.clone(),
            ));
        }
        let empty = Table::new(names::Names::default());
        let mut rows = std::mem::replace(table, empty).into_owned();
        for (slot, wildcard) in found {
            let name = rows.names.name(slot).to_owned();
            let text = self.expand(&name, wildcard)?;
            let mut planner = Planner::over(&rows.names, Arc::clone(&self.knowledge));
            let steps = self.steps(&text, &mut planner)?;
            let mut working = rows;
            working.names = planner.into_names();
            for step in &steps {
                step.command
                    .run(&mut working, context)
                    .map_err(|error| self.at_template(error))?;
            }
            rows = working.into_owned();
        }
        *table = rows;
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        field_list::print(&self.fields, out);
        out.word("[");
        out.put(&self.template);
        out.put("]");
    }
}
