//! Why a search may have found nothing although nothing is wrong with it: it
//! asks for an index or a sourcetype that the events do not have as they were
//! read, and would have in another installation.

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
            "the search asks for the index `{}`, and all events are taken to be in `{}`: \
             `--index {}` changes that",
            indexes.join("` or `"),
            metadata.index,
            indexes[0],
        ));
    }
    for value in pins.values("sourcetype").unwrap_or_default() {
        let under = |addon: AddOn| {
            [Channel::Sysmon.name(), Channel::PowerShell.name(), LINUX]
                .iter()
                .any(|channel| addon.sourcetype(channel).eq_ignore_ascii_case(value))
        };
        if under(metadata.addon) {
            continue;
        }
        let other = AddOn::ALL.into_iter().find(|addon| under(*addon));
        if let Some(other) = other {
            reasons.push(format!(
                "the search asks for the sourcetype `{value}`, which no event has under the \
                 add-on `{}`: under `--addon {other}` there is such",
                metadata.addon
            ));
        }
    }
    reasons
}

const LINUX: &str = "Linux-Sysmon/Operational";

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
        assert!(reasons("sourcetype=other", AddOn::Current).is_empty());
    }
}
