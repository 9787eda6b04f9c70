//! Regular expressions as Splunk has them: PCRE, unanchored, case-sensitive.
//!
//! Source: Search Manual, "SPL and regular expressions"; `limits.conf`, stanza
//! `[rex]`, for the limits.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use pcre2::bytes::{CaptureLocations, Regex, RegexBuilder};

use crate::{Error, ErrorKind, error::Span};

/// What PCRE itself reads at the start of a pattern; it can only lower its own
/// limits. The values are those of `limits.conf`: `match_limit` and
/// `depth_limit`.
const LIMITS: &str = "(*LIMIT_MATCH=100000)(*LIMIT_DEPTH=1000)";

/// The stack of the just-in-time code may grow to this many bytes before a
/// match counts as too deep.
const JIT_STACK: usize = 1024 * 1024;

/// A compiled pattern, with its place in the text of the search.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    span: Span,
    scratch: Scratch,
}

/// Places for groups that are not in use: making them anew for each subject
/// costs more than most matches.
#[derive(Clone, Default)]
struct Scratch(Arc<Mutex<Vec<CaptureLocations>>>);

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

impl Scratch {
    fn take(&self, regex: &Regex) -> CaptureLocations {
        let unused = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        unused.unwrap_or_else(|| regex.capture_locations())
    }

    fn give_back(&self, locations: CaptureLocations) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(locations);
    }
}

impl Pattern {
    /// Compiles a pattern that stands at `span`.
    ///
    /// # Errors
    ///
    /// What PCRE says, with the byte offset in the pattern.
    pub(crate) fn new(pattern: &str, span: Span) -> Result<Self, Error> {
        let regex = RegexBuilder::new()
            .utf(true)
            .ucp(false)
            .jit_if_available(true)
            .max_jit_stack_size(Some(JIT_STACK))
            .build(&format!("{LIMITS}{pattern}"))
            .map_err(|error| {
                let message = error.to_string();
                let message = message
                    .rsplit_once(": ")
                    .map_or(message.as_str(), |(_, last)| last);
                let message = match error.offset() {
                    Some(offset) => format!(
                        "{message} (at byte {} of `{pattern}`)",
                        offset.saturating_sub(LIMITS.len())
                    ),
                    None => message.to_owned(),
                };
                Error::new(ErrorKind::Regex(message), span.clone())
            })?;
        Ok(Self {
            regex,
            span,
            scratch: Scratch::default(),
        })
    }

    /// Where the pattern stands, quotation marks included.
    pub(crate) fn place(&self) -> &Span {
        &self.span
    }

    /// Whether the pattern is found anywhere in the subject.
    ///
    /// # Errors
    ///
    /// A limit of PCRE that was met: whether the subject matches is not known.
    pub(crate) fn is_match(&self, subject: &str) -> Result<bool, Error> {
        self.regex
            .is_match(subject.as_bytes())
            .map_err(|error| self.limit(&error))
    }

    /// The names of the groups that have one, in the order of the pattern, with
    /// their numbers.
    pub(crate) fn named_groups(&self) -> impl Iterator<Item = (usize, &str)> {
        self.regex
            .capture_names()
            .iter()
            .enumerate()
            .filter_map(|(group, name)| Some((group, name.as_deref()?)))
    }

