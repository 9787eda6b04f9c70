//! What `verify` takes.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::{Behaviour, DetectionArgs, Format, RecordingAddOn, Suite, time};

const VERIFY_EXIT_CODES: &str = "\
Exit codes of verify (the highest that applies):
  0  all as expected
  1  a detection deviates: missed, fired where it must not, or said something else
  2  a detection cannot be parsed, uses what is not supported, or needs too much
  3  usage, scenario or configuration error
  4  inconclusive: a scenario, or some of its telemetry, is not there, or events
     could not be read";

/// Judge recorded events by the signals and expectations of the scenarios.
///
/// Events are what search reads: EVTX files, event XML, JSON and the like, in
/// files, folders, or standard input (-). Which processes were a scenario's is
/// found out by its command lines and names, on each host, each time that it
/// ran. What recorded events cannot show is said to be missing.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXIT_CODES, after_long_help = format!("\
Examples:
  beaconlab verify runs/<id>/events.xml          a run of the lab, once more
  beaconlab verify Sysmon.evtx PowerShell.evtx --scenario 1 --scenario 4
  beaconlab verify export.json --found --host WKS01 --since 2026-11-24T10:00:00Z
  journalctl -o cat -u sysmon | beaconlab verify - --found

{VERIFY_EXIT_CODES}"))]
pub(in super::super) struct VerifyArgs {
    /// Files or folders of recorded events; - is standard input
    #[arg(value_name = "EVENTS", required = true)]
    pub(in super::super) events: Vec<OsString>,

    /// A scenario that must be there, by number, GUID (or its beginning) or part
    /// of the name; may be given again [default: all of the suite]
    #[arg(long = "scenario", value_name = "SCENARIO")]
    pub(in super::super) selectors: Vec<String>,

    /// Which scenarios are looked for where none is named [default: core, with
    /// --found all]
    #[arg(long, value_enum, conflicts_with = "selectors")]
    pub(in super::super) suite: Option<Suite>,

    /// Judge the scenarios that are found, and miss no other
    #[arg(long)]
    pub(in super::super) found: bool,

    /// Judge only this host, by its name or the first label of it; may be given
    /// again [default: each]
    #[arg(long = "host", value_name = "HOST")]
    pub(in super::super) hosts: Vec<String>,

    /// Judge only events that the log took at this time or later, such as
    /// 2026-11-24T10:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in super::super) since: Option<jiff::Timestamp>,

    /// Judge only events that the log took before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in super::super) until: Option<jiff::Timestamp>,

    #[command(flatten)]
    pub(in super::super) judged: DetectionArgs,

    /// Under which names Splunk has the events [default: what an export says of
    /// itself, else legacy]
    #[arg(long, value_enum, help_heading = "Conditions")]
    pub(in super::super) addon: Option<RecordingAddOn>,

    /// What the endpoints did, which recorded events do not say
    #[arg(long, value_enum, default_value_t, help_heading = "Conditions")]
    pub(in super::super) behaviour: Behaviour,

    /// How many beacons each scenario was to send
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Beacons")]
    pub(in super::super) count: Option<u32>,

    /// Scenarios of your own instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    pub(in super::super) scenarios: Option<PathBuf>,

    /// What is printed; json prints what run.json holds of a run
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(in super::super) format: Format,

    /// Write a JUnit report, too
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(in super::super) junit: Option<PathBuf>,

    /// Count known misses as misses, known false alarms as false alarms, and
    /// expectations about events that a host does not log as not met
    #[arg(long)]
    pub(in super::super) strict: bool,

    /// How many threads read [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(in super::super) threads: Option<NonZero<usize>>,
}
