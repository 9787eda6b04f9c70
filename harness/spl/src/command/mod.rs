//! The commands: one module each, and one table of them.

mod accum;
mod addtotals;
mod append;
mod appendpipe;
mod bin;
mod convert;
mod dedup;
mod delta;
mod eval;
mod field_list;
mod fields;
mod filldown;
mod fillnull;
mod foreach;
pub(crate) mod format;
mod head;
mod inputlookup;
mod join;
mod known;
pub(crate) mod lookup;
mod makeresults;
mod multivalue;
mod option;
mod regex;
mod registry;
mod rename;
mod replace;
mod reverse;
mod rex;
pub(crate) mod search;
mod sort;
mod spath;
pub(crate) mod stats;
mod table;
mod tail;
mod timespan;
mod top_rare;
mod transaction;
mod where_;
mod xmlkv;

pub(crate) use option::parse_boolean;

pub(crate) use registry::COMMANDS;

use std::{any::Any, fmt::Debug};

use crate::{
    Environment, Error, ErrorKind,
    cursor::Cursor,
    explain::Clause,
    lint::Linter,
    pipeline::Segment,
    plan::{Planner, Step},
    print::Printer,
    reference::{Entry, Refusal},
    suggest,
    table::{Record, Scope, Table},
};

/// A planned command.
pub(crate) trait Command: Debug + Send + Sync {
    /// Does to the rows what the command does.
    ///
    /// # Errors
    ///
    /// What shows only at run time: limits, and values that the engine does not
    /// evaluate.
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error>;

    /// Writes the arguments of the command in canonical form: what
    /// [`Specification::parse`] makes the same command of.
    fn print(&self, out: &mut Printer<'_>);

    /// Whether it does to each row what it does, whatever other rows there are
    /// and in whatever order: Splunk calls such commands distributable
    /// streaming. They run on one batch of events after the other.
    fn streams(&self) -> bool {
        false
    }

    /// Why the command drops a row; nothing where it keeps it.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn explain<'a>(
        &'a self,
        _scope: Scope<'_, 'a>,
        _source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(Vec::new())
    }

    /// Of each OR of a command that keeps a row, the parts by which it does.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn chosen<'a>(
        &'a self,
        _scope: Scope<'_, 'a>,
        _source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(Vec::new())
    }

    /// Whether it can take its rows batch by batch and in any order, and needs
    /// to keep less of them than the rows themselves.
    fn reduces(&self) -> bool {
        false
    }

    /// Where [`reduces`](Self::reduces): takes a batch of rows into a partial
    /// result, which starts as `None`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn reduce(
        &self,
        _partial: &mut Partial,
        _table: &Table<'_>,
        _context: &Context<'_>,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Where [`reduces`](Self::reduces): takes the partial result of other
    /// batches into this one.
    fn merge(&self, _partial: &mut Partial, _other: Partial) {}

    /// Where [`reduces`](Self::reduces): turns the partial result into rows.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn finish(&self, _partial: Partial, _table: &mut Table<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it must come first, by what its arguments say.
    fn must_be_first(&self) -> bool {
        false
    }

    /// Shows its expressions to the lints.
    fn lint<'a>(&'a self, _linter: &mut Linter<'a>) {}

    /// Whether the rows that come out are no longer the rows that went in.
    fn aggregates(&self) -> bool {
        false
    }
}

/// What a command has made of the batches so far.
pub(crate) type Partial = Option<Box<dyn Any + Send>>;

/// What a command runs with, beside its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    pub(crate) environment: &'c Environment,
    /// The results of the subsearches of the search, which ran before it, by
    /// the index that the planner gave them.
    pub(crate) subsearches: &'c [Table<'static>],
}

impl<'c> Context<'c> {
    /// What an expression is evaluated on.
    pub(crate) fn scope<'r, 'a>(&self, record: &'r Record<'a>) -> Scope<'r, 'a>
    where
        'c: 'r,
    {
        Scope {
            record,
            environment: self.environment,
        }
    }
}

/// What an explanation quotes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'s> {
    pub(crate) text: &'s str,
    pub(crate) names: &'s crate::names::Names,
}

/// A command that this engine evaluates.
pub(crate) struct Specification {
    pub(crate) entry: Entry,
    generates: Generates,
    parse: Parse,
}

/// Whether a command makes rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generates {
    /// It needs rows.
    Never,
    /// It must come first, after a pipe.
    First,
    /// It may come first, and also elsewhere.
    Anywhere,
}

