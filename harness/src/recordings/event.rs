//! A recorded event as a Splunk has it.

use std::borrow::Cow;

use spl::Value;
use splunk::{ExportedEvent, IndexedEvent, Metadata};

/// A recorded event: rendered XML, of which an add-on makes fields, or the
/// fields that Splunk's own export gives.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all events are of the large variant, and there are many"
)]
pub enum Recorded<'e> {
    /// Rendered XML alone.
    Rendered(IndexedEvent<'e>),
    /// Fields that were given, and perhaps rendered XML.
    Exported(Box<ExportedEvent<'e>>),
}

impl<'e> Recorded<'e> {
    /// The event that a Splunk with this add-on has of a record.
    pub fn new(event: telemetry::Event<'e>, metadata: &'e Metadata) -> Self {
        Self::of(event.raw.unwrap_or_default(), event.fields, metadata)
    }

    /// The same of a record's text and the fields beside it.
    pub fn of(raw: &'e str, fields: &'e [telemetry::Field], metadata: &'e Metadata) -> Self {
        if fields.is_empty() {
            return Self::Rendered(IndexedEvent::new(raw, metadata));
        }
        let fields = fields.iter().map(|field| {
            let value = match &*field.values {
                [] => Value::Null,
                [one] => Value::Text(Cow::Borrowed(one)),
                many => Value::Multi(many.iter().map(|value| Cow::Borrowed(&**value)).collect()),
            };
            (Cow::Borrowed(&*field.name), value)
        });
        Self::Exported(Box::new(ExportedEvent::new(raw, fields, metadata)))
    }
}

impl spl::Event for Recorded<'_> {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::Rendered(event) => event.field(name),
            Self::Exported(event) => event.field(name),
        }
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        match self {
            Self::Rendered(event) => event.field_names(),
            Self::Exported(event) => event.field_names(),
        }
    }

    fn value(&self, name: &str) -> Value<'_> {
        match self {
            Self::Rendered(event) => event.value(name),
            Self::Exported(event) => event.value(name),
        }
    }
}
