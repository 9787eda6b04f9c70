//! What the comparison would notice: each way in which `search` is easily read
//! wrong, written as SPL that says so to an engine that reads it right.

use std::collections::BTreeSet;

use spl::Search;
use splunk::ExportedEvent;

use crate::{
    clause::{Clause, Order, change_quoted},
    data::{self, Rule},
    differential::{by_splunk, indexed},
    event::{Entities, Recorded},
    made, regression,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As it is: nothing but parentheses is added.
    Right,
    /// AND before OR.
    UsualOrder,
    /// Upper and lower case differ.
    CaseSensitive,
    /// `NOT f="v"` as `f!="v"`: only events that have the field pass.
    NotAsUnequal,
    /// A value stands for any that contain it.
    Substrings,
    /// A backslash in quotes is one of the value.
    PlainBackslashes,
}

impl Reading {
    /// What a rule's text means so read; none for texts of several commands.
    fn text(self, rule: &Rule) -> Option<String> {
        rule.search.as_ref()?;
        if rule.spl.contains("\n|") {
            return None;
        }
        let order = match self {
            Self::UsualOrder => Order::Usual,
            _ => Order::Splunk,
        };
        let clause = Clause::parse(&rule.spl, order);
        Some(clause.map(&|clause| self.changed(clause)).text())
    }

    fn changed(self, clause: Clause) -> Clause {
        match (self, clause) {
            (Self::NotAsUnequal, Clause::Not(clause)) => {
                let exists = |field: &str| Clause::Term(format!("{field}=*"));
                let mut clauses: Vec<_> = clause.fields().into_iter().map(exists).collect();
                clauses.push(Clause::Not(clause));
                Clause::All(clauses)
            }
            (_, Clause::Term(term)) if !term.starts_with("source=") => {
                Clause::Term(change_quoted(&term, |value| self.value(value)))
            }
            (_, clause) => clause,
        }
    }

    fn value(self, value: &str) -> String {
        match self {
            Self::CaseSensitive => marked(value),
            Self::Substrings => format!("*{value}*"),
            Self::PlainBackslashes => value.replace(r"\\", r"\\\\"),
            _ => value.to_owned(),
        }
    }
}

/// Events, decoded: as they are, and with case marked in their values.
struct Events<'a> {
    plain: Vec<ExportedEvent<'a>>,
    marked: Vec<ExportedEvent<'a>>,
}

impl<'a> Events<'a> {
    fn new(events: &'a [Recorded]) -> Self {
        Self {
            plain: indexed(events, Entities::Decoded),
            marked: events.iter().map(|event| event.decoded(marked)).collect(),
        }
    }

    /// Those that a search gives which a reading made.
    fn hit(&self, reading: Reading, search: &Search) -> BTreeSet<usize> {
        by_splunk(
            search,
            match reading {
                Reading::CaseSensitive => &self.marked,
                _ => &self.plain,
            },
        )
    }
}

/// Text in which case is no longer one of letters: before each capital stands a
/// mark.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            marked.push('\u{E000}');
        }
        marked.push(c);
    }
    marked
}

/// What a reading does over some events.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    hits: usize,
    /// Rules over which it gives something else than the right reading.
    rules: usize,
}

const WRONG: [Reading; 5] = [
    Reading::UsualOrder,
    Reading::CaseSensitive,
    Reading::NotAsUnequal,
    Reading::Substrings,
    Reading::PlainBackslashes,
];

/// What all readings do over events of one kind.
#[derive(Debug, Default)]
struct Tallies {
    right: usize,
    wrong: [Tally; WRONG.len()],
}

/// One rule, read in all ways.
struct Readings<'a> {
    rule: &'a Rule,
    right: Search,
    wrong: [Search; WRONG.len()],
}

impl<'a> Readings<'a> {
    fn of(rule: &'a Rule) -> Option<Self> {
        let parse = |reading: Reading| Some(Search::parse(&reading.text(rule)?).unwrap());
        Some(Self {
            rule,
            right: parse(Reading::Right)?,
            wrong: WRONG.map(|reading| parse(reading).unwrap()),
        })
    }

    fn count(&self, events: &Events<'_>, tallies: &mut Tallies) {
        let written = self.rule.search.as_ref().unwrap();
        let expected = by_splunk(written, &events.plain);
        // Parentheses alone change nothing.
        let same = events.hit(Reading::Right, &self.right);
        assert_eq!(same, expected, "{}", self.rule.name);
        tallies.right += expected.len();
        let wrong = WRONG.iter().zip(&self.wrong).zip(&mut tallies.wrong);
        for ((reading, search), tally) in wrong {
            let hits = events.hit(*reading, search);
            tally.hits += hits.len();
            tally.rules += usize::from(hits != expected);
        }
    }
}

#[test]
fn every_misreading_of_search_is_noticed() {
    let (Some(rules), Some(events)) = (data::rules(), data::events()) else {
        return;
    };
    let events = Events::new(events);
    let (mut recorded, mut made) = (Tallies::default(), Tallies::default());
    for readings in rules.iter().filter_map(Readings::of) {
        readings.count(&events, &mut recorded);
        let of_rule = made::events(readings.rule, 16);
        readings.count(&Events::new(&of_rule), &mut made);
    }
    eprintln!(
        "hits: {} over recorded events, {} over made ones",
        recorded.right, made.right
    );
    for ((reading, recorded), made) in WRONG.iter().zip(recorded.wrong).zip(made.wrong) {
        eprintln!("{reading:?}: recorded {recorded:?}, made {made:?}");
        // More rules than there are known to differ from Sigma's evaluator: see
        // the list of differences.
        assert!(made.rules > 50, "{reading:?}");
        assert!(recorded.rules > 0, "{reading:?}");
    }
}

/// Tests that ask only for hits do not see the worst of them: with AND before
/// OR nearly every rule hits more, and keeps its promise.
#[test]
fn the_usual_order_keeps_every_promise() {
    let spl = |reading: Reading| {
        regression::kept_promises(move |rule| {
            reading.text(rule).map(|text| Search::parse(&text).unwrap())
        })
    };
    let (Some((right, _)), Some((usual, _))) = (spl(Reading::Right), spl(Reading::UsualOrder))
    else {
        return;
    };
    eprintln!("{right} promises kept by the right order, {usual} by the usual one");
    assert_eq!(right, usual);
    assert!(right > 80);
}
