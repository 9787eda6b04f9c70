//! Time modifiers: `-1d@d`, `@w0`, `+1mon@mon-2h`, `now`, and fixed times, as
//! `earliest=`, `latest=` and `relative_time()` take them.
//!
//! Source: Search Reference, "Time modifiers"; Search Manual, "Specify time
//! modifiers in your search". Steps apply from left to right. Days and what is
//! longer are those of the calendar in the time zone of the user; hours,
//! minutes and seconds are as long as they are.

use jiff::{
    SignedDuration, Span, Timestamp, ToSpan, ZonedDateTime,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// A modifier, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TimeModifier {
    /// Seconds since the first of January 1970 in UTC.
    Epoch(Timestamp),
    /// `%m/%d/%Y:%H:%M:%S`, in the time zone of the user.
    Local(DateTime),
    /// Steps from the current time; none for `now`.
    Relative(Vec<Step>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Offset(Offset),
    Snap(Snap),
}

/// A time to add, or to take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    amount: i64,
    unit: Unit,
}

/// The beginning of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Snap {
    Unit(Unit),
    /// The last day of the week with this number: 0 is Sunday.
    Weekday(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

const UNITS: &[(Unit, &[&str])] = &[
    (Unit::Second, &["s", "sec", "secs", "second", "seconds"]),
    (Unit::Minute, &["m", "min", "mins", "minute", "minutes"]),
    (Unit::Hour, &["h", "hr", "hrs", "hour", "hours"]),
    (Unit::Day, &["d", "day", "days"]),
    (Unit::Week, &["w", "week", "weeks"]),
    (Unit::Month, &["mon", "month", "months"]),
    (Unit::Quarter, &["q", "qtr", "qtrs", "quarter", "quarters"]),
    (Unit::Year, &["y", "yr", "yrs", "year", "years"]),
];

/// Units below a second, which only searches of metrics take.
const SUBSECONDS: &[&str] = &[
    "us",
    "microseconds",
    "ms",
    "milliseconds",
    "cs",
    "centiseconds",
    "ds",
    "deciseconds",
];

impl Unit {
    fn parse(name: &str) -> Result<Self, String> {
        if let Some((unit, _)) = UNITS.iter().find(|(_, names)| names.contains(&name)) {
            return Ok(*unit);
        }
        Err(if SUBSECONDS.contains(&name) {
            format!("the time unit `{name}` is for searches of metrics")
        } else {
            format!("`{name}` is no time unit; they are s, m, h, d, w, mon, q and y")
        })
    }

    /// So many of the unit, where it is one of the calendar.
    fn calendar(self, amount: i64) -> Option<Result<Span, jiff::Error>> {
        let span = Span::new();
        Some(match self {
            Self::Second | Self::Minute | Self::Hour => return None,
            Self::Day => span.try_days(amount),
            Self::Week => span.try_weeks(amount),
            Self::Month => span.try_months(amount),
            Self::Quarter => span.try_months(amount.saturating_mul(3)),
            Self::Year => span.try_years(amount),
        })
    }
}

impl Offset {
    /// A span of time without a sign, as `7d`; one unit where there is no
    /// number.
    ///
    /// # Errors
    ///
    /// What is no span.
    pub(crate) fn span(text: &str) -> Result<Self, String> {
        let (amount, rest) = amount(text)?;
        Ok(Self {
            amount,
            unit: Unit::parse(rest)?,
        })
    }

    /// The time so much later, in seconds since the first of January 1970 in
    /// UTC. `None` outside the calendar.
    pub(crate) fn after(self, seconds: f64, zone: &TimeZone) -> Option<f64> {
        let time = super::timestamp(seconds)?.to_zoned_datetime(zone.clone());
        self.apply(&time)
            .map(|time| super::seconds(time.timestamp()))
    }

    fn apply(self, time: &ZonedDateTime) -> Option<ZonedDateTime> {
        let seconds = match self.unit {
            Unit::Second => 1,
            Unit::Minute => 60,
            Unit::Hour => 3600,
            calendar => {
                let span = calendar.calendar(self.amount)?.ok()?;
                return time.checked_add(span).ok();
            }
        };
        let duration = SignedDuration::from_secs(self.amount.checked_mul(seconds)?);
        time.checked_add(duration).ok()
    }
}

impl Snap {
    /// The latest beginning that is not after the time.
    fn apply(self, time: &ZonedDateTime) -> Option<ZonedDateTime> {
        let unit = match self {
            Self::Unit(unit) => unit,
            Self::Weekday(day) => {
                let today = i64::from(time.weekday().to_sunday_zero_offset());
                let back = (today - i64::from(day)).rem_euclid(7);
                return start(time.date().checked_sub(back.days()).ok()?, time);
            }
        };
        let date = time.date();
        let begin = match unit {
            Unit::Second => return time.with().subsec_nanosecond(0).build().ok(),
            Unit::Minute => return time.with().second(0).subsec_nanosecond(0).build().ok(),
            Unit::Hour => {
                return time
                    .with()
                    .minute(0)
                    .second(0)
                    .subsec_nanosecond(0)
                    .build()
                    .ok();
            }
            Unit::Day => date,
            Unit::Week => return Self::Weekday(0).apply(time),
            Unit::Month => Date::new(date.year(), date.month(), 1).ok()?,
            Unit::Quarter => Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?,
            Unit::Year => Date::new(date.year(), 1, 1).ok()?,
        };
        start(begin, time)
    }
}

/// The first instant of a day.
fn start(date: Date, time: &ZonedDateTime) -> Option<ZonedDateTime> {
    date.to_zoned_datetime(time.time_zone().clone()).ok()
}

/// The number before a unit, 1 where there is none, and the rest.
fn amount(text: &str) -> Result<(i64, &str), String> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((1, rest));
    }
    match digits.parse::<i64>() {
        Ok(amount) if digits.len() <= 12 => Ok((amount, rest)),
        _ => Err(format!("the amount `{digits}` is too large")),
    }
}

