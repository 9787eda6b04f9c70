//! `convert`: makes numbers of texts, and times of numbers and back.
//!
//! Source: Search Reference, `convert`. That values which cannot be converted
//! stay as they are, where the page says nothing else, is practitioners'
//! knowledge, not documented.

use std::borrow::Cow;

use super::{
    field_list::{self, Name},
    option,
};
use crate::{
    Environment, Error, Number, Value,
    command::{Command, Context},
    cursor::Cursor,
    error::Span,
    names::{self, Slot},
    plan::Planner,
    print::Printer,
    suggest,
    table::{Fields as _, Table},
    time::{self, format::TimeFormat},
    value::parse_number,
    wildcard::{Case, Wildcard},
};

/// The format of times where the text does not say.
const TIME_FORMAT: &str = "%m/%d/%Y %H:%M:%S";

/// A planned `convert`.
#[derive(Debug)]
pub(crate) struct Convert {
    format_text: String,
    format: TimeFormat,
    conversions: Vec<Conversion>,
}

/// One function with its field.
#[derive(Debug)]
struct Conversion {
    function: Function,
    field: Name,
    /// The field to put the value into.
    target: Option<Slot>,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Auto,
    CTime,
    DurationToSeconds,
    Memory,
    MakeTime,
    MinutesToSeconds,
    Leave,
    Number,
    RemoveComma,
    RemoveUnit,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("auto", Function::Auto),
    ("ctime", Function::CTime),
    ("dur2sec", Function::DurationToSeconds),
    ("memk", Function::Memory),
    ("mktime", Function::MakeTime),
    ("mstime", Function::MinutesToSeconds),
    ("none", Function::Leave),
    ("num", Function::Number),
    ("rmcomma", Function::RemoveComma),
    ("rmunit", Function::RemoveUnit),
];

impl Function {
    fn name(self) -> &'static str {
        FUNCTIONS
            .iter()
            .find(|(_, function)| *function == self)
            .map_or("", |(name, _)| name)
    }
}

/// Parses the arguments of `convert`.
///
/// # Errors
///
/// Functions that `convert` does not have, and formats of time that are not
/// evaluated here.
pub(crate) fn parse(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Convert, Error> {
    let mut format_text = TIME_FORMAT.to_owned();
    let mut format_span = cursor.here();
    let mut conversions: Vec<Conversion> = Vec::new();
    while !cursor.at_end() {
        if let Some(name) = option::name(cursor) {
            if !name.text.eq_ignore_ascii_case("timeformat") {
                return Err(option::unknown("convert", &name, &["timeformat"]));
            }
            let token = option::value(cursor)?;
            format_text = token.text.into_owned();
            format_span = token.span;
            continue;
        }
        conversions.push(conversion(cursor, planner)?);
        cursor.eat_mark(",");
    }
    if conversions.is_empty() {
        return Err(cursor.unexpected("a function such as `ctime(field)`"));
    }
    let format = TimeFormat::parse(&format_text)
        .map_err(|message| Error::unsupported(message, format_span.clone()))?;
    if conversions
        .iter()
        .any(|conversion| conversion.function == Function::MakeTime)
    {
        format
            .can_read()
            .map_err(|message| Error::unsupported(message, format_span))?;
    }
    Ok(Convert {
        format_text,
        format,
        conversions,
    })
}

fn conversion(cursor: &mut Cursor<'_>, planner: &mut Planner) -> Result<Conversion, Error> {
    cursor.skip_blanks();
    let start = cursor.position();
    let span = cursor.take_while(|c| c.is_ascii_alphanumeric());
    let name = cursor.slice(span.clone());
    if name.is_empty() {
        return Err(cursor.unexpected("a function such as `ctime(field)`"));
    }
    let lower = name.to_ascii_lowercase();
    let Some((_, function)) = FUNCTIONS.iter().find(|(name, _)| *name == lower) else {
        let error = Error::syntax(format!("`convert` has no function `{name}`"), span);
        return Err(
            match suggest::nearest(&lower, FUNCTIONS.iter().map(|(name, _)| *name)) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error,
            },
        );
    };
    cursor.expect_mark("(", "after the name of the function")?;
    let field = option::field(cursor)?;
    cursor.expect_mark(")", "after the field")?;
    let many = field.text.contains('*');
    let field = if many {
        planner.read_all();
        Name::Many {
            wildcard: Wildcard::new(&field.text, Case::Sensitive),
            internal: names::is_internal(&field.text),
            text: field.text.into_owned(),
        }
    } else {
        Name::One(planner.read(&field.text))
    };
    // It is read before the target is set.
    let target = if cursor.eat_keyword("AS") {
        let target = option::field(cursor)?;
        if many || target.text.contains('*') {
            return Err(Error::unsupported("`AS` with a wildcard", target.span));
        }
        Some(planner.assign(&target.text))
    } else {
        if let Name::One(slot) = field {
            let name = planner.name(slot).to_owned();
            planner.assign(&name);
        }
        None
    };
    Ok(Conversion {
        function: *function,
        field,
        target,
        span: cursor.since(start),
    })
}

