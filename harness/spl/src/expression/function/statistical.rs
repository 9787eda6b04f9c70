//! Statistics over the arguments of one row.
//!
//! Source: Search Reference, "Statistical eval functions", and "Mathematical
//! functions" for `sum()`. Every value of a multivalue field counts; what is
//! null, or is no number where one is needed, does not.

use std::{borrow::Cow, cmp::Ordering};

use super::{Arguments, MANY, Operand, Type};
use crate::{
    Error, Value,
    expression::Call,
    table::Scope,
    value::{self, Number},
};

functions! {
    "Statistical eval functions";
    "avg" (1, MANY), "avg(<number>, ...)", "The mean of the arguments that are numbers."
        => |arguments| {
        Ok(numeric(arguments)?.into_value(Type::Number, |call, scope| {
            let (sum, count) = total(call, scope)?;
            Ok(if count == 0 {
                Value::Null
            } else {
                Value::Number(Number::new(sum / value::count(count)))
            })
        }))
    };
    "max" (1, MANY), "max(<value>, ...)", "The highest argument; text is above numbers."
        => |arguments| {
        super::value(arguments, |call, scope| {
            extreme(call, scope, Ordering::Greater)
        })
    };
    "min" (1, MANY), "min(<value>, ...)", "The lowest argument; text is above numbers."
        => |arguments| {
        super::value(arguments, |call, scope| {
            extreme(call, scope, Ordering::Less)
        })
    };
}

/// Listed with the mathematical functions.
pub(super) fn sum(arguments: Arguments) -> Result<Operand, Error> {
    Ok(numeric(arguments)?.into_value(Type::Number, |call, scope| {
        let (sum, count) = total(call, scope)?;
        Ok(if count == 0 {
            Value::Null
        } else {
            Value::Number(Number::new(sum))
        })
    }))
}

/// Arguments that may be numbers. Text that stands in the expression is an
/// error, says the documentation, even where it looks like a number.
fn numeric(arguments: Arguments) -> Result<Arguments, Error> {
    let arguments = arguments.values()?;
    for operand in &arguments.operands {
        if let Operand::Value(expression) = operand
            && expression.static_type() == Type::Text
        {
            return Err(Error::types(
                format!("`{}()` takes numbers, found text", arguments.name),
                expression.span.clone(),
            )
            .with_help("convert it: `tonumber(<text>)`"));
        }
    }
    Ok(arguments)
}

/// The sum of the values that are numbers, and how many they are.
fn total<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<(f64, usize), Error> {
    let (mut sum, mut count) = (0.0, 0);
    for index in 0..call.arguments.len() {
        for value in single_values(call.value(index, scope)?) {
            if let Some(number) = value.number() {
                sum += number;
                count += 1;
            }
        }
    }
    Ok((sum, count))
}

/// The values of a field, none for null.
fn single_values(value: Value<'_>) -> Vec<Value<'_>> {
    match value {
        Value::Null => Vec::new(),
        Value::Multi(values) => values.into_iter().map(Value::Text).collect(),
        single => vec![single],
    }
}

fn extreme<'a>(call: &'a Call, scope: Scope<'_, 'a>, wanted: Ordering) -> Result<Value<'a>, Error> {
    let mut best: Option<(Option<f64>, Value<'a>)> = None;
    for index in 0..call.arguments.len() {
        let is_text = call.is_text(index);
        for value in single_values(call.value(index, scope)?) {
            let number = if is_text { None } else { value.number() };
            let better = best.as_ref().is_none_or(|(best_number, best)| {
                order((number, &value), (*best_number, best)) == wanted
            });
            if better {
                best = Some((number, value));
            }
        }
    }
    Ok(best.map_or(Value::Null, |(_, value)| value))
}

/// Numbers by number, text by its bytes, numbers below text.
fn order(
    (one, one_value): (Option<f64>, &Value<'_>),
    (other, other_value): (Option<f64>, &Value<'_>),
) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => {
            let text = |value: &Value<'_>| value.text().map(Cow::into_owned).unwrap_or_default();
            text(one_value).cmp(&text(other_value))
        }
    }
}
