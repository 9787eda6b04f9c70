//! The values of a running script, and what PowerShell makes of one where it
//! needs another kind. Source: `about_Type_Conversion`,
//! `about_Arithmetic_Operators` and `about_Comparison_Operators` on Microsoft
//! Learn.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::refusal::Refusal;
use super::syntax::{Arithmetic, Comparison, Property};

/// The longest text that a script may build, in bytes.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The most items that a list may have.
pub(super) const LONGEST_LIST: usize = 100_000;

/// A value. Lists hold no lists, so that none is deep.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<Vec<Value>>),
    Map(Rc<Vec<(String, Value)>>),
    Response(Rc<WebResponse>),
    /// What `$_` is in a `catch`.
    Error(Rc<Failure>),
    /// The `Exception` of such an error.
    Exception(Rc<Failure>),
}

/// What `Invoke-WebRequest` returns.
#[derive(Debug)]
pub(super) struct WebResponse {
    pub(super) status: u16,
    pub(super) description: String,
    pub(super) content: Rc<str>,
}

/// An error that a script can catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The command that failed, if one did.
    pub(super) command: Option<&'static str>,
    pub(super) message: String,
}

/// Why a value can't be had: an error of the script's, or a limit.
#[derive(Debug)]
pub(super) enum Fault {
    Failure(Failure),
    Refusal(Refusal),
}

impl Fault {
    pub(super) fn failure(message: impl Into<String>) -> Self {
        Self::Failure(Failure {
            command: None,
            message: message.into(),
        })
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl Value {
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// A list of values that are none themselves.
    pub(super) fn list(items: Vec<Value>) -> Result<Self, Fault> {
        if items.len() > LONGEST_LIST {
            return Err(Refusal::of(format!("a list of more than {LONGEST_LIST} items")).into());
        }
        if items.iter().any(|item| matches!(item, Self::List(_))) {
            return Err(Refusal::of("a list in a list").into());
        }
        Ok(Self::List(Rc::new(items)))
    }

    /// What one sees of a value where a text is expected.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => text.to_string(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::to_text).collect();
                items.join(" ")
            }
            Self::Map(_) => "System.Collections.Hashtable".to_owned(),
            Self::Response(response) => response.content.to_string(),
            Self::Error(failure) => failure.message.clone(),
            Self::Exception(failure) => format!("System.Net.WebException: {}", failure.message),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(value) => *value,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => match items.as_slice() {
                [] => false,
                [only] => only.is_true(),
                _ => true,
            },
            Self::Map(_) | Self::Response(_) | Self::Error(_) | Self::Exception(_) => true,
        }
    }

    /// The number that a value is or that its text says.
    fn to_number(&self) -> Result<Number, Fault> {
        match self {
            Self::Null => Ok(Number::Integer(0)),
            Self::Boolean(value) => Ok(Number::Integer(i64::from(*value))),
            Self::Integer(number) => Ok(Number::Integer(*number)),
            Self::Float(number) => Ok(Number::Float(*number)),
            Self::Text(text) => {
                let trimmed = text.trim();
                if trimmed.is_empty() {
                    return Ok(Number::Integer(0));
                }
                if let Ok(number) = trimmed.parse() {
                    return Ok(Number::Integer(number));
                }
                // Not Rust's words for infinity and the like.
                let plain = trimmed
                    .chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
                match trimmed.parse() {
                    Ok(number) if plain => Ok(Number::Float(number)),
                    _ => Err(Fault::failure(format!(
                        "Cannot convert value \"{text}\" to a number. Error: \"Input string was \
                         not in a correct format.\""
                    ))),
                }
            }
            _ => Err(Fault::failure(format!(
                "Cannot convert the \"{}\" value to a number.",
                self.type_name()
            ))),
        }
    }

    /// The whole number nearest to a value, halves to the even one, as .NET
    /// rounds.
    pub(super) fn to_integer(&self) -> Result<i64, Fault> {
        match self.to_number()? {
            Number::Integer(number) => Ok(number),
            Number::Float(number) => {
                let rounded = number.round_ties_even();
                // Beyond 2^53 neighbours are further apart than 1 anyway.
                if rounded.abs() > 9_007_199_254_740_992.0 || rounded.is_nan() {
                    return Err(Fault::failure(format!(
                        "Cannot convert value \"{number}\" to type \"System.Int32\"."
                    )));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a whole number within the range that was just checked"
                )]
                Ok(rounded as i64)
            }
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "System.Boolean",
            Self::Integer(_) => "System.Int32",
            Self::Float(_) => "System.Double",
            Self::Text(_) => "System.String",
            Self::List(_) => "System.Object[]",
            Self::Map(_) => "System.Collections.Hashtable",
            Self::Response(_) => "Microsoft.PowerShell.Commands.WebResponseObject",
            Self::Error(_) => "System.Management.Automation.ErrorRecord",
            Self::Exception(_) => "System.Net.WebException",
        }
    }

    pub(super) fn negated(&self) -> Result<Self, Fault> {
        Self::Integer(0).arithmetic(Arithmetic::Subtract, self)
    }

    /// `self operator right`; the left side decides what is done.
    pub(super) fn arithmetic(&self, operator: Arithmetic, right: &Self) -> Result<Self, Fault> {
        match (self, operator) {
            (Self::Text(left), Arithmetic::Add) => joined(&[left, &right.to_text()]),
            (Self::Text(left), Arithmetic::Multiply) => repeated(left, right.to_integer()?),
            (Self::List(left), Arithmetic::Add) => {
                let mut items = left.to_vec();
                match right {
                    Self::List(right) => items.extend(right.iter().cloned()),
                    other => items.push(other.clone()),
                }
                Self::list(items)
            }
            (Self::Null, Arithmetic::Add) => Ok(right.clone()),
            _ => numbers(self.to_number()?, operator, right.to_number()?),
        }
    }

    /// `self operator right`; of a list on the left, the items that it holds
    /// for remain.
    pub(super) fn comparison(&self, operator: Comparison, right: &Self) -> Result<Self, Fault> {
        if let Self::List(items) = self {
            let mut found = Vec::new();
            for item in items.iter() {
                if item.compares(operator, right)? {
                    found.push(item.clone());
                }
            }
            return Self::list(found);
        }
        Ok(Self::Boolean(self.compares(operator, right)?))
    }

    fn compares(&self, operator: Comparison, right: &Self) -> Result<bool, Fault> {
        let ordering = match (self, right) {
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            (Self::Null, _) => Some(Ordering::Less),
            (_, Self::Null) => Some(Ordering::Greater),
            (Self::Text(left), right) => {
                let right = right.to_text().to_lowercase();
                Some(left.to_lowercase().as_str().cmp(right.as_str()))
            }
            (Self::Boolean(left), right) => Some(left.cmp(&right.is_true())),
            (left, right) => match (left.to_number(), right.to_number()) {
                (Ok(left), Ok(right)) => left.compare(right),
                // What can't be compared is not equal.
                _ if operator == Comparison::Equal => None,
                _ if operator == Comparison::NotEqual => None,
                (Err(fault), _) | (_, Err(fault)) => return Err(fault),
            },
        };
        Ok(match operator {
            Comparison::Equal => ordering == Some(Ordering::Equal),
            Comparison::NotEqual => ordering != Some(Ordering::Equal),
            Comparison::Less => ordering == Some(Ordering::Less),
            Comparison::LessOrEqual => {
                matches!(ordering, Some(Ordering::Less | Ordering::Equal))
            }
            Comparison::Greater => ordering == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => {
                matches!(ordering, Some(Ordering::Greater | Ordering::Equal))
            }
        })
    }

    /// A property; null where the value has none of this name.
    pub(super) fn property(&self, property: Property) -> Self {
        let count = |count: usize| Self::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        match (self, property) {
            (Self::Text(text), Property::Length) => count(text.encode_utf16().count()),
            (Self::List(items), Property::Length | Property::Count) => count(items.len()),
            (Self::Map(entries), Property::Count) => count(entries.len()),
            (Self::Null, Property::Count | Property::Length) => Self::Integer(0),
            (_, Property::Count | Property::Length) => Self::Integer(1),
            (Self::Response(response), Property::StatusCode) => {
                Self::Integer(response.status.into())
            }
            (Self::Response(response), Property::StatusDescription) => {
                Self::text(&response.description)
            }
            (Self::Response(response), Property::Content) => {
                Self::Text(Rc::clone(&response.content))
            }
            (Self::Error(failure), Property::Exception) => Self::Exception(Rc::clone(failure)),
            (Self::Exception(failure), Property::Message) => Self::text(&failure.message),
            _ => Self::Null,
        }
    }

    /// The item at an index, from the end where it is negative.
    pub(super) fn index(&self, index: &Self) -> Result<Self, Fault> {
        let index = index.to_integer()?;
        let at = |length: usize| {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            let index = if index < 0 { index + length } else { index };
            usize::try_from(index).ok()
        };
        Ok(match self {
            Self::List(items) => at(items.len()).and_then(|at| items.get(at).cloned()),
            Self::Text(text) => at(text.chars().count())
                .and_then(|at| text.chars().nth(at))
                .map(|character| Self::text(character.to_string())),
            Self::Null => return Err(Fault::failure("Cannot index into a null array.")),
            _ => None,
        }
        .unwrap_or(Self::Null))
    }
}

