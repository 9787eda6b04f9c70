//! Parses the logical expressions of `search`.
//!
//! The order is parentheses, NOT, OR, AND: OR binds tighter than AND, which is
//! also implied between terms. `where` and `eval` have another order.

use std::borrow::Cow;

use super::{
    event_type::{self, Within},
    filter::{Comparison, Filter, FilterKind, Literal, Relation, Search, Test},
    modifier,
    term::{Term, TermError},
    window::Bound,
};
use crate::{
    Error,
    address::Subnet,
    cursor::{Cursor, Token},
    error::Span,
    plan::{Planner, RAW, TIME},
    quoted::Escapes,
    value::parse_number,
    wildcard::{Case, Wildcard},
};

/// Parentheses and NOTs inside each other.
const MAX_DEPTH: usize = 128;

/// Parses the arguments of `search`.
///
/// # Errors
///
/// What is not a logical expression, and the parts of the language that are
/// refused by name.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Search, Error> {
    let start = cursor.position();
    let mut window = Vec::new();
    let filter = if cursor.at_end() {
        Filter {
            kind: FilterKind::Any,
            span: cursor.since(start),
        }
    } else {
        Parser {
            cursor: &mut *cursor,
            planner,
            depth: 0,
            negated: false,
            within: Within::default(),
            event_types: &mut 0,
            window: &mut window,
        }
        .conjunction()?
    };
    cursor.expect_end()?;
    Ok(Search { filter, window })
}

/// Parses the arguments of a `search` that is not the first command, where time
/// modifiers have no documented meaning.
///
/// # Errors
///
/// As [`parse`], and time modifiers.
pub(crate) fn parse_later(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Search, Error> {
    let search = parse(cursor, planner)?;
    let bound = search
        .window
        .first()
        .or_else(|| search.filter.first_bound());
    match bound {
        None => Ok(search),
        Some(bound) => Err(Error::unsupported(
            "a time modifier after the first command",
            bound.span.clone(),
        )
        .with_help("put it into the search at the beginning")),
    }
}

pub(super) struct Parser<'c, 't, 'p> {
    pub(super) cursor: &'c mut Cursor<'t>,
    pub(super) planner: &'p mut Planner,
    pub(super) depth: usize,
    /// Whether a NOT stands before what is parsed.
    pub(super) negated: bool,
    pub(super) window: &'p mut Vec<Bound>,
    /// The event types whose searches are being parsed.
    pub(super) within: Within,
    /// How many searches of event types were taken in.
    pub(super) event_types: &'p mut usize,
}

impl<'t> Parser<'_, 't, '_> {
    /// Terms with AND, said or implied, between them.
    pub(super) fn conjunction(&mut self) -> Result<Filter, Error> {
        let start = self.cursor.position();
        let mut filters = Vec::new();
        self.conjunct(&mut filters)?;
        loop {
            if self.eat_operator("AND") {
                self.conjunct(&mut filters)?;
            } else if self.cursor.at_end() || self.cursor.peek() == Some(')') {
                break;
            } else {
                self.conjunct(&mut filters)?;
            }
        }
        if filters.is_empty() {
            return Ok(Filter {
                kind: FilterKind::Any,
                span: self.cursor.since(start),
            });
        }
        Ok(Self::joined(filters, FilterKind::And))
    }

    /// One term of a conjunction: an end of the time range, which is kept apart,
    /// or a filter.
    fn conjunct(&mut self, filters: &mut Vec<Filter>) -> Result<(), Error> {
        let bounds = self.window.len();
        let filter = self.disjunction()?;
        if self.window.len() == bounds {
            filters.push(filter);
        }
        Ok(())
    }

    /// Terms with OR between them.
    fn disjunction(&mut self) -> Result<Filter, Error> {
        let mut filters = vec![self.negation()?];
        while self.eat_operator("OR") {
            filters.push(self.negation()?);
        }
        Ok(Self::joined(filters, FilterKind::Or))
    }

    fn joined(mut filters: Vec<Filter>, kind: fn(Vec<Filter>) -> FilterKind) -> Filter {
        if filters.len() == 1
            && let Some(only) = filters.pop()
        {
            return only;
        }
        let start = filters.first().map_or(0, |filter| filter.span.start);
        let end = filters.last().map_or(0, |filter| filter.span.end);
        filters.sort_by_key(Filter::cost);
        Filter {
            kind: kind(filters),
            span: start..end,
        }
    }

