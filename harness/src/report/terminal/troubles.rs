//! What was not proved, and why.

use super::super::model::{Link, RunReport, ScenarioReport};
use super::super::sentence::Sentence;
use super::super::untrusted::{clip, last_lines, visible};
use super::super::verdict;
use super::super::wording::{self, Trouble};
use super::overview::{INDENT, name, said};
use super::page::{Page, Paint};
use crate::outcome::{Class, Outcome};

/// How many lines of what the programs printed are shown.
const OUTPUT_LINES: usize = 8;
/// How much of a line that was printed, or of a command line, is shown.
const LINE_LIMIT: usize = 320;

/// What is not as it must be, scenario by scenario.
pub(super) fn troubles<'a>(
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
        let outcome = verdict::worst(scenario);
        let inconclusive = outcome.class() == Class::Inconclusive;
        if inconclusive {
            let cause = scenario.cause.as_deref().unwrap_or("no cause was given");
            let line = format!("{}: {}", said(page, outcome), visible(&clip(cause, 2000)));
            page.item(&" ".repeat(INDENT), INDENT, &line);
        }
        for trouble in wording::troubles(scenario) {
            tell(page, &trouble);
        }
        if outcome == Outcome::Unsupported {
            // It lies with the detection's text alone, whatever ran.
            continue;
        }
        if inconclusive {
            chain(page, broken_chain(scenario));
            origin(page, scenario);
        }
    }
}

/// The chain of evidence that broke: the scenario's own, or that of a
/// detection.
fn broken_chain(scenario: &ScenarioReport) -> &[Link] {
    let chains = scenario.detections.iter().map(|detection| &detection.chain);
    std::iter::once(&scenario.chain)
        .chain(chains)
        .find(|chain| wording::broken(chain).is_some())
        .unwrap_or(&scenario.chain)
}

fn tell(page: &mut Page, trouble: &Trouble<'_>) {
    let outcome = said(page, trouble.outcome);
    let line = format!("{outcome} · {}", trouble.summary.plain());
    page.item(&" ".repeat(INDENT), INDENT, &line);
    for detail in &trouble.details {
        page.item(&" ".repeat(INDENT + 2), INDENT + 4, &detail.plain());
    }
    chain(page, trouble.chain);
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

/// Known misses, or known false alarms, with the same excuse.
struct Excused<'a> {
    why: Vec<String>,
    of: Vec<(&'a ScenarioReport, Trouble<'a>)>,
}

/// What is known to be wrong, with that outcome: those with the same reason
/// together.
pub(super) fn known(page: &mut Page, report: &RunReport, outcome: Outcome) {
    let mut groups: Vec<Excused> = Vec::new();
    for scenario in &report.scenarios {
        if !verdict::worst(scenario).is_known() {
            continue;
        }
        for (trouble, why) in wording::known(scenario, outcome) {
            let why: Vec<_> = why.iter().map(Sentence::plain).collect();
            match groups.iter_mut().find(|group| group.why == why) {
                Some(group) => group.of.push((scenario, trouble)),
                None => groups.push(Excused {
                    why,
                    of: vec![(scenario, trouble)],
                }),
            }
        }
    }
    if groups.is_empty() {
        return;
    }
    let heading = match outcome {
        Outcome::KnownFalseAlarm => {
            "Known false alarms: the detection fires at these, and ought not to"
        }
        _ => "Known misses: the detection does not see these",
    };
    if report.strict {
        page.heading(&format!("{heading}, and the run is strict"));
    } else {
        page.heading(heading);
    }
    for Excused { why, of } in groups {
        for (scenario, trouble) in of {
            name(page, scenario);
            tell(page, &trouble);
        }
        for sentence in why {
            page.item("    ", 6, &sentence);
        }
    }
}

/// What was found out about the detection or the lab.
pub(super) fn findings(page: &mut Page, report: &RunReport) {
    if report.findings.is_empty() {
        return;
    }
    page.heading("Findings");
    for finding in &report.findings {
        let mark = page.paint(Paint::Doubtful, "!");
        let code = page.paint(Paint::Heading, finding.code);
        let subject = wording::subject(finding).map_or_else(String::new, |subject| {
            page.paint(Paint::Secondary, &format!(" · {}", visible(&subject)))
        });
        page.item(&format!(" {mark} "), 3, &format!("{code}{subject}"));
        page.item("   ", 3, &visible(&finding.message));
        if let Some(help) = &finding.help {
            let first = page.paint(Paint::Secondary, "   help: ");
            page.item(&first, 9, &visible(help));
        }
    }
}
