//! What a function keeps of the values that it has seen.
//!
//! But for `first`, `last` and `list`, what it keeps does not depend on the
//! order in which the values came, so that batches can be taken in any order
//! and partial results be merged.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use super::{
    function::{Aggregate, Percentage},
    number::{self, Running, Sum, Tally},
};
use crate::{
    Value,
    value::{self, Number, parse_number},
};

/// `list_maxsize` of `limits.conf`.
const LIST_MAXIMUM: usize = 100;

/// Above so many different values Splunk approximates percentiles.
const EXACT_PERCENTILES: usize = 1_000;

/// Why an aggregate cannot be computed as Splunk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Reason {
    #[error("a percentile of more than 1,000 different values, which Splunk approximates,")]
    Approximation,
    #[error("a time function over rows without `_time`")]
    NoTime,
    /// Which of them Splunk gives is not documented.
    #[error("`mode` of values that are equally frequent")]
    Tie,
}

/// When a row happened, as far as is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    pub(super) time: Option<f64>,
    pub(super) event: Option<usize>,
}

/// What a function has seen so far.
#[derive(Debug)]
pub(super) struct State {
    aggregate: Aggregate,
    kept: Kept,
    /// Whether some value was no number.
    text: bool,
}

#[derive(Debug)]
enum Kept {
    Count(usize),
    Different(HashSet<Box<str>>),
    Frequency(HashMap<Box<str>, u64>),
    Sum(Sum),
    /// Sums and deviations over rows in their order.
    Running(Running),
    Tally(Tally),
    Extremes(Extremes),
    Bounds(Bounds),
    /// `first` and `last`.
    Single(Option<String>),
    List(Vec<String>),
}

impl State {
    pub(super) fn new(aggregate: Aggregate) -> Self {
        let kept = match aggregate {
            Aggregate::Count => Kept::Count(0),
            Aggregate::DistinctCount | Aggregate::EstimatedDistinctCount | Aggregate::Values => {
                Kept::Different(HashSet::new())
            }
            Aggregate::Mode => Kept::Frequency(HashMap::new()),
            Aggregate::Average | Aggregate::Sum | Aggregate::SumOfSquares => {
                Kept::Sum(Sum::default())
            }
            Aggregate::Median
            | Aggregate::Percentile(_)
            | Aggregate::ExactPercentile(_)
            | Aggregate::UpperPercentile(_)
            | Aggregate::SampleDeviation
            | Aggregate::PopulationDeviation
            | Aggregate::SampleVariance
            | Aggregate::PopulationVariance => Kept::Tally(Tally::default()),
            Aggregate::Maximum | Aggregate::Minimum | Aggregate::Range => {
                Kept::Extremes(Extremes::default())
            }
            Aggregate::Earliest
            | Aggregate::EarliestTime
            | Aggregate::Latest
            | Aggregate::LatestTime
            | Aggregate::Rate => Kept::Bounds(Bounds::default()),
            Aggregate::First | Aggregate::Last => Kept::Single(None),
            Aggregate::List => Kept::List(Vec::new()),
        };
        Self {
            aggregate,
            kept,
            text: false,
        }
    }

    /// For rows that come in their order, and a value after each of them.
    pub(super) fn in_order(aggregate: Aggregate) -> Self {
        let mut state = Self::new(aggregate);
        if matches!(
            aggregate,
            Aggregate::Average
                | Aggregate::Sum
                | Aggregate::SumOfSquares
                | Aggregate::SampleDeviation
                | Aggregate::PopulationDeviation
                | Aggregate::SampleVariance
                | Aggregate::PopulationVariance
        ) {
            state.kept = Kept::Running(Running::default());
        }
        state
    }

    /// How many values a look at the value of the column goes over.
    pub(super) fn effort(&self) -> usize {
        match &self.kept {
            Kept::Different(values) if self.aggregate == Aggregate::Values => values.len(),
            Kept::Frequency(values) => values.len(),
            Kept::Tally(tally) => tally.distinct(),
            _ => 0,
        }
    }

    /// Counts a row.
    pub(super) fn add_row(&mut self) {
        if let Kept::Count(count) = &mut self.kept {
            *count += 1;
        }
    }

