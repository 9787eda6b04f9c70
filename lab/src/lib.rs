//! The lab: where beacons run, sealed off, and where they are observed.
//!
//! - [`sandbox`] makes a sealed place, [`isolation`] finds out which kind this
//!   machine grants;
//! - [`drive`] is the staged `C:` drive, [`interpreter`] the programs on it,
//!   and [`stand_in`] those that the lab itself brings;
//! - [`wine`] runs real Windows programs, where it is installed;
//! - [`sensor`] records what happens, as Sysmon would; [`observe`] gathers it.
//!
//! The lab knows neither detections nor verdicts. It runs on Linux; what does
//! not need Linux compiles elsewhere, too.

pub mod command_line;
pub mod drive;
#[cfg(target_os = "linux")]
mod entry;
#[cfg(target_os = "linux")]
pub mod interpreter;
#[cfg(target_os = "linux")]
pub mod isolation;
#[cfg(target_os = "linux")]
pub mod observe;
pub mod sandbox;
pub mod sensor;
#[cfg(unix)]
pub mod stand_in;
pub mod wine;

#[cfg(target_os = "linux")]
pub use entry::dispatch;
