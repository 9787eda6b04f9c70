//! What the JSON of each writer comes to.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

mod nxlog;
mod winlogbeat;

fn decoded(object: &str) -> (String, Result<Decoded, String>) {
    let mut out = Vec::new();
    let result = decode(object.as_bytes(), &Wanted::all(), &mut out);
    (
        String::from_utf8(out).unwrap(),
        result.map_err(|kind| kind.to_string()),
    )
}

fn xml(object: &str) -> String {
    let (text, result) = decoded(object);
    assert_eq!(
        result,
        Ok(Decoded::Event {
            has_text: true,
            fields: vec![]
        })
    );
    text
}

const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>";

#[test]
fn evtx_dump_is_rendered_back() {
    let object = r##"{"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},
        "System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}"}},
        "EventID":1,"Keywords":"0x8000000000000000","TimeCreated":{"#attributes":{"SystemTime":"2019-05-02T14:48:51.664001Z"}},
        "Correlation":null,"Execution":{"#attributes":{"ProcessID":1144,"ThreadID":1572}},"Security":{"#attributes":{"UserID":"S-1-5-18"}}},
        "EventData":{"RuleName":"","ProcessGuid":"365ABB72-0243-5CCB-0000-00107AE52D00","ProcessId":3840,"CommandLine":"a <b> & \"c\"","Empty":null}}}"##;
    assert_eq!(
        xml(object),
        format!(
            "{EVENT}<System><Provider Name='Microsoft-Windows-Sysmon' \
             Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>1</EventID>\
             <Keywords>0x8000000000000000</Keywords>\
             <TimeCreated SystemTime='2019-05-02T14:48:51.664001000Z'/><Correlation/>\
             <Execution ProcessID='1144' ThreadID='1572'/><Security UserID='S-1-5-18'/></System>\
             <EventData><Data Name='RuleName'></Data>\
             <Data Name='ProcessGuid'>{{365ABB72-0243-5CCB-0000-00107AE52D00}}</Data>\
             <Data Name='ProcessId'>3840</Data>\
             <Data Name='CommandLine'>a &lt;b&gt; &amp; \"c\"</Data>\
             <Data Name='Empty'></Data></EventData></Event>"
        )
    );
}

#[test]
fn attributes_may_stand_beside_their_element() {
    let object = r#"{"Event":{"System":{"Provider_attributes":{"Name":"PowerShell"},
        "EventID_attributes":{"Qualifiers":0},"EventID":800,"Channel":"Windows PowerShell"},
        "EventData":{"Data":["a","b"],"Binary":null}},
        "Event_attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"}}"#;
    assert_eq!(
        xml(object),
        format!(
            "{EVENT}<System><Provider Name='PowerShell'/><EventID Qualifiers='0'>800</EventID>\
             <Channel>Windows PowerShell</Channel></System><EventData><Data>a</Data><Data>b</Data>\
             <Binary></Binary></EventData></Event>"
        )
    );
}

