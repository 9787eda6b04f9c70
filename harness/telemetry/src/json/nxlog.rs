//! Flat JSON of Windows' events, as NXLog's `to_json` writes it and the
//! Security Datasets (OTRF) have it: the recorder's fields and the event's own
//! beside each other.
//!
//! Sources: NXLog's `im_msvistalog`,
//! <https://docs.nxlog.co/refman/current/im/msvistalog.html>, and the data sets
//! of <https://github.com/OTRF/Security-Datasets>, some of which went through
//! Logstash, and some were written by PowerShell, without NXLog's fields.
//!
//! * `ExecutionProcessID` (older: `ProcessID`) is the process that wrote the
//!   event, which for Sysmon is its service; `ProcessId` is the event's own.
//!   Where the two fell together, the event's own is still in `Message`.
//! * `EventType` is NXLog's as well, and hides a Sysmon event's own, which is
//!   then still in `Message`.
//! * Values that are empty are not written; `Message` tells them from those
//!   that an older schema does not have.
//! * `EventTime` is the local time, without its zone.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

use super::{
    Decoded,
    rendered::Rendered,
    tree::{Members, Tree, get},
};
use crate::{ProblemKind, Wanted};

/// What NXLog and Logstash say of the recording, and what they derive: the
/// names of the level, the task, the operation and the user, and the rendered
/// message.
const RECORDERS: [&str; 22] = [
    "@timestamp",
    "@version",
    "AccountName",
    "AccountType",
    "Category",
    "Domain",
    "ERROR_EVT_UNRESOLVED",
    "EventReceivedTime",
    "EventTime",
    "EventTypeOriginal",
    "EventTypeOrignal",
    "Message",
    "Opcode",
    "Severity",
    "SeverityValue",
    "SourceModuleName",
    "SourceModuleType",
    "host",
    "message",
    "port",
    "tags",
    "type",
];

/// Those of them that a recorder other than NXLog does not write: there they
/// are the event's own.
const ONLY_NXLOGS: [&str; 5] = ["AccountName", "AccountType", "Category", "Domain", "Opcode"];

/// NXLog's own values of `EventType`.
const EVENT_TYPES: [&str; 9] = [
    "AUDIT_FAILURE",
    "AUDIT_SUCCESS",
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "UNKNOWN",
    "VERBOSE",
    "WARNING",
];

/// Names that stand for a part of `<System>`.
const SYSTEM: [&str; 20] = [
    "ActivityID",
    "Channel",
    "EventID",
    "EventTime",
    "ExecutionProcessID",
    "ExecutionThreadID",
    "Hostname",
    "Keywords",
    "Level",
    "OpcodeValue",
    "ProcessID",
    "ProviderGuid",
    "RecordNumber",
    "RelatedActivityID",
    "SourceName",
    "Task",
    "TaskValue",
    "ThreadID",
    "TimeCreated",
    "UserID",
];

/// Whether a datum of this name would be taken for something else.
pub(crate) fn is_taken(name: &str) -> bool {
    SYSTEM.contains(&name) || RECORDERS.contains(&name) || name == "Version"
}

/// Whether NXLog itself gives its `EventType` this value.
pub(crate) fn is_event_type(text: &str) -> bool {
    EVENT_TYPES.contains(&text)
}

/// Whether it is such an object.
pub(super) fn is_event(members: &[(String, Tree)]) -> bool {
    let has_text = |name| matches!(get(members, name), Some(Tree::Text(_)));
    has_text("SourceName") && has_text("EventID") && has_text("Channel")
}

