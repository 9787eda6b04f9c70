//! `top` and `rare`: the most and the least frequent values of fields.
//!
//! Source: Search Reference, `top` and `rare`. A row that lacks one of the
//! fields does not count.

use crate::{
    Error, Value,
    command::{
        Command, Context, Partial, Source, option,
        stats::group::{By, Groups},
    },
    cursor::Cursor,
    explain::Clause,
    names::Slot,
    plan::Planner,
    print::Printer,
    table::{Columns, Record, Scope, Table},
    value::{self, Number},
};

/// How many values each group has where the text does not say.
const DEFAULT: usize = 10;

/// A planned `top` or `rare`.
#[derive(Debug)]
pub(crate) struct TopRare {
    end: End,
    /// `None` for all values.
    limit: Option<usize>,
    /// The BY fields, then those whose values are counted.
    fields: By,
    /// How many of them are BY fields.
    by: usize,
    count: Option<Slot>,
    percent: Option<Slot>,
    /// What the values beyond the limit are called, where they have a row.
    other: Option<String>,
}

/// Which values come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Top,
    Rare,
}

const OPTIONS: &[&str] = &[
    "countfield",
    "limit",
    "otherstr",
    "percentfield",
    "showcount",
    "showperc",
    "useother",
];

/// Parses the arguments of `top` or `rare`; options may stand anywhere.
///
/// # Errors
///
/// What is no list of fields.
pub(crate) fn parse(
    cursor: &mut Cursor<'_>,
    planner: &mut Planner,
    end: End,
) -> Result<TopRare, Error> {
    let mut limit = super::count(cursor)?.unwrap_or(DEFAULT);
    let (mut count, mut percent) = ("count".to_owned(), "percent".to_owned());
    let (mut show_count, mut show_percent) = (true, true);
    let mut other = "OTHER".to_owned();
    let mut use_other = false;
    let (mut counted, mut fields) = (By::default(), By::default());
    loop {
        if let Some((name, _)) = option::next(cursor, OPTIONS) {
            match name {
                "limit" => limit = option::number(cursor)?,
                "countfield" => count = option::value(cursor)?.text.into_owned(),
                "percentfield" => percent = option::value(cursor)?.text.into_owned(),
                "otherstr" => other = option::value(cursor)?.text.into_owned(),
                "showcount" => show_count = option::boolean(cursor)?,
                "showperc" => show_percent = option::boolean(cursor)?,
                _ => use_other = option::boolean(cursor)?,
            }
        } else if !counted.is_empty() && fields.is_empty() && cursor.eat_keyword("BY") {
            fields = By::parse(cursor, planner, OPTIONS)?;
        } else {
            option::refuse_unknown(cursor, end.name(), OPTIONS)?;
            if !fields.is_empty() {
                cursor.expect_end()?;
            }
            counted.append(&mut By::parse_until_by(cursor, planner, OPTIONS)?);
        }
        if !counted.is_empty() && cursor.at_end() {
            break;
        }
    }
    let by = fields.slots().len();
    fields.append(&mut counted);
    let top_rare = TopRare {
        end,
        limit: (limit > 0).then_some(limit),
        fields,
        by,
        count: show_count.then(|| planner.assign(&count)),
        percent: show_percent.then(|| planner.assign(&percent)),
        other: use_other.then_some(other),
    };
    planner.choose(&top_rare.columns());
    Ok(top_rare)
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Rare => "rare",
        }
    }
}

/// A tuple of values and how often it came.
type Counted = (Vec<Box<str>>, usize);

impl TopRare {
    fn columns(&self) -> Vec<Slot> {
        let mut columns = self.fields.slots();
        columns.extend(self.count);
        columns.extend(self.percent);
        columns
    }

