//! Splunk's add-on for Sysmon for Linux, version 1.
//!
//! The add-on itself is not public. Source: the fields that recorded events 1
//! and 11 have under it, in the data sources of Splunk's security content.
//! Their values are those that the fields' names and the current add-on for
//! Windows leave, so most are unconfirmed.

use super::formula::{Choice, Condition};
use super::windows::{CHANNEL, EVENT_RECORD_ID, system_block};
use super::{Events, FieldRule, Formula, Knowledge, Source, Step};
use crate::knowledge::legacy::{IMPHASH, MD5, SHA1, SHA256};
use crate::raw::{Attribute, needle};

/// Linux writes `UserId` where Windows has `UserID`.
static USER_ID: Attribute = Attribute(needle!("<Security UserId="));

/// The event ids that Sysmon for Linux writes of a process.
const OF_ONE_PROCESS: &[u16] = &[1, 3, 5, 9, 11, 23];

const fn rule(step: Step, field: &'static str, events: Events, from: Formula) -> FieldRule {
    FieldRule {
        field,
        knowledge: Knowledge::SysmonForLinux,
        step,
        events,
        from,
        source: Source::SecurityContent,
        confirmed: true,
    }
}

const fn alias(field: &'static str, of: &'static str) -> FieldRule {
    rule(Step::Alias, field, Events::All, Formula::Field(of))
}

const fn of(field: &'static str, ids: &'static [u16], from: Formula) -> FieldRule {
    rule(Step::Calculation, field, Events::Of(ids), from)
}

/// The field is there; the value is presumed.
const fn presumed(rule: FieldRule) -> FieldRule {
    FieldRule {
        confirmed: false,
        ..rule
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rules() -> Vec<FieldRule> {
    let extraction = |field, from| rule(Step::Extraction, field, Events::All, from);
    let initiated = Condition::Is("Initiated", "true");
    let mut rules = system_block(Knowledge::SysmonForLinux, Source::SecurityContent);
    rules.extend([
        extraction("EventChannel", Formula::Element(&CHANNEL)),
        extraction("RecordID", Formula::Element(&EVENT_RECORD_ID)),
        extraction("UserId", Formula::Attribute(&USER_ID)),
        presumed(extraction("IMPHASH", Formula::Digest(&IMPHASH))),
        presumed(extraction("MD5", Formula::Digest(&MD5))),
        presumed(extraction("SHA1", Formula::Digest(&SHA1))),
        presumed(extraction("SHA256", Formula::Digest(&SHA256))),
        alias("EventID", "EventCode"),
        alias("file_create_time", "CreationUtcTime"),
        alias("file_path", "TargetFilename"),
        alias("parent_process", "ParentCommandLine"),
        alias("process_current_directory", "CurrentDirectory"),
        alias("process_hash", "Hashes"),
        alias("process_integrity_level", "IntegrityLevel"),
        alias("signature_id", "EventCode"),
        // The fields of connections are not in the recorded events.
        presumed(alias("dest_ip", "DestinationIp")),
        presumed(alias("dest_port", "DestinationPort")),
        presumed(alias("src_ip", "SourceIp")),
        presumed(alias("src_port", "SourcePort")),
        presumed(alias("transport", "Protocol")),
        presumed(of("app", &[3], Formula::Field("Image"))),
        presumed(of(
            "dest",
            &[3],
            Formula::NamedOr("DestinationHostname", "DestinationIp"),
        )),
        rule(
            Step::Calculation,
            "dest",
            Events::Except(&[3]),
            Formula::Field("Computer"),
        ),
        presumed(of(
            "direction",
            &[3],
            Formula::If(initiated, Choice::Text("outbound"), Choice::Text("inbound")),
        )),
        presumed(of("protocol", &[3], Formula::Constant("ip"))),
        presumed(of(
            "src",
            &[3],
            Formula::NamedOr("SourceHostname", "SourceIp"),
        )),
        presumed(of("action", &[1, 3], Formula::Constant("allowed"))),
        presumed(of(
            "action",
            &[11],
            Formula::If(
                Condition::Same("UtcTime", "CreationUtcTime"),
                Choice::Text("created"),
                Choice::Text("modified"),
            ),
        )),
        presumed(of("action", &[23], Formula::Constant("deleted"))),
        of(
            "file_name",
            &[11, 23],
            Formula::LinuxFileName("TargetFilename"),
        ),
        presumed(of("object_category", &[11, 23], Formula::Constant("file"))),
        // A recorded event has the field where the file's name is `-`.
        rule(
            Step::Calculation,
            "original_file_name",
            Events::All,
            Formula::Field("OriginalFileName"),
        ),
        presumed(of("os", &[1, 5, 9, 10], Formula::Constant("Linux"))),
        of(
            "parent_process_exec",
            &[1],
            Formula::LinuxFileName("ParentImage"),
        ),
        of(
            "parent_process_guid",
            &[1],
            Formula::Field("ParentProcessGuid"),
        ),
        of("parent_process_id", &[1], Formula::Field("ParentProcessId")),
        of(
            "parent_process_name",
            &[1],
            Formula::LinuxFileName("ParentImage"),
        ),
        of("parent_process_path", &[1], Formula::Field("ParentImage")),
        of("process", &[1], Formula::Field("CommandLine")),
        of(
            "process_exec",
            OF_ONE_PROCESS,
            Formula::LinuxFileName("Image"),
        ),
        of(
            "process_guid",
            OF_ONE_PROCESS,
            Formula::Field("ProcessGuid"),
        ),
        of("process_id", OF_ONE_PROCESS, Formula::Field("ProcessId")),
        of(
            "process_name",
            OF_ONE_PROCESS,
            Formula::LinuxFileName("Image"),
        ),
        of("process_path", &[1, 5, 9, 11, 23], Formula::Field("Image")),
        rule(
            Step::Calculation,
            "user",
            Events::All,
            Formula::Field("User"),
        ),
        presumed(rule(
            Step::Calculation,
            "vendor_product",
            Events::All,
            Formula::Constant("Sysmon for Linux"),
        )),
    ]);
    for field in ["EventDescription", "signature"] {
        let from = Formula::Case("EventCode", super::current::SIGNATURES, None);
        rules.push(presumed(rule(Step::Lookup, field, Events::All, from)));
    }
    rules.extend(
        super::event_types(
            Knowledge::SysmonForLinux,
            Source::SecurityContent,
            &[
                ("sysmon-linux-network", &[3], &["communicate", "network"]),
                (
                    "sysmon-linux-process",
                    &[1, 5, 9, 10],
                    &["process", "report"],
                ),
                (
                    "sysmon-linux-filemod",
                    &[11, 23],
                    &["endpoint", "filesystem"],
                ),
            ],
        )
        .into_iter()
        .map(presumed),
    );
    rules
}
