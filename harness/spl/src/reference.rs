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
    /// The page of Splunk's documentation that its rules come from.
    pub source: &'static str,
    /// The part of its rules that no page states, in one sentence: what
    /// practitioners know, and a test on a real Splunk has yet to confirm.
    pub unconfirmed: Option<&'static str>,
}

/// A command or function that Splunk has and the engine refuses by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    /// The name in lower case.
    pub name: &'static str,
    /// What to do instead, or why it cannot be done here.
    pub reason: &'static str,
}

/// The commands that the engine evaluates, sorted by name.
pub fn commands() -> impl Iterator<Item = &'static Entry> {
    command::COMMANDS.iter().map(|command| &command.entry)
}

/// The functions of `eval` and `where` that the engine evaluates, sorted by
/// name.
pub fn eval_functions() -> impl Iterator<Item = &'static Entry> {
    function::FUNCTIONS
        .iter()
        .copied()
        .map(|function| &function.entry)
}

/// The functions of `eval` and `where` that the engine refuses by name, sorted.
pub fn refused_eval_functions() -> impl Iterator<Item = &'static Refusal> {
    function::REFUSED.iter()
}

/// The functions of `stats` that the engine evaluates, sorted by name.
pub fn stats_functions() -> impl Iterator<Item = &'static Entry> {
    command::stats::FUNCTIONS
        .iter()
        .map(|function| &function.entry)
}

/// What a table may say of an entry or not, as its macro matched it.
pub(crate) const fn at_most_one(said: &[&'static str]) -> Option<&'static str> {
    match said {
        [one] => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_names_a_page() {
        for entry in commands().chain(eval_functions()).chain(stats_functions()) {
            assert!(
                entry.source.contains("Search Reference, "),
                "{}: {}",
                entry.name,
                entry.source
            );
            if let Some(sentence) = entry.unconfirmed {
                assert!(sentence.ends_with('.'), "{}: {sentence}", entry.name);
            }
        }
    }
}
