//! The socket through which a sandbox speaks to the runner: one datagram a
//! message, in order, so that several processes can share it.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, send, setsockopt, socketpair, sockopt,
};

use super::plan::Message;

/// The largest message: a command line has at most 32,767 characters, and JSON
/// may write a character in up to six bytes; the rest is small.
const LARGEST: usize = 1 << 20;

/// The two ends: the runner's, and the sandbox's.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (runner, sandbox) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    // The kernel grants what its limits allow; a message that still does not
    // fit is an error at `tell`, never a cut message.
    setsockopt(&sandbox, sockopt::SndBuf, &LARGEST)?;
    Ok((runner, sandbox))
}

/// Sends a message; waits while the runner is behind.
pub(super) fn tell(socket: BorrowedFd<'_>, message: &Message) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    loop {
        match send(socket.as_raw_fd(), &text, MsgFlags::MSG_NOSIGNAL) {
            Ok(_) => return Ok(()),
            Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Receives a message, until the deadline; `None` when all senders are gone.
pub(super) fn hear(
    socket: BorrowedFd<'_>,
    deadline: Instant,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Message>> {
    let mut waiting = [PollFd::new(socket, PollFlags::POLLIN)];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).map_err(io::Error::other)?;
        match poll(&mut waiting, left) {
            Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
            Ok(_) => break,
            Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    buffer.resize(LARGEST, 0);
    let length = loop {
        match recv(socket.as_raw_fd(), buffer, MsgFlags::empty()) {
            Ok(length) => break length,
            Err(nix::errno::Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    };
    if length == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&buffer[..length])?))
}
