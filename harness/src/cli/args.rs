//! What can be written on the command line, and what `--help` says of it.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are what `--help` prints, where backticks would show"
)]

mod lab;
mod matrix;
mod record;
mod verify;

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use beaconlab::run::options::Fault;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use self::lab::LabArgs;
pub(super) use self::matrix::{GridFormat, MatrixArgs};
pub(super) use self::record::RecordArgs;
pub(super) use self::verify::VerifyArgs;

const EXIT_CODES: &str = "\
Exit codes of run (the highest that applies):
  0  all as expected
  1  a detection deviates: missed, fired where it must not, or said something else
  2  a detection cannot be parsed, uses what is not supported, or needs too much
  3  usage, scenario or configuration error
  4  inconclusive: the lab could not run, or telemetry is not there
  5  the sandbox is not sealed; nothing was run";

const SEARCH_EXIT_CODES: &str = "\
Exit codes, as of grep:
  0  there are rows
  1  there are none
  2  the search cannot be parsed or run, or events could not be read";

const MAIN_HELP: &str = "\
run, matrix, serve, list, show and doctor are the lab; record makes data sets of
what it recorded, and verify judges recorded events; search, explain, lint and fmt
work on SPL and recorded events alone. Examples and exit codes of a command:
  beaconlab COMMAND --help";

const SEARCH_USAGE: &str = "\
beaconlab search [OPTIONS] 'SPL' EVENTS...
       beaconlab search [OPTIONS] --file FILE.spl EVENTS...
       beaconlab search [OPTIONS] --detection NAME EVENTS...";

const EXPLAIN_USAGE: &str = "\
beaconlab explain [OPTIONS] 'SPL' EVENTS...
       beaconlab explain [OPTIONS] --file FILE.spl EVENTS...
       beaconlab explain [OPTIONS] --detection NAME EVENTS...";

/// Proves that a detection of serverless command and control (MITRE ATT&CK
/// T1583.007) fires.
///
/// Harmless beacons run in sealed sandboxes against mock endpoints, what they
/// do is recorded as Sysmon would record it, and the detection's own SPL is
/// evaluated on it. No Splunk, no root, no Internet.
#[derive(Debug, Parser)]
#[command(version, after_help = MAIN_HELP, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Run(Box<RunArgs>),
    Matrix(Box<MatrixArgs>),
    Verify(Box<VerifyArgs>),
    Serve(ServeArgs),
    /// List the scenarios and the detections
    List(ListArgs),
    /// Show one scenario: its command, its signals, what is expected of it
    Show(ShowArgs),
    /// Say what this machine grants the lab, and what to do about the rest
    Doctor,
    Search(Box<SearchArgs>),
    Explain(Box<ExplainArgs>),
    Lint(LintArgs),
    Fmt(FmtArgs),
    Record(RecordArgs),
}

/// Emulate, observe, detect, judge.
///
/// Runs the scenarios named (those of the core suite, if none is), each in a sandbox of its own,
/// and judges what each detection says of them. What was observed is left in
/// a folder `runs/<id>/`: run.json, junit.xml, events.xml, dns.ndjson,
/// http.ndjson, provenance.ndjson and, where Wine ran, platform.ndjson.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, after_long_help = format!("\
Examples:
  beaconlab run                                  the core suite, the shipped detection
  beaconlab run --suite all --detection correlated
                                                 all scenarios, another shipped detection
  beaconlab run 1 4 --count 3                    two of them, three beacons each
  beaconlab run --ptr provider --addon current   as in the field
  beaconlab run --detection mine.spl             a detection of your own, judged by
                                                 mine.expected.yaml if it is there

{EXIT_CODES}"))]
pub(super) struct RunArgs {
    /// Scenarios, by number, GUID (or its beginning) or part of the name
    #[arg(value_name = "SCENARIO")]
    pub(super) selectors: Vec<String>,

    #[command(flatten)]
    pub(super) judged: DetectionArgs,

    /// Which scenarios are run where none is named
    #[arg(long, value_enum, default_value_t, conflicts_with = "selectors")]
    pub(super) suite: Suite,

