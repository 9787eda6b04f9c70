//! Looks in raw text for the literals without which a search has no use for an
//! event.
//!
//! The text is brought to lower case first, piece by piece, so that what looks
//! for the literals need not try both cases: the vector instructions that find
//! several literals at once know only one. They also know no more than 64
//! literals: of more, the beginnings are looked for, and where one stands,
//! whether a literal does.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind, packed};
use telemetry::Events;

/// Bytes that are brought to lower case at once: what the cache of one core
/// holds.
const PIECE: usize = 64 << 10;

/// Literals to be looked for.
#[derive(Debug)]
pub(crate) struct Needles {
    finder: Finder,
    longest: usize,
}

#[derive(Debug)]
enum Finder {
    Packed(packed::Searcher),
    /// Looks for the beginnings of literals, and tells whether one begins there.
    Beginnings(packed::Searcher, AhoCorasick),
    Automaton(AhoCorasick),
}

/// The lengths of beginnings that are tried: the longer, the fewer other texts
/// begin so. Of processes of one host and second, GUIDs have the first 18
/// characters in common.
const BEGINNINGS: [usize; 6] = [24, 18, 12, 8, 6, 4];

impl Finder {
    fn new(literals: &[String]) -> Option<Self> {
        let packed = |literals: &mut dyn Iterator<Item = &[u8]>| {
            packed::Config::new()
                .match_kind(packed::MatchKind::LeftmostFirst)
                .builder()
                .extend(literals)
                .build()
        };
        if let Some(searcher) = packed(&mut literals.iter().map(String::as_bytes)) {
            return Some(Self::Packed(searcher));
        }
        let beginnings = BEGINNINGS.iter().find_map(|length| {
            let beginning =
                |literal: &String| literal.as_bytes()[..literal.len().min(*length)].to_vec();
            let beginnings: BTreeSet<Vec<u8>> = literals.iter().map(beginning).collect();
            packed(&mut beginnings.iter().map(Vec::as_slice))
        });
        let automaton = |start| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                .start_kind(start)
                .build(literals)
                .ok()
        };
        Some(match beginnings {
            Some(searcher) => Self::Beginnings(searcher, automaton(StartKind::Anchored)?),
            None => Self::Automaton(automaton(StartKind::Unanchored)?),
        })
    }
}

impl Needles {
    /// These literals, in lower case; none where they cannot be looked for.
    pub(crate) fn new(literals: &[String]) -> Option<Self> {
        let longest = literals.iter().map(String::len).max()?;
        let finder = Finder::new(literals)?;
        Some(Self { finder, longest })
    }

    /// The numbers of the events in whose text a literal stands, in order. `None`
    /// where that cannot be told of their texts at once: an event has fields
    /// beside its text, or a character is in lower case another than it seems.
    pub(crate) fn events(&self, events: &Events) -> Option<Vec<usize>> {
        let text = events.text();
        if lowers_to_ascii(text) || events.iter().any(|event| !event.fields.is_empty()) {
            return None;
        }
        let mut found = Vec::new();
        self.each(text.as_bytes(), |start, end| {
            let Some(index) = events.at(start) else {
                return end;
            };
            found.push(index);
            // Where one literal stands, others may: go on after this event.
            events
                .get(index + 1)
                .and_then(|next| next.raw)
                .map_or(text.len(), |next| offset_in(text, next))
        });
        Some(found)
    }

    /// Whether a literal stands in a text.
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        let mut stands = false;
        self.each(text.as_bytes(), |_, _| {
            stands = true;
            text.len()
        });
        stands
    }

    /// Calls `found` for places where one of the literals stands, in order:
    /// its start and end. What `found` gives is where to go on, if that is
    /// further.
    fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize) -> usize) {
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
        let mut span = aho_corasick::Span {
            start: at.min(text.len()),
            end: text.len(),
        };
        let found = match &self.finder {
            Finder::Packed(searcher) => searcher.find_in(text, span),
            Finder::Beginnings(searcher, automaton) => loop {
                span.start = searcher.find_in(text, span)?.start();
                let here = Input::new(text).span(span).anchored(Anchored::Yes);
                if let Some(found) = automaton.find(here) {
                    break Some(found);
                }
                span.start += 1;
            },
            Finder::Automaton(automaton) => automaton.find(Input::new(text).span(span)),
        }?;
        Some((found.start(), found.end()))
    }
}

/// Where a part of a text begins in it.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Whether the text has one of the two characters beyond ASCII whose lower case
/// is in ASCII, so that the search of literals could miss what a comparison
/// finds.
fn lowers_to_ascii(text: &str) -> bool {
    !text.is_ascii() && text.contains(['\u{130}', '\u{212a}'])
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
        let needles = Needles::new(&[".workers.dev".to_owned()]);
        let stands = |text| {
            needles
                .as_ref()
                .is_some_and(|needles| needles.stand_in(text))
        };
        assert!(stands("a.Workers.DEV") && !stands("a.worker.dev") && !stands(""));
        assert!(Needles::new(&[]).is_none());
    }

    #[test]
    fn many_literals_are_found_by_their_beginnings() {
        let guids = |host: &'static str| {
            (0..300).map(move |number| format!("{host}-ba9b-6b05-{number:04x}-090000000700"))
        };
        let literals: Vec<String> = guids("3f1c9a52").chain(guids("3f1c9a53")).collect();
        assert!(matches!(
            Finder::new(&literals),
            Some(Finder::Beginnings(..))
        ));
        let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
        let text = "3F1C9A52-BA9B-6B05-0300-090000000700 3F1C9A52-BA9B-6B05-0001-090000000700 \
                    3F1C9A53-BA9B-6B05-012B-090000000700 3F1C9A54-BA9B-6B05-0001-090000000700";
        assert_eq!(places(&literals, text), [37, 74]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_missed_of_many(
            text in "[abABc]{0,300}",
            literals in proptest::collection::btree_set("[ab]{4}[abcd]{2,4}", 65..200),
        ) {
            let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
            let lower = text.to_ascii_lowercase();
            let expected = literals.iter().filter_map(|literal| lower.find(literal)).min();
            prop_assert_eq!(places(&literals, &text).first().copied(), expected);
        }

        #[test]
        fn nothing_is_missed(text in "[aAbB.]{0,200}", literal in "[ab.]{3,5}") {
            let expected = text.to_ascii_lowercase().find(&literal);
            prop_assert_eq!(places(&[&literal], &text).first().copied(), expected);
        }
    }
}
