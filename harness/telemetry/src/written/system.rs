//! What an event says of itself, by the names that its XML has for it.

use jiff::Timestamp;

use super::element::Element;

/// The parts of an event. An empty text is a part that it does not have.
#[derive(Debug, Default)]
pub(super) struct System<'e> {
    pub(super) provider: &'e str,
    pub(super) provider_guid: &'e str,
    pub(super) id: &'e str,
    pub(super) version: &'e str,
    pub(super) level: &'e str,
    pub(super) task: &'e str,
    pub(super) opcode: &'e str,
    pub(super) keywords: &'e str,
    pub(super) time_created: &'e str,
    pub(super) record_id: &'e str,
    pub(super) activity_id: &'e str,
    pub(super) related_activity_id: &'e str,
    pub(super) process_id: &'e str,
    pub(super) thread_id: &'e str,
    pub(super) channel: &'e str,
    pub(super) computer: &'e str,
    pub(super) user_id: &'e str,
    /// The data of `EventData`, with their names if they have one.
    pub(super) data: Vec<(Option<&'e str>, &'e str)>,
    /// The element within `UserData`.
    pub(super) user_data: Option<&'e Element>,
}

impl<'e> System<'e> {
    pub(super) fn of(event: &'e Element) -> Self {
        let system = event.child("System");
        let element = |name| system.and_then(|system| system.child(name));
        let text = |name| element(name).map_or("", |element| element.text.as_str());
        let attribute = |name, key| {
            element(name)
                .and_then(|element| element.attribute(key))
                .unwrap_or_default()
        };
        let data = event
            .child("EventData")
            .map_or(&[][..], |data| &data.children);
        Self {
            provider: attribute("Provider", "Name"),
            provider_guid: attribute("Provider", "Guid"),
            id: text("EventID"),
            version: text("Version"),
            level: text("Level"),
            task: text("Task"),
            opcode: text("Opcode"),
            keywords: text("Keywords"),
            time_created: attribute("TimeCreated", "SystemTime"),
            record_id: text("EventRecordID"),
            activity_id: attribute("Correlation", "ActivityID"),
            related_activity_id: attribute("Correlation", "RelatedActivityID"),
            process_id: attribute("Execution", "ProcessID"),
            thread_id: attribute("Execution", "ThreadID"),
            channel: text("Channel"),
            computer: text("Computer"),
            user_id: attribute("Security", "UserID"),
            data: data
                .iter()
                .map(|datum| (datum.attribute("Name"), datum.text.as_str()))
                .collect(),
            user_data: event
                .child("UserData")
                .and_then(|data| data.children.first()),
        }
    }

    /// When the log took it.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.time_created.parse().ok()
    }
}
