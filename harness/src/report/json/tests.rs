#![allow(clippy::unwrap_used, clippy::expect_used)]

use jsonschema::Validator;
use serde_json::{Value, json};

use super::super::fixtures;
use super::*;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schema/run.schema.json")).unwrap()
}

fn validator() -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema())
        .unwrap()
}

fn rendered(report: &RunReport) -> Value {
    serde_json::from_str(&render(report)).unwrap()
}

#[test]
fn reports_of_every_kind_validate() {
    let validator = validator();
    for (kind, report) in fixtures::all() {
        let errors: Vec<_> = validator
            .iter_errors(&rendered(&report))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{kind}: {errors:?}");
    }
}

#[test]
fn a_report_of_a_run_that_goes_on_validates() {
    let mut report = fixtures::all_as_expected();
    report.finished = None;
    report.outcome = None;
    report.exit_code = None;
    assert!(validator().is_valid(&rendered(&report)));
}

/// Pointers to all objects in a document.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(at.to_owned());
            for (key, field) in fields {
                objects(field, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// These objects hold names that the form does not know.
fn is_map(pointer: &str) -> bool {
    let mut parts = pointer.rsplit('/');
    let last = parts.next().unwrap();
    ["arguments", "where", "held", "met"].contains(&last)
        || last.parse::<usize>().is_ok() && parts.next() == Some("rows")
}

#[test]
fn no_field_may_be_missing_and_none_be_added() {
    let validator = validator();
    let mut forms = 0;
    for report in [fixtures::missed(), fixtures::wrong_value()] {
        let report = rendered(&report);
        let mut pointers = Vec::new();
        objects(&report, "", &mut pointers);
        for pointer in pointers.iter().filter(|pointer| !is_map(pointer)) {
            let mut broken = report.clone();
            let object = broken.pointer_mut(pointer).unwrap();
            object["surprise"] = json!(1);
            assert!(!validator.is_valid(&broken), "{pointer} may have more");
            let keys: Vec<_> = report
                .pointer(pointer)
                .and_then(Value::as_object)
                .unwrap()
                .keys()
                .collect();
            for key in keys {
                let mut broken = report.clone();
                let object = broken.pointer_mut(pointer).unwrap();
                object.as_object_mut().unwrap().remove(key);
                assert!(
                    !validator.is_valid(&broken),
                    "{pointer}/{key} may be missing"
                );
                forms += 1;
            }
        }
    }
    assert!(forms > 100, "only {forms} fields were tried");
}

#[test]
fn values_out_of_range_do_not_validate() {
    let report = rendered(&fixtures::missed());
    let validator = validator();
    assert!(validator.is_valid(&report));
    for (pointer, value) in [
        ("/schema_version", json!(2)),
        ("/exit_code", json!(6)),
        ("/exit_code", json!(1.5)),
        ("/outcome", json!("missed")),
        ("/started", json!("yesterday")),
        ("/detection/hash", json!("4b1e2f0c")),
        ("/isolation", json!(true)),
        ("/findings/0/code", json!("Reverse DNS")),
        ("/scenarios/0/outcome", json!("as_expected")),
        ("/scenarios/0/guid", json!("1")),
        ("/scenarios/0/number", json!(0)),
        ("/scenarios/0/technique", json!("1583.007")),
        ("/scenarios/0/seconds", json!(-1)),
        ("/scenarios/0/events", json!(-1)),
        ("/scenarios/0/arguments/count", json!(5)),
        ("/scenarios/0/interpreters/0/tier", json!("emulated")),
        ("/scenarios/0/chain/0/link", json!("packet")),
        ("/scenarios/0/chain/0/holds", json!("yes")),
        ("/scenarios/0/telemetry/0/event", json!("1")),
        ("/scenarios/0/telemetry/0/where/Image", json!(null)),
        ("/scenarios/0/detections/0/rows", json!({})),
        ("/scenarios/0/detections/0/dropped/0/line", json!(0)),
        (
            "/scenarios/0/detections/0/dropped/0/met/DestinationHostname",
            json!(3),
        ),
    ] {
        let mut broken = report.clone();
        *broken.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
}

#[test]
fn the_schema_is_one_and_says_what_each_field_is() {
    let schema = schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let mut pointers = Vec::new();
    objects(&schema, "", &mut pointers);
    for pointer in pointers {
        let object = schema.pointer(&pointer).unwrap();
        if let Some(properties) = object
            .get("properties")
            .filter(|_| object["type"] == "object")
        {
            assert_eq!(object["additionalProperties"], json!(false), "{pointer}");
            let names: Vec<_> = properties.as_object().unwrap().keys().collect();
            let required: Vec<_> = object["required"].as_array().unwrap().iter().collect();
            assert_eq!(json!(names), json!(required), "{pointer}");
            for name in names {
                let description = properties[name]["description"].as_str();
                assert!(
                    description.is_some_and(|text| text.ends_with('.')),
                    "{pointer}/{name}"
                );
            }
        }
    }
}

#[test]
fn the_fields_stand_in_the_order_of_the_schema() {
    let schema = schema();
    let names =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let report = rendered(&fixtures::missed());
    for (pointer, form) in [
        ("", ""),
        ("/tool", "/properties/tool"),
        ("/detection", "/$defs/detection_source"),
        ("/findings/0", "/$defs/finding"),
        ("/scenarios/0", "/$defs/scenario"),
        ("/scenarios/0/interpreters/0", "/$defs/interpreter"),
        ("/scenarios/0/chain/0", "/$defs/link"),
        ("/scenarios/0/telemetry/0", "/$defs/telemetry"),
        ("/scenarios/0/detections/0", "/$defs/detection"),
        ("/scenarios/0/detections/0/dropped/0", "/$defs/dropped"),
    ] {
        let properties = schema.pointer(&format!("{form}/properties")).unwrap();
        assert_eq!(
            names(report.pointer(pointer).unwrap()),
            names(properties),
            "{pointer}"
        );
    }
}

#[test]
fn what_could_drive_a_terminal_is_escaped_and_not_lost() {
    let report = fixtures::hostile();
    let text = render(&report);
    assert!(!text.contains(|c| c != '\n' && is_invisible(c)));
    assert!(text.ends_with("}\n"));
    // The escapes are JSON's: a reader gets the text as it was.
    assert_eq!(rendered(&report), serde_json::to_value(&report).unwrap());
    let name = rendered(&report)["scenarios"][1]["name"].clone();
    assert!(name.as_str().unwrap().contains("\u{9b}31m\u{202e}gpj.exe"));
}

#[test]
fn characters_beyond_the_basic_plane_are_escaped_as_pairs() {
    let mut report = fixtures::nothing_ran();
    "a\u{e0001}b".clone_into(&mut report.addon);
    assert!(render(&report).contains(r#""addon": "a\udb40\udc01b""#));
    assert_eq!(rendered(&report)["addon"], "a\u{e0001}b");
}

#[test]
fn a_run_looks_like_this() {
    insta::assert_snapshot!("missed", render(&fixtures::missed()));
}
