//! A line of flat JSON as NXLog's `im_msvistalog` and `to_json` write it;
//! source: <https://docs.nxlog.co/refman/current/im/msvistalog.html>. The names
//! of the thread and the task are those of the Security Datasets (OTRF).

use serde_json::{Map, Value, json};

use super::{element::Element, system::System};
use crate::json::nxlog::{is_event_type, is_taken};

/// The object of an event, or what of it has no place there.
pub(super) fn object(event: &Element) -> Result<Value, String> {
    let system = System::of(event);
    for (name, text) in [
        ("a provider", system.provider),
        ("an EventID", system.id),
        ("a channel", system.channel),
    ] {
        if text.is_empty() {
            return Err(format!("an event without {name}"));
        }
    }
    if event.child("UserData").is_some() {
        return Err("UserData".to_owned());
    }
    if !system.version.is_empty() && system.version.parse::<u8>().is_err() {
        return Err(format!("the version {:?}", system.version));
    }
    let mut members = Map::new();
    let time = match system.time() {
        Some(time) => {
            let text = format!("{time:.6}");
            format!("{}+00:00", text.trim_end_matches('Z'))
        }
        None => system.time_created.to_owned(),
    };
    put(&mut members, "EventTime", &time);
    put(&mut members, "Hostname", system.computer);
    if !system.keywords.is_empty() {
        // A mask of 64 bits, as a number with a sign.
        let mask = system
            .keywords
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| format!("the keywords {:?}", system.keywords))?;
        members.insert("Keywords".to_owned(), mask.cast_signed().into());
    }
    let severity = match system.level {
        "0" | "4" => Some((2, "INFO")),
        "1" => Some((5, "CRITICAL")),
        "2" => Some((4, "ERROR")),
        "3" => Some((3, "WARNING")),
        "5" => Some((1, "DEBUG")),
        _ => None,
    };
    if let Some((number, name)) = severity {
        members.insert("SeverityValue".to_owned(), number.into());
        put(&mut members, "Severity", name);
    }
    put_number(&mut members, "EventID", system.id);
    put(&mut members, "SourceName", system.provider);
    put(&mut members, "ProviderGuid", system.provider_guid);
    put_number(&mut members, "Version", system.version);
    put_number(&mut members, "Task", system.task);
    put_number(&mut members, "OpcodeValue", system.opcode);
    put_number(&mut members, "RecordNumber", system.record_id);
    put(&mut members, "ActivityID", system.activity_id);
    put(
        &mut members,
        "RelatedActivityID",
        system.related_activity_id,
    );
    put_number(&mut members, "ExecutionProcessID", system.process_id);
    put_number(&mut members, "ThreadID", system.thread_id);
    put(&mut members, "Channel", system.channel);
    put(&mut members, "UserID", system.user_id);
    for (name, text) in &system.data {
        let Some(name) = *name else {
            return Err("data without a name".to_owned());
        };
        if is_taken(name) || (name == "EventType" && is_event_type(text)) {
            return Err(format!(
                "a datum named {name}, which the recorder has as well"
            ));
        }
        match members.get_mut(name) {
            Some(Value::Array(values)) => values.push((*text).into()),
            Some(value) => *value = json!([value.take(), text]),
            None => {
                members.insert(name.to_owned(), (*text).into());
            }
        }
    }
    Ok(Value::Object(members))
}

fn put(members: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        members.insert(name.to_owned(), text.into());
    }
}

/// A number, if writing it gives the same text.
fn put_number(members: &mut Map<String, Value>, name: &str, text: &str) {
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => {
            members.insert(name.to_owned(), number.into());
        }
        _ => put(members, name, text),
    }
}