    /// Takes a value.
    pub(super) fn add(&mut self, text: &str, moment: Moment) -> Result<(), Reason> {
        match &mut self.kept {
            Kept::Count(count) => *count += 1,
            Kept::Different(values) => {
                if !values.contains(text) {
                    values.insert(text.into());
                }
            }
            Kept::Frequency(values) => match values.get_mut(text) {
                Some(count) => *count += 1,
                None => {
                    values.insert(text.into(), 1);
                }
            },
            Kept::Sum(sum) => match parse_number(text) {
                Some(number) if self.aggregate == Aggregate::SumOfSquares => {
                    sum.add(number * number);
                }
                Some(number) => sum.add(number),
                None => self.text = true,
            },
            Kept::Running(running) => match parse_number(text) {
                Some(number) if self.aggregate == Aggregate::SumOfSquares => {
                    running.add(number * number);
                }
                Some(number) => running.add(number),
                None => self.text = true,
            },
            Kept::Tally(tally) => match parse_number(text) {
                Some(number) => tally.add(number),
                None => self.text = true,
            },
            Kept::Extremes(extremes) => {
                if let Some(number) = parse_number(text) {
                    extremes.add_number(number, text);
                } else {
                    self.text = true;
                    extremes.add_text(text);
                }
            }
            Kept::Bounds(bounds) => {
                let time = moment.time.ok_or(Reason::NoTime)?;
                bounds.add(time, moment.event, text);
            }
            Kept::Single(single) => match single {
                Some(single) if self.aggregate == Aggregate::Last => text.clone_into(single),
                Some(_) => {}
                None => *single = Some(text.to_owned()),
            },
            Kept::List(list) => {
                if list.len() < LIST_MAXIMUM {
                    list.push(text.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Takes what the same function has seen of other rows, which came later
    /// where the order matters.
    pub(super) fn merge(&mut self, other: Self) {
        self.text |= other.text;
        match (&mut self.kept, other.kept) {
            (Kept::Count(count), Kept::Count(more)) => *count += more,
            (Kept::Different(values), Kept::Different(more)) => values.extend(more),
            (Kept::Frequency(values), Kept::Frequency(more)) => {
                for (value, count) in more {
                    *values.entry(value).or_default() += count;
                }
            }
            (Kept::Sum(sum), Kept::Sum(more)) => sum.merge(more),
            (Kept::Tally(tally), Kept::Tally(more)) => tally.merge(more),
            (Kept::Extremes(extremes), Kept::Extremes(more)) => extremes.merge(more),
            (Kept::Bounds(bounds), Kept::Bounds(more)) => bounds.merge(more),
            (Kept::Single(single), Kept::Single(more))
                if single.is_none() || (self.aggregate == Aggregate::Last && more.is_some()) =>
            {
                *single = more;
            }
            (Kept::List(list), Kept::List(more)) => {
                list.extend(more);
                list.truncate(LIST_MAXIMUM);
            }
            // Both are states of one function.
            _ => {}
        }
    }

    /// The value of the column. With `all_numbers`, what calculates gives
    /// nothing where some value was no number.
    pub(super) fn value(&self, all_numbers: bool) -> Result<Value<'static>, Reason> {
        let calculates = self.aggregate == Aggregate::Range
            || matches!(self.kept, Kept::Sum(_) | Kept::Running(_) | Kept::Tally(_));
        if all_numbers && self.text && calculates {
            return Ok(Value::Null);
        }
        Ok(match &self.kept {
            Kept::Count(count) => Value::from(value::count(*count)),
            Kept::Different(values) if self.aggregate == Aggregate::Values => {
                let mut sorted: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
                sorted.sort_unstable();
                many(sorted)
            }
            Kept::Different(values) => Value::from(value::count(values.len())),
            Kept::Frequency(values) => text(most_frequent(values)?),
            Kept::Sum(sum) if self.aggregate == Aggregate::Average => number(sum.mean()),
            Kept::Sum(sum) => number(sum.total()),
            Kept::Running(running) => number(match self.aggregate {
                Aggregate::Average => running.mean(),
                Aggregate::Sum | Aggregate::SumOfSquares => running.total(),
                _ => self.spread(running.squares()),
            }),
            Kept::Tally(tally) => number(self.of_tally(tally)?),
            Kept::Extremes(extremes) if self.aggregate == Aggregate::Range => {
                number(extremes.range())
            }
            Kept::Extremes(extremes) if self.aggregate == Aggregate::Maximum => {
                text(extremes.highest())
            }
            Kept::Extremes(extremes) => text(extremes.lowest()),
            Kept::Bounds(bounds) => match self.aggregate {
                Aggregate::Earliest => text(bounds.earliest.as_ref().map(|b| b.text.as_str())),
                Aggregate::Latest => text(bounds.latest.as_ref().map(|b| b.text.as_str())),
                Aggregate::EarliestTime => number(bounds.earliest.as_ref().map(|b| b.time)),
                Aggregate::LatestTime => number(bounds.latest.as_ref().map(|b| b.time)),
                _ => number(bounds.rate()),
            },
            Kept::Single(single) => text(single.as_deref()),
            Kept::List(list) => many(list.iter().map(String::as_str)),
        })
    }

    fn of_tally(&self, tally: &Tally) -> Result<Option<f64>, Reason> {
        match self.aggregate {
            Aggregate::Median => percentile(tally, Percentage::HALF),
            Aggregate::Percentile(percentage) | Aggregate::UpperPercentile(percentage) => {
                percentile(tally, percentage)
            }
            Aggregate::ExactPercentile(percentage) => Ok(exact_percentile(tally, percentage)),
            _ => Ok(self.spread(tally.squares())),
        }
    }

    /// The variance or deviation, from the sum of the squares of the
    /// differences from the mean.
    fn spread(&self, (squares, count): (f64, u64)) -> Option<f64> {
        let (sample, root) = match self.aggregate {
            Aggregate::SampleDeviation => (true, true),
            Aggregate::PopulationDeviation => (false, true),
            Aggregate::SampleVariance => (true, false),
            _ => (false, false),
        };
        // Of a single value, the sample has no variance either.
        let divisor = if sample && count > 1 {
            count - 1
        } else {
            count
        };
        let variance = squares / number::count(divisor);
        (count > 0).then(|| if root { variance.sqrt() } else { variance })
    }
}

fn text(text: Option<&str>) -> Value<'static> {
    text.map_or(Value::Null, |text| Value::from(text.to_owned()))
}

fn number(number: Option<f64>) -> Value<'static> {
    number.map_or(Value::Null, |number| Value::Number(Number::new(number)))
}

fn many<'t>(texts: impl IntoIterator<Item = &'t str>) -> Value<'static> {
    Value::from_values(
        texts
            .into_iter()
            .map(|text| Cow::Owned(text.to_owned()))
            .collect(),
    )
}

