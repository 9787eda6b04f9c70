//! What NXLog's objects come to. The objects are made after real ones of the
//! Security Datasets, in which names, times and programs were changed.

use serde_json::{Value, json};

use super::{EVENT, decoded, xml};

/// Event 12 as the data sets of 2020 have it.
fn registry() -> Value {
    json!({
        "Channel": "Microsoft-Windows-Sysmon/Operational", "Domain": "NT AUTHORITY",
        "RecordNumber": 657, "ProviderGuid": "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
        "SeverityValue": 2, "TargetObject": "HKU\\S-1\\A<b>", "Image": "C:\\b.exe",
        "ProcessGuid": "{42c2e005-e222-5f80-cd07-000000000400}", "ProcessId": "4676",
        "Hostname": "WS5.example", "ExecutionProcessID": 3120,
        "Message": "Registry object added or deleted:\r\nRuleName: -\r\nEventType: CreateKey\r\nProcessId: 4676",
        "RuleName": "-", "SourceName": "Microsoft-Windows-Sysmon", "SourceModuleName": "eventlog",
        "Task": 12, "EventTypeOrignal": "INFO", "EventTime": "2020-10-09 18:27:49",
        "UserID": "S-1-5-18", "@timestamp": "2020-10-09T22:30:01.953Z", "Severity": "INFO",
        "host": "wec.example", "port": 58623, "Category": "Registry object added or deleted",
        "EventReceivedTime": "2020-10-09 18:30:01", "tags": ["dataset"], "ThreadID": 820,
        "Version": 2, "OpcodeValue": 0, "@version": "1", "EventType": "CreateKey",
        "Keywords": -9_223_372_036_854_775_808_i64, "Opcode": "Info", "EventID": 12,
        "AccountName": "SYSTEM", "AccountType": "User", "UtcTime": "2020-10-09 22:27:49.040",
        "SourceModuleType": "im_msvistalog"
    })
}

const SYSTEM: &str = "<System><Provider Name='Microsoft-Windows-Sysmon' \
     Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/><EventID>12</EventID><Version>2</Version>\
     <Task>12</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
     <TimeCreated SystemTime='2020-10-09T22:27:49.000000000Z'/><EventRecordID>657</EventRecordID>\
     <Execution ProcessID='3120' ThreadID='820'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
     <Computer>WS5.example</Computer><Security UserID='S-1-5-18'/></System>";

const DATA: &str = "<EventData><Data Name='RuleName'>-</Data><Data Name='EventType'>CreateKey</Data>\
     <Data Name='UtcTime'>2020-10-09 22:27:49.040</Data>\
     <Data Name='ProcessGuid'>{42c2e005-e222-5f80-cd07-000000000400}</Data>\
     <Data Name='ProcessId'>4676</Data><Data Name='Image'>C:\\b.exe</Data>\
     <Data Name='TargetObject'>HKU\\S-1\\A&lt;b&gt;</Data></EventData>";

#[test]
fn fields_are_put_back_in_the_manifests_order_and_recorders_left_out() {
    assert_eq!(
        xml(&registry().to_string()),
        format!("{EVENT}{SYSTEM}{DATA}</Event>")
    );
}

/// NXLog's `EventType` and, in 2019, its `ProcessID` hid the event's own.
#[test]
fn what_the_recorder_hid_is_taken_from_the_message() {
    let mut object = registry();
    object["EventType"] = json!("INFO");
    object["ProcessID"] = object["ExecutionProcessID"].take();
    let members = object.as_object_mut().unwrap();
    members.remove("ExecutionProcessID");
    members.remove("ProcessId");
    assert_eq!(
        xml(&object.to_string()),
        format!("{EVENT}{SYSTEM}{DATA}</Event>")
    );
    // Without the message there is none: the recorder's is not the event's.
    object.as_object_mut().unwrap().remove("Message");
    let without = xml(&object.to_string());
    assert!(!without.contains("EventType"), "{without}");
    assert!(!without.contains("Name='ProcessId'"), "{without}");
}

/// NXLog writes no empty values, and older schemas have no `RuleName`.
#[test]
fn empty_differs_from_a_dash_and_from_what_the_schema_does_not_have() {
    let of = |message: &str, rule: Option<&str>| {
        let mut object = registry();
        object["Message"] = json!(message);
        match rule {
            Some(rule) => object["RuleName"] = json!(rule),
            None => {
                object.as_object_mut().unwrap().remove("RuleName");
            }
        }
        xml(&object.to_string())
    };
    let rule = |xml: &str| {
        let (_, after) = xml.split_once("Name='RuleName'>")?;
        Some(after.split_once('<')?.0.to_owned())
    };
    assert_eq!(
        rule(&of("Registry:\r\nRuleName: \r\nEventType: CreateKey", None)),
        Some(String::new())
    );
    assert_eq!(
        rule(&of("Registry:\r\nRuleName: -\r\n", Some("-"))),
        Some("-".to_owned())
    );
    assert_eq!(rule(&of("Registry:\r\nEventType: CreateKey", None)), None);
    // What looks like a line of the message may be part of a value.
    let of_line = of("Registry:\r\nTargetObject: a\r\nUser: root", None);
    assert!(!of_line.contains("Name='User'"), "{of_line}");
}

