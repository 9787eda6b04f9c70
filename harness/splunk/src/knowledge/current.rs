//! Splunk's add-on for Sysmon, version 5: `Splunk_TA_microsoft_sysmon`.
//!
//! The add-on itself is not public. Sources: the fields that recorded events
//! have under it, in the data sources of Splunk's security content; tests of
//! others that read it and say what it does; one recorded result. What fits
//! these but is not stated is marked unconfirmed.

use super::formula::{Cases, Choice, Condition};
use super::legacy::{IMPHASH, MD5, SHA1, SHA256};
use super::windows::{CHANNEL, EVENT_RECORD_ID, SYSTEM_TIME, USER_ID, beside_sysmon, system_block};
use super::{Events, FieldRule, Formula, Knowledge, Source, Step};

/// Events of one process: `Image`, `ProcessGuid` and `ProcessId` are its own.
const OF_ONE_PROCESS: &[u16] = &[
    1, 2, 3, 5, 7, 9, 11, 12, 13, 14, 15, 17, 18, 22, 23, 24, 26, 27, 28,
];
/// The same without connections and lookups, which have no `process_path`.
const WITH_PATH: &[u16] = &[
    1, 2, 5, 7, 9, 11, 12, 13, 14, 15, 17, 18, 23, 24, 26, 27, 28,
];
/// The same without lookups, which have no `process_id`.
const WITH_ID: &[u16] = &[
    1, 2, 3, 5, 7, 9, 11, 12, 13, 14, 15, 17, 18, 23, 24, 26, 27, 28,
];
/// Events in which one process does something to another one.
const BETWEEN_PROCESSES: &[u16] = &[8, 10];
/// Event ids of `ms-sysmon-process`: those that have `os`.
const PROCESS_TYPE: &[u16] = &[1, 5, 6, 7, 8, 9, 10, 15, 17, 18];

/// Names of the events, as Microsoft's documentation of Sysmon heads them.
pub(super) const SIGNATURES: Cases = &[
    ("1", "Process creation"),
    ("2", "A process changed a file creation time"),
    ("3", "Network connection"),
    ("4", "Sysmon service state changed"),
    ("5", "Process terminated"),
    ("6", "Driver loaded"),
    ("7", "Image loaded"),
    ("8", "CreateRemoteThread"),
    ("9", "RawAccessRead"),
    ("10", "ProcessAccess"),
    ("11", "FileCreate"),
    ("12", "RegistryEvent (Object create and delete)"),
    ("13", "RegistryEvent (Value Set)"),
    ("14", "RegistryEvent (Key and Value Rename)"),
    ("15", "FileCreateStreamHash"),
    ("16", "ServiceConfigurationChange"),
    ("17", "PipeEvent (Pipe Created)"),
    ("18", "PipeEvent (Pipe Connected)"),
    ("19", "WmiEvent (WmiEventFilter activity detected)"),
    ("20", "WmiEvent (WmiEventConsumer activity detected)"),
    (
        "21",
        "WmiEvent (WmiEventConsumerToFilter activity detected)",
    ),
    ("22", "DNSEvent (DNS query)"),
    ("23", "FileDelete (File Delete archived)"),
    ("24", "ClipboardChange (New content in the clipboard)"),
    ("25", "ProcessTampering (Process image change)"),
    ("26", "FileDeleteDetected (File Delete logged)"),
    ("27", "FileBlockExecutable"),
    ("28", "FileBlockShredding"),
    ("29", "FileExecutableDetected"),
    ("255", "Error"),
];

/// DNS record types, by IANA's registry.
const RECORD_TYPES: Cases = &[
    ("1", "A"),
    ("2", "NS"),
    ("5", "CNAME"),
    ("6", "SOA"),
    ("12", "PTR"),
    ("15", "MX"),
    ("16", "TXT"),
    ("28", "AAAA"),
    ("33", "SRV"),
    ("65", "HTTPS"),
];

