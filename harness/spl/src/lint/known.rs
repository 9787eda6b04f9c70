//! What is known about the values of fields between two commands.

use std::collections::HashMap;

use crate::{names::Slot, wildcard::Case};

/// Facts that hold for every row.
#[derive(Default)]
pub(crate) struct Known<'a> {
    /// Of each of these sets of patterns, a value of the field matches one. The
    /// field is then not null.
    admitted: HashMap<Slot, Vec<Vec<Admitted<'a>>>>,
    /// Fields that are another field in lower or upper case, or as it is.
    copies: HashMap<Slot, (Slot, Transform)>,
    /// Fields with text in one case.
    cases: HashMap<Slot, Transform>,
    /// Fields that are not null.
    present: Vec<Slot>,
}

/// A value of `search`, which may have stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Admitted<'a> {
    pub(crate) text: &'a str,
    pub(crate) case: Case,
}

/// What has become of the case of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    None,
    Lower,
    Upper,
}

impl Transform {
    pub(super) fn apply(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
        }
    }
}

impl Admitted<'_> {
    pub(super) fn is_exact(&self) -> bool {
        !self.text.contains('*')
    }
}

impl<'a> Known<'a> {
    /// A value of the field matches one of these.
    pub(crate) fn admit(&mut self, slot: Slot, values: Vec<Admitted<'a>>) {
        self.admitted.entry(slot).or_default().push(values);
        self.exists(slot);
    }

    /// The field is not null.
    pub(crate) fn exists(&mut self, slot: Slot) {
        if !self.present.contains(&slot) {
            self.present.push(slot);
        }
    }

    /// The field is another one, in some case.
    pub(crate) fn copy(&mut self, slot: Slot, of: Slot, transform: Transform) {
        self.copies.insert(slot, (of, transform));
    }

    /// The field is text in one case.
    pub(crate) fn in_case(&mut self, slot: Slot, case: Transform) {
        self.cases.insert(slot, case);
    }

    pub(super) fn case(&self, slot: Slot) -> Transform {
        self.cases.get(&slot).copied().unwrap_or(Transform::None)
    }

    /// The field gets a value that nothing is known about.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.admitted.remove(&slot);
        self.cases.remove(&slot);
        self.present.retain(|known| *known != slot);
        self.copies
            .retain(|copy, (of, _)| *copy != slot && *of != slot);
    }

    pub(crate) fn is_present(&self, slot: Slot) -> bool {
        self.present.contains(&slot)
    }

    pub(super) fn copied(&self, slot: Slot) -> Option<(Slot, Transform)> {
        self.copies.get(&slot).copied()
    }

    /// The fields that are copies of a field, and what became of its case.
    pub(super) fn copies_of(&self, slot: Slot) -> Vec<(Slot, Transform)> {
        let mut copies: Vec<(Slot, Transform)> = self
            .copies
            .iter()
            .filter(|(_, (of, _))| *of == slot)
            .map(|(copy, (_, transform))| (*copy, *transform))
            .collect();
        copies.sort_unstable_by_key(|(copy, _)| *copy);
        copies
    }

    /// What is known of the values of a field.
    pub(super) fn admitted(&self, slot: Slot) -> &[Vec<Admitted<'a>>] {
        self.admitted.get(&slot).map_or(&[], Vec::as_slice)
    }

    /// The fields of whose values something is known.
    pub(super) fn admitted_slots(&self) -> Vec<Slot> {
        let mut slots: Vec<Slot> = self.admitted.keys().copied().collect();
        slots.sort_unstable();
        slots
    }
}

/// Whether every text that the pattern `inner` matches is one that `outer`
/// matches; both have `*` for any text. False where that is not proved.
///
/// A star of `inner` may stand for anything, so that only a star of `outer` can
/// take it. A sign that stands in neither takes its place.
pub(crate) fn includes(outer: &str, inner: &str) -> bool {
    const STAR: char = '\u{f8ff}';
    if outer.contains(STAR) || inner.contains(STAR) {
        return false;
    }
    crate::wildcard::Wildcard::new(outer, Case::Sensitive)
        .matches(&inner.replace('*', &STAR.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wildcard::Wildcard;

    #[test]
    fn a_pattern_includes_what_is_narrower() {
        assert!(includes("*", "a*b"));
        assert!(includes("*.dev", "*.workers.dev"));
        assert!(includes("a", "a"));
        assert!(!includes("*.workers.dev", "*.dev"));
        assert!(!includes("a*", "*a"));
        assert!(!includes("ab", "a*b"));
    }

    proptest! {
        #[test]
        fn what_is_included_matches(outer in "[ab*]{0,5}", inner in "[ab*]{0,5}", filler in "[ab]{0,4}") {
            if includes(&outer, &inner) {
                let text = inner.replace('*', &filler);
                prop_assert!(Wildcard::new(&outer, Case::Sensitive).matches(&text));
            }
        }
    }
}
