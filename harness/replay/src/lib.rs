#![forbid(unsafe_code)]
//! What must hold of any input whatever: each function takes the bytes of one
//! input and panics where something does not hold.
//!
//! The fuzz targets beside this crate (`harness/fuzz`) look for inputs that
//! break it; `tests/replay.rs` goes through those that they found interesting,
//! without a fuzzer.

mod events;
mod evtx;
mod expressions;
mod knowledge;
mod layout;
mod regexes;
mod search;
mod telemetry;
mod vocabulary;

pub use evtx::evtx;
pub use expressions::expressions;
pub use knowledge::knowledge;
pub use regexes::regexes;
pub use search::spl;
pub use telemetry::telemetry;

/// A target: what takes the bytes of an input.
pub type Target = fn(&[u8]);

/// The targets by name, which is also that of their corpus.
pub const TARGETS: [(&str, Target); 6] = [
    ("evtx", evtx),
    ("expressions", expressions),
    ("knowledge", knowledge),
    ("regexes", regexes),
    ("spl", spl),
    ("telemetry", telemetry),
];
