//! Functions on multivalue fields.
//!
//! Source: Search Reference, "Multivalue eval functions". A single value counts
//! as a field of one value.

use std::borrow::Cow;

use super::{Arguments, MANY, Operand, Prepared, Type, json};
use crate::{
    Error, Value,
    expression::{Call, Expression},
    names::Slot,
    pipeline,
    table::{Record, Scope},
    time::modifier::Offset,
    value::{self, Number},
};

functions! {
    "Multivalue eval functions";
    "commands" (1, 1), "commands(<search>)", "The names of the commands of a search.",
        unconfirmed "Null for a text that is not a search." => commands;
    "json_array_to_mv" (1, 2), "json_array_to_mv(<array> [, <boolean>])",
        "The elements of a JSON array; texts keep their quotation marks if the argument is true."
        => json::json_array_to_mv;
    "mv_to_json_array" (1, 2), "mv_to_json_array(<field> [, <boolean>])",
        "The values as a JSON array: of texts, or of what they look like if the argument is true."
        => json::mv_to_json_array;
    "mvappend" (1, MANY), "mvappend(<value>, ...)", "All the values one after the other."
        => mvappend;
    "mvcount" (1, 1), "mvcount(<field>)", "The number of values; null for none." => mvcount;
    "mvdedup" (1, 1), "mvdedup(<field>)", "The values without those that came before.",
        unconfirmed "The first of equal values stays in its place." => |arguments| {
        super::value(arguments, |call, scope| {
            changed(call, scope, |values| {
                let mut seen = std::collections::HashSet::new();
                values.retain(|value| seen.insert(value.clone()));
            })
        })
    };
    "mvfilter" (1, 1), "mvfilter(<predicate>)",
        "The values of the one field in the predicate for which it is true." => mvfilter;
    "mvfind" (2, 2), "mvfind(<field>, <regex>)",
        "The place, counted from 0, of the first value in which the pattern is found." => mvfind;
    "mvindex" (2, 3), "mvindex(<field>, <start> [, <end>])",
        "The values from start to end, both counted from 0, or from -1 at the end." => mvindex;
    "mvjoin" (2, 2), "mvjoin(<field>, <delimiter>)", "The values as one text." => mvjoin;
    "mvmap" (2, 2), "mvmap(<field>, <expression>)",
        "The results of the expression for each value of the field.",
        unconfirmed "Null results are left out." => mvmap;
    "mvrange" (2, 3), "mvrange(<start>, <end> [, <step>])",
        "Numbers from start to before end, one by one or by a step, which may be a time span."
        => mvrange;
    "mvreverse" (1, 1), "mvreverse(<field>)", "The values in reverse order." => |arguments| {
        super::value(arguments, |call, scope| {
            changed(call, scope, |values| values.reverse())
        })
    };
    "mvsort" (1, 1), "mvsort(<field>)", "The values sorted by their bytes." => |arguments| {
        super::value(arguments, |call, scope| {
            changed(call, scope, |values| values.sort())
        })
    };
    "mvzip" (2, 3), "mvzip(<field>, <field> [, <delimiter>])",
        "The first values joined, the second values joined, and so on; by a comma by default.",
        unconfirmed "What one field has more of is left out." => mvzip;
    "split" (2, 2), "split(<text>, <delimiter>)",
        "The parts of the text; its characters if the delimiter is empty." => split;
}

/// How many values a function may make.
const MOST_VALUES: usize = 100_000;

/// The values of an argument, none for null.
fn values<'a>(
    call: &'a Call,
    index: usize,
    scope: Scope<'_, 'a>,
) -> Result<Vec<Cow<'a, str>>, Error> {
    Ok(all(call.value(index, scope)?))
}

fn all(value: Value<'_>) -> Vec<Cow<'_, str>> {
    match value {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![text],
        Value::Number(number) => vec![Cow::Owned(number.to_string())],
        Value::Multi(values) => values,
    }
}

/// The values of the first argument after a change.
fn changed<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    change: impl FnOnce(&mut Vec<Cow<'a, str>>),
) -> Result<Value<'a>, Error> {
    let mut values = values(call, 0, scope)?;
    change(&mut values);
    Ok(Value::from_values(values))
}

fn too_many(call: &Call) -> Error {
    Error::limit(
        format!("`{}()` of more than {MOST_VALUES} values", call.name),
        call.span.clone(),
    )
}

