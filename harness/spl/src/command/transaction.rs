//! `transaction`: makes one row of rows that belong together.
//!
//! Source: Search Reference, `transaction`. Rows come newest first. A row joins
//! the open transaction of its field values, as long as that stays within its
//! limits; a row that `startswith` matches closes it, because it is the first
//! in time.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use super::search::{self, Search};
use crate::{
    Error, Value,
    command::{Command, Context, Source, option, timespan::Timespan},
    cursor::Cursor,
    error::Span,
    explain::{Clause, Met},
    expression::{self, Predicate},
    names::{self, Slot},
    plan::{Planner, RAW, TIME},
    print::Printer,
    table::{Fields, Record, Scope, Table},
    value,
};

/// A planned `transaction`.
#[derive(Debug)]
pub(crate) struct Transaction {
    fields: Vec<(Slot, Span)>,
    limits: Limits,
    starts: Option<Filter>,
    ends: Option<Filter>,
    keep_evicted: bool,
    time: Slot,
    raw: Slot,
    duration: Slot,
    count: Slot,
    closed: Slot,
    span: Span,
}

/// When a transaction is full.
#[derive(Debug)]
struct Limits {
    span: Option<Timespan>,
    pause: Option<Timespan>,
    /// None for no limit.
    events: Option<usize>,
}

/// Which rows start or end a transaction.
#[derive(Debug)]
enum Filter {
    Eval(Predicate),
    Search(Box<Search>),
}

/// `maxevents` where the text does not say.
const MAX_EVENTS: usize = 1_000;

/// `maxopentxn` and `maxopenevents` of `limits.conf`: above them Splunk evicts.
const MAX_OPEN: usize = 5_000;
const MAX_OPEN_EVENTS: usize = 100_000;

const OPTIONS: &[&str] = &[
    "connected",
    "delim",
    "endswith",
    "keepevicted",
    "keeporphans",
    "maxevents",
    "maxopenevents",
    "maxopentxn",
    "maxpause",
    "maxspan",
    "mvlist",
    "mvraw",
    "name",
    "nullstr",
    "startswith",
    "unifyends",
];

/// Parses the arguments of `transaction`.
///
/// # Errors
///
/// What is no list of fields, and options that are not evaluated.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Transaction, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let mut fields: Vec<(Slot, Span)> = Vec::new();
    let mut limits = Limits {
        span: None,
        pause: None,
        events: Some(MAX_EVENTS),
    };
    let (mut starts, mut ends, mut keep_evicted) = (None, None, false);
    while !cursor.at_end() {
        let Some((name, token)) = option::next(cursor, OPTIONS) else {
            option::refuse_unknown(cursor, "transaction", OPTIONS)?;
            let token = cursor.listed_name()?;
            if token.text.contains('*') {
                return Err(Error::unsupported(
                    "a wildcard in `transaction`",
                    token.span,
                ));
            }
            fields.push((planner.read(&token.text), token.span));
            cursor.eat_mark(",");
            continue;
        };
        match name {
            "maxspan" => limits.span = span(cursor)?,
            "maxpause" => limits.pause = span(cursor)?,
            "maxevents" => {
                let value = option::value(cursor)?;
                limits.events = match value.text.parse::<i64>() {
                    Ok(number) if number < 0 => None,
                    Ok(number) if number > 0 => usize::try_from(number).ok(),
                    _ => {
                        return Err(Error::syntax(
                            format!("expected a number of events, found `{}`", value.text),
                            value.span,
                        ));
                    }
                };
            }
            "startswith" => starts = Some(filter(cursor, planner)?),
            "endswith" => ends = Some(filter(cursor, planner)?),
            "keepevicted" => keep_evicted = option::boolean(cursor)?,
            "name" => {
                return Err(Error::environment("`name=` of `transaction`", token.span));
            }
            // The defaults may be said.
            "connected" | "unifyends" if option::boolean(cursor)? => {}
            "keeporphans" | "mvraw" if !option::boolean(cursor)? => {}
            _ => return Err(option::unsupported(&token)),
        }
    }
    planner.read_all();
    let (time, raw) = (planner.read(TIME), planner.read(RAW));
    Ok(Transaction {
        fields,
        limits,
        starts,
        ends,
        keep_evicted,
        time,
        raw,
        duration: planner.assign("duration"),
        count: planner.assign("eventcount"),
        closed: planner.assign("closed_txn"),
        span: cursor.since(start),
    })
}

/// A span of seconds to days; none where it is negative.
fn span(cursor: &mut Cursor<'_>) -> Result<Option<Timespan>, Error> {
    let mut token = option::value(cursor)?;
    if token.text.parse::<i64>().is_ok_and(|number| number < 0) {
        return Ok(None);
    }
    if token.text.bytes().all(|byte| byte.is_ascii_digit()) {
        token.text = Cow::Owned(format!("{}s", token.text));
    }
    match Timespan::parse(&token)? {
        Some(Timespan::Months(_)) | None => Err(Error::syntax(
            format!("expected a span of time, found `{}`", token.text),
            token.span,
        )),
        span => Ok(span),
    }
}

