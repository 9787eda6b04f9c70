#![forbid(unsafe_code)]
//! SPL, Splunk's search language: parsed, planned, evaluated and explained.
//!
//! A [`Search`] is made from text once and then run over any number of events.
//! It either does what Splunk documents, or refuses by name with the place in
//! the text ([`Error::span`]); it never skips what it does not know.
//!
//! The crate does no input or output and has no clock: what a search needs
//! from outside comes in as an [`Environment`], and events come in through the
//! [`Event`] trait.
//!
//! ```
//! use std::borrow::Cow;
//! use spl::{Environment, Event, Search};
//!
//! struct Connection(&'static str);
//!
//! impl Event for Connection {
//!     fn field(&self, name: &str) -> Option<Cow<'_, str>> {
//!         (name == "DestinationHostname").then_some(Cow::Borrowed(self.0))
//!     }
//!     fn field_names(&self) -> Vec<Cow<'_, str>> {
//!         vec![Cow::Borrowed("DestinationHostname")]
//!     }
//! }
//!
//! let search = Search::parse(r#"DestinationHostname="*.workers.dev" | table DestinationHostname"#)?;
//! let events = [Connection("a.workers.dev"), Connection("example.org")];
//! let results = search.run(&events, &Environment::at_epoch())?;
//! assert_eq!(results.rows.len(), 1);
//! assert_eq!(results.rows[0].event, Some(0));
//! # Ok::<(), spl::Error>(())
//! ```
//!
//! # How it is built
//!
//! Text goes through three layers: the text stage blanks comments and meets
//! macros, a splitter finds the commands, and each command reads its own
//! arguments from a cursor, because SPL's lexical rules differ from command to
//! command. Planning happens while parsing: every field name becomes a slot,
//! and the planner knows which of them an event has to give.
//!
//! What a search does beside what is meant is another question:
//! [`Search::lint`] answers it, with what a [`Vocabulary`] knows of the events,
//! and [`lint::codes`] lists what it looks for. [`layout()`] lays text out and
//! changes nothing but blanks; it needs no search that parses.
//!
//! # What stands on experience
//!
//! Most rules come from Splunk's documentation, which the modules name. These
//! come from what practitioners know, and a test on a real Splunk has yet to
//! confirm them:
//!
//! - Comparisons of `eval` and `where` are numeric if both sides are numbers or
//!   look like numbers, otherwise by bytes.
//! - NOT of null is null; AND and OR are three-valued.
//! - `like()` minds case. `=`, `in()`, `like()` and `match()` of a multivalue
//!   field are true if one value passes; other comparisons of one are refused.
//! - Sums and differences have as many places, products and quotients as many
//!   significant digits as the least precise operand that was written with a
//!   point; whole numbers are exact, and digits before the point stay. An
//!   expression calculates with doubles; the field that it sets is what it
//!   prints.
//! - `relative_time()` prints six digits after the point, as `strptime()` does;
//!   a day that a month does not have is its last day; `strptime()` of a time
//!   without a date is today.
//! - JSON functions take the text of a field that is an array or object, or
//!   looks like a number, as such.
//! - `search` takes a multivalue field if one of its values passes, for `!=`
//!   too.
//! - `index=*` leaves out internal indexes.
//! - Wildcards in `table`, `fields` and `rename` mean internal fields only if
//!   they start with an underscore; `rename` from a missing field clears the new
//!   name.
//! - `stats` sorts its rows by the BY fields as text; `min()` and `max()` of
//!   numbers and text together compare as text.
//! - `round(x, n)` prints `n` digits, and a negative half rounds up.
//! - A bare term is found in the raw text where it begins and ends at a
//!   breaker; the index itself is not modelled.
//! - Of two events with the same `_time`, the later one comes first.
//!
//! What is neither documented nor known is refused: multivalue fields in most
//! functions, and whatever [`commands`], [`eval_functions`] and
//! [`stats_functions`] do not list. Each [`Entry`] names its page, and what of
//! it is not confirmed.

mod address;
mod collect;
mod command;
mod cursor;
mod error;
mod event;
mod explain;
mod expression;
mod knowledge;
mod layout;
pub mod lint;
mod misspelt;
mod names;
mod needles;
mod pipeline;
mod plan;
mod print;
mod quoted;
mod reference;
mod regex;
mod results;
mod round_trip;
mod run;
mod source;
mod structured;
mod suggest;
mod table;
mod time;
mod value;
mod wildcard;

pub use collect::Collector;
pub use error::{Error, ErrorKind, Expansion, Span, line_and_column};
pub use event::{Environment, Event};
pub use explain::{Clause, Explainer, Explanation, Met, Outcome, StageExplanation};
pub use knowledge::{Conf, ConfError, Knowledge, LookupError, Macro, MacroError, Setting, Stanza};
pub use layout::layout;
pub use lint::{Finding, Severity, Vocabulary};
pub use misspelt::Misspelt;
pub use plan::Search;
pub use reference::{
    Entry, Refusal, RefusedPart, commands, eval_functions, refused_commands,
    refused_eval_functions, refused_parts, refused_stats_functions, stats_functions,
};
pub use results::{Notice, Results, Row, Stage};
pub use run::Scan;
pub use value::{Number, Value};
