//! Each rule of the formats, by an example that breaks it and nothing else.

#![allow(clippy::unwrap_used)]

mod common;

use common::{edited, load, valid};
use scenarios::{Host, Suite, parse_expectations};

const ATOMICS: &str = "T1583.007.yaml";
const SIGNALS: &str = "signals.yaml";
const EXPECTED: &str = "detections/beacon.expected.yaml";

#[test]
fn the_unchanged_folder_is_valid() {
    let library = load(&valid()).unwrap();
    assert_eq!(library.atomics().len(), 2);
    assert_eq!(library.detections().len(), 1);
}

#[test]
fn a_test_is_of_the_core_suite_unless_it_says_otherwise() {
    let library = load(&valid()).unwrap();
    assert!(
        library
            .atomics()
            .iter()
            .all(|test| test.signals.suite == Suite::Core)
    );
    let files = edited(SIGNALS, "  realtime:", "  suite: extended\n  realtime:");
    let library = load(&files).unwrap();
    let suites: Vec<_> = library
        .atomics()
        .iter()
        .map(|test| test.signals.suite)
        .collect();
    assert_eq!(suites, [Suite::Extended, Suite::Core]);
    breaks(
        SIGNALS,
        "  realtime:",
        "  suite: extra\n  realtime:",
        "literal_error",
        "suite: extra",
    );
}

/// A detection that is added must not take the place of the one that is meant.
#[test]
fn the_detection_that_says_so_is_the_one_that_is_meant() {
    let ids = |detections: &[scenarios::Detection]| {
        let ids: Vec<_> = detections
            .iter()
            .map(|detection| detection.id.clone())
            .collect();
        ids.join(" ")
    };
    let mut files = valid();
    files.push(("detections/another.spl", "index=*\n".to_owned()));
    let library = load(&files).unwrap();
    assert_eq!(ids(library.detections()), "another beacon");
    assert_eq!(ids(library.default_detections()), "another beacon");
    let (_, origin) = files
        .iter_mut()
        .find(|(path, _)| *path == "detections/beacon.yaml")
        .unwrap();
    origin.push_str("default: true\n");
    let library = load(&files).unwrap();
    assert_eq!(ids(library.detections()), "beacon another");
    assert_eq!(ids(library.default_detections()), "beacon");
}

#[test]
fn tables_and_their_definitions_are_lookups_and_what_lies_deeper_is_not_read() {
    let mut files = valid();
    for (path, text) in [
        ("detections/allowed.csv", "a,b\n1,2\n"),
        ("detections/transforms.conf", "[allowed]\n"),
        ("detections/props.conf", "not a lookup"),
        ("detections/sigma/rule.yml", "not a detection"),
        ("detections/sigma/more.csv", "not a lookup"),
        ("table.csv", "not beside a detection"),
    ] {
        files.push((path, text.to_owned()));
    }
    let library = load(&files).unwrap();
    let lookups: Vec<_> = library
        .lookups()
        .iter()
        .map(|lookup| (lookup.name.as_str(), lookup.text.as_str()))
        .collect();
    assert_eq!(
        lookups,
        [
            ("allowed.csv", "a,b\n1,2\n"),
            ("transforms.conf", "[allowed]\n")
        ]
    );
}

/// Changes one text and expects the error's code, and the line on which it stands.
#[track_caller]
fn breaks(file: &str, from: &str, to: &str, code: &str, line: &str) {
    let files = edited(file, from, to);
    let error = load(&files).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.place.file, format!("T1583.007/{file}"), "{error}");
    let position = error.place.position.clone().unwrap();
    let (_, text) = files.iter().find(|(path, _)| *path == file).unwrap();
    let index = usize::try_from(position.line).unwrap() - 1;
    let got = text.lines().nth(index).unwrap_or_default();
    assert_eq!(got.trim(), line, "{error}");
}