pub(super) fn decode(
    members: &Members,
    wanted: &Wanted,
    out: &mut Vec<u8>,
) -> Result<Decoded, ProblemKind> {
    let text = |names: &[&str]| -> String {
        let found = names.iter().find_map(|name| get(members, name)?.text());
        found.unwrap_or_default().to_owned()
    };
    let is_nxlogs = ["SourceModuleName", "SourceModuleType", "SeverityValue"]
        .iter()
        .any(|name| get(members, name).is_some());
    let mut event = Rendered {
        provider: text(&["SourceName"]),
        provider_guid: text(&["ProviderGuid"]),
        id: text(&["EventID"]),
        level: text(&["Level"]),
        task: text(&["TaskValue", "Task"]),
        opcode: text(&["OpcodeValue"]),
        keywords: keywords(&text(&["Keywords"])),
        record_id: text(&["RecordNumber"]),
        activity_id: text(&["ActivityID"]),
        related_activity_id: text(&["RelatedActivityID"]),
        process_id: text(&["ExecutionProcessID", "ProcessID"]),
        thread_id: text(&["ExecutionThreadID", "ThreadID"]),
        channel: text(&["Channel"]),
        computer: text(&["Hostname"]),
        user_id: text(&["UserID"]),
        system_time: system_time(&text(&["TimeCreated"]), members),
        ..Rendered::default()
    };
    let names = event.manifest();
    let message = if names.is_empty() || event.id == "4104" {
        String::new()
    } else {
        text(&["Message", "message"])
    };
    for (name, value) in members {
        let is_events = names.contains(&name.as_str());
        match name.as_str() {
            // Sysmon's own version, in event 4, has dots.
            "Version" => match value.text() {
                Some(number) if number.parse::<u8>().is_ok() => {
                    number.clone_into(&mut event.version);
                }
                _ => event.push_datum(name, value)?,
            },
            "EventType" if value.text().is_some_and(is_event_type) => {}
            name if is_events => event.push_datum(name, value)?,
            name if SYSTEM.contains(&name) => {}
            name if RECORDERS.contains(&name) => {
                if ONLY_NXLOGS.contains(&name) && !is_nxlogs {
                    event.push_datum(name, value)?;
                }
            }
            name => event.push_datum(name, value)?,
        }
    }
    for &name in names {
        if !event.has(name)
            && let Some(value) = within(&message, name)
            // Others than these, if they are missing, were empty: what else
            // looks like a line of the message is part of some value.
            && (value.is_empty() || matches!(name, "ProcessId" | "EventType"))
        {
            event.data.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(event.write(wanted, out))
}

/// The value of a datum in the message that Windows renders of a Sysmon
/// event: a line each, after the first.
fn within<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    message.lines().skip(1).find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix(':')?;
        Some(value.strip_prefix(' ').unwrap_or(value))
    })
}

/// The mask that NXLog writes as a number, mostly with a sign, as Windows
/// writes it.
fn keywords(text: &str) -> String {
    if let Ok(number) = text.parse::<i64>() {
        format!("{:#x}", number.cast_unsigned())
    } else if let Ok(number) = text.parse::<u64>() {
        format!("{number:#x}")
    } else if text.starts_with("0x") {
        text.to_owned()
    } else {
        String::new()
    }
}

/// When the log took the event. `EventTime` has no zone, but others of the
/// event's times are in UTC: what lies between is the zone, up to some seconds.
fn system_time(time_created: &str, members: &[(String, Tree)]) -> String {
    if !time_created.is_empty() {
        return time_created.to_owned();
    }
    let text = |name| get(members, name).and_then(Tree::text).unwrap_or_default();
    let written = text("EventTime");
    if let Ok(time) = written.parse::<Timestamp>() {
        return in_utc(time);
    }
    let Ok(local) = written.parse::<DateTime>() else {
        return written.to_owned();
    };
    let received = text("EventReceivedTime").parse().ok();
    let received_in_utc = text("@timestamp").parse::<Timestamp>().ok();
    let by_sysmon = text("UtcTime").parse::<DateTime>().ok();
    let zone = match (received, received_in_utc, by_sysmon) {
        (Some(received), Some(in_utc), _) => zone(received, Offset::UTC.to_datetime(in_utc)),
        (_, _, Some(in_utc)) => zone(local, in_utc),
        _ => None,
    };
    match zone.and_then(|zone| zone.to_timestamp(local).ok()) {
        Some(time) => in_utc(time),
        // A time without its zone, and said to be one: no `Z`.
        None => local.to_string(),
    }
}

/// The zone in which a time is the other one in UTC, about: zones are quarters
/// of an hour.
fn zone(local: DateTime, in_utc: DateTime) -> Option<Offset> {
    let quarter = SignedDuration::from_mins(15).as_secs();
    let between = local.duration_since(in_utc).as_secs();
    let zone = (between + quarter / 2).div_euclid(quarter) * quarter;
    Offset::from_seconds(i32::try_from(zone).ok()?).ok()
}

fn in_utc(time: Timestamp) -> String {
    format!("{time:.9}")
}
