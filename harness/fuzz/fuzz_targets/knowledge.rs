//! See `replay::knowledge`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| replay::knowledge(bytes));
