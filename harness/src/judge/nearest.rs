//! Why a detection dropped events that look as if it should have kept them:
//! those that came furthest, and missed by the fewest clauses.

use std::collections::BTreeMap;

use spl::{Clause, Environment, Search};

use crate::report::model::Dropped;

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
    let mut by_place: BTreeMap<(usize, usize), Dropped> = BTreeMap::new();
    for (_, clauses) in explained.iter().filter(|event| distance(event) == nearest) {
        for clause in clauses {
            by_place
                .entry((clause.span.start, clause.span.end))
                .and_modify(|dropped| dropped.events += 1)
                .or_insert_with(|| new(search.text(), clause));
        }
    }
    by_place.into_values().collect()
}

fn new(text: &str, clause: &Clause) -> Dropped {
    let before = text.get(..clause.span.start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let written = text.get(clause.span.clone()).unwrap_or_default();
    Dropped {
        clause: written.split_whitespace().collect::<Vec<_>>().join(" "),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        events: 1,
        met: clause
            .met
            .iter()
            .map(|met| (met.field.clone(), met.value.clone()))
            .collect(),
    }
}
