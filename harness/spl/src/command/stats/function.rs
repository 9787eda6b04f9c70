//! The functions of `stats`, and of the commands that aggregate as it does: one
//! table of them.
//!
//! Source: Search Reference, "Aggregate functions", "Event order functions",
//! "Multivalue stats and chart functions", "Time functions".

use std::fmt;

use crate::reference::{self, Entry};

/// A function that this engine evaluates.
pub(crate) struct Function {
    pub(crate) entry: Entry,
    aggregate: fn(Option<Percentage>) -> Option<Aggregate>,
}

/// What a function computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Average,
    Count,
    DistinctCount,
    Earliest,
    EarliestTime,
    /// An estimate in Splunk, the true number here.
    EstimatedDistinctCount,
    First,
    Last,
    Latest,
    LatestTime,
    List,
    Maximum,
    Median,
    Minimum,
    Mode,
    Percentile(Percentage),
    ExactPercentile(Percentage),
    UpperPercentile(Percentage),
    Range,
    Rate,
    SampleDeviation,
    PopulationDeviation,
    Sum,
    SumOfSquares,
    Values,
    SampleVariance,
    PopulationVariance,
}

/// The number in `perc95`, exact: a rank of 29 % of 100 values is 29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percentage {
    millionths: u32,
}

impl Percentage {
    pub(super) const HALF: Self = Self {
        millionths: 50_000_000,
    };

    /// From 0 to 100, with up to six digits after the point.
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return None;
        }
        let whole: u32 = whole.parse().ok()?;
        let fraction: u32 = format!("{fraction:0<6}").parse().ok()?;
        let millionths = whole.checked_mul(1_000_000)?.checked_add(fraction)?;
        (millionths <= 100_000_000).then_some(Self { millionths })
    }

    /// Which of `count` sorted values it means, counted from 0: that many
    /// percent of the count, rounded down (`perc_method=nearest-rank` in
    /// `limits.conf`).
    pub(super) fn rank(self, count: u64) -> u64 {
        let rank = u128::from(count) * u128::from(self.millionths) / 100_000_000;
        u64::try_from(rank)
            .unwrap_or(u64::MAX)
            .min(count.saturating_sub(1))
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.millionths / 1_000_000, self.millionths % 1_000_000);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{fraction:06}");
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

impl Aggregate {
    /// The function with a name in lower case; none where the table does not
    /// have it.
    pub(super) fn named(name: &str) -> Option<Self> {
        let plain = FUNCTIONS.iter().find(|f| f.entry.name == name);
        if let Some(aggregate) = plain.and_then(|function| (function.aggregate)(None)) {
            return Some(aggregate);
        }
        let digits = name.find(|c: char| c.is_ascii_digit())?;
        let (name, percentage) = name.split_at(digits);
        let function = FUNCTIONS
            .iter()
            .find(|f| f.entry.name == name && (f.aggregate)(None).is_none())?;
        (function.aggregate)(Some(Percentage::parse(percentage)?))
    }

    pub(super) fn needs_time(self) -> bool {
        matches!(
            self,
            Self::Earliest | Self::EarliestTime | Self::Latest | Self::LatestTime | Self::Rate
        )
    }

    /// Whether the order of the rows decides.
    pub(super) fn needs_order(self) -> bool {
        matches!(self, Self::First | Self::Last | Self::List)
    }
}

impl fmt::Display for Aggregate {
    /// The shortest of its names that is not an abbreviation of one letter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Average => "avg",
            Self::Count => "count",
            Self::DistinctCount => "dc",
            Self::Earliest => "earliest",
            Self::EarliestTime => "earliest_time",
            Self::EstimatedDistinctCount => "estdc",
            Self::First => "first",
            Self::Last => "last",
            Self::Latest => "latest",
            Self::LatestTime => "latest_time",
            Self::List => "list",
            Self::Maximum => "max",
            Self::Median => "median",
            Self::Minimum => "min",
            Self::Mode => "mode",
            Self::Percentile(percentage) => return write!(f, "perc{percentage}"),
            Self::ExactPercentile(percentage) => return write!(f, "exactperc{percentage}"),
            Self::UpperPercentile(percentage) => return write!(f, "upperperc{percentage}"),
            Self::Range => "range",
            Self::Rate => "rate",
            Self::SampleDeviation => "stdev",
            Self::PopulationDeviation => "stdevp",
            Self::Sum => "sum",
            Self::SumOfSquares => "sumsq",
            Self::Values => "values",
            Self::SampleVariance => "var",
            Self::PopulationVariance => "varp",
        })
    }
}

