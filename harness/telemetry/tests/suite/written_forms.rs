//! What is written in each form is read again.

use std::io::Cursor;

use proptest::prelude::*;
use sysmon::{Builder, EventKind, Execution, windows_xml};
use telemetry::{
    Limits, Reader, Wanted,
    written::{Form, Metadata, WriteError, Writer},
};

use crate::data::{self, Part};

const METADATA: Metadata<'static> = Metadata {
    source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
    sourcetype: "XmlWinEventLog",
    host: "WKS-0421",
};

fn written(form: Form, events: &[String]) -> Vec<u8> {
    let mut writer = Writer::new(form, Vec::new()).unwrap();
    for event in events {
        writer.event(event, &METADATA).unwrap();
    }
    writer.finish().unwrap()
}

/// The events that a reader finds, which tells the form by itself.
fn read(text: Vec<u8>) -> Vec<String> {
    let mut raws = Vec::new();
    for batch in Reader::of(Box::new(Cursor::new(text)), Limits::default()) {
        let events = batch.unwrap().events(&Wanted::all());
        assert!(events.problems().is_empty(), "{:?}", events.problems());
        raws.extend(events.iter().map(|event| event.raw.unwrap().to_owned()));
    }
    raws
}

/// What is left of an event of ours in a form: all of it, but for what
/// [`Form::loses`] says.
fn left(form: Form, event: &str) -> String {
    match form {
        // Nine digits in place of seven.
        Form::EvtxDump => event.replace(".1234567Z", ".123456700Z"),
        // Microseconds, no level, and nothing that is empty in System.
        Form::Nxlog => event
            .replace(".1234567Z", ".123456000Z")
            .replace("<Level>4</Level>", "")
            .replace("<Level>5</Level>", "")
            .replace("<Correlation/>", ""),
        _ => event.to_owned(),
    }
}

/// An event of this kind, its data being these values in turn.
fn event(kind: EventKind, values: &[&str]) -> String {
    let mut builder = Builder::new(kind);
    for (name, value) in kind.fields().iter().zip(values.iter().cycle()) {
        builder = builder.observed(name, *value);
    }
    let execution = Execution {
        process_id: 2784,
        thread_id: 3288,
    };
    let time = "2026-11-24T10:00:00.1234567Z".parse().unwrap();
    let mut event = builder
        .finish(time, execution, "WKS-0421", "S-1-5-18")
        .unwrap();
    event.record_id = 39965;
    if kind == EventKind::ScriptBlock {
        event.activity_id = Some("{547232D9-5B2B-0007-6CA6-72542B5BD801}".to_owned());
    }
    windows_xml::render(&event)
}

const VALUES: [&str; 13] = [
    "-",
    "",
    "a\r\nb\n\n\tc\r",
    "\"C:\\a b\\c.exe\" /c 'x' & <y> &amp; ]]>",
    "äЖ漢\u{1F600}\u{FEFF}",
    "{365ABB72-0243-5CCB-0000-00107AE52D00}",
    "{365abb72-0243-5ccb-0000-00107ae52d00}x",
    "0007",
    "18446744073709551616",
    "443",
    "true",
    " padded ",
    "null",
];

#[test]
fn every_kind_of_event_comes_back_with_whatever_its_data_are() {
    for form in Form::ALL {
        let mut events = Vec::new();
        for kind in EventKind::ALL {
            for first in 0..VALUES.len() {
                let mut values = VALUES;
                values.rotate_left(first);
                events.push(event(kind, &values));
            }
        }
        let expected: Vec<_> = events.iter().map(|event| left(form, event)).collect();
        let found = read(written(form, &events));
        assert_eq!(found.len(), expected.len(), "{form}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{form}");
        }
    }
}

/// Data of one name, of no name, elements of `UserData`, attributes: the forms
/// that have a place for them give them back.
#[test]
fn what_only_some_providers_have_comes_back() {
    let system = "<System><Provider Name='p'/><EventID Qualifiers='16384'>7</EventID>\
                  <Channel>c</Channel></System>";
    let of = |rest: &str| format!("<Event xmlns='n'>{system}{rest}</Event>");
    let twice = of(
        "<EventData><Data Name='a'>1</Data><Data Name='b'>2</Data><Data Name='a'>3</Data></EventData>",
    );
    let nameless = of("<EventData><Data>1</Data><Data></Data><Binary>00FF</Binary></EventData>");
    let user_data = of("<UserData><x xmlns='m'><y>1</y><y>2</y><z/></x></UserData>");
    for form in [
        Form::Xml,
        Form::Events,
        Form::EvtxDump,
        Form::SplunkExport,
        Form::Winlogbeat,
    ] {
        let events = [twice.clone(), nameless.clone(), user_data.clone()];
        assert_eq!(read(written(form, &events)), events, "{form}");
    }
    // NXLog keeps data of one name together.
    assert_eq!(
        read(written(Form::Nxlog, &[twice])),
        [
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
          <Provider Name='p'/><EventID>7</EventID><Channel>c</Channel></System><EventData>\
          <Data Name='a'>1</Data><Data Name='a'>3</Data><Data Name='b'>2</Data></EventData></Event>"
        ]
    );
}

/// The data of an event, in order.
fn data_of(xml: &str) -> Vec<Part> {
    let parts = data::parts(xml);
    let from = parts
        .iter()
        .position(|part| *part == Part::Name("EventData".to_owned()));
    parts[from.unwrap_or(parts.len())..].to_vec()
}

#[test]
fn real_events_come_back() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    let mut events = Vec::new();
    for path in data::files(&folder, ".evtx") {
        let (found, _) = data::read(&path, &Wanted::all());
        events.extend(found.into_iter().map(|(_, xml)| xml));
    }
    assert!(!events.is_empty());
    for form in Form::ALL {
        if form == Form::Nxlog {
            continue;
        }
        let found = read(written(form, &events));
        assert_eq!(found.len(), events.len());
        for (found, event) in found.iter().zip(&events) {
            if form == Form::EvtxDump {
                // It loses how an empty element was written.
                assert_eq!(data::parts(found), data::parts(event), "{form}");
            } else {
                assert_eq!(found, event, "{form}");
            }
        }
    }
    // NXLog's form has no place for some providers' events.
    let mut writer = Writer::new(Form::Nxlog, Vec::new()).unwrap();
    let mut taken = Vec::new();
    for event in &events {
        match writer.event(event, &METADATA) {
            Ok(()) => taken.push(event),
            Err(WriteError::NoPlace { what, .. }) => {
                let provider = data::between(event, "<Provider Name='", "'").unwrap();
                assert_ne!(provider, "Microsoft-Windows-Sysmon", "{what}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    let found = read(writer.finish().unwrap());
    assert_eq!(found.len(), taken.len());
    for (found, event) in found.iter().zip(taken) {
        assert_eq!(data_of(found), data_of(event));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_values_come_back(
        values in proptest::collection::vec("[\\PC\t\r\n<>&'\"]{0,20}", 1..9),
        kind in proptest::sample::select(EventKind::ALL.to_vec()),
    ) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let event = event(kind, &values);
        for form in Form::ALL {
            let found = read(written(form, std::slice::from_ref(&event)));
            prop_assert_eq!(&found, &[left(form, &event)], "{}", form);
        }
    }
}
