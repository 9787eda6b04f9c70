//! `transaction`.

use spl::{Environment, ErrorKind};

use crate::support::{Made, cells, event, parse, run, try_run};

/// Events of a time, a user and an action; the time is also their raw text.
fn events(made: &[(u32, &str, &str)]) -> Vec<Made> {
    made.iter()
        .map(|(time, user, action)| {
            let time = time.to_string();
            let made = event([("_time", &*time), ("_raw", action), ("action", action)]);
            if user.is_empty() {
                made
            } else {
                made.with("user", user)
            }
        })
        .collect()
}

/// Time, number of events and `closed_txn` of each transaction.
fn transactions(arguments: &str, made: &[(u32, &str, &str)]) -> Vec<Vec<String>> {
    cells(&run(
        &format!("* | transaction {arguments} | table _time eventcount closed_txn"),
        &events(made),
    ))
}

/// Search Reference, `transaction`: the raw texts of all events, the time of the
/// earliest, and the union of the other fields.
#[test]
fn a_transaction_is_the_union_of_its_events() {
    let results = run(
        "* | transaction user | table _time _raw user action duration eventcount closed_txn",
        &events(&[
            (1, "a", "x y"),
            (2, "b", "q"),
            (5, "a", "w"),
            (7, "a", "x y"),
            (8, "", "z"),
        ]),
    );
    assert_eq!(
        cells(&results),
        [
            ["2", "q", "b", "q", "0", "1", "0"],
            ["1", "x y\nw\nx y", "a", "w\nx y", "6", "3", "0"],
        ]
    );
}

#[test]
fn limits_cut() {
    let made = [
        (0, "a", "x"),
        (10, "a", "x"),
        (19, "a", "x"),
        (30, "a", "x"),
    ];
    // Events span less than maxspan, counted from the newest.
    assert_eq!(
        transactions("user maxspan=12s", &made),
        [["19", "2", "1"], ["0", "2", "0"]]
    );
    assert_eq!(
        transactions("user maxspan=11s", &made),
        [["30", "1", "1"], ["10", "2", "1"], ["0", "1", "0"]]
    );
    // A pause may be as long as maxpause.
    assert_eq!(
        transactions("user maxpause=10", &made),
        [["30", "1", "1"], ["0", "3", "0"]]
    );
    assert_eq!(
        transactions("user maxevents=3", &made),
        [["10", "3", "1"], ["0", "1", "0"]]
    );
    assert_eq!(transactions("maxspan=-1", &made), [["0", "4", "0"]]);
}

#[test]
fn a_start_closes() {
    let made = [
        (1, "a", "login"),
        (2, "a", "x"),
        (4, "a", "login"),
        (5, "a", "y"),
    ];
    for filter in [
        "eval(action=\"login\")",
        "\"login\"",
        "(action=login)",
        "login",
    ] {
        assert_eq!(
            transactions(&format!("user startswith={filter}"), &made),
            [["4", "2", "1"], ["1", "2", "1"]],
            "{filter}"
        );
    }
    // Without its start, a transaction is evicted.
    let made = [(2, "a", "x"), (4, "a", "login")];
    assert_eq!(
        transactions("user startswith=\"login\"", &made),
        [["4", "1", "1"]]
    );
    assert_eq!(
        transactions("user startswith=\"login\" keepevicted=t", &made),
        [["4", "1", "1"], ["2", "1", "0"]]
    );
}

#[test]
fn only_what_comes_before_an_end_belongs_to_it() {
    let made = [
        (1, "a", "login"),
        (2, "a", "x"),
        (3, "a", "logout"),
        (4, "a", "login"),
        (5, "a", "y"),
    ];
    assert_eq!(
        transactions("user startswith=login endswith=logout", &made),
        [["1", "3", "1"]]
    );
    assert_eq!(
        transactions("user endswith=\"action=\\\"logout\\\"\"", &made),
        [["1", "3", "0"]]
    );
    let made = [(1, "a", "x"), (2, "a", "end"), (3, "a", "end")];
    assert_eq!(
        transactions("user endswith=end", &made),
        [["3", "1", "0"], ["1", "2", "0"]]
    );
}

#[test]
fn what_is_not_evaluated_is_refused() {
    for (text, feature) in [
        ("* | transaction user mvlist=t", "mvlist"),
        ("* | transaction user connected=f", "connected"),
        ("* | transaction user keeporphans=t", "keeporphans"),
        ("* | transaction user unifyends=f", "unifyends"),
        ("* | transaction user maxopentxn=5", "maxopentxn"),
        ("* | transaction name=x", "name="),
        ("* | transaction u*", "wildcard"),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains(feature), "{text}: {error}");
    }
    for (text, at) in [
        ("* | transaction user maxspan=x", "x"),
        ("* | transaction user maxspan=1mon", "1mon"),
        ("* | transaction user maxevents=0", "0"),
        ("* | transaction user maxspam=5", "maxspam"),
        ("* | transaction user startswith=(a=1", "("),
        ("* | transaction user startswith=eval(a=1", ""),
    ] {
        let error = try_run(text, &[]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Syntax(_)),
            "{text}: {error}"
        );
        assert_eq!(&text[error.span.clone()], at, "{text}: {error}");
    }
    let some = events(&[(1, "a", "x")]);
    for text in [
        "* | transaction user none",
        "* | sort _time | eval _time=null() | transaction user",
    ] {
        assert!(try_run(text, &some).unwrap_err().is_unsupported(), "{text}");
    }
    let two = events(&[(1, "a", "x"), (2, "a", "x")]);
    let error = try_run("* | reverse | transaction user", &two).unwrap_err();
    assert!(error.to_string().contains("newest first"), "{error}");
}

#[test]
fn a_row_without_the_field_is_explained() {
    let text = "* | transaction user";
    let explanation = parse(text)
        .explain(&event([("_time", "1")]), &Environment::at_epoch())
        .unwrap();
    let (_, clauses) = explanation.dropped().unwrap();
    assert_eq!(&text[clauses[0].span.clone()], "user");
}
