//! Looking into a stopped tracee: its memory, its descriptors, its `/proc`.
#![expect(
    clippy::cast_possible_truncation,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use nix::sys::uio::{RemoteIoVec, process_vm_readv};

use super::fact::{Pid, Transport};

/// Longest path the kernel takes.
const PATH_MAX: usize = libc::PATH_MAX as usize;
/// Reads stay inside a page, so that an unmapped neighbour costs nothing.
const PAGE: usize = 4096;

/// Copies memory of a tracee; gives how many bytes there were.
pub(super) fn read(pid: Pid, address: u64, buffer: &mut [u8]) -> usize {
    let Ok(base) = usize::try_from(address) else {
        return 0;
    };
    let remote = RemoteIoVec {
        base,
        len: buffer.len(),
    };
    process_vm_readv(
        nix::unistd::Pid::from_raw(pid),
        &mut [IoSliceMut::new(buffer)],
        &[remote],
    )
    .unwrap_or(0)
}

/// A NUL-terminated path in a tracee's memory.
pub(super) fn read_path(pid: Pid, address: u64) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut path = Vec::new();
    let mut at = address;
    while path.len() < PATH_MAX {
        let mut piece = [0; 256];
        let to_page_end = PAGE - (at as usize % PAGE);
        let wanted = piece.len().min(to_page_end);
        let length = read(pid, at, &mut piece[..wanted]);
        let piece = &piece[..length];
        if let Some(end) = piece.iter().position(|byte| *byte == 0) {
            path.extend_from_slice(&piece[..end]);
            break;
        }
        if piece.is_empty() {
            break;
        }
        path.extend_from_slice(piece);
        at += length as u64;
    }
    PathBuf::from(std::ffi::OsString::from_vec(path))
}

/// A 32-bit integer in a tracee's memory.
pub(super) fn read_i32(pid: Pid, address: u64) -> Option<i32> {
    let mut word = [0; 4];
    (read(pid, address, &mut word) == word.len()).then(|| i32::from_ne_bytes(word))
}

/// An IPv4 or IPv6 socket address in a tracee's memory; `None` for any other
/// family.
pub(super) fn read_socket_address(pid: Pid, address: u64, length: u64) -> Option<SocketAddr> {
    let mut bytes = [0; 28];
    let length = usize::try_from(length).ok()?.min(bytes.len());
    let got = read(pid, address, &mut bytes[..length]);
    parse_socket_address(&bytes[..got])
}

/// `struct sockaddr_in` and `sockaddr_in6`, as ip(7) and ipv6(7) lay them out.
fn parse_socket_address(bytes: &[u8]) -> Option<SocketAddr> {
    let family = i32::from(u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?));
    let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
    match family {
        libc::AF_INET => {
            let octets: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
            Some(SocketAddr::new(Ipv4Addr::from(octets).into(), port))
        }
        libc::AF_INET6 => {
            let octets: [u8; 16] = bytes.get(8..24)?.try_into().ok()?;
            Some(SocketAddr::new(plain(Ipv6Addr::from(octets)), port))
        }
        _ => None,
    }
}

/// What follows the family in the address of a local socket (`sun_path`, see
/// unix(7)) in a tracee's memory; `None` for any other family. An error if it
/// cannot be read whole: the kernel may read what the tracer cannot.
pub(super) fn read_local_address(
    pid: Pid,
    address: u64,
    length: u64,
) -> io::Result<Option<Vec<u8>>> {
    // `struct sockaddr_un`: the family and 108 bytes.
    let mut bytes = [0; 110];
    // An `int`: with more bytes than the kernel reads, this were another path.
    let length = (length as u32 as usize).min(bytes.len());
    if read(pid, address, &mut bytes[..length]) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let Some((family, path)) = bytes[..length].split_first_chunk() else {
        return Ok(None);
    };
    let is_local = i32::from(u16::from_ne_bytes(*family)) == libc::AF_UNIX;
    Ok(is_local.then(|| path.to_vec()))
}

/// An IPv4 address that a dual-stack socket wraps in IPv6 is an IPv4 address.
fn plain(address: Ipv6Addr) -> IpAddr {
    address
        .to_ipv4_mapped()
        .map_or(IpAddr::V6(address), IpAddr::V4)
}

