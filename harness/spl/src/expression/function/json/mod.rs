//! Functions on JSON documents.
//!
//! Source: Search Reference, "JSON functions", and the functions of other pages
//! that take or make JSON. Documents are texts: the functions read them and
//! print them again without blanks, members in the order in which they came.
//! What is not JSON where a document belongs gives null.

#![expect(
    clippy::unnecessary_wraps,
    reason = "what the table of functions builds has one signature"
)]

mod document;
mod path;

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Arguments, MANY, Operand, Prepared, Type};
use crate::{
    Error, Value,
    expression::{Call, evaluate::multivalue},
    table::Scope,
};
use path::Path;

functions! {
    "JSON functions";
    "json" (1, 1), "json(<value>)", "The value if it is JSON, otherwise null." => json;
    "json_append" (3, MANY), "json_append(<json>, <path>, <value>, ...)",
        "The document with each value added to the array at its path." => |arguments| {
        updating(arguments, |call, scope| updated(call, scope, |document, path, value| {
            path.update(document, &mut |node| extend(node, [value.clone()]));
        }))
    };
    "json_array" (0, MANY), "json_array(<value>, ...)", "A JSON array of the values.",
        unconfirmed "A field's text that is a JSON array or object, or looks like a number, is \
                     taken as such; a multivalue field is an array." => json_array;
    "json_delete" (2, MANY), "json_delete(<json>, <key>, ...)",
        "The object without the members; a dot leads into an object." => json_delete;
    "json_entries" (1, 1), "json_entries(<json>)",
        "The members of an object as an array of objects with `key` and `value`." => json_entries;
    "json_extend" (3, MANY), "json_extend(<json>, <path>, <array>, ...)",
        "The document with the elements of each array added to the array at its path.",
        unconfirmed "What is no array is added as one element." => |arguments| {
        updating(arguments, |call, scope| updated(call, scope, |document, path, value| {
            let elements = match value {
                Json::Array(elements) => elements,
                single => vec![single],
            };
            path.update(document, &mut |node| extend(node, elements.iter().cloned()));
        }))
    };
    "json_extract" (1, MANY), "json_extract(<json>, <path>, ...)",
        "The value at a path, or the values at several as an array." => json_extract;
    "json_extract_exact" (1, MANY), "json_extract_exact(<json>, <key>, ...)",
        "The value of a member, or the values of several as an array." => json_extract_exact;
    "json_has_key_exact" (2, 2), "json_has_key_exact(<json>, <key>)",
        "Whether the object has the member." => json_has_key_exact;
    "json_keys" (1, 1), "json_keys(<json>)", "The names of the members as an array." => json_keys;
    "json_object" (0, MANY), "json_object(<key>, <value>, ...)", "A JSON object of the members.",
        unconfirmed "A field's text that is a JSON array or object, or looks like a number, is \
                     taken as such; a multivalue field is an array." => json_object;
    "json_set" (3, MANY), "json_set(<json>, <path>, <value>, ...)",
        "The document with each value set at its path; objects on the way are made.",
        unconfirmed "Where the path does not fit the document, that stays as it is."
        => |arguments| {
        updating(arguments, |call, scope| updated(call, scope, |document, path, value| {
            path.set(document, &value);
        }))
    };
    "json_set_exact" (3, MANY), "json_set_exact(<json>, <key>, <value>, ...)",
        "The object with each member set.",
        unconfirmed "Several members are set in one object." => json_set_exact;
    "json_valid" (1, 1), "json_valid(<value>)", "Whether the value is JSON." => json_valid;
}

/// The JSON document that an argument is; `None` where it is null or none.
fn document<'a>(call: &'a Call, index: usize, scope: Scope<'_, 'a>) -> Result<Option<Json>, Error> {
    Ok(call
        .text(index, scope)?
        .and_then(|text| document::parse(&text)))
}

/// A document as the value of a field.
fn printed(document: &Json) -> Value<'static> {
    Value::from(document::print(document))
}

/// What an argument is as a part of a document.
fn element<'a>(call: &'a Call, index: usize, scope: Scope<'_, 'a>) -> Result<Json, Error> {
    if let Some(Operand::Truth(predicate)) = call.arguments.get(index) {
        return Ok(predicate.evaluate(scope)?.map_or(Json::Null, Json::Bool));
    }
    Ok(match call.value(index, scope)? {
        Value::Null => Json::Null,
        Value::Number(number) => document::number(number.as_printed().value()),
        Value::Multi(values) => values
            .into_iter()
            .map(|value| Json::String(value.into_owned()))
            .collect(),
        Value::Text(text) if call.is_text(index) => Json::String(text.into_owned()),
        Value::Text(text) => document::infer(text),
    })
}

fn json(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        Ok(call
            .text(0, scope)?
            .filter(|text| document::parse(text).is_some())
            .map_or(Value::Null, Value::Text))
    }))
}

fn json_valid(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_truth(|call, scope| {
        Ok(call
            .text(0, scope)?
            .map(|text| document::parse(&text).is_some()))
    }))
}

