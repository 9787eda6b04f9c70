//! `beaconlab record`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use beaconlab::outcome::ExitCode;
use beaconlab::record::{self, Form, Options, RecordError, Rule};

use super::args::RecordArgs;
use super::run::{line, print};
use super::{Done, Failure};

/// Where runs are, unless `run --out` says otherwise.
const RUNS: &str = "runs";

pub(super) fn record(args: &RecordArgs) -> Done {
    let run = args.run.clone().or_else(|| record::newest(Path::new(RUNS)));
    let Some(run) = run else {
        return Err(Failure::usage(
            "there is no run under runs/: `beaconlab run` makes one, or name its folder",
        ));
    };
    let mut forms = Vec::new();
    for name in &args.forms {
        let form: Form = name.parse().map_err(Failure::usage)?;
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    let rules = rules(&args.rules)?;
    let options = Options {
        run,
        to: args.to.clone(),
        author: args.author.clone(),
        forms,
        rules,
        force: args.force,
    };
    let recorded = record::record(&options).map_err(|error| failure(&error))?;
    for form in &options.forms {
        let losses = form.loses();
        if !losses.is_empty() {
            anstream::eprintln!("note: {form} has no place for {}", losses.join("; "));
        }
    }
    for missing in &recorded.incomplete {
        anstream::eprintln!("warning: {missing}");
    }
    let mut text = String::new();
    for data_set in &recorded.data_sets {
        line(
            &mut text,
            format_args!(
                "{:>3}  {}\n     {} events \u{b7} {}",
                data_set.number,
                data_set.name,
                data_set.events,
                data_set.folder.display()
            ),
        );
    }
    print(&text)?;
    Ok(if recorded.incomplete.is_empty() {
        ExitCode::AsExpected.into()
    } else {
        ExitCode::Inconclusive.into()
    })
}

/// The rules, each once, however often it is named.
fn rules(paths: &[PathBuf]) -> Result<Vec<Rule>, Failure> {
    let paths: BTreeSet<_> = paths.iter().collect();
    let rules = paths.into_iter().map(|path| Rule::read(path));
    rules.collect::<Result<_, _>>().map_err(Failure::usage)
}

fn failure(error: &RecordError) -> Failure {
    let message = super::chain(error);
    match error {
        RecordError::Exists(_) => Failure::usage(format!(
            "{message}: `--force` replaces it, another `--to` keeps it"
        )),
        RecordError::Folder(error) => super::of_run_folder(error),
        _ => Failure::new(ExitCode::Inconclusive, message),
    }
}
