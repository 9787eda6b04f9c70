//! JUnit's XML, which most continuous integration reads.
//!
//! A suite is a scenario, and a case is an expectation of it. `<failure>` says
//! that the detection does not do what it must; `<error>` says that nothing can
//! be said. Nothing is `<skipped>`: readers take that for a success, and
//! nothing that a run did not judge is one.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::model::{DetectionReport, Finding, RunReport, ScenarioReport, TelemetryReport};
use super::sentence::Sentence;
use super::untrusted::{last_lines, visible};
use super::verdict::{self, Verdict};
use super::wording;
use crate::outcome::{Class, Outcome};

/// How many lines of what the programs printed are shown.
const OUTPUT_LINES: usize = 20;

/// The report as `junit.xml`. Characters that XML cannot hold are spelled out.
///
/// A run that was interrupted, that broke the seal or that judged nothing has
/// an error of its own, in a suite named `run`.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "it is written to memory, and the document is well-formed by construction"
)]
pub fn render(report: &RunReport) -> String {
    let mut junit = Report::new(report.tool.name);
    // quick-junit takes a type of another crate, and that type reads RFC 3339.
    junit.timestamp = report.started.to_string().parse().ok();
    junit.time = report
        .finished
        .and_then(|finished| finished.duration_since(report.started).try_into().ok());
    junit.add_test_suites(
        report
            .scenarios
            .iter()
            .map(|scenario| suite(report, scenario)),
    );
    let told = junit.failures + junit.errors > 0;
    if let Some(run) = run(report, told) {
        junit.add_test_suite(run);
    }
    junit.to_string().expect("a report is written to memory")
}

fn suite(report: &RunReport, scenario: &ScenarioReport) -> TestSuite {
    let mut suite = TestSuite::new(visible(&scenario.name));
    if let Some(started) = scenario.started {
        suite.timestamp = started.to_string().parse().ok();
    }
    suite.time = Duration::try_from_secs_f64(scenario.seconds).ok();
    for (name, value) in [
        ("guid", scenario.guid.as_str()),
        ("technique", &scenario.technique),
        ("control", if scenario.control { "true" } else { "false" }),
        ("outcome", verdict::worst(scenario).name()),
        ("addon", &report.addon),
        ("ptr", &report.ptr),
        ("behaviour", &report.behaviour),
    ] {
        suite.add_property(Property::new(name, visible(value)));
    }
    for interpreter in &scenario.interpreters {
        let name = format!("interpreter {}", wording::image_name(&interpreter.image));
        let value = wording::interpreter(interpreter);
        suite.add_property(Property::new(visible(&name), visible(&value)));
    }
    let mut told = Vec::new();
    let mut add = |case: TestCase, outcome: Outcome| {
        told.push(outcome);
        suite.add_test_case(case);
    };
    for detection in &scenario.detections {
        add(
            detection_case(report, scenario, detection),
            detection.outcome,
        );
    }
    for telemetry in &scenario.telemetry {
        add(
            telemetry_case(report, scenario, telemetry),
            telemetry.outcome,
        );
    }
    // A scenario that did not come as far as its expectations, or has none.
    let worst = verdict::worst(scenario);
    if told.is_empty() || verdict::is_trouble(worst) && !told.contains(&worst) {
        suite.add_test_case(scenario_case(report, scenario));
    }
    let mut notes: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.scenarios.contains(&scenario.number))
        .map(|finding| format!("finding {}", told_finding(finding)))
        .collect();
    if worst.class() == Class::Inconclusive {
        notes.extend(last_lines(&scenario.output, OUTPUT_LINES));
    }
    if !notes.is_empty() {
        suite.set_system_out(notes.join("\n"));
    }
    suite
}

fn detection_case(
    report: &RunReport,
    scenario: &ScenarioReport,
    detection: &DetectionReport,
) -> TestCase {
    let name = Sentence::new("detection ")
        .quote(&detection.name)
        .words(format!(": {} rows", detection.expected));
    let mut lines = plain(&wording::details(detection));
    lines.extend(wording::broken_link(&detection.chain).map(|sentence| sentence.plain()));
    let summary = wording::summary(scenario, detection).plain();
    case(report, scenario, &name, detection.outcome, &summary, lines)
}

fn telemetry_case(
    report: &RunReport,
    scenario: &ScenarioReport,
    telemetry: &TelemetryReport,
) -> TestCase {
    let name = wording::expectation(telemetry).words(format!(": {}", telemetry.expected));
    let summary = wording::shortfall(telemetry).plain();
    case(report, scenario, &name, telemetry.outcome, &summary, vec![])
}

