//! Enumerations whose values are words of a file format or of the command line.

/// A word that isn't one of those known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{found}`; expected {}", crate::error::one_of(known))]
pub struct UnknownWord {
    /// What the word stands for.
    pub kind: &'static str,
    /// The word.
    pub found: String,
    /// The words known.
    pub known: &'static [&'static str],
}

/// Declares an enumeration with its words, so that they stand in one place.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $kind:literal {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+
        }
    ) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $(#[$meta])*
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];
            /// Every value's word.
            pub const NAMES: [&'static str; [$($word),+].len()] = [$($word),+];

            /// The value's word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $word => Ok(Self::$variant), )+
                    _ => Err(crate::words::UnknownWord {
                        kind: $kind,
                        found: text.to_owned(),
                        known: &Self::NAMES,
                    }),
                }
            }
        }
    };
}

pub(crate) use words;
