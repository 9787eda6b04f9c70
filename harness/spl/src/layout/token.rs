//! The parts of a text between which blanks may stand.

use crate::{
    Error,
    error::Span,
    source::{self, COMMENT},
};

/// The text with its comments blank and its macros as words: of the same length,
/// so that places stay.
///
/// # Errors
///
/// Comments and macros that are not closed.
pub(super) fn masked(text: &str) -> Result<String, Error> {
    let mut masked = String::with_capacity(text.len());
    let mut position = 0;
    let mut quoted = false;
    while let Some(c) = text[position..].chars().next() {
        if c == '`' && !quoted {
            let end = backticks(text, position)?;
            let sign = if text[position..].starts_with(COMMENT) {
                " "
            } else {
                "m"
            };
            masked.push_str(&sign.repeat(end - position));
            position = end;
            continue;
        }
        masked.push(c);
        position += c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '\\' => {
                if let Some(next) = text[position..].chars().next() {
                    masked.push(next);
                    position += next.len_utf8();
                }
            }
            _ => {}
        }
    }
    Ok(masked)
}

/// Where the comment or macro ends that starts at a backtick.
fn backticks(text: &str, start: usize) -> Result<usize, Error> {
    let (length, _) = source::special_at(&text[start..], start)?;
    Ok(start + length)
}

/// A place without the blanks at its ends.
pub(super) fn trimmed(text: &str, span: Span) -> Span {
    let slice = &text[span.clone()];
    let start = span.start + (slice.len() - slice.trim_start().len());
    start..start + slice.trim().len()
}

/// The outermost brackets at a place, the brackets included.
pub(super) fn brackets(masked: &str, place: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut opened = Vec::new();
    let mut quoted = false;
    let mut escaped = false;
    for (offset, c) in masked[place.clone()].char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => opened.push(place.start + offset),
            ']' if !quoted => {
                if let Some(start) = opened.pop()
                    && opened.is_empty()
                {
                    found.push(start..place.start + offset + 1);
                }
            }
            _ => {}
        }
    }
    found
}

/// A part of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether blanks stand before it.
    pub(super) spaced: bool,
    /// Whether it begins a line.
    pub(super) begins_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whatever has no blanks in it but those in quotation marks.
    Word,
    Open,
    Close,
    Comma,
    Comment,
    /// Brackets and what is in them.
    Brackets,
}

/// The tokens at a place. In expressions, single quotation marks protect blanks
/// too. `None` where it is not certain what a blank stands between.
pub(super) fn tokens(
    text: &str,
    masked: &str,
    place: Span,
    single_quotes: bool,
) -> Option<Vec<Token>> {
    let mut brackets = brackets(masked, place.clone()).into_iter().peekable();
    let mut tokens: Vec<Token> = Vec::new();
    let mut position = place.start;
    let (mut spaced, mut begins_line) = (false, false);
    // Whether the word that was last may go on.
    let mut open = false;
    while position < place.end {
        let c = text[position..].chars().next()?;
        if c.is_whitespace() {
            begins_line |= c == '\n';
            spaced = true;
            open = false;
            position += c.len_utf8();
            continue;
        }
        while brackets
            .next_if(|bracket| bracket.start < position)
            .is_some()
        {}
        let bracket = brackets.next_if(|bracket| bracket.start == position);
        let (kind, end) = if let Some(bracket) = bracket {
            (Kind::Brackets, bracket.end)
        } else {
            match c {
                '(' => (Kind::Open, position + 1),
                ')' => (Kind::Close, position + 1),
                ',' => (Kind::Comma, position + 1),
                '`' => {
                    let kind = if text[position..].starts_with(COMMENT) {
                        Kind::Comment
                    } else {
                        Kind::Word
                    };
                    (kind, backticks(text, position).ok()?)
                }
                '"' => (Kind::Word, quotation_end(text, position)?),
                '\'' if single_quotes => {
                    // Macros come first: a mark in them closes nothing.
                    let length = masked[position + 1..place.end].find('\'')?;
                    (Kind::Word, position + length + 2)
                }
                // A backslash at the end of a word might mean the blank.
                '\\' => {
                    let next = text[position + 1..place.end]
                        .chars()
                        .next()
                        .filter(|c| !c.is_whitespace())?;
                    (Kind::Word, position + 1 + next.len_utf8())
                }
                c => (Kind::Word, position + c.len_utf8()),
            }
        };
        if end > place.end {
            return None;
        }
        match tokens.last_mut() {
            Some(last) if kind == Kind::Word && open => last.span.end = end,
            _ => tokens.push(Token {
                kind,
                span: position..end,
                spaced: std::mem::take(&mut spaced),
                begins_line: std::mem::take(&mut begins_line),
            }),
        }
        open = kind == Kind::Word;
        position = end;
    }
    Some(tokens)
}

/// Where the quotation ends that starts at a place.
fn quotation_end(text: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    text[start + 1..]
        .char_indices()
        .find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        })
        .map(|(offset, _)| start + offset + 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let masked = masked(text).unwrap();
        tokens(text, &masked, 0..text.len(), true)
            .unwrap()
            .into_iter()
            .map(|token| &text[token.span])
            .collect()
    }

    #[test]
    fn words_keep_what_is_quoted() {
        assert_eq!(
            words(r#"a="b c"d  (x , 'y z') `m(1, 2)`e ```c d``` [ a | b ] q\"r"#),
            [
                r#"a="b c"d"#,
                "(",
                "x",
                ",",
                "'y z'",
                ")",
                "`m(1, 2)`e",
                "```c d```",
                "[ a | b ]",
                r#"q\"r"#
            ]
        );
    }

    #[test]
    fn masks_keep_places() {
        let text = "a ```é | b``` `m` \"`\" | c";
        let masked = masked(text).unwrap();
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.matches('|').count(), 1);
        assert!(masked.contains("mmm \"`\""), "{masked}");
    }

    #[test]
    fn what_is_not_closed_has_a_place() {
        assert_eq!(masked("a `b").unwrap_err().span, 2..3);
        assert_eq!(masked("a ```b").unwrap_err().span, 2..5);
    }
}
