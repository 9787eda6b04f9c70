//! The community's add-on for Sysmon, version 8: `TA-microsoft-sysmon`.
//!
//! Source: its `props.conf`, `transforms.conf`, `tags.conf` and `eventcode.csv`
//! of version 8.1.0, as published under the Apache licence; its event types from
//! a later version, as a public article quotes them.

use super::formula::{Cases, Choice, Condition};
use super::windows::{SYSTEM_TIME, USER_ID, system_block};
use super::{Events, FieldRule, Formula, Knowledge, Source, Step};
use crate::raw::{Digest, needle};

pub(super) static MD5: Digest = Digest {
    name: needle!("MD5="),
    digits: 32,
};
pub(super) static SHA1: Digest = Digest {
    name: needle!("SHA1="),
    digits: 40,
};
pub(super) static SHA256: Digest = Digest {
    name: needle!("SHA256="),
    digits: 64,
};
pub(super) static IMPHASH: Digest = Digest {
    name: needle!("IMPHASH="),
    digits: 32,
};

/// Event ids whose `Image` and `ParentImage` the add-on takes names from.
const WITH_IMAGE: Events = Events::Of(&[1, 2, 3, 5, 7, 9, 11, 12, 13, 14, 15, 17, 18]);

/// `eventcode.csv`.
const DESCRIPTIONS: Cases = &[
    ("1", "Process Create"),
    ("2", "File Create Time"),
    ("3", "Network Connect"),
    ("4", "Sysmon Start"),
    ("5", "Process Terminate"),
    ("6", "Driver Load"),
    ("7", "Image Load"),
    ("8", "Create Remote Thread"),
    ("9", "Raw Access Read"),
    ("10", "Process Access"),
    ("11", "File Created"),
    ("12", "Registry object added or deleted"),
    ("13", "Registry value set"),
    ("14", "Registry object renamed"),
    ("15", "File stream created"),
    ("16", "Sysmon Configuration Changed"),
    ("17", "Pipe Created"),
    ("18", "Pipe Connected"),
    ("19", "WmiEventFilter activity detected"),
    ("20", "WmiEventConsumer activity detected"),
    ("21", "WmiEventConsumerToFilter activity detected"),
    ("255", "Error"),
];

const fn rule(step: Step, field: &'static str, events: Events, from: Formula) -> FieldRule {
    FieldRule {
        field,
        knowledge: Knowledge::LegacySysmon,
        step,
        events,
        from,
        source: Source::CommunityAddOn,
        confirmed: true,
    }
}

const fn alias(field: &'static str, of: &'static str) -> FieldRule {
    rule(Step::Alias, field, Events::All, Formula::Field(of))
}

const fn calculated(field: &'static str, events: Events, from: Formula) -> FieldRule {
    rule(Step::Calculation, field, events, from)
}

/// What the add-on calls a process: an image without its folder; "System" for a
/// driver; the source's of two; nothing, but not null, in other events.
fn process_name(field: &'static str) -> [FieldRule; 4] {
    [
        calculated(field, WITH_IMAGE, Formula::FileName("Image")),
        calculated(field, Events::Of(&[6]), Formula::Constant("System")),
        calculated(
            field,
            Events::Of(&[8, 10]),
            Formula::FileName("SourceImage"),
        ),
        calculated(field, Events::All, Formula::Constant("")),
    ]
}

