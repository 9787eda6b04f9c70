//! Functions that say what kind a value is.
//!
//! Source: Search Reference, "Informational functions". Text that stands in the
//! expression is text, whatever it looks like; a field's text is a number where
//! it looks like one.

#![expect(
    clippy::unnecessary_wraps,
    reason = "what the table of functions builds has one signature"
)]

use super::{Arguments, Operand, Type, json};
use crate::{
    Error, Value,
    expression::{Call, evaluate::multivalue},
    table::Scope,
};

functions! {
    "Informational functions";
    "isarray" (1, 1), "isarray(<value>)", "Whether the text is a JSON array." => json::isarray;
    "isbool" (1, 1), "isbool(<value>)", "Whether the value is true or false." => isbool;
    "isdouble" (1, 1), "isdouble(<value>)", "Whether the value is a number with a fraction.",
        unconfirmed "A number is whole if its fraction is zero, however it is written."
        => |arguments| {
        Ok(arguments.into_truth(|call, scope| {
            Ok(Some(matches!(Kind::of(call, scope)?, Kind::Fraction)))
        }))
    };
    "isint" (1, 1), "isint(<value>)", "Whether the value is a whole number.",
        unconfirmed "A number is whole if its fraction is zero, however it is written."
        => |arguments| {
        Ok(arguments.into_truth(|call, scope| {
            Ok(Some(matches!(Kind::of(call, scope)?, Kind::Whole)))
        }))
    };
    "ismv" (1, 1), "ismv(<value>)", "Whether the value has more than one value." => ismv;
    "isnotnull" (1, 1), "isnotnull(<value>)", "Whether the value is not null." => isnotnull;
    "isnull" (1, 1), "isnull(<value>)", "Whether the value is null." => isnull;
    "isnum" (1, 1), "isnum(<value>)", "Whether the value is a number." => |arguments| {
        Ok(arguments.into_truth(|call, scope| {
            let kind = Kind::of(call, scope)?;
            Ok(Some(matches!(kind, Kind::Whole | Kind::Fraction | Kind::NotANumber)))
        }))
    };
    "isobject" (1, 1), "isobject(<value>)", "Whether the text is a JSON object." => json::isobject;
    "isstr" (1, 1), "isstr(<value>)", "Whether the value is text and no number.",
        unconfirmed "A field's text that looks like a number is none." => |arguments| {
        Ok(arguments.into_truth(|call, scope| {
            Ok(Some(matches!(Kind::of(call, scope)?, Kind::Text | Kind::NotANumber)))
        }))
    };
    "typeof" (1, 1), "typeof(<value>)",
        "The kind of the value: `Number`, `String`, `Bool`, or `Invalid` for null." => typeof_;
}

fn isnull(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_truth(|call, scope| Ok(Some(is_null(call, scope)?))))
}

fn isnotnull(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_truth(|call, scope| Ok(Some(!is_null(call, scope)?))))
}

/// Values and predicates alike can be null.
fn is_null<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<bool, Error> {
    match call.arguments.first() {
        Some(Operand::Truth(predicate)) => Ok(predicate.evaluate(scope)?.is_none()),
        _ => Ok(call.value(0, scope)?.is_null()),
    }
}

/// What `isint()` and its like tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Whole,
    Fraction,
    /// The text `NaN` in a field, which counts as a number and as text.
    NotANumber,
    Text,
}

impl Kind {
    fn of<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Self, Error> {
        if let Some(Operand::Truth(predicate)) = call.arguments.first() {
            return Ok(match predicate.evaluate(scope)? {
                Some(_) => Self::Bool,
                None => Self::Null,
            });
        }
        let value = call.value(0, scope)?;
        let number = |number: f64| {
            if number.is_nan() {
                Self::NotANumber
            } else if number.fract() == 0.0 {
                Self::Whole
            } else {
                Self::Fraction
            }
        };
        Ok(match &value {
            Value::Null => Self::Null,
            Value::Multi(values) if values.is_empty() => Self::Null,
            Value::Multi(_) => {
                return Err(multivalue(&format!("`{}()`", call.name), &call.place(0)));
            }
            Value::Number(known) => number(known.value()),
            Value::Text(_) if call.is_text(0) => Self::Text,
            Value::Text(text) if *text == "NaN" => Self::NotANumber,
            Value::Text(_) => value.number().map_or(Self::Text, number),
        })
    }
}

fn isbool(arguments: Arguments) -> Result<Operand, Error> {
    Ok(
        arguments.into_truth(|call, scope| match call.arguments.first() {
            Some(Operand::Truth(predicate)) => Ok(Some(predicate.evaluate(scope)?.is_some())),
            _ => Ok(Some(false)),
        }),
    )
}

fn ismv(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_truth(|call, scope| {
        Ok(Some(
            matches!(call.value(0, scope)?, Value::Multi(values) if values.len() > 1),
        ))
    }))
}

fn typeof_(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_value(Type::Text, |call, scope| {
        Ok(Value::from(match Kind::of(call, scope)? {
            Kind::Null => "Invalid",
            Kind::Bool => "Bool",
            Kind::Whole | Kind::Fraction | Kind::NotANumber => "Number",
            Kind::Text => "String",
        }))
    }))
}
