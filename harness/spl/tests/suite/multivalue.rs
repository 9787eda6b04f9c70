//! `makeresults`, `makemv`, `mvexpand`, `mvcombine`, `nomv`, `replace` and
//! `foreach`.

use spl::{Environment, ErrorKind, Search};

use crate::support::{Made, cells, event, run, try_run};

fn rows(text: &str) -> Vec<Vec<String>> {
    cells(&run(text, &[]))
}

/// The cells of what commands make of one event.
fn row<const N: usize>(text: &str, fields: [(&str, &str); N]) -> Vec<String> {
    cells(&run(&format!("* | {text}"), &[event(fields)])).remove(0)
}

#[test]
fn makeresults_makes_rows_with_the_time_of_the_search() {
    let environment = Environment {
        now: "2024-05-01T00:00:01.5Z".parse().unwrap(),
        ..Environment::at_epoch()
    };
    let search = Search::parse("| makeresults count=2").unwrap();
    let events: [Made; 0] = [];
    let results = search.run(&events, &environment).unwrap();
    assert_eq!(results.columns(), ["_time"]);
    assert_eq!(cells(&results), [["1714521601"], ["1714521601"]]);
    assert_eq!(rows("| makeresults | eval a=1 | table a"), [["1"]]);
    assert!(rows("| makeresults count=0").is_empty());
}

