//! Host names, parsed once at the edge.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A host name in lower case and without the final dot, for example
/// `script.google.com`.
///
/// Its labels are letters, digits and hyphens as in RFC 952 and RFC 1123,
/// section 2.1; its length limits are those of RFC 1035, section 2.3.4. A name
/// in another script is given in its `xn--` form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HostName(String);

/// Why a text is no host name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid host name `{name}`: {reason}")]
pub struct HostNameError {
    /// The text as it was given.
    pub name: String,
    /// What is wrong with it.
    pub reason: HostNameReason,
}

/// What is wrong with a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HostNameReason {
    /// The text is empty, or a single dot.
    #[error("it is empty")]
    Empty,
    /// The text is longer than 253 characters.
    #[error("it is longer than 253 characters")]
    TooLong,
    /// Two dots follow one another, or the text begins with one.
    #[error("it has an empty label")]
    EmptyLabel,
    /// A label is longer than 63 characters.
    #[error("a label is longer than 63 characters")]
    LabelTooLong,
    /// A character is no letter, digit or hyphen of ASCII.
    #[error("`{0}` is no letter, digit or hyphen")]
    Character(char),
    /// A label begins or ends with a hyphen.
    #[error("a label begins or ends with a hyphen")]
    Hyphen,
    /// The last label is a number, so that the text would be an address.
    #[error("its last label is a number, as in an address")]
    Address,
}

impl HostName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels, from the left.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// Whether the name stands below `ancestor`, at any depth.
    pub fn is_below(&self, ancestor: &Self) -> bool {
        self.0
            .strip_suffix(ancestor.as_str())
            .is_some_and(|rest| rest.ends_with('.'))
    }

    /// The last `count` labels, or the whole name where it has no more.
    pub(crate) fn last_labels(&self, count: usize) -> &str {
        let mut dots = self.0.rmatch_indices('.').skip(count.saturating_sub(1));
        dots.next()
            .map_or(self.as_str(), |(at, _)| &self.0[at + 1..])
    }
}

impl FromStr for HostName {
    type Err = HostNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_suffix('.').unwrap_or(text);
        match fault(name) {
            None => Ok(Self(name.to_ascii_lowercase())),
            Some(reason) => Err(HostNameError {
                name: text.to_owned(),
                reason,
            }),
        }
    }
}

fn fault(name: &str) -> Option<HostNameReason> {
    if name.is_empty() {
        return Some(HostNameReason::Empty);
    }
    if let Some(character) = name
        .chars()
        .find(|character| !character.is_ascii_alphanumeric() && !matches!(character, '-' | '.'))
    {
        return Some(HostNameReason::Character(character));
    }
    if name.len() > 253 {
        return Some(HostNameReason::TooLong);
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Some(HostNameReason::EmptyLabel);
        }
        if label.len() > 63 {
            return Some(HostNameReason::LabelTooLong);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Some(HostNameReason::Hyphen);
        }
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    last.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(HostNameReason::Address)
}

impl TryFrom<String> for HostName {
    type Error = HostNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.0
    }
}

impl AsRef<str> for HostName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn reason(text: &str) -> HostNameReason {
        text.parse::<HostName>().unwrap_err().reason
    }

    #[test]
    fn case_and_the_final_dot_are_folded() {
        let name: HostName = "Script.Google.COM.".parse().unwrap();
        assert_eq!(name.as_str(), "script.google.com");
        assert_eq!(name, "script.google.com".parse().unwrap());
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(reason(""), HostNameReason::Empty);
        assert_eq!(reason("."), HostNameReason::Empty);
        assert_eq!(reason("a..b"), HostNameReason::EmptyLabel);
        assert_eq!(reason(".a"), HostNameReason::EmptyLabel);
        assert_eq!(reason("a.."), HostNameReason::EmptyLabel);
        assert_eq!(reason("a_b.dev"), HostNameReason::Character('_'));
        assert_eq!(reason("*.workers.dev"), HostNameReason::Character('*'));
        assert_eq!(reason("bücher.example"), HostNameReason::Character('ü'));
        assert_eq!(reason("-a.dev"), HostNameReason::Hyphen);
        assert_eq!(reason("a-.dev"), HostNameReason::Hyphen);
        assert_eq!(reason("127.0.0.1"), HostNameReason::Address);
        assert_eq!(reason(&"a".repeat(64)), HostNameReason::LabelTooLong);
    }

    #[test]
    fn the_longest_name_has_253_characters() {
        let longest = format!("{}a", "a.".repeat(126));
        assert_eq!(longest.len(), 253);
        assert!(longest.parse::<HostName>().is_ok());
        assert_eq!(reason(&format!("{longest}b")), HostNameReason::TooLong);
    }

    #[test]
    fn below_stops_at_a_dot() {
        let zone: HostName = "workers.dev".parse().unwrap();
        assert!("x.workers.dev".parse::<HostName>().unwrap().is_below(&zone));
        assert!(
            !"notworkers.dev"
                .parse::<HostName>()
                .unwrap()
                .is_below(&zone)
        );
        assert!(!zone.is_below(&zone));
    }

    #[test]
    fn the_last_labels_are_counted_from_the_right() {
        let name: HostName = "a.b.workers.dev".parse().unwrap();
        assert_eq!(name.last_labels(1), "dev");
        assert_eq!(name.last_labels(3), "b.workers.dev");
        assert_eq!(name.last_labels(9), "a.b.workers.dev");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_text_is_a_name_or_an_error(text in any::<String>()) {
            if let Ok(name) = text.parse::<HostName>() {
                prop_assert_eq!(name.as_str().parse::<HostName>(), Ok(name));
            }
        }

        #[test]
        fn a_name_of_good_labels_is_accepted(
            labels in prop::collection::vec("[a-z]([a-z0-9-]{0,8}[a-z0-9])?", 1..6)
        ) {
            let text = labels.join(".");
            let name = text.parse::<HostName>().unwrap();
            prop_assert_eq!(name.as_str(), text);
        }
    }
}
