//! Under which name a host's events are put together.
//!
//! Windows' names know no case. One recording names a host with its domain, as a
//! domain member's events do, another without, as a Winlogbeat's `host.name` or a
//! time before it joined: that is one host where exactly one name in the data has
//! that first label and a domain. Where there are several, which of them is meant
//! cannot be told, and all stay apart.

use std::collections::BTreeMap;

use sysmon::RecordedEvent;

/// What a host is called where no event says it.
pub(super) const UNKNOWN_HOST: &str = "unknown host";

/// The names that stand for one with a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HostNames {
    /// By the first label, the whole name; in lower case.
    whole: BTreeMap<String, String>,
}

impl HostNames {
    /// What follows from all names that there are, in lower case.
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut labels = Vec::new();
        let mut by_label: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in names {
            match name.split_once('.') {
                Some((label, _)) => {
                    let known = by_label.entry(label).or_default();
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
                None => labels.push(name),
            }
        }
        let whole = labels
            .into_iter()
            .filter_map(|label| match by_label.get(label)?.as_slice() {
                [only] => Some((label.to_owned(), (*only).to_owned())),
                _ => None,
            })
            .collect();
        Self { whole }
    }

    /// Whether no name stands for another.
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// The names without a domain, each with the one for which it stands.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.whole
            .iter()
            .map(|(label, whole)| (label.as_str(), whole.as_str()))
    }

    /// Under what the events of an event's host are put together.
    pub(super) fn key<S: AsRef<str>>(&self, event: &RecordedEvent<S>) -> String {
        let name = event.computer.as_ref().map_or(UNKNOWN_HOST, AsRef::as_ref);
        let name = name.to_lowercase();
        self.whole.get(&name).cloned().unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<(String, String)> {
        let names = HostNames::of(names.iter().copied());
        let owned = |(label, whole): (&str, &str)| (label.to_owned(), whole.to_owned());
        names.iter().map(owned).collect()
    }

    #[test]
    fn a_name_without_a_domain_stands_for_the_only_one_with_it() {
        let expected = [("ws01".to_owned(), "ws01.lab.example".to_owned())];
        assert_eq!(
            named(&["ws01", "ws01.lab.example", "ws02.lab.example"]),
            expected
        );
        assert_eq!(
            named(&["ws01.lab.example", "ws01.lab.example", "ws01"]),
            expected
        );
    }

    #[test]
    fn names_that_may_be_of_several_hosts_stay_apart() {
        assert_eq!(named(&["ws01", "ws01.a.example", "ws01.b.example"]), []);
        assert_eq!(named(&["ws01.a.example", "ws01.b.example"]), []);
        // A label is not a part of one.
        assert_eq!(named(&["ws0", "ws", "ws01.a.example"]), []);
        // With a shorter domain it is another name.
        assert_eq!(named(&["ws01.a", "ws01.a.example"]), []);
    }
}
