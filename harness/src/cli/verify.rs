//! `beaconlab verify`: from the command line to what is judged, and its report.

use std::env;
use std::num::NonZero;
use std::path::Path;

use beaconlab::outcome::ExitCode;
use beaconlab::recordings::Interrupt;
use beaconlab::report::{json, junit, markdown, terminal};
use beaconlab::verify::options::{Options, Window};
use beaconlab::verify::{self, VerifyError};
use jiff::Timestamp;
use scenarios::Addon;
use telemetry::Input;

use super::args::{Format, RecordingAddOn, Suite, VerifyArgs};
use super::events::{Events, STANDARD_INPUT};
use super::run::{
    beacons, behaviour, detections, library, print, run_id, selected, style, summarize,
};
use super::{Done, Failure, diagnostic};

pub(super) fn verify(args: &VerifyArgs) -> Done {
    let library = library(args.scenarios.as_deref())?;
    let interrupt = Interrupt::by_signals(ExitCode::Inconclusive.into())
        .map_err(|error| Failure::new(ExitCode::Inconclusive, error))?;
    let events = Events::open(&args.events)?;
    if let Some(path) = &args.junit {
        check_output(path, &events.inputs)?;
    }
    if let (Some(since), Some(until)) = (args.since, args.until)
        && until <= since
    {
        return Err(Failure::usage(
            "--until is not after --since: there is no time between them",
        ));
    }
    let options = Options {
        inputs: events.inputs.clone(),
        scenarios: selected(
            &library,
            &args.selectors,
            looked_for(args.suite, args.found),
        )?,
        found_only: args.found,
        detections: detections(&args.judged, &library)?,
        overrides: beacons(args.count),
        addon: args.addon.map(|addon| match addon {
            RecordingAddOn::Legacy => Addon::Legacy,
            RecordingAddOn::Current => Addon::Current,
            RecordingAddOn::Linux => Addon::Linux,
        }),
        behaviour: behaviour(args.behaviour),
        hosts: args.hosts.clone(),
        window: Window {
            since: args.since,
            until: args.until,
        },
        strict: args.strict,
        threads: args
            .threads
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZero::<usize>::MIN),
        run_id: run_id(Timestamp::now()),
    };
    let mut report = verify::verify(&options, &interrupt).map_err(failure)?;
    if let Some(path) = events.spool() {
        report.rename_input(&path, STANDARD_INPUT);
    }
    match args.format {
        Format::Json => print(&json::render(&report))?,
        Format::Text => print(&terminal::render(&report, None, style()))?,
    }
    if let Some(path) = &args.junit {
        std::fs::write(path, junit::render(&report)).map_err(|error| {
            Failure::new(
                ExitCode::Inconclusive,
                format!("cannot write {}: {error}", path.display()),
            )
        })?;
    }
    if let Some(summary) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        summarize(Path::new(&summary), &markdown::render(&report))?;
    }
    Ok(report
        .exit_code
        .unwrap_or_else(|| ExitCode::Inconclusive.into()))
}

/// Which scenarios are looked for: whoever wants those that are found wants all
/// that are.
pub(super) fn looked_for(suite: Option<Suite>, found: bool) -> Suite {
    suite.unwrap_or(if found { Suite::All } else { Suite::default() })
}

/// Refuses a report that would take the place of what is read, or has none to
/// be written to.
fn check_output(path: &Path, inputs: &[Input]) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let Ok(folder) = folder.canonicalize() else {
        return Err(Failure::usage(format!(
            "--junit {}: there is no folder {}",
            path.display(),
            folder.display()
        )));
    };
    let target = path
        .canonicalize()
        .unwrap_or_else(|_| folder.join(path.file_name().unwrap_or_default()));
    let is_read = |input: &Input| match input {
        Input::Path(input) => input
            .canonicalize()
            .is_ok_and(|input| target.exists() && target.starts_with(input)),
        Input::Stdin => false,
    };
    if inputs.iter().any(is_read) {
        return Err(Failure::usage(format!(
            "--junit {}: that is one of the files to be read, and would be lost",
            path.display()
        )));
    }
    Ok(())
}

pub(super) fn failure(error: VerifyError) -> Failure {
    match error {
        VerifyError::Unexpected(error) => {
            Failure::diagnosed(ExitCode::Usage, diagnostic::unexpected(&error))
        }
        VerifyError::Scenario { .. } | VerifyError::Words => Failure::usage(super::chain(&error)),
        // The events may be the wrong ones, and so may the name.
        error => Failure::new(ExitCode::Inconclusive, super::chain(&error)),
    }
}
