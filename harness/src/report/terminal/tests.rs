#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::super::fixtures;
use super::super::untrusted::is_invisible;
use super::*;

const FOLDER: &str = "runs/20260301T093000Z-7f3a";

fn plain(report: &RunReport, width: usize) -> String {
    let style = Style {
        colour: false,
        width,
    };
    render(report, Some(FOLDER), style)
}

/// The text without the sequences that set colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        let (sequence, rest) = part.split_once('m').unwrap();
        assert!(
            sequence.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{sequence:?}"
        );
        text + rest
    })
}

/// The text with its lines joined, so that a sentence can be looked for.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_narrow_terminal_reads_like_this() {
    for (kind, report) in fixtures::all() {
        insta::assert_snapshot!(format!("{kind}_80"), plain(&report, 80));
    }
}

#[test]
fn a_wide_terminal_reads_like_this() {
    for (kind, report) in fixtures::all() {
        insta::assert_snapshot!(format!("{kind}_120"), plain(&report, 120));
    }
}

#[test]
fn colours_are_few() {
    let style = Style {
        colour: true,
        width: 80,
    };
    let text = render(&fixtures::missed(), Some(FOLDER), style);
    insta::assert_snapshot!("missed_in_colour", text.replace('\u{1b}', "ESC"));
}

