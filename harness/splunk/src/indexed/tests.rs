#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;

const EVENT: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/><EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:03.9582493Z'/><EventRecordID>7</EventRecordID><Correlation/><Execution ProcessID='2684' ThreadID='1380'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS.corp.example</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'></Data><Data Name='UtcTime'>2026-11-24 10:00:02.679</Data><Data Name='Image'>C:\\a &amp; b\\curl.exe</Data><Data Name='DestinationHostname'>x.workers.dev</Data><Data Name='DestinationHostname'>second</Data></EventData></Event>";

fn metadata(addon: AddOn) -> Metadata {
    Metadata {
        addon,
        index: "main".to_owned(),
        host: Some("WKS".to_owned()),
    }
}

/// A field of an event; agreement of both ways to ask for it is tested on the
/// way.
fn field(raw: &str, addon: AddOn, name: &str) -> Option<String> {
    let metadata = metadata(addon);
    let event = IndexedEvent::new(raw, &metadata);
    let text = event.field(name).map(Cow::into_owned);
    assert_eq!(
        event.value(name).text().map(Cow::into_owned),
        text,
        "{name}"
    );
    text
}

fn legacy(name: &str) -> Option<String> {
    field(EVENT, AddOn::Legacy, name)
}

/// An event of Sysmon on Windows.
fn windows(id: u16, data: &[(&str, &str)]) -> String {
    let mut raw = format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>{id}</EventID><Version>5</Version><Level>4</Level><Task>{id}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:03.9582493Z'/><EventRecordID>9383</EventRecordID><Correlation/><Execution ProcessID='1888' ThreadID='2956'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS.corp.example</Computer><Security UserID='S-1-5-18'/></System><EventData>"
    );
    for (name, value) in data {
        raw.extend(["<Data Name='", name, "'>", value, "</Data>"]);
    }
    raw.push_str("</EventData></Event>");
    raw
}

/// An event of Sysmon for Linux.
fn linux(id: u16, data: &[(&str, &str)]) -> String {
    let mut raw = format!(
        "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{{ff032593-a8d3-4f13-b0d6-01fc615a0f97}}\"/><EventID>{id}</EventID><Version>5</Version><Level>4</Level><Task>{id}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime=\"2026-11-24T02:33:49.228720000Z\"/><EventRecordID>15797</EventRecordID><Correlation/><Execution ProcessID=\"6324\" ThreadID=\"6324\"/><Channel>Linux-Sysmon/Operational</Channel><Computer>vm</Computer><Security UserId=\"0\"/></System><EventData>"
    );
    for (name, value) in data {
        raw.extend(["<Data Name=\"", name, "\">", value, "</Data>"]);
    }
    raw.push_str("</EventData></Event>");
    raw
}

/// Fields of one event under a profile: the name, and the value if it has one.
#[track_caller]
fn expect(raw: &str, addon: AddOn, fields: &[(&str, Option<&str>)]) {
    for (name, value) in fields {
        assert_eq!(field(raw, addon, name).as_deref(), *value, "{addon} {name}");
    }
}

#[test]
fn the_profile_decides_the_sourcetype_and_not_the_source() {
    const SYSMON: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
    assert_eq!(legacy("sourcetype").unwrap(), SYSMON);
    let current = |name| field(EVENT, AddOn::Current, name).unwrap();
    assert_eq!(current("sourcetype"), "xmlwineventlog");
    assert_eq!(current("source"), SYSMON);
    assert_eq!(legacy("source").unwrap(), SYSMON);
    let raw = linux(1, &[]);
    assert_eq!(
        field(&raw, AddOn::Linux, "sourcetype").unwrap(),
        "sysmon:linux"
    );
    assert_eq!(
        field(&raw, AddOn::Linux, "source").unwrap(),
        "Syslog:Linux-Sysmon/Operational"
    );
}

#[test]
fn values_are_those_of_the_rendered_xml() {
    assert_eq!(legacy("EventCode").unwrap(), "3");
    assert_eq!(legacy("EventID").unwrap(), "3");
    assert_eq!(legacy("Computer").unwrap(), "WKS.corp.example");
    // Entities stay.
    assert_eq!(legacy("Image").unwrap(), r"C:\a &amp; b\curl.exe");
    // 2026-11-24 10:00:02.679 UTC, by `date -u -d … +%s`.
    assert_eq!(legacy("_time").unwrap(), "1795514402.679");
    assert_eq!(legacy("_raw").unwrap(), EVENT);
    assert_eq!(legacy("linecount").unwrap(), "1");
    assert_eq!(legacy("index").unwrap(), "main");
    // Not from the event: what forwarded it.
    assert_eq!(legacy("host").unwrap(), "WKS");
    assert_eq!(
        legacy("ComputerName"),
        None,
        "that is the classic rendering's"
    );
}