fn most_frequent(values: &HashMap<Box<str>, u64>) -> Result<Option<&str>, Reason> {
    let Some(highest) = values.values().max() else {
        return Ok(None);
    };
    let mut found = values.iter().filter(|(_, count)| *count == highest);
    let first = found.next();
    if found.next().is_some() {
        return Err(Reason::Tie);
    }
    Ok(first.map(|(value, _)| value.as_ref()))
}

fn percentile(tally: &Tally, percentage: Percentage) -> Result<Option<f64>, Reason> {
    if tally.distinct() > EXACT_PERCENTILES {
        return Err(Reason::Approximation);
    }
    Ok(exact_percentile(tally, percentage))
}

fn exact_percentile(tally: &Tally, percentage: Percentage) -> Option<f64> {
    let rank = percentage.rank(tally.sorted().map(|(_, count)| count).sum());
    let mut passed = 0;
    tally
        .sorted()
        .find(|(_, count)| {
            passed += count;
            passed > rank
        })
        .map(|(number, _)| number)
}

/// The lowest and highest of the numbers and of the other texts, as text.
///
/// Numbers come before text, in the order of numbers (Search Reference,
/// "Aggregate functions", `max` and `min`).
#[derive(Debug, Default)]
struct Extremes {
    lowest: Option<(f64, String)>,
    highest: Option<(f64, String)>,
    lowest_text: Option<String>,
    highest_text: Option<String>,
}