#[test]
fn several_values_are_several_elements() {
    let of = |data: &str| {
        let object = format!("{{\"Event\":{{\"System\":{{}},\"EventData\":{data}}}}}");
        let xml = xml(&object);
        xml.strip_prefix(EVENT)
            .and_then(|xml| xml.strip_prefix("<System/><EventData>"))
            .and_then(|xml| xml.strip_suffix("</EventData></Event>"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        of(r##"{"Data":{"#text":["a",""]}}"##),
        "<Data>a</Data><Data></Data>"
    );
    assert_eq!(
        of(r#"{"X":["a","b"],"Y":1,"X_1":"c"}"#),
        "<Data Name='X'>a</Data><Data Name='X'>b</Data><Data Name='Y'>1</Data><Data Name='X'>c</Data>"
    );
    // A name that only looks numbered is a name.
    assert_eq!(of(r#"{"X_1":true}"#), "<Data Name='X_1'>true</Data>");
    // Older versions write it twice.
    assert_eq!(
        of(r#"{"X":"a","X":"b"}"#),
        "<Data Name='X'>a</Data><Data Name='X'>b</Data>"
    );
    assert_eq!(of("null"), "");
}

#[test]
fn user_data_is_elements() {
    let object = r##"{"Event":{"System":{"EventID":1102},"UserData":{"LogFileCleared":
        {"#attributes":{"xmlns":"ns"},"SubjectUserName":"a","Channel":null}}}}"##;
    assert_eq!(
        xml(object),
        format!(
            "{EVENT}<System><EventID>1102</EventID></System><UserData><LogFileCleared xmlns='ns'>\
             <SubjectUserName>a</SubjectUserName><Channel/></LogFileCleared></UserData></Event>"
        )
    );
}

#[test]
fn a_row_of_splunk_is_its_raw_text_and_its_fields() {
    let (text, result) = decoded(
        r#"{"preview":false,"offset":0,"result":{"_raw":"<Event a='b'>&amp;</Event>\r\nx",
        "host":"h","tag":["a","b"],"empty":null,"linecount":1}}"#,
    );
    assert_eq!(text, "<Event a='b'>&amp;</Event>\r\nx");
    let field = |name: &str, values: &[&str]| Field {
        name: name.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    assert_eq!(
        result,
        Ok(Decoded::Event {
            has_text: true,
            fields: vec![
                field("host", &["h"]),
                field("tag", &["a", "b"]),
                field("linecount", &["1"])
            ]
        })
    );
    let (text, result) = decoded(r#"{"result":{"count":"3"}}"#);
    assert_eq!(text, "");
    assert_eq!(
        result,
        Ok(Decoded::Event {
            has_text: false,
            fields: vec![field("count", &["3"])]
        })
    );
}

#[test]
fn what_is_no_event_is_said_to_be_none() {
    assert_eq!(
        decoded(r#"{"preview":false,"lastrow":true}"#).1,
        Ok(Decoded::Nothing)
    );
    for object in [
        r#"{"EventID":1,"Channel":"Security"}"#,
        r#"{"Event":"x"}"#,
        r#"{"Event":{"EventData":{}}}"#,
        r#"{"result":[]}"#,
        r#"{"SourceName":"a","EventID":1}"#,
        r#"{"winlog":{}}"#,
        r#"{"_source":{"message":"x"}}"#,
        r#"{"result":{"a":{"b":1}}}"#,
    ] {
        let error = decoded(object).1.unwrap_err();
        assert_eq!(
            error,
            "a JSON object that is neither evtx_dump's, Splunk's, Winlogbeat's nor NXLog's"
        );
    }
    assert!(
        decoded(r#"{"a":]}"#)
            .1
            .unwrap_err()
            .starts_with("not JSON: ")
    );
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(
        decoded(&deep)
            .1
            .unwrap_err()
            .starts_with("not JSON: recursion limit")
    );
}

#[test]
fn what_is_not_wanted_is_not_rendered() {
    let object = br##"{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":0},"#text":800},"Channel":"A"}}}"##;
    let wants = |channel: &'static str, id| {
        let wanted = Wanted::only(move |c, i| c == channel && i == id);
        let mut out = Vec::new();
        decode(object, &wanted, &mut out).unwrap() != Decoded::Nothing
    };
    assert!(wants("A", 800));
    assert!(!wants("A", 801));
    assert!(!wants("B", 800));
}

/// Nor what other recorders have of it.
#[test]
fn other_recorders_objects_are_not_rendered_if_not_wanted() {
    let nxlog = r#"{"SourceName":"p","EventID":3,"Channel":"A"}"#;
    let winlogbeat = r#"{"winlog":{"channel":"A","event_id":"3"}}"#;
    let with_xml =
        r#"{"event":{"original":"<Event></Event>"},"winlog":{"channel":"A","event_id":"3"}}"#;
    for object in [nxlog, winlogbeat, with_xml] {
        for (id, is_wanted) in [(3, true), (4, false)] {
            let wanted = Wanted::only(move |c, i| c == "A" && i == id);
            let mut out = Vec::new();
            let decoded = decode(object.as_bytes(), &wanted, &mut out).unwrap();
            assert_eq!(decoded != Decoded::Nothing, is_wanted, "{object}");
            assert_eq!(!out.is_empty(), is_wanted, "{object}");
        }
    }
}

/// JSON of any form, with the names that mean something.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z<&'\"\u{1}\u{E4}]{0,9}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("#attributes"),
        Just("#text"),
        Just("System"),
        Just("EventData"),
        Just("UserData"),
        Just("Data"),
        Just("Data_1"),
        Just("Binary"),
        Just("EventID_attributes"),
        Just("EventID"),
        Just("Guid"),
        Just("SystemTime"),
        Just("_raw"),
        Just("_source"),
        Just("winlog"),
        Just("winlog.event_data.x"),
        Just("event_data"),
        Just("user_data"),
        Just("event"),
        Just("module"),
        Just("SourceName"),
        Just("Channel"),
        Just("Message"),
        Just("Keywords"),
        Just("EventTime"),
        Just("UtcTime"),
        Just("EventType"),
        Just("Version"),
        Just("x"),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members = members.into_iter();
                Value::Object(
                    members
                        .map(|(n, v)| (n.to_owned(), v))
                        .collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

proptest! {
    /// Whatever an object holds, it is an event whose tags match, or an error.
    #[test]
    fn tags_always_match(system in json(), data in json(), other in json()) {
        let object = serde_json::json!({
            "Event": {"System": system, "EventData": data, "UserData": other}
        });
        let (text, result) = decoded(&object.to_string());
        if result.is_ok() {
            let open = text.matches('<').count() - text.matches("</").count();
            let closed = text.matches("</").count() + text.matches("/>").count();
            prop_assert_eq!(open, closed, "{}", text);
        }
    }

    #[test]
    fn any_row_is_decoded_or_an_error(row in json()) {
        let _ = decoded(&row.to_string());
        let _ = decoded(&serde_json::json!({ "result": row }).to_string());
    }

    /// Whatever other recorders' objects hold, tags match, and each `<` in a
    /// value is escaped.
    #[test]
    fn any_document_is_decoded_or_an_error(
        document in json(),
        members in proptest::collection::vec((recorders_name(), json()), 0..8),
        channel in "[a-z<']{0,4}",
    ) {
        let _ = decoded(&document.to_string());
        let mut flat = serde_json::json!({
            "SourceName": "Microsoft-Windows-Sysmon", "EventID": 12, "Channel": channel
        });
        let mut winlog = serde_json::json!({"log_name": channel, "event_id": "22"});
        for (name, value) in members {
            flat[name] = value.clone();
            winlog[name] = value;
        }
        for object in [flat, winlog] {
            let (text, result) = decoded(&object.to_string());
            if result.is_ok() {
                let open = text.matches('<').count() - text.matches("</").count();
                let closed = text.matches("</").count() + text.matches("/>").count();
                prop_assert_eq!(open, closed, "{}", text);
            }
        }
    }
}

/// Names that the recorders give their members.
fn recorders_name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "winlog",
        "event_data",
        "user_data",
        "event",
        "ecs",
        "process",
        "_source",
        "Message",
        "EventTime",
        "UtcTime",
        "@timestamp",
        "EventReceivedTime",
        "Keywords",
        "Version",
        "EventType",
        "ProcessId",
        "Image",
        "x'<",
    ])
}

#[test]
fn entries_of_the_journal_have_events_as_messages() {
    let text = r#"<Event><System><Provider Name=\"Linux-Sysmon\"/></System></Event>"#;
    let entry = |message: &str| {
        format!(
            "{{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1\",\
             \"SYSLOG_IDENTIFIER\":\"sysmon\",\"MESSAGE\":{message}}}"
        )
    };
    let decoded = |object: &str| {
        let mut out = Vec::new();
        decode(object.as_bytes(), &Wanted::all(), &mut out)
            .map(|_| String::from_utf8(out).unwrap())
            .map_err(|problem| problem.to_string())
    };
    assert_eq!(
        decoded(&entry(&format!("\"{text}\""))),
        Ok("<Event><System><Provider Name=\"Linux-Sysmon\"/></System></Event>".to_owned())
    );
    // Bytes, where there is a control character: here a tab.
    let bytes: Vec<String> = b"<Event>\t</Event>".iter().map(u8::to_string).collect();
    let bytes = format!("[{}]", bytes.join(","));
    assert_eq!(decoded(&entry(&bytes)), Ok("<Event>\t</Event>".to_owned()));
    assert_eq!(
        decoded(&entry("null")),
        Err(
            "journalctl left the message out, as it does with long ones; --all has it write them"
                .to_owned()
        )
    );
    assert_eq!(
        decoded(&entry("\"<Event><Sys\"")),
        Err("the event is cut off".to_owned())
    );
    assert_eq!(
        decoded(&entry(
            "[60,69,118,101,110,116,62,255,60,47,69,118,101,110,116,62]"
        )),
        Err("the event is not UTF-8".to_owned())
    );
    // Another program's.
    let other = entry("null").replace("sysmon", "sshd");
    assert_eq!(decoded(&other), Ok(String::new()));
    assert_eq!(decoded(&entry("\"hello\"")), Ok(String::new()));
}
