//! An execution that was found and judged, for whoever wants to look at it
//! under other conditions.

use std::collections::BTreeMap;

use scenarios::{Addon, AtomicTest, Behaviour, Condition};
use spl::Environment;
use splunk::Metadata;
use sysmon::RecordedEvent;
use telemetry::Field;

use super::verdict::{Asked, Case, Judged, metadata};
use crate::judge::chain::Break;

/// An execution, and what came of it.
pub(crate) struct Observed<'a> {
    case: &'a Case<'a>,
    judged: &'a Judged,
}

/// One of its events.
pub(crate) struct Event<'a> {
    pub(crate) said: &'a RecordedEvent,
    /// Its rendered text, where the recording has that.
    pub(crate) raw: Option<&'a str>,
    /// The fields beside it, as Splunk's export has them.
    pub(crate) fields: &'a [Field],
}

impl<'a> Observed<'a> {
    pub(super) const fn new(case: &'a Case<'a>, judged: &'a Judged) -> Self {
        Self { case, judged }
    }

    /// Which scenario it is of.
    pub(crate) const fn test(&self) -> &'a AtomicTest {
        self.case.sought.test
    }

    /// The values of the scenario's arguments.
    pub(crate) const fn arguments(&self) -> &'a BTreeMap<String, String> {
        &self.case.sought.resolved.arguments
    }

    /// The host that it ran on.
    pub(crate) fn host(&self) -> &'a str {
        &self.case.host.name
    }

    /// What the endpoints did, as it was said.
    pub(crate) const fn behaviour(&self) -> Behaviour {
        self.case.options.behaviour
    }

    /// Under which conditions it was recorded, as far as that can be told.
    pub(crate) const fn condition(&self) -> Condition {
        self.judged.condition
    }

    /// Where the chain of evidence breaks, if it does.
    pub(crate) const fn broken(&self) -> Option<&'a Break> {
        self.judged.broken.as_ref()
    }

    /// What a search may know of the world.
    pub(crate) fn environment(&self) -> Environment {
        self.case.environment()
    }

    /// How a Splunk with an add-on has its events.
    pub(crate) fn metadata(addon: Addon) -> Metadata {
        metadata(addon)
    }

    /// Which names it asked for.
    pub(crate) fn asked(&self) -> Asked<'a> {
        self.case.asked()
    }

    /// Its events, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = Event<'a>> {
        self.case.events.iter().map(|collected| Event {
            said: &collected.event,
            raw: collected.raw.as_deref(),
            fields: &collected.fields,
        })
    }
}
