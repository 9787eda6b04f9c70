//! `bin`, also called `bucket` and `discretize`: puts numbers and times into
//! sets of equal size.
//!
//! Source: Search Reference, `bin`; Search Manual, "Search using time bins and
//! spans". A time becomes the start of its span; another number becomes the
//! text of its range, `10-20`, whose end is not part of it. What is no number
//! stays as it is.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
    tz::TimeZone,
};

use super::timespan::Timespan;
use crate::{
    Environment, Error, Value,
    command::{Command, Context, option},
    cursor::{Cursor, Token},
    error::Span,
    names::Slot,
    plan::{Planner, TIME},
    print::Printer,
    table::{Fields, Table},
    time::modifier::TimeModifier,
    value::Number,
};

/// A planned `bin`.
#[derive(Debug)]
pub(crate) struct Bin {
    field: Slot,
    column: Slot,
    size: Size,
    span: Span,
}

/// The time that a span starts with.
#[derive(Debug)]
enum Align {
    /// A number of seconds, in microseconds.
    Time(i64),
    Modifier(String, TimeModifier),
}

/// How large the sets are.
#[derive(Debug)]
enum Size {
    Time {
        span: Timespan,
        /// When a span of a fixed length starts.
        align: Align,
    },
    Number(u32),
    /// From each power of the base times the coefficient to the next.
    Logarithm {
        coefficient: u32,
        base: u32,
    },
    /// So that there are at most so many of them.
    Bins {
        bins: u32,
        start: Option<f64>,
        end: Option<f64>,
    },
}

const OPTIONS: &[&str] = &["aligntime", "bins", "end", "minspan", "span", "start"];

/// How many sets there are where the text does not say.
const DEFAULT_BINS: u32 = 100;

/// The options as they are written.
#[derive(Default)]
struct Options<'t> {
    span: Option<Token<'t>>,
    align: Option<Token<'t>>,
    bins: Option<u32>,
    start: Option<f64>,
    end: Option<f64>,
}

/// Parses the arguments of `bin`; options may stand before and after the field.
///
/// # Errors
///
/// What is no field, sizes that are not valid, and those that are not
/// evaluated.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Bin, Error> {
    let mut options = Options::default();
    let mut field: Option<Token<'_>> = None;
    let mut name = None;
    while !cursor.at_end() {
        if let Some((option, token)) = option::next(cursor, OPTIONS) {
            options.set(option, &token, cursor)?;
        } else if field.is_some() && name.is_none() && cursor.eat_keyword("AS") {
            name = Some(cursor.listed_name()?);
        } else if field.is_none() {
            option::refuse_unknown(cursor, "bin", OPTIONS)?;
            field = Some(cursor.listed_name()?);
        } else {
            option::refuse_unknown(cursor, "bin", OPTIONS)?;
            cursor.expect_end()?;
        }
    }
    let Some(field) = field else {
        return Err(cursor.unexpected("a field"));
    };
    if field.text.contains('*') {
        return Err(Error::syntax("`bin` takes one field", field.span));
    }
    let size = options.size(&field)?;
    let slot = planner.read(&field.text);
    let column = match &name {
        Some(name) => planner.assign(&name.text),
        None => planner.assign(&field.text),
    };
    Ok(Bin {
        field: slot,
        column,
        size,
        span: field.span,
    })
}

impl<'t> Options<'t> {
    fn set(
        &mut self,
        option: &str,
        token: &Token<'_>,
        cursor: &mut Cursor<'t>,
    ) -> Result<(), Error> {
        match option {
            "span" => self.span = Some(option::value(cursor)?),
            "aligntime" => self.align = Some(option::value(cursor)?),
            "start" => self.start = Some(decimal(cursor)?),
            "end" => self.end = Some(decimal(cursor)?),
            "bins" => {
                let value = option::value(cursor)?;
                self.bins = Some(positive(&value.text).filter(|bins| *bins > 1).ok_or_else(
                    || Error::syntax("`bins` is a whole number above 1", value.span),
                )?);
            }
            _ => {
                return Err(Error::unsupported(
                    format!("the option `{option}=` of `bin`"),
                    token.span.clone(),
                ));
            }
        }
        Ok(())
    }

