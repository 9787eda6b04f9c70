//! Finding programs on the host, and asking them.

use std::fs;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::sandbox::Account;
use crate::wine::Windows;

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where programs are looked for, and who must be able to run them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Host<'a> {
    pub(super) search_path: &'a [PathBuf],
    pub(super) account: Option<Account>,
    /// Wine, or why it is not to be had.
    pub(super) windows: &'a Result<Windows, String>,
}

impl Host<'_> {
    /// The first program of a name that beacons may run.
    pub(super) fn program(&self, name: &str) -> Option<PathBuf> {
        self.named(name)
            .filter(|path| is_program(path))
            .find(|path| self.is_open(path))
    }

    /// All files of a name on the search path, programs or not.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        self.search_path
            .iter()
            .map(move |directory| directory.join(name))
            .filter(|path| path.is_file())
            .filter_map(|path| fs::canonicalize(path).ok())
    }

    /// Whether beacons may reach and read a file: what root may is no measure.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        let Some(account) = self.account else {
            return true;
        };
        path.ancestors().all(|part| {
            fs::metadata(part).is_ok_and(|metadata| {
                let mode = metadata.permissions().mode();
                let bits = if metadata.uid() == account.uid {
                    mode >> 6
                } else if metadata.gid() == account.gid {
                    mode >> 3
                } else {
                    mode
                };
                let wanted = if part == path && !metadata.is_dir() {
                    5
                } else {
                    1
                };
                bits & wanted == wanted
            })
        })
    }
}

/// A file that is no script: a script's interpreter would be what runs.
pub(super) fn is_program(path: &Path) -> bool {
    let mut start = [0; 4];
    fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *b"\x7FELF"
}

/// The first line of what a program prints.
pub(super) fn first_line(program: &Path, arguments: &[&str]) -> Option<String> {
    output(program, arguments)?
        .lines()
        .next()
        .map(str::to_owned)
}

/// What a program prints, if it succeeds before it is given up.
pub(super) fn output(program: &Path, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let printed = child.stdout.take().and_then(read_until_deadline);
    if printed.is_none() {
        // It hangs, or it closed nothing: it is of no use here.
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let printed = printed.filter(|_| status.success())?;
    Some(String::from_utf8_lossy(&printed).into_owned())
}

/// All that comes through a pipe, if it is closed in time.
fn read_until_deadline(mut pipe: ChildStdout) -> Option<Vec<u8>> {
    let deadline = Instant::now() + PATIENCE;
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = PollTimeout::try_from(left).ok()?;
        let mut waiting = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
        match poll(&mut waiting, left) {
            Err(Errno::EINTR) => {}
            Ok(1..) => match pipe.read(&mut piece).ok()? {
                0 => return Some(all),
                length => all.extend_from_slice(&piece[..length]),
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A bug once: a `python3` that hangs held up every run.
    #[test]
    fn a_program_that_does_not_answer_is_given_up() {
        let shell = Path::new("/bin/sh");
        assert_eq!(
            output(shell, &["-c", "echo hello"]).as_deref(),
            Some("hello\n")
        );
        assert_eq!(output(shell, &["-c", "echo hello; exit 3"]), None);
        let clock = Instant::now();
        assert_eq!(output(shell, &["-c", "exec sleep 60"]), None);
        assert!(clock.elapsed() < 4 * PATIENCE);
    }
}
