//! `dedup`, `top`, `rare`, `bin`, `fillnull`, `filldown`, `head`, `tail`,
//! `reverse`, `accum`, `delta`, `addtotals`, `addcoltotals`.

use jiff::{Timestamp, tz::TimeZone};
use spl::{Environment, ErrorKind, Results};

use crate::support::{Made, cells, event, parse, run, try_run};

/// Events with these values of `n`, in this order, without times.
fn numbers(values: &[&str]) -> Vec<Made> {
    values
        .iter()
        .map(|value| match *value {
            "" => Made::default(),
            value => event([("n", value)]),
        })
        .collect()
}

/// The values that `n` has at the end of a search; none as empty text.
fn n(search: &str, values: &[&str]) -> Vec<String> {
    let text = format!("* | {search} | table n");
    cells(&run(&text, &numbers(values))).concat()
}

fn pairs() -> Vec<Made> {
    [("a", "1"), ("b", "1"), ("a", "2"), ("a", "1"), ("", "3")]
        .iter()
        .map(|(k, n)| {
            let made = event([("n", n)]);
            if k.is_empty() {
                made
            } else {
                made.with("k", k)
            }
        })
        .collect()
}

#[test]
fn dedup_keeps_the_first_of_each_combination() {
    assert_eq!(
        cells(&run("* | dedup k | table k n", &pairs())),
        [["a", "1"], ["b", "1"]]
    );
    assert_eq!(
        cells(&run("* | dedup k, n | table k n", &pairs())),
        [["a", "1"], ["b", "1"], ["a", "2"]]
    );
    assert_eq!(
        cells(&run("* | dedup 2 k | table k n", &pairs())),
        [["a", "1"], ["b", "1"], ["a", "2"]]
    );
}

/// Search Reference, `dedup`: rows that lack a field are dropped, unless they
/// are kept by name.
#[test]
fn dedup_drops_rows_without_the_field() {
    assert_eq!(
        cells(&run("* | dedup k keepempty=true | table k n", &pairs())),
        [["a", "1"], ["b", "1"], ["", "3"]]
    );
    assert!(run("* | dedup none", &pairs()).rows.is_empty());
    assert_eq!(run("* | dedup none keepempty=t", &pairs()).rows.len(), 5);
    assert_eq!(
        cells(&run(
            "* | fillnull value=MISSING k | dedup k | table k",
            &pairs()
        )),
        [["a"], ["b"], ["MISSING"]]
    );
}

#[test]
fn dedup_options() {
    assert_eq!(
        n("dedup n consecutive=t", &["1", "1", "2", "1"]),
        ["1", "2", "1"]
    );
    assert_eq!(
        n("dedup 2 n consecutive=t", &["1", "1", "1", "2", "1"]),
        ["1", "1", "2", "1"]
    );
    assert_eq!(
        n("dedup n keepevents=t", &["1", "1", "2", "1"]),
        ["1", "", "2", ""]
    );
    assert_eq!(
        cells(&run("* | dedup k sortby -n | table k n", &pairs())),
        [["a", "2"], ["b", "1"]]
    );
    // All values of a multivalue field count, in order.
    let multivalue = [
        event([("m", "p"), ("m", "q")]),
        event([("m", "p")]),
        event([("m", "p"), ("m", "q")]),
        event([("m", "pq")]),
    ];
    assert_eq!(run("* | dedup m", &multivalue).rows.len(), 3);
}

#[test]
fn dedup_says_why_a_row_is_dropped() {
    let text = "* | dedup k n";
    let explanation = parse(text)
        .explain(&event([("n", "1")]), &Environment::at_epoch())
        .unwrap();
    let (_, clauses) = explanation.dropped().unwrap();
    assert_eq!(&text[clauses[0].span.clone()], "k");
    assert_eq!(clauses.len(), 1);
}

#[test]
fn top_counts_values() {
    let results = run("* | top k", &pairs());
    assert_eq!(results.columns(), ["k", "count", "percent"]);
    assert_eq!(
        cells(&results),
        [["a", "3", "75.000000"], ["b", "1", "25.000000"]]
    );
    assert_eq!(
        cells(&run("* | rare k", &pairs())),
        [["b", "1", "25.000000"], ["a", "3", "75.000000"]]
    );
    let results = run("* | top 1 n, k showperc=f", &pairs());
    assert_eq!(results.columns(), ["n", "k", "count"]);
    assert_eq!(cells(&results), [["1", "a", "2"]]);
}

