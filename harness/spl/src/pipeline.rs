//! Finds the commands of a search: the text between pipes.
//!
//! Quotation marks, a backslash and the brackets of a subsearch protect a pipe.

use crate::{Error, error::Span};

/// One command, not yet parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The whole command, without blanks around it.
    pub(crate) span: Span,
    /// The name of the command; empty for the implied `search`.
    pub(crate) name: Span,
    /// What follows the name.
    pub(crate) arguments: Span,
    /// Whether a pipe stands before the first command: it must make its own
    /// events.
    pub(crate) generating: bool,
}

/// The commands of a search or subsearch that stands at `whole`, the implied
/// `search` first where there is one.
///
/// # Errors
///
/// Quotation marks and brackets that are not closed, and pipes with nothing
/// between them.
pub(crate) fn split(text: &str, whole: Span) -> Result<Vec<Segment>, Error> {
    let pipes = pipes(text, whole.clone())?;
    let mut segments = Vec::with_capacity(pipes.len() + 1);
    // What stands in brackets says the name of its first command.
    let nested = whole.start > 0;
    let mut start = whole.start;
    let mut generating = false;
    for end in pipes.iter().copied().chain([whole.end]) {
        let span = trim(text, start..end);
        if !span.is_empty() {
            segments.push(segment(
                text,
                span,
                segments.is_empty() && !nested,
                generating,
            ));
            generating = false;
        } else if start == whole.start && end < whole.end {
            generating = true;
        } else if start == whole.start {
            return Err(Error::syntax("the search is empty", start..end));
        } else {
            return Err(Error::syntax(
                "expected a command after `|`",
                start - 1..start,
            ));
        }
        start = end + 1;
    }
    Ok(segments)
}

fn segment(text: &str, span: Span, first: bool, generating: bool) -> Segment {
    let command = &text[span.clone()];
    let name_length = command
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(command.len());
    let name = span.start..span.start + name_length;
    // The first command is a search, and need not say so. `search=1` is a
    // field, `search foo` the command.
    let explicit = command[..name_length].eq_ignore_ascii_case("search")
        && command[name_length..]
            .chars()
            .next()
            .is_none_or(char::is_whitespace);
    if first && !generating && !explicit {
        return Segment {
            name: span.start..span.start,
            arguments: span.clone(),
            span,
            generating,
        };
    }
    Segment {
        arguments: name.end..span.end,
        name,
        span,
        generating,
    }
}

/// Where the pipes stand that separate commands.
fn pipes(text: &str, whole: Span) -> Result<Vec<usize>, Error> {
    let mut pipes = Vec::new();
    let mut quotation = None;
    let mut brackets = Vec::new();
    for (position, mark) in marks(text, whole) {
        match mark {
            b'"' if quotation.is_some() => quotation = None,
            b'"' => quotation = Some(position),
            b'[' => brackets.push(position),
            b']' => {
                brackets.pop();
            }
            _ if brackets.is_empty() => pipes.push(position),
            _ => {}
        }
    }
    if let Some(position) = quotation {
        return Err(Error::syntax(
            "quotation mark is not closed",
            position..position + 1,
        ));
    }
    if let Some(position) = brackets.first() {
        return Err(Error::syntax(
            "bracket is not closed",
            *position..position + 1,
        ));
    }
    Ok(pipes)
}

/// The quotation marks, and the brackets and pipes that stand outside of them
/// and have no backslash before them.
fn marks(text: &str, whole: Span) -> impl Iterator<Item = (usize, u8)> {
    let mut quoted = false;
    let mut escaped = false;
    text.as_bytes()[whole.clone()]
        .iter()
        .zip(whole.start..)
        .filter_map(move |(byte, position)| {
            if std::mem::take(&mut escaped) {
                return None;
            }
            match byte {
                b'\\' => escaped = true,
                b'"' => {
                    quoted = !quoted;
                    return Some((position, *byte));
                }
                b'[' | b']' | b'|' if !quoted => return Some((position, *byte)),
                _ => {}
            }
            None
        })
}

/// Where the bracket is closed that opens at the start of a place.
pub(crate) fn closing_bracket(text: &str, place: Span) -> Option<usize> {
    let mut depth = 0_usize;
    for (position, mark) in marks(text, place) {
        match mark {
            b'[' => depth += 1,
            b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(position);
                }
            }
            _ => {}
        }
    }
    None
}

fn trim(text: &str, span: Span) -> Span {
    let slice = &text[span.clone()];
    let start = span.start + (slice.len() - slice.trim_start().len());
    let length = slice.trim().len();
    start..start + length
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn commands(text: &str) -> Vec<(&str, &str)> {
        split(text, 0..text.len())
            .unwrap()
            .into_iter()
            .map(|segment| (&text[segment.name], &text[segment.arguments]))
            .collect()
    }

    #[test]
    fn the_first_command_is_a_search() {
        assert_eq!(
            commands("a=1 | where b=2\n| table c"),
            [("", "a=1"), ("where", " b=2"), ("table", " c")]
        );
        assert_eq!(commands("SEARCH a=1"), [("SEARCH", " a=1")]);
        assert_eq!(commands("search=1"), [("", "search=1")]);
        assert_eq!(commands(" | tstats count"), [("tstats", " count")]);
    }

    #[test]
    fn quotes_escapes_and_brackets_protect_a_pipe() {
        assert_eq!(commands(r#"a="x|\"|y" b=c\|d"#).len(), 1);
        assert_eq!(commands("a | join b [search c | head 1] | head 2").len(), 3);
    }

    #[test]
    fn nothing_between_pipes_is_an_error() {
        for text in ["", "  ", "a |", "a | | b", "|", "||a"] {
            assert!(split(text, 0..text.len()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_closed_is_an_error_with_its_place() {
        assert_eq!(split("a=\"b | c", 0..8).unwrap_err().span, 2..3);
        assert_eq!(split("a | join [ b", 0..12).unwrap_err().span, 9..10);
    }
}
