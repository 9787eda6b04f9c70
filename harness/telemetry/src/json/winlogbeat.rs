//! Documents of Elastic's Winlogbeat, since version 7 in the Elastic Common
//! Schema (`winlog.event_data`), before flat (`event_data`); also as hits of a
//! search in Elasticsearch, and with names that hold dots in place of objects.
//!
//! Sources: <https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog>,
//! <https://www.elastic.co/guide/en/beats/winlogbeat/6.3/exported-fields-eventlog.html>
//! and, for what the Sysmon module moves to other places and what it drops,
//! <https://github.com/elastic/beats/tree/main/x-pack/winlogbeat/module/sysmon>.
//!
//! Where Winlogbeat was told to keep the XML (`event.original`, before `xml`),
//! that is taken. What it has as names alone (level, task, keywords) is left
//! out, as are values that the Sysmon module drops: those that are empty or
//! `-`, and the answers of event 22, whose text it takes apart.

use std::borrow::Cow;

use super::{
    Decoded,
    rendered::Rendered,
    tree::{Members, Tree},
};
use crate::{ProblemKind, Wanted};

/// Where the Sysmon module puts what it moves.
const MOVED: [(&str, &str); 30] = [
    ("RuleName", "rule.name"),
    ("ProcessGuid", "process.entity_id"),
    ("ProcessId", "process.pid"),
    ("Image", "process.executable"),
    ("SourceProcessGuid", "process.entity_id"),
    ("SourceProcessGUID", "process.entity_id"),
    ("SourceProcessId", "process.pid"),
    ("SourceThreadId", "process.thread.id"),
    ("SourceImage", "process.executable"),
    ("Destination", "process.executable"),
    ("CommandLine", "process.command_line"),
    ("CurrentDirectory", "process.working_directory"),
    ("ParentProcessGuid", "process.parent.entity_id"),
    ("ParentProcessId", "process.parent.pid"),
    ("ParentImage", "process.parent.executable"),
    ("ParentCommandLine", "process.parent.command_line"),
    ("OriginalFileName", "process.pe.original_file_name"),
    ("TargetFilename", "file.path"),
    ("Device", "file.path"),
    ("ImageLoaded", "file.path"),
    ("PipeName", "file.name"),
    ("Protocol", "network.transport"),
    ("SourceIp", "source.ip"),
    ("SourceHostname", "source.domain"),
    ("SourcePort", "source.port"),
    ("DestinationIp", "destination.ip"),
    ("DestinationHostname", "destination.domain"),
    ("DestinationPort", "destination.port"),
    ("QueryName", "dns.question.name"),
    ("ID", "error.code"),
];

/// The names that `winerror.h` has for the codes of event 22, as far as events
/// are known to carry them.
const QUERY_STATUS: [(&str, &str); 9] = [
    ("0", "SUCCESS"),
    ("1223", "ERROR_CANCELLED"),
    ("1460", "ERROR_TIMEOUT"),
    ("9002", "DNS_ERROR_RCODE_SERVER_FAILURE"),
    ("9003", "DNS_ERROR_RCODE_NAME_ERROR"),
    ("9005", "DNS_ERROR_RCODE_REFUSED"),
    ("9501", "DNS_INFO_NO_RECORDS"),
    ("9502", "DNS_ERROR_BAD_PACKET"),
    ("9701", "DNS_ERROR_RECORD_DOES_NOT_EXIST"),
];

/// The hashes in the order in which Sysmon writes them.
const HASHES: [(&str, &str); 4] = [
    ("SHA1", "hash.sha1"),
    ("MD5", "hash.md5"),
    ("SHA256", "hash.sha256"),
    ("IMPHASH", "pe.imphash"),
];

/// The value at a path of names: within objects, or of a name with dots.
fn at<'t>(members: &'t [(String, Tree)], path: &str) -> Option<&'t Tree> {
    members.iter().find_map(|(name, value)| {
        let rest = path.strip_prefix(name.as_str())?;
        if rest.is_empty() {
            return Some(value);
        }
        match value {
            Tree::Object(inner) => at(inner, rest.strip_prefix('.')?),
            _ => None,
        }
    })
}