/// What forwarded a record is not in it; most often the computer itself did.
#[test]
fn an_unknown_host_is_the_computer() {
    let host = |raw: &str| {
        let metadata = Metadata {
            host: None,
            ..metadata(AddOn::Current)
        };
        let event = IndexedEvent::new(raw, &metadata);
        event.field("host").map(Cow::into_owned)
    };
    assert_eq!(host(EVENT).unwrap(), "WKS");
    assert_eq!(host(&linux(1, &[])).unwrap(), "vm");
    assert_eq!(host("no event").unwrap(), "");
}

#[test]
fn empty_and_missing_data_are_no_fields_and_the_first_of_two_counts() {
    assert_eq!(legacy("RuleName"), None);
    assert_eq!(legacy("CommandLine"), None);
    assert_eq!(legacy("eventcode"), None, "names are case-sensitive");
    assert_eq!(legacy("DestinationHostname").unwrap(), "x.workers.dev");
    // What is empty is no first value.
    let raw = windows(3, &[("Image", ""), ("Image", "a"), ("Image", "b")]);
    assert_eq!(field(&raw, AddOn::Current, "Image").unwrap(), "a");
    let raw = windows(1, &[]).replace("</EventData>", "<Data Name='Image'/></EventData>");
    assert_eq!(field(&raw, AddOn::Current, "Image"), None);
}

#[test]
fn data_are_found_in_any_order_and_again() {
    let raw = windows(
        3,
        &[
            ("Image", "i"),
            ("User", "u"),
            ("Empty", ""),
            ("SourceIp", "s"),
            ("UserX", "x"),
        ],
    );
    let metadata = metadata(AddOn::Current);
    let event = IndexedEvent::new(&raw, &metadata);
    for _ in 0..2 {
        for (name, value) in [
            ("SourceIp", Some("s")),
            ("Image", Some("i")),
            ("Missing", None),
            ("UserX", Some("x")),
            ("User", Some("u")),
            ("Empty", None),
        ] {
            assert_eq!(event.field(name).as_deref(), value, "{name}");
        }
    }
}

/// More data than are remembered.
#[test]
fn an_event_may_have_any_number_of_data() {
    let data: Vec<(String, String)> = (0..100)
        .map(|n| (format!("Name{n}x"), format!("value {n}")))
        .collect();
    let borrowed: Vec<(&str, &str)> = data.iter().map(|(n, v)| (&**n, &**v)).collect();
    let raw = windows(3, &borrowed);
    let metadata = metadata(AddOn::Current);
    let event = IndexedEvent::new(&raw, &metadata);
    for (name, value) in data.iter().rev().chain(&data) {
        assert_eq!(event.field(name).as_deref(), Some(&**value));
    }
    assert_eq!(event.field("Missing"), None);
    let names = event.field_names();
    assert!(
        data.iter()
            .all(|(name, _)| names.contains(&Cow::Borrowed(&**name)))
    );
}

/// Source: `CLEAN_KEYS` in `transforms.conf.spec`.
#[test]
fn names_are_cleaned() {
    let raw = windows(1116, &[("Product Name", "Defender"), ("_1x", "y")])
        .replace("Sysmon/Operational", "Windows Defender/Operational");
    expect(
        &raw,
        AddOn::Current,
        &[
            ("Product_Name", Some("Defender")),
            ("Product Name", None),
            ("_1x", None),
            ("x", Some("y")),
        ],
    );
    let metadata = metadata(AddOn::Current);
    let event = IndexedEvent::new(&raw, &metadata);
    let names = event.field_names();
    assert!(names.contains(&Cow::Borrowed("Product_Name")));
    assert!(names.contains(&Cow::Borrowed("x")));
}

#[test]
fn all_named_fields_are_there() {
    for addon in AddOn::ALL {
        let metadata = metadata(addon);
        let event = IndexedEvent::new(EVENT, &metadata);
        let names = event.field_names();
        assert!(names.contains(&Cow::Borrowed("DestinationHostname")));
        assert!(names.contains(&Cow::Borrowed("dest")));
        assert!(!names.contains(&Cow::Borrowed("RuleName")));
        for (place, name) in names.iter().enumerate() {
            assert!(event.field(name).is_some(), "{name}");
            assert!(!names[..place].contains(name), "{name} twice");
        }
    }
}

