//! `eventtype=`: the searches that event types stand for.
//!
//! Source: Knowledge Manager Manual, "About event types" and "Configure event
//! types in eventtypes.conf": the search of an event type has no pipe and no
//! subsearch.

use super::{
    filter::{Comparison, Filter, FilterKind, Literal, Test},
    parse::Parser,
};
use crate::{
    Error, ErrorKind, cursor::Cursor, error::Span, knowledge::EventTypes, source::Source, suggest,
};

/// The field that holds the event types of an event.
pub(super) const FIELD: &str = "eventtype";

/// How many searches of event types one search may take in: each can name
/// others.
const MAX_SEARCHES: usize = 1000;

/// Event types in each other.
const MAX_DEPTH: usize = 16;

/// Which event types are being taken in, each by the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Within {
    names: Vec<String>,
}

impl Parser<'_, '_, '_> {
    /// What `eventtype` with `=` or `IN` stands for: an event is of an event
    /// type where it matches its search, or says so itself.
    pub(super) fn event_types(&mut self, said: Comparison) -> Result<FilterKind, Error> {
        let knowledge = self.planner.shared_knowledge();
        let known = knowledge.event_types();
        let literals = match &said.test {
            Test::Equal(literal) => std::slice::from_ref(literal),
            Test::In(literals) => literals.as_slice(),
            // Refused before it came here.
            Test::NotEqual(_) | Test::Order { .. } => &[],
        };
        let mut searches = Vec::new();
        for literal in literals {
            refuse_unknown(literal, known)?;
            for (name, search) in known.matching(&literal.wildcard) {
                searches.push(self.event_type(name, search, &literal.span)?);
            }
        }
        Ok(FilterKind::EventType { said, searches })
    }

    /// The search of an event type. What is wrong in it has the place of its
    /// name.
    fn event_type(&mut self, name: &str, search: &str, place: &Span) -> Result<Filter, Error> {
        *self.event_types += 1;
        if *self.event_types > MAX_SEARCHES {
            return Err(Error::limit(
                format!("more than {MAX_SEARCHES} searches of event types"),
                place.clone(),
            ));
        }
        let mut within = self.within.clone();
        if within.names.iter().any(|outer| outer == name) || within.names.len() >= MAX_DEPTH {
            return Err(Error::syntax(
                format!("event type `{name}` is part of itself"),
                place.clone(),
            ));
        }
        within.names.push(name.to_owned());
        let knowledge = self.planner.shared_knowledge();
        let mut parse = || -> Result<Filter, Error> {
            let source = Source::new(search, &knowledge)?;
            let text = source.text();
            let subsearches = self.planner.subsearches();
            let mut cursor = Cursor::new(text, 0..text.len());
            let filter = Parser {
                cursor: &mut cursor,
                planner: &mut *self.planner,
                depth: self.depth + 1,
                negated: self.negated,
                window: &mut *self.window,
                within: within.clone(),
                event_types: &mut *self.event_types,
            }
            .conjunction()?;
            cursor.expect_end()?;
            if self.planner.subsearches() > subsearches {
                return Err(Error::syntax("an event type cannot have a subsearch", 0..0));
            }
            match filter.first_bound() {
                Some(bound) => Err(Error::unsupported("a time modifier", bound.span.clone())),
                None => Ok(filter),
            }
        };
        parse().map_err(|error| {
            let said = |message: String| format!("in event type `{name}`: {message}");
            let kind = match error.kind {
                ErrorKind::Unsupported(feature) => ErrorKind::Unsupported(said(feature)),
                ErrorKind::EnvironmentDependent(feature) => {
                    ErrorKind::EnvironmentDependent(said(feature))
                }
                ErrorKind::Limit(what) => ErrorKind::Limit(what),
                kind => ErrorKind::Syntax(said(kind.to_string())),
            };
            Error {
                kind,
                span: place.clone(),
                expansion: None,
                help: error.help,
            }
        })
    }
}

/// Refuses a value that no event type has, and a wildcard where templates could
/// have any name.
fn refuse_unknown(literal: &Literal, known: &EventTypes) -> Result<(), Error> {
    if literal.text.contains('*')
        && let Some(template) = known.template()
    {
        return Err(Error::unsupported(
            format!("the template of event types `{template}`, beside a wildcard,"),
            literal.span.clone(),
        ));
    }
    if known.matching(&literal.wildcard).next().is_some() {
        return Ok(());
    }
    let error = Error::environment(
        format!("the event type `{}`", literal.text),
        literal.span.clone(),
    );
    Err(match suggest::nearest(&literal.text, known.names()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    })
}
