//! Lints on the branches of `case()`.

use std::collections::HashMap;

use super::{Code, Finding, Linter, Severity, Transform, known::Admitted, pattern, truth::Truths};
use crate::{
    expression::{Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind},
    names::Slot,
    print::Printer,
    table::{Record, Scope},
};

/// How much more work it is to try a pattern than a wildcard.
const PATTERN: usize = 200;

impl<'a> Linter<'a> {
    /// Reports branches that are never taken. Its conditions and values are
    /// looked at elsewhere.
    pub(super) fn branches(&mut self, call: &'a Call) {
        let branches: Vec<(&'a Predicate, usize)> = call
            .arguments
            .chunks(2)
            .filter_map(|pair| match pair {
                [Operand::Truth(predicate), value] => Some((predicate, value.span().end)),
                _ => None,
            })
            .collect();
        let place = |index: usize| branches[index].0.span.start..branches[index].1;
        let always = branches
            .iter()
            .position(|(predicate, _)| self.truths(predicate) == Truths::TRUE)
            .filter(|index| index + 1 < branches.len());
        let exhausted = self.exhausted(&branches);
        let (end, finding) = match (always, exhausted) {
            (Some(index), exhausted)
                if exhausted.as_ref().is_none_or(|(first, _)| index < *first) =>
            {
                let finding = Finding::new(
                    Code::UnreachableBranch,
                    place(index + 1),
                    "no row reaches this branch: an earlier one is always true".to_owned(),
                    "remove it, or put it before the one that is always true".to_owned(),
                )
                .with_related(branches[index].0.span.clone(), "this is always true");
                (index + 1, Some(finding))
            }
            (_, Some((first, slot))) => {
                let field = self.name(slot);
                let finding = Finding::new(
                    Code::UnreachableBranch,
                    place(first),
                    format!(
                        "no row reaches this branch: earlier ones take every value of `{field}` \
                         that the search admits"
                    ),
                    "remove it, or narrow the earlier branches".to_owned(),
                );
                (first, Some(finding))
            }
            (_, None) => (branches.len(), None),
        };
        if let Some(mut finding) = finding {
            for index in end + 1..branches.len() {
                finding = finding.with_related(place(index), "nor this one");
            }
            self.report(finding);
        }
        self.repeated(&branches[..end]);
    }

    /// Conditions that an earlier branch has, and conditions that are never
    /// true.
    fn repeated(&mut self, branches: &[(&'a Predicate, usize)]) {
        let mut seen: HashMap<String, &Predicate> = HashMap::new();
        for (predicate, _) in branches {
            let printed = self.printed(predicate);
            if let Some(earlier) = seen.get(&printed) {
                // Chance decides anew each time.
                if !printed.contains("random(") {
                    let finding = Finding::new(
                        Code::DuplicateCondition,
                        predicate.span.clone(),
                        "an earlier branch has the same condition".to_owned(),
                        "remove the branch, or correct its condition".to_owned(),
                    )
                    .with_related(earlier.span.clone(), "this branch is taken");
                    self.report(finding);
                }
            } else if !self.truths(predicate).may_be_true() {
                self.report(
                    Finding::new(
                        Code::CanNeverMatch,
                        predicate.span.clone(),
                        "this condition is never true: the branch is never taken".to_owned(),
                        "remove the branch, or correct its condition".to_owned(),
                    )
                    .with_severity(Severity::Error),
                );
            } else {
                seen.insert(printed, predicate);
            }
        }
    }

    /// The predicate in canonical form.
    fn printed(&self, predicate: &Predicate) -> String {
        let mut out = Printer::new(self.plan);
        predicate.print(&mut out);
        out.into_text()
    }

    /// The first branch that no row reaches because those before it take every
    /// value that a field can have.
    fn exhausted(&self, branches: &[(&'a Predicate, usize)]) -> Option<(usize, Slot)> {
        self.known
            .admitted_slots()
            .into_iter()
            // What expressions make of several values at once is another matter.
            .filter(|slot| self.is_untouched(*slot) && self.is_single(self.name(*slot)))
            .filter_map(|slot| {
                self.known
                    .admitted(slot)
                    .iter()
                    .filter(|values| {
                        let pairs = values.len().saturating_mul(branches.len());
                        self.spend(pairs.saturating_mul(PATTERN))
                    })
                    .filter_map(|values| {
                        let mut first = 0;
                        for value in values {
                            let taken = branches
                                .iter()
                                .position(|(predicate, _)| self.takes(predicate, slot, value))?;
                            first = first.max(taken + 1);
                        }
                        (first < branches.len()).then_some((first, slot))
                    })
                    .min()
            })
            .min()
    }

    /// Whether the predicate is true for every row whose field has a value that
    /// matches. False where that is not proved.
    fn takes(&self, predicate: &Predicate, slot: Slot, value: &Admitted<'_>) -> bool {
        match &predicate.kind {
            PredicateKind::Constant(truth) => *truth == Some(true),
            PredicateKind::And(parts) => parts.iter().all(|part| self.takes(part, slot, value)),
            PredicateKind::Or(parts) => parts.iter().any(|part| self.takes(part, slot, value)),
            PredicateKind::Comparison(Comparison::Equal, left, right) => {
                [(left, right), (right, left)]
                    .into_iter()
                    .any(|(subject, text)| {
                        matches!(&text.kind, ExpressionKind::Text(_))
                            && self.takes_exactly(predicate, subject, slot, value)
                    })
            }
            PredicateKind::Call(_, call) => {
                let Some(Operand::Value(subject)) = call.arguments.first() else {
                    return false;
                };
                match call.name {
                    "isnotnull" => self
                        .resolve(subject)
                        .is_some_and(|(field, _)| field == slot),
                    "match" => match (self.resolve(subject), constant(call, 1)) {
                        (Some((field, transform)), Some(pattern)) => {
                            field == slot && pattern::covers(pattern, transform, value)
                        }
                        _ => false,
                    },
                    "like" => {
                        constant(call, 1)
                            .is_some_and(|pattern| self.takes_like(pattern, subject, slot, value))
                            || self.takes_exactly(predicate, subject, slot, value)
                    }
                    "in" => self.takes_exactly(predicate, subject, slot, value),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// As [`takes`](Self::takes), where the value has no stars: it is tried.
    fn takes_exactly(
        &self,
        predicate: &Predicate,
        subject: &Expression,
        slot: Slot,
        value: &Admitted<'_>,
    ) -> bool {
        let Some((field, transform)) = self.resolve(subject) else {
            return false;
        };
        field == slot
            && value.is_exact()
            && is_one_case(value, transform)
            && self.holds(predicate, slot, value.text) == Some(true)
    }

    /// `like(field, "%a%")` takes what has a fixed part with `a` in it.
    fn takes_like(
        &self,
        pattern: &str,
        subject: &Expression,
        slot: Slot,
        value: &Admitted<'_>,
    ) -> bool {
        let Some((field, transform)) = self.resolve(subject) else {
            return false;
        };
        field == slot
            && is_one_case(value, transform)
            && !pattern.contains(['_', '*', '\\'])
            && super::includes(&pattern.replace('%', "*"), &transform.apply(value.text))
    }

    /// Whether an earlier branch of the `case()` that is looked at takes a value.
    pub(super) fn is_taken(&self, slot: Slot, value: &str) -> bool {
        self.earlier
            .iter()
            .any(|predicate| self.holds(predicate, slot, value) == Some(true))
    }

    /// What a predicate says of a row with this value of one field; `None` where
    /// it needs others.
    fn holds(&self, predicate: &Predicate, slot: Slot, value: &str) -> Option<bool> {
        // Chance decides anew each time; a search in an expression reads what
        // its arguments do not say.
        let printed = self.printed(predicate);
        if ["random(", "searchmatch("]
            .iter()
            .any(|call| printed.contains(call))
        {
            return None;
        }
        let copies = self.known.copies_of(slot);
        let known = |field: &Slot| *field == slot || copies.iter().any(|(copy, _)| copy == field);
        let mut fields = Vec::new();
        super::expression::fields(predicate, &mut fields);
        if !fields.iter().all(known) {
            return None;
        }
        let mut record = Record::new(None, self.plan.names.len());
        record.set(slot, value.to_owned().into());
        for (copy, transform) in &copies {
            record.set(*copy, transform.apply(value).into());
        }
        let scope = Scope {
            record: &record,
            environment: &self.environment,
        };
        predicate
            .evaluate(scope)
            .ok()
            .map(|truth| truth == Some(true))
    }
}

/// Whether all values that match have the same text after what becomes of their
/// case.
fn is_one_case(value: &Admitted<'_>, transform: Transform) -> bool {
    value.text.is_ascii()
        && (transform != Transform::None
            || value.case == crate::wildcard::Case::Sensitive
            || !value.text.contains(|c: char| c.is_ascii_alphabetic()))
}

/// A constant argument.
pub(super) fn constant(call: &Call, index: usize) -> Option<&str> {
    match call.arguments.get(index) {
        Some(Operand::Value(Expression {
            kind: ExpressionKind::Text(text),
            ..
        })) => Some(text),
        _ => None,
    }
}
