//! The detections that are shipped beside the published one: what they say of
//! all scenarios, and where they find the name when parts of the telemetry are
//! missing.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::Workplace;

const ALL: [&str; 4] = ["serverless", "correlated", "dns", "beaconing"];

fn arguments<'a>(conditions: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["run", "--suite", "all"];
    arguments.extend(ALL.iter().flat_map(|name| ["--detection", name]));
    arguments.extend(conditions);
    arguments
}

/// The outcomes of a detection, by the numbers of the scenarios.
fn outcomes(report: &Value, detection: &str) -> Vec<(u64, String)> {
    let place = ALL.iter().position(|name| *name == detection).unwrap();
    let scenarios = report["scenarios"].as_array().unwrap();
    let outcome = |scenario: &Value| {
        let outcome = &scenario["detections"][place]["outcome"];
        (
            scenario["number"].as_u64().unwrap(),
            outcome.as_str().unwrap().to_owned(),
        )
    };
    scenarios.iter().map(outcome).collect()
}

fn numbers(outcomes: &[(u64, String)], wanted: &str) -> Vec<u64> {
    let of_kind = outcomes.iter().filter(|(_, outcome)| outcome == wanted);
    of_kind.map(|(number, _)| *number).collect()
}

#[test]
fn all_scenarios_are_as_expected_of_all_detections_in_the_lab_and_in_the_field() {
    for (conditions, fires) in [
        (&[][..], true),
        (&["--ptr", "provider", "--addon", "current"], false),
    ] {
        let workplace = Workplace::new();
        let run = workplace.run(arguments(conditions));
        run.exits(0);
        let report = run.report();
        let serverless = outcomes(&report, "serverless");
        assert_eq!(serverless.len(), 41);
        assert_eq!(!numbers(&serverless, "detected").is_empty(), fires);
        // What it cannot see: a domain of one's own that is no alias, and what a
        // program asks a proxy for whose command line has no URL.
        let correlated = outcomes(&report, "correlated");
        assert_eq!(numbers(&correlated, "known_miss"), [17, 41]);
        let detected = numbers(&correlated, "detected");
        assert!(detected.starts_with(&[1, 2, 3, 4, 5, 6, 7, 8, 11]));
    }
}

#[test]
fn without_queries_the_name_is_that_of_the_reverse_lookup_or_of_the_command_line() {
    for (ptr, named_by) in [("lab", "reverse lookup"), ("none", "command line")] {
        let workplace = Workplace::new();
        let run = workplace.run(["run", "1", "4", "--ptr", ptr]);
        let events = run.file("events.xml");
        let is_query = |event: &&str| event.contains("<EventID>22</EventID>");
        let records = events.split_inclusive("</Event>\n");
        let left: String = records.filter(|event| !is_query(event)).collect();
        assert_ne!(left, events);
        let file = workplace.write("events.xml", left);
        let file = file.to_str().unwrap();
        let run = workplace.run([
            "search",
            "--detection",
            "correlated",
            "--output",
            "json",
            file,
        ]);
        run.exits(0);
        let rows: Vec<Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        // One PowerShell, and four times curl.
        assert_eq!(rows.len(), 5, "{ptr}");
        for row in rows {
            assert_eq!(row["named_by"], named_by, "{row}");
            assert!(row["CommandLine"].as_str().unwrap().contains("https://"));
        }
    }
}

#[test]
fn an_allow_list_of_ones_own_takes_the_place_of_the_shipped_one() {
    let run = |table: &str| {
        let workplace = Workplace::new();
        let folder = workplace.path().join("lookups");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("serverless_allow_list.csv"), table).unwrap();
        let folder = folder.to_str().unwrap();
        workplace.run(["run", "4", "--detection", "correlated", "--lookups", folder])
    };
    let header = "Image,ParentImage,name,because\n";
    let other = run(&format!(
        "{header}*,*,another.cloudfunctions.net,it is ours\n"
    ));
    other.exits(0);
    let ours = run(&format!(
        "{header}*,*,*-df00tech-*.cloudfunctions.net,it is ours\n"
    ));
    ours.exits(1);
    assert_eq!(ours.scenario(4).outcome(), "missed");
}

/// An event of a process, with what its fields are.
fn event(id: u16, second: u8, fields: &[(&str, &str)]) -> String {
    let mut data = String::new();
    for (name, value) in fields {
        write!(data, "<Data Name='{name}'>{value}</Data>").unwrap();
    }
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon'/><EventID>{id}</EventID>\
         <TimeCreated SystemTime='2026-11-24T10:00:{second:02}.000000000Z'/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>wks</Computer></System>\
         <EventData><Data Name='UtcTime'>2026-11-24 10:00:{second:02}.000</Data>\
         <Data Name='ProcessGuid'>{{3F1C9A52-AFBD-6B05-0300-030000000700}}</Data>\
         <Data Name='Image'>C:\\Tools\\agent.exe</Data>{data}</EventData></Event>\n"
    )
}

fn query(second: u8, name: &str, results: &str) -> String {
    event(
        22,
        second,
        &[("QueryName", name), ("QueryResults", results)],
    )
}

fn connection(second: u8, address: &str) -> String {
    let fields = [
        ("Initiated", "true"),
        ("DestinationIp", address),
        ("DestinationHostname", "-"),
        ("DestinationPort", "443"),
    ];
    event(3, second, &fields)
}

