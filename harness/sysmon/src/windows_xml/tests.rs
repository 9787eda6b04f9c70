#![allow(clippy::unwrap_used, clippy::expect_used)]
use proptest::prelude::*;

use super::*;
use crate::event::Builder;

fn terminated(image: &str) -> Event {
    Builder::new(EventKind::ProcessTerminate)
        .observed("UtcTime", "2026-11-24 10:00:00.123")
        .translated("Image", image)
        .finish(
            "2026-11-24T10:00:00.1234567Z".parse().unwrap(),
            Execution {
                process_id: 2784,
                thread_id: 3288,
            },
            "WKS-0421",
            "S-1-5-18",
        )
        .unwrap()
}

/// The expected text was written by hand after real lines of Windows' Sysmon.
#[test]
fn one_line_single_quotes_and_the_elements_in_windows_order() {
    let mut event = terminated(r"C:\Users\Public\a&b.exe");
    event.record_id = 39965;
    assert_eq!(
        render(&event),
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/>\
         <EventID>5</EventID><Version>3</Version><Level>4</Level><Task>5</Task><Opcode>0</Opcode>\
         <Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:00.1234567Z'/>\
         <EventRecordID>39965</EventRecordID><Correlation/><Execution ProcessID='2784' ThreadID='3288'/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS-0421</Computer>\
         <Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data>\
         <Data Name='UtcTime'>2026-11-24 10:00:00.123</Data><Data Name='ProcessGuid'>-</Data>\
         <Data Name='ProcessId'>-</Data><Data Name='Image'>C:\\Users\\Public\\a&amp;b.exe</Data>\
         <Data Name='User'>-</Data></EventData></Event>"
    );
}

#[test]
fn double_quotes_stay_raw_in_text_as_windows_leaves_them() {
    let xml = render(&terminated(r#"say "hi" <now> it's"#));
    assert!(xml.contains(r#"<Data Name='Image'>say "hi" &lt;now&gt; it's</Data>"#));
}

#[test]
fn a_cut_event_is_an_error_and_not_half_an_event() {
    let xml = render(&terminated("x"));
    for end in 0..xml.len() {
        assert!(parse(&xml[..end]).is_err(), "cut at {end}");
    }
    assert!(parse(&xml).is_ok());
}

#[test]
fn an_event_of_another_kind_is_named() {
    let xml = render(&terminated("x")).replace("<EventID>5<", "<EventID>7<");
    assert_eq!(
        parse(&xml).unwrap_err().to_string(),
        "event 7 is not supported"
    );
}

/// Real lines, where they are at hand: same fields, same order, same system
/// block as ours.
#[test]
fn real_windows_lines_have_our_fields_in_our_order() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/sysmon/windows_raw_lines.xml"
    );
    let Ok(lines) = std::fs::read_to_string(path) else {
        eprintln!("skipped: no real Sysmon lines at {path}");
        return;
    };
    let mut seen = 0;
    let mut rest = lines.as_str();
    while let Some(start) = rest.find("<Event xmlns") {
        // The sample's last line is cut inside its script.
        let Some(length) = rest[start..].find("</Event>") else {
            break;
        };
        let end = start + length + "</Event>".len();
        let real = &rest[start..end];
        rest = &rest[end..];
        let event = match parse(real) {
            Ok(event) => event,
            Err(ParseError::UnknownEvent { .. }) => continue,
            Err(error) => panic!("{error}: {real}"),
        };
        seen += 1;
        // Fields came with newer schemas at the end only: what is there must
        // be a prefix of ours.
        let names: Vec<_> = event.fields().iter().map(|f| f.name.as_ref()).collect();
        assert_eq!(names, event.kind.fields()[..names.len()]);
        // The system block agrees to the letter, SystemTime's digits aside.
        let system = |xml: &str| {
            let system = &xml[..xml.find("</System>").unwrap()];
            let (before, after) = system.split_once("SystemTime='").unwrap();
            format!("{before}{}", &after[after.find('\'').unwrap()..])
        };
        assert_eq!(system(&render(&event)), system(real));
        // And so do the data.
        let data = |xml: &str| xml[xml.find("<EventData>").unwrap()..].to_owned();
        assert_eq!(data(&render(&event)), data(real));
    }
    assert!(seen >= 5, "only {seen} real lines were of a known kind");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_rendered_parses_to_the_same(value in "[ -~äЖ\\n\\t]{0,40}", computer in "[A-Za-z0-9<&'-]{1,15}") {
        let mut event = terminated(&value);
        event.computer = computer;
        let parsed = parse(&render(&event)).unwrap();
        prop_assert_eq!(parsed.field("Image"), Some(value.as_str()));
        prop_assert_eq!(parsed.computer, event.computer);
        prop_assert_eq!(parsed.time_created, event.time_created);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_value_gives_well_formed_xml(value in "\\PC{0,20}|[\\x00-\\x20]{0,20}") {
        prop_assert!(parse(&render(&terminated(&value))).is_ok());
    }
}
