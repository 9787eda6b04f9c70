//! Lints on regular expressions: anchors, dots and case.
//!
//! A pattern counts as unanchored only if it is seen to match a name that it
//! should not: the name is made, matched, and told.

use super::{
    Code, Finding, Holds, Linter, Transform,
    known::Admitted,
    literal,
    regular::{Alternative, Atom, AtomKind, Regular},
};
use crate::{
    error::Span,
    names::Slot,
    quoted::Escapes,
    regex::Pattern,
    wildcard::{Case, Wildcard},
};

/// A pattern in the text of a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'p> {
    /// The pattern as meant.
    pub(crate) pattern: &'p str,
    /// Where it stands, with its quotation marks.
    pub(crate) place: &'p Span,
    /// How it is written.
    pub(crate) escapes: Escapes,
    /// In which case the text is that it is matched on.
    pub(crate) case: Transform,
    /// The field that it is matched on, and what became of its case.
    pub(crate) subject: Option<(Slot, Transform)>,
}

/// Texts of one pattern that are tried at most.
const MAX_SAMPLES: usize = 64;

/// How much more work it is to try a pattern than a wildcard.
const PATTERN: usize = 4;

/// A text that a pattern matches.
#[derive(Clone, Debug, Default)]
struct Sample {
    text: String,
    /// Whether anything may stand before it, and after it.
    open: (bool, bool),
}