fn parent_process_name(field: &'static str) -> [FieldRule; 2] {
    [
        calculated(field, WITH_IMAGE, Formula::FileName("ParentImage")),
        calculated(field, Events::All, Formula::Constant("")),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rules() -> Vec<FieldRule> {
    let extraction = |field, from| rule(Step::Extraction, field, Events::All, from);
    let mut rules = system_block(Knowledge::LegacySysmon, Source::CommunityAddOn);
    for rule in &mut rules {
        // The add-on's own expressions find neither attributes nor channel;
        // what finds them is Splunk's automatic search for `name=value`.
        let own = [
            "Computer",
            "EventCode",
            "Keywords",
            "Level",
            "Opcode",
            "Task",
            "Version",
        ];
        if !own.contains(&rule.field) {
            rule.source = Source::Practice;
            rule.confirmed = false;
        }
    }
    rules.extend([
        extraction("EventChannel", Formula::Element(&super::windows::CHANNEL)),
        extraction("IMPHASH", Formula::Digest(&IMPHASH)),
        extraction("MD5", Formula::Digest(&MD5)),
        extraction(
            "RecordID",
            Formula::Element(&super::windows::EVENT_RECORD_ID),
        ),
        extraction("SHA1", Formula::Digest(&SHA1)),
        extraction("SHA256", Formula::Digest(&SHA256)),
        extraction("SecurityID", Formula::Attribute(&USER_ID)),
        extraction("TimeCreated", Formula::Attribute(&SYSTEM_TIME)),
        alias("EventID", "EventCode"),
        FieldRule {
            source: Source::Practice,
            confirmed: false,
            ..alias("RecordNumber", "EventRecordID")
        },
        alias("app", "Image"),
        alias("cmdline", "CommandLine"),
        alias("dest_host", "DestinationHostname"),
        alias("dest_ip", "DestinationIp"),
        alias("dest_port", "DestinationPort"),
        alias("dvc", "Computer"),
        alias("file_create_time", "CreationUtcTime"),
        alias("file_path", "TargetFilename"),
        alias("parent_process", "ParentCommandLine"),
        alias("parent_process_guid", "ParentProcessGuid"),
        alias("parent_process_id", "ParentProcessId"),
        alias("parent_process_path", "ParentImage"),
        alias("process", "CommandLine"),
        alias("process_guid", "ProcessGuid"),
        alias("process_hash", "Hashes"),
        alias("process_id", "ProcessId"),
        alias("process_integrity_level", "IntegrityLevel"),
        alias("process_path", "Image"),
        alias("session_id", "ProcessGuid"),
        alias("signature_id", "EventCode"),
        alias("src_host", "SourceHostname"),
        alias("src_ip", "SourceIp"),
        alias("src_port", "SourcePort"),
        alias("transport", "Protocol"),
        // The whole account: taking the domain off came later.
        alias("user", "User"),
        alias("user_id", "UserID"),
        calculated("action", Events::Of(&[1]), Formula::Constant("allowed")),
        calculated(
            "action",
            Events::Of(&[12]),
            Formula::Case(
                "EventType",
                &[
                    ("CreateKey", "created"),
                    ("DeleteKey", "deleted"),
                    ("DeleteValue", "deleted"),
                ],
                None,
            ),
        ),
        calculated(
            "action",
            Events::Of(&[13]),
            Formula::Case("EventType", &[("SetValue", "modified")], None),
        ),
        // Asks for a field that the lookup makes afterwards, so it is never
        // there.
        calculated(
            "action",
            Events::Of(&[11]),
            Formula::Case("EventDescription", &[("File Created", "created")], None),
        ),
        calculated("creation_time", Events::Of(&[3]), Formula::Field("UtcTime")),
        calculated(
            "dest",
            Events::Of(&[3]),
            // `-` is a name to it.
            Formula::Coalesce("DestinationHostname", "DestinationIp"),
        ),
        calculated(
            "dest",
            Events::Of(&[1, 11, 12, 13, 14]),
            Formula::Field("Computer"),
        ),
        // Of all events: what is not initiated is inbound.
        calculated(
            "direction",
            Events::All,
            Formula::If(
                Condition::Is("Initiated", "true"),
                Choice::Text("outbound"),
                Choice::Text("inbound"),
            ),
        ),
        calculated(
            "object_category",
            Events::Of(&[2, 11]),
            Formula::Constant("file"),
        ),
        calculated(
            "object_category",
            Events::Of(&[12, 13, 14]),
            Formula::Constant("registry"),
        ),
        calculated(
            "object_category",
            Events::Of(&[19, 20, 21]),
            Formula::Constant("wmi"),
        ),
        calculated(
            "object_path",
            Events::Of(&[12, 13]),
            Formula::Field("TargetObject"),
        ),
        calculated("object_path", Events::Of(&[14]), Formula::Field("NewName")),
        calculated(
            "protocol",
            Events::All,
            Formula::If(
                Condition::Is("Initiated", "true"),
                Choice::Field("DestinationPortName"),
                Choice::Field("SourcePortName"),
            ),
        ),
        calculated(
            "registry_key_name",
            Events::Of(&[12, 13, 14]),
            Formula::KeyFromEnd("TargetObject", 0),
        ),
        calculated(
            "registry_path",
            Events::Of(&[12, 13, 14]),
            Formula::Field("TargetObject"),
        ),
        calculated(
            "registry_value_name",
            Events::Of(&[13]),
            Formula::Field("Details"),
        ),
        calculated(
            "src",
            Events::All,
            Formula::Coalesce("SourceHostname", "SourceIp"),
        ),
        calculated("state", Events::Of(&[3]), Formula::Constant("listening")),
        calculated(
            "vendor_product",
            Events::All,
            Formula::Constant("Microsoft Sysmon"),
        ),
    ]);
    rules.extend(process_name("process_exec"));
    rules.extend(process_name("process_name"));
    rules.extend(parent_process_name("parent_process_exec"));
    rules.extend(parent_process_name("parent_process_name"));
    for field in ["EventDescription", "signature"] {
        let from = Formula::Case("EventCode", DESCRIPTIONS, Some("Unknown"));
        rules.push(rule(Step::Lookup, field, Events::All, from));
    }
    rules.extend(event_types(&[
        (
            "ms-sysmon-network",
            &[3],
            &["communicate", "listening", "network", "port"],
        ),
        (
            "ms-sysmon-process",
            &[1, 5, 6, 8, 9, 10, 15, 17, 18],
            &["process", "report"],
        ),
        (
            "ms-sysmon-filemod",
            &[2, 11],
            &["change", "endpoint", "filesystem"],
        ),
        (
            "ms-sysmon-regmod",
            &[12, 13, 14],
            &["change", "endpoint", "registry"],
        ),
        ("ms-sysmon-wmimod", &[19, 20, 21], &["change", "endpoint"]),
    ]));
    rules
}

/// Event types with their tags. Their names and tags are those of 8.1.0, their
/// event ids those of a later version.
fn event_types(
    types: &[(&'static str, &'static [u16], &'static [&'static str])],
) -> Vec<FieldRule> {
    super::event_types(Knowledge::LegacySysmon, Source::CommunityAddOn, types)
        .into_iter()
        .map(|rule| FieldRule {
            confirmed: false,
            ..rule
        })
        .collect()
}
