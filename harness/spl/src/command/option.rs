//! Options of commands, as they are written: `<name>=<value>`, in any case of
//! the name.

use crate::{
    Error,
    cursor::{Cursor, Token},
    error::Span,
    plan::Planner,
    suggest,
};

/// Whether one of these options comes next.
pub(super) fn is_next(cursor: &Cursor<'_>, names: &[&'static str]) -> bool {
    next(&mut cursor.clone(), names).is_some()
}

/// Takes the name of an option and its equals sign, if one of these comes next.
pub(super) fn next<'t>(
    cursor: &mut Cursor<'t>,
    names: &[&'static str],
) -> Option<(&'static str, Token<'t>)> {
    let mut ahead = cursor.clone();
    let token = ahead.field_name().ok()?;
    let name = names
        .iter()
        .find(|name| !token.quoted && token.text.eq_ignore_ascii_case(name))?;
    if !ahead.eat_mark("=") {
        return None;
    }
    *cursor = ahead;
    Some((name, token))
}

/// The error that an option comes next which the command does not have, if one
/// does.
///
/// # Errors
///
/// A word with an equals sign after it.
pub(super) fn refuse_unknown(
    cursor: &Cursor<'_>,
    command: &str,
    names: &'static [&'static str],
) -> Result<(), Error> {
    let mut ahead = cursor.clone();
    match ahead.field_name() {
        Ok(token) if !token.quoted && ahead.eat_mark("=") => {
            let error = Error::syntax(
                format!("`{command}` has no option `{}`", token.text),
                token.span,
            );
            Err(match suggest::nearest(&token.text, names.iter().copied()) {
                Some(name) => error.with_help(format!("did you mean `{name}=`?")),
                None => error,
            })
        }
        _ => Ok(()),
    }
}

/// Takes a value: a word, or text in quotation marks.
///
/// # Errors
///
/// Anything else.
pub(super) fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    cursor.field_name()
}

/// Takes a Boolean value.
///
/// # Errors
///
/// Anything else.
pub(super) fn boolean(cursor: &mut Cursor<'_>) -> Result<bool, Error> {
    let token = value(cursor)?;
    match &*token.text.to_ascii_lowercase() {
        "t" | "true" | "1" => Ok(true),
        "f" | "false" | "0" => Ok(false),
        _ => Err(Error::syntax(
            format!("expected true or false, found `{}`", token.text),
            token.span,
        )),
    }
}

/// Takes a whole number.
///
/// # Errors
///
/// Anything else, and a number that is too large.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<usize, Error> {
    let token = value(cursor)?;
    token.text.parse().map_err(|_| {
        Error::syntax(
            format!("expected a whole number, found `{}`", token.text),
            token.span,
        )
    })
}

/// A Boolean value in canonical form.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The place and index of a search in brackets, which must come next.
///
/// # Errors
///
/// Anything else, and what is wrong in the brackets.
pub(super) fn subsearch(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
) -> Result<(Span, usize), Error> {
    let Some(place) = cursor.brackets() else {
        let here = cursor.here();
        return Err(Error::syntax("expected a subsearch in brackets", here));
    };
    let index = planner.subsearch(cursor.text(), place.clone())?;
    Ok((place, index))
}
