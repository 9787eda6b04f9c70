//! A place in the text of a search that moves forward: what every command
//! reads its arguments from.

use std::borrow::Cow;

use crate::{Error, error::Span, pipeline, quoted::Escapes};

/// A cursor over a part of the text; places are places in the whole text.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    position: usize,
    end: usize,
}

/// A name or value as written, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Token<'t> {
    /// What is meant, escapes resolved.
    pub(crate) text: Cow<'t, str>,
    /// Where it stands, quotation marks included.
    pub(crate) span: Span,
    /// Whether it stands in quotation marks.
    pub(crate) quoted: bool,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str, span: Span) -> Self {
        Self {
            text,
            position: span.start,
            end: span.end,
        }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.position..self.end]
    }

    /// The text of a span that this cursor gave.
    pub(crate) fn slice(&self, span: Span) -> &'t str {
        &self.text[span]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    pub(crate) fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    /// Whether nothing but blanks is left.
    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.position == self.end
    }

    /// From `start` to here.
    pub(crate) fn since(&self, start: usize) -> Span {
        start..self.position
    }

    /// The place of the next character; empty at the end.
    pub(crate) fn here(&self) -> Span {
        self.position..self.position + self.peek().map_or(0, char::len_utf8)
    }

    /// The whole text that places refer to.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Takes what stands in brackets, if such comes next, after blanks, and
    /// gives the place of what is inside: a subsearch.
    pub(crate) fn brackets(&mut self) -> Option<Span> {
        self.skip_blanks();
        let start = self.position;
        if self.peek() != Some('[') {
            return None;
        }
        let end = pipeline::closing_bracket(self.text, start..self.end)?;
        self.position = end + 1;
        Some(start + 1..end)
    }

    /// Takes `expected` if it comes next, exactly here.
    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.position += expected.len();
        }
        found
    }

    /// Takes a punctuation mark if it comes next, after blanks.
    pub(crate) fn eat_mark(&mut self, mark: &str) -> bool {
        self.skip_blanks();
        self.eat(mark)
    }

    /// Takes `mark`, after blanks, or says that it is missing.
    pub(crate) fn expect_mark(&mut self, mark: &str, after: &str) -> Result<(), Error> {
        if self.eat_mark(mark) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{mark}` {after}")))
        }
    }

    /// Takes a keyword in any case if it comes next, after blanks, and is a
    /// word of its own.
    pub(crate) fn eat_keyword(&mut self, keyword: &str) -> bool {
        self.skip_blanks();
        let found = self.at_keyword(keyword);
        if found {
            self.position += keyword.len();
        }
        found
    }

    /// Whether a keyword in any case comes next, exactly here.
    pub(crate) fn at_keyword(&self, keyword: &str) -> bool {
        let rest = self.rest();
        rest.get(..keyword.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(keyword))
            && !rest[keyword.len()..].starts_with(is_name)
    }

    /// Takes characters while `wanted` holds.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> Span {
        let start = self.position;
        let rest = self.rest();
        self.position += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.since(start)
    }

    /// Takes the next bytes, which the caller has looked at.
    pub(crate) fn take_bytes(&mut self, length: usize) {
        self.position = (self.position + length).min(self.end);
    }

    /// Takes text in double quotation marks, if such comes next, exactly here.
    ///
    /// # Errors
    ///
    /// A quotation mark that is not closed.
    pub(crate) fn quoted(&mut self, escapes: Escapes) -> Result<Option<Token<'t>>, Error> {
        let start = self.position;
        if !self.eat("\"") {
            return Ok(None);
        }
        loop {
            match self.bump() {
                Some('"') => break,
                Some('\\') => {
                    self.bump();
                }
                Some(_) => {}
                None => {
                    return Err(Error::syntax(
                        "quotation mark is not closed",
                        start..start + 1,
                    ));
                }
            }
        }
        let span = self.since(start);
        Ok(Some(Token {
            text: escapes.unescape(&self.text[span.start + 1..span.end - 1]),
            span,
            quoted: true,
        }))
    }

    /// Takes the name of a field from a list of fields: in quotation marks, or
    /// up to a blank, a comma, a parenthesis or an equals sign.
    ///
    /// # Errors
    ///
    /// Anything else that stands here.
    pub(crate) fn field_name(&mut self) -> Result<Token<'t>, Error> {
        self.skip_blanks();
        if let Some(token) = self.quoted(Escapes::Argument)? {
            return Ok(token);
        }
        let span = self.take_while(|c| {
            !c.is_whitespace() && !matches!(c, ',' | '(' | ')' | '=' | '"' | '\'' | '[' | ']' | '|')
        });
        if span.is_empty() {
            return Err(self.unexpected("a field name"));
        }
        Ok(Token {
            // A backslash escapes as in quotation marks (Search Reference,
            // `fields` and `rename`, "Special characters").
            text: Escapes::Argument.unescape(self.slice(span.clone())),
            span,
            quoted: false,
        })
    }

    /// As [`field_name`](Self::field_name), where no function can stand: the
    /// name may be what `stats` calls a column without a name of its own,
    /// `avg(bytes)`.
    ///
    /// # Errors
    ///
    /// As [`field_name`](Self::field_name), and a parenthesis that is not
    /// closed.
    pub(crate) fn listed_name(&mut self) -> Result<Token<'t>, Error> {
        let token = self.field_name()?;
        if token.quoted || self.peek() != Some('(') {
            return Ok(token);
        }
        let start = self.position;
        let mut depth = 0_usize;
        while let Some(next) = self.bump() {
            match next {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let span = token.span.start..self.position;
                return Ok(Token {
                    text: Cow::Borrowed(self.slice(span.clone())),
                    span,
                    quoted: false,
                });
            }
        }
        Err(Error::syntax("parenthesis is not closed", start..start + 1))
    }

    /// The error that something else than `expected` comes next.
    pub(crate) fn unexpected(&self, expected: &str) -> Error {
        match self.peek() {
            Some('[') => Error::unsupported("a subsearch", self.here()),
            Some(found) => {
                Error::syntax(format!("expected {expected}, found `{found}`"), self.here())
            }
            None => Error::syntax(format!("expected {expected}"), self.here()),
        }
    }

    /// The error that something comes next where the command should end.
    ///
    /// # Errors
    ///
    /// Always, unless the end is reached.
    pub(crate) fn expect_end(&mut self) -> Result<(), Error> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.unexpected("`|` or the end of the search"))
        }
    }
}

/// Whether a character can stand in a plain name: letters, digits, underscore.
pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
