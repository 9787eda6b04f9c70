//! Names before an operator of `search` that are no fields.
//!
//! Source: Search Reference, `search` ("Search modifiers" and "Time options")
//! and "Time modifiers".

use super::event_type;
use crate::{Error, error::Span};

/// Modifiers that searches really use; they are refused in any case.
const COMMON_TIME_MODIFIERS: &[&str] = &["earliest", "latest", "_index_earliest", "_index_latest"];

/// Modifiers in lower case only: Windows has fields such as `StartTime`.
const TIME_MODIFIERS: &[&str] = &[
    "daysago",
    "enddaysago",
    "endhoursago",
    "endminutesago",
    "endmonthsago",
    "endtime",
    "endtimeu",
    "hoursago",
    "minutesago",
    "monthsago",
    "now",
    "searchtimespandays",
    "searchtimespanhours",
    "searchtimespanminutes",
    "searchtimespanmonths",
    "startdaysago",
    "starthoursago",
    "startminutesago",
    "startmonthsago",
    "starttime",
    "starttimeu",
    "timeformat",
];

/// What a Splunk installation knows by name.
const KNOWLEDGE: &[&str] = &[
    "eventtype",
    "eventtypetag",
    "hosttag",
    "savedsearch",
    "savedsplunk",
    "sourcetypetag",
    "splunk_server_group",
    "tag",
];

/// Refuses by name what stands before an operator and is no field.
///
/// # Errors
///
/// Time modifiers, what depends on a Splunk installation, and wildcards.
pub(super) fn refuse(name: &str, span: &Span) -> Result<(), Error> {
    let lower = name.to_ascii_lowercase();
    if TIME_MODIFIERS.contains(&name) || COMMON_TIME_MODIFIERS.contains(&lower.as_str()) {
        return Err(Error::unsupported(
            format!("the time modifier `{lower}=`"),
            span.clone(),
        ));
    }
    if KNOWLEDGE.contains(&name) {
        let error = Error::environment(format!("`{name}=`"), span.clone());
        return Err(if name == event_type::FIELD {
            error
                .with_help("with `=` and `IN`, give the file that defines it: `--event-types FILE`")
        } else {
            error.with_help("write in its place the search that it stands for")
        });
    }
    if name.contains('*') {
        return Err(Error::unsupported(
            "a wildcard in the name of a field to compare",
            span.clone(),
        ));
    }
    Ok(())
}
