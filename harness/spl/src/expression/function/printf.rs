//! `printf()`: values as text, by a format like that of `sprintf` in C.
//!
//! Source: Search Reference, "Conversion functions", `printf()`.

use super::{Arguments, Operand, Prepared, Type, conversion::grouped};
use crate::{Error, Value, expression::Call, table::Scope, value::Number};

/// Width and precision above this would only fill memory.
const MOST: usize = 4096;

/// A format, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Conversion(Conversion),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Conversion {
    flags: Flags,
    width: Size,
    precision: Size,
    specifier: char,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "any of the flags can stand beside any other"
)]
struct Flags {
    thousands: bool,
    left: bool,
    zero: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Absent,
    Fixed(usize),
    /// `*`: the next argument says it.
    Argument,
}

pub(super) fn printf(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let Some((text, span)) = arguments.literal(0) else {
        return Err(Error::unsupported(
            "a format of `printf()` that is computed",
            arguments.span.clone(),
        )
        .with_help("write the format as a text: `printf(\"...\", ...)`"));
    };
    let format = Format::parse(text).map_err(|message| Error::syntax(message, span.clone()))?;
    let (wanted, found) = (format.arguments(), arguments.operands.len() - 1);
    if wanted != found {
        return Err(Error::syntax(
            format!("the format takes {wanted} values, found {found}"),
            arguments.span,
        ));
    }
    Ok(arguments.into_prepared_value(Type::Text, print, Prepared::Format(format)))
}

fn print<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
    let Prepared::Format(format) = &call.prepared else {
        return Ok(Value::Null);
    };
    let mut next = 1..call.arguments.len();
    let mut argument = || next.next().unwrap_or(call.arguments.len());
    let mut printed = String::new();
    for piece in &format.0 {
        match piece {
            Piece::Literal(text) => printed.push_str(text),
            Piece::Conversion(conversion) => {
                let mut flags = conversion.flags;
                let width = match conversion.width {
                    Size::Absent => None,
                    Size::Fixed(width) => Some(width),
                    Size::Argument => {
                        let Some(width) = call.integer(argument(), scope)? else {
                            return Ok(Value::Null);
                        };
                        flags.left |= width < 0;
                        Some(bounded(width.unsigned_abs()))
                    }
                };
                let precision = match conversion.precision {
                    Size::Absent => None,
                    Size::Fixed(precision) => Some(precision),
                    Size::Argument => {
                        let Some(precision) = call.integer(argument(), scope)? else {
                            return Ok(Value::Null);
                        };
                        // As in C: a negative precision is none.
                        u64::try_from(precision).ok().map(bounded)
                    }
                };
                let index = argument();
                let text = match conversion.specifier {
                    's' => call.text(index, scope)?.map(|text| {
                        let most = precision.unwrap_or(usize::MAX);
                        text.chars().take(most).collect()
                    }),
                    'c' => call
                        .value(index, scope)?
                        .text()
                        .and_then(|text| character(&text, call.is_text(index))),
                    specifier => call
                        .number(index, scope)?
                        .map(|number| printed_number(number, specifier, flags, precision)),
                };
                let Some(text) = text else {
                    return Ok(Value::Null);
                };
                let numeric = !matches!(conversion.specifier, 's' | 'c');
                pad(&mut printed, &text, width.unwrap_or(0), flags, numeric);
            }
        }
    }
    Ok(Value::from(printed))
}

fn bounded(size: u64) -> usize {
    usize::try_from(size).unwrap_or(MOST).min(MOST)
}

/// The character with a code point, or the first one of a text.
fn character(text: &str, is_text: bool) -> Option<String> {
    let code = if is_text { None } else { text.parse().ok() };
    let character = match code {
        Some(code) => char::from_u32(code)?,
        None => text.chars().next()?,
    };
    Some(character.to_string())
}

