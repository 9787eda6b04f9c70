//! End to end: drives the real binary and judges it by what it prints, what it
//! leaves behind and the exit code.
//!
//! Every test works in a folder of its own and gives every command a deadline.
//! As root, the main tests run once more under an ordinary account.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod beacons;
mod browsers;
mod command_line;
mod conditions;
mod detections;
mod events;
mod expectations;
mod interruption;
mod linux_captures;
mod matrix;
mod matrix_pages;
mod matrix_recorded;
mod messages;
mod native_clients;
mod no_false_pass;
mod output;
mod powershell;
mod record;
mod recorded;
mod recordings;
mod recordings_inputs;
mod serve;
mod shipped_detections;
mod suite;
mod verify;
mod verify_containers;
mod whole_run;
mod wine;
