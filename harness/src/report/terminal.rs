//! The report that a person reads in the terminal when the run is over.
//!
//! It goes from what was proved to what was not, so that what needs attention
//! stands last, next to the prompt. Words carry the meaning; colours repeat it.

mod page;

use self::page::{Page, Paint};
use super::model::{DetectionReport, DetectionSource, Link, RunReport, ScenarioReport};
use super::sentence::Sentence;
use super::untrusted::{clip, last_lines, visible};
use super::wording::{self, Trouble, Verdict};
use crate::outcome::{Class, Outcome};

/// How many lines of what the programs printed are shown.
const OUTPUT_LINES: usize = 8;
/// How much of a line that was printed, or of a command line, is shown.
const LINE_LIMIT: usize = 320;
/// Where the text of a scenario begins, behind its mark and number.
const INDENT: usize = 7;

/// How the terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it shows colours.
    pub colour: bool,
    /// How many columns it has. Lines are no longer than that, but for a path
    /// that must stay in one piece; nor longer than 120 columns.
    pub width: usize,
}

/// The report as text, with a final newline. `folder` is where the run's files
/// are, if it left any.
///
/// Nothing that a beacon printed reaches the terminal as a control character.
pub fn render(report: &RunReport, folder: Option<&str>, style: Style) -> String {
    let mut page = Page::new(style);
    header(&mut page, report);
    overview(&mut page, report, "Scenarios", false);
    overview(&mut page, report, "Controls", true);
    interpreters(&mut page, report);
    known_misses(&mut page, report);
    let of_class = |class| {
        move |scenario: &&ScenarioReport| {
            let worst = wording::worst(scenario);
            worst != Outcome::KnownMiss && worst.class() == class
        }
    };
    troubles(
        &mut page,
        "Inconclusive: this says nothing about the detection",
        report
            .scenarios
            .iter()
            .filter(of_class(Class::Inconclusive)),
    );
    troubles(
        &mut page,
        "Not as expected",
        report.scenarios.iter().filter(of_class(Class::Deviates)),
    );
    findings(&mut page, report);
    verdict(&mut page, report, folder);
    page.finish()
}

fn header(page: &mut Page, report: &RunReport) {
    let tool = format!("{} {}", report.tool.name, report.tool.version);
    let title = page.paint(Paint::Heading, &tool);
    page.item("", 0, &format!("{title}  run {}", visible(&report.run_id)));
    page.blank();
    for detection in &report.detections {
        field(page, "detection", &source(detection));
        if let Some(origin) = &detection.origin {
            field(page, "published", &visible(origin));
        }
    }
    let strict = if report.strict {
        " · strict: known misses count as misses"
    } else {
        ""
    };
    field(
        page,
        "conditions",
        &format!(
            "endpoints {} · reverse lookups {} · add-on {}{strict}",
            visible(&report.behaviour),
            visible(&report.ptr),
            visible(&report.addon),
        ),
    );
    field(page, "isolation", &isolation(report));
}

fn field(page: &mut Page, name: &str, value: &str) {
    let name = page.paint(Paint::Secondary, &format!("  {name:<12}"));
    page.item(&name, 14, value);
}

fn source(detection: &DetectionSource) -> String {
    let file = detection
        .file
        .as_deref()
        .unwrap_or("carried by the program");
    format!(
        "{} ({}, {})",
        visible(&detection.name),
        visible(file),
        visible(&detection.hash.chars().take(19).collect::<String>()),
    )
}

fn isolation(report: &RunReport) -> String {
    let Some(isolation) = report.isolation else {
        return "none: no sandbox was made".to_owned();
    };
    let meaning = match isolation {
        "sealed" => "namespaces of its own for each scenario, unprivileged; no route leads out",
        "root" => {
            "namespaces of its own for each scenario, made by root, whose rights were dropped \
             before a script ran; no route leads out"
        }
        _ => "weaker than a sealed sandbox",
    };
    let seal = if Verdict::of(report) == Verdict::Breached {
        "; the seal did not hold".to_owned()
    } else if report.seal.is_empty() {
        "; the seal was not checked".to_owned()
    } else {
        format!(
            " ({} of the seal held)",
            wording::counted(report.seal.len(), "check")
        )
    };
    format!("{isolation}: {meaning}{seal}")
}

fn overview(page: &mut Page, report: &RunReport, heading: &str, control: bool) {
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
            let line = said(page, wording::worst(scenario));
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
        let line = page.paint(Paint::Secondary, &evidence_line(scenario));
        page.item(&" ".repeat(INDENT), INDENT, &line);
    }
}

