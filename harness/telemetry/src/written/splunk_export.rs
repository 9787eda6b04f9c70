//! A line of JSON as Splunk's export writes it, one per row of a search; source:
//! <https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTsearch#search.2Fjobs.2Fexport>.

use serde_json::{Map, Value, json};

use super::{Metadata, element::Element, system::System};

/// The object of the row of this number, from 0.
pub(super) fn object(raw: &str, event: &Element, metadata: &Metadata<'_>, offset: u64) -> Value {
    let mut result = Map::new();
    result.insert("_raw".to_owned(), raw.into());
    if let Some(time) = time(event) {
        result.insert("_time".to_owned(), time.into());
    }
    result.insert("host".to_owned(), metadata.host.into());
    result.insert("source".to_owned(), metadata.source.into());
    result.insert("sourcetype".to_owned(), metadata.sourcetype.into());
    json!({ "preview": false, "offset": offset, "result": result })
}

/// When the event was, as the add-ons for Sysmon tell Splunk: by Sysmon's own
/// time if there is one, else by the log's; milliseconds, in UTC.
fn time(event: &Element) -> Option<String> {
    let system = System::of(event);
    let by_sysmon = system
        .data
        .iter()
        .find(|(name, _)| *name == Some("UtcTime"))
        .and_then(|(_, time)| time.parse::<jiff::civil::DateTime>().ok())
        .and_then(|time| jiff::tz::Offset::UTC.to_timestamp(time).ok());
    let time = by_sysmon.or_else(|| system.time())?;
    let text = format!("{time:.3}");
    Some(format!("{}+00:00", text.strip_suffix('Z')?))
}
