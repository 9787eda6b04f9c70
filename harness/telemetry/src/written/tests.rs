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
        error.starts_with("no form is named \"csv\"; there are xml, events, evtx-dump"),
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

fn line(form: Form, event: &str) -> String {
    let text = written(form, &[event]);
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    text.trim_end().to_owned()
}

const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
     <Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/>\
     <EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode>\
     <Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:03.9582493Z'/>\
     <EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='2684' ThreadID='1380'/>\
     <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS</Computer>\
     <Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data>\
     <Data Name='UtcTime'>2026-11-24 10:00:02.679</Data><Data Name='ProcessId'>12</Data>\
     <Data Name='Image'>C:\\a &amp; b\\\"c\".exe</Data><Data Name='Initiated'>true</Data></EventData></Event>";

/// As the tools' own lines have it: their names, their order, their types.
#[test]
fn json_lines_are_those_of_their_writers() {
    assert_eq!(
        line(Form::EvtxDump, EVENT),
        r##"{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"}},"EventID":3,"Version":5,"Level":4,"Task":3,"Opcode":0,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-11-24T10:00:03.9582493Z"}},"EventRecordID":7,"Correlation":null,"Execution":{"#attributes":{"ProcessID":2684,"ThreadID":1380}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"WKS","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"RuleName":"-","UtcTime":"2026-11-24 10:00:02.679","ProcessId":12,"Image":"C:\\a & b\\\"c\".exe","Initiated":true}}}"##
    );
    assert_eq!(
        line(Form::Nxlog, EVENT),
        r#"{"EventTime":"2026-11-24T10:00:03.958249+00:00","Hostname":"WKS","Keywords":-9223372036854775808,"SeverityValue":2,"Severity":"INFO","EventID":3,"SourceName":"Microsoft-Windows-Sysmon","ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","Version":5,"Task":3,"OpcodeValue":0,"RecordNumber":7,"ExecutionProcessID":2684,"ThreadID":1380,"Channel":"Microsoft-Windows-Sysmon/Operational","UserID":"S-1-5-18","RuleName":"-","UtcTime":"2026-11-24 10:00:02.679","ProcessId":"12","Image":"C:\\a & b\\\"c\".exe","Initiated":"true"}"#
    );
    let raw = serde_json::to_string(EVENT).unwrap();
    assert_eq!(
        line(Form::SplunkExport, EVENT),
        format!(
            r#"{{"preview":false,"offset":0,"result":{{"_raw":{raw},"_time":"2026-11-24T10:00:02.679+00:00","host":"WKS-0421","source":"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational","sourcetype":"XmlWinEventLog"}}}}"#
        )
    );
    assert_eq!(
        line(Form::Winlogbeat, EVENT),
        format!(
            r#"{{"@timestamp":"2026-11-24T10:00:03.958Z","event":{{"code":"3","kind":"event","original":{raw},"provider":"Microsoft-Windows-Sysmon"}},"host":{{"name":"WKS"}},"log":{{"level":"information"}},"winlog":{{"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"WKS","event_id":"3","provider_name":"Microsoft-Windows-Sysmon","provider_guid":"{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}","record_id":7,"version":5,"opcode":"Info","process":{{"pid":2684,"thread":{{"id":1380}}}},"user":{{"identifier":"S-1-5-18"}},"event_data":{{"RuleName":"-","UtcTime":"2026-11-24 10:00:02.679","ProcessId":"12","Image":"C:\\a & b\\\"c\".exe","Initiated":"true"}}}}}}"#
        )
    );
}

/// Another provider's event has no time but the log's.
#[test]
fn splunks_time_is_the_logs_where_sysmon_wrote_none() {
    let event = EVENT.replace("<Data Name='UtcTime'>2026-11-24 10:00:02.679</Data>", "");
    let text = written(Form::SplunkExport, &[&event, &event]);
    let (first, second) = text.split_once('\n').unwrap();
    assert!(
        first.contains(r#""_time":"2026-11-24T10:00:03.958+00:00""#),
        "{first}"
    );
    assert!(second.contains(r#""offset":1,"#), "{second}");
    let event = event.replace("2026-11-24T10:00:03.9582493Z", "yesterday");
    assert!(!line(Form::SplunkExport, &event).contains("_time"));
}

#[test]
fn what_has_no_place_in_a_form_is_refused_by_name() {
    let with = |data: &str| EVENT.replace("</EventData>", &format!("{data}</EventData>"));
    for (form, event, what) in [
        (
            Form::EvtxDump,
            "<Event/>".to_owned(),
            "an event without System",
        ),
        (
            Form::EvtxDump,
            with("<Data Name='Binary'>x</Data>"),
            "a datum named Binary",
        ),
        (
            Form::EvtxDump,
            with("<Data Name='Image_1'>x</Data>"),
            "Image_1 beside Image",
        ),
        (
            Form::EvtxDump,
            with("<Data>a</Data><Data Name='x'>b</Data><Data>c</Data>"),
            "data without names, apart from each other",
        ),
        (
            Form::EvtxDump,
            with("<Data Name='x' Type='y'>b</Data>"),
            "Data of EventData with the attributes \"Name, Type\"",
        ),
        (Form::Nxlog, with("<Data>a</Data>"), "data without a name"),
        (
            Form::Nxlog,
            with("<Data Name='Hostname'>a</Data>"),
            "a datum named Hostname, which the recorder has as well",
        ),
        (
            Form::Nxlog,
            with("<Data Name='EventType'>INFO</Data>"),
            "a datum named EventType, which the recorder has as well",
        ),
        (
            Form::Nxlog,
            EVENT.replace("EventData>", "UserData>"),
            "UserData",
        ),
        (
            Form::Nxlog,
            EVENT.replace("0x8000000000000000", "Audit"),
            "the keywords \"Audit\"",
        ),
        (
            Form::Nxlog,
            EVENT.replace("<EventID>3</EventID>", ""),
            "an event without an EventID",
        ),
    ] {
        let mut writer = Writer::new(form, Vec::new()).unwrap();
        let error = writer.event(&event, &METADATA).unwrap_err().to_string();
        assert_eq!(error, format!("{form} has no place for {what}"));
        assert_eq!(writer.finish().unwrap(), b"");
    }
    // The event's own type is no severity.
    line(Form::Nxlog, &with("<Data Name='EventType'>SetValue</Data>"));
}

proptest! {
    #[test]
    fn any_text_is_written_or_refused(text in "[<>/&;'\"=a-e Event\\PC]{0,60}") {
        for form in Form::ALL {
            let mut writer = Writer::new(form, Vec::new()).unwrap();
            let _ = writer.event(&text, &METADATA);
        }
    }
}
