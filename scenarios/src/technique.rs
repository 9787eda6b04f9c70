//! Ids of ATT&CK techniques.

use std::fmt;
use std::str::FromStr;

/// The id of an ATT&CK technique or sub-technique: `T1583` or `T1583.007`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TechniqueId(String);

impl TechniqueId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that is not the id of a technique.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a technique id; expected the form T1234 or T1234.001")]
pub struct InvalidTechniqueId {
    /// The text.
    pub found: String,
}

impl FromStr for TechniqueId {
    type Err = InvalidTechniqueId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let valid = text
            .strip_prefix('T')
            .is_some_and(|id| match id.split_once('.') {
                Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
                None => digits(id, 4),
            });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTechniqueId {
                found: text.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_techniques_and_sub_techniques_only() {
        for valid in ["T1583", "T1583.007"] {
            assert_eq!(
                valid.parse::<TechniqueId>().map(|id| id.to_string()),
                Ok(valid.to_owned())
            );
        }
        for invalid in [
            "",
            "T",
            "1583",
            "T158",
            "T15830",
            "t1583",
            "T1583.",
            "T1583.07",
            "T1583.0070",
            "T1583.00a",
            "T1583.007.1",
            "T１583",
        ] {
            assert!(invalid.parse::<TechniqueId>().is_err(), "{invalid}");
        }
    }
}
