//! `stats`.

use spl::ErrorKind;

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
fn numbers_come_before_text_and_values_are_sorted() {
    let events = [
        event([("v", "10")]),
        event([("v", "9")]),
        event([("v", "abc")]),
    ];
    assert_eq!(
        cells(&run("* | stats min(v) max(v) values(v)", &events)),
        [["9", "abc", "10\n9\nabc"]]
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
        ("* | stats estdc_error(v)", "estdc_error"),
        ("* | stats per_day(v)", "per_day"),
        ("* | stats sparkline(count)", "sparkline"),
        ("* | stats delim=\":\" list(v)", "delim"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains(feature), "{text}: {error}");
    }
    let error = try_run("* | stats latest(v)", &[event([("v", "1")])]).unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(error.span, 10..19);
    let error = try_run(
        "* | stats mode(v)",
        &[event([("v", "1")]), event([("v", "2")])],
    )
    .unwrap_err();
    assert!(error.to_string().contains("equally frequent"), "{error}");
}

#[test]
fn what_is_no_argument_of_stats_is_a_syntax_error() {
    for (text, at) in [
        ("* | stats perc(v)", "perc"),
        ("* | stats p101(v)", "p101"),
        ("* | stats allnumm=t count", "allnumm"),
        ("* | stats allnum=x count", "x"),
        ("* | stats count by k dedup_splitvalues=t", "="),
        ("* | stats count AS k by k", "count"),
        ("* | stats avg(*) AS x", "x"),
        ("* | stats avg AS x", "x"),
        ("* | stats avg(a) AS x*", "x*"),
        ("* | stats avg(eval(a*2))", "avg(eval(a*2))"),
        ("* | stats count by", ""),
        ("* | stats first(a) AS x, first(a) AS y", "first(a)"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    }
    let error = try_run("* | stats sum(eval(a=1)) AS n", &[]).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Type(_)), "{error}");
}

fn numbers(values: &[&str]) -> Vec<Made> {
    values.iter().map(|value| event([("v", value)])).collect()
}

/// The one cell that a function makes of these values of `v`.
fn of(function: &str, values: &[&str]) -> String {
    cells(&run(
        &format!("* | stats {function} AS r"),
        &numbers(values),
    ))[0][0]
        .clone()
}

/// Search Reference, "Aggregate functions", `avg`, extended example 1.
#[test]
fn averages_of_fractions_have_the_documented_digits() {
    assert_eq!(of("avg(v)", &["3.99"; 100]), "3.9900000000000055");
    assert_eq!(of("mean(v)", &vec!["3.99"; 10_000]), "3.990000000000215");
    assert_eq!(of("sum(v)", &["0.5", "1", "x"]), "1.5");
}

#[test]
fn percentiles_are_values_that_came() {
    let ten: Vec<String> = (1..=10).map(|n| n.to_string()).collect();
    let ten: Vec<&str> = ten.iter().map(String::as_str).collect();
    // limits.conf, perc_method=nearest-rank: the value at the rank, counted
    // from 0, of so many percent of the count.
    assert_eq!(of("median(v)", &ten), "6");
    assert_eq!(of("perc50(v)", &ten), "6");
    assert_eq!(of("p95(v)", &ten), "10");
    assert_eq!(of("exactperc25(v)", &ten), "3");
    assert_eq!(of("upperperc90(v)", &ten), "10");
    assert_eq!(of("perc0(v)", &ten), "1");
    assert_eq!(of("median(v)", &["22", "23", "27", "31", "35"]), "27");
    assert_eq!(of("median(v)", &["x"]), "");
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let error = try_run(
        "* | stats perc95(v)",
        &many
            .iter()
            .map(|value| event([("v", value)]))
            .collect::<Vec<_>>(),
    )
    .unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    assert!(error.help.unwrap().contains("exactperc"));
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(of("exactperc95(v)", &many), "950");
    assert_eq!(of("perc95(v)", &many[..1_000]), "950");
}

#[test]
fn spread() {
    // The mean is 5; the squares of the differences add up to 32.
    let values = ["2", "4", "4", "4", "5", "5", "7", "9"];
    assert_eq!(of("stdevp(v)", &values), "2");
    assert_eq!(of("varp(v)", &values), "4");
    assert_eq!(of("var(v)", &["1", "2", "3", "4", "5"]), "2.5");
    assert_eq!(of("stdev(v)", &["1", "3", "5"]), "2");
    assert_eq!(of("stdev(v)", &["7"]), "0");
    assert_eq!(of("stdev(v)", &["x"]), "");
    assert_eq!(of("sumsq(v)", &["1", "2", "3", "x"]), "14");
    assert_eq!(of("range(v)", &["10", "9", "2"]), "8");
    assert_eq!(of("range(v)", &["a", "b"]), "");
    assert_eq!(of("mode(v)", &["b", "a", "b"]), "b");
    assert_eq!(of("estdc(v)", &["b", "a", "b"]), "2");
}

