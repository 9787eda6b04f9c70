//! Sysmon's event model and its codecs.
//!
//! An [`Event`] is what the Windows event log holds of one Sysmon (or
//! PowerShell) event: the system block and the named data, in the order of the
//! provider's manifest. Every datum carries its [`Provenance`], so that a
//! reader can tell what was seen from what was translated or configured. This
//! crate does not know where events come from.
#![forbid(unsafe_code)]

mod datum;
mod event;
mod forms;
mod guid;
mod manifest;
mod recorded;
mod schema;
pub mod windows_xml;

pub use datum::with_datum;
pub use event::{Builder, Event, Execution, Field, Provenance, UnknownField};
pub use forms::{Answer, Hashes, QueryResults, QueryStatus, ipv6_uncompressed, utc_time};
pub use guid::{logon_guid, process_guid};
pub use manifest::EventData;
pub use recorded::RecordedEvent;
pub use schema::{Channel, EventKind};
