//! A short report in Markdown, for the summary of a job of GitHub Actions
//! (`GITHUB_STEP_SUMMARY`) or a comment.
//!
//! The flavour is GitHub's: <https://github.github.com/gfm/>.

use super::model::{RunReport, ScenarioReport};
use super::sentence::{Piece, QUOTE_LIMIT, Sentence};
use super::untrusted::{clip, last_lines, visible};
use super::wording::{self, Verdict};
use crate::outcome::{Class, Outcome};

/// How many lines of what the programs printed are shown.
const OUTPUT_LINES: usize = 20;

/// The report in Markdown, with a final newline.
///
/// Whatever others wrote is escaped or quoted: it cannot become markup.
pub fn render(report: &RunReport) -> String {
    let verdict = Verdict::of(report);
    let mut page = format!("## {}: {}\n\n", report.tool.name, escaped(verdict.words()));
    if let Some(warning) = verdict.warning() {
        page.push_str(&format!("**{}.**\n\n", escaped(warning)));
    }
    page.push_str(&totals(report));
    page.push_str(&table(report));
    for scenario in &report.scenarios {
        page.push_str(&troubles(scenario));
    }
    page.push_str(&findings(report));
    page.push_str(&conditions(report));
    page
}

fn totals(report: &RunReport) -> String {
    let mut parts = vec![wording::tally(&report.scenarios)];
    if let Some(code) = report.exit_code {
        parts.push(format!("exit code {code}"));
    }
    parts.extend(wording::duration(report));
    format!("{}\n", parts.join(" · "))
}

fn table(report: &RunReport) -> String {
    if report.scenarios.is_empty() {
        return String::new();
    }
    let many = report.detections.len() > 1;
    let mut table = if many {
        "\n| # | Scenario | Detection | Outcome | Rows | Rows say |\n|--:|---|---|---|---|---|\n"
    } else {
        "\n| # | Scenario | Outcome | Rows | Rows say |\n|--:|---|---|---|---|\n"
    }
    .to_owned();
    for scenario in &report.scenarios {
        let control = if scenario.control { " (control)" } else { "" };
        let name = format!("{}{control}", escaped(&scenario.name));
        let number = scenario.number.to_string();
        if scenario.detections.is_empty() {
            let outcome = said(wording::worst(scenario));
            let mut cells = vec![number.clone(), name.clone(), outcome];
            cells.resize(if many { 6 } else { 5 }, String::new());
            if many {
                cells.swap(2, 3);
            }
            table.push_str(&row(&cells));
        }
        for detection in &scenario.detections {
            let mut cells = vec![number.clone(), name.clone()];
            if many {
                cells.push(escaped(&detection.name));
            }
            cells.push(said(detection.outcome));
            cells.push(if detection.outcome.class() == Class::Inconclusive {
                String::new()
            } else {
                escaped(&wording::rows(detection))
            });
            cells.push(escaped(&wording::held(detection)));
            table.push_str(&row(&cells));
        }
    }
    table
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// An outcome in words, loud where it is no success.
fn said(outcome: Outcome) -> String {
    if wording::is_trouble(outcome) {
        format!("**{}**", outcome.to_string().to_uppercase())
    } else {
        outcome.to_string()
    }
}

fn troubles(scenario: &ScenarioReport) -> String {
    let outcome = wording::worst(scenario);
    if !wording::is_trouble(outcome) {
        return String::new();
    }
    let mut text = format!("\n### {}. {}\n\n", scenario.number, escaped(&scenario.name));
    let inconclusive = outcome.class() == Class::Inconclusive;
    if inconclusive {
        let cause = scenario.cause.as_deref().unwrap_or("no cause was given");
        text.push_str(&format!("- {}: {}\n", said(outcome), escaped(cause)));
    }
    for trouble in wording::troubles(scenario) {
        let summary = sentence(&trouble.summary);
        text.push_str(&format!("- {} {summary}\n", said(trouble.outcome)));
        for detail in &trouble.details {
            text.push_str(&format!("  - {}\n", sentence(detail)));
        }
    }
    if inconclusive {
        if let Some(broken) = wording::broken_link(&scenario.chain) {
            text.push_str(&format!("- {}\n", sentence(&broken)));
        }
        text.push_str(&output(scenario));
    }
    text
}

fn output(scenario: &ScenarioReport) -> String {
    let lines = last_lines(&scenario.output, OUTPUT_LINES);
    if lines.is_empty() {
        return String::new();
    }
    let lines = lines.join("\n");
    let fence = "`".repeat(longest_run(&lines, '`').max(2) + 1);
    format!(
        "\n<details><summary>The last lines of the output</summary>\n\n\
         {fence}text\n{lines}\n{fence}\n\n</details>\n"
    )
}

fn findings(report: &RunReport) -> String {
    if report.findings.is_empty() {
        return String::new();
    }
    let mut text = "\n### Findings\n\n".to_owned();
    for finding in &report.findings {
        let concerned = wording::concerned(finding)
            .map(|concerned| format!(" ({concerned})"))
            .unwrap_or_default();
        let code = quoted(finding.code);
        let message = escaped(&finding.message);
        text.push_str(&format!("- {code}: {message}{concerned}\n"));
        if let Some(help) = &finding.help {
            text.push_str(&format!("  - {}\n", escaped(help)));
        }
    }
    text
}

fn conditions(report: &RunReport) -> String {
    let detections: Vec<_> = report
        .detections
        .iter()
        .map(|detection| quoted(&detection.name))
        .collect();
    let interpreters: Vec<_> = wording::interpreters(report)
        .into_iter()
        .map(|interpreter| {
            let image = escaped(wording::image_name(&interpreter.image));
            format!("{image} ({})", interpreter.tier)
        })
        .collect();
    let mut parts = vec![
        format!("Detection {}", detections.join(", ")),
        format!("add-on {}", escaped(&report.addon)),
        format!("reverse lookups {}", escaped(&report.ptr)),
        format!("endpoints {}", escaped(&report.behaviour)),
        format!("isolation {}", report.isolation.unwrap_or("none")),
    ];
    if report.strict {
        parts.push("strict".to_owned());
    }
    let mut text = format!("\n{}\n", parts.join(" · "));
    if !interpreters.is_empty() {
        text.push_str(&format!("\nRan as {}\n", interpreters.join(", ")));
    }
    text
}

fn sentence(sentence: &Sentence) -> String {
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
fn escaped(text: &str) -> String {
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
