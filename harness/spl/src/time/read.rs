//! Times from text by a format: `strptime()`.
//!
//! Source: Search Reference, "Date and Time functions", `strptime()`, and "Date
//! and time format variables". As in C, blanks of the format stand for any
//! number of blanks, zeros before numbers may be missing, and text after the
//! format is left alone. A point and a fraction of a second may be missing: the
//! page reads `Mon Aug 13 00:00:00 2018` with `%a %B %d %H:%M:%S.%N %Y`.

use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::{Date, Time},
    tz::{Offset, TimeZone},
};

use super::format::{Item, MONTHS, TimeFormat, Variable, WEEKDAYS};

/// Abbreviations of time zones in the United States, which are the only ones
/// that mean one zone everywhere they are read, and those of UTC.
const ZONES: &[(&str, i8)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("Z", 0),
];

/// What was read so far.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: Option<i8>,
    hour_of_twelve: Option<i8>,
    afternoon: Option<bool>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    epoch: Option<i64>,
    offset: Option<Offset>,
}

impl TimeFormat {
    /// Whether times can be read by this format.
    ///
    /// # Errors
    ///
    /// The variable that says nothing about the time by itself.
    pub(crate) fn can_read(&self) -> Result<(), String> {
        for item in &self.items {
            let name = match item {
                Item::Variable(Variable::Century) => "%C",
                Item::Variable(Variable::IsoYear { .. }) => "%G",
                Item::Variable(Variable::IsoWeek) => "%V",
                Item::Variable(Variable::WeekFromSunday) => "%U",
                Item::Variable(Variable::Weekday { .. }) => "%w",
                _ => continue,
            };
            return Err(format!("the time variable `{name}` in `strptime()`"));
        }
        Ok(())
    }

    /// The time that a text says; `None` where it does not fit the format.
    pub(crate) fn read(&self, text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
        let mut parts = Parts::default();
        let mut rest = text;
        let mut items = self.items.iter().peekable();
        while let Some(item) = items.next() {
            match item {
                Item::Literal(blank) if blank.is_whitespace() => rest = rest.trim_start(),
                Item::Literal(literal) => match rest.strip_prefix(*literal) {
                    Some(after) => rest = after,
                    None if matches!(literal, '.' | ',')
                        && matches!(
                            items.peek(),
                            Some(Item::Variable(Variable::Subsecond { .. }))
                        ) =>
                    {
                        items.next();
                    }
                    None => return None,
                },
                Item::Variable(variable) => rest = parts.read(*variable, rest, now)?,
            }
        }
        parts.timestamp(now)
    }
}

/// At most so many digits, and the rest.
fn digits_of(text: &str, most: usize) -> (&str, &str) {
    let length = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    text.split_at(length)
}

/// A number of at most so many digits, and the rest.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (number, rest) = digits_of(text.trim_start(), digits);
    Some((number.parse().ok()?, rest))
}

/// Whether it is the afternoon, and the rest.
fn half(text: &str) -> Option<(bool, &str)> {
    let (half, rest) = text.trim_start().split_at_checked(2)?;
    let index = ["AM", "PM"]
        .iter()
        .position(|name| half.eq_ignore_ascii_case(name))?;
    Some((index == 1, rest))
}

/// A number in a range, and the rest.
fn within<T: TryFrom<i64>>(
    text: &str,
    digits: usize,
    range: std::ops::RangeInclusive<i64>,
) -> Option<(T, &str)> {
    let (number, rest) = number(text, digits)?;
    if !range.contains(&number) {
        return None;
    }
    Some((T::try_from(number).ok()?, rest))
}

/// Which of the names the text begins with, in full or its first three letters,
/// and the rest. Case does not matter.
fn name<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let text = text.trim_start();
    let begins = |name: &str| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    names.iter().enumerate().find_map(|(index, name)| {
        let length = if begins(name) {
            name.len()
        } else if begins(&name[..3]) {
            3
        } else {
            return None;
        };
        Some((index, &text[length..]))
    })
}

/// `+hhmm`, `+hh:mm`, `+hh` or `Z`, and the rest.
fn offset(text: &str) -> Option<(Offset, &str)> {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((Offset::UTC, rest));
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, rest) =
        within::<i32>(digits.get(..2)?, 2, 0..=25).map(|(hours, _)| (hours, &digits[2..]))?;
    let minutes_text = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match minutes_text
        .get(..2)
        .and_then(|m| within::<i32>(m, 2, 0..=59))
    {
        Some((minutes, "")) => (minutes, &minutes_text[2..]),
        _ => (0, rest),
    };
    Some((
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?,
        rest,
    ))
}