pub(super) fn isarray(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments
        .values()?
        .into_truth(|call, scope| is(call, scope, Json::is_array)))
}

pub(super) fn isobject(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments
        .values()?
        .into_truth(|call, scope| is(call, scope, Json::is_object)))
}

fn is<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    wanted: fn(&Json) -> bool,
) -> Result<Option<bool>, Error> {
    if matches!(call.value(0, scope)?, Value::Multi(_)) {
        return Ok(Some(false));
    }
    Ok(Some(
        document(call, 0, scope)?.is_some_and(|document| wanted(&document)),
    ))
}

/// Arguments of which those at even places may be predicates: the values after
/// keys or paths.
fn with_truths(arguments: Arguments, first_key: usize) -> Result<Arguments, Error> {
    if !(arguments.operands.len() - first_key).is_multiple_of(2) {
        return Err(Error::syntax(
            format!(
                "`{}()` takes pairs, found one argument without another",
                arguments.name
            ),
            arguments.span,
        ));
    }
    let is_truth = |arguments: &Arguments, index: usize| {
        matches!(arguments.operands.get(index), Some(Operand::Truth(_)))
    };
    let truths: Vec<bool> = (0..arguments.operands.len())
        .map(|index| {
            let is_value = index > first_key && (index - first_key) % 2 == 1;
            is_value && is_truth(&arguments, index)
        })
        .collect();
    arguments.mixed(|index| truths.get(index) == Some(&true))
}

fn json_array(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let elements = (0..call.arguments.len())
            .map(|index| element(call, index, scope))
            .collect::<Result<Json, _>>()?;
        Ok(printed(&elements))
    }))
}

fn json_object(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = with_truths(arguments, 0)?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let mut members = serde_json::Map::new();
        for index in (0..call.arguments.len()).step_by(2) {
            let Some(key) = call.text(index, scope)? else {
                return Ok(Value::Null);
            };
            members.insert(key.into_owned(), element(call, index + 1, scope)?);
        }
        Ok(printed(&Json::Object(members)))
    }))
}

/// A call that changes a document at paths; paths that are texts are checked
/// with the search.
fn updating(arguments: Arguments, evaluate: super::Value) -> Result<Operand, Error> {
    let arguments = with_truths(arguments, 1)?;
    check_paths(&arguments, (1..arguments.operands.len()).step_by(2))?;
    Ok(arguments.into_value(Type::Any, evaluate))
}

fn check_paths(
    arguments: &Arguments,
    places: impl IntoIterator<Item = usize>,
) -> Result<(), Error> {
    for index in places {
        if let Some((text, span)) = arguments.literal(index) {
            Path::parse(text).map_err(|message| Error::syntax(message, span))?;
        }
    }
    Ok(())
}

fn path<'a>(call: &'a Call, index: usize, scope: Scope<'_, 'a>) -> Result<Option<Path>, Error> {
    match call.text(index, scope)? {
        Some(text) => Path::parse(&text)
            .map(Some)
            .map_err(|message| Error::syntax(message, call.place(index))),
        None => Ok(None),
    }
}

fn updated<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    update: impl Fn(&mut Json, &Path, Json),
) -> Result<Value<'a>, Error> {
    let Some(mut document) = document(call, 0, scope)? else {
        return Ok(Value::Null);
    };
    for index in (1..call.arguments.len()).step_by(2) {
        if let Some(path) = path(call, index, scope)? {
            update(&mut document, &path, element(call, index + 1, scope)?);
        }
    }
    Ok(printed(&document))
}

/// Adds elements to an array; what is none becomes one first.
fn extend(node: &mut Json, elements: impl IntoIterator<Item = Json>) {
    if !node.is_array() {
        *node = Json::Array(vec![node.take()]);
    }
    if let Json::Array(array) = node {
        array.extend(elements);
    }
}

fn json_set_exact(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = with_truths(arguments, 1)?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some(mut document) = document(call, 0, scope)? else {
            return Ok(Value::Null);
        };
        for index in (1..call.arguments.len()).step_by(2) {
            let value = element(call, index + 1, scope)?;
            if let Some(key) = call.text(index, scope)?
                && let Json::Object(members) = &mut document
            {
                members.insert(key.into_owned(), value);
            }
        }
        Ok(printed(&document))
    }))
}

fn json_delete(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        let Some(mut document) = document(call, 0, scope)? else {
            return Ok(Value::Null);
        };
        for index in 1..call.arguments.len() {
            let Some(text) = call.text(index, scope)? else {
                continue;
            };
            // The keys can also come as an array.
            match document::parse(&text) {
                Some(Json::Array(keys)) => {
                    for key in keys.iter().filter_map(Json::as_str) {
                        path::delete(&mut document, key);
                    }
                }
                _ => path::delete(&mut document, &text),
            }
        }
        Ok(printed(&document))
    }))
}

fn json_entries(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        let Some(Json::Object(members)) = document(call, 0, scope)? else {
            return Ok(Value::Null);
        };
        let entries = members
            .into_iter()
            .map(|(key, value)| serde_json::json!({ "key": key, "value": value }))
            .collect();
        Ok(printed(&entries))
    }))
}

