//! Whatever the text, the engine answers: it does not panic, and it ends.

use proptest::prelude::*;
use spl::{Environment, Search};

use crate::support::{Made, event};

fn events() -> [Made; 3] {
    [
        event([
            ("_time", "1"),
            ("a", "1"),
            ("b", "x y"),
            ("_raw", "a b \"c\""),
        ]),
        event([("_time", "2"), ("a", "é"), ("a", "2"), ("c", "")]),
        event([]),
    ]
}

/// Parses; what parses is run and explained. Errors must have a place.
fn answers(text: &str) {
    let environment = Environment::at_epoch();
    match Search::parse(text) {
        Ok(search) => {
            let events = events();
            if let Err(error) = search.run(&events, &environment) {
                assert!(
                    text.get(error.span.clone()).is_some(),
                    "{text:?}: {error:?}"
                );
            }
            for event in &events {
                if let Ok(explanation) = search.explain(event, &environment)
                    && let Some((_, clauses)) = explanation.dropped()
                {
                    assert!(!clauses.is_empty() || text.contains("head"), "{text:?}");
                    for clause in clauses {
                        assert!(text.get(clause.span.clone()).is_some());
                    }
                }
            }
        }
        Err(error) => {
            assert!(
                text.get(error.span.clone()).is_some(),
                "{text:?}: {error:?}"
            );
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Pieces of SPL, put together at random: nearer to the language than noise.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "_raw",
        "_time",
        "count",
        "=",
        "!=",
        "<",
        ">=",
        "(",
        ")",
        ",",
        "|",
        "| search ",
        "| where ",
        "| eval x=",
        "| table ",
        "| fields ",
        "| fields - ",
        "| rename ",
        " AS ",
        "| sort ",
        "| head ",
        "| stats ",
        " by ",
        " AND ",
        " OR ",
        " NOT ",
        " XOR ",
        " IN (",
        " LIKE ",
        "\"x*\"",
        "\"",
        "'",
        "\\",
        "*",
        "+",
        "-",
        "/",
        "%",
        ".",
        "1",
        "0",
        "1.5",
        "é",
        "lower(",
        "if(",
        "case(",
        "match(",
        "isnull(",
        "substr(",
        "split(",
        "mvindex(",
        "round(",
        "true()",
        "null()",
        "[",
        "]",
        "`",
        "```",
        " ",
        "\n",
        "::",
        "10.0.0.0/8",
        "count(eval(",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        answers(&text);
    }

    #[test]
    fn any_expression_is_answered(text in "[ -~éß\t]{0,60}") {
        answers(&format!("* | where {text}"));
        answers(&format!("* | eval a={text}"));
        answers(&text);
    }

    #[test]
    fn any_pieces_are_answered(text in pieces()) {
        answers(&text);
        answers(&format!("* | {text}"));
        answers(&format!("* | where {text}"));
    }
}
