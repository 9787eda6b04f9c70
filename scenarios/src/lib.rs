//! The content of the lab: atomic tests in Atomic Red Team's format, the signals that they must
//! leave behind, and detections with what they must say of each test; and a loader that checks
//! all of it against each other.
//!
//! The content is embedded ([`Library::embedded`]); a folder of the same layout replaces it
//! ([`Library::load`]). How a test is run is not known here: [`AtomicTest::resolve`] gives the
//! command with its arguments filled in, and how an executor would start it.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use scenarios::{Library, Overrides};
//!
//! let library = Library::embedded()?;
//! let test = library.find("cURL Beaconing to Google")?;
//! let resolved = test.resolve(&Overrides::default().with("count", "2"))?;
//! assert_eq!(resolved.invocation()[0], "cmd.exe");
//! assert!(resolved.command.starts_with("for /L %i in (1,1,2) do"));
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod argument;
mod atomic;
mod atomic_file;
mod bound;
mod condition;
mod detection;
mod document;
mod error;
mod executor;
mod expectation;
mod folder;
mod host;
mod library;
mod place;
mod resolve;
mod select;
mod signals;
mod technique;
mod words;

pub use argument::{Argument, ArgumentKind};
pub use atomic::{Action, AtomicTest, Dependency, Platform};
pub use bound::{Bound, Count, CountError, Limits};
pub use condition::{Addon, Behaviour, Condition, Conditions, Ptr, Queries};
pub use detection::{Detection, Origin};
pub use error::{Error, Problem};
pub use executor::Executor;
pub use expectation::{
    DetectionExpectation, DetectionExpectations, Expectation, RowsRule, parse_expectations,
};
pub use folder::LookupFile;
pub use host::Host;
pub use library::Library;
pub use place::{Place, Position};
pub use resolve::{Overrides, ResolveError, Resolved};
pub use select::SelectError;
pub use signals::{Signals, Suite};
pub use technique::{InvalidTechniqueId, TechniqueId};
pub use words::UnknownWord;
