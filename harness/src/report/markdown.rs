//! A short report in Markdown, for the summary of a job of GitHub Actions
//! (`GITHUB_STEP_SUMMARY`) or a comment.
//!
//! The flavour is GitHub's: <https://github.github.com/gfm/>.

use super::model::{RunReport, ScenarioReport};
use super::sentence::{Piece, QUOTE_LIMIT, Sentence};
use super::untrusted::{clip, last_lines, visible};
use super::verdict::{self, Verdict};
use super::wording;
use crate::outcome::{Class, Outcome};

/// How many lines of what the programs printed are shown.
const OUTPUT_LINES: usize = 20;

/// How much of a line of it is shown, in characters.
const LINE_LIMIT: usize = 400;

/// The report in Markdown, with a final newline.
///
/// Whatever others wrote is escaped or quoted: it cannot become markup.
pub fn render(report: &RunReport) -> String {
    let whole = Verdict::of(report);
    let mut lines = vec![format!("## {}: {}", report.tool.name, whole.words())];
    if let Some(warning) = whole.warning() {
        lines.extend([String::new(), format!("**{}.**", escaped(warning))]);
    }
    lines.extend([String::new(), totals(report)]);
    lines.extend(table(report));
    lines.extend(report.scenarios.iter().flat_map(troubles));
    lines.extend(findings(report));
    lines.extend(conditions(report));
    lines.extend(interpreters(report));
    lines.extend(blocked(report));
    lines.push(String::new());
    lines.join("\n")
}

fn totals(report: &RunReport) -> String {
    let mut parts = vec![verdict::tally(&report.scenarios)];
    parts.extend(report.exit_code.map(|code| format!("exit code {code}")));
    parts.extend(verdict::duration(report));
    parts.join(" · ")
}

fn table(report: &RunReport) -> Vec<String> {
    if report.scenarios.is_empty() {
        return vec![];
    }
    let mut lines = vec![
        String::new(),
        "| # | Scenario | Detection | Outcome | Rows | Rows say |".to_owned(),
        "|--:|---|---|---|---|---|".to_owned(),
    ];
    for scenario in &report.scenarios {
        let control = if scenario.control { " (control)" } else { "" };
        let number = scenario.number.to_string();
        let name = format!("{}{control}", escaped(&scenario.name));
        let mut row = |cells: [String; 4]| {
            let cells = cells.join(" | ");
            lines.push(format!("| {number} | {name} | {cells} |"));
        };
        if scenario.detections.is_empty() {
            let outcome = said(verdict::worst(scenario));
            row([String::new(), outcome, String::new(), String::new()]);
        }
        for detection in &scenario.detections {
            let rows = if detection.outcome.class() == Class::Inconclusive {
                String::new()
            } else {
                escaped(&wording::rows(detection))
            };
            row([
                escaped(&detection.name),
                said(detection.outcome),
                rows,
                escaped(&wording::held(detection)),
            ]);
        }
    }
    lines
}

/// An outcome in words, loud where it is no success.
fn said(outcome: Outcome) -> String {
    let words = verdict::said(outcome);
    if verdict::is_trouble(outcome) {
        format!("**{words}**")
    } else {
        words
    }
}

fn troubles(scenario: &ScenarioReport) -> Vec<String> {
    let outcome = verdict::worst(scenario);
    if !verdict::is_trouble(outcome) {
        return vec![];
    }
    let name = escaped(&scenario.name);
    let mut lines = vec![
        String::new(),
        format!("### {}. {name}", scenario.number),
        String::new(),
    ];
    let inconclusive = outcome.class() == Class::Inconclusive;
    if inconclusive {
        let cause = scenario.cause.as_deref().unwrap_or("no cause was given");
        lines.push(format!("- {}: {}", said(outcome), escaped(cause)));
    }
    for trouble in wording::troubles(scenario) {
        let summary = sentence(&trouble.summary);
        lines.push(format!("- {} {summary}", said(trouble.outcome)));
        for detail in &trouble.details {
            lines.push(format!("  - {}", sentence(detail)));
        }
    }
    if inconclusive {
        let broken = wording::broken_link(&scenario.chain);
        lines.extend(broken.map(|broken| format!("- {}", sentence(&broken))));
        lines.extend(output(scenario));
    }
    lines
}

