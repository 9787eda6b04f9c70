//! Formats of times, and times as text: `strftime()`.
//!
//! Source: Search Reference, "Date and time format variables". Names of days
//! and months are English. Variables whose meaning depends on the locale of the
//! server are refused, but for `%c` and `%+`, of which the page shows what they
//! print.

use std::fmt::Write;

use jiff::ZonedDateTime;

/// A format, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeFormat {
    pub(super) items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Literal(char),
    Variable(Variable),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// `%Y`
    Year,
    /// `%y`
    YearInCentury,
    /// `%C`
    Century,
    /// `%G`, and `%g` without the century.
    IsoYear { century: bool },
    /// `%m`
    Month,
    /// `%b`, `%h`
    MonthAbbreviated,
    /// `%B`
    MonthName,
    /// `%d`; `%e` with a blank for the zero.
    Day { blank: bool },
    /// `%j`
    DayOfYear,
    /// `%a`
    WeekdayAbbreviated,
    /// `%A`
    WeekdayName,
    /// `%w`, `%u`
    Weekday { sunday_is_zero: bool },
    /// `%V`
    IsoWeek,
    /// `%U`
    WeekFromSunday,
    /// `%H`; `%k` with a blank for the zero.
    Hour { blank: bool },
    /// `%I`; `%l` with a blank for the zero.
    HourOfTwelve { blank: bool },
    /// `%p`
    Half,
    /// `%M`
    Minute,
    /// `%S`
    Second,
    /// `%N`, `%Q` and `%f`, with so many digits.
    Subsecond { digits: u8 },
    /// `%s`
    Epoch,
    /// `%Z`
    ZoneAbbreviation,
    /// `%z`, with up to three colons.
    Offset { colons: u8 },
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

impl TimeFormat {
    /// Takes a format apart.
    ///
    /// # Errors
    ///
    /// Variables that are not known, and those that depend on the locale.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            if first == '%' {
                rest = Self::variable(rest, &mut items)?;
            } else {
                items.push(Item::Literal(first));
            }
        }
        Ok(Self { items })
    }

    /// What follows a percent sign; the rest comes back.
    fn variable<'t>(text: &'t str, items: &mut Vec<Item>) -> Result<&'t str, String> {
        let modifiers = text
            .find(|c: char| !matches!(c, ':' | '0'..='9'))
            .unwrap_or(text.len());
        let (modifier, rest) = text.split_at(modifiers);
        let Some(letter) = rest.chars().next() else {
            return Err("a time format that ends after `%`".to_owned());
        };
        let after = &rest[letter.len_utf8()..];
        let unknown = || format!("the time variable `%{modifier}{letter}`");
        let variable = match (letter, modifier) {
            ('N', "") => Variable::Subsecond { digits: 9 },
            ('Q', "") => Variable::Subsecond { digits: 3 },
            ('N' | 'Q', digits) => match digits.parse() {
                Ok(digits @ 1..=9) => Variable::Subsecond { digits },
                _ => return Err(unknown()),
            },
            ('z', "" | ":" | "::" | ":::") => Variable::Offset {
                // At most three.
                colons: u8::try_from(modifier.len()).unwrap_or(0),
            },
            (_, modifier) if !modifier.is_empty() => return Err(unknown()),
            ('Y', _) => Variable::Year,
            ('y', _) => Variable::YearInCentury,
            ('C', _) => Variable::Century,
            ('G', _) => Variable::IsoYear { century: true },
            ('g', _) => Variable::IsoYear { century: false },
            ('m', _) => Variable::Month,
            ('b' | 'h', _) => Variable::MonthAbbreviated,
            ('B', _) => Variable::MonthName,
            ('d', _) => Variable::Day { blank: false },
            ('e', _) => Variable::Day { blank: true },
            ('j', _) => Variable::DayOfYear,
            ('a', _) => Variable::WeekdayAbbreviated,
            ('A', _) => Variable::WeekdayName,
            ('w', _) => Variable::Weekday {
                sunday_is_zero: true,
            },
            ('u', _) => Variable::Weekday {
                sunday_is_zero: false,
            },
            ('V', _) => Variable::IsoWeek,
            ('U', _) => Variable::WeekFromSunday,
            ('H', _) => Variable::Hour { blank: false },
            ('k', _) => Variable::Hour { blank: true },
            ('I', _) => Variable::HourOfTwelve { blank: false },
            ('l', _) => Variable::HourOfTwelve { blank: true },
            ('p', _) => Variable::Half,
            ('M', _) => Variable::Minute,
            ('S', _) => Variable::Second,
            ('f', _) => Variable::Subsecond { digits: 6 },
            ('s', _) => Variable::Epoch,
            ('Z', _) => Variable::ZoneAbbreviation,
            ('%', _) => {
                items.push(Item::Literal('%'));
                return Ok(after);
            }
            ('n', _) => {
                items.push(Item::Literal('\n'));
                return Ok(after);
            }
            ('t', _) => {
                items.push(Item::Literal('\t'));
                return Ok(after);
            }
            _ => {
                let Some(meaning) = abbreviated(letter) else {
                    return Err(unknown());
                };
                items.append(&mut Self::parse(meaning)?.items);
                return Ok(after);
            }
        };
        items.push(Item::Variable(variable));
        Ok(after)
    }

    /// A time as text.
    pub(crate) fn print(&self, time: &ZonedDateTime) -> String {
        let mut text = String::new();
        for item in &self.items {
            match item {
                Item::Literal(literal) => text.push(*literal),
                // Writing to a text does not fail.
                Item::Variable(variable) => {
                    let _ = variable.print(time, &mut text);
                }
            }
        }
        text
    }
}

