//! Literals that an event must have in its raw text, whatever else it has: with
//! them a source can leave out most events before it takes any apart.

use crate::{
    Search,
    command::search::{Filter, FilterKind, Test},
    names::Names,
    wildcard::Wildcard,
};

/// Shorter literals are found everywhere.
const SHORTEST: usize = 3;

/// More literals cost more to look for than they spare.
const MOST: usize = 200;

impl Search {
    /// Literals of which at least one stands in the raw text of every event
    /// that the search can use, in whatever case of ASCII letters. `None` where
    /// the search gives no such literals, so that every event must be looked
    /// at.
    ///
    /// `is_verbatim` says of a field that its value, where an event has one,
    /// stands in the raw text byte for byte.
    ///
    /// The literals are ASCII. A raw text can match in other ways only by the
    /// two characters that become ASCII letters in lower case: U+0130 and
    /// U+212A.
    pub fn needles(&self, is_verbatim: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
        // Subsearches look at events of their own.
        if !self.plan.subsearches.is_empty() || !self.plan.fillers.is_empty() {
            return None;
        }
        let base = self.plan.base.as_ref()?;
        let finder = Finder {
            names: &self.plan.names,
            is_verbatim,
        };
        let mut needles = finder.of(base.command.filter())?;
        needles.sort_unstable();
        needles.dedup();
        (needles.len() <= MOST).then_some(needles)
    }
}

struct Finder<'f> {
    names: &'f Names,
    is_verbatim: &'f dyn Fn(&str) -> bool,
}

impl Finder<'_> {
    fn of(&self, filter: &Filter) -> Option<Vec<String>> {
        match &filter.kind {
            FilterKind::Any
            | FilterKind::Subsearch(_)
            | FilterKind::Not(_)
            | FilterKind::Time(_)
            | FilterKind::EventType { .. } => None,
            // One part is enough, and the best is the one whose shortest
            // literal is the longest.
            FilterKind::And(parts) => {
                parts
                    .iter()
                    .filter_map(|part| self.of(part))
                    .max_by_key(|needles| {
                        let shortest = needles.iter().map(String::len).min();
                        (shortest, std::cmp::Reverse(needles.len()))
                    })
            }
            FilterKind::Or(parts) => Self::all(parts.iter().map(|part| self.of(part))),
            FilterKind::Comparison(comparison) => {
                if !(self.is_verbatim)(self.names.name(comparison.field)) {
                    return None;
                }
                match &comparison.test {
                    Test::Equal(literal) if literal.subnet.is_none() => {
                        of_wildcard(&literal.wildcard)
                    }
                    Test::In(literals) if literals.iter().all(|l| l.subnet.is_none()) => Self::all(
                        literals
                            .iter()
                            .map(|literal| of_wildcard(&literal.wildcard)),
                    ),
                    _ => None,
                }
            }
            FilterKind::Term { term, .. } => longest(term.parts()),
        }
    }

    /// The literals of all alternatives, if each has some.
    fn all(parts: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
        let all: Option<Vec<Vec<String>>> = parts.collect();
        all.map(|needles| needles.into_iter().flatten().collect())
    }
}

fn of_wildcard(wildcard: &Wildcard) -> Option<Vec<String>> {
    longest(wildcard.parts())
}

/// The longest run of ASCII in these texts, if it is long enough.
fn longest<'t>(parts: impl IntoIterator<Item = &'t str>) -> Option<Vec<String>> {
    parts
        .into_iter()
        .flat_map(|part| part.split(|c: char| !c.is_ascii()))
        .max_by_key(|run| run.len())
        .filter(|run| run.len() >= SHORTEST)
        .map(|run| vec![run.to_ascii_lowercase()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn needles(text: &str) -> Option<Vec<String>> {
        Search::parse(text)
            .unwrap()
            .needles(&|field| !matches!(field, "sourcetype" | "derived"))
    }

    #[test]
    fn each_alternative_gives_one() {
        assert_eq!(
            needles(
                r#"sourcetype=xmlwineventlog EventCode=3 (a="*.Workers.dev" OR a IN ("x*.pages.dev", foobar))"#
            ),
            Some(vec![
                ".pages.dev".to_owned(),
                ".workers.dev".to_owned(),
                "foobar".to_owned(),
            ])
        );
        assert_eq!(
            needles("abcd efghij a=xyz"),
            Some(vec!["efghij".to_owned()])
        );
        assert_eq!(needles("a=köln*straße"), Some(vec!["stra".to_owned()]));
    }

    #[test]
    fn where_one_cannot_be_relied_on_there_is_none() {
        for text in [
            "*",
            "EventCode=3",
            "a=*",
            "NOT a=workers",
            "a!=workers",
            "a>workers",
            "a=workers OR b=*",
            "a=workers OR NOT b=pages",
            "a IN (workers, w*)",
            "a=10.0.0.0/8",
            "derived=workers",
            "derived=workers OR a=pages",
            "a=workers | append [search b=1]",
            "| makeresults",
        ] {
            assert_eq!(
                Search::parse(text)
                    .ok()
                    .and_then(|s| s.needles(&|f| f != "derived")),
                None,
                "{text}"
            );
        }
        assert!(needles("derived=workers a=pages").is_some());
    }
}
