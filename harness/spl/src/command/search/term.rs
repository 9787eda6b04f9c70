//! Bare terms and phrases of `search`: matched on the raw text by segments.
//!
//! An index knows the segments of an event: what stands between major breakers,
//! and the parts of those between minor ones. A term is found where it begins
//! and ends at the border of a segment, so that `error` is not found in
//! `errors`. A star at either end lifts that border; one inside goes over minor
//! breakers, since no segment has a major one. `TERM()` finds nothing but whole
//! major segments, and `CASE()` minds case.
//!
//! Source: Getting Data In, "About event segmentation"; Search Manual, "Event
//! segmentation and searching" and "Use `CASE()` and `TERM()` to match
//! phrases"; the breakers that `segmenters.conf` sets by default.

use std::borrow::Cow;

use crate::wildcard::{Case, Wildcard};

/// A term that is looked for in raw text.
#[derive(Debug)]
pub(crate) struct Term {
    /// What stands between the stars; in lower case where case is no matter.
    parts: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bare,
    /// `CASE(x)`: a term that minds case.
    Case,
    /// `TERM(x)`: a whole segment between major breakers.
    Whole,
}

/// Why a text is no term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TermError {
    /// Which events an index finds for it is not documented.
    #[error("a `*` inside a phrase")]
    StarInPhrase,
    #[error("`TERM()` of text with a major breaker in it, such as a blank,")]
    MajorBreaker,
}

/// Characters that end a major segment.
const MAJOR_BREAKERS: &str = "[]<>(){}|!;,'\"*\n\r\t &?+";

/// Characters that end a minor segment within a major one.
const MINOR_BREAKERS: &str = "/:=@.-$#%\\_";

/// Major breakers of more than one character, in lower case. (They begin with a
/// character that is a minor breaker already.)
const LONG_BREAKERS: &[&str] = &[
    "%21", "%26", "%2526", "%3b", "%7c", "%20", "%2b", "%3d", "--", "%2520", "%5d", "%5b", "%3a",
    "%0a", "%2c", "%28", "%29",
];

impl Term {
    /// A term from its text with stars.
    ///
    /// # Errors
    ///
    /// A star between several segments.
    pub(super) fn new(text: &str, case: Case) -> Result<Self, TermError> {
        let (kind, text) = match case {
            Case::Insensitive => (Kind::Bare, Cow::Owned(text.to_lowercase())),
            Case::Sensitive => (Kind::Case, Cow::Borrowed(text)),
        };
        let parts = parts(&text);
        if has_star_inside(&parts) && parts.iter().any(|p| has_major(p)) {
            return Err(TermError::StarInPhrase);
        }
        Ok(Self { parts, kind })
    }

    /// `TERM(text)`.
    ///
    /// # Errors
    ///
    /// A major breaker in the text: no segment has one.
    pub(super) fn whole(text: &str) -> Result<Self, TermError> {
        let parts = parts(&text.to_lowercase());
        if parts.iter().any(|part| has_major(part)) {
            return Err(TermError::MajorBreaker);
        }
        Ok(Self {
            parts,
            kind: Kind::Whole,
        })
    }

