//! `sort`: orders rows.
//!
//! Source: Search Reference, `sort`; the SPL2 `sort` usage page for how values
//! of different kinds compare.

use std::{cmp::Ordering, net::IpAddr};

use crate::{
    Error, Value,
    command::{Command, Context, stats},
    cursor::Cursor,
    error::Span,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Fields, Record, Table},
};

/// How many rows stay where the text does not say.
const DEFAULT_LIMIT: usize = 10_000;

/// A planned `sort`.
#[derive(Debug)]
pub(crate) struct Sort {
    /// `None` for all rows.
    limit: Option<usize>,
    keys: Keys,
}

/// By what rows are sorted: what comes first decides first.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    slot: Slot,
    kind: Kind,
    descending: bool,
    span: Span,
}

/// As what the values of a field compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Decided for each pair of values: numbers if both are, addresses if both
    /// are, otherwise text.
    Auto,
    Address,
    Number,
    Text,
}

/// Parses the arguments of `sort`.
///
/// # Errors
///
/// What is no list of fields to sort by.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Sort, Error> {
    Ok(Sort {
        limit: limit(cursor)?,
        keys: Keys::parse(cursor, planner)?,
    })
}

impl Keys {
    /// Parses the fields to sort by, up to the end.
    ///
    /// A sign with a blank after it holds for all fields after it that have no
    /// sign of their own; without the blank, for its field only.
    ///
    /// # Errors
    ///
    /// What is no list of fields to sort by.
    pub(super) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Self, Error> {
        let mut keys: Vec<Key> = Vec::new();
        let mut descending_from_here = false;
        loop {
            cursor.skip_blanks();
            let sign = ["-", "+"].into_iter().find(|sign| cursor.eat(sign));
            let mut descending = descending_from_here;
            if let Some(sign) = sign {
                descending = sign == "-";
                if cursor.peek().is_some_and(char::is_whitespace) {
                    descending_from_here = descending;
                }
            }
            if sign.is_none() && !keys.is_empty() && is_reversal(cursor) {
                for key in &mut keys {
                    key.descending = !key.descending;
                }
                cursor.expect_end()?;
                break;
            }
            keys.push(key(cursor, planner, descending)?);
            let comma = cursor.eat_mark(",");
            if !comma && cursor.at_end() {
                break;
            }
        }
        Ok(Self(keys))
    }

    /// Sorts rows; those that are equal keep their order.
    ///
    /// # Errors
    ///
    /// Multivalue fields: which of their values decides is not documented.
    pub(super) fn sort(&self, records: &mut [Record<'_>]) -> Result<(), Error> {
        for key in &self.0 {
            let multivalue =
                |record: &Record<'_>| matches!(record.value(key.slot), Value::Multi(_));
            if records.iter().any(multivalue) {
                return Err(Error::unsupported(
                    "`sort` by a multivalue field",
                    key.span.clone(),
                ));
            }
        }
        merge_sort(records, &|left, right| {
            self.0
                .iter()
                .map(|key| key.compare(left, right))
                .find(|ordering| ordering.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        Ok(())
    }

    pub(super) fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.0, |out, key| {
            out.word(if key.descending { "-" } else { "+" });
            match key.kind {
                Kind::Auto => out.field(key.slot),
                kind => {
                    out.word(kind.name());
                    out.put("(");
                    out.field(key.slot);
                    out.put(")");
                }
            }
        });
    }
}

fn limit(cursor: &mut Cursor<'_>) -> Result<Option<usize>, Error> {
    if cursor.eat_keyword("limit") {
        cursor.expect_mark("=", "after `limit`")?;
        let limit = super::count(cursor)?.ok_or_else(|| cursor.unexpected("a number of rows"))?;
        return Ok((limit > 0).then_some(limit));
    }
    Ok(match super::count(cursor)? {
        None => Some(DEFAULT_LIMIT),
        Some(0) => None,
        Some(limit) => Some(limit),
    })
}

/// `d` or `desc` after the last field.
fn is_reversal(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = cursor.clone();
    let found = (ahead.eat_keyword("desc") || ahead.eat_keyword("d")) && ahead.at_end();
    if found {
        *cursor = ahead;
    }
    found
}

fn key(cursor: &mut Cursor<'_>, planner: &mut Planner, descending: bool) -> Result<Key, Error> {
    let start = cursor.clone();
    let token = cursor.field_name()?;
    let kind = Kind::named(&token.text);
    let (token, kind) = match kind {
        Some(kind) if !token.quoted && cursor.eat("(") => {
            let field = cursor.listed_name()?;
            cursor.expect_mark(")", "after the field")?;
            (field, kind)
        }
        // `sort sum(bytes)` means the column of `stats sum(bytes)`.
        None if cursor.peek() == Some('(') && !stats::is_function(&token.text) => {
            return Err(Error::syntax(
                format!("`{}` is not a type to sort by", token.text),
                token.span,
            )
            .with_help("the types are auto, ip, num and str"));
        }
        _ => {
            *cursor = start;
            (cursor.listed_name()?, Kind::Auto)
        }
    };
    Ok(Key {
        slot: planner.read(&token.text),
        kind,
        descending,
        span: token.span,
    })
}

impl Command for Sort {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        self.keys.sort(&mut table.records)?;
        if let Some(limit) = self.limit {
            table.records.truncate(limit);
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&self.limit.unwrap_or(0).to_string());
        self.keys.print(out);
    }
}

impl Key {
    /// A missing value comes last, whichever the direction.
    fn compare(&self, left: &Record<'_>, right: &Record<'_>) -> Ordering {
        let (left, right) = (left.value(self.slot), right.value(self.slot));
        match (left.text(), right.text()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left_text), Some(right_text)) => {
                let ordering = self.kind.compare((left, &left_text), (right, &right_text));
                if self.descending {
                    ordering.reverse()
                } else {
                    ordering
                }
            }
        }
    }
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        [Self::Auto, Self::Address, Self::Number, Self::Text]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Address => "ip",
            Self::Number => "num",
            Self::Text => "str",
        }
    }

    fn compare(self, left: (&Value<'_>, &str), right: (&Value<'_>, &str)) -> Ordering {
        let as_numbers = || Some(left.0.number()?.total_cmp(&right.0.number()?));
        let as_addresses = || {
            let left: IpAddr = left.1.parse().ok()?;
            Some(left.cmp(&right.1.parse().ok()?))
        };
        let special = match self {
            Self::Auto => as_numbers().or_else(as_addresses),
            Self::Number => as_numbers(),
            Self::Address => as_addresses(),
            Self::Text => None,
        };
        special.unwrap_or_else(|| left.1.as_bytes().cmp(right.1.as_bytes()))
    }
}