/// The community's expression for data asks for single quotes, and its dot is
/// no line end; those of the other add-ons take any text up to `<`.
#[test]
fn the_add_ons_expressions_decide_what_a_datum_is() {
    let raw = windows(1, &[("CommandLine", "a\nb"), ("CommandLine", "c")]);
    assert_eq!(field(&raw, AddOn::Legacy, "CommandLine").unwrap(), "c");
    assert_eq!(field(&raw, AddOn::Current, "CommandLine").unwrap(), "a\nb");
    assert_eq!(field(&raw, AddOn::Current, "linecount").unwrap(), "2");
    let double = EVENT.replace("Name='Image'", "Name=\"Image\"");
    assert_eq!(field(&double, AddOn::Current, "Image"), None);
    let raw = linux(1, &[("Image", "/usr/bin/curl")]);
    assert_eq!(field(&raw, AddOn::Linux, "Image").unwrap(), "/usr/bin/curl");
    let single = raw.replace('"', "'");
    assert_eq!(field(&single, AddOn::Linux, "Image"), None);
}

#[test]
fn the_system_block_is_extracted() {
    let raw = windows(12, &[("EventType", "CreateKey"), ("Version", "15.0")]);
    expect(
        &raw,
        AddOn::Current,
        &[
            ("Channel", Some("Microsoft-Windows-Sysmon/Operational")),
            ("EventChannel", Some("Microsoft-Windows-Sysmon/Operational")),
            ("EventCode", Some("12")),
            ("EventID", Some("12")),
            ("EventRecordID", Some("9383")),
            ("RecordID", Some("9383")),
            ("RecordNumber", Some("9383")),
            // A recorded result has both with this value.
            ("event_id", Some("9383")),
            ("id", Some("9383")),
            ("Guid", Some("{5770385F-C22A-43E0-BF4C-06F5698FFBD9}")),
            ("Name", Some("Microsoft-Windows-Sysmon")),
            ("Keywords", Some("0x8000000000000000")),
            ("Level", Some("4")),
            ("Opcode", Some("0")),
            ("Task", Some("12")),
            // The system block comes before the data.
            ("Version", Some("5")),
            ("ProcessID", Some("1888")),
            ("ThreadID", Some("2956")),
            ("SystemTime", Some("2026-11-24T10:00:03.9582493Z")),
            ("TimeCreated", Some("2026-11-24T10:00:03.9582493Z")),
            ("SecurityID", Some("S-1-5-18")),
            ("UserID", Some("S-1-5-18")),
            ("user_id", Some("S-1-5-18")),
            ("ActivityID", None),
            ("dvc", Some("WKS.corp.example")),
            ("dvc_nt_host", Some("WKS")),
            ("severity_id", Some("CreateKey")),
            ("signature_id", Some("12")),
            ("vendor_product", Some("Microsoft Sysmon")),
        ],
    );
}

/// Events of other channels have no fields of the add-on for Sysmon.
#[test]
fn other_channels_have_their_data_and_the_system_block() {
    let raw = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-PowerShell' Guid='{A0C1853B-5C40-4B15-8766-3CF1C58F985A}'/><EventID>4104</EventID><Version>1</Version><Level>5</Level><Task>2</Task><Opcode>15</Opcode><Keywords>0x0</Keywords><TimeCreated SystemTime='2022-05-02T12:39:41.710158900Z'/><EventRecordID>112748</EventRecordID><Correlation ActivityID='{547232D9-5B2B-0007-6CA6-72542B5BD801}'/><Execution ProcessID='5336' ThreadID='2228'/><Channel>Microsoft-Windows-PowerShell/Operational</Channel><Computer>dc</Computer><Security UserID='S-1-5-21-5'/></System><EventData><Data Name='MessageNumber'>1</Data><Data Name='ScriptBlockText'>function a {\n&lt;# b #&gt; }</Data><Data Name='Path'></Data></EventData></Event>";
    for addon in AddOn::ALL {
        expect(
            raw,
            addon,
            &[
                ("ScriptBlockText", Some("function a {\n&lt;# b #&gt; }")),
                ("MessageNumber", Some("1")),
                ("Path", None),
                ("ActivityID", Some("{547232D9-5B2B-0007-6CA6-72542B5BD801}")),
                ("EventCode", Some("4104")),
                ("EventID", Some("4104")),
                ("signature_id", Some("4104")),
                ("dvc", Some("dc")),
                ("user_id", Some("S-1-5-21-5")),
                ("process_name", None),
                ("signature", None),
                ("eventtype", None),
                // 2022-05-02 12:39:41.710 UTC, by `date -u -d … +%s`.
                ("_time", Some("1651495181.710")),
                ("linecount", Some("2")),
            ],
        );
    }
    // An element with an attribute, as classic providers write it.
    let qualified = raw.replace("<EventID>", "<EventID Qualifiers='16384'>");
    assert_eq!(
        field(&qualified, AddOn::Current, "EventCode").unwrap(),
        "4104"
    );
}

