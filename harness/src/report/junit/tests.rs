#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};

use super::super::fixtures;
use super::*;

/// The document as another program reads it.
fn read(report: &RunReport) -> Report {
    Report::deserialize_from_str(&render(report)).unwrap()
}

fn cases(report: &Report) -> impl Iterator<Item = &TestCase> {
    report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
}

/// The kind, the type and the message of a case that is no success.
fn verdict(case: &TestCase) -> Option<(NonSuccessKind, &str, &str)> {
    match &case.status {
        TestCaseStatus::NonSuccess {
            kind, ty, message, ..
        } => Some((*kind, ty.as_deref()?, message.as_deref()?)),
        _ => None,
    }
}

#[test]
fn documents_look_like_this() {
    for (kind, report) in fixtures::all() {
        insta::assert_snapshot!(kind, render(&report));
    }
}

#[test]
fn a_suite_is_a_scenario_and_a_case_an_expectation() {
    let junit = read(&fixtures::all_as_expected());
    assert_eq!(junit.test_suites.len(), 7);
    // One detection, and the events 1, 22 and 3.
    for suite in &junit.test_suites {
        assert_eq!(suite.test_cases.len(), 4, "{}", suite.name.as_str());
    }
    assert_eq!((junit.tests, junit.failures, junit.errors), (28, 0, 0));
    let names: Vec<_> = junit.test_suites[0]
        .test_cases
        .iter()
        .map(|case| case.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "detection `serverless`: exactly 5 rows",
            r"event 1 where `Image=*\powershell.exe`: at least 1",
            r"event 22 where `Image=*\powershell.exe`: 1 to 5",
            r"event 3 where `Image=*\powershell.exe`: exactly 5",
        ]
    );
}

#[test]
fn what_deviates_is_a_failure() {
    for (report, ty, message) in [
        (fixtures::missed(), "missed", "missed: 0/5 rows"),
        (
            fixtures::wrong_value(),
            "wrong_value",
            "wrong value: 4/4 rows",
        ),
        (
            fixtures::unexpected(),
            "unexpected",
            "unexpected: 2 rows, expected none",
        ),
    ] {
        let junit = read(&report);
        assert_eq!((junit.failures, junit.errors), (1, 0));
        let failed: Vec<_> = cases(&junit).filter_map(verdict).collect();
        assert_eq!(failed, [(NonSuccessKind::Failure, ty, message)]);
    }
}

#[test]
fn what_is_inconclusive_is_an_error() {
    let junit = read(&fixtures::not_executed());
    assert_eq!((junit.failures, junit.errors), (0, 3));
    let types: Vec<_> = cases(&junit)
        .filter_map(verdict)
        .map(|(kind, ty, _)| (kind, ty))
        .collect();
    assert_eq!(
        types,
        [
            (NonSuccessKind::Error, "no_telemetry"),
            (NonSuccessKind::Error, "no_telemetry"),
            (NonSuccessKind::Error, "not_executed"),
        ]
    );
    assert!(
        junit.test_suites[1]
            .system_out
            .as_ref()
            .is_some_and(|out| out.as_str().ends_with("No module named 'urllib'"))
    );
}

#[test]
fn a_known_miss_passes_and_says_so_unless_the_run_is_strict() {
    let junit = read(&fixtures::known_misses(false));
    assert_eq!((junit.failures, junit.errors), (0, 0));
    let case = cases(&junit).next().unwrap();
    let out = case.system_out.as_ref().unwrap().as_str();
    assert!(out.starts_with("KNOWN MISS: no rows\n"), "{out}");
    assert!(out.contains("known, because Sysmon fills DestinationHostname"));

    let junit = read(&fixtures::known_misses(true));
    assert_eq!((junit.failures, junit.errors), (2, 0));
    let (kind, ty, _) = verdict(cases(&junit).next().unwrap()).unwrap();
    assert_eq!((kind, ty), (NonSuccessKind::Failure, "known_miss"));
}

