//! The add-on's profiles: under which names a Splunk has the events, and whose
//! settings apply to them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::knowledge::Knowledge;

/// A profile of the add-ons for Sysmon and Windows.
///
/// Events of Sysmon for Linux have an add-on of their own, which is installed
/// beside one for Windows: under each profile they have its names and fields.
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
    /// Splunk's own for Sysmon for Linux (`Splunk_TA_sysmon-for-linux`). Events
    /// of Windows are as under [`AddOn::Current`].
    Linux,
}

impl AddOn {
    /// All profiles, by name.
    pub const ALL: [Self; 3] = [Self::Legacy, Self::Current, Self::Linux];

    /// The name, as options and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Current => "current",
            Self::Linux => "linux",
        }
    }

    /// The `sourcetype` of the events of a channel.
    ///
    /// Source: the `rename` setting of the stanza
    /// `[XmlWinEventLog:Microsoft-Windows-Sysmon/Operational]` in the current
    /// add-on, and its meaning in `props.conf.spec`; for Linux the data source
    /// "Sysmon for Linux" of Splunk's security content.
    pub fn sourcetype(self, channel: &str) -> Cow<'static, str> {
        match (self, channel) {
            (_, SYSMON_FOR_LINUX) => Cow::Borrowed("sysmon:linux"),
            (Self::Legacy, SYSMON) => Cow::Borrowed(SYSMON_PREFIXED),
            (Self::Legacy, _) => Cow::Owned(format!("XmlWinEventLog:{channel}")),
            (Self::Current | Self::Linux, SYSMON) => Cow::Borrowed("xmlwineventlog"),
            (Self::Current | Self::Linux, _) => Cow::Borrowed("XmlWinEventLog"),
        }
    }

    /// The `source` of the events of a channel.
    pub fn source(self, channel: &str) -> Cow<'static, str> {
        match channel {
            SYSMON => Cow::Borrowed(SYSMON_PREFIXED),
            SYSMON_FOR_LINUX => Cow::Borrowed("Syslog:Linux-Sysmon/Operational"),
            _ => Cow::Owned(format!("XmlWinEventLog:{channel}")),
        }
    }

    /// Whose settings give the events of a channel their fields.
    pub fn knowledge(self, channel: &str) -> Knowledge {
        match (self, channel) {
            (_, SYSMON_FOR_LINUX) => Knowledge::SysmonForLinux,
            (Self::Legacy, SYSMON) => Knowledge::LegacySysmon,
            (Self::Current | Self::Linux, SYSMON) => Knowledge::CurrentSysmon,
            (_, _) => Knowledge::Windows,
        }
    }
}

/// The channel of Sysmon on Windows.
pub(crate) const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
/// The channel that Sysmon for Linux names in its events.
pub(crate) const SYSMON_FOR_LINUX: &str = "Linux-Sysmon/Operational";
const SYSMON_PREFIXED: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";

impl fmt::Display for AddOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no profile of this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown add-on `{0}`: one of legacy, current, linux")]
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_parsed_back_and_others_are_refused_with_the_list() {
        for addon in AddOn::ALL {
            assert_eq!(addon.name().parse::<AddOn>().unwrap(), addon);
        }
        let refused = "Linux".parse::<AddOn>().unwrap_err().to_string();
        assert_eq!(
            refused,
            "unknown add-on `Linux`: one of legacy, current, linux"
        );
    }

    #[test]
    fn the_channel_and_the_profile_decide_the_names() {
        const POWERSHELL: &str = "Microsoft-Windows-PowerShell/Operational";
        let names = |addon: AddOn, channel| {
            (
                addon.sourcetype(channel).into_owned(),
                addon.source(channel).into_owned(),
            )
        };
        let pair = |sourcetype: &str, source: &str| (sourcetype.to_owned(), source.to_owned());
        assert_eq!(
            names(AddOn::Legacy, SYSMON),
            pair(SYSMON_PREFIXED, SYSMON_PREFIXED)
        );
        assert_eq!(
            names(AddOn::Current, SYSMON),
            pair("xmlwineventlog", SYSMON_PREFIXED)
        );
        assert_eq!(
            names(AddOn::Current, POWERSHELL),
            pair(
                "XmlWinEventLog",
                "XmlWinEventLog:Microsoft-Windows-PowerShell/Operational"
            )
        );
        for addon in AddOn::ALL {
            assert_eq!(
                names(addon, SYSMON_FOR_LINUX),
                pair("sysmon:linux", "Syslog:Linux-Sysmon/Operational")
            );
        }
    }
}
