//! The commands, and the one place where errors become messages and exit
//! codes.

mod args;
mod diagnostic;
mod doctor;
mod events;
mod explain;
mod fmt;
mod knowledge;
mod lint;
mod list;
mod matrix;
mod record;
mod run;
mod search;
mod serve;
mod text;
mod verify;

use std::fmt::Display;
use std::process::ExitCode as ProcessExitCode;

use beaconlab::outcome::{ExitCode, SearchExitCode};
use beaconlab::run_folder::RunFolderError;
use clap::Parser;

use self::args::{Cli, Command};

/// What a command comes to: an exit code, or a message with one.
type Done = Result<u8, Failure>;

/// A message for the user, with the exit code that goes with it.
#[derive(Debug)]
struct Failure {
    /// All that is printed, its title included.
    message: String,
    code: u8,
}

impl Failure {
    fn new(code: impl Into<u8>, message: impl Display) -> Self {
        Self {
            message: format!("error: {message}"),
            code: code.into(),
        }
    }

    /// An error that is shown with the text that it is in, as the `diagnostic`
    /// module renders it.
    fn diagnosed(code: impl Into<u8>, diagnostic: String) -> Self {
        Self {
            message: diagnostic,
            code: code.into(),
        }
    }

    /// Prints it, with colours where standard error shows them.
    fn print(&self) {
        anstream::eprintln!("{}", self.message.trim_end());
    }

    /// An error of usage, scenario or configuration.
    fn usage(message: impl Display) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// The lab could not run, or what it made could not be kept.
    fn lab(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(ExitCode::Inconclusive, chain(error))
    }
}

/// A run's folder that is named wrongly, or cannot be read.
fn of_run_folder(error: &RunFolderError) -> Failure {
    match error {
        RunFolderError::NoRun(_)
        | RunFolderError::Report { .. }
        | RunFolderError::Version { .. } => Failure::usage(chain(error)),
        error => Failure::lab(error),
    }
}

/// An error with its causes, on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_message = cause.to_string();
        // A transparent error repeats its source.
        if !message.ends_with(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        source = cause.source();
    }
    message
}

/// Reads the command line and runs the command.
pub(crate) fn main() -> ProcessExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If standard output is closed, nobody wants the help.
            let _ = error.print();
            return ProcessExitCode::from(if !error.use_stderr() {
                u8::from(ExitCode::AsExpected)
            } else if searches(std::env::args_os().nth(1)) {
                u8::from(SearchExitCode::Error)
            } else {
                u8::from(ExitCode::Usage)
            });
        }
    };
    let done = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Matrix(args) => matrix::matrix(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Search(args) => search::search(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Lint(args) => lint::lint(&args),
        Command::Fmt(args) => Ok(fmt::fmt(&args).into()),
        Command::Serve(args) => serve::serve(&args),
        Command::List(args) => list::list(&args),
        Command::Show(args) => list::show(&args),
        Command::Doctor => doctor::doctor(),
        Command::Record(args) => record::record(&args),
    };
    let code = done.unwrap_or_else(|failure| {
        failure.print();
        failure.code
    });
    ProcessExitCode::from(code)
}

/// Whether a command has the exit codes of `grep`.
fn searches(command: Option<std::ffi::OsString>) -> bool {
    command.is_some_and(|command| {
        ["search", "explain", "lint", "fmt"]
            .iter()
            .any(|search| command == *search)
    })
}
