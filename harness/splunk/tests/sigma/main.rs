//! Sigma rules over recorded events, by two evaluators that share nothing: our
//! SPL engine over the SPL that pySigma makes of each rule, and the crate
//! `sigma-rust` over the rule itself.
//!
//! It stands with this crate because it needs events as Splunk has them, and
//! so the fields that an add-on makes of XML.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod clause;
mod data;
mod differential;
mod event;
mod logsource;
mod made;
mod misreadings;
mod reason;
mod regression;
mod selection;