/// `eval(…)`, or a search: in parentheses or quotation marks.
fn filter(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Filter, Error> {
    cursor.skip_blanks();
    if cursor.at_keyword("eval") {
        cursor.eat_keyword("eval");
        cursor.expect_mark("(", "after `eval`")?;
        let predicate = expression::predicate(cursor, planner)?;
        cursor.expect_mark(")", "after the condition")?;
        return Ok(Filter::Eval(predicate));
    }
    let start = cursor.position();
    let inside = match cursor.peek() {
        Some('"') => {
            option::value(cursor)?;
            start + 1..cursor.position() - 1
        }
        Some('(') => parenthesised(cursor)?,
        _ => {
            let token = option::value(cursor)?;
            token.span
        }
    };
    let plain = option::without_escapes(cursor, inside.clone());
    let search = search::parse_later(&mut Cursor::new(&plain, inside), planner)?;
    Ok(Filter::Search(Box::new(search)))
}

/// The place between parentheses.
fn parenthesised(cursor: &mut Cursor<'_>) -> Result<Span, Error> {
    let start = cursor.position();
    let (mut depth, mut quoted) = (0_usize, false);
    while let Some(next) = cursor.bump() {
        match next {
            '\\' => {
                cursor.bump();
            }
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(start + 1..cursor.position() - 1);
        }
    }
    Err(Error::syntax("parenthesis is not closed", start..start + 1))
}

impl Filter {
    fn matches<'a>(&'a self, record: &Record<'a>, context: &Context<'_>) -> Result<bool, Error> {
        match self {
            Self::Eval(predicate) => Ok(predicate.evaluate(context.scope(record))? == Some(true)),
            Self::Search(search) => Ok(search.keeps(record, context.environment)),
        }
    }

    fn print(&self, name: &str, out: &mut Printer<'_>) {
        match self {
            Self::Eval(predicate) => {
                out.word(&format!("{name}=eval("));
                predicate.print(out);
            }
            Self::Search(search) => {
                out.word(&format!("{name}=("));
                Command::print(&**search, out);
            }
        }
        out.put(")");
    }
}

/// A transaction that rows can join.
struct Open<'a> {
    rows: Vec<Record<'a>>,
    latest: f64,
    earliest: f64,
}

impl Limits {
    /// Whether a transaction has room for a row at a time. Its events must span
    /// less than `maxspan`, and pause no longer than `maxpause`.
    fn take(&self, open: &Open<'_>, time: f64) -> bool {
        self.span
            .is_none_or(|span| open.latest - time < span.seconds())
            && self
                .pause
                .is_none_or(|pause| open.earliest - time <= pause.seconds())
            && self.events.is_none_or(|events| open.rows.len() < events)
    }
}

impl Transaction {
    /// The values of the fields that a row is put together by; none where it has
    /// none of the fields.
    fn key(&self, record: &Record<'_>) -> Result<Option<Vec<String>>, Error> {
        let mut key = Vec::with_capacity(self.fields.len());
        for (slot, span) in &self.fields {
            match record.value(*slot) {
                Value::Multi(values) if !values.is_empty() => {
                    return Err(Error::unsupported(
                        "`transaction` by a multivalue field",
                        span.clone(),
                    ));
                }
                value => key.extend(value.text().map(Cow::into_owned)),
            }
        }
        match key.len() {
            len if len == self.fields.len() => Ok(Some(key)),
            0 => Ok(None),
            _ => Err(Error::unsupported(
                "`transaction` of rows that have only some of its fields",
                self.span.clone(),
            )),
        }
    }

    fn time(&self, record: &Record<'_>, last: f64) -> Result<f64, Error> {
        match record.value(self.time).number() {
            Some(time) if time <= last => Ok(time),
            Some(_) => Err(Error::unsupported(
                "`transaction` of rows that are not sorted newest first",
                self.span.clone(),
            )),
            None => Err(Error::unsupported(
                "`transaction` of rows without `_time`",
                self.span.clone(),
            )),
        }
    }

    /// Whether a transaction that did not come to its start has a row.
    fn keeps_evicted(&self) -> bool {
        self.keep_evicted || self.starts.is_none()
    }