    /// A term, or NOT and a term: NOT applies to the next term only.
    fn negation(&mut self) -> Result<Filter, Error> {
        self.cursor.skip_blanks();
        let start = self.cursor.position();
        if self.eat_operator("NOT") {
            let negated = std::mem::replace(&mut self.negated, true);
            let inner = self.nested(start, Self::negation)?;
            self.negated = negated;
            return Ok(Filter {
                kind: FilterKind::Not(Box::new(inner)),
                span: self.cursor.since(start),
            });
        }
        if self.cursor.eat("(") {
            // `format` writes `NOT ( )` where there are no rows: what has no
            // condition matches everything, and NOT of it nothing.
            if self.cursor.eat_mark(")") {
                return Ok(Filter {
                    kind: FilterKind::Any,
                    span: self.cursor.since(start),
                });
            }
            let inner = self.nested(start, Self::conjunction)?;
            self.cursor.expect_mark(")", "to close the parenthesis")?;
            return Ok(Filter {
                kind: inner.kind,
                span: self.cursor.since(start),
            });
        }
        if let Some(place) = self.cursor.brackets() {
            self.planner.filler(self.cursor.text(), place.clone())?;
            return Ok(Filter {
                kind: FilterKind::Subsearch(place),
                span: self.cursor.since(start),
            });
        }
        self.term()
    }

