//! Functions on the bits of whole numbers from 0 to 2^53-1.
//!
//! Source: Search Reference, "Bitwise functions". An argument outside that
//! range makes the result null.

use super::MANY;
use crate::{Error, Value, expression::Call, table::Scope, value::Number};

functions! {
    "Bitwise functions";
    "bit_and" (2, MANY), "bit_and(<number>, ...)", "The bits that all numbers have."
        => |arguments| {
        super::number(arguments, |call, scope| {
            combined(call, scope, |one, other| one & other)
        })
    };
    "bit_not" (1, 2), "bit_not(<number> [, <bitmask>])",
        "The bits of the mask that the number does not have; the mask is 53 ones by default."
        => |arguments| {
        super::number(arguments, |call, scope| {
            let mask = if call.arguments.len() > 1 { bits(call, 1, scope)? } else { Some(ALL) };
            Ok(number(bits(call, 0, scope)?.zip(mask).map(|(bits, mask)| !bits & mask)))
        })
    };
    "bit_or" (2, MANY), "bit_or(<number>, ...)", "The bits that any of the numbers has."
        => |arguments| {
        super::number(arguments, |call, scope| {
            combined(call, scope, |one, other| one | other)
        })
    };
    "bit_shift_left" (2, 2), "bit_shift_left(<number>, <offset>)",
        "The bits moved to the left; what leaves the 53 bits is lost." => |arguments| {
        super::number(arguments, |call, scope| {
            shifted(call, scope, |bits, offset| (bits << offset) & ALL)
        })
    };
    "bit_shift_right" (2, 2), "bit_shift_right(<number>, <offset>)",
        "The bits moved to the right." => |arguments| {
        super::number(arguments, |call, scope| {
            shifted(call, scope, |bits, offset| bits >> offset)
        })
    };
    "bit_xor" (2, MANY), "bit_xor(<number>, ...)",
        "The bits that an odd count of the numbers has." => |arguments| {
        super::number(arguments, |call, scope| {
            combined(call, scope, |one, other| one ^ other)
        })
    };
}

/// 53 ones, the highest number.
const ALL: u64 = (1 << 53) - 1;

/// An argument that is a whole number in the range.
fn bits<'a>(call: &'a Call, index: usize, scope: Scope<'_, 'a>) -> Result<Option<u64>, Error> {
    Ok(call
        .number(index, scope)?
        .and_then(|number| whole(number.value())))
}

/// A whole number from 0 to 2^53-1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range was checked"
)]
pub(super) fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number))
        .then_some(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn number(bits: Option<u64>) -> Value<'static> {
    bits.map_or(Value::Null, |bits| Value::Number(Number::new(bits as f64)))
}

fn combined<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    combine: fn(u64, u64) -> u64,
) -> Result<Value<'a>, Error> {
    let mut result = None;
    for index in 0..call.arguments.len() {
        let Some(bits) = bits(call, index, scope)? else {
            return Ok(Value::Null);
        };
        result = Some(result.map_or(bits, |result| combine(result, bits)));
    }
    Ok(number(result))
}

fn shifted<'a>(
    call: &'a Call,
    scope: Scope<'_, 'a>,
    shift: fn(u64, u32) -> u64,
) -> Result<Value<'a>, Error> {
    let operands = bits(call, 0, scope)?.zip(bits(call, 1, scope)?);
    Ok(number(operands.map(|(bits, offset)| {
        match u32::try_from(offset) {
            Ok(offset @ ..=53) => shift(bits, offset),
            _ => 0,
        }
    })))
}