#[test]
fn top_has_options() {
    let results = run(
        "* | top limit=1 useother=t otherstr=rest countfield=c percentfield=\"of all\" k",
        &pairs(),
    );
    assert_eq!(results.columns(), ["k", "c", "of all"]);
    assert_eq!(
        cells(&results),
        [["a", "3", "75.000000"], ["rest", "1", "25.000000"]]
    );
    let results = run("* | top showcount=f n BY k", &pairs());
    assert_eq!(results.columns(), ["k", "n", "percent"]);
    assert_eq!(
        cells(&results),
        [
            ["a", "1", "66.666667"],
            ["a", "2", "33.333333"],
            ["b", "1", "100.000000"]
        ]
    );
    // Search Reference, top: of equals the last in lexicographical order.
    assert_eq!(
        cells(&run("* | top 2 n showperc=f", &numbers(&["a", "c", "b"]))),
        [["c", "1"], ["b", "1"]]
    );
    let many: Vec<Made> = (0..12).map(|v| event([("n", &v.to_string())])).collect();
    assert_eq!(run("* | top n", &many).rows.len(), 10);
    assert_eq!(run("* | top limit=0 n", &many).rows.len(), 12);
    assert!(run("k=none | top k", &many).rows.is_empty());
}

/// Search Manual, "Search using time bins and spans": the span is the least
/// power of ten that is not below the range by the number of bins.
#[test]
fn bin_chooses_powers_of_ten() {
    let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
    let binned = n("bin n bins=24", &hours);
    assert_eq!((&*binned[10], &*binned[14]), ("10-11", "14-15"));
    let binned = n("bin n bins=12", &hours);
    assert_eq!(
        (&*binned[0], &*binned[10], &*binned[23]),
        ("0-10", "10-20", "20-30")
    );
    let binned = n("bin n span=2 bins=12", &hours);
    assert_eq!((&*binned[10], &*binned[15]), ("10-12", "14-16"));
    let seconds: Vec<String> = (0..60).map(|second| second.to_string()).collect();
    let seconds: Vec<&str> = seconds.iter().map(String::as_str).collect();
    assert!(n("bin n bins=5", &seconds).iter().all(|bin| bin == "0-100"));
}

/// SPL2 Search Reference, "bin command syntax details": `end` only widens.
#[test]
fn bin_widens_the_range() {
    assert_eq!(n("bin n bins=10 end=1000", &["1", "59"]), ["0-100"; 2]);
    assert_eq!(n("bin n bins=10 end=10", &["1", "59"]), ["0-10", "50-60"]);
}

#[test]
fn bin_of_numbers() {
    assert_eq!(
        n("bin n span=10", &["0", "9.5", "10", "-1", "x", ""]),
        ["0-10", "0-10", "10-20", "-10-0", "x", ""]
    );
    assert_eq!(
        n("bucket span=log10 n", &["1", "9", "10", "5000"]),
        ["1-10", "1-10", "10-100", "1000-10000"]
    );
    assert_eq!(
        n("discretize n span=2log5", &["2", "9", "10"]),
        ["2-10", "2-10", "10-50"]
    );
    let results = run("* | bin n span=10 AS b | table n b", &numbers(&["7"]));
    assert_eq!(cells(&results), [["7", "0-10"]]);
}

/// The start of the span of each time, in a time zone.
fn binned(span: &str, zone: &str, times: &[&str]) -> Vec<String> {
    let events: Vec<Made> = times
        .iter()
        .map(|time| {
            let time: Timestamp = time.parse().unwrap();
            event([("_time", &time.as_second().to_string())])
        })
        .collect();
    let environment = Environment {
        now: Timestamp::UNIX_EPOCH,
        time_zone: TimeZone::get(zone).unwrap(),
    };
    let search = parse(&format!(
        "* | bin _time span={span} | reverse | table _time"
    ));
    let results: Results<'_> = search.run(&events, &environment).unwrap();
    cells(&results)
        .concat()
        .iter()
        .map(|time| {
            Timestamp::from_second(time.parse().unwrap())
                .unwrap()
                .to_string()
        })
        .collect()
}

