//! The XML of an event whose parts a recorder took apart: elements in the
//! order in which Windows renders them, data in the manifest's.
//!
//! What the recorder did not keep is left out, never made up.

use sysmon::{Channel, EventData};

use super::{Decoded, tree::Tree};
use crate::{
    ProblemKind, Wanted,
    escape::{self, Within},
};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

/// What is known of an event. An empty text is one that is not known.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    pub(super) provider: String,
    pub(super) provider_guid: String,
    pub(super) id: String,
    pub(super) version: String,
    pub(super) level: String,
    pub(super) task: String,
    pub(super) opcode: String,
    pub(super) keywords: String,
    pub(super) system_time: String,
    pub(super) record_id: String,
    pub(super) activity_id: String,
    pub(super) related_activity_id: String,
    pub(super) process_id: String,
    pub(super) thread_id: String,
    pub(super) channel: String,
    pub(super) computer: String,
    pub(super) user_id: String,
    /// Names and values, in the order in which they were found.
    pub(super) data: Vec<(String, String)>,
    /// What stands in place of the data, within an element of this name.
    pub(super) user_data: Option<(String, Vec<(String, String)>)>,
}

impl Rendered {
    /// The names of the data that the manifest gives the event.
    pub(super) fn manifest(&self) -> &'static [&'static str] {
        let channel = match self.provider.as_str() {
            "Microsoft-Windows-Sysmon" | "Linux-Sysmon" => Channel::Sysmon,
            "Microsoft-Windows-PowerShell" => Channel::PowerShell,
            _ => return &[],
        };
        let data = self.id.parse().ok().and_then(EventData::of);
        data.filter(|data| data.channel == channel)
            .map_or(&[], |data| data.names)
    }

    /// Whether there is a datum of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.data.iter().any(|(other, _)| other == name)
    }

    /// Takes a member of an object as a datum, or several.
    pub(super) fn push_datum(&mut self, name: &str, value: &Tree) -> Result<(), ProblemKind> {
        match value {
            Tree::Array(items) => items.iter().try_for_each(|item| match item {
                Tree::Array(_) => Err(ProblemKind::OtherJson),
                item => self.push_datum(name, item),
            }),
            value => {
                let text = value.text().ok_or(ProblemKind::OtherJson)?;
                self.data.push((name.to_owned(), text.to_owned()));
                Ok(())
            }
        }
    }

    /// Writes the event, if it is wanted.
    pub(super) fn write(mut self, wanted: &Wanted, out: &mut Vec<u8>) -> Decoded {
        if let Ok(id) = self.id.parse()
            && !wanted.wants(&self.channel, id)
        {
            return Decoded::Nothing;
        }
        let names = self.manifest();
        // What the manifest does not know follows.
        let place = |name: &str| names.iter().position(|known| *known == name);
        self.data
            .sort_by_key(|(name, _)| place(name).unwrap_or(names.len()));

        out.extend_from_slice(b"<Event xmlns='");
        out.extend_from_slice(NAMESPACE.as_bytes());
        out.extend_from_slice(b"'><System>");
        let guid = braced(&self.provider_guid);
        let time = to_nine_digits(&self.system_time);

        push_empty(
            out,
            "Provider",
            &[("Name", &self.provider), ("Guid", &guid)],
        );
        push_element(out, "EventID", &self.id);
        push_element(out, "Version", &self.version);
        push_element(out, "Level", &self.level);
        push_element(out, "Task", &self.task);
        push_element(out, "Opcode", &self.opcode);
        push_element(out, "Keywords", &self.keywords);
        push_empty(out, "TimeCreated", &[("SystemTime", &time)]);
        push_element(out, "EventRecordID", &self.record_id);
        push_empty(
            out,
            "Correlation",
            &[
                ("ActivityID", &self.activity_id),
                ("RelatedActivityID", &self.related_activity_id),
            ],
        );
        push_empty(
            out,
            "Execution",
            &[
                ("ProcessID", &self.process_id),
                ("ThreadID", &self.thread_id),
            ],
        );
        push_element(out, "Channel", &self.channel);
        push_element(out, "Computer", &self.computer);
        push_empty(out, "Security", &[("UserID", &self.user_id)]);
        out.extend_from_slice(b"</System>");
        if let Some((name, elements)) = &self.user_data {
            out.extend_from_slice(b"<UserData>");
            push_tag(out, b"<", name);
            for (name, value) in elements {
                push_tag(out, b"<", name);
                escape::push_str(out, value, Within::Element);
                push_tag(out, b"</", name);
            }
            push_tag(out, b"</", name);
            out.extend_from_slice(b"</UserData>");
        } else {
            out.extend_from_slice(b"<EventData>");
            for (name, value) in &self.data {
                out.extend_from_slice(b"<Data Name='");
                escape::push_str(out, name, Within::Attribute);
                out.extend_from_slice(b"'>");
                escape::push_str(out, value, Within::Element);
                out.extend_from_slice(b"</Data>");
            }
            out.extend_from_slice(b"</EventData>");
        }
        out.extend_from_slice(b"</Event>");
        Decoded::Event {
            has_text: true,
            fields: Vec::new(),
        }
    }
}

fn push_tag(out: &mut Vec<u8>, open: &[u8], name: &str) {
    out.extend_from_slice(open);
    escape::push_str(out, name, Within::Element);
    out.push(b'>');
}

/// Writes an element, unless its text is not known.
fn push_element(out: &mut Vec<u8>, name: &str, text: &str) {
    if !text.is_empty() {
        push_tag(out, b"<", name);
        escape::push_str(out, text, Within::Element);
        push_tag(out, b"</", name);
    }
}

/// Writes an element of attributes that are known, unless none is.
fn push_empty(out: &mut Vec<u8>, name: &str, attributes: &[(&str, &str)]) {
    if attributes.iter().all(|(_, value)| value.is_empty()) {
        return;
    }
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    for (name, value) in attributes {
        if !value.is_empty() {
            out.push(b' ');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"='");
            escape::push_str(out, value, Within::Attribute);
            out.push(b'\'');
        }
    }
    out.extend_from_slice(b"/>");
}

/// A provider's GUID, with the braces that some recorders leave out.
fn braced(guid: &str) -> String {
    if guid.len() == 36 && !guid.starts_with('{') {
        format!("{{{guid}}}")
    } else {
        guid.to_owned()
    }
}

/// A time with as many digits after the second as Windows renders, if it has
/// some and is in UTC.
fn to_nine_digits(time: &str) -> String {
    let digits = time
        .strip_suffix('Z')
        .and_then(|time| time.rsplit_once('.'))
        .map(|(_, digits)| digits);
    match digits {
        Some(digits) if digits.len() < 9 => {
            let before = &time[..time.len() - 1];
            format!("{before}{}Z", "0".repeat(9 - digits.len()))
        }
        _ => time.to_owned(),
    }
}
