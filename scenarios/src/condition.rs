//! The conditions under which a scenario is run, and what an expectation asks of them.

use crate::words::words;

words! {
    /// How the endpoint behaves.
    pub enum Behaviour, "behaviour" {
        /// It answers as the platform does.
        Serve = "serve",
        /// It refuses the connection.
        Refuse = "refuse",
        /// It answers with a server error.
        Error = "error",
        /// It answers late.
        Slow = "slow",
        /// Its name does not exist.
        Nxdomain = "nxdomain",
    }
}

words! {
    /// What a reverse lookup of the endpoint's address gives.
    pub enum Ptr, "reverse lookup" {
        /// The name that was asked for, which no provider's zone gives.
        Lab = "lab",
        /// The provider's own name of the address, or none, as in the field.
        Provider = "provider",
        /// No name.
        None = "none",
        /// Nothing, since Sysmon makes no lookups: its `DnsLookup` is off, and ports have no names,
        /// either.
        Off = "off",
    }
}

words! {
    /// Whether Sysmon logs DNS queries.
    pub enum Queries, "logging of event 22" {
        /// They are events 22.
        Logged = "logged",
        /// Its configuration leaves events 22 out, or it is one that has none, as Sysmon for Linux.
        Off = "off",
    }
}

words! {
    /// The Splunk add-on that gives the events their sourcetype and fields.
    pub enum Addon, "add-on" {
        /// Sourcetype `XmlWinEventLog:Microsoft-Windows-Sysmon/Operational`.
        Legacy = "legacy",
        /// Sourcetype `xmlwineventlog`, and the channel in `source`.
        Current = "current",
        /// Sourcetype `sysmon:linux`.
        Linux = "linux",
    }
}

/// The conditions of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// How the endpoint behaves.
    pub behaviour: Behaviour,
    /// What a reverse lookup gives.
    pub ptr: Ptr,
    /// Whether queries are logged.
    pub queries: Queries,
    /// Splunk's add-on.
    pub addon: Addon,
}

impl Condition {
    /// The conditions that a detection's author has in mind: names come back from reverse lookups,
    /// queries are logged, and the sourcetype is the one that searches of old name.
    pub const fn reference(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            ptr: Ptr::Lab,
            queries: Queries::Logged,
            addon: Addon::Legacy,
        }
    }

    /// Every combination.
    pub fn all() -> impl Iterator<Item = Self> {
        Behaviour::ALL.into_iter().flat_map(|behaviour| {
            Ptr::ALL.into_iter().flat_map(move |ptr| {
                Queries::ALL.into_iter().flat_map(move |queries| {
                    Addon::ALL.into_iter().map(move |addon| Self {
                        behaviour,
                        ptr,
                        queries,
                        addon,
                    })
                })
            })
        })
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "behaviour {}, ptr {}, event_22 {}, addon {}",
            self.behaviour, self.ptr, self.queries, self.addon
        )
    }
}

/// The conditions to which an expectation is limited: the values allowed of each, or any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The behaviours allowed.
    pub behaviour: Option<Vec<Behaviour>>,
    /// The reverse lookups allowed.
    pub ptr: Option<Vec<Ptr>>,
    /// Whether queries may be logged.
    pub queries: Option<Vec<Queries>>,
    /// The add-ons allowed.
    pub addon: Option<Vec<Addon>>,
}

impl Conditions {
    /// Whether the expectation holds under this condition.
    pub fn applies(&self, condition: &Condition) -> bool {
        fn allows<T: PartialEq>(allowed: Option<&Vec<T>>, value: &T) -> bool {
            allowed.is_none_or(|values| values.contains(value))
        }
        allows(self.behaviour.as_ref(), &condition.behaviour)
            && allows(self.ptr.as_ref(), &condition.ptr)
            && allows(self.queries.as_ref(), &condition.queries)
            && allows(self.addon.as_ref(), &condition.addon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_complete() {
        let mut all: Vec<_> = Condition::all().collect();
        assert_eq!(all.len(), 5 * 4 * 2 * 3);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 120);
    }

    #[test]
    fn an_expectation_applies_where_every_value_is_allowed() {
        let conditions = Conditions {
            behaviour: Some(vec![Behaviour::Serve, Behaviour::Slow]),
            ptr: Some(vec![Ptr::Lab]),
            queries: Some(vec![Queries::Off]),
            addon: None,
        };
        let applying = Condition::all().filter(|condition| conditions.applies(condition));
        assert_eq!(applying.count(), 2 * 3);
        assert!(Condition::all().all(|condition| Conditions::default().applies(&condition)));
    }
}