#[test]
fn times() {
    let results = run(
        "* | stats earliest_time(v) latest_time(v) rate(v)",
        &events(),
    );
    // v goes from 2 to 5 in three seconds.
    assert_eq!(cells(&results), [["1", "4", "1"]]);
    let results = run("* | stats rate(v) AS r latest_time(w) BY k", &events());
    assert_eq!(cells(&results), [["a", "3.5", "3"], ["b", "", "2"]]);
}

#[test]
fn of_the_same_time_the_later_event_is_the_latest() {
    let events = [
        event([("_time", "5"), ("v", "first")]),
        event([("_time", "5"), ("v", "second")]),
    ];
    assert_eq!(
        cells(&run("* | stats earliest(v) latest(v)", &events)),
        [["first", "second"]]
    );
}

#[test]
fn eval_inside_of_functions() {
    let results = run(
        "* | stats sum(eval(v*2)) AS s, dc(eval(lower(w))) AS d, \
         count(eval(if(v>5, 1, null()))) AS high max(eval(v-1)) AS m BY k",
        &events(),
    );
    assert_eq!(
        cells(&results),
        [["a", "22", "1", "1", "8"], ["b", "20", "1", "1", "9"]]
    );
}

#[test]
fn wildcards_are_all_fields_but_the_groups() {
    let results = run("* | stats values(*) AS * BY k", &events());
    assert_eq!(results.columns(), ["k", "v", "w"]);
    assert_eq!(cells(&results), [["a", "2\n9", "x"], ["b", "10", "y"]]);
    let results = run("* | stats max(v*) dc(*) AS n_*", &events());
    assert_eq!(results.columns(), ["max(v)", "n_k", "n_v", "n_w"]);
    assert_eq!(cells(&results), [["10", "2", "4", "2"]]);
    let results = run("* | stats count(_t*)", &events());
    assert_eq!(results.columns(), ["count(_time)"]);
    // Without a field it is each field; what is not all numbers has no sum.
    let results = run("* | stats sum count BY k", &events());
    assert_eq!(results.columns(), ["k", "sum(v)", "count"]);
    assert_eq!(cells(&results), [["a", "11", "2"], ["b", "10", "1"]]);
    assert_eq!(
        run("* | stats avg() AS mean_*", &events()).columns(),
        ["mean_v"]
    );
    // The columns are there for what comes after.
    let results = run(
        "* | stats max(*) AS max_* | where max_v=10 | table max_v",
        &events(),
    );
    assert_eq!(cells(&results), [["10"]]);
}

#[test]
fn options() {
    let mixed = numbers(&["1", "2", "x"]);
    assert_eq!(
        cells(&run("* | stats allnum=t sum(v) avg(v) max(v)", &mixed)),
        [["", "", "x"]]
    );
    assert_eq!(
        cells(&run("* | stats allnum=f partitions=2 sum(v)", &mixed)),
        [["3"]]
    );
    let twice = [event([("m", "p"), ("m", "p"), ("m", "q")])];
    assert_eq!(
        cells(&run("* | stats count by m", &twice)),
        [["p", "2"], ["q", "1"]]
    );
    assert_eq!(
        cells(&run("* | stats count by m dedup_splitvals=true", &twice)),
        [["p", "1"], ["q", "1"]]
    );
}

#[test]
fn columns_are_named_as_written() {
    let results = run(
        "* | stats count, c(k) distinct_count( v ) sum(\"a b\") Max(v)",
        &events(),
    );
    assert_eq!(
        results.columns(),
        ["count", "c(k)", "distinct_count(v)", "sum(a b)", "Max(v)"]
    );
}

#[test]
fn columns_with_parentheses_need_no_quotation_marks() {
    let results = run(
        "* | stats sum(v) count by k | sort - sum(v) | rename count AS n, sum(v) AS s | table s n",
        &events(),
    );
    assert_eq!(cells(&results), [["11", "2"], ["10", "1"]]);
    let results = run("* | stats sum(v) by k | fields sum(v)", &events());
    assert_eq!(results.columns(), ["sum(v)"]);
    assert!(try_run("* | table sum(v", &events()).is_err());
}

#[test]
fn groups_are_told_apart() {
    let events = [
        event([("a", "x"), ("b", "yz")]),
        event([("a", "xy"), ("b", "z")]),
    ];
    assert_eq!(
        cells(&run("* | stats count by a b", &events)),
        [["x", "yz", "1"], ["xy", "z", "1"]]
    );
}

#[test]
fn a_row_in_too_many_groups_is_a_limit() {
    let mut made = Made::default();
    for n in 0..101 {
        for name in ["a", "b"] {
            made.0.push((name.to_owned(), n.to_string()));
        }
    }
    let error = try_run("* | stats count by a b", &[made]).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
}
