//! `earliest=` and `latest=`.
//!
//! Source: Search Manual, "Specify time modifiers in your search".

use jiff::{Timestamp, tz::TimeZone};
use spl::{Environment, Search};

use crate::support::{cells, event};

/// The ids of events at noon, one minute before and after, and one day before,
/// with the clock at noon.
fn ids(text: &str) -> Vec<String> {
    let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let at = |seconds: i64| (noon.as_second() + seconds).to_string();
    let events = [
        event([("_time", &at(0)), ("id", "noon")]),
        event([("_time", &at(-60)), ("id", "before")]),
        event([("_time", &at(60)), ("id", "after")]),
        event([("_time", &at(-86_400)), ("id", "yesterday")]),
        event([("id", "timeless")]),
    ];
    let environment = Environment {
        now: noon,
        time_zone: TimeZone::get("America/New_York").unwrap(),
    };
    let search = Search::parse(&format!("{text} | table id")).unwrap();
    let results = search.run(&events, &environment).unwrap();
    cells(&results).into_iter().flatten().collect()
}

#[test]
fn earliest_is_in_the_range_and_latest_is_not() {
    assert_eq!(ids("*").len(), 5);
    assert_eq!(ids("earliest=-1m"), ["after", "noon", "before"]);
    assert_eq!(ids("latest=now"), ["before", "yesterday"]);
    assert_eq!(ids("earliest=-60s@s latest=now id=*"), ["before"]);
    assert_eq!(ids("id=* LATEST = +1m earliest=\"now\""), ["noon"]);
}

#[test]
fn ranges_in_parentheses_are_terms() {
    // Search Reference, "Time modifiers", several ranges.
    assert_eq!(
        ids("(earliest=-2d latest=-1h) OR (earliest=-30s latest=+30s)"),
        ["noon", "yesterday"]
    );
    assert_eq!(
        ids("(earliest=-2d latest=-1h) OR id=after"),
        ["after", "yesterday"]
    );
    assert_eq!(ids("(earliest=-1m id=*) latest=now"), ["before"]);
    assert_eq!(ids("id=none OR (earliest=now latest=now)").len(), 0);
    let search = Search::parse("(earliest=-1h a=1) OR (latest=-1d a=2)").unwrap();
    let environment = Environment {
        now: "2026-11-24T12:00:00Z".parse().unwrap(),
        time_zone: TimeZone::UTC,
    };
    let event = event([("_time", "0"), ("a", "1")]);
    let explanation = search.explain(&event, &environment).unwrap();
    let (_, clauses) = explanation.dropped().unwrap();
    let alternatives = &clauses[0].alternatives;
    assert_eq!(alternatives[0].met[0].field, "_time", "{alternatives:?}");
}

#[test]
fn days_are_those_of_the_users_time_zone() {
    // Noon UTC is seven in New York: midnight there is five o'clock UTC.
    assert_eq!(ids("earliest=@d"), ["after", "noon", "before"]);
    assert_eq!(ids("earliest=11/23/2026:07:00:00 latest=@d"), ["yesterday"]);
    assert_eq!(ids("earliest=1795521600"), ["after", "noon"]);
}

#[test]
fn a_range_that_holds_nothing_is_said() {
    let events = [event([("_time", "0")])];
    let search = Search::parse("earliest=-1d latest=now").unwrap();
    let environment = Environment {
        now: "2026-11-24T12:00:00Z".parse().unwrap(),
        time_zone: TimeZone::UTC,
    };
    let results = search.run(&events, &environment).unwrap();
    assert!(results.rows.is_empty());
    let [notice] = &*results.notices else {
        panic!("{:?}", results.notices);
    };
    assert_eq!(&search.text()[notice.span.clone()], "earliest=-1d");
    assert!(
        notice.message.contains("from 2026-11-23T12:00:00Z"),
        "{}",
        notice.message
    );
    let explanation = search.explain(&events[0], &environment).unwrap();
    let (_, clauses) = explanation.dropped().unwrap();
    assert_eq!(clauses[0].met[0].field, "_time");
}

#[test]
fn what_is_no_time_is_an_error() {
    for text in [
        "earliest=yesterday",
        "latest=-1x",
        "earliest=rt-5m",
        "latest=",
    ] {
        let error = Search::parse(text).unwrap_err();
        assert!(
            !error.is_unsupported() || text.contains("rt"),
            "{text}: {error}"
        );
    }
}
