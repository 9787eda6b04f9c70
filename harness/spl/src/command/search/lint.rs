//! What is wrong with a `search` although it is SPL: clauses that exclude each
//! other, and operators that bind otherwise than they look.

mod clause;

use std::collections::HashMap;

use super::{
    filter::{Comparison, Filter, FilterKind, Literal, Search, Test},
    window::Bound,
};
use crate::{
    lint::{Admitted, Code, Finding, Linter, Pins, includes, is_enclosed},
    names::{Names, Slot},
    wildcard::{Case, Wildcard},
};

/// Pairs of values that are compared at most, so that long lists end.
const MAX_PAIRS: usize = 1_000_000;

/// What must hold beside a clause: the other parts of the ANDs around it.
type Around<'a> = Vec<&'a Filter>;

impl Search {
    /// The exact values that the filter asks of every event.
    pub(crate) fn pins(&self, names: &Names) -> Pins {
        let mut pins = Pins::default();
        let parts = self.filter.parts();
        for (slot, literals) in parts.iter().filter_map(|part| part.alternatives()) {
            if literals.iter().all(|literal| literal.is_exact()) {
                pins.add(
                    names.name(slot),
                    literals.iter().map(|l| l.text.clone()).collect(),
                );
            }
        }
        pins
    }

    /// Reports what is wrong, and lets the linter know what holds afterwards.
    pub(crate) fn lint_filter<'a>(&'a self, linter: &mut Linter<'a>) {
        let parts = self.filter.parts();
        if linter.base {
            linter.pin(self.pins(&linter.plan.names));
        }
        self.filter.lint(linter, true, &Vec::new(), false);
        for bound in &self.window {
            bound.lint(linter);
        }
        for part in parts {
            if let Some((slot, literals)) = part.alternatives() {
                if literals.iter().all(|literal| literal.subnet.is_none()) {
                    let values = literals
                        .iter()
                        .map(|literal| Admitted {
                            text: &literal.text,
                            case: literal.case,
                        })
                        .collect();
                    linter.known.admit(slot, values);
                } else {
                    linter.known.exists(slot);
                }
            } else if let FilterKind::Comparison(comparison) = &part.kind {
                linter.known.exists(comparison.field);
            }
        }
    }
}

impl Bound {
    fn lint(&self, linter: &mut Linter<'_>) {
        linter.report(Finding::new(
            Code::TimeRangeInText,
            self.span.clone(),
            format!("`{}` holds whatever time range is asked for", self.name()),
            "leave it to whoever runs the search, unless it belongs to the detection".to_owned(),
        ));
    }
}

impl Literal {
    fn is_exact(&self) -> bool {
        !self.text.contains('*') && self.subnet.is_none()
    }

    /// The text in one case, for the comparison of two values.
    fn folded(&self) -> String {
        self.text.to_lowercase()
    }

    /// Whether no value matches both: false where that is not proved.
    fn excludes(&self, other: &Self) -> bool {
        if self.subnet.is_some() || other.subnet.is_some() {
            return false;
        }
        // Without regard to case: what differs then differs in any case.
        let (a, b) = (self.folded(), other.folded());
        let found = |pattern: &str, text| Wildcard::new(pattern, Case::Insensitive).matches(text);
        match (self.is_exact(), other.is_exact()) {
            (true, _) => !found(&b, &a),
            (_, true) => !found(&a, &b),
            (false, false) => {
                let (start_a, start_b) = (first_part(&a), first_part(&b));
                let (end_a, end_b) = (last_part(&a), last_part(&b));
                !(start_a.starts_with(start_b) || start_b.starts_with(start_a))
                    || !(end_a.ends_with(end_b) || end_b.ends_with(end_a))
            }
        }
    }

    /// Whether every value that matches `other` matches this one too.
    fn includes(&self, other: &Self) -> bool {
        self.subnet.is_none()
            && other.subnet.is_none()
            && !self.hides_internal
            && match self.case {
                Case::Insensitive => includes(&self.folded(), &other.folded()),
                Case::Sensitive => {
                    other.case == Case::Sensitive && includes(&self.text, &other.text)
                }
            }
    }
}

fn first_part(text: &str) -> &str {
    text.split('*').next().unwrap_or_default()
}

fn last_part(text: &str) -> &str {
    text.rsplit('*').next().unwrap_or_default()
}

