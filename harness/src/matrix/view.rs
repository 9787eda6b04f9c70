//! Views of recorded events: the same events as other settings of DNS, Sysmon
//! or Splunk would show them.

use scenarios::{Addon, Behaviour, Condition, Ptr, Queries};
use serde::Serialize;
use thiserror::Error;

/// The same events under other conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// As it was asked for; the heading of its column.
    pub name: String,
    /// What host names are filled with.
    pub ptr: Ptr,
    /// Whether Sysmon logs event 22.
    pub queries: Queries,
    /// Splunk's add-on.
    pub addon: Addon,
}

/// The columns of a matrix for which nobody asked for others.
pub const DEFAULT: [&str; 7] = [
    "reference",
    "provider",
    "none",
    "dnslookup-off",
    "no-event-22",
    "current",
    "field",
];

/// The words that conditions are made of, each with what it means.
pub const WORDS: [(&str, &str); 10] = [
    ("reference", "lab and legacy: all else that is not named"),
    (
        "lab",
        "reverse lookups give the name that was asked for, as in no network",
    ),
    ("provider", "reverse lookups give what the provider has"),
    ("none", "reverse lookups give nothing"),
    (
        "dnslookup-off",
        "Sysmon makes no reverse lookups (`DnsLookup` off)",
    ),
    ("no-event-22", "Sysmon logs no DNS queries"),
    (
        "legacy",
        "sourcetype XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
    ),
    (
        "current",
        "sourcetype xmlwineventlog, as add-ons since 2020 have it",
    ),
    ("field", "provider and current"),
    (
        "linux",
        "sourcetype sysmon:linux, of events that were recorded on Linux",
    ),
];

/// Conditions that are no view.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ViewError {
    /// There is no such word.
    #[error(
        "there are no conditions `{word}`; known are {}, and several joined by +",
        known()
    )]
    Unknown {
        /// The word.
        word: String,
    },
    /// Programs for Linux did not run.
    #[error(
        "`linux` is no view of what the lab runs: its programs have Windows' names, and other ones \
         would be made up; it is one of recorded events (`--events`)"
    )]
    Linux,
    /// They would be two runs.
    #[error("`{word}` changes what happens, which no view can: use `--behaviour {word}`")]
    Behaviour {
        /// The behaviour.
        word: String,
    },
    /// Two words say different things of the same.
    #[error("`{word}` and another part of `{name}` say two things of the same")]
    Contradiction {
        /// The conditions.
        name: String,
        /// The second word.
        word: String,
    },
}

fn known() -> String {
    WORDS.map(|(word, _)| word).join(", ")
}

impl View {
    /// Reads words joined by `+`: `provider+current`.
    ///
    /// # Errors
    /// [`ViewError`] if that is no view.
    pub fn parse(name: &str) -> Result<Self, ViewError> {
        let (mut ptr, mut addon, mut queries) = (None, None, Queries::Logged);
        for word in name.split('+') {
            let (of_ptr, of_addon) = match word {
                "reference" => (Some(Ptr::Lab), Some(Addon::Legacy)),
                "field" => (Some(Ptr::Provider), Some(Addon::Current)),
                "lab" => (Some(Ptr::Lab), None),
                "provider" => (Some(Ptr::Provider), None),
                "none" => (Some(Ptr::None), None),
                "dnslookup-off" => (Some(Ptr::Off), None),
                "legacy" => (None, Some(Addon::Legacy)),
                "current" => (None, Some(Addon::Current)),
                "no-event-22" => {
                    queries = Queries::Off;
                    (None, None)
                }
                "linux" => (None, Some(Addon::Linux)),
                _ => return Err(no_word(word)),
            };
            if of_ptr.is_some_and(|of| ptr.is_some_and(|ptr| ptr != of))
                || of_addon.is_some_and(|of| addon.is_some_and(|addon| addon != of))
            {
                return Err(ViewError::Contradiction {
                    name: name.to_owned(),
                    word: word.to_owned(),
                });
            }
            ptr = ptr.or(of_ptr);
            addon = addon.or(of_addon);
        }
        Ok(Self {
            name: name.to_owned(),
            ptr: ptr.unwrap_or(Ptr::Lab),
            queries,
            addon: addon.unwrap_or(Addon::Legacy),
        })
    }