fn mvappend(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let mut appended = Vec::new();
        for index in 0..call.arguments.len() {
            appended.append(&mut values(call, index, scope)?);
            if appended.len() > MOST_VALUES {
                return Err(too_many(call));
            }
        }
        Ok(Value::from_values(appended))
    }))
}

fn mvcount(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Number, |call, scope| {
        let value = call.value(0, scope)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        Ok(Value::Number(Number::new(value::count(
            value.values().len(),
        ))))
    }))
}

fn mvjoin(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        let value = call.value(0, scope)?;
        let Some(delimiter) = call.text(1, scope)?.filter(|_| !value.is_null()) else {
            return Ok(Value::Null);
        };
        Ok(Value::from(value.values().join(&delimiter)))
    }))
}

fn mvindex(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some(start) = call.integer(1, scope)? else {
            return Ok(Value::Null);
        };
        let end = if call.arguments.len() > 2 {
            match call.integer(2, scope)? {
                Some(end) => end,
                None => return Ok(Value::Null),
            }
        } else {
            start
        };
        let mut values = values(call, 0, scope)?;
        let Some((start, end)) = place(start, values.len()).zip(place(end, values.len())) else {
            return Ok(Value::Null);
        };
        if start > end {
            return Ok(Value::Null);
        }
        Ok(Value::from_values(values.drain(start..=end).collect()))
    }))
}

/// A place counted from 0, or from -1 at the end; `None` outside the values.
fn place(index: i64, length: usize) -> Option<usize> {
    let place = if index < 0 {
        usize::try_from(index.unsigned_abs())
            .ok()
            .and_then(|back| length.checked_sub(back))
    } else {
        usize::try_from(index).ok()
    }?;
    (place < length).then_some(place)
}

fn mvfind(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let pattern = arguments.pattern(1)?;
    Ok(arguments.into_prepared_value(
        Type::Number,
        |call, scope| {
            let values = values(call, 0, scope)?;
            let found = call.with_pattern(1, scope, |pattern| {
                for (index, value) in values.iter().enumerate() {
                    if pattern.is_match(value)? {
                        return Ok(Some(index));
                    }
                }
                Ok(None)
            })?;
            Ok(found.flatten().map_or(Value::Null, |index| {
                Value::Number(Number::new(value::count(index)))
            }))
        },
        pattern,
    ))
}

fn mvzip(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let delimiter = if call.arguments.len() > 2 {
            call.text(2, scope)?
        } else {
            Some(Cow::Borrowed(","))
        };
        let Some(delimiter) = delimiter else {
            return Ok(Value::Null);
        };
        let (left, right) = (values(call, 0, scope)?, values(call, 1, scope)?);
        Ok(Value::from_values(
            left.iter()
                .zip(&right)
                .map(|(left, right)| Cow::Owned(format!("{left}{delimiter}{right}")))
                .collect(),
        ))
    }))
}

/// The one field that stands in an expression.
fn only_field(slots: &[Slot], arguments: &Arguments, index: usize) -> Result<Slot, Error> {
    match slots {
        [slot] => Ok(*slot),
        _ => Err(Error::syntax(
            format!(
                "`{}()` goes over the values of one field, found {} fields here",
                arguments.name,
                slots.len()
            ),
            arguments
                .operands
                .get(index)
                .map_or_else(|| arguments.span.clone(), Operand::span),
        )),
    }
}

fn mvfilter(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.mixed(|_| true)?;
    let mut slots = Vec::new();
    if let Some(Operand::Truth(predicate)) = arguments.operands.first() {
        predicate.slots(&mut slots);
    }
    let slot = only_field(&slots, &arguments, 0)?;
    Ok(arguments.into_prepared_value(
        Type::Any,
        |call, scope| {
            let Prepared::Field(slot) = call.prepared else {
                return Ok(Value::Null);
            };
            let mut kept = Vec::new();
            let mut row = scope.record.clone();
            for value in all(row.take(slot)) {
                row.set(slot, Value::Text(value.clone()));
                if call.truth(0, over(&row, scope))? == Some(true) {
                    kept.push(value);
                }
            }
            Ok(Value::from_values(kept))
        },
        Prepared::Field(slot),
    ))
}