#[test]
fn texts_have_a_form() {
    breaks(
        ATOMICS,
        "attack_technique: T1583.007",
        "attack_technique: T158",
        "string_pattern_mismatch",
        "attack_technique: T158",
    );
    breaks(
        ATOMICS,
        "attack_technique: T1583.007",
        "attack_technique: T1583.006",
        "technique_mismatch",
        "attack_technique: T1583.006",
    );
    breaks(
        ATOMICS,
        "'Acquire Infrastructure: Serverless'",
        "Four",
        "string_too_short",
        "display_name: Four",
    );
    breaks(
        ATOMICS,
        "First Beacon",
        "''",
        "string_too_short",
        "- name: ''",
    );
    breaks(
        ATOMICS,
        "    command: sudo run",
        "    command: ''",
        "string_too_short",
        "command: ''",
    );
    breaks(
        ATOMICS,
        "11111111-1111-4111-8111-111111111111",
        "{11111111-1111-4111-8111-111111111111}",
        "wrong_type",
        "auto_generated_guid: {11111111-1111-4111-8111-111111111111}",
    );
    breaks(
        ATOMICS,
        "11111111-1111-4111-8111-111111111111",
        "11111111-1111-4111-8111-11111111111",
        "uuid_parsing",
        "auto_generated_guid: 11111111-1111-4111-8111-11111111111",
    );
}

#[test]
fn keys_are_known_and_there() {
    breaks(
        ATOMICS,
        "  description: Asks an endpoint, too.",
        "  descripton: Asks an endpoint, too.",
        "extra_forbidden",
        "descripton: Asks an endpoint, too.",
    );
    breaks(
        ATOMICS,
        "      type: integer",
        "      typo: integer",
        "extra_forbidden",
        "typo: integer",
    );
    breaks(
        ATOMICS,
        "    command: sudo run",
        "    steps: long enough to be steps",
        "extra_forbidden",
        "steps: long enough to be steps",
    );
    breaks(
        ATOMICS,
        "    name: sh\n",
        "    name: manual\n",
        "extra_forbidden",
        "command: sudo run",
    );
    breaks(
        ATOMICS,
        "    command: sudo run\n",
        "",
        "missing",
        "name: sh",
    );
    breaks(
        ATOMICS,
        "  auto_generated_guid: 22222222-2222-4222-8222-222222222222\n",
        "",
        "missing",
        "- name: Second Beacon",
    );
    breaks(
        ATOMICS,
        "  description: Asks an endpoint, too.",
        "  name: Another",
        "duplicate_key",
        "name: Another",
    );
    breaks(
        SIGNALS,
        "    where:",
        "    were:",
        "extra_forbidden",
        "were: { DestinationPort: 443 }",
    );
    breaks(
        EXPECTED,
        "  rows:",
        "  row:",
        "extra_forbidden",
        "row: { all: { flag: 1 } }",
    );
    breaks(
        "detections/beacon.yaml",
        "name: Beacon",
        "title: Beacon",
        "extra_forbidden",
        "title: Beacon",
    );
}

#[test]
fn words_are_known() {
    breaks(
        ATOMICS,
        "  - windows",
        "  - windws",
        "literal_error",
        "- windws",
    );
    breaks(
        ATOMICS,
        "name: sh",
        "name: zsh",
        "literal_error",
        "name: zsh",
    );
    breaks(
        ATOMICS,
        "type: integer",
        "type: number",
        "literal_error",
        "type: number",
    );
    breaks(
        ATOMICS,
        "dependency_executor_name: powershell",
        "dependency_executor_name: pwsh",
        "literal_error",
        "dependency_executor_name: pwsh",
    );
    breaks(
        SIGNALS,
        "ptr: lab",
        "ptr: labs",
        "literal_error",
        "when: { behaviour: [serve, slow], ptr: labs }",
    );
    breaks(
        SIGNALS,
        "[serve, slow]",
        "[serve, slo]",
        "literal_error",
        "when: { behaviour: [serve, slo], ptr: lab }",
    );
    breaks(
        EXPECTED,
        "{ all:",
        "{ every:",
        "literal_error",
        "rows: { every: { flag: 1 } }",
    );
}

