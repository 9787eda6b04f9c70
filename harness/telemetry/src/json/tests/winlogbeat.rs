//! What Winlogbeat's documents come to. The documents are made by hand after
//! its documented fields and the results that its own tests expect.

use serde_json::{Value, json};

use super::{EVENT, decoded, xml};
use crate::{ProblemKind, json::scan::Scanner};

/// As the Beat itself writes it, without modules.
fn connection() -> Value {
    json!({
        "@timestamp": "2026-11-24T10:00:03.958Z",
        "ecs": {"version": "8.0.0"},
        "event": {"code": "3", "kind": "event", "provider": "Microsoft-Windows-Sysmon",
            "created": "2026-11-24T10:00:09.000Z", "action": "Network connection detected"},
        "host": {"name": "WKS"}, "log": {"level": "information"}, "message": "Network connection",
        "winlog": {
            "api": "wineventlog", "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": "WKS.example", "event_id": "3",
            "event_data": {
                "DestinationHostname": "-", "Image": "C:\\a & b\\curl.exe", "ProcessId": "7",
                "ProcessGuid": "{23f38d93-ABAC-5f8e-3900-000000000c00}", "RuleName": "",
                "UtcTime": "2026-11-24 10:00:02.679", "Later": "x"
            },
            "keywords": ["Classic"], "opcode": "Info", "task": "Network connection detected",
            "process": {"pid": 2684, "thread": {"id": 1380}},
            "provider_guid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
            "provider_name": "Microsoft-Windows-Sysmon", "record_id": 12, "version": 5,
            "user": {"domain": "NT AUTHORITY", "identifier": "S-1-5-18", "name": "SYSTEM"}
        }
    })
}

const CONNECTION: &str = "<System><Provider Name='Microsoft-Windows-Sysmon' \
     Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/><EventID>3</EventID><Version>5</Version>\
     <Opcode>0</Opcode><TimeCreated SystemTime='2026-11-24T10:00:03.958000000Z'/>\
     <EventRecordID>12</EventRecordID><Execution ProcessID='2684' ThreadID='1380'/>\
     <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS.example</Computer>\
     <Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'></Data>\
     <Data Name='UtcTime'>2026-11-24 10:00:02.679</Data>\
     <Data Name='ProcessGuid'>{23f38d93-ABAC-5f8e-3900-000000000c00}</Data>\
     <Data Name='ProcessId'>7</Data><Data Name='Image'>C:\\a &amp; b\\curl.exe</Data>\
     <Data Name='DestinationHostname'>-</Data><Data Name='Later'>x</Data></EventData></Event>";

#[test]
fn data_are_put_back_in_the_manifests_order_and_names_without_numbers_left_out() {
    let expected = format!("{EVENT}{CONNECTION}");
    assert_eq!(xml(&connection().to_string()), expected);
    let hit = json!({"_index": "winlogbeat", "_id": "1", "_source": connection()});
    assert_eq!(xml(&hit.to_string()), expected);
}

/// As Kibana and flattening pipelines write names.
#[test]
fn names_may_have_dots_in_place_of_objects() {
    fn flatten(prefix: &str, value: &Value, into: &mut serde_json::Map<String, Value>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let dot = if prefix.is_empty() { "" } else { "." };
                    flatten(&format!("{prefix}{dot}{name}"), value, into);
                }
            }
            value => {
                into.insert(prefix.to_owned(), value.clone());
            }
        }
    }
    let mut flat = serde_json::Map::new();
    flatten("", &connection(), &mut flat);
    assert!(flat.contains_key("winlog.process.thread.id"));
    assert_eq!(
        xml(&Value::Object(flat).to_string()),
        format!("{EVENT}{CONNECTION}")
    );
}

#[test]
fn the_xml_is_taken_where_it_was_kept() {
    let raw = "<Event xmlns='n'><System><EventID>3</EventID></System><EventData><Data Name='a'>\r\n&amp;</Data></EventData></Event>";
    let mut document = connection();
    document["event"]["original"] = json!(format!("{raw}\n"));
    assert_eq!(xml(&document.to_string()), raw);
    document["event"]["original"] = json!("Network connection detected");
    assert_eq!(xml(&document.to_string()), format!("{EVENT}{CONNECTION}"));
    let old = json!({"log_name": "a", "event_id": 3, "xml": raw});
    assert_eq!(xml(&old.to_string()), raw);
}

