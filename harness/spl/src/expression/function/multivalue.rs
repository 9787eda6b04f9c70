//! Functions on multivalue fields.
//!
//! Source: Search Reference, "Multivalue eval functions".

use std::borrow::Cow;

use super::{Arguments, Operand, Type};
use crate::{
    Error, Value,
    value::{self, Number},
};

pub(super) fn mvcount(arguments: Arguments) -> Result<Operand, Error> {
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

pub(super) fn mvjoin(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Text, |call, scope| {
        let value = call.value(0, scope)?;
        let Some(delimiter) = call.text(1, scope)?.filter(|_| !value.is_null()) else {
            return Ok(Value::Null);
        };
        Ok(Value::from(value.values().join(&delimiter)))
    }))
}

pub(super) fn mvindex(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let value = call.value(0, scope)?;
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
        let values = value.values();
        let Some((start, end)) = place(start, values.len()).zip(place(end, values.len())) else {
            return Ok(Value::Null);
        };
        Ok(values.get(start..=end).map_or(Value::Null, |chosen| {
            Value::from_values(
                chosen
                    .iter()
                    .map(|text| Cow::Owned(text.clone().into_owned()))
                    .collect(),
            )
        }))
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

pub(super) fn split(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    Ok(arguments.into_value(Type::Any, |call, scope| {
        let Some((text, delimiter)) = call.text(0, scope)?.zip(call.text(1, scope)?) else {
            return Ok(Value::Null);
        };
        if delimiter.is_empty() {
            return Err(Error::unsupported(
                "`split()` at an empty delimiter",
                call.place(1),
            ));
        }
        Ok(Value::from_values(
            text.split(&*delimiter)
                .map(|part| Cow::Owned(part.to_owned()))
                .collect(),
        ))
    }))
}