#[test]
fn bin_of_times() {
    assert_eq!(
        binned(
            "5m",
            "Europe/Berlin",
            &["2024-08-22T01:56:37Z", "2024-08-22T02:00:00Z"]
        ),
        ["2024-08-22T01:55:00Z", "2024-08-22T02:00:00Z"]
    );
    // A day of Berlin begins at 22 o'clock in summer, and at 23 in winter.
    assert_eq!(
        binned(
            "1d",
            "Europe/Berlin",
            &[
                "2024-01-22T22:59:59Z",
                "2024-01-22T23:00:00Z",
                "2024-08-22T21:00:00Z"
            ]
        ),
        [
            "2024-01-21T23:00:00Z",
            "2024-01-22T23:00:00Z",
            "2024-08-21T22:00:00Z"
        ]
    );
    assert_eq!(
        binned("1mon", "UTC", &["2024-02-29T12:00:00Z"]),
        ["2024-02-01T00:00:00Z"]
    );
    assert_eq!(
        binned("1q", "UTC", &["2024-05-29T12:00:00Z"]),
        ["2024-04-01T00:00:00Z"]
    );
    assert_eq!(
        binned(
            "1y",
            "UTC",
            &["1969-05-29T12:00:00Z", "2024-05-29T12:00:00Z"]
        ),
        ["1969-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]
    );
    // The first of January 1970 was a Thursday, and so was this day.
    assert_eq!(
        binned("1w", "UTC", &["2024-08-28T12:00:00Z"]),
        ["2024-08-22T00:00:00Z"]
    );
    assert_eq!(
        binned("300", "UTC", &["2024-08-22T01:56:37Z"]),
        ["2024-08-22T01:55:00Z"]
    );
}

#[test]
fn bin_of_parts_of_seconds_and_alignment() {
    let time = |text: &str| {
        cells(&run(
            &format!("* | {text} | table _time"),
            &[event([("_time", "1700000000.789")])],
        ))
        .concat()
    };
    assert_eq!(time("bin _time span=100ms"), ["1700000000.7"]);
    assert_eq!(time("bin _time span=1s"), ["1700000000"]);
    assert_eq!(time("bin _time span=1h aligntime=600"), ["1699999800"]);
    assert_eq!(time("bin _time span=1h aligntime=@d+10m"), ["1699999800"]);
    assert_eq!(
        time("bin _time span=1h aligntime=\"2012-04-05T11:10:00-07:00\""),
        ["1699999800"]
    );
    assert_eq!(time("bin _time span=1h"), ["1699999200"]);
}

#[test]
fn bins_that_depend_on_more_are_refused() {
    for text in [
        "* | bin _time",
        "* | bin _time bins=10",
        "* | bin n span=5m",
        "* | bin n span=0.5",
        "* | bin n span=1.5log10",
        "* | bin n minspan=5",
        "* | bin _time span=1h aligntime=earliest",
        "* | bin _time span=1w@w1",
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
    }
    for (text, at) in [
        ("* | bin", ""),
        ("* | bin span=5", ""),
        ("* | bin a b", "b"),
        ("* | bin a spam=5", "spam"),
        ("* | bin a span=x", "x"),
        ("* | bin a span=0", "0"),
        ("* | bin a span=10log10", "10log10"),
        ("* | bin a bins=1", "1"),
        ("* | bin a*", "a*"),
        ("* | bin _time span=300ms", "300ms"),
        ("* | bin _time span=1000ms", "1000ms"),
        ("* | bin _time span=1h aligntime=x", "x"),
        ("* | dedup", ""),
        ("* | dedup 0 a", "0"),
        ("* | dedup a keepempt=t", "keepempt"),
        ("* | top", ""),
        ("* | top a limt=5", "="),
        ("* | tail x", "x"),
        ("* | reverse x", "x"),
        ("* | head limit=5 6", "6"),
        ("* | head (a=1) (b=1)", "("),
        ("* | head 5 limit=6", "limit"),
        ("* | delta a p=0", "p"),
        ("* | addcoltotals row=t a", "row"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    }
    let error = try_run("* | bin n", &numbers(&["1", "1"])).unwrap_err();
    assert!(error.is_unsupported());
    let error = try_run("* | bin n span=log10", &numbers(&["0"])).unwrap_err();
    assert!(error.is_unsupported());
}

#[test]
fn fillnull_fills() {
    let events = [
        event([("_time", "1"), ("a", "1")]),
        event([("b", ""), ("c", "2")]),
    ];
    let results = run("* | fillnull | table a b c _time d", &events);
    assert_eq!(
        cells(&results),
        [["1", "0", "0", "1", ""], ["0", "", "2", "", ""]]
    );
    // A column without any value is none of the result.
    let results = run("* | table a d | fillnull", &events);
    assert_eq!(cells(&results), [["1", ""], ["0", ""]]);
    let results = run("* | fillnull value=\"-\" d a | table a b d", &events);
    assert_eq!(cells(&results), [["1", "", "-"], ["-", "", "-"]]);
    assert_eq!(
        run("* | table a | fillnull x", &events).columns(),
        ["a", "x"]
    );
    assert_eq!(
        n("filldown", &["", "1", "", "2", ""]),
        ["", "1", "1", "2", "2"]
    );
    assert_eq!(n("filldown n x", &["1", ""]), ["1", "1"]);
    assert_eq!(n("filldown x*", &["1", ""]), ["1", ""]);
}

/// Search Reference, `head`, usage: the smaller of the two constraints applies.
#[test]
fn head_goes_on_while_a_condition_holds() {
    let values = ["1", "2", "9", "1"];
    assert_eq!(n("head limit=10 (1==1)", &values), values);
    assert!(n("head limit=10 (0==1)", &values).is_empty());
    assert_eq!(n("head (n<5)", &values), ["1", "2"]);
    assert_eq!(n("head n<5 limit=1", &values), ["1"]);
    assert_eq!(n("head 1 (n<5)", &values), ["1"]);
    assert_eq!(n("head (n<5) keeplast=t", &values), ["1", "2", "9"]);
    assert_eq!(n("head (n<5)", &["1", "", "2"]), ["1"]);
    assert_eq!(n("head null=t (n<5)", &["1", "", "2", "7"]), ["1", "", "2"]);
    let many = vec!["1"; 20];
    assert_eq!(n("head (n<5)", &many).len(), 20);
}

/// Search Reference, `tail`: in reverse order, from the end.
#[test]
fn tail_comes_from_the_end() {
    assert_eq!(n("tail 2", &["1", "2", "3"]), ["3", "2"]);
    assert_eq!(n("tail", &["1"; 20]).len(), 10);
    assert_eq!(n("reverse", &["1", "2", "3"]), ["3", "2", "1"]);
}

#[test]
fn sums_from_row_to_row() {
    assert_eq!(n("accum n", &["1", "x", "2"]), ["1", "x", "3"]);
    assert_eq!(
        n("accum n AS s | eval n=s", &["1", "x", "2"]),
        ["1", "", "3"]
    );
    assert_eq!(
        n("delta n | eval n='delta(n)'", &["1", "5", "", "2", "9"]),
        ["", "4", "", "", "7"]
    );
    assert_eq!(n("delta n AS n p=2", &["1", "5", "4"]), ["1", "5", "3"]);
}

#[test]
fn totals() {
    let events = [
        event([("a", "1"), ("b", "2"), ("c", "x")]),
        event([("a", "10"), ("c", "y")]),
    ];
    let results = run("* | table a b c | addtotals", &events);
    assert_eq!(results.columns(), ["a", "b", "c", "Total"]);
    assert_eq!(
        cells(&results),
        [["1", "2", "x", "3"], ["10", "", "y", "10"]]
    );
    let results = run(
        "* | table a b c | addtotals col=t labelfield=c label=ALL fieldname=sum a b",
        &events,
    );
    assert_eq!(results.columns(), ["a", "b", "c", "sum"]);
    assert_eq!(cells(&results)[2], ["11", "2", "ALL", "13"]);
    assert_eq!(
        cells(&run("* | table a b c | addcoltotals a", &events))[2],
        ["11", "", ""]
    );
    assert_eq!(
        run("* | table a | addtotals row=f col=t", &events).columns(),
        ["a"]
    );
}
