//! A layer for the ATT&CK Navigator: which techniques the beacons showed, and
//! of how many of those a detection told as it must.
//!
//! Source: the layer format 4.5 in MITRE's attack-navigator repository. A
//! technique that endpoints' events cannot prove is on the platform `PRE`,
//! which a list of platforms without it would hide; hence the techniques that
//! the events do show stand beside it, as the signals name them.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::AtomicTest;
use serde::Serialize;

use super::model::{RunReport, ScenarioReport};
use super::untrusted::visible;
use super::verdict;
use crate::outcome::{Class, Outcome};

/// The version of ATT&CK that the scenarios' techniques are of.
const ATTACK: &str = "18";
/// The Navigator that the format's own example, with that version, is of.
const NAVIGATOR: &str = "5.2.0";
const LAYER: &str = "4.5";

const NONE: &str = "#ff6666";
const SOME: &str = "#ffe766";
const ALL: &str = "#8ec843";

#[derive(Serialize)]
struct Layer {
    name: String,
    versions: Versions,
    domain: &'static str,
    description: String,
    filters: Filters,
    layout: Layout,
    techniques: Vec<Technique>,
    gradient: Gradient,
    #[serde(rename = "legendItems")]
    legend_items: Vec<LegendItem>,
    metadata: Vec<Metadata>,
}

#[derive(Serialize)]
struct Versions {
    attack: &'static str,
    navigator: &'static str,
    layer: &'static str,
}

#[derive(Serialize)]
struct Filters {
    platforms: Vec<&'static str>,
}

#[derive(Serialize)]
struct Layout {
    #[serde(rename = "layout")]
    matrix: &'static str,
    #[serde(rename = "showID")]
    show_id: bool,
    #[serde(rename = "showName")]
    show_name: bool,
    #[serde(rename = "expandedSubtechniques")]
    expanded_subtechniques: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Technique {
    #[serde(rename = "techniqueID")]
    id: String,
    /// None where nothing was judged: an unscored technique has no colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<usize>,
    comment: String,
    enabled: bool,
    metadata: Vec<Metadata>,
    show_subtechniques: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gradient {
    colors: [&'static str; 3],
    min_value: u8,
    max_value: u8,
}

#[derive(Serialize)]
struct LegendItem {
    label: &'static str,
    color: &'static str,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    value: String,
}

impl Metadata {
    fn new(name: &str, value: &str) -> Self {
        Self {
            name: visible(name).into_owned(),
            value: visible(value).into_owned(),
        }
    }
}

/// The report as a layer, in JSON. `tests` are the atomic tests of the run,
/// whose signals name the techniques that events show.
///
/// The score of a technique says, in percent, of how many of its scenarios a
/// detection told as it must: of those that were judged, and that a detection
/// ought to tell of. A scenario on which all must stay silent is no part of it,
/// and one that could not be judged is none either.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the layer has string keys only, and no type of it refuses to be serialized"
)]
pub fn render(report: &RunReport, tests: &[AtomicTest]) -> String {
    let mut by_technique: BTreeMap<String, Vec<&ScenarioReport>> = BTreeMap::new();
    for scenario in &report.scenarios {
        for technique in techniques(scenario, tests) {
            by_technique.entry(technique).or_default().push(scenario);
        }
    }
    let parents: BTreeSet<String> = by_technique
        .keys()
        .filter_map(|id| Some(id.split_once('.')?.0.to_owned()))
        .filter(|parent| !by_technique.contains_key(parent))
        .collect();
    let mut entries: Vec<_> = by_technique
        .iter()
        .map(|(id, scenarios)| technique(id, scenarios))
        .chain(parents.into_iter().map(parent))
        .collect();
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    let layer = Layer {
        name: format!("{} {}", report.tool.name, report.run_id),
        versions: Versions {
            attack: ATTACK,
            navigator: NAVIGATOR,
            layer: LAYER,
        },
        domain: "enterprise-attack",
        description: "Of how many beacons of a technique a detection told, in a lab.".to_owned(),
        filters: Filters {
            platforms: vec!["PRE", "Windows"],
        },
        layout: Layout {
            matrix: "side",
            show_id: true,
            show_name: true,
            expanded_subtechniques: "annotated",
        },
        techniques: entries,
        gradient: Gradient {
            colors: [NONE, SOME, ALL],
            min_value: 0,
            max_value: 100,
        },
        legend_items: [
            ("no detection told of its beacons", NONE),
            ("a detection told of some", SOME),
            ("a detection told of all", ALL),
        ]
        .map(|(label, color)| LegendItem { label, color })
        .into(),
        metadata: [
            ("started", report.started.to_string().as_str()),
            ("add-on", &report.addon),
            ("reverse DNS", &report.ptr),
            ("behaviour", &report.behaviour),
            ("verdict", verdict::Verdict::of(report).words()),
        ]
        .map(|(name, value)| Metadata::new(name, value))
        .into_iter()
        .chain(
            report
                .detections
                .iter()
                .map(|detection| Metadata::new("detection", &detection.name)),
        )
        .collect(),
    };
    let mut text = serde_json::to_string_pretty(&layer).expect("a layer serializes");
    text.push('\n');
    text
}

/// What a scenario is filed under, and what its events show beside it.
fn techniques(scenario: &ScenarioReport, tests: &[AtomicTest]) -> BTreeSet<String> {
    let test = tests
        .iter()
        .find(|test| test.guid.to_string() == scenario.guid);
    let shown = test.into_iter().flat_map(|test| &test.signals.techniques);
    shown
        .map(ToString::to_string)
        .chain([scenario.technique.clone()])
        .collect()
}

/// Whether a detection told of a scenario as it must: none where nothing can be
/// said, or where none ought to tell.
fn told(scenario: &ScenarioReport) -> Option<bool> {
    let judged = || {
        let outcomes = scenario
            .detections
            .iter()
            .map(|detection| detection.outcome);
        outcomes.filter(|outcome| outcome.class() != Class::Inconclusive)
    };
    if judged().any(|outcome| outcome == Outcome::Detected) {
        return Some(true);
    }
    // Silence that is right, and an alarm that is not, say nothing of coverage.
    judged()
        .any(|outcome| {
            !matches!(
                outcome,
                Outcome::Silent | Outcome::Unexpected | Outcome::KnownFalseAlarm
            )
        })
        .then_some(false)
}

fn technique(id: &str, scenarios: &[&ScenarioReport]) -> Technique {
    let judged: Vec<bool> = scenarios.iter().filter_map(|it| told(it)).collect();
    let detected = judged.iter().filter(|told| **told).count();
    let comment = match (detected, judged.len()) {
        (_, 0) => "no scenario of it says whether a detection tells".to_owned(),
        (detected, judged) => {
            format!("a detection told of {detected} of {judged} scenarios that were judged")
        }
    };
    Technique {
        id: id.to_owned(),
        score: (!judged.is_empty()).then(|| 100 * detected / judged.len()),
        comment,
        enabled: true,
        metadata: scenarios
            .iter()
            .map(|scenario| {
                let name = format!("{} {}", scenario.number, scenario.name);
                Metadata::new(&name, verdict::worst(scenario).name())
            })
            .collect(),
        show_subtechniques: false,
    }
}

/// A technique that is there for its sub-techniques to be shown.
fn parent(id: String) -> Technique {
    Technique {
        id,
        score: None,
        comment: String::new(),
        enabled: true,
        metadata: vec![],
        show_subtechniques: true,
    }
}

#[cfg(test)]
mod tests;
