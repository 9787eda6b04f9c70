//! Any text as a search: it is refused with a place, or printed, run, explained,
//! linted and laid out, and none of these contradicts another.

use std::sync::{Arc, LazyLock};

use spl::{Clause, Environment, Error, Knowledge, Outcome, Results, Search};

use crate::{
    events::{EVENTS, InBatches},
    layout,
    vocabulary::Known,
};

/// Any text as a search, with and without macros and lookups.
///
/// # Panics
///
/// Where something does not hold.
pub fn spl(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    layout::holds(text);
    let without = Arc::default();
    let found = parses(text, &without);
    if let Some(search) = &found {
        holds(search, &without);
    }
    // What needs no knowledge does not change by it.
    if found.is_none() && (text.contains('`') || text.contains("lookup")) {
        check(text, &KNOWLEDGE);
    }
}

static KNOWLEDGE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| {
    let mut knowledge = Knowledge::default();
    let mut define = |name: &str, definition: &str, arguments: &[&str], iseval: bool| {
        let mut text = format!("[{name}]\ndefinition = {definition}\n");
        if !arguments.is_empty() {
            text += "args = ";
            text += &arguments.join(", ");
            text += "\n";
        }
        if iseval {
            text += "iseval = 1\n";
        }
        let added = knowledge.add_macros(&text);
        assert_eq!(added, Ok(1), "{text}");
    };
    define("sysmon", "(EventCode=1 OR EventCode=3)", &[], false);
    define("m", "`sysmon` a=1", &[], false);
    define("m(1)", "a=$x$ OR b=\"$x$\"", &["x"], false);
    define(
        "m(2)",
        "eval $x$='$y$' | where `m($x$)`",
        &["x", "y"],
        false,
    );
    define("e(1)", "\"a=\" . $x$", &["x"], true);
    define("loop", "`loop`", &[], false);
    define("grow(1)", "`m($x$)` `m($x$)` `m($x$)`", &["x"], false);
    let table = b"a,b,c\n1,x,10.0.0.0/8\n2,y*,10.1.0.0/16\n2,,\n";
    let added = knowledge.add_lookup_file("t.csv", table);
    assert_eq!(added, Ok(()));
    let added = knowledge.add_transforms(
        "[t]\nfilename = t.csv\n[w]\nfilename = t.csv\nmatch_type = WILDCARD(b), CIDR(c)\n\
         case_sensitive_match = false\nmax_matches = 2\nmin_matches = 1\ndefault_match = none\n",
    );
    assert_eq!(added, Ok(()));
    let added = knowledge.add_event_types(
        "[web]\nsearch = `sysmon` OR b=2\n[both]\nsearch = eventtype=web NOT a=1\n\
         [round]\nsearch = eventtype=round\n",
    );
    assert_eq!(added, Ok(()));
    Arc::new(knowledge)
});

/// A text as a search, where it is one.
pub(crate) fn check(text: &str, knowledge: &Arc<Knowledge>) -> Option<Search> {
    let search = parses(text, knowledge)?;
    holds(&search, knowledge);
    Some(search)
}

fn parses(text: &str, knowledge: &Arc<Knowledge>) -> Option<Search> {
    match Search::parse_with(text, knowledge) {
        Ok(search) => Some(search),
        Err(error) => {
            placed(&error, text);
            None
        }
    }
}

/// An error says what is wrong, and where.
fn placed(error: &Error, text: &str) {
    assert!(!error.to_string().is_empty(), "{error:?}");
    assert!(text.get(error.span.clone()).is_some(), "{error:?}");
    if let Some(expansion) = &error.expansion {
        let place = expansion.text.get(expansion.span.clone());
        assert!(place.is_some(), "{error:?}");
    }
}

/// What a search gives, or that it gives nothing.
type Outcomes<'r> = Result<Results<'r>, Error>;

fn holds(search: &Search, knowledge: &Arc<Knowledge>) {
    let environment = Environment::at_epoch();
    let text = search.text();
    let results = search.run(EVENTS, &environment);
    if let Err(error) = &results {
        placed(error, text);
    }

    let canonical = search.canonical();
    let again = match Search::parse_with(&canonical, knowledge) {
        Ok(again) => again,
        Err(error) => panic!("{canonical}\n{error:?}"),
    };
    assert_eq!(canonical, again.canonical());
    let of_canonical = again.run(EVENTS, &environment);
    same(&results, &of_canonical, "its canonical text", &canonical);
    for size in [1, 3] {
        let in_batches = search.run_over(&InBatches(size), &environment);
        same(&results, &in_batches, "its events in batches", &canonical);
    }

    if let Ok(explainer) = search.explainer(EVENTS, &environment) {
        for event in EVENTS {
            match explainer.explain(event) {
                Ok(explanation) => {
                    for stage in &explanation.stages {
                        assert!(text.get(stage.span.clone()).is_some(), "{stage:?}");
                        if let Outcome::Dropped { clauses } = &stage.outcome {
                            for clause in clauses {
                                of_text(clause, text);
                            }
                        }
                    }
                }
                Err(error) => placed(&error, text),
            }
        }
    }

    for finding in search.lint(&Known) {
        assert!(!finding.message.is_empty(), "{finding:?}");
        let mut places = finding.related.iter().map(|(span, _)| span);
        assert!(
            text.get(finding.span.clone()).is_some()
                && places.all(|span| text.get(span.clone()).is_some()),
            "{finding:?}"
        );
    }
}

fn of_text(clause: &Clause, text: &str) {
    assert!(text.get(clause.span.clone()).is_some(), "{clause:?}");
    for alternative in &clause.alternatives {
        of_text(alternative, text);
    }
}

/// Whether two ways to the results agree.
fn same(one: &Outcomes<'_>, other: &Outcomes<'_>, way: &str, canonical: &str) {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.columns(), other.columns(), "{way}: {canonical}");
            let rows = |results: &Results<'_>| -> Vec<String> {
                results
                    .rows
                    .iter()
                    .map(|row| format!("{:?}", row.values()))
                    .collect()
            };
            assert_eq!(rows(one), rows(other), "{way}: {canonical}");
        }
        (Err(one), Err(other)) => assert_eq!(one.kind, other.kind, "{way}: {canonical}"),
        (one, other) => panic!(
            "{way}: {canonical}\n{:?}\n{:?}",
            one.as_ref().err(),
            other.as_ref().err()
        ),
    }
}

/// Two searches give the same over the events.
pub(crate) fn finds_the_same(one: &Search, other: &Search) {
    let environment = Environment::at_epoch();
    let rows = one.run(EVENTS, &environment);
    let others = other.run(EVENTS, &environment);
    same(&rows, &others, "its layout", one.text());
}

/// How many rows a search gives over the events, where it is one and runs.
pub(crate) fn rows(search: Option<&Search>) -> Option<usize> {
    let results = search?.run(EVENTS, &Environment::at_epoch()).ok()?;
    Some(results.rows.len())
}
