//! `lookup()`: what the rows of a lookup say, as a JSON object.
//!
//! Source: Search Reference, "Comparison and Conditional functions", `lookup()`.
//! One row that matches gives texts, several give arrays.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value as Json};

use super::{Arguments, Call, Operand, Prepared, Type};
use crate::{
    Error, Value,
    command::lookup::{Finder, Seen, column, find},
    cursor::Token,
    expression::{Expression, ExpressionKind},
    knowledge::Table as Rows,
    plan::Planner,
    table::Scope,
};

/// The table of a call, with its columns.
#[derive(Debug)]
pub(crate) struct Lookup {
    table: Arc<Rows>,
    finder: Finder,
    min_matches: usize,
    default_match: String,
    /// The columns that the object has, in order.
    outputs: Vec<usize>,
}

/// `lookup()` is built by the parser, which knows the lookups.
pub(super) fn computed(arguments: Arguments) -> Result<Operand, Error> {
    Err(Error::unsupported("`lookup()` here", arguments.span))
}

/// A call of `lookup()`.
///
/// # Errors
///
/// Arguments that are not a text, a `json_object()` and a `json_array()`, and
/// lookups and columns that are not there.
pub(super) fn build(arguments: Arguments, planner: &Planner) -> Result<Operand, Error> {
    let wrong = |span| {
        Error::syntax(
            "`lookup()` takes the name of a lookup, the fields to match and those to give",
            span,
        )
        .with_help(SYNTAX)
    };
    let span = arguments.span.clone();
    let [
        Operand::Value(name),
        Operand::Value(matched),
        Operand::Value(given),
    ] = arguments.operands.as_slice()
    else {
        return Err(wrong(span));
    };
    let (Some(name), Some(matched), Some(given)) = (
        literal(name),
        call_of(matched, "json_object"),
        call_of(given, "json_array"),
    ) else {
        return Err(wrong(span));
    };
    let (definition, table) = find(&name, planner)?;
    let columns = |operands: &mut dyn Iterator<Item = &Operand>| {
        operands
            .map(|operand| match operand {
                Operand::Value(expression) => match literal(expression) {
                    Some(text) => column(&text, &table, &name.text),
                    None => Err(wrong(expression.span.clone())),
                },
                Operand::Truth(predicate) => Err(wrong(predicate.span.clone())),
            })
            .collect::<Result<Vec<usize>, Error>>()
    };
    let keys = columns(&mut matched.arguments.iter().step_by(2))?;
    let outputs = columns(&mut given.arguments.iter())?;
    if keys.is_empty() || outputs.is_empty() {
        return Err(wrong(span));
    }
    let lookup = Lookup {
        finder: Finder::new(&table, &definition, &keys),
        min_matches: definition.min_matches,
        default_match: definition.default_match,
        outputs,
        table,
    };
    Ok(arguments.into_prepared_value(Type::Any, evaluate, Prepared::Lookup(Box::new(lookup))))
}

pub(super) const SYNTAX: &str =
    "lookup(<lookup>, json_object(<column>, <value>, ...), json_array(<column>, ...))";

fn literal(expression: &Expression) -> Option<Token<'_>> {
    match &expression.kind {
        ExpressionKind::Text(text) => Some(Token {
            text: Cow::Borrowed(text),
            span: expression.span.clone(),
            quoted: true,
        }),
        _ => None,
    }
}

fn call_of<'e>(expression: &'e Expression, name: &str) -> Option<&'e Call> {
    match &expression.kind {
        ExpressionKind::Call(_, _, call) if call.name == name => Some(call),
        _ => None,
    }
}

fn evaluate<'a>(call: &'a Call, scope: Scope<'_, 'a>) -> Result<Value<'a>, Error> {
    let (Prepared::Lookup(lookup), Some(Operand::Value(matched))) =
        (&call.prepared, call.arguments.get(1))
    else {
        return Ok(Value::Null);
    };
    let Some(matched) = call_of(matched, "json_object") else {
        return Ok(Value::Null);
    };
    let mut values = Vec::with_capacity(matched.arguments.len() / 2);
    for index in (1..matched.arguments.len()).step_by(2) {
        match matched.text(index, scope)? {
            Some(text) => values.push(text),
            None => return Ok(Value::Null),
        }
    }
    let rows = lookup.finder.find(&values, &mut Seen::default());
    let missing = lookup.min_matches.saturating_sub(rows.len());
    let mut members = Map::new();
    for column in &lookup.outputs {
        let mut cells: Vec<Json> = rows
            .iter()
            .filter_map(|row| lookup.table.cell(*row, *column))
            .chain(std::iter::repeat_n(lookup.default_match.as_str(), missing))
            .map(Json::from)
            .collect();
        let member = match cells.len() {
            0 => continue,
            1 => cells.pop().unwrap_or_default(),
            _ => Json::Array(cells),
        };
        members.insert(lookup.table.columns[*column].clone(), member);
    }
    Ok(if members.is_empty() {
        Value::Null
    } else {
        Value::from(Json::Object(members).to_string())
    })
}