/// A number without padding.
fn printed_number(
    number: Number,
    specifier: char,
    flags: Flags,
    precision: Option<usize>,
) -> String {
    let value = number.value();
    let integer = matches!(specifier, 'd' | 'u' | 'o' | 'x' | 'X');
    if !value.is_finite() {
        return number.to_string();
    }
    let (negative, mut digits) = if integer {
        whole_digits(value, specifier, flags, precision)
    } else {
        let upper = specifier.is_ascii_uppercase();
        let text = match specifier.to_ascii_lowercase() {
            'e' => exponential(value.abs(), precision.unwrap_or(6), flags.alternate),
            'g' => general(value.abs(), precision.unwrap_or(6), flags.alternate),
            'a' => hexadecimal(value.abs(), precision, flags.alternate),
            _ => {
                let precision = precision.unwrap_or(6);
                let text = format!("{:.precision$}", value.abs());
                if flags.alternate && precision == 0 {
                    text + "."
                } else {
                    text
                }
            }
        };
        let negative = value.is_sign_negative() && value != 0.0;
        (negative, if upper { text.to_uppercase() } else { text })
    };
    if flags.thousands && matches!(specifier, 'd' | 'u' | 'f' | 'F') {
        digits = grouped(&digits);
    }
    let sign = if specifier == 'd' || !integer {
        if negative {
            "-"
        } else if flags.plus {
            "+"
        } else if flags.blank {
            " "
        } else {
            ""
        }
    } else {
        ""
    };
    format!("{sign}{digits}")
}

/// Whether a number is negative, and its digits as a whole number, cut off
/// towards zero. Unsigned conversions wrap around, as in C.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the wrap is what C does"
)]
fn whole_digits(
    value: f64,
    specifier: char,
    flags: Flags,
    precision: Option<usize>,
) -> (bool, String) {
    let whole = value as i64;
    let bits = if value >= 0.0 {
        value as u64
    } else {
        whole as u64
    };
    let (digits, prefix) = match specifier {
        'd' => (whole.unsigned_abs().to_string(), ""),
        'o' => (format!("{bits:o}"), ""),
        'x' => (format!("{bits:x}"), "0x"),
        'X' => (format!("{bits:X}"), "0X"),
        _ => (bits.to_string(), ""),
    };
    let digits = if precision == Some(0) && digits == "0" {
        String::new()
    } else {
        let least = precision.unwrap_or(1);
        format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())))
    };
    let digits = match (flags.alternate, specifier) {
        (true, 'o') if !digits.starts_with('0') => format!("0{digits}"),
        (true, 'x' | 'X') if bits != 0 => format!("{prefix}{digits}"),
        _ => digits,
    };
    (whole < 0, digits)
}

/// `1.50e+02`: an exponent of at least two digits, with its sign.
fn exponential(value: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    let point = if alternate && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}e{sign}{exponent:0>2}")
}

/// As `%e` or as `%f`, whichever suits the size, without zeros at the end.
fn general(value: f64, precision: usize, alternate: bool) -> String {
    let precision = precision.max(1);
    let text = format!("{value:.*e}", precision - 1);
    let exponent: i64 = text
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX);
    let without_zeros = |text: String| {
        if alternate || !text.contains('.') {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    if exponent < -4 || exponent >= limit {
        let text = exponential(value, precision - 1, alternate);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
        format!("{}e{exponent}", without_zeros(mantissa.to_owned()))
    } else {
        let places = usize::try_from(limit - 1 - exponent).unwrap_or(0);
        without_zeros(format!("{value:.places$}"))
    }
}

/// `0x1.92p+1`: the bits of the double.
fn hexadecimal(value: f64, precision: Option<usize>, alternate: bool) -> String {
    const FRACTION: u32 = 52;
    let bits = value.to_bits();
    let fraction = bits & ((1 << FRACTION) - 1);
    let biased = bits >> FRACTION & 0x7ff;
    let (mut mantissa, exponent) = match (biased, fraction) {
        (0, 0) => (0, 0),
        (0, fraction) => (fraction, -1022),
        (biased, fraction) => (
            fraction | 1 << FRACTION,
            i64::try_from(biased).unwrap_or(0) - 1023,
        ),
    };
    let digits = match precision {
        Some(precision @ ..13) => {
            let dropped = FRACTION - 4 * u32::try_from(precision).unwrap_or(0);
            let half = 1u64 << (dropped - 1);
            let rest = mantissa & ((1 << dropped) - 1);
            mantissa >>= dropped;
            if rest > half || (rest == half && mantissa & 1 == 1) {
                mantissa += 1;
            }
            mantissa <<= dropped;
            format!("{:013x}", mantissa & ((1 << FRACTION) - 1))[..precision].to_owned()
        }
        Some(precision) => format!("{fraction:013x}{}", "0".repeat(precision - 13)),
        None => format!("{fraction:013x}").trim_end_matches('0').to_owned(),
    };
    let lead = mantissa >> FRACTION;
    let point = if digits.is_empty() && !alternate {
        ""
    } else {
        "."
    };
    format!("0x{lead}{point}{digits}p{exponent:+}")
}

/// Adds a text, filled up to a width: with blanks, or with zeros after the sign
/// of a number.
fn pad(into: &mut String, text: &str, width: usize, flags: Flags, numeric: bool) {
    let missing = width.saturating_sub(text.chars().count());
    if flags.left {
        into.push_str(text);
        into.extend(std::iter::repeat_n(' ', missing));
    } else if flags.zero && numeric {
        let sign = text
            .find(|c: char| !matches!(c, '+' | '-' | ' '))
            .unwrap_or(0);
        let sign = sign
            + if text[sign..].starts_with("0x") || text[sign..].starts_with("0X") {
                2
            } else {
                0
            };
        into.push_str(&text[..sign]);
        into.extend(std::iter::repeat_n('0', missing));
        into.push_str(&text[sign..]);
    } else {
        into.extend(std::iter::repeat_n(' ', missing));
        into.push_str(text);
    }
}

impl Format {
    fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            literal.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                literal.push('%');
                rest = after;
                continue;
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            let (conversion, after) = Conversion::parse(after)?;
            pieces.push(Piece::Conversion(conversion));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// How many values it takes.
    fn arguments(&self) -> usize {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Literal(_) => 0,
                Piece::Conversion(conversion) => {
                    1 + usize::from(conversion.width == Size::Argument)
                        + usize::from(conversion.precision == Size::Argument)
                }
            })
            .sum()
    }
}