fn json_keys(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        let Some(Json::Object(members)) = document(call, 0, scope)? else {
            return Ok(Value::Null);
        };
        Ok(printed(&members.into_iter().map(|(key, _)| key).collect()))
    }))
}

fn json_has_key_exact(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_truth(|call, scope| {
        let Some(key) = call.text(1, scope)? else {
            return Ok(None);
        };
        Ok(document(call, 0, scope)?.map(|document| document.get(&*key).is_some()))
    }))
}

fn json_extract(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    check_paths(&arguments, 1..arguments.operands.len())?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        extracted(call, scope, |document, index| {
            Ok(path(call, index, scope)?.and_then(|path| path.select(document)))
        })
    }))
}

fn json_extract_exact(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        extracted(call, scope, |document, index| {
            Ok(call
                .text(index, scope)?
                .and_then(|key| document.get(&*key).cloned()))
        })
    }))
}

/// The whole document, the one value that is asked for, or an array of several.
fn extracted<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    find: impl Fn(&Json, usize) -> Result<Option<Json>, Error>,
) -> Result<Value<'a>, Error> {
    let Some(document) = document(call, 0, scope)? else {
        return Ok(Value::Null);
    };
    Ok(match call.arguments.len() {
        1 => document::native(document),
        2 => find(&document, 1)?.map_or(Value::Null, document::native),
        several => {
            let mut found = Vec::new();
            for index in 1..several {
                found.push(find(&document, index)?.unwrap_or(Json::Null));
            }
            printed(&Json::Array(found))
        }
    })
}

/// Whether the second argument, which must not depend on the row, is true.
fn flag(arguments: &Arguments) -> Result<bool, Error> {
    use crate::expression::{Predicate, PredicateKind};
    match arguments.operands.get(1) {
        None => Ok(false),
        Some(Operand::Truth(Predicate {
            kind: PredicateKind::Constant(truth),
            ..
        })) => Ok(*truth == Some(true)),
        Some(other) => Err(Error::types("expected `true()` or `false()`", other.span())),
    }
}

/// The flag of the second argument, prepared.
fn flagged(arguments: Arguments) -> Result<(Arguments, Prepared), Error> {
    let flag = flag(&arguments)?;
    Ok((arguments.mixed(|index| index == 1)?, Prepared::Flag(flag)))
}

pub(super) fn json_array_to_mv(arguments: Arguments) -> Result<Operand, Error> {
    let (arguments, flag) = flagged(arguments)?;
    Ok(arguments.into_prepared_value(Type::Any, array_to_mv, flag))
}

pub(super) fn tomv(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments
        .values()?
        .into_prepared_value(Type::Any, array_to_mv, Prepared::Flag(true)))
}

fn array_to_mv<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
    let value = call.value(0, scope)?;
    if matches!(value, Value::Multi(_)) {
        return match call.name {
            "tomv" => Ok(value),
            name => Err(multivalue(&format!("`{name}()`"), &call.place(0))),
        };
    }
    let Some(Json::Array(elements)) = document(call, 0, scope)? else {
        return Ok(Value::Null);
    };
    let quoted = matches!(call.prepared, Prepared::Flag(true));
    Ok(Value::from_values(
        elements
            .iter()
            .map(|element| match element {
                Json::String(text) if !quoted => Cow::Owned(text.clone()),
                element => Cow::Owned(document::print(element)),
            })
            .collect(),
    ))
}

pub(super) fn mv_to_json_array(arguments: Arguments) -> Result<Operand, Error> {
    let (arguments, flag) = flagged(arguments)?;
    Ok(arguments.into_prepared_value(
        Type::Any,
        |call, scope| {
            let value = call.value(0, scope)?;
            Ok(mv_to_array(
                &value,
                matches!(call.prepared, Prepared::Flag(true)),
            ))
        },
        flag,
    ))
}

/// An array of the values as texts, or of what they look like: what looks like
/// nothing that JSON has is null.
fn mv_to_array(value: &Value<'_>, infer: bool) -> Value<'static> {
    if value.is_null() {
        return Value::Null;
    }
    let elements = value
        .values()
        .into_iter()
        .map(|value| {
            if infer {
                document::parse(&value).unwrap_or(Json::Null)
            } else {
                Json::String(value.into_owned())
            }
        })
        .collect();
    printed(&elements)
}

pub(super) fn toarray(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        let value = call.value(0, scope)?;
        if matches!(value, Value::Multi(_)) {
            return Ok(mv_to_array(&value, true));
        }
        Ok(document(call, 0, scope)?
            .filter(Json::is_array)
            .map_or(Value::Null, |array| printed(&array)))
    }))
}

pub(super) fn toobject(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.values()?.into_value(Type::Any, |call, scope| {
        Ok(document(call, 0, scope)?
            .filter(Json::is_object)
            .map_or(Value::Null, |object| printed(&object)))
    }))
}
