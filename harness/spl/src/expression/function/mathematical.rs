//! Functions on numbers, and the time.
//!
//! Source: Search Reference, "Mathematical functions" and "Date and Time
//! functions".

#![expect(
    clippy::unnecessary_wraps,
    reason = "what the table of functions builds has one signature"
)]

use super::{Arguments, Operand, Type};
use crate::{Error, Value, value::Number};

pub(super) fn abs(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        Ok(call.number(0, scope)?.map_or(Value::Null, |number| {
            let text = number.to_string();
            Value::Number(Number::with_text(
                number.value().abs(),
                text.trim_start_matches('-'),
            ))
        }))
    }))
}

#[expect(clippy::cast_precision_loss, reason = "times stay below 2^53 seconds")]
pub(super) fn now(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_value(Type::Number, |_, scope| {
        Ok(Value::from(scope.environment.now.as_second() as f64))
    }))
}

pub(super) fn round(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        let Some(number) = call.number(0, scope)? else {
            return Ok(Value::Null);
        };
        let digits = if call.arguments.len() > 1 {
            match call.integer(1, scope)? {
                Some(digits) => digits,
                None => return Ok(Value::Null),
            }
        } else {
            0
        };
        let Ok(digits) = usize::try_from(digits.min(MOST_DIGITS)) else {
            return Err(Error::unsupported(
                "`round()` to a negative number of digits",
                call.place(1),
            ));
        };
        if !number.value().is_finite() {
            return Ok(Value::Number(number));
        }
        let text = rounded(number.value(), digits);
        let value = text.parse().unwrap_or(number.value());
        Ok(Value::Number(Number::with_text(value, &text)))
    }))
}

/// More digits than a double can have after the point that matter.
const MOST_DIGITS: i64 = 20;

/// A number rounded to so many digits after the point, as text with all of
/// them.
///
/// It is the decimal number that is rounded, not the double behind it:
/// `round(2.555, 2)` is 2.56. A half goes up, towards positive infinity.
fn rounded(number: f64, digits: usize) -> String {
    let shortest = format!("{}", number.abs());
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let kept: String = whole
        .chars()
        .chain(fraction.chars().chain(std::iter::repeat('0')).take(digits))
        .collect();
    let dropped = fraction.get(digits..).unwrap_or("");
    let half_or_more = dropped.starts_with(|c| ('5'..='9').contains(&c));
    let exactly_half = dropped.starts_with('5') && dropped[1..].bytes().all(|b| b == b'0');
    let up = half_or_more && !(exactly_half && number < 0.0);
    let mut text: Vec<u8> = kept.into_bytes();
    if up {
        increment(&mut text);
    }
    if digits > 0 {
        text.insert(text.len() - digits, b'.');
    }
    let negative = number < 0.0 && text.iter().any(|b| (b'1'..=b'9').contains(b));
    let text: String = text.into_iter().map(char::from).collect();
    if negative { format!("-{text}") } else { text }
}

/// Adds one to a decimal number.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn decimals_are_rounded_not_doubles() {
        // Search Reference, Mathematical functions: round(3.5) and
        // round(2.555, 2).
        assert_eq!(rounded(3.5, 0), "4");
        assert_eq!(rounded(2.555, 2), "2.56");
        assert_eq!(rounded(9.996, 2), "10.00");
        assert_eq!(rounded(2.0, 2), "2.00");
        assert_eq!(rounded(0.04, 1), "0.0");
        assert_eq!(rounded(1234.5678, 3), "1234.568");
    }

    #[test]
    fn a_negative_half_goes_up() {
        // Measured by others on Splunk 8.2.2: -4.5 rounds to -4, -4.51 to -5.
        assert_eq!(rounded(-4.5, 0), "-4");
        assert_eq!(rounded(-4.51, 0), "-5");
        assert_eq!(rounded(-0.4, 0), "0");
    }
}
