//! Recorded telemetry gives the verdicts of the run that it is of, in whatever
//! form it comes; and what is missing, lost or odd in it is said.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::OnceLock;

use serde_json::Value;
use telemetry::written::{Form, Metadata, Writer};

use crate::support::{Run, Workplace};

/// The four emulations' events of one run, as event XML.
fn recorded() -> &'static str {
    static RECORDED: OnceLock<String> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let workplace = Workplace::new();
        let run = workplace.run(["run", "1", "2", "3", "4", "--interpreters", "stand-in"]);
        run.exits(0);
        run.file("events.xml")
    })
}

/// The events of a text, one for each item. Values may hold line breaks.
fn events(text: &str) -> Vec<String> {
    text.split_inclusive("</Event>")
        .map(|event| event.trim().to_owned())
        .filter(|event| !event.is_empty())
        .collect()
}

/// The id of an event.
fn id(event: &str) -> &str {
    between(event, "<EventID>", "</EventID>")
}

fn datum<'e>(event: &'e str, name: &str) -> &'e str {
    between(event, &format!("<Data Name='{name}'>"), "</Data>")
}

fn between<'e>(text: &'e str, start: &str, end: &str) -> &'e str {
    let rest = text.split_once(start).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once(end))
        .map(|(value, _)| value)
        .unwrap_or_default()
}

/// The event with another value of a datum.
fn with(event: &str, name: &str, value: &str) -> String {
    let start = format!("<Data Name='{name}'>");
    let Some((before, rest)) = event.split_once(&start) else {
        return event.to_owned();
    };
    let (_, after) = rest.split_once("</Data>").unwrap();
    format!("{before}{start}{value}</Data>{after}")
}

/// The event without a datum.
fn without(event: &str, name: &str) -> String {
    let datum = format!("<Data Name='{name}'>{}</Data>", datum(event, name));
    event.replace(&datum, "")
}

const EMULATIONS: [&str; 8] = [
    "--scenario",
    "1",
    "--scenario",
    "2",
    "--scenario",
    "3",
    "--scenario",
    "4",
];

/// Judges a text's events for the four emulations, with more arguments.
fn verify(text: &str, more: &[&str]) -> (Run, Value) {
    let workplace = Workplace::new();
    workplace.write("events.xml", text);
    let arguments = ["verify", "events.xml", "--format", "json"]
        .iter()
        .chain(&EMULATIONS)
        .chain(more);
    let run = workplace.run(arguments);
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    (run, report)
}

/// What is said of each scenario: number, outcome, telemetry, rows.
pub fn said(report: &Value) -> Vec<Value> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .map(|scenario| {
            let telemetry: Vec<_> = scenario["telemetry"]
                .as_array()
                .unwrap()
                .iter()
                .map(|signal| [&signal["event"], &signal["got"], &signal["outcome"]])
                .collect();
            let detections: Vec<_> = scenario["detections"]
                .as_array()
                .unwrap()
                .iter()
                .map(|detection| [&detection["outcome"], &detection["rows"]])
                .collect();
            serde_json::json!([
                scenario["number"],
                scenario["outcome"],
                telemetry,
                detections
            ])
        })
        .collect()
}

fn outcomes(report: &Value) -> Vec<&str> {
    let scenarios = report["scenarios"].as_array().unwrap();
    scenarios
        .iter()
        .map(|scenario| scenario["outcome"].as_str().unwrap())
        .collect()
}

pub fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

fn scenario(report: &Value, number: u64) -> &Value {
    let scenarios = report["scenarios"].as_array().unwrap();
    let found = scenarios
        .iter()
        .find(|scenario| scenario["number"] == number);
    found.unwrap()
}

const ALL_DETECTED: [&str; 4] = ["detected"; 4];

#[test]
fn the_events_of_a_run_give_its_own_outcomes_under_each_condition() {
    for condition in [
        &[][..],
        &["--suite", "all"],
        &["--ptr", "provider"],
        &["--ptr", "none"],
        &["--addon", "current"],
        &["--behaviour", "refuse"],
        &["--behaviour", "nxdomain"],
    ] {
        let workplace = Workplace::new();
        let arguments = ["run", "--interpreters", "stand-in"]
            .iter()
            .chain(condition);
        let run = workplace.run(arguments);
        let events = run.folder().join("events.xml");
        // What reverse lookups gave is found out.
        let told: &[&str] = if condition.first() == Some(&"--ptr") {
            &[]
        } else {
            condition
        };
        let start = ["verify", events.to_str().unwrap(), "--format", "json"];
        let arguments = start.iter().chain(told);
        let verified = workplace.run(arguments);
        verified.exits(run.code.unwrap());
        let report: Value = serde_json::from_str(&verified.stdout).unwrap();
        assert_eq!(said(&report), said(&run.report()), "{condition:?}");
        if let ["--ptr", ptr] = condition {
            assert_eq!(report["ptr"], *ptr);
        }
    }
}

