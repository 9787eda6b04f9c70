//! What recordings are otherwise than the lab's: other versions, logs, settings,
//! hosts and clocks.

use super::*;

#[test]
fn what_other_versions_and_other_logs_write_otherwise_changes_nothing() {
    let all = events(recorded());
    let (_, expected) = verify(recorded(), &[]);
    let each = |change: &dyn Fn(&str) -> String| -> String {
        all.iter().map(|event| change(event) + "\n").collect()
    };
    let reversed: String = all.iter().rev().map(|event| event.clone() + "\n").collect();
    let changed = [
        // Event 22 is written after its event 3.
        ("reversed", reversed),
        (
            "lower-case GUIDs on events 3",
            each(&|event| match id(event) {
                "3" => with(
                    event,
                    "ProcessGuid",
                    &datum(event, "ProcessGuid").to_lowercase(),
                ),
                _ => event.to_owned(),
            }),
        ),
        (
            "empty for a dash",
            each(&|event| event.replace("'>-</Data>", "'></Data>")),
        ),
        (
            "UtcTime hours off on events 3",
            each(&|event| match id(event) {
                "3" => with(event, "UtcTime", "2020-01-01 00:00:00.000"),
                _ => event.to_owned(),
            }),
        ),
        (
            "fields of schema 4.1",
            each(&|event| {
                let event = without(event, "ParentUser");
                without(&event, "OriginalFileName")
            }),
        ),
        ("all twice", format!("{}\n{}", recorded(), recorded())),
        (
            "a document with line breaks",
            format!(
                "<?xml version=\"1.0\"?>\r\n<Events>\r\n{}</Events>\r\n",
                each(&|event| { event.replace("</System>", "</System>\r\n  ") })
            ),
        ),
    ];
    for (name, text) in changed {
        let (run, report) = verify(&text, &[]);
        run.exits(0);
        let without_times = |report: &Value| -> Vec<Value> {
            said(report)
                .into_iter()
                .map(|said| serde_json::json!([said[0], said[1], said[2]]))
                .collect()
        };
        assert_eq!(without_times(&report), without_times(&expected), "{name}");
        let is_twice = name == "all twice";
        assert_eq!(
            codes(&report).contains(&"duplicate-events"),
            is_twice,
            "{name}"
        );
        if is_twice {
            assert_eq!(report["recorded"]["duplicates"], all.len());
        }
    }
}

