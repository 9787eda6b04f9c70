//! The runner's side: starts a sandbox, and hears what it tells.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{Shutdown, shutdown};
use nix::unistd::Pid;
use thiserror::Error;

use super::channel;
use super::plan::{Message, Plan};

/// The hidden command under which the lab's binary is a sandbox's keeper.
pub(crate) const KEEPER: &str = "__sandbox";

/// How much of what a sandbox's programs print is kept, in bytes.
const KEPT_OUTPUT: usize = 64 * 1024;

/// How much longer than its program a sandbox may take, to be set up and to
/// tell what it saw.
const GRACE: Duration = Duration::from_secs(30);

/// A sandbox could not be started, or its messages cannot be read.
#[derive(Debug, Error)]
#[error("{step}: {source}")]
pub struct LaunchError {
    /// The step.
    pub step: &'static str,
    /// The system's reason.
    pub source: io::Error,
}

fn failed(step: &'static str) -> impl FnOnce(io::Error) -> LaunchError {
    move |source| LaunchError { step, source }
}

/// A sandbox that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    keeper: Child,
    socket: OwnedFd,
    /// When a sandbox that says nothing is given up.
    deadline: Instant,
    buffer: Vec<u8>,
    output: Option<JoinHandle<String>>,
}

/// Stops a sandbox from another thread.
#[derive(Debug)]
pub struct Stopper(OwnedFd);

impl Stopper {
    /// Makes [`Running::next_message`] say that the sandbox is gone; dropping
    /// the [`Running`] then ends it.
    pub fn stop(&self) {
        // A socket that is closed already has stopped already.
        let _ = shutdown(self.0.as_raw_fd(), Shutdown::Both);
    }
}

/// Starts a sandbox from the lab's own binary.
///
/// # Errors
/// [`LaunchError`] if no process can be started.
pub fn launch(binary: &Path, plan: &Plan) -> Result<Running, LaunchError> {
    let (socket, theirs) = channel::pair().map_err(failed("make a socket"))?;
    let (output, their_output) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)
        .map_err(|errno| failed("make a pipe")(errno.into()))?;
    let mut keeper = Command::new(binary)
        .arg(KEEPER)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::from(theirs))
        .stderr(Stdio::from(their_output))
        .spawn()
        .map_err(failed("start the sandbox"))?;
    let mut text =
        serde_json::to_vec(plan).map_err(|error| failed("write the plan")(error.into()))?;
    text.push(b'\n');
    // The pipe stays open: as long as it is, the runner lives.
    let told = match keeper.stdin.as_mut() {
        Some(input) => input.write_all(&text),
        None => Err(io::ErrorKind::BrokenPipe.into()),
    };
    let running = Running {
        keeper,
        socket,
        deadline: Instant::now() + plan.timeout + GRACE,
        buffer: Vec::new(),
        output: Some(std::thread::spawn(move || collect(File::from(output)))),
    };
    told.map_err(failed("tell the plan"))?;
    Ok(running)
}

/// Reads all that comes, and keeps the beginning of it.
fn collect(mut output: File) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = output.read(&mut piece) {
        let room = KEPT_OUTPUT.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..length.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

impl Running {
    /// The next message; `None` when the sandbox is gone.
    ///
    /// # Errors
    /// [`LaunchError`] if the message is not one, or if the sandbox has not
    /// come to its end long after its program's time was up.
    pub fn next_message(&mut self) -> Result<Option<Message>, LaunchError> {
        channel::hear(self.socket.as_fd(), self.deadline, &mut self.buffer)
            .map_err(failed("hear the sandbox"))
    }

    /// What stops it from another thread.
    ///
    /// # Errors
    /// [`LaunchError`] if there is no descriptor left.
    pub fn stopper(&self) -> Result<Stopper, LaunchError> {
        let socket = self.socket.try_clone();
        Ok(Stopper(socket.map_err(failed("copy a socket"))?))
    }

    /// Waits for the end; gives what the programs printed.
    ///
    /// # Errors
    /// [`LaunchError`] if the process cannot be waited for.
    pub fn finish(mut self) -> Result<(ExitStatus, String), LaunchError> {
        let status = self.keeper.wait().map_err(failed("wait for the sandbox"))?;
        let output = self
            .output
            .take()
            .and_then(|output| output.join().ok())
            .unwrap_or_default();
        Ok((status, output))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Closing the pipe asks the keeper to end the sandbox; killing it
        // does so in any case.
        drop(self.keeper.stdin.take());
        if let Ok(None) = self.keeper.try_wait() {
            let _ = kill(
                Pid::from_raw(self.keeper.id().cast_signed()),
                Signal::SIGKILL,
            );
            let _ = self.keeper.wait();
        }
    }
}
