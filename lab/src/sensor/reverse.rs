//! The reverse lookup that fills a connection's host names.
//!
//! Sysmon resolves the peer's address with `getnameinfo` and the flag
//! `NI_NAMEREQD` (its published `networkmiscCommon.cpp`); this is the same call.
//! The name that a beacon had asked for never comes near it.
#![expect(
    clippy::cast_possible_truncation,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

use std::ffi::CStr;
use std::mem::size_of;
use std::net::IpAddr;

/// The host name of an address, or `None` if it has none.
pub(crate) fn host_name(address: IpAddr) -> Option<String> {
    let mut name = [0_u8; libc::NI_MAXHOST as usize];
    let status = match address {
        IpAddr::V4(v4) => {
            let socket_address = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: 0,
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(v4.octets()),
                },
                sin_zero: [0; 8],
            };
            // SAFETY: the address and its length belong together, and `name`
            // is as long as it is said to be.
            unsafe {
                libc::getnameinfo(
                    (&raw const socket_address).cast(),
                    size_of::<libc::sockaddr_in>() as libc::socklen_t,
                    name.as_mut_ptr().cast(),
                    name.len() as libc::socklen_t,
                    std::ptr::null_mut(),
                    0,
                    libc::NI_NAMEREQD,
                )
            }
        }
        IpAddr::V6(v6) => {
            let socket_address = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: 0,
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr {
                    s6_addr: v6.octets(),
                },
                sin6_scope_id: 0,
            };
            // SAFETY: as above.
            unsafe {
                libc::getnameinfo(
                    (&raw const socket_address).cast(),
                    size_of::<libc::sockaddr_in6>() as libc::socklen_t,
                    name.as_mut_ptr().cast(),
                    name.len() as libc::socklen_t,
                    std::ptr::null_mut(),
                    0,
                    libc::NI_NAMEREQD,
                )
            }
        }
    };
    if status != 0 {
        return None;
    }
    let name = CStr::from_bytes_until_nul(&name).ok()?;
    Some(name.to_string_lossy().into_owned())
}
