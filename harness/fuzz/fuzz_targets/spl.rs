//! See `replay::spl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| replay::spl(bytes));
