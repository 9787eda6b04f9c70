//! What is written, and what is refused.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const METADATA: Metadata<'static> = Metadata {
    source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
    sourcetype: "XmlWinEventLog",
    host: "WKS-0421",
};

fn written(form: Form, events: &[&str]) -> String {
    let mut writer = Writer::new(form, Vec::new()).unwrap();
    for event in events {
        writer.event(event, &METADATA).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

fn refused(event: &str) -> String {
    let mut writer = Writer::new(Form::Xml, Vec::new()).unwrap();
    let error = writer.event(event, &METADATA).unwrap_err().to_string();
    assert_eq!(writer.finish().unwrap(), b"");
    error
}

#[test]
fn every_form_is_known_by_its_name() {
    for form in Form::ALL {
        assert_eq!(form.name().parse(), Ok(form));
        assert!(!form.extension().is_empty());
    }
    let error = "csv".parse::<Form>().unwrap_err().to_string();
    assert!(
        error.starts_with("no form is named \"csv\"; there are xml, events"),
        "{error}"
    );
}

#[test]
fn xml_stays_byte_for_byte() {
    let events = [
        "<Event xmlns='n'><EventData><Data Name='a'>x\r\n&amp; \"y\"\t</Data></EventData></Event>",
        "<Event><System/></Event>",
    ];
    assert_eq!(
        written(Form::Xml, &events),
        format!("{}\n{}\n", events[0], events[1])
    );
    assert_eq!(
        written(Form::Events, &events),
        format!("<Events>\n{}\n{}\n</Events>\n", events[0], events[1])
    );
    assert_eq!(written(Form::Xml, &[]), "");
    assert_eq!(written(Form::Events, &[]), "<Events>\n</Events>\n");
}

#[test]
fn what_is_not_one_event_is_refused_with_its_place() {
    for (event, error) in [
        ("", "not one event: the event is cut off at byte 0"),
        (
            "<Event><System>",
            "not one event: the event is cut off at byte 15",
        ),
        (
            "<Evt/>",
            "not one event: an element Evt instead of Event at byte 0",
        ),
        ("x<Event/>", "not one event: more than the event at byte 0"),
        (
            "<Event/><Event/>",
            "not one event: more than the event at byte 8",
        ),
        (
            "<Event><Event/></Event>",
            "not one event: an event within the event at byte 7",
        ),
        (
            "<Event><a><![CDATA[x]]></a></Event>",
            "not one event: a CDATA section, which no event has at byte 10",
        ),
        (
            "<Event><!-- x --></Event>",
            "not one event: a comment, which no event has at byte 7",
        ),
        (
            "<Event>&x;</Event>",
            "not one event: an unknown entity &x; at byte 7",
        ),
        (
            "<Event><a/>x</Event>",
            "not one event: text beside the elements of Event at byte 12",
        ),
    ] {
        assert_eq!(refused(event), error);
    }
    assert!(refused("<Event></Evt>").starts_with("not one event: not well-formed XML: "));
    let deep = format!(
        "<Event>{}{}</Event>",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000)
    );
    assert!(refused(&deep).starts_with("not one event: elements more than 32 deep"));
}

proptest! {
    #[test]
    fn any_text_is_written_or_refused(text in "[<>/&;'\"=a-e Event\\PC]{0,60}") {
        let mut writer = Writer::new(Form::Xml, Vec::new()).unwrap();
        let _ = writer.event(&text, &METADATA);
    }
}
