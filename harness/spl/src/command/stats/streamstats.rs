//! `streamstats`: adds to each row what `stats` computes over the rows up to
//! it.
//!
//! Source: Search Reference, `streamstats`. A row that lacks one of the BY
//! fields gets nothing added and is in no window.

use std::collections::VecDeque;

use super::{
    aggregation::{Aggregations, Cell, Input},
    group::{By, Groups},
    parse::{Aggregating, Unnamed},
    state::{Moment, State},
};
use crate::{
    Error, Value,
    command::{Command, Context, option, timespan::Timespan},
    cursor::Cursor,
    error::Span,
    expression::{self, Predicate},
    lint::Linter,
    names::Slot,
    plan::{Planner, TIME},
    print::Printer,
    table::{Fields, Record, Table},
};

/// A planned `streamstats`.
#[derive(Debug)]
pub(crate) struct Streamstats {
    aggregations: Aggregations,
    by: By,
    settings: Settings,
    /// `_time`, where there is a window of time.
    time: Option<Slot>,
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Splunk has that many options that are true or false"
)]
struct Settings {
    all_numbers: bool,
    /// Whether the row itself is among those up to it.
    current: bool,
    /// Whether the window is one over all groups, not one in each.
    global: bool,
    /// How many rows the window has at most; 0 for all of them.
    window: usize,
    time_window: Option<(Timespan, Span)>,
    reset_on_change: bool,
    reset_before: Option<Predicate>,
    reset_after: Option<Predicate>,
}

const COMMAND: Aggregating = Aggregating {
    name: "streamstats",
    keeps_rows: true,
};

const OPTIONS: &[&str] = &[
    "allnum",
    "current",
    "global",
    "reset_after",
    "reset_before",
    "reset_on_change",
    "time_window",
    "window",
];

/// `max_stream_window` of `limits.conf`.
const MAX_WINDOW: usize = 10_000;

/// How many values a function may go over for each row.
const MAX_EFFORT: usize = 10_000;

/// How often rows may be gone over in all windows together: some seconds of
/// work.
const MAX_STEPS: usize = 200_000_000;

/// How many values all multivalue cells may have together.
const MAX_VALUES: usize = 1_000_000;

/// Parses the arguments of `streamstats`: options may stand before, between and
/// after the functions.
///
/// # Errors
///
/// What is no list of functions, functions that are not known or not evaluated,
/// and windows that are too large.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Streamstats, Error> {
    let mut settings = Settings {
        all_numbers: false,
        current: true,
        global: true,
        window: 0,
        time_window: None,
        reset_on_change: false,
        reset_before: None,
        reset_after: None,
    };
    let mut terms = Vec::new();
    let mut by = By::default();
    loop {
        if let Some((name, _)) = option::next(cursor, OPTIONS) {
            settings.set(name, cursor, planner)?;
        } else if by.is_empty() && !terms.is_empty() && cursor.eat_keyword("BY") {
            by = By::parse(cursor, planner, OPTIONS)?;
        } else if by.is_empty() {
            option::refuse_unknown(cursor, COMMAND.name, OPTIONS)?;
            terms.extend(Unnamed::parse_all(cursor, planner, OPTIONS)?);
        } else {
            cursor.expect_end()?;
        }
        if !terms.is_empty() && cursor.at_end() {
            break;
        }
    }
    let aggregations = Unnamed::name(terms, &by, COMMAND, settings.all_numbers, planner)?;
    let time = settings.time_window.as_ref().map(|_| planner.read(TIME));
    Ok(Streamstats {
        aggregations,
        by,
        settings,
        time,
    })
}

impl Settings {
    fn set(
        &mut self,
        name: &str,
        cursor: &mut Cursor<'_>,
        planner: &mut Planner,
    ) -> Result<(), Error> {
        match name {
            "allnum" => self.all_numbers = option::boolean(cursor)?,
            "current" => self.current = option::boolean(cursor)?,
            "global" => self.global = option::boolean(cursor)?,
            "reset_on_change" => self.reset_on_change = option::boolean(cursor)?,
            "reset_before" => self.reset_before = Some(condition(cursor, planner)?),
            "reset_after" => self.reset_after = Some(condition(cursor, planner)?),
            "time_window" => {
                let token = option::value(cursor)?;
                match Timespan::parse(&token)? {
                    Some(Timespan::Months(_)) => {
                        return Err(Error::unsupported("a window of months", token.span));
                    }
                    Some(span) => self.time_window = Some((span, token.span)),
                    None => {
                        return Err(Error::syntax(
                            format!("expected a span of time, found `{}`", token.text),
                            token.span,
                        ));
                    }
                }
            }
            _ => {
                cursor.skip_blanks();
                let start = cursor.position();
                self.window = option::number(cursor)?;
                if self.window > MAX_WINDOW {
                    return Err(Error::limit(
                        format!("a window of more than {MAX_WINDOW} rows"),
                        cursor.since(start),
                    ));
                }
            }
        }
        Ok(())
    }