/// As version 6 writes it, without `winlog`.
#[test]
fn documents_before_the_common_schema_are_read() {
    let mut document = connection();
    let winlog = document["winlog"].take();
    let mut old = json!({
        "@timestamp": "2026-11-24T10:00:03.958Z", "type": "wineventlog", "level": "Information",
        "log_name": "Microsoft-Windows-Sysmon/Operational", "event_id": 3, "record_number": "12",
        "source_name": "Microsoft-Windows-Sysmon", "process_id": 2684, "thread_id": 1380
    });
    for name in [
        "event_data",
        "computer_name",
        "provider_guid",
        "version",
        "user",
        "opcode",
        "task",
        "keywords",
    ] {
        old[name] = winlog[name].clone();
    }
    assert_eq!(xml(&old.to_string()), format!("{EVENT}{CONNECTION}"));
}

/// The Sysmon module of version 8 moved most away, and dropped `-`.
#[test]
fn what_the_sysmon_module_moved_is_put_back() {
    let document = json!({
        "@timestamp": "2020-10-27T20:00:14.320Z",
        "ecs": {"version": "8.17.0"},
        "event": {"code": "1", "module": "sysmon", "created": "2020-10-27T20:00:14.324Z"},
        "process": {
            "args": ["notepad.exe"], "command_line": "\"notepad.exe\" ", "pid": 3616,
            "entity_id": "{9F32B55F-7C4E-5F98-5803-000000000500}",
            "executable": "C:\\Windows\\System32\\notepad.exe",
            "hash": {"sha1": "b6d237154f2e528f0b503b58b025862d66b02b73"},
            "parent": {"command_line": "C:\\Windows\\Explorer.EXE", "pid": 4212,
                "entity_id": "{9F32B55F-6FDF-5F98-7000-000000000500}",
                "executable": "C:\\Windows\\explorer.exe"},
            "pe": {"original_file_name": "NOTEPAD.EXE", "imphash": "0c029e"},
            "working_directory": "C:\\Users\\v\\"
        },
        "user": {"domain": "VAGRANT", "id": "S-1-5-18", "name": "vagrant"},
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational", "event_id": "1",
            "event_data": {"IntegrityLevel": "Medium", "LogonId": "0x2c9e7"},
            "provider_name": "Microsoft-Windows-Sysmon",
            "user": {"domain": "NT AUTHORITY", "identifier": "S-1-5-18"}
        }
    });
    assert_eq!(
        xml(&document.to_string()),
        format!(
            "{EVENT}<System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>1</EventID>\
             <TimeCreated SystemTime='2020-10-27T20:00:14.324000000Z'/>\
             <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Security UserID='S-1-5-18'/></System>\
             <EventData><Data Name='UtcTime'>2020-10-27 20:00:14.320</Data>\
             <Data Name='ProcessGuid'>{{9F32B55F-7C4E-5F98-5803-000000000500}}</Data>\
             <Data Name='ProcessId'>3616</Data><Data Name='Image'>C:\\Windows\\System32\\notepad.exe</Data>\
             <Data Name='OriginalFileName'>NOTEPAD.EXE</Data>\
             <Data Name='CommandLine'>\"notepad.exe\" </Data>\
             <Data Name='CurrentDirectory'>C:\\Users\\v\\</Data><Data Name='User'>VAGRANT\\vagrant</Data>\
             <Data Name='LogonId'>0x2c9e7</Data><Data Name='IntegrityLevel'>Medium</Data>\
             <Data Name='Hashes'>SHA1=B6D237154F2E528F0B503B58B025862D66B02B73,IMPHASH=0C029E</Data>\
             <Data Name='ParentProcessGuid'>{{9F32B55F-6FDF-5F98-7000-000000000500}}</Data>\
             <Data Name='ParentProcessId'>4212</Data><Data Name='ParentImage'>C:\\Windows\\explorer.exe</Data>\
             <Data Name='ParentCommandLine'>C:\\Windows\\Explorer.EXE</Data></EventData></Event>"
        )
    );
}