    /// One row of the rows of a transaction.
    fn close<'a>(&self, open: &Open<'a>, closed: bool, table: &Table<'_>) -> Record<'a> {
        let mut merged = Record::new(None, table.names.len());
        for slot in table.names.slots() {
            if names::is_internal(table.names.name(slot)) {
                continue;
            }
            let values: BTreeSet<Cow<'_, str>> = open
                .rows
                .iter()
                .flat_map(|row| row.value(slot).values())
                .collect();
            let values = values
                .into_iter()
                .map(|value| Cow::Owned(value.into_owned()))
                .collect();
            merged.set(slot, Value::from_values(values));
        }
        let raw: Vec<String> = open
            .rows
            .iter()
            .rev()
            .filter_map(|row| row.value(self.raw).text().map(Cow::into_owned))
            .collect();
        if !raw.is_empty() {
            merged.set(self.raw, Value::from(raw.join("\n")));
        }
        merged.set(self.time, Value::from(open.earliest));
        merged.set(self.duration, Value::from(open.latest - open.earliest));
        merged.set(self.count, Value::from(value::count(open.rows.len())));
        merged.set(self.closed, Value::from(if closed { 1.0 } else { 0.0 }));
        merged
    }
}

impl Command for Transaction {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let limit = |what: &str| Err(Error::limit(what, self.span.clone()));
        let mut open: HashMap<Vec<String>, Open<'a>> = HashMap::new();
        let (mut done, mut events, mut last) = (Vec::new(), 0, f64::INFINITY);
        for record in std::mem::take(&mut table.records) {
            let time = self.time(&record, last)?;
            last = time;
            let Some(key) = self.key(&record)? else {
                continue;
            };
            let is_end = match &self.ends {
                Some(filter) => filter.matches(&record, context)?,
                None => false,
            };
            let is_start = match &self.starts {
                Some(filter) => filter.matches(&record, context)?,
                None => false,
            };
            if let Some(before) = open.get(&key)
                && (is_end || !self.limits.take(before, time))
                && let Some(before) = open.remove(&key)
            {
                // Only a start makes whole what is to have one.
                let closed = !is_end && self.starts.is_none();
                events -= before.rows.len();
                if closed || self.keeps_evicted() {
                    done.push(self.close(&before, closed, table));
                }
            }
            // Before its end in time, a row belongs to no transaction.
            if self.ends.is_some() && !is_end && !open.contains_key(&key) {
                continue;
            }
            events += 1;
            let current = open.entry(key.clone()).or_insert_with(|| Open {
                rows: Vec::new(),
                latest: time,
                earliest: time,
            });
            current.earliest = time;
            current.rows.push(record);
            if is_start && let Some(whole) = open.remove(&key) {
                events -= whole.rows.len();
                done.push(self.close(&whole, true, table));
            }
            if open.len() > MAX_OPEN {
                return limit("more than 5,000 open transactions");
            }
            if events > MAX_OPEN_EVENTS {
                return limit("more than 100,000 events in open transactions");
            }
        }
        if self.keeps_evicted() {
            done.extend(
                open.into_values()
                    .map(|open| self.close(&open, false, table)),
            );
        }
        // Newest first; of the same time by what they hold, whatever the order
        // in which they were kept.
        done.sort_by(|left, right| {
            let key = |record: &Record<'_>| -> Vec<String> {
                self.fields
                    .iter()
                    .filter_map(|(slot, _)| record.value(*slot).text().map(Cow::into_owned))
                    .collect()
            };
            let time = |record: &Record<'_>| record.value(self.time).number().unwrap_or_default();
            time(right)
                .total_cmp(&time(left))
                .then_with(|| key(left).cmp(&key(right)))
        });
        table.records = done;
        for slot in [self.duration, self.count, self.closed] {
            table.add_column(slot);
        }
        Ok(())
    }

    fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
    ) -> Result<Vec<Clause>, Error> {
        let missing = |slot: Slot| scope.record.value(slot).is_null();
        if self.fields.iter().any(|(slot, _)| !missing(*slot)) {
            return Ok(Vec::new());
        }
        Ok(self
            .fields
            .iter()
            .map(|(slot, span)| Clause {
                span: span.clone(),
                expected: "a value, because rows without the field are in no transaction"
                    .to_owned(),
                met: vec![Met {
                    field: source.names.name(*slot).to_owned(),
                    value: None,
                }],
                alternatives: Vec::new(),
            })
            .collect())
    }

    fn aggregates(&self) -> bool {
        true
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.list(&self.fields, |out, (slot, _)| out.field(*slot));
        for (name, span) in [
            ("maxspan", self.limits.span),
            ("maxpause", self.limits.pause),
        ] {
            if let Some(span) = span {
                out.word(&format!("{name}={}", span.text()));
            }
        }
        match self.limits.events {
            Some(events) => out.word(&format!("maxevents={events}")),
            None => out.word("maxevents=-1"),
        }
        for (name, filter) in [("startswith", &self.starts), ("endswith", &self.ends)] {
            if let Some(filter) = filter {
                filter.print(name, out);
            }
        }
        if self.keep_evicted {
            out.word(&format!("keepevicted={}", option::truth(true)));
        }
    }
}
