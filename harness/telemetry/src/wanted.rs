//! Which events the caller has a use for.

use std::{fmt, sync::Arc};

/// Says by channel and event id which events the caller has a use for.
///
/// It only saves work: a format whose records have to be rendered asks before
/// it renders one, and leaves out those that are not wanted. Events that are
/// text already come whether wanted or not, as do those whose channel or id is
/// not known before they are rendered.
#[derive(Clone, Default)]
pub struct Wanted(Option<Arc<Question>>);

type Question = dyn Fn(&str, u32) -> bool + Send + Sync;

impl Wanted {
    /// All events.
    pub fn all() -> Self {
        Self(None)
    }

    /// The events for whose channel and id `wanted` says true. It must always
    /// say the same of the same channel and id: it is not asked for each event.
    pub fn only(wanted: impl Fn(&str, u32) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(wanted)))
    }

    /// Whether every event is wanted.
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// Whether events of this channel and id are wanted.
    pub fn wants(&self, channel: &str, event_id: u32) -> bool {
        self.0
            .as_ref()
            .is_none_or(|wanted| wanted(channel, event_id))
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_all() {
            "Wanted::all"
        } else {
            "Wanted::only"
        })
    }
}