/// Reads the arguments of a command up to its end.
type Parse = fn(&mut Cursor<'_>, &mut Planner) -> Result<Box<dyn Command>, Error>;

/// The commands of Splunk that are refused, sorted by name.
pub(crate) fn refused() -> impl Iterator<Item = Refusal> {
    known::COMMANDS.iter().map(|name| Refusal {
        name,
        reason: if known::WRITING.contains(name) {
            "It writes outside the search: leave it out to see what it would write."
        } else {
            ""
        },
    })
}

/// Parses a command that says its name.
///
/// # Errors
///
/// A command that is not known, or known and not evaluated here; and whatever
/// is wrong with its arguments.
pub(crate) fn parse(
    text: &str,
    segment: &Segment,
    first: bool,
    planner: &mut Planner,
) -> Result<Step<Box<dyn Command>>, Error> {
    let name = &text[segment.name.clone()];
    if name.is_empty() {
        let cursor = Cursor::new(text, segment.span.clone());
        return Err(cursor.unexpected("the name of a command"));
    }
    let lower = name.to_ascii_lowercase();
    let Some(specification) = COMMANDS.iter().find(|s| s.entry.name == lower) else {
        return Err(unknown(name, &lower, segment));
    };
    match (specification.generates, first) {
        (Generates::Never, true) => {
            return Err(Error::syntax(
                format!("`{}` does not make events", specification.entry.name),
                segment.name.clone(),
            )
            .with_help("start with a search, without `|`"));
        }
        (Generates::First, false) => {
            return Err(must_be_first(specification.entry.name, segment));
        }
        _ => {}
    }
    // `table(a)` or `eval-x=1` is no call of the command.
    let mut cursor = Cursor::new(text, segment.arguments.clone());
    if cursor
        .peek()
        .is_some_and(|c| !c.is_whitespace() && !matches!(c, '(' | '"' | '\'' | '+' | '-'))
    {
        return Err(cursor.unexpected("a blank after the name of the command"));
    }
    // A command that makes no use of it leaves nothing to the next.
    if specification.entry.name != "nomv" {
        planner.take_combined();
    }
    let command = (specification.parse)(&mut cursor, planner)?;
    if command.must_be_first() && !first {
        return Err(must_be_first(specification.entry.name, segment)
            .with_help("with `append=true` it adds its rows to those that are there"));
    }
    Ok(Step {
        command,
        name: specification.entry.name,
        span: segment.span.clone(),
    })
}

fn must_be_first(name: &str, segment: &Segment) -> Error {
    Error::syntax(
        format!("`{name}` must be the first command"),
        segment.name.clone(),
    )
}

/// Whether Splunk has a command of this name, in lower case.
pub(crate) fn is_name(name: &str) -> bool {
    COMMANDS.iter().any(|s| s.entry.name == name) || known::COMMANDS.contains(&name)
}

fn unknown(name: &str, lower: &str, segment: &Segment) -> Error {
    let span = segment.name.clone();
    if known::WRITING.contains(&lower) {
        return Error::unsupported(
            format!("the command `{lower}`, which writes outside the search,"),
            span,
        )
        .with_help("leave the command out to see what it would write");
    }
    if known::COMMANDS.contains(&lower) {
        return Error::unsupported(format!("the command `{lower}`"), span);
    }
    let suggestion = suggest::nearest(
        lower,
        COMMANDS
            .iter()
            .map(|s| s.entry.name)
            .chain(known::COMMANDS.iter().copied()),
    );
    let error = Error::new(
        ErrorKind::UnknownCommand {
            name: name.to_owned(),
            suggestion,
        },
        span,
    );
    match suggestion {
        Some(suggestion) => error.with_help(format!("did you mean `{suggestion}`?")),
        None => error,
    }
}

/// Takes a whole number, if one comes next that is a word of its own.
///
/// # Errors
///
/// A number that is too large.
fn count(cursor: &mut Cursor<'_>) -> Result<Option<usize>, Error> {
    cursor.skip_blanks();
    let mut ahead = cursor.clone();
    let span = ahead.take_while(|c| c.is_ascii_digit());
    if span.is_empty() || ahead.peek().is_some_and(|c| !c.is_whitespace()) {
        return Ok(None);
    }
    let Ok(count) = cursor.slice(span.clone()).parse() else {
        return Err(Error::syntax("the number is too large", span));
    };
    *cursor = ahead;
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        assert!(COMMANDS.is_sorted_by_key(|s| s.entry.name));
        assert!(known::COMMANDS.is_sorted());
        assert!(known::WRITING.is_sorted());
        for name in known::WRITING {
            assert!(known::COMMANDS.contains(name), "{name}");
        }
        for specification in COMMANDS {
            assert!(!known::COMMANDS.contains(&specification.entry.name));
        }
    }
}
