//! A place in the script's text, and the reading of what all of the grammar
//! is made of: blanks, comments, names, numbers.
//!
//! PowerShell reads a text by one set of rules where a command's arguments
//! stand and by another in expressions, so there is no list of tokens: the
//! parser reads characters.

use super::super::refusal::{Place, Refusal};
use super::syntax::Expression;

pub(super) struct Cursor {
    text: Vec<char>,
    /// Where each line begins.
    lines: Vec<usize>,
    at: usize,
    depth: usize,
}

/// How deep statements and expressions may stand in each other.
const DEEPEST: usize = 48;

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        let after_breaks = (1..=text.len()).filter(|&at| text[at - 1] == '\n');
        Self {
            lines: std::iter::once(0).chain(after_breaks).collect(),
            text,
            at: 0,
            depth: 0,
        }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Goes back to a position that was passed before.
    pub(super) fn rewind(&mut self, position: usize) {
        self.at = position;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, offset: usize) -> Option<char> {
        self.text.get(self.at + offset).copied()
    }

    pub(super) fn starts_with(&self, expected: &str) -> bool {
        expected
            .chars()
            .enumerate()
            .all(|(offset, character)| self.peek_at(offset) == Some(character))
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += 1;
        Some(character)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    /// Takes the text ahead if it is this one.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let found = self.starts_with(expected);
        if found {
            self.at += expected.chars().count();
        }
        found
    }

    pub(super) fn expect(&mut self, expected: char) -> Result<(), Refusal> {
        if self.peek() == Some(expected) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.unexpected(&format!("where `{expected}` is expected")))
        }
    }

    /// The place of the next character.
    pub(super) fn place(&self) -> Place {
        self.place_of(self.at)
    }

    pub(super) fn place_of(&self, position: usize) -> Place {
        let line = self.lines.partition_point(|&start| start <= position);
        Place {
            line,
            column: 1 + position - self.lines[line - 1],
        }
    }

    pub(super) fn refuse(&self, what: impl Into<String>) -> Refusal {
        Refusal::at(self.place(), what)
    }

    /// Refuses the next character, or the end.
    pub(super) fn unexpected(&self, context: &str) -> Refusal {
        self.refuse(match self.peek() {
            Some('\n' | '\r') => format!("a line break {context}"),
            Some(character) => format!("`{character}` {context}"),
            None => format!("the end of the script {context}"),
        })
    }

    /// Goes one level deeper; [`Cursor::leave`] comes back.
    pub(super) fn enter(&mut self) -> Result<(), Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse(format!("nesting deeper than {DEEPEST} levels")));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Skips blanks, comments, and line breaks after a backtick.
    pub(super) fn skip_blanks(&mut self) -> Result<(), Refusal> {
        loop {
            match (self.peek(), self.peek_at(1)) {
                (Some(' ' | '\t'), _) => self.at += 1,
                (Some('`'), Some('\n')) => self.at += 2,
                (Some('`'), Some('\r')) if self.peek_at(2) == Some('\n') => self.at += 3,
                (Some('<'), Some('#')) => self.skip_block_comment()?,
                (Some('#'), _) => {
                    while self.peek().is_some_and(|character| character != '\n') {
                        self.at += 1;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), Refusal> {
        let open = self.at;
        while !self.take("#>") {
            if self.next().is_none() {
                return Err(Refusal::at(self.place_of(open), "`<#` without `#>`"));
            }
        }
        Ok(())
    }

    /// Skips blanks, comments and line breaks.
    pub(super) fn skip_lines(&mut self) -> Result<(), Refusal> {
        loop {
            self.skip_blanks()?;
            if !matches!(self.peek(), Some('\n' | '\r')) {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// Skips all that may stand between two statements.
    pub(super) fn skip_separators(&mut self) -> Result<(), Refusal> {
        loop {
            self.skip_lines()?;
            if self.peek() != Some(';') {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// Takes the characters ahead that satisfy a condition.
    pub(super) fn take_while(&mut self, condition: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&condition) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// The word of letters, digits, `-` and `_` ahead, in lower case.
    pub(super) fn word_ahead(&self) -> String {
        self.text[self.at..]
            .iter()
            .take_while(|&&character| is_name(character) || character == '-')
            .flat_map(|character| character.to_lowercase())
            .collect()
    }

    /// Takes a whole number or a fraction without its sign.
    pub(super) fn number(&mut self) -> Result<Expression, Refusal> {
        let start = self.at;
        let mut text = self.take_while(|character| character.is_ascii_digit());
        let fraction =
            self.peek() == Some('.') && self.peek_at(1).is_some_and(|digit| digit.is_ascii_digit());
        if fraction {
            self.at += 1;
            text.push('.');
            text += &self.take_while(|character| character.is_ascii_digit());
        }
        if self.peek().is_some_and(is_name) {
            return Err(Refusal::at(
                self.place_of(start),
                "a number with a suffix, an exponent or in another base",
            ));
        }
        if !fraction && let Ok(number) = text.parse() {
            return Ok(Expression::Integer(number));
        }
        text.parse()
            .map(Expression::Float)
            .map_err(|_| Refusal::at(self.place_of(start), "a number without digits"))
    }
}

/// Whether a character may be in a variable's name.
pub(super) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
