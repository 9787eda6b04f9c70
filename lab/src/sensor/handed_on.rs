//! Local sockets: where they lead, and what is handed on through them.
//!
//! A descriptor travels as ancillary data of `SCM_RIGHTS` (unix(7), cmsg(3)):
//! that is how one process opens a file or a socket for another.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::fact::Pid;
use super::tracee;

/// Where the sandbox's programs may have local sockets: its own places to write
/// to, which hold nothing of the host.
const OWN_PLACES: &[&str] = &["/tmp", "/dev/shm", "/c/Users", crate::wine::PREFIX];

/// The longest ancillary data that is read: the kernel hands on 253
/// descriptors at most.
const LONGEST_CONTROL: usize = 2048;

/// The start of `struct msghdr` up to the length of its ancillary data.
const MESSAGE: usize = 48;

/// The start of `struct cmsghdr`: length, level, type.
const HEADER: usize = 16;

/// Whether the address of a local socket (what follows its family) leads outside
/// of the sandbox's own places. A socket without a path is in the sandbox's
/// network namespace, and with it inside.
///
/// Another thread could change the address after this look at it; so this is
/// the second line. The first is that the host's sockets are not in sight: none
/// of its writable places is mounted, and those that a table shows are masked.
pub(super) fn leads_out(process: Pid, address: &[u8]) -> bool {
    let path = address.split(|byte| *byte == 0).next().unwrap_or_default();
    if path.is_empty() {
        return false;
    }
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let path = tracee::absolute(process, libc::AT_FDCWD, path);
    // What is not there cannot be connected to: the kernel says so itself.
    match path.canonicalize() {
        Ok(real) => !OWN_PLACES.iter().any(|place| real.starts_with(place)),
        Err(_) => false,
    }
}

/// Whether a message that is about to be received has room for descriptors.
pub(super) fn may_hold(thread: Pid, message: u64) -> bool {
    control(thread, message).is_some_and(|(_, length)| length > HEADER)
}

/// The descriptors that came with a message.
pub(super) fn descriptors(thread: Pid, message: u64) -> Vec<i32> {
    let Some((at, length)) = control(thread, message) else {
        return Vec::new();
    };
    let mut bytes = vec![0; length.min(LONGEST_CONTROL)];
    let got = tracee::read(thread, at, &mut bytes);
    parse(&bytes[..got])
}

/// Where the ancillary data of a message is, and how long.
fn control(thread: Pid, message: u64) -> Option<(u64, usize)> {
    let mut bytes = [0; MESSAGE];
    if tracee::read(thread, message, &mut bytes) != MESSAGE {
        return None;
    }
    let word = |at: usize| Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
    // After name, its length, the vector and its length.
    Some((word(32)?, usize::try_from(word(40)?).ok()?))
}

/// The descriptors in ancillary data.
fn parse(mut control: &[u8]) -> Vec<i32> {
    let mut descriptors = Vec::new();
    while let Some(header) = control.first_chunk::<HEADER>() {
        let number = |at: usize| {
            let bytes = header.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| i32::from_ne_bytes(*bytes))
        };
        let length = usize::try_from(number(0)).unwrap_or(0);
        let (level, kind) = (number(8), number(12));
        let Some(data) = control.get(HEADER..length) else {
            break;
        };
        if (level, kind) == (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            let numbers = data.as_chunks().0.iter();
            descriptors.extend(numbers.map(|bytes| i32::from_ne_bytes(*bytes)));
        }
        control = control.get(length.next_multiple_of(8)..).unwrap_or(&[]);
    }
    descriptors
}

/// The file that a process's descriptor is open on, if it is one.
pub(super) fn file(process: Pid, descriptor: i32) -> Option<PathBuf> {
    let path = tracee::link(process, &format!("fd/{descriptor}"));
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::net::UnixListener;

    use super::*;

    /// Whether connecting to a path leads out, asked of this very process.
    fn asked(path: &[u8]) -> bool {
        leads_out(std::process::id().cast_signed(), path)
    }

    #[test]
    fn a_local_socket_may_lie_in_the_sandbox_s_own_places_only() {
        let own = tempfile::tempdir_in("/tmp").unwrap();
        let inside = own.path().join("inside");
        let _inside = UnixListener::bind(&inside).unwrap();
        assert!(!asked(inside.as_os_str().as_bytes()));
        // The tests' own folder stands for a folder of the host.
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        if folder.starts_with("/tmp") {
            eprintln!("skipped: the sources lie in /tmp, which is a sandbox's own place");
            return;
        }
        let folder = tempfile::tempdir_in(folder).unwrap();
        let outside = folder.path().join("outside");
        let _outside = UnixListener::bind(&outside).unwrap();
        assert!(asked(outside.as_os_str().as_bytes()));
        // A link inside leads there all the same.
        let link = own.path().join("link");
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        assert!(asked(link.as_os_str().as_bytes()));
        // What is not there, and what has no path, leads nowhere.
        assert!(!asked(b"/usr/nothing/is/here"));
        assert!(!asked(b"\0abstract"));
        assert!(!asked(b""));
    }

    fn message(kind: i32, data: &[i32]) -> Vec<u8> {
        let length = HEADER + 4 * data.len();
        let mut bytes = (length as u64).to_ne_bytes().to_vec();
        bytes.extend(libc::SOL_SOCKET.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(data.iter().flat_map(|number| number.to_ne_bytes()));
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    #[test]
    fn descriptors_are_found_beside_credentials() {
        let mut control = message(libc::SCM_CREDENTIALS, &[77, 0, 0]);
        control.extend(message(libc::SCM_RIGHTS, &[7, 9, 11]));
        assert_eq!(parse(&control), [7, 9, 11]);
        assert_eq!(parse(&message(libc::SCM_CREDENTIALS, &[7, 8, 9])), [0; 0]);
    }

    #[test]
    fn broken_ancillary_data_ends_the_search() {
        let whole = message(libc::SCM_RIGHTS, &[7]);
        for end in 0..whole.len() - 4 {
            assert_eq!(parse(&whole[..end]), [0; 0], "{end}");
        }
        for length in [0_u64, 15, u64::MAX] {
            let mut bytes = whole.clone();
            bytes[..8].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(parse(&bytes), [0; 0], "{length}");
        }
    }
}
