//! Drives running endpoints with real clients, over loopback.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod behaviours;
mod clients;
mod dns;
mod platforms;
mod proxy;
mod raw;
mod robustness;
mod running;
