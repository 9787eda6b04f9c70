//! The workstation that the lab poses as: its names, its user, its addresses.

use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};
use lab::drive::Drive;
use lab::sensor::host::{Host, Runner};

/// The computer's name, as Windows shows it.
pub(crate) const COMPUTER: &str = "WKS-0421";
/// Its full name, as the domain's DNS has it.
pub(super) const FULL_NAME: &str = "wks-0421.corp.example";
/// Its address.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 20, 30, 41);
/// The account of its user.
pub(crate) const USER: &str = r"CORP\analyst";
/// A SID of the form of a domain user's.
const USER_SID: &str = "S-1-5-21-1004336348-1177238915-682003330-1104";
const MACHINE_ID: u32 = 0x3F1C_9A52;
const LOGON_ID: u64 = 0x0004_7A1E;
/// How long before the run its user logged on.
const LOGGED_ON_BEFORE: SignedDuration = SignedDuration::from_mins(42);
/// How many processes a scenario may start before its keys meet the next's.
const KEYS_EACH: u64 = 0x1_0000;
const SERVICE_PROCESS_ID: u32 = 2780;

/// The number of the boot, in the place that it has in a process key. Each run is
/// a boot of its own: two that start in one second have no process in common.
fn boot(started: Timestamp) -> u64 {
    let millisecond = started.as_millisecond().rem_euclid(0x1_0000);
    millisecond.unsigned_abs() << 48
}

/// The workstation as the sensor's events show it, for one scenario of a run.
pub(super) fn host(number: usize, runner: &Runner) -> Host {
    Host {
        drive: Drive::new(Drive::ROOT),
        computer: COMPUTER.to_owned(),
        user: USER.to_owned(),
        user_sid: USER_SID.to_owned(),
        machine_id: MACHINE_ID,
        logon_id: LOGON_ID,
        logged_on: runner.started - LOGGED_ON_BEFORE,
        first_process_key: boot(runner.started) + KEYS_EACH * number as u64,
        service_process_id: SERVICE_PROCESS_ID,
        runner: runner.clone(),
    }
}

/// The variables of the workstation's user.
pub(super) fn environment(search_path: &[&str]) -> Vec<(&'static str, String)> {
    let home = r"C:\Users\analyst";
    let temp = format!(r"{home}\AppData\Local\Temp");
    vec![
        ("COMPUTERNAME", COMPUTER.to_owned()),
        ("ComSpec", r"C:\Windows\System32\cmd.exe".to_owned()),
        ("HOMEDRIVE", "C:".to_owned()),
        ("HOMEPATH", r"\Users\analyst".to_owned()),
        ("OS", "Windows_NT".to_owned()),
        ("Path", search_path.join(";")),
        ("PATHEXT", ".COM;.EXE;.BAT;.CMD".to_owned()),
        ("SystemDrive", "C:".to_owned()),
        ("SystemRoot", r"C:\Windows".to_owned()),
        ("TEMP", temp.clone()),
        ("TMP", temp),
        ("USERDOMAIN", "CORP".to_owned()),
        ("USERNAME", "analyst".to_owned()),
        ("USERPROFILE", home.to_owned()),
        ("windir", r"C:\Windows".to_owned()),
    ]
}
