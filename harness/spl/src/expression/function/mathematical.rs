//! Functions on numbers.
//!
//! Source: Search Reference, "Mathematical functions". Results are as precise
//! as the least precise argument: `atan(0.50)` is 0.46 on the page of
//! trigonometric functions.

use super::{Arguments, MANY, Operand, Type, statistical};
use crate::{Error, Value, expression::Call, table::Scope, value::Number};

functions! {
    "Mathematical functions";
    "abs" (1, 1), "abs(<number>)", "The number without its sign." => |arguments| {
        super::number(arguments, |call, scope| {
            Ok(call.number(0, scope)?.map_or(Value::Null, |number| {
                Value::Number(if number.value() < 0.0 { -number } else { number })
            }))
        })
    };
    "ceil" (1, 1), "ceil(<number>)", "The same as ceiling()." => ceiling;
    "ceiling" (1, 1), "ceiling(<number>)", "The next whole number at or above the number."
        => ceiling;
    "exact" (1, 1), "exact(<expression>)", "The number with all the digits of the double."
        => |arguments| {
        super::number(arguments, |call, scope| {
            Ok(call.number(0, scope)?.map_or(Value::Null, |number| Value::Number(number.in_full())))
        })
    };
    "exp" (1, 1), "exp(<number>)", "The power of e."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::exp));
    "floor" (1, 1), "floor(<number>)", "The next whole number at or below the number."
        => |arguments| super::number(arguments, |call, scope| whole(call, scope, f64::floor));
    "ln" (1, 1), "ln(<number>)", "The natural logarithm."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::ln));
    "log" (1, 2), "log(<number> [, <base>])", "The logarithm to a base; to 10 by default."
        => |arguments| {
        super::number(arguments, |call, scope| {
            if call.arguments.len() > 1 {
                binary(call, scope, |number, base| match base {
                    2.0 => number.log2(),
                    10.0 => number.log10(),
                    base => number.ln() / base.ln(),
                })
            } else {
                unary(call, scope, f64::log10)
            }
        })
    };
    "pi" (0, 0), "pi()", "The number pi, with 11 digits after the point." => |arguments| {
        Ok(arguments.into_value(Type::Number, |_, _| {
            Ok(Number::written("3.14159265358").map_or(Value::Null, Value::Number))
        }))
    };
    "pow" (2, 2), "pow(<number>, <exponent>)", "The power of the number."
        => |arguments| super::number(arguments, |call, scope| binary(call, scope, f64::powf));
    "round" (1, 2), "round(<number> [, <digits>])",
        "The number rounded to so many digits after the point; none by default.",
        unconfirmed "All the digits that are asked for are printed; a negative half rounds up."
        => round;
    "sigfig" (1, 1), "sigfig(<expression>)",
        "The result of the calculation rounded to its significant figures." => |arguments| {
        super::number(arguments, |call, scope| {
            Ok(call.number(0, scope)?.map_or(Value::Null, |number| {
                Value::Number(number.rounded_to_significant())
            }))
        })
    };
    "sqrt" (1, 1), "sqrt(<number>)", "The square root."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::sqrt));
    "sum" (1, MANY), "sum(<number>, ...)", "The sum of the arguments that are numbers."
        => statistical::sum;
}

/// A function of one number.
pub(super) fn unary<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    function: fn(f64) -> f64,
) -> Result<Value<'a>, Error> {
    Ok(call.number(0, scope)?.map_or(Value::Null, |number| {
        Value::Number(Number::with_significant(
            function(number.value()),
            number.significant(),
        ))
    }))
}

/// A function of two numbers.
pub(super) fn binary<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    function: fn(f64, f64) -> f64,
) -> Result<Value<'a>, Error> {
    let Some((one, other)) = call.number(0, scope)?.zip(call.number(1, scope)?) else {
        return Ok(Value::Null);
    };
    let significant = match (one.significant(), other.significant()) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Ok(Value::Number(Number::with_significant(
        function(one.value(), other.value()),
        significant,
    )))
}

fn ceiling(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments
        .values()?
        .into_value(Type::Number, |call, scope| whole(call, scope, f64::ceil)))
}

fn whole<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    function: fn(f64) -> f64,
) -> Result<Value<'a>, Error> {
    Ok(call.number(0, scope)?.map_or(Value::Null, |number| {
        Value::Number(Number::new(function(number.value())))
    }))
}

fn round(arguments: Arguments) -> Result<Operand, Error> {
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
            return Err(Error::types(
                "`round()` takes a number of digits from 0 up",
                call.place(1),
            ));
        };
        if !number.value().is_finite() {
            return Ok(Value::Number(number));
        }
        let text = rounded(number.value(), digits);
        let value = text.parse().unwrap_or(number.value());
        Ok(Value::Number(if digits == 0 {
            Number::new(value)
        } else {
            Number::with_places(value, digits)
        }))
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
