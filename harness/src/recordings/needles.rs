//! Looks in raw text for the literals without which a search has no use for an
//! event.
//!
//! The text is brought to lower case first, piece by piece, so that what looks
//! for the literals need not try both cases: the vector instructions that find
//! several literals at once know only one.

use aho_corasick::{AhoCorasick, packed};

/// Bytes that are brought to lower case at once: what the cache of one core
/// holds.
const PIECE: usize = 64 << 10;

/// Literals to be looked for.
#[derive(Debug)]
pub(super) struct Needles {
    finder: Finder,
    longest: usize,
}

#[derive(Debug)]
enum Finder {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Needles {
    /// These literals, in lower case; none where they cannot be looked for.
    pub(super) fn new(literals: &[String]) -> Option<Self> {
        let longest = literals.iter().map(String::len).max()?;
        let packed = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostFirst)
            .builder()
            .extend(literals)
            .build();
        let finder = match packed {
            Some(searcher) => Finder::Packed(searcher),
            None => Finder::Automaton(AhoCorasick::new(literals).ok()?),
        };
        Some(Self { finder, longest })
    }

    /// Calls `found` for places where one of the literals stands, in order:
    /// its start and end. What `found` gives is where to go on, if that is
    /// further.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize) -> usize) {
        let mut lower = Vec::with_capacity(PIECE + self.longest);
        let mut start = 0;
        // Where the next match may begin.
        let mut next = 0;
        while start < text.len() {
            let end = (start + PIECE).min(text.len());
            // A literal may begin in this piece and end in the next one.
            let reach = (end + self.longest - 1).min(text.len());
            lower.clear();
            lower.extend_from_slice(&text[start..reach]);
            lower.make_ascii_lowercase();
            while next < end
                && let Some((from, to)) = self.find(&lower, next.saturating_sub(start))
            {
                let (from, to) = (from + start, to + start);
                if from >= end {
                    break;
                }
                next = found(from, to).max(to);
            }
            next = next.max(end);
            start = end;
        }
    }

    fn find(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let span = aho_corasick::Span {
            start: at.min(text.len()),
            end: text.len(),
        };
        let found = match &self.finder {
            Finder::Packed(searcher) => searcher.find_in(text, span),
            Finder::Automaton(automaton) => {
                automaton.find(aho_corasick::Input::new(text).span(span))
            }
        }?;
        Some((found.start(), found.end()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(literals: &[&str], text: &str) -> Vec<usize> {
        let literals: Vec<String> = literals.iter().map(|l| (*l).to_owned()).collect();
        let mut places = Vec::new();
        if let Some(needles) = Needles::new(&literals) {
            needles.each(text.as_bytes(), |start, end| {
                places.push(start);
                end
            });
        }
        places
    }

    #[test]
    fn literals_are_found_in_any_case_and_over_pieces() {
        assert_eq!(
            places(&[".workers.dev", "pages"], "x.WORKERS.dev PaGeS .worker"),
            [1, 14]
        );
        let before = "-".repeat(PIECE - 3);
        assert_eq!(
            places(&[".workers.dev"], &format!("{before}.workers.dev|")),
            [PIECE - 3]
        );
        assert!(places(&[".workers.dev"], "").is_empty());
        assert!(Needles::new(&[]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_missed(text in "[aAbB.]{0,200}", literal in "[ab.]{3,5}") {
            let expected = text.to_ascii_lowercase().find(&literal);
            prop_assert_eq!(places(&[&literal], &text).first().copied(), expected);
        }
    }
}
