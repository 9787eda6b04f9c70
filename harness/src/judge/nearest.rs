//! Why a detection dropped events that look as if it should have kept them:
//! those that came furthest, and missed by the fewest clauses. And by which
//! choices it kept those that it kept.

use std::collections::BTreeMap;

use spl::{Clause, Environment, Search, line_and_column};

use crate::report::model::{Dropped, Kept};

/// The clauses that dropped the nearest events, in the order of the text.
pub(crate) fn dropped<E: spl::Event>(
    search: &Search,
    events: &[E],
    environment: &Environment,
) -> Vec<Dropped> {
    let explained: Vec<(usize, Vec<Clause>)> = events
        .iter()
        .filter_map(|event| {
            let explanation = search.explain(event, environment).ok()?;
            let stage = explanation
                .stages
                .iter()
                .position(|stage| matches!(stage.outcome, spl::Outcome::Dropped { .. }))?;
            let (_, clauses) = explanation.dropped()?;
            Some((stage, clauses.to_vec()))
        })
        .collect();
    let distance =
        |(stage, clauses): &(usize, Vec<Clause>)| (std::cmp::Reverse(*stage), clauses.len());
    let Some(nearest) = explained.iter().map(distance).min() else {
        return vec![];
    };
    let mut by_place: BTreeMap<(usize, usize), (Dropped, BTreeMap<Values, usize>)> =
        BTreeMap::new();
    for (_, clauses) in explained.iter().filter(|event| distance(event) == nearest) {
        for clause in clauses {
            let (dropped, met) = by_place
                .entry((clause.span.start, clause.span.end))
                .or_insert_with(|| (new(search.text(), clause), BTreeMap::new()));
            dropped.events += 1;
            *met.entry(values(clause)).or_default() += 1;
        }
    }
    by_place
        .into_values()
        .map(|(dropped, met)| {
            // Most met, or first by their text: programs that connect side by
            // side do so in any order.
            let most = met
                .into_iter()
                .min_by_key(|(_, times)| std::cmp::Reverse(*times));
            Dropped {
                met: most.map(|(values, _)| values).unwrap_or_default(),
                ..dropped
            }
        })
        .collect()
}

/// The fields of a clause, with the values that they had.
type Values = BTreeMap<String, Option<String>>;

fn values(clause: &Clause) -> Values {
    clause
        .met
        .iter()
        .map(|met| (met.field.clone(), met.value.clone()))
        .collect()
}

/// Of each OR, the parts by which events were kept, in the order of the text.
pub(crate) fn kept<E: spl::Event>(
    search: &Search,
    events: &[E],
    environment: &Environment,
) -> Vec<Kept> {
    let mut by_place: BTreeMap<(usize, usize), Kept> = BTreeMap::new();
    for event in events {
        for clause in search.chosen(event, environment).unwrap_or_default() {
            let kept = by_place
                .entry((clause.span.start, clause.span.end))
                .or_insert_with(|| {
                    let (line, column) = line_and_column(search.text(), clause.span.start);
                    Kept {
                        clause: on_one_line(search.text(), &clause.span),
                        line,
                        column,
                        events: 0,
                    }
                });
            kept.events += 1;
        }
    }
    by_place.into_values().collect()
}

fn new(text: &str, clause: &Clause) -> Dropped {
    let (line, column) = line_and_column(text, clause.span.start);
    Dropped {
        clause: on_one_line(text, &clause.span),
        line,
        column,
        events: 0,
        met: values(clause),
    }
}

/// What stands in a part of a text, on one line.
pub(crate) fn on_one_line(text: &str, span: &spl::Span) -> String {
    let written = text.get(span.clone()).unwrap_or_default();
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}