#[test]
fn a_script_block_in_two_events_is_one() {
    let text: String = events(recorded())
        .iter()
        .map(|event| {
            let text = datum(event, "ScriptBlockText");
            let Some(at) = text.find("Invoke-Web").map(|at| at + "Invoke-Web".len()) else {
                return event.clone() + "\n";
            };
            let part = |number: &str, text: &str, record: &str| {
                let event = with(event, "MessageNumber", number);
                let event = with(&event, "MessageTotal", "2");
                let own = between(&event, "<EventRecordID>", "</EventRecordID>");
                let number = format!("<EventRecordID>{own}</EventRecordID>");
                let event = event.replace(
                    &number,
                    &format!("<EventRecordID>{record}{own}</EventRecordID>"),
                );
                with(&event, "ScriptBlockText", text)
            };
            // The second part comes first.
            part("2", &text[at..], "9") + "\n" + &part("1", &text[..at], "8") + "\n"
        })
        .collect();
    let (run, report) = verify(&text, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    // Half of it is not enough, and said to be half.
    let half: String = events(&text)
        .into_iter()
        .filter(|event| datum(event, "MessageNumber") != "2")
        .map(|event| event + "\n")
        .collect();
    let (run, report) = verify(&half, &[]);
    run.exits(4);
    assert_eq!(scenario(&report, 1)["outcome"], "no_telemetry");
    assert!(codes(&report).contains(&"script-block-parts"));
}

#[test]
fn connections_that_were_accepted_and_those_of_others_do_not_count() {
    let mut text = recorded().to_owned();
    for (number, event) in (1_u32..).zip(events(recorded())) {
        if id(&event) != "3" || !datum(&event, "Image").ends_with(r"\curl.exe") {
            continue;
        }
        let own = between(&event, "<EventRecordID>", "</EventRecordID>");
        let numbered = |number: u32| {
            event.replace(
                &format!("<EventRecordID>{own}<"),
                &format!("<EventRecordID>{number}<"),
            )
        };
        // The other side's event of the same connection, and a program of the
        // same name that somebody else started.
        text += &with(&numbered(900_000 + number), "Initiated", "false");
        let stranger = "{11111111-2222-3333-4444-555555555555}";
        text += &with(&numbered(800_000 + number), "ProcessGuid", stranger);
    }
    let (run, report) = verify(&text, &[]);
    // The accepted ones match what the detection asks for, and so make rows; the
    // signals see that they were not made by it.
    let telemetry = scenario(&report, 4)["telemetry"].as_array().unwrap();
    let connections = telemetry.iter().find(|signal| signal["event"] == 3);
    assert_eq!(connections.unwrap()["got"], 4);
    assert_eq!(
        scenario(&report, 4)["detections"][0]["rows"]
            .as_array()
            .unwrap()
            .len(),
        8
    );
    run.exits(1);
}

#[test]
fn hosts_windows_of_time_and_repeated_executions_are_kept_apart() {
    let elsewhere = recorded().replace(">WKS-0421<", ">srv9.example.net<");
    let both = format!("{}\n{elsewhere}", recorded());
    let (run, report) = verify(&both, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ["detected"; 8]);
    let hosts: Vec<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scenario| scenario["host"].as_str().unwrap())
        .collect();
    assert_eq!(hosts[..2], ["WKS-0421", "srv9.example.net"]);
    let (run, report) = verify(&both, &["--host", "SRV9"]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    let workplace = Workplace::new();
    workplace.write("events.xml", &both);
    let run = workplace.run(["verify", "events.xml", "--host", "nobody"]);
    run.exits(4);
    assert!(run.stderr.contains("WKS-0421"), "{}", run.stderr);

    // Once more a day later, by other processes.
    let later: String = events(recorded())
        .iter()
        .map(|event| {
            let mut changed = event.clone();
            for name in ["ProcessGuid", "ParentProcessGuid"] {
                let guid = datum(event, name);
                if let Some(digits) = guid.get(2..) {
                    changed = changed.replace(guid, &format!("{{0{digits}"));
                }
            }
            let time = between(&changed, "SystemTime='", "'").to_owned();
            let later: jiff::Timestamp = time.parse().unwrap();
            let later = later + jiff::SignedDuration::from_hours(24);
            changed.replace(&time, &later.to_string()) + "\n"
        })
        .collect();
    let twice = format!("{}\n{later}", recorded());
    let (run, report) = verify(&twice, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ["detected"; 8]);
    let first = between(recorded(), "SystemTime='", "'");
    let until: jiff::Timestamp = first.parse().unwrap();
    let until = (until + jiff::SignedDuration::from_hours(12)).to_string();
    for window in [["--until", &until], ["--since", &until]] {
        let (run, report) = verify(&twice, &window);
        run.exits(0);
        assert_eq!(outcomes(&report), ALL_DETECTED, "{window:?}");
    }
}

#[test]
fn a_host_with_its_domain_and_without_is_one_where_that_is_certain() {
    let named = |number: usize, event: &str, names: [&str; 2]| {
        event.replace(">WKS-0421<", &format!(">{}<", names[number % 2])) + "\n"
    };
    let mixed = |names: [&str; 2]| -> String {
        (0..)
            .zip(events(recorded()))
            .map(|(number, event)| named(number, &event, names))
            .collect()
    };
    let (run, report) = verify(&mixed(["WS01", "WS01.lab.example"]), &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    assert_eq!(scenario(&report, 1)["host"], "WS01.lab.example");
    assert!(codes(&report).contains(&"host-names"));
    let (run, _) = verify(&mixed(["WS01", "WS01.lab.example"]), &["--host", "ws01"]);
    run.exits(0);
    // What both have is there twice, and counts once.
    let twice = mixed(["WS01"; 2]) + &mixed(["ws01.lab.example"; 2]);
    let (run, report) = verify(&twice, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    assert_eq!(
        report["recorded"]["duplicates"],
        events(recorded()).len(),
        "{report}"
    );

    // Of two such names it is neither: half of the events are not enough.
    let other = events(recorded())[0].replace(">WKS-0421<", ">WS01.other.example<");
    let text = mixed(["WS01", "WS01.lab.example"]) + &other;
    let (run, report) = verify(&text, &["--host", "WS01.lab.example"]);
    run.exits(4);
    assert!(!codes(&report).contains(&"host-names"));
    assert_eq!(report["recorded"]["duplicates"], 0);
    // Nor is another host's name that only begins alike.
    let both = mixed(["WS0"; 2]) + &mixed(["WS01.lab.example"; 2]);
    let (run, report) = verify(&both, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ["detected"; 8]);
}

#[test]
fn a_clock_that_goes_back_is_said() {
    let mut all = events(recorded());
    let last = all.last_mut().unwrap();
    let time = between(last, "SystemTime='", "'").to_owned();
    *last = last.replace(&time, "2020-01-01T00:00:00.0000000Z");
    let (_, report) = verify(&all.join("\n"), &[]);
    assert!(codes(&report).contains(&"clock-jumped"));
    let (_, report) = verify(recorded(), &[]);
    assert!(!codes(&report).contains(&"clock-jumped"));
}

#[test]
fn two_runs_of_one_moment_are_two_executions() {
    let workplace = Workplace::new();
    for _ in 0..2 {
        let run = workplace.run(["run", "4", "--interpreters", "stand-in"]);
        run.exits(0);
    }
    let run = workplace.run(["verify", "runs", "--found", "--format", "json"]);
    run.exits(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(outcomes(&report), ["detected"; 2]);
}

#[test]
fn where_no_event_22_is_logged_a_detection_must_do_what_it_must_do_without() {
    let text = all_but("22");
    // It takes the names of reverse lookups, and the lab gives them.
    let (run, report) = verify(&text, &["--detection", "correlated"]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    let rows = &scenario(&report, 4)["detections"][0]["rows"];
    assert_eq!(rows[0]["named_by"], "reverse lookup");
    // It looks at nothing but queries.
    let (run, report) = verify(&text, &["--detection", "dns"]);
    run.exits(0);
    assert_eq!(outcomes(&report), ["known_miss"; 4]);
    for detection in ["correlated", "dns"] {
        let (run, report) = verify(recorded(), &["--detection", detection]);
        run.exits(0);
        assert_eq!(outcomes(&report), ALL_DETECTED, "{detection}");
    }
    // Expectations that do not speak of it hold without it, too.
    let workplace = Workplace::new();
    workplace.write("events.xml", &text);
    workplace.write("mine.spl", "EventCode=22 QueryName=*.cloudfunctions.net");
    let guid = "14b7a529-acce-49dd-9b66-9acd0e082906";
    workplace.write("mine.expected.yaml", format!("{guid}:\n- at_least: 1\n"));
    let arguments = [
        "verify",
        "events.xml",
        "--scenario",
        "4",
        "--detection",
        "mine.spl",
    ];
    workplace.run(arguments).exits(1);
    let spoken = "- at_least: 1\n  when: { event_22: logged }\n\
                  - exactly: 0\n  known_miss: true\n  when: { event_22: off }\n  because: none is logged\n";
    workplace.write("mine.expected.yaml", format!("{guid}:\n{spoken}"));
    workplace.run(arguments).exits(0);
}

#[test]
fn names_of_ports_tell_lookups_that_are_off_from_those_that_give_nothing() {
    let unnamed = |fields: &[&str]| -> String {
        let events = events(&all_but("22")).into_iter();
        events
            .map(|event| {
                let event = fields
                    .iter()
                    .fold(event, |event, field| with(&event, field, "-"));
                event + "\n"
            })
            .collect()
    };
    let hosts = ["SourceHostname", "DestinationHostname"];
    let ports = ["SourcePortName", "DestinationPortName"];
    for (fields, ptr) in [(hosts.to_vec(), "none"), ([hosts, ports].concat(), "off")] {
        let (run, report) = verify(&unnamed(&fields), &["--detection", "correlated"]);
        run.exits(0);
        assert_eq!(report["ptr"], ptr);
        assert_eq!(report["recorded"]["hosts"][0]["ptr"], ptr);
        // All but the script's command lines hold the URL.
        let expected = ["detected", "detected", "known_miss", "detected"];
        assert_eq!(outcomes(&report), expected);
    }
}