/// A stable merge sort that takes any comparison.
///
/// Values that compare pair by pair, some as numbers and some as text, have no
/// total order: 9 < 10 < 1a < 9. The standard library's sort may panic on that;
/// this one gives some order, and always the same.
fn merge_sort<T: Default>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let middle = items.len() / 2;
    merge_sort(&mut items[..middle], compare);
    merge_sort(&mut items[middle..], compare);
    if compare(&items[middle - 1], &items[middle]).is_le() {
        return;
    }
    let mut left: Vec<T> = items[..middle].iter_mut().map(std::mem::take).collect();
    let mut right: Vec<T> = items[middle..].iter_mut().map(std::mem::take).collect();
    let (mut from_left, mut from_right) = (left.iter_mut().peekable(), right.iter_mut().peekable());
    for item in items {
        let take_right = match (from_left.peek(), from_right.peek()) {
            (Some(left), Some(right)) => compare(left, right).is_gt(),
            (None, _) => true,
            (Some(_), None) => false,
        };
        let next = if take_right {
            from_right.next()
        } else {
            from_left.next()
        };
        if let Some(next) = next {
            *item = std::mem::take(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn auto(left: &str, right: &str) -> Ordering {
        Kind::Auto.compare((&Value::from(left), left), (&Value::from(right), right))
    }

    #[test]
    fn the_kind_is_decided_for_each_pair() {
        // SPL2 Search Reference, sort command usage: 10.1 is above 9.1, but
        // 9.1.a above 10.1.a.
        assert_eq!(auto("10.1", "9.1"), Ordering::Greater);
        assert_eq!(auto("9.1.a", "10.1.a"), Ordering::Greater);
        assert_eq!(auto("10.0.0.10", "10.0.0.9"), Ordering::Greater);
        // SPL2 Search Manual, Lexicographical order.
        assert_eq!(auto("BS-09", "mb-07"), Ordering::Less);
    }

    #[test]
    fn an_order_with_cycles_ends() {
        let mut items: Vec<String> = ["10", "9", "1a"]
            .iter()
            .cycle()
            .take(300)
            .map(|s| (*s).to_owned())
            .collect();
        merge_sort(&mut items, &|left: &String, right| auto(left, right));
        assert_eq!(items.iter().filter(|item| *item == "1a").count(), 100);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn loses_nothing_and_keeps_the_order_of_equals(
            texts in prop_oneof![
                prop::collection::vec("[0-9]{1,2}", 0..40),
                prop::collection::vec("[ab]{0,2}", 0..40),
                prop::collection::vec(r"10\.0\.0\.[0-9]{1,2}", 0..40),
                prop::collection::vec("[a1.]{0,3}", 0..40),
            ],
            kind in prop::sample::select(vec![Kind::Auto, Kind::Address, Kind::Number, Kind::Text]),
        ) {
            let mut items: Vec<(String, usize)> = texts.into_iter().zip(0..).collect();
            let mut all = items.clone();
            merge_sort(&mut items, &|(left, _): &(String, usize), (right, _)| {
                kind.compare(
                    (&Value::from(left.as_str()), left),
                    (&Value::from(right.as_str()), right),
                )
            });
            // Values of different kinds may have no order at all.
            let one_kind = items.iter().all(|(text, _)| text.parse::<u8>().is_ok())
                || items.iter().all(|(text, _)| text.parse::<IpAddr>().is_ok())
                || items.iter().all(|(text, _)| !text.contains(['1', '.']));
            for (index, (text, number)) in items.iter().enumerate().filter(|_| one_kind) {
                let later = items[index..].iter().filter(|(other, _)| other == text);
                prop_assert!(later.map(|(_, later)| later).all(|later| later >= number));
            }
            let mut sorted = items;
            sorted.sort_unstable();
            all.sort_unstable();
            prop_assert_eq!(sorted, all);
        }

        #[test]
        fn sorts_as_the_standard_library(mut items in prop::collection::vec((0u8..8, 0u8..8), 0..40)) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            merge_sort(&mut items, &|left: &(u8, u8), right| left.0.cmp(&right.0));
            prop_assert_eq!(items, expected);
        }
    }
}
