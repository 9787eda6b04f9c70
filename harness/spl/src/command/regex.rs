//! `regex`: keeps or drops rows by a regular expression.
//!
//! Source: Search Reference, `regex`; Search Manual, "SPL and regular
//! expressions". `!=` keeps what does not match, and so also rows without the
//! field. A multivalue field matches where one of its values does
//! (practitioners' knowledge, not documented).

use crate::{
    Error,
    command::{Command, Context, Source},
    cursor::Cursor,
    error::Span,
    explain::{Clause, Met},
    lint::{Linter, Written},
    names::Slot,
    plan::{Planner, RAW},
    print::Printer,
    quoted::Escapes,
    regex::Pattern,
    table::{Fields as _, Record, Scope, Table},
};

/// A planned `regex`.
#[derive(Debug)]
pub(crate) struct Regex {
    field: Slot,
    /// Whether what matches is kept, and what does not dropped.
    keeps_matches: bool,
    pattern: Pattern,
    text: String,
    span: Span,
}

/// Parses the arguments of `regex`.
///
/// # Errors
///
/// A pattern that stands in no quotation marks or that PCRE does not compile.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Regex, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let (name, keeps_matches) = comparison(cursor)?.unwrap_or((RAW.to_owned(), true));
    let (text, pattern) = pattern(cursor)?;
    let span = cursor.since(start);
    cursor.expect_end()?;
    Ok(Regex {
        field: planner.read(&name),
        keeps_matches,
        pattern,
        text,
        span,
    })
}

/// The field and the operator, if they come next: whether `=` and not `!=`.
fn comparison(cursor: &mut Cursor<'_>) -> Result<Option<(String, bool)>, Error> {
    let mut ahead = cursor.clone();
    let name = if let Some(token) = ahead.quoted(Escapes::Argument)? {
        token.text.into_owned()
    } else {
        let name =
            ahead.take_while(|c| !c.is_whitespace() && !matches!(c, '=' | '!' | '"' | '(' | '|'));
        ahead.slice(name).to_owned()
    };
    let keeps_matches = if ahead.eat_mark("!=") {
        false
    } else if ahead.eat_mark("=") {
        true
    } else {
        return Ok(None);
    };
    if name.is_empty() {
        return Err(cursor.unexpected("a field"));
    }
    *cursor = ahead;
    Ok(Some((name, keeps_matches)))
}

/// Takes a regular expression in quotation marks.
///
/// # Errors
///
/// What is none, and what PCRE does not compile.
pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<(String, Pattern), Error> {
    cursor.skip_blanks();
    let Some(token) = cursor.quoted(Escapes::Pattern)? else {
        return Err(cursor
            .unexpected("a regular expression in quotation marks")
            .with_help("write the whole regular expression between `\"` and `\"`"));
    };
    let pattern = Pattern::new(&token.text, token.span)?;
    Ok((token.text.into_owned(), pattern))
}

impl Regex {
    fn keeps(&self, record: &Record<'_>) -> Result<bool, Error> {
        let mut matches = false;
        for value in record.value(self.field).values() {
            if self.pattern.is_match(&value)? {
                matches = true;
                break;
            }
        }
        Ok(matches == self.keeps_matches)
    }
}

impl Command for Regex {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut failed = None;
        table.records.retain(|record| match self.keeps(record) {
            Ok(keeps) => keeps,
            Err(error) => {
                failed.get_or_insert(error);
                false
            }
        });
        failed.map_or(Ok(()), Err)
    }

    fn streams(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.field(self.field);
        out.put(if self.keeps_matches { "=" } else { "!=" });
        out.value(&self.text);
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        linter.pattern(Written {
            pattern: &self.text,
            place: self.pattern.place(),
            escapes: Escapes::Pattern,
            case: linter.case(self.field),
            subject: Some(linter.subject(self.field)),
        });
        if self.keeps_matches {
            linter.known.exists(self.field);
        }
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        if self.keeps(scope.record)? {
            return Ok(Vec::new());
        }
        Ok(vec![Clause {
            span: self.span.clone(),
            expected: source.text[self.span.clone()].to_owned(),
            met: vec![Met {
                field: source.names.name(self.field).to_owned(),
                value: scope
                    .record
                    .value(self.field)
                    .text()
                    .map(std::borrow::Cow::into_owned),
            }],
            alternatives: Vec::new(),
        }])
    }
}
