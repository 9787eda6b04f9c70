//! Some knowledge of events, so that the lints that need it have their say.

use std::borrow::Cow;

use spl::{
    Vocabulary,
    lint::{Holds, Pins, Renamed},
};

/// Knows the fields of two kinds of events.
#[derive(Debug)]
pub(crate) struct Known;

impl Vocabulary for Known {
    fn fields(&self, pins: &Pins) -> Option<Vec<Cow<'_, str>>> {
        let own: &[&str] = match pins.values("EventCode")? {
            [code] if code == "3" => &["DestinationHostname", "DestinationIp", "DestinationPort"],
            [code] if code == "1" => &["CommandLine", "ParentImage"],
            _ => return None,
        };
        Some(
            own.iter()
                .chain(&["EventCode", "Image"])
                .map(|name| Cow::Borrowed(*name))
                .collect(),
        )
    }

    fn kind(&self, pins: &Pins) -> Option<String> {
        Some(format!("event {}", pins.values("EventCode")?.first()?))
    }

    fn always(&self, _pins: &Pins, field: &str) -> bool {
        field == "Image"
    }

    fn single(&self, _pins: &Pins, field: &str) -> bool {
        field != "a"
    }

    fn numeric(&self, field: &str) -> bool {
        field == "EventCode"
    }

    fn holds(&self, field: &str) -> Option<Holds> {
        match field {
            "Image" => Some(Holds::Path),
            "DestinationHostname" => Some(Holds::HostName),
            _ => None,
        }
    }

    fn renamed(&self, sourcetype: &str) -> Option<Renamed> {
        sourcetype.contains("Sysmon").then(|| Renamed {
            to: "xmlwineventlog".to_owned(),
            instead: format!("source=\"{sourcetype}\""),
        })
    }
}