/// Source: the fields of the recorded event 1 of Splunk's security content, and
/// tests that read the add-on.
#[test]
fn current_event_1() {
    let raw = windows(
        1,
        &[
            ("ProcessGuid", "{A}"),
            ("ProcessId", "2296"),
            ("Image", r"C:\Windows\System32\cmd.exe"),
            ("OriginalFileName", "Cmd.Exe"),
            (
                "CommandLine",
                r#""C:\Windows\system32\cmd.exe" /c a &amp; b"#,
            ),
            ("CurrentDirectory", r"C:\Temp\"),
            ("User", r"ATTACKRANGE\Administrator"),
            ("IntegrityLevel", "High"),
            (
                "Hashes",
                "MD5=F4F684066175B77E0C3A000549D2922C,SHA256=935C1861DF1F4018D698E8B65ABFA02D7E9037D8F68CA3C2065B6CA165D44AD2,IMPHASH=3062ED732D4B25D1C64F084DAC97D37A",
            ),
            ("ParentProcessGuid", "{B}"),
            ("ParentProcessId", "4624"),
            (
                "ParentImage",
                r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            ),
            ("ParentCommandLine", "powershell.exe -enc WwBD"),
        ],
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("action", Some("allowed")),
            ("dest", Some("WKS.corp.example")),
            ("user", Some("Administrator")),
            ("original_file_name", Some("Cmd.Exe")),
            (
                "process",
                Some(r#""C:\Windows\system32\cmd.exe" /c a &amp; b"#),
            ),
            ("process_name", Some("cmd.exe")),
            ("process_exec", Some("cmd.exe")),
            ("process_path", Some(r"C:\Windows\System32\cmd.exe")),
            ("process_guid", Some("{A}")),
            ("process_id", Some("2296")),
            ("process_integrity_level", Some("High")),
            ("process_current_directory", Some(r"C:\Temp\")),
            ("parent_process", Some("powershell.exe -enc WwBD")),
            ("parent_process_name", Some("powershell.exe")),
            ("parent_process_exec", Some("powershell.exe")),
            ("parent_process_guid", Some("{B}")),
            ("parent_process_id", Some("4624")),
            ("MD5", Some("F4F684066175B77E0C3A000549D2922C")),
            ("IMPHASH", Some("3062ED732D4B25D1C64F084DAC97D37A")),
            ("SHA1", None),
            ("signature", Some("Process creation")),
            ("eventtype", Some("ms-sysmon-process")),
            ("src", None),
            ("direction", None),
            ("file_path", None),
        ],
    );
    let tags = {
        let metadata = metadata(AddOn::Current);
        let event = IndexedEvent::new(&raw, &metadata);
        event.value("tag").into_owned()
    };
    assert_eq!(tags, Value::Multi(vec!["process".into(), "report".into()]));
    // "-" is no name of a file.
    let unnamed = raw.replace("Cmd.Exe", "-");
    assert_eq!(field(&unnamed, AddOn::Current, "original_file_name"), None);
    assert_eq!(
        field(&unnamed, AddOn::Current, "OriginalFileName").unwrap(),
        "-"
    );
}

/// Source: a recorded result of Splunk's search API for such an event.
#[test]
fn current_event_3() {
    let data = [
        ("Image", r"C:\Windows\System32\svchost.exe"),
        ("ProcessId", "532"),
        ("User", r"NT AUTHORITY\NETWORK SERVICE"),
        ("Protocol", "tcp"),
        ("Initiated", "false"),
        ("SourceIsIpv6", "false"),
        ("SourceIp", "198.51.100.155"),
        ("SourceHostname", "-"),
        ("SourcePort", "60318"),
        ("DestinationIp", "192.0.2.79"),
        ("DestinationHostname", "-"),
        ("DestinationPort", "3389"),
    ];
    let raw = windows(3, &data);
    expect(
        &raw,
        AddOn::Current,
        &[
            ("user", Some("NETWORK SERVICE")),
            ("protocol", Some("ip")),
            ("transport", Some("tcp")),
            ("direction", Some("inbound")),
            ("action", Some("allowed")),
            ("app", Some(r"C:\Windows\System32\svchost.exe")),
            ("process_name", Some("svchost.exe")),
            ("process_id", Some("532")),
            ("process_path", None),
            ("signature", Some("Network connection")),
            ("signature_id", Some("3")),
            ("vendor_product", Some("Microsoft Sysmon")),
            ("src_ip", Some("198.51.100.155")),
            ("src_port", Some("60318")),
            ("dest_ip", Some("192.0.2.79")),
            ("dest_port", Some("3389")),
            ("dest_host", None),
            // "-" is no name.
            ("dest", Some("192.0.2.79")),
            ("src", Some("198.51.100.155")),
            ("eventtype", Some("ms-sysmon-network")),
            ("transport_dest_port", Some("tcp/3389")),
            ("parent_process_name", None),
        ],
    );
    let named = raw.replace(
        "<Data Name='DestinationHostname'>-",
        "<Data Name='DestinationHostname'>x.workers.dev",
    );
    assert_eq!(
        field(&named, AddOn::Current, "dest").unwrap(),
        "x.workers.dev"
    );
    let outbound = raw.replace("'Initiated'>false", "'Initiated'>true");
    assert_eq!(
        field(&outbound, AddOn::Current, "direction").unwrap(),
        "outbound"
    );
}

#[test]
fn current_events_between_two_processes_are_about_the_target() {
    let raw = windows(
        10,
        &[
            ("SourceProcessGUID", "{S}"),
            ("SourceProcessId", "1272"),
            ("SourceImage", r"C:\Tools\Rubeus.exe"),
            ("TargetProcessGUID", "{T}"),
            ("TargetProcessId", "572"),
            ("TargetImage", r"C:\Windows\system32\winlogon.exe"),
            ("GrantedAccess", "0x1f3fff"),
        ],
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("process_name", Some("winlogon.exe")),
            ("process_guid", Some("{T}")),
            ("process_id", Some("572")),
            ("parent_process_name", Some("Rubeus.exe")),
            ("parent_process_guid", Some("{S}")),
            ("parent_process_id", Some("1272")),
            ("granted_access", Some("0x1f3fff")),
        ],
    );
}

/// Source: tests that read the add-on.
#[test]
fn current_files_are_created_or_modified_by_their_times() {
    let data = |created| {
        windows(
            11,
            &[
                ("UtcTime", "2023-02-08 13:01:11.053"),
                ("Image", r"C:\x\mimikatz.exe"),
                ("TargetFilename", r"C:\Users\a\b.pfx"),
                ("CreationUtcTime", created),
            ],
        )
    };
    let new = data("2023-02-08 13:01:11.053");
    expect(
        &new,
        AddOn::Current,
        &[
            ("action", Some("created")),
            ("file_path", Some(r"C:\Users\a\b.pfx")),
            ("file_name", Some("b.pfx")),
            ("file_create_time", Some("2023-02-08 13:01:11.053")),
            ("file_hash", None),
            ("file_modify_time", None),
            ("object_category", Some("file")),
            ("object_path", None),
            ("eventtype", Some("ms-sysmon-filemod")),
            ("tag", Some("endpoint\nfilesystem")),
        ],
    );
    let old = data("2023-01-01 00:00:00.000");
    assert_eq!(field(&old, AddOn::Current, "action").unwrap(), "modified");
}

/// Source: tests that read the add-on.
#[test]
fn current_registry_events() {
    let raw = windows(
        13,
        &[
            ("EventType", "SetValue"),
            ("Image", r"C:\Windows\system32\lsass.exe"),
            (
                "TargetObject",
                r"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimits\SecureTimeHigh",
            ),
            ("Details", "QWORD (0x01d776fd-0xd724b8c5)"),
        ],
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("action", Some("modified")),
            ("status", Some("success")),
            ("registry_hive", Some(r"HKEY_LOCAL_MACHINE\System")),
            (
                "registry_path",
                Some(
                    r"HKLM\System\CurrentControlSet\Services\W32Time\SecureTimeLimits\SecureTimeHigh",
                ),
            ),
            ("registry_key_name", Some("SecureTimeLimits")),
            ("registry_value_name", Some("SecureTimeHigh")),
            ("registry_value_data", Some("0x01d776fd-0xd724b8c5")),
            ("RegistryValueType", Some("QWORD")),
            ("tag::eventtype", Some("endpoint\nregistry")),
        ],
    );
    let verbatim = raw.replace("QWORD (0x01d776fd-0xd724b8c5)", "Binary Data");
    assert_eq!(
        field(&verbatim, AddOn::Current, "registry_value_data").unwrap(),
        "Binary Data"
    );
    let key = |kind| {
        windows(
            12,
            &[
                ("EventType", kind),
                ("TargetObject", r"HKU\S-1-5-21\a\command"),
            ],
        )
    };
    expect(
        &key("DeleteKey"),
        AddOn::Current,
        &[
            ("action", Some("deleted")),
            ("registry_hive", Some("HKEY_CURRENT_USER")),
            ("registry_key_name", Some("command")),
            ("registry_value_data", None),
            ("registry_value_name", None),
        ],
    );
    let created = key("CreateKey");
    assert_eq!(
        field(&created, AddOn::Current, "action").unwrap(),
        "created"
    );
}

#[test]
fn current_lookups_have_several_answers() {
    let raw = windows(
        22,
        &[
            ("ProcessGuid", "{A}"),
            ("ProcessId", "7172"),
            ("QueryName", "arc.msn.com"),
            ("QueryStatus", "0"),
            (
                "QueryResults",
                "type:  5 arc.msn.com.nsatc.net;::ffff:52.179.129.229;",
            ),
            ("Image", r"C:\Windows\System32\wermgr.exe"),
        ],
    );
    let metadata = metadata(AddOn::Current);
    let event = IndexedEvent::new(&raw, &metadata);
    assert_eq!(
        event.value("answer"),
        Value::Multi(vec![
            "arc.msn.com.nsatc.net".into(),
            "::ffff:52.179.129.229".into()
        ])
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("answer_count", Some("2")),
            ("record_type_id", Some("5")),
            ("record_type", Some("CNAME")),
            ("query", Some("arc.msn.com")),
            ("query_count", Some("1")),
            ("reply_code_id", Some("0")),
            ("reply_code", None),
            ("src", Some("WKS.corp.example")),
            // A recorded event 22 has neither of these three.
            ("dest", None),
            ("process_id", None),
            ("process_path", None),
            ("process_name", Some("wermgr.exe")),
            ("process_guid", Some("{A}")),
            ("signature", Some("DNSEvent (DNS query)")),
            ("tag", Some("dns\nnetwork\nresolution")),
        ],
    );
    let none = raw.replace("type:  5 arc.msn.com.nsatc.net;::ffff:52.179.129.229;", "-");
    expect(
        &none,
        AddOn::Current,
        &[
            ("answer", None),
            ("answer_count", None),
            ("record_type", None),
        ],
    );
}

