//! Why a `search` drops an event: the clauses that failed.

use super::filter::{Filter, FilterKind};
use crate::{
    command::Source,
    explain::{Clause, Met},
    names::Slot,
    table::Scope,
};

impl Filter {
    /// Adds the clauses that failed; none where the record is kept.
    ///
    /// Of an AND these are all parts that failed; an OR is one clause with its
    /// alternatives.
    pub(super) fn explain(
        &self,
        scope: Scope<'_, '_>,
        source: Source<'_>,
        clauses: &mut Vec<Clause>,
    ) {
        let record = scope.record;
        if self.keeps(record, scope.environment) {
            return;
        }
        let mut alternatives = Vec::new();
        let expected = match &self.kind {
            FilterKind::And(filters) => {
                for filter in Self::in_text_order(filters) {
                    filter.explain(scope, source, clauses);
                }
                return;
            }
            FilterKind::Or(filters) => {
                for filter in Self::in_text_order(filters) {
                    filter.explain(scope, source, &mut alternatives);
                }
                self.span.clone()
            }
            FilterKind::Comparison(comparison) => comparison.expected.clone(),
            FilterKind::Any
            | FilterKind::Subsearch(_)
            | FilterKind::Not(_)
            | FilterKind::Term { .. }
            | FilterKind::EventType { .. }
            | FilterKind::Time(_) => self.span.clone(),
        };
        clauses.push(Clause {
            span: self.span.clone(),
            expected: source.text[expected].to_owned(),
            met: self.met(scope, source),
            alternatives,
        });
    }

    /// Adds the parts of ORs by which a record that is kept is kept.
    pub(super) fn chosen(
        &self,
        scope: Scope<'_, '_>,
        source: Source<'_>,
        clauses: &mut Vec<Clause>,
    ) {
        match &self.kind {
            FilterKind::And(filters) => {
                for filter in Self::in_text_order(filters) {
                    filter.chosen(scope, source, clauses);
                }
            }
            FilterKind::Or(filters) => {
                let holds = |filter: &&Self| filter.keeps(scope.record, scope.environment);
                for filter in Self::in_text_order(filters).into_iter().filter(holds) {
                    if let FilterKind::Or(_) = filter.kind {
                        filter.chosen(scope, source, clauses);
                        continue;
                    }
                    clauses.push(Clause {
                        span: filter.span.clone(),
                        expected: source.text[filter.span.clone()].to_owned(),
                        met: filter.met(scope, source),
                        alternatives: Vec::new(),
                    });
                }
            }
            _ => {}
        }
    }

    /// The fields that are looked at, with their values.
    fn met(&self, scope: Scope<'_, '_>, source: Source<'_>) -> Vec<Met> {
        let mut slots = Vec::new();
        self.slots(&mut slots);
        Met::all(&slots, scope, source)
    }

    /// The fields that are looked at, each once, in the order of the text.
    fn slots(&self, slots: &mut Vec<Slot>) {
        let slot = match &self.kind {
            FilterKind::Any | FilterKind::Subsearch(_) => return,
            FilterKind::And(filters) | FilterKind::Or(filters) => {
                for filter in Self::in_text_order(filters) {
                    filter.slots(slots);
                }
                return;
            }
            FilterKind::Not(filter) => return filter.slots(slots),
            FilterKind::EventType { said, searches } => {
                for search in searches {
                    search.slots(slots);
                }
                said.field
            }
            FilterKind::Comparison(comparison) => comparison.field,
            FilterKind::Term { raw, .. } => *raw,
            FilterKind::Time(bound) => bound.time,
        };
        if !slots.contains(&slot) {
            slots.push(slot);
        }
    }
}
