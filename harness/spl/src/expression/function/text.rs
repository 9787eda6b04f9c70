//! Functions on text.
//!
//! Source: Search Reference, "Text functions". A null argument gives null. The
//! page says of each function whether it takes multivalue fields: `lower()` and
//! `upper()` do.

use std::borrow::Cow;

use super::{Arguments, Operand, Prepared, Type};
use crate::{
    Error, Value,
    error::Span,
    expression::Call,
    structured::{Nested, Path},
    table::Scope,
    value::{self, Number},
};

functions! {
    "Text functions";
    "len" (1, 1), "len(<text>)", "The number of code points." => len;
    "length" (1, 1), "length(<text>)", "The same as len()." => len;
    "lower" (1, 1), "lower(<text>)", "The text in lower case, of a multivalue field each value."
        => lower;
    "ltrim" (1, 2), "ltrim(<text> [, <characters>])",
        "The text without the characters at its start; blanks and tabs by default." => ltrim;
    "replace" (3, 3), "replace(<text>, <regex>, <replacement>)",
        "The text with every match replaced; `\\1` is the first group." => replace;
    "rtrim" (1, 2), "rtrim(<text> [, <characters>])",
        "The text without the characters at its end; blanks and tabs by default." => rtrim;
    "spath" (2, 2), "spath(<text>, <path>)", "The values at a path of a JSON or XML document.",
        unconfirmed "`null` of JSON is the text `null`; a path to an object gives its text."
        => spath;
    "substr" (2, 3), "substr(<text>, <start> [, <length>])",
        "A part of the text, counted from 1, or from -1 at the end." => substr;
    "trim" (1, 2), "trim(<text> [, <characters>])",
        "The text without the characters at both ends; blanks and tabs by default." => trim;
    "upper" (1, 1), "upper(<text>)", "The text in upper case, of a multivalue field each value."
        => upper;
    "urldecode" (1, 1), "urldecode(<url>)", "The text that percent signs and digits stand for.",
        unconfirmed "`+` stays as it is." => |arguments| {
        super::text(arguments, |call, scope| {
            Ok(call.text(0, scope)?.map_or(Value::Null, |url| Value::from(decoded(&url))))
        })
    };
}

fn len(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        Ok(call.text(0, scope)?.map_or(Value::Null, |text| {
            Value::Number(Number::new(value::count(text.chars().count())))
        }))
    }))
}

fn lower(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        cased(call, scope, |text| {
            let is_lower = |b: u8| b.is_ascii() && !b.is_ascii_uppercase();
            if text.bytes().all(is_lower) {
                text
            } else {
                Cow::Owned(text.to_lowercase())
            }
        })
    }))
}

fn upper(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        cased(call, scope, |text| Cow::Owned(text.to_uppercase()))
    }))
}

/// Changes the text, of a multivalue field each of its values.
fn cased<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    change: impl Fn(Cow<'a, str>) -> Cow<'a, str>,
) -> Result<Value<'a>, Error> {
    Ok(match call.value(0, scope)? {
        Value::Multi(values) => Value::Multi(values.into_iter().map(change).collect()),
        Value::Text(text) => Value::Text(change(text)),
        Value::Number(number) => Value::Text(change(Cow::Owned(number.to_string()))),
        Value::Null => Value::Null,
    })
}

fn trim(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| trimmed(call, scope, true, true)))
}

fn ltrim(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| trimmed(call, scope, true, false)))
}

fn rtrim(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| trimmed(call, scope, false, true)))
}

fn trimmed<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    start: bool,
    end: bool,
) -> Result<Value<'a>, Error> {
    let characters = if call.arguments.len() > 1 {
        call.text(1, scope)?
    } else {
        Some(Cow::Borrowed(" \t"))
    };
    let Some((text, characters)) = call.text(0, scope)?.zip(characters) else {
        return Ok(Value::Null);
    };
    let mut rest = &*text;
    if start {
        rest = rest.trim_start_matches(|c| characters.contains(c));
    }
    if end {
        rest = rest.trim_end_matches(|c| characters.contains(c));
    }
    Ok(Value::from(rest.to_owned()))
}

fn replace(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let pattern: Prepared = arguments.pattern(1)?;
    Ok(arguments.into_prepared_value(
        Type::Text,
        |call, scope| {
            let Some((text, replacement)) = call.text(0, scope)?.zip(call.text(2, scope)?) else {
                return Ok(Value::Null);
            };
            let replaced =
                call.with_pattern(1, scope, |pattern| pattern.replace_all(&text, &replacement))?;
            Ok(replaced.map_or(Value::Null, Value::from))
        },
        pattern,
    ))
}