    /// How many groups there are, the whole match among them.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len()
    }

    /// Finds the matches one after the other, until `found` says that it has
    /// enough. After an empty match the search goes on one character further.
    ///
    /// # Errors
    ///
    /// A limit of PCRE, and what `found` returns.
    pub(crate) fn each_match(
        &self,
        subject: &str,
        mut found: impl FnMut(&CaptureLocations) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let mut locations = self.scratch.take(&self.regex);
        let result = self.each_match_in(&mut locations, subject, &mut found);
        self.scratch.give_back(locations);
        result
    }

    fn each_match_in(
        &self,
        locations: &mut CaptureLocations,
        subject: &str,
        found: &mut impl FnMut(&CaptureLocations) -> Result<ControlFlow<()>, Error>,
    ) -> Result<(), Error> {
        let mut start = 0;
        let mut last_end = None;
        while start <= subject.len() {
            let whole = self
                .regex
                .captures_read_at(locations, subject.as_bytes(), start)
                .map_err(|error| self.limit(&error))?
                .map(|whole| whole.start()..whole.end());
            let Some(whole) = whole else {
                break;
            };
            start = if whole.end > start {
                whole.end
            } else {
                // In an empty match, and after one of `\K` in a look-ahead,
                // which may end before it starts.
                start + subject[start..].chars().next().map_or(1, char::len_utf8)
            };
            // No empty match right after a match.
            if whole.is_empty() && last_end == Some(whole.end) {
                continue;
            }
            last_end = Some(whole.end);
            if found(locations)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The subject with every match replaced; `\0` to `\9` in the replacement
    /// are groups, `\\` is a backslash.
    ///
    /// # Errors
    ///
    /// A limit of PCRE, and a group that the pattern does not have.
    pub(crate) fn replace_all(&self, subject: &str, replacement: &str) -> Result<String, Error> {
        let mut replaced = String::with_capacity(subject.len());
        let mut copied = 0;
        self.each_match(subject, |locations| {
            let (start, end) = locations.get(0).unwrap_or_default();
            replaced.push_str(&subject[copied..start]);
            copied = end;
            self.expand(replacement, subject, locations, &mut replaced)?;
            Ok(ControlFlow::Continue(()))
        })?;
        replaced.push_str(&subject[copied..]);
        Ok(replaced)
    }

    fn expand(
        &self,
        replacement: &str,
        subject: &str,
        locations: &CaptureLocations,
        into: &mut String,
    ) -> Result<(), Error> {
        let mut rest = replacement.chars();
        while let Some(c) = rest.next() {
            if c != '\\' {
                into.push(c);
                continue;
            }
            let mut ahead = rest.clone();
            match ahead.next() {
                Some('\\') => {
                    into.push('\\');
                    rest = ahead;
                }
                Some(digit) if digit.is_ascii_digit() => {
                    let group = usize::from(digit as u8 - b'0');
                    if group >= self.groups() {
                        return Err(Error::new(
                            ErrorKind::Regex(format!(
                                "the replacement names group {group}, the pattern has {}",
                                self.groups() - 1
                            )),
                            self.span.clone(),
                        ));
                    }
                    if let Some((start, end)) = locations.get(group) {
                        into.push_str(&subject[start..end]);
                    }
                    rest = ahead;
                }
                _ => into.push('\\'),
            }
        }
        Ok(())
    }

    fn limit(&self, error: &pcre2::Error) -> Error {
        let message = error.to_string();
        let message = message
            .strip_prefix("PCRE2: error matching: ")
            .unwrap_or(&message);
        Error::limit(format!("regular expression: {message}"), self.span.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text, 3..9).unwrap()
    }

    #[test]
    fn patterns_are_unanchored_and_case_sensitive() {
        assert!(
            pattern(r"chrome\.exe")
                .is_match(r"c:\x\notchrome.exe")
                .unwrap()
        );
        assert!(!pattern(r"chrome\.exe").is_match("CHROME.EXE").unwrap());
        assert!(pattern(r"(?i)chrome\.exe").is_match("CHROME.EXE").unwrap());
    }

    #[test]
    fn classes_are_ascii_and_angle_brackets_literal() {
        assert!(!pattern(r"\s").is_match("\u{a0}").unwrap());
        assert!(pattern(r"\<a").is_match("<a").unwrap());
        assert!(!pattern(r"\<a").is_match("a").unwrap());
    }

    #[test]
    fn look_around_works() {
        assert!(pattern(r"a(?=b)").is_match("ab").unwrap());
        assert!(!pattern(r"a(?!b)").is_match("ab").unwrap());
    }

    #[test]
    fn an_error_says_where_in_the_pattern() {
        let error = Pattern::new("ab(c", 3..9).unwrap_err();
        assert_eq!(error.span, 3..9);
        assert!(
            error.to_string().contains("(at byte 4 of `ab(c`)"),
            "{error}"
        );
    }

    #[test]
    fn a_limit_is_an_error_and_no_miss() {
        let error = pattern("(a+)+$")
            .is_match(&format!("{}b", "a".repeat(20)))
            .unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
        assert_eq!(error.span, 3..9);
    }

    #[test]
    fn matches_come_one_after_the_other() {
        let places = |text: &str, subject: &str| {
            let mut places = Vec::new();
            pattern(text)
                .each_match(subject, |locations| {
                    places.push(locations.get(0).unwrap());
                    Ok(ControlFlow::Continue(()))
                })
                .unwrap();
            places
        };
        assert_eq!(places("b+", "abbcb"), [(1, 3), (4, 5)]);
        // An empty match moves on by a whole character, of two bytes here.
        assert_eq!(places("x*", "éx"), [(0, 0), (2, 3)]);
        assert_eq!(places("$", "é"), [(2, 2)]);
        // By PCRE's own rule it is found at the start, and ends there.
        assert_eq!(places("(?=é)", "éé"), [(0, 0), (2, 2)]);
    }

    #[test]
    fn an_empty_match_keeps_characters_whole() {
        assert_eq!(pattern("x*").replace_all("éa", "-").unwrap(), "-é-a-");
    }

    #[test]
    fn replacements_know_groups() {
        // Search Reference, Text functions, replace().
        let date = pattern(r"^(\d{1,2})/(\d{1,2})/");
        assert_eq!(
            date.replace_all("1/14/2023", r"\2/\1/").unwrap(),
            "14/1/2023"
        );
        assert_eq!(pattern("x").replace_all("axbx", r"\\n").unwrap(), r"a\nb\n");
        assert_eq!(
            pattern("(a)|b").replace_all("ab", r"<\1>").unwrap(),
            "<a><>"
        );
        assert!(pattern("x").replace_all("x", r"\1").is_err());
    }
}
