//! Reads texts: in single quotes, in double quotes, and without quotes as a
//! command's argument. Source: `about_Quoting_Rules` and
//! `about_Special_Characters` on Microsoft Learn.

use super::super::refusal::Refusal;
use super::cursor::{Cursor, is_name};
use super::syntax::{Expression, Part};
use super::{expression, parser};

/// `'…'`: as it stands, `''` is one quote.
pub(super) fn verbatim(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let open = cursor.place();
    cursor.skip(1);
    let mut text = String::new();
    loop {
        match cursor.next() {
            Some('\'') if cursor.peek() == Some('\'') => {
                cursor.skip(1);
                text.push('\'');
            }
            Some('\'') => return Ok(Expression::Text(text)),
            Some(character) => text.push(character),
            None => return Err(Refusal::at(open, "a `'` without another")),
        }
    }
}

/// `"…"`: with variables, subexpressions and escapes, `""` is one quote.
pub(super) fn expandable(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let open = cursor.place();
    cursor.skip(1);
    let mut parts = Parts::default();
    loop {
        match cursor.peek() {
            Some('"') if cursor.peek_at(1) == Some('"') => {
                cursor.skip(2);
                parts.push('"');
            }
            Some('"') => {
                cursor.skip(1);
                return Ok(parts.finish());
            }
            Some('`') => {
                cursor.skip(1);
                escape(cursor, &mut parts)?;
            }
            Some('$') => dollar(cursor, &mut parts)?,
            Some(character) => {
                cursor.skip(1);
                parts.push(character);
            }
            None => return Err(Refusal::at(open, "a `\"` without another")),
        }
    }
}

/// A word of a command's arguments that has no quotes around it: up to a
/// blank or a character that means something to the parser. A word that is a
/// number is that number.
pub(super) fn bare(cursor: &mut Cursor) -> Result<Expression, Refusal> {
    let mut parts = Parts::default();
    loop {
        match cursor.peek() {
            None | Some(' ' | '\t' | '\n' | '\r' | ';' | '|' | '&' | '(' | ')' | '{' | '}') => {
                break;
            }
            Some(',') => break,
            Some('<' | '>') => return Err(cursor.refuse("a redirection")),
            Some('"' | '\'') => return Err(cursor.refuse("quotes inside an argument")),
            Some('`') if matches!(cursor.peek_at(1), Some('\n' | '\r')) => break,
            Some('`') => {
                cursor.skip(1);
                escape(cursor, &mut parts)?;
            }
            Some('$') => dollar(cursor, &mut parts)?,
            Some(character) => {
                cursor.skip(1);
                parts.push(character);
            }
        }
    }
    Ok(match parts.finish() {
        Expression::Text(text) => number(&text).unwrap_or(Expression::Text(text)),
        other => other,
    })
}

fn number(text: &str) -> Option<Expression> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.starts_with(|c: char| c.is_ascii_digit());
    if !plain {
        return None;
    }
    text.parse()
        .map(Expression::Integer)
        .or_else(|_| text.parse().map(Expression::Float))
        .ok()
}

/// What follows a backtick.
fn escape(cursor: &mut Cursor, parts: &mut Parts) -> Result<(), Refusal> {
    let place = cursor.place();
    let character = match cursor.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('0') => '\0',
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('v') => '\u{b}',
        Some(other) => other,
        None => return Err(Refusal::at(place, "a backtick at the end")),
    };
    parts.push(character);
    Ok(())
}

/// A `$` in a text: a variable, a subexpression, or just that character.
fn dollar(cursor: &mut Cursor, parts: &mut Parts) -> Result<(), Refusal> {
    match cursor.peek_at(1) {
        Some('(') => {
            cursor.skip(2);
            cursor.enter()?;
            let block = parser::statements(cursor)?;
            cursor.leave();
            cursor.expect(')')?;
            parts.part(Part::Subexpression(block));
        }
        Some(next) if is_name(next) || matches!(next, '{' | '?' | '^' | '$') => {
            match expression::variable(cursor)? {
                Expression::Variable(name) => parts.part(Part::Variable(name)),
                Expression::Boolean(value) => {
                    let text = if value { "True" } else { "False" };
                    text.chars().for_each(|character| parts.push(character));
                }
                // `$null` is no text at all.
                _ => {}
            }
        }
        _ => {
            cursor.skip(1);
            parts.push('$');
        }
    }
    Ok(())
}

/// The pieces of a text as they come.
#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    text: String,
}

impl Parts {
    fn push(&mut self, character: char) {
        self.text.push(character);
    }

    fn part(&mut self, part: Part) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
        }
        self.parts.push(part);
    }

    fn finish(mut self) -> Expression {
        if self.parts.is_empty() {
            return Expression::Text(self.text);
        }
        if !self.text.is_empty() {
            self.parts.push(Part::Text(self.text));
        }
        Expression::Interpolated(self.parts)
    }
}
