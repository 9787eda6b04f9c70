//! Sysmon's own GUIDs: they are built from facts, not drawn at random.
//!
//! Source: Sysmon's published code (`SysmonCommon`, `eventsCommon.cpp`) and the
//! real events that agree with it: sixteen bytes, the first four the machine's
//! id, the next four the UNIX seconds of the creation (of the process, or of
//! the logon session), the last eight a key.

use jiff::Timestamp;

/// The GUID of a process: machine, second of creation and process key.
///
/// `key` is Windows' process start key: the boot number in the upper sixteen
/// bits, the number of the process since boot in the lower ones.
pub fn process_guid(machine_id: u32, created: Timestamp, key: u64) -> String {
    guid(machine_id, created, key)
}

/// The GUID of a logon session: machine, second of logon and logon id.
pub fn logon_guid(machine_id: u32, logged_on: Timestamp, logon_id: u64) -> String {
    guid(machine_id, logged_on, logon_id)
}

/// Prints the sixteen bytes as Windows prints a GUID: the first three groups
/// are little-endian integers, the last eight bytes stand as they are stored.
fn guid(machine_id: u32, at: Timestamp, key: u64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the field is a DWORD: Sysmon keeps the low 32 bits of the second"
    )]
    let second = at.as_second() as u32;
    let key = key.swap_bytes();
    format!(
        "{{{machine_id:08X}-{:04X}-{:04X}-{:04X}-{:012X}}}",
        second & 0xFFFF,
        second >> 16,
        key >> 48,
        key & 0xFFFF_FFFF_FFFF,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A real event 1: `{23f38d93-abac-5f8e-3900-000000000c00}`, created at
    /// 2020-10-20 09:19:40 UTC, key 0x000c000000000039.
    #[test]
    fn a_real_process_guid_is_rebuilt_from_its_parts() {
        let created = Timestamp::from_second(0x5f8e_abac).unwrap();
        assert_eq!(created.to_string(), "2020-10-20T09:19:40Z");
        assert_eq!(
            process_guid(0x23f3_8d93, created, 0x000c_0000_0000_0039),
            "{23F38D93-ABAC-5F8E-3900-000000000C00}"
        );
    }

    #[test]
    fn a_logon_guid_carries_the_logon_id_at_its_end() {
        let logon = Timestamp::from_second(0x5f7e_f210).unwrap();
        assert_eq!(
            logon_guid(0x9612_8ea2, logon, 0x0008_d4ac),
            "{96128EA2-F210-5F7E-ACD4-080000000000}"
        );
    }
}
