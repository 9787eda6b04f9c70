//! Reports of a matrix: the grid with its legend, and why its cells are what
//! they are.

pub mod json;
pub mod markdown;
pub mod text;

mod why;

use super::wording::counted;
use crate::matrix::Grid;
use crate::matrix::grid::{Cell, Kind, OfDetection};
use crate::outcome::{Class, Outcome};

/// What each mark of the grid means.
const LEGEND: [(&str, &str); 6] = [
    ("✓ n", "fires as it must: n rows"),
    ("·", "silent, as it must be"),
    ("✗", "misses: silent, and ought to fire"),
    ("! n", "false alarm: n rows, and ought to be silent"),
    (
        "new",
        "its expectations do not say so (all else they know, misses and false alarms included)",
    ),
    ("?", "inconclusive; nothing at all: did not run"),
];

/// `✓ 5`, `✗ new`; nothing for what did not run.
fn shown(cell: Option<&Cell>) -> String {
    let Some(cell) = cell else {
        return String::new();
    };
    let mut shown = match cell.kind {
        Kind::Fires => format!("✓ {}", cell.rows),
        Kind::Silent => "·".to_owned(),
        Kind::Misses => "✗".to_owned(),
        Kind::FalseAlarm => format!("! {}", cell.rows),
        Kind::Inconclusive => "?".to_owned(),
    };
    if cell.is_new() {
        shown.push_str(" new");
    }
    shown
}

/// The lines below a grid: how many fire of those that must, and how many false
/// alarms there are, in each view.
fn sums(grid: &Grid, of: &OfDetection) -> [(&'static str, Vec<String>); 2] {
    let count = |view: &str, kinds: &[Kind]| {
        let cells = of.cells.iter().filter(|cell| cell.view == view);
        cells.filter(|cell| kinds.contains(&cell.kind)).count()
    };
    let each = |sum: &dyn Fn(&str) -> String| {
        let views = grid.views.iter();
        views.map(|view| sum(&view.name)).collect()
    };
    [
        (
            "fire of those that ought to",
            each(&|view| {
                let fires = count(view, &[Kind::Fires]);
                let must = count(view, &[Kind::Fires, Kind::Misses]);
                format!("{fires}/{must}")
            }),
        ),
        (
            "false alarms",
            each(&|view| count(view, &[Kind::FalseAlarm]).to_string()),
        ),
    ]
}

/// What the whole comes to.
struct Verdict {
    /// `✓`, `!`, `✗` or `?`.
    mark: &'static str,
    outcome: Outcome,
    words: String,
}

fn verdict(grid: &Grid) -> Verdict {
    let cells = || grid.detections.iter().flat_map(|of| &of.cells);
    let count = |is: &dyn Fn(&Cell) -> bool| cells().filter(|cell| is(cell)).count();
    let new = count(&Cell::is_new);
    let misses = count(&|cell| cell.outcome == Outcome::KnownMiss);
    let alarms = count(&|cell| cell.outcome == Outcome::KnownFalseAlarm);
    let unknown = count(&|cell| cell.kind == Kind::Inconclusive);
    let wanted = grid.detections.len() * grid.scenarios.len() * grid.views.len();
    let without = wanted - cells().count();
    let mut parts = Vec::new();
    for (many, words) in [
        (new, "not as the expectations say"),
        (misses, "known to miss"),
        (alarms, "with a known false alarm"),
        (unknown, "inconclusive"),
        (
            without,
            if grid.recorded.is_some() {
                "not recorded"
            } else {
                "did not run"
            },
        ),
    ] {
        if many > 0 {
            parts.push(format!("{} {words}", counted(many, "cell")));
        }
    }
    let (mark, outcome, words) = match grid.outcome {
        _ if grid.interrupted => ("?", Outcome::LabError, "interrupted"),
        Class::Inconclusive => ("?", Outcome::LabError, "inconclusive"),
        Class::Deviates => ("✗", Outcome::Missed, "deviates"),
        Class::AsExpected if misses + alarms > 0 => {
            ("!", Outcome::KnownMiss, "as its expectations say")
        }
        Class::AsExpected => ("✓", Outcome::Detected, "as its expectations say"),
    };
    let mut words = words.to_owned();
    if !parts.is_empty() {
        words.push_str(": ");
        words.push_str(&parts.join(", "));
    }
    if grid.strict {
        words.push_str(" · strict");
    }
    Verdict {
        mark,
        outcome,
        words,
    }
}

#[cfg(test)]
mod fixtures;

#[cfg(test)]
mod tests;
