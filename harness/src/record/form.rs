//! The forms in which events are written.

pub use telemetry::written::Form;
