//! Lints say nothing that is not so: what they say of generated searches is
//! held against what these searches do.

use std::fmt::Write as _;

use proptest::prelude::*;
use spl::lint::Code;

use crate::{
    lint::lint,
    support::{Made, cells, event, run},
};

/// Events with one field or without it.
fn events() -> Vec<Made> {
    let mut events = vec![event([("b", "x")])];
    events.extend(
        ["a", "b", "ab", "aab", "ba", "A", "B", "AB", ""].map(|a| event([("a", a), ("b", "x")])),
    );
    events
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "ab", "A", "a*", "*b", "*", "a*b", "CASE(a)", "CASE(A*)",
    ])
}

/// Clauses that must all hold.
fn clause() -> impl Strategy<Value = String> {
    prop_oneof![
        value().prop_map(|v| format!("a={v}")),
        value().prop_map(|v| format!("a!={v}")),
        value().prop_map(|v| format!("NOT a={v}")),
        (value(), value()).prop_map(|(v, w)| format!("a IN ({v}, {w})")),
        (value(), value()).prop_map(|(v, w)| format!("NOT a IN ({v}, {w})")),
        (value(), value()).prop_map(|(v, w)| format!("(a={v} OR a={w})")),
        Just("a>3".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let subject = prop::sample::select(vec!["a", "lower(a)", "upper(a)", "n"]);
    let pattern = prop::sample::select(vec![
        "a", "b", "ab", "a|b", "^a", "^b", "b$", "a$", "^ab$", "a.", "[ab]", "(a|b)b", "(?i)A",
        "A", "x?", "ba",
    ]);
    let like = prop::sample::select(vec!["a%", "%b", "%a%", "%", "ab", "a_", "%A%"]);
    let text = prop::sample::select(vec!["a", "b", "ab", "A", "AB"]);
    prop_oneof![
        (subject.clone(), pattern).prop_map(|(s, p)| format!("match({s}, \"{p}\")")),
        (subject.clone(), like).prop_map(|(s, p)| format!("like({s}, \"{p}\")")),
        (subject.clone(), text.clone()).prop_map(|(s, t)| format!("{s}=\"{t}\"")),
        (subject, text.clone(), text).prop_map(|(s, t, u)| format!("{s} IN (\"{t}\", \"{u}\")")),
        Just("isnotnull(a)".to_owned()),
        Just("NOT lower(a)=\"A\"".to_owned()),
        Just("true()".to_owned()),
        Just("b=\"x\"".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// What is said to be in vain is: the search finds the same without it.
    #[test]
    fn clauses_that_can_never_match_never_do(clauses in prop::collection::vec(clause(), 2..4)) {
        let text = format!("{} | table a", clauses.join(" "));
        let rows = |text: &str| cells(&run(text, &events()));
        for finding in lint(&text) {
            if finding.code != Code::CanNeverMatch {
                continue;
            }
            if finding.message.starts_with("this clause") {
                prop_assert!(rows(&text).is_empty(), "{}", text);
            } else {
                let mut other = text.clone();
                other.replace_range(finding.span, "qqq");
                prop_assert_eq!(rows(&text), rows(&other), "{}", text);
            }
        }
    }

    /// No row reaches a branch that is said not to be reached.
    #[test]
    fn branches_that_are_not_reached_are_not(
        clauses in prop::collection::vec(clause(), 1..3),
        conditions in prop::collection::vec(condition(), 1..5),
    ) {
        let mut text = format!("{} | eval n=lower(a) | eval x=case(", clauses.join(" "));
        let mut places = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            places.push(text.len());
            write!(text, "{condition}, {index}, ").unwrap();
        }
        places.push(text.len());
        write!(text, "true(), {}) | table x", conditions.len()).unwrap();
        let reached: Vec<String> = cells(&run(&text, &events())).concat();
        for finding in lint(&text) {
            let first = match finding.code {
                Code::UnreachableBranch => 0..places.len(),
                Code::DuplicateCondition | Code::CanNeverMatch => 0..1,
                _ => continue,
            };
            let start = places.iter().position(|place| *place == finding.span.start);
            if let Some(start) = start {
                for index in first {
                    prop_assert!(!reached.contains(&(start + index).to_string()), "{}", text);
                }
            }
        }
    }

    /// A condition that is said never to be true keeps nothing.
    #[test]
    fn conditions_that_are_never_true_keep_nothing(
        conditions in prop::collection::vec(condition(), 1..4),
        operator in prop::sample::select(vec!["AND", "OR"]),
        negated in any::<bool>(),
    ) {
        let condition = conditions.join(&format!(" {operator} "));
        let not = if negated { "NOT " } else { "" };
        let text = format!("* | eval n=lower(a) | where {not}({condition})");
        let never = lint(&text).iter().any(|finding| finding.code == Code::CanNeverMatch);
        prop_assert!(!never || run(&text, &events()).rows.is_empty(), "{}", text);
    }

    /// Whatever the search, the lints answer, with places in its text.
    #[test]
    fn any_search_is_linted(
        clauses in prop::collection::vec(clause(), 0..4),
        conditions in prop::collection::vec(condition(), 1..4),
        tail in prop::sample::select(vec!["", "| stats count by a", "| table b | sort a | head 3"]),
    ) {
        let text = format!("EventCode=3 {} | where {} {tail}", clauses.join(" OR "), conditions.join(" OR "));
        for finding in lint(&text) {
            prop_assert!(text.get(finding.span.clone()).is_some());
            for (span, _) in finding.related {
                prop_assert!(text.get(span).is_some());
            }
        }
    }
}
