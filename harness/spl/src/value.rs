//! Field values: null, text, number, multivalue.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};

/// The value of a field.
///
/// Booleans are not among them: in SPL they live inside expressions only.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// The row does not have the field.
    #[default]
    Null,
    /// Text. Text that looks like a number counts as one where SPL compares or
    /// calculates.
    Text(Cow<'a, str>),
    /// A number that an expression or an aggregation computed.
    Number(Number),
    /// Two or more values, or none; in order.
    Multi(Vec<Cow<'a, str>>),
}

/// A double, and how many of its digits are printed.
///
/// Splunk prints the result of a calculation with no more digits than its least
/// precise operand has (Search Reference, `eval`, "Rounding"), so a number
/// knows how precisely it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    value: f64,
    precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    /// All digits that the double has: whole numbers, and what was computed
    /// from them.
    Full,
    /// A number that was written with a decimal point, and what was computed
    /// from one.
    Limited {
        /// The digits that count, from the first that is not zero.
        significant: usize,
        /// The digits after the point, all of which are printed.
        places: usize,
    },
}

/// More digits than these a double does not have (`eval`, "Long numbers").
const MOST_SIGNIFICANT: usize = 17;

/// The smallest doubles have fewer places that are not zero.
const MOST_PLACES: usize = 340;

impl Number {
    /// The number that is printed with all the digits of the double.
    pub fn new(value: f64) -> Self {
        Self {
            value,
            precision: Precision::Full,
        }
    }

    /// The number that a text looks like, as precise as it is written: with an
    /// exponent, as if it were written without.
    pub(crate) fn written(text: &str) -> Option<Self> {
        let number = Self::new(parse_number(text)?);
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let fraction = mantissa
            .split_once('.')
            .map_or("", |(_, fraction)| fraction);
        let places = exponent
            .parse::<i32>()
            .ok()
            .zip(i32::try_from(fraction.len()).ok())
            .and_then(|(exponent, fraction)| fraction.checked_sub(exponent))
            .and_then(|places| usize::try_from(places).ok())
            .filter(|places| *places > 0);
        let Some(places) = places else {
            return Some(number);
        };
        let significant = mantissa
            .bytes()
            .filter(u8::is_ascii_digit)
            .skip_while(|b| *b == b'0')
            .count();
        if significant <= MOST_SIGNIFICANT && places <= MOST_PLACES {
            return Some(Self {
                precision: Precision::Limited {
                    significant: significant.max(1),
                    places,
                },
                ..number
            });
        }
        let rounded = Self::with_significant(number.value, Some(MOST_SIGNIFICANT));
        Some(if rounded.places() == Some(0) {
            number
        } else {
            rounded
        })
    }

    /// The number that is printed with so many digits after the point.
    pub(crate) fn with_places(value: f64, places: usize) -> Self {
        if !value.is_finite() {
            return Self::new(value);
        }
        let places = places.min(MOST_PLACES);
        let significant = format!("{value:.places$}")
            .bytes()
            .filter(u8::is_ascii_digit)
            .skip_while(|b| *b == b'0')
            .count();
        Self {
            value,
            precision: Precision::Limited {
                significant: significant.max(1),
                places,
            },
        }
    }

    /// The number that is printed with so many digits that count, or with all
    /// of them. Digits before the point are never cut off.
    pub(crate) fn with_significant(value: f64, significant: Option<usize>) -> Self {
        let Some(significant) = significant.filter(|_| value.is_finite()) else {
            return Self::new(value);
        };
        let significant = significant.clamp(1, MOST_SIGNIFICANT);
        Self {
            value,
            precision: Precision::Limited {
                significant,
                places: places(value, significant),
            },
        }
    }

    /// The same number with all its digits.
    pub(crate) fn in_full(self) -> Self {
        Self::new(self.value)
    }

    /// The number whose double is what is printed of this one.
    pub(crate) fn as_printed(self) -> Self {
        match self.precision {
            Precision::Full => self,
            Precision::Limited { .. } => Self {
                value: self.to_string().parse().unwrap_or(self.value),
                ..self
            },
        }
    }

