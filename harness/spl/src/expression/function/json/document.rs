//! JSON documents and the values of fields.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::{
    Value,
    value::{Number, parse_number},
};

/// The document that a text is, without anything after it. Documents nested
/// more than 128 deep are none.
pub(super) fn parse(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok()
}

/// The document in one line, without blanks. Numbers without a fraction are
/// printed as whole ones.
pub(super) fn print(document: &Json) -> String {
    whole_numbers(document.clone()).to_string()
}

fn whole_numbers(document: Json) -> Json {
    match document {
        Json::Number(known) if known.is_f64() => known.as_f64().map_or(Json::Null, number),
        Json::Array(elements) => elements.into_iter().map(whole_numbers).collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, whole_numbers(value)))
            .collect(),
        other => other,
    }
}

/// A number; JSON has none for what is not finite.
#[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
pub(super) fn number(value: f64) -> Json {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return Json::from(value as i64);
    }
    serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// What the text of a field is as a part of a document: an array, an object or
/// a number where it looks like one, otherwise a text.
pub(super) fn infer(text: Cow<'_, str>) -> Json {
    if text.trim_start().starts_with(['[', '{'])
        && let Some(document) = parse(&text)
    {
        return document;
    }
    match parse_number(&text) {
        Some(value) if value.is_finite() => number(value),
        _ => Json::String(text.into_owned()),
    }
}

/// The value of a field that a part of a document is.
pub(super) fn native(document: Json) -> Value<'static> {
    match document {
        Json::Null => Value::Null,
        Json::String(text) => Value::from(text),
        Json::Number(known) => match Number::written(&known.to_string()) {
            Some(number) => Value::Number(number),
            None => Value::from(known.to_string()),
        },
        other => Value::from(print(&other)),
    }
}