/// The rows that a detection has of some events.
fn rows_of(detection: &str, events: &[String]) -> Vec<Value> {
    let workplace = Workplace::new();
    let file = workplace.write("events.xml", events.concat());
    let run = workplace.run([
        "search",
        "--detection",
        detection,
        "--addon",
        "current",
        "--output",
        "json",
        file.to_str().unwrap(),
    ]);
    assert_eq!(run.stderr, "");
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Each row's name, how it was found, its queries and its connections.
fn correlated(events: &[String]) -> Vec<[String; 4]> {
    let rows = rows_of("correlated", events);
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| {
            ["name", "named_by", "queries", "connections"]
                .map(|column| row[column].as_str().unwrap().to_owned())
        })
        .collect();
    rows.sort();
    rows
}

/// A bug once: names without an address lie in one group, and each had the
/// queries of all.
#[test]
fn names_that_do_not_exist_have_their_own_queries() {
    let rows = correlated(&[
        query(1, "a.x.workers.dev", "-"),
        query(2, "b.x.workers.dev", "-"),
        query(3, "b.x.workers.dev", "-"),
    ]);
    assert_eq!(
        rows,
        [
            ["a.x.workers.dev", "query", "1", "0"],
            ["b.x.workers.dev", "query", "2", "0"],
        ]
    );
}

/// Sysmon writes IPv6 addresses in full in event 3, and in the short form of
/// RFC 5952 in event 22.
#[test]
fn connections_over_ipv6_have_the_name_that_was_asked_for() {
    for (short, full) in [
        ("2606:4700::6815:4a31", "2606:4700:0:0:0:0:6815:4a31"),
        ("2606:4700:310c::", "2606:4700:310c:0:0:0:0:0"),
        ("::1", "0:0:0:0:0:0:0:1"),
        ("2600:1f18:1:2:3:4:5:6", "2600:1f18:1:2:3:4:5:6"),
    ] {
        let results = format!("{short};::ffff:104.21.74.49;");
        let events = [query(1, "a.x.workers.dev", &results), connection(2, full)];
        let expected = [["a.x.workers.dev", "query", "1", "1"]];
        assert_eq!(correlated(&events), expected, "{short}");
    }
}

#[test]
fn a_domain_of_ones_own_is_seen_where_its_alias_is_the_platforms() {
    for (aliases, name) in [
        (
            "type:  5 shop.azurewebsites.net;type:  5 waws-prod-am2-1.example;",
            "shop.azurewebsites.net",
        ),
        ("type:  5 site.netlify.app;", "site.netlify.app"),
        ("type:  5 cname.vercel-dns.com;", "cname.vercel-dns.com"),
        (
            "type:  5 d1d4fc829fe7bc7c.vercel-dns-017.com;",
            "d1d4fc829fe7bc7c.vercel-dns-017.com",
        ),
    ] {
        let results = format!("{aliases}::ffff:20.105.232.1;");
        let events = [
            query(1, "Shop.example.com", &results),
            connection(2, "20.105.232.1"),
            // Other connections of the process are none of the platform's.
            query(3, "www.example.com", "::ffff:203.0.113.1;"),
            connection(4, "203.0.113.1"),
            connection(5, "203.0.113.2"),
        ];
        let expected = [[name, "query", "1", "1"]];
        assert_eq!(correlated(&events), expected);
        assert_eq!(correlated(&events[2..]), [[""; 4]; 0]);
        for detection in ["correlated", "dns"] {
            let rows = rows_of(detection, &events);
            assert_eq!(rows.len(), 1, "{detection}");
            assert_eq!(rows[0]["name"], name, "{detection}");
            assert_eq!(rows[0]["asked_for"], "shop.example.com", "{detection}");
        }
    }
}

#[test]
fn an_alias_that_only_looks_like_a_platforms_is_none() {
    for alias in [
        "vercel-dns.com",
        "x.vercel-dns.com.example.net",
        "x.notvercel-dns.com",
        "x.vercel-dns-a.com",
        "waws-prod-am2-1.sip.azurewebsites.windows.net",
        "azurewebsites.net",
    ] {
        let results = format!("type:  5 {alias};::ffff:20.105.232.1;");
        let events = [
            query(1, "shop.example.com", &results),
            connection(2, "20.105.232.1"),
        ];
        for detection in ["correlated", "dns"] {
            assert_eq!(rows_of(detection, &events).len(), 0, "{detection}: {alias}");
        }
    }
}

/// Six beacons, five seconds apart, to a domain that is an alias.
#[test]
fn a_rhythm_behind_an_alias_is_the_platforms() {
    let results = "type:  5 shop.azurewebsites.net;::ffff:20.105.232.1;";
    let events: Vec<String> = (0..6)
        .flat_map(|beacon| {
            let second = 5 * beacon;
            [
                query(second, "shop.example.com", results),
                connection(second + 1, "20.105.232.1"),
            ]
        })
        .collect();
    let rows = rows_of("beaconing", &events);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["name"], "shop.azurewebsites.net");
    assert_eq!(rows[0]["beacons"], "6");
    assert_eq!(
        rows[0]["rhythm_of"],
        serde_json::json!(["connections", "queries"])
    );
    let other: Vec<String> = events
        .iter()
        .map(|event| event.replace("azurewebsites.net", "example.net"))
        .collect();
    assert_eq!(rows_of("beaconing", &other).len(), 0);
}
