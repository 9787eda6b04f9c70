//! A document as Winlogbeat writes it with `include_xml`, in the Elastic Common
//! Schema; source:
//! <https://www.elastic.co/docs/reference/beats/winlogbeat/exported-fields-winlog>.
//!
//! The names that Windows has for tasks and keywords are not known here, and
//! left out. The whole event is in `event.original`.

use serde_json::{Map, Value, json};

use super::{element::Element, system::System};

pub(super) fn object(raw: &str, event: &Element) -> Value {
    let system = System::of(event);
    let mut winlog = Map::new();
    put(&mut winlog, "channel", system.channel);
    put(&mut winlog, "computer_name", system.computer);
    put(&mut winlog, "event_id", system.id);
    put(&mut winlog, "provider_name", system.provider);
    put(&mut winlog, "provider_guid", system.provider_guid);
    put(&mut winlog, "activity_id", system.activity_id);
    put(
        &mut winlog,
        "related_activity_id",
        system.related_activity_id,
    );
    put_number(&mut winlog, "record_id", system.record_id);
    put_number(&mut winlog, "version", system.version);
    if system.opcode == "0" {
        put(&mut winlog, "opcode", "Info");
    }
    let mut process = Map::new();
    put_number(&mut process, "pid", system.process_id);
    let mut thread = Map::new();
    put_number(&mut thread, "id", system.thread_id);
    put_object(&mut process, "thread", thread);
    put_object(&mut winlog, "process", process);
    let mut user = Map::new();
    put(&mut user, "identifier", system.user_id);
    put_object(&mut winlog, "user", user);
    put_object(&mut winlog, "event_data", data(&system));
    if let Some(element) = system.user_data {
        let mut data = Map::new();
        put(&mut data, "xml_name", &element.name);
        for child in &element.children {
            data.insert(child.name.clone(), child.text.as_str().into());
        }
        put_object(&mut winlog, "user_data", data);
    }

    let mut document = Map::new();
    match system.time() {
        Some(time) => put(&mut document, "@timestamp", &format!("{time:.3}")),
        None => put(&mut document, "@timestamp", system.time_created),
    }
    let mut said = Map::new();
    put(&mut said, "code", system.id);
    put(&mut said, "kind", "event");
    put(&mut said, "original", raw);
    put(&mut said, "provider", system.provider);
    put_object(&mut document, "event", said);
    let mut host = Map::new();
    put(&mut host, "name", system.computer);
    put_object(&mut document, "host", host);
    // The names of Windows' levels, which are the same for all providers.
    let level = match system.level {
        "0" | "4" => "information",
        "1" => "critical",
        "2" => "error",
        "3" => "warning",
        "5" => "verbose",
        _ => "",
    };
    let mut log = Map::new();
    put(&mut log, "level", level);
    put_object(&mut document, "log", log);
    document.insert("winlog".to_owned(), winlog.into());
    Value::Object(document)
}

/// Data without a name are `param1` and so on; those of one name an array.
fn data(system: &System<'_>) -> Map<String, Value> {
    let mut members: Map<String, Value> = Map::new();
    for (at, (name, text)) in (1..).zip(&system.data) {
        let name = name.map_or_else(|| format!("param{at}"), str::to_owned);
        match members.get_mut(&name) {
            Some(Value::Array(values)) => values.push((*text).into()),
            Some(value) => *value = json!([value.take(), text]),
            None => {
                members.insert(name, (*text).into());
            }
        }
    }
    members
}

fn put(members: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        members.insert(name.to_owned(), text.into());
    }
}

fn put_number(members: &mut Map<String, Value>, name: &str, text: &str) {
    match text.parse::<u64>() {
        Ok(number) => {
            members.insert(name.to_owned(), number.into());
        }
        Err(_) => put(members, name, text),
    }
}

fn put_object(members: &mut Map<String, Value>, name: &str, object: Map<String, Value>) {
    if !object.is_empty() {
        members.insert(name.to_owned(), object.into());
    }
}
