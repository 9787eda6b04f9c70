//! `search`: keeps events by the values of their fields and by terms in their
//! raw text.
//!
//! Source: Search Reference, `search`; Search Manual, "Boolean expressions with
//! logical operators", "Difference between != and NOT", "Wildcards".

mod event_type;
mod explain;
mod filter;
mod lint;
mod modifier;
mod parse;
mod print;
mod term;
mod window;

pub(crate) use filter::{Filter, FilterKind, Search, Test};
pub(crate) use parse::{parse, parse_later};
pub(crate) use window::Bound;
