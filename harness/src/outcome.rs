//! What became of an expectation, and what that means for the run.
//!
//! Only [`Class::Deviates`] speaks about a detection. Whatever kept a beacon
//! from running, or its events from being there, is [`Class::Inconclusive`]:
//! it is no success and no failure of the detection.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of one expectation, of a scenario or of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The telemetry is there.
    Recorded,
    /// The detection fired as it must.
    Detected,
    /// The detection kept silent as it must.
    Silent,
    /// The detection kept silent where it ought to fire; the expectations say
    /// that this is known, and why.
    KnownMiss,
    /// The detection fired where it ought to be silent; the expectations say
    /// that this is known, and why.
    KnownFalseAlarm,
    /// The detection did not fire, and must.
    Missed,
    /// The detection fired, and must not.
    Unexpected,
    /// The detection fired, and its rows say something else than they must.
    WrongValue,
    /// The detection fired more or less often than it must.
    WrongCount,
    /// The beacon did not run.
    NotExecuted,
    /// The beacon ran, and its events are not there.
    NoTelemetry,
    /// The detection uses what the engine does not have.
    Unsupported,
    /// The lab did not work as it must.
    LabError,
}

/// What kind of outcome it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// As expected.
    AsExpected,
    /// The detection does not do what it must.
    Deviates,
    /// Nothing can be said about the detection.
    Inconclusive,
}

impl Outcome {
    /// What kind of outcome it is.
    pub const fn class(self) -> Class {
        match self {
            Self::Recorded
            | Self::Detected
            | Self::Silent
            | Self::KnownMiss
            | Self::KnownFalseAlarm => Class::AsExpected,
            Self::Missed | Self::Unexpected | Self::WrongValue | Self::WrongCount => {
                Class::Deviates
            }
            Self::NotExecuted | Self::NoTelemetry | Self::Unsupported | Self::LabError => {
                Class::Inconclusive
            }
        }
    }

    /// Whether it is as expected only since it is known to be wrong.
    pub const fn is_known(self) -> bool {
        matches!(self, Self::KnownMiss | Self::KnownFalseAlarm)
    }

    /// The exit code that this outcome alone would give.
    pub const fn exit_code(self, strict: bool) -> ExitCode {
        match self {
            Self::KnownMiss | Self::KnownFalseAlarm if strict => ExitCode::Deviates,
            Self::Unsupported => ExitCode::Unsupported,
            _ => match self.class() {
                Class::AsExpected => ExitCode::AsExpected,
                Class::Deviates => ExitCode::Deviates,
                Class::Inconclusive => ExitCode::Inconclusive,
            },
        }
    }

    /// The name, as in `run.json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Detected => "detected",
            Self::Silent => "silent",
            Self::KnownMiss => "known_miss",
            Self::KnownFalseAlarm => "known_false_alarm",
            Self::Missed => "missed",
            Self::Unexpected => "unexpected",
            Self::WrongValue => "wrong_value",
            Self::WrongCount => "wrong_count",
            Self::NotExecuted => "not_executed",
            Self::NoTelemetry => "no_telemetry",
            Self::Unsupported => "unsupported",
            Self::LabError => "lab_error",
        }
    }
}

impl fmt::Display for Outcome {
    /// The words that people read: `known miss`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// The exit codes of the program. Where several apply, the highest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// 0: all as expected.
    AsExpected = 0,
    /// 1: something deviates.
    Deviates = 1,
    /// 2: a detection cannot be parsed, or uses what is not supported.
    Unsupported = 2,
    /// 3: an error of usage, scenario or configuration.
    Usage = 3,
    /// 4: inconclusive: the lab could not run, or telemetry is not there.
    Inconclusive = 4,
    /// 5: the seal is broken.
    Breached = 5,
}

impl ExitCode {
    /// What kind of outcome it stands for.
    pub const fn class(self) -> Class {
        match self {
            Self::AsExpected => Class::AsExpected,
            Self::Deviates => Class::Deviates,
            Self::Unsupported | Self::Usage | Self::Inconclusive | Self::Breached => {
                Class::Inconclusive
            }
        }
    }
}

/// The exit codes of `search` and `explain`, which are those of `grep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchExitCode {
    /// 0: there are rows.
    Rows = 0,
    /// 1: there are none.
    None = 1,
    /// 2: the search cannot be parsed or run, or events were lost.
    Error = 2,
}

impl From<SearchExitCode> for u8 {
    fn from(code: SearchExitCode) -> Self {
        code as Self
    }
}

impl From<ExitCode> for u8 {
    fn from(code: ExitCode) -> Self {
        code as Self
    }
}