impl Linter<'_> {
    /// Reports what is wrong with a pattern.
    pub(crate) fn pattern(&mut self, written: Written<'_>) {
        let Some(regular) = Regular::parse(written.pattern) else {
            return;
        };
        let places = literal::places(self.text, written.place, written.pattern, written.escapes);
        let place = |part: &Span| {
            places
                .as_ref()
                .and_then(|places| literal::place_of(places, part))
                .unwrap_or_else(|| written.place.clone())
        };
        self.dots(&regular.alternatives, &place);
        self.one_sided(&regular.alternatives, &place);
        if !regular.ignores_case {
            self.pattern_case(&regular, written.case, written.place, &place);
        }
        self.unanchored(&regular, written, &place);
    }

    /// Dots without a backslash before what ends as a name does.
    fn dots(&mut self, alternatives: &[Alternative], place: &impl Fn(&Span) -> Span) {
        for alternative in alternatives {
            for (index, atom) in alternative.atoms.iter().enumerate() {
                match &atom.kind {
                    AtomKind::Group(inner) => self.dots(inner, place),
                    AtomKind::Any if is_in_name(&alternative.atoms, index) => {
                        self.report(Finding::new(
                            Code::UnescapedDot,
                            place(&atom.span),
                            "this `.` matches any character".to_owned(),
                            r"write `\.`".to_owned(),
                        ));
                    }
                    _ => {}
                }
            }
        }
    }

    /// `^a|b` and `a|b$`.
    fn one_sided(&mut self, alternatives: &[Alternative], place: &impl Fn(&Span) -> Span) {
        let ([first, .., last], starts, ends) = (
            alternatives,
            alternatives.iter().filter(|a| a.starts()).count(),
            alternatives.iter().filter(|a| a.ends()).count(),
        ) else {
            return;
        };
        // `^a$|b` is meant as it is: one whole text, and one part.
        for (anchor, alternative, atom, which) in [
            ("^", first, first.atoms.first(), "first"),
            ("$", last, last.atoms.last(), "last"),
        ] {
            let only = if anchor == "^" {
                starts == 1 && alternative.starts()
            } else {
                ends == 1 && alternative.ends()
            };
            if only
                && !(alternative.starts() && alternative.ends())
                && let Some(atom) = atom
            {
                self.report(Finding::new(
                    Code::OneSidedAnchor,
                    place(&atom.span),
                    format!("this `{anchor}` holds for the {which} alternative only"),
                    if anchor == "^" {
                        "put the alternatives in a group: `^(?:a|b)`".to_owned()
                    } else {
                        "put the alternatives in a group: `(?:a|b)$`".to_owned()
                    },
                ));
            }
        }
    }

    /// Letters that the subject, in lower or upper case, cannot have.
    fn pattern_case(
        &mut self,
        regular: &Regular,
        transform: Transform,
        whole: &Span,
        place: &impl Fn(&Span) -> Span,
    ) {
        let wrong: Vec<&Alternative> = regular
            .alternatives
            .iter()
            .filter(|alternative| alternative.needs_other_case(transform))
            .collect();
        let case = match transform {
            Transform::None => return,
            Transform::Lower => "lower",
            Transform::Upper => "upper",
        };
        let spans: Vec<Span> = if wrong.len() == regular.alternatives.len() {
            vec![whole.clone()]
        } else {
            wrong
                .iter()
                .map(|alternative| place(&alternative.span))
                .collect()
        };
        for span in spans {
            self.report(Finding::new(
                Code::CaseMismatch,
                span,
                format!("this never matches: the text is in {case} case"),
                format!("write the pattern in {case} case, or start it with `(?i)`"),
            ));
        }
    }

    /// Patterns on names that also match other names.
    fn unanchored(
        &mut self,
        regular: &Regular,
        written: Written<'_>,
        place: &impl Fn(&Span) -> Span,
    ) {
        let Some((slot, transform)) = written.subject else {
            return;
        };
        let Some(holds) = self.vocabulary.holds(self.name(slot)) else {
            return;
        };
        let Ok(pattern) = Pattern::new(written.pattern, written.place.clone()) else {
            return;
        };
        if !self.is_untouched(slot) {
            return;
        }
        let mut witnesses = Vec::new();
        for alternative in &regular.alternatives {
            let witness = alternative
                .samples()
                .into_iter()
                .flat_map(|sample| self.candidates(holds, slot, &sample))
                .filter(|candidate| {
                    self.spend(PATTERN)
                        && self.is_admitted(slot, candidate)
                        && pattern
                            .is_match(&transform.apply(candidate))
                            .unwrap_or(false)
                        && !self.is_taken(slot, candidate)
                })
                // The shortest says it best.
                .min_by_key(String::len);
            if let Some(witness) = witness {
                witnesses.push((place(&alternative.span), witness));
            }
        }
        let Some((_, first)) = witnesses.first() else {
            return;
        };
        let anchored = match holds {
            Holds::Path => r#""(^|\\\\)(?:...)$""#,
            Holds::HostName => r#""(^|\.)(?:...)$""#,
        };
        let mut finding = Finding::new(
            Code::UnanchoredPattern,
            written.place.clone(),
            format!("the pattern is not anchored: it also matches `{first}`"),
            format!("anchor it at both ends of the name: `{anchored}`"),
        );
        if regular.alternatives.len() > 1 {
            for (span, witness) in witnesses {
                finding = finding.with_related(span, format!("also matches `{witness}`"));
            }
        }
        self.report(finding);
    }

    /// Names that contain the sample and are other names.
    fn candidates(&self, holds: Holds, slot: Slot, sample: &Sample) -> Vec<String> {
        let text = sample.text.as_str();
        let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let admitted = self.known.admitted(slot);
        match holds {
            Holds::Path => {
                if !starts || !sample.open.0 || !is_file_name(text) {
                    return Vec::new();
                }
                let name = format!("not{text}");
                if admitted.is_empty() {
                    return vec![name];
                }
                admitted
                    .iter()
                    .flatten()
                    .take(MAX_SAMPLES)
                    .flat_map(|value| fillings(value, &name))
                    .collect()
            }
            Holds::HostName => {
                let is_name = text.len() >= 4
                    && text.contains(['.', '-'])
                    && text
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
                if !starts || !is_name {
                    return Vec::new();
                }
                let mut names = Vec::new();
                if admitted.is_empty() {
                    if sample.open.1 {
                        names.push(format!("{}.example.org", text.trim_end_matches('.')));
                    }
                    if sample.open.0 {
                        names.push(format!("not{text}"));
                    }
                } else {
                    let other = |value: &&Admitted<'_>| {
                        !value.text.to_lowercase().contains(&text.to_lowercase())
                    };
                    for value in admitted.iter().flatten().filter(other).take(MAX_SAMPLES) {
                        names.extend(fillings(value, text));
                    }
                }
                names.retain(|name| name != text && !name.ends_with(&format!(".{text}")));
                names
            }
        }
    }

    /// Whether what is known of the field lets it have the value.
    fn is_admitted(&self, slot: Slot, value: &str) -> bool {
        let admitted = self.known.admitted(slot);
        let number: usize = admitted.iter().map(Vec::len).sum();
        self.spend(number)
            && admitted.iter().all(|values| {
                values
                    .iter()
                    .any(|admitted| Wildcard::new(admitted.text, admitted.case).matches(value))
            })
    }
}