fn substr(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        let Some((text, start)) = call.text(0, scope)?.zip(call.integer(1, scope)?) else {
            return Ok(Value::Null);
        };
        let length = if call.arguments.len() > 2 {
            match call.integer(2, scope)? {
                Some(length) => Some(length),
                None => return Ok(Value::Null),
            }
        } else {
            None
        };
        Ok(Value::from(part(&text, start, length)))
    }))
}

fn spath(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    if let Some((text, span)) = arguments.literal(1) {
        location(text, span)?;
    }
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some((text, path)) = call.text(0, scope)?.zip(call.text(1, scope)?) else {
            return Ok(Value::Null);
        };
        let mut found = Vec::new();
        location(&path, call.place(1))?
            .find(&text, &mut found)
            .map_err(|Nested| Nested::refused(call.place(1)))?;
        Ok(Value::from_values(
            found.into_iter().map(Cow::Owned).collect(),
        ))
    }))
}

fn location(text: &str, span: Span) -> Result<Path, Error> {
    Path::parse(text).ok_or_else(|| {
        Error::syntax(format!("`{text}` is not a path into JSON or XML"), span)
            .with_help("write it as `<name>.<name>{<number>}`")
    })
}

/// `%41` is `A`; what is no such sequence stays. Bytes that are not UTF-8
/// become the replacement character.
fn decoded(url: &str) -> String {
    let mut bytes = Vec::with_capacity(url.len());
    let mut rest = url.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |index: usize| after.get(index).and_then(|b| char::from(*b).to_digit(16));
        let escaped = (first == b'%')
            .then(|| digit(0).zip(digit(1)))
            .flatten()
            .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        if let Some(byte) = escaped {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A part of a text, by the rules of `SQLite`, to which Splunk's documentation
/// refers: characters are counted from 1; a negative start counts from the end;
/// what lies before the start of the text is cut off the length; a negative
/// length takes the characters before the start.
fn part(text: &str, start: i64, length: Option<i64>) -> String {
    let characters = i128::try_from(text.chars().count()).unwrap_or(i128::MAX);
    let start = i128::from(start);
    // Positions between characters; 0 is before the first one. Position 0 of
    // the argument lies before that.
    let from = match start {
        1.. => start - 1,
        0 => -1,
        _ => characters + start,
    };
    let (from, to) = match length.map(i128::from) {
        None => (from, characters),
        Some(length) if length < 0 => (from + length, from),
        Some(length) => (from, from + length),
    };
    let from = usize::try_from(from.max(0)).unwrap_or(usize::MAX);
    let to = usize::try_from(to.max(0)).unwrap_or(usize::MAX);
    text.chars()
        .skip(from)
        .take(to.saturating_sub(from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{decoded, part};

    #[test]
    fn percent_signs_are_decoded() {
        // Search Reference, Text functions, urldecode().
        assert_eq!(
            decoded("http%3A%2F%2Fwww.splunk.com%2Fdownload%3Fr%3Dheader"),
            "http://www.splunk.com/download?r=header"
        );
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
        assert_eq!(decoded("%C3%A9"), "é");
        assert_eq!(decoded("%ff"), "\u{fffd}");
        assert_eq!(decoded("a+b"), "a+b");
    }

    #[test]
    fn parts_are_counted_from_one_and_from_the_end() {
        // Search Reference, Text functions: substr("string", 1, 3) and
        // substr("string", -3) make "string" together.
        assert_eq!(part("string", 1, Some(3)), "str");
        assert_eq!(part("string", -3, None), "ing");
        assert_eq!(part("héllo", 2, Some(1)), "é");
        assert_eq!(part("string", 4, None), "ing");
        assert_eq!(part("string", 9, None), "");
    }

    /// What `SQLite` 3.40.1 says to `select substr('string', …)`.
    #[test]
    fn the_odd_cases_are_those_of_sqlite() {
        assert_eq!(part("string", 0, None), "string");
        assert_eq!(part("string", 0, Some(2)), "s");
        assert_eq!(part("string", -9, Some(5)), "st");
        assert_eq!(part("string", 4, Some(-2)), "tr");
        assert_eq!(part("string", -2, Some(-2)), "ri");
        assert_eq!(part("string", 9, Some(-4)), "ng");
        assert_eq!(part("string", 0, Some(-2)), "");
        assert_eq!(part("string", -9, None), "string");
        assert_eq!(
            part("string", i64::from(i32::MIN), Some(i64::from(i32::MAX))),
            "strin"
        );
    }
}
