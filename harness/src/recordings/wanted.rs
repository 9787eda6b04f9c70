//! Which events of a recording a search can use, by what its base search asks
//! of every event: others are left out before they are rendered.

use spl::lint::Pins;
use splunk::AddOn;
use telemetry::Wanted;

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
pub(super) fn wanted(pins: &Pins, addon: AddOn) -> Wanted {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use spl::Search;

    use super::*;

    const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
    const POWERSHELL: &str = "Microsoft-Windows-PowerShell/Operational";

    fn wanted_by(text: &str) -> impl Fn(&str, u32) -> bool + use<> {
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
}