/// The value with a text in the place of each of its stars in turn.
fn fillings(value: &Admitted<'_>, text: &str) -> Vec<String> {
    let parts: Vec<&str> = value.text.split('*').collect();
    // More stars than this are in no value that somebody reads.
    (1..parts.len().min(8))
        .map(|filled| {
            let mut name = parts[0].to_owned();
            for (index, part) in parts.iter().enumerate().skip(1) {
                name.push_str(if index == filled { text } else { "x" });
                name.push_str(part);
            }
            name
        })
        .collect()
}

/// Whether a text is the name of a file, without folders.
fn is_file_name(text: &str) -> bool {
    !text.contains(['/', '\\'])
        && text.rsplit_once('.').is_some_and(|(name, ending)| {
            !name.is_empty()
                && (2..=4).contains(&ending.len())
                && ending.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// Whether a dot stands where a name of a file or host has one: letters before
/// it, and a usual ending after it.
fn is_in_name(atoms: &[Atom], dot: usize) -> bool {
    const ENDINGS: &[&str] = &[
        "app", "bat", "cmd", "com", "dev", "dll", "exe", "hta", "io", "js", "msi", "net", "org",
        "ps1", "scr", "sys", "vbs",
    ];
    let plain = |atom: &Atom| match atom.kind {
        AtomKind::Literal(c) if !atom.quantified => Some(c),
        _ => None,
    };
    let before = dot.checked_sub(2).is_some_and(|start| {
        atoms[start..dot]
            .iter()
            .all(|atom| plain(atom).is_some_and(|c| c.is_ascii_alphanumeric()))
    });
    let rest = &atoms[dot + 1..];
    let after: String = rest.iter().map_while(plain).collect();
    let ends = match rest.get(after.chars().count()) {
        None => true,
        Some(atom) => atom.kind == AtomKind::End,
    };
    !atoms[dot].quantified && before && ends && ENDINGS.contains(&after.as_str())
}

impl Alternative {
    fn starts(&self) -> bool {
        self.atoms
            .first()
            .is_some_and(|atom| atom.kind == AtomKind::Start)
    }

    fn ends(&self) -> bool {
        self.atoms
            .last()
            .is_some_and(|atom| atom.kind == AtomKind::End)
    }

    /// Whether it matches only text that has a letter of the other case.
    fn needs_other_case(&self, transform: Transform) -> bool {
        self.atoms
            .iter()
            .filter(|atom| atom.least > 0)
            .any(|atom| match &atom.kind {
                AtomKind::Literal(c) => is_other_case(*c, transform),
                AtomKind::Class {
                    simple: Some(ranges),
                } => {
                    !ranges.is_empty()
                        && ranges.iter().all(|range| {
                            is_other_case(range.start, transform)
                                && is_other_case(range.end, transform)
                        })
                }
                AtomKind::Group(inner) => {
                    inner.iter().all(|inner| inner.needs_other_case(transform))
                }
                _ => false,
            })
    }

    /// Texts that it matches, one for each way through its groups; none where
    /// that is not known.
    fn samples(&self) -> Vec<Sample> {
        let mut samples = vec![Sample {
            text: String::new(),
            open: (true, true),
        }];
        let last = self.atoms.len().saturating_sub(1);
        for (index, atom) in self.atoms.iter().enumerate() {
            if atom.least == 0 {
                continue;
            }
            let piece = match &atom.kind {
                AtomKind::Literal(c) => c.to_string(),
                AtomKind::Any => "x".to_owned(),
                AtomKind::Kind('d') => "1".to_owned(),
                AtomKind::Kind('w') => "a".to_owned(),
                AtomKind::Class {
                    simple: Some(ranges),
                } => match ranges.first() {
                    Some(range) => range.start.to_string(),
                    None => return Vec::new(),
                },
                AtomKind::Start | AtomKind::Border if index == 0 => {
                    for sample in &mut samples {
                        sample.open.0 = false;
                    }
                    continue;
                }
                AtomKind::End | AtomKind::Border if index == last => {
                    for sample in &mut samples {
                        sample.open.1 = false;
                    }
                    continue;
                }
                AtomKind::Group(inner) => {
                    let inner: Vec<Sample> = inner.iter().flat_map(Self::samples).collect();
                    samples = samples
                        .iter()
                        .flat_map(|before| inner.iter().map(move |after| before.then(after)))
                        .take(MAX_SAMPLES)
                        .collect();
                    continue;
                }
                _ => return Vec::new(),
            };
            for sample in &mut samples {
                sample.text.push_str(&piece.repeat(atom.least.min(8)));
            }
        }
        samples
    }
}

impl Sample {
    fn then(&self, after: &Self) -> Self {
        // An anchor of the second part counts where the first is empty; at the
        // end it is the last word.
        let start = self.open.0 && (after.open.0 || !self.text.is_empty());
        Self {
            text: format!("{}{}", self.text, after.text),
            open: (start, after.open.1),
        }
    }
}

/// Whether text in this case never has the letter.
pub(super) fn is_other_case(c: char, transform: Transform) -> bool {
    match transform {
        Transform::None => false,
        Transform::Lower => c.is_ascii_uppercase(),
        Transform::Upper => c.is_ascii_lowercase(),
    }
}

/// Whether every value that matches `admitted` is one in which the pattern is
/// found, after what has become of its case. False where that is not proved.
pub(super) fn covers(pattern: &str, transform: Transform, admitted: &Admitted<'_>) -> bool {
    let Some(regular) = Regular::parse(pattern) else {
        return false;
    };
    let same_case = regular.ignores_case
        || transform != Transform::None
        || admitted.case == Case::Sensitive
        || !admitted.text.contains(|c: char| c.is_ascii_alphabetic());
    if !same_case || !admitted.text.is_ascii() {
        return false;
    }
    let text = transform.apply(admitted.text);
    let parts: Vec<&str> = text.split('*').collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    regular.alternatives.iter().any(|alternative| {
        let (starts, ends) = (alternative.starts(), alternative.ends());
        let inner = &alternative.atoms[usize::from(starts)
            ..alternative.atoms.len() - usize::from(ends && !alternative.atoms.is_empty())];
        let free = Alternative {
            atoms: inner.to_vec(),
            span: alternative.span.clone(),
        }
        .is_free();
        // Where it depends on what stands around, only whole values tell.
        let subjects: &[&str] = match (starts, ends) {
            _ if parts.len() == 1 => &[first],
            (false, false) if free => &parts,
            (true, false) if free => &[first],
            (false, true) if free => &[last],
            _ => return false,
        };
        let options = if regular.ignores_case { "(?i)" } else { "" };
        let alone = format!("{options}{}", &pattern[alternative.span.clone()]);
        Pattern::new(&alone, 0..0).is_ok_and(|compiled| {
            subjects
                .iter()
                .any(|subject| compiled.is_match(subject).unwrap_or(false))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(pattern: &str, transform: Transform, text: &str) -> bool {
        let case = Case::Insensitive;
        covers(pattern, transform, &Admitted { text, case })
    }

    #[test]
    fn a_fixed_part_with_the_literal_is_enough() {
        let lower = Transform::Lower;
        assert!(covered(r"workers\.dev|pages\.dev", lower, "*.Workers.dev"));
        assert!(covered(
            "execute-api",
            lower,
            "*.execute-api.*.amazonaws.com"
        ));
        assert!(covered(r"\.dev$", lower, "*.workers.dev"));
        assert!(covered("^api", lower, "api.*"));
        assert!(covered(
            r"^script\.google\.com$",
            lower,
            "script.google.com"
        ));
        assert!(covered("(?i)workers", Transform::None, "*WORKERS*"));
    }

    #[test]
    fn what_depends_on_the_rest_is_not_proved() {
        let lower = Transform::Lower;
        assert!(!covered(r"workers\.dev", Transform::None, "*.workers.dev"));
        assert!(!covered("^workers", lower, "*workers*"));
        assert!(!covered("workers$", lower, "*.workers.dev"));
        assert!(!covered(r"^workers\.dev$", lower, "*workers.dev"));
        assert!(!covered("api.aws", lower, "*api*aws*"));
        assert!(!covered(r"\bworkers", lower, "*workers*"));
        assert!(!covered("workers(?!x)", lower, "*workers*"));
        assert!(!covered("other", lower, "*.workers.dev"));
    }

    #[test]
    fn dots_in_names_are_told_from_dots_that_are_meant() {
        let dots = |pattern: &str| {
            Regular::parse(pattern).map(|regular| {
                let atoms = &regular.alternatives[0].atoms;
                (0..atoms.len())
                    .filter(|index| {
                        atoms[*index].kind == AtomKind::Any && is_in_name(atoms, *index)
                    })
                    .count()
            })
        };
        assert_eq!(dots("chrome.exe"), Some(1));
        assert_eq!(dots("workers.dev$"), Some(1));
        for meant in [
            r"chrome\.exe",
            "chrome.*exe",
            "a.exe",
            "chrome.+exe",
            "ab.cd",
            "ab.exefile",
        ] {
            assert_eq!(dots(meant), Some(0), "{meant}");
        }
    }
}
