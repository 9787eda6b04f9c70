//! Recorded events of files, folders and pipes, as *rendered event XML*: the
//! text that Splunk's forwarder would have sent and Splunk would hold as `_raw`.
//!
//! A [`Reader`] takes [`Input`]s and gives [`Batch`]es of about 1 MiB: it only
//! reads, and finds where a batch may end. A batch is `Send`; whoever has it
//! calls [`Batch::events`], which finds (or renders) its events. So one thread
//! reads, and as many as there are cores decode:
//!
//! ```
//! use telemetry::{Input, Limits, Reader, Wanted};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("events.xml");
//! std::fs::write(&file, "<Event><System/></Event>\n<Event><Sys")?;
//!
//! let mut raws = Vec::new();
//! let mut problems = Vec::new();
//! for batch in Reader::new([Input::Path(file)], Limits::default()) {
//!     match batch {
//!         Ok(batch) => {
//!             let events = batch.events(&Wanted::all());
//!             raws.extend(events.iter().filter_map(|event| Some(event.raw?.to_owned())));
//!             problems.extend(events.into_problems());
//!         }
//!         Err(problem) => problems.push(problem),
//!     }
//! }
//! assert_eq!(raws, ["<Event><System/></Event>"]);
//! assert!(problems[0].to_string().ends_with("at byte 25: the event is cut off"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is promised
//! * The format is told by the content, never by the name ([`Format`]).
//! * XML comes out byte for byte as it was: entities stay, line breaks in values
//!   stay, nothing is copied per event.
//! * Whatever is not given as an event is given as a [`Problem`] with its
//!   place, either by the reader or with the batch. Nothing is lost silently,
//!   and what follows a lost record is still read.
//! * Memory is bounded by [`Limits`], whatever the input holds.
//! * Where the bytes happen to be split between reads and batches changes
//!   neither events nor problems.
//!
//! # Containers
//! gzip and zstd are unpacked, tar and zip gone through, also in one another
//! ([`Container`]). A member is a source of its own ([`Source::Member`]);
//! offsets count the unpacked bytes. How much an input may unpack to is bounded
//! ([`Unpacking`]). A zip has its directory at its end: one that comes through a
//! pipe, or lies in another container, is kept in a temporary file without a
//! name while it is read. What is packed otherwise, or encrypted, is refused by
//! name.
//!
//! # Text that is no UTF-8
//! An event whose bytes are not UTF-8 is lost, and said to be. Splunk takes
//! such data for UTF-8 (`CHARSET` of `props.conf`, whose default is UTF-8) and
//! what it then holds for the other bytes depends on its settings: an answer
//! over replaced characters would be made up. UTF-16, which `wevtutil` writes,
//! is told by its byte order mark (or by its first character) and converted.

mod archive;
mod batch;
mod budget;
mod container;
mod escape;
mod evtx;
mod format;
mod gzip;
mod input;
mod journal;
mod json;
mod pipe;
mod pool;
mod problem;
mod reader;
mod tar;
mod utf16;
mod wanted;
pub mod written;
mod xml;
mod zip;
mod zstd;

pub use batch::{Batch, Event, Events, Field};
pub use budget::Unpacking;
pub use container::{Container, ContainerError};
pub use evtx::EvtxError;
pub use format::Format;
pub use input::Input;
pub use pipe::Stop;
pub use problem::{Place, Problem, ProblemKind, Source};
pub use reader::{Limits, Reader};
pub use wanted::Wanted;
