//! Sed expressions: `s/regular expression/replacement/flags` and
//! `y/characters/characters/`, one or more with blanks between them.
//!
//! Source: Search Reference, `rex` ("Sed expression"); Getting Data In,
//! "Anonymize data", for several expressions. That `\n` in a replacement is a
//! line break, and `&` only itself, is practitioners' knowledge, not documented.

use std::{borrow::Cow, ops::ControlFlow};

use crate::{Error, error::Span, regex::Pattern};

/// One or more sed expressions.
#[derive(Debug)]
pub(super) struct Sed {
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Replace {
        pattern: Pattern,
        replacement: Vec<Part>,
        which: Which,
    },
    /// Characters for characters.
    Translate(Vec<(char, char)>),
}

/// Which matches are replaced.
#[derive(Clone, Copy, Debug)]
enum Which {
    All,
    /// The match of this number, from 1.
    Nth(usize),
}

#[derive(Debug)]
enum Part {
    Text(String),
    Group(usize),
}

impl Sed {
    /// Parses a sed expression that stands at `span`.
    ///
    /// # Errors
    ///
    /// What is no sed expression, and the parts of sed that Splunk does not
    /// document.
    pub(super) fn parse(text: &str, span: &Span) -> Result<Self, Error> {
        let mut changes = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let change;
            (change, rest) = Change::parse(rest, span)?;
            changes.push(change);
        }
        if changes.is_empty() {
            return Err(expected_expression(span));
        }
        Ok(Self { changes })
    }

    /// The changed text.
    ///
    /// # Errors
    ///
    /// A limit of PCRE.
    pub(super) fn apply<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Error> {
        self.changes
            .iter()
            .try_fold(text, |text, change| change.apply(text))
    }
}

fn expected_expression(span: &Span) -> Error {
    Error::syntax(
        "expected a sed expression: `s/.../.../` or `y/.../.../`",
        span.clone(),
    )
}

impl Change {
    /// A change, and what follows it.
    fn parse<'t>(text: &'t str, span: &Span) -> Result<(Self, &'t str), Error> {
        let mut characters = text.chars();
        let (command, delimiter) = (characters.next(), characters.next());
        if !matches!(command, Some('s' | 'y')) {
            return Err(expected_expression(span));
        }
        match delimiter {
            Some('/') => {}
            Some(other) if other.is_ascii_punctuation() => {
                return Err(Error::unsupported(
                    format!("`{other}` as the delimiter of a sed expression"),
                    span.clone(),
                )
                .with_help("use `/`"));
            }
            _ => return Err(expected_expression(span)),
        }
        let (first, rest) = part(&text[2..], span)?;
        let (second, rest) = part(rest, span)?;
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (flags, rest) = rest.split_at(end);
        let change = if command == Some('y') {
            if !flags.is_empty() {
                return Err(unknown_flags(flags, span));
            }
            Self::translate(first, second, span)?
        } else {
            let pattern = Pattern::new(first, span.clone())?;
            Self::Replace {
                replacement: replacement(second, &pattern, span)?,
                which: which(flags, span)?,
                pattern,
            }
        };
        Ok((change, rest.trim_start()))
    }

    fn translate(from: &str, to: &str, span: &Span) -> Result<Self, Error> {
        let characters = |text: &str| -> Result<Vec<char>, Error> {
            let mut characters = Vec::new();
            let mut rest = text.chars();
            while let Some(c) = rest.next() {
                characters.push(match c {
                    '\\' => match rest.next() {
                        Some(c @ ('/' | '\\')) => c,
                        Some('n') => '\n',
                        other => return Err(unknown_escape(other, span)),
                    },
                    c => c,
                });
            }
            Ok(characters)
        };
        let (from, to) = (characters(from)?, characters(to)?);
        if from.len() != to.len() {
            return Err(Error::syntax(
                format!(
                    "`y` needs as many characters on the right as on the left: {} and {}",
                    from.len(),
                    to.len()
                ),
                span.clone(),
            ));
        }
        Ok(Self::Translate(from.into_iter().zip(to).collect()))
    }

    fn apply<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Error> {
        match self {
            Self::Replace {
                pattern,
                replacement,
                which,
            } => {
                let mut changed = None;
                let mut copied = 0;
                let mut number = 0;
                pattern.each_match(&text, |locations| {
                    number += 1;
                    if matches!(which, Which::Nth(n) if *n != number) {
                        return Ok(ControlFlow::Continue(()));
                    }
                    let changed = changed.get_or_insert_with(String::new);
                    let (start, end) = locations.get(0).unwrap_or_default();
                    changed.push_str(&text[copied..start]);
                    copied = end;
                    for part in replacement {
                        match part {
                            Part::Text(text) => changed.push_str(text),
                            Part::Group(group) => {
                                if let Some((start, end)) = locations.get(*group) {
                                    changed.push_str(&text[start..end]);
                                }
                            }
                        }
                    }
                    Ok(match which {
                        Which::All => ControlFlow::Continue(()),
                        Which::Nth(_) => ControlFlow::Break(()),
                    })
                })?;
                Ok(match changed {
                    Some(mut changed) => {
                        changed.push_str(&text[copied..]);
                        Cow::Owned(changed)
                    }
                    None => text,
                })
            }
            Self::Translate(pairs) => Ok(Cow::Owned(
                text.chars()
                    .map(|c| {
                        pairs
                            .iter()
                            .find(|(from, _)| *from == c)
                            .map_or(c, |(_, to)| *to)
                    })
                    .collect(),
            )),
        }
    }
}