#[test]
fn lists_have_entries() {
    breaks(
        ATOMICS,
        "supported_platforms: [linux, macos]",
        "supported_platforms: []",
        "too_short",
        "supported_platforms: []",
    );
    breaks(
        SIGNALS,
        "[serve, slow]",
        "[]",
        "too_short",
        "when: { behaviour: [], ptr: lab }",
    );
    let empty = "attack_technique: T1583.007\ndisplay_name: Serverless\natomic_tests: []\n";
    let error = load(&[(ATOMICS, empty.to_owned())]).unwrap_err();
    assert_eq!(error.code(), "too_short", "{error}");
}

#[test]
fn input_arguments_are_used_and_declared() {
    breaks(
        ATOMICS,
        "#{interval}",
        "0.5",
        "unused_input_argument",
        "interval:",
    );
    breaks(
        ATOMICS,
        "sudo run",
        "sudo run -#{speed}",
        "missing_input_argument",
        "command: sudo run -#{speed}",
    );
    breaks(
        ATOMICS,
        "  executor:\n    name: sh",
        "  input_arguments:\n  executor:\n    name: sh",
        "empty_input_arguments",
        "input_arguments:",
    );
    breaks(
        ATOMICS,
        "  executor:\n    name: sh",
        "  input_arguments: {}\n  executor:\n    name: sh",
        "empty_input_arguments",
        "input_arguments: {}",
    );
    breaks(
        ATOMICS,
        "    interval:\n",
        "    inter val:\n",
        "invalid_argument_name",
        "inter val:",
    );
    breaks(
        ATOMICS,
        "    url:\n",
        "    u:\n",
        "invalid_argument_name",
        "u:",
    );
    for (from, to) in [
        ("default: 3", "default: three"),
        ("default: 3", "default: 3.5"),
        ("default: 0.5", "default: soon"),
        ("default: https://a.workers.dev/", "default: not a url"),
    ] {
        breaks(ATOMICS, from, to, "invalid_value", to);
    }
}

#[test]
fn older_files_write_types_with_a_capital() {
    load(&edited(ATOMICS, "type: url", "type: Url")).unwrap();
}

#[test]
fn a_default_may_be_absent_or_null() {
    for to in ["", "      default:\n", "      default: null\n"] {
        load(&edited(ATOMICS, "      default: 3\n", to)).unwrap();
    }
}

#[test]
fn guids_are_unique() {
    let files = edited(
        ATOMICS,
        "22222222-2222-4222-8222-222222222222",
        "11111111-1111-4111-8111-111111111111",
    );
    let error = load(&files).unwrap_err();
    assert_eq!(error.code(), "reused_guid");
    let line = error.place.position.map(|position| position.line);
    assert_eq!(line, Some(38));
}

#[test]
fn guids_are_unique_across_files() {
    let mut files = valid();
    files.push(("controls.yaml", common::ATOMICS.to_owned()));
    let error = load(&files).unwrap_err();
    assert_eq!(error.code(), "reused_guid");
    assert_eq!(error.place.file, "T1583.007/controls.yaml");
    assert!(
        error.to_string().contains("T1583.007/T1583.007.yaml:4:"),
        "{error}"
    );
}

#[test]
fn sudo_needs_elevation() {
    breaks(
        ATOMICS,
        "elevation_required: true",
        "elevation_required: false",
        "elevation_required_but_not_provided",
        "elevation_required: false",
    );
    breaks(
        ATOMICS,
        "    elevation_required: true\n",
        "",
        "elevation_required_but_not_provided",
        "name: sh",
    );
    breaks(
        ATOMICS,
        "    elevation_required: true\n    command: sudo run\n",
        "    command: run\n    cleanup_command: sudo clean\n",
        "elevation_required_but_not_provided",
        "name: sh",
    );
    // On Windows, sudo is a word as any other.
    load(&edited(
        ATOMICS,
        "      clean #{count}",
        "      sudo clean #{count}",
    ))
    .unwrap();
}

