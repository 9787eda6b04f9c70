//! What everything that runs the lab takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{Behaviour, Interpreters, Isolation, fault_names, some_seconds};

// The lab, and what is made of what it finds.
#[derive(Debug, Args)]
pub(in super::super) struct LabArgs {
    /// What the endpoints do
    #[arg(long, value_enum, default_value_t, help_heading = "Conditions")]
    pub(in super::super) behaviour: Behaviour,

    /// Which programs interpret the scenarios
    ///
    /// auto: the real one where it is there, else Wine's, else a stand-in.
    /// stand-in: stand-ins wherever there is one. native: neither stand-ins nor
    /// Wine's. wine: Wine's, and native ones where Wine has none. PowerShell 7
    /// (pwsh) runs with native only, and was not tried with a real one.
    #[arg(long, value_enum, default_value_t, help_heading = "Lab")]
    pub(in super::super) interpreters: Interpreters,

    /// How sandboxes are kept apart from this machine
    ///
    /// auto: the strongest that this machine grants. sealed: user namespaces.
    /// root: the same namespaces made by root, where user namespaces are denied.
    #[arg(long, value_enum, default_value_t, help_heading = "Lab")]
    pub(in super::super) isolation: Isolation,

    /// Give a scenario up after so many seconds [default: 60, of run with
    /// --realtime 3600]
    #[arg(long, value_name = "SECONDS", value_parser = some_seconds, allow_negative_numbers = true, help_heading = "Lab")]
    pub(in super::super) timeout: Option<Duration>,

    /// How many beacons each scenario sends
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Beacons")]
    pub(in super::super) count: Option<u32>,

    /// Scenarios of your own instead of the shipped ones
    #[arg(long, value_name = "DIR")]
    pub(in super::super) scenarios: Option<PathBuf>,

    /// Where the run's folder is made
    #[arg(
        long,
        value_name = "DIR",
        default_value = "runs",
        help_heading = "Output"
    )]
    pub(in super::super) out: PathBuf,

    /// Count known misses as misses, and known false alarms as false alarms
    #[arg(long)]
    pub(in super::super) strict: bool,

    /// Break something on purpose, to see that the verdict says so
    #[arg(long, value_name = "FAULT", value_parser = fault_names(), hide = true)]
    pub(in super::super) fault: Option<String>,
}
