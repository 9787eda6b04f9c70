//! The functions of `eval` and `where`: the examples with results of the
//! documentation, each with its page, and what lies beside them.

mod json;
mod kinds;
mod multivalue;
mod numbers;
mod text;
mod time;

use jiff::{civil, tz::TimeZone};
use proptest::prelude::*;
use spl::{Environment, Search, eval_functions};

use crate::support::{Made, evaluate, event};

fn nothing(expression: &str) -> Option<String> {
    evaluate(expression, &Made::default())
}

fn value(expression: &str) -> String {
    nothing(expression).unwrap_or_default()
}

/// What an expression gives in Los Angeles, where the servers of the examples
/// stand, at a time of day there.
fn in_los_angeles(expression: &str, now: civil::DateTime) -> Option<String> {
    let time_zone = TimeZone::posix("PST8PDT,M3.2.0,M11.1.0").unwrap();
    let now = now
        .to_zoned_datetime(time_zone.clone())
        .unwrap()
        .timestamp();
    let search = Search::parse(&format!("* | eval result={expression} | table result")).unwrap();
    let environment = Environment { now, time_zone };
    let events = [event([])];
    let results = search.run(&events, &environment).unwrap();
    results.rows[0]
        .text("result")
        .map(std::borrow::Cow::into_owned)
}

fn check(vectors: &[(&str, &str)]) {
    for (expression, result) in vectors {
        assert_eq!(value(expression), *result, "{expression}");
    }
}

/// Arguments of every kind: what stands in an expression, and what events hold.
fn arguments() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "a",
        "b",
        "c",
        "none",
        "multi",
        "json",
        "number",
        "1",
        "0",
        "-1",
        "1.50",
        "53",
        "1e300",
        "-2.5e-300",
        "\"\"",
        "\"x\"",
        "\"%d %s\"",
        "\"%Y-%m\"",
        "\"-1d@d\"",
        "\"a.b{0}\"",
        "\"(\"",
        "\"7d\"",
        "\"[1,{\\\"a\\\":2}]\"",
        "\"10.0.0.0/8\"",
        "\"10.1.2.3\"",
        "null()",
        "true()",
        "1=1",
        "a=1",
        "none=1",
        "pi()",
        "multi=\"x\"",
        "\"hex\"",
        "-number",
        "number*1e10",
        "json_array(a)",
        "split(a, \"\")",
    ])
    .prop_map(str::to_owned)
}

fn events() -> Vec<Made> {
    vec![
        event([
            ("a", "1"),
            ("b", "x y%41é"),
            ("c", "2022-01-01"),
            ("multi", "x"),
            ("multi", "2"),
            ("json", r#"{"a":{"b":[1,2.0,null]},"c":"d"}"#),
            ("number", "-12345.678"),
        ]),
        event([
            ("a", ""),
            ("b", "NaN"),
            ("c", "("),
            ("number", "99999999999999999999"),
        ]),
        event([]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Of every function in the table: whatever the arguments, it answers.
    #[test]
    fn no_function_panics(arguments in prop::collection::vec(arguments(), 0..5)) {
        let events = events();
        for entry in eval_functions() {
            let call = format!("{}({})", entry.name, arguments.join(", "));
            for text in [format!("* | eval r={call}"), format!("* | where {call}")] {
                match Search::parse(&text) {
                    Ok(search) => {
                        if let Err(error) = search.run(&events, &Environment::at_epoch()) {
                            prop_assert!(text.get(error.span.clone()).is_some(), "{}", text);
                        }
                    }
                    Err(error) => {
                        prop_assert!(text.get(error.span.clone()).is_some(), "{}", text);
                        prop_assert!(!error.to_string().is_empty());
                    }
                }
            }
        }
    }

    /// A function of which nothing but null is known gives null or refuses.
    #[test]
    fn hashes_are_the_same_every_time(text in "[a-z]{0,20}") {
        let made = event([("t", text.as_str())]);
        let once = evaluate("sha256(t)", &made);
        prop_assert_eq!(once.as_deref().map(str::len), Some(64));
        prop_assert_eq!(once, evaluate("sha256(t)", &made));
    }

    #[test]
    fn a_document_is_printed_and_read_again(key in "[a-z.{}\"\\\\é]{1,8}", text in any::<String>()) {
        let made = event([("k", key.as_str()), ("t", text.as_str())]);
        // A text that looks like something else is taken as that.
        let round = evaluate("json_extract_exact(json_object(k, t), k)", &made);
        let plain = !text.starts_with(|c: char| c.is_ascii_digit() || "+-.[{ \n\t\r".contains(c));
        if plain && !text.trim_start().starts_with(['[', '{']) {
            prop_assert_eq!(round, Some(text));
        }
    }
}

#[test]
fn every_function_of_the_table_is_tried_here_with_arguments_that_fit() {
    // The arguments of the property test reach each function's own code: with
    // one of these lists it parses.
    let lists = [
        "",
        "a",
        "multi",
        "a, b",
        "a, 1",
        "1, 2",
        "a, b, c",
        "1, 2, 3",
        "a=1, b, c",
        "a=1, b",
        "a=1",
        "json, \"a\", 1",
        "\"%d\", a",
        "\"x\"",
        "a, \"%Y\"",
        "a, \"-1d\"",
        "\"10.0.0.0/8\", a",
        "\"a\", 1",
    ];
    // `lookup()` needs a lookup: `lookups.rs` has one.
    for entry in eval_functions().filter(|entry| entry.name != "lookup") {
        let fits = lists.iter().any(|list| {
            let call = format!("{}({list})", entry.name);
            Search::parse(&format!("* | eval r={call}")).is_ok()
                || Search::parse(&format!("* | where {call}")).is_ok()
        });
        assert!(fits, "{}", entry.name);
    }
}
