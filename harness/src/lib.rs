//! beaconlab: proves that a detection of serverless command and control fires.
//!
//! A run is one [`stream`] of typed events; every [`report`] is made from it.
#![forbid(unsafe_code)]

mod findings;
mod judge;
pub mod matrix;
pub mod outcome;
pub mod record;
pub mod recordings;
pub mod report;
pub mod run;
pub mod run_folder;
pub mod stream;
pub mod verify;
