//! Functions on times: seconds since the first of January 1970 in UTC.
//!
//! Source: Search Reference, "Date and Time functions". Times of day are those
//! of the time zone of the environment.

#![expect(
    clippy::unnecessary_wraps,
    reason = "what the table of functions builds has one signature"
)]

use super::{Arguments, Operand, Prepared, Type};
use crate::{
    Error, Value,
    expression::Call,
    table::Scope,
    time::{self, format::TimeFormat, modifier::TimeModifier},
    value::Number,
};

functions! {
    "Date and Time functions";
    "now" (0, 0), "now()", "The time at which the search started, in whole seconds." => now;
    "relative_time" (2, 2), "relative_time(<time>, <modifier>)",
        "The time that a relative time modifier makes of a time.",
        unconfirmed "The result has six digits after the point; a day that a month does not have \
                     is its last day." => relative_time;
    "strftime" (2, 2), "strftime(<time>, <format>)", "The time as text.",
        unconfirmed "Variables of C that the page does not list, such as `%D` and `%R`, mean what \
                     they mean in C." => strftime;
    "strptime" (2, 2), "strptime(<text>, <format>)",
        "The time that the text says; null if it does not fit the format.",
        unconfirmed "Without a date it is today, without a year this year; text after the format \
                     is left alone." => strptime;
    "time" (0, 0), "time()", "The time, with microseconds.",
        unconfirmed "It is the time at which the search started, for every row." => time_;
}

#[expect(clippy::cast_precision_loss, reason = "times stay below 2^53 seconds")]
fn now(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_value(Type::Number, |_, scope| {
        Ok(Value::from(scope.environment.now.as_second() as f64))
    }))
}

fn time_(arguments: Arguments) -> Result<Operand, Error> {
    Ok(arguments.into_value(Type::Number, |_, scope| Ok(seconds(scope.environment.now))))
}

/// A time as the functions print it, with microseconds.
fn seconds(timestamp: jiff::Timestamp) -> Value<'static> {
    Value::Number(Number::with_places(time::seconds(timestamp), 6))
}

/// The format of the second argument where it is a text.
fn format(arguments: &Arguments) -> Result<Prepared, Error> {
    match arguments.literal(1) {
        Some((text, span)) => TimeFormat::parse(text)
            .map(Prepared::TimeFormat)
            .map_err(|message| Error::unsupported(message, span)),
        None => Ok(Prepared::Nothing),
    }
}

impl Call {
    /// Does something with the format of the second argument; `None` where that
    /// is null.
    fn with_format<'a, T>(
        &'a self,
        scope: Scope<'_, 'a>,
        apply: impl FnOnce(&TimeFormat) -> T,
    ) -> Result<Option<T>, Error> {
        if let Prepared::TimeFormat(format) = &self.prepared {
            return Ok(Some(apply(format)));
        }
        let Some(text) = self.text(1, scope)? else {
            return Ok(None);
        };
        let format = TimeFormat::parse(&text)
            .map_err(|message| Error::unsupported(message, self.place(1)))?;
        Ok(Some(apply(&format)))
    }
}

fn strftime(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let format = format(&arguments)?;
    Ok(arguments.into_prepared_value(
        Type::Text,
        |call, scope| {
            let Some(timestamp) = call
                .number(0, scope)?
                .and_then(|number| time::timestamp(number.value()))
            else {
                return Ok(Value::Null);
            };
            let zoned = timestamp.to_zoned_datetime(scope.environment.time_zone.clone());
            let printed = call.with_format(scope, |format| format.print(&zoned))?;
            Ok(printed.map_or(Value::Null, Value::from))
        },
        format,
    ))
}

fn strptime(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let format = format(&arguments)?;
    if let Prepared::TimeFormat(format) = &format {
        format
            .can_read()
            .map_err(|message| Error::unsupported(message, arguments.span.clone()))?;
    }
    Ok(arguments.into_prepared_value(
        Type::Number,
        |call, scope| {
            let Some(text) = call.text(0, scope)? else {
                return Ok(Value::Null);
            };
            let environment = scope.environment;
            let now = environment
                .now
                .to_zoned_datetime(environment.time_zone.clone());
            let read = call.with_format(scope, |format| {
                format
                    .can_read()
                    .map(|()| format.read(&text, &now))
                    .map_err(|message| Error::unsupported(message, call.place(1)))
            })?;
            Ok(read.transpose()?.flatten().map_or(Value::Null, seconds))
        },
        format,
    ))
}

fn relative_time(arguments: Arguments) -> Result<Operand, Error> {
    let arguments = arguments.values()?;
    let prepared = match arguments.literal(1) {
        Some((text, span)) => Prepared::TimeModifier(
            TimeModifier::parse_relative(text).map_err(|message| Error::syntax(message, span))?,
        ),
        None => Prepared::Nothing,
    };
    Ok(arguments.into_prepared_value(
        Type::Number,
        |call, scope| {
            let Some(timestamp) = call
                .number(0, scope)?
                .and_then(|number| time::timestamp(number.value()))
            else {
                return Ok(Value::Null);
            };
            let zone = &scope.environment.time_zone;
            if let Prepared::TimeModifier(modifier) = &call.prepared {
                return Ok(seconds(modifier.resolve(timestamp, zone)));
            }
            let Some(text) = call.text(1, scope)? else {
                return Ok(Value::Null);
            };
            let modifier = TimeModifier::parse_relative(&text)
                .map_err(|message| Error::syntax(message, call.place(1)))?;
            Ok(seconds(modifier.resolve(timestamp, zone)))
        },
        prepared,
    ))
}
