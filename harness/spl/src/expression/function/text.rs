//! Functions on text.
//!
//! Source: Search Reference, "Text functions". A null argument gives null.

use std::borrow::Cow;

use super::{Arguments, Operand, Prepared, Type};
use crate::{
    Error, Value,
    expression::Call,
    table::Scope,
    value::{self, Number},
};

pub(super) fn len(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        Ok(call.text(0, scope)?.map_or(Value::Null, |text| {
            Value::Number(Number::new(value::count(text.chars().count())))
        }))
    }))
}

pub(super) fn lower(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        Ok(call.text(0, scope)?.map_or(Value::Null, |text| {
            if text
                .bytes()
                .all(|b| b.is_ascii() && !b.is_ascii_uppercase())
            {
                Value::Text(text)
            } else {
                Value::from(text.to_lowercase())
            }
        }))
    }))
}

pub(super) fn upper(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        Ok(call
            .text(0, scope)?
            .map_or(Value::Null, |text| Value::from(text.to_uppercase())))
    }))
}

pub(super) fn trim(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| trimmed(call, scope, true, true)))
}

pub(super) fn ltrim(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| trimmed(call, scope, true, false)))
}

pub(super) fn rtrim(arguments: Arguments) -> Result<Operand, Error> {
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

pub(super) fn replace(arguments: Arguments) -> Result<Operand, Error> {
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

pub(super) fn substr(arguments: Arguments) -> Result<Operand, Error> {
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
    use super::part;

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
