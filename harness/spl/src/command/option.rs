//! Options of commands: `<name>=<value>`, in any case of the name, with blanks
//! where one likes.

use std::borrow::Cow;

use crate::{
    Error,
    cursor::{Cursor, Token, is_name},
    error::Span,
    plan::Planner,
    quoted::Escapes,
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

/// Takes `name=`, if such comes next and is no comparison.
pub(super) fn name<'t>(cursor: &mut Cursor<'t>) -> Option<Token<'t>> {
    cursor.skip_blanks();
    let mut ahead = cursor.clone();
    let span = ahead.take_while(is_name);
    if span.is_empty() || !ahead.eat_mark("=") || ahead.rest().starts_with('=') {
        return None;
    }
    *cursor = ahead;
    Some(Token {
        text: Cow::Borrowed(cursor.slice(span.clone())),
        span,
        quoted: false,
    })
}

/// The value of an option: in quotation marks, or up to a blank or comma.
///
/// # Errors
///
/// A value that is missing.
pub(super) fn value<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    cursor.skip_blanks();
    if let Some(token) = cursor.quoted(Escapes::Argument)? {
        return Ok(token);
    }
    let span =
        cursor.take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '"' | '[' | ']' | '|'));
    if span.is_empty() {
        return Err(cursor.unexpected("a value"));
    }
    Ok(Token {
        text: Cow::Borrowed(cursor.slice(span.clone())),
        span,
        quoted: false,
    })
}

/// The value of an option that is the name of a field.
///
/// # Errors
///
/// A name that is missing or empty.
pub(super) fn field<'t>(cursor: &mut Cursor<'t>) -> Result<Token<'t>, Error> {
    let token = cursor.field_name()?;
    if token.text.is_empty() {
        return Err(Error::syntax("a field needs a name", token.span));
    }
    Ok(token)
}

/// The value of an option that is a whole number.
///
/// # Errors
///
/// Anything else.
pub(super) fn count(cursor: &mut Cursor<'_>) -> Result<usize, Error> {
    let token = value(cursor)?;
    token
        .text
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| token.text.parse().ok())
        .flatten()
        .ok_or_else(|| {
            Error::syntax(
                format!("expected a whole number, found `{}`", token.text),
                token.span,
            )
        })
}

/// As [`count`].
///
/// # Errors
///
/// Anything else.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<usize, Error> {
    count(cursor)
}

/// The value of an option that is true or false, by any of Splunk's words.
///
/// # Errors
///
/// Anything else.
pub(super) fn boolean(cursor: &mut Cursor<'_>) -> Result<bool, Error> {
    let token = value(cursor)?;
    parse_boolean(&token.text).ok_or_else(|| {
        Error::syntax(
            format!("expected `true` or `false`, found `{}`", token.text),
            token.span,
        )
    })
}

/// The truth that a word stands for.
pub(crate) fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" => Some(true),
        "false" | "f" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// The text up to the end of a place that stands in quotation marks, without
/// the backslashes before those inside.
///
/// Blanks keep every place a place in the text as written; those for the
/// backslashes stand outside of the inner quotation marks.
pub(super) fn without_escapes(cursor: &Cursor<'_>, inside: Span) -> String {
    let mut plain = " ".repeat(inside.start);
    for (index, part) in cursor.slice(inside).split("\\\"").enumerate() {
        match index {
            0 => {}
            n if n % 2 == 1 => plain.push_str(" \""),
            _ => plain.push_str("\" "),
        }
        plain.push_str(part);
    }
    plain
}

/// A Boolean value in canonical form.
pub(super) fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The error that a command has no such option.
pub(super) fn unknown(command: &str, option: &Token<'_>, known: &'static [&'static str]) -> Error {
    let error = Error::syntax(
        format!("`{command}` has no option `{}`", option.text),
        option.span.clone(),
    );
    match suggest::nearest(&option.text.to_ascii_lowercase(), known.iter().copied()) {
        Some(suggestion) => error.with_help(format!("did you mean `{suggestion}`?")),
        None => error,
    }
}

/// The error that an option is not evaluated here.
pub(super) fn unsupported(option: &Token<'_>) -> Error {
    Error::unsupported(
        format!("the option `{}=`", option.text.to_ascii_lowercase()),
        option.span.clone(),
    )
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
