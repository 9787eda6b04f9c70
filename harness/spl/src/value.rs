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

/// A double, and how it is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    value: f64,
    /// Present where the text is not the shortest one that gives the double:
    /// `round(2, 2)` prints `2.00`.
    text: Option<Box<str>>,
}

impl Number {
    /// The number that is printed in its shortest form.
    pub fn new(value: f64) -> Self {
        Self { value, text: None }
    }

    /// The number that is printed as `text`.
    pub(crate) fn with_text(value: f64, text: &str) -> Self {
        let shortest = Self::new(value);
        if shortest.to_string() == text {
            shortest
        } else {
            Self {
                value,
                text: Some(text.into()),
            }
        }
    }

    /// The double.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl fmt::Display for Number {
    /// As Splunk prints numbers: no exponent, no fraction for whole numbers;
    /// `nan`, `inf` and `-inf` (eval command, numeric calculations).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None if self.value.is_nan() => f.write_str("nan"),
            // Negative zero is a zero to a reader.
            None if self.value == 0.0 => f.write_str("0"),
            None => write!(f, "{}", self.value),
        }
    }
}

impl<'a> Value<'a> {
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
    fn a_number_keeps_its_own_text() {
        assert_eq!(Number::with_text(1.5, "1.50").to_string(), "1.50");
        assert_eq!(Number::with_text(1.5, "1.5"), Number::new(1.5));
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
