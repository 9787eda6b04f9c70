//! Tests of whole searches through the public surface of the crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod arithmetic;
mod batches;
mod commands;
mod corpus;
mod detection;
mod documentation;
mod event_types;
mod explanation;
mod expressions;
mod functions;
mod layout;
mod lint;
mod lint_properties;
mod lookups;
mod merging;
mod multivalue;
mod mutations;
mod properties;
mod reference;
mod refusals;
mod regexes;
mod rows;
mod search;
mod stats;
mod streamstats;
mod structured;
mod subsearches;
mod support;
mod time_range;
mod transaction;
mod vectors;