    fn print(&self, out: &mut Printer<'_>) {
        for (name, value, default) in [
            ("allnum", self.all_numbers, false),
            ("current", self.current, true),
            ("global", self.global, true),
            ("reset_on_change", self.reset_on_change, false),
        ] {
            if value != default {
                out.word(&format!("{name}={}", option::truth(value)));
            }
        }
        if self.window > 0 {
            out.word(&format!("window={}", self.window));
        }
        if let Some((span, _)) = self.time_window {
            out.word(&format!("time_window={}", span.text()));
        }
        for (name, predicate) in [
            ("reset_before", &self.reset_before),
            ("reset_after", &self.reset_after),
        ] {
            if let Some(predicate) = predicate {
                out.word(&format!("{name}=("));
                predicate.print(out);
                out.put(")");
            }
        }
    }
}

/// A condition in parentheses. The documentation has quotation marks around
/// each of them, and backslashes before those in between: `"("a=\"b\"")"`.
fn condition(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Predicate, Error> {
    cursor.skip_blanks();
    if cursor.peek() != Some('"') {
        cursor.expect_mark("(", "before the condition")?;
        let predicate = expression::predicate(cursor, planner)?;
        cursor.expect_mark(")", "after the condition")?;
        return Ok(predicate);
    }
    let start = cursor.position();
    let rest = cursor.rest();
    let (open, close) = if rest.starts_with("\"(\"") {
        ("\"(\"", "\")\"")
    } else if rest.starts_with("\"(") {
        ("\"(", ")\"")
    } else {
        return Err(cursor.unexpected("`(` before the condition"));
    };
    // A quotation mark after a backslash is one of the condition.
    let after = &rest[open.len()..];
    let closes = |place: &usize| {
        let (before, from) = (&after[..*place], &after[*place..]);
        from.starts_with(close) && !before.ends_with('\\')
    };
    let Some(length) = after
        .match_indices(['"', ')'])
        .map(|(place, _)| place)
        .find(closes)
    else {
        return Err(Error::syntax(
            "the condition is not closed",
            start..start + open.len(),
        ));
    };
    let inside = start + open.len()..start + open.len() + length;
    cursor.take_bytes(open.len() + length + close.len());
    let plain = option::without_escapes(cursor, inside.clone());
    let mut inner = Cursor::new(&plain, inside);
    let predicate = expression::predicate(&mut inner, planner)?;
    inner.expect_end()?;
    Ok(predicate)
}

/// What the rows so far have left.
struct Seen<'a> {
    /// Without a window.
    states: Groups<Vec<State>>,
    /// With a window: its rows, and those of each group.
    windows: Groups<VecDeque<Row<'a>>>,
    /// The BY values of the row before.
    before: Option<Vec<String>>,
    last_time: Option<f64>,
    /// Whether the times rise, once two of them differ.
    rising: Option<bool>,
    /// How many rows of windows were gone over.
    steps: usize,
}

/// A row in a window.
struct Row<'a> {
    tuple: Vec<String>,
    moment: Moment,
    time: f64,
    inputs: Vec<Input<'a, 'a>>,
}

impl Seen<'_> {
    fn reset(&mut self) {
        self.states.clear();
        self.windows.clear();
    }
}

impl Streamstats {
    fn windowed(&self) -> bool {
        self.settings.window > 0 || self.settings.time_window.is_some()
    }

