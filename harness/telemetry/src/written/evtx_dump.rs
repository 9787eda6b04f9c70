//! A line of JSON as `evtx_dump -o jsonl` writes it; source:
//! <https://github.com/omerbenamram/evtx#json-output>.

use serde_json::{Map, Value, json};

use super::element::Element;

/// Data that Sysmon's manifest and PowerShell's have as numbers, and
/// `evtx_dump` with them.
const NUMBERS: [&str; 12] = [
    "DestinationPort",
    "MessageNumber",
    "MessageTotal",
    "NewThreadId",
    "ParentProcessId",
    "ProcessId",
    "Session",
    "SourcePort",
    "SourceProcessId",
    "SourceThreadId",
    "TargetProcessId",
    "TerminalSessionId",
];

/// Those that the manifest has as truth values.
const TRUTH_VALUES: [&str; 3] = ["DestinationIsIpv6", "Initiated", "SourceIsIpv6"];

/// The same of the system block.
const SYSTEM_NUMBERS: [&str; 9] = [
    "EventID",
    "EventRecordID",
    "Level",
    "Opcode",
    "ProcessID",
    "Qualifiers",
    "Task",
    "ThreadID",
    "Version",
];

/// The object of an event, or what of it has no place there.
pub(super) fn object(event: &Element) -> Result<Value, String> {
    if event.child("System").is_none() {
        return Err("an event without System".to_owned());
    }
    let mut parts = Map::new();
    parts.insert("#attributes".to_owned(), attributes(event));
    for child in &event.children {
        let value = if child.name == "EventData" {
            event_data(child)?
        } else {
            value(child)?
        };
        insert(&mut parts, &child.name, value)?;
    }
    Ok(json!({ "Event": parts }))
}

fn attributes(element: &Element) -> Value {
    let attributes = element.attributes.iter();
    attributes
        .map(|(name, value)| (name.clone(), system_value(name, value)))
        .collect::<Map<_, _>>()
        .into()
}

fn system_value(name: &str, text: &str) -> Value {
    if SYSTEM_NUMBERS.contains(&name) {
        number(text)
    } else {
        text.into()
    }
}

/// A number, if writing it gives the same text.
fn number(text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => number.into(),
        _ => text.into(),
    }
}

fn value(element: &Element) -> Result<Value, String> {
    let text = match element.text.as_str() {
        "" => Value::Null,
        text => system_value(&element.name, text),
    };
    if element.attributes.is_empty() && element.children.is_empty() {
        return Ok(text);
    }
    let mut members = Map::new();
    if !element.attributes.is_empty() {
        members.insert("#attributes".to_owned(), attributes(element));
    }
    if !text.is_null() {
        members.insert("#text".to_owned(), text);
    }
    for child in &element.children {
        insert(&mut members, &child.name, value(child)?)?;
    }
    Ok(members.into())
}

/// Named data are members; those without a name are texts of one member.
fn event_data(element: &Element) -> Result<Value, String> {
    let mut members = Map::new();
    if !element.attributes.is_empty() {
        members.insert("#attributes".to_owned(), attributes(element));
    }
    for child in &element.children {
        let text = || Value::from(child.text.as_str());
        if !child.children.is_empty() {
            return Err(format!("elements within {} of EventData", child.name));
        }
        match (child.name.as_str(), child.attributes.as_slice()) {
            ("Data", [(key, name)]) if key == "Name" => {
                if matches!(name.as_str(), "Data" | "Binary") || name.starts_with('#') {
                    return Err(format!("a datum named {name}"));
                }
                let value = match (name.as_str(), child.text.as_str()) {
                    (name, text) if NUMBERS.contains(&name) => number(text),
                    (name, "true") if TRUTH_VALUES.contains(&name) => true.into(),
                    (name, "false") if TRUTH_VALUES.contains(&name) => false.into(),
                    _ => text(),
                };
                insert(&mut members, name, value)?;
            }
            ("Data", []) => {
                let is_last = members
                    .keys()
                    .next_back()
                    .is_some_and(|last| last == "Data");
                match members.get_mut("Data").map(|data| &mut data["#text"]) {
                    Some(Value::Array(texts)) if is_last => texts.push(text()),
                    Some(_) => return Err("data without names, apart from each other".to_owned()),
                    None => {
                        members.insert("Data".to_owned(), json!({ "#text": [text()] }));
                    }
                }
            }
            ("Binary", []) => insert(&mut members, "Binary", text())?,
            (name, attributes) => {
                let names: Vec<_> = attributes.iter().map(|(name, _)| name.as_str()).collect();
                let names = names.join(", ");
                return Err(format!("{name} of EventData with the attributes {names:?}"));
            }
        }
    }
    Ok(members.into())
}

/// Adds a member, whose name is numbered if there is one of that name.
fn insert(members: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), String> {
    if name.ends_with("_attributes") {
        return Err(format!("an element or datum named {name}"));
    }
    if let Some((before, number)) = name.rsplit_once('_')
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && members.contains_key(before)
    {
        return Err(format!("{name} beside {before}"));
    }
    let mut key = name.to_owned();
    let mut number = 0_usize;
    while members.contains_key(&key) {
        number += 1;
        key = format!("{name}_{number}");
    }
    members.insert(key, value);
    Ok(())
}
