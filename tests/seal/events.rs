//! The events of a run, read from its `events.xml`.

use std::collections::BTreeMap;

/// One event: its id and its fields.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: u32,
    fields: BTreeMap<String, String>,
}

impl Event {
    /// The value of a field that every event of this kind has.
    pub fn get(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .unwrap_or_else(|| panic!("event {} has no {field}", self.id))
    }

    pub fn process_id(&self) -> i64 {
        self.get("ProcessId").parse().unwrap()
    }

    /// The file name of its image.
    pub fn image(&self) -> &str {
        let image = self.get("Image");
        image.rsplit(['\\', '/']).next().unwrap_or(image)
    }
}

/// Reads the records that the lab writes: `Name='…'` and no comments.
pub fn parse(text: &str) -> Vec<Event> {
    let (mut events, mut rest) = (Vec::new(), text);
    while let Some(end) = rest.find("</Event>") {
        let record = &rest[..end];
        rest = &rest[end + "</Event>".len()..];
        let fields = record
            .split("<Data Name='")
            .skip(1)
            .map(|data| {
                let (name, data) = data.split_once('\'').unwrap();
                let value = data
                    .strip_prefix("></Data>")
                    .or_else(|| data.strip_prefix("/>"))
                    .map_or_else(|| between(data, ">", "</Data>"), |_| "");
                (name.to_owned(), unescaped(value))
            })
            .collect();
        events.push(Event {
            id: between(record, "<EventID>", "</EventID>").parse().unwrap(),
            fields,
        });
    }
    assert!(!rest.contains("<Event"), "a record without an end: {rest}");
    events
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, text) = text.split_once(start).unwrap();
    text.split_once(end).unwrap().0
}

fn unescaped(text: &str) -> String {
    let quotes = text.replace("&quot;", "\"").replace("&apos;", "'");
    let brackets = quotes.replace("&lt;", "<").replace("&gt;", ">");
    brackets.replace("&amp;", "&")
}
