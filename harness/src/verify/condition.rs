//! Under which conditions events were recorded, as far as they say so
//! themselves.

use scenarios::{Addon, Condition, Ptr, Queries};
use sysmon::RecordedEvent;

use super::marks::Sought;
use super::options::Options;
use super::survey::Host;

/// Events that Sysmon's configuration, or another log that was not exported,
/// may leave out for all processes. Without events 1 and 3 nothing can be said.
pub(super) const OPTIONAL: [u32; 3] = [11, 22, 4104];

/// The add-on, and whether the events say so themselves. Sysmon for Linux has
/// one of its own, which is none for Windows.
pub(super) fn addon(options: &Options, host: &Host) -> (Addon, bool) {
    if host.linux {
        return (Addon::Linux, true);
    }
    match (options.addon, host.sourcetype.as_deref()) {
        (Some(Addon::Linux), _) => (Addon::Current, false),
        (Some(addon), _) => (addon, false),
        (None, Some("xmlwineventlog" | "XmlWinEventLog")) => (Addon::Current, true),
        (None, Some(sourcetype)) if sourcetype.starts_with("XmlWinEventLog:") => {
            (Addon::Legacy, true)
        }
        (None, _) => (Addon::Legacy, false),
    }
}

/// What reverse lookups gave on a host; `None` where no event 3 can tell.
pub(super) fn lookups(host: &Host, all: &[Sought<'_>]) -> Option<Ptr> {
    if !host.events.contains_key(&3) {
        return None;
    }
    let is_asked_for = |event: &RecordedEvent| all.iter().any(|of| gave_its_name(of, event));
    Some(if host.marked.iter().any(is_asked_for) {
        Ptr::Lab
    } else {
        of_others(host)
    })
}

/// What reverse lookups gave on a host where none gave the name that was asked
/// for.
fn of_others(host: &Host) -> Ptr {
    if host.named > 0 {
        Ptr::Provider
    } else if host.ports_named > 0 {
        Ptr::None
    } else {
        // Where Sysmon looks names up, it has one of the host's own side at
        // least, and of ports as 443. A recording with none of them may also
        // be of odd ports only, or have lost what was empty: it has no names
        // either way.
        Ptr::Off
    }
}

/// Whether an event 3 has a name that its program asked for.
fn gave_its_name(sought: &Sought<'_>, event: &RecordedEvent) -> bool {
    event.id == Some(3)
        && event
            .said("DestinationHostname")
            .is_some_and(|name| sought.asks_for(name))
}

/// The conditions of one execution, on a host of which [`lookups`] says this.
pub(super) fn of(
    options: &Options,
    host: &Host,
    lookups: Option<Ptr>,
    sought: &Sought<'_>,
    events: &[&RecordedEvent],
) -> Condition {
    let connects = events.iter().any(|event| event.id == Some(3));
    let own = if events.iter().any(|event| gave_its_name(sought, event)) {
        Some(Ptr::Lab)
    } else if connects {
        Some(of_others(host))
    } else {
        lookups
    };
    Condition {
        behaviour: options.behaviour,
        // Without any event 3, reverse lookups decide nothing.
        ptr: own.unwrap_or(Ptr::Lab),
        queries: if host.logs(22) {
            Queries::Logged
        } else {
            Queries::Off
        },
        addon: addon(options, host).0,
    }
}
