//! The characters of a command: words, escapes and redirections.

use super::super::refusal::{Place, Refusal};
use super::expand::Located;
use super::syntax::{Redirection, Stream, Target};
use crate::drive::is_device;

/// Reads a command from left to right.
pub(super) struct Parser<'t> {
    pub(super) source: &'t [Located],
    pub(super) at: usize,
    pub(super) depth: usize,
    /// How many `(` are open: `)` means nothing otherwise.
    pub(super) blocks: usize,
    /// The letters of the loops around.
    pub(super) variables: Vec<char>,
}

/// The text of a simple command, or a word of one.
#[derive(Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether the last character lost its meaning to a caret or quotes.
    literal: bool,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        Some(self.source.get(self.at)?.character)
    }

    pub(super) fn peek_second(&self) -> Option<char> {
        Some(self.source.get(self.at + 1)?.character)
    }

    /// The place of the next character, or of the end.
    pub(super) fn place(&self) -> Place {
        match (self.source.get(self.at), self.source.last()) {
            (Some(located), _) => located.place,
            (None, Some(last)) => Place {
                line: last.place.line,
                column: last.place.column + 1,
            },
            (None, None) => Place { line: 1, column: 1 },
        }
    }

    pub(super) fn refuse(&self, what: impl Into<String>) -> Refusal {
        Refusal::at(self.place(), what)
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
    }

    pub(super) fn skip_delimiters(&mut self) {
        while self.peek().is_some_and(is_delimiter) {
            self.at += 1;
        }
    }

    /// `^x`: x, whatever it is.
    pub(super) fn escaped(&mut self, text: &mut Text) -> Result<(), Refusal> {
        self.at += 1;
        match self.peek() {
            Some('\n' | '\r') => return Err(self.refuse("a line break")),
            Some(character) => {
                text.push(character, true);
                self.at += 1;
            }
            None => {}
        }
        Ok(())
    }

    /// Refuses a modifier of a loop's variable, as in `%~i`.
    pub(super) fn variable(&self, character: char) -> Result<(), Refusal> {
        if character == '%' && self.peek_second() == Some('~') && !self.variables.is_empty() {
            return Err(self.refuse("a modifier of a loop variable, `%~`"));
        }
        Ok(())
    }

    /// `> file`, `>> file`, `> nul`, `2>&1`, `< nul`; a redirection of input
    /// from `nul` changes nothing, since no program of the lab reads any.
    pub(super) fn redirection(
        &mut self,
        handle: Option<char>,
    ) -> Result<Option<Redirection>, Refusal> {
        let place = self.place();
        if self.peek() == Some('<') {
            self.at += 1;
            let file = self.target()?;
            return if file.eq_ignore_ascii_case("nul") {
                Ok(None)
            } else {
                Err(Refusal::at(place, "input from a file, `<`"))
            };
        }
        self.at += 1;
        let append = self.peek() == Some('>');
        if append {
            self.at += 1;
        }
        let stream = match handle {
            None | Some('1') => Stream::Output,
            Some('2') => Stream::Error,
            Some(other) => {
                return Err(Refusal::at(
                    place,
                    format!("a redirection of handle {other}"),
                ));
            }
        };
        if self.peek() == Some('&') {
            self.at += 1;
            let target = match self.peek() {
                Some('1') => Stream::Output,
                Some('2') => Stream::Error,
                _ => return Err(self.refuse("a redirection to a handle other than 1 or 2")),
            };
            self.at += 1;
            return Ok(Some(Redirection {
                stream,
                target: Target::Stream(target),
            }));
        }
        let path = self.target()?;
        let target = if path.eq_ignore_ascii_case("nul") {
            Target::Null
        } else if is_device(&path) {
            return Err(Refusal::at(
                place,
                format!("a redirection to the device `{path}`"),
            ));
        } else if path.is_empty() {
            return Err(Refusal::at(place, "a redirection to nothing"));
        } else {
            Target::File { path, append }
        };
        Ok(Some(Redirection { stream, target }))
    }

    /// The file of a redirection, without its quotes.
    pub(super) fn target(&mut self) -> Result<String, Refusal> {
        self.skip_blanks();
        Ok(self.word()?.replace('"', ""))
    }

    pub(super) fn expect_word(&mut self, expected: &str) -> Result<(), Refusal> {
        self.skip_blanks();
        let place = self.place();
        let word = self.word()?;
        if word.eq_ignore_ascii_case(expected) {
            Ok(())
        } else {
            Err(Refusal::at(
                place,
                format!("`{word}` where `{expected}` is expected"),
            ))
        }
    }

    /// A word up to a delimiter or special character, quotes kept; skips the
    /// blanks before and behind it.
    pub(super) fn word(&mut self) -> Result<String, Refusal> {
        self.skip_blanks();
        let mut word = Text::default();
        let mut quoted = false;
        while let Some(character) = self.peek() {
            match character {
                '\n' | '\r' => return Err(self.refuse("a line break")),
                '"' => quoted = !quoted,
                _ if quoted => {}
                '^' => {
                    self.escaped(&mut word)?;
                    continue;
                }
                '&' | '|' | '<' | '>' | '(' => break,
                ')' if self.blocks > 0 => break,
                delimiter if is_delimiter(delimiter) => break,
                _ => {}
            }
            self.variable(character)?;
            word.push(character, true);
            self.at += 1;
        }
        self.skip_blanks();
        Ok(word.text)
    }
}

impl Text {
    pub(super) fn push(&mut self, character: char, literal: bool) {
        // Delimiters before the command are not part of it.
        if self.text.is_empty() && !literal && is_delimiter(character) {
            return;
        }
        self.text.push(character);
        self.literal = literal;
    }

    /// Takes a digit off the end that stands alone: the handle of `2>nul`.
    pub(super) fn take_handle(&mut self) -> Option<char> {
        let digit = self.text.chars().next_back().filter(char::is_ascii_digit)?;
        let before = &self.text[..self.text.len() - 1];
        let alone = before.chars().next_back().is_none_or(is_delimiter);
        if !alone || self.literal {
            return None;
        }
        self.text.pop();
        Some(digit)
    }
}

pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// What separates words for cmd.
pub(super) fn is_delimiter(character: char) -> bool {
    matches!(character, ' ' | '\t' | ',' | ';' | '=')
}