impl Conversion {
    /// What follows a percent sign, and the rest.
    fn parse(text: &str) -> Result<(Self, &str), String> {
        let mut flags = Flags::default();
        let mut rest = text;
        loop {
            let flag = match rest.bytes().next() {
                Some(b'\'') => &mut flags.thousands,
                Some(b'-') => &mut flags.left,
                Some(b'0') => &mut flags.zero,
                Some(b'+') => &mut flags.plus,
                Some(b' ') => &mut flags.blank,
                Some(b'#') => &mut flags.alternate,
                _ => break,
            };
            *flag = true;
            rest = &rest[1..];
        }
        let width;
        (width, rest) = Size::parse(rest)?;
        let mut precision = Size::Absent;
        if let Some(after) = rest.strip_prefix('.') {
            (precision, rest) = Size::parse(after)?;
            if precision == Size::Absent {
                precision = Size::Fixed(0);
            }
        }
        let Some(written) = rest.chars().next() else {
            return Err("the format ends after `%`".to_owned());
        };
        let specifier = match written {
            'i' => 'd',
            'z' => 's',
            'p' => 'X',
            'a' | 'A' | 'c' | 'd' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'o' | 's' | 'u' | 'x'
            | 'X' => written,
            _ => return Err(format!("`%{written}` is no conversion of `printf()`")),
        };
        Ok((
            Self {
                flags,
                width,
                precision,
                specifier,
            },
            &rest[written.len_utf8()..],
        ))
    }
}

impl Size {
    fn parse(text: &str) -> Result<(Self, &str), String> {
        if let Some(rest) = text.strip_prefix('*') {
            return Ok((Self::Argument, rest));
        }
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        if digits.is_empty() {
            return Ok((Self::Absent, rest));
        }
        match digits.parse() {
            Ok(size @ ..=MOST) => Ok((Self::Fixed(size), rest)),
            _ => Err(format!("a width or precision is at most {MOST}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_conversion_is_an_error() {
        for text in ["%", "%5", "%n", "%C", "%S", "%1$d", "%99999d", "%l"] {
            assert!(Format::parse(text).is_err(), "{text}");
        }
        assert_eq!(Format::parse("%*.*f %s").map(|f| f.arguments()), Ok(4));
        assert_eq!(Format::parse("100%%").map(|f| f.arguments()), Ok(0));
    }

    #[test]
    fn the_bits_of_a_double() {
        // What printf(1) of C says to %a.
        assert_eq!(hexadecimal(1.0, None, false), "0x1p+0");
        assert_eq!(hexadecimal(0.5, None, false), "0x1p-1");
        assert_eq!(hexadecimal(3.0, Some(0), false), "0x2p+1");
        assert_eq!(hexadecimal(0.0, Some(2), false), "0x0.00p+0");
    }
}
