//! The structure of a regular expression, as far as the lints need it: its
//! alternatives, and what each of them is made of.
//!
//! Patterns with anything unusual (options in the middle, comments, quoted
//! parts, verbs) are not read: nothing is claimed about them.
//!
//! Source: PCRE2's `pcre2pattern`.

use std::ops::Range;

/// A pattern: one alternative or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Regular {
    pub(super) alternatives: Vec<Alternative>,
    /// Whether it starts with `(?i)`.
    pub(super) ignores_case: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) atoms: Vec<Atom>,
    /// Where it stands in the pattern.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) kind: AtomKind,
    /// How often it must occur at least.
    pub(super) least: usize,
    /// Whether a quantifier follows.
    pub(super) quantified: bool,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AtomKind {
    Literal(char),
    /// `.`
    Any,
    /// `^` and `\A`
    Start,
    /// `$`, `\z` and `\Z`
    End,
    /// Word borders and look-around: they take no text.
    Border,
    /// A class, with the characters that it lists where these are simple.
    Class {
        simple: Option<Vec<Range<char>>>,
    },
    /// `\d`, `\w`, `\s` and their opposites.
    Kind(char),
    Group(Vec<Alternative>),
}

/// Groups in each other.
const MAX_DEPTH: usize = 32;

impl Regular {
    /// Reads a pattern; `None` for one that is unusual.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let ignores_case = pattern.starts_with("(?i)");
        let mut parser = Parser {
            pattern,
            position: if ignores_case { 4 } else { 0 },
            depth: 0,
        };
        let alternatives = parser.alternatives()?;
        (parser.position == pattern.len()).then_some(Self {
            alternatives,
            ignores_case,
        })
    }
}

impl Alternative {
    /// Whether what it matches does not depend on what stands around it: then a
    /// text matches as soon as a part of it does.
    pub(super) fn is_free(&self) -> bool {
        self.atoms.iter().all(|atom| match &atom.kind {
            AtomKind::Start | AtomKind::End | AtomKind::Border => false,
            AtomKind::Group(inner) => inner.iter().all(Self::is_free),
            _ => true,
        })
    }
}

