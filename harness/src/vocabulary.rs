//! What is known about recorded events beyond the text of a search: for lints,
//! and to leave out events before they are rendered.

use std::borrow::Cow;

use spl::lint::{Holds, Pins, Renamed, Vocabulary};
use splunk::AddOn;
use sysmon::{Channel, EventKind};
use telemetry::Wanted;

/// Sysmon's and PowerShell's events under an add-on.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    addon: AddOn,
}

impl Events {
    /// The events as they are under this add-on.
    pub fn new(addon: AddOn) -> Self {
        Self { addon }
    }

    /// The kinds that the pins describe; none where they leave open from which
    /// channel an event is, or name an event that is not known.
    fn kinds(self, pins: &Pins) -> Option<Vec<EventKind>> {
        let kinds: Vec<EventKind> = ids(pins)?
            .into_iter()
            .map(|id| EventKind::from_id(u16::try_from(id).ok()?))
            .collect::<Option<_>>()?;
        let certain = !kinds.is_empty()
            && kinds
                .iter()
                .all(|kind| self.is_pinned(pins, kind.channel()));
        certain.then_some(kinds)
    }

    /// Whether the pins say that events are of this channel. The old sourcetype
    /// says so under any add-on: who writes it means that channel.
    fn is_pinned(self, pins: &Pins, channel: Channel) -> bool {
        let is = |field: &str, value: &str| {
            pins.values(field)
                .is_some_and(|values| values.iter().all(|v| v.eq_ignore_ascii_case(value)))
        };
        let name = channel.name();
        is("Channel", name)
            || is("source", &self.addon.source(name))
            || is("sourcetype", &AddOn::Legacy.sourcetype(name))
    }
}

/// The event ids of which every event has one, as `EventCode` or `EventID`.
/// Values that are no ids match no event.
fn ids(pins: &Pins) -> Option<Vec<u32>> {
    let values = pins
        .values("EventCode")
        .or_else(|| pins.values("EventID"))?;
    Some(
        values
            .iter()
            .filter_map(|value| {
                let id: u32 = value.parse().ok()?;
                // Values are compared as text.
                (id.to_string() == *value).then_some(id)
            })
            .collect(),
    )
}

/// Which events of a recording a search can use, by channel and event id.
pub(crate) fn wanted(pins: &Pins, addon: AddOn) -> Wanted {
    let ids = ids(pins);
    let named = |field: &str| pins.values(field).map(<[String]>::to_vec);
    let (channels, sources, sourcetypes) = (named("Channel"), named("source"), named("sourcetype"));
    if ids.is_none() && channels.is_none() && sources.is_none() && sourcetypes.is_none() {
        return Wanted::all();
    }
    let has = |values: &Option<Vec<String>>, value: &str| {
        values
            .as_ref()
            .is_none_or(|values| values.iter().any(|v| v.eq_ignore_ascii_case(value)))
    };
    Wanted::only(move |channel, id| {
        ids.as_ref().is_none_or(|ids| ids.contains(&id))
            && has(&channels, channel)
            && has(&sources, &addon.source(channel))
            && has(&sourcetypes, &addon.sourcetype(channel))
    })
}

