//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use lab::interpreter::{Choice, Machine};
use lab::isolation::Wanted;
use lab::sandbox::Hole;
use scenarios::{AtomicTest, Condition, DetectionExpectations, Overrides};
use spl::Search;

use crate::report::model::DetectionSource;

/// Everything that a run needs to know.
#[derive(Debug)]
pub struct Options {
    /// The scenarios, in order.
    pub scenarios: Vec<AtomicTest>,
    /// The detections to judge; at least one.
    pub detections: Vec<Detection>,
    /// The conditions.
    pub condition: Condition,
    /// The tiers of interpreters.
    pub interpreters: Choice,
    /// The isolation.
    pub isolation: Wanted,
    /// Values of the scenarios' arguments.
    pub overrides: Overrides,
    /// How long one scenario may take.
    pub timeout: Duration,
    /// Known misses count as misses, known false alarms as false alarms.
    pub strict: bool,
    /// How many scenarios run at a time.
    pub parallel: usize,
    /// What is broken on purpose.
    pub fault: Option<Fault>,
    /// The lab's own binary.
    pub binary: PathBuf,
    /// The command line that the run was started with.
    pub command_line: String,
    /// Where programs are looked for.
    pub machine: Machine,
    /// The name of the run.
    pub run_id: String,
}

/// A detection that was parsed.
#[derive(Debug)]
pub struct Detection {
    /// Where it comes from.
    pub source: DetectionSource,
    /// Its text, parsed and planned.
    pub search: Search,
    /// What it must say of each scenario.
    pub expectations: DetectionExpectations,
}

/// Something that is broken on purpose, to see that the verdict says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The endpoints do not listen.
    EndpointsDown,
    /// The DNS server does not answer.
    DnsSilent,
    /// The sensor sees nothing.
    SensorBlind,
    /// One event 3 of each scenario is lost after it was made.
    EventLost,
    /// The seal has a hole.
    Hole(Hole),
}

impl Fault {
    /// All faults, by name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("dns-silent", Self::DnsSilent),
        ("endpoints-down", Self::EndpointsDown),
        ("event-lost", Self::EventLost),
        ("hole-descriptors", Self::Hole(Hole::Descriptors)),
        ("hole-filter", Self::Hole(Hole::Filter)),
        ("hole-host-sockets", Self::Hole(Hole::HostSockets)),
        ("hole-kernel-settings", Self::Hole(Hole::KernelSettings)),
        ("hole-network", Self::Hole(Hole::Network)),
        ("sensor-blind", Self::SensorBlind),
    ];

    /// The faults of the sandbox itself.
    pub(super) fn of_sandbox(fault: Option<Self>) -> lab::sandbox::Faults {
        lab::sandbox::Faults {
            hole: match fault {
                Some(Self::Hole(hole)) => Some(hole),
                _ => None,
            },
            endpoints_down: fault == Some(Self::EndpointsDown),
            dns_silent: fault == Some(Self::DnsSilent),
            sensor_blind: fault == Some(Self::SensorBlind),
        }
    }
}
