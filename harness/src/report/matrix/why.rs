//! Why cells are what they are: one paragraph for all cells of the same kind,
//! clause and reason.

use std::collections::{BTreeMap, BTreeSet};

use super::super::sentence::Sentence;
use super::super::wording::{clause, counted, image_name, mismatch, numbers};
use crate::findings;
use crate::matrix::Grid;
use crate::matrix::grid::{Alarm, Cell, Emptied, Kind, OfDetection};
use crate::outcome::Outcome;
use crate::report::model::Mismatch;

/// How many different values are told of a field.
const VALUES: usize = 3;

/// Why some cells are what they are.
#[derive(Debug)]
pub(super) struct Why {
    /// The cells' mark.
    pub(super) mark: &'static str,
    /// The cells: `reference, none · scenarios 1 to 4`.
    pub(super) cells: String,
    /// What there is to say.
    pub(super) sentences: Vec<Sentence>,
}

/// How the expectations know of a false alarm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Known<'a> {
    /// As it is.
    Thus,
    /// Otherwise: how many rows, the values, and how many rows there are.
    Otherwise(&'a str, Vec<&'a Mismatch>, usize),
    /// Not at all.
    Not,
}

/// What cells have in common that are told of in one paragraph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Common<'a> {
    /// A miss: by which clauses, without which conditions it would fire, and why
    /// that is known.
    Miss(
        Vec<(usize, usize, &'a str)>,
        Option<(usize, usize)>,
        &'a [&'static str],
        Option<&'a str>,
    ),
    /// A false alarm: at what, by which parts of ORs in which lines, why the
    /// expectations say what they say, and how they know of it.
    Alarm(
        &'a [Alarm],
        Vec<(usize, &'a str)>,
        Option<&'a str>,
        Known<'a>,
    ),
    /// It is silent where a false alarm is known: how many rows that has, and why.
    Silence(&'a str, Option<&'a str>),
    /// It fires, and not as expected: what is, the values, and how many rows.
    Other(&'a str, Vec<&'a Mismatch>, usize),
    /// Nothing can be said, and why.
    Unknown(Option<&'a str>),
}

/// The paragraphs of a detection, in the order of the grid.
pub(super) fn all(grid: &Grid, of: &OfDetection) -> Vec<Why> {
    let mut groups: Vec<(Common<'_>, Vec<&Cell>)> = Vec::new();
    // By columns first: what is told first is about the first column.
    for view in &grid.views {
        for cell in of.cells.iter().filter(|cell| cell.view == view.name) {
            let Some(common) = common(cell) else {
                continue;
            };
            match groups.iter_mut().find(|(known, _)| *known == common) {
                Some((_, cells)) => cells.push(cell),
                None => groups.push((common, vec![cell])),
            }
        }
    }
    groups
        .into_iter()
        .map(|(common, cells)| Why {
            mark: mark(&common),
            cells: named(grid, &cells),
            sentences: sentences(&common, &cells),
        })
        .collect()
}

fn common(cell: &Cell) -> Option<Common<'_>> {
    match cell.kind {
        Kind::Misses => {
            let clauses = cell.dropped.iter();
            let clauses = clauses
                .map(|dropped| (dropped.line, dropped.column, dropped.clause.as_str()))
                .collect();
            let emptied = cell.emptied.as_ref().map(|of| (of.line, of.column));
            let known = (cell.outcome == Outcome::KnownMiss)
                .then_some(cell.because.as_deref())
                .flatten();
            Some(Common::Miss(clauses, emptied, &cell.reasons, known))
        }
        Kind::FalseAlarm => Some(Common::Alarm(
            &cell.alarms,
            cell.kept
                .iter()
                .map(|kept| (kept.line, kept.clause.as_str()))
                .collect(),
            cell.because.as_deref(),
            match cell.outcome {
                Outcome::Unexpected => Known::Not,
                _ if cell.is_new() => {
                    Known::Otherwise(&cell.expected, cell.mismatches.iter().collect(), cell.rows)
                }
                _ => Known::Thus,
            },
        )),
        Kind::Inconclusive => Some(Common::Unknown(cell.because.as_deref())),
        Kind::Fires if cell.is_new() => Some(Common::Other(
            &cell.expected,
            cell.mismatches.iter().collect(),
            cell.rows,
        )),
        Kind::Silent if cell.is_new() => {
            Some(Common::Silence(&cell.expected, cell.because.as_deref()))
        }
        Kind::Fires | Kind::Silent => None,
    }
}

const fn mark(common: &Common<'_>) -> &'static str {
    match common {
        Common::Miss(..) => "✗",
        Common::Alarm(..) => "!",
        Common::Other(..) => "✓",
        Common::Silence(..) => "·",
        Common::Unknown(..) => "?",
    }
}

/// `provider, none · scenarios 1 to 4; field · scenario 1`.
fn named(grid: &Grid, cells: &[&Cell]) -> String {
    let mut parts: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
    for view in &grid.views {
        let of_view = cells.iter().filter(|cell| cell.view == view.name);
        let scenarios: Vec<usize> = of_view.map(|cell| cell.scenario).collect();
        if scenarios.is_empty() {
            continue;
        }
        match parts.iter_mut().find(|(_, known)| *known == scenarios) {
            Some((views, _)) => views.push(&view.name),
            None => parts.push((vec![&view.name], scenarios)),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(views, scenarios)| {
            let noun = if scenarios.len() == 1 {
                "scenario"
            } else {
                "scenarios"
            };
            format!("{} · {noun} {}", views.join(", "), numbers(&scenarios))
        })
        .collect();
    parts.join("; ")
}

fn sentences(common: &Common<'_>, cells: &[&Cell]) -> Vec<Sentence> {
    match common {
        Common::Miss(_, _, reasons, known) => {
            let mut sentences = vec![decided(cells)];
            sentences.extend(reasons.iter().map(|code| reason(code)));
            sentences.extend(known.map(|because| Sentence::new(format!("known: {because}"))));
            sentences
        }
        Common::Alarm(alarms, kept, because, known) => {
            let mut sentences: Vec<Sentence> = alarms.iter().map(alarm).collect();
            sentences.push(kept_by(kept));
            if let Known::Otherwise(expected, mismatches, rows) = known {
                sentences.extend(otherwise(expected, mismatches, *rows));
            }
            sentences.extend(because.map(|because| {
                Sentence::new(match known {
                    Known::Not => format!("silence is expected, because {because}"),
                    Known::Thus | Known::Otherwise(..) => format!("known: {because}"),
                })
            }));
            sentences
        }
        Common::Other(expected, mismatches, rows) => otherwise(expected, mismatches, *rows),
        Common::Silence(expected, because) => {
            let mut sentences = vec![Sentence::new(format!(
                "it is silent, as it ought to be, and a false alarm is known: {expected}"
            ))];
            sentences.extend(because.map(|because| Sentence::new(format!("known: {because}"))));
            sentences
        }
        Common::Unknown(because) => vec![Sentence::new(
            because.unwrap_or("no cause was given").to_owned(),
        )],
    }
}

/// It fires, and not as the expectations say.
fn otherwise(expected: &str, mismatches: &[&Mismatch], rows: usize) -> Vec<Sentence> {
    let mut sentences = vec![Sentence::new(format!(
        "it fires otherwise than expected: {expected}, and there {} {}",
        if rows == 1 { "is" } else { "are" },
        counted(rows, "row"),
    ))];
    sentences.extend(mismatches.iter().map(|one| mismatch(one)));
    sentences
}

/// Which clauses dropped the nearest events, and what values they met.
fn decided(cells: &[&Cell]) -> Sentence {
    if let Some(emptied) = cells.first().and_then(|cell| cell.emptied.as_ref()) {
        return left_nothing(emptied, cells);
    }
    let first = cells.first().and_then(|cell| cell.dropped.split_first());
    let Some((first, others)) = first else {
        return Sentence::new(
            "no clause drops an event by itself: its commands look at several events together",
        );
    };
    let start = Sentence::new("the nearest events are dropped");
    let mut sentence = clause(first, others, start);
    for (index, (field, values)) in met(cells).into_iter().enumerate() {
        sentence = sentence
            .words(if index == 0 { ": " } else { "; " })
            .words(field);
        let more = values.len().saturating_sub(VALUES);
        for (index, (value, scenarios)) in values.into_iter().take(VALUES).enumerate() {
            sentence = sentence.words(if index == 0 { " " } else { ", " });
            sentence = match value {
                Some(value) => sentence.words("was ").quote(value),
                None => sentence.words("had no value"),
            };
            let scenarios: Vec<usize> = scenarios.into_iter().collect();
            sentence = sentence.words(format!(" ({})", numbers(&scenarios)));
        }
        if more > 0 {
            sentence = sentence.words(format!(" and {}", counted(more, "other value")));
        }
    }
    sentence
}

/// `` the command at line 9, column 3, `where count>4`, keeps none of the rows ``.
fn left_nothing(emptied: &Emptied, cells: &[&Cell]) -> Sentence {
    let rows = || {
        let emptied = cells.iter().filter_map(|cell| cell.emptied.as_ref());
        emptied.map(|emptied| emptied.rows)
    };
    let (least, most) = (
        rows().min().unwrap_or_default(),
        rows().max().unwrap_or_default(),
    );
    let many = if least == most {
        counted(most, "row")
    } else {
        format!("{least} to {most} rows")
    };
    Sentence::new(format!(
        "the command at line {}, column {}, ",
        emptied.line, emptied.column
    ))
    .quote(&emptied.command)
    .words(format!(
        ", keeps nothing of the {many} that the commands before it made of the events"
    ))
}

/// A value that a clause met, if there was one, and the scenarios in which it did.
type Met<'a> = Vec<(Option<&'a str>, BTreeSet<usize>)>;

/// The fields that clauses met, each with its values: the most met first.
fn met<'a>(cells: &[&'a Cell]) -> BTreeMap<&'a str, Met<'a>> {
    let mut fields: BTreeMap<&str, BTreeMap<Option<&str>, BTreeSet<usize>>> = BTreeMap::new();
    for cell in cells {
        for (field, value) in cell.dropped.iter().flat_map(|dropped| &dropped.met) {
            let values = fields.entry(field).or_default();
            let scenarios = values.entry(value.as_deref()).or_default();
            scenarios.insert(cell.scenario);
        }
    }
    fields
        .into_iter()
        .map(|(field, values)| {
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|(_, scenarios)| std::cmp::Reverse(scenarios.len()));
            (field, values)
        })
        .collect()
}

