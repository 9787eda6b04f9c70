//! The one socket that a program which writes to the system log may reach:
//! `/dev/log`, which is the lab's own inside the sandbox.
//!
//! The filter cannot see where a datagram is aimed, so the tracer looks: at each
//! address that is connected or sent to. As with local streams, another thread
//! could change the address after the look; the first line is, as there, that
//! none of the host's sockets is in sight.

use std::io;

use super::fact::Pid;
use super::tracee;

/// Where `syslog(3)` writes to (`_PATH_LOG`).
pub(crate) const PLACE: &str = "/dev/log";

/// The most messages that one call sends: the kernel's `UIO_MAXIOV`.
const MOST_MESSAGES: usize = 1024;

/// `struct mmsghdr`: a `struct msghdr` and what was sent of it.
const MESSAGE: usize = size_of::<libc::mmsghdr>();

/// Whether the address of a local socket (what follows its family) is the
/// system log's, as it is written and no other way.
pub(super) fn is_it(address: &[u8]) -> bool {
    address.split(|byte| *byte == 0).next() == Some(PLACE.as_bytes())
}

/// The addresses that messages in a tracee's memory are aimed at, each with its
/// length: of one `struct msghdr`, or of several in a `struct mmsghdr` each. An
/// error if they cannot be read whole: the kernel may read what the tracer cannot.
pub(super) fn destinations(
    thread: Pid,
    messages: u64,
    count: usize,
) -> io::Result<Vec<(u64, u64)>> {
    // The last one's length field is not needed, and may not be there.
    let cut = MESSAGE - size_of::<libc::msghdr>();
    let wanted = (count.min(MOST_MESSAGES) * MESSAGE).saturating_sub(cut);
    let mut bytes = vec![0; wanted];
    if tracee::read(thread, messages, &mut bytes) < wanted {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(parse(&bytes))
}

/// The name and its length are what a message begins with.
fn parse(bytes: &[u8]) -> Vec<(u64, u64)> {
    bytes
        .chunks(MESSAGE)
        .filter_map(|message| {
            let name = u64::from_ne_bytes(*message.first_chunk()?);
            let length = u32::from_ne_bytes(*message.get(8..)?.first_chunk()?);
            (name != 0).then_some((name, u64::from(length)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_log_itself_is_the_log() {
        for address in [&b"/dev/log"[..], b"/dev/log\0", b"/dev/log\0rest"] {
            assert!(is_it(address), "{address:?}");
        }
        for address in [
            &b""[..],
            b"\0/dev/log",
            b"/dev/log2",
            b"/dev/lo",
            b"/dev/./log",
            b"dev/log",
            b"/tmp/log",
            b"/run/systemd/journal/dev-log",
        ] {
            assert!(!is_it(address), "{address:?}");
        }
    }

    #[test]
    fn each_message_s_destination_is_found_also_where_the_last_is_cut() {
        let mut bytes = Vec::new();
        for (name, length) in [(0x7f00_u64, 10_u32), (0, 0), (1 << 40, 16)] {
            let mut message = name.to_ne_bytes().to_vec();
            message.extend(length.to_ne_bytes());
            message.resize(MESSAGE, 0xFF);
            bytes.extend(message);
        }
        assert_eq!(parse(&bytes), [(0x7f00, 10), (1 << 40, 16)]);
        assert_eq!(parse(&bytes[..MESSAGE]), [(0x7f00, 10)]);
        assert_eq!(parse(&bytes[..2 * MESSAGE + 11]), [(0x7f00, 10)]);
        assert_eq!(parse(&[]), []);
    }

    #[test]
    fn destinations_are_read_from_memory_as_the_kernel_would() {
        let address = [0_u8; 16];
        // SAFETY: a header of zeroes is one that names nothing.
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_name = address.as_ptr().cast_mut().cast();
        header.msg_namelen = 16;
        let process = std::process::id().cast_signed();
        let found = destinations(process, &raw const header as u64, 1).unwrap();
        assert_eq!(found, [(address.as_ptr() as u64, 16)]);
        assert_eq!(destinations(process, 0, 0).unwrap(), []);
        destinations(process, 0, 3).unwrap_err();
    }
}