/// A socket of a tracee.
pub(super) struct Socket {
    /// Its own address.
    pub(super) source: SocketAddr,
    /// Its protocol.
    pub(super) transport: Transport,
    /// Which socket it is: a descriptor's number may be another one's by the
    /// next call.
    pub(super) cookie: u64,
}

/// What a tracee's descriptor stands for.
pub(super) fn socket(process: Pid, descriptor: i32) -> io::Result<Socket> {
    let copy = copy(process, descriptor)?;
    let transport = transport(&copy)?;
    let cookie = option(&copy, libc::SO_COOKIE)?;
    // Any internet socket has a local address in the same form.
    let local = UdpSocket::from(copy).local_addr()?;
    let source = match local.ip() {
        IpAddr::V6(v6) => SocketAddr::new(plain(v6), local.port()),
        IpAddr::V4(_) => local,
    };
    Ok(Socket {
        source,
        transport,
        cookie,
    })
}

/// Which socket a tracee's descriptor stands for.
pub(super) fn cookie(process: Pid, descriptor: i32) -> io::Result<u64> {
    option(&copy(process, descriptor)?, libc::SO_COOKIE)
}

/// Whether a tracee's descriptor stands for a socket that sends datagrams; one
/// that cannot be looked at may do so.
pub(super) fn sends_datagrams(process: Pid, descriptor: i32) -> bool {
    let kind = copy(process, descriptor).and_then(|copy| option(&copy, libc::SO_TYPE));
    kind.map_or(true, |kind: libc::c_int| kind == libc::SOCK_DGRAM)
}

/// A copy of a tracee's descriptor.
fn copy(process: Pid, descriptor: i32) -> io::Result<OwnedFd> {
    let process = pidfd(process)?;
    // SAFETY: the call takes no pointers; what it gives is a new descriptor.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), descriptor, 0) })
}

fn pidfd(process: Pid) -> io::Result<OwnedFd> {
    // SAFETY: the call takes no pointers; what it gives is a new descriptor.
    owned(unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) })
}

