//! What a matrix needs of a scenario that happened, whether the lab has just run
//! it or somebody recorded it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use scenarios::{Addon, AtomicTest, Behaviour, Ptr, Queries};
use spl::{Environment, Results};
use splunk::Metadata;
use telemetry::Field;

use super::view::View;
use crate::judge::chain::Break;
use crate::recordings::Recorded;
use crate::run::options::Detection;

/// A scenario that happened.
pub(super) trait Seen {
    /// Which one.
    fn test(&self) -> &AtomicTest;
    /// The values of its arguments.
    fn arguments(&self) -> &BTreeMap<String, String>;
    /// The host that it was recorded on.
    fn host(&self) -> Option<&str>;
    /// What the endpoints did.
    fn behaviour(&self) -> Behaviour;
    /// Where the chain of evidence breaks, if it does.
    fn broken(&self) -> Option<&Break>;
    /// What a search may know of the world.
    fn environment(&self) -> Environment;
    /// How a Splunk with an add-on has its events; why no Splunk with that one
    /// has them.
    fn metadata(&self, addon: Addon) -> Result<Metadata, Unseen>;
    /// Its events as a view shows them, whatever the add-on.
    fn shown(&self, ptr: Ptr, queries: Queries) -> Result<Vec<Shown>, Unseen>;
}

/// Why a view of a scenario cannot be had.
pub(super) type Unseen = String;

/// An event in a view.
#[derive(Debug)]
pub(super) struct Shown {
    /// Its rendered text.
    pub(super) raw: String,
    /// The fields beside it, where the recording has some.
    pub(super) fields: Vec<Field>,
}

impl Shown {
    pub(super) const fn rendered(raw: String) -> Self {
        Self {
            raw,
            fields: Vec::new(),
        }
    }
}

/// The views of a scenario, each made once.
pub(super) struct Views<'s, S: Seen> {
    pub(super) seen: &'s S,
    known: RefCell<Vec<Known>>,
}

type Made = Result<Rc<[Shown]>, Unseen>;
type Known = ((Ptr, Queries), Made);

impl<'s, S: Seen> Views<'s, S> {
    pub(super) const fn new(seen: &'s S) -> Self {
        Self {
            seen,
            known: RefCell::new(Vec::new()),
        }
    }

    /// The events of a view.
    pub(super) fn of(&self, view: &View) -> Made {
        let key = (view.ptr, view.queries);
        let mut known = self.known.borrow_mut();
        if let Some((_, made)) = known.iter().find(|(known, _)| *known == key) {
            return made.clone();
        }
        let made: Made = self.seen.shown(view.ptr, view.queries).map(Rc::from);
        known.push((key, made.clone()));
        made
    }

    /// Whether a detection gives any row of a view's events.
    pub(super) fn fires(&self, detection: &Detection, view: &View) -> bool {
        let (Ok(shown), Ok(metadata)) = (self.of(view), self.seen.metadata(view.addon)) else {
            return false;
        };
        let events = indexed(&shown, &metadata);
        detection
            .search
            .run(&events, &self.seen.environment())
            .is_ok_and(|results: Results<'_>| !results.rows.is_empty())
    }
}

/// Events as a Splunk has them.
pub(super) fn indexed<'e>(shown: &'e [Shown], metadata: &'e Metadata) -> Vec<Recorded<'e>> {
    shown
        .iter()
        .map(|event| Recorded::of(&event.raw, &event.fields, metadata))
        .collect()
}