#[test]
fn current_images_loaded_and_pipes() {
    let raw = windows(
        7,
        &[
            ("Image", r"C:\Windows\a.exe"),
            ("ImageLoaded", r"C:\Windows\System32\amsi.dll"),
            ("Hashes", "MD5=696CBE2CB6F7FAC5ED6262BCA51238BB"),
            ("Signed", "true"),
            ("SignatureStatus", "Valid"),
        ],
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("loaded_file", Some("amsi.dll")),
            ("loaded_file_path", Some(r"C:\Windows\System32\amsi.dll")),
            ("process_name", Some("a.exe")),
            ("action", Some("success")),
            ("process_hash", Some("MD5=696CBE2CB6F7FAC5ED6262BCA51238BB")),
            ("service_dll_signature_exists", Some("true")),
        ],
    );
    let raw = windows(
        17,
        &[("PipeName", r"\MSSE-1516-server"), ("Image", r"C:\b.exe")],
    );
    expect(
        &raw,
        AddOn::Current,
        &[
            ("pipe_name", Some(r"\MSSE-1516-server")),
            ("process_name", Some("b.exe")),
        ],
    );
}

/// Source: `props.conf` of the community's add-on, 8.1.0.
#[test]
fn legacy_takes_a_dash_for_a_name_and_keeps_the_domain() {
    let raw = windows(
        3,
        &[
            ("Image", r"C:\Windows\System32\svchost.exe"),
            ("User", r"NT AUTHORITY\NETWORK SERVICE"),
            ("Protocol", "tcp"),
            ("Initiated", "false"),
            ("SourceIp", "198.51.100.155"),
            ("SourcePortName", "-"),
            ("DestinationIp", "192.0.2.79"),
            ("DestinationHostname", "-"),
            ("DestinationPortName", "ms-wbt-server"),
        ],
    );
    expect(
        &raw,
        AddOn::Legacy,
        &[
            ("dest", Some("-")),
            ("dest_host", Some("-")),
            ("src", Some("198.51.100.155")),
            ("user", Some(r"NT AUTHORITY\NETWORK SERVICE")),
            ("protocol", Some("-")),
            ("direction", Some("inbound")),
            ("signature", Some("Network Connect")),
            ("action", None),
            ("state", Some("listening")),
            ("process_path", Some(r"C:\Windows\System32\svchost.exe")),
        ],
    );
    let initiated = raw.replace("'Initiated'>false", "'Initiated'>true");
    assert_eq!(
        field(&initiated, AddOn::Legacy, "protocol").unwrap(),
        "ms-wbt-server"
    );
    let unnamed = raw.replace("<Data Name='DestinationHostname'>-</Data>", "");
    assert_eq!(
        field(&unnamed, AddOn::Legacy, "dest").unwrap(),
        "192.0.2.79"
    );
}

