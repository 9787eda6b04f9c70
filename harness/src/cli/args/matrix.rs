//! What `matrix` takes.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use beaconlab::matrix::view;
use clap::{Args, ValueEnum};

use super::{DetectionArgs, LabArgs, Suite};

const MATRIX_EXIT_CODES: &str = "\
Exit codes of matrix (the highest that applies):
  0  each cell is as the detection's expectations say, known misses included
  1  a detection deviates: a cell is new
  2  a detection cannot be parsed, uses what is not supported, or needs too much
  3  usage, scenario or configuration error
  4  inconclusive: the lab could not run, or telemetry is not there
  5  the sandbox is not sealed; nothing was run";

/// Show where detections fire, miss and raise false alarms, under several
/// conditions at once.
///
/// Runs the scenarios once, as run does, and judges what was recorded of each as
/// other settings of reverse DNS, Sysmon and Splunk's add-on would show it. They
/// change how events are rendered or which are logged, and nothing of what
/// happened; what the endpoints do would, and is one and the same for the whole
/// matrix. Programs for Linux do not run here, and are no column.
///
/// With --events, nothing is run: recorded events are judged, as verify finds the
/// scenarios in them. What a column would show that was not recorded is not made
/// up, but told. Where a scenario was recorded several times, its cells are of
/// the one that came to the worst.
#[derive(Debug, Args)]
#[command(after_help = MATRIX_EXIT_CODES, after_long_help = format!("\
Conditions, and several of them joined by +:
{}
Examples:
  beaconlab matrix                               all shipped detections
  beaconlab matrix --detection serverless --suite all
  beaconlab matrix 1 4 --detection mine.spl --conditions reference,field
  beaconlab matrix --conditions provider+no-event-22 --format markdown
  beaconlab matrix --suite all --resume runs/<id>  go on after Ctrl-C
  beaconlab matrix --events Sysmon.evtx --events PowerShell.evtx --found

{MATRIX_EXIT_CODES}", condition_words()))]
pub(in super::super) struct MatrixArgs {
    /// Scenarios, by number, GUID (or its beginning) or part of the name
    #[arg(value_name = "SCENARIO")]
    pub(in super::super) selectors: Vec<String>,

    #[command(flatten)]
    pub(in super::super) judged: DetectionArgs,

    /// Judge these recorded events instead of a run: a file, a folder, or - for
    /// standard input; may be given again
    #[arg(long = "events", value_name = "EVENTS", conflicts_with_all = ["interpreters", "isolation", "timeout", "out", "fault"])]
    pub(in super::super) events: Vec<OsString>,

    /// Go on with an interrupted matrix: what came to its end in this folder of a
    /// run is judged by the events that it left, and only the rest is run; may be
    /// given again
    #[arg(long = "resume", value_name = "RUN_FOLDER", conflicts_with = "events")]
    pub(in super::super) resume: Vec<PathBuf>,

    /// Of recorded events, judge the scenarios that are found, and miss no other
    #[arg(long, requires = "events")]
    pub(in super::super) found: bool,

    /// Which scenarios are run, or looked for, where none is named [default: core,
    /// with --found all]
    #[arg(long, value_enum, conflicts_with = "selectors")]
    pub(in super::super) suite: Option<Suite>,

    /// The columns, such as reference,provider+current; --help lists all words
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values = view::DEFAULT, help_heading = "Conditions")]
    pub(in super::super) conditions: Vec<String>,

    #[command(flatten)]
    pub(in super::super) lab: LabArgs,

    /// How the grid is printed at the end
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(in super::super) format: GridFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum GridFormat {
    #[default]
    Text,
    Json,
    Markdown,
}

/// The conditions of a matrix and what each means, a line each.
fn condition_words() -> String {
    view::WORDS
        .iter()
        .fold(String::new(), |mut lines, (word, meaning)| {
            // Writing to a `String` cannot fail.
            let _ = writeln!(lines, "  {word:<14} {meaning}");
            lines
        })
}
