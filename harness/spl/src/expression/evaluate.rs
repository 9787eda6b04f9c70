//! Evaluates expressions on a row.
//!
//! Logic is three-valued: what is compared or calculated with a null is null,
//! and null is not true.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    Arithmetic, Call, Comparison, Expression, ExpressionKind, Operand, Predicate, PredicateKind,
    Type,
};
use crate::{
    Error, Value,
    error::Span,
    table::{Fields, Scope},
    value::{Number, parse_number},
};

impl Expression {
    /// The value on a row.
    ///
    /// # Errors
    ///
    /// What this engine does not evaluate but that shows only in the data:
    /// operations on multivalue fields, arithmetic on decimal fractions; and
    /// limits of regular expressions.
    pub(crate) fn evaluate<'a>(&'a self, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
        match &self.kind {
            ExpressionKind::Null => Ok(Value::Null),
            ExpressionKind::Field(slot) => Ok(scope.record.value(*slot).clone()),
            ExpressionKind::Text(text) => Ok(Value::from(text.as_str())),
            ExpressionKind::Number(number) => Ok(Value::Number(number.clone())),
            ExpressionKind::Negative(inner) => {
                let value = inner.evaluate(scope)?;
                Ok(value.number().map_or(Value::Null, |n| Value::from(-n)))
            }
            ExpressionKind::Arithmetic(operator, left, right) => {
                calculate(*operator, left, right, scope)
            }
            ExpressionKind::Concatenation(parts) => {
                let mut joined = String::new();
                for part in parts {
                    let value = part.evaluate(scope)?;
                    match single_text(&value, "concatenation", &part.span)? {
                        Some(text) => joined.push_str(&text),
                        None => return Ok(Value::Null),
                    }
                }
                Ok(Value::from(joined))
            }
            ExpressionKind::Call(_, evaluate, call) => evaluate(call, scope),
        }
    }
}

impl Predicate {
    /// True, false or null on a row.
    ///
    /// # Errors
    ///
    /// As [`Expression::evaluate`].
    pub(crate) fn evaluate<'a>(&'a self, scope: Scope<'_, 'a>) -> Result<Option<bool>, Error> {
        match &self.kind {
            PredicateKind::Constant(truth) => Ok(*truth),
            PredicateKind::Not(inner) => Ok(inner.evaluate(scope)?.map(|truth| !truth)),
            PredicateKind::And(parts) => quantify(parts, scope, false),
            PredicateKind::Or(parts) => quantify(parts, scope, true),
            PredicateKind::Xor(left, right) => {
                let (left, right) = (left.evaluate(scope)?, right.evaluate(scope)?);
                Ok(left.zip(right).map(|(left, right)| left != right))
            }
            PredicateKind::Comparison(comparison, left, right) => {
                let left_value = left.evaluate(scope)?;
                let right_value = right.evaluate(scope)?;
                for (value, expression) in [(&left_value, left), (&right_value, right)] {
                    if matches!(value, Value::Multi(_)) {
                        return Err(multivalue("comparison", &expression.span));
                    }
                }
                Ok(comparison.of(&left_value, &right_value))
            }
            PredicateKind::Call(evaluate, call) => evaluate(call, scope),
        }
    }
}

/// AND and OR: decided by the first part that is `decisive`, else null if any
/// part is null.
fn quantify<'a>(
    parts: &'a [Predicate],
    scope: Scope<'_, 'a>,
    decisive: bool,
) -> Result<Option<bool>, Error> {
    let mut result = Some(!decisive);
    for part in parts {
        match part.evaluate(scope)? {
            Some(truth) if truth == decisive => return Ok(Some(decisive)),
            Some(_) => {}
            None => result = None,
        }
    }
    Ok(result)
}

impl Comparison {
    /// Numbers, and text that looks like numbers, compare as numbers if both
    /// sides do; anything else compares as text, byte by byte. Null if either
    /// side is.
    pub(super) fn of(self, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
        let ordering = match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => Some(left.text()?.as_bytes().cmp(right.text()?.as_bytes())),
        };
        // NaN equals nothing.
        let Some(ordering) = ordering else {
            return Some(self == Self::NotEqual);
        };
        Some(match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::NotEqual => ordering != Ordering::Equal,
            Self::Less => ordering == Ordering::Less,
            Self::LessOrEqual => ordering != Ordering::Greater,
            Self::Greater => ordering == Ordering::Greater,
            Self::GreaterOrEqual => ordering != Ordering::Less,
        })
    }
}