/// Variables that stand for several others.
fn abbreviated(letter: char) -> Option<&'static str> {
    Some(match letter {
        'F' => "%Y-%m-%d",
        'T' => "%H:%M:%S",
        'R' => "%H:%M",
        'D' => "%m/%d/%y",
        'c' => "%a %b %e %H:%M:%S %Y",
        '+' => "%a %b %e %H:%M:%S %Z %Y",
        _ => return None,
    })
}

impl Variable {
    fn print(self, time: &ZonedDateTime, text: &mut String) -> std::fmt::Result {
        let date = time.date();
        let sunday_zero = usize::try_from(date.weekday().to_sunday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(date.month() - 1).unwrap_or(0);
        let twelve = match time.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        match self {
            Self::Year => write!(text, "{:04}", date.year()),
            Self::YearInCentury => write!(text, "{:02}", date.year().rem_euclid(100)),
            Self::Century => write!(text, "{:02}", date.year().div_euclid(100)),
            Self::IsoYear { century } => {
                let year = date.iso_week_date().year();
                if century {
                    write!(text, "{year:04}")
                } else {
                    write!(text, "{:02}", year.rem_euclid(100))
                }
            }
            Self::Month => write!(text, "{:02}", date.month()),
            Self::MonthAbbreviated => write!(text, "{:.3}", MONTHS[month % 12]),
            Self::MonthName => write!(text, "{}", MONTHS[month % 12]),
            Self::Day { blank: false } => write!(text, "{:02}", date.day()),
            Self::Day { blank: true } => write!(text, "{:2}", date.day()),
            Self::DayOfYear => write!(text, "{:03}", date.day_of_year()),
            Self::WeekdayAbbreviated => write!(text, "{:.3}", WEEKDAYS[sunday_zero % 7]),
            Self::WeekdayName => write!(text, "{}", WEEKDAYS[sunday_zero % 7]),
            Self::Weekday { sunday_is_zero } => {
                let day = if sunday_zero == 0 && !sunday_is_zero {
                    7
                } else {
                    sunday_zero
                };
                write!(text, "{day}")
            }
            Self::IsoWeek => write!(text, "{:02}", date.iso_week_date().week()),
            Self::WeekFromSunday => {
                let before = usize::try_from(date.day_of_year() - 1).unwrap_or(0);
                write!(text, "{:02}", (before + 7 - sunday_zero) / 7)
            }
            Self::Hour { blank: false } => write!(text, "{:02}", time.hour()),
            Self::Hour { blank: true } => write!(text, "{:2}", time.hour()),
            Self::HourOfTwelve { blank: false } => write!(text, "{twelve:02}"),
            Self::HourOfTwelve { blank: true } => write!(text, "{twelve:2}"),
            Self::Half => write!(text, "{}", if time.hour() < 12 { "AM" } else { "PM" }),
            Self::Minute => write!(text, "{:02}", time.minute()),
            Self::Second => write!(text, "{:02}", time.second()),
            Self::Subsecond { digits } => {
                let nanoseconds = format!("{:09}", time.subsec_nanosecond());
                write!(text, "{:.*}", usize::from(digits), nanoseconds)
            }
            Self::Epoch => write!(
                text,
                "{}",
                time.timestamp().as_millisecond().div_euclid(1000)
            ),
            Self::ZoneAbbreviation => {
                let info = time.time_zone().to_offset_info(time.timestamp());
                write!(text, "{}", info.abbreviation())
            }
            Self::Offset { colons } => {
                let seconds = time.offset().seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let seconds = seconds.unsigned_abs();
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                match colons {
                    0 => write!(text, "{sign}{hours:02}{minutes:02}"),
                    1 => write!(text, "{sign}{hours:02}:{minutes:02}"),
                    2 => write!(text, "{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60),
                    _ => write!(text, "{sign}{hours:02}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    /// 29 April 2025, 23:45:22 in Los Angeles, which the page prints in many
    /// ways.
    fn printed(format: &str) -> String {
        let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
        let time = jiff::civil::date(2025, 4, 29)
            .at(23, 45, 22, 0)
            .to_zoned_datetime(zone)
            .unwrap();
        TimeFormat::parse(format).unwrap().print(&time)
    }

    /// Search Reference, "Date and time format variables".
    #[test]
    fn the_formats_of_the_page() {
        for (format, text) in [
            ("%Y-%m-%d", "2025-04-29"),
            ("%y-%m-%d", "25-04-29"),
            ("%b %d, %Y", "Apr 29, 2025"),
            ("%B %d, %Y", "April 29, 2025"),
            ("%a %b %d, %Y", "Tue Apr 29, 2025"),
            ("%d %b '%y = %Y-%m-%d", "29 Apr '25 = 2025-04-29"),
            ("%Y-%m-%dT%H:%M:%S.%Q", "2025-04-29T23:45:22.000"),
            ("%Y-%m-%dT %H:%M:%S.%Z", "2025-04-29T 23:45:22.PDT"),
            ("%Y-%m-%dT %H:%M:%S.%QZ", "2025-04-29T 23:45:22.000Z"),
            ("%Y-%m-%dT%T", "2025-04-29T23:45:22"),
            ("%m-%d-%Y %I:%M:%S %p", "04-29-2025 11:45:22 PM"),
            ("%m-%d-%Y %H:%M:%S.%Q %z", "04-29-2025 23:45:22.000 -0700"),
            (
                "%d/%b/%Y:%H:%M:%S.%f %z",
                "29/Apr/2025:23:45:22.000000 -0700",
            ),
            ("%F %:z %::z %:::z", "2025-04-29 -07:00 -07:00:00 -07"),
            ("%A %w %j %V %U %G %g", "Tuesday 2 119 18 17 2025 25"),
            ("%c", "Tue Apr 29 23:45:22 2025"),
            ("%+", "Tue Apr 29 23:45:22 PDT 2025"),
            ("%s 100%%", "1745995522 100%"),
            ("%N %3N %6Q", "000000000 000 000000"),
        ] {
            assert_eq!(printed(format), text, "{format}");
        }
    }

    #[test]
    fn blanks_stand_for_zeros_and_weeks_begin_where_they_should() {
        let time = jiff::civil::date(2023, 1, 1)
            .at(0, 5, 9, 123_456_789)
            .to_zoned_datetime(TimeZone::UTC)
            .unwrap();
        let printed = |format: &str| TimeFormat::parse(format).unwrap().print(&time);
        // The first of January 2023 is a Sunday, in week 52 of the year before.
        assert_eq!(printed("%e|%k|%I|%l|%p"), " 1| 0|12|12|AM");
        assert_eq!(printed("%U %V %G %u %w"), "01 52 2022 7 0");
        assert_eq!(printed("%3N %Q %6N %9Q %1N"), "123 123 123456 123456789 1");
        assert_eq!(printed("%z %Z"), "+0000 UTC");
    }

    #[test]
    fn what_is_not_known_is_named() {
        for format in [
            "%", "%!", "%x", "%X", "%Ez", "%0N", "%10N", "%3H", "%:Z", "%é",
        ] {
            assert!(TimeFormat::parse(format).is_err(), "{format}");
        }
    }

    proptest! {
        #[test]
        fn any_format_prints_any_time(format in "[ -~é]{0,20}", seconds in any::<f64>()) {
            if let (Ok(format), Some(timestamp)) =
                (TimeFormat::parse(&format), crate::time::timestamp(seconds))
            {
                format.print(&timestamp.to_zoned_datetime(TimeZone::UTC));
            }
        }

        #[test]
        fn any_second_is_printed(
            letters in "[YyCGgmbBdejaAwuVUHkIlpMSfsZzNQ]{1,6}",
            seconds in -300_000_000_000i64..250_000_000_000,
        ) {
            let format: String = letters.chars().flat_map(|letter| ['%', letter]).collect();
            let format = TimeFormat::parse(&format).unwrap();
            if let Ok(timestamp) = jiff::Timestamp::from_second(seconds) {
                prop_assert!(!format.print(&timestamp.to_zoned_datetime(TimeZone::UTC)).is_empty());
            }
        }
    }
}
