//! `eventtype=`, with the event types of an `eventtypes.conf`.
//!
//! Source: Knowledge Manager Manual, "Configure event types in
//! eventtypes.conf"; `eventtypes.conf.spec`.

use std::sync::Arc;

use spl::{Environment, Error, Knowledge, Search};

use crate::support::{cells, event};

const TYPES: &str = "\
[wineventlog_security]\nsearch = channel=Security OR source=XmlWinEventLog:Security\n
[failed]\nsearch = eventtype=wineventlog_security code=4625\n
[web-404]\nsearch = status=404\n
[web-500]\nsearch = `server_error`\n
[off]\nsearch = status=1\ndisabled = 1\n
[loop]\nsearch = a=1 OR eventtype=pool\n
[pool]\nsearch = eventtype=loop\n
[piped]\nsearch = a=1 | head 1\n
[nested]\nsearch = a=1 [search b=2]\n
[timed]\nsearch = (a=1 earliest=-1d)\n
[tagged]\nsearch = tag=x\n";

fn parse(text: &str, types: &str) -> Result<Search, Error> {
    let mut knowledge = Knowledge::default();
    knowledge
        .add_macros("[server_error]\ndefinition = status=500\n")
        .unwrap();
    knowledge.add_event_types(types).unwrap();
    Search::parse_with(text, &Arc::new(knowledge))
}

/// The numbers of the events that are found.
fn found(text: &str) -> Vec<String> {
    let events = [
        event([("n", "1"), ("channel", "Security"), ("code", "4625")]),
        event([("n", "2"), ("source", "XmlWinEventLog:Security")]),
        event([("n", "3"), ("status", "404")]),
        event([("n", "4"), ("status", "500")]),
        event([("n", "5"), ("eventtype", "failed"), ("eventtype", "x")]),
        event([("n", "6"), ("status", "1")]),
    ];
    let search = parse(&format!("{text} | table n"), TYPES).unwrap();
    let results = search.run(&events, &Environment::at_epoch()).unwrap();
    cells(&results).into_iter().flatten().collect()
}

#[test]
fn an_event_type_is_its_search() {
    assert_eq!(found("eventtype=wineventlog_security"), ["1", "2"]);
    // The order of the operators is that of its own text.
    assert_eq!(found("eventtype=wineventlog_security code=4625"), ["1"]);
    // Another event type in it, and what an event says of itself.
    assert_eq!(found("eventtype=failed"), ["1", "5"]);
    assert_eq!(found("eventtype=\"web-*\""), ["3", "4"]);
    assert_eq!(found("eventtype IN (web-404, failed)"), ["1", "3", "5"]);
    assert_eq!(found("status=* NOT eventtype=web*"), ["6"]);
    assert_eq!(found("* | where searchmatch(\"eventtype=web-500\")"), ["4"]);
    assert_eq!(
        found("n=4 OR eventtype=wineventlog_security OR channel=x"),
        ["1", "2", "4"]
    );
}

#[test]
fn canonical_text_names_the_event_type() {
    let search = parse("eventtype=web-404 OR eventtype IN (failed, web*)", TYPES).unwrap();
    let canonical = search.canonical();
    assert!(canonical.contains("eventtype=\"web-404\""), "{canonical}");
    assert_eq!(parse(&canonical, TYPES).unwrap().canonical(), canonical);
}

#[test]
fn why_an_event_is_of_no_such_type() {
    let search = parse("eventtype=failed", TYPES).unwrap();
    let event = event([("channel", "Security"), ("code", "4624")]);
    let explanation = search.explain(&event, &Environment::at_epoch()).unwrap();
    let (_, clauses) = explanation.dropped().unwrap();
    assert_eq!(clauses[0].expected, "eventtype=failed");
    let code = clauses[0].met.iter().find(|met| met.field == "code");
    assert_eq!(code.unwrap().value.as_deref(), Some("4624"));
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (text, at, said) in [
        ("eventtype=web_404", "web_404", "event type `web_404`"),
        ("a=1 eventtype=off", "off", "event type `off`"),
        ("eventtype!=failed", "eventtype", "eventtype="),
        (
            "eventtype=timed",
            "timed",
            "in event type `timed`: a time modifier",
        ),
        (
            "eventtype=tagged",
            "tagged",
            "in event type `tagged`: `tag=`",
        ),
    ] {
        let error = parse(text, TYPES).unwrap_err();
        assert!(error.is_unsupported(), "{text}: {error}");
        assert_eq!(&text[error.span.clone()], at, "{text}");
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
    let error = parse("eventtype=web_404", TYPES).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `web-404`?"));
    for (text, said) in [
        ("eventtype=loop", "part of itself"),
        ("eventtype=piped", "in event type `piped`"),
        ("eventtype=nested", "subsearch"),
    ] {
        let error = parse(text, TYPES).unwrap_err();
        assert!(!error.is_unsupported(), "{text}: {error}");
        assert!(error.to_string().contains(said), "{text}: {error}");
    }
    let template = "[cisco-%code%]\nsearch = cisco\n[x]\nsearch = a=1\n";
    assert!(parse("eventtype=x", template).is_ok());
    let error = parse("eventtype=x*", template).unwrap_err();
    assert!(error.to_string().contains("cisco-%code%"), "{error}");
}

#[test]
fn many_event_types_in_each_other_have_an_end() {
    use std::fmt::Write as _;

    let mut types = "[t0]\nsearch = a=1\n".to_owned();
    for number in 1..15 {
        let below = number - 1;
        writeln!(
            types,
            "[t{number}]\nsearch = eventtype=t{below} OR eventtype=t{below}"
        )
        .unwrap();
    }
    let error = parse("eventtype=t14", &types).unwrap_err();
    assert!(error.to_string().contains("limit"), "{error}");
    assert!(parse("eventtype=t5", &types).is_ok());
}