    /// The texts that an event must have, in whatever case.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(String::as_str)
    }

    /// The term with its stars.
    pub(super) fn written(&self) -> String {
        self.parts.join("*")
    }

    /// The name of the directive around the term, if there is one.
    pub(super) fn directive(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Bare => None,
            Kind::Case => Some("CASE"),
            Kind::Whole => Some("TERM"),
        }
    }

    /// Whether the raw text of an event has the term.
    pub(super) fn is_in(&self, raw: &str) -> bool {
        let raw = match self.kind {
            Kind::Case => Cow::Borrowed(raw),
            Kind::Bare | Kind::Whole => Cow::Owned(raw.to_lowercase()),
        };
        match (self.kind, self.parts.as_slice()) {
            (Kind::Whole, _) => {
                let wildcard = Wildcard::new(&self.written(), Case::Sensitive);
                major_segments(&raw).any(|(start, end)| wildcard.matches(&raw[start..end]))
            }
            (_, parts) if has_star_inside(parts) => {
                major_segments(&raw).any(|(start, end)| self.is_in_segment(&raw, start, end))
            }
            _ => {
                let text = self.parts.iter().find(|part| !part.is_empty());
                let text = text.map_or("", String::as_str);
                raw.match_indices(text).any(|(start, found)| {
                    let end = start + found.len();
                    (self.open_start() || starts_segment(&raw[..start], text))
                        && (self.open_end() || ends_segment(&raw[end..], text))
                })
            }
        }
    }

    /// Whether a major segment has the parts one after the other. The first
    /// place of each part is the best one for what follows.
    fn is_in_segment(&self, raw: &str, start: usize, end: usize) -> bool {
        let segment = &raw[start..end];
        let (Some((first, rest)), mut position) = (self.parts.split_first(), 0) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return false;
        };
        if !first.is_empty() {
            let found = segment
                .match_indices(first.as_str())
                .find(|(place, _)| starts_segment(&raw[..start + place], first));
            let Some((place, _)) = found else {
                return false;
            };
            position = place + first.len();
        }
        for part in middle {
            let Some(place) = segment[position..].find(part.as_str()) else {
                return false;
            };
            position += place + part.len();
        }
        last.is_empty()
            || segment[position..]
                .match_indices(last.as_str())
                .any(|(place, _)| ends_segment(&raw[start + position + place + last.len()..], last))
    }

    fn open_start(&self) -> bool {
        self.parts.len() > 1 && self.parts.first().is_some_and(String::is_empty)
    }

    fn open_end(&self) -> bool {
        self.parts.len() > 1 && self.parts.last().is_some_and(String::is_empty)
    }

    /// Whether the text of a term means any event.
    pub(super) fn is_any(text: &str) -> bool {
        Wildcard::new(text, Case::Sensitive).is_any()
    }
}

/// What stands between the stars.
fn parts(text: &str) -> Vec<String> {
    text.split('*').map(str::to_owned).collect()
}

/// Whether a star stands between two texts.
fn has_star_inside(parts: &[String]) -> bool {
    parts.iter().filter(|part| !part.is_empty()).count() > 1
}

fn has_major(text: &str) -> bool {
    (0..text.len())
        .filter(|place| text.is_char_boundary(*place))
        .any(|place| major_breaker(&text[place..]) > 0)
}

/// How long the major breaker is that comes next; 0 where there is none.
fn major_breaker(text: &str) -> usize {
    let long = LONG_BREAKERS
        .iter()
        .filter(|breaker| {
            text.get(..breaker.len())
                .is_some_and(|next| next.eq_ignore_ascii_case(breaker))
        })
        .map(|breaker| breaker.len())
        .max();
    match (long, text.chars().next()) {
        (Some(length), _) => length,
        (None, Some(c)) if MAJOR_BREAKERS.contains(c) => c.len_utf8(),
        _ => 0,
    }
}

/// Where the segments between major breakers begin and end.
fn major_segments(raw: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        while position < raw.len() {
            let start = position;
            let mut end = start;
            let mut breaker = 0;
            for (place, _) in raw[start..].char_indices() {
                end = start + place;
                breaker = major_breaker(&raw[end..]);
                if breaker > 0 {
                    break;
                }
            }
            if breaker == 0 {
                end = raw.len();
            }
            position = end + breaker;
            if end > start {
                return Some((start, end));
            }
        }
        None
    })
}

fn starts_segment(before: &str, term: &str) -> bool {
    before.is_empty()
        || before.ends_with(is_breaker)
        || term.starts_with(is_breaker)
        || LONG_BREAKERS.iter().any(|breaker| {
            before
                .len()
                .checked_sub(breaker.len())
                .and_then(|start| before.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(breaker))
        })
}

