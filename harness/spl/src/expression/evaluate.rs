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
    value::Number,
};

impl Expression {
    /// The value on a row.
    ///
    /// # Errors
    ///
    /// What this engine does not evaluate but that shows only in the data:
    /// operations on multivalue fields; and limits of regular expressions.
    pub(crate) fn evaluate<'a>(&'a self, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
        match &self.kind {
            ExpressionKind::Null => Ok(Value::Null),
            ExpressionKind::Field(slot) => Ok(match scope.record.value(*slot) {
                // What an expression before this one left is what it printed.
                Value::Number(number) => Value::Number(number.as_printed()),
                value => value.clone(),
            }),
            ExpressionKind::Text(text) => Ok(Value::from(text.as_str())),
            ExpressionKind::Number(number) => Ok(Value::Number(*number)),
            ExpressionKind::Negative(inner) => {
                let value = inner.evaluate(scope)?;
                Ok(operand_number(inner, &value)?
                    .map_or(Value::Null, |number| Value::Number(-number)))
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
            // Fillers run, and the text is parsed anew, before any row is
            // looked at; not so where a command makes the text itself.
            ExpressionKind::Subsearch(_) => Err(Error::unsupported(
                "a subsearch in this expression",
                self.span.clone(),
            )),
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
                if *comparison == Comparison::Equal {
                    return Ok(equals(&left_value, &right_value));
                }
                for (value, expression) in [(&left_value, left), (&right_value, right)] {
                    if matches!(value, Value::Multi(_)) {
                        return Err(Error::unsupported(
                            "a comparison of a multivalue field, other than by `=`,",
                            expression.span.clone(),
                        )
                        .with_help(
                            "choose the values first: `mvfilter(<predicate>)`, or write \
                             `NOT <field>=<value>`",
                        ));
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

/// Whether two values are equal: of a multivalue field, one value that is equal
/// is enough. Null if either side is.
pub(super) fn equals(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    let singles = |value: &Value<'_>| -> Vec<Value<'static>> {
        match value {
            Value::Multi(values) => values
                .iter()
                .map(|value| Value::from(value.clone().into_owned()))
                .collect(),
            single => vec![single.clone().into_owned()],
        }
    };
    match (left, right) {
        (Value::Multi(_), _) | (_, Value::Multi(_)) => {
            let right = singles(right);
            Some(singles(left).iter().any(|left| {
                right
                    .iter()
                    .any(|right| Comparison::Equal.of(left, right) == Some(true))
            }))
        }
        _ => Comparison::Equal.of(left, right),
    }
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

/// `+` adds two numbers or joins two texts, and what stands beside a text is
/// one: `selfjoin` shows `"something"+a` of a number. Anything that cannot be
/// calculated is null, and so is a division by zero.
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
    if let (Some(left), Some(right)) = numbers {
        return Ok(operator.of(left, right).map_or(Value::Null, Value::Number));
    }
    let is_text = |side: &Expression| side.static_type() == Type::Text;
    if operator == Arithmetic::Add
        && (numbers == (None, None) || is_text(left) || is_text(right))
        && let Some((left, right)) = left_value.text().zip(right_value.text())
    {
        return Ok(Value::from(format!("{left}{right}")));
    }
    Ok(Value::Null)
}

/// The number that an operand is. Text that an expression makes stays text,
/// whatever it looks like; a field's text becomes a number if it looks like
/// one.
fn operand_number(expression: &Expression, value: &Value<'_>) -> Result<Option<Number>, Error> {
    match value {
        Value::Multi(_) => Err(multivalue("arithmetic", &expression.span)),
        Value::Text(text) if expression.static_type() != Type::Text => Ok(Number::written(text)),
        Value::Number(number) => Ok(Some(*number)),
        Value::Text(_) | Value::Null => Ok(None),
    }
}

impl Arithmetic {
    /// The result as precise as the least precise operand: of sums and
    /// differences as many places, of products and quotients as many digits
    /// that count (Search Reference, `eval`, "Rounding"; `sigfig()`). Whole
    /// numbers are exact. Nothing where it is a division by zero.
    fn of(self, left: Number, right: Number) -> Option<Number> {
        let least = |left: Option<usize>, right: Option<usize>| match (left, right) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (one, other) => one.or(other),
        };
        let (x, y) = (left.value(), right.value());
        let value = match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide | Self::Remainder if y == 0.0 => return None,
            Self::Divide => x / y,
            Self::Remainder => x % y,
        };
        Some(match self {
            Self::Add | Self::Subtract | Self::Remainder => {
                match least(left.places(), right.places()) {
                    Some(places) => Number::with_places(value, places),
                    None => Number::new(value),
                }
            }
            Self::Multiply | Self::Divide => {
                Number::with_significant(value, least(left.significant(), right.significant()))
            }
        })
    }
}

/// What Splunk does with the values of a multivalue field here is not
/// documented.
pub(super) fn multivalue(operation: &str, span: &Span) -> Error {
    Error::unsupported(format!("{operation} of a multivalue field"), span.clone()).with_help(
        "write `mvmap(<field>, <expression>)` for each value, or choose or join values with \
         `mvindex()` or `mvjoin()`",
    )
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
            Value::Text(text) => Ok(Number::written(&text)),
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

    /// Whether an argument is known to be text, whatever that looks like.
    pub(super) fn is_text(&self, index: usize) -> bool {
        match self.arguments.get(index) {
            Some(Operand::Value(expression)) => expression.static_type() == Type::Text,
            _ => false,
        }
    }

    /// Where an argument stands.
    pub(super) fn place(&self, index: usize) -> Span {
        self.arguments
            .get(index)
            .map_or_else(|| self.span.clone(), Operand::span)
    }
}
