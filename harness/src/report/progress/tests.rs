#![allow(clippy::unwrap_used, clippy::expect_used)]

use indicatif::{InMemoryTerm, ProgressDrawTarget};

use super::super::fixtures;
use super::super::model::RunReport;
use super::*;
use crate::outcome::{Class, ExitCode};

fn started(number: usize, name: &str) -> RunEvent {
    RunEvent::ScenarioStarted {
        number,
        name: name.to_owned(),
    }
}

fn finished(report: &RunReport, number: usize) -> RunEvent {
    let scenario = report
        .scenarios
        .iter()
        .find(|scenario| scenario.number == number);
    RunEvent::ScenarioFinished(Box::new(scenario.unwrap().clone()))
}

fn ended() -> RunEvent {
    RunEvent::Finished {
        at: "2026-03-01T09:31:00Z".parse().unwrap(),
        outcome: Class::AsExpected,
        exit_code: ExitCode::AsExpected,
        interrupted: false,
        findings: vec![],
    }
}

/// What is written when these events come.
fn lines(events: &[RunEvent]) -> String {
    let mut out = Vec::new();
    let mut progress = Progress::lines(&mut out);
    for event in events {
        progress.take(event).unwrap();
    }
    drop(progress);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_log_gets_a_line_for_each_scenario_that_was_judged() {
    let report = fixtures::not_executed();
    let text = lines(&[
        RunEvent::Started(Box::new(fixtures::nothing_ran())),
        started(2, "Python"),
        started(1, "PowerShell"),
        RunEvent::Beacon { number: 1 },
        finished(&report, 2),
        finished(&report, 1),
        finished(&fixtures::known_misses(false), 1),
        ended(),
    ]);
    assert_eq!(
        text,
        " 2  Python Script Polling AWS Lambda Function URL: NOT EXECUTED, python.exe ended with \
         status 1 before its first beacon\n \
         1  PowerShell Beaconing to Cloudflare Workers Endpoint: detected, 5/5 rows\n \
         1  PowerShell Beaconing to Cloudflare Workers Endpoint: KNOWN MISS, no rows\n"
    );
}

#[test]
fn rows_are_told_only_of_what_was_judged() {
    let text = lines(&[finished(&fixtures::unsupported(), 1)]);
    assert!(text.contains(": UNSUPPORTED"), "{text}");
    assert!(
        !text.contains("row") && !text.contains("expected"),
        "{text}"
    );
}

#[test]
fn nothing_of_others_drives_a_log() {
    let report = fixtures::hostile();
    let text = lines(&[finished(&report, 2), finished(&report, 4)]);
    assert_eq!(text.lines().count(), 2);
    assert!(!text.contains(|c: char| c != '\n' && c.is_control()));
    assert!(text.contains(r"Name \u{1b}]0;pwned\u{7}"));
}

#[test]
fn a_writer_that_fails_is_told_of() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut progress = Progress::lines(Full);
    let error = progress
        .take(&finished(&fixtures::missed(), 1))
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    Progress::silent()
        .take(&finished(&fixtures::missed(), 1))
        .unwrap();
}

#[test]
fn a_terminal_has_a_line_for_each_scenario_that_runs() {
    let terminal = InMemoryTerm::new(10, 80);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let mut progress = Progress::drawn(target, false);
    let mut take = |event: &RunEvent| progress.take(event).unwrap();

    take(&started(2, "Python\u{1b}[2J"));
    take(&started(1, "PowerShell"));
    let screen = terminal.contents();
    let shown: Vec<_> = screen.lines().collect();
    assert_eq!(shown.len(), 2, "{screen}");
    assert!(shown[0].ends_with("1  PowerShell  starting"), "{screen}");
    assert!(
        shown[1].ends_with(r"2  Python\u{1b}[2J  starting"),
        "{screen}"
    );

    take(&RunEvent::Beacon { number: 1 });
    take(&RunEvent::Beacon { number: 1 });
    // One that nobody knows of is passed over.
    take(&RunEvent::Beacon { number: 7 });
    let report = fixtures::missed();
    take(&finished(&report, 2));
    let screen = terminal.contents();
    assert!(screen.ends_with("1  PowerShell  2 beacons"), "{screen}");
    assert!(!screen.contains("Python"), "{screen}");

    take(&ended());
    assert_eq!(terminal.contents(), "");
}
