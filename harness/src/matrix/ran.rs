//! A scenario that the lab has just run: each view is rendered anew from what
//! the sensor observed.

use std::collections::BTreeMap;

use scenarios::{Addon, AtomicTest, Behaviour, Ptr, Queries};
use spl::Environment;
use splunk::Metadata;
use sysmon::{Event, EventKind, Provenance, windows_xml};

use super::seen::{Seen, Shown, Unseen};
use super::view::UNNAMED;
use crate::judge;
use crate::judge::chain::Break;
use crate::judge::detection::{addon, renamed};
use crate::run::Observed;

impl Seen for Observed<'_> {
    fn test(&self) -> &AtomicTest {
        self.scenario.test
    }

    fn arguments(&self) -> &BTreeMap<String, String> {
        &self.scenario.resolved.arguments
    }

    fn host(&self) -> Option<&str> {
        None
    }

    fn behaviour(&self) -> Behaviour {
        self.shared.options.condition.behaviour
    }

    fn broken(&self) -> Option<&Break> {
        self.judged.broken.as_ref()
    }

    fn environment(&self) -> Environment {
        judge::environment(self.shared)
    }

    fn metadata(&self, with: Addon) -> Result<Metadata, Unseen> {
        Ok(judge::metadata(addon(with)))
    }

    fn shown(&self, ptr: Ptr, queries: Queries) -> Result<Vec<Shown>, Unseen> {
        let events = self.executed.recording.events.iter();
        Ok(events
            .filter(|event| queries == Queries::Logged || event.kind != EventKind::DnsQuery)
            .map(|event| {
                let event = match ptr {
                    Ptr::Off => unnamed(event),
                    ptr => renamed(event, self.shared.zone.of(ptr)),
                };
                Shown::rendered(windows_xml::render(&event))
            })
            .collect())
    }
}

/// An event 3 as Sysmon writes it with `DnsLookup` off.
fn unnamed(event: &Event) -> Event {
    let mut event = event.clone();
    if event.kind == EventKind::NetworkConnect {
        for field in UNNAMED {
            event = event.with_field(field, "-", Provenance::Absent);
        }
    }
    event
}