const AGGREGATE: &str = "Search Reference, Aggregate functions";
const EVENT_ORDER: &str = "Search Reference, Event order functions";
const MULTIVALUE: &str = "Search Reference, Multivalue stats and chart functions";
const TIME: &str = "Search Reference, Time functions";

macro_rules! functions {
    ($($name:literal $aggregate:expr, $syntax:literal, $summary:literal, $source:expr
        $(, unconfirmed $unconfirmed:literal)?;)*) => {
        /// All functions that this engine evaluates, sorted by name.
        pub(crate) static FUNCTIONS: &[Function] = &[$(Function {
            entry: Entry {
                name: $name,
                syntax: $syntax,
                summary: $summary,
                source: $source,
                unconfirmed: reference::at_most_one(&[$($unconfirmed)?]),
            },
            aggregate: $aggregate,
        },)*];
    };
}

functions! {
    "avg" |_| Some(Aggregate::Average), "avg(<field>)",
        "The mean of the values that are numbers.", AGGREGATE,
        unconfirmed "Fractions are added from the lowest, after the whole numbers, so that their \
         order does not show in the last digits.";
    "c" |_| Some(Aggregate::Count), "c[(<field>)]",
        "The same as count.", AGGREGATE;
    "count" |_| Some(Aggregate::Count), "count[(<field>)] | count(eval(<predicate>))",
        "The number of rows, of values of a field, or of rows for which the predicate \
         is true.", AGGREGATE;
    "dc" |_| Some(Aggregate::DistinctCount), "dc(<field>)",
        "The number of different values.", AGGREGATE;
    "distinct_count" |_| Some(Aggregate::DistinctCount), "distinct_count(<field>)",
        "The same as dc.", AGGREGATE;
    "earliest" |_| Some(Aggregate::Earliest), "earliest(<field>)",
        "The value with the lowest `_time`.", TIME,
        unconfirmed "Of events with the same `_time`, the one recorded later is the later one; of \
         other rows, the first.";
    "earliest_time" |_| Some(Aggregate::EarliestTime), "earliest_time(<field>)",
        "The lowest `_time` of a row that has the field.", TIME;
    "estdc" |_| Some(Aggregate::EstimatedDistinctCount), "estdc(<field>)",
        "The number of different values: Splunk estimates it, here it is exact.", AGGREGATE,
        unconfirmed "An estimate of few values is exact.";
    "exactperc" |p| p.map(Aggregate::ExactPercentile), "exactperc<percentage>(<field>)",
        "The value at that percentage of the sorted numbers.", AGGREGATE,
        unconfirmed "The number is printed in its shortest form, however it was written.";
    "first" |_| Some(Aggregate::First), "first(<field>)",
        "The first value in the order of the rows.", EVENT_ORDER;
    "last" |_| Some(Aggregate::Last), "last(<field>)",
        "The last value in the order of the rows.", EVENT_ORDER;
    "latest" |_| Some(Aggregate::Latest), "latest(<field>)",
        "The value with the highest `_time`.", TIME,
        unconfirmed "Of events with the same `_time`, the one recorded later is the later one; of \
         other rows, the first.";
    "latest_time" |_| Some(Aggregate::LatestTime), "latest_time(<field>)",
        "The highest `_time` of a row that has the field.", TIME;
    "list" |_| Some(Aggregate::List), "list(<field>)",
        "The first 100 values in the order of the rows.", MULTIVALUE;
    "max" |_| Some(Aggregate::Maximum), "max(<field>)",
        "The highest value; numbers are below text.", AGGREGATE;
    "mean" |_| Some(Aggregate::Average), "mean(<field>)",
        "The same as avg.", AGGREGATE;
    "median" |_| Some(Aggregate::Median), "median(<field>)",
        "The middle one of the sorted numbers, of two the higher.", AGGREGATE,
        unconfirmed "The number is printed in its shortest form, however it was written.";
    "min" |_| Some(Aggregate::Minimum), "min(<field>)",
        "The lowest value; numbers are below text.", AGGREGATE;
    "mode" |_| Some(Aggregate::Mode), "mode(<field>)",
        "The most frequent value.", AGGREGATE;
    "p" |p| p.map(Aggregate::Percentile), "p<percentage>(<field>)",
        "The same as perc.", AGGREGATE;
    "perc" |p| p.map(Aggregate::Percentile), "perc<percentage>(<field>)",
        "The value at that percentage of the sorted numbers, of up to 1,000 different \
         ones.", AGGREGATE,
        unconfirmed "The number is printed in its shortest form, however it was written.";
    "range" |_| Some(Aggregate::Range), "range(<field>)",
        "The difference between the highest and the lowest number.", AGGREGATE,
        unconfirmed "Values that are no numbers are passed over.";
    "rate" |_| Some(Aggregate::Rate), "rate(<field>)",
        "By how much the number changed in a second, from the earliest to the latest.", TIME;
    "stdev" |_| Some(Aggregate::SampleDeviation), "stdev(<field>)",
        "The standard deviation of a sample.", AGGREGATE,
        unconfirmed "Of a single value it is 0; the last digits are those of the sum of the \
         squares, less the mean times the sum.";
    "stdevp" |_| Some(Aggregate::PopulationDeviation), "stdevp(<field>)",
        "The standard deviation of a whole population.", AGGREGATE,
        unconfirmed "Of a single value it is 0; the last digits are those of the sum of the \
         squares, less the mean times the sum.";
    "sum" |_| Some(Aggregate::Sum), "sum(<field>)",
        "The sum of the values that are numbers.", AGGREGATE,
        unconfirmed "Fractions are added from the lowest, after the whole numbers, so that their \
         order does not show in the last digits.";
    "sumsq" |_| Some(Aggregate::SumOfSquares), "sumsq(<field>)",
        "The sum of the squares of the values that are numbers.", AGGREGATE,
        unconfirmed "Fractions are added from the lowest, after the whole numbers, so that their \
         order does not show in the last digits.";
    "upperperc" |p| p.map(Aggregate::UpperPercentile), "upperperc<percentage>(<field>)",
        "The same as perc: the bounds differ only where Splunk approximates.", AGGREGATE,
        unconfirmed "The number is printed in its shortest form, however it was written.";
    "values" |_| Some(Aggregate::Values), "values(<field>)",
        "The different values, sorted as text.", MULTIVALUE;
    "var" |_| Some(Aggregate::SampleVariance), "var(<field>)",
        "The variance of a sample.", AGGREGATE,
        unconfirmed "Of a single value it is 0; the last digits are those of the sum of the \
         squares, less the mean times the sum.";
    "varp" |_| Some(Aggregate::PopulationVariance), "varp(<field>)",
        "The variance of a whole population.", AGGREGATE,
        unconfirmed "Of a single value it is 0; the last digits are those of the sum of the \
         squares, less the mean times the sum.";
}

