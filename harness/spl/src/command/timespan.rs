//! Spans of time, as options write them: a number and a unit.
//!
//! Source: Search Reference, `bin` and `timechart`, "Span options".

use crate::{Error, cursor::Token};

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timespan {
    /// Always as long: up to hours.
    Microseconds(i64),
    /// As long as the days of the time zone are.
    Days(i64),
    Months(i64),
}

const SECOND: i64 = 1_000_000;

/// What is longer is no span between events.
const YEARS: i64 = 9_999;

/// Each unit with the spellings that it has.
const UNITS: &[(&[&str], Timespan)] = &[
    (&["us"], Timespan::Microseconds(1)),
    (&["ms"], Timespan::Microseconds(1_000)),
    (&["cs"], Timespan::Microseconds(10_000)),
    (&["ds"], Timespan::Microseconds(100_000)),
    (
        &["s", "sec", "secs", "second", "seconds"],
        Timespan::Microseconds(SECOND),
    ),
    (
        &["m", "min", "mins", "minute", "minutes"],
        Timespan::Microseconds(60 * SECOND),
    ),
    (
        &["h", "hr", "hrs", "hour", "hours"],
        Timespan::Microseconds(3_600 * SECOND),
    ),
    (&["d", "day", "days"], Timespan::Days(1)),
    (&["w", "week", "weeks"], Timespan::Days(7)),
    (&["mon", "month", "months"], Timespan::Months(1)),
    (
        &["q", "qtr", "qtrs", "quarter", "quarters"],
        Timespan::Months(3),
    ),
    (&["y", "yr", "yrs", "year", "years"], Timespan::Months(12)),
];

impl Timespan {
    /// The span that a word is: none where its unit is no unit of time. Without
    /// a number it is one unit.
    ///
    /// # Errors
    ///
    /// A span of nothing, or a number that is too large.
    pub(super) fn parse(token: &Token<'_>) -> Result<Option<Self>, Error> {
        let digits = token
            .text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(token.text.len());
        let (number, unit) = token.text.split_at(digits);
        let unit = unit.to_ascii_lowercase();
        let Some((_, unit)) = UNITS
            .iter()
            .find(|(names, _)| names.contains(&unit.as_str()))
        else {
            return Ok(None);
        };
        let number = if number.is_empty() {
            Some(1)
        } else {
            number.parse::<i64>().ok()
        };
        let times = |unit: i64, most: i64| {
            number
                .and_then(|number| number.checked_mul(unit))
                .filter(|span| *span > 0 && *span <= most)
                .ok_or_else(|| {
                    Error::syntax(
                        format!("`{}` is no span of time", token.text),
                        token.span.clone(),
                    )
                })
        };
        Ok(Some(match unit {
            // Spans in parts of a second are shorter than a second.
            Self::Microseconds(unit) if *unit < SECOND => {
                Self::Microseconds(times(*unit, SECOND - 1)?)
            }
            Self::Microseconds(unit) => {
                Self::Microseconds(times(*unit, YEARS * 366 * 86_400 * SECOND)?)
            }
            Self::Days(unit) => Self::Days(times(*unit, YEARS * 366)?),
            Self::Months(unit) => Self::Months(times(*unit, YEARS * 12)?),
        }))
    }

    /// How many seconds it has, a day having 24 hours and a month 30 days.
    #[expect(
        clippy::cast_precision_loss,
        reason = "spans stay below 2^53 microseconds for centuries"
    )]
    pub(super) fn seconds(self) -> f64 {
        match self {
            Self::Microseconds(span) => span as f64 / 1e6,
            Self::Days(days) => days as f64 * 86_400.0,
            Self::Months(months) => months as f64 * 30.0 * 86_400.0,
        }
    }

    /// The span as [`parse`](Self::parse) takes it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Microseconds(span) if span % SECOND == 0 => format!("{}s", span / SECOND),
            Self::Microseconds(span) => format!("{span}us"),
            Self::Days(days) => format!("{days}d"),
            Self::Months(months) => format!("{months}mon"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::borrow::Cow;

    use super::*;

    fn parse(text: &str) -> Result<Option<Timespan>, Error> {
        Timespan::parse(&Token {
            text: Cow::Borrowed(text),
            span: 0..text.len(),
            quoted: false,
        })
    }

    #[test]
    fn spans_have_a_number_and_a_unit() {
        assert_eq!(
            parse("5m").unwrap(),
            Some(Timespan::Microseconds(300_000_000))
        );
        assert_eq!(parse("day").unwrap(), Some(Timespan::Days(1)));
        assert_eq!(parse("2W").unwrap(), Some(Timespan::Days(14)));
        assert_eq!(parse("1q").unwrap(), Some(Timespan::Months(3)));
        assert_eq!(parse("100ms").unwrap().unwrap().text(), "100000us");
        assert_eq!(parse("10").unwrap(), None);
        assert_eq!(parse("2log10").unwrap(), None);
        for text in [
            "0s",
            "1000ms",
            "10ds",
            "99999999999999999999d",
            "9223372036854775807y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_text_is_the_same_span() {
        for text in ["5m", "3h", "1d", "7d", "1mon", "250ms", "1y"] {
            let span = parse(text).unwrap().unwrap();
            assert_eq!(parse(&span.text()).unwrap(), Some(span));
        }
    }
}