#[test]
fn dependency_executors_go_with_dependencies() {
    for (to, line) in [
        ("dependency_executor_name:", "dependency_executor_name:"),
        (
            "dependency_executor_name: ''",
            "dependency_executor_name: ''",
        ),
    ] {
        breaks(
            ATOMICS,
            "dependency_executor_name: powershell",
            to,
            "empty_dependency_executor_name",
            line,
        );
    }
    breaks(
        ATOMICS,
        "  executor:\n    name: sh",
        "  dependency_executor_name: sh\n  executor:\n    name: sh",
        "invalid_dependency_executor_name",
        "dependency_executor_name: sh",
    );
}

#[test]
fn manual_tests_have_steps() {
    let manual = |steps: &str| {
        load(&edited(
            ATOMICS,
            "    name: sh\n    elevation_required: true\n    command: sudo run\n",
            &format!("    name: manual\n{steps}"),
        ))
    };
    assert_eq!(manual("").unwrap_err().code(), "missing");
    assert_eq!(
        manual("    steps: Click\n").unwrap_err().code(),
        "string_too_short"
    );
    assert!(manual("    steps: Click there twice\n").is_ok());
}

#[test]
fn bounds_say_how_many() {
    let missing = "- event: 3";
    // Without quotes, YAML takes the argument for a comment.
    breaks(SIGNALS, "'#{count}'", "#{count}", "missing_bound", missing);
    breaks(
        SIGNALS,
        "    exactly: '#{count}'\n",
        "",
        "missing_bound",
        missing,
    );
    breaks(
        SIGNALS,
        "    exactly: '#{count}'",
        "    exactly: 3\n    at_most: 4",
        "conflicting_bounds",
        "at_most: 4",
    );
    breaks(
        SIGNALS,
        "    exactly: '#{count}'",
        "    at_least: 5\n    at_most: 4",
        "impossible_bounds",
        "at_least: 5",
    );
    for count in [
        "some",
        "-1",
        "1.5",
        "'#{count} or so'",
        "'#{count}#{count}'",
    ] {
        breaks(
            SIGNALS,
            "'#{count}'",
            count,
            "invalid_count",
            &format!("exactly: {count}"),
        );
    }
    breaks(
        SIGNALS,
        "'#{count}'",
        "'#{number}'",
        "unknown_argument",
        missing,
    );
    breaks(
        SIGNALS,
        "'#{count}'",
        "'#{interval}'",
        "argument_not_countable",
        missing,
    );
    breaks(
        EXPECTED,
        "'#{count}'",
        "'#{number}'",
        "unknown_argument",
        "- exactly: '#{number}'",
    );
}

#[test]
fn known_misses_say_why_and_how_many_at_most() {
    breaks(
        EXPECTED,
        "  because: no name\n",
        "",
        "missing_reason",
        "- exactly: 0",
    );
    breaks(
        EXPECTED,
        "exactly: 0",
        "at_least: 1",
        "unbounded_miss",
        "- at_least: 1",
    );
}

#[test]
fn false_alarms_say_why_and_have_rows() {
    let alarm = |bound: &str| format!("{bound}\n  false_alarm: true\n  because: wanted");
    for bound in ["exactly: 0", "at_most: 0", "at_least: 0\n  at_most: 0"] {
        breaks(
            EXPECTED,
            "exactly: '#{count}'",
            &alarm(bound),
            "silent_false_alarm",
            &format!("- {}", bound.lines().next().unwrap()),
        );
    }
    breaks(
        EXPECTED,
        "exactly: '#{count}'",
        "exactly: 2\n  false_alarm: true",
        "missing_reason",
        "- exactly: 2",
    );
    breaks(
        EXPECTED,
        "known_miss: true",
        "known_miss: true\n  false_alarm: true",
        "miss_and_false_alarm",
        "- exactly: 0",
    );
    for bound in ["exactly: '#{count}'", "at_least: 1", "at_most: 3"] {
        let library = load(&edited(EXPECTED, "exactly: '#{count}'", &alarm(bound))).unwrap();
        let expectations = library.detections()[0].expectations.as_ref().unwrap();
        let (_, _, of_first) = expectations.iter().next().unwrap();
        let words: Vec<_> = of_first
            .iter()
            .map(|expectation| (expectation.false_alarm, expectation.known_miss))
            .collect();
        assert_eq!(words, [(true, false), (false, true)]);
    }
}

