//! See `replay::telemetry`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| replay::telemetry(bytes));