impl Filter {
    /// What must all hold: the parts of an AND, of ANDs in it too, or the whole.
    fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            FilterKind::And(filters) => Self::in_text_order(filters)
                .into_iter()
                .flat_map(Self::parts)
                .collect(),
            _ => vec![self],
        }
    }

    /// Where it says that one field has one of some values: these.
    fn alternatives(&self) -> Option<(Slot, Vec<&Literal>)> {
        match &self.kind {
            FilterKind::Comparison(Comparison { field, test, .. }) => match test {
                Test::Equal(literal) => Some((*field, vec![literal])),
                Test::In(literals) => Some((*field, literals.iter().collect())),
                Test::NotEqual(_) | Test::Order { .. } => None,
            },
            FilterKind::Or(filters) => {
                let mut all = Vec::new();
                let mut field = None;
                for filter in Self::in_text_order(filters) {
                    let (slot, literals) = filter.alternatives()?;
                    if *field.get_or_insert(slot) != slot {
                        return None;
                    }
                    all.extend(literals);
                }
                Some((field?, all))
            }
            _ => None,
        }
    }

    /// Where it says that one field has none of some values: these, and whether
    /// it says so of all values of a multivalue field.
    fn negatives(&self) -> Option<(Slot, Vec<&Literal>, bool)> {
        match &self.kind {
            FilterKind::Not(inner) => inner
                .alternatives()
                .map(|(slot, literals)| (slot, literals, true)),
            FilterKind::Comparison(Comparison {
                field,
                test: Test::NotEqual(literal),
                ..
            }) => Some((*field, vec![literal], false)),
            _ => None,
        }
    }

    /// Whether this clause, where it holds, rules out the value of a field.
    fn rules_out(&self, slot: Slot, literal: &Literal, linter: &Linter<'_>) -> bool {
        let single = linter.single(slot);
        if let Some((other, literals)) = self.alternatives() {
            return other == slot && single && literals.iter().all(|o| o.excludes(literal));
        }
        if let Some((other, literals, all_values)) = self.negatives() {
            return other == slot
                && (single || all_values)
                && literals.iter().any(|o| o.includes(literal));
        }
        match &self.kind {
            FilterKind::Comparison(Comparison {
                field,
                test: test @ Test::Order { .. },
                ..
            }) => {
                // A letter may have either case, which compares differently.
                *field == slot
                    && single
                    && literal.is_exact()
                    && !literal.text.contains(char::is_alphabetic)
                    && !test.passes(&literal.text)
            }
            _ => false,
        }
    }

    /// Reports what is wrong with a clause and its parts. `holds` says whether
    /// it must be true (and not false) for the search to keep an event,
    /// `checked` whether its values were compared with what is around it.
    fn lint<'a>(
        &'a self,
        linter: &mut Linter<'a>,
        holds: bool,
        around: &Around<'a>,
        checked: bool,
    ) {
        match &self.kind {
            // The searches of event types have no place in this text.
            FilterKind::Any | FilterKind::Subsearch(_) | FilterKind::EventType { .. } => {}
            FilterKind::Time(bound) => bound.lint(linter),
            FilterKind::And(filters) => {
                Self::lint_mixture(filters, linter);
                let parts = self.parts();
                if !holds {
                    for part in parts {
                        part.lint(linter, holds, &Vec::new(), true);
                    }
                    return;
                }
                let contradicts = Self::lint_contradictions(&parts, around, linter);
                let mut needed: HashMap<Slot, usize> = HashMap::new();
                for slot in parts.iter().filter_map(|part| part.needed()) {
                    *needed.entry(slot).or_default() += 1;
                }
                let plain: Vec<&Self> = parts
                    .iter()
                    .copied()
                    .filter(|part| part.is_plain())
                    .collect();
                let nested = parts.len().saturating_mul(plain.len()) <= MAX_PAIRS;
                for part in &parts {
                    if let FilterKind::Comparison(comparison) = &part.kind {
                        let field = comparison.field;
                        let others = needed
                            .get(&field)
                            .is_some_and(|number| *number > usize::from(part.needed().is_some()))
                            || around.iter().any(|part| part.needed() == Some(field));
                        comparison.lint(linter, holds, others, &part.span);
                        continue;
                    }
                    let mut beside: Around<'a> = around.clone();
                    if nested {
                        let others = plain.iter().filter(|other| !std::ptr::eq(**other, *part));
                        beside.extend(others.copied());
                    }
                    let checked = contradicts || part.alternatives().is_some();
                    part.lint(linter, holds, &beside, checked);
                }
            }
            FilterKind::Or(filters) => {
                for filter in Self::in_text_order(filters) {
                    filter.lint(linter, holds, around, checked);
                }
            }
            FilterKind::Not(filter) => filter.lint(linter, !holds, &Vec::new(), true),
            FilterKind::Comparison(comparison) => {
                if !checked && holds {
                    Self::lint_contradictions(&[self], around, linter);
                }
                let field = comparison.field;
                let needed = around.iter().any(|part| part.needed() == Some(field));
                comparison.lint(linter, holds, needed, &self.span);
            }
            FilterKind::Term { term, .. } => {
                if linter.base && term.written().starts_with('*') {
                    linter.report(Finding::new(
                        Code::LeadingWildcard,
                        self.span.clone(),
                        "a term that starts with `*` has every event read".to_owned(),
                        "name the field, or write the start of the term".to_owned(),
                    ));
                }
            }
        }
    }

    /// The field that every event has for which it holds, where it says so.
    fn needed(&self) -> Option<Slot> {
        match &self.kind {
            // Several `!=` are each meant for themselves.
            FilterKind::Comparison(Comparison {
                test: Test::NotEqual(_),
                ..
            }) => None,
            FilterKind::Comparison(comparison) => Some(comparison.field),
            _ => self.alternatives().map(|(field, _)| field),
        }
    }

    /// Whether it can rule out values of a field.
    fn is_plain(&self) -> bool {
        matches!(self.kind, FilterKind::Comparison(_))
            || self.alternatives().is_some()
            || self.negatives().is_some()
    }

    /// Reports the values that other clauses rule out. Gives whether all
    /// together can never hold.
    fn lint_contradictions<'a>(
        parts: &[&'a Self],
        around: &Around<'a>,
        linter: &mut Linter<'a>,
    ) -> bool {
        let plain: Vec<&Self> = parts
            .iter()
            .chain(around)
            .copied()
            .filter(|part| part.is_plain())
            .collect();
        let size = |part: &Self| part.alternatives().map_or(1, |(_, values)| values.len());
        let values: usize = plain.iter().map(|part| size(part)).sum();
        if values.saturating_mul(values) > MAX_PAIRS {
            return false;
        }
        let mut impossible = Vec::new();
        for part in parts {
            let Some((slot, literals)) = part.alternatives() else {
                continue;
            };
            let ruled_out: Vec<(&Literal, &Self)> = literals
                .iter()
                .filter_map(|literal| {
                    plain
                        .iter()
                        .find(|other| {
                            !std::ptr::eq::<Self>(**other, *part)
                                && other.rules_out(slot, literal, linter)
                        })
                        .map(|other| (*literal, *other))
                })
                .collect();
            if ruled_out.len() == literals.len() {
                if let Some((_, other)) = ruled_out.first() {
                    impossible.push((*part, *other, slot));
                }
                continue;
            }
            for (literal, other) in ruled_out {
                let field = linter.name(slot);
                linter.report(
                    Finding::new(
                        Code::CanNeverMatch,
                        literal.span.clone(),
                        format!("this value of `{field}` can never match"),
                        "remove it, or correct the clause that excludes it".to_owned(),
                    )
                    .with_related(other.span.clone(), "this clause must hold too"),
                );
            }
        }
        // Two clauses that exclude each other are one finding, at the later one.
        let Some((part, other, slot)) = impossible
            .into_iter()
            .max_by_key(|(part, ..)| part.span.start)
        else {
            return false;
        };
        let field = linter.name(slot);
        linter.report(
            Finding::new(
                Code::CanNeverMatch,
                part.span.clone(),
                format!("this clause about `{field}` can never hold with the others"),
                "join the two with OR, or correct one of them".to_owned(),
            )
            .with_related(other.span.clone(), "this clause must hold too"),
        );
        true
    }

    /// Reports ORs that stand beside ANDs without parentheses.
    fn lint_mixture(filters: &[Self], linter: &mut Linter<'_>) {
        let mut mixed = Self::in_text_order(filters)
            .into_iter()
            .filter(|filter| matches!(filter.kind, FilterKind::Or(_)))
            .filter(|filter| !is_enclosed(&linter.text[filter.span.clone()]));
        let Some(first) = mixed.next() else {
            return;
        };
        let mut finding = Finding::new(
            Code::MixedOperators,
            first.span.clone(),
            "`search` takes this OR before the AND beside it".to_owned(),
            "put it in parentheses, or the ANDs, if they are meant to come first".to_owned(),
        );
        for other in mixed {
            finding = finding.with_related(other.span.clone(), "and this one");
        }
        linter.report(finding);
    }
}
