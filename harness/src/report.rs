//! Reports: each a fold over the stream of a run's events, or a rendering of
//! the report that such a fold made.

pub mod attire;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod model;
pub mod navigator;
pub mod progress;
pub mod terminal;

mod sentence;
pub(crate) mod untrusted;
mod verdict;
pub(crate) mod wording;

#[cfg(test)]
mod fixtures;
