//! Why a search may have found nothing although nothing is wrong with it: it
//! asks for an index, a source or a sourcetype that the events do not have as
//! they were read, and would have in another installation.

use spl::Search;
use splunk::{AddOn, Metadata};
use sysmon::Channel;

/// What the search asks for and no event can have, with what to do about it:
/// lower-case fragments.
pub fn excluded(search: &Search, metadata: &Metadata) -> Vec<String> {
    let pins = search.pins();
    let mut reasons = Vec::new();
    if let Some(indexes) = pins.values("index")
        && !indexes
            .iter()
            .any(|index| index.eq_ignore_ascii_case(&metadata.index))
    {
        reasons.push(format!(
            "the search asks for the index {}, and all events are taken to be in `{}`: \
             `--index {}` changes that",
            quoted(indexes),
            metadata.index,
            indexes[0],
        ));
    }
    if let Some(sources) = pins.values("source")
        && !sources.iter().any(|source| is_source(source))
    {
        reasons.push(format!(
            "the search asks for the source {}, which no log gives: events have `{PREFIX}` and \
             the name of their channel, such as `{PREFIX}{}`, and those of Sysmon for Linux `{}`",
            quoted(sources),
            Channel::Sysmon.name(),
            metadata.addon.source(LINUX),
        ));
    }
    if let Some(sourcetypes) = pins.values("sourcetype") {
        let under = |addon: AddOn| {
            sourcetypes
                .iter()
                .find(|sourcetype| is_sourcetype(sourcetype, addon))
        };
        if under(metadata.addon).is_none() {
            reasons.push(elsewhere(sourcetypes, metadata.addon, under));
        }
    }
    reasons
}

/// Says of sourcetypes that no event has under the add-on which one has.
fn elsewhere<'s>(
    sourcetypes: &'s [String],
    addon: AddOn,
    under: impl Fn(AddOn) -> Option<&'s String>,
) -> String {
    let other = AddOn::ALL
        .into_iter()
        .find_map(|other| Some((other, under(other)?)));
    match other {
        Some((other, sourcetype)) => format!(
            "the search asks for the sourcetype `{sourcetype}`, which no event has under the \
             add-on `{addon}`: under `--addon {other}` there is such"
        ),
        None => format!(
            "the search asks for the sourcetype {}, which no log has under any add-on known \
             here: under `{addon}`, events of Sysmon have `{}`",
            quoted(sourcetypes),
            addon.sourcetype(Channel::Sysmon.name()),
        ),
    }
}

/// What an add-on puts before the name of a channel of Windows.
const PREFIX: &str = "XmlWinEventLog:";

const LINUX: &str = "Linux-Sysmon/Operational";

/// Channels that tell which names there are: the known ones, and the one that
/// the value itself names.
fn channels(value: &str) -> impl Iterator<Item = &str> {
    let named = value
        .get(PREFIX.len()..)
        .filter(|channel| !channel.is_empty());
    [Channel::Sysmon.name(), Channel::PowerShell.name(), LINUX]
        .into_iter()
        .chain(named)
}

/// Whether a channel's events have this source. It is the same under any
/// add-on.
fn is_source(value: &str) -> bool {
    channels(value).any(|channel| AddOn::default().source(channel).eq_ignore_ascii_case(value))
}

/// Whether a channel's events have this sourcetype under the add-on.
fn is_sourcetype(value: &str, addon: AddOn) -> bool {
    channels(value).any(|channel| addon.sourcetype(channel).eq_ignore_ascii_case(value))
}

fn quoted(values: &[String]) -> String {
    format!("`{}`", values.join("` or `"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reasons(text: &str, addon: AddOn) -> Vec<String> {
        let metadata = Metadata {
            addon,
            index: "main".to_owned(),
            host: None,
        };
        excluded(&Search::parse(text).unwrap(), &metadata)
    }

    #[test]
    fn an_index_that_no_event_is_in_is_said() {
        let said = reasons("index=windows a=1", AddOn::Legacy);
        assert!(said[0].contains("`--index windows`"), "{said:?}");
        for text in ["index=*", "index=MAIN", "a=1", "index=win OR a=1"] {
            assert!(reasons(text, AddOn::Legacy).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_sourcetype_of_another_add_on_is_said() {
        let old = "sourcetype=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\"";
        assert!(reasons(old, AddOn::Legacy).is_empty());
        let said = reasons(old, AddOn::Current);
        assert!(said[0].contains("`--addon legacy`"), "{said:?}");
        let said = reasons("sourcetype=sysmon:linux", AddOn::Legacy);
        assert!(
            said.is_empty(),
            "Linux events have it under any add-on: {said:?}"
        );
        let any = "sourcetype IN (xmlwineventlog, \"XmlWinEventLog:Security\")";
        for addon in AddOn::ALL {
            assert!(reasons(any, addon).is_empty(), "one of them is there");
        }
        let security = "sourcetype=\"XmlWinEventLog:Security\"";
        assert!(reasons(security, AddOn::Legacy).is_empty());
        assert!(reasons(security, AddOn::Current)[0].contains("`--addon legacy`"));
        let said = reasons("sourcetype=wineventlog", AddOn::Current);
        assert!(said[0].contains("`wineventlog`"), "{said:?}");
        assert!(said[0].contains("`xmlwineventlog`"), "{said:?}");
    }

    #[test]
    fn a_source_that_no_log_gives_is_said() {
        let said = reasons("source=\"WinEventLog:Security\"", AddOn::Legacy);
        assert!(said[0].contains("`WinEventLog:Security`"), "{said:?}");
        assert!(said[0].contains("`Syslog:Linux-Sysmon"), "{said:?}");
        for text in [
            "source=\"xmlwineventlog:Microsoft-Windows-Sysmon/Operational\"",
            "source=\"XmlWinEventLog:Security\"",
            "source=\"Syslog:Linux-Sysmon/Operational\"",
            "source=*",
            "source=win OR a=1",
            "source IN (win, \"XmlWinEventLog:Security\")",
        ] {
            for addon in AddOn::ALL {
                assert!(reasons(text, addon).is_empty(), "{text}");
            }
        }
    }
}
