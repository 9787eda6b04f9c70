//! The functions of `stats`: one table of them, and what they keep while rows
//! go by.
//!
//! Source: Search Reference, "Aggregate functions", "Event order functions",
//! "Multivalue stats and chart functions", "Time functions".

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    Value,
    reference::{self, Entry},
    value::{self, Number, parse_number},
};

/// A function that this engine evaluates.
pub(crate) struct Function {
    pub(crate) entry: Entry,
    pub(super) aggregate: Aggregate,
}

/// What a function computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Average,
    Count,
    DistinctCount,
    Earliest,
    First,
    Last,
    Latest,
    List,
    Maximum,
    Minimum,
    Sum,
    Values,
}

impl Aggregate {
    /// The shortest of its names that is not an abbreviation of one letter.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Average => "avg",
            Self::Count => "count",
            Self::DistinctCount => "dc",
            Self::Earliest => "earliest",
            Self::First => "first",
            Self::Last => "last",
            Self::Latest => "latest",
            Self::List => "list",
            Self::Maximum => "max",
            Self::Minimum => "min",
            Self::Sum => "sum",
            Self::Values => "values",
        }
    }

    pub(super) fn needs_time(self) -> bool {
        matches!(self, Self::Earliest | Self::Latest)
    }
}

const AGGREGATE: &str = "Search Reference, Aggregate functions";
const EVENT_ORDER: &str = "Search Reference, Event order functions";
const MULTIVALUE: &str = "Search Reference, Multivalue stats and chart functions";
const TIME: &str = "Search Reference, Time functions";

macro_rules! functions {
    ($($name:literal $aggregate:ident, $syntax:literal, $summary:literal, $source:expr
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
            aggregate: Aggregate::$aggregate,
        },)*];
    };
}

functions! {
    "avg" Average, "avg(<field>)", "The mean of the values that are numbers.", AGGREGATE;
    "c" Count, "c[(<field>)]", "The same as count.", AGGREGATE;
    "count" Count, "count[(<field>)] | count(eval(<predicate>))",
        "The number of rows, of values of a field, or of rows for which the predicate is true.", AGGREGATE;
    "dc" DistinctCount, "dc(<field>)", "The number of different values.", AGGREGATE;
    "distinct_count" DistinctCount, "distinct_count(<field>)", "The same as dc.", AGGREGATE;
    "earliest" Earliest, "earliest(<field>)", "The value with the lowest `_time`.", TIME;
    "first" First, "first(<field>)", "The first value in the order of the rows.", EVENT_ORDER;
    "last" Last, "last(<field>)", "The last value in the order of the rows.", EVENT_ORDER;
    "latest" Latest, "latest(<field>)", "The value with the highest `_time`.", TIME;
    "list" List, "list(<field>)", "The first 100 values in the order of the rows.", MULTIVALUE;
    "max" Maximum, "max(<field>)", "The highest value: by number if all are, otherwise by text.", AGGREGATE,
        unconfirmed "Numbers and text together compare as text.";
    "mean" Average, "mean(<field>)", "The same as avg.", AGGREGATE;
    "min" Minimum, "min(<field>)", "The lowest value: by number if all are, otherwise by text.", AGGREGATE,
        unconfirmed "Numbers and text together compare as text.";
    "sum" Sum, "sum(<field>)", "The sum of the values that are numbers.", AGGREGATE;
    "values" Values, "values(<field>)", "The different values, sorted as text.", MULTIVALUE;
}

/// Functions that Splunk has and this engine does not evaluate, sorted.
/// Percentiles (`perc95`) are known by their form.
pub(crate) static KNOWN: &[&str] = &[
    "earliest_time",
    "estdc",
    "estdc_error",
    "latest_time",
    "median",
    "mode",
    "per_day",
    "per_hour",
    "per_minute",
    "per_second",
    "range",
    "rate",
    "rate_avg",
    "rate_sum",
    "sparkline",
    "stdev",
    "stdevp",
    "sumsq",
    "var",
    "varp",
];

/// `list_maxsize` of `limits.conf`.
const LIST_MAXIMUM: usize = 100;

/// Why an aggregate cannot be computed as Splunk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    /// How Splunk rounds and prints sums of decimal fractions is not documented.
    #[error("a sum of decimal fractions")]
    Decimals,
    #[error("a time function over rows without `_time`")]
    NoTime,
}

