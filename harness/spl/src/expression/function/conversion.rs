//! Functions that turn numbers into text and back.
//!
//! Source: Search Reference, "Conversion functions".

use super::{Arguments, Operand, Type};
use crate::{
    Error, Value,
    expression::Call,
    table::Scope,
    value::{Number, parse_number},
};

pub(super) fn tonumber(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        let base = if call.arguments.len() > 1 {
            call.integer(1, scope)?
        } else {
            Some(10)
        };
        let Some((text, base)) = call.text(0, scope)?.zip(base) else {
            return Ok(Value::Null);
        };
        let Ok(radix @ 2..=36) = u32::try_from(base) else {
            return Err(Error::types(
                format!("the base of `tonumber()` is from 2 to 36, found {base}"),
                call.place(1),
            ));
        };
        Ok(in_base(&text, radix).map_or(Value::Null, Value::Number))
    }))
}

fn in_base(text: &str, base: u32) -> Option<Number> {
    if base == 10 {
        return parse_number(text).map(|value| Number::with_text(value, text));
    }
    // Whole numbers below 2^53 are exact as doubles.
    let number = i64::from_str_radix(text, base).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "Splunk's numbers are doubles")]
    let value = number as f64;
    Some(Number::new(value))
}

pub(super) fn tostring(arguments: Arguments) -> Result<Operand, Error> {
    if matches!(arguments.operands.first(), Some(Operand::Truth(_))) {
        let arguments = arguments.mixed(|index| index == 0)?;
        return Ok(arguments.into_value(Type::Text, |call, scope| {
            Ok(match call.truth(0, scope)? {
                Some(true) => Value::from("True"),
                Some(false) => Value::from("False"),
                None => Value::Null,
            })
        }));
    }
    let arguments = arguments.values()?;
    if arguments.operands.len() == 1 {
        return Ok(arguments.into_value(Type::Text, |call, scope| {
            Ok(call.text(0, scope)?.map_or(Value::Null, Value::Text))
        }));
    }
    let Some((format, span)) = arguments.literal(1) else {
        return Err(Error::unsupported(
            "a format of `tostring()` that is computed",
            arguments.span.clone(),
        ));
    };
    let print: super::Value = match format {
        "hex" => |call, scope| formatted(call, scope, hexadecimal),
        "commas" => |call, scope| formatted(call, scope, with_commas),
        "duration" => |call, scope| formatted(call, scope, duration),
        other => {
            return Err(Error::unsupported(
                format!("the format \"{other}\" of `tostring()`"),
                span,
            )
            .with_help("the formats are \"hex\", \"commas\" and \"duration\""));
        }
    };
    Ok(arguments.into_value(Type::Text, print))
}

/// A number as text by one of the formats; null where the argument is no
/// number.
fn formatted<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    print: fn(f64) -> Option<String>,
) -> Result<Value<'a>, Error> {
    let Some(number) = call.number(0, scope)? else {
        return Ok(Value::Null);
    };
    print(number.value()).map(Value::from).ok_or_else(|| {
        Error::unsupported(
            format!("`tostring()` of {number} in this format"),
            call.place(0),
        )
    })
}

/// A whole number from 0 up, small enough to be exact.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked"
)]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number))
        .then_some(number as u64)
}

fn hexadecimal(number: f64) -> Option<String> {
    whole(number).map(|number| format!("0x{number:X}"))
}

/// Groups of three digits, and at most two digits after the point.
fn with_commas(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let text = if number.fract() == 0.0 {
        format!("{}", number.abs())
    } else {
        format!("{:.2}", number.abs())
    };
    let (digits, fraction) = match text.split_once('.') {
        Some((digits, fraction)) => (digits, Some(fraction)),
        None => (&*text, None),
    };
    let mut grouped = String::new();
    if number < 0.0 {
        grouped.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    Some(grouped)
}

/// `HH:MM:SS`, and the days before them with a plus sign.
fn duration(number: f64) -> Option<String> {
    let seconds = whole(number)?;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    Some(if days == 0 {
        clock
    } else {
        format!("{days}+{clock}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_formats() {
        // Search Reference, Conversion functions, tostring().
        assert_eq!(hexadecimal(15.0).as_deref(), Some("0xF"));
        assert_eq!(with_commas(12345.6789).as_deref(), Some("12,345.68"));
        assert_eq!(duration(615.0).as_deref(), Some("00:10:15"));
        assert_eq!(with_commas(1_234_567.0).as_deref(), Some("1,234,567"));
        assert_eq!(with_commas(-999.0).as_deref(), Some("-999"));
        assert_eq!(duration(90_061.0).as_deref(), Some("1+01:01:01"));
        assert_eq!(hexadecimal(-1.0), None);
        assert_eq!(duration(1.5), None);
    }

    #[test]
    fn numbers_in_other_bases() {
        // Search Reference, Conversion functions, tonumber("0A4", 16).
        assert_eq!(in_base("0A4", 16), Some(Number::new(164.0)));
        assert_eq!(
            in_base("1.50", 10).map(|n| n.to_string()).as_deref(),
            Some("1.50")
        );
        assert_eq!(in_base("zz", 16), None);
        assert_eq!(in_base(" 1", 10), None);
        assert_eq!(in_base("", 16), None);
    }
}
