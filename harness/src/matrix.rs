//! A matrix: what detections make of scenarios under several conditions.
//!
//! The scenarios run once, under the reference conditions, or somebody recorded
//! them ([`run`], [`judge`]). All conditions are [views](view::View) of what was
//! recorded: they change how events are rendered or which are logged, and not
//! what happened. What would change what happens, as how endpoints behave, needs
//! a run of its own; and what nobody has seen, as the images of programs for
//! Linux where none ran, is no view of it.

mod cell;
mod earlier;
pub mod grid;
mod ran;
mod recorded;
mod seen;
pub mod view;

use std::collections::BTreeSet;

use jiff::Timestamp;
use scenarios::Condition;

use self::cell::cells;
pub use self::earlier::{Earlier, EarlierError};
use self::grid::Beginning;
pub use self::grid::Grid;
use self::view::View;
use crate::outcome::{Class, ExitCode};
use crate::recordings;
use crate::report::matrix::json;
use crate::report::wording::numbers;
use crate::run::folder::{Folder, replace};
use crate::run::options::Options;
use crate::run::{Interrupt, RunError};
use crate::stream::RunEvent;
use crate::verify::{self, VerifyError};

/// Runs scenarios once and judges what was recorded of each under every view.
/// Those that came to their end earlier are not run again.
///
/// An interrupted matrix has the cells of the scenarios that came to their end,
/// in the run's folder as well: `matrix.json` is written as they come.
///
/// # Errors
/// As [`crate::run::run`].
pub fn run(
    options: &Options,
    views: &[View],
    earlier: Earlier,
    folder: &mut Folder,
    interrupt: &Interrupt,
    listen: &mut dyn FnMut(&RunEvent),
) -> Result<Grid, RunError> {
    let behaviour = options.condition.behaviour;
    debug_assert_eq!(options.condition, Condition::reference(behaviour));
    let mut grid = begun(options, views, earlier);
    let kept = folder.path().join("matrix.json");
    let keep = |grid: &Grid| {
        replace(&kept, &json::render(grid)).map_err(|source| RunError::Folder {
            path: kept.clone(),
            source,
        })
    };
    let code = crate::run::observed(options, folder, interrupt, listen, &mut |observed| {
        grid.take(cells(observed, &options.detections, views));
        keep(&grid)
    })?;
    grid.conclude(code, interrupt.is_set());
    if let Some(report) = folder.report() {
        // What kept the lab from running is the run's to tell.
        grid.troubles = report
            .findings
            .iter()
            .filter(|_| report.outcome == Some(Class::Inconclusive) && report.scenarios.is_empty())
            .map(|finding| finding.message.clone())
            .collect();
    }
    keep(&grid)?;
    Ok(grid)
}

/// The grid of what came to its end earlier, if that is all there is to show.
///
/// # Errors
/// Gives it back where something is still to be run.
pub fn finished(options: &Options, views: &[View], earlier: Earlier) -> Result<Grid, Earlier> {
    if !options.scenarios.is_empty() || earlier.scenarios.is_empty() {
        return Err(earlier);
    }
    let mut grid = begun(options, views, earlier);
    grid.conclude(ExitCode::AsExpected, false);
    Ok(grid)
}

/// A grid that has the cells of earlier runs.
fn begun(options: &Options, views: &[View], earlier: Earlier) -> Grid {
    let mut scenarios = [earlier.scenarios, options.scenarios.clone()].concat();
    scenarios.sort_by_key(|test| test.number);
    let mut grid = Grid::new(Beginning {
        run_id: &options.run_id,
        started: Timestamp::now(),
        behaviour: options.condition.behaviour,
        strict: options.strict,
        views,
        scenarios: &scenarios,
        detections: &options.detections,
    });
    grid.earlier = earlier.run_ids;
    for cells in earlier.cells {
        grid.take(cells);
    }
    grid
}

/// Judges recorded events under every view.
///
/// # Errors
/// As [`verify::verify`].
pub fn judge(
    options: &verify::options::Options,
    views: &[View],
    interrupt: &recordings::Interrupt,
) -> Result<Grid, VerifyError> {
    let mut grid = Grid::new(Beginning {
        run_id: &options.run_id,
        started: Timestamp::now(),
        behaviour: options.behaviour,
        strict: options.strict,
        views,
        scenarios: &options.scenarios,
        detections: &options.detections,
    });
    let report = verify::observed(options, interrupt, &mut |observed| {
        grid.take(cells(observed, &options.detections, views));
    })?;
    grid.recorded = report.recorded.map(|recorded| recorded.inputs);
    grid.troubles = report
        .findings
        .iter()
        // What is found out about detections, the grid itself shows.
        .filter(|finding| finding.detection.is_none())
        .map(|finding| match finding.scenarios.as_slice() {
            [] => finding.message.clone(),
            of => format!("{} ({})", finding.message, numbers(of)),
        })
        .collect();
    if options.found_only {
        let found: BTreeSet<usize> = report.scenarios.iter().map(|of| of.number).collect();
        grid.scenarios.retain(|row| found.contains(&row.number));
    }
    let code = match report.outcome {
        Some(Class::AsExpected) => ExitCode::AsExpected,
        Some(Class::Deviates) => ExitCode::Deviates,
        _ if report.exit_code == Some(ExitCode::Unsupported.into()) => ExitCode::Unsupported,
        _ => ExitCode::Inconclusive,
    };
    grid.conclude(code, report.interrupted);
    Ok(grid)
}

/// What a matrix comes to, given what the run itself came to and its cells.
fn exit_code(run: ExitCode, cells: impl Iterator<Item = ExitCode>) -> ExitCode {
    // A run deviates by its own conditions, which need not be among the views.
    let run = if run == ExitCode::Deviates {
        ExitCode::AsExpected
    } else {
        run
    };
    cells.fold(run, ExitCode::max)
}
