//! `eventstats` and `streamstats`.

use spl::ErrorKind;

use crate::support::{Made, cells, event, run, try_run};

/// One column of the results; empty cells as empty text.
fn column(text: &str, events: &[Made], name: &str) -> Vec<String> {
    run(text, events)
        .rows
        .iter()
        .map(|row| row.text(name).unwrap_or_default().into_owned())
        .collect()
}

/// Events with these values of `n`, in this order, without times.
fn numbers(values: &[&str]) -> Vec<Made> {
    values.iter().map(|value| event([("n", value)])).collect()
}

/// SPL2 Search Reference, "eventstats command: Overview, syntax, and usage".
#[test]
fn eventstats_adds_the_average_to_each_row() {
    let events = [
        event([("age", "25"), ("city", "San Francisco")]),
        event([("age", "39"), ("city", "Seattle")]),
        event([("age", "31"), ("city", "San Francisco")]),
        event([("city", "Seattle")]),
    ];
    let results = run(
        "* | table age city | eventstats avg(age) | eventstats avg(age) AS local BY city",
        &events,
    );
    assert_eq!(results.columns(), ["age", "city", "avg(age)", "local"]);
    assert_eq!(
        cells(&results),
        [
            ["25", "San Francisco", "31.666666666666668", "28"],
            ["39", "Seattle", "31.666666666666668", "39"],
            ["31", "San Francisco", "31.666666666666668", "28"],
            ["", "Seattle", "31.666666666666668", "39"],
        ]
    );
}

#[test]
fn eventstats_leaves_rows_without_a_group_as_they_are() {
    let events = [
        event([("k", "a"), ("x", "old"), ("v", "1")]),
        event([("x", "old"), ("v", "2")]),
    ];
    let results = run(
        "* | eventstats allnum=f max(v) AS x BY k | table k x v",
        &events,
    );
    assert_eq!(cells(&results), [["a", "1", "1"], ["", "old", "2"]]);
    let error = try_run(
        "* | eventstats count BY k",
        &[event([("k", "a"), ("k", "b")])],
    )
    .unwrap_err();
    assert!(error.is_unsupported());
    assert!(run("a=b | eventstats count", &events).rows.is_empty());
}

#[test]
fn eventstats_knows_wildcards() {
    let results = run(
        "* | table n | eventstats max(*) AS max_*",
        &numbers(&["1", "3"]),
    );
    assert_eq!(results.columns(), ["n", "max_n"]);
    assert_eq!(cells(&results), [["1", "3"], ["3", "3"]]);
}

fn hosts() -> Vec<Made> {
    [
        ("x", "100", "LOGON"),
        ("y", "200", "APP_START"),
        ("x", "400", "FILE_DOWNLOAD"),
        ("x", "50", "REBOOT"),
        ("y", "150", "LOGON"),
        ("x", "100", "LOGON"),
    ]
    .into_iter()
    .map(|(host, bytes, action)| event([("host", host), ("bytes", bytes), ("action", action)]))
    .collect()
}

/// SPL2 Search Reference, "streamstats command usage", "Reset after and reset
/// before"; the quotation marks as in Search Reference, `streamstats`.
#[test]
fn resets_after_and_before() {
    for condition in [
        r#"(action="REBOOT")"#,
        r#""("action==\"REBOOT\"")""#,
        r#""(action==\"REBOOT\")""#,
        r#""("match(action, \"^REBOOT\")")""#,
        r#""(match(action, \"^REBOOT\"))""#,
    ] {
        assert_eq!(
            column(
                &format!(
                    "* | streamstats reset_after={condition} sum(bytes) AS total_bytes BY host"
                ),
                &hosts(),
                "total_bytes"
            ),
            ["100", "200", "500", "550", "150", "100"]
        );
        assert_eq!(
            column(
                &format!(
                    "* | streamstats reset_before={condition} sum(bytes) AS total_bytes BY host"
                ),
                &hosts(),
                "total_bytes"
            ),
            ["100", "200", "500", "50", "150", "150"]
        );
    }
}

#[test]
fn a_reset_sees_what_was_added() {
    assert_eq!(
        column(
            "* | streamstats reset_after=(total>=3) sum(n) AS total",
            &numbers(&["1", "2", "3", "1", "1"]),
            "total"
        ),
        ["1", "3", "3", "1", "2"]
    );
}