    /// Under which names Splunk has the events
    ///
    /// legacy: sourcetype XmlWinEventLog:Microsoft-Windows-Sysmon/Operational.
    /// current: sourcetype xmlwineventlog, as add-ons since 2020 rename it.
    #[arg(long, value_enum, default_value_t, help_heading = "Conditions")]
    pub(super) addon: AddOn,

    /// What reverse lookups give, by which Sysmon fills DestinationHostname
    ///
    /// lab: the name that was asked for, which the shipped detection relies on.
    /// provider: what the provider has, as in the field. none: nothing.
    #[arg(long, value_enum, default_value_t, help_heading = "Conditions")]
    pub(super) ptr: Ptr,

    #[command(flatten)]
    pub(super) lab: LabArgs,

    /// Seconds between two beacons
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, help_heading = "Beacons")]
    pub(super) interval: Option<Duration>,

    /// Keep the field's pace: minutes instead of moments
    #[arg(long, help_heading = "Beacons", conflicts_with = "interval")]
    pub(super) realtime: bool,

    /// What is printed at the end; json prints run.json
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(super) format: Format,

    /// Write a layer for the ATT&CK Navigator (format 4.5), too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) navigator: Option<PathBuf>,

    /// Write an execution log in ATTiRe 1.1, too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) attire: Option<PathBuf>,
}

// What is judged, and by what.
#[derive(Debug, Args)]
pub(super) struct DetectionArgs {
    /// A detection to judge: a file, or the name of a shipped one; may be given
    /// again [default: serverless; matrix judges all]
    #[arg(long = "detection", value_name = "FILE.spl")]
    pub(super) detections: Vec<PathBuf>,

    /// What the detections must say [default: FILE.expected.yaml beside each,
    /// else what the shipped detection ought to say]
    #[arg(long, value_name = "FILE")]
    pub(super) expectations: Option<PathBuf>,

    /// Lookups that the detections use, beside those of the shipped ones: a
    /// folder of CSV files, with a transforms.conf if their settings matter; may
    /// be given again
    #[arg(long = "lookups", value_name = "DIR")]
    pub(super) lookups: Vec<PathBuf>,
}

/// Search recorded events by SPL, as grep searches lines.
///
/// Events are EVTX files, Windows event XML, Sysmon for Linux XML (also in
/// syslog's files and what journalctl writes), and JSON lines as evtx_dump,
/// Splunk, Winlogbeat and NXLog write them; plain, or in gzip, zstd, tar or zip.
/// All are told apart by their content, in files, folders, or standard input
/// (-).
#[derive(Debug, Args)]
#[command(override_usage = SEARCH_USAGE, after_help = SEARCH_EXIT_CODES, after_long_help = format!("\
Examples:
  beaconlab search 'EventCode=3 DestinationHostname=\"*.workers.dev\"' runs/*/events.xml
  beaconlab search 'EventCode=1 | stats count BY Image' Sysmon.evtx --output csv
  beaconlab search --detection serverless events.xml --count
  journalctl -o cat -u sysmon | beaconlab search 'curl' - --addon linux

{SEARCH_EXIT_CODES}"))]
pub(super) struct SearchArgs {
    #[command(flatten)]
    pub(super) source: SearchSource,

    /// How rows are written [default: raw for events, table for anything else]
    #[arg(long, short = 'o', value_enum, value_name = "FORM")]
    pub(super) output: Option<OutputForm>,

    /// Print only how many rows there are
    #[arg(long, short = 'c', conflicts_with = "output")]
    pub(super) count: bool,
}

/// Say why a search kept or dropped recorded events, stage by stage.
///
/// Prints how many rows came into and out of each stage, and which clauses
/// dropped events, with the values that they met. For the clauses each event is
/// looked at alone: sort, head and dedup drop none then. With --record, what
/// became of single events.
#[derive(Debug, Args)]
#[command(override_usage = EXPLAIN_USAGE, after_help = SEARCH_EXIT_CODES, after_long_help = format!("\
Examples:
  beaconlab explain --detection serverless runs/*/events.xml
  beaconlab explain --detection serverless Sysmon.evtx --record 5121
  beaconlab explain --file mine.spl Sysmon.evtx --addon current --json

