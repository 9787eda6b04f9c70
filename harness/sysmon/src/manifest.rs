//! The data of all of Sysmon's events, in the order in which they are written.
//!
//! Source: Sysmon's published manifest (Sysinternals SysmonCommon,
//! `manifest.xml`, schema 4.81). Events that later versions added (27 to 29) are
//! not in it.

use crate::schema::{Channel, EventKind};

pub(crate) const PROCESS_CREATE: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "FileVersion",
    "Description",
    "Product",
    "Company",
    "OriginalFileName",
    "CommandLine",
    "CurrentDirectory",
    "User",
    "LogonGuid",
    "LogonId",
    "TerminalSessionId",
    "IntegrityLevel",
    "Hashes",
    "ParentProcessGuid",
    "ParentProcessId",
    "ParentImage",
    "ParentCommandLine",
    "ParentUser",
];

pub(crate) const FILE_CREATION_TIME: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetFilename",
    "CreationUtcTime",
    "PreviousCreationUtcTime",
    "User",
];

pub(crate) const NETWORK_CONNECT: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "User",
    "Protocol",
    "Initiated",
    "SourceIsIpv6",
    "SourceIp",
    "SourceHostname",
    "SourcePort",
    "SourcePortName",
    "DestinationIsIpv6",
    "DestinationIp",
    "DestinationHostname",
    "DestinationPort",
    "DestinationPortName",
];

pub(crate) const SERVICE_STATE: &[&str] = &["UtcTime", "State", "Version", "SchemaVersion"];

pub(crate) const PROCESS_TERMINATE: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "User",
];

pub(crate) const DRIVER_LOAD: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ImageLoaded",
    "Hashes",
    "Signed",
    "Signature",
    "SignatureStatus",
];

pub(crate) const IMAGE_LOAD: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "ImageLoaded",
    "FileVersion",
    "Description",
    "Product",
    "Company",
    "OriginalFileName",
    "Hashes",
    "Signed",
    "Signature",
    "SignatureStatus",
    "User",
];

pub(crate) const CREATE_REMOTE_THREAD: &[&str] = &[
    "RuleName",
    "UtcTime",
    "SourceProcessGuid",
    "SourceProcessId",
    "SourceImage",
    "TargetProcessGuid",
    "TargetProcessId",
    "TargetImage",
    "NewThreadId",
    "StartAddress",
    "StartModule",
    "StartFunction",
    "SourceUser",
    "TargetUser",
];

pub(crate) const RAW_ACCESS_READ: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "Device",
    "User",
];

pub(crate) const PROCESS_ACCESS: &[&str] = &[
    "RuleName",
    "UtcTime",
    "SourceProcessGUID",
    "SourceProcessId",
    "SourceThreadId",
    "SourceImage",
    "TargetProcessGUID",
    "TargetProcessId",
    "TargetImage",
    "GrantedAccess",
    "CallTrace",
    "SourceUser",
    "TargetUser",
];

pub(crate) const FILE_CREATE: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetFilename",
    "CreationUtcTime",
    "User",
];

pub(crate) const REGISTRY_KEY: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetObject",
    "User",
];

pub(crate) const REGISTRY_VALUE: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetObject",
    "Details",
    "User",
];

pub(crate) const REGISTRY_NAME: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetObject",
    "NewName",
    "User",
];

pub(crate) const FILE_CREATE_STREAM_HASH: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "TargetFilename",
    "CreationUtcTime",
    "Hash",
    "Contents",
    "User",
];

pub(crate) const CONFIGURATION_CHANGE: &[&str] =
    &["UtcTime", "Configuration", "ConfigurationFileHash"];

pub(crate) const PIPE: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "PipeName",
    "Image",
    "User",
];

pub(crate) const WMI_FILTER: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "Operation",
    "User",
    "EventNamespace",
    "Name",
    "Query",
];

pub(crate) const WMI_CONSUMER: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "Operation",
    "User",
    "Name",
    "Type",
    "Destination",
];

pub(crate) const WMI_BINDING: &[&str] = &[
    "RuleName",
    "EventType",
    "UtcTime",
    "Operation",
    "User",
    "Consumer",
    "Filter",
];

pub(crate) const DNS_QUERY: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "QueryName",
    "QueryStatus",
    "QueryResults",
    "Image",
    "User",
];

pub(crate) const FILE_DELETE: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "User",
    "Image",
    "TargetFilename",
    "Hashes",
    "IsExecutable",
    "Archived",
];

pub(crate) const CLIPBOARD_CHANGE: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "Session",
    "ClientInfo",
    "Hashes",
    "Archived",
    "User",
];

pub(crate) const PROCESS_TAMPERING: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "Type",
    "User",
];

pub(crate) const FILE_DELETE_DETECTED: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "User",
    "Image",
    "TargetFilename",
    "Hashes",
    "IsExecutable",
];

pub(crate) const ERROR: &[&str] = &["UtcTime", "ID", "Description"];

/// Which data an event has, whether or not this crate can write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventData {
    /// The event id.
    pub id: u16,
    /// The channel that holds the event.
    pub channel: Channel,
    /// The names of its data, in the order in which they are written.
    pub names: &'static [&'static str],
}

impl EventData {
    /// The data of the event of an id: Sysmon's, or PowerShell's 4104. None for
    /// an id that is not known.
    pub fn of(id: u16) -> Option<Self> {
        if let Some(names) = sysmon(id) {
            return Some(Self {
                id,
                channel: Channel::Sysmon,
                names,
            });
        }
        let kind = EventKind::from_id(id)?;
        Some(Self {
            id,
            channel: kind.channel(),
            names: kind.fields(),
        })
    }
}

const fn sysmon(id: u16) -> Option<&'static [&'static str]> {
    Some(match id {
        1 => PROCESS_CREATE,
        2 => FILE_CREATION_TIME,
        3 => NETWORK_CONNECT,
        4 => SERVICE_STATE,
        5 => PROCESS_TERMINATE,
        6 => DRIVER_LOAD,
        7 => IMAGE_LOAD,
        8 => CREATE_REMOTE_THREAD,
        9 => RAW_ACCESS_READ,
        10 => PROCESS_ACCESS,
        11 => FILE_CREATE,
        12 => REGISTRY_KEY,
        13 => REGISTRY_VALUE,
        14 => REGISTRY_NAME,
        15 => FILE_CREATE_STREAM_HASH,
        16 => CONFIGURATION_CHANGE,
        17 | 18 => PIPE,
        19 => WMI_FILTER,
        20 => WMI_CONSUMER,
        21 => WMI_BINDING,
        22 => DNS_QUERY,
        23 => FILE_DELETE,
        24 => CLIPBOARD_CHANGE,
        25 => PROCESS_TAMPERING,
        26 => FILE_DELETE_DETECTED,
        255 => ERROR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_data_of_the_manifest() {
        // Numbers counted in the manifest.
        for (id, count) in [
            (1, 23),
            (3, 18),
            (7, 16),
            (10, 13),
            (18, 8),
            (22, 9),
            (255, 3),
        ] {
            assert_eq!(sysmon(id).map(<[_]>::len), Some(count), "{id}");
        }
        assert_eq!(sysmon(27), None);
        assert_eq!(
            EventData::of(4104).map(|data| data.channel),
            Some(Channel::PowerShell)
        );
        assert_eq!(EventData::of(4105), None);
        // Event 10 writes its GUIDs otherwise than event 8.
        assert!(PROCESS_ACCESS.contains(&"SourceProcessGUID"));
        assert!(CREATE_REMOTE_THREAD.contains(&"SourceProcessGuid"));
    }
}