/// The start of a registry path, and the hive that it is in. Others have none.
const HIVES: Cases = &[
    (r"HKLM\System\", r"HKEY_LOCAL_MACHINE\System"),
    (r"HKU\", "HKEY_CURRENT_USER"),
    (r"HKLM\SOFTWARE\", r"HKEY_LOCAL_MACHINE\Software"),
];

/// A rule that a source states.
const fn stated(step: Step, field: &'static str, events: Events, from: Formula) -> FieldRule {
    FieldRule {
        field,
        knowledge: Knowledge::CurrentSysmon,
        step,
        events,
        from,
        source: Source::GeneratorTests,
        confirmed: true,
    }
}

impl FieldRule {
    /// The field is in recorded events with this source; its value is the one
    /// that its name and those events leave.
    const fn seen(self) -> Self {
        Self {
            source: Source::SecurityContent,
            confirmed: false,
            ..self
        }
    }

    /// Recorded events tell the value too.
    const fn recorded(self) -> Self {
        Self {
            source: Source::SecurityContent,
            confirmed: true,
            ..self
        }
    }

    /// The Common Information Model has the field, and this value fits it.
    const fn presumed(self) -> Self {
        Self {
            source: Source::Documentation,
            confirmed: false,
            ..self
        }
    }
}

const fn alias(field: &'static str, of: &'static str) -> FieldRule {
    stated(Step::Alias, field, Events::All, Formula::Field(of))
}

const fn of(field: &'static str, ids: &'static [u16], from: Formula) -> FieldRule {
    stated(Step::Calculation, field, Events::Of(ids), from)
}

const fn all(field: &'static str, from: Formula) -> FieldRule {
    stated(Step::Calculation, field, Events::All, from)
}

const fn extraction(field: &'static str, from: Formula) -> FieldRule {
    stated(Step::Extraction, field, Events::All, from)
}

pub(super) fn rules() -> Vec<FieldRule> {
    let mut rules = system_block(Knowledge::CurrentSysmon, Source::SecurityContent);
    rules.extend(beside_sysmon(Knowledge::CurrentSysmon));
    rules.extend([
        extraction("EventChannel", Formula::Element(&CHANNEL)).recorded(),
        extraction("IMPHASH", Formula::Digest(&IMPHASH)).recorded(),
        extraction("MD5", Formula::Digest(&MD5)).recorded(),
        extraction("RecordID", Formula::Element(&EVENT_RECORD_ID)).recorded(),
        extraction("SHA1", Formula::Digest(&SHA1)).recorded(),
        extraction("SHA256", Formula::Digest(&SHA256)).recorded(),
        extraction("SecurityID", Formula::Attribute(&USER_ID)).recorded(),
        extraction("TimeCreated", Formula::Attribute(&SYSTEM_TIME)).recorded(),
        all("user", Formula::WithoutDomain("User")),
        all("vendor_product", Formula::Constant("Microsoft Sysmon")),
    ]);
    rules.extend(process());
    rules.extend(file());
    rules.extend(registry());
    rules.extend(network());
    rules.extend(dns());
    rules.extend(actions());
    for field in ["EventDescription", "signature"] {
        let from = Formula::Case("EventCode", SIGNATURES, None);
        rules.push(FieldRule {
            source: Source::RecordedResult,
            confirmed: false,
            ..stated(Step::Lookup, field, Events::All, from)
        });
    }
    rules.extend(super::event_types(
        Knowledge::CurrentSysmon,
        Source::GeneratorTests,
        &[
            ("ms-sysmon-network", &[3], &["communicate", "network"]),
            ("ms-sysmon-process", PROCESS_TYPE, &["process", "report"]),
            ("ms-sysmon-regmod", &[12, 13, 14], &["endpoint", "registry"]),
            ("ms-sysmon-dns", &[22], &["dns", "network", "resolution"]),
            ("ms-sysmon-filemod", &[11], &["endpoint", "filesystem"]),
        ],
    ));
    rules.extend(
        super::event_types(
            Knowledge::CurrentSysmon,
            Source::SecurityContent,
            &[
                (
                    "ms-sysmon-filemod",
                    &[2, 23, 26],
                    &["endpoint", "filesystem"],
                ),
                ("ms-sysmon-wmimod", &[19, 20, 21], &["change", "endpoint"]),
                ("ms-sysmon-service", &[4, 16], &["report", "service"]),
            ],
        )
        .into_iter()
        .map(FieldRule::seen),
    );
    rules
}

fn process() -> Vec<FieldRule> {
    let names = |field, parent| {
        [
            of(field, OF_ONE_PROCESS, Formula::FileName("Image")),
            of(field, BETWEEN_PROCESSES, Formula::FileName("TargetImage")),
            of(parent, &[1], Formula::FileName("ParentImage")),
            of(parent, BETWEEN_PROCESSES, Formula::FileName("SourceImage")).seen(),
        ]
    };
    // Event 10 writes `GUID`, event 8 `Guid`.
    let target_guid = Formula::Coalesce("TargetProcessGuid", "TargetProcessGUID");
    let source_guid = Formula::Coalesce("SourceProcessGuid", "SourceProcessGUID");
    let mut rules = vec![
        alias("granted_access", "GrantedAccess").seen(),
        alias("pipe_name", "PipeName").seen(),
        alias("process_current_directory", "CurrentDirectory").seen(),
        alias("process_integrity_level", "IntegrityLevel"),
        alias("parent_process", "ParentCommandLine"),
        alias("src_address", "StartAddress").seen(),
        alias("src_function", "StartFunction").seen(),
        alias("src_module", "StartModule").seen(),
        of("loaded_file", &[7], Formula::FileName("ImageLoaded")),
        of("loaded_file_path", &[7], Formula::Field("ImageLoaded")),
        of("os", PROCESS_TYPE, Formula::Constant("Microsoft Windows")).seen(),
        all("original_file_name", Formula::Named("OriginalFileName")),
        of(
            "parent_process_guid",
            &[1],
            Formula::Field("ParentProcessGuid"),
        ),
        of("parent_process_guid", BETWEEN_PROCESSES, source_guid).seen(),
        of("parent_process_id", &[1], Formula::Field("ParentProcessId")),
        of(
            "parent_process_id",
            BETWEEN_PROCESSES,
            Formula::Field("SourceProcessId"),
        )
        .seen(),
        of("parent_process_path", &[1], Formula::Field("ParentImage")),
        of(
            "parent_process_path",
            BETWEEN_PROCESSES,
            Formula::Field("SourceImage"),
        )
        .seen(),
        of("process", &[1], Formula::Field("CommandLine")),
        of("process", &[5], Formula::Field("Image")).seen(),
        of(
            "process_guid",
            OF_ONE_PROCESS,
            Formula::Field("ProcessGuid"),
        )
        .recorded(),
        of("process_guid", BETWEEN_PROCESSES, target_guid).seen(),
        of("process_hash", &[1, 6, 7], Formula::Field("Hashes")).recorded(),
        of("process_id", WITH_ID, Formula::Field("ProcessId")).recorded(),
        of(
            "process_id",
            BETWEEN_PROCESSES,
            Formula::Field("TargetProcessId"),
        )
        .seen(),
        of("process_path", WITH_PATH, Formula::Field("Image")).recorded(),
        of(
            "process_path",
            BETWEEN_PROCESSES,
            Formula::Field("TargetImage"),
        )
        .seen(),
        of("process_path", &[6], Formula::Field("ImageLoaded")).seen(),
        of(
            "service_dll_signature_exists",
            &[7],
            Formula::Field("Signed"),
        )
        .seen(),
        of(
            "service_dll_signature_verified",
            &[7],
            Formula::Field("SignatureStatus"),
        )
        .seen(),
        of("service_signature_exists", &[6], Formula::Field("Signed")).seen(),
        of(
            "service_signature_verified",
            &[6],
            Formula::Field("SignatureStatus"),
        )
        .seen(),
    ];
    rules.extend(names("process_exec", "parent_process_exec"));
    rules.extend(names("process_name", "parent_process_name"));
    rules
}

fn file() -> Vec<FieldRule> {
    const FILES: &[u16] = &[2, 11, 15, 23, 26];
    vec![
        alias("file_create_time", "CreationUtcTime"),
        alias("file_path", "TargetFilename"),
        of("file_name", FILES, Formula::FileName("TargetFilename")),
        of("file_hash", &[15], Formula::Field("Hash")).seen(),
        of("file_hash", &[23, 26], Formula::Field("Hashes")).seen(),
        of("file_modify_time", &[23], Formula::Field("UtcTime")).seen(),
        of(
            "object_category",
            &[2, 11, 23, 26],
            Formula::Constant("file"),
        )
        .seen(),
    ]
}

fn registry() -> Vec<FieldRule> {
    const REGISTRY: &[u16] = &[12, 13, 14];
    vec![
        stated(
            Step::Extraction,
            "RegistryValueData",
            Events::All,
            Formula::InParentheses("Details"),
        ),
        stated(
            Step::Extraction,
            "RegistryValueType",
            Events::All,
            Formula::BeforeParentheses("Details"),
        )
        .seen(),
        alias("registry_path", "TargetObject"),
        of("object_category", REGISTRY, Formula::Constant("registry")).seen(),
        of("object_category", &[19, 20, 21], Formula::Constant("wmi")).seen(),
        of("object_path", &[12, 13], Formula::Field("TargetObject")).seen(),
        of("object_path", &[14], Formula::Field("NewName")).seen(),
        of(
            "registry_hive",
            REGISTRY,
            Formula::Prefix("TargetObject", HIVES),
        ),
        of(
            "registry_key_name",
            &[12, 14],
            Formula::KeyFromEnd("TargetObject", 0),
        ),
        of(
            "registry_key_name",
            &[13],
            Formula::KeyFromEnd("TargetObject", 1),
        ),
        of(
            "registry_value_data",
            &[13],
            Formula::Coalesce("RegistryValueData", "Details"),
        ),
        of(
            "registry_value_name",
            &[13],
            Formula::KeyFromEnd("TargetObject", 0),
        ),
        of("status", &[12, 13], Formula::Constant("success")),
        of(
            "status",
            &[14],
            Formula::Case("Keywords", &[("0x8000000000000000", "success")], None),
        ),
    ]
}

fn network() -> Vec<FieldRule> {
    let initiated = Condition::Is("Initiated", "true");
    vec![
        alias("dest_ip", "DestinationIp"),
        alias("dest_port", "DestinationPort"),
        alias("src_host", "SourceHostname").seen(),
        alias("src_ip", "SourceIp"),
        alias("src_port", "SourcePort"),
        alias("transport", "Protocol"),
        of("app", &[3], Formula::Field("Image")),
        of("creation_time", &[3], Formula::Field("UtcTime")).seen(),
        FieldRule {
            source: Source::Practice,
            ..of(
                "dest",
                &[3],
                Formula::NamedOr("DestinationHostname", "DestinationIp"),
            )
        },
        // A lookup has none: what asks is its `src`.
        stated(
            Step::Calculation,
            "dest",
            Events::Except(&[3, 22]),
            Formula::Field("Computer"),
        )
        .recorded(),
        of(
            "direction",
            &[3],
            Formula::If(initiated, Choice::Text("outbound"), Choice::Text("inbound")),
        ),
        of(
            "dvc_ip",
            &[3],
            Formula::If(
                initiated,
                Choice::Field("SourceIp"),
                Choice::Field("DestinationIp"),
            ),
        )
        .seen(),
        of("protocol", &[3], Formula::Constant("ip")),
        of(
            "protocol_version",
            &[3],
            Formula::Case("SourceIsIpv6", &[("true", "ipv6"), ("false", "ipv4")], None),
        )
        .seen(),
        of("src", &[3], Formula::NamedOr("SourceHostname", "SourceIp")).seen(),
        of("state", &[3], Formula::Constant("listening")).seen(),
        of(
            "transport_dest_port",
            &[3],
            Formula::Joined("Protocol", "DestinationPort"),
        )
        .presumed(),
    ]
}

fn dns() -> Vec<FieldRule> {
    vec![
        extraction("answer", Formula::Answers("QueryResults")),
        extraction("record_type_id", Formula::RecordTypeIds("QueryResults")),
        alias("query", "QueryName").recorded(),
        alias("reply_code_id", "QueryStatus").recorded(),
        of("answer_count", &[22], Formula::Count("answer")),
        of("query_count", &[22], Formula::Constant("1")).seen(),
        of("src", &[20, 21, 22], Formula::Field("Computer")).recorded(),
        stated(
            Step::Lookup,
            "record_type",
            Events::All,
            Formula::CaseEach("record_type_id", RECORD_TYPES),
        )
        .presumed(),
    ]
}

fn actions() -> Vec<FieldRule> {
    vec![
        of("action", &[1, 3], Formula::Constant("allowed")),
        of("action", &[7], Formula::Constant("success")),
        of(
            "action",
            &[11],
            Formula::If(
                Condition::Same("UtcTime", "CreationUtcTime"),
                Choice::Text("created"),
                Choice::Text("modified"),
            ),
        ),
        of(
            "action",
            &[12],
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
        of("action", &[13, 14], Formula::Constant("modified")),
        of("action", &[23, 26], Formula::Constant("deleted")).seen(),
        of(
            "action",
            &[5, 6, 8, 9, 10, 15, 17, 18],
            Formula::Constant("allowed"),
        )
        .seen(),
    ]
}
