//! What Splunk adds to a raw event: metadata, and the fields that the add-on
//! for Sysmon extracts from the XML, by profile of that add-on.
//!
//! An [`IndexedEvent`] is an event as a search sees it. Its fields are taken
//! from the *rendered XML*, as the add-on's regular expressions take them, so
//! XML entities stay as they are: a `>` on a command line reads `&gt;`. Further
//! fields are derived from those by tables: see [`fields`].
#![forbid(unsafe_code)]

mod addon;
mod catalogue;
mod exported;
mod indexed;
mod knowledge;
mod path;
mod query_results;
mod raw;
mod vocabulary;

pub use addon::{AddOn, UnknownAddOn};
pub use catalogue::{event_fields, is_verbatim};
pub use exported::ExportedEvent;
pub use indexed::{IndexedEvent, Metadata};
pub use knowledge::{
    Cases, Choice, Condition, Events, FieldRule, Formula, Knowledge, METADATA, OMITTED, Source,
    Step, fields,
};
pub use raw::{Attribute, Digest, Element, Needle};
pub use vocabulary::EventVocabulary;
