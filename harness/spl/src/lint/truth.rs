//! What a predicate may be, before any event is seen.

use super::{Linter, pattern};
use crate::expression::{
    Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind,
};

/// Which of true, false and null a predicate may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Truths(u8);

impl Truths {
    pub(super) const TRUE: Self = Self(1);
    const FALSE: Self = Self(2);
    const NULL: Self = Self(4);
    const ANY: Self = Self(7);
    const FALSE_OR_NULL: Self = Self(6);

    pub(super) fn may_be_true(self) -> bool {
        self.has(Self::TRUE)
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn when(self, condition: bool) -> Self {
        if condition { self } else { Self(0) }
    }

    fn not(self) -> Self {
        Self::TRUE
            .when(self.has(Self::FALSE))
            .or(Self::FALSE.when(self.has(Self::TRUE)))
            .or(Self::NULL.when(self.has(Self::NULL)))
    }

    fn and(self, other: Self) -> Self {
        let (true_, false_, null) = (Self::TRUE, Self::FALSE, Self::NULL);
        let both = |t: Self| self.has(t) && other.has(t);
        let either = |t: Self| self.has(t) || other.has(t);
        true_
            .when(both(true_))
            .or(false_.when(either(false_)))
            .or(null.when(
                both(null)
                    || (self.has(null) && other.has(true_))
                    || (self.has(true_) && other.has(null)),
            ))
    }
}

impl Linter<'_> {
    /// What a predicate may be, as far as the text and the vocabulary tell.
    pub(super) fn truths(&self, predicate: &Predicate) -> Truths {
        match &predicate.kind {
            PredicateKind::Constant(Some(true)) => Truths::TRUE,
            PredicateKind::Constant(Some(false)) => Truths::FALSE,
            PredicateKind::Constant(None) => Truths::NULL,
            PredicateKind::Not(inner) => self.truths(inner).not(),
            PredicateKind::And(parts) => parts
                .iter()
                .map(|part| self.truths(part))
                .fold(Truths::TRUE, Truths::and),
            PredicateKind::Or(parts) => parts
                .iter()
                .map(|part| self.truths(part).not())
                .fold(Truths::TRUE, Truths::and)
                .not(),
            PredicateKind::Xor(left, right) => {
                let (left, right) = (self.truths(left), self.truths(right));
                if left == Truths::NULL || right == Truths::NULL {
                    Truths::NULL
                } else {
                    Truths::ANY
                }
            }
            PredicateKind::Comparison(comparison, left, right) => {
                if self.is_null_value(left) || self.is_null_value(right) {
                    return Truths::NULL;
                }
                match (&left.kind, &right.kind, comparison) {
                    (ExpressionKind::Number(a), ExpressionKind::Number(b), Comparison::Equal)
                        if a.value().is_finite() && b.value().is_finite() =>
                    {
                        #[expect(
                            clippy::float_cmp,
                            reason = "the comparison of the search is exact"
                        )]
                        let equal = a.value() == b.value();
                        if equal { Truths::TRUE } else { Truths::FALSE }
                    }
                    (_, _, Comparison::Equal)
                        if self.differ_in_case(left, right) || self.differ_in_case(right, left) =>
                    {
                        Truths::FALSE_OR_NULL
                    }
                    _ => Truths::ANY,
                }
            }
            PredicateKind::Call(_, call) => self.truths_of_call(call),
        }
    }

    fn truths_of_call(&self, call: &Call) -> Truths {
        let Some(Operand::Value(subject)) = call.arguments.first() else {
            return Truths::ANY;
        };
        let null = self.is_null_value(subject);
        match call.name {
            "isnull" if null => Truths::TRUE,
            "isnotnull" if null => Truths::FALSE,
            "match" | "like" | "in" if null => Truths::NULL,
            _ => Truths::ANY,
        }
    }

    /// Whether an expression gives null for every row.
    fn is_null_value(&self, expression: &Expression) -> bool {
        match &expression.kind {
            ExpressionKind::Null => true,
            ExpressionKind::Field(slot) => self.is_null(*slot),
            ExpressionKind::Call(_, _, call) => {
                matches!(
                    call.name,
                    "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "len"
                ) && matches!(
                    call.arguments.first(),
                    Some(Operand::Value(inner)) if self.is_null_value(inner)
                )
            }
            _ => false,
        }
    }

    fn differ_in_case(&self, subject: &Expression, text: &Expression) -> bool {
        let transform = self.case_of(subject);
        matches!(&text.kind, ExpressionKind::Text(text)
            if text.contains(|c| pattern::is_other_case(c, transform)))
    }
}
