//! What users read when a file is wrong.

#![allow(clippy::unwrap_used)]

mod common;

use common::{edited, load};
use scenarios::parse_expectations;

fn message(file: &str, from: &str, to: &str) -> String {
    load(&edited(file, from, to)).unwrap_err().to_string()
}

#[test]
fn messages_name_place_problem_and_expectation() {
    insta::assert_snapshot!(
        message("T1583.007.yaml", "  - windows", "  - windws"),
        @"T1583.007/T1583.007.yaml:9:5: unknown platform `windws`; expected one of `windows`, `macos`, `linux`, `office-365`, `azure-ad`, `google-workspace`, `saas`, `iaas`, `containers`, `iaas:gcp`, `iaas:azure`, `iaas:aws`, `esxi`"
    );
    insta::assert_snapshot!(
        message("T1583.007.yaml", "#{interval}", "0.5"),
        @"T1583.007/T1583.007.yaml:19:5: the input argument `interval` is not used in any of the commands; expected `#{interval}` in a command, or no such argument"
    );
    insta::assert_snapshot!(
        message("T1583.007.yaml", "sudo run", "sudo-#{what}"),
        @"T1583.007/T1583.007.yaml:45:14: `#{what}` is used but not declared in `input_arguments`; expected an input argument named `what`"
    );
    insta::assert_snapshot!(
        message("T1583.007.yaml", "default: 3", "default: many"),
        @"T1583.007/T1583.007.yaml:18:16: `many` is not a value of the input argument `count`; expected a whole number"
    );
    insta::assert_snapshot!(
        message("signals.yaml", "    exactly: '#{count}'\n", ""),
        @"T1583.007/signals.yaml:6:5: the expectation does not say how many; expected `at_least`, `at_most` or `exactly` (an argument in quotes: '#{count}')"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "ptr: none", "prt: none"),
        @"T1583.007/detections/beacon.expected.yaml:7:11: unknown key `prt`; expected one of `behaviour`, `ptr`, `event_22`, `addon`"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "ptr: none", "event_22: on"),
        @"T1583.007/detections/beacon.expected.yaml:7:21: unknown logging of event 22 `on`; expected `logged` or `off`"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "  because: no name\n", ""),
        @"T1583.007/detections/beacon.expected.yaml:5:3: `known_miss` without a reason; expected `because` beside `known_miss`"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "known_miss: true", "false_alarm: true"),
        @"T1583.007/detections/beacon.expected.yaml:5:3: a false alarm that has no rows; expected a number of rows above 0"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "known_miss: true", "known_miss: true\n  false_alarm: true"),
        @"T1583.007/detections/beacon.expected.yaml:5:3: `known_miss` beside `false_alarm`; expected one of both: it ought to fire, or to be silent"
    );
    insta::assert_snapshot!(
        message("detections/beacon.expected.yaml", "  rows: { all: { flag: 1 } }", "  false_alarm: true"),
        @"T1583.007/detections/beacon.expected.yaml:2:3: `false_alarm` without a reason; expected `because` beside `false_alarm`"
    );
}

#[test]
fn a_position_says_which_bytes_are_meant() {
    let text = "cf212ed1-a6cb-498e-90e4-35cefa167de4:\n- exactly: \u{e9}\u{e9}\n";
    let error = parse_expectations(text, "mine.expected.yaml").unwrap_err();
    let position = error.place.position.unwrap();
    assert_eq!((position.line, position.column), (2, 12));
    assert_eq!(&text[position.bytes.unwrap()], "\u{e9}\u{e9}");
}
