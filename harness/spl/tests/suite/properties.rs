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
                    let by_count = text.contains("head") || text.contains("tail");
                    assert!(!clauses.is_empty() || by_count, "{text:?}");
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

/// Pieces of SPL.
const PIECES: &[&str] = &[
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
    "| eventstats ",
    "| streamstats ",
    "| dedup ",
    "| top ",
    "| rare ",
    "| bin ",
    "| fillnull ",
    "| filldown ",
    "| tail ",
    "| reverse",
    "| accum ",
    "| delta ",
    "| addtotals ",
    "| addcoltotals ",
    "| regex ",
    "| rex ",
    "| rex mode=sed ",
    "| replace ",
    "| makemv ",
    "| mvexpand ",
    "| mvcombine ",
    "| nomv ",
    "| spath ",
    "<<MATCHSTR>>",
    "<<FIELD>>",
    "| foreach ",
    "ctime(",
    "| convert ",
    "| xmlkv ",
    "| makeresults ",
    "field=",
    "max_match=",
    "delim=",
    "tokenizer=",
    "format=csv data=",
    "format=json data=",
    "path=",
    "output=",
    " WITH ",
    "\"(?<x>.)\"",
    "\"s/a/b/\"",
    "{}",
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
];

/// Pieces of SPL, put together at random: nearer to the language than noise.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The commands whose options and arguments the pieces below make.
const COMMANDS: &[&str] = &[
    "stats",
    "eventstats",
    "streamstats",
    "dedup",
    "top",
    "rare",
    "bin",
    "fillnull",
    "filldown",
    "head",
    "tail",
    "sort",
    "accum",
    "delta",
    "addtotals",
    "addcoltotals",
    "transaction",
];

/// Options, fields and functions, put together at random.
fn arguments() -> impl Strategy<Value = String> {
    let option = prop::sample::select(vec![
        "allnum",
        "aligntime",
        "bins",
        "col",
        "consecutive",
        "countfield",
        "current",
        "dedup_splitvals",
        "delim",
        "end",
        "fieldname",
        "global",
        "keepempty",
        "keepevents",
        "keeplast",
        "label",
        "labelfield",
        "limit",
        "minspan",
        "null",
        "otherstr",
        "p",
        "partitions",
        "percentfield",
        "reset_after",
        "reset_before",
        "reset_on_change",
        "row",
        "showcount",
        "showperc",
        "span",
        "start",
        "time_window",
        "useother",
        "value",
        "window",
        "startswith",
    ]);
    let value = prop::sample::select(vec![
        "t",
        "false",
        "0",
        "1",
        "2",
        "-1",
        "1.5",
        "5m",
        "1d",
        "1mon",
        "250ms",
        "2log5",
        "log",
        "99999999999999999999",
        "x",
        "\"a b\"",
        "(a=1)",
        "eval(a=1)",
        "\"a=1 OR b\"",
        "\"(a=\\\"1\\\")\"",
        "(",
        "é",
        "",
    ]);
    let word = prop::sample::select(vec![
        "a",
        "b",
        "_time",
        "a*",
        "count",
        "sum(a)",
        "values(*) AS *",
        "avg(a) AS a",
        "perc95(a)",
        "stdev(a)",
        "list(b)",
        "dc(eval(a*2)) AS d",
        "mode(a)",
        "rate(a)",
        "BY",
        "AS",
        "sortby",
        "-",
        "+a",
        ",",
        "(a<2)",
        "3",
        "num(a)",
    ]);
    let argument = prop_oneof![
        (option, value).prop_map(|(option, value)| format!("{option}={value}")),
        word.prop_map(str::to_owned),
    ];
    prop::collection::vec(argument, 0..8).prop_map(|arguments| arguments.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_options_are_answered(
        command in prop::sample::select(COMMANDS),
        arguments in arguments(),
    ) {
        answers(&format!("* | {command} {arguments}"));
        answers(&format!("* | table a b | {command} {arguments} | table *"));
    }

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
