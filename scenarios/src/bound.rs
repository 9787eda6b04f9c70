//! How many: the bounds of an expectation.

use std::collections::BTreeMap;
use std::fmt;

use serde_saphyr::Spanned;

use crate::argument;
use crate::error::{Error, Problem};
use crate::place::Place;

/// A number, or the argument of the test that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// A number.
    Number(u64),
    /// The name of an input argument: `#{name}`.
    Argument(String),
}

impl Count {
    fn parse(text: &Spanned<String>, file: &str) -> Result<Self, Error> {
        if let Ok(number) = text.value.parse() {
            return Ok(Self::Number(number));
        }
        match argument::used(&text.value).next() {
            Some(name) if text.value == format!("#{{{name}}}") => {
                Ok(Self::Argument(name.to_owned()))
            }
            _ => Err(Error::new(
                Place::at(file, text.referenced),
                Problem::InvalidCount {
                    found: text.value.clone(),
                },
            )),
        }
    }

    /// The number, given the values of the test's arguments.
    pub fn resolve(&self, arguments: &BTreeMap<String, String>) -> Result<u64, CountError> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Argument(name) => {
                let value = arguments.get(name).ok_or_else(|| CountError::Unknown {
                    argument: name.clone(),
                })?;
                value.parse().map_err(|_| CountError::NotACount {
                    argument: name.clone(),
                    value: value.clone(),
                })
            }
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Argument(name) => write!(f, "#{{{name}}}"),
        }
    }
}

/// A count that the test's arguments don't give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The test has no such argument.
    #[error("the test has no input argument `{argument}`")]
    Unknown {
        /// The argument's name.
        argument: String,
    },
    /// The argument's value is no count.
    #[error("the input argument `{argument}` is `{value}`, which is not a count")]
    NotACount {
        /// The argument's name.
        argument: String,
        /// Its value.
        value: String,
    },
}

/// How many are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many, neither more nor less.
    Exactly(Count),
    /// So many or more.
    AtLeast(Count),
    /// So many or less.
    AtMost(Count),
    /// A range, both ends included.
    Between {
        /// The lower end.
        at_least: Count,
        /// The upper end.
        at_most: Count,
    },
}

impl Bound {
    /// Takes the three keys of an expectation that stands at `place`.
    pub(crate) fn parse(
        at_least: Option<&Spanned<String>>,
        at_most: Option<&Spanned<String>>,
        exactly: Option<&Spanned<String>>,
        place: &Place,
    ) -> Result<Self, Error> {
        let file = &place.file;
        let count = |text| Count::parse(text, file);
        match (exactly, at_least, at_most) {
            (None, None, None) => Err(Error::new(place.clone(), Problem::MissingBound)),
            (Some(exactly), None, None) => Ok(Self::Exactly(count(exactly)?)),
            (Some(_), Some(other), _) => Err(Error::new(
                Place::at(file, other.referenced),
                Problem::ConflictingBounds { other: "at_least" },
            )),
            (Some(_), None, Some(other)) => Err(Error::new(
                Place::at(file, other.referenced),
                Problem::ConflictingBounds { other: "at_most" },
            )),
            (None, Some(at_least), None) => Ok(Self::AtLeast(count(at_least)?)),
            (None, None, Some(at_most)) => Ok(Self::AtMost(count(at_most)?)),
            (None, Some(lower), Some(upper)) => match (count(lower)?, count(upper)?) {
                (Count::Number(at_least), Count::Number(at_most)) if at_least > at_most => {
                    Err(Error::new(
                        Place::at(file, lower.referenced),
                        Problem::ImpossibleBounds { at_least, at_most },
                    ))
                }
                (at_least, at_most) => Ok(Self::Between { at_least, at_most }),
            },
        }
    }

    /// Whether it admits none and nothing else, whatever the test's arguments are.
    pub fn is_none(&self) -> bool {
        matches!(
            self,
            Self::Exactly(Count::Number(0))
                | Self::AtMost(Count::Number(0))
                | Self::Between {
                    at_most: Count::Number(0),
                    ..
                }
        )
    }

    /// The counts it is made of.
    pub fn counts(&self) -> impl Iterator<Item = &Count> {
        let (first, second) = match self {
            Self::Exactly(count) | Self::AtLeast(count) | Self::AtMost(count) => (count, None),
            Self::Between { at_least, at_most } => (at_least, Some(at_most)),
        };
        std::iter::once(first).chain(second)
    }

    /// The numbers, given the values of the test's arguments.
    pub fn resolve(&self, arguments: &BTreeMap<String, String>) -> Result<Limits, CountError> {
        let limits = match self {
            Self::Exactly(count) => {
                let number = count.resolve(arguments)?;
                Limits {
                    at_least: number,
                    at_most: Some(number),
                }
            }
            Self::AtLeast(count) => Limits {
                at_least: count.resolve(arguments)?,
                at_most: None,
            },
            Self::AtMost(count) => Limits {
                at_least: 0,
                at_most: Some(count.resolve(arguments)?),
            },
            Self::Between { at_least, at_most } => Limits {
                at_least: at_least.resolve(arguments)?,
                at_most: Some(at_most.resolve(arguments)?),
            },
        };
        Ok(limits)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "exactly {count}"),
            Self::AtLeast(count) => write!(f, "at least {count}"),
            Self::AtMost(count) => write!(f, "at most {count}"),
            Self::Between { at_least, at_most } => write!(f, "{at_least} to {at_most}"),
        }
    }
}

/// The bounds of one run, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many at least.
    pub at_least: u64,
    /// So many at most, if there is a limit.
    pub at_most: Option<u64>,
}

impl Limits {
    /// Whether so many are as expected.
    pub fn admit(self, count: u64) -> bool {
        self.at_least <= count && self.at_most.is_none_or(|at_most| count <= at_most)
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (at_least, Some(at_most)) if at_least == at_most => write!(f, "exactly {at_most}"),
            (0, Some(at_most)) => write!(f, "at most {at_most}"),
            (at_least, Some(at_most)) => write!(f, "{at_least} to {at_most}"),
            (at_least, None) => write!(f, "at least {at_least}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn count_argument(value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("count".to_owned(), value.to_owned())])
    }

    #[test]
    fn bounds_resolve_with_the_arguments() {
        let count = Count::Argument("count".to_owned());
        let arguments = count_argument("3");
        for (bound, text, admitted) in [
            (Bound::Exactly(count.clone()), "exactly 3", vec![3]),
            (Bound::AtLeast(count.clone()), "at least 3", vec![3, 4, 5]),
            (Bound::AtMost(count.clone()), "at most 3", vec![0, 1, 2, 3]),
            (
                Bound::Between {
                    at_least: Count::Number(2),
                    at_most: count,
                },
                "2 to 3",
                vec![2, 3],
            ),
        ] {
            let limits = bound.resolve(&arguments).unwrap();
            assert_eq!(limits.to_string(), text);
            let got: Vec<u64> = (0..=5).filter(|count| limits.admit(*count)).collect();
            assert_eq!(got, admitted, "{text}");
        }
    }

    #[test]
    fn counts_without_a_value_are_errors() {
        let count = Count::Argument("count".to_owned());
        assert_eq!(
            count.resolve(&BTreeMap::new()),
            Err(CountError::Unknown {
                argument: "count".to_owned()
            })
        );
        assert_eq!(
            count.resolve(&count_argument("-1")),
            Err(CountError::NotACount {
                argument: "count".to_owned(),
                value: "-1".to_owned()
            })
        );
    }
}
