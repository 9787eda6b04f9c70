//! Functions on times.

use jiff::{Timestamp, civil, tz::TimeZone};
use spl::{Environment, Search, Value};

use super::{in_los_angeles, nothing};
use crate::support::{evaluate, event, try_run};

/// Search Reference, "Date and Time functions".
#[test]
fn date_and_time() {
    let time = civil::date(2022, 8, 14).at(14, 0, 15, 0);
    for (expression, result) in [
        (
            "strftime(now(), \"%Y-%m-%dT%H:%M:%S.%Q\")",
            "2022-08-14T14:00:15.000",
        ),
        (
            "strptime(\"Mon Aug 13 00:00:00 2018\", \"%a %B %d %H:%M:%S.%N %Y\")",
            "1534143600.000000",
        ),
        (
            "strptime(\"Mon Aug 13 06:00:00 2018\", \"%a %B %d %H:%M:%S.%N %Y\")",
            "1534165200.000000",
        ),
        ("strptime(\"1534143600\", \"%s\")", "1534143600.000000"),
        ("strptime(\"11:59\", \"%H:%M\")", "1660503540.000000"),
        ("strptime(\"x\", \"%H:%M\")", ""),
        ("strptime(\"07/22\", \"%m/%y\")", ""),
        ("now()", "1660510815"),
        ("time()", "1660510815.000000"),
        // Midnight of the day before.
        ("relative_time(now(), \"-1d@d\")", "1660374000.000000"),
        // It is a Sunday.
        (
            "relative_time(now(), \"@w0\") - relative_time(now(), \"@d\")",
            "0.000000",
        ),
    ] {
        assert_eq!(
            in_los_angeles(expression, time).unwrap_or_default(),
            result,
            "{expression}"
        );
    }
    // "Converting timestamp results to the year of the week format", and the
    // week 33 that the page gives for a 14 August, which is that of 2018.
    for (date, week) in [
        ("2025-02-03", "2025-06"),
        ("2025-02-02", "2025-05"),
        ("2025-02-01", "2025-05"),
        ("2025-01-31", "2025-05"),
        ("2025-01-30", "2025-05"),
        ("2018-08-14", "2018-33"),
    ] {
        let text = format!("strftime(strptime(\"{date}\", \"%F\"), \"%G-%V\")");
        assert_eq!(in_los_angeles(&text, time).as_deref(), Some(week), "{date}");
    }
    let stamp = event([("StartTimestamp", "1521467703049000000")]);
    // The server of this example is seven hours behind UTC.
    assert_eq!(
        evaluate(
            "strftime(StartTimestamp/pow(10,9)-7*3600,\"%Y-%m-%dT%H:%M:%S.%Q\")",
            &stamp
        )
        .as_deref(),
        Some("2018-03-19T06:55:03.049")
    );
    assert_eq!(nothing("strftime(\"x\", \"%H\")"), None);
    assert_eq!(nothing("strftime(1e300, \"%H\")"), None);
    assert_eq!(
        evaluate(
            "strftime(0, f) . relative_time(0, m)",
            &event([("f", "%F"), ("m", "+1h")])
        )
        .as_deref(),
        Some("1970-01-013600.000000")
    );
    let error = try_run("* | eval r=strftime(0, f)", &[event([("f", "%x")])]).unwrap_err();
    assert!(error.is_unsupported());
}

#[test]
fn times_outside_the_calendar_are_null() {
    for expression in ["strftime(1e15, \"%F\")", "relative_time(1e15, \"-1d\")"] {
        assert_eq!(nothing(expression), None, "{expression}");
    }
    let now = Timestamp::MAX;
    let environment = Environment {
        now,
        time_zone: TimeZone::UTC,
    };
    let search = Search::parse("* | eval r=relative_time(now(), \"+9999y\") | table r").unwrap();
    let events = [event([])];
    let results = search.run(&events, &environment).unwrap();
    assert!(matches!(results.rows[0].values()[0], Value::Number(_)));
}
