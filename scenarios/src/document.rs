//! The edge where YAML text becomes types: what every file of the library has in common.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::error::{Error, Problem};
use crate::place::Place;

/// Reads a document of Atomic Red Team's, by YAML 1.1's rules for booleans, as Python's loader does:
/// `yes` is one. `file` is only named in errors.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Error> {
    read(text, file, serde_saphyr::options!())
}

/// Reads a document of a form that is the library's own, by YAML 1.2's rules: only `true` and
/// `false` are booleans, and `off` is a word.
pub(crate) fn parse_own<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, Error> {
    read(text, file, serde_saphyr::options! { strict_booleans: true })
}

fn read<T: DeserializeOwned>(
    text: &str,
    file: &str,
    options: serde_saphyr::Options,
) -> Result<T, Error> {
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let location = error.location().unwrap_or(Location::UNKNOWN);
        Error::new(Place::at(file, location), problem(error.without_snippet()))
    })
}

fn problem(error: &serde_saphyr::Error) -> Problem {
    use serde_saphyr::Error as Yaml;

    match error {
        Yaml::SerdeUnknownField {
            field, expected, ..
        } => Problem::UnknownKey {
            key: field.clone(),
            known: expected.clone(),
        },
        Yaml::SerdeUnknownVariant {
            variant, expected, ..
        } => Problem::UnknownWord {
            kind: "word",
            found: variant.clone(),
            known: expected.clone(),
        },
        Yaml::SerdeMissingField { field, .. } => Problem::MissingKey { key: field },
        Yaml::DuplicateMappingKey { key, .. } => Problem::DuplicateKey {
            key: key.clone().unwrap_or_default(),
        },
        Yaml::Unexpected { expected, .. } => Problem::WrongType {
            expected: match *expected {
                "mapping start" => "a mapping".to_owned(),
                "sequence start" => "a list".to_owned(),
                "string scalar" => "a text".to_owned(),
                other => other.to_owned(),
            },
        },
        Yaml::NullIntoString { .. } => Problem::WrongType {
            expected: "a text, not null".to_owned(),
        },
        Yaml::InvalidBooleanStrict { .. } => Problem::WrongType {
            expected: "true or false".to_owned(),
        },
        Yaml::InvalidScalar { ty, .. } => Problem::WrongType {
            expected: format!("a value of type {ty}"),
        },
        Yaml::SerdeInvalidType { expected, .. } => Problem::WrongType {
            expected: expected.clone(),
        },
        other => {
            // The place is told apart from the message: cut the parser's own mention of it.
            let message = other.to_string();
            let reason = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(reason, _)| reason);
            Problem::InvalidYaml {
                reason: reason.to_owned(),
            }
        }
    }
}

/// For `deserialize_with`: tells a key whose value is null from a key that is absent.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The entries of a mapping in the order of the file, each key with its place.
#[derive(Debug)]
pub(crate) struct Entries<T>(pub(crate) Vec<(Spanned<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}

/// One word, or a list of words.
#[derive(Debug)]
pub(crate) struct Words(pub(crate) Vec<Spanned<String>>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordsVisitor;

        impl<'de> Visitor<'de> for WordsVisitor {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word, or a list of words")
            }

            fn visit_str<E>(self, word: &str) -> Result<Self::Value, E> {
                // The place of a lone word is the place of the whole value.
                let unknown = Location::UNKNOWN;
                Ok(Words(vec![Spanned::new(word.to_owned(), unknown, unknown)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }

        deserializer.deserialize_any(WordsVisitor)
    }
}

#[cfg(test)]
mod tests {
    //! Whatever stands in a file, reading it ends in a value or an error.

    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use crate::expectation::parse_expectations;
    use crate::{atomic_file, signals};

    fn read_everything(text: &str) {
        let technique = "T1583.007".parse().unwrap();
        let _ = atomic_file::parse(text, "fuzz.yaml", &technique, false);
        let _ = signals::parse(text, "fuzz.yaml");
        let _ = parse_expectations(text, "fuzz.yaml");
    }

    fn content() -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("T1583.007");
        [
            "T1583.007.yaml",
            "signals.yaml",
            "detections/serverless.expected.yaml",
        ]
        .map(|file| fs::read_to_string(folder.join(file)).unwrap())
        .into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn arbitrary_text_never_panics(text in any::<String>()) {
            read_everything(&text);
        }

        #[test]
        fn text_of_yaml_s_own_characters_never_panics(
            text in "[-:#{}\\[\\],&*!|>'\"%@`?~<a1. \n\t]{0,80}"
        ) {
            read_everything(&text);
        }

        #[test]
        fn damaged_files_never_panic(
            file in prop::sample::select(content()),
            at in any::<prop::sample::Index>(),
            length in 0_usize..200,
            insert in "[-:#{}\\[\\]&*!|>'\" \n]{0,4}",
        ) {
            let characters: Vec<char> = file.chars().collect();
            let start = at.index(characters.len());
            let end = (start + length).min(characters.len());
            let damaged: String = characters[..start]
                .iter()
                .copied()
                .chain(insert.chars())
                .chain(characters[end..].iter().copied())
                .collect();
            read_everything(&damaged);
        }
    }

    #[test]
    fn deep_nesting_is_an_error() {
        for opening in ["[", "{a: ", "- "] {
            let text = opening.repeat(100_000);
            assert!(parse_expectations(&text, "deep.yaml").is_err());
        }
    }
}
