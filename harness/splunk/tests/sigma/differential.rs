//! The full product of rules and events, by both evaluators.

use std::{collections::BTreeSet, fmt};

use spl::{Environment, Search};
use splunk::ExportedEvent;

use crate::{
    data::{self, Rule},
    event::{Entities, Recorded},
    logsource, made, reason,
};

/// Which events a search gives.
pub fn by_splunk(search: &Search, events: &[ExportedEvent<'_>]) -> BTreeSet<usize> {
    let results = search.run(events, &Environment::at_epoch()).unwrap();
    results.rows.iter().map(|row| row.event.unwrap()).collect()
}

/// The events as Splunk has them.
pub fn indexed(events: &[Recorded], entities: Entities) -> Vec<ExportedEvent<'_>> {
    events.iter().map(|event| event.indexed(entities)).collect()
}

/// Which events a rule hits.
pub fn by_sigma(rule: &sigma_rust::Rule, events: &[Recorded]) -> BTreeSet<usize> {
    let ids = logsource::event_ids(rule.logsource.category.as_deref().unwrap());
    (0..events.len())
        .filter(|&index| {
            let event = &events[index];
            event.sysmon_id().is_some_and(|id| ids.contains(&id)) && rule.is_match(event.sigma())
        })
        .collect()
}

/// Who has a hit where the other has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hit {
    Splunk,
    Sigma,
}

/// A line of the list of differences: rule, event, who hits, and why. Events
/// that are made for a rule stand in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    rule: String,
    event: String,
    hit: Hit,
    reason: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hit = match self.hit {
            Hit::Splunk => "splunk",
            Hit::Sigma => "sigma",
        };
        write!(f, "{}\t{}\t{hit}\t{}", self.rule, self.event, self.reason)
    }
}

/// The differences that are known.
const KNOWN: &str = include_str!("differences.tsv");

/// Compares the differences found in these events to those that are known.
fn is_known(found: &BTreeSet<Difference>, is_made: bool) {
    let found: BTreeSet<String> = found.iter().map(ToString::to_string).collect();
    let known: BTreeSet<String> = KNOWN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter(|line| (line.split('\t').nth(1) == Some("made")) == is_made)
        .map(str::to_owned)
        .collect();
    let list = |lines: Vec<&String>| {
        lines
            .into_iter()
            .fold(String::new(), |list, line| list + "\n" + line)
    };
    let new = list(found.difference(&known).collect());
    let gone = list(known.difference(&found).collect());
    assert!(
        new.is_empty() && gone.is_empty(),
        "not known:{new}\ngone:{gone}"
    );
}

/// The differences over these events, with entities as Splunk has them, and
/// decoded. How many hits Sigma's evaluator has is added up.
fn differences(rule: &Rule, events: &[Recorded], hits: &mut usize) -> Vec<Difference> {
    let Some(search) = &rule.search else {
        return Vec::new();
    };
    let sigma = by_sigma(&rule.sigma, events);
    *hits += sigma.len();
    let mut found = Vec::new();
    for entities in [Entities::Decoded, Entities::Kept] {
        let splunk = by_splunk(search, &indexed(events, entities));
        for &index in splunk.symmetric_difference(&sigma) {
            let event = &events[index];
            let hit = if splunk.contains(&index) {
                Hit::Splunk
            } else {
                Hit::Sigma
            };
            let reasons = reason::of(rule, search, event, entities);
            let reasons = reasons.unwrap_or_else(|| {
                panic!(
                    "{}, {}: no reason why {hit:?} alone hits: {}",
                    rule.name, event.place, event.raw
                )
            });
            let names: Vec<_> = reasons.iter().map(|reason| reason.name()).collect();
            found.push(Difference {
                rule: rule.name.clone(),
                event: if event.file == "made" {
                    &event.file
                } else {
                    &event.place
                }
                .clone(),
                hit,
                reason: names.join(", "),
            });
        }
    }
    found
}

#[test]
fn both_evaluators_agree_over_recorded_events() {
    let (Some(rules), Some(events)) = (data::rules(), data::events()) else {
        return;
    };
    let mut hits = 0;
    let found = rules
        .iter()
        .flat_map(|rule| differences(rule, events, &mut hits))
        .collect();
    eprintln!(
        "{} rules, {} events, {hits} hits",
        rules.len(),
        events.len()
    );
    is_known(&found, false);
    assert!(hits > 100);
}

#[test]
fn both_evaluators_agree_over_events_made_for_each_rule() {
    let Some(rules) = data::rules() else {
        return;
    };
    let (mut hits, mut hit, mut all) = (0, 0, 0);
    let mut found = BTreeSet::new();
    for rule in rules {
        let events = made::events(rule, 80);
        let before = hits;
        found.extend(differences(rule, &events, &mut hits));
        hit += usize::from(hits > before);
        all += events.len();
    }
    eprintln!("{all} events, {hits} hits of {hit} rules");
    is_known(&found, true);
    // Neither none nor all: events of both kinds are there.
    assert!(hits > all / 10 && hits < all / 2);
    assert!(hit > 860);
}
