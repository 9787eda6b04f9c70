//! What the engine knows, as a reference: the tables from which it works.

use crate::{command, expression::function};

/// A command or function that the engine evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// The name in lower case.
    pub name: &'static str,
    /// How it is written, with `<arguments>` and `[options]`.
    pub syntax: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// The commands that the engine evaluates, sorted by name.
pub fn commands() -> impl Iterator<Item = &'static Entry> {
    command::COMMANDS.iter().map(|command| &command.entry)
}

/// The functions of `eval` and `where` that the engine evaluates, sorted by
/// name.
pub fn eval_functions() -> impl Iterator<Item = &'static Entry> {
    function::FUNCTIONS.iter().map(|function| &function.entry)
}

/// The functions of `stats` that the engine evaluates, sorted by name.
pub fn stats_functions() -> impl Iterator<Item = &'static Entry> {
    command::stats::FUNCTIONS
        .iter()
        .map(|function| &function.entry)
}