/// A text made of others.
pub(super) fn joined(texts: &[&str]) -> Result<Value, Fault> {
    if texts.iter().map(|text| text.len()).sum::<usize>() > LONGEST_TEXT {
        return Err(Refusal::of(format!("a text of more than {LONGEST_TEXT} bytes")).into());
    }
    Ok(Value::text(texts.concat()))
}

fn repeated(text: &str, times: i64) -> Result<Value, Fault> {
    let times = usize::try_from(times)
        .map_err(|_| Fault::failure("A text can't be repeated a negative number of times."))?;
    if text.len().saturating_mul(times) > LONGEST_TEXT {
        return Err(Refusal::of(format!("a text of more than {LONGEST_TEXT} bytes")).into());
    }
    Ok(Value::text(text.repeat(times)))
}

/// A whole number as long as it fits, or else a floating-point one.
#[derive(Debug, Clone, Copy)]
enum Number {
    Integer(i64),
    Float(f64),
}

impl Number {
    #[expect(
        clippy::cast_precision_loss,
        reason = "PowerShell too turns to a double what an integer can't hold"
    )]
    fn float(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(&right)),
            _ => self.float().partial_cmp(&other.float()),
        }
    }
}

fn numbers(left: Number, operator: Arithmetic, right: Number) -> Result<Value, Fault> {
    if let (Number::Integer(left), Number::Integer(right)) = (left, right) {
        let exact = match operator {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Divide | Arithmetic::Remainder if right == 0 => {
                return Err(Fault::failure("Attempted to divide by zero."));
            }
            // A division that leaves a rest has a fraction.
            Arithmetic::Divide if left.checked_rem(right) != Some(0) => None,
            Arithmetic::Divide => left.checked_div(right),
            Arithmetic::Remainder => Some(left.checked_rem(right).unwrap_or(0)),
        };
        if let Some(exact) = exact {
            return Ok(Value::Integer(exact));
        }
    }
    let (left, right) = (left.float(), right.float());
    Ok(Value::Float(match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    }))
}
