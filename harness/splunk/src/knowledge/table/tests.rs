//! Splunk's order of operations, on rules made for it; and what all rules keep.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::*;
use crate::knowledge::{Choice, Condition, Events, Formula, Source, fields};

/// An event of data alone.
struct Bare(&'static [(&'static str, &'static str)]);

impl Fields<'static> for Bare {
    fn raw(&self) -> &'static str {
        ""
    }

    fn quote(&self) -> u8 {
        b'\''
    }

    fn host(&self) -> &'static str {
        "WKS"
    }

    fn id(&self) -> Option<u16> {
        Some(1)
    }

    fn datum(&self, name: &str) -> Option<&'static str> {
        let datum = self.0.iter().find(|(known, _)| *known == name);
        datum.map(|(_, value)| *value)
    }
}

const fn rule(field: &'static str, step: Step, from: Formula) -> FieldRule {
    FieldRule {
        field,
        knowledge: Knowledge::Windows,
        step,
        events: Events::All,
        from,
        source: Source::Documentation,
        confirmed: true,
    }
}

/// The text of a field after all operations.
fn text(rules: &[FieldRule], event: &Bare, field: &str) -> Option<String> {
    Table::new(rules.to_vec())
        .value(event, field, Step::Tag)
        .text()
        .map(Cow::into_owned)
}

/// `FIELDALIAS-x = a AS b`: where `a` is missing, `b` is removed.
#[test]
fn an_alias_of_a_missing_field_takes_the_field_away() {
    let rules = [rule("b", Step::Alias, Formula::Field("a"))];
    assert_eq!(text(&rules, &Bare(&[("b", "own")]), "b"), None);
    assert_eq!(
        text(&rules, &Bare(&[("a", "1"), ("b", "own")]), "b").unwrap(),
        "1"
    );
    // The field itself stays.
    assert_eq!(text(&rules, &Bare(&[("a", "1")]), "a").unwrap(), "1");
}

/// An alias of an alias sees no alias.
#[test]
fn aliases_see_extractions_alone() {
    let rules = [
        rule("b", Step::Alias, Formula::Field("a")),
        rule("c", Step::Alias, Formula::Field("b")),
    ];
    assert_eq!(text(&rules, &Bare(&[("a", "1")]), "c"), None);
}

/// `EVAL-x`, `EVAL-y`: all in parallel, each sees what was there before any.
#[test]
fn calculations_do_not_see_each_other() {
    let rules = [
        rule("x", Step::Calculation, Formula::Constant("new")),
        rule("y", Step::Calculation, Formula::Field("x")),
        rule("z", Step::Calculation, Formula::Field("alias")),
        rule("alias", Step::Alias, Formula::Field("x")),
    ];
    assert_eq!(text(&rules, &Bare(&[]), "x").unwrap(), "new");
    assert_eq!(text(&rules, &Bare(&[]), "y"), None);
    let event = Bare(&[("x", "old")]);
    assert_eq!(text(&rules, &event, "y").unwrap(), "old");
    assert_eq!(text(&rules, &event, "z").unwrap(), "old");
    assert_eq!(text(&rules, &event, "x").unwrap(), "new");
}

#[test]
fn a_calculation_without_result_takes_the_field_away() {
    let rules = [rule("x", Step::Calculation, Formula::Field("missing"))];
    assert_eq!(text(&rules, &Bare(&[("x", "old")]), "x"), None);
}

/// `OUTPUTNEW` fills what is missing; a lookup sees calculated fields.
#[test]
fn a_lookup_sees_calculations_and_leaves_what_is_there() {
    let cases = &[("1", "one")];
    let rules = [
        rule("id", Step::Calculation, Formula::Constant("1")),
        rule("name", Step::Lookup, Formula::Case("id", cases, None)),
    ];
    assert_eq!(text(&rules, &Bare(&[]), "name").unwrap(), "one");
    assert_eq!(
        text(&rules, &Bare(&[("name", "own")]), "name").unwrap(),
        "own"
    );
}

/// `if` takes what is missing for false.
#[test]
fn a_condition_on_a_missing_field_does_not_hold() {
    let choice = Formula::If(
        Condition::Is("a", "true"),
        Choice::Text("yes"),
        Choice::Text("no"),
    );
    let rules = [rule("x", Step::Calculation, choice)];
    assert_eq!(text(&rules, &Bare(&[]), "x").unwrap(), "no");
    assert_eq!(text(&rules, &Bare(&[("a", "true")]), "x").unwrap(), "yes");
}

/// Extractions read each other's fields at one step: none may read itself.
#[test]
fn extractions_read_data_that_have_no_rules() {
    for knowledge in Knowledge::ALL {
        let table = table(knowledge);
        for rule in table.rules().filter(|rule| rule.step == Step::Extraction) {
            // A formula that needs something cannot be where nothing is.
            let reads = std::cell::RefCell::new(BTreeSet::new());
            let _ = rule.from.can_be(&|field| {
                reads.borrow_mut().insert(field);
                false
            });
            for field in reads.into_inner() {
                assert!(table.of(field).is_empty(), "{} reads {field}", rule.field);
            }
        }
    }
}

#[test]
fn names_are_found_and_others_are_not() {
    for knowledge in Knowledge::ALL {
        let table = table(knowledge);
        assert!(table.names().is_sorted());
        for name in table.names() {
            let rules = table.of(name);
            assert!(!rules.is_empty() && rules.iter().all(|rule| rule.field == name));
            assert!(rules.is_sorted_by(|a, b| a.step >= b.step));
        }
        for name in ["", "Image", "process_nam", "process_name ", "Process_name"] {
            assert!(table.of(name).is_empty(), "{name}");
        }
    }
}

#[test]
fn every_rule_can_be_printed_and_tells_its_source() {
    let mut rules = 0;
    for rule in fields() {
        rules += 1;
        let from = rule.from.to_string();
        assert!(!from.is_empty() && !from.ends_with(' '), "{}", rule.field);
        assert!(!rule.source.name().is_empty());
        // What practice alone tells is not confirmed, but for the one rule that
        // several sources tell.
        if rule.source == Source::Practice && rule.confirmed {
            assert!(
                ["dest", "SecurityID"].contains(&rule.field),
                "{}",
                rule.field
            );
        }
    }
    assert!(rules > 200);
}
