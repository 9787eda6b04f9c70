//! See `replay::expressions`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| replay::expressions(bytes));
