//! Options of commands: `name=value` before or between the other arguments.

use crate::{
    Error,
    cursor::{Cursor, Token},
    error::Span,
    quoted::Escapes,
};

/// Takes an option of one of these names, in any case, if one comes next, with
/// or without blanks around the equals sign.
///
/// # Errors
///
/// An option without a value.
pub(super) fn eat<'n, 't>(
    cursor: &mut Cursor<'t>,
    names: &[&'n str],
) -> Result<Option<(&'n str, Token<'t>)>, Error> {
    cursor.skip_blanks();
    for name in names {
        let mut ahead = cursor.clone();
        if ahead.eat_keyword(name) && ahead.eat_mark("=") {
            *cursor = ahead;
            return value(cursor).map(|value| Some((*name, value)));
        }
    }
    Ok(None)
}

/// Refuses by name the options that this engine does not evaluate.
///
/// # Errors
///
/// One of these, where it comes next.
pub(super) fn refuse(cursor: &mut Cursor<'_>, command: &str, names: &[&str]) -> Result<(), Error> {
    let start = {
        cursor.skip_blanks();
        cursor.position()
    };
    match eat(&mut cursor.clone(), names)? {
        Some((name, _)) => Err(Error::unsupported(
            format!("the option `{name}=` of `{command}`"),
            start..start + name.len(),
        )),
        None => Ok(()),
    }
}

/// The value after the equals sign: in quotation marks, or up to a blank, a
/// comma or a bracket.
fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    cursor.skip_blanks();
    if let Some(token) = cursor.quoted(Escapes::Argument)? {
        return Ok(token);
    }
    let span =
        cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '[' | ']' | '"' | '|'));
    if span.is_empty() {
        return Err(cursor.unexpected("a value"));
    }
    Ok(Token {
        text: cursor.slice(span.clone()).into(),
        span,
        quoted: false,
    })
}

/// A Boolean value: `true`, `t` or `1`, `false`, `f` or `0`, in any case
/// (`searchbnf.conf`, the definition of `<bool>`).
///
/// # Errors
///
/// Anything else.
pub(super) fn boolean(token: &Token<'_>) -> Result<bool, Error> {
    match &*token.text.to_ascii_lowercase() {
        "true" | "t" | "1" => Ok(true),
        "false" | "f" | "0" => Ok(false),
        _ => Err(Error::syntax(
            format!("expected true or false, found `{}`", token.text),
            token.span.clone(),
        )),
    }
}

/// A whole number that is not negative.
///
/// # Errors
///
/// Anything else.
pub(super) fn number(token: &Token<'_>) -> Result<usize, Error> {
    token.text.parse().map_err(|_| {
        Error::syntax(
            format!("expected a whole number, found `{}`", token.text),
            token.span.clone(),
        )
    })
}

/// The place and index of a search in brackets, which must come next.
///
/// # Errors
///
/// Anything else, and what is wrong in the brackets.
pub(super) fn subsearch(
    cursor: &mut Cursor<'_>,
    planner: &mut crate::plan::Planner,
) -> Result<(Span, usize), Error> {
    let Some(place) = cursor.brackets() else {
        let here = cursor.here();
        return Err(Error::syntax("expected a subsearch in brackets", here));
    };
    let index = planner.subsearch(cursor.text(), place.clone())?;
    Ok((place, index))
}
