#![allow(clippy::unwrap_used)]

use scenarios::Library;
use serde_json::{Value, json};

use super::super::fixtures;
use super::*;

fn tests() -> Vec<AtomicTest> {
    Library::embedded().unwrap().atomics().to_vec()
}

/// A layer of a report whose scenarios have the GUIDs of the shipped tests.
fn layer(mut report: RunReport) -> Value {
    let tests = tests();
    for scenario in &mut report.scenarios {
        scenario.guid = tests[scenario.number - 1].guid.to_string();
    }
    serde_json::from_str(&render(&report, &tests)).unwrap()
}

/// The scores of the techniques that have one; `null` for the others.
fn scores(layer: &Value) -> Vec<(&str, &Value)> {
    let techniques = layer["techniques"].as_array().unwrap();
    techniques
        .iter()
        .map(|technique| {
            (
                technique["techniqueID"].as_str().unwrap(),
                &technique["score"],
            )
        })
        .collect()
}

/// What is against a layer by the published format 4.5.
fn problems(layer: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unless = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    unless(
        only(
            layer,
            &[
                "name",
                "versions",
                "domain",
                "description",
                "filters",
                "layout",
                "techniques",
                "gradient",
                "legendItems",
                "metadata",
            ],
        ),
        "property",
    );
    unless(
        layer["name"].as_str().is_some_and(|name| !name.is_empty()),
        "name",
    );
    unless(layer["domain"] == "enterprise-attack", "domain");
    unless(layer["description"].is_string(), "description");
    unless(layer["versions"]["layer"] == "4.5", "layer version");
    let navigator: Vec<u32> = layer["versions"]["navigator"]
        .as_str()
        .unwrap_or("")
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    unless(
        navigator.len() == 3 && navigator >= vec![4, 9, 0],
        "navigator version",
    );
    unless(layer["versions"]["attack"].is_string(), "attack version");
    let platforms = layer["filters"]["platforms"].as_array();
    unless(
        platforms.is_some_and(|platforms| {
            let known = |it: &Value| it == "PRE" || it == "Windows";
            // Without it the layer hides the technique that it is about.
            platforms.iter().all(known) && platforms.contains(&json!("PRE"))
        }),
        "platforms",
    );
    let layout = &layer["layout"];
    unless(layout["layout"] == "side", "layout");
    unless(
        ["none", "all", "annotated"]
            .map(Value::from)
            .contains(&layout["expandedSubtechniques"]),
        "expandedSubtechniques",
    );
    let colour = |value: &Value| {
        let digits = value.as_str().and_then(|text| text.strip_prefix('#'));
        digits.is_some_and(|it| it.len() == 6 && it.chars().all(|c| c.is_ascii_hexdigit()))
    };
    let gradient = &layer["gradient"];
    let colours = gradient["colors"].as_array().unwrap();
    unless(colours.len() >= 2 && colours.iter().all(colour), "colors");
    unless(
        gradient["minValue"].as_f64().unwrap() < gradient["maxValue"].as_f64().unwrap(),
        "gradient",
    );
    for item in layer["legendItems"].as_array().unwrap() {
        unless(
            item["label"].is_string() && colour(&item["color"]),
            "legend",
        );
    }
    unless(is_metadata(&layer["metadata"]), "metadata");
    problems.extend(technique_problems(layer));
    problems
}

fn only(value: &Value, known: &[&str]) -> bool {
    let keys = value.as_object().unwrap().keys();
    keys.into_iter().all(|key| known.contains(&key.as_str()))
}

fn is_metadata(value: &Value) -> bool {
    value.as_array().unwrap().iter().all(|item| {
        item["name"].is_string() && item["value"].is_string() && only(item, &["name", "value"])
    })
}

/// The same of its techniques.
fn technique_problems(layer: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unless = |holds: bool, problem: &str| {
        if !holds {
            problems.push(problem.to_owned());
        }
    };
    let techniques = layer["techniques"].as_array().unwrap();
    for technique in techniques {
        let known = [
            "techniqueID",
            "score",
            "comment",
            "enabled",
            "metadata",
            "showSubtechniques",
        ];
        unless(only(technique, &known), "technique property");
        let id = technique["techniqueID"].as_str().unwrap_or("");
        unless(id.parse::<scenarios::TechniqueId>().is_ok(), "techniqueID");
        let score = &technique["score"];
        unless(
            score.is_null()
                || score
                    .as_f64()
                    .is_some_and(|score| (0.0..=100.0).contains(&score)),
            "score",
        );
        unless(technique["comment"].is_string(), "comment");
        unless(technique["enabled"].is_boolean(), "enabled");
        unless(
            technique["showSubtechniques"].is_boolean(),
            "showSubtechniques",
        );
        unless(is_metadata(&technique["metadata"]), "metadata");
        // A sub-technique is seen only where its technique shows it.
        if let Some((parent, _)) = id.split_once('.') {
            let shown = techniques.iter().any(|technique| {
                technique["techniqueID"] == parent && technique["showSubtechniques"] == true
            });
            unless(shown, "parent");
        }
    }
    problems
}