    /// The number rounded to the digits that count, before the point as well.
    pub(crate) fn rounded_to_significant(self) -> Self {
        let Precision::Limited { significant, .. } = self.precision else {
            return self;
        };
        let text = format!("{:.*e}", significant - 1, self.value);
        Self {
            value: text.parse().unwrap_or(self.value),
            ..self
        }
    }

    /// The double.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// How many digits count; `None` for all that the double has.
    pub(crate) fn significant(&self) -> Option<usize> {
        match self.precision {
            Precision::Full => None,
            Precision::Limited { significant, .. } => Some(significant),
        }
    }

    /// How many digits stand after the point; `None` for all that the double
    /// has.
    pub(crate) fn places(&self) -> Option<usize> {
        match self.precision {
            Precision::Full => None,
            Precision::Limited { places, .. } => Some(places),
        }
    }
}

impl std::ops::Neg for Number {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            ..self
        }
    }
}

/// How many digits after the point a number has that is rounded to so many
/// digits that count.
fn places(value: f64, significant: usize) -> usize {
    if value == 0.0 {
        return 0;
    }
    // The exponent of the rounded number: 9.99 with two digits is 10.
    let text = format!("{value:.*e}", significant - 1);
    let exponent: i64 = text
        .rsplit_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let last = i64::try_from(significant).unwrap_or(i64::MAX) - 1;
    usize::try_from(last.saturating_sub(exponent))
        .unwrap_or(0)
        .min(MOST_PLACES)
}

impl fmt::Display for Number {
    /// As Splunk prints numbers: no exponent, no fraction for whole numbers;
    /// `nan`, `inf` and `-inf` (eval command, numeric calculations).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision {
            _ if self.value.is_nan() => f.write_str("nan"),
            Precision::Limited { places, .. } if self.value.is_finite() => {
                let text = format!("{:.places$}", self.value);
                // Negative zero is a zero to a reader.
                let zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
                f.write_str(if zero {
                    text.trim_start_matches('-')
                } else {
                    &text
                })
            }
            _ if self.value == 0.0 => f.write_str("0"),
            _ => write!(f, "{}", self.value),
        }
    }
}

impl<'a> Value<'a> {
    /// About how many bytes it takes of its own, beside itself.
    pub(crate) fn bytes(&self) -> usize {
        let own = |text: &Cow<'_, str>| match text {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.len(),
        };
        match self {
            Self::Null | Self::Number(_) => 0,
            Self::Text(text) => own(text),
            Self::Multi(values) => {
                values.iter().map(own).sum::<usize>() + size_of_val(values.as_slice())
            }
        }
    }

    /// Whether the row lacks the field. An empty multivalue counts as missing.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Multi(values) => values.is_empty(),
            Self::Text(_) | Self::Number(_) => false,
        }
    }

    /// The text that Splunk prints: numbers in their printed form, the values
    /// of a multivalue field one per line. `None` for null.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Multi(values) if values.is_empty() => None,
            Self::Multi(values) => Some(Cow::Owned(values.join("\n"))),
        }
    }

    /// The number that this value is or, as text, looks like.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.value),
            Self::Text(text) => parse_number(text),
            Self::Null | Self::Multi(_) => None,
        }
    }

    /// The same value, independent of what it was borrowed from.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Value::Number(number),
            Self::Multi(values) => Value::Multi(
                values
                    .into_iter()
                    .map(|text| Cow::Owned(text.into_owned()))
                    .collect(),
            ),
        }
    }

    /// A field value from any number of values: none is null, one is a plain
    /// value.
    pub(crate) fn from_values(mut values: Vec<Cow<'a, str>>) -> Self {
        match values.len() {
            0 => Self::Null,
            1 => values.pop().map_or(Self::Null, Self::Text),
            _ => Self::Multi(values),
        }
    }

    /// The single values of this field, printed: none for null.
    pub(crate) fn values(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Multi(values) => values.iter().map(|v| Cow::Borrowed(v.as_ref())).collect(),
            single => single.text().into_iter().collect(),
        }
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(Number::new(value))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

/// A count as a number. Exact up to 2^53, far above what fits in memory.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(crate) fn count(count: usize) -> f64 {
    count as f64
}

/// A multivalue field is an array; numbers are text, as in Splunk's exports.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Multi(values) if !values.is_empty() => values.serialize(serializer),
            value => value.text().serialize(serializer),
        }
    }
}