    fn count(&self, counts: &mut Groups<usize>, records: &[Record<'_>]) -> Result<(), Error> {
        for record in records {
            self.fields.for_each(record, false, |tuple| {
                let place = counts.place(tuple, || 0);
                *counts.at(place) += 1;
                Ok(())
            })?;
        }
        Ok(())
    }

    fn rows(&self, counts: Groups<usize>, table: &mut Table<'_>) {
        let sorted = counts.into_sorted();
        let mut records = Vec::new();
        for group in sorted.chunk_by(|(left, _), (right, _)| left[..self.by] == right[..self.by]) {
            let mut group: Vec<&Counted> = group.iter().collect();
            match self.end {
                // Of values that are equally frequent the higher text wins.
                End::Top => {
                    group.sort_by(|left, right| (right.1, &right.0).cmp(&(left.1, &left.0)));
                }
                End::Rare => group.sort_by_key(|(_, count)| *count),
            }
            let total: usize = group.iter().map(|(_, count)| count).sum();
            let limit = self.limit.unwrap_or(group.len()).min(group.len());
            let (shown, rest) = group.split_at(limit);
            for (tuple, count) in shown {
                let values = tuple.iter().map(AsRef::as_ref);
                records.push(self.row(values, *count, total, table));
            }
            if let (Some(other), Some((tuple, _))) = (&self.other, rest.first()) {
                let values = tuple.iter().enumerate().map(|(index, value)| {
                    if index < self.by {
                        value.as_ref()
                    } else {
                        other.as_str()
                    }
                });
                let count = rest.iter().map(|(_, count)| count).sum();
                records.push(self.row(values, count, total, table));
            }
        }
        table.records = records;
        table.columns = Columns::Chosen(self.columns());
    }

    fn row<'a, 'v>(
        &self,
        values: impl Iterator<Item = &'v str>,
        count: usize,
        total: usize,
        table: &Table<'_>,
    ) -> Record<'a> {
        let mut record = Record::new(None, table.names.len());
        for (slot, value) in self.fields.slots().into_iter().zip(values) {
            record.set(slot, Value::from(value.to_owned()));
        }
        if let Some(slot) = self.count {
            record.set(slot, Value::from(value::count(count)));
        }
        if let Some(slot) = self.percent {
            let percent = value::count(count) * 100.0 / value::count(total);
            let number = Number::with_places(percent, 6);
            record.set(slot, Value::Number(number));
        }
        record
    }
}

impl Command for TopRare {
    fn run<'a>(&'a self, table: &mut Table<'a>, _: &Context<'_>) -> Result<(), Error> {
        let mut counts = Groups::default();
        self.count(&mut counts, &table.records)?;
        self.rows(counts, table);
        Ok(())
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        Ok(self.fields.explain(scope, source))
    }

    fn reduces(&self) -> bool {
        true
    }

    fn reduce(
        &self,
        partial: &mut Partial,
        table: &Table<'_>,
        _: &Context<'_>,
    ) -> Result<(), Error> {
        let mut counts = taken(partial);
        self.count(&mut counts, &table.records)?;
        *partial = Some(Box::new(counts));
        Ok(())
    }

    fn merge(&self, partial: &mut Partial, other: Partial) {
        let mut counts = taken(partial);
        for (tuple, more) in taken(&mut { other }).into_sorted() {
            let place = counts.place(&tuple, || 0);
            *counts.at(place) += more;
        }
        *partial = Some(Box::new(counts));
    }

    fn finish(&self, mut partial: Partial, table: &mut Table<'_>) -> Result<(), Error> {
        self.rows(taken(&mut partial), table);
        Ok(())
    }

    fn aggregates(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.word(&format!("limit={}", self.limit.unwrap_or(0)));
        for (name, show, slot) in [
            ("countfield=", "showcount", self.count),
            ("percentfield=", "showperc", self.percent),
        ] {
            match slot {
                Some(slot) => {
                    out.word(name);
                    out.quoted_field(slot);
                }
                None => out.word(&format!("{show}={}", option::truth(false))),
            }
        }
        if let Some(other) = &self.other {
            out.word(&format!("useother={} otherstr=", option::truth(true)));
            out.value(other);
        }
        let slots = self.fields.slots();
        let (by, counted) = slots.split_at(self.by);
        out.list(counted, |out, slot| out.field(*slot));
        if !by.is_empty() {
            out.word("BY");
            out.list(by, |out, slot| out.field(*slot));
        }
    }
}

/// The counts in a partial result; a new one has none. Nothing else is ever put
/// there.
fn taken(partial: &mut Partial) -> Groups<usize> {
    partial
        .take()
        .and_then(|partial| partial.downcast().ok())
        .map_or_else(Groups::default, |counts| *counts)
}