{SEARCH_EXIT_CODES}"))]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    pub(super) source: SearchSource,

    /// Explain only the event of this number: that of the record in an EVTX
    /// file, otherwise counted from 1; may be given again
    #[arg(long = "record", value_name = "NUMBER")]
    pub(super) records: Vec<u64>,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

// The search, the events, and what a Splunk would know.
#[derive(Debug, Args)]
pub(super) struct SearchSource {
    /// The search and the events: 'SPL' EVENTS..., or only EVENTS... where the
    /// search is given by --file or --detection; - is standard input
    #[arg(value_name = "SPL|EVENTS", required_unless_present_any = ["file", "detection"])]
    pub(super) arguments: Vec<OsString>,

    /// Read the search from a file
    #[arg(
        long,
        short = 'f',
        value_name = "FILE.spl",
        conflicts_with = "detection"
    )]
    pub(super) file: Option<PathBuf>,

    /// Take the search of a shipped detection, by its name
    #[arg(long, value_name = "NAME")]
    pub(super) detection: Option<String>,

    /// Under which names Splunk has the events, and which fields it makes
    #[arg(long, value_enum, default_value_t, help_heading = "Splunk")]
    pub(super) addon: RecordingAddOn,

    /// The index that the events are in
    #[arg(
        long,
        value_name = "NAME",
        default_value = "main",
        help_heading = "Splunk"
    )]
    pub(super) index: String,

    #[command(flatten)]
    pub(super) knowledge: KnowledgeArgs,

    /// What now() and relative times count from, such as 2026-11-24T10:00:00Z
    /// [default: the clock]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Splunk")]
    pub(super) now: Option<jiff::Timestamp>,

    /// The time zone of the user who searches, such as Europe/Berlin
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "UTC",
        help_heading = "Splunk"
    )]
    pub(super) time_zone: String,

    /// How many threads search [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZero<usize>>,
}

/// Find what in a detection can never match, or matches too much.
///
/// Each finding has its place, a code that stays the same, and a way out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  beaconlab lint serverless                      the shipped detection
  beaconlab lint mine.spl --addon current --allow wildcard-in-middle
  beaconlab lint --codes                         what is looked for, and why

Exit codes:
  0  nothing, or notes only
  1  there are findings
  2  a search cannot be read or parsed")]
pub(super) struct LintArgs {
    /// The searches; - is standard input, and the name of a shipped detection
    /// stands for it
    #[arg(value_name = "FILE.spl", required_unless_present = "codes")]
    pub(super) files: Vec<PathBuf>,

    /// The add-on that makes the events' fields
    #[arg(long, value_enum, default_value_t, help_heading = "Splunk")]
    pub(super) addon: RecordingAddOn,

    #[command(flatten)]
    pub(super) knowledge: KnowledgeArgs,

    /// Do not report these codes; may be given again
    #[arg(long = "allow", value_name = "CODE")]
    pub(super) allowed: Vec<String>,

    /// Print one JSON object for each finding
    #[arg(long)]
    pub(super) json: bool,

    /// List the codes with what they mean, and lint nothing
    #[arg(long)]
    pub(super) codes: bool,
}