/// The number that a text looks like: an optional sign, decimal digits with an
/// optional fraction, an optional exponent, and nothing around them.
///
/// Rust also reads `inf`, `nan` and `infinity`, which are words here.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_without_exponent() {
        assert_eq!(Number::new(1e20).to_string(), "100000000000000000000");
        assert_eq!(Number::new(3.0).to_string(), "3");
        assert_eq!(Number::new(-0.0).to_string(), "0");
        assert_eq!(Number::new(10.0 / 3.0).to_string(), "3.3333333333333335");
        assert_eq!(Number::new(f64::NEG_INFINITY).to_string(), "-inf");
        assert_eq!(Number::new(f64::NAN).to_string(), "nan");
    }

    #[test]
    fn a_number_is_as_precise_as_it_is_written() {
        let printed = |text| Number::written(text).map(|number| number.to_string());
        for text in ["1.50", "0.0", "8.250", "-0.014", "100", "0.1"] {
            assert_eq!(printed(text).as_deref(), Some(text));
        }
        assert_eq!(Number::written("1e400"), Some(Number::new(f64::INFINITY)));
        assert_eq!(printed("007").as_deref(), Some("7"));
        assert_eq!(printed("-0.0").as_deref(), Some("0.0"));
        for (text, number) in [
            ("1.5e3", "1500"),
            ("1e-5", "0.00001"),
            ("1.50e-2", "0.0150"),
            ("1.500e1", "15.00"),
            ("0.10000000000000000000", "0.10000000000000001"),
            ("0.12345678901234567890", "0.12345678901234568"),
            ("123456789012345678.5", "123456789012345680"),
            ("1.0e-400", "0"),
        ] {
            assert_eq!(printed(text).as_deref(), Some(number));
            // What is printed is as precise.
            assert_eq!(Number::written(number), Number::written(text), "{text}");
        }
        assert_eq!(printed("x"), None);
        let significant = |text| Number::written(text).and_then(|n| n.significant());
        assert_eq!(significant("0.014"), Some(2));
        assert_eq!(significant("8.250"), Some(4));
        assert_eq!(significant("0.00"), Some(1));
        assert_eq!(significant("12"), None);
    }

    #[test]
    fn digits_that_count_are_printed_and_no_others() {
        let printed = |value, digits| Number::with_significant(value, Some(digits)).to_string();
        // Search Reference, eval, "Rounding".
        assert_eq!(printed(1.65, 1), "2");
        assert_eq!(printed(8.250 * 0.20, 2), "1.7");
        assert_eq!(printed(1.65, 3), "1.65");
        assert_eq!(printed(1.65, 4), "1.650");
        // Search Reference, Mathematical functions, sigfig().
        assert_eq!(printed(1111.0, 3), "1111");
        let product = Number::with_significant(1111.0, Some(3));
        assert_eq!(product.rounded_to_significant().to_string(), "1110");
        assert_eq!(printed(9.99, 2), "10");
        assert_eq!(printed(0.0, 3), "0");
        assert_eq!(Number::with_places(4.0, 2).to_string(), "4.00");
        assert_eq!(Number::with_places(0.004, 2).significant(), Some(1));
    }

    #[test]
    fn the_printed_number_is_its_own_double() {
        let product = Number::with_significant(1.65, Some(1));
        assert!((product.value() - 1.65).abs() < 1e-9);
        assert!((product.as_printed().value() - 2.0).abs() < 1e-9);
    }

    #[test]
    fn only_decimal_text_is_numeric() {
        assert_eq!(parse_number("03"), Some(3.0));
        assert_eq!(parse_number("-1.5e3"), Some(-1500.0));
        assert_eq!(parse_number(".5"), Some(0.5));
        for text in ["", "inf", "nan", "0x10", " 1", "1 ", "1.2.3", "-", "+"] {
            assert_eq!(parse_number(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_multivalue_prints_one_value_per_line() {
        let value = Value::from_values(vec!["a".into(), "b".into()]);
        assert_eq!(value.text().as_deref(), Some("a\nb"));
        assert_eq!(Value::from_values(vec![]), Value::Null);
        assert_eq!(Value::from_values(vec!["a".into()]), Value::from("a"));
    }
}
