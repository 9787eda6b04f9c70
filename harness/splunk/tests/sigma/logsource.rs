//! Which events a rule is for: what Sigma calls its log source.

/// The ids of Sysmon's events that a category of Windows means.
///
/// Source: the list of log sources of Sigma's documentation, "Log Sources",
/// table of categories of Windows.
pub fn event_ids(category: &str) -> &'static [u16] {
    match category {
        "process_creation" => &[1],
        "network_connection" => &[3],
        "driver_load" => &[6],
        "image_load" => &[7],
        "create_remote_thread" => &[8],
        "raw_access_thread" => &[9],
        "process_access" => &[10],
        "file_event" => &[11],
        "registry_event" => &[12, 13, 14],
        "registry_add" | "registry_delete" => &[12],
        "registry_set" => &[13],
        "create_stream_hash" => &[15],
        "pipe_created" => &[17, 18],
        "wmi_event" => &[19, 20, 21],
        "dns_query" => &[22],
        "file_delete" => &[23],
        "process_tampering" => &[25],
        "sysmon_error" => &[255],
        other => panic!("a category that is not known: {other}"),
    }
}