#[test]
fn what_the_sysmon_module_took_apart_is_put_together_where_nothing_is_lost() {
    let document = |id: &str, more: Value| {
        let mut document = json!({
            "event": {"module": "sysmon"},
            "winlog": {"channel": "c", "event_id": id, "event_data": {"SourcePortName": "-"},
                "provider_name": "Microsoft-Windows-Sysmon"}
        });
        for (name, value) in more.as_object().unwrap() {
            document[name] = value.clone();
        }
        let xml = xml(&document.to_string());
        let (_, data) = xml.split_once("<EventData>").unwrap();
        data.strip_suffix("</EventData></Event>")
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        document(
            "3",
            json!({
                "network": {"direction": "egress", "type": "ipv4", "protocol": "https", "transport": "tcp"},
                "source": {"ip": "10.0.0.1", "port": 50123}, "destination": {"ip": "10.0.0.2", "port": 443}
            })
        ),
        "<Data Name='Protocol'>tcp</Data><Data Name='Initiated'>true</Data>\
         <Data Name='SourceIsIpv6'>false</Data><Data Name='SourceIp'>10.0.0.1</Data>\
         <Data Name='SourcePort'>50123</Data><Data Name='SourcePortName'>-</Data>\
         <Data Name='DestinationIsIpv6'>false</Data><Data Name='DestinationIp'>10.0.0.2</Data>\
         <Data Name='DestinationPort'>443</Data><Data Name='DestinationPortName'>https</Data>"
    );
    let asked = |status: &str| {
        document(
            "22",
            json!({
                "dns": {"question": {"name": "a.example"}, "answers": [{"type": "A", "data": "10.0.0.2"}]},
                "sysmon": {"dns": {"status": status}}
            }),
        )
    };
    // 9003 is DNS_ERROR_RCODE_NAME_ERROR in winerror.h.
    assert_eq!(
        asked("DNS_ERROR_RCODE_NAME_ERROR"),
        "<Data Name='QueryName'>a.example</Data><Data Name='QueryStatus'>9003</Data>\
         <Data Name='SourcePortName'>-</Data>"
    );
    assert!(!asked("SOMETHING").contains("QueryStatus"));
}

#[test]
fn user_data_are_elements() {
    let document = json!({"winlog": {"channel": "Security", "event_id": "1102",
        "user_data": {"xml_name": "LogFileCleared", "SubjectUserName": "a<"}}});
    assert_eq!(
        xml(&document.to_string()),
        format!(
            "{EVENT}<System><EventID>1102</EventID><Channel>Security</Channel></System><UserData>\
             <LogFileCleared><SubjectUserName>a&lt;</SubjectUserName></LogFileCleared></UserData></Event>"
        )
    );
    let nested =
        json!({"winlog": {"channel": "c", "event_id": "1", "event_data": {"a": {"b": 1}}}});
    assert!(decoded(&nested.to_string()).1.is_err());
}

/// The answer of a search holds its hits in an array within an object.
#[test]
fn each_hit_of_a_search_is_an_object_of_its_own() {
    let text = r#"{"took":1,"_shards":{"total":1,"x":[{}]},"hits":{"total":{"value":2},"hits":[
        {"_source":{"hits":{"a":[1]}}},{"_source":{}}]},"aggregations":{"a":[{}]}}"#;
    let mut scanner = Scanner::new(1000);
    scanner.scan(text.as_bytes(), true);
    let found: Vec<_> = scanner.objects.iter().map(|&(a, b)| &text[a..b]).collect();
    assert_eq!(
        found,
        [r#"{"_source":{"hits":{"a":[1]}}}"#, r#"{"_source":{}}"#]
    );
    let problems: Vec<&(usize, ProblemKind)> = scanner.problems.iter().collect();
    assert!(problems.is_empty(), "{problems:?}");
}
