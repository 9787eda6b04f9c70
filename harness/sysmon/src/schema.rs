//! Which events there are, and which fields each has, in which order.
//!
//! Source: Sysmon's published manifest (Sysinternals SysmonCommon,
//! `manifest.xml`, schema 4.81 / binary version 16) for Sysmon's events; real
//! `Microsoft-Windows-PowerShell` events for 4104.

use crate::manifest;

/// An event log channel with the provider that writes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// `Microsoft-Windows-Sysmon/Operational`.
    Sysmon,
    /// `Microsoft-Windows-PowerShell/Operational`.
    PowerShell,
}

impl Channel {
    /// The channel's name, as in `<Channel>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sysmon => "Microsoft-Windows-Sysmon/Operational",
            Self::PowerShell => "Microsoft-Windows-PowerShell/Operational",
        }
    }

    /// The provider's name, as in `<Provider Name>`.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Sysmon => "Microsoft-Windows-Sysmon",
            Self::PowerShell => "Microsoft-Windows-PowerShell",
        }
    }

    /// The provider's GUID, as in `<Provider Guid>`: braces, upper case.
    pub const fn provider_guid(self) -> &'static str {
        match self {
            Self::Sysmon => "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
            Self::PowerShell => "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
        }
    }
}

/// The events that this crate can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// Sysmon event 1, process creation.
    ProcessCreate,
    /// Sysmon event 3, an established network connection.
    NetworkConnect,
    /// Sysmon event 5, process termination.
    ProcessTerminate,
    /// Sysmon event 11, a file created or overwritten.
    FileCreate,
    /// Sysmon event 22, a DNS lookup.
    DnsQuery,
    /// PowerShell event 4104, script block logging.
    ScriptBlock,
}

impl EventKind {
    /// All kinds, by event id.
    pub const ALL: [Self; 6] = [
        Self::ProcessCreate,
        Self::NetworkConnect,
        Self::ProcessTerminate,
        Self::FileCreate,
        Self::DnsQuery,
        Self::ScriptBlock,
    ];

    /// The kind that an event id names, if this crate can write it.
    pub fn from_id(id: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The event id, as in `<EventID>`.
    pub const fn id(self) -> u16 {
        match self {
            Self::ProcessCreate => 1,
            Self::NetworkConnect => 3,
            Self::ProcessTerminate => 5,
            Self::FileCreate => 11,
            Self::DnsQuery => 22,
            Self::ScriptBlock => 4104,
        }
    }

    /// The manifest's version of the event, as in `<Version>`.
    pub const fn version(self) -> u8 {
        match self {
            Self::ProcessCreate | Self::NetworkConnect | Self::DnsQuery => 5,
            Self::ProcessTerminate => 3,
            Self::FileCreate => 2,
            Self::ScriptBlock => 1,
        }
    }

    /// The level: 4 is information, 5 verbose.
    pub const fn level(self) -> u8 {
        match self {
            Self::ScriptBlock => 5,
            _ => 4,
        }
    }

    /// The task: Sysmon numbers tasks as events.
    pub const fn task(self) -> u16 {
        match self {
            Self::ScriptBlock => 2,
            other => other.id(),
        }
    }

    /// The operation code.
    pub const fn opcode(self) -> u8 {
        match self {
            Self::ScriptBlock => 15,
            _ => 0,
        }
    }

    /// The keywords, a 64-bit mask in hexadecimal.
    pub const fn keywords(self) -> &'static str {
        match self {
            Self::ScriptBlock => "0x0",
            _ => "0x8000000000000000",
        }
    }

    /// The channel that holds the event.
    pub const fn channel(self) -> Channel {
        match self {
            Self::ScriptBlock => Channel::PowerShell,
            _ => Channel::Sysmon,
        }
    }

    /// The names of the event's data, in the manifest's order.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::ProcessCreate => manifest::PROCESS_CREATE,
            Self::NetworkConnect => manifest::NETWORK_CONNECT,
            Self::ProcessTerminate => manifest::PROCESS_TERMINATE,
            Self::FileCreate => manifest::FILE_CREATE,
            Self::DnsQuery => manifest::DNS_QUERY,
            Self::ScriptBlock => &[
                "MessageNumber",
                "MessageTotal",
                "ScriptBlockText",
                "ScriptBlockId",
                "Path",
            ],
        }
    }
}
