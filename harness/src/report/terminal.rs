//! The report that a person reads in the terminal when the run is over.
//!
//! It goes from what was proved to what was not, so that what needs attention
//! stands last, next to the prompt. Words carry the meaning; colours repeat it.

mod overview;
pub(super) mod page;
mod recorded;
mod troubles;

use self::overview::{interpreters, overview};
use self::page::{Page, Paint};
use self::troubles::{findings, known, troubles};
use super::model::{DetectionSource, RunReport, ScenarioReport};
use super::untrusted::visible;
use super::verdict::{self, Verdict};
use super::wording;
use crate::outcome::{Class, Outcome};

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
    known(&mut page, report, Outcome::KnownMiss);
    known(&mut page, report, Outcome::KnownFalseAlarm);
    let of_class =
        |class| move |scenario: &&ScenarioReport| verdict::worst(scenario).class() == class;
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
    let what = match report.recorded {
        Some(_) => "recorded events".to_owned(),
        None => format!("run {}", visible(&report.run_id)),
    };
    page.item("", 0, &format!("{title}  {what}"));
    page.blank();
    for detection in &report.detections {
        field(page, "detection", &source(detection));
        if let Some(origin) = &detection.origin {
            field(page, "published", &visible(origin));
        }
    }
    let strict = if report.strict {
        " · strict: known misses and false alarms deviate"
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
    match &report.recorded {
        Some(recorded) => self::recorded::recorded(page, recorded),
        None => field(page, "isolation", &isolation(report)),
    }
}

fn field(page: &mut Page, name: &str, value: &str) {
    let name = page.paint(Paint::Secondary, &format!("  {name:<12}"));
    page.item(&name, 14, value);
}

fn source(detection: &DetectionSource) -> String {
    let file = detection.file.as_deref().unwrap_or("built in");
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
    if Verdict::of(report) == Verdict::Breached {
        return format!("{isolation} was wanted, and the seal did not hold");
    }
    let meaning = match isolation {
        "sealed" => "unprivileged namespaces of its own for each scenario; no route leads out",
        "root" => {
            "namespaces of its own for each scenario, made by root, whose rights were dropped \
             before a script ran; no route leads out"
        }
        _ => "weaker than a sealed sandbox",
    };
    let checks = match report.seal.len() {
        0 => "the seal was not checked".to_owned(),
        count => format!("{} held", wording::counted(count, "check")),
    };
    format!("{isolation}: {meaning} ({checks})")
}

fn verdict(page: &mut Page, report: &RunReport, folder: Option<&str>) {
    let verdict = Verdict::of(report);
    let (mark, paint) = match verdict {
        Verdict::AsExpected => ("✓", Paint::Good),
        Verdict::KnownMisses | Verdict::KnownFalseAlarms => ("!", Paint::Doubtful),
        Verdict::Inconclusive | Verdict::Unfinished | Verdict::Interrupted => {
            ("?", Paint::Doubtful)
        }
        _ => ("✗", Paint::Bad),
    };
    page.blank();
    if let Some(warning) = verdict.warning() {
        page.item("", 0, &format!("{warning}."));
    }
    let words = match verdict {
        // Recorded events were run by others.
        Verdict::NothingRan if report.recorded.is_some() => "Nothing judged",
        _ => verdict.words(),
    };
    let words = page.paint(paint, words);
    let mut parts = vec![format!("{words}: {}", verdict::tally(&report.scenarios))];
    parts.extend(report.exit_code.map(|code| format!("exit code {code}")));
    parts.extend(verdict::duration(report));
    parts.extend(folder.map(|folder| visible(folder).into_owned()));
    let first = format!("{} ", page.paint(paint, mark));
    page.unbroken(&first, 2, &parts.join(" · "));
}

#[cfg(test)]
mod tests;