#[test]
fn each_form_gives_the_same_verdicts() {
    let (_, expected) = verify(recorded(), &[]);
    for form in Form::ALL {
        let mut writer = Writer::new(form, Vec::new()).unwrap();
        for event in events(recorded()) {
            let channel = between(&event, "<Channel>", "</Channel>");
            let source = format!("XmlWinEventLog:{channel}");
            let metadata = Metadata {
                source: &source,
                sourcetype: &source,
                host: "WKS-0421",
            };
            writer.event(&event, &metadata).unwrap();
        }
        let written = String::from_utf8(writer.finish().unwrap()).unwrap();
        let (run, report) = verify(&written, &[]);
        run.exits(0);
        let outcomes = |report: &Value| -> Vec<(Value, Value, usize)> {
            let scenarios = report["scenarios"].as_array().unwrap();
            scenarios
                .iter()
                .map(|scenario| {
                    let rows = scenario["detections"][0]["rows"].as_array().unwrap().len();
                    (
                        scenario["number"].clone(),
                        scenario["outcome"].clone(),
                        rows,
                    )
                })
                .collect()
        };
        assert_eq!(outcomes(&report), outcomes(&expected), "{form}");
    }
}

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
fn what_is_not_there_is_inconclusive_and_never_success() {
    let (run, report) = verify("", &[]);
    run.exits(4);
    assert_eq!(outcomes(&report), ["no_telemetry"; 4]);

    let other = "<Event><System><Provider Name='Microsoft-Windows-Security-Auditing'/>\
                 <EventID>4688</EventID><Channel>Security</Channel><Computer>W</Computer></System>\
                 <EventData><Data Name='CommandLine'>curl</Data></EventData></Event>";
    let (run, report) = verify(other, &[]);
    run.exits(4);
    assert_eq!(report["recorded"]["others"], 1);
    assert_eq!(report["recorded"]["events"], 0);

    let workplace = Workplace::new();
    workplace.write("events.xml", other);
    let run = workplace.run(["verify", "events.xml", "--found"]);
    run.exits(4);
    assert!(
        run.stdout.contains("No scenario was judged"),
        "{}",
        run.stdout
    );

    // All of one scenario is missing, the others are there.
    let rest: String = events(recorded())
        .into_iter()
        .filter(|event| !event.to_lowercase().contains("wscript") && !event.contains(".js"))
        .map(|event| event + "\n")
        .collect();
    let (run, report) = verify(&rest, &[]);
    run.exits(4);
    let missing = scenario(&report, 3);
    assert_eq!(missing["outcome"], "no_telemetry");
    let cause = missing["cause"].as_str().unwrap();
    assert!(cause.contains("script.google.com"), "{cause}");
    assert_eq!(scenario(&report, 4)["outcome"], "detected");
    let (run, report) = verify(&rest, &["--found"]);
    run.exits(0);
    assert_eq!(outcomes(&report), ["detected"; 3]);
}