    fn size(self, field: &Token<'_>) -> Result<Size, Error> {
        let is_time = field.text == TIME;
        let Some(token) = self.span else {
            if is_time {
                return Err(Error::unsupported(
                    "`bin` of `_time` without `span=`, by the time range of the search",
                    field.span.clone(),
                ));
            }
            return Ok(Size::Bins {
                bins: self.bins.unwrap_or(DEFAULT_BINS),
                start: self.start,
                end: self.end,
            });
        };
        if token.text.contains('@') {
            return Err(Error::unsupported("a span with a snap (`@`)", token.span));
        }
        let timespan = match Timespan::parse(&token)? {
            None if is_time => positive(&token.text)
                .map(|seconds| Timespan::Microseconds(i64::from(seconds) * 1_000_000)),
            timespan => timespan,
        };
        if let Some(span) = timespan {
            if !is_time {
                return Err(Error::unsupported(
                    "a span of time for another field than `_time`",
                    token.span,
                ));
            }
            if let Timespan::Microseconds(length) = span
                && length < 1_000_000
                && 1_000_000 % length != 0
            {
                return Err(Error::syntax(
                    "a second must consist of whole spans",
                    token.span,
                ));
            }
            return Ok(Size::Time {
                span,
                align: align(self.align)?,
            });
        }
        if let Some(size) = logarithm(&token.text) {
            return Ok(size);
        }
        if let Some(number) = positive(&token.text) {
            return Ok(Size::Number(number));
        }
        let is_number = |text: &str| text.is_empty() || text.parse().is_ok_and(|n: f64| n > 0.0);
        let lower = token.text.to_ascii_lowercase();
        let fraction = match lower.split_once("log") {
            Some((coefficient, base)) => is_number(coefficient) && is_number(base),
            None => is_number(&lower),
        };
        if fraction && lower.contains('.') {
            return Err(Error::unsupported(
                "a span that is no whole number",
                token.span,
            ));
        }
        Err(Error::syntax(
            format!("`{}` is no span", token.text),
            token.span,
        ))
    }
}

/// When a span of time starts: a number of seconds, a time of ISO 8601, or a
/// time modifier.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and the time is within the calendar"
)]
fn align(token: Option<Token<'_>>) -> Result<Align, Error> {
    let Some(token) = token else {
        return Ok(Align::Time(0));
    };
    if matches!(&*token.text, "earliest" | "latest") {
        return Err(Error::unsupported(
            format!(
                "`aligntime={}`, by the time range of the search,",
                token.text
            ),
            token.span,
        ));
    }
    if let Ok(time) = token.text.parse::<f64>()
        && time.abs() < LAST_SECOND
    {
        return Ok(Align::Time((time * 1e6).round() as i64));
    }
    if let Ok(time) = token.text.parse::<Timestamp>() {
        return Ok(Align::Time(time.as_microsecond()));
    }
    match TimeModifier::parse_relative(&token.text) {
        Ok(modifier) => Ok(Align::Modifier(token.text.into_owned(), modifier)),
        Err(message) => Err(Error::syntax(message, token.span)),
    }
}

impl Align {
    fn print(&self, out: &mut Printer<'_>) {
        match self {
            Self::Time(0) => {}
            Self::Time(time) => {
                let (seconds, micros) = (time / 1_000_000, time.abs() % 1_000_000);
                let sign = if *time < 0 && seconds == 0 { "-" } else { "" };
                out.word(&format!("aligntime={sign}{seconds}.{micros:06}"));
            }
            Self::Modifier(text, _) => {
                out.word("aligntime=");
                out.value(text);
            }
        }
    }

    fn resolve(&self, environment: &Environment) -> i64 {
        match self {
            Self::Time(time) => *time,
            Self::Modifier(_, modifier) => modifier
                .resolve(environment.now, &environment.time_zone)
                .as_microsecond(),
        }
    }
}

fn decimal(cursor: &mut Cursor<'_>) -> Result<f64, Error> {
    let token = option::value(cursor)?;
    match token.text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(Error::syntax(
            format!("expected a number, found `{}`", token.text),
            token.span,
        )),
    }
}

/// A whole number above zero.
fn positive(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number > 0)
}

/// `[<coefficient>]log[<base>]`, by default `1log10`.
fn logarithm(text: &str) -> Option<Size> {
    let lower = text.to_ascii_lowercase();
    let (coefficient, base) = lower.split_once("log")?;
    let number = |text: &str, default| {
        if text.is_empty() {
            Some(default)
        } else {
            positive(text)
        }
    };
    let (coefficient, base) = (number(coefficient, 1)?, number(base, 10)?);
    (base > 1 && coefficient < base).then_some(Size::Logarithm { coefficient, base })
}

/// Times up to here are within the calendar.
const LAST_SECOND: f64 = 200_000_000_000.0;

/// Numbers up to here are whole numbers of a double.
const LAST_NUMBER: f64 = 9_007_199_254_740_992.0;