fn output(scenario: &ScenarioReport) -> Vec<String> {
    let output = last_lines(&scenario.output, OUTPUT_LINES);
    if output.is_empty() {
        return vec![];
    }
    let longest = output.iter().map(|line| longest_run(line, '`')).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let mut lines = vec![
        String::new(),
        "<details><summary>The last lines of the output</summary>".to_owned(),
        String::new(),
        format!("{fence}text"),
    ];
    lines.extend(
        output
            .iter()
            .map(|line| clip(line, LINE_LIMIT).into_owned()),
    );
    lines.extend([fence, String::new(), "</details>".to_owned()]);
    lines
}

fn findings(report: &RunReport) -> Vec<String> {
    if report.findings.is_empty() {
        return vec![];
    }
    let mut lines = vec![String::new(), "### Findings".to_owned(), String::new()];
    for finding in &report.findings {
        let code = quoted(finding.code);
        let subject = wording::subject(finding)
            .map_or_else(String::new, |subject| format!(" ({})", escaped(&subject)));
        let message = escaped(&finding.message);
        lines.push(format!("- {code}{subject}: {message}"));
        let help = finding.help.as_deref();
        lines.extend(help.map(|help| format!("  - {}", escaped(help))));
    }
    lines
}

fn conditions(report: &RunReport) -> Vec<String> {
    let detections = report
        .detections
        .iter()
        .map(|detection| escaped(&detection.name));
    let mut parts = vec![
        format!("Detection {}", detections.collect::<Vec<_>>().join(", ")),
        format!("add-on {}", escaped(&report.addon)),
        format!("reverse lookups {}", escaped(&report.ptr)),
        format!("endpoints {}", escaped(&report.behaviour)),
        format!("isolation {}", report.isolation.unwrap_or("none")),
    ];
    if report.strict {
        parts.push("strict".to_owned());
    }
    let tiers = wording::tiers(wording::interpreters(report));
    parts.extend(tiers.iter().map(|tier| escaped(tier)));
    vec![String::new(), parts.join(" · ")]
}

/// The programs that ran.
fn interpreters(report: &RunReport) -> Vec<String> {
    let interpreters = wording::interpreters(report);
    if interpreters.is_empty() {
        return vec![];
    }
    let mut lines = vec![
        String::new(),
        "### Interpreters".to_owned(),
        String::new(),
        "| Image | Tier | Program | Path | Why no better tier |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(interpreters.into_iter().map(|interpreter| {
        let cells = [
            wording::image_name(&interpreter.image),
            interpreter.tier,
            &wording::program(interpreter),
            interpreter.path.as_deref().unwrap_or_default(),
            interpreter.why_not_better.as_deref().unwrap_or_default(),
        ];
        let cells = cells.map(|cell| escaped(&clip(cell, LINE_LIMIT)));
        format!("| {} |", cells.join(" | "))
    }));
    lines
}

/// What programs tried of themselves and could not.
fn blocked(report: &RunReport) -> Vec<String> {
    let mut lines: Vec<_> = report
        .scenarios
        .iter()
        .filter_map(|scenario| {
            let blocked = wording::blocked(scenario)?;
            let blocked = escaped(&clip(&blocked, LINE_LIMIT));
            Some(format!("- scenario {}: {blocked}", scenario.number))
        })
        .collect();
    if !lines.is_empty() {
        lines.splice(
            0..0,
            [String::new(), "### Blocked".to_owned(), String::new()],
        );
    }
    lines
}

pub(super) fn sentence(sentence: &Sentence) -> String {
    sentence
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => escaped(words),
            Piece::Quote(value) => quoted(&clip(value, QUOTE_LIMIT)),
        })
        .collect()
}

/// Text that cannot become markup, in a cell of a table or elsewhere. A bar is
/// given as a character reference: in a cell, a backslash before it is not
/// always taken for an escape.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' => escaped.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A code span, whatever backticks are in it. Not for cells of tables, where a
/// bar would end it.
fn quoted(value: &str) -> String {
    if value.is_empty() {
        return "empty".to_owned();
    }
    let value = visible(value);
    let fence = "`".repeat(longest_run(&value, '`') + 1);
    // One blank on each side is not a part of the content.
    let pad = if value.starts_with(['`', ' ']) || value.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{value}{pad}{fence}")
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