/// What a reason's code means.
fn reason(code: &str) -> Sentence {
    let words = match code {
        findings::REVERSE_DNS => {
            "it needs reverse DNS to give the name that was asked for, and here it does not"
        }
        findings::SOURCETYPE => "it names a sourcetype that the current add-on renames",
        findings::DNS_LOOKUP_OFF => {
            "it needs host names that Sysmon looks up, and here Sysmon looks up none"
        }
        findings::QUERIES_NOT_LOGGED => "it needs event 22, and here none is logged",
        other => return Sentence::new(other.to_owned()),
    };
    Sentence::new(format!("{code}: {words}"))
}

/// ``its events are kept by `DestinationHostname="*.vercel.app"` in line 9``.
fn kept_by(kept: &[(usize, &str)]) -> Sentence {
    let Some((first, others)) = kept.split_first() else {
        return Sentence::new("its events are kept by all conditions: none of them is an OR");
    };
    let part = |sentence: Sentence, (line, clause): &(usize, &str)| {
        sentence.quote(*clause).words(format!(" in line {line}"))
    };
    let start = part(Sentence::new("its events are kept by "), first);
    others
        .iter()
        .fold(start, |sentence, other| part(sentence.words(", "), other))
}

/// `node.exe → contoso.azurewebsites.net`.
fn alarm(alarm: &Alarm) -> Sentence {
    let mut sentence = Sentence::new("it fires at ");
    sentence = match &alarm.image {
        Some(image) => sentence.quote(image_name(image)),
        None => sentence.words("a program that its rows do not name"),
    };
    match &alarm.name {
        Some(name) => sentence.words(", asking ").quote(name),
        None => sentence,
    }
}
