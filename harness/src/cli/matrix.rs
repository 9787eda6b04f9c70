//! `beaconlab matrix`: from the command line to the columns and the run, and
//! the grid.

use std::env;
use std::path::Path;

use beaconlab::matrix::{self, view::View};
use beaconlab::report::matrix::{json, markdown, text};

use super::args::{AddOn, Format, GridFormat, MatrixArgs, Ptr, RunArgs};
use super::run::{conducted, detections_or, library, options, print, style, summarize};
use super::{Done, Failure};

pub(super) fn matrix(args: &MatrixArgs) -> Done {
    let views = views(&args.conditions)?;
    let library = library(args.scenarios.as_deref())?;
    let mut options = options(&of_run(args), &library)?;
    options.detections = detections_or(&args.judged, library.detections(), &library)?;
    let (grid, folder) = conducted(&options, &args.out, &mut |folder, interrupt, listen| {
        matrix::matrix(&options, &views, folder, interrupt, listen)
    })?;
    let path = folder.path().to_string_lossy();
    print(&match args.format {
        GridFormat::Text => text::render(&grid, Some(&path), style()),
        GridFormat::Json => json::render(&grid),
        GridFormat::Markdown => markdown::render(&grid),
    })?;
    if let Some(summary) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        summarize(Path::new(&summary), &markdown::render(&grid))?;
    }
    Ok(grid.exit_code)
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

/// The run of a matrix: the conditions are the reference's.
fn of_run(args: &MatrixArgs) -> RunArgs {
    RunArgs {
        selectors: args.selectors.clone(),
        judged: args.judged.clone(),
        suite: args.suite,
        addon: AddOn::Legacy,
        ptr: Ptr::Lab,
        behaviour: args.behaviour,
        interpreters: args.interpreters,
        isolation: args.isolation,
        interval: None,
        count: args.count,
        realtime: false,
        scenarios: args.scenarios.clone(),
        out: args.out.clone(),
        format: Format::Text,
        navigator: None,
        attire: None,
        strict: args.strict,
        timeout: args.timeout,
        fault: args.fault.clone(),
    }
}