#[test]
fn no_line_is_longer_than_the_terminal_is_wide() {
    for (kind, report) in fixtures::all() {
        for width in [40, 60, 80, 120] {
            for line in plain(&report, width).lines() {
                assert!(
                    textwrap::core::display_width(line) <= width,
                    "{kind} at {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn a_folder_stays_in_one_piece() {
    let folder = "/a/very/long/path/that/is/to/be/copied/runs/20260301T093000Z-7f3a";
    let style = Style {
        colour: false,
        width: 40,
    };
    let text = render(&fixtures::all_as_expected(), Some(folder), style);
    assert!(text.lines().any(|line| line.trim() == folder), "{text}");
    let text = render(&fixtures::all_as_expected(), None, style);
    assert!(unwrapped(&text).ends_with("exit code 0 · 2.4 s"), "{text}");
}

#[test]
fn colours_add_nothing_but_colours() {
    for (kind, report) in fixtures::all() {
        let style = Style {
            colour: true,
            width: 80,
        };
        let coloured = render(&report, Some(FOLDER), style);
        assert!(coloured.contains("\u{1b}["), "{kind}");
        assert_eq!(without_colours(&coloured), plain(&report, 80), "{kind}");
    }
}

#[test]
fn without_colours_there_is_nothing_but_text() {
    for (kind, report) in fixtures::all() {
        let text = plain(&report, 80);
        assert!(!text.contains(|c| c != '\n' && is_invisible(c)), "{kind}");
    }
}

#[test]
fn a_miss_names_the_clause_its_place_and_the_value_it_met() {
    let text = unwrapped(&plain(&fixtures::missed(), 80));
    assert!(text.contains("MISSED · 0/5 rows"), "{text}");
    assert!(
        text.contains(
            "5 events dropped at line 2, column 2 by `DestinationHostname=\"*.workers.dev\"` and \
             2 clauses after it, the last in line 4: DestinationHostname had no value"
        ),
        "{text}"
    );
    assert!(text.contains("✓ event 5 events 3 ✗ row no rows (the chain breaks here)"));
    let text = unwrapped(&plain(&fixtures::two_detections(), 80));
    assert!(
        text.contains(
            r#"1 event dropped at line 1, column 58 by `Image="*\\pwsh.exe"`: Image was `C:\Windows"#
        ),
        "{text}"
    );
}

#[test]
fn a_known_miss_is_as_loud_as_a_miss_and_says_why() {
    let text = unwrapped(&plain(&fixtures::known_misses(false), 80));
    assert!(text.contains("KNOWN MISS · no rows"));
    assert!(text.contains("known, because Sysmon fills DestinationHostname"));
    assert!(text.contains("see the finding reverse-dns"));
    assert!(text.contains("! As expected, but not all detected: 2 known misses, 1 silent"));
    let text = unwrapped(&plain(&fixtures::known_misses(true), 80));
    assert!(text.contains("✗ Not as expected: 2 known misses, 1 silent · exit code 1"));
}

#[test]
fn a_known_false_alarm_is_as_loud_and_says_why() {
    let text = unwrapped(&plain(&fixtures::known_false_alarms(false), 80));
    assert!(text.contains("KNOWN FALSE ALARM · 2/2 rows"), "{text}");
    assert_eq!(
        text.matches("known, because the search has no way").count(),
        1
    );
    let verdict = "! As expected, but with false alarms: 2 known false alarms, 1 detected";
    assert!(text.contains(verdict), "{text}");
    let text = unwrapped(&plain(&fixtures::known_false_alarms(true), 80));
    assert!(
        text.contains("✗ Not as expected: 2 known false alarms"),
        "{text}"
    );
}

#[test]
fn an_excuse_that_misses_have_in_common_is_told_once() {
    let text = plain(&fixtures::known_misses(false), 120);
    assert_eq!(text.matches("known, because").count(), 1);
    let mut report = fixtures::known_misses(false);
    report.scenarios[1].detections[0].because = Some("the moon is full".to_owned());
    let text = plain(&report, 120);
    assert_eq!(text.matches("known, because").count(), 2);
}

#[test]
fn a_wrong_value_stands_beside_the_expected_one() {
    let text = unwrapped(&plain(&fixtures::wrong_value(), 80));
    assert!(
        text.contains(
            "serverless_platform: expected `Google Cloud Functions`, got `Other Serverless` in 4 \
             rows"
        ),
        "{text}"
    );
}

#[test]
fn what_is_inconclusive_names_the_broken_link_the_cause_and_the_output() {
    let text = unwrapped(&plain(&fixtures::not_executed(), 80));
    for part in [
        "NOT EXECUTED: python.exe ended with status 1 before its first beacon",
        "✓ process python.exe (process 4242) ran for 0.1 s ✗ name no name was asked (the chain \
         breaks here)",
        "| ModuleNotFoundError: No module named 'urllib'",
        "expected exactly 3, got 0",
        "? Inconclusive: 1 not executed, 1 detected · exit code 4",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn nothing_is_loud_where_all_is_as_expected() {
    let text = plain(&fixtures::all_as_expected(), 80);
    for word in [
        "MISS",
        "WRONG",
        "UNEXPECTED",
        "NO ",
        "✗",
        "?",
        "!",
        "Not as expected",
    ] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn every_scenario_stands_in_the_overview_once() {
    let report = fixtures::all_as_expected();
    let text = plain(&report, 80);
    for scenario in &report.scenarios {
        assert_eq!(text.matches(&scenario.name).count(), 1, "{}", scenario.name);
    }
    let (scenarios, controls) = text.split_once("\nControls\n").unwrap();
    assert!(scenarios.contains("cURL Beaconing to Google Cloud Function"));
    assert!(controls.contains("cURL Beaconing to Azure Functions"));
}

#[test]
fn a_run_that_proves_nothing_does_not_look_like_one_that_does() {
    for report in [
        fixtures::nothing_ran(),
        fixtures::interrupted(),
        fixtures::breached(),
        fixtures::unsupported(),
    ] {
        let text = plain(&report, 120);
        let last = text.lines().last().unwrap();
        assert!(last.starts_with(['✗', '?']), "{last}");
        assert!(!text.contains("All as expected"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_text_of_others_breaks_the_page(text in any::<String>(), width in 0_usize..200) {
        let mut report = fixtures::not_executed();
        report.scenarios[0].name.clone_from(&text);
        report.scenarios[1].cause = Some(text.clone());
        report.scenarios[1].output.clone_from(&text);
        report.scenarios[1].command_line.clone_from(&text);
        report.scenarios[1].interpreters[0].version.clone_from(&text);
        report.scenarios[1].interpreters[0].image.clone_from(&text);
        report.scenarios[1].chain[0].seen = text;
        let page = plain(&report, width);
        prop_assert!(!page.contains(|c| c != '\n' && is_invisible(c)));
        let longest = page.lines().map(textwrap::core::display_width).max();
        prop_assert!(longest.unwrap() <= width.clamp(40, 120));
    }
}
