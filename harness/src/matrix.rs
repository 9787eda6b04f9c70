//! A matrix: what detections make of scenarios under several conditions.
//!
//! The scenarios run once, under the reference conditions. All other conditions
//! are [views](view::View) of what was recorded: they change how events are
//! rendered or which are logged, and not what happened. What would change what
//! happens, as how endpoints behave, needs a run of its own; and what the lab
//! has not seen, as the images of programs for Linux, is no view of it.

mod cell;
pub mod grid;
mod ran;
mod seen;
pub mod view;

use jiff::Timestamp;
use scenarios::{Addon, Ptr};

use self::cell::cells;
pub use self::grid::Grid;
use self::view::View;
use crate::outcome::{Class, ExitCode};
use crate::run::folder::Folder;
use crate::run::options::Options;
use crate::run::{self, Interrupt, RunError};
use crate::stream::RunEvent;

/// Runs scenarios once and judges what was recorded of each under every view.
///
/// An interrupted matrix has the cells of the scenarios that came to their end.
///
/// # Errors
/// As [`run::run`].
pub fn matrix(
    options: &Options,
    views: &[View],
    folder: &mut Folder,
    interrupt: &Interrupt,
    listen: &mut dyn FnMut(&RunEvent),
) -> Result<Grid, RunError> {
    debug_assert_eq!(options.condition.ptr, Ptr::Lab);
    debug_assert_eq!(options.condition.addon, Addon::Legacy);
    let mut grid = Grid::new(options, views, Timestamp::now());
    let code = run::observed(options, folder, interrupt, listen, &mut |observed| {
        grid.take(cells(observed, &options.detections, views));
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
