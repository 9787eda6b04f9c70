//! The add-on's profiles: under which names a Splunk has the events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A profile of the add-ons for Sysmon and Windows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum AddOn {
    /// The community's add-on up to version 8 (`TA-microsoft-sysmon`): the
    /// sourcetype is `XmlWinEventLog:` and the channel.
    #[default]
    Legacy,
    /// Splunk's own (`Splunk_TA_microsoft_sysmon`, 4 and 5) and the community's
    /// from 10 on: that sourcetype is renamed to `xmlwineventlog`, and the
    /// channel is found in `source`.
    Current,
}

impl AddOn {
    /// All profiles, by name.
    pub const ALL: [Self; 2] = [Self::Legacy, Self::Current];

    /// The name, as options and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Current => "current",
        }
    }

    /// The `sourcetype` of the events of a channel.
    ///
    /// Source: the `rename` setting of the stanza
    /// `[XmlWinEventLog:Microsoft-Windows-Sysmon/Operational]` in the current
    /// add-on, and its meaning in `props.conf.spec`.
    pub fn sourcetype(self, channel: &str) -> String {
        match self {
            Self::Legacy => format!("XmlWinEventLog:{channel}"),
            Self::Current if channel == SYSMON => "xmlwineventlog".to_owned(),
            Self::Current => "XmlWinEventLog".to_owned(),
        }
    }

    /// The `source` of the events of a channel.
    pub fn source(self, channel: &str) -> String {
        format!("XmlWinEventLog:{channel}")
    }
}

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

impl fmt::Display for AddOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no profile of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown add-on `{0}`: one of legacy, current")]
pub struct UnknownAddOn(String);

impl FromStr for AddOn {
    type Err = UnknownAddOn;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|addon| addon.name() == name)
            .ok_or_else(|| UnknownAddOn(name.to_owned()))
    }
}