/// The members of an object, also where its name is the beginning of theirs.
fn all_of<'t>(members: &'t [(String, Tree)], path: &str) -> Option<Vec<(&'t str, &'t Tree)>> {
    if let Some(Tree::Object(inner)) = at(members, path) {
        return Some(
            inner
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        );
    }
    let found: Vec<_> = members
        .iter()
        .filter_map(|(name, value)| {
            let name = name.strip_prefix(path)?.strip_prefix('.')?;
            Some((name, value))
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The document within a hit of Elasticsearch's.
pub(super) fn unwrapped(mut members: Members) -> Members {
    match members.iter_mut().find(|(name, _)| name == "_source") {
        Some((_, Tree::Object(source))) => std::mem::take(source),
        _ => members,
    }
}

/// Whether it is such a document.
pub(super) fn is_event(members: &[(String, Tree)]) -> bool {
    matches!(at(members, "winlog"), Some(Tree::Object(_)))
        || at(members, "winlog.channel").is_some()
        || at(members, "winlog.event_id").is_some()
        || (at(members, "log_name").is_some() && at(members, "event_id").is_some())
}

pub(super) fn decode(
    members: &Members,
    wanted: &Wanted,
    out: &mut Vec<u8>,
) -> Result<Decoded, ProblemKind> {
    let text = |paths: &[&str]| -> String {
        let found = paths.iter().find_map(|path| at(members, path)?.text());
        found.unwrap_or_default().to_owned()
    };
    // Numbers, where there are; names tell less than what they stand for.
    let number = |path: &str| -> String {
        let text = text(&[path]);
        if text.parse::<u64>().is_ok() {
            text
        } else {
            String::new()
        }
    };
    let mut event = Rendered {
        provider: text(&["winlog.provider_name", "source_name", "event.provider"]),
        provider_guid: text(&["winlog.provider_guid", "provider_guid"]),
        id: text(&["winlog.event_id", "event_id", "event.code"]),
        version: text(&["winlog.version", "version"]),
        level: number("winlog.level"),
        task: number("winlog.task"),
        opcode: match text(&["winlog.opcode", "opcode"]).as_str() {
            // The one name that Windows itself gives all providers.
            "Info" => "0".to_owned(),
            _ => number("winlog.opcode"),
        },
        record_id: text(&["winlog.record_id", "record_number"]),
        activity_id: text(&["winlog.activity_id", "activity_id"]),
        related_activity_id: text(&["winlog.related_activity_id", "related_activity_id"]),
        process_id: text(&["winlog.process.pid", "process_id"]),
        thread_id: text(&["winlog.process.thread.id", "thread_id"]),
        channel: text(&["winlog.channel", "log_name"]),
        computer: text(&["winlog.computer_name", "computer_name"]),
        user_id: text(&["winlog.user.identifier", "user.identifier"]),
        ..Rendered::default()
    };
    let original = text(&["event.original", "xml"]);
    let original = original.trim();
    if original.starts_with("<Event") && original.ends_with("</Event>") {
        if let Ok(id) = event.id.parse()
            && !wanted.wants(&event.channel, id)
        {
            return Ok(Decoded::Nothing);
        }
        out.extend_from_slice(original.as_bytes());
        return Ok(Decoded::Event {
            has_text: true,
            fields: Vec::new(),
        });
    }
    if event.id.is_empty() {
        return Err(ProblemKind::OtherJson);
    }
    let data = ["winlog.event_data", "event_data"];
    if let Some(data) = data.iter().find_map(|path| all_of(members, path)) {
        for (name, value) in data {
            event.push_datum(name, value)?;
        }
    }
    let user_data = ["winlog.user_data", "user_data"];
    if event.data.is_empty()
        && let Some(data) = user_data.iter().find_map(|path| all_of(members, path))
    {
        event.user_data = Some(elements(&data)?);
    }
    if text(&["event.module"]) == "sysmon" {
        event.system_time = text(&["winlog.time_created"]);
        // Version 8 puts there when the log took the event; before, it was
        // when Winlogbeat read it.
        let is_eight = text(&["ecs.version"]).starts_with(['8', '9']);
        if event.system_time.is_empty() && is_eight {
            event.system_time = text(&["event.created"]);
        }
        for name in event.manifest() {
            if !event.has(name)
                && let Some(value) = moved(members, name, &event)
            {
                event.data.push(((*name).to_owned(), value.into_owned()));
            }
        }
    } else {
        event.system_time = text(&["winlog.time_created", "@timestamp"]);
    }
    Ok(event.write(wanted, out))
}

/// The elements of `UserData`: Winlogbeat keeps the name of the one around
/// them beside their values.
fn elements(data: &[(&str, &Tree)]) -> Result<(String, Vec<(String, String)>), ProblemKind> {
    let mut around = "EventXML".to_owned();
    let mut elements = Vec::new();
    for (name, value) in data {
        let text = value.text().ok_or(ProblemKind::OtherJson)?;
        if *name == "xml_name" {
            text.clone_into(&mut around);
        } else {
            elements.push(((*name).to_owned(), text.to_owned()));
        }
    }
    Ok((around, elements))
}

/// A datum from where the Sysmon module put it.
fn moved<'t>(members: &'t [(String, Tree)], name: &str, event: &Rendered) -> Option<Cow<'t, str>> {
    let text = |path: &str| {
        let text = at(members, path).and_then(Tree::text);
        text.filter(|text| !text.is_empty())
    };
    match name {
        "UtcTime" => {
            // 2020-10-27T20:00:14.320Z is 2020-10-27 20:00:14.320.
            let time = text("@timestamp")?.strip_suffix('Z')?;
            Some(Cow::Owned(time.replacen('T', " ", 1)))
        }
        "User" => {
            let (domain, user) = (text("user.domain")?, text("user.name")?);
            Some(Cow::Owned(format!("{domain}\\{user}")))
        }
        "Initiated" => match text("network.direction")? {
            "egress" | "outbound" => Some(Cow::Borrowed("true")),
            "ingress" | "inbound" => Some(Cow::Borrowed("false")),
            _ => None,
        },
        "SourceIsIpv6" | "DestinationIsIpv6" => match text("network.type")? {
            "ipv4" => Some(Cow::Borrowed("false")),
            "ipv6" => Some(Cow::Borrowed("true")),
            _ => None,
        },
        // Either port's name may be there, if the other one is not elsewhere.
        "DestinationPortName" if event.has("SourcePortName") => {
            text("network.protocol").map(Cow::Borrowed)
        }
        "QueryStatus" => {
            let status = text("sysmon.dns.status")?;
            let known = QUERY_STATUS.iter().find(|(_, name)| *name == status);
            let is_code = status.bytes().all(|byte| byte.is_ascii_digit());
            known
                .map(|(code, _)| Cow::Borrowed(*code))
                .or(is_code.then_some(Cow::Borrowed(status)))
        }
        "Hashes" | "Hash" => {
            let hashes: Vec<_> = HASHES
                .iter()
                .filter_map(|(name, path)| {
                    let hash = ["process", "file"]
                        .iter()
                        .find_map(|owner| text(&format!("{owner}.{path}")))?;
                    Some(format!("{name}={}", hash.to_ascii_uppercase()))
                })
                .collect();
            (!hashes.is_empty()).then(|| Cow::Owned(hashes.join(",")))
        }
        "OriginalFileName" if event.id == "7" => {
            text("file.pe.original_file_name").map(Cow::Borrowed)
        }
        "Type" if event.id == "25" => text("message")
            .filter(|message| !message.contains('\n'))
            .map(Cow::Borrowed),
        _ => {
            let (_, path) = MOVED.iter().find(|(moved, _)| *moved == name)?;
            text(path).map(Cow::Borrowed)
        }
    }
}