#[test]
fn legacy_other_events() {
    let lookup = windows(22, &[("Image", r"C:\a\b.exe"), ("QueryName", "x.example")]);
    expect(
        &lookup,
        AddOn::Legacy,
        &[
            // Older than event 22: an empty text, which is not null.
            ("process_name", Some("")),
            ("query", None),
            ("answer", None),
            ("dest", None),
            // `default_match`.
            ("signature", Some("Unknown")),
            ("eventtype", None),
            ("tag", None),
            ("direction", Some("inbound")),
        ],
    );
    let driver = windows(6, &[("ImageLoaded", r"C:\a\npf.sys")]);
    assert_eq!(
        field(&driver, AddOn::Legacy, "process_name").unwrap(),
        "System"
    );
    let thread = windows(
        8,
        &[
            ("SourceImage", r"C:\a\s.exe"),
            ("TargetImage", r"C:\a\t.exe"),
        ],
    );
    assert_eq!(
        field(&thread, AddOn::Legacy, "process_name").unwrap(),
        "s.exe"
    );
    assert_eq!(
        field(&thread, AddOn::Current, "process_name").unwrap(),
        "t.exe"
    );
    let value = windows(
        13,
        &[
            ("EventType", "SetValue"),
            ("TargetObject", r"HKLM\a\b"),
            ("Details", "DWORD (0x00000001)"),
        ],
    );
    expect(
        &value,
        AddOn::Legacy,
        &[
            ("registry_value_name", Some("DWORD (0x00000001)")),
            ("registry_key_name", Some("b")),
            ("registry_value_data", None),
            ("action", Some("modified")),
        ],
    );
}

