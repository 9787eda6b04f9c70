//! What was proved: a block for each scenario, and the programs that ran.

use textwrap::core::display_width;

use super::super::model::{DetectionReport, RunReport, ScenarioReport};
use super::super::untrusted::{clip, visible};
use super::super::verdict;
use super::super::wording;
use super::page::{Page, Paint};
use crate::outcome::{Class, Outcome};

/// Where the text of a scenario begins, behind its mark and number.
pub(super) const INDENT: usize = 7;
/// How much of a cell of a table is shown.
const CELL_LIMIT: usize = 60;

/// How much is shown of what programs tried of themselves.
const BLOCKED_LIMIT: usize = 400;

/// The scenarios, or the controls, and what became of each.
pub(super) fn overview(page: &mut Page, report: &RunReport, heading: &str, control: bool) {
    let mut scenarios = report
        .scenarios
        .iter()
        .filter(|scenario| scenario.control == control)
        .peekable();
    if scenarios.peek().is_some() {
        page.heading(heading);
    }
    for scenario in scenarios {
        name(page, scenario);
        for detection in &scenario.detections {
            let line = detection_line(page, report, detection);
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
        if scenario.detections.is_empty() {
            let line = said(page, verdict::worst(scenario));
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
        let line = page.paint(Paint::Secondary, &evidence_line(scenario));
        page.item(&" ".repeat(INDENT), INDENT, &line);
        if let Some(blocked) = wording::blocked(scenario) {
            let blocked = format!("blocked: {}", clip(&blocked, BLOCKED_LIMIT));
            let line = page.paint(Paint::Secondary, &visible(&blocked));
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
    }
}

/// `✓ 1  PowerShell Beaconing to Cloudflare Workers Endpoint`.
pub(super) fn name(page: &mut Page, scenario: &ScenarioReport) {
    let outcome = verdict::worst(scenario);
    let mark = page.paint(Paint::of(outcome), mark(outcome));
    let mut name = page.paint(Paint::Heading, &visible(&scenario.name));
    if let Some(host) = &scenario.host {
        name.push_str(" · ");
        name.push_str(&visible(host));
        if let Some(started) = scenario.started {
            name.push_str(&started.strftime(" · %F %T UTC").to_string());
        }
    }
    page.item(&format!(" {mark} {:>2}  ", scenario.number), INDENT, &name);
}

const fn mark(outcome: Outcome) -> &'static str {
    match outcome.class() {
        Class::AsExpected if outcome.is_known() => "!",
        Class::AsExpected => "✓",
        Class::Deviates => "✗",
        Class::Inconclusive => "?",
    }
}

/// An outcome in words, loud where it is no success.
pub(super) fn said(page: &Page, outcome: Outcome) -> String {
    page.paint(Paint::of(outcome), &verdict::said(outcome))
}

/// `detected · 5/5 rows · Cloudflare Workers, is_suspicious_process=1`.
fn detection_line(page: &Page, report: &RunReport, detection: &DetectionReport) -> String {
    let mut line = said(page, detection.outcome);
    if report.detections.len() > 1 {
        line.push_str(" · ");
        line.push_str(&visible(&detection.name));
    }
    if detection.outcome.class() != Class::Inconclusive {
        line.push_str(" · ");
        line.push_str(&visible(&wording::rows(detection)));
    }
    let held = wording::held(detection);
    if !held.is_empty() {
        line.push_str(" · ");
        line.push_str(&visible(&held));
    }
    if let (Outcome::Silent, Some(because)) = (detection.outcome, &detection.because) {
        line.push_str(": ");
        line.push_str(&visible(because));
    }
    line
}

/// `telemetry 5/5 · 16 events · native curl.exe · stand-in cmd.exe`.
fn evidence_line(scenario: &ScenarioReport) -> String {
    let mut parts = Vec::new();
    if !scenario.telemetry.is_empty() {
        let there = scenario
            .telemetry
            .iter()
            .filter(|telemetry| telemetry.outcome.class() == Class::AsExpected)
            .count();
        parts.push(format!("telemetry {there}/{}", scenario.telemetry.len()));
    }
    parts.push(wording::counted(scenario.events, "event"));
    parts.extend(
        wording::tiers(&scenario.interpreters)
            .iter()
            .map(|tier| visible(tier).into_owned()),
    );
    parts.join(" · ")
}

/// The programs that ran.
pub(super) fn interpreters(page: &mut Page, report: &RunReport) {
    let rows: Vec<[String; 3]> = wording::interpreters(report)
        .into_iter()
        .map(|interpreter| {
            let cell = |text: &str| visible(&clip(text, CELL_LIMIT)).into_owned();
            let mut program = cell(&wording::program(interpreter));
            if let Some(path) = &interpreter.path {
                program.push_str(" at ");
                program.push_str(&cell(path));
            }
            [
                cell(wording::image_name(&interpreter.image)),
                interpreter.tier.to_owned(),
                program,
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.heading("Interpreters");
    let widths = [0, 1].map(|column| {
        let widths = rows.iter().map(|row| display_width(&row[column]));
        widths.max().unwrap_or_default()
    });
    for [image, tier, program] in &rows {
        let image_pad = " ".repeat(widths[0] - display_width(image) + 2);
        let tier_pad = " ".repeat(widths[1] - display_width(tier) + 2);
        let line = format!("{image}{image_pad}{tier}{tier_pad}{program}");
        page.item("   ", 5, &line);
    }
    for (reason, images) in wording::why_not_better(wording::interpreters(report)) {
        let line = format!("No better tier for {}: {reason}", images.join(", "));
        let line = page.paint(Paint::Secondary, &visible(&line));
        page.item("   ", 3, &line);
    }
    if wording::browsed(report) {
        let note = page.paint(
            Paint::Secondary,
            "The sandbox of a real browser grants its programs local sockets to each other.",
        );
        page.item("   ", 3, &note);
    }
    if rows.iter().any(|[_, tier, _]| tier == "stand-in") {
        let note = page.paint(
            Paint::Secondary,
            "A stand-in is the lab's own program under that name: it runs the given text, but is \
             not the real one.",
        );
        page.item("   ", 3, &note);
    }
}
