//! Proves the seal by trying to break it, and the sensor by trying to get past
//! it.
//!
//! Every test starts the real binary inside a network namespace that has no way
//! out, so that even a broken guard reaches nobody; the only addresses that are
//! ever aimed at are those of documentation (RFC 5737, RFC 3849).
//!
//! Run by root, the tests run the binary as root and as an ordinary user; run
//! by an ordinary user, as that user only.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "seal/escapes.rs"]
mod escapes;
#[path = "seal/events.rs"]
mod events;
#[path = "seal/holes.rs"]
mod holes;
#[path = "seal/outside.rs"]
mod outside;
#[path = "seal/scenario.rs"]
mod scenario;
#[path = "seal/sensor.rs"]
mod sensor;
#[path = "seal/strace.rs"]
mod strace;
