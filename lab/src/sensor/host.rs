//! The computer that the events speak of: what a sensor on a real workstation
//! would read from Windows, and the lab has as settings.

use jiff::Timestamp;

use crate::drive::Drive;

/// The lab's computer and user, and the program that starts the beacons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The staged drive.
    pub drive: Drive,
    /// `Computer`.
    pub computer: String,
    /// `User`, as `DOMAIN\name`.
    pub user: String,
    /// The user's SID, which PowerShell's own events carry.
    pub user_sid: String,
    /// The machine's part of every GUID.
    pub machine_id: u32,
    /// The logon session's id.
    pub logon_id: u64,
    /// When the user logged on.
    pub logged_on: Timestamp,
    /// The number that the next process gets in its GUID's key.
    pub first_process_key: u64,
    /// The process id of the sensor's service.
    pub service_process_id: u32,
    /// The parent of the first process.
    pub runner: Runner,
}

/// The program that starts the beacons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// Its file.
    pub image: String,
    /// Its command line.
    pub command_line: String,
    /// Its process id.
    pub process_id: u32,
    /// When it was started.
    pub started: Timestamp,
}
