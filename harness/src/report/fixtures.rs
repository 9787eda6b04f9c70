//! Reports of runs, written by hand, for the tests of the renderers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::model::{
    Blocked, DetectionReport, DetectionSource, Dropped, Finding, HostReport, InterpreterReport,
    Link, Mismatch, RecordedReport, RunReport, SCHEMA_VERSION, ScenarioReport, TelemetryReport,
    Tool,
};
use crate::outcome::{Class, ExitCode, Outcome};

const PTR: &str = "Sysmon fills DestinationHostname by a reverse lookup of the address, and a \
                   provider's address does not give the tenant's name";

const WHY_NOT_BETTER: &str = "wine64 is not installed (`apt-get install wine64`)";

/// One run of each kind, with its name.
pub(super) fn all() -> Vec<(&'static str, RunReport)> {
    vec![
        ("all_as_expected", all_as_expected()),
        ("known_misses", known_misses(false)),
        ("known_misses_strict", known_misses(true)),
        ("known_false_alarms", known_false_alarms(false)),
        ("missed", missed()),
        ("wrong_value", wrong_value()),
        ("unexpected", unexpected()),
        ("not_executed", not_executed()),
        ("lab_error", lab_error()),
        ("unsupported", unsupported()),
        ("two_detections", two_detections()),
        ("interrupted", interrupted()),
        ("breached", breached()),
        ("nothing_ran", nothing_ran()),
        ("hostile", hostile()),
        ("recorded", recorded()),
    ]
}

/// Two programs that ask as beacons do, and one that is told from them.
pub(super) fn known_false_alarms(strict: bool) -> RunReport {
    let alarm = |number, name: &str, image: &str| {
        let mut scenario = control(number, name, detected(2, "Azure Functions", "1"));
        scenario.outcome = Outcome::KnownFalseAlarm;
        let detection = &mut scenario.detections[0];
        detection.outcome = Outcome::KnownFalseAlarm;
        detection.rows = vec![row(image); 2];
        detection.because = Some("the search has no way to tell it from a beacon".to_owned());
        scenario
    };
    let scenarios = vec![
        powershell(),
        browser(),
        alarm(
            24,
            "Node.js Deployment Script Telling Azure Function",
            "node.exe",
        ),
        alarm(
            32,
            "UiPath Robot Calling Azure Function",
            "UiPath.Executor.exe",
        ),
    ];
    let (outcome, code) = if strict {
        (Class::Deviates, ExitCode::Deviates)
    } else {
        (Class::AsExpected, ExitCode::AsExpected)
    };
    let mut report = finished(scenarios, outcome, code);
    report.strict = strict;
    report
}

/// Recorded events of two hosts, one of which has nothing of the scenarios.
pub(super) fn recorded() -> RunReport {
    let mut report = known_misses(false);
    report.isolation = None;
    report.seal.clear();
    // Something was lost.
    report.outcome = Some(Class::Inconclusive);
    report.exit_code = Some(ExitCode::Inconclusive.into());
    for scenario in &mut report.scenarios {
        scenario.host = Some("WKS01.example.net".to_owned());
        scenario.interpreters.clear();
        scenario.output.clear();
    }
    let at = |second: i64| Timestamp::from_second(1_795_514_400 + second).ok();
    let host = |host: &str, system, first, last| HostReport {
        host: host.to_owned(),
        system,
        events: BTreeMap::from([(1, 12), (3, 5)]),
        first: at(first),
        last: at(last),
        schema: Some("4.90".to_owned()),
        addon: "current".to_owned(),
        addon_is_told: system == "windows",
        ptr: (system == "windows").then(|| "provider".to_owned()),
        not_logged: if system == "windows" {
            vec![]
        } else {
            vec![11, 22, 4104]
        },
    };
    report.recorded = Some(RecordedReport {
        inputs: vec!["logs".to_owned(), "standard input".to_owned()],
        events: 34,
        duplicates: 2,
        others: 7,
        outside: 1,
        problems: vec!["logs/a.evtx at byte 4096: the event is cut off".to_owned()],
        lost: 1,
        hosts: vec![
            host("WKS01.example.net", "windows", 0, 300),
            host("vm", "linux", 86_000, 200_000),
        ],
    });
    report
}

pub(super) fn all_as_expected() -> RunReport {
    finished(
        vec![
            powershell(),
            python(),
            wscript(),
            curl(),
            azure(),
            unlisted(),
            browser(),
        ],
        Class::AsExpected,
        ExitCode::AsExpected,
    )
}