/// What a function has seen so far.
#[derive(Debug)]
pub(super) struct State {
    aggregate: Aggregate,
    count: usize,
    sum: f64,
    /// By time: of equal times the one seen first.
    best: Option<(f64, String)>,
    single: Option<String>,
    /// Highest or lowest by number, while all values are numbers.
    extreme_number: Option<(f64, String)>,
    extreme_text: Option<String>,
    all_numbers: bool,
    distinct: BTreeSet<String>,
    list: Vec<String>,
}

impl State {
    pub(super) fn new(aggregate: Aggregate) -> Self {
        Self {
            aggregate,
            count: 0,
            sum: 0.0,
            best: None,
            single: None,
            extreme_number: None,
            extreme_text: None,
            all_numbers: true,
            distinct: BTreeSet::new(),
            list: Vec::new(),
        }
    }

    /// Counts a row.
    pub(super) fn add_row(&mut self) {
        self.count += 1;
    }

    /// Takes a value of the field.
    pub(super) fn add(&mut self, text: &str, time: Option<f64>) -> Result<(), Reason> {
        match self.aggregate {
            Aggregate::Count => self.count += 1,
            Aggregate::Average | Aggregate::Sum => {
                if let Some(number) = parse_number(text) {
                    if number.fract() != 0.0 {
                        return Err(Reason::Decimals);
                    }
                    self.count += 1;
                    self.sum += number;
                }
            }
            Aggregate::DistinctCount | Aggregate::Values => {
                if !self.distinct.contains(text) {
                    self.distinct.insert(text.to_owned());
                }
            }
            Aggregate::Earliest | Aggregate::Latest => {
                let time = time.ok_or(Reason::NoTime)?;
                let latest = self.aggregate == Aggregate::Latest;
                let better = self
                    .best
                    .as_ref()
                    .is_none_or(|(best, _)| if latest { time > *best } else { time < *best });
                if better {
                    self.best = Some((time, text.to_owned()));
                }
            }
            Aggregate::First => {
                self.single.get_or_insert_with(|| text.to_owned());
            }
            Aggregate::Last => self.single = Some(text.to_owned()),
            Aggregate::List if self.list.len() < LIST_MAXIMUM => self.list.push(text.to_owned()),
            Aggregate::List => {}
            Aggregate::Maximum | Aggregate::Minimum => self.add_extreme(text),
        }
        Ok(())
    }

    fn add_extreme(&mut self, text: &str) {
        let highest = self.aggregate == Aggregate::Maximum;
        match parse_number(text) {
            Some(number) => {
                let better = self.extreme_number.as_ref().is_none_or(|(best, _)| {
                    if highest {
                        number > *best
                    } else {
                        number < *best
                    }
                });
                if better {
                    self.extreme_number = Some((number, text.to_owned()));
                }
            }
            None => self.all_numbers = false,
        }
        let better = self
            .extreme_text
            .as_deref()
            .is_none_or(|best| if highest { text > best } else { text < best });
        if better {
            self.extreme_text = Some(text.to_owned());
        }
    }

    /// The value of the column.
    pub(super) fn finish(self) -> Value<'static> {
        let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
        let number = |number| Value::Number(Number::new(number));
        let many =
            |texts: Vec<String>| Value::from_values(texts.into_iter().map(Cow::Owned).collect());
        match self.aggregate {
            Aggregate::Count => number(value::count(self.count)),
            Aggregate::DistinctCount => number(value::count(self.distinct.len())),
            Aggregate::Average | Aggregate::Sum if self.count == 0 => Value::Null,
            Aggregate::Average => number(self.sum / value::count(self.count)),
            Aggregate::Sum => number(self.sum),
            Aggregate::Earliest | Aggregate::Latest => text(self.best.map(|(_, best)| best)),
            Aggregate::First | Aggregate::Last => text(self.single),
            Aggregate::List => many(self.list),
            Aggregate::Values => many(self.distinct.into_iter().collect()),
            Aggregate::Maximum | Aggregate::Minimum if self.all_numbers => {
                text(self.extreme_number.map(|(_, best)| best))
            }
            Aggregate::Maximum | Aggregate::Minimum => text(self.extreme_text),
        }
    }
}

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
}
