//! Checks what an expression is made of: that predicates and values stand where
//! they belong, that types fit, and that names are names.

use super::{
    Arithmetic, Expression, ExpressionKind, Operand, Predicate, PredicateKind, Type, function,
};
use crate::{Error, ErrorKind, error::Span, suggest};

/// A predicate from what was parsed; a null is one that is not true.
pub(super) fn into_predicate(operand: Operand) -> Result<Predicate, Error> {
    match operand {
        Operand::Truth(predicate) => Ok(predicate),
        Operand::Value(Expression {
            kind: ExpressionKind::Null,
            span,
        }) => Ok(Predicate {
            kind: PredicateKind::Constant(None),
            span,
        }),
        Operand::Value(Expression {
            kind: ExpressionKind::Subsearch(_),
            span,
        }) => Err(Error::unsupported(
            "a subsearch as a Boolean expression",
            span,
        )),
        Operand::Value(expression) => Err(Error::types(
            "expected a Boolean expression, found a value",
            expression.span,
        )),
    }
}

/// A value from what was parsed.
pub(super) fn into_value(operand: Operand) -> Result<Expression, Error> {
    match operand {
        Operand::Value(expression) => Ok(expression),
        Operand::Truth(predicate) => Err(Error::types(
            "expected a value, found a Boolean expression",
            predicate.span,
        )
        .with_help("use `if(<predicate>, <value>, <value>)`")),
    }
}

/// A side of a comparison.
pub(super) fn compared(operand: Operand) -> Result<Expression, Error> {
    match operand {
        Operand::Value(expression) => Ok(expression),
        Operand::Truth(predicate) => Err(Error::unsupported(
            "a comparison of Boolean expressions",
            predicate.span,
        )
        .with_help("use AND, OR, NOT or XOR")),
    }
}

/// That two sides can be compared: a number and text cannot.
pub(super) fn comparable(left: &Expression, right: &Expression) -> Result<(), Error> {
    match (left.static_type(), right.static_type()) {
        (Type::Number, Type::Text) | (Type::Text, Type::Number) => Err(Error::types(
            "comparison of a number and text",
            left.span.start..right.span.end,
        )),
        _ => Ok(()),
    }
}

/// That an operator can calculate with two sides.
pub(super) fn calculable(
    operator: Arithmetic,
    left: &Expression,
    right: &Expression,
) -> Result<(), Error> {
    let types = (left.static_type(), right.static_type());
    let span = left.span.start..right.span.end;
    match (operator, types) {
        (Arithmetic::Add, (Type::Number, Type::Text) | (Type::Text, Type::Number)) => {
            Err(Error::types("`+` takes two numbers or two texts", span))
        }
        (Arithmetic::Add, _) => Ok(()),
        (_, (Type::Text, _) | (_, Type::Text)) => {
            Err(Error::types("arithmetic takes numbers, found text", span))
        }
        _ => Ok(()),
    }
}

/// Refuses words that are no fields, whatever they are in Splunk's newer
/// language.
pub(super) fn field_word(name: &str, span: &Span) -> Result<(), Error> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "true" | "false" | "null" => Err(Error::unsupported(
            format!("the bare word `{name}`"),
            span.clone(),
        )
        .with_help(format!(
            "write the function `{lower}()`, or `'{name}'` for a field of that name"
        ))),
        "and" | "or" | "xor" | "in" | "like" => Err(Error::syntax(
            format!("expected an operand, found the operator `{name}`"),
            span.clone(),
        )),
        _ => Ok(()),
    }
}

/// The error that a function is not evaluated here, or not known at all.
pub(super) fn unknown_function(name: &str, lower: &str, span: &Span) -> Error {
    if let Some(refused) = function::REFUSED.iter().find(|known| known.name == lower) {
        return Error::unsupported(format!("the function `{lower}()`"), span.clone())
            .with_help(refused.reason);
    }
    let unknown = |suggestion| {
        Error::new(
            ErrorKind::UnknownFunction {
                name: name.to_owned(),
                suggestion,
            },
            span.clone(),
        )
    };
    if let Some((_, help)) = function::FOREIGN.iter().find(|(known, _)| *known == lower) {
        return unknown(None).with_help(*help);
    }
    let suggestion = suggest::nearest(
        lower,
        function::FUNCTIONS
            .iter()
            .map(|function| function.entry.name)
            .chain(function::REFUSED.iter().map(|refused| refused.name)),
    );
    match suggestion {
        Some(name) => unknown(suggestion).with_help(format!("did you mean `{name}()`?")),
        None => unknown(None),
    }
}
