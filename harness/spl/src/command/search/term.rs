//! Bare terms and phrases of `search`: matched on the raw text by segments.
//!
//! An index knows the segments of an event: what stands between breakers. A
//! term is found where it begins and ends at the border of a segment, so that
//! `error` is not found in `errors`. A star at either end lifts that border.
//!
//! Source: Getting Data In, "About event segmentation", and the breakers that
//! `segmenters.conf` sets by default.

use crate::wildcard::{Case, Wildcard};

/// A term that is looked for in raw text, without regard to case.
#[derive(Debug)]
pub(crate) struct Term {
    text: String,
    open_start: bool,
    open_end: bool,
}

/// Characters that end a segment: the major breakers and the minor ones.
const BREAKERS: &str = "[]<>(){}|!;,'\"*\n\r\t &?+/:=@.-$#%\\_";

/// Major breakers of more than one character; a segment starts after them.
/// (They begin with a character that is a breaker already.)
const LONG_BREAKERS: &[&str] = &[
    "%21", "%26", "%2526", "%3b", "%7c", "%20", "%2b", "%3d", "%2520", "%5d", "%5b", "%3a", "%0a",
    "%2c", "%28", "%29",
];

impl Term {
    /// A term from its text with stars; `None` for a star in the middle, which
    /// matches differently in an index than in raw text.
    pub(super) fn new(text: &str) -> Option<Self> {
        let inside = text.trim_matches('*');
        (!inside.contains('*')).then(|| Self {
            text: inside.to_lowercase(),
            open_start: text.starts_with('*'),
            open_end: text.ends_with('*'),
        })
    }

    /// The text that is looked for, in lower case.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The term with its stars.
    pub(super) fn written(&self) -> String {
        let star = |open| if open { "*" } else { "" };
        format!(
            "{}{}{}",
            star(self.open_start),
            self.text,
            star(self.open_end)
        )
    }

    /// Whether the raw text of an event has the term.
    pub(super) fn is_in(&self, raw: &str) -> bool {
        let raw = raw.to_lowercase();
        raw.match_indices(&self.text).any(|(start, found)| {
            let end = start + found.len();
            (self.open_start || starts_segment(&raw[..start], &self.text))
                && (self.open_end || ends_segment(&raw[end..], &self.text))
        })
    }

    /// Whether the text of a term means any event.
    pub(super) fn is_any(text: &str) -> bool {
        Wildcard::new(text, Case::Sensitive).is_any()
    }
}

fn starts_segment(before: &str, term: &str) -> bool {
    before.is_empty()
        || before.ends_with(is_breaker)
        || term.starts_with(is_breaker)
        || LONG_BREAKERS
            .iter()
            .any(|breaker| before.ends_with(breaker))
}

fn ends_segment(after: &str, term: &str) -> bool {
    after.is_empty() || after.starts_with(is_breaker) || term.ends_with(is_breaker)
}

fn is_breaker(c: char) -> bool {
    BREAKERS.contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Term;

    fn found(term: &str, raw: &str) -> bool {
        Term::new(term).unwrap().is_in(raw)
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
    fn a_star_inside_is_not_evaluated() {
        assert!(Term::new("a*b").is_none());
        assert!(Term::is_any("**"));
        assert!(!Term::is_any("a*"));
    }
}
