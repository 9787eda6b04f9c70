#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::super::fixtures;
use super::super::untrusted::is_invisible;
use super::*;

/// The markup of our own.
const OWN: [&str; 2] = [
    "<details><summary>The last lines of the output</summary>",
    "</details>",
];

fn parse(text: &str) -> Vec<Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    Parser::new_ext(text, options).collect()
}

/// Fails where anything became markup that must not.
fn assert_tame(text: &str) {
    assert!(!text.contains(|c| c != '\n' && is_invisible(c)), "{text:?}");
    let (mut columns, mut cells) = (0, 0);
    for event in parse(text) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                assert!(OWN.contains(&html.trim()), "{html:?} in {text}");
            }
            Event::Start(
                tag @ (Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::Emphasis
                | Tag::Strikethrough
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)),
            ) => panic!("{tag:?} in {text}"),
            Event::InlineMath(math) | Event::DisplayMath(math) => panic!("{math:?} in {text}"),
            Event::Start(Tag::Table(alignments)) => {
                columns = alignments.len();
                assert!([5, 6].contains(&columns), "{text}");
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(pulldown_cmark::TagEnd::TableRow) => assert_eq!(cells, columns, "{text}"),
            _ => {}
        }
    }
}

/// The code spans, as a reader sees them.
fn code_spans(text: &str) -> Vec<String> {
    parse(text)
        .into_iter()
        .filter_map(|event| match event {
            Event::Code(code) => Some(code.into_string()),
            _ => None,
        })
        .collect()
}

/// All text, as a reader sees it.
fn words(text: &str) -> String {
    parse(text)
        .into_iter()
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.into_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn summaries_look_like_this() {
    for (kind, report) in fixtures::all() {
        insta::assert_snapshot!(kind, render(&report));
    }
}

#[test]
fn nothing_that_others_wrote_becomes_markup() {
    for (_, report) in fixtures::all() {
        assert_tame(&render(&report));
    }
}

#[test]
fn what_is_escaped_is_read_as_it_was() {
    for text in [
        r"a|b\|c\\|d",
        "*a* _b_ `c` [d](e) <f> &amp; ~~g~~ # $h$ ![i](j)",
        r"C:\Users\*\_x_",
        "is_suspicious_process=1",
    ] {
        assert_eq!(words(&escaped(text)), text);
        let table = format!("|a|b|\n|-|-|\n|{}|x|\n", escaped(text));
        assert_eq!(words(&table), format!("ab{text}x"));
    }
}

#[test]
fn what_is_quoted_is_read_as_it_was() {
    for value in [
        "*.workers.dev",
        "`",
        "```",
        "`a``b",
        " a ",
        r"C:\a|b",
        "<b>&amp;",
    ] {
        assert_eq!(code_spans(&quoted(value)), [value]);
    }
    assert_eq!(quoted(""), "empty");
}

#[test]
fn a_miss_is_told_with_its_clause() {
    let text = render(&fixtures::missed());
    assert!(
        text.starts_with("## beaconlab: Not as expected\n"),
        "{text}"
    );
    assert!(text.contains(
        "| 1 | PowerShell Beaconing to Cloudflare Workers Endpoint | serverless | **MISSED** | \
         0/5 rows |  |\n"
    ));
    assert!(text.contains(
        "dropped at line 2, column 2 by `DestinationHostname=\"*.workers.dev\"` and 2 clauses \
         after it"
    ));
}

#[test]
fn a_known_miss_is_loud() {
    let text = render(&fixtures::known_misses(false));
    assert!(text.starts_with("## beaconlab: As expected, but not all detected\n"));
    assert_eq!(text.matches("**KNOWN MISS**").count(), 4);
    assert!(text.contains("known, because Sysmon fills DestinationHostname"));
}

#[test]
fn a_known_false_alarm_is_loud() {
    let text = render(&fixtures::known_false_alarms(false));
    assert!(text.starts_with("## beaconlab: As expected, but with false alarms\n"));
    assert_eq!(text.matches("**KNOWN FALSE ALARM**").count(), 4);
}

#[test]
fn output_cannot_end_its_block() {
    let mut report = fixtures::not_executed();
    report.scenarios[1].output = "a\n````\n</details>\n<b>c</b>\n".to_owned();
    let text = render(&report);
    assert_tame(&text);
    assert!(
        words(&text).contains("a\n````\n</details>\n<b>c</b>\n"),
        "{text}"
    );
}

#[test]
fn a_run_that_proves_nothing_does_not_look_like_one_that_does() {
    for report in [
        fixtures::nothing_ran(),
        fixtures::interrupted(),
        fixtures::breached(),
    ] {
        let text = render(&report);
        assert!(!text.contains("xpected\n"), "{text}");
        assert!(text.lines().nth(2).unwrap().starts_with("**"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_becomes_markup(text in r"([-\[\]()<>|`*_~#$!&:\\ \n\r\t0-9a-z./]|\PC){0,40}") {
        let mut report = fixtures::hostile();
        report.scenarios[0].name.clone_from(&text);
        report.scenarios[1].cause = Some(text.clone());
        report.scenarios[1].output.clone_from(&text);
        report.scenarios[2].detections[0].held.insert("label".to_owned(), text.clone());
        report.scenarios[2].detections[0].mismatches[0].got.clone_from(&text);
        report.scenarios[2].detections[0].mismatches[1].column.clone_from(&text);
        report.findings[0].message = text;
        assert_tame(&render(&report));
    }
}