#[test]
fn what_the_manifest_does_not_know_follows_in_its_own_order() {
    let mut object = registry();
    object["Zeta"] = json!("1");
    object["Alpha"] = json!(["2", "3"]);
    object["Empty"] = json!(null);
    let xml = xml(&object.to_string());
    let tail = "<Data Name='Zeta'>1</Data><Data Name='Alpha'>2</Data>\
                <Data Name='Alpha'>3</Data><Data Name='Empty'></Data></EventData></Event>";
    assert!(xml.ends_with(tail), "{xml}");
    object["Nested"] = json!({"a": 1});
    let error = decoded(&object.to_string()).1.unwrap_err();
    assert!(
        error.starts_with("a JSON object that is neither"),
        "{error}"
    );
}

/// `EventTime` is local, without its zone.
#[test]
fn the_zone_of_the_time_is_found_by_the_times_in_utc() {
    let time = |edit: &dyn Fn(&mut Value)| {
        let mut object = registry();
        edit(&mut object);
        let xml = xml(&object.to_string());
        let (_, after) = xml.split_once("SystemTime='").unwrap();
        after.split_once('\'').unwrap().0.to_owned()
    };
    let without = |object: &mut Value, name: &str| {
        object.as_object_mut().unwrap().remove(name);
    };
    // By Sysmon's own time: 4 hours, though the log took it 41 seconds later.
    assert_eq!(
        time(&|object| {
            without(object, "@timestamp");
            object["EventTime"] = json!("2020-10-09 18:28:30");
        }),
        "2020-10-09T22:28:30.000000000Z"
    );
    // East of Greenwich, by half an hour more: 04:00:01 is 22:30:01.
    assert_eq!(
        time(&|object| {
            object["EventReceivedTime"] = json!("2020-10-10 04:00:01");
            object["EventTime"] = json!("2020-10-10 03:57:49");
        }),
        "2020-10-09T22:27:49.000000000Z"
    );
    // Sysmon's own time may be hours off: the recorder's are better.
    assert_eq!(
        time(&|object| object["UtcTime"] = json!("2020-10-09 15:27:49.040")),
        "2020-10-09T22:27:49.000000000Z"
    );
    // Nothing to tell it by.
    assert_eq!(
        time(&|object| {
            without(object, "@timestamp");
            without(object, "UtcTime");
        }),
        "2020-10-09T18:27:49"
    );
    assert_eq!(
        time(&|object| object["EventTime"] = json!("2020-10-09T18:27:49.123456-04:00")),
        "2020-10-09T22:27:49.123456000Z"
    );
}

/// As PowerShell wrote some of the data sets: no fields of NXLog's.
#[test]
fn fields_that_nxlog_did_not_write_are_the_events_own() {
    let object = json!({
        "EventID": 4104, "SourceName": "Microsoft-Windows-PowerShell", "Level": "5",
        "TimeCreated": "2020-10-22T03:52:05.774Z", "@timestamp": "2020-10-22T03:52:05.774Z",
        "Keywords": "0x0", "Channel": "Microsoft-Windows-PowerShell/Operational",
        "Hostname": "WS5", "Task": "2", "ProviderGuid": "a0c1853b-5c40-4b15-8766-3cf1c58f985a",
        "ScriptBlockText": "if ($a -lt 1) {\r\n\t\"<x>\" & 'é'\r\n}\n", "MessageNumber": "1",
        "Path": "", "MessageTotal": "1", "Domain": "own"
    });
    assert_eq!(
        xml(&object.to_string()),
        format!(
            "{EVENT}<System><Provider Name='Microsoft-Windows-PowerShell' \
             Guid='{{a0c1853b-5c40-4b15-8766-3cf1c58f985a}}'/><EventID>4104</EventID><Level>5</Level>\
             <Task>2</Task><Keywords>0x0</Keywords><TimeCreated SystemTime='2020-10-22T03:52:05.774000000Z'/>\
             <Channel>Microsoft-Windows-PowerShell/Operational</Channel><Computer>WS5</Computer></System>\
             <EventData><Data Name='MessageNumber'>1</Data><Data Name='MessageTotal'>1</Data>\
             <Data Name='ScriptBlockText'>if ($a -lt 1) {{\r\n\t\"&lt;x&gt;\" &amp; 'é'\r\n}}\n</Data>\
             <Data Name='Path'></Data><Data Name='Domain'>own</Data></EventData></Event>"
        )
    );
}

/// Event 4's version has dots, and is not the event's.
#[test]
fn sysmons_own_version_is_a_datum() {
    let object = json!({
        "EventID": 4, "SourceName": "Microsoft-Windows-Sysmon", "Version": "10.42",
        "Channel": "Microsoft-Windows-Sysmon/Operational", "State": "Started"
    });
    let xml = xml(&object.to_string());
    assert!(
        xml.ends_with(
            "<Data Name='State'>Started</Data><Data Name='Version'>10.42</Data></EventData></Event>"
        ),
        "{xml}"
    );
    assert!(!xml.contains("<Version>"), "{xml}");
}