    /// What is added to a row: a value for each cell, or nothing at all.
    fn step<'a>(
        &'a self,
        seen: &mut Seen<'a>,
        cells: &[Cell<'a>],
        record: &Record<'a>,
        context: &Context<'_>,
    ) -> Result<Option<Vec<Value<'static>>>, Error> {
        let settings = &self.settings;
        if let Some(predicate) = &settings.reset_before
            && predicate.evaluate(context.scope(record))? == Some(true)
        {
            seen.reset();
        }
        let Some(tuple) = self.by.single(record, COMMAND.name)? else {
            return Ok(None);
        };
        if settings.reset_on_change {
            let changed = seen.before.as_ref().is_some_and(|before| *before != tuple);
            if changed {
                seen.reset();
            }
            seen.before = Some(tuple.iter().map(ToString::to_string).collect());
        }
        let moment = self.aggregations.moment(record);
        if self.windowed() {
            let inputs = cells
                .iter()
                .map(|cell| Ok(cell.input(record, context)?.detached()))
                .collect::<Result<_, Error>>()?;
            let row = Row {
                tuple: tuple.iter().map(ToString::to_string).collect(),
                moment,
                time: self.time_of(seen, record)?,
                inputs,
            };
            return self.slide(seen, cells, row).map(Some);
        }
        let place = seen
            .states
            .place(&tuple, || cells.iter().map(Cell::in_order).collect());
        let states = seen.states.at(place);
        let before = (!settings.current)
            .then(|| self.values(cells, states))
            .transpose()?;
        for (cell, state) in cells.iter().zip(states.iter_mut()) {
            cell.add(state, record, context, moment)?;
        }
        match before {
            Some(values) => Ok(Some(values)),
            None => self.values(cells, states).map(Some),
        }
    }

    /// The time of a row, where there is a window of time: times must rise or
    /// fall all the way.
    fn time_of(&self, seen: &mut Seen<'_>, record: &Record<'_>) -> Result<f64, Error> {
        let (Some(slot), Some((_, span))) = (self.time, &self.settings.time_window) else {
            return Ok(0.0);
        };
        let Some(time) = record.value(slot).number() else {
            return Err(Error::unsupported(
                "a window of time over rows without `_time`",
                span.clone(),
            ));
        };
        if let Some(last) = seen.last_time
            && time.total_cmp(&last).is_ne()
        {
            let rises = time > last;
            if *seen.rising.get_or_insert(rises) != rises {
                return Err(Error::unsupported(
                    "a window of time over rows that are not sorted by `_time`",
                    span.clone(),
                ));
            }
        }
        seen.last_time = Some(time);
        Ok(time)
    }

    /// Moves the window on to a row.
    fn slide<'a>(
        &'a self,
        seen: &mut Seen<'a>,
        cells: &[Cell<'a>],
        row: Row<'a>,
    ) -> Result<Vec<Value<'static>>, Error> {
        let settings = &self.settings;
        let shared: &[String] = &[];
        let key = if settings.global { shared } else { &row.tuple };
        let place = seen.windows.place(key, VecDeque::new);
        let window = seen.windows.at(place);
        let (tuple, time) = (row.tuple.clone(), row.time);
        let mut later = Some(row);
        if settings.current {
            window.extend(later.take());
        }
        if let Some((span, _)) = &settings.time_window {
            while window
                .front()
                .is_some_and(|first| (first.time - time).abs() >= span.seconds())
            {
                window.pop_front();
            }
        }
        // A window of time has a maximum too, which `window` can lower.
        let most = if settings.window > 0 {
            settings.window
        } else {
            MAX_WINDOW
        };
        while window.len() > most {
            window.pop_front();
        }
        seen.steps += window.len();
        if seen.steps > MAX_STEPS {
            return Err(Error::limit(
                format!("windows of more than {MAX_STEPS} rows together"),
                cells.first().map_or(0..0, Cell::span),
            ));
        }
        let mut states: Vec<State> = cells.iter().map(Cell::in_order).collect();
        for row in window.iter().filter(|row| row.tuple == tuple) {
            for ((cell, state), input) in cells.iter().zip(&mut states).zip(&row.inputs) {
                cell.take(state, input, row.moment)?;
            }
        }
        window.extend(later);
        self.values(cells, &states)
    }

    fn values(&self, cells: &[Cell<'_>], states: &[State]) -> Result<Vec<Value<'static>>, Error> {
        cells
            .iter()
            .zip(states)
            .map(|(cell, state)| {
                if state.effort() > MAX_EFFORT {
                    return Err(Error::limit(
                        format!("more than {MAX_EFFORT} different values at each row"),
                        cell.span(),
                    ));
                }
                cell.value(state, self.aggregations.all_numbers)
            })
            .collect()
    }
}

impl Command for Streamstats {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        let cells = self.aggregations.cells(table, &self.by.slots());
        let mut seen = Seen {
            states: Groups::default(),
            windows: Groups::default(),
            before: None,
            last_time: None,
            rising: None,
            steps: 0,
        };
        let mut made = 0;
        for record in &mut table.records {
            let values = self.step(&mut seen, &cells, record, context)?;
            for (cell, value) in cells.iter().zip(values.into_iter().flatten()) {
                if let Value::Multi(values) = &value {
                    made += values.len();
                }
                if made > MAX_VALUES {
                    return Err(Error::limit(
                        format!("more than {MAX_VALUES} values in all rows"),
                        cell.span(),
                    ));
                }
                record.set(cell.column, value);
            }
            if let Some(predicate) = &self.settings.reset_after
                && predicate.evaluate(context.scope(record))? == Some(true)
            {
                seen.reset();
            }
        }
        for cell in &cells {
            table.add_column(cell.column);
        }
        Ok(())
    }

    fn lint<'a>(&'a self, linter: &mut Linter<'a>) {
        self.aggregations.lint(linter);
    }

    fn print(&self, out: &mut Printer<'_>) {
        self.settings.print(out);
        self.aggregations.print(out);
        self.by.print(out);
    }
}
