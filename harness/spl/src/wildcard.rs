//! Values of `search` with `*` in them, and wildcards in field names.
//!
//! `*` stands for any text, also none; no other character is special, and a
//! backslash cannot take its meaning away (Search Manual, "Wildcards" and
//! "Backslashes").

use std::{borrow::Cow, ops::Range};

use memchr::{memchr, memchr2};

/// A value to match whole values against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard {
    /// What stands between the stars; one part is a plain value.
    parts: Vec<String>,
    case: Case,
    /// Whether all parts are ASCII, so that subjects can be compared in place.
    ascii: bool,
}

/// Whether upper and lower case are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Insensitive,
}

impl Wildcard {
    pub(crate) fn new(pattern: &str, case: Case) -> Self {
        let pattern = match case {
            Case::Sensitive => Cow::Borrowed(pattern),
            Case::Insensitive => Cow::Owned(pattern.to_lowercase()),
        };
        Self {
            parts: pattern.split('*').map(str::to_owned).collect(),
            case,
            ascii: pattern.is_ascii(),
        }
    }

    /// The texts between the stars; in lower case where case is no matter.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(String::as_str)
    }

    /// Whether every value matches.
    pub(crate) fn is_any(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().all(String::is_empty)
    }

    /// Whether a value matches, whole.
    pub(crate) fn matches(&self, subject: &str) -> bool {
        // Bytes that match without regard to ASCII case match in lower case
        // too; only a mismatch can be one of case beyond ASCII.
        if self.walk(subject.as_bytes(), |_| ()) {
            return true;
        }
        self.case == Case::Insensitive
            && !(self.ascii && subject.is_ascii())
            && self.walk(subject.to_lowercase().as_bytes(), |_| ())
    }

    /// Roughly how much it costs to match: a plain value costs its length, one
    /// with stars is searched for.
    pub(crate) fn cost(&self) -> usize {
        if self.is_any() {
            return 1;
        }
        let length: usize = self.parts.iter().map(String::len).sum();
        match self.parts.len() {
            1 => length,
            parts => length + 32 * (parts - 1),
        }
    }

    /// Finds the parts one after the other and says what stands between them.
    fn walk(&self, subject: &[u8], mut star: impl FnMut(Range<usize>)) -> bool {
        let Some((first, rest)) = self.parts.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return self.equal(subject, first.as_bytes());
        };
        if subject.len() < first.len() + last.len()
            || !self.equal(&subject[..first.len()], first.as_bytes())
            || !self.equal(&subject[subject.len() - last.len()..], last.as_bytes())
        {
            return false;
        }
        let end = subject.len() - last.len();
        let mut position = first.len();
        for part in middle {
            let Some(found) = self.find(&subject[position..end], part.as_bytes()) else {
                return false;
            };
            star(position..position + found);
            position += found + part.len();
        }
        star(position..end);
        true
    }

    fn equal(&self, subject: &[u8], part: &[u8]) -> bool {
        match self.case {
            Case::Sensitive => subject == part,
            Case::Insensitive => subject.eq_ignore_ascii_case(part),
        }
    }

    fn find(&self, subject: &[u8], part: &[u8]) -> Option<usize> {
        let Some(first) = part.first() else {
            return Some(0);
        };
        let mut start = 0;
        while start + part.len() <= subject.len() {
            let candidates = &subject[start..=subject.len() - part.len()];
            let offset = match self.case {
                Case::Sensitive => memchr(*first, candidates),
                Case::Insensitive => memchr2(*first, first.to_ascii_uppercase(), candidates),
            }?;
            start += offset;
            if self.equal(&subject[start..start + part.len()], part) {
                return Some(start);
            }
            start += 1;
        }
        None
    }

    /// What the stars stand for in `name`; `None` where it does not match.
    pub(crate) fn stars(&self, name: &str) -> Option<Vec<String>> {
        let mut stars = Vec::new();
        if !self.walk(name.as_bytes(), |star| stars.push(star)) {
            return None;
        }
        stars
            .into_iter()
            .map(|star| name.get(star).map(str::to_owned))
            .collect()
    }

    /// The text that `template` gives when its stars stand for what this
    /// pattern's stars stand for in `name`: how `rename` renames many fields.
    /// The pattern must be case-sensitive; `None` where it does not match, or
    /// has fewer stars.
    pub(crate) fn substitute(&self, template: &str, name: &str) -> Option<String> {
        let mut stars = Vec::new();
        if !self.walk(name.as_bytes(), |star| stars.push(star)) {
            return None;
        }
        let mut stars = stars.into_iter();
        let mut text = String::new();
        for (index, part) in template.split('*').enumerate() {
            if index > 0 {
                text.push_str(name.get(stars.next()?)?);
            }
            text.push_str(part);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn insensitive(pattern: &str, subject: &str) -> bool {
        Wildcard::new(pattern, Case::Insensitive).matches(subject)
    }

    #[test]
    fn a_value_matches_whole_and_without_case() {
        assert!(insensitive("*.workers.dev", "Foo.WORKERS.dev"));
        assert!(!insensitive("*.workers.dev", "workers.dev"));
        assert!(!insensitive("*.workers.dev", "x.workers.dev."));
        assert!(insensitive("script.google.com", "SCRIPT.google.com"));
        assert!(!insensitive("script.google.com", "a.script.google.com"));
        assert!(insensitive(
            "*.lambda-url.*.amazonaws.com",
            "abc.lambda-url.us-east-1.amazonaws.com"
        ));
        assert!(!insensitive("a*a", "a"));
        assert!(insensitive("a**b", "ab"));
        assert!(insensitive("*", ""));
    }

    #[test]
    fn case_can_matter() {
        assert!(!Wildcard::new("A*", Case::Sensitive).matches("ab"));
        assert!(Wildcard::new("A*", Case::Sensitive).matches("Ab"));
    }

    #[test]
    fn letters_beyond_ascii_have_case_too() {
        assert!(insensitive("*É*", "caféx"));
        assert!(insensitive("straße", "STRAßE"));
    }

    #[test]
    fn a_question_mark_and_a_backslash_are_themselves() {
        assert!(!insensitive("a?c", "abc"));
        assert!(insensitive(r"*\cmd.exe", r"C:\Windows\System32\cmd.exe"));
        assert!(insensitive(r"c:\*", r"C:\x"));
    }

    #[test]
    fn stars_are_carried_over() {
        let pattern = Wildcard::new("Processes.*", Case::Sensitive);
        assert_eq!(
            pattern.substitute("*", "Processes.user").as_deref(),
            Some("user")
        );
        assert_eq!(pattern.substitute("*", "Other.user"), None);
    }

    /// The textbook matcher: slow and plain.
    fn oracle(pattern: &[char], subject: &[char]) -> bool {
        match pattern.split_first() {
            None => subject.is_empty(),
            Some(('*', rest)) => (0..=subject.len()).any(|n| oracle(rest, &subject[n..])),
            Some((c, rest)) => subject
                .split_first()
                .is_some_and(|(s, subject)| s.eq_ignore_ascii_case(c) && oracle(rest, subject)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn agrees_with_the_textbook(pattern in "[abA*]{0,8}", subject in "[abB]{0,10}") {
            let p: Vec<char> = pattern.chars().collect();
            let s: Vec<char> = subject.chars().collect();
            prop_assert_eq!(insensitive(&pattern, &subject), oracle(&p, &s));
        }
    }
}