fn owned(descriptor: libc::c_long) -> io::Result<OwnedFd> {
    match i32::try_from(descriptor) {
        // SAFETY: the kernel just made this descriptor, and nobody else has it.
        Ok(descriptor) if descriptor >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(descriptor) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn transport(socket: &OwnedFd) -> io::Result<Transport> {
    let protocol: libc::c_int = option(socket, libc::SO_PROTOCOL)?;
    Ok(match protocol {
        libc::IPPROTO_TCP | libc::IPPROTO_MPTCP => Transport::Tcp,
        libc::IPPROTO_UDP => Transport::Udp,
        _ => Transport::Other,
    })
}

/// An option of a socket that is a plain integer; see socket(7).
fn option<T: Copy + Default>(socket: &OwnedFd, name: libc::c_int) -> io::Result<T> {
    let mut value = T::default();
    let mut length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value and its length are ours and belong together, and the
    // integers that this is called for may hold any bits.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            name,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    if status == 0 {
        Ok(value)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Makes the call that a thread is about to enter fail instead, at its
/// seccomp stop; see `SECCOMP_RET_TRACE` in seccomp(2).
#[cfg(target_arch = "x86_64")]
pub(super) fn refuse(thread: Pid, errno: nix::errno::Errno) {
    let thread = nix::unistd::Pid::from_raw(thread);
    // One that was killed meanwhile has no registers, and calls nothing.
    if let Ok(mut registers) = nix::sys::ptrace::getregs(thread) {
        registers.orig_rax = u64::MAX;
        registers.rax = i64::from(-(errno as i32)).cast_unsigned();
        let _ = nix::sys::ptrace::setregs(thread, registers);
    }
}

/// As above; other processors grant nothing that would need it.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn refuse(_: Pid, _: nix::errno::Errno) {}

/// The target of one of a process's links in `/proc`.
pub(super) fn link(process: Pid, name: &str) -> PathBuf {
    std::fs::read_link(format!("/proc/{process}/{name}")).unwrap_or_default()
}

/// The arguments of a process, without the zero bytes between them.
pub(super) fn arguments(process: Pid) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let mut arguments: Vec<_> = bytes
        .split(|byte| *byte == 0)
        .map(|argument| String::from_utf8_lossy(argument).into_owned())
        .collect();
    // The last argument is terminated, too.
    arguments.pop();
    arguments
}

/// A path as the tracee means it: relative to the directory that the
/// descriptor stands for.
pub(super) fn absolute(process: Pid, directory: i32, path: &Path) -> PathBuf {
    if path.is_absolute() {
        return normal(path);
    }
    let base = if directory == libc::AT_FDCWD {
        link(process, "cwd")
    } else {
        link(process, &format!("fd/{directory}"))
    };
    normal(&base.join(path))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn socket_addresses_of_both_families_are_read() {
        let mut v4 = vec![0; 16];
        v4[..2].copy_from_slice(&2_u16.to_ne_bytes());
        v4[2..8].copy_from_slice(&[0x01, 0xBB, 104, 21, 74, 9]);
        assert_eq!(
            parse_socket_address(&v4),
            Some("104.21.74.9:443".parse().unwrap())
        );
        let mut mapped = vec![0; 28];
        mapped[..2].copy_from_slice(&10_u16.to_ne_bytes());
        mapped[2..4].copy_from_slice(&[0, 53]);
        mapped[18..24].copy_from_slice(&[0xFF, 0xFF, 192, 0, 2, 1]);
        assert_eq!(
            parse_socket_address(&mapped),
            Some("192.0.2.1:53".parse().unwrap())
        );
    }

    #[test]
    fn other_families_and_cut_addresses_are_none() {
        assert_eq!(parse_socket_address(&[1, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(parse_socket_address(&[2, 0, 1]), None);
        assert_eq!(parse_socket_address(&[]), None);
    }

    #[test]
    fn local_addresses_are_read_and_others_are_none() {
        let process = std::process::id().cast_signed();
        let asked = |family: i32, path: &[u8], length: u64| {
            let mut address = family.to_ne_bytes()[..2].to_vec();
            address.extend(path);
            read_local_address(process, address.as_ptr() as u64, length).unwrap()
        };
        let path = b"/dev/log";
        assert_eq!(asked(libc::AF_UNIX, path, 10).unwrap(), path);
        assert_eq!(asked(libc::AF_UNIX, path, 6).unwrap(), b"/dev");
        // The kernel takes a length by its low word.
        assert_eq!(asked(libc::AF_UNIX, path, 1 << 32 | 6).unwrap(), b"/dev");
        assert_eq!(asked(libc::AF_UNIX, b"", 2).unwrap(), b"");
        assert_eq!(asked(libc::AF_UNIX, path, 1), None);
        assert_eq!(asked(libc::AF_INET, path, 10), None);
        assert_eq!(read_local_address(process, 0, 0).unwrap(), None);
    }

    /// Half of an address is another address.
    #[test]
    fn a_local_address_that_cannot_be_read_whole_is_an_error() {
        let process = std::process::id().cast_signed();
        read_local_address(process, 0, 10).unwrap_err();
        // SAFETY: a new mapping of two pages, the second of which is taken away
        // again; nothing else knows of it.
        let page = unsafe {
            let none = std::ptr::null_mut();
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let pages = libc::mmap(none, 2 * PAGE, access, flags, -1, 0);
            assert_ne!(pages, libc::MAP_FAILED);
            assert_eq!(libc::munmap(pages.byte_add(PAGE), PAGE), 0);
            std::slice::from_raw_parts_mut(pages.cast::<u8>(), PAGE)
        };
        let address = &mut page[PAGE - 10..];
        address[..2].copy_from_slice(&libc::AF_UNIX.to_ne_bytes()[..2]);
        address[2..].copy_from_slice(b"/dev/log");
        let at = address.as_ptr() as u64;
        assert_eq!(
            read_local_address(process, at, 10).unwrap().unwrap(),
            b"/dev/log"
        );
        read_local_address(process, at, 11).unwrap_err();
    }

    #[test]
    fn paths_are_made_plain_without_asking_the_file_system() {
        assert_eq!(
            normal(Path::new("/c/Users/./a/../b")),
            Path::new("/c/Users/b")
        );
        assert_eq!(normal(Path::new("/../x")), Path::new("/x"));
    }
}