impl Extremes {
    fn add_number(&mut self, number: f64, text: &str) {
        replace_number(&mut self.lowest, number, text, Ordering::Less);
        replace_number(&mut self.highest, number, text, Ordering::Greater);
    }

    fn add_text(&mut self, text: &str) {
        replace_text(&mut self.lowest_text, text, Ordering::Less);
        replace_text(&mut self.highest_text, text, Ordering::Greater);
    }

    fn merge(&mut self, other: Self) {
        for (number, text) in [other.lowest, other.highest].into_iter().flatten() {
            self.add_number(number, &text);
        }
        for text in [other.lowest_text, other.highest_text]
            .into_iter()
            .flatten()
        {
            self.add_text(&text);
        }
    }

    fn lowest(&self) -> Option<&str> {
        let number = self.lowest.as_ref().map(|(_, text)| text);
        number.or(self.lowest_text.as_ref()).map(String::as_str)
    }

    fn highest(&self) -> Option<&str> {
        let number = self.highest.as_ref().map(|(_, text)| text);
        self.highest_text.as_ref().or(number).map(String::as_str)
    }

    fn range(&self) -> Option<f64> {
        Some(self.highest.as_ref()?.0 - self.lowest.as_ref()?.0)
    }
}

/// Of equal numbers with different texts the lower text is kept, so that the
/// order of the rows does not matter.
fn replace_number(kept: &mut Option<(f64, String)>, number: f64, text: &str, better: Ordering) {
    match kept {
        Some((best, best_text)) => {
            let ordering = (number + 0.0).total_cmp(&(*best + 0.0));
            if ordering == better || (ordering.is_eq() && text < best_text.as_str()) {
                *best = number;
                text.clone_into(best_text);
            }
        }
        None => *kept = Some((number, text.to_owned())),
    }
}

fn replace_text(kept: &mut Option<String>, text: &str, better: Ordering) {
    match kept {
        Some(best) if text.cmp(best.as_str()) == better => text.clone_into(best),
        Some(_) => {}
        None => *kept = Some(text.to_owned()),
    }
}

/// The earliest and the latest value. Of the same time, the event of the higher
/// number is the later one; of rows that are no events, the one that comes
/// first, since events come from the latest.
#[derive(Debug, Default)]
struct Bounds {
    earliest: Option<Bound>,
    latest: Option<Bound>,
}

#[derive(Debug)]
struct Bound {
    time: f64,
    event: Option<usize>,
    text: String,
}

impl Bounds {
    fn add(&mut self, time: f64, event: Option<usize>, text: &str) {
        self.add_earliest(time, event, text);
        self.add_latest(time, event, text);
    }

    fn add_earliest(&mut self, time: f64, event: Option<usize>, text: &str) {
        replace_bound(&mut self.earliest, time, event, text, Ordering::is_le);
    }

    fn add_latest(&mut self, time: f64, event: Option<usize>, text: &str) {
        replace_bound(&mut self.latest, time, event, text, Ordering::is_gt);
    }

    fn merge(&mut self, other: Self) {
        if let Some(bound) = other.earliest {
            self.add_earliest(bound.time, bound.event, &bound.text);
        }
        if let Some(bound) = other.latest {
            self.add_latest(bound.time, bound.event, &bound.text);
        }
    }

    /// Needs two times and two numbers.
    fn rate(&self) -> Option<f64> {
        let (earliest, latest) = (self.earliest.as_ref()?, self.latest.as_ref()?);
        let difference = parse_number(&latest.text)? - parse_number(&earliest.text)?;
        let seconds = latest.time - earliest.time;
        (seconds > 0.0).then(|| difference / seconds)
    }
}

fn replace_bound(
    kept: &mut Option<Bound>,
    time: f64,
    event: Option<usize>,
    text: &str,
    better: fn(Ordering) -> bool,
) {
    match kept {
        Some(best) => {
            if better(time.total_cmp(&best.time).then(event.cmp(&best.event))) {
                best.time = time;
                best.event = event;
                text.clone_into(&mut best.text);
            }
        }
        None => {
            *kept = Some(Bound {
                time,
                event,
                text: text.to_owned(),
            });
        }
    }
}
