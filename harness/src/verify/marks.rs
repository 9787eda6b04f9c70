//! The words by which a scenario is known in recorded events: the names that it
//! asks for, and what its signals say of command lines and files.
//!
//! A program's image or a port says nothing: anybody runs `curl.exe`.

use scenarios::{AtomicTest, Expectation, Resolved};
use spl::Event;

use crate::judge::telemetry::Matcher;
use crate::run::names;

/// Fields whose values are a scenario's own.
const OWN: [&str; 5] = [
    "CommandLine",
    "DestinationHostname",
    "QueryName",
    "ScriptBlockText",
    "TargetFilename",
];

/// A word that is shorter is nobody's own.
const SHORTEST: usize = 8;

/// What must match for an event to be a scenario's.
#[derive(Debug)]
struct Anchor {
    event: u32,
    matcher: Matcher,
}

/// A scenario as it is looked for.
#[derive(Debug)]
pub(super) struct Sought<'a> {
    pub(super) test: &'a AtomicTest,
    pub(super) resolved: Resolved,
    /// The names that it asks for, in lower case.
    pub(super) names: Vec<String>,
    anchors: Vec<Anchor>,
    /// Its words, in lower case.
    words: Vec<String>,
}

impl<'a> Sought<'a> {
    pub(super) fn new(test: &'a AtomicTest, resolved: Resolved) -> Self {
        let names: Vec<String> = names::of(&resolved)
            .iter()
            .map(|name| name.as_ref().to_ascii_lowercase())
            .collect();
        let mut words = names.clone();
        let mut anchors = Vec::new();
        for expectation in &test.signals.telemetry {
            let own = own(expectation);
            let demands = expectation
                .bound
                .resolve(&resolved.arguments)
                .is_ok_and(|limits| limits.at_least > 0);
            if own.is_empty() || !demands {
                continue;
            }
            words.extend(own);
            anchors.push(Anchor {
                event: expectation.event.into(),
                matcher: Matcher::new(&expectation.fields),
            });
        }
        words.sort();
        words.dedup();
        Self {
            test,
            resolved,
            names,
            anchors,
            words,
        }
    }

    /// Whether an event is the scenario's, by what its signals say.
    pub(super) fn is_own<E: Event>(&self, id: u32, event: &E) -> bool {
        self.anchors
            .iter()
            .any(|anchor| anchor.event == id && anchor.matcher.matches(event))
    }

    /// Whether its signals say what its command lines are: then a process that
    /// was seen to start, and whose command line is another, is somebody else's.
    pub(super) fn knows_its_processes(&self) -> bool {
        self.anchors.iter().any(|anchor| anchor.event == 1)
    }

    /// Whether one of its names stands in a text.
    pub(super) fn names_stand_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.names.iter().any(|name| text.contains(name))
    }

    /// Whether a command line speaks of the scenario.
    pub(super) fn is_spoken_of(&self, command_line: &str) -> bool {
        let text = command_line.to_lowercase();
        self.words.iter().any(|word| text.contains(word))
    }

    /// Whether a name is one that it asks for.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.names.contains(&name)
    }

    /// The words that stand as they are in rendered events.
    pub(super) fn literals(&self) -> impl Iterator<Item = String> {
        self.words.iter().cloned()
    }
}

/// The longest words of an expectation's own values.
fn own(expectation: &Expectation) -> Vec<String> {
    expectation
        .fields
        .iter()
        .filter(|(field, _)| OWN.contains(&field.as_str()))
        .filter_map(|(_, value)| {
            // What XML escapes stands in no rendered text as it is.
            value
                .split(['*', '&', '<', '>', '"', '\'', '#'])
                .max_by_key(|word| word.len())
                .filter(|word| word.len() >= SHORTEST)
                .map(str::to_ascii_lowercase)
        })
        .collect()
}