impl Convert {
    /// The fields that a conversion is for.
    fn fields(&self, conversion: &Conversion, table: &Table<'_>) -> Vec<Slot> {
        let mut slots = field_list::resolve(std::slice::from_ref(&conversion.field), table);
        if matches!(conversion.field, Name::Many { .. }) {
            for none in &self.conversions {
                if none.function == Function::Leave {
                    let left = field_list::resolve(std::slice::from_ref(&none.field), table);
                    slots.retain(|slot| !left.contains(slot));
                }
            }
        }
        slots
    }

    /// What a value becomes; nothing where it is removed.
    fn converted<'a>(
        &self,
        function: Function,
        text: Cow<'a, str>,
        environment: &Environment,
    ) -> Option<Value<'a>> {
        let converted = match function {
            Function::Auto | Function::Leave => None,
            Function::Number => {
                return parse_number(&text).is_some().then_some(Value::Text(text));
            }
            Function::CTime => parse_number(&text)
                .and_then(time::timestamp)
                .map(|time| time.to_zoned_datetime(environment.time_zone.clone()))
                .map(|time| Value::from(self.format.print(&time))),
            Function::MakeTime => {
                let now = environment
                    .now
                    .to_zoned_datetime(environment.time_zone.clone());
                self.format
                    .read(&text, &now)
                    .map(|time| Value::from(time::seconds(time)))
            }
            Function::DurationToSeconds => duration(&text).map(Value::from),
            Function::MinutesToSeconds => minutes(&text).map(Value::from),
            Function::Memory => memory(&text).map(Value::from),
            Function::RemoveComma => text
                .contains(',')
                .then(|| Value::from(text.replace(',', ""))),
            Function::RemoveUnit => {
                let number = leading_number(&text);
                (!number.is_empty()).then(|| Value::from(number.to_owned()))
            }
        };
        Some(converted.unwrap_or(Value::Text(text)))
    }

    /// `auto()` leaves plain numbers as they are, and a field as it is of which
    /// a value is no number at all. What it makes of numbers with something
    /// after them, the documentation does not say.
    fn check_auto(conversion: &Conversion, slot: Slot, table: &Table<'_>) -> Result<(), Error> {
        let mut other = None;
        for record in &table.records {
            for value in record.value(slot).values() {
                if parse_number(&value).is_some() {
                    continue;
                }
                if leading_number(&value).is_empty() {
                    return Ok(());
                }
                other.get_or_insert_with(|| value.into_owned());
            }
        }
        match other {
            None => Ok(()),
            Some(value) => Err(Error::unsupported(
                format!("`auto()` of a value such as `{value}`"),
                conversion.span.clone(),
            )
            .with_help("say which function converts it, such as `rmunit()`")),
        }
    }
}

/// The number at the beginning of a text: a sign, digits, a fraction.
fn leading_number(text: &str) -> &str {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = text.len() - unsigned.len();
    let whole = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    if whole == 0 {
        return "";
    }
    let fraction = unsigned[whole..].strip_prefix('.').map_or(0, |rest| {
        rest.bytes().take_while(u8::is_ascii_digit).count()
    });
    let point = usize::from(fraction > 0);
    &text[..sign + whole + point + fraction]
}