fn mvmap(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let mut slots = Vec::new();
    if let Some(Operand::Value(expression)) = arguments.operands.first() {
        expression.slots(&mut slots);
    }
    let slot = only_field(&slots, &arguments, 0)?;
    let returns = match arguments.operands.get(1) {
        Some(Operand::Value(expression)) => Expression::static_type(expression),
        _ => Type::Any,
    };
    Ok(arguments.into_prepared_value(
        returns,
        |call, scope| {
            let Prepared::Field(slot) = call.prepared else {
                return Ok(Value::Null);
            };
            let mut results = Vec::new();
            let mut row = scope.record.clone();
            for value in values(call, 0, scope)? {
                row.set(slot, Value::Text(value));
                results.append(&mut all(call.value(1, over(&row, scope))?));
                if results.len() > MOST_VALUES {
                    return Err(too_many(call));
                }
            }
            Ok(Value::from_values(results))
        },
        Prepared::Field(slot),
    ))
}

/// The same scope over another row.
fn over<'r, 'a>(row: &'r Record<'a>, scope: Scope<'r, 'a>) -> Scope<'r, 'a> {
    Scope {
        record: row,
        ..scope
    }
}

fn mvrange(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    if let Some((text, span)) = arguments.literal(2)
        && Number::written(text).is_none()
    {
        Offset::span(text).map_err(|message| Error::syntax(message, span))?;
    }
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let bounds = call.number(0, scope)?.zip(call.number(1, scope)?);
        let step = if call.arguments.len() > 2 {
            match call.text(2, scope)? {
                Some(step) => step,
                None => return Ok(Value::Null),
            }
        } else {
            Cow::Borrowed("1")
        };
        let Some((start, end)) = bounds.map(|(start, end)| (start.value(), end.value())) else {
            return Ok(Value::Null);
        };
        let next: Box<dyn Fn(usize, f64) -> Option<f64>> = match Number::written(&step) {
            Some(number) if number.value() > 0.0 => {
                let step = number.value();
                // Said at once: to make them all takes its time.
                if (end - start) / step > value::count(MOST_VALUES) {
                    return Err(too_many(call));
                }
                Box::new(move |index, _| Some(start + step * value::count(index)))
            }
            Some(_) => {
                return Err(Error::unsupported(
                    "a step of `mvrange()` that does not go up",
                    call.place(2),
                )
                .with_help("reverse the range: `mvreverse(mvrange(<start>, <end>))`"));
            }
            None => {
                let span =
                    Offset::span(&step).map_err(|message| Error::syntax(message, call.place(2)))?;
                let zone = &scope.environment.time_zone;
                Box::new(move |_, last| span.after(last, zone))
            }
        };
        let mut range = Vec::new();
        let mut current = start;
        while current < end {
            range.push(Cow::Owned(Number::new(current).to_string()));
            if range.len() > MOST_VALUES {
                return Err(too_many(call));
            }
            let following = next(range.len(), current);
            // Days, months and years differ by less than half of their length, so
            // that the first tells of far too many.
            if let Some(following) = following
                && range.len() == 1
                && (end - start) / (following - start) > 2.0 * value::count(MOST_VALUES)
            {
                return Err(too_many(call));
            }
            match following {
                Some(following) if following > current => current = following,
                _ => break,
            }
        }
        Ok(Value::from_values(range))
    }))
}

fn split(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some((text, delimiter)) = call.text(0, scope)?.zip(call.text(1, scope)?) else {
            return Ok(Value::Null);
        };
        let parts = if delimiter.is_empty() {
            text.chars().map(|c| Cow::Owned(c.to_string())).collect()
        } else {
            text.split(&*delimiter)
                .map(|part| Cow::Owned(part.to_owned()))
                .collect()
        };
        Ok(Value::from_values(parts))
    }))
}

fn commands(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some(search) = call.text(0, scope)? else {
            return Ok(Value::Null);
        };
        let Ok(segments) = pipeline::split(&search, 0..search.len()) else {
            return Ok(Value::Null);
        };
        Ok(Value::from_values(
            segments
                .into_iter()
                .map(|segment| {
                    Cow::Owned(if segment.name.is_empty() {
                        "search".to_owned()
                    } else {
                        search[segment.name].to_ascii_lowercase()
                    })
                })
                .collect(),
        ))
    }))
}
