//! A recorded event with its data as they are, not as an add-on extracts them.

use std::borrow::Cow;

use sysmon::RecordedEvent;

/// What signals are compared with.
#[derive(Debug)]
pub(super) struct Plain<'a>(pub(super) &'a RecordedEvent);

impl spl::Event for Plain<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.field(name).map(Cow::Borrowed)
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        self.0
            .data
            .iter()
            .map(|(name, _)| Cow::Borrowed(name.as_str()))
            .collect()
    }
}