fn ends_segment(after: &str, term: &str) -> bool {
    after.is_empty() || after.starts_with(is_breaker) || term.ends_with(is_breaker)
}

fn is_breaker(c: char) -> bool {
    MAJOR_BREAKERS.contains(c) || MINOR_BREAKERS.contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Case, Term, TermError};

    fn found(term: &str, raw: &str) -> bool {
        Term::new(term, Case::Insensitive).unwrap().is_in(raw)
    }

    #[test]
    fn a_term_is_a_whole_segment() {
        assert!(found("error", "An ERROR, here"));
        assert!(!found("error", "errors"));
        assert!(!found("error", "terror"));
        assert!(found("error", "<Data>error</Data>"));
        assert!(found("error", "my_error.log"));
        assert!(found("dev", "a%20dev"));
    }

    #[test]
    fn stars_open_the_ends() {
        assert!(found("err*", "errors"));
        assert!(!found("err*", "terrors"));
        assert!(found("*rr*", "terrors"));
    }

    #[test]
    fn a_phrase_keeps_its_order_and_blanks() {
        assert!(found("web error", "a web error b"));
        assert!(!found("web error", "error web"));
        assert!(found("workers.dev", "https://a.workers.dev/x"));
        assert!(!found("workers.dev", "https://a.workers.develop/x"));
    }

    #[test]
    fn a_star_inside_goes_over_minor_breakers() {
        assert!(found("foo*baz", "x foo.bar.baz y"));
        assert!(found("foo*baz", "foobaz"));
        assert!(found("f*b*z", "F.b.b.z"));
        assert!(found("*oo*ba*", "foo.baz"));
        assert!(!found("foo*baz", "foo bar baz"));
        assert!(!found("foo*baz", "foo%20baz"));
        assert!(!found("foo*baz", "foo.bazaar"));
        assert!(!found("foo*baz", "xfoo.baz"));
        // The first `a` that begins a segment, and a `b` that ends one.
        assert!(found("a*b", "xa.a.bx.b"));
        assert!(!found("a*b", "b.a"));
        assert!(!found("ab*ba", "aba"));
        let phrase = Term::new("a b*c", Case::Insensitive);
        assert_eq!(phrase.unwrap_err(), TermError::StarInPhrase);
        assert!(Term::is_any("**"));
        assert!(!Term::is_any("a*"));
    }

    #[test]
    fn a_whole_term_is_bounded_by_major_breakers() {
        let found = |term: &str, raw: &str| Term::whole(term).unwrap().is_in(raw);
        // Search Manual, "Use CASE() and TERM() to match phrases".
        assert!(found("127.0.0.1", "127.0.0.1 - admin"));
        assert!(!found("127.0.0.1", "ip=127.0.0.1 - user=admin"));
        assert!(found("user=Admin", "ip=127.0.0.1 - user=admin"));
        assert!(!found("127.0.0.1", "127.0.0.12"));
        assert!(found("a", "b%20A%2Cc"));
        assert!(found("a", "b--a"));
        assert!(found("10.0.*", "x,10.0.0.1"));
        assert!(!found("10.0.*", "x=10.0.0.1"));
        for text in ["a b", "a,b", "a%20b"] {
            assert_eq!(Term::whole(text).unwrap_err(), TermError::MajorBreaker);
        }
    }

    #[test]
    fn case_matters_where_it_is_asked_for() {
        let found = |term: &str, raw: &str| Term::new(term, Case::Sensitive).unwrap().is_in(raw);
        assert!(found("error", "an error"));
        assert!(!found("error", "an Error"));
        assert!(!found("error", "errors"));
        assert!(found("%ASA-1*", "x %ASA-1-134568"));
        assert!(!found("%ASA-1*", "x %asa-1-134568"));
        assert!(found("dev", "a%3Bdev"));
    }
}
