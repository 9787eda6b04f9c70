//! Why an event became no row.

use spl::{Clause, Environment, Explanation, Outcome};

use crate::support::{Made, event, parse};

fn explain(text: &str, event: &Made) -> Explanation {
    parse(text)
        .explain(event, &Environment::at_epoch())
        .unwrap()
}

fn clauses(text: &str, event: &Made) -> Vec<Clause> {
    explain(text, event)
        .dropped()
        .map(|(_, clauses)| clauses.to_vec())
        .unwrap_or_default()
}

/// Span text, expectation, and the fields with their values.
fn summary<'t>(text: &'t str, clause: &Clause) -> (&'t str, String, Vec<(String, Option<String>)>) {
    (
        &text[clause.span.clone()],
        clause.expected.clone(),
        clause
            .met
            .iter()
            .map(|met| (met.field.clone(), met.value.clone()))
            .collect(),
    )
}

#[test]
fn of_an_and_every_failing_part_is_named() {
    let text = "a=1 b=\"x*\" c!=3 d=4";
    let found = clauses(text, &event([("a", "1"), ("b", "y"), ("c", "3")]));
    let found: Vec<_> = found.iter().map(|clause| summary(text, clause)).collect();
    assert_eq!(
        found,
        [
            (
                "b=\"x*\"",
                "=\"x*\"".to_owned(),
                vec![("b".to_owned(), Some("y".to_owned()))]
            ),
            (
                "c!=3",
                "!=3".to_owned(),
                vec![("c".to_owned(), Some("3".to_owned()))]
            ),
            ("d=4", "=4".to_owned(), vec![("d".to_owned(), None)]),
        ]
    );
}

#[test]
fn an_or_is_one_clause_with_alternatives() {
    let text = "z=1 a=1 OR b IN (2, 3)";
    let found = clauses(text, &event([("a", "9"), ("z", "1")]));
    assert_eq!(found.len(), 1);
    assert_eq!(
        summary(text, &found[0]),
        (
            "a=1 OR b IN (2, 3)",
            "a=1 OR b IN (2, 3)".to_owned(),
            vec![
                ("a".to_owned(), Some("9".to_owned())),
                ("b".to_owned(), None)
            ]
        )
    );
    assert_eq!(found[0].alternatives.len(), 2);
    assert_eq!(found[0].alternatives[1].expected, "IN (2, 3)");
}

#[test]
fn a_not_names_what_was_met() {
    let text = "a=1 NOT (b=2 OR c=3)";
    let found = clauses(text, &event([("a", "1"), ("c", "3")]));
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].span.clone()], "NOT (b=2 OR c=3)");
    assert_eq!(found[0].met[1].value.as_deref(), Some("3"));
}

#[test]
fn a_where_shows_the_fields_in_it() {
    let text = "* | eval n=len(s) | where n>3 AND isnotnull(t) AND s=\"ab\"";
    let explanation = explain(text, &event([("s", "ab")]));
    let (stage, found) = explanation.dropped().unwrap();
    assert_eq!(stage.command, "where");
    let found: Vec<_> = found.iter().map(|clause| summary(text, clause)).collect();
    assert_eq!(
        found,
        [
            (
                "n>3",
                "n>3".to_owned(),
                vec![("n".to_owned(), Some("2".to_owned()))]
            ),
            (
                "isnotnull(t)",
                "isnotnull(t)".to_owned(),
                vec![("t".to_owned(), None)]
            ),
        ]
    );
}

#[test]
fn every_stage_has_its_outcome() {
    let text = "a=* | sort a | where a=1 | head 5 | table a";
    let outcomes = |event: &Made| -> Vec<Outcome> {
        explain(text, event)
            .stages
            .into_iter()
            .map(|stage| stage.outcome)
            .collect()
    };
    assert_eq!(outcomes(&event([("a", "1")])), vec![Outcome::Kept; 5]);
    let dropped = outcomes(&event([("a", "2")]));
    assert!(matches!(dropped[2], Outcome::Dropped { .. }));
    assert_eq!(dropped[3..], [Outcome::NotReached, Outcome::NotReached]);
}

#[test]
fn stats_aggregates_or_leaves_out() {
    let text = "* | stats count by a, b | where count>5";
    let kept = explain(text, &event([("a", "1"), ("b", "2")]));
    assert!(kept.is_kept());
    assert_eq!(kept.stages[1].outcome, Outcome::Aggregated);
    assert_eq!(kept.stages[2].outcome, Outcome::NotReached);
    let found = clauses(text, &event([("a", "1")]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].met[0].field, "b");
    assert_eq!(&text[found[0].span.clone()], "b");
}

#[test]
fn a_term_shows_the_raw_text() {
    let found = clauses("beacon", &event([("_raw", "nothing")]));
    assert_eq!(found[0].met[0].field, "_raw");
    assert_eq!(found[0].met[0].value.as_deref(), Some("nothing"));
}

/// The parts by which an event is kept, as written, each with its first value.
fn chosen(text: &str, event: &Made) -> Vec<(String, String)> {
    let clauses = parse(text).chosen(event, &Environment::at_epoch()).unwrap();
    let told = |clause: &Clause| {
        let value = clause.met[0].value.clone().unwrap_or_default();
        (text[clause.span.clone()].to_owned(), value)
    };
    clauses.iter().map(told).collect()
}

#[test]
fn what_an_event_is_kept_by_are_the_parts_of_ors_that_hold() {
    let event = event([
        ("EventCode", "3"),
        ("name", "a.netlify.app"),
        ("port", "443"),
    ]);
    let said = |clause: &str, value: &str| (clause.to_owned(), value.to_owned());
    assert_eq!(
        chosen(
            "EventCode=3 (name=\"*.vercel.app\" OR name=\"*.netlify.app\") (port=443 OR port=80)",
            &event
        ),
        [
            said("name=\"*.netlify.app\"", "a.netlify.app"),
            said("port=443", "443"),
        ]
    );
    // Each that holds, and of one that holds several things all of it.
    assert_eq!(
        chosen("name=a* OR (port=443 EventCode=3) OR port=80", &event),
        [
            said("name=a*", "a.netlify.app"),
            said("(port=443 EventCode=3)", "443"),
        ]
    );
    assert_eq!(
        chosen(
            "* | eval wide=port | where match(name, \"vercel\") OR wide>400",
            &event
        ),
        [said("wide>400", "443")]
    );
    // What stands alone is no choice, and what is dropped is kept by nothing.
    assert_eq!(chosen("EventCode=3 port=443", &event), []);
    assert_eq!(chosen("(port=443 OR port=80) EventCode=1", &event), []);
    assert_eq!(chosen("port=443 OR port=80 | where port<1", &event), []);
    // After it counted the event, a command has rows of several.
    assert_eq!(
        chosen(
            "port=443 OR port=80 | stats count BY port | where count=1 OR count=2",
            &event
        ),
        [said("port=443", "443")]
    );
}