struct Parser<'p> {
    pattern: &'p str,
    position: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.pattern[self.position..]
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.position += expected.len();
        }
        found
    }

    fn alternatives(&mut self) -> Option<Vec<Alternative>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut alternatives = vec![self.alternative()?];
        while self.eat("|") {
            alternatives.push(self.alternative()?);
        }
        self.depth -= 1;
        Some(alternatives)
    }

    fn alternative(&mut self) -> Option<Alternative> {
        let start = self.position;
        let mut atoms = Vec::new();
        while !self.rest().is_empty() && !self.rest().starts_with(['|', ')']) {
            atoms.push(self.atom()?);
        }
        Some(Alternative {
            atoms,
            span: start..self.position,
        })
    }

    fn atom(&mut self) -> Option<Atom> {
        let start = self.position;
        let kind = match self.bump()? {
            '.' => AtomKind::Any,
            '^' => AtomKind::Start,
            '$' => AtomKind::End,
            '(' => self.group()?,
            '[' => self.class()?,
            '\\' => self.escape()?,
            '*' | '+' | '?' => return None,
            c => AtomKind::Literal(c),
        };
        let span = start..self.position;
        let quantifier = self.quantifier()?;
        Some(Atom {
            kind,
            least: quantifier.unwrap_or(1),
            quantified: quantifier.is_some(),
            span,
        })
    }

    /// How often the atom before must occur at least; `None` inside where there
    /// is no quantifier.
    #[expect(clippy::option_option, reason = "no quantifier, and an unusual one")]
    fn quantifier(&mut self) -> Option<Option<usize>> {
        let least = if self.eat("*") || self.eat("?") {
            0
        } else if self.eat("+") {
            1
        } else if self.rest().starts_with('{') {
            let end = self.rest().find('}')?;
            let inside = &self.rest()[1..end];
            let number: usize = inside.split(',').next()?.trim().parse().ok()?;
            self.position += end + 1;
            number
        } else {
            return Some(None);
        };
        // A possessive quantifier gives nothing back.
        if self.rest().starts_with('+') {
            return None;
        }
        self.eat("?");
        // A second quantifier is an error in PCRE.
        (!self.rest().starts_with(['*', '+', '?'])).then_some(Some(least))
    }

    fn group(&mut self) -> Option<AtomKind> {
        if self.rest().starts_with('*') {
            return None;
        }
        let mut border = false;
        if self.rest().starts_with('?') {
            let name = ["?P<", "?<"].iter().find(|open| {
                self.rest()
                    .strip_prefix(**open)
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'))
            });
            if let Some(open) = name {
                self.position += open.len();
                let end = self.rest().find('>')?;
                self.position += end + 1;
            } else if ["?=", "?!", "?<=", "?<!"].iter().any(|open| self.eat(open)) {
                border = true;
            } else if !self.eat("?:") {
                return None;
            }
        }
        let alternatives = self.alternatives()?;
        if !self.eat(")") {
            return None;
        }
        Some(if border {
            AtomKind::Border
        } else {
            AtomKind::Group(alternatives)
        })
    }

    fn escape(&mut self) -> Option<AtomKind> {
        let escaped = self.bump()?;
        Some(match escaped {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => AtomKind::Kind(escaped),
            'A' => AtomKind::Start,
            'z' | 'Z' => AtomKind::End,
            'b' | 'B' => AtomKind::Border,
            c if !c.is_alphanumeric() => AtomKind::Literal(c),
            _ => return None,
        })
    }

    /// A class, after its bracket.
    fn class(&mut self) -> Option<AtomKind> {
        let mut simple = Some(Vec::new());
        if self.eat("^") {
            simple = None;
        }
        let mut first = true;
        loop {
            let mut c = self.bump()?;
            match c {
                ']' if !first => break,
                '[' if self.rest().starts_with([':', '.', '=']) => return None,
                '\\' => {
                    c = self.bump()?;
                    if c.is_alphanumeric() {
                        simple = None;
                    }
                }
                _ => {}
            }
            first = false;
            let mut end = c;
            if self.rest().starts_with('-') && !self.rest().starts_with("-]") {
                self.bump();
                end = self.bump()?;
                if end == '\\' {
                    end = self.bump()?;
                    if end.is_alphanumeric() {
                        simple = None;
                    }
                }
            }
            if let Some(ranges) = &mut simple {
                ranges.push(c..end);
            }
        }
        Some(AtomKind::Class { simple })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn alternatives_are_found_outside_of_groups() {
        let regular = Regular::parse(r"a\|b|(c|d)[|]|e").unwrap();
        assert_eq!(regular.alternatives.len(), 3);
        assert_eq!(regular.alternatives[1].span, 5..13);
        assert!(matches!(
            &regular.alternatives[1].atoms[0].kind,
            AtomKind::Group(inner) if inner.len() == 2
        ));
    }

    #[test]
    fn quantifiers_belong_to_the_atom_before() {
        let regular = Regular::parse(r"ab*c{2,}d+?e?").unwrap();
        let least: Vec<usize> = regular.alternatives[0]
            .atoms
            .iter()
            .map(|a| a.least)
            .collect();
        assert_eq!(least, [1, 0, 2, 1, 0]);
    }

    #[test]
    fn what_is_unusual_is_not_read() {
        for pattern in [
            r"\Qa\E",
            "a++",
            "(?>a)",
            "(?i:a)",
            "a(?i)b",
            "(*F)",
            "[[:alpha:]]",
            r"\x41",
            "(a",
            "a)",
            "[a",
            r"a\",
            "(?#c)a",
            "a{b}",
        ] {
            assert_eq!(Regular::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn borders_are_not_free() {
        let is_free = |pattern| Regular::parse(pattern).unwrap().alternatives[0].is_free();
        for pattern in ["^a", "a$", r"\ba", "(?<=a)b", "(a|^b)"] {
            assert!(!is_free(pattern), "{pattern}");
        }
        assert!(is_free(r"a(b|c).*\d[xyz]"));
    }

    proptest! {
        #[test]
        fn any_pattern_is_answered(pattern in r"[ab\\()\[\]{}|*+?.^$:<=!0-9,-]{0,20}") {
            if let Some(regular) = Regular::parse(&pattern) {
                for alternative in regular.alternatives {
                    prop_assert!(pattern.get(alternative.span).is_some());
                }
            }
        }
    }
}