#[test]
fn a_known_false_alarm_passes_and_says_so_unless_the_run_is_strict() {
    let junit = read(&fixtures::known_false_alarms(false));
    assert_eq!((junit.failures, junit.errors), (0, 0));
    let told: Vec<_> = cases(&junit)
        .filter_map(|case| case.system_out.as_ref())
        .map(|out| out.as_str().to_owned())
        .collect();
    let expected = "KNOWN FALSE ALARM: 2/2 rows\nknown, because the search has no way";
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|out| out.starts_with(expected)), "{told:?}");

    let junit = read(&fixtures::known_false_alarms(true));
    assert_eq!((junit.failures, junit.errors), (2, 0));
    let (kind, ty, _) = cases(&junit).find_map(verdict).unwrap();
    assert_eq!((kind, ty), (NonSuccessKind::Failure, "known_false_alarm"));
}

#[test]
fn a_run_that_came_to_nothing_has_an_error_of_its_own() {
    for (report, code) in [
        (fixtures::nothing_ran(), "nothing_ran"),
        (fixtures::breached(), "breached"),
        (fixtures::interrupted(), "interrupted"),
    ] {
        let junit = read(&report);
        let suite = junit.test_suites.last().unwrap();
        assert_eq!(suite.name.as_str(), "run");
        let (kind, ty, _) = verdict(&suite.test_cases[0]).unwrap();
        assert_eq!((kind, ty), (NonSuccessKind::Error, code));
        assert_eq!((junit.failures, junit.errors), (0, 1));
    }
    let mut report = fixtures::all_as_expected();
    report.exit_code = None;
    assert_eq!(read(&report).errors, 1);
}

#[test]
fn a_scenario_without_a_judged_expectation_is_an_error() {
    let mut report = fixtures::all_as_expected();
    report.scenarios[2].telemetry.clear();
    report.scenarios[2].detections.clear();
    let junit = read(&report);
    assert_eq!((junit.failures, junit.errors), (0, 1));
    let (_, ty, message) = cases(&junit).find_map(verdict).unwrap();
    assert_eq!(
        (ty, message),
        ("nothing_judged", "no expectation was judged")
    );
}

#[test]
fn an_exit_code_that_no_case_explains_is_an_error() {
    for code in 1..=5 {
        let mut report = fixtures::all_as_expected();
        report.exit_code = Some(code);
        let junit = read(&report);
        assert_eq!((junit.failures, junit.errors), (0, 1), "{code}");
    }
}

#[test]
fn only_a_run_that_is_as_expected_is_green() {
    for (kind, report) in fixtures::all() {
        let junit = read(&report);
        let green = junit.failures + junit.errors == 0;
        assert_eq!(
            green,
            ["all_as_expected", "known_misses", "known_false_alarms"].contains(&kind),
            "{kind}"
        );
        assert_eq!(junit.skipped, 0, "{kind}");
        assert!(!render(&report).contains("<skipped"), "{kind}");
    }
}

#[test]
fn times_are_those_of_the_run() {
    let xml = render(&fixtures::missed());
    assert!(
        xml.contains(r#"timestamp="2026-03-01T09:30:00.000+00:00" time="2.417""#),
        "{xml}"
    );
    assert!(
        xml.contains(r#"timestamp="2026-03-01T09:30:00.200+00:00" time="0.750""#),
        "{xml}"
    );
}

/// What XML 1.0 can hold: <https://www.w3.org/TR/xml/#charsets>.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}')
}

#[test]
fn nothing_that_xml_cannot_hold_is_left() {
    let xml = render(&fixtures::hostile());
    assert!(xml.chars().all(is_xml));
    assert!(!xml.contains("<script"));
    // It is spelled out, and what stands behind it is not swallowed.
    assert!(xml.contains(r"\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpj.exe"));
    assert!(xml.contains(r"a\u{fffe}b\u{ffff}c\u{0}d"));
    read(&fixtures::hostile());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_others_wrote_the_document_can_be_read(text in any::<String>(), seconds in any::<f64>()) {
        let mut report = fixtures::not_executed();
        report.scenarios[0].name.clone_from(&text);
        report.scenarios[0].seconds = seconds;
        report.scenarios[0].guid.clone_from(&text);
        report.scenarios[1].cause = Some(text.clone());
        report.scenarios[1].output = text;
        prop_assert!(render(&report).chars().all(is_xml));
        prop_assert_eq!(read(&report).errors, 3);
    }
}