    fn nested(
        &mut self,
        start: usize,
        parse: impl FnOnce(&mut Self) -> Result<Filter, Error>,
    ) -> Result<Filter, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::limit(
                format!("more than {MAX_DEPTH} levels of parentheses and NOT"),
                self.cursor.since(start),
            ));
        }
        let inner = parse(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    /// A comparison, a bare term or a phrase.
    fn term(&mut self) -> Result<Filter, Error> {
        let start = self.cursor.position();
        if let Some(filter) = self.bound(start)? {
            return Ok(filter);
        }
        let token = self.name_or_term()?;
        if !token.quoted {
            Self::refuse_keyword(&token)?;
            Self::refuse_indexed(&token)?;
            if matches!(&*token.text, "TERM" | "CASE") && self.cursor.peek() == Some('(') {
                return self.directive(&token);
            }
        }
        let before_operator = self.cursor.clone();
        self.cursor.skip_blanks();
        let operator = self.cursor.peek().is_some_and(|c| "=!<>".contains(c))
            || self.cursor.rest().starts_with("IN");
        if !token.quoted || operator {
            let expected = self.cursor.position();
            if let Some(test) = self.test(&token)? {
                let comparison = Comparison {
                    field: self.planner.read(&token.text),
                    test,
                    expected: self.cursor.since(expected),
                };
                return Ok(Filter {
                    kind: if self.knows_event_types(&token) {
                        self.event_types(comparison)?
                    } else {
                        FilterKind::Comparison(comparison)
                    },
                    span: self.cursor.since(start),
                });
            }
        }
        *self.cursor = before_operator;
        self.expect_border(&token)?;
        self.bare(&token)
    }

    /// One end of the time range, if it comes next: as a filter it takes
    /// anything, but in parentheses it is a term like others.
    fn bound(&mut self, start: usize) -> Result<Option<Filter>, Error> {
        let mut ahead = self.cursor.clone();
        let latest = if ahead.eat_keyword("earliest") {
            false
        } else if ahead.eat_keyword("latest") {
            true
        } else {
            return Ok(None);
        };
        let name = ahead.since(start);
        if !ahead.eat_mark("=") {
            return Ok(None);
        }
        if self.negated {
            return Err(Error::unsupported("a time modifier after NOT", name));
        }
        *self.cursor = ahead;
        let token = self.value_token()?;
        let time = self.planner.read(TIME);
        let span = self.cursor.since(start);
        let text = token.text.clone().into_owned();
        let bound = Bound::new(latest, text, time, span.clone(), &token.span)?;
        self.in_disjunction(&span)?;
        let kind = if self.depth > 0 {
            FilterKind::Time(bound)
        } else {
            self.window.push(bound);
            FilterKind::Any
        };
        Ok(Some(Filter { kind, span }))
    }

    /// Refuses a time modifier with an OR beside it: as one of several
    /// alternatives it is no end of the time range of the search.
    fn in_disjunction(&mut self, span: &Span) -> Result<(), Error> {
        let before = self.cursor.text()[..span.start].trim_end();
        let after = self.eat_operator("OR");
        if after || before.ends_with(" OR") {
            return Err(Error::unsupported(
                "a time modifier as an alternative of OR",
                span.clone(),
            ));
        }
        Ok(())
    }

    fn bare(&mut self, token: &Token<'t>) -> Result<Filter, Error> {
        let text = if token.quoted {
            token.text.clone()
        } else {
            Cow::Owned(Escapes::Argument.unescape(&token.text).into_owned())
        };
        let kind = if Term::is_any(&text) {
            FilterKind::Any
        } else if text.is_empty() {
            return Err(Error::syntax(
                "an empty phrase matches nothing",
                token.span.clone(),
            ));
        } else {
            let term = Term::new(&text, Case::Insensitive)
                .map_err(|error| Self::no_term(error, token.span.clone()))?;
            FilterKind::Term {
                raw: self.planner.read(RAW),
                term,
            }
        };
        Ok(Filter {
            kind,
            span: token.span.clone(),
        })
    }

    /// The operator and value after a field name; `None` where there is no
    /// operator.
    fn test(&mut self, name: &Token<'t>) -> Result<Option<Test>, Error> {
        // `IN` and `in` differ: in lower case it is a term.
        if self.cursor.rest().starts_with("IN") && self.cursor.at_keyword("IN") {
            let mut ahead = self.cursor.clone();
            ahead.eat("IN");
            if ahead.eat_mark("(") {
                *self.cursor = ahead;
                self.refuse_name(name)?;
                return Ok(Some(Test::In(self.list(&name.text)?)));
            }
        }
        let relation = if self.cursor.eat("!=") {
            modifier::refuse(&name.text, &name.span)?;
            return Ok(Some(Test::NotEqual(self.value(&name.text)?)));
        } else if self.cursor.eat("=") {
            self.refuse_name(name)?;
            return Ok(Some(Test::Equal(self.value(&name.text)?)));
        } else if self.cursor.eat("<=") {
            Relation::LessOrEqual
        } else if self.cursor.eat("<") {
            Relation::Less
        } else if self.cursor.eat(">=") {
            Relation::GreaterOrEqual
        } else if self.cursor.eat(">") {
            Relation::Greater
        } else {
            return Ok(None);
        };
        modifier::refuse(&name.text, &name.span)?;
        let token = self.value_token()?;
        let text = Self::meant(&token).into_owned();
        Ok(Some(Test::Order {
            relation,
            number: parse_number(&text),
            text,
        }))
    }

    fn knows_event_types(&self, name: &Token<'_>) -> bool {
        name.text == event_type::FIELD && !self.planner.knowledge().event_types().is_empty()
    }

    /// Refuses what is no field before `=` and `IN`; event types are none, but
    /// may be known.
    fn refuse_name(&self, name: &Token<'_>) -> Result<(), Error> {
        if self.knows_event_types(name) {
            return Ok(());
        }
        modifier::refuse(&name.text, &name.span)
    }

    /// The values of `IN`, after the parenthesis.
    fn list(&mut self, field: &str) -> Result<Vec<Literal>, Error> {
        let mut literals = vec![self.value(field)?];
        while self.cursor.eat_mark(",") {
            literals.push(self.value(field)?);
        }
        self.cursor
            .expect_mark(")", "or `,` in the list of values")?;
        Ok(literals)
    }

    /// A value with its wildcards; `CASE(value)` for one that minds case.
    fn value(&mut self, field: &str) -> Result<Literal, Error> {
        self.cursor.skip_blanks();
        let (token, case) = if self.cursor.rest().starts_with("CASE(") {
            self.cursor.eat("CASE(");
            let token = self.value_token()?;
            self.cursor.expect_mark(")", "to close `CASE`")?;
            (token, Case::Sensitive)
        } else {
            let token = self.value_token()?;
            self.expect_border(&token)?;
            (token, Case::Insensitive)
        };
        let text = Self::meant(&token);
        Ok(Literal {
            subnet: Subnet::parse(&text),
            hides_internal: field == "index" && !text.starts_with('_'),
            wildcard: Wildcard::new(&text, case),
            text: text.into_owned(),
            case,
            span: token.span.clone(),
        })
    }

    fn meant<'x>(token: &'x Token<'t>) -> Cow<'x, str> {
        if token.quoted {
            Cow::Borrowed(&token.text)
        } else {
            Escapes::Argument.unescape(&token.text)
        }
    }

    fn value_token(&mut self) -> Result<Token<'t>, Error> {
        self.cursor.skip_blanks();
        if let Some(token) = self.cursor.quoted(Escapes::Argument)? {
            return Ok(token);
        }
        let token = self.word(|_| false);
        if token.text.is_empty() {
            let error = self.cursor.unexpected("a value");
            return Err(match self.cursor.peek() {
                Some('(') => Error::unsupported("a group of values", self.cursor.here())
                    .with_help("use `IN (...)`"),
                _ => error,
            });
        }
        Self::refuse_keyword(&token)?;
        if token.text.starts_with(['=', '<', '>']) {
            return Err(
                Error::syntax("expected a value, found an operator", token.span).with_help(
                    "`search` compares with one operator; put a value that starts so in \
                     quotation marks",
                ),
            );
        }
        if token.text == "TERM" && self.cursor.peek() == Some('(') {
            return Err(Error::unsupported("`TERM()`", token.span));
        }
        Ok(token)
    }

    fn name_or_term(&mut self) -> Result<Token<'t>, Error> {
        if let Some(token) = self.cursor.quoted(Escapes::Argument)? {
            return Ok(token);
        }
        let token = self.word(|c| matches!(c, '=' | '<' | '>'));
        if token.text.is_empty() {
            return Err(self.cursor.unexpected("a term or a field name"));
        }
        Ok(token)
    }

    /// A word up to a blank or a mark. A backslash keeps the mark after it.
    fn word(&mut self, ends: impl Fn(char) -> bool) -> Token<'t> {
        let start = self.cursor.position();
        while let Some(c) = self.cursor.peek() {
            if c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '|' | '[' | ']') || ends(c)
            {
                break;
            }
            if c == '!' && ends('=') && self.cursor.rest().starts_with("!=") {
                break;
            }
            self.cursor.bump();
            if c == '\\' && self.cursor.peek().is_some_and(|c| "\\\"|".contains(c)) {
                self.cursor.bump();
            }
        }
        let span = self.cursor.since(start);
        Token {
            text: Cow::Borrowed(self.cursor.slice(span.clone())),
            span,
            quoted: false,
        }
    }

    /// A term or value ends at a blank, a closing parenthesis or a comma:
    /// `a"b"` and `a(b)` would be read as two terms.
    fn expect_border(&self, token: &Token<'t>) -> Result<(), Error> {
        match self.cursor.peek() {
            Some('[') => Err(self.cursor.unexpected("a blank")),
            Some(c) if !c.is_whitespace() && !matches!(c, ')' | ',') => Err(self
                .cursor
                .unexpected("a blank after the value")
                .with_help(format!(
                    "put the whole value that starts with `{}` in quotation marks",
                    self.cursor.slice(token.span.clone())
                ))),
            _ => Ok(()),
        }
    }

    fn eat_operator(&mut self, operator: &str) -> bool {
        self.cursor.skip_blanks();
        let found = self.cursor.rest().starts_with(operator)
            && self.cursor.at_keyword(operator)
            && self.cursor.rest()[operator.len()..]
                .starts_with(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | '['));
        found && self.cursor.eat(operator)
    }

    fn refuse_keyword(token: &Token<'t>) -> Result<(), Error> {
        if matches!(&*token.text, "AND" | "OR" | "NOT" | "IN") {
            return Err(Error::syntax(
                format!(
                    "expected a term or value, found the operator `{}`",
                    token.text
                ),
                token.span.clone(),
            )
            .with_help(format!(
                "a value of that text must be quoted: `\"{}\"`",
                token.text
            )));
        }
        Ok(())
    }

    fn no_term(error: TermError, span: Span) -> Error {
        Error::unsupported(error.to_string(), span)
            .with_help("compare a field instead: `_raw=\"*...*\"`")
    }

    /// `TERM(x)` and `CASE(x)` as terms of their own.
    fn directive(&mut self, name: &Token<'t>) -> Result<Filter, Error> {
        self.cursor.eat("(");
        self.cursor.skip_blanks();
        let text = if let Some(token) = self.cursor.quoted(Escapes::Argument)? {
            token
        } else {
            let span = self.cursor.take_while(|c| !matches!(c, '(' | ')' | '"'));
            Token {
                text: Escapes::Argument.unescape(self.cursor.slice(span.clone()).trim_end()),
                span,
                quoted: false,
            }
        };
        self.cursor
            .expect_mark(")", &format!("to close `{}`", name.text))?;
        let span = self.cursor.since(name.span.start);
        if text.text.is_empty() || Term::is_any(&text.text) {
            return Err(Error::syntax(
                format!("`{}()` needs a term", name.text),
                span,
            ));
        }
        let term = if name.text == "TERM" {
            Term::whole(&text.text)
        } else {
            Term::new(&text.text, Case::Sensitive)
        };
        Ok(Filter {
            kind: FilterKind::Term {
                raw: self.planner.read(RAW),
                term: term.map_err(|error| Self::no_term(error, text.span))?,
            },
            span,
        })
    }

    /// `field::value`, which asks for what was indexed as a field.
    fn refuse_indexed(token: &Token<'t>) -> Result<(), Error> {
        if token.text.contains("::") {
            return Err(Error::unsupported(
                "a field and value joined by `::`",
                token.span.clone(),
            ));
        }
        Ok(())
    }
}