/// `+` adds two numbers or joins two texts; anything that cannot be calculated
/// is null, and so is a division by zero.
fn calculate<'a>(
    operator: Arithmetic,
    left: &'a Expression,
    right: &'a Expression,
    scope: Scope<'_, 'a>,
) -> Result<Value<'a>, Error> {
    let left_value = left.evaluate(scope)?;
    let right_value = right.evaluate(scope)?;
    let numbers = (
        operand_number(left, &left_value)?,
        operand_number(right, &right_value)?,
    );
    let (Some(left_number), Some(right_number)) = numbers else {
        if operator == Arithmetic::Add
            && let (None, None) = numbers
            && let Some((left, right)) = left_value.text().zip(right_value.text())
        {
            return Ok(Value::from(format!("{left}{right}")));
        }
        return Ok(Value::Null);
    };
    for (number, expression) in [(left_number, left), (right_number, right)] {
        if number.fract() != 0.0 {
            return Err(decimals(&expression.span));
        }
    }
    let result = match operator {
        Arithmetic::Add => left_number + right_number,
        Arithmetic::Subtract => left_number - right_number,
        Arithmetic::Multiply => left_number * right_number,
        Arithmetic::Divide | Arithmetic::Remainder if right_number == 0.0 => {
            return Ok(Value::Null);
        }
        Arithmetic::Divide => left_number / right_number,
        Arithmetic::Remainder => left_number % right_number,
    };
    Ok(Value::from(result))
}

/// The number that an operand is. Text that an expression makes stays text,
/// whatever it looks like; a field's text becomes a number if it looks like
/// one.
fn operand_number(expression: &Expression, value: &Value<'_>) -> Result<Option<f64>, Error> {
    match value {
        Value::Multi(_) => Err(multivalue("arithmetic", &expression.span)),
        Value::Text(text) if expression.static_type() != Type::Text => {
            let number = parse_number(text);
            if number.is_some() && text.contains('.') {
                return Err(decimals(&expression.span));
            }
            Ok(number)
        }
        Value::Number(number) => Ok(Some(number.value())),
        Value::Text(_) | Value::Null => Ok(None),
    }
}

/// Splunk rounds the result of arithmetic on decimal fractions to the
/// significant digits of its operands, by rules that its documentation does not
/// give in full.
pub(super) fn decimals(span: &Span) -> Error {
    Error::unsupported(
        "arithmetic on decimal fractions (Splunk rounds to significant digits)",
        span.clone(),
    )
}

/// What Splunk does with the values of a multivalue field here is not
/// documented.
pub(super) fn multivalue(operation: &str, span: &Span) -> Error {
    Error::unsupported(format!("{operation} of a multivalue field"), span.clone())
}

/// The text of a value that must be a single one.
pub(super) fn single_text<'v>(
    value: &'v Value<'_>,
    operation: &str,
    span: &Span,
) -> Result<Option<Cow<'v, str>>, Error> {
    match value {
        Value::Multi(values) if !values.is_empty() => Err(multivalue(operation, span)),
        value => Ok(value.text()),
    }
}

impl Call {
    /// The value of an argument.
    ///
    /// The table of functions checked the kinds of arguments when the call was
    /// built; a predicate here has no value.
    pub(super) fn value<'a>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
    ) -> Result<Value<'a>, Error> {
        match self.arguments.get(index) {
            Some(Operand::Value(expression)) => expression.evaluate(scope),
            Some(Operand::Truth(_)) | None => Ok(Value::Null),
        }
    }

    /// The truth of an argument; see [`value`](Self::value).
    pub(super) fn truth<'a>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<bool>, Error> {
        match self.arguments.get(index) {
            Some(Operand::Truth(predicate)) => predicate.evaluate(scope),
            Some(Operand::Value(_)) | None => Ok(None),
        }
    }

    /// The text of an argument; `None` for null.
    pub(super) fn text<'a>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<Cow<'a, str>>, Error> {
        match self.value(index, scope)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Number(number) => Ok(Some(Cow::Owned(number.to_string()))),
            Value::Multi(_) => Err(multivalue(
                &format!("`{}()`", self.name),
                &self.place(index),
            )),
        }
    }

    /// The number that an argument is; `None` for null and for text that is
    /// none.
    pub(super) fn number<'a>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<Number>, Error> {
        match self.value(index, scope)? {
            Value::Number(number) => Ok(Some(number)),
            Value::Text(text) => Ok(parse_number(&text).map(|n| Number::with_text(n, &text))),
            Value::Null => Ok(None),
            Value::Multi(_) => Err(multivalue(
                &format!("`{}()`", self.name),
                &self.place(index),
            )),
        }
    }

    /// The whole number that an argument is, cut off towards zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, which is what is meant"
    )]
    pub(super) fn integer<'a>(
        &'a self,
        index: usize,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<i64>, Error> {
        Ok(self.number(index, scope)?.map(|n| n.value() as i64))
    }

    /// Where an argument stands.
    pub(super) fn place(&self, index: usize) -> Span {
        self.arguments
            .get(index)
            .map_or_else(|| self.span.clone(), Operand::span)
    }
}