#[test]
fn expectations_that_apply_under_the_same_condition_are_refused() {
    // Without `when`, the first applies everywhere.
    breaks(
        EXPECTED,
        "  when: { behaviour: serve, ptr: lab }\n",
        "",
        "overlapping_expectations",
        "- exactly: 0",
    );
    breaks(
        EXPECTED,
        "when: { ptr: none }",
        "when: { behaviour: [error, serve] }",
        "overlapping_expectations",
        "- exactly: 0",
    );
    let error = load(&edited(
        EXPECTED,
        "behaviour: serve, ptr: lab",
        "addon: linux",
    ))
    .unwrap_err();
    let said = error.to_string();
    for part in [
        "expected.yaml:5:3",
        "expected.yaml:2:3",
        "ptr none, event_22 logged, addon linux",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Where each excludes the other, the order does not matter.
    for when in [
        "behaviour: refuse",
        "ptr: [none, provider, off]",
        "behaviour: [slow, error], ptr: lab",
    ] {
        load(&edited(EXPECTED, "ptr: none", when)).unwrap();
    }
}

#[test]
fn signals_and_expectations_are_of_a_test() {
    let other = "33333333-3333-4333-8333-333333333333";
    for file in [SIGNALS, EXPECTED] {
        breaks(
            file,
            "11111111-1111-4111-8111-111111111111",
            other,
            "unknown_guid",
            &format!("{other}:"),
        );
        breaks(
            file,
            "11111111-1111-4111-8111-111111111111",
            "first",
            "uuid_parsing",
            "first:",
        );
        breaks(
            file,
            "11111111-1111-4111-8111-111111111111",
            "11111111111141118111111111111111",
            "uuid_parsing",
            "11111111111141118111111111111111:",
        );
    }
}

#[test]
fn a_guid_stands_once_in_a_file_however_it_is_written() {
    let guid = "ABCDEF00-1111-4111-8111-111111111111";
    let twice = |value: &str| format!("{guid}: {value}\n{}: {value}\n", guid.to_lowercase());
    let error = parse_expectations(&twice("[{ exactly: 0 }]"), "twice").unwrap_err();
    assert_eq!(error.code(), "duplicate_key");
    assert_eq!(error.place.position.map(|position| position.line), Some(2));

    let mut files = valid();
    files[0].1 = files[0]
        .1
        .replace("11111111-1111-4111-8111-111111111111", guid);
    files[1].1 = twice("{}");
    files.truncate(2);
    assert_eq!(load(&files).unwrap_err().code(), "duplicate_key");
    files[1].1 = format!("{guid}: {{}}\n");
    load(&files).unwrap();
}

#[test]
fn a_test_that_is_mentioned_has_expectations() {
    let text = "11111111-1111-4111-8111-111111111111: []\n";
    assert_eq!(
        parse_expectations(text, "x").unwrap_err().code(),
        "too_short"
    );
    for nothing in ["", "{}\n", "# nothing yet\n"] {
        let error = parse_expectations(nothing, "x").unwrap_err();
        assert_eq!(error.code(), "no_expectations", "{nothing:?}");
        assert!(error.to_string().starts_with("x: "), "{error}");
    }
}

#[test]
fn signals_fit_their_test() {
    breaks(
        SIGNALS,
        "interval: 60",
        "pause: 60",
        "unknown_argument",
        "realtime: { pause: 60 }",
    );
    breaks(
        SIGNALS,
        "interval: 60",
        "interval: long",
        "invalid_value",
        "realtime: { interval: long }",
    );
    breaks(
        SIGNALS,
        r"C:\Tools\thing.exe",
        r"C:\Tools\other.exe",
        "unused_image",
        r"images: { 'C:\Tools\other.exe': curl }",
    );
    // Windows knows no case in paths.
    load(&edited(
        SIGNALS,
        r"C:\Tools\thing.exe",
        r"c:\TOOLS\Thing.exe",
    ))
    .unwrap();
    let with = |more: &str| {
        edited(
            SIGNALS,
            "  techniques:",
            &format!("  {more}\n  techniques:"),
        )
    };
    for (more, code) in [
        ("hosts: { b.example: { proxy_port: 8080 } }", "unused_host"),
        ("hosts: { a.workers.dev: { port: 8080 } }", "literal_error"),
        (
            "hosts: { a.workers.dev: { proxy_port: 80800 } }",
            "wrong_type",
        ),
        ("addresses: { other: url }", "unknown_argument"),
        ("addresses: { interval: other }", "unknown_argument"),
        ("addresses: { interval: count }", "argument_not_url"),
    ] {
        let error = load(&with(more)).unwrap_err();
        assert_eq!(error.code(), code, "{more}: {error}");
        assert_eq!(error.place.position.unwrap().line, 4, "{more}");
    }
    let library = load(&with(
        "for: the name\n  hosts: { A.workers.dev: { alias_of: b.vercel.app } }\n  \
         addresses: { interval: url }",
    ))
    .unwrap();
    let signals = &library.atomics()[0].signals;
    assert_eq!(signals.purpose.as_deref(), Some("the name"));
    assert_eq!(
        signals.hosts["a.workers.dev"],
        Host::AliasOf("b.vercel.app".to_owned())
    );
    assert_eq!(signals.addresses["interval"], "url");
    breaks(
        SIGNALS,
        "T1071.001",
        "T1071.1",
        "string_pattern_mismatch",
        "techniques: [T1071.1]",
    );
}

#[test]
fn the_folder_has_a_form() {
    let with = |path: &'static str| {
        let mut files = valid();
        files.push((path, "x: y\n".to_owned()));
        load(&files)
    };
    assert_eq!(with("other.yml").unwrap_err().code(), "invalid_extension");
    assert_eq!(
        with("detections/other.yml").unwrap_err().code(),
        "invalid_extension"
    );
    assert_eq!(
        with("payloads/x.txt").unwrap_err().code(),
        "unexpected_folder"
    );
    assert_eq!(
        with("detections/other.yaml").unwrap_err().code(),
        "missing_file"
    );
    assert_eq!(
        with("detections/other.expected.yaml").unwrap_err().code(),
        "missing_file"
    );
    assert_eq!(with("other.yaml").unwrap_err().code(), "extra_forbidden");
    for accepted in [
        "src/x.yml",
        "bin/x.yaml",
        "T1583.007.md",
        ".hidden.yml",
        "detections/notes.txt",
    ] {
        with(accepted).unwrap();
    }
    assert_eq!(
        load(&[(SIGNALS, String::new())]).unwrap_err().code(),
        "no_tests"
    );
}

#[test]
fn a_library_needs_techniques() {
    let root = tempfile::tempdir().unwrap();
    let error = scenarios::Library::load(root.path()).unwrap_err();
    assert_eq!(error.code(), "no_techniques");
    let error = scenarios::Library::load(&root.path().join("absent")).unwrap_err();
    assert_eq!(error.code(), "unreadable");
}

#[test]
fn texts_must_be_yaml_and_utf_8() {
    let mut files = valid();
    files[1].1 = "a: [\n".to_owned();
    assert_eq!(load(&files).unwrap_err().code(), "wrong_type");
    files[1].1 = "%%%\n".to_owned();
    assert_eq!(load(&files).unwrap_err().code(), "invalid_yaml");
    files[1].1 = "- 1\n".to_owned();
    assert_eq!(load(&files).unwrap_err().code(), "wrong_type");

    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("T1583.007");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(ATOMICS), b"name: \xff\n").unwrap();
    let error = scenarios::Library::load(&folder).unwrap_err();
    assert_eq!(error.code(), "unreadable");
}
