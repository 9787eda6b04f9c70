//! Recorded telemetry gives the verdicts of the run that it is of, in whatever
//! form it comes; and what is missing, lost or odd in it is said.

mod traps;

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

/// As where one recording is of events, and another of what a shipper made of them.
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
/// The recorded events without those of an id.
fn all_but(unwanted: &str) -> String {
    events(recorded())
        .into_iter()
        .filter(|event| id(event) != unwanted)
        .map(|event| event + "\n")
        .collect()
}

/// Sysmon with `DnsLookup` off names neither hosts nor ports.
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