    /// Whether it is one of what the lab has just run.
    ///
    /// # Errors
    /// [`ViewError::Linux`] where it is one of events of Linux alone.
    pub fn check_of_run(&self) -> Result<(), ViewError> {
        if self.addon == Addon::Linux {
            return Err(ViewError::Linux);
        }
        Ok(())
    }

    /// The conditions, as expectations speak of them.
    pub(crate) const fn condition(&self, behaviour: Behaviour) -> Condition {
        Condition {
            behaviour,
            ptr: self.ptr,
            queries: self.queries,
            addon: self.addon,
        }
    }

    /// What it means, in a few words.
    pub fn meaning(&self) -> String {
        let mut parts = vec![match self.ptr {
            Ptr::Lab => "reverse DNS gives the name that was asked for",
            Ptr::Provider => "reverse DNS gives the provider's own name",
            Ptr::None => "reverse DNS gives no name",
            Ptr::Off => "Sysmon's DnsLookup is off",
        }];
        if self.queries == Queries::Off {
            parts.push("event 22 is not logged");
        }
        parts.push(match self.addon {
            Addon::Legacy => "legacy add-on",
            Addon::Current => "current add-on",
            Addon::Linux => "add-on for Linux",
        });
        parts.join(", ")
    }
}

fn no_word(word: &str) -> ViewError {
    let word = word.to_owned();
    if word.parse::<Behaviour>().is_ok() {
        ViewError::Behaviour { word }
    } else {
        ViewError::Unknown { word }
    }
}

/// The fields of event 3 that Sysmon leaves without a value where its `DnsLookup`
/// is off: neither hosts nor ports have names then.
pub(crate) const UNNAMED: [&str; 4] = [
    "SourceHostname",
    "SourcePortName",
    "DestinationHostname",
    "DestinationPortName",
];

/// A view, as a report has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ViewReport {
    /// Its name.
    pub name: String,
    /// What it means, in a few words.
    pub meaning: String,
    /// What reverse lookups give: `lab`, `provider`, `none`; `off` where Sysmon
    /// makes none.
    pub reverse_dns: String,
    /// Whether Sysmon logs event 22.
    pub event_22: bool,
    /// Splunk's add-on.
    pub addon: String,
}

impl From<&View> for ViewReport {
    fn from(view: &View) -> Self {
        Self {
            name: view.name.clone(),
            meaning: view.meaning(),
            reverse_dns: view.ptr.to_string(),
            event_22: view.queries == Queries::Logged,
            addon: view.addon.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_not_named_is_as_the_reference() {
        let view = View::parse("no-event-22").unwrap();
        assert_eq!(view.ptr, Ptr::Lab);
        assert_eq!((view.addon, view.queries), (Addon::Legacy, Queries::Off));
        let field = View::parse("field").unwrap();
        let spelt = View::parse("provider+current").unwrap();
        assert_eq!((field.ptr, field.addon), (spelt.ptr, spelt.addon));
        assert_eq!(field.queries, Queries::Logged);
        for name in DEFAULT {
            assert!(View::parse(name).is_ok(), "{name}");
        }
        for (word, _) in WORDS {
            assert!(View::parse(word).is_ok(), "{word}");
        }
    }

    #[test]
    fn words_may_repeat_each_other_and_not_contradict() {
        assert!(View::parse("field+provider").is_ok());
        for name in ["field+legacy", "lab+none", "current+reference"] {
            assert!(
                matches!(View::parse(name), Err(ViewError::Contradiction { .. })),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_view_is_refused_by_name() {
        let error = View::parse("provider+curent").unwrap_err().to_string();
        assert!(error.contains("`curent`") && error.contains("dnslookup-off"));
        assert!(View::parse("").is_err());
        let linux = View::parse("linux").unwrap();
        assert_eq!(linux.check_of_run(), Err(ViewError::Linux));
        assert_eq!(View::parse("field").unwrap().check_of_run(), Ok(()));
        assert!(View::parse("linux+current").is_err());
        let error = View::parse("refuse").unwrap_err().to_string();
        assert!(error.contains("--behaviour refuse"), "{error}");
    }

    #[test]
    fn each_part_of_a_view_is_a_condition() {
        let view = View::parse("dnslookup-off+no-event-22+current").unwrap();
        let condition = Condition {
            behaviour: Behaviour::Slow,
            ptr: Ptr::Off,
            queries: Queries::Off,
            addon: Addon::Current,
        };
        assert_eq!(view.condition(Behaviour::Slow), condition);
    }
}