/// Lay SPL out, changing nothing but blanks and line breaks.
///
/// One command stands on a line, and long conditions are broken at their
/// operators.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  beaconlab fmt mine.spl
  beaconlab fmt --check detections/*.spl         for continuous integration

Exit codes:
  0  laid out, or already so
  1  with --check: a file is not laid out
  2  a file cannot be read, or is no SPL")]
pub(super) struct FmtArgs {
    /// The searches, which are rewritten; - is standard input, and goes to
    /// standard output
    #[arg(value_name = "FILE.spl", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Change nothing, and name the files that are not laid out
    #[arg(long)]
    pub(super) check: bool,
}

// What an installation of Splunk knows.
#[derive(Debug, Args)]
pub(super) struct KnowledgeArgs {
    /// Macros that the search uses, as in macros.conf; may be given again
    #[arg(long = "macros", value_name = "FILE", help_heading = "Splunk")]
    pub(super) macros: Vec<PathBuf>,

    /// Lookups that the search uses: a folder of CSV files, with a
    /// transforms.conf if their settings matter; may be given again
    #[arg(long = "lookups", value_name = "DIR", help_heading = "Splunk")]
    pub(super) lookups: Vec<PathBuf>,

    /// Event types that the search names, as in eventtypes.conf; may be given
    /// again
    #[arg(long = "event-types", value_name = "FILE", help_heading = "Splunk")]
    pub(super) event_types: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum RecordingAddOn {
    /// Sourcetype XmlWinEventLog:Microsoft-Windows-Sysmon/Operational
    #[default]
    Legacy,
    /// Sourcetype xmlwineventlog, as add-ons since 2020 rename it
    Current,
    /// Sysmon for Linux
    Linux,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputForm {
    /// Columns for people
    Table,
    /// One JSON object for each row
    Json,
    /// CSV with a header
    Csv,
    /// The events as they were recorded
    Raw,
}

/// Serve the mock endpoints and their DNS alone, for a VM or a demo.
///
/// Every name of the scenarios resolves to the address that is listened on.
/// Without --listen that is loopback; any other address must be named.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) listen: IpAddr,

    /// Listen on --listen though it is not loopback: whoever reaches it
    /// reaches endpoints that pose as other companies' services
    #[arg(long, value_name = "ADDRESS")]
    pub(super) expose: Option<IpAddr>,

    /// The port of HTTPS; 0 takes any
    #[arg(long, value_name = "PORT", default_value_t = 8443)]
    pub(super) https_port: u16,

    /// The port of plain HTTP, for the revocation list
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub(super) http_port: u16,

    /// Serve an HTTP proxy at this port, too: it leads to these endpoints and
    /// nowhere else
    #[arg(long, value_name = "PORT")]
    pub(super) proxy_port: Option<u16>,

    /// The port of DNS, UDP and TCP
    #[arg(long, value_name = "PORT", default_value_t = 8053)]
    pub(super) dns_port: u16,

    /// What the endpoints do
    #[arg(long, value_enum, default_value_t)]
    pub(super) behaviour: Behaviour,

    /// Where the authority's certificate is written, for clients to trust
    #[arg(long, value_name = "FILE", default_value = "beaconlab-ca.pem")]
    pub(super) ca_out: PathBuf,

    /// Serve these names, too
    #[arg(long = "name", value_name = "NAME")]
    pub(super) names: Vec<String>,

    /// Scenarios of your own instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Scenarios of your own instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The scenario, by number, GUID (or its beginning) or part of the name;
    /// or the name of a detection
    #[arg(value_name = "SCENARIO")]
    pub(super) selector: String,

    /// Scenarios of your own instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    pub(super) scenarios: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum AddOn {
    #[default]
    Legacy,
    Current,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Suite {
    /// The four beacons and their controls
    #[default]
    Core,
    /// False positives, evasions and look-alikes
    Extended,
    /// Both
    All,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Ptr {
    #[default]
    Lab,
    Provider,
    None,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Behaviour {
    /// Answer as the platform does
    #[default]
    Serve,
    /// Refuse connections
    Refuse,
    /// Answer with the platform's own server error
    Error,
    /// Answer late
    Slow,
    /// The names do not exist
    Nxdomain,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Interpreters {
    #[default]
    Auto,
    StandIn,
    Native,
    Wine,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Isolation {
    #[default]
    Auto,
    Sealed,
    Root,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// A number of seconds, with or without a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "expected a number of seconds, such as 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| duration.as_secs() <= 86_400)
        .ok_or_else(|| "expected between 0 and 86400 seconds".to_owned())
}

/// A number of seconds in which something can happen.
fn some_seconds(text: &str) -> Result<Duration, String> {
    let seconds = seconds(text)?;
    if seconds.is_zero() {
        return Err("expected more than 0 seconds".to_owned());
    }
    Ok(seconds)
}

/// A point in time.
fn time(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse()
        .map_err(|_| "expected a time with its zone, such as 2026-11-24T10:00:00Z".to_owned())
}

fn fault_names() -> PossibleValuesParser {
    PossibleValuesParser::new(Fault::ALL.map(|(name, _)| name))
}
