//! Pipes, terminals and devices: what may let a reader wait for ever, and is
//! read until somebody says that it is enough.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::{FileTypeExt, OpenOptionsExt},
    },
    path::Path,
    sync::Arc,
};

use nix::{
    errno::Errno,
    fcntl::OFlag,
    poll::{PollFd, PollFlags, PollTimeout, poll},
};

/// Ends what is being read: a pipe seems to end then, with what has come.
#[derive(Debug, Clone)]
pub struct Stop(Arc<OwnedFd>);

impl Stop {
    /// Stops once something can be read from this descriptor. A signal handler
    /// can write to its other end; that does not wake a read by itself, since
    /// the system goes on with reads and opens that a signal interrupts.
    pub fn when_readable(descriptor: impl Into<OwnedFd>) -> Self {
        Self(Arc::new(descriptor.into()))
    }
}

/// Something that is read as it comes.
#[derive(Debug)]
pub(crate) struct Pipe {
    input: File,
    stop: Option<Stop>,
}

impl Pipe {
    /// Standard input, of which nothing has been read yet.
    pub(crate) fn stdin(stop: Option<Stop>) -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?.into();
        Ok(Self { input, stop })
    }

    /// Waits until there is something to read, or the end; false, if it was
    /// stopped before.
    fn wait(&self) -> io::Result<bool> {
        let mut both = vec![PollFd::new(self.input.as_fd(), PollFlags::POLLIN)];
        if let Some(Stop(stop)) = &self.stop {
            both.push(PollFd::new(stop.as_fd(), PollFlags::POLLIN));
        }
        loop {
            match poll(&mut both, PollTimeout::NONE) {
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {
                    let stopped = both.get(1).and_then(PollFd::any).unwrap_or(false);
                    return Ok(!stopped);
                }
            }
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.wait()? {
                return Ok(0);
            }
            match self.input.read(buffer) {
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                read => return read,
            }
        }
    }
}

/// What was opened.
pub(crate) enum Opened {
    /// A file, which can be read here and there.
    File(File),
    Pipe(Pipe),
}

/// Opens a file, or something that is read like one.
pub(crate) fn open(path: &Path, stop: Option<Stop>) -> io::Result<Opened> {
    let kind = path.metadata()?.file_type();
    if kind.is_file() {
        return Ok(Opened::File(File::open(path)?));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    if kind.is_fifo() {
        // Opening waits for a writer otherwise, and nothing can stop that.
        options.custom_flags(OFlag::O_NONBLOCK.bits());
    }
    let input = options.open(path)?;
    Ok(Opened::Pipe(Pipe { input, stop }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{io::Write, os::unix::net::UnixStream, thread};

    use super::*;

    fn pipe(stop: Option<Stop>) -> (Pipe, UnixStream) {
        let (input, writer) = UnixStream::pair().unwrap();
        let input = File::from(OwnedFd::from(input));
        (Pipe { input, stop }, writer)
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (mut pipe, mut writer) = pipe(None);
        let thread = thread::spawn(move || writer.write_all(&vec![b'x'; 1 << 20]).unwrap());
        let mut text = Vec::new();
        pipe.read_to_end(&mut text).unwrap();
        thread.join().unwrap();
        assert_eq!(text.len(), 1 << 20);
    }

    #[test]
    fn a_pipe_that_is_stopped_ends_though_its_writer_does_not() {
        let (stopped, mut stopping) = UnixStream::pair().unwrap();
        let (mut pipe, mut writer) = pipe(Some(Stop::when_readable(stopped)));
        writer.write_all(b"so far").unwrap();
        let mut text = [0; 6];
        pipe.read_exact(&mut text).unwrap();
        stopping.write_all(b"!").unwrap();
        assert_eq!(pipe.read_to_end(&mut Vec::new()).unwrap(), 0);
        drop(writer);
    }
}
