//! Enumerations whose values have a name of their own on the command line, in
//! files and in reports: one list gives the name, the parser and the codec.

use thiserror::Error;

/// A text is none of the names of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown {what} `{got}`: one of {}", expected.join(", "))]
pub struct UnknownName {
    /// What was asked for, for example `behaviour`.
    pub what: &'static str,
    /// The text as it was given.
    pub got: String,
    /// Every name that would have been accepted, in declaration order.
    pub expected: Vec<&'static str>,
}

/// Declares an enumeration with one stable name for each value, and gives it
/// `ALL`, `as_str`, `Display`, `FromStr` and a serde codec over that name.
macro_rules! named {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $type:ident as $what:literal {
            $( $(#[$variant_attribute:meta])* $variant:ident = $name:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "&'static str", try_from = "String")]
        $visibility enum $type {
            $( $(#[$variant_attribute])* $variant, )+
        }

        impl $type {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The name by which the value is written and read.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownName> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str() == text)
                    .ok_or_else(|| $crate::UnknownName {
                        what: $what,
                        got: text.to_owned(),
                        expected: Self::ALL.iter().map(|value| value.as_str()).collect(),
                    })
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::UnknownName;

            fn try_from(text: String) -> Result<Self, $crate::UnknownName> {
                text.parse()
            }
        }

        impl From<$type> for &'static str {
            fn from(value: $type) -> Self {
                value.as_str()
            }
        }
    };
}

pub(crate) use named;
