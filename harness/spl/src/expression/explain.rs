//! Why a predicate is not true: which of its parts failed, and the values of
//! the fields in them.

use super::{Call, Expression, ExpressionKind, Operand, Predicate, PredicateKind};
use crate::{
    Error,
    command::Source,
    explain::{Clause, Met},
    names::Slot,
    table::Scope,
};

impl Predicate {
    /// Adds the clauses that are not true. Of an AND these are all parts that
    /// are not; an OR is one clause with its alternatives.
    ///
    /// # Errors
    ///
    /// As [`Predicate::evaluate`].
    pub(crate) fn explain<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
        clauses: &mut Vec<Clause>,
    ) -> Result<(), Error> {
        if self.evaluate(scope)? == Some(true) {
            return Ok(());
        }
        let mut alternatives = Vec::new();
        match &self.kind {
            PredicateKind::And(parts) => {
                for part in parts {
                    part.explain(scope, source, clauses)?;
                }
                return Ok(());
            }
            PredicateKind::Or(parts) => {
                for part in parts {
                    part.explain(scope, source, &mut alternatives)?;
                }
            }
            _ => {}
        }
        clauses.push(self.clause(scope, source, alternatives));
        Ok(())
    }

    /// Adds the parts of ORs by which a record that is kept is kept.
    ///
    /// # Errors
    ///
    /// As [`Predicate::evaluate`].
    pub(crate) fn chosen<'a>(
        &'a self,
        scope: Scope<'_, 'a>,
        source: Source<'_>,
        clauses: &mut Vec<Clause>,
    ) -> Result<(), Error> {
        match &self.kind {
            PredicateKind::And(parts) => {
                for part in parts {
                    part.chosen(scope, source, clauses)?;
                }
            }
            PredicateKind::Or(parts) => {
                for part in parts {
                    match part.kind {
                        _ if part.evaluate(scope)? != Some(true) => {}
                        PredicateKind::Or(_) => part.chosen(scope, source, clauses)?,
                        _ => clauses.push(part.clause(scope, source, Vec::new())),
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn clause(
        &self,
        scope: Scope<'_, '_>,
        source: Source<'_>,
        alternatives: Vec<Clause>,
    ) -> Clause {
        let mut slots = Vec::new();
        self.slots(&mut slots);
        Clause {
            span: self.span.clone(),
            expected: source.text[self.span.clone()].to_owned(),
            met: Met::all(&slots, scope, source),
            alternatives,
        }
    }

    /// Adds the fields that stand in it.
    pub(super) fn slots(&self, slots: &mut Vec<Slot>) {
        match &self.kind {
            PredicateKind::Constant(_) => {}
            PredicateKind::Not(inner) => inner.slots(slots),
            PredicateKind::And(parts) | PredicateKind::Or(parts) => {
                for part in parts {
                    part.slots(slots);
                }
            }
            PredicateKind::Xor(left, right) => {
                left.slots(slots);
                right.slots(slots);
            }
            PredicateKind::Comparison(_, left, right) => {
                left.slots(slots);
                right.slots(slots);
            }
            PredicateKind::Call(_, call) => call.slots(slots),
        }
    }
}

impl Expression {
    /// Adds the fields that stand in it.
    pub(super) fn slots(&self, slots: &mut Vec<Slot>) {
        match &self.kind {
            ExpressionKind::Field(slot) if !slots.contains(slot) => slots.push(*slot),
            ExpressionKind::Null
            | ExpressionKind::Field(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Subsearch(_) => {}
            ExpressionKind::Negative(inner) => inner.slots(slots),
            ExpressionKind::Arithmetic(_, left, right) => {
                left.slots(slots);
                right.slots(slots);
            }
            ExpressionKind::Concatenation(parts) => {
                for part in parts {
                    part.slots(slots);
                }
            }
            ExpressionKind::Call(_, _, call) => call.slots(slots),
        }
    }
}

impl Call {
    fn slots(&self, slots: &mut Vec<Slot>) {
        for argument in &self.arguments {
            match argument {
                Operand::Value(expression) => expression.slots(slots),
                Operand::Truth(predicate) => predicate.slots(slots),
            }
        }
    }
}
