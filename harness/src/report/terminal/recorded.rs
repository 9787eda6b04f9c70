//! What was read, and what the events of each host say of how they were
//! recorded.

use super::super::model::{HostReport, RecordedReport};
use super::super::untrusted::visible;
use super::super::wording::counted;
use super::field;
use super::page::Page;

pub(super) fn recorded(page: &mut Page, recorded: &RecordedReport) {
    let mut parts = vec![counted(recorded.events, "event")];
    for (count, what) in [
        (recorded.duplicates, "more that were there before"),
        (recorded.others, "of other programs"),
        (recorded.outside, "outside of the window"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if recorded.lost > 0 {
        parts.push(format!(
            "{} COULD NOT BE READ",
            counted(recorded.lost, "piece")
        ));
    }
    field(page, "events", &parts.join(" · "));
    for host in &recorded.hosts {
        field(page, "host", &line(host));
    }
}

/// `WKS01 · 2026-11-24 10:00:00 to 10:05:12 · reverse lookups provider · …`.
fn line(host: &HostReport) -> String {
    let mut parts = vec![visible(&host.host).into_owned()];
    if let (Some(first), Some(last)) = (host.first, host.last) {
        let (first, last) = (
            first.strftime("%F %T").to_string(),
            last.strftime("%F %T").to_string(),
        );
        let same_day = first.get(..10) == last.get(..10);
        let last = if same_day { &last[11..] } else { &last };
        parts.push(format!("{first} to {last} UTC"));
    }
    if host.system == "linux" {
        parts.push("Sysmon for Linux".to_owned());
    }
    parts.push(match host.ptr.as_deref() {
        Some("none") => "reverse lookups gave no name".to_owned(),
        Some("off") => "no reverse lookups".to_owned(),
        Some(_) => "reverse lookups on".to_owned(),
        None => "no event 3 tells of reverse lookups".to_owned(),
    });
    if let Some(schema) = &host.schema {
        parts.push(format!("schema {}", visible(schema)));
    }
    parts.push(format!(
        "add-on {}{}",
        host.addon,
        if host.addon_is_told {
            ""
        } else {
            " (the events do not say)"
        }
    ));
    if !host.not_logged.is_empty() {
        let ids: Vec<String> = host.not_logged.iter().map(u32::to_string).collect();
        parts.push(format!("no event {}", ids.join(", ")));
    }
    parts.join(" · ")
}