/// A calculated field cannot see what a lookup makes: the add-on's `action` of
/// event 11 asks for `EventDescription`, and is never there.
#[test]
fn calculations_come_before_lookups() {
    let raw = windows(11, &[("TargetFilename", r"C:\a.txt")]);
    expect(
        &raw,
        AddOn::Legacy,
        &[("EventDescription", Some("File Created")), ("action", None)],
    );
}

/// Source: the fields of the recorded events 1 and 11 of Splunk's security
/// content.
#[test]
fn linux_events() {
    let raw = linux(
        1,
        &[
            ("Image", "/usr/bin/sudo"),
            ("OriginalFileName", "-"),
            ("CommandLine", "sudo sh -c &quot;id&quot; &gt; /tmp/x"),
            ("User", "ubuntu"),
            ("Hashes", "-"),
            ("ParentImage", "/bin/bash"),
            ("ParentCommandLine", "-bash"),
        ],
    );
    for addon in [AddOn::Linux, AddOn::Current] {
        expect(
            &raw,
            addon,
            &[
                ("EventCode", Some("1")),
                ("Name", Some("Linux-Sysmon")),
                ("UserId", Some("0")),
                ("UserID", None),
                ("user_id", None),
                ("RecordNumber", None),
                ("ProcessID", Some("6324")),
                ("dest", Some("vm")),
                ("dvc", None),
                ("user", Some("ubuntu")),
                ("process", Some("sudo sh -c &quot;id&quot; &gt; /tmp/x")),
                ("process_name", Some("sudo")),
                ("process_path", Some("/usr/bin/sudo")),
                ("parent_process_name", Some("bash")),
                ("parent_process", Some("-bash")),
                ("original_file_name", Some("-")),
                ("SystemTime", Some("2026-11-24T02:33:49.228720000Z")),
                // 2026-11-24 02:33:49 UTC, by `date -u -d … +%s`.
                ("_time", Some("1795487629.228")),
            ],
        );
    }
    let file = linux(
        11,
        &[("TargetFilename", "/var/lib/a.tmp"), ("Image", "/bin/b")],
    );
    expect(
        &file,
        AddOn::Linux,
        &[
            ("file_name", Some("a.tmp")),
            ("file_path", Some("/var/lib/a.tmp")),
        ],
    );
    // A line of syslog.
    let line = format!("<14>Nov 24 02:33:24 sysmon: {raw}");
    assert_eq!(
        field(&line, AddOn::Linux, "Image").unwrap(),
        "/usr/bin/sudo"
    );
}