impl TimeModifier {
    /// Takes a modifier of `earliest=` or `latest=` apart: a relative one, a
    /// number of seconds, or a date as `11/15/2022:20:00:00`.
    ///
    /// # Errors
    ///
    /// What is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            if text.contains('/') {
                return Self::date(text);
            }
            if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
                return text
                    .parse()
                    .ok()
                    .and_then(super::timestamp)
                    .map(Self::Epoch)
                    .ok_or_else(|| format!("`{text}` is not a number of seconds"));
            }
        }
        Self::parse_relative(text)
    }

    /// Takes a relative modifier apart.
    ///
    /// # Errors
    ///
    /// What is none, and real-time modifiers.
    pub(crate) fn parse_relative(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if matches!(text, "now" | "now()") {
            return Ok(Self::Relative(Vec::new()));
        }
        if text.starts_with("rt") {
            return Err(format!("`{text}` is for real-time searches"));
        }
        if text.is_empty() {
            return Err("a time modifier is missing".to_owned());
        }
        let mut steps = Vec::new();
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            let after = &rest[sign.len_utf8()..];
            let end = after.find(['+', '-', '@']).unwrap_or(after.len());
            let (step, following) = after.split_at(end);
            steps.push(match sign {
                '@' => Step::Snap(Self::snap(step)?),
                '+' | '-' => {
                    let Offset { amount, unit } = Offset::span(step)?;
                    Step::Offset(Offset {
                        amount: if sign == '-' { -amount } else { amount },
                        unit,
                    })
                }
                _ => {
                    return Err(format!(
                        "expected a time modifier such as `-1d@d`, found `{text}`"
                    ));
                }
            });
            rest = following;
        }
        Ok(Self::Relative(steps))
    }

    fn snap(text: &str) -> Result<Snap, String> {
        if let Some(day) = text.strip_prefix('w')
            && let Ok(day @ 0..=7) = day.parse::<u8>()
            && text.len() == 2
        {
            return Ok(Snap::Weekday(day % 7));
        }
        Unit::parse(text).map(Snap::Unit)
    }

    fn date(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a date as `11/15/2022:20:00:00`");
        let (date, time) = text.split_once(':').unwrap_or((text, "0:0:0"));
        let numbers = |text: &str, separator: char| -> Option<Vec<i16>> {
            text.split(separator)
                .map(|part| {
                    (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
                        .then(|| part.parse().ok())
                        .flatten()
                })
                .collect()
        };
        let (Some(date), Some(time)) = (numbers(date, '/'), numbers(time, ':')) else {
            return Err(wrong());
        };
        let ([month, day, year], [hour, minute, second]) = (&date[..], &time[..]) else {
            return Err(wrong());
        };
        let small = |number: i16| i8::try_from(number).unwrap_or(-1);
        DateTime::new(
            *year,
            small(*month),
            small(*day),
            small(*hour),
            small(*minute),
            small(*second),
            0,
        )
        .map(Self::Local)
        .map_err(|_| wrong())
    }

    /// The time that the modifier means. Times outside the calendar are its
    /// ends.
    pub(crate) fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Self::Epoch(timestamp) => *timestamp,
            Self::Local(local) => local
                .to_zoned_datetime(zone.clone())
                .map_or(Timestamp::MAX, |time| time.timestamp()),
            Self::Relative(steps) => {
                let mut time = now.to_zoned_datetime(zone.clone());
                for step in steps {
                    let next = match step {
                        Step::Offset(offset) => offset.apply(&time),
                        Step::Snap(snap) => snap.apply(&time),
                    };
                    time = match (next, step) {
                        (Some(next), _) => next,
                        (None, Step::Offset(offset)) if offset.amount > 0 => return Timestamp::MAX,
                        (None, _) => return Timestamp::MIN,
                    };
                }
                time.timestamp()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// What a modifier makes of a time, in UTC.
    fn from(now: &str, modifier: &str) -> String {
        let now: DateTime = now.parse().unwrap();
        let now = now.to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
        TimeModifier::parse(modifier)
            .unwrap()
            .resolve(now, &TimeZone::UTC)
            .to_string()
    }

    /// Search Manual, "Specify time modifiers in your search", whose current
    /// time is Wednesday, 9 February 2022, 01:37:05 P.M.
    #[test]
    fn the_modifiers_of_the_page() {
        for (modifier, time) in [
            ("now", "2022-02-09T13:37:05Z"),
            ("-60m", "2022-02-09T12:37:05Z"),
            ("-60m@s", "2022-02-09T12:37:05Z"),
            ("-1h@h", "2022-02-09T12:00:00Z"),
            ("-1d@d", "2022-02-08T00:00:00Z"),
            ("-24h", "2022-02-08T13:37:05Z"),
            ("-7d@d", "2022-02-02T00:00:00Z"),
            ("-7d@m", "2022-02-02T13:37:00Z"),
            ("@w0", "2022-02-06T00:00:00Z"),
            ("+1d@d", "2022-02-10T00:00:00Z"),
            ("+24h@s", "2022-02-10T13:37:05Z"),
            ("@d-2h", "2022-02-08T22:00:00Z"),
            ("-mon@mon+7d", "2022-01-08T00:00:00Z"),
        ] {
            assert_eq!(from("2022-02-09T13:37:05", modifier), time, "{modifier}");
        }
    }

    #[test]
    fn snaps_go_back_and_weeks_begin_on_sunday() {
        for (modifier, time) in [
            ("@w", "2022-02-06T00:00:00Z"),
            ("@w7", "2022-02-06T00:00:00Z"),
            ("@w1", "2022-02-07T00:00:00Z"),
            ("@w3", "2022-02-09T00:00:00Z"),
            ("@w4", "2022-02-03T00:00:00Z"),
            ("@q", "2022-01-01T00:00:00Z"),
            ("-1qtr@quarter", "2021-10-01T00:00:00Z"),
            ("@y", "2022-01-01T00:00:00Z"),
            ("-1d@d+3h", "2022-02-08T03:00:00Z"),
            ("-h", "2022-02-09T12:37:05Z"),
            ("-1w", "2022-02-02T13:37:05Z"),
            ("+1year", "2023-02-09T13:37:05Z"),
        ] {
            assert_eq!(from("2022-02-09T13:37:05", modifier), time, "{modifier}");
        }
        assert_eq!(from("2022-03-31T12:00:00", "-1mon"), "2022-02-28T12:00:00Z");
    }

    #[test]
    fn fixed_times() {
        assert_eq!(from("2022-02-09T00:00:00", "1"), "1970-01-01T00:00:01Z");
        assert_eq!(
            from("2022-02-09T00:00:00", "11/15/2022:20:00:00"),
            "2022-11-15T20:00:00Z"
        );
        assert_eq!(
            from("2022-02-09T00:00:00", "9/23/2022"),
            "2022-09-23T00:00:00Z"
        );
    }

    #[test]
    fn a_day_is_a_day_of_the_calendar() {
        // Clocks went forward on 13 March 2022: that day had 23 hours.
        let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
        let noon = jiff::civil::date(2022, 3, 13).at(12, 0, 0, 0);
        let noon = noon.to_zoned_datetime(zone.clone()).unwrap().timestamp();
        let seconds = |modifier: &str| {
            let then = TimeModifier::parse(modifier).unwrap().resolve(noon, &zone);
            noon.as_second() - then.as_second()
        };
        assert_eq!(seconds("-1d"), 23 * 3600);
        assert_eq!(seconds("-24h"), 24 * 3600);
        assert_eq!(seconds("@d"), 11 * 3600);
    }

    #[test]
    fn what_is_no_modifier_is_an_error() {
        for text in [
            "",
            "@",
            "-",
            "1d",
            "d",
            "-1x",
            "@w8",
            "@w01",
            "-1ms",
            "rt",
            "rt-5m",
            "-1d@",
            "--1d",
            "13/01/2022",
            "1/1",
            "1/2/3:4",
            "-9999999999999d",
            "now-1h",
            "é",
            "-é",
        ] {
            assert!(TimeModifier::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_not(text in "[ -~é]{0,20}") {
            if let Ok(modifier) = TimeModifier::parse(&text) {
                modifier.resolve(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
            }
        }

        #[test]
        fn any_steps_end_somewhere(
            text in "([+-][0-9]{0,12}(s|m|h|d|w|mon|q|y)|@(s|m|h|d|w|w[0-7]|mon|q|y)){1,5}",
            now in -300_000_000_000i64..250_000_000_000,
        ) {
            let modifier = TimeModifier::parse(&text).unwrap();
            if let Ok(now) = Timestamp::from_second(now) {
                modifier.resolve(now, &TimeZone::UTC);
            }
        }

        #[test]
        fn a_snap_does_not_go_forward(
            snap in "@(s|m|h|d|w|w[0-7]|mon|q|y)",
            now in 0i64..4_000_000_000,
        ) {
            let zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
            let now = Timestamp::from_second(now).unwrap();
            let snapped = TimeModifier::parse(&snap).unwrap().resolve(now, &zone);
            prop_assert!(snapped <= now);
            let again = TimeModifier::parse(&snap).unwrap().resolve(snapped, &zone);
            prop_assert_eq!(again, snapped);
        }
    }
}