#[test]
fn layers_of_every_kind_of_report_obey_the_format() {
    for (kind, report) in fixtures::all() {
        let layer: Value = serde_json::from_str(&render(&report, &tests())).unwrap();
        assert_eq!(problems(&layer), [""; 0], "{kind}");
    }
    assert_eq!(problems(&layer(fixtures::all_as_expected())), [""; 0]);
}

#[test]
fn a_layer_that_breaks_the_format_is_seen() {
    let good = layer(fixtures::all_as_expected());
    for (pointer, value, problem) in [
        ("/name", json!(""), "name"),
        ("/domain", json!("enterprise"), "domain"),
        ("/versions/layer", json!("4.4"), "layer version"),
        ("/versions/navigator", json!("4.8.2"), "navigator version"),
        ("/filters/platforms", json!(["Windows"]), "platforms"),
        ("/gradient/minValue", json!(100), "gradient"),
        ("/gradient/colors", json!(["#ff6666"]), "colors"),
        ("/techniques/0/techniqueID", json!("TA0011"), "techniqueID"),
        ("/techniques/0/showSubtechniques", json!(false), "parent"),
        ("/techniques/1/score", json!("100"), "score"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let problems = problems(&bad);
        assert!(
            problems.iter().any(|found| found == problem),
            "{pointer}: {problems:?}"
        );
    }
}

#[test]
fn the_techniques_that_events_show_stand_beside_the_preparation() {
    let layer = layer(fixtures::all_as_expected());
    let hundred = json!(100);
    assert_eq!(
        scores(&layer),
        [
            ("T1059", &Value::Null),
            ("T1059.001", &hundred),
            ("T1059.003", &hundred),
            ("T1059.006", &hundred),
            ("T1059.007", &hundred),
            ("T1071", &Value::Null),
            ("T1071.001", &hundred),
            ("T1102", &hundred),
            ("T1583", &Value::Null),
            ("T1583.007", &hundred),
        ]
    );
    // Seven scenarios, and on one of them all must stay silent.
    let last = layer["techniques"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(last["metadata"].as_array().unwrap().len(), 7);
    assert_eq!(
        last["comment"],
        "a detection told of 6 of 6 scenarios that were judged"
    );
}

#[test]
fn a_miss_that_is_known_is_a_miss_here() {
    let layer = layer(fixtures::known_misses(false));
    let zero = json!(0);
    let scores = scores(&layer);
    assert!(scores.contains(&("T1583.007", &zero)), "{scores:?}");
    assert!(scores.contains(&("T1059.001", &zero)), "{scores:?}");
    let conditions = layer["metadata"].as_array().unwrap();
    assert!(conditions.contains(&json!({ "name": "reverse DNS", "value": "provider" })));
}

/// An alarm that ought not to be is no coverage, known or not.
#[test]
fn a_false_alarm_that_is_known_has_no_score() {
    let mut report = fixtures::known_false_alarms(false);
    report
        .scenarios
        .retain(|scenario| scenario.outcome == Outcome::KnownFalseAlarm);
    let layer = layer(report);
    let scores = scores(&layer);
    assert!(!scores.is_empty() && scores.iter().all(|(_, score)| score.is_null()));
}

#[test]
fn what_was_not_judged_has_no_score() {
    let layer = layer(fixtures::not_executed());
    let scores = scores(&layer);
    assert!(scores.contains(&("T1059.006", &Value::Null)), "{scores:?}");
    assert!(scores.contains(&("T1059.001", &json!(100))), "{scores:?}");
}

#[test]
fn an_alarm_that_must_not_be_is_no_coverage() {
    let layer = layer(fixtures::unexpected());
    assert!(scores(&layer).contains(&("T1583.007", &Value::Null)));
}