/// Functions that Splunk has and this engine does not evaluate, sorted. Some of
/// them are for `timechart` or `mstats` only.
pub(crate) static KNOWN: &[&str] = &[
    "estdc_error",
    "per_day",
    "per_hour",
    "per_minute",
    "per_second",
    "rate_avg",
    "rate_sum",
    "sparkline",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.entry.name));
        assert!(KNOWN.is_sorted());
        for function in FUNCTIONS {
            assert!(!KNOWN.contains(&function.entry.name));
        }
    }

    #[test]
    fn every_function_is_printed_as_it_is_found() {
        for name in [
            "avg",
            "count",
            "dc",
            "earliest",
            "earliest_time",
            "estdc",
            "first",
            "last",
            "latest",
            "latest_time",
            "list",
            "max",
            "median",
            "min",
            "mode",
            "range",
            "rate",
            "stdev",
            "stdevp",
            "sum",
            "sumsq",
            "values",
            "var",
            "varp",
            "perc95",
            "exactperc99.9",
            "upperperc0.000001",
        ] {
            assert_eq!(
                Aggregate::named(name).map(|aggregate| aggregate.to_string()),
                Some(name.to_owned())
            );
        }
        assert_eq!(Aggregate::named("p95"), Aggregate::named("perc95.0"));
    }

    #[test]
    fn a_percentage_is_a_number_up_to_a_hundred() {
        for name in [
            "perc",
            "perc101",
            "perc5x",
            "perc.5",
            "perc1.2.3",
            "count5",
            "p1.0000001",
        ] {
            assert_eq!(Aggregate::named(name), None, "{name}");
        }
        assert!(Aggregate::named("perc100").is_some());
    }

    #[test]
    fn ranks_are_exact() {
        let rank = |text, count| Percentage::parse(text).map(|p| p.rank(count));
        // In doubles, 29 % of 100 is a little less than 29.
        assert_eq!(rank("29", 100), Some(29));
        assert_eq!(rank("50", 4), Some(2));
        assert_eq!(rank("50", 5), Some(2));
        assert_eq!(rank("0", 5), Some(0));
        assert_eq!(rank("100", 5), Some(4));
        assert_eq!(rank("99.9", 1000), Some(999));
    }
}