/// Whole numbers of digits only.
fn digits(text: &str) -> Option<f64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// `[D+]HH:MM:SS` in seconds.
fn duration(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once('+') {
        Some((days, clock)) => (digits(days)?, clock),
        None => (0.0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (hours, minutes, seconds) = (digits(hours)?, digits(minutes)?, digits(seconds)?);
    Some(((days * 24.0 + hours) * 60.0 + minutes) * 60.0 + seconds)
}

/// `[MM:]SS.SSS` in seconds.
fn minutes(text: &str) -> Option<f64> {
    let (minutes, seconds) = match text.split_once(':') {
        Some((minutes, seconds)) => (digits(minutes)?, seconds),
        None => (0.0, text),
    };
    seconds
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| parse_number(seconds))
        .flatten()
        .map(|seconds| minutes * 60.0 + seconds)
}

/// A number with `k`, `m` or `g` after it, in kilobytes.
fn memory(text: &str) -> Option<f64> {
    let (number, factor) = match text.chars().next_back()?.to_ascii_lowercase() {
        'k' => (&text[..text.len() - 1], 1.0),
        'm' => (&text[..text.len() - 1], 1024.0),
        'g' => (&text[..text.len() - 1], 1024.0 * 1024.0),
        _ => (text, 1.0),
    };
    let number = parse_number(number.trim_end())?;
    (number >= 0.0).then_some(number * factor)
}

impl Command for Convert {
    fn run<'a>(&'a self, table: &mut Table<'a>, context: &Context<'_>) -> Result<(), Error> {
        for conversion in &self.conversions {
            if conversion.function == Function::Leave {
                continue;
            }
            for slot in self.fields(conversion, table) {
                if conversion.function == Function::Auto {
                    Self::check_auto(conversion, slot, table)?;
                }
                let target = conversion.target.unwrap_or(slot);
                for record in &mut table.records {
                    let converted =
                        |text| self.converted(conversion.function, text, context.environment);
                    let value = match record.value(slot).clone() {
                        Value::Null => Value::Null,
                        Value::Text(text) => converted(text).unwrap_or_default(),
                        Value::Number(number) => number_converted(number, converted),
                        Value::Multi(values) => Value::from_values(
                            values
                                .into_iter()
                                .filter_map(converted)
                                .filter_map(|value| {
                                    value.text().map(|text| Cow::Owned(text.into_owned()))
                                })
                                .collect(),
                        ),
                    };
                    record.set(target, value);
                }
                table.add_column(target);
            }
        }
        Ok(())
    }

    fn streams(&self) -> bool {
        self.conversions.iter().all(|conversion| {
            conversion.function != Function::Auto && matches!(conversion.field, Name::One(_))
        })
    }

    fn print(&self, out: &mut Printer<'_>) {
        out.option("timeformat", &self.format_text);
        out.list(&self.conversions, |out, conversion| {
            out.word(conversion.function.name());
            out.put("(");
            field_list::print(std::slice::from_ref(&conversion.field), out);
            out.put(")");
            if let Some(target) = conversion.target {
                out.word("AS");
                out.field(target);
            }
        });
    }
}

/// A computed number stays one where its text does not change.
fn number_converted<'a>(
    number: Number,
    converted: impl Fn(Cow<'a, str>) -> Option<Value<'a>>,
) -> Value<'a> {
    let text = number.to_string();
    match converted(Cow::Owned(text.clone())) {
        Some(Value::Text(same)) if same == text => Value::Number(number),
        other => other.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_minutes_and_memory() {
        assert_eq!(duration("00:10:15"), Some(615.0));
        assert_eq!(duration("1+00:00:01"), Some(86401.0));
        for text in ["", "10:15", "1:2:3:4", "a:b:c", "1+2", "-1:00:00"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(minutes("01:30.500"), Some(90.5));
        assert_eq!(minutes("12.250"), Some(12.25));
        assert_eq!(minutes("1:-2"), None);
        assert_eq!(memory("1.5M"), Some(1536.0));
        assert_eq!(memory("100"), Some(100.0));
        for text in ["", "k", "10kb", "-1k", "é"] {
            assert_eq!(memory(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_at_the_beginning() {
        for (text, number) in [
            ("212 sec", "212"),
            ("-1.5ms", "-1.5"),
            ("1.x", "1"),
            ("x1", ""),
            ("", ""),
        ] {
            assert_eq!(leading_number(text), number, "{text}");
        }
    }
}
