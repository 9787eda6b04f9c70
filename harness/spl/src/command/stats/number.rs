//! Numbers as the functions of `stats` collect them: in such a way that the
//! order in which they came, and in which partial results were merged, does not
//! show in the result.

use std::collections::BTreeMap;

/// How often each number came.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By keys in the order of the numbers.
    counts: BTreeMap<u64, u64>,
}

impl Tally {
    pub(super) fn add(&mut self, number: f64) {
        *self.counts.entry(key(number)).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
    }

    /// How many different numbers came.
    pub(super) fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// The numbers from the lowest, each with how often it came.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (f64, u64)> {
        self.counts
            .iter()
            .map(|(key, count)| (number(*key), *count))
    }

    /// The sum of the squares of the differences from the mean, and the count.
    pub(super) fn squares(&self) -> (f64, u64) {
        let mut sum = Sum::default();
        let mut squares = Sum::default();
        for (number, count) in self.sorted() {
            sum.add_many(number, count);
            squares.add_many(number * number, count);
        }
        let total = sum.total().unwrap_or_default();
        let of_squares = squares.total().unwrap_or_default();
        (differences(of_squares, total, sum.count), sum.count)
    }
}

/// The sum of the squares of the differences from the mean: the sum of the
/// squares, less the mean times the sum.
///
/// The documentation prints `12.615183595289349` for the deviation of seven
/// numbers, which has the digits of this formula (Search Reference, "Aggregate
/// functions", `mean`). It loses digits where the mean is high and the numbers
/// are close to it; less than nothing is nothing.
fn differences(of_squares: f64, total: f64, number: u64) -> f64 {
    if number == 0 {
        return 0.0;
    }
    let mean = total / count(number);
    let differences = of_squares - mean * total;
    // Not `max`, which would hide a sum that is no number.
    if differences < 0.0 { 0.0 } else { differences }
}

/// The sign of a number, as a bit.
const SIGN: u64 = 1 << 63;

/// A number as a key that sorts as the number does; both zeros are one.
fn key(number: f64) -> u64 {
    let bits = (number + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The number of a key.
fn number(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// A sum. Whole numbers are added exactly, and fractions in doubles, from the
/// lowest.
///
/// Splunk adds doubles one to the other: the documentation prints
/// `3.9900000000000055` for the average of 100 times 3.99 (Search Reference,
/// "Aggregate functions", `avg`).
#[derive(Debug, Default)]
pub(super) struct Sum {
    count: u64,
    whole: i128,
    fractions: Tally,
}

/// Whole numbers up to here are added exactly; above, doubles leave none out.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Sum {
    pub(super) fn add(&mut self, number: f64) {
        self.count += 1;
        match whole(number) {
            Some(whole) => self.whole += whole,
            None => self.fractions.add(number),
        }
    }

    fn add_many(&mut self, number: f64, count: u64) {
        self.count += count;
        match whole(number) {
            Some(whole) => self.whole += whole * i128::from(count),
            None => *self.fractions.counts.entry(key(number)).or_default() += count,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.whole += other.whole;
        self.fractions.merge(other.fractions);
    }

    /// The sum; none where no number came.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the sum is a double, as Splunk's"
    )]
    pub(super) fn total(&self) -> Option<f64> {
        let mut total = self.whole as f64;
        for (number, count) in self.fractions.sorted() {
            for _ in 0..count {
                total += number;
            }
        }
        (self.count > 0).then_some(total)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        Some(self.total()? / count(self.count))
    }
}

/// The number as a whole one, if it is one that a double holds exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is whole and in range"
)]
fn whole(number: f64) -> Option<i128> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i128)
}

/// Sums over rows in their order, which grow from row to row.
#[derive(Debug, Default)]
pub(super) struct Running {
    count: u64,
    total: f64,
    /// The sum of the squares.
    squares: f64,
}

impl Running {
    pub(super) fn add(&mut self, number: f64) {
        self.count += 1;
        self.total += number;
        self.squares += number * number;
    }

    pub(super) fn total(&self) -> Option<f64> {
        (self.count > 0).then_some(self.total)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        Some(self.total()? / count(self.count))
    }

    /// As [`Tally::squares`].
    pub(super) fn squares(&self) -> (f64, u64) {
        let differences = differences(self.squares, self.total, self.count);
        (differences, self.count)
    }
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
pub(super) fn count(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::float_cmp,
        reason = "that the digits are the same is what is tested"
    )]

    use proptest::prelude::*;

    use super::*;

    fn sum(numbers: &[f64]) -> Sum {
        let mut sum = Sum::default();
        for number in numbers {
            sum.add(*number);
        }
        sum
    }

    #[test]
    fn the_documented_digits() {
        // Search Reference, "Aggregate functions", avg, extended example 1.
        assert_eq!(sum(&[3.99; 100]).mean(), Some(3.990_000_000_000_005_5));
        assert_eq!(sum(&vec![3.99; 10_000]).mean(), Some(3.990_000_000_000_215));
    }

    #[test]
    fn whole_numbers_are_exact() {
        let numbers = [9e15, 1.0, -9e15];
        assert_eq!(sum(&numbers).total(), Some(1.0));
        assert_eq!(sum(&[]).total(), None);
        assert_eq!(sum(&[0.5, 0.5]).total(), Some(1.0));
    }

    #[test]
    fn squares_of_differences() {
        let mut tally = Tally::default();
        for number in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            tally.add(number);
        }
        // Mean 5, and 9 + 3·1 + 0 + 0 + 4 + 16.
        assert_eq!(tally.squares(), (32.0, 8));
        let mut tally = Tally::default();
        let mut running = Running::default();
        for _ in 0..3 {
            tally.add(0.1);
            running.add(0.1);
        }
        // In doubles the mean times the sum is more than the sum of the squares.
        for (squares, _) in [tally.squares(), running.squares()] {
            assert!((0.0..1e-16).contains(&squares), "{squares}");
        }
        assert_eq!(Tally::default().squares(), (0.0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn keys_sort_as_numbers(left in any::<f64>(), right in any::<f64>()) {
            prop_assert_eq!(number(key(left)).to_bits(), (left + 0.0).to_bits());
            let expected = (left + 0.0).total_cmp(&(right + 0.0));
            prop_assert_eq!(key(left).cmp(&key(right)), expected);
        }

        #[test]
        fn the_order_does_not_show(
            numbers in prop::collection::vec(prop_oneof![-10.0..10.0f64, (-5..5i8).prop_map(f64::from)], 0..20),
            cut in 0..20usize,
        ) {
            let whole = sum(&numbers).total();
            let reversed: Vec<f64> = numbers.iter().rev().copied().collect();
            prop_assert_eq!(sum(&reversed).total(), whole);
            let (left, right) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = sum(right);
            merged.merge(sum(left));
            prop_assert_eq!(merged.total(), whole);
        }
    }
}