/// The text up to a delimiter that has no backslash before it, and what follows
/// the delimiter.
fn part<'t>(text: &'t str, span: &Span) -> Result<(&'t str, &'t str), Error> {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match byte {
            b'\\' => escaped = true,
            b'/' => return Ok((&text[..index], &text[index + 1..])),
            _ => {}
        }
    }
    Err(Error::syntax(
        "the sed expression is not closed: it has three `/`",
        span.clone(),
    ))
}

fn which(flags: &str, span: &Span) -> Result<Which, Error> {
    match flags {
        "" => Ok(Which::Nth(1)),
        "g" => Ok(Which::All),
        number if number.bytes().all(|b| b.is_ascii_digit()) => match number.parse() {
            Ok(number) if number > 0 => Ok(Which::Nth(number)),
            _ => Err(unknown_flags(flags, span)),
        },
        _ => Err(unknown_flags(flags, span)),
    }
}

fn unknown_flags(flags: &str, span: &Span) -> Error {
    Error::syntax(
        format!("`{flags}` is no flag of a sed expression of Splunk"),
        span.clone(),
    )
    .with_help("the flags of `s` are `g`, for all matches, or the number of the match")
}

fn unknown_escape(escaped: Option<char>, span: &Span) -> Error {
    let escaped = escaped.map_or_else(String::new, String::from);
    Error::unsupported(
        format!("`\\{escaped}` in the replacement of a sed expression"),
        span.clone(),
    )
}

fn replacement(text: &str, pattern: &Pattern, span: &Span) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some(digit) if digit.is_ascii_digit() => {
                    let group = usize::from(digit as u8 - b'0');
                    if group >= pattern.groups() {
                        return Err(Error::syntax(
                            format!(
                                "the replacement names group {group}, the pattern has {}",
                                pattern.groups() - 1
                            ),
                            span.clone(),
                        ));
                    }
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Group(group));
                }
                Some('n') => plain.push('\n'),
                // The rest of punctuation means itself.
                Some(c) if !c.is_alphanumeric() => plain.push(c),
                other => return Err(unknown_escape(other, span)),
            },
            c => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn apply(sed: &str, text: &str) -> String {
        Sed::parse(sed, &(0..1))
            .unwrap()
            .apply(Cow::Borrowed(text))
            .unwrap()
            .into_owned()
    }

    #[test]
    fn replaces_the_first_all_or_one_of_them() {
        assert_eq!(apply("s/a/b/", "aaa"), "baa");
        assert_eq!(apply("s/a/b/g", "aaa"), "bbb");
        assert_eq!(apply("s/a/b/2", "aaa"), "aba");
        assert_eq!(apply("s/a/b/4", "aaa"), "aaa");
        assert_eq!(apply("s/x/b/g", "aaa"), "aaa");
    }

    #[test]
    fn groups_delimiters_and_line_breaks() {
        assert_eq!(apply(r"s/(\w+) (\w+)/\2 \1/", "one two"), "two one");
        assert_eq!(apply(r"s/\/tmp\//\/var\//", "/tmp/x"), "/var/x");
        assert_eq!(apply(r"s/,/\n/g", "a,b"), "a\nb");
        assert_eq!(apply(r"s/a/\&/", "ab"), "&b");
        assert_eq!(apply("s/&amp;/&/g", "a&amp;b"), "a&b");
        assert_eq!(apply("s/x*/-/g", "éa"), "-é-a-");
    }

    #[test]
    fn translates_characters() {
        assert_eq!(apply("y/abc/xyz/", "aabbcc d"), "xxyyzz d");
        assert_eq!(apply(r"y/\//|/", "a/b"), "a|b");
    }

    #[test]
    fn several_in_one_go_from_left_to_right() {
        // Getting Data In, "Anonymize data".
        assert_eq!(
            apply(
                r"s/ssn=\d{5}(\d{4})/ssn=xxxxx\1/g s/cc=(\d{4}-){3}(\d{4})/cc=xxxx-xxxx-xxxx-\2/g",
                "ssn=123456789 cc=1111-2222-3333-4444"
            ),
            "ssn=xxxxx6789 cc=xxxx-xxxx-xxxx-4444"
        );
    }

    #[test]
    fn what_is_no_sed_of_splunk_is_refused() {
        for sed in [
            "", "d", "s/a/b", "s/a", "s", "s/a/b/i", "s/a/b/0", "s/a/b/gg", r"s/a/\1/", "y/ab/c/",
            "y/a/b/g", r"s/a/\t/", "s#a#b#", "s/a/b/ x", "s/(/b/",
        ] {
            assert!(Sed::parse(sed, &(0..1)).is_err(), "{sed}");
        }
    }
}