pub(super) fn known_misses(strict: bool) -> RunReport {
    let miss = |mut scenario: ScenarioReport, events: usize, met: &str| {
        scenario.outcome = Outcome::KnownMiss;
        let detection = &mut scenario.detections[0];
        silence(detection, Outcome::KnownMiss);
        detection.expected = "exactly 0".to_owned();
        detection.dropped = alternatives(events, Some(met));
        detection.reasons = vec!["reverse-dns"];
        detection.because = Some(PTR.to_owned());
        scenario
    };
    let code = if strict {
        ExitCode::Deviates
    } else {
        ExitCode::AsExpected
    };
    let mut report = finished(
        vec![
            miss(powershell(), 5, "-"),
            miss(python(), 3, "ec2-54-224-10-7.compute-1.amazonaws.com"),
            browser(),
        ],
        Class::AsExpected,
        code,
    );
    "provider".clone_into(&mut report.ptr);
    report.strict = strict;
    report.findings = vec![reverse_dns(vec![1, 2])];
    report
}

pub(super) fn missed() -> RunReport {
    let mut scenario = powershell();
    scenario.outcome = Outcome::Missed;
    silence(&mut scenario.detections[0], Outcome::Missed);
    scenario.detections[0].dropped = alternatives(5, None);
    scenario.detections[0].reasons = vec!["reverse-dns"];
    let mut report = finished(
        vec![scenario, python(), browser()],
        Class::Deviates,
        ExitCode::Deviates,
    );
    report.findings = vec![reverse_dns(vec![1])];
    report
}

pub(super) fn wrong_value() -> RunReport {
    let mut scenario = curl();
    scenario.outcome = Outcome::WrongValue;
    let detection = &mut scenario.detections[0];
    detection.outcome = Outcome::WrongValue;
    detection.held.remove("serverless_platform");
    detection.mismatches = vec![Mismatch {
        column: "serverless_platform".to_owned(),
        expected: "Google Cloud Functions".to_owned(),
        got: "Other Serverless".to_owned(),
        rows: 4,
    }];
    let mut report = finished(
        vec![python(), scenario],
        Class::Deviates,
        ExitCode::Deviates,
    );
    report.findings = vec![Finding {
        code: "refused-connection",
        message: "no event 3 is recorded for a connection that is refused".to_owned(),
        detection: None,
        scenarios: vec![],
        help: None,
    }];
    report
}

pub(super) fn unexpected() -> RunReport {
    let mut scenario = browser();
    scenario.outcome = Outcome::Unexpected;
    scenario.detections[0].outcome = Outcome::Unexpected;
    scenario.detections[0].rows = vec![row("chrome.exe"); 2];
    finished(vec![scenario], Class::Deviates, ExitCode::Deviates)
}

pub(super) fn not_executed() -> RunReport {
    let mut scenario = python();
    scenario.outcome = Outcome::NotExecuted;
    scenario.cause = Some("python.exe ended with status 1 before its first beacon".to_owned());
    scenario.detections.clear();
    scenario.events = 2;
    scenario.chain = vec![
        link(
            "process",
            Some(true),
            "python.exe (process 4242) ran for 0.1 s",
        ),
        link("name", Some(false), "no name was asked"),
        link("endpoint", Some(false), "no request"),
        link("event", Some(false), "no event 3"),
    ];
    for telemetry in &mut scenario.telemetry {
        if telemetry.event != 1 {
            telemetry.got = 0;
            telemetry.outcome = Outcome::NoTelemetry;
        }
    }
    scenario.output = "Traceback (most recent call last):\n  File \"<string>\", line 1, in \
                       <module>\n\tfrom urllib import request\nModuleNotFoundError: No module \
                       named 'urllib'\n"
        .to_owned();
    finished(
        vec![powershell(), scenario],
        Class::Inconclusive,
        ExitCode::Inconclusive,
    )
}

pub(super) fn lab_error() -> RunReport {
    let mut scenario = powershell();
    scenario.outcome = Outcome::LabError;
    scenario.cause = Some(
        "the endpoint of df00tech-sentinel-test.argustest.workers.dev could not be started: \
         address not available"
            .to_owned(),
    );
    scenario.telemetry.clear();
    scenario.detections.clear();
    scenario.interpreters.clear();
    scenario.chain = vec![link("process", Some(false), "")];
    scenario.events = 0;
    let mut missed = curl();
    missed.outcome = Outcome::WrongCount;
    missed.detections[0].outcome = Outcome::WrongCount;
    missed.detections[0].rows.truncate(3);
    missed.detections[0].chain[4] = link("row", Some(true), "3 rows");
    let mut report = finished(
        vec![scenario, missed],
        Class::Inconclusive,
        ExitCode::Inconclusive,
    );
    report.isolation = Some("root");
    report
}