impl Bin {
    /// What a number becomes.
    fn value(
        &self,
        number: f64,
        size: &Size,
        environment: &Environment,
    ) -> Result<Value<'static>, Error> {
        let refuse = |what: &str| Err(Error::unsupported(what, self.span.clone()));
        if !number.is_finite() || number.abs() > LAST_NUMBER {
            return refuse("`bin` of a number this large");
        }
        match size {
            Size::Time { span, align } => {
                if number.abs() > LAST_SECOND {
                    return refuse("`bin` of a time beyond the calendar");
                }
                match start(
                    number,
                    *span,
                    align.resolve(environment),
                    &environment.time_zone,
                ) {
                    Some(start) => Ok(Value::from(start)),
                    None => refuse("`bin` of a time beyond the calendar"),
                }
            }
            Size::Number(span) => Ok(range(number, f64::from(*span))),
            Size::Logarithm { coefficient, base } => {
                let (mut low, base) = (f64::from(*coefficient), f64::from(*base));
                if number < low {
                    return refuse("a logarithmic `bin` below its first power");
                }
                while low * base <= number {
                    low *= base;
                }
                Ok(text_range(low, low * base))
            }
            Size::Bins { .. } => Ok(Value::Null),
        }
    }

    /// The size of the sets, where it depends on the rows.
    fn of_rows(&self, table: &Table<'_>) -> Result<Option<Size>, Error> {
        let Size::Bins { bins, start, end } = self.size else {
            return Ok(None);
        };
        let numbers = || {
            table
                .records
                .iter()
                .filter_map(|record| record.value(self.field).number())
                .filter(|number| number.is_finite())
        };
        if numbers().next().is_none() {
            return Ok(Some(Size::Number(1)));
        }
        // `start` and `end` can only widen the range.
        let low = numbers().chain(start).fold(f64::INFINITY, f64::min);
        let high = numbers().chain(end).fold(f64::NEG_INFINITY, f64::max);
        let least = (high - low) / f64::from(bins);
        if least <= 0.1 {
            return Err(Error::unsupported(
                "`bin` of so small a range without `span=`",
                self.span.clone(),
            ));
        }
        let mut span = 1_u32;
        while f64::from(span) < least {
            let Some(larger) = span.checked_mul(10) else {
                return Err(Error::unsupported(
                    "`bin` of so large a range without `span=`",
                    self.span.clone(),
                ));
            };
            span = larger;
        }
        Ok(Some(Size::Number(span)))
    }
}

fn range(number: f64, span: f64) -> Value<'static> {
    let low = (number / span).floor() * span;
    text_range(low, low + span)
}

fn text_range(low: f64, high: f64) -> Value<'static> {
    Value::from(format!("{}-{}", Number::new(low), Number::new(high)))
}

/// The start of the span that a time is in; none beyond the calendar.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "times within the calendar are exact to the microsecond"
)]
fn start(time: f64, span: Timespan, align: i64, zone: &TimeZone) -> Option<f64> {
    let micros = (time * 1e6).round() as i64;
    let (days, months) = match span {
        Timespan::Microseconds(length) => {
            let since = micros.checked_sub(align)?;
            let start = (since.div_euclid(length) * length).checked_add(align)?;
            return Some(start as f64 / 1e6);
        }
        Timespan::Days(days) => (days, 0),
        Timespan::Months(months) => (0, months),
    };
    let timestamp = Timestamp::from_microsecond(micros).ok()?;
    let day = zone.to_datetime(timestamp).date();
    let start = if months > 0 {
        let number = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
        // Spans of months start with a year that they fit into: 1970.
        let since = (number - 1970 * 12).div_euclid(months) * months + 1970 * 12;
        let year = i16::try_from(since.div_euclid(12)).ok()?;
        let month = i8::try_from(since.rem_euclid(12) + 1).ok()?;
        Date::new(year, month, 1).ok()?
    } else {
        let epoch = date(1970, 1, 1);
        let number = i64::from(epoch.until(day).ok()?.get_days());
        epoch
            .checked_add((number.div_euclid(days) * days).days())
            .ok()?
    };
    let start = zone.to_timestamp(start.at(0, 0, 0, 0)).ok()?;
    Some(start.as_second() as f64)
}

impl Command for Bin {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let size = self.of_rows(table)?;
        let size = size.as_ref().unwrap_or(&self.size);
        for record in &mut table.records {
            let value = record.value(self.field);
            let value = match value {
                Value::Multi(values) if !values.is_empty() => {
                    return Err(Error::unsupported(
                        "`bin` of a multivalue field",
                        self.span.clone(),
                    ));
                }
                value => match value.number() {
                    Some(number) => self.value(number, size, context.environment)?,
                    None => value.clone(),
                },
            };
            record.set(self.column, value);
        }
        table.add_column(self.column);
        Ok(())
    }

    fn streams(&self) -> bool {
        !matches!(self.size, Size::Bins { .. })
    }

    fn print(&self, out: &mut Printer<'_>) {
        match &self.size {
            Size::Time { span, align } => {
                out.word(&format!("span={}", span.text()));
                align.print(out);
            }
            Size::Number(span) => out.word(&format!("span={span}")),
            Size::Logarithm { coefficient, base } => {
                out.word(&format!("span={coefficient}log{base}"));
            }
            Size::Bins { bins, start, end } => {
                out.word(&format!("bins={bins}"));
                for (name, value) in [("start", start), ("end", end)] {
                    if let Some(value) = value {
                        out.word(&format!("{name}={value}"));
                    }
                }
            }
        }
        out.field(self.field);
        if self.column != self.field {
            out.word("AS");
            out.field(self.column);
        }
    }
}
