//! Why each scenario is in the suite: it decides a term of the shipped
//! detection that no other decides, or its page says what else it is for.
//!
//! The terms are read from the detection's text, and what a scenario decides
//! is evaluated over the events that it left.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use scenarios::Library;
use serde_json::Value;

use crate::support::Workplace;

/// A value of the detection's lists, and the condition that an event meets
/// which decides it.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    text: String,
    condition: String,
}

/// The patterns of hosts, browsers and programs, and the branches of `case`.
fn terms(spl: &str) -> Vec<Term> {
    let hosts: Vec<&str> = all_between(spl, "DestinationHostname=\"", "\"").collect();
    let is_host = |pattern: &str| {
        let like = pattern.replace('*', "%");
        format!("like(lower(DestinationHostname), \"{like}\")")
    };
    let any_host: Vec<String> = hosts.iter().map(|pattern| is_host(pattern)).collect();
    let any_host = any_host.join(" OR ");
    let [browsers, programs] = all_between(spl, "match(lower(Image), \"", "\"")
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let no_browser = format!("({any_host}) AND NOT match(lower(Image), \"{browsers}\")");
    let mut terms: Vec<Term> = hosts
        .iter()
        .map(|pattern| Term {
            text: (*pattern).to_owned(),
            condition: is_host(pattern),
        })
        .collect();
    let mut alternatives = |field: &str, pattern: &str, under: &str| {
        terms.extend(pattern.split('|').map(|one| Term {
            text: one.to_owned(),
            condition: format!("({under}) AND match(lower({field}), \"{one}\")"),
        }));
    };
    alternatives("Image", browsers, &any_host);
    alternatives("Image", programs, &no_browser);
    for branch in all_between(spl, "match(lower(DestinationHostname), \"", "\"") {
        alternatives("DestinationHostname", branch, &no_browser);
    }
    terms
}

/// What stands between two texts, wherever it does.
fn all_between<'t>(text: &'t str, from: &'t str, to: &str) -> impl Iterator<Item = &'t str> {
    text.split(from)
        .skip(1)
        .filter_map(move |rest| Some(rest.split_once(to)?.0))
}

/// The places of those scenarios that give no reason to be there.
fn without_reason(scenarios: &[(Option<&str>, BTreeSet<usize>)]) -> Vec<usize> {
    let decides_alone = |at: usize| {
        scenarios[at].1.iter().any(|term| {
            let others = scenarios.iter().enumerate();
            others
                .filter(|(other, _)| *other != at)
                .all(|(_, (_, terms))| !terms.contains(term))
        })
    };
    (0..scenarios.len())
        .filter(|at| scenarios[*at].0.is_none() && !decides_alone(*at))
        .collect()
}

#[test]
fn a_scenario_without_a_term_of_its_own_needs_a_reason() {
    let decided = |terms: &[usize]| terms.iter().copied().collect::<BTreeSet<_>>();
    let scenarios = [
        (None, decided(&[0, 1])),
        (None, decided(&[1])),
        (Some("what it is for"), decided(&[1])),
        (None, decided(&[])),
    ];
    assert_eq!(without_reason(&scenarios), [1, 3]);
}

#[test]
fn no_scenario_can_be_removed_unnoticed() {
    let library = Library::embedded().unwrap();
    let terms = terms(&library.default_detections()[0].spl);
    // 10 hosts, 7 browsers, 15 programs; 10 patterns in the branches.
    assert_eq!(terms.len(), 42, "{terms:?}");

    let workplace = Workplace::new();
    let run = workplace.run(["run", "--suite", "all", "--interpreters", "stand-in"]);
    run.exits(0);
    workplace.run(["record", "--to", "data"]).exits(0);
    let counts: Vec<String> = (0..terms.len())
        .map(|at| format!("count(eval({})) AS t{at}", terms[at].condition))
        .collect();
    let search = format!("EventCode=3 | stats {}", counts.join(" "));
    let decided: Vec<BTreeSet<usize>> = library
        .atomics()
        .iter()
        .map(|test| {
            let log = Path::new("data/datasets/attack_techniques/T1583.007")
                .join(file_name(&test.name))
                .join("windows-sysmon.log");
            assert!(
                fs::exists(workplace.path().join(&log)).unwrap(),
                "{}",
                log.display()
            );
            let log = log.to_str().unwrap();
            let run = workplace.run(["search", &search, log, "--output", "json"]);
            let row: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
            (0..terms.len())
                .filter(|at| row[format!("t{at}")] != "0")
                .collect()
        })
        .collect();

    for (at, term) in terms.iter().enumerate() {
        let is_decided = decided.iter().any(|terms| terms.contains(&at));
        assert!(is_decided, "nothing decides `{}`", term.text);
    }
    let tests = library.atomics();
    let purpose = |at: usize| tests[at].signals.purpose.as_deref();
    let all: Vec<_> = decided
        .into_iter()
        .enumerate()
        .map(|(at, terms)| (purpose(at), terms))
        .collect();
    let names: Vec<_> = without_reason(&all)
        .into_iter()
        .map(|at| &tests[at].name)
        .collect();
    assert_eq!(names, [""; 0], "none has a term of its own, or says `for`");
}

/// A scenario's name as the name of its folder.
fn file_name(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("_")
}
