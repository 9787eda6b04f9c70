//! What Splunk adds to a raw event: metadata, and the fields that the add-on
//! for Sysmon extracts from the XML, by profile of that add-on.
//!
//! An [`IndexedEvent`] is an event as a search sees it. Its fields are taken
//! from the *rendered XML*, as the add-on's regular expressions take them, so
//! XML entities stay as they are: a `>` on a command line reads `&gt;`.
#![forbid(unsafe_code)]

mod addon;
mod extraction;
mod indexed;

pub use addon::{AddOn, UnknownAddOn};
pub use indexed::{IndexedEvent, Metadata};
