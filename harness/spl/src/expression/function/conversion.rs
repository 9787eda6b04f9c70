//! Functions that turn values of one kind into another.
//!
//! Source: Search Reference, "Conversion functions".

use super::{Arguments, Operand, Type, bitwise::whole, json, printf};
use crate::{Error, Value, expression::Call, table::Scope, value::Number};

functions! {
    "Conversion functions";
    "ipmask" (2, 2), "ipmask(<mask>, <address>)",
        "The IPv4 address with the bits of the mask only.",
        unconfirmed "What is no IPv4 address gives null." => |arguments| {
        super::text(arguments, |call, scope| {
            let Some((mask, address)) = call.text(0, scope)?.zip(call.text(1, scope)?) else {
                return Ok(Value::Null);
            };
            Ok(masked(&mask, &address).map_or(Value::Null, Value::from))
        })
    };
    "printf" (1, super::MANY), "printf(<format>, <value>, ...)",
        "The values as text, by a format like that of sprintf in C." => printf::printf;
    "toarray" (1, 1), "toarray(<value>)", "The values of a field, or a text, as a JSON array."
        => json::toarray;
    "tobool" (1, 1), "tobool(<value>)",
        "True for a number that is not zero and for \"true\", false for 0 and \"false\"." => tobool;
    "todouble" (1, 2), "todouble(<value> [, <base>])", "The same as tonumber(), null if none."
        => todouble;
    "toint" (1, 2), "toint(<value> [, <base>])", "The number rounded down, null if none."
        => |arguments| {
        super::number(arguments, |call, scope| {
            Ok(based(call, scope)?.map_or(Value::Null, |number| {
                Value::Number(Number::new(number.value().floor()))
            }))
        })
    };
    "tomv" (1, 1), "tomv(<array>)", "The elements of a JSON array, texts in quotation marks."
        => json::tomv;
    "tonumber" (1, 2), "tonumber(<text> [, <base>])", "The number that the text is; null if none.",
        unconfirmed "In base 16, `0x` may stand before the digits." => tonumber;
    "toobject" (1, 1), "toobject(<text>)", "The text if it is a JSON object, otherwise null."
        => json::toobject;
    "tostring" (1, 2), "tostring(<value> [, <format>])",
        "The value as text; the format is \"binary\", \"hex\", \"commas\" or \"duration\".",
        unconfirmed "Null stays null; a negative duration has a sign, and a fraction in it three \
                     digits." => tostring;
}

/// Text that stands in the expression and is no number is an error, as the page
/// says; in a field it gives null.
fn tonumber(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    if let Some((text, span)) = arguments.literal(0)
        && arguments.operands.len() == 1
        && Number::written(text).is_none()
    {
        return Err(Error::types(format!("`{text}` is not a number"), span));
    }
    todouble(arguments)
}

fn todouble(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Number, |call, scope| {
        Ok(based(call, scope)?.map_or(Value::Null, Value::Number))
    }))
}

/// The number that the first argument is in the base of the second, which is 10
/// if it is not there.
fn based<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Option<Number>, Error> {
    let base = if call.arguments.len() > 1 {
        call.integer(1, scope)?
    } else {
        Some(10)
    };
    let Some((text, base)) = call.text(0, scope)?.zip(base) else {
        return Ok(None);
    };
    let Ok(radix @ 2..=36) = u32::try_from(base) else {
        return Err(Error::types(
            format!(
                "the base of `{}()` is from 2 to 36, found {base}",
                call.name
            ),
            call.place(1),
        ));
    };
    Ok(in_base(&text, radix))
}

fn in_base(text: &str, base: u32) -> Option<Number> {
    if base == 10 {
        return Number::written(text);
    }
    let digits = match text.get(..2) {
        Some("0x" | "0X") if base == 16 => &text[2..],
        _ => text,
    };
    // A second sign after the prefix is none.
    if digits.len() < text.len() && digits.starts_with(['+', '-']) {
        return None;
    }
    // Whole numbers below 2^53 are exact as doubles.
    let number = i64::from_str_radix(digits, base).ok()?;
    #[expect(clippy::cast_precision_loss, reason = "Splunk's numbers are doubles")]
    let value = number as f64;
    Some(Number::new(value))
}

fn tobool(arguments: Arguments) -> Result<Operand, Error> {
    if matches!(arguments.operands.first(), Some(Operand::Truth(_))) {
        let arguments = arguments.mixed(|_| true)?;
        return Ok(arguments.into_truth(|call, scope| call.truth(0, scope)));
    }
    let arguments = arguments.values()?;
    Ok(arguments.into_truth(|call, scope| {
        if let Some(number) = call.number(0, scope)? {
            return Ok(Some(number.value() != 0.0));
        }
        Ok(match call.text(0, scope)?.as_deref() {
            Some("true" | "True") => Some(true),
            Some("false" | "False") => Some(false),
            _ => None,
        })
    }))
}