#[test]
fn makeresults_takes_data_from_the_text() {
    assert_eq!(
        rows("| makeresults format=csv data=\"a,b\n1,\\\"x, y\\\"\n2,\" | table a b"),
        [["1", "x, y"], ["2", ""]]
    );
    assert_eq!(
        rows(
            r#"| makeresults format=json data="[{\"a\": 1, \"b\": {\"c\": [\"x\", \"y\"]}}, {\"a\": \"2\"}]" | table a b.c{} _raw"#
        ),
        [
            ["1", "x\ny", r#"{"a": 1, "b": {"c": ["x", "y"]}}"#],
            ["2", "", r#"{"a": "2"}"#]
        ]
    );
}

#[test]
fn makemv_splits_by_a_delimiter_or_a_group() {
    // Search Reference, makemv, examples 1 and 2.
    assert_eq!(
        row(
            "makemv delim=\",\" senders | table senders",
            [("senders", "a,b,c")]
        ),
        ["a\nb\nc"]
    );
    assert_eq!(
        row(
            r#"makemv tokenizer="([^,]+),?" foo | eval n=mvcount(foo) | table foo n"#,
            [("foo", "1,2,3,4,5")]
        ),
        ["1\n2\n3\n4\n5", "5"]
    );
    assert_eq!(row("makemv x | table x", [("x", "a b")]), ["a\nb"]);
    assert_eq!(
        row("makemv delim=\"::\" x | table x", [("x", "a::b:c")]),
        ["a\nb:c"]
    );
}

#[test]
fn makemv_leaves_out_empty_values_unless_told_otherwise() {
    // Search Reference, makemv, `allowempty`.
    let values = |options: &str| {
        row(
            &format!("makemv {options} x | eval n=mvcount(x) | table n"),
            [("x", "a,,b")],
        )
        .remove(0)
    };
    assert_eq!(values("delim=\",\""), "2");
    assert_eq!(values("delim=\",\" allowempty=true"), "3");
    assert_eq!(values(r#"tokenizer="([^,]*),?" allowempty=f"#), "2");
    assert_eq!(
        row(
            "makemv delim=\",\" x | eval n=mvcount(x) | table n",
            [("x", ",")]
        ),
        [""]
    );
}

#[test]
fn mvexpand_makes_a_row_of_each_value() {
    // Search Reference, mvexpand, "How the mvexpand command works".
    let events = [
        event([
            ("ip", "107.3.146.207"),
            ("id", "DB"),
            ("id", "FS"),
            ("id", "WC"),
        ]),
        event([("ip", "128.241.220.82"), ("id", "DC")]),
        event([("ip", "194.215.205.19")]),
    ];
    assert_eq!(
        cells(&run("* | mvexpand id | table ip id", &events)),
        [
            ["107.3.146.207", "DB"],
            ["107.3.146.207", "FS"],
            ["107.3.146.207", "WC"],
            ["128.241.220.82", "DC"],
            ["194.215.205.19", ""],
        ]
    );
    assert_eq!(
        cells(&run("* | mvexpand id limit=2 | stats count", &events)),
        [["4"]]
    );
}

#[test]
fn mvexpand_says_where_it_needs_too_much_memory() {
    let text = "| makeresults | eval big=\"x\" | eval a=split(\"1,2\", \",\") | mvexpand a";
    assert_eq!(rows(text).len(), 2);
    let long = "y".repeat(1 << 20);
    let events = [Made(
        std::iter::once(("big".to_owned(), long))
            .chain((0..600).map(|n| ("a".to_owned(), n.to_string())))
            .collect(),
    )];
    let error = try_run("* | mvexpand a | table a big", &events).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
}

#[test]
fn mvcombine_joins_rows_that_differ_in_one_field() {
    let events = [
        event([("host", "a"), ("x", "1")]),
        event([("host", "b"), ("x", "2")]),
        event([("host", "c"), ("x", "1")]),
    ];
    assert_eq!(
        cells(&run("* | table host x | mvcombine host", &events)),
        [["a\nc", "1"], ["b", "2"]]
    );
    // Search Reference, mvcombine, example 3: the delimiter shows after `nomv`.
    let joined = |text: &str| {
        cells(&run(
            &format!("* | fields host | {text} | table host"),
            &events,
        ))
    };
    assert_eq!(
        joined("mvcombine delim=\",\" host | nomv host"),
        [["a,b,c"]]
    );
    assert_eq!(joined("mvcombine host | nomv host"), [["a b c"]]);
    assert_eq!(joined("mvcombine delim=\",\" host"), [["a\nb\nc"]]);
    assert_eq!(
        joined("mvcombine delim=\",\" host | eval x=1 | nomv host"),
        [["a\nb\nc"]]
    );
}

#[test]
fn nomv_makes_one_value() {
    assert_eq!(
        row(
            "nomv x | eval n=mvcount(x) | table x n",
            [("x", "a"), ("x", "b")]
        ),
        ["a\nb", "1"]
    );
}

#[test]
fn replace_changes_whole_values() {
    // Search Reference, replace, examples 1 to 4.
    assert_eq!(
        row(
            "replace *localhost WITH localhost IN host | table host",
            [("host", "my-localhost")]
        ),
        ["localhost"]
    );
    assert_eq!(
        row(
            "replace \"* localhost\" WITH \"localhost *\" IN host | table host",
            [("host", "my localhost")]
        ),
        ["localhost my"]
    );
    assert_eq!(
        row(
            "replace aug WITH August IN start_month end_month | table start_month end_month",
            [("start_month", "aug"), ("end_month", "august")]
        ),
        ["August", "august"]
    );
    assert_eq!(
        row(
            "replace 127.0.0.1 WITH localhost IN host | table host a",
            [("host", "127.0.0.1"), ("a", "127.0.0.1")]
        ),
        ["localhost", "127.0.0.1"]
    );
    // Search Reference, replace, example 5.
    assert_eq!(
        row(
            "replace 0 WITH Critical, 1 WITH Error IN msg_level | table msg_level",
            [("msg_level", "1")]
        ),
        ["Error"]
    );
}

#[test]
fn replace_prefers_the_fuller_match() {
    let value = |value: &str| {
        row(
            "replace a* WITH x, ab* WITH y, abc WITH z, a*c WITH w | table f",
            [("f", value)],
        )
        .remove(0)
    };
    assert_eq!(value("a"), "x");
    assert_eq!(value("abd"), "y");
    assert_eq!(value("abc"), "z");
    assert_eq!(value("b"), "b");
}

#[test]
fn replace_without_fields_passes_over_internal_ones() {
    assert_eq!(
        row("replace a WITH b | table x _y", [("x", "a"), ("_y", "a")]),
        ["b", "a"]
    );
    assert_eq!(
        row(
            "replace a WITH b IN x _y | table x _y",
            [("x", "a"), ("x", "c"), ("_y", "a")]
        ),
        ["b\nc", "b"]
    );
}

#[test]
fn foreach_runs_commands_for_each_field() {
    let totals = || [("a1", "1"), ("a2", "2"), ("b1", "4"), ("total", "0")];
    // Search Reference, foreach, examples of multifield mode.
    assert_eq!(
        row(
            "foreach a* [eval total=total + <<FIELD>>] | table total",
            totals()
        ),
        ["3"]
    );
    assert_eq!(
        row(
            "foreach a1 b1 [eval total=total + '<<FIELD>>'] | table total",
            totals()
        ),
        ["5"]
    );
    assert_eq!(
        row(
            "foreach a* [eval \"x_<<MATCHSTR>>\" = <<FIELD>> * 10] | table x_*",
            totals()
        ),
        ["10", "20"]
    );
    assert_eq!(
        row(
            "foreach *foo*bar* [eval <<MATCHSEG1>>_<<MATCHSEG2>>=<<FIELD>>] | table x_y",
            [("xfooybarz", "1")]
        ),
        ["1"]
    );
    assert_eq!(
        row(
            "foreach a* [eval <<FIELD>>=<<FIELD>>+1 | rex field=<<FIELD>> \"(?<last_<<FIELD>>>.)$\"] | table a1 last_a2",
            totals()
        ),
        ["2", "3"]
    );
    // It goes on where there are no rows and no fields.
    assert!(cells(&run("* | foreach * [eval x=<<FIELD>>]", &[])).is_empty());
}

#[test]
fn foreach_refuses_what_it_does_not_know() {
    for (text, place) in [
        ("* | foreach [eval a=1]", "["),
        ("* | foreach a* eval", ""),
        ("* | foreach mode=multivalue a [eval a=1]", "multivalue"),
        ("* | foreach fieldstr=x a [eval a=1]", "fieldstr"),
        ("* | foreach feildstr=x a [eval a=1]", "feildstr"),
        ("* | foreach a* [eval =1]", "eval =1"),
        ("* | foreach a* [stats count]", "stats count"),
        (
            "* | foreach a* [foreach b* [eval a=1]]",
            "foreach b* [eval a=1]",
        ),
        (
            "* | foreach a [eval x=\"<<MATCHSTR>>\"]",
            "eval x=\"<<MATCHSTR>>\"",
        ),
        ("* | foreach a [search [search b]]", "search [search b]"),
    ] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, place) in [
        ("| makeresults 5", "5"),
        ("| makeresults format=xml data=\"x\"", "xml"),
        ("| makeresults data=\"x\"", "data"),
        ("| makeresults format=csv", ""),
        ("| makeresults format=json data=\"{}\"", "\"{}\""),
        ("| makeresults format=json data=\"[1]\"", "\"[1]\""),
        ("| makeresults format=csv data=\"a,b\n1\"", "\"a,b\n1\""),
        ("| makeresults format=csv data=\"\"", "\"\""),
        ("| makeresults count=1000000000", "count"),
        ("| makeresults splunk_server=local", "splunk_server"),
        ("| makeresults annotate=t", "annotate"),
        ("* | makeresults", "makeresults"),
        ("* | makemv _raw", "_raw"),
        ("* | makemv delim=\",\"", ""),
        ("* | makemv delim=\"\" a", "\"\""),
        ("* | makemv delim=\"\\n\" a", "\"\\n\""),
        ("* | makemv tokenizer=\"a\" a", "\"a\""),
        ("* | makemv delim=x tokenizer=\"(a)\" a", "tokenizer"),
        ("* | makemv setsv=t a", "setsv"),
        ("* | makemv a b", "b"),
        ("* | mvexpand", ""),
        ("* | mvexpand _raw", "_raw"),
        ("* | mvexpand a limits=2", "limits"),
        ("* | mvcombine delimiter=x a", "delimiter"),
        ("* | nomv _time", "_time"),
        ("* | replace a b", "b"),
        ("* | replace a* WITH b**", "a* WITH b**"),
        ("* | replace a WITH b, b WITH c", "b WITH c"),
        ("* | replace a WITH b IN", ""),
    ] {
        let error = Search::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
    }
    let error = try_run("* | makemv a", &[event([("a", "1"), ("a", "2")])]).unwrap_err();
    assert!(error.is_unsupported());
}