/// `✓ 1  PowerShell Beaconing to Cloudflare Workers Endpoint`.
fn name(page: &mut Page, scenario: &ScenarioReport) {
    let outcome = wording::worst(scenario);
    let mark = page.paint(Paint::of(outcome), mark(outcome));
    let name = page.paint(Paint::Heading, &visible(&scenario.name));
    page.item(&format!(" {mark} {:>2}  ", scenario.number), INDENT, &name);
}

const fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::KnownMiss => "!",
        _ => match outcome.class() {
            Class::AsExpected => "✓",
            Class::Deviates => "✗",
            Class::Inconclusive => "?",
        },
    }
}

/// An outcome in words, loud where it is no success.
fn said(page: &Page, outcome: Outcome) -> String {
    let words = outcome.to_string();
    let words = if wording::is_trouble(outcome) {
        words.to_uppercase()
    } else {
        words
    };
    page.paint(Paint::of(outcome), &words)
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

/// `telemetry 5/5 · 16 events · powershell.exe (stand-in)`.
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
    let interpreters: Vec<_> = scenario
        .interpreters
        .iter()
        .map(|interpreter| {
            let image = visible(wording::image_name(&interpreter.image)).into_owned();
            format!("{image} ({})", interpreter.tier)
        })
        .collect();
    if !interpreters.is_empty() {
        parts.push(interpreters.join(", "));
    }
    parts.join(" · ")
}

