//! From what a field is made, and making it.

use std::borrow::Cow;
use std::fmt;

use spl::Value;

use super::{Step, Table};
use crate::path::{file_name, in_parentheses, key_from_end, word_before_parentheses};
use crate::query_results;
use crate::raw::{Attribute, Digest, Element};

/// Texts, each with the one that goes with it.
pub type Cases = &'static [(&'static str, &'static str)];

/// From what a field is made. Fields that a formula names are those that the
/// operation before its own left; where one is missing, so is the result,
/// unless the formula says otherwise.
#[derive(Debug, Clone, Copy)]
pub enum Formula {
    /// The text of an element of the system block.
    Element(&'static Element),
    /// An attribute of an element of the system block.
    Attribute(&'static Attribute),
    /// A digest, after its name.
    Digest(&'static Digest),
    /// The forwarder's name for its computer.
    Host,
    /// A field.
    Field(&'static str),
    /// A text.
    Constant(&'static str),
    /// Several texts: multivalue.
    Constants(&'static [&'static str]),
    /// A field, if it is there and is not `-`.
    Named(&'static str),
    /// The first of these fields that is there, then another one.
    Coalesce(&'static str, &'static str),
    /// The first of these fields if it is there and is not `-`, otherwise the
    /// other one.
    NamedOr(&'static str, &'static str),
    /// A path without its folder, as the add-ons' regular expression takes it
    /// off.
    FileName(&'static str),
    /// A path without its folder, parted by `/`.
    LinuxFileName(&'static str),
    /// A Windows account's name without its domain.
    WithoutDomain(&'static str),
    /// A part of a registry path, counted from its end: 0 is the last.
    KeyFromEnd(&'static str, usize),
    /// What stands in parentheses after one word: `DWORD (0x00000001)`.
    InParentheses(&'static str),
    /// The word before such parentheses.
    BeforeParentheses(&'static str),
    /// One or the other.
    If(Condition, Choice, Choice),
    /// The text that goes with a field's value, or with all others.
    Case(&'static str, Cases, Option<&'static str>),
    /// The text that goes with the start of a field's value.
    Prefix(&'static str, Cases),
    /// The texts that go with the values of a field: multivalue.
    CaseEach(&'static str, Cases),
    /// Two fields with a `/` between them.
    Joined(&'static str, &'static str),
    /// The answers in a `QueryResults`: multivalue.
    Answers(&'static str),
    /// The numbers of record types in a `QueryResults`: multivalue.
    RecordTypeIds(&'static str),
    /// How many values a field has.
    Count(&'static str),
}

/// What decides between two values. It holds or not: what is missing makes it
/// not hold.
#[derive(Debug, Clone, Copy)]
pub enum Condition {
    /// A field has a value.
    Is(&'static str, &'static str),
    /// Two fields have one value.
    Same(&'static str, &'static str),
}

/// What a condition chooses.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// A text.
    Text(&'static str),
    /// A field, if it is there.
    Field(&'static str),
}

/// What an event has for formulas to read.
pub(crate) trait Fields<'a> {
    /// The event's text.
    fn raw(&self) -> &'a str;
    /// The quote that the event's renderer uses.
    fn quote(&self) -> u8;
    /// The forwarder's name for its computer.
    fn host(&self) -> &'a str;
    /// The event's id.
    fn id(&self) -> Option<u16>;
    /// The value of a datum.
    fn datum(&self, name: &str) -> Option<&'a str>;
}

/// What a formula reads: an event with the fields that an operation left.
pub(crate) struct Input<'i, F> {
    pub(crate) event: &'i F,
    pub(crate) table: &'i Table,
    pub(crate) step: Step,
}

impl<'a, F: Fields<'a>> Input<'_, F> {
    fn field(&self, name: &'static str) -> Value<'a> {
        self.table.value(self.event, name, self.step)
    }

    /// The same, of a field with one value.
    fn text(&self, name: &'static str) -> Option<Cow<'a, str>> {
        match self.field(name) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A field that is a piece of the event's text.
    fn copied(&self, name: &'static str) -> Option<&'a str> {
        match self.text(name) {
            Some(Cow::Borrowed(text)) => Some(text),
            _ => None,
        }
    }
}

/// A part of a text, borrowed from where the text is.
fn part(text: Cow<'_, str>, of: impl Fn(&str) -> Option<&str>) -> Option<Cow<'_, str>> {
    match text {
        Cow::Borrowed(text) => of(text).map(Cow::Borrowed),
        Cow::Owned(text) => of(&text).map(|part| Cow::Owned(part.to_owned())),
    }
}

fn case(cases: Cases, value: &str) -> Option<&'static str> {
    cases
        .iter()
        .find(|(known, _)| *known == value)
        .map(|(_, text)| *text)
}

/// The value of a field with any number of values.
fn several(mut values: Vec<Cow<'_, str>>) -> Value<'_> {
    if values.len() > 1 {
        return Value::Multi(values);
    }
    values.pop().map_or(Value::Null, Value::Text)
}

impl Formula {
    /// What comes out for an event.
    pub(crate) fn value<'a>(self, input: &Input<'_, impl Fields<'a>>) -> Value<'a> {
        let text = match self {
            Self::Field(field) => return input.field(field),
            Self::Constants(texts) => {
                return several(texts.iter().copied().map(Cow::Borrowed).collect());
            }
            Self::CaseEach(field, cases) => {
                return several(
                    values(input.field(field))
                        .iter()
                        .filter_map(|value| case(cases, value).map(Cow::Borrowed))
                        .collect(),
                );
            }
            Self::Answers(field) => {
                return several(
                    query_results::items(input.copied(field).unwrap_or_default())
                        .map(|item| Cow::Borrowed(item.answer))
                        .collect(),
                );
            }
            Self::RecordTypeIds(field) => {
                return several(
                    query_results::items(input.copied(field).unwrap_or_default())
                        .filter_map(|item| item.record_type.map(Cow::Borrowed))
                        .collect(),
                );
            }
            _ => self.text(input),
        };
        text.map_or(Value::Null, Value::Text)
    }

    /// What comes out of a formula with one value.
    fn text<'a>(self, input: &Input<'_, impl Fields<'a>>) -> Option<Cow<'a, str>> {
        match self {
            Self::Element(element) => element.of(input.event.raw()).map(Cow::Borrowed),
            Self::Attribute(attribute) => attribute
                .of(input.event.raw(), input.event.quote())
                .map(Cow::Borrowed),
            Self::Digest(digest) => digest.of(input.event.raw()).map(Cow::Borrowed),
            Self::Host => Some(Cow::Borrowed(input.event.host())),
            Self::Constant(text) => Some(Cow::Borrowed(text)),
            Self::Named(field) => input.text(field).filter(|text| text != "-"),
            Self::Coalesce(first, second) => input.text(first).or_else(|| input.text(second)),
            Self::NamedOr(first, second) => input
                .text(first)
                .filter(|text| text != "-")
                .or_else(|| input.text(second)),
            Self::FileName(field) => part(input.text(field)?, |path| Some(file_name(path))),
            Self::LinuxFileName(field) => part(input.text(field)?, |path| path.rsplit('/').next()),
            Self::WithoutDomain(field) => {
                part(input.text(field)?, |account| account.rsplit('\\').next())
            }
            Self::KeyFromEnd(field, place) => {
                part(input.text(field)?, |path| key_from_end(path, place))
            }
            Self::InParentheses(field) => part(input.text(field)?, in_parentheses),
            Self::BeforeParentheses(field) => part(input.text(field)?, word_before_parentheses),
            Self::If(condition, then, otherwise) => {
                match if condition.holds(input) {
                    then
                } else {
                    otherwise
                } {
                    Choice::Text(text) => Some(Cow::Borrowed(text)),
                    Choice::Field(field) => input.text(field),
                }
            }
            Self::Case(field, cases, others) => {
                let value = input.text(field)?;
                case(cases, &value).or(others).map(Cow::Borrowed)
            }
            Self::Prefix(field, cases) => {
                let value = input.text(field)?;
                cases
                    .iter()
                    .find(|(prefix, _)| value.starts_with(prefix))
                    .map(|(_, text)| Cow::Borrowed(*text))
            }
            Self::Joined(first, second) => Some(Cow::Owned(format!(
                "{}/{}",
                input.text(first)?,
                input.text(second)?
            ))),
            Self::Count(field) => match values(input.field(field)).len() {
                0 => None,
                count => Some(Cow::Owned(count.to_string())),
            },
            Self::Field(_)
            | Self::Constants(_)
            | Self::CaseEach(..)
            | Self::Answers(_)
            | Self::RecordTypeIds(_) => None,
        }
    }

    /// Whether something can come out where only some fields can be there.
    pub(crate) fn can_be(self, has: &dyn Fn(&'static str) -> bool) -> bool {
        match self {
            Self::Element(_)
            | Self::Attribute(_)
            | Self::Digest(_)
            | Self::Host
            | Self::Constant(_)
            | Self::Constants(_) => true,
            Self::Field(field)
            | Self::Named(field)
            | Self::FileName(field)
            | Self::LinuxFileName(field)
            | Self::WithoutDomain(field)
            | Self::KeyFromEnd(field, _)
            | Self::InParentheses(field)
            | Self::BeforeParentheses(field)
            | Self::Case(field, ..)
            | Self::Prefix(field, _)
            | Self::CaseEach(field, _)
            | Self::Answers(field)
            | Self::RecordTypeIds(field)
            | Self::Count(field) => has(field),
            Self::Coalesce(first, second) | Self::NamedOr(first, second) => {
                has(first) || has(second)
            }
            Self::Joined(first, second) => has(first) && has(second),
            Self::If(condition, then, otherwise) => {
                let can = |choice| match choice {
                    Choice::Text(_) => true,
                    Choice::Field(field) => has(field),
                };
                (condition.can_hold(has) && can(then)) || can(otherwise)
            }
        }
    }

    /// Whether what comes out stands in the event's text as it is, where the
    /// fields that the formula reads do.
    pub(crate) fn is_verbatim(self, is_verbatim: &dyn Fn(&'static str) -> bool) -> bool {
        match self {
            Self::Element(_) | Self::Attribute(_) | Self::Digest(_) => true,
            Self::Field(field)
            | Self::Named(field)
            | Self::FileName(field)
            | Self::LinuxFileName(field)
            | Self::WithoutDomain(field)
            | Self::KeyFromEnd(field, _)
            | Self::InParentheses(field)
            | Self::BeforeParentheses(field)
            | Self::Answers(field)
            | Self::RecordTypeIds(field) => is_verbatim(field),
            Self::Coalesce(first, second) | Self::NamedOr(first, second) => {
                is_verbatim(first) && is_verbatim(second)
            }
            Self::If(_, Choice::Field(then), Choice::Field(otherwise)) => {
                is_verbatim(then) && is_verbatim(otherwise)
            }
            Self::Host
            | Self::Constant(_)
            | Self::Constants(_)
            | Self::If(..)
            | Self::Case(..)
            | Self::Prefix(..)
            | Self::CaseEach(..)
            | Self::Joined(..)
            | Self::Count(_) => false,
        }
    }
}

impl Condition {
    fn holds<'a>(self, input: &Input<'_, impl Fields<'a>>) -> bool {
        match self {
            Self::Is(field, value) => input.text(field).is_some_and(|text| text == value),
            Self::Same(first, second) => {
                matches!((input.text(first), input.text(second)), (Some(a), Some(b)) if a == b)
            }
        }
    }

    fn can_hold(self, has: &dyn Fn(&'static str) -> bool) -> bool {
        match self {
            Self::Is(field, _) => has(field),
            Self::Same(first, second) => has(first) && has(second),
        }
    }
}

fn values(value: Value<'_>) -> Vec<Cow<'_, str>> {
    match value {
        Value::Null => vec![],
        Value::Text(text) => vec![text],
        Value::Number(number) => vec![Cow::Owned(number.to_string())],
        Value::Multi(values) => values,
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases = |f: &mut fmt::Formatter<'_>, cases: Cases| {
            for (place, (value, text)) in cases.iter().enumerate() {
                let comma = if place == 0 { "" } else { ", " };
                write!(f, "{comma}`{value}`: `{text}`")?;
            }
            Ok(())
        };
        match self {
            Self::Element(element) => write!(f, "text of `{}>`", element.opening()),
            Self::Attribute(attribute) => {
                write!(f, "value after `{}`", attribute.opening().trim_start())
            }
            Self::Digest(digest) => write!(f, "digits after `{}`", digest.name()),
            Self::Host => f.write_str("`host`"),
            Self::Field(field) => write!(f, "`{field}`"),
            Self::Constant("") => f.write_str("empty text"),
            Self::Constant(text) => write!(f, "\"{text}\""),
            Self::Constants(texts) => {
                for (place, text) in texts.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{text}\"")?;
                }
                Ok(())
            }
            Self::Named(field) => write!(f, "`{field}` unless it is `-`"),
            Self::Coalesce(first, second) => write!(f, "`{first}`, or else `{second}`"),
            Self::NamedOr(first, second) => {
                write!(f, "`{first}` unless it is `-`, or else `{second}`")
            }
            Self::FileName(field) | Self::LinuxFileName(field) => {
                write!(f, "file name of `{field}`")
            }
            Self::WithoutDomain(field) => write!(f, "`{field}` without the domain"),
            Self::KeyFromEnd(field, 0) => write!(f, "last part of `{field}`"),
            Self::KeyFromEnd(field, 1) => write!(f, "last part but one of `{field}`"),
            Self::KeyFromEnd(field, place) => write!(f, "part {place} from the end of `{field}`"),
            Self::InParentheses(field) => write!(f, "what `{field}` has in parentheses"),
            Self::BeforeParentheses(field) => write!(f, "word before parentheses in `{field}`"),
            Self::If(condition, then, otherwise) => {
                write!(f, "if {condition} {then}, otherwise {otherwise}")
            }
            Self::Case(field, list, others) => {
                write!(f, "by `{field}`: ")?;
                cases(f, list)?;
                match others {
                    Some(others) => write!(f, ", others: `{others}`"),
                    None => Ok(()),
                }
            }
            Self::Prefix(field, list) => {
                write!(f, "by the start of `{field}`: ")?;
                cases(f, list)
            }
            Self::CaseEach(field, list) => {
                write!(f, "for each value of `{field}`: ")?;
                cases(f, list)
            }
            Self::Joined(first, second) => write!(f, "`{first}`, `/`, `{second}`"),
            Self::Answers(field) => write!(f, "each answer in `{field}`"),
            Self::RecordTypeIds(field) => write!(f, "each record type in `{field}`"),
            Self::Count(field) => write!(f, "number of values of `{field}`"),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(field, value) => write!(f, "`{field}` is `{value}`"),
            Self::Same(first, second) => write!(f, "`{first}` is `{second}`'s value"),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Field(field) => write!(f, "`{field}`"),
        }
    }
}