fn scenario_case(report: &RunReport, scenario: &ScenarioReport) -> TestCase {
    let name = Sentence::new("the scenario is judged");
    let outcome = verdict::worst(scenario);
    let summary = match scenario.cause.as_deref() {
        Some(cause) => visible(cause).into_owned(),
        None => "no expectation was judged".to_owned(),
    };
    let status = if outcome.class() == Class::AsExpected {
        // An empty suite would pass for a success.
        non_success(NonSuccessKind::Error, "nothing_judged", &summary, &[])
    } else {
        return case(report, scenario, &name, outcome, &summary, vec![]);
    };
    new_case(scenario, &name, status)
}

/// A case with what an outcome makes of it.
fn case(
    report: &RunReport,
    scenario: &ScenarioReport,
    name: &Sentence,
    outcome: Outcome,
    summary: &str,
    mut lines: Vec<String>,
) -> TestCase {
    let message = format!("{outcome}: {summary}");
    let kind = match outcome.class() {
        Class::AsExpected if outcome.is_known() && report.strict => NonSuccessKind::Failure,
        Class::AsExpected => {
            let mut case = new_case(scenario, name, TestCaseStatus::success());
            if outcome.is_known() {
                lines.insert(0, format!("{}: {summary}", verdict::said(outcome)));
                case.set_system_out(lines.join("\n"));
            }
            return case;
        }
        Class::Deviates => NonSuccessKind::Failure,
        Class::Inconclusive => {
            lines.extend(diagnosis(scenario));
            NonSuccessKind::Error
        }
    };
    new_case(
        scenario,
        name,
        non_success(kind, outcome.name(), &message, &lines),
    )
}

fn new_case(scenario: &ScenarioReport, name: &Sentence, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name.plain(), status);
    case.set_classname(visible(&scenario.name));
    case
}

fn non_success(
    kind: NonSuccessKind,
    outcome: &str,
    message: &str,
    lines: &[String],
) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(outcome).set_message(message);
    if !lines.is_empty() {
        status.set_description(lines.join("\n"));
    }
    status
}

/// Why a scenario is inconclusive. What its programs printed stands once, with
/// the suite.
fn diagnosis(scenario: &ScenarioReport) -> Vec<String> {
    let cause = scenario.cause.as_deref();
    let broken = wording::broken_link(&scenario.chain);
    cause
        .map(|cause| format!("cause: {}", visible(cause)))
        .into_iter()
        .chain(broken.map(|broken| broken.plain()))
        .collect()
}

/// The suite of the run itself: there only where the run as a whole is no
/// success and `told` says that no case has told of it, or where the cases
/// cannot tell of it.
fn run(report: &RunReport, told: bool) -> Option<TestSuite> {
    let verdict = Verdict::of(report);
    let needed = match verdict {
        Verdict::AsExpected | Verdict::KnownMisses | Verdict::KnownFalseAlarms => false,
        Verdict::Deviates | Verdict::Unsupported | Verdict::Usage | Verdict::Inconclusive => !told,
        Verdict::NothingRan | Verdict::Unfinished | Verdict::Interrupted | Verdict::Breached => {
            true
        }
    };
    if !needed {
        return None;
    }
    let message = match verdict.warning() {
        Some(warning) => format!("{}. {warning}.", verdict.words()),
        None => format!("{}.", verdict.words()),
    };
    let lines: Vec<_> = report.findings.iter().map(told_finding).collect();
    let status = non_success(NonSuccessKind::Error, verdict.code(), &message, &lines);
    let what = if report.recorded.is_some() {
        "all events are read, and a scenario is in them"
    } else {
        "the run reaches its end, sealed"
    };
    let mut case = TestCase::new(what, status);
    case.set_classname("run");
    let mut suite = TestSuite::new("run");
    suite.add_test_case(case);
    Some(suite)
}

/// `reverse-dns (serverless, scenario 1): the detection compares …`.
fn told_finding(finding: &Finding) -> String {
    let subject = wording::subject(finding)
        .map_or_else(String::new, |subject| format!(" ({})", visible(&subject)));
    format!("{}{subject}: {}", finding.code, visible(&finding.message))
}

fn plain(sentences: &[Sentence]) -> Vec<String> {
    sentences.iter().map(Sentence::plain).collect()
}

#[cfg(test)]
mod tests;
