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

/// The commands of Splunk that the engine refuses by name, sorted.
pub fn refused_commands() -> impl Iterator<Item = Refusal> {
    command::refused()
}

/// The functions of `stats` that the engine refuses by name, sorted.
pub fn refused_stats_functions() -> impl Iterator<Item = &'static str> {
    command::stats::KNOWN.iter().copied()
}

/// A part of a command that the engine refuses, though it evaluates the
/// command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RefusedPart {
    /// The command.
    pub command: &'static str,
    /// What is refused.
    pub what: &'static str,
    /// A search that is refused for it.
    pub sample: &'static str,
}

macro_rules! refused_parts {
    ($($command:literal $what:literal $sample:literal;)*) => {
        static REFUSED_PARTS: &[RefusedPart] = &[$(RefusedPart {
            command: $command,
            what: $what,
            sample: $sample,
        },)*];
    };
}

refused_parts! {
    "bin" "the option `minspan=`" "* | bin minspan=5 a";
    "bin" "a span with a snap" "* | bin span=1d@d _time";
    "bin" "a span of time for another field than `_time`" "* | bin span=5m a";
    "bin" "`_time` without `span=`: it depends on the time range" "* | bin _time";
    "convert" "`AS` with a wildcard" "* | convert ctime(a*) AS b*";
    "dedup" "a wildcard in the list of fields" "* | dedup a*";
    "fillnull" "a wildcard in the list of fields" "* | fillnull a*";
    "foreach" "the modes other than `multifield`"
        "* | foreach mode=multivalue a [eval b=<<ITEM>>]";
    "join" "the options `left=`, `right=`: the form with aliases"
        "* | join left=L right=R where L.a=R.a [search b=1]";
    "join" "the option `usetime=true`" "* | join usetime=true a [search b=1]";
    "makemv" "`\\n` or `\\t` in a delimiter" "* | makemv delim=\"\\n\" a";
    "replace" "a replacement of what another one gives"
        "* | replace a WITH b, b WITH c IN d";
    "rex" "`offset_field=` of several groups"
        "* | rex \"(?<a>x)(?<b>y)\" offset_field=c";
    "search" "a `*` inside a phrase" "\"a b*c\"";
    "search" "`TERM()` as a value, or with a major breaker in it" "host=TERM(a)";
    "search" "a field and value joined by `::`" "a::b";
    "search" "a wildcard in the name of a field to compare" "a*=b";
    "search" "time modifiers other than `earliest=` and `latest=`" "starttime=1";
    "search" "a time modifier after the first command" "* | search earliest=-1h";
    "stats" "the option `delim=`" "* | stats delim=\",\" values(a)";
    "streamstats" "a window of months" "* | streamstats time_window=1mon count";
    "transaction" "a wildcard in the list of fields" "* | transaction a*";
}

/// The parts of commands that the engine refuses, by command.
///
/// What can be told from the data only (multivalue fields where a command takes
/// one value, rows out of order) is refused when it is met.
pub fn refused_parts() -> impl Iterator<Item = &'static RefusedPart> {
    REFUSED_PARTS.iter()
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
    #![allow(clippy::expect_used)]

    use super::*;

    #[test]
    fn what_is_said_to_be_refused_is_refused() {
        for part in refused_parts() {
            let error = crate::Search::parse(part.sample).expect_err(part.sample);
            assert!(error.is_unsupported(), "{}: {error}", part.sample);
            assert!(commands().any(|entry| entry.name == part.command));
        }
        assert!(REFUSED_PARTS.is_sorted_by_key(|part| part.command));
    }

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
