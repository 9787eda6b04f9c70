//! Giving up privileges: of the runner before it makes namespaces, and of a
//! program before it runs.

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

use super::plan::Account;
use crate::sensor::filter;

/// Highest capability number that any kernel has had or is likely to get.
const LAST_CAPABILITY: libc::c_ulong = 63;

/// Becomes an ordinary user for good.
///
/// Root mapped into a user namespace would still own the host's `/proc/sys`,
/// and could write there without any capability: so it is given up first.
pub(super) fn become_user(account: Account) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    setgroups(&[gid])?;
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)?;
    // A change of uid makes `/proc/self` root's; without this the process
    // could not write its own uid map.
    nix::sys::prctl::set_dumpable(true)?;
    Ok(())
}

/// Confines the calling process before it becomes a beacon: no capabilities,
/// now or ever, no core dumps (whose handler would run on the host), and the
/// filter.
pub(super) fn confine(filter: &[libc::sock_filter], account: Option<Account>) -> io::Result<()> {
    // The kernel hands a core of size 1 to no handler: see `do_coredump`.
    setrlimit(Resource::RLIMIT_CORE, 1, 1)?;
    for capability in 0..=LAST_CAPABILITY {
        // SAFETY: the call takes numbers only.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } != 0
            && Errno::last() != Errno::EINVAL
        {
            return Err(io::Error::last_os_error());
        }
    }
    if let Some(account) = account {
        become_user(account)?;
    }
    drop_capabilities()?;
    restrict(filter)
}

/// Puts the calling process under the filter, and under it only: this takes no
/// privilege.
pub(super) fn restrict(filter: &[libc::sock_filter]) -> io::Result<()> {
    nix::sys::prctl::set_no_new_privs()?;
    if !filter.is_empty() {
        filter::install(filter)?;
    }
    Ok(())
}

/// `struct __user_cap_header_struct` and `__user_cap_data_struct` of
/// capget(2), version 3.
const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Data {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Empties the permitted, effective and inheritable sets.
pub(super) fn drop_capabilities() -> io::Result<()> {
    let header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let none = [Data {
        effective: 0,
        permitted: 0,
        inheritable: 0,
    }; 2];
    // SAFETY: both structures are laid out as capset(2) wants them and live
    // through the call, which only reads them.
    let set = unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) };
    if set == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
