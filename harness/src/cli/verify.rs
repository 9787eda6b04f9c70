//! `beaconlab verify`: from the command line to what is judged, and its report.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use beaconlab::outcome::ExitCode;
use beaconlab::recordings::Interrupt;
use beaconlab::report::{json, junit, markdown, terminal};
use beaconlab::verify::options::{Options, Window};
use beaconlab::verify::{self, VerifyError};
use jiff::Timestamp;
use scenarios::{Addon, Overrides};
use telemetry::Input;
use tempfile::NamedTempFile;

use super::args::{Format, RecordingAddOn, VerifyArgs};
use super::run::{behaviour, detections, library, print, run_id, selected, style, summarize};
use super::{Done, Failure, diagnostic};

pub(super) fn verify(args: &VerifyArgs) -> Done {
    let library = library(args.scenarios.as_deref())?;
    let interrupt = Interrupt::by_signals(ExitCode::Inconclusive.into())
        .map_err(|error| Failure::new(ExitCode::Inconclusive, error))?;
    let (inputs, spool) = inputs(&args.events)?;
    if let Some(path) = &args.junit {
        check_output(path, &inputs)?;
    }
    let mut overrides = Overrides::default();
    if let Some(count) = args.count {
        overrides = overrides.with("count", count.to_string());
    }
    if let (Some(since), Some(until)) = (args.since, args.until)
        && until <= since
    {
        return Err(Failure::usage(
            "--until is not after --since: there is no time between them",
        ));
    }
    let options = Options {
        inputs,
        scenarios: selected(&library, &args.selectors, args.suite)?,
        found_only: args.found,
        detections: detections(&args.judged, &library)?,
        overrides,
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
    if let Some(spool) = spool {
        // Where standard input was kept meanwhile says nothing to anybody.
        report.rename_input(&spool.path().to_string_lossy(), "standard input");
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

fn failure(error: VerifyError) -> Failure {
    match error {
        VerifyError::Unexpected(error) => {
            Failure::diagnosed(ExitCode::Usage, diagnostic::unexpected(&error))
        }
        VerifyError::Scenario { .. } | VerifyError::Words => Failure::usage(super::chain(&error)),
        // The events may be the wrong ones, and so may the name.
        error => Failure::new(ExitCode::Inconclusive, super::chain(&error)),
    }
}

/// What is to be read. Events are read twice, and standard input can be read
/// once: it is kept in a file meanwhile.
fn inputs(arguments: &[OsString]) -> Result<(Vec<Input>, Option<NamedTempFile>), Failure> {
    let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::new(
            ExitCode::Inconclusive,
            format!("cannot read {}: {why}", path.display()),
        )
    };
    let mut spool: Option<NamedTempFile> = None;
    let mut inputs = Vec::new();
    for argument in arguments {
        let path = if argument == "-" {
            if spool.is_some() {
                return Err(Failure::usage("standard input is named twice"));
            }
            let kept = keep_stdin().map_err(|error| unreadable(Path::new("-"), &error))?;
            spool.insert(kept).path().to_owned()
        } else {
            PathBuf::from(argument)
        };
        let metadata = std::fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
        if !metadata.is_file() && !metadata.is_dir() {
            let why = "it is a pipe or a device, and events are read twice: give it as standard \
                       input (-)";
            return Err(unreadable(&path, &why));
        }
        inputs.push(Input::Path(path));
    }
    Ok((inputs, spool))
}

fn keep_stdin() -> io::Result<NamedTempFile> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        anstream::eprintln!("reading events from the terminal; end with Ctrl-D");
    }
    let file = NamedTempFile::new()?;
    io::copy(
        &mut stdin,
        &mut File::options().write(true).open(file.path())?,
    )?;
    Ok(file)
}