pub(super) fn unsupported() -> RunReport {
    let mut scenario = powershell();
    scenario.outcome = Outcome::Unsupported;
    scenario.cause = Some("the command `tstats` at 1:3 is not supported".to_owned());
    silence(&mut scenario.detections[0], Outcome::Unsupported);
    finished(vec![scenario], Class::Inconclusive, ExitCode::Unsupported)
}

pub(super) fn two_detections() -> RunReport {
    let mut scenario = powershell();
    let mut second = scenario.detections[0].clone();
    "process-names".clone_into(&mut second.name);
    silence(&mut second, Outcome::Missed);
    second.dropped = vec![Dropped {
        clause: "Image=\"*\\\\pwsh.exe\"".to_owned(),
        line: 1,
        column: 58,
        events: 1,
        met: BTreeMap::from([(
            "Image".to_owned(),
            Some(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe".to_owned()),
        )]),
    }];
    scenario.outcome = Outcome::Missed;
    scenario.detections.push(second);
    let mut report = finished(vec![scenario], Class::Deviates, ExitCode::Deviates);
    report.detections.push(DetectionSource {
        name: "process-names".to_owned(),
        file: Some("detections/process-names.spl".to_owned()),
        hash: format!("sha256:{}", "5e".repeat(32)),
        origin: None,
    });
    report
}

pub(super) fn interrupted() -> RunReport {
    let mut report = finished(
        vec![powershell()],
        Class::Inconclusive,
        ExitCode::Inconclusive,
    );
    report.interrupted = true;
    report
}

pub(super) fn breached() -> RunReport {
    let mut report = finished(vec![], Class::Inconclusive, ExitCode::Breached);
    report.seal.clear();
    report.findings = vec![Finding {
        code: "seal-broken",
        message: "the check `routes` failed: a route leads out through eth0".to_owned(),
        detection: None,
        scenarios: vec![],
        help: Some("run `beaconlab doctor`".to_owned()),
    }];
    report
}

pub(super) fn nothing_ran() -> RunReport {
    // Even where the exit code says otherwise.
    let mut report = finished(vec![], Class::AsExpected, ExitCode::AsExpected);
    report.isolation = None;
    report.seal.clear();
    report
}

/// What a beacon, an endpoint or a file may put into a report to deceive its
/// reader.
pub(super) fn hostile() -> RunReport {
    const ATTACK: &str = "\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpj.exe\u{202c}\r| \
                          <script>alert(1)</script> ``` ` [x](https://evil.example) **b** & $a$";
    let mut report = not_executed();
    let scenario = &mut report.scenarios[1];
    scenario.name = format!("Name {ATTACK}");
    scenario.cause = Some(format!("cause\n{ATTACK}\n## heading"));
    scenario.command_line = format!("cmd.exe /c {ATTACK} {}", "x".repeat(5000));
    scenario.output = format!(
        "first\n{ATTACK}\n````\n</details><b>\n{}\n",
        "y".repeat(5000)
    );
    scenario.interpreters[0].version = ATTACK.to_owned();
    scenario.chain[1].seen = ATTACK.to_owned();
    let mut wrong = curl();
    wrong.outcome = Outcome::WrongValue;
    wrong.detections[0].outcome = Outcome::WrongValue;
    wrong.detections[0].mismatches = vec![
        Mismatch {
            column: format!("column {ATTACK}"),
            expected: String::new(),
            got: format!("{ATTACK}{}", "z".repeat(5000)),
            rows: 1,
        },
        Mismatch {
            column: "DestinationHostname".to_owned(),
            expected: "`".to_owned(),
            got: "a\u{fffe}b\u{ffff}c\0d\\|e".to_owned(),
            rows: 1,
        },
    ];
    wrong.detections[0]
        .held
        .insert("label".to_owned(), format!("held\n{ATTACK}"));
    wrong.detections[0].dropped = vec![Dropped {
        clause: ATTACK.to_owned(),
        line: 1,
        column: 1,
        events: 1,
        met: BTreeMap::from([("Image".to_owned(), Some(ATTACK.to_owned()))]),
    }];
    wrong.detections[0].because = Some(ATTACK.to_owned());
    report.scenarios.push(wrong);
    report.findings = vec![Finding {
        code: "sourcetype",
        message: format!("message {ATTACK}"),
        detection: None,
        scenarios: vec![2, 4],
        help: Some(format!("help {ATTACK}")),
    }];
    report
}

fn finished(scenarios: Vec<ScenarioReport>, outcome: Class, exit_code: ExitCode) -> RunReport {
    let started: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
    let detection = DetectionSource {
        name: "serverless".to_owned(),
        file: None,
        hash: format!("sha256:{}", "4b1e2f0c9a7d3356".repeat(4)),
        origin: Some("https://df00tech.example/detections/T1583.007".to_owned()),
    };
    RunReport {
        schema_version: SCHEMA_VERSION,
        tool: Tool {
            name: "beaconlab",
            version: "0.1.0",
        },
        run_id: "20260301T093000Z-7f3a".to_owned(),
        started,
        finished: Some(started + SignedDuration::from_millis(2417)),
        interrupted: false,
        outcome: Some(outcome),
        exit_code: Some(exit_code.into()),
        isolation: Some("sealed"),
        seal: ["namespaces", "interfaces", "routes", "canary"]
            .map(str::to_owned)
            .to_vec(),
        addon: "legacy".to_owned(),
        ptr: "lab".to_owned(),
        behaviour: "serve".to_owned(),
        strict: false,
        detection: Some(detection.clone()),
        detections: vec![detection],
        recorded: None,
        findings: vec![],
        scenarios,
    }
}

fn reverse_dns(scenarios: Vec<usize>) -> Finding {
    Finding {
        code: "reverse-dns",
        message: "the detection compares DestinationHostname, which Sysmon fills by a reverse \
                  lookup; with a provider's own answers it cannot match"
            .to_owned(),
        detection: Some("serverless".to_owned()),
        scenarios,
        help: Some("join event 22, which has the name that was asked (QueryName)".to_owned()),
    }
}

fn silence(detection: &mut DetectionReport, outcome: Outcome) {
    detection.outcome = outcome;
    detection.rows.clear();
    detection.held.clear();
    if let Some(last) = detection.chain.last_mut() {
        *last = link("row", Some(false), "no rows");
    }
}

/// The first clauses of the OR that a search of host names is.
fn alternatives(events: usize, met: Option<&str>) -> Vec<Dropped> {
    ["*.workers.dev", "*.pages.dev", "*.cloudfunctions.net"]
        .into_iter()
        .zip(2..)
        .map(|(pattern, line)| Dropped {
            clause: format!("DestinationHostname=\"{pattern}\""),
            line,
            column: if line == 2 { 2 } else { 4 },
            events,
            met: BTreeMap::from([("DestinationHostname".to_owned(), met.map(str::to_owned))]),
        })
        .collect()
}

fn powershell() -> ScenarioReport {
    scenario(
        1,
        "PowerShell Beaconing to Cloudflare Workers Endpoint",
        &[r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"],
        detected(5, "Cloudflare Workers", "1"),
    )
}

fn python() -> ScenarioReport {
    let mut scenario = scenario(
        2,
        "Python Script Polling AWS Lambda Function URL",
        &[
            r"C:\Windows\System32\cmd.exe",
            r"C:\Program Files\Python3\python.exe",
        ],
        detected(3, "AWS Lambda", "1"),
    );
    scenario.interpreters[1] = native(
        r"C:\Program Files\Python3\python.exe",
        "python3",
        "Python 3.12.3",
    );
    scenario
}

fn wscript() -> ScenarioReport {
    scenario(
        3,
        "WScript Invoking Google Apps Script Web App (BlackWater Technique)",
        &[
            r"C:\Windows\System32\cmd.exe",
            r"C:\Windows\System32\wscript.exe",
        ],
        detected(3, "Google Apps Script", "1"),
    )
}

fn curl() -> ScenarioReport {
    let mut scenario = scenario(
        4,
        "cURL Beaconing to Google Cloud Function (Repeated Intervals)",
        &[
            r"C:\Windows\System32\cmd.exe",
            r"C:\Windows\System32\curl.exe",
            r"C:\Windows\System32\timeout.exe",
        ],
        detected(4, "Google Cloud Functions", "1"),
    );
    scenario.interpreters[1] = native(r"C:\Windows\System32\curl.exe", "curl", "curl 8.5.0");
    scenario
}

fn azure() -> ScenarioReport {
    control(
        5,
        "cURL Beaconing to Azure Functions",
        detected(2, "Azure Functions", "1"),
    )
}

fn unlisted() -> ScenarioReport {
    control(
        8,
        "Unlisted Program Beaconing to Cloudflare Workers Endpoint",
        detected(2, "Cloudflare Workers", "0"),
    )
}

fn browser() -> ScenarioReport {
    let mut detection = detected(0, "", "");
    detection.outcome = Outcome::Silent;
    detection.held.clear();
    detection.because = Some("the search leaves browsers out".to_owned());
    let mut scenario = control(9, "Browser Visiting Cloudflare Workers Site", detection);
    let image = r"C:\Program Files\Google\Chrome\Application\chrome.exe".to_owned();
    scenario.blocked = [
        ("update.googleapis.com", "no such name", 2),
        ("udp [2001:4860:4860::8888]:53", "ENETUNREACH", 1),
    ]
    .into_iter()
    .map(|(target, reason, times)| Blocked {
        image: image.clone(),
        target: target.to_owned(),
        reason: reason.to_owned(),
        times,
    })
    .collect();
    scenario
}

fn control(number: usize, name: &str, detection: DetectionReport) -> ScenarioReport {
    let images = [
        r"C:\Windows\System32\cmd.exe",
        r"C:\Windows\System32\curl.exe",
    ];
    let mut scenario = ScenarioReport {
        control: true,
        ..scenario(number, name, &images, detection)
    };
    scenario.interpreters[1] = native(images[1], "curl", "curl 8.5.0");
    scenario
}

fn scenario(
    number: usize,
    name: &str,
    images: &[&str],
    detection: DetectionReport,
) -> ScenarioReport {
    let rows = detection.rows.len().max(2);
    let beaconing = *images.last().unwrap();
    let image = beaconing.rsplit('\\').next().unwrap();
    let telemetry = |event, expected: String, got| TelemetryReport {
        event,
        r#where: BTreeMap::from([("Image".to_owned(), format!("*\\{image}"))]),
        expected,
        got,
        outcome: Outcome::Recorded,
        because: None,
    };
    ScenarioReport {
        guid: format!("cf212ed1-a6cb-498e-90e4-{number:012}"),
        name: name.to_owned(),
        number,
        control: false,
        technique: "T1583.007".to_owned(),
        host: None,
        outcome: detection.outcome,
        cause: None,
        arguments: BTreeMap::from([("count".to_owned(), rows.to_string())]),
        command_line: format!("{image} -Command Invoke-WebRequest"),
        interpreters: images
            .iter()
            .map(|image| InterpreterReport {
                image: (*image).to_owned(),
                program: format!("stand-in for {}", image.rsplit('\\').next().unwrap()),
                tier: "stand-in",
                version: "beaconlab 0.1.0".to_owned(),
                path: None,
                why_not_better: Some(WHY_NOT_BETTER.to_owned()),
            })
            .collect(),
        blocked: vec![],
        chain: vec![
            link("process", Some(true), "1 process"),
            link("name", Some(true), &format!("asked {rows} times")),
            link("endpoint", Some(true), &format!("{rows} requests")),
            link("event", Some(true), &format!("{rows} events 3")),
        ],
        telemetry: vec![
            telemetry(1, "at least 1".to_owned(), 1),
            telemetry(22, format!("1 to {rows}"), rows),
            telemetry(3, format!("exactly {rows}"), rows),
        ],
        detections: vec![detection],
        events: 2 * rows + 1,
        output: String::new(),
        started: Some("2026-03-01T09:30:00.2Z".parse().unwrap()),
        seconds: 0.75,
    }
}

fn detected(rows: usize, platform: &str, suspicious: &str) -> DetectionReport {
    DetectionReport {
        name: "serverless".to_owned(),
        outcome: Outcome::Detected,
        expected: format!("exactly {rows}"),
        rows: vec![row("powershell.exe"); rows],
        columns: ["_time", "Image"].map(str::to_owned).to_vec(),
        held: BTreeMap::from([
            ("serverless_platform".to_owned(), platform.to_owned()),
            ("is_suspicious_process".to_owned(), suspicious.to_owned()),
        ]),
        mismatches: vec![],
        dropped: vec![],
        reasons: vec![],
        because: None,
        chain: vec![
            link("process", Some(true), "1 process"),
            link("name", Some(true), &format!("asked {rows} times")),
            link("endpoint", Some(true), &format!("{rows} requests")),
            link("event", Some(true), &format!("{rows} events 3")),
            link("row", (rows > 0).then_some(true), &format!("{rows} rows")),
        ],
    }
}

fn row(image: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("_time".to_owned(), "2026-03-01T09:30:00.512Z".to_owned()),
        ("Image".to_owned(), image.to_owned()),
    ])
}

fn native(image: &str, program: &str, version: &str) -> InterpreterReport {
    InterpreterReport {
        image: image.to_owned(),
        program: program.to_owned(),
        tier: "native",
        version: version.to_owned(),
        path: Some(format!("/usr/bin/{program}")),
        why_not_better: None,
    }
}

fn link(link: &'static str, holds: Option<bool>, seen: &str) -> Link {
    Link {
        link,
        holds,
        seen: seen.to_owned(),
    }
}