/// The profile for Linux sees events of Windows as the current one does.
#[test]
fn linux_leaves_windows_alone() {
    assert_eq!(
        field(EVENT, AddOn::Linux, "sourcetype").unwrap(),
        "xmlwineventlog"
    );
    assert_eq!(field(EVENT, AddOn::Linux, "dest").unwrap(), "x.workers.dev");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_an_event_without_panics(raw in ".{0,120}", name in "[A-Za-z_]{1,12}") {
        for addon in AddOn::ALL {
            let metadata = metadata(addon);
            let event = IndexedEvent::new(&raw, &metadata);
            let _ = (event.field(&name), event.field("_time"));
            for name in event.field_names() {
                prop_assert!(event.field(&name).is_some(), "{}", name);
                prop_assert!(!event.value(&name).is_null(), "{}", name);
            }
        }
    }

    /// Texts of the pieces that extraction looks for, in any order.
    #[test]
    fn broken_events_do_no_harm(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("<Data Name='"), Just("<Data Name=\""), Just("'>"), Just("\">"),
                Just("'/>"), Just("</Data>"), Just("<"), Just("Image"), Just("QueryResults"),
                Just("<EventID"), Just(">"), Just("22"), Just("<Channel>"), Just("é"), Just(" "),
                Just("Microsoft-Windows-Sysmon/Operational"), Just("</Channel>"), Just("\n"),
                Just("Linux-Sysmon/Operational"), Just("type:  5 a;b;"), Just("MD5="), Just("_x"),
            ],
            0..40,
        )
    ) {
        let raw = pieces.concat();
        for addon in AddOn::ALL {
            let metadata = metadata(addon);
            let event = IndexedEvent::new(&raw, &metadata);
            let names = event.field_names();
            for name in &names {
                prop_assert!(event.field(name).is_some(), "{}", name);
                // A second event, of which nothing is remembered.
                let fresh = IndexedEvent::new(&raw, &metadata);
                prop_assert_eq!(fresh.value(name), event.value(name));
            }
            for name in ["Image", "QueryResults", "Missing", "answer", "process_name"] {
                let named = names.contains(&Cow::Borrowed(name));
                prop_assert_eq!(named, event.field(name).is_some(), "{}", name);
            }
        }
    }

    #[test]
    fn cut_events_do_no_harm(end in 0..EVENT.len()) {
        let metadata = metadata(AddOn::Legacy);
        let event = IndexedEvent::new(EVENT.get(..end).unwrap_or_default(), &metadata);
        for name in event.field_names() {
            let _ = event.field(&name);
        }
    }

    /// What is called verbatim stands in the event's text.
    #[test]
    fn verbatim_fields_stand_in_the_text(
        id in prop_oneof![Just(1u16), Just(3), Just(8), Just(10), Just(11), Just(13), Just(22)],
        image in r"[a-zA-Z:. \\-]{1,20}",
        results in "[a-z0-9: ;-]{1,30}",
    ) {
        let raw = windows(id, &[
            ("Image", &image), ("ParentImage", &image), ("TargetImage", &image),
            ("TargetObject", &image), ("User", &image), ("QueryResults", &results),
        ]);
        for addon in AddOn::ALL {
            let metadata = metadata(addon);
            let event = IndexedEvent::new(&raw, &metadata);
            for name in event.field_names() {
                if crate::is_verbatim(&name) {
                    let values = match event.value(&name) {
                        Value::Multi(values) => values,
                        value => vec![value.text().unwrap().into_owned().into()],
                    };
                    for value in values {
                        prop_assert!(raw.contains(&*value), "{}: {}", name, value);
                    }
                }
            }
        }
    }
}