/// What is not as it must be, scenario by scenario.
fn troubles<'a>(
    page: &mut Page,
    heading: &str,
    scenarios: impl Iterator<Item = &'a ScenarioReport>,
) {
    let mut scenarios = scenarios.peekable();
    if scenarios.peek().is_some() {
        page.heading(heading);
    }
    for scenario in scenarios {
        name(page, scenario);
        let outcome = wording::worst(scenario);
        let inconclusive = outcome.class() == Class::Inconclusive;
        if inconclusive {
            let cause = scenario.cause.as_deref().unwrap_or("no cause was given");
            let line = format!("{}: {}", said(page, outcome), visible(&clip(cause, 2000)));
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
        for trouble in wording::troubles(scenario) {
            tell(page, &trouble);
        }
        for detection in &scenario.detections {
            if wording::is_trouble(detection.outcome) && !detection.chain.is_empty() {
                chain(page, &detection.chain);
            }
        }
        if inconclusive {
            chain(page, &scenario.chain);
            origin(page, scenario);
        }
    }
}

fn tell(page: &mut Page, trouble: &Trouble) {
    let line = format!(
        "{} {}",
        said(page, trouble.outcome),
        trouble.summary.plain()
    );
    page.item(&" ".repeat(INDENT), INDENT, &line);
    for detail in &trouble.details {
        page.item(&" ".repeat(INDENT + 2), INDENT + 4, &detail.plain());
    }
}

/// The chain of evidence, a link on each line, up to the one that broke.
fn chain(page: &mut Page, chain: &[Link]) {
    let mut label = "evidence";
    for link in chain {
        let (mark, paint) = match link.holds {
            Some(true) => ("✓", Paint::Good),
            Some(false) => ("✗", Paint::Bad),
            None => ("-", Paint::Secondary),
        };
        let first = format!(
            "{}{}{} {:<10}",
            " ".repeat(INDENT + 2),
            page.paint(Paint::Secondary, &format!("{label:<10}")),
            page.paint(paint, mark),
            link.link,
        );
        let seen = match link.holds {
            Some(false) if link.seen.is_empty() => "not there".to_owned(),
            Some(false) => format!("{} (the chain breaks here)", visible(&link.seen)),
            None if link.seen.is_empty() => "nothing expected".to_owned(),
            _ => visible(&link.seen).into_owned(),
        };
        page.item(&first, INDENT + 24, &clip(&seen, LINE_LIMIT));
        label = "";
        if link.holds == Some(false) {
            break;
        }
    }
}

/// What was started, and the last that it printed.
fn origin(page: &mut Page, scenario: &ScenarioReport) {
    let label = |page: &Page, label: &str| {
        let label = page.paint(Paint::Secondary, &format!("{label:<10}"));
        format!("{}{label}", " ".repeat(INDENT + 2))
    };
    if !scenario.command_line.is_empty() {
        let first = label(page, "command");
        let command_line = visible(&scenario.command_line);
        page.item(&first, INDENT + 12, &clip(&command_line, LINE_LIMIT));
    }
    let lines = last_lines(&scenario.output, OUTPUT_LINES);
    let mut first = label(page, "output");
    if lines.is_empty() {
        page.item(&first, INDENT + 12, "none");
    }
    for line in lines {
        let line = clip(&line, LINE_LIMIT);
        page.item(&format!("{first}| "), INDENT + 14, &line);
        first = " ".repeat(INDENT + 12);
    }
}

/// Known misses, those with the same reason together.
fn known_misses(page: &mut Page, report: &RunReport) {
    let mut groups: Vec<(Vec<String>, Vec<(&ScenarioReport, Trouble)>)> = Vec::new();
    for scenario in &report.scenarios {
        if wording::worst(scenario) != Outcome::KnownMiss {
            continue;
        }
        for (trouble, why) in wording::known_misses(scenario) {
            let why: Vec<_> = why.iter().map(Sentence::plain).collect();
            match groups.iter_mut().find(|(known, _)| *known == why) {
                Some((_, misses)) => misses.push((scenario, trouble)),
                None => groups.push((why, vec![(scenario, trouble)])),
            }
        }
    }
    if groups.is_empty() {
        return;
    }
    page.heading(if report.strict {
        "Known misses: the detection does not see these, and the run is strict"
    } else {
        "Known misses: the detection does not see these"
    });
    for (why, misses) in groups {
        for (scenario, trouble) in misses {
            name(page, scenario);
            tell(page, &trouble);
        }
        for sentence in why {
            page.item("    ", 4, &sentence);
        }
    }
}

fn findings(page: &mut Page, report: &RunReport) {
    if report.findings.is_empty() {
        return;
    }
    page.heading("Findings");
    for finding in &report.findings {
        let mark = page.paint(Paint::Doubtful, "!");
        let code = page.paint(Paint::Heading, finding.code);
        let concerned = wording::concerned(finding)
            .map(|concerned| format!(" ({concerned})"))
            .unwrap_or_default();
        let message = visible(&finding.message);
        page.item(
            &format!(" {mark} "),
            3,
            &format!("{code}: {message}{concerned}"),
        );
        if let Some(help) = &finding.help {
            let first = page.paint(Paint::Secondary, "   help: ");
            page.item(&first, 9, &visible(help));
        }
    }
}

fn interpreters(page: &mut Page, report: &RunReport) {
    let rows: Vec<[String; 4]> = wording::interpreters(report)
        .into_iter()
        .map(|interpreter| {
            let cell = |text: &str| visible(&clip(text, 60)).into_owned();
            [
                cell(wording::image_name(&interpreter.image)),
                interpreter.tier.to_owned(),
                cell(&interpreter.program),
                cell(&interpreter.version),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    page.heading("Interpreters");
    let width = |column: usize| {
        let widths = rows
            .iter()
            .map(|row| textwrap::core::display_width(&row[column]));
        widths.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths.into_iter().chain([0])) {
            let pad = width.saturating_sub(textwrap::core::display_width(cell));
            line.push_str(cell);
            line.push_str(&" ".repeat(pad + 2));
        }
        page.item("   ", 5, line.trim_end());
    }
    if rows.iter().any(|row| row[1] == "stand-in") {
        let note = page.paint(
            Paint::Secondary,
            "A stand-in is the lab's own program under that name. It runs the text that it is \
             given, and is not the interpreter of Windows.",
        );
        page.item("   ", 3, &note);
    }
}

fn verdict(page: &mut Page, report: &RunReport, folder: Option<&str>) {
    let verdict = Verdict::of(report);
    let (mark, paint) = match verdict {
        Verdict::AsExpected => ("✓", Paint::Good),
        Verdict::KnownMisses => ("!", Paint::Doubtful),
        Verdict::Inconclusive | Verdict::Unfinished | Verdict::Interrupted => {
            ("?", Paint::Doubtful)
        }
        _ => ("✗", Paint::Bad),
    };
    page.blank();
    if let Some(warning) = verdict.warning() {
        page.item("", 0, &format!("{warning}."));
    }
    let mut line = format!(
        "{}: {}",
        page.paint(paint, verdict.words()),
        wording::tally(&report.scenarios)
    );
    if let Some(code) = report.exit_code {
        line.push_str(&format!(" · exit code {code}"));
    }
    if let Some(duration) = wording::duration(report) {
        line.push_str(&format!(" · {duration}"));
    }
    if let Some(folder) = folder {
        line.push_str(&format!(" · {}", visible(folder)));
    }
    let first = format!("{} ", page.paint(paint, mark));
    page.unbroken(&first, 2, &line);
}

#[cfg(test)]
mod tests;
