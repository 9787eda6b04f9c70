//! Under which conditions events were recorded, as far as they say so
//! themselves.

use scenarios::{Addon, Condition, Ptr};
use sysmon::RecordedEvent;

use super::marks::Sought;
use super::options::Options;
use super::survey::Host;

/// Events that Sysmon's configuration, or another log that was not exported,
/// may leave out for all processes. Without events 1 and 3 nothing can be said.
pub(super) const OPTIONAL: [u32; 3] = [11, 22, 4104];

/// The add-on, and whether the events say so themselves.
pub(super) fn addon(options: &Options, host: &Host) -> (Addon, bool) {
    if let Some(addon) = options.addon {
        return (addon, false);
    }
    match host.sourcetype.as_deref() {
        Some("sysmon:linux") => (Addon::Linux, true),
        Some("xmlwineventlog" | "XmlWinEventLog") => (Addon::Current, true),
        Some(sourcetype) if sourcetype.starts_with("XmlWinEventLog:") => (Addon::Legacy, true),
        _ if host.linux => (Addon::Linux, true),
        _ => (Addon::Legacy, false),
    }
}

/// What reverse lookups gave on a host; `None` where no event 3 can tell.
pub(super) fn lookups(host: &Host) -> Option<Ptr> {
    match (host.logs(3), host.named) {
        (false, _) => None,
        // Sysmon names at least the host's own side where it looks names up.
        (true, 0) => Some(Ptr::None),
        (true, _) => Some(Ptr::Provider),
    }
}

/// The conditions of one execution.
pub(super) fn of<'e>(
    options: &Options,
    host: &Host,
    sought: &Sought<'_>,
    events: impl Iterator<Item = &'e RecordedEvent>,
) -> Condition {
    let mut own = None;
    for event in events.filter(|event| event.id == Some(3)) {
        let name = event.said("DestinationHostname");
        if name.is_some_and(|name| sought.asks_for(name)) {
            own = Some(Ptr::Lab);
            break;
        }
    }
    Condition {
        behaviour: options.behaviour,
        // Without an event 3, reverse lookups decide nothing.
        ptr: own.or_else(|| lookups(host)).unwrap_or(Ptr::Lab),
        addon: addon(options, host).0,
    }
}
