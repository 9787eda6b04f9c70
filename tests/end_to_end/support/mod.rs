//! What the tests share: a place to run the binary in, and readers of what a
//! run leaves. The readers are written for the tests, so that nothing is
//! judged by the code that made it.

mod account;
mod command;
mod content;
mod deadline;
mod record;
mod run;
mod running;

pub use self::account::{Account, is_root};
pub use self::command::{Workplace, cache, tool};
pub use self::content::{Detection, Library, NEVER, expectations_without_known_misses};
pub use self::deadline::{DEADLINE, until};
pub use self::record::Record;
pub use self::run::{Run, folders};
pub use self::running::Running;