#[test]
fn events_that_are_not_logged_at_all_are_named() {
    let only = |ids: &[&str]| -> String {
        events(recorded())
            .into_iter()
            .filter(|event| ids.contains(&id(event)))
            .map(|event| event + "\n")
            .collect()
    };
    let (run, report) = verify(&only(&["1", "3", "11", "4104"]), &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    assert!(codes(&report).contains(&"not-logged"));
    let chain = scenario(&report, 4)["chain"].as_array().unwrap();
    assert_eq!(chain[1]["link"], "name");
    assert_eq!(chain[1]["holds"], Value::Null);
    // What reached the endpoint, no Sysmon knows.
    assert_eq!(chain[2]["link"], "endpoint");
    assert_eq!(chain[2]["holds"], Value::Null);
    let (run, report) = verify(&only(&["1", "3", "11", "4104"]), &["--strict"]);
    run.exits(4);
    assert_eq!(outcomes(&report), ["no_telemetry"; 4]);
    // Without events 1 or 3 there is nothing to say.
    for ids in [&["1", "11", "22", "4104"], &["3", "11", "22", "4104"]] {
        let (run, report) = verify(&only(ids), &[]);
        run.exits(4);
        assert_eq!(outcomes(&report), ["no_telemetry"; 4], "{ids:?}");
    }
}

#[test]
fn what_is_damaged_is_said_with_its_place_and_the_rest_is_judged() {
    let all = recorded();
    let half = &all[..all.len() - 400];
    let (run, report) = verify(half, &[]);
    run.exits(4);
    assert!(codes(&report).contains(&"data-lost"));
    let problem = report["recorded"]["problems"][0].as_str().unwrap();
    assert!(problem.starts_with("events.xml at byte "), "{problem}");
    assert!(problem.ends_with("cut off"), "{problem}");
    assert_eq!(scenario(&report, 1)["outcome"], "detected");
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

/// As where one recording is of events, and another of what a shipper made of them.
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
fn standard_input_is_judged_and_pipes_are_refused() {
    let workplace = Workplace::new();
    let mut command = workplace.command(["verify", "-", "--found", "--junit", "junit.xml"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(recorded().as_bytes()).unwrap();
    stdin.write_all(b"<Event><System>").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stdout}");
    assert!(stdout.contains("standard input at byte"), "{stdout}");
    assert!(stdout.contains("4 detected"), "{stdout}");
    let junit = fs::read_to_string(workplace.path().join("junit.xml")).unwrap();
    assert!(
        junit.contains("<testsuite name=\"PowerShell Beaconing"),
        "{junit}"
    );

    let pipe = workplace.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let run = workplace.run(["verify", "pipe"]);
    run.exits(4);
    assert!(run.stderr.contains("standard input (-)"), "{}", run.stderr);
    let run = workplace.run(["verify", "absent.evtx"]);
    run.exits(4);
    assert!(run.stderr.contains("absent.evtx"), "{}", run.stderr);
    let run = workplace.run(["verify", ".", "--detection", "serverles"]);
    run.exits(3);
    assert!(run.stderr.contains("serverless"), "{}", run.stderr);
}

/// A folder of good events and one more file.
fn beside(name: &str, content: &[u8]) -> (Run, Value) {
    let workplace = Workplace::new();
    fs::create_dir(workplace.path().join("logs")).unwrap();
    workplace.write("logs/events.xml", recorded());
    workplace.write(&format!("logs/{name}"), content);
    let arguments = ["verify", "logs", "--format", "json"]
        .iter()
        .chain(&EMULATIONS);
    let run = workplace.run(arguments);
    let report = serde_json::from_str(&run.stdout).unwrap();
    (run, report)
}

/// A bug once: a log whose first bytes are gone was passed over in silence, with
/// exit code 0.
#[test]
fn a_file_of_a_folder_that_is_no_recording_is_named_and_a_broken_log_is_lost() {
    for name in ["PowerShell.evtx", "Sysmon.xml.gz"] {
        let (run, report) = beside(name, b"\0\0\0\0 none of it is left");
        run.exits(4);
        assert!(codes(&report).contains(&"data-lost"), "{name}");
        assert_eq!(report["recorded"]["lost"], 1);
    }
    let (run, report) = beside("notes.txt", b"what was done");
    run.exits(0);
    let findings = report["findings"].as_array().unwrap();
    let passed = findings
        .iter()
        .find(|finding| finding["code"] == "files-passed-over");
    let message = passed.unwrap()["message"].as_str().unwrap();
    assert!(message.contains("logs/notes.txt"), "{message}");
    let (_, report) = verify(recorded(), &[]);
    assert!(!codes(&report).contains(&"files-passed-over"));
}

/// A bug once: their words were taken for events, and counted as lost.
#[test]
fn prose_beside_recordings_is_passed_over_and_a_log_without_its_beginning_is_not() {
    for (name, text) in [
        ("README.md", "Each log has one `<Event>` a line.\n"),
        ("notes.html", "<html><code><Event ><System></code></html>\n"),
        ("make.py", "print(\"<Event><System/></Event>\")\n"),
    ] {
        let (run, report) = beside(name, text.as_bytes());
        run.exits(0);
        assert_eq!(report["recorded"]["lost"], 0, "{name}");
        assert!(codes(&report).contains(&"files-passed-over"), "{name}");
    }
    let cut = &recorded()[100..];
    let (run, report) = beside("rotated.log", cut.as_bytes());
    run.exits(4);
    assert_eq!(report["recorded"]["lost"], 1);
}

/// A bug once: the report took the place of the recording.
#[test]
fn a_report_does_not_take_the_place_of_what_is_read() {
    let workplace = Workplace::new();
    fs::create_dir(workplace.path().join("logs")).unwrap();
    workplace.write("logs/events.xml", recorded());
    for (events, junit) in [
        ("logs/events.xml", "logs/events.xml"),
        ("logs/events.xml", "./logs/../logs/events.xml"),
        ("logs", "logs/events.xml"),
    ] {
        let run = workplace.run(["verify", events, "--junit", junit]);
        run.exits(3);
        assert!(run.stderr.contains("would be lost"), "{}", run.stderr);
    }
    let kept = fs::read_to_string(workplace.path().join("logs/events.xml")).unwrap();
    assert_eq!(kept, recorded());
    let run = workplace.run(["verify", "logs", "--junit", "none/junit.xml"]);
    run.exits(3);
    assert!(run.stderr.contains("no folder none"), "{}", run.stderr);
    // A new one beside them is no harm.
    let run = workplace.run(["verify", "logs", "--found", "--junit", "logs/junit.xml"]);
    run.exits(0);
}

/// A bug once: two runs within a second had processes of one GUID.
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

/// The recorded events without those of an id.
fn all_but(unwanted: &str) -> String {
    events(recorded())
        .into_iter()
        .filter(|event| id(event) != unwanted)
        .map(|event| event + "\n")
        .collect()
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

/// Sysmon with `DnsLookup` off names neither hosts nor ports.
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

#[test]
fn what_a_verdict_rests_on_is_said() {
    let (_, report) = verify(recorded(), &[]);
    assert_eq!(report["ptr"], "lab");
    assert_eq!(report["recorded"]["hosts"][0]["ptr"], "lab");
    assert_eq!(codes(&report), ["reverse-dns", "sourcetype-renamed"]);
    let (_, report) = verify(recorded(), &["--detection", "correlated"]);
    assert_eq!(codes(&report), [""; 0]);
    // An add-on for Linux has no say in events of Windows.
    let (_, report) = verify(recorded(), &["--addon", "linux"]);
    assert_eq!(report["addon"], "current");
    // A window of time is no setting of Sysmon's.
    let last = between(events(recorded()).last().unwrap(), "SystemTime='", "'").to_owned();
    let (_, report) = verify(recorded(), &["--since", &last]);
    let logged = &report["recorded"]["hosts"][0]["not_logged"];
    assert_eq!(logged.as_array().unwrap().len(), 0);
    // A host has one name, in whatever case.
    let mixed: String = (0..)
        .zip(events(recorded()))
        .map(|(number, event)| match number % 2 {
            0 => event.replace(">WKS-0421<", ">wks-0421<") + "\n",
            _ => event + "\n",
        })
        .collect();
    let (run, report) = verify(&mixed, &[]);
    run.exits(0);
    assert_eq!(outcomes(&report), ALL_DETECTED);
    // And what is missing comes with a way out.
    let (_, report) = verify("", &[]);
    assert_eq!(codes(&report), ["scenarios-missing"]);
}

/// Whoever wants what is found wants all that is, also of the extended suite.
#[test]
fn what_is_found_may_be_of_any_suite() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "14", "--interpreters", "stand-in"]);
    run.exits(0);
    let events = run.folder().join("events.xml");
    let events = events.to_str().unwrap();
    for command in [&["verify", events][..], &["matrix", "--events", events]] {
        let found = workplace.run([command, &["--found", "--format", "json"]].concat());
        found.exits(0);
        let report: Value = serde_json::from_str(&found.stdout).unwrap();
        let numbers: Vec<_> = report["scenarios"]
            .as_array()
            .unwrap()
            .iter()
            .map(|scenario| scenario["number"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, [14], "{command:?}");
        // A suite that is named is what is looked for.
        let core = workplace.run([command, &["--found", "--suite", "core"]].concat());
        core.exits(4);
    }
}