impl Parts {
    /// Reads one variable; the rest of the text comes back.
    fn read<'t>(
        &mut self,
        variable: Variable,
        text: &'t str,
        now: &ZonedDateTime,
    ) -> Option<&'t str> {
        let rest;
        match variable {
            Variable::Year => {
                let year;
                (year, rest) = within(text, 4, 0..=9999)?;
                self.year = Some(year);
            }
            Variable::YearInCentury => {
                let year: i16;
                (year, rest) = within(text, 2, 0..=99)?;
                // As POSIX has it.
                self.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
            }
            Variable::Month => {
                let month;
                (month, rest) = within(text, 2, 1..=12)?;
                self.month = Some(month);
            }
            Variable::MonthAbbreviated | Variable::MonthName => {
                let index;
                (index, rest) = name(text, &MONTHS)?;
                self.month = i8::try_from(index + 1).ok();
            }
            Variable::Day { .. } => {
                let day;
                (day, rest) = within(text, 2, 1..=31)?;
                self.day = Some(day);
            }
            Variable::DayOfYear => {
                let day;
                (day, rest) = within(text, 3, 1..=366)?;
                self.day_of_year = Some(day);
            }
            Variable::WeekdayAbbreviated | Variable::WeekdayName => {
                (_, rest) = name(text, &WEEKDAYS)?;
            }
            Variable::Hour { .. } => {
                let hour;
                (hour, rest) = within(text, 2, 0..=23)?;
                self.hour = Some(hour);
            }
            Variable::HourOfTwelve { .. } => {
                let hour;
                (hour, rest) = within(text, 2, 1..=12)?;
                self.hour_of_twelve = Some(hour);
            }
            Variable::Half => {
                let afternoon;
                (afternoon, rest) = half(text)?;
                self.afternoon = Some(afternoon);
            }
            Variable::Minute => (self.minute, rest) = within(text, 2, 0..=59)?,
            Variable::Second => (self.second, rest) = within(text, 2, 0..=60)?,
            Variable::Subsecond { digits } => {
                let fraction;
                (fraction, rest) = digits_of(text, usize::from(digits));
                if fraction.is_empty() {
                    return None;
                }
                self.nanosecond = format!("{fraction:0<9}").parse().ok()?;
            }
            Variable::Epoch => {
                let text = text.trim_start();
                let (sign, digits) = match text.strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, text),
                };
                let seconds;
                (seconds, rest) = number(digits, 12)?;
                self.epoch = Some(sign * seconds);
            }
            Variable::ZoneAbbreviation => {
                let text = text.trim_start();
                let length = text
                    .find(|c: char| !c.is_ascii_alphabetic())
                    .unwrap_or(text.len());
                let (abbreviation, after) = text.split_at(length);
                self.offset = Some(Self::zone(abbreviation, now)?);
                rest = after;
            }
            Variable::Offset { .. } => {
                let offset_read;
                (offset_read, rest) = offset(text)?;
                self.offset = Some(offset_read);
            }
            Variable::Century
            | Variable::IsoYear { .. }
            | Variable::Weekday { .. }
            | Variable::IsoWeek
            | Variable::WeekFromSunday => return None,
        }
        Some(rest)
    }

    /// The offset that an abbreviation means: in the time zone at hand, or
    /// everywhere.
    fn zone(abbreviation: &str, now: &ZonedDateTime) -> Option<Offset> {
        if let Some((_, hours)) = ZONES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(abbreviation))
        {
            return Offset::from_hours(*hours).ok();
        }
        let info = now.time_zone().to_offset_info(now.timestamp());
        (info.abbreviation() == abbreviation).then(|| info.offset())
    }

    fn timestamp(&self, now: &ZonedDateTime) -> Option<Timestamp> {
        if let Some(epoch) = self.epoch {
            return Timestamp::new(epoch, self.nanosecond).ok();
        }
        let date = self.date(now)?;
        let hour = match (self.hour, self.hour_of_twelve) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour % 12 + if self.afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        let time = Time::new(hour, self.minute, self.second.min(59), self.nanosecond).ok()?;
        let zone = match self.offset {
            Some(offset) => TimeZone::fixed(offset),
            None => now.time_zone().clone(),
        };
        let leap = SignedDuration::from_secs(i64::from(self.second == 60));
        let timestamp = date
            .to_datetime(time)
            .to_zoned_datetime(zone)
            .ok()?
            .timestamp()
            .checked_add(leap)
            .ok()?;
        // The page: the date must be the first of January 1971 or later. It does
        // not mean today, where the text has no date.
        (self.year.is_none() || date.year() >= 1971).then_some(timestamp)
    }

    /// Today where the text has no date. Otherwise it must have a day; without
    /// a year or a month, they are those of today.
    fn date(&self, now: &ZonedDateTime) -> Option<Date> {
        let today = now.date();
        let year = self.year.unwrap_or(today.year());
        if let Some(day) = self.day_of_year {
            let first = Date::new(year, 1, 1).ok()?;
            let date = first
                .checked_add(SignedDuration::from_hours(24 * i64::from(day - 1)))
                .ok()?;
            return (date.year() == year).then_some(date);
        }
        match (self.year, self.month, self.day) {
            (None, None, None) => Some(today),
            (_, month, Some(day)) => Date::new(year, month.unwrap_or(today.month()), day).ok(),
            (_, _, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn now() -> ZonedDateTime {
        let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
        jiff::civil::date(2022, 8, 14)
            .at(14, 0, 15, 0)
            .to_zoned_datetime(zone)
            .unwrap()
    }

    fn read(text: &str, format: &str) -> Option<f64> {
        let format = TimeFormat::parse(format).unwrap();
        format.can_read().unwrap();
        format.read(text, &now()).map(crate::time::seconds)
    }

    /// Search Reference, "Date and time format variables" and `strptime()`; the
    /// server of the examples is in Los Angeles.
    #[test]
    fn the_times_of_the_pages() {
        for (text, format, seconds) in [
            (
                "2022-9-25T09:45:22.000",
                "%Y-%m-%dT%H:%M:%S.%Q",
                1_664_124_322.0,
            ),
            ("2022-12-15 09:45:22", "%Y-%m-%d %H:%M:%S", 1_671_126_322.0),
            (
                "Mon Aug 13 00:00:00 2018",
                "%a %B %d %H:%M:%S.%N %Y",
                1_534_143_600.0,
            ),
            (
                "Tue Aug 14 18:00:00 2018",
                "%a %B %d %H:%M:%S.%N %Y",
                1_534_294_800.0,
            ),
            ("1534143600", "%s", 1_534_143_600.0),
        ] {
            assert_eq!(read(text, format), Some(seconds), "{text}");
        }
        // The four ways to write one time.
        let times = [
            ("Mon July 23 2022 17:19:01.89", "%a %B %d %Y %H:%M:%S.%N"),
            ("Mon 7/23/2022 17:19:01.89", "%a %m/%d/%Y %H:%M:%S.%N"),
            ("2022/07/23 17:19:01.89", "%Y/%m/%d %H:%M:%S.%N"),
            ("2022-07-23T17:19:01.89", "%Y-%m-%dT%H:%M:%S.%N"),
        ]
        .map(|(text, format)| read(text, format));
        assert_eq!(times, [Some(1_658_621_941.89); 4]);
    }

    #[test]
    fn zones_halves_and_what_is_missing() {
        // 1 July 2022, 12:00:00 UTC.
        let noon = Some(1_656_676_800.0);
        assert_eq!(read("2022-07-01T12:00:00Z", "%Y-%m-%dT%H:%M:%S%z"), noon);
        assert_eq!(read("2022-07-01 14:00 +0200", "%F %H:%M %z"), noon);
        assert_eq!(read("2022-07-01 14:00 +02:00", "%F %H:%M %:z"), noon);
        assert_eq!(read("2022-07-01 05:00 PDT", "%F %H:%M %Z"), noon);
        assert_eq!(read("1 jul 22 5:00 am", "%d %b %y %I:%M %p"), noon);
        assert_eq!(read("182 2022 05", "%j %Y %H"), noon);
        assert_eq!(read("2022-07-01 05:00 and more", "%F %H:%M"), noon);
        // Today, at a time of day.
        assert_eq!(read("14:00:15", "%T"), Some(1_660_510_815.0));
        assert_eq!(read("Aug 14 14:00:15", "%b %d %T"), Some(1_660_510_815.0));
        for (text, format) in [
            ("July 2022", "%B %Y"),
            ("2022-02-30", "%F"),
            ("2022-13-01", "%F"),
            ("1970-01-01", "%F"),
            ("12:61", "%H:%M"),
            ("", "%F"),
            ("x", "%s"),
            ("2022-07-01 XYZ", "%F %Z"),
            ("2022-07-01 7", "%F %z"),
        ] {
            assert_eq!(read(text, format), None, "{text}");
        }
    }

    #[test]
    fn a_time_of_day_can_be_that_of_the_first_day() {
        let format = TimeFormat::parse("%H:%M:%S.%N").unwrap();
        let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
        let read = format.read("00:00:01.5", &now);
        assert_eq!(read.map(crate::time::seconds), Some(1.5));
        let format = TimeFormat::parse("%F").unwrap();
        assert_eq!(format.read("1970-01-01", &now), None);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for format in ["%V", "%G", "%U", "%w", "%C"] {
            assert!(TimeFormat::parse(format).unwrap().can_read().is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(seconds in 32_000_000i64..200_000_000_000) {
            let format = TimeFormat::parse("%Y-%m-%d %H:%M:%S %z").unwrap();
            let timestamp = Timestamp::from_second(seconds).unwrap();
            let text = format.print(&timestamp.to_zoned_datetime(now().time_zone().clone()));
            prop_assert_eq!(format.read(&text, &now()), Some(timestamp));
        }

        #[test]
        fn any_text_is_read_or_not(
            text in "[ -~é]{0,30}",
            format in "(%[YymbBdejaAHkIlpMSfsZzNQ]|[ -~é]){0,8}",
        ) {
            if let Ok(format) = TimeFormat::parse(&format)
                && format.can_read().is_ok()
            {
                let _ = format.read(&text, &now());
            }
        }
    }
}
