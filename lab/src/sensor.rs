//! The sensor: what a beacon did, as Sysmon would have recorded it.
//!
//! [`filter`] and [`tracer`] run inside the sandbox and tell [`fact`]s;
//! [`join`] makes Sysmon events of them, with what the servers saw as the
//! second witness. The joiner is pure: it can be fed with facts from anywhere.

pub mod digest;
pub mod fact;
#[cfg(target_os = "linux")]
pub(crate) mod filter;
#[cfg(target_os = "linux")]
mod handed_on;
pub mod host;
pub mod join;
#[cfg(target_os = "linux")]
mod lineage;
#[cfg(target_os = "linux")]
pub(crate) mod reverse;
pub(crate) mod script_block;
#[cfg(target_os = "linux")]
pub(crate) mod system_log;
#[cfg(target_os = "linux")]
mod tracee;
#[cfg(target_os = "linux")]
pub(crate) mod tracer;
#[cfg(target_os = "linux")]
mod windows;
pub mod witness;