#[test]
fn sums_run_along() {
    let three = numbers(&["1", "5", "2"]);
    assert_eq!(
        column("* | streamstats count", &three, "count"),
        ["1", "2", "3"]
    );
    assert_eq!(
        column("* | streamstats sum(n)", &three, "sum(n)"),
        ["1", "6", "8"]
    );
    assert_eq!(
        column("* | streamstats current=f sum(n) AS s", &three, "s"),
        ["", "1", "6"]
    );
    assert_eq!(
        column("* | streamstats current=f last(n) AS s", &three, "s"),
        ["", "1", "5"]
    );
    assert_eq!(
        column("* | streamstats max(n) AS s", &three, "s"),
        ["1", "5", "5"]
    );
    // The deviations are 0, 2.83 and 2.08.
    assert_eq!(
        column(
            "* | streamstats var(n) AS s | eval s=round(s, 2)",
            &three,
            "s"
        ),
        ["0.00", "8.00", "4.33"]
    );
    assert_eq!(
        column("* | streamstats values(n) AS s", &three, "s"),
        ["1", "1\n5", "1\n2\n5"]
    );
    // The column may have the name of the field.
    assert_eq!(
        column("* | streamstats sum(n) AS n", &three, "n"),
        ["1", "6", "8"]
    );
    assert_eq!(
        column("* | streamstats window=2 sum(n) AS n", &three, "n"),
        ["1", "6", "7"]
    );
}

#[test]
fn windows() {
    let four = numbers(&["1", "5", "2", "4"]);
    assert_eq!(
        column("* | streamstats sum(n) AS s window=2", &four, "s"),
        ["1", "6", "7", "6"]
    );
    assert_eq!(
        column("* | streamstats window=1 current=f sum(n) AS s", &four, "s"),
        ["", "1", "5", "2"]
    );
    let groups = [
        event([("k", "a"), ("n", "1")]),
        event([("k", "b"), ("n", "2")]),
        event([("k", "a"), ("n", "4")]),
        event([("n", "100")]),
        event([("k", "a"), ("n", "8")]),
    ];
    // The last two rows of all groups, of which those of this group.
    assert_eq!(
        column("* | streamstats window=2 sum(n) AS s BY k", &groups, "s"),
        ["1", "2", "4", "", "12"]
    );
    // The last two rows of this group.
    assert_eq!(
        column(
            "* | streamstats sum(n) AS s BY k window=2 global=f",
            &groups,
            "s"
        ),
        ["1", "2", "5", "", "12"]
    );
}

#[test]
fn windows_of_time() {
    let at =
        |times: &[&str]| -> Vec<Made> { times.iter().map(|time| event([("t", time)])).collect() };
    // No `_time` yet, so that the order stays.
    let search = "* | eval _time=t | streamstats time_window=1m count";
    assert_eq!(
        column(search, &at(&["0", "30", "59", "60", "200"]), "count"),
        ["1", "2", "3", "3", "1"]
    );
    assert_eq!(
        column(search, &at(&["200", "60", "59", "30", "0"]), "count"),
        ["1", "1", "2", "3", "3"]
    );
    let error = try_run(search, &at(&["0", "30", "20"])).unwrap_err();
    assert!(error.to_string().contains("not sorted"), "{error}");
    let error = try_run("* | streamstats time_window=1m count", &at(&["0"])).unwrap_err();
    assert!(error.is_unsupported(), "{error}");
    assert_eq!(
        column(
            "* | eval _time=t | streamstats time_window=1m window=2 count",
            &at(&["0", "30", "59"]),
            "count"
        ),
        ["1", "2", "2"]
    );
}

/// Search Reference, `streamstats`, `time_window`: `max_stream_window` of
/// limits.conf holds for it as well.
#[test]
fn a_window_of_time_has_a_maximum() {
    let many = vec![event([("t", "5")]); 10_002];
    let results = run(
        "* | eval _time=t | streamstats time_window=1m count | tail 3 | table count",
        &many,
    );
    assert_eq!(cells(&results), [["10000"], ["10000"], ["10000"]]);
}

/// Search Reference, `streamstats`, `reset_on_change`.
#[test]
fn a_change_of_groups_resets() {
    let events: Vec<Made> = ["a", "a", "b", "", "b", "a"]
        .iter()
        .map(|k| {
            if k.is_empty() {
                Made::default()
            } else {
                event([("k", k)])
            }
        })
        .collect();
    // The row without the field triggers no reset.
    assert_eq!(
        column(
            "* | streamstats reset_on_change=true count BY k",
            &events,
            "count"
        ),
        ["1", "2", "1", "", "2", "1"]
    );
    assert_eq!(
        column("* | streamstats count BY k", &events, "count"),
        ["1", "2", "1", "", "2", "3"]
    );
}

#[test]
fn what_is_no_argument_is_an_error() {
    for (text, at) in [
        ("* | streamstats", ""),
        ("* | streamstats window=2", ""),
        ("* | streamstats window=x count", "x"),
        ("* | streamstats windw=2 count", "windw"),
        ("* | streamstats time_window=5 count", "5"),
        ("* | streamstats reset_after=x count", "x"),
        ("* | streamstats reset_after=(a=1 count", "c"),
        ("* | streamstats reset_after=\"(a=1\" count", "\"("),
        ("* | eventstats window=2 count", "window"),
        ("* | eventstats count AS k BY k", "count"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    }
    let error = try_run("* | streamstats window=10001 count", &[]).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limit(_)), "{error}");
    let error = try_run("* | streamstats time_window=1mon count", &[]).unwrap_err();
    assert!(error.is_unsupported(), "{error}");
}