fn masked(mask: &str, address: &str) -> Option<String> {
    let mask: std::net::Ipv4Addr = mask.parse().ok()?;
    let address: std::net::Ipv4Addr = address.parse().ok()?;
    Some((mask & address).to_string())
}

fn tostring(arguments: Arguments) -> Result<Operand, Error> {
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
        "binary" => |call, scope| formatted(call, scope, binary),
        "hex" => |call, scope| formatted(call, scope, hexadecimal),
        "commas" => |call, scope| formatted(call, scope, with_commas),
        "duration" => |call, scope| formatted(call, scope, duration),
        other => {
            return Err(Error::unsupported(
                format!("the format \"{other}\" of `tostring()`"),
                span,
            )
            .with_help("the formats are \"binary\", \"hex\", \"commas\" and \"duration\""));
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
        .with_help("it takes whole numbers from 0 up: `floor()`, `round()` and `abs()` make them")
    })
}

fn binary(number: f64) -> Option<String> {
    whole(number).map(|number| format!("{number:b}"))
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
    let grouped = grouped(&text);
    Some(if number < 0.0 {
        format!("-{grouped}")
    } else {
        grouped
    })
}

/// Commas between groups of three digits before the point.
pub(super) fn grouped(number: &str) -> String {
    let end = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    let (digits, rest) = number.split_at(end);
    let mut grouped = String::with_capacity(number.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// `HH:MM:SS`, and the days before them with a plus sign. A fraction has three
/// digits (Search Reference, `delta`, the time between earthquakes).
fn duration(number: f64) -> Option<String> {
    let milliseconds = whole((number.abs() * 1000.0).round())?;
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let sign = if number < 0.0 && milliseconds > 0 {
        "-"
    } else {
        ""
    };
    let some = |number: u64, text: String| if number > 0 { text } else { String::new() };
    let days = some(days, format!("{days}+"));
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    let fraction = some(fraction, format!(".{fraction:03}"));
    Some(format!("{sign}{days}{clock}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_formats() {
        // Search Reference, Conversion functions, tostring().
        assert_eq!(hexadecimal(15.0).as_deref(), Some("0xF"));
        assert_eq!(binary(9.0).as_deref(), Some("1001"));
        assert_eq!(with_commas(12345.6789).as_deref(), Some("12,345.68"));
        assert_eq!(duration(615.0).as_deref(), Some("00:10:15"));
        assert_eq!(with_commas(1_234_567.0).as_deref(), Some("1,234,567"));
        assert_eq!(with_commas(-999.0).as_deref(), Some("-999"));
        assert_eq!(duration(90_061.0).as_deref(), Some("1+01:01:01"));
        assert_eq!(hexadecimal(-1.0), None);
        assert_eq!(duration(12_304.406_000_13).as_deref(), Some("03:25:04.406"));
        assert_eq!(duration(1.5).as_deref(), Some("00:00:01.500"));
        assert_eq!(duration(59.999_9).as_deref(), Some("00:01:00"));
        assert_eq!(duration(-615.0).as_deref(), Some("-00:10:15"));
        assert_eq!(duration(-0.000_1).as_deref(), Some("00:00:00"));
        assert_eq!(duration(f64::NAN), None);
        assert_eq!(duration(1e300), None);
    }

    #[test]
    fn numbers_in_other_bases() {
        // Search Reference, Conversion functions, tonumber().
        assert_eq!(in_base("0A4", 16), Some(Number::new(164.0)));
        assert_eq!(in_base("0101", 2), Some(Number::new(5.0)));
        assert_eq!(
            in_base("1.50", 10).map(|n| n.to_string()).as_deref(),
            Some("1.50")
        );
        assert_eq!(in_base("0x1F", 16), Some(Number::new(31.0)));
        assert_eq!(in_base("0x-1", 16), None);
        assert_eq!(in_base("0x", 16), None);
        assert_eq!(in_base("0x1F", 10), None);
        assert_eq!(in_base("zz", 16), None);
        assert_eq!(in_base(" 1", 10), None);
        assert_eq!(in_base("", 16), None);
    }

    #[test]
    fn addresses_are_masked_bit_by_bit() {
        // Search Reference, Conversion functions, ipmask().
        assert_eq!(
            masked("255.255.255.0", "10.20.30.120").as_deref(),
            Some("10.20.30.0")
        );
        assert_eq!(
            masked("0.255.0.224", "10.20.30.120").as_deref(),
            Some("0.20.0.96")
        );
        assert_eq!(masked("255.255.255.0", "::1"), None);
        assert_eq!(masked("24", "10.20.30.120"), None);
    }
}
