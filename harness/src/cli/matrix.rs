//! `beaconlab matrix`: from the command line to the columns and to what they
//! show, the run or recorded events, and the grid.

use std::env;
use std::num::NonZero;
use std::path::Path;

use beaconlab::matrix::{self, Earlier, EarlierError, Grid, view::View};
use beaconlab::outcome::ExitCode;
use beaconlab::recordings::Interrupt;
use beaconlab::report::matrix::{json, markdown, text};
use beaconlab::run::options::{Detection, Options};
use beaconlab::verify;
use beaconlab::verify::options::Window;
use jiff::Timestamp;
use scenarios::AtomicTest;

use super::args::{GridFormat, MatrixArgs};
use super::events::{Events, STANDARD_INPUT};
use super::run::{
    beacons, behaviour, conducted, detections_or, library, options_of, print, run_id, selected,
    style, summarize,
};
use super::verify::{failure, looked_for};
use super::{Done, Failure};

pub(super) fn matrix(args: &MatrixArgs) -> Done {
    let views = views(&args.conditions)?;
    let library = library(args.lab.scenarios.as_deref())?;
    let suite = looked_for(args.suite, args.found);
    let scenarios = selected(&library, &args.selectors, suite)?;
    if !args.events.is_empty() {
        let detections = detections_or(&args.judged, library.detections(), &library)?;
        let grid = judged(args, scenarios, detections, &views)?;
        return report(&grid, args.format, None);
    }
    for view in &views {
        view.check_of_run().map_err(Failure::usage)?;
    }
    let detections = detections_or(&args.judged, library.detections(), &library)?;
    let mut options = options_of(&args.lab, scenarios, detections)?;
    let earlier = earlier(args, &mut options, &views)?;
    let mut earlier = match matrix::finished(&options, &views, earlier) {
        Ok(grid) => return report(&grid, args.format, None),
        Err(earlier) => earlier,
    };
    let (grid, folder) = conducted(&options, &args.lab.out, &mut |folder, interrupt, listen| {
        let earlier = std::mem::take(&mut earlier);
        matrix::run(&options, &views, earlier, folder, interrupt, listen)
    })?;
    let path = folder.path().to_string_lossy();
    let code = report(&grid, args.format, Some(&path))?;
    if grid.interrupted {
        anstream::eprintln!("note: the same command with `--resume {path}` goes on from here");
    }
    Ok(code)
}

/// Shows a grid, and gives its exit code.
fn report(grid: &Grid, format: GridFormat, folder: Option<&str>) -> Done {
    print(&match format {
        GridFormat::Text => text::render(grid, folder, style()),
        GridFormat::Json => json::render(grid),
        GridFormat::Markdown => markdown::render(grid),
    })?;
    if let Some(summary) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        summarize(Path::new(&summary), &markdown::render(grid))?;
    }
    Ok(grid.exit_code)
}

/// What earlier runs have already; it is taken out of what is to be run.
fn earlier(args: &MatrixArgs, options: &mut Options, views: &[View]) -> Result<Earlier, Failure> {
    let mut earlier = Earlier::default();
    if args.resume.is_empty() {
        return Ok(earlier);
    }
    let interrupt = interrupt()?;
    for path in &args.resume {
        earlier
            .take(path, options, views, &interrupt)
            .map_err(|error| match error {
                EarlierError::Folder(error) => super::of_run_folder(&error),
                EarlierError::Verify(error) => failure(error),
                error => Failure::usage(error),
            })?;
    }
    Ok(earlier)
}

fn interrupt() -> Result<Interrupt, Failure> {
    Interrupt::by_signals(ExitCode::Inconclusive.into())
        .map_err(|error| Failure::new(ExitCode::Inconclusive, error))
}

/// The grid of recorded events.
fn judged(
    args: &MatrixArgs,
    scenarios: Vec<AtomicTest>,
    detections: Vec<Detection>,
    views: &[View],
) -> Result<Grid, Failure> {
    let interrupt = interrupt()?;
    let events = Events::open(&args.events)?;
    let options = verify::options::Options {
        inputs: events.inputs.clone(),
        scenarios,
        found_only: args.found,
        detections,
        overrides: beacons(args.lab.count),
        // Columns say which.
        addon: None,
        behaviour: behaviour(args.lab.behaviour),
        hosts: vec![],
        window: Window::default(),
        strict: args.lab.strict,
        threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        run_id: run_id(Timestamp::now()),
    };
    let mut grid = matrix::judge(&options, views, &interrupt).map_err(failure)?;
    if let Some(path) = events.spool() {
        grid.rename_input(&path, STANDARD_INPUT);
    }
    Ok(grid)
}

/// The columns, each once.
fn views(conditions: &[String]) -> Result<Vec<View>, Failure> {
    let mut views: Vec<View> = Vec::new();
    for name in conditions {
        let view = View::parse(name).map_err(Failure::usage)?;
        if !views.iter().any(|known| known.name == view.name) {
            views.push(view);
        }
    }
    Ok(views)
}
