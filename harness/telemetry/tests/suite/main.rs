//! Tests over recorded events, through the public surface of the crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod containers;
mod containers_fuzz;
mod data;
mod evtx_files;
mod evtx_live_logs;
mod exports;
mod flat_json;
mod folders;
mod json_twins;
mod packed;
mod renderings;
mod sysmon_files;
mod written_forms;
