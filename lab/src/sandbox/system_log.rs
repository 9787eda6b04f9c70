//! The sandbox's own system log: a datagram socket at `/dev/log`, for programs
//! that write their script blocks there.
//!
//! The init process binds it while it builds the file system, the endpoints'
//! process reads it as messages come and once more when all programs have
//! ended. It is a witness as the endpoints are: what comes is text, of which
//! nothing is executed or believed. Who sent it the kernel says. Only messages
//! about script blocks are kept, a limited number of limited length; how many
//! were not is told.

use std::fs::{self, Permissions};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use jiff::Timestamp;
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, UnixAddr, UnixCredentials, recvmsg, setsockopt, sockopt,
};
use tokio::io::Interest;

use super::plan::Message;
use crate::sensor::fact::Pid;
use crate::sensor::script_block;
use crate::sensor::witness::Logged;

/// The longest message that is kept. PowerShell's own parts have 20,000 UTF-16
/// units at most, which are 60,000 bytes, and a path has 4,096.
const LONGEST: usize = 64 * 1024;

/// How many messages are kept of one sandbox, and how many bytes.
const MOST: usize = 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// How many messages are read before the other servers have their turn.
const AT_ONCE: usize = 32;

/// Binds a log that anybody in the sandbox may write to, and whose messages say
/// who sent them.
pub(super) fn bind(at: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::bind(at)?;
    fs::set_permissions(at, Permissions::from_mode(0o666))?;
    setsockopt(&socket, sockopt::PassCred, &true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A log that is read.
pub(super) struct SystemLog<T> {
    socket: tokio::net::UnixDatagram,
    tell: T,
    kept: AtomicUsize,
    bytes: AtomicUsize,
    overflowed: AtomicU64,
}

impl<T: Fn(Message) + Send + Sync + 'static> SystemLog<T> {
    /// A log whose messages go to `tell`. Must be called inside a runtime.
    pub(super) fn new(socket: UnixDatagram, tell: T) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            socket: tokio::net::UnixDatagram::from_std(socket)?,
            tell,
            kept: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            overflowed: AtomicU64::new(0),
        }))
    }

    /// Reads messages as they come.
    pub(super) async fn read(self: Arc<Self>) -> io::Result<()> {
        loop {
            self.socket.readable().await?;
            self.socket
                .try_io(Interest::READABLE, || self.take(AT_ONCE))
                .or_else(nothing_more)?;
            tokio::task::yield_now().await;
        }
    }

    /// Reads what is left when nobody writes any more, and says what was not
    /// kept.
    pub(super) fn finish(&self) -> io::Result<()> {
        loop {
            match self.take(AT_ONCE) {
                Ok(()) => {}
                Err(error) => break nothing_more(error)?,
            }
        }
        let overflowed = self.overflowed.load(Ordering::Relaxed);
        if overflowed > 0 {
            (self.tell)(Message::LogOverflowed(overflowed));
        }
        Ok(())
    }

    /// Takes some messages; an error of kind `WouldBlock` if there are no more for
    /// now.
    fn take(&self, most: usize) -> io::Result<()> {
        // One byte more than is kept: a longer one is known by it.
        let mut buffer = vec![0; LONGEST + 1];
        for _ in 0..most {
            match receive(&self.socket, &mut buffer) {
                Ok((length, sender)) => self.keep(&buffer[..length], sender),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn keep(&self, message: &[u8], sender: Option<Pid>) {
        let mark = script_block::MARK.as_bytes();
        if !message.windows(mark.len()).any(|part| part == mark) {
            return;
        }
        let bytes = self.bytes.load(Ordering::Relaxed) + message.len();
        let kept = self.kept.load(Ordering::Relaxed) + 1;
        match sender {
            Some(pid) if message.len() <= LONGEST && kept <= MOST && bytes <= MOST_BYTES => {
                self.bytes.store(bytes, Ordering::Relaxed);
                self.kept.store(kept, Ordering::Relaxed);
                (self.tell)(Message::Logged(Logged {
                    at: Timestamp::now(),
                    pid,
                    text: String::from_utf8_lossy(message).into_owned(),
                }));
            }
            _ => {
                self.overflowed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn nothing_more(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::WouldBlock => Ok(()),
        _ => Err(error),
    }
}

/// One message, as far as the buffer goes, and who sent it. There is room for
/// the sender's credentials only: the kernel closes descriptors that come along.
fn receive(socket: &impl AsFd, buffer: &mut [u8]) -> nix::Result<(usize, Option<Pid>)> {
    let mut control = nix::cmsg_space!(UnixCredentials);
    let mut parts = [IoSliceMut::new(buffer)];
    let received = recvmsg::<UnixAddr>(
        socket.as_fd().as_raw_fd(),
        &mut parts,
        Some(&mut control),
        MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_CMSG_CLOEXEC,
    )?;
    let sender = received.cmsgs().ok().and_then(|mut messages| {
        messages.find_map(|message| match message {
            ControlMessageOwned::ScmCredentials(credentials) => Some(credentials.pid()),
            _ => None,
        })
    });
    Ok((received.bytes, sender))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use super::*;

    /// What is told of the messages that are sent to a log.
    fn told(send: impl FnOnce(&Path) + Send + 'static) -> Vec<Message> {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("log");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let all = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&all);
        runtime.block_on(async move {
            let socket = bind(&place).unwrap();
            let log = SystemLog::new(socket, move |message| heard.lock().unwrap().push(message));
            let log = log.unwrap();
            let reading = tokio::spawn(Arc::clone(&log).read());
            // The kernel holds a sender up while nobody reads: both at once.
            let (done, ended) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || {
                send(&place);
                drop(folder);
                done.send(()).unwrap();
            });
            ended.await.unwrap();
            reading.abort();
            log.finish().unwrap();
        });
        // With the task that it still holds.
        drop(runtime);
        Arc::into_inner(all).unwrap().into_inner().unwrap()
    }

    fn block(text: &str) -> String {
        format!(
            "<134>Jan 31 12:00:00 powershell[1]: (7:1:80) {}x] {text}",
            script_block::MARK
        )
    }

    #[test]
    fn script_blocks_are_told_with_their_sender_and_other_messages_are_not() {
        let messages = told(|place| {
            let socket = UnixDatagram::unbound().unwrap();
            for message in ["<13>Jan 31 12:00:00 x: y", "", &block("one"), &block("two")] {
                socket.send_to(message.as_bytes(), place).unwrap();
            }
        });
        let texts: Vec<_> = messages
            .iter()
            .map(|message| match message {
                Message::Logged(logged) => {
                    assert_eq!(logged.pid, std::process::id().cast_signed());
                    logged.text.clone()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts, [block("one"), block("two")]);
    }

    #[test]
    fn a_flood_is_bounded_in_number_and_what_is_not_kept_is_counted() {
        let messages = told(|place| {
            let socket = UnixDatagram::unbound().unwrap();
            for number in 0..MOST + 40 {
                socket
                    .send_to(block(&number.to_string()).as_bytes(), place)
                    .unwrap();
            }
        });
        assert_eq!(messages.len(), MOST + 1);
        assert!(matches!(messages.last(), Some(Message::LogOverflowed(40))));
    }

    #[test]
    fn a_flood_is_bounded_in_bytes_and_in_the_length_of_each() {
        let messages = told(|place| {
            let socket = UnixDatagram::unbound().unwrap();
            let long = block(&"a".repeat(LONGEST));
            socket.send_to(long.as_bytes(), place).unwrap();
            let whole = &long.as_bytes()[..LONGEST];
            for _ in 0..=MOST_BYTES / LONGEST {
                socket.send_to(whole, place).unwrap();
            }
        });
        assert_eq!(messages.len(), MOST_BYTES / LONGEST + 1);
        assert!(matches!(messages.last(), Some(Message::LogOverflowed(2))));
    }

    /// As when a program ends right after its last message.
    #[test]
    fn what_nobody_has_read_yet_is_read_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("log");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _inside = runtime.enter();
        let (tell, told) = std::sync::mpsc::channel();
        let log = SystemLog::new(bind(&place).unwrap(), move |message| {
            tell.send(message).unwrap();
        });
        let socket = UnixDatagram::unbound().unwrap();
        for text in ["one", "two"] {
            socket.send_to(block(text).as_bytes(), &place).unwrap();
        }
        log.unwrap().finish().unwrap();
        assert_eq!(told.iter().count(), 2);
    }

    #[test]
    fn descriptors_that_come_along_are_closed() {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        use nix::sys::socket::{ControlMessage, sendmsg};
        use std::io::IoSlice;

        let (answer, passed) = std::io::pipe().unwrap();
        let messages = told(move |place| {
            let socket = UnixDatagram::unbound().unwrap();
            socket.connect(place).unwrap();
            for text in ["nothing".to_owned(), block("one")] {
                let rights = [passed.as_raw_fd()];
                sendmsg::<UnixAddr>(
                    socket.as_raw_fd(),
                    &[IoSlice::new(text.as_bytes())],
                    &[ControlMessage::ScmRights(&rights)],
                    MsgFlags::empty(),
                    None,
                )
                .unwrap();
            }
        });
        // A pipe has hung up when no copy of its other end is open.
        let mut ends = [PollFd::new(answer.as_fd(), PollFlags::POLLIN)];
        assert_eq!(poll(&mut ends, PollTimeout::ZERO), Ok(1));
        // No program that logs hands anything on: such a block is not kept.
        assert!(
            matches!(messages[..], [Message::LogOverflowed(1)]),
            "{messages:?}"
        );
    }

    /// The longest message fits the runner's channel in its worst form.
    #[test]
    fn the_longest_message_is_told_whole() {
        let text = "\u{1}".repeat(LONGEST);
        let message = Message::Logged(Logged {
            at: Timestamp::UNIX_EPOCH,
            pid: 1,
            text,
        });
        let (runner, sandbox) = super::super::channel::pair().unwrap();
        let telling = std::thread::spawn(move || {
            super::super::channel::tell(sandbox.as_fd(), &message).unwrap();
        });
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        let mut buffer = Vec::new();
        let heard = super::super::channel::hear(runner.as_fd(), deadline, &mut buffer).unwrap();
        telling.join().unwrap();
        let Some(Message::Logged(logged)) = heard else {
            panic!("{heard:?}");
        };
        assert_eq!(logged.text.len(), LONGEST);
    }
}
