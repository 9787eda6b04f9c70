//! `stats`.

use crate::support::{Made, cells, event, run, try_run};

fn events() -> Vec<Made> {
    vec![
        event([("_time", "1"), ("k", "a"), ("v", "2"), ("w", "x")]),
        event([("_time", "2"), ("k", "b"), ("v", "10"), ("w", "y")]),
        event([("_time", "3"), ("k", "a"), ("v", "9"), ("w", "x")]),
        event([("_time", "4"), ("v", "5")]),
    ]
}

#[test]
fn without_by_there_is_one_row() {
    let results = run("* | stats count", &events());
    assert_eq!(results.columns(), ["count"]);
    assert_eq!(cells(&results), [["4"]]);
    assert_eq!(results.rows[0].event, None);
    assert_eq!(cells(&run("k=none | stats count", &events())), [["0"]]);
    assert!(run("k=none | stats count by k", &events()).rows.is_empty());
}

#[test]
fn by_leaves_out_rows_without_the_field() {
    let results = run("* | stats count AS n max(v) BY k", &events());
    assert_eq!(results.columns(), ["k", "n", "max(v)"]);
    assert_eq!(cells(&results), [["a", "2", "9"], ["b", "1", "10"]]);
    assert!(run("* | stats count by k none", &events()).rows.is_empty());
}

#[test]
fn each_value_of_a_multivalue_field_makes_a_row() {
    let event = event([("m", "p"), ("m", "q"), ("k", "a")]);
    let results = run("* | stats count by k, m", &[event]);
    assert_eq!(cells(&results), [["a", "p", "1"], ["a", "q", "1"]]);
}

#[test]
fn functions() {
    // Rows come newest first: v is 5, 9, 10, 2.
    let results = run(
        "* | stats count(k) dc(w) values(w) list(v) sum(v) avg(v) min(v) max(v) \
         first(v) last(v) earliest(v) latest(v) count(eval(v>5)) AS high",
        &events(),
    );
    assert_eq!(
        cells(&results),
        [[
            "3",
            "2",
            "x\ny",
            "5\n9\n10\n2",
            "26",
            "6.5",
            "2",
            "10",
            "5",
            "2",
            "2",
            "5",
            "2"
        ]]
    );
    assert_eq!(results.columns()[0], "count(k)");
    assert_eq!(results.columns()[12], "high");
}

#[test]
fn text_is_compared_as_text_and_values_are_sorted() {
    let events = [
        event([("v", "10")]),
        event([("v", "9")]),
        event([("v", "abc")]),
    ];
    assert_eq!(
        cells(&run("* | stats min(v) max(v) values(v)", &events)),
        [["10", "abc", "10\n9\nabc"]]
    );
    assert_eq!(
        cells(&run(
            "* | stats sum(none) min(none) first(none) dc(none)",
            &events
        )),
        [["", "", "", "0"]]
    );
}

#[test]
fn list_ends_at_a_hundred() {
    let events: Vec<Made> = (0..150).map(|_| event([("v", "x")])).collect();
    let results = run(
        "* | stats list(v) AS l | eval n=mvcount(l) | table n",
        &events,
    );
    assert_eq!(cells(&results), [["100"]]);
}

#[test]
fn what_comes_after_sees_the_columns_only() {
    let results = run(
        "* | stats count by k | where isnull(v) AND count>1",
        &events(),
    );
    assert_eq!(cells(&results), [["a", "2"]]);
    let results = run("* | stats sum(v) AS v by k | sort - v | head 1", &events());
    assert_eq!(cells(&results), [["a", "11"]]);
}

#[test]
fn the_column_can_have_the_name_of_a_field() {
    let results = run("* | stats max(v) AS v min(v) AS low", &events());
    assert_eq!(cells(&results), [["10", "2"]]);
}

#[test]
fn what_cannot_be_computed_as_splunk_does_is_refused() {
    for (text, feature) in [
        ("* | stats perc95(v)", "perc95"),
        ("* | stats stdev(v)", "stdev"),
        ("* | stats values(*)", "wildcard"),
        ("* | stats sparkline(count)", "sparkline"),
        ("* | stats allnum=t count", "allnum"),
        ("* | stats count by k dedup_splitvals=t", "dedup_splitvals"),
        ("* | stats sum(eval(v*2)) AS s", "eval"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains(feature), "{text}: {error}");
    }
    let error = try_run("* | stats sum(v)", &[event([("v", "1.5")])]).unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(error.span, 10..16);
    let error = try_run("* | stats latest(v)", &[event([("v", "1")])]).unwrap_err();
    assert!(error.is_unsupported());
}