impl Vocabulary for Events {
    fn fields(&self, pins: &Pins) -> Option<Vec<Cow<'_, str>>> {
        let mut fields: Vec<Cow<'_, str>> = Vec::new();
        for kind in self.kinds(pins)? {
            fields.extend(
                splunk::event_fields(kind.id(), self.addon)?
                    .into_iter()
                    .map(Cow::Borrowed),
            );
        }
        fields.sort_unstable();
        fields.dedup();
        Some(fields)
    }

    fn kind(&self, pins: &Pins) -> Option<String> {
        let kinds = self.kinds(pins)?;
        let ids: Vec<String> = kinds.iter().map(|kind| kind.id().to_string()).collect();
        let provider = if kinds.iter().all(|kind| kind.channel() == Channel::Sysmon) {
            "Sysmon "
        } else {
            ""
        };
        Some(format!("{provider}event {}", ids.join(" or ")))
    }

    fn always(&self, pins: &Pins, field: &str) -> bool {
        self.kinds(pins).is_some() && matches!(field, "EventCode" | "EventID" | "Computer")
    }

    fn single(&self, pins: &Pins, field: &str) -> bool {
        // Of two data of one name Splunk keeps the first; only what an add-on
        // takes apart has several values.
        self.kinds(pins).is_some_and(|kinds| {
            matches!(field, "EventCode" | "EventID" | "Computer" | "Channel")
                || kinds.iter().all(|kind| kind.fields().contains(&field))
        })
    }

    fn numeric(&self, field: &str) -> bool {
        matches!(
            field,
            "EventCode" | "EventID" | "DestinationPort" | "SourcePort" | "ProcessId"
        )
    }

    fn holds(&self, field: &str) -> Option<Holds> {
        match field {
            "Image"
            | "ParentImage"
            | "TargetFilename"
            | "SourceImage"
            | "TargetImage"
            | "ImageLoaded"
            | "process_path"
            | "process_name"
            | "process_exec"
            | "parent_process_path"
            | "parent_process_name"
            | "file_path"
            | "file_name" => Some(Holds::Path),
            "DestinationHostname" | "SourceHostname" | "QueryName" | "query" | "dest_host" => {
                Some(Holds::HostName)
            }
            _ => None,
        }
    }

    fn renamed(&self, sourcetype: &str) -> Option<Renamed> {
        let channel = Channel::Sysmon.name();
        sourcetype
            .eq_ignore_ascii_case(&AddOn::Legacy.sourcetype(channel))
            .then(|| Renamed {
                to: AddOn::Current.sourcetype(channel).into_owned(),
                instead: format!("source=\"{}\"", AddOn::Current.source(channel)),
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use spl::Search;

    use super::*;

    const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
    const POWERSHELL: &str = "Microsoft-Windows-PowerShell/Operational";

    fn wanted_by(text: &str) -> impl Fn(&str, u32) -> bool {
        let wanted = wanted(&Search::parse(text).unwrap().pins(), AddOn::Current);
        move |channel, id| wanted.wants(channel, id)
    }

    #[test]
    fn what_is_pinned_is_wanted_and_nothing_else() {
        let wants = wanted_by(
            "source=\"xmlwineventlog:Microsoft-Windows-Sysmon/Operational\" EventCode IN (1, 3) a=b*",
        );
        assert!(wants(SYSMON, 1) && wants(SYSMON, 3));
        assert!(!wants(SYSMON, 2));
        assert!(!wants(POWERSHELL, 1));
        // The other way round, a name that only the older add-on gives.
        let wants = wanted_by(&format!("sourcetype=\"XmlWinEventLog:{SYSMON}\""));
        assert!(!wants(SYSMON, 1));
        let wants = wanted_by("EventCode=03");
        assert!(!wants(SYSMON, 3), "values are compared as text");
    }

    #[test]
    fn what_is_not_pinned_is_wanted() {
        for text in [
            "*",
            "EventCode=* a=1",
            "EventCode=1 OR a=2",
            "NOT EventCode=1",
        ] {
            let wants = wanted_by(text);
            assert!(wants(SYSMON, 7) && wants("Security", 4688), "{text}");
        }
    }

    #[test]
    fn fields_are_known_where_the_channel_is() {
        let events = Events::new(AddOn::Legacy);
        let fields = |text: &str| {
            let search = Search::parse(text).unwrap();
            let fields = events.fields(&search.pins())?;
            Some(fields.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        let known = fields(&format!(
            "sourcetype=\"XmlWinEventLog:{SYSMON}\" EventCode=3"
        ))
        .unwrap();
        assert!(known.contains(&"DestinationHostname".to_owned()));
        assert!(!known.contains(&"CommandLine".to_owned()));
        assert_eq!(
            fields("EventCode=3"),
            None,
            "another log may have an event 3"
        );
        assert_eq!(fields(&format!("Channel=\"{SYSMON}\" EventCode=99")), None);
    }
}
