//! Which program runs under which Windows image name, and at which evidence
//! tier: the real one where it is there, a stand-in where it is not.
//!
//! - [`Tier`] says how real a program is, [`Choice`] which tiers are wanted;
//! - an [`Interpreter`] is a program that the lab has, [`Missing`] one that it
//!   has not, and the [`Inventory`] holds all of them;
//! - each kind of program has a module that finds it.

mod browser;
mod curl;
mod found;
mod host;
mod inventory;
mod machine;
mod node;
mod nss;
mod powershell;
mod python;
mod tier;
mod trust;
mod version;
mod wget;
mod wine;

pub use self::browser::Browser;
pub use self::found::{Interpreter, Missing};
pub use self::inventory::{Inventory, SEARCH_PATH};
pub use self::machine::Machine;
pub use self::nss::database as nss_database;
pub use self::tier::{Choice, Tier};
