//! The sandbox: namespaces of its own for every scenario, sealed and proved to
//! be sealed before anything runs in it.
//!
//! Three processes of the lab's own binary make one sandbox:
//!
//! 1. the *keeper*, started by the runner: it gives up root, makes the
//!    namespaces, forks the init process, and ends the sandbox when the runner
//!    is gone ([`enter`]);
//! 2. the *init* process, number 1 inside: network, files, seal check, then
//!    the sensor ([`init`]);
//! 3. the *endpoints*: DNS and HTTPS servers ([`endpoints`]).
//!
//! All they say to the runner goes through one socket as [`Message`]s.

mod plan;

#[cfg(target_os = "linux")]
mod channel;
#[cfg(target_os = "linux")]
mod endpoints;
#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod init;
#[cfg(target_os = "linux")]
mod launch;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod privileges;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod seal;
#[cfg(target_os = "linux")]
mod system_log;

pub use plan::{
    Account, Breach, Faults, Hole, Isolation, Message, Plan, Program, SetUpError, Source, Staged,
    Written,
};

#[cfg(target_os = "linux")]
pub use enter::keep;
#[cfg(target_os = "linux")]
pub(crate) use launch::KEEPER;
#[cfg(target_os = "linux")]
pub use launch::{LaunchError, Running, Stopper, launch};
#[cfg(target_os = "linux")]
#[doc(hidden)]
pub use program::observe_unsealed;
