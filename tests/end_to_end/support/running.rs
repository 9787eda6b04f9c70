//! A command that runs: its processes, its signals, its end.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::{DEADLINE, Run, until};

/// A command that was started, and is killed if the test gives it up.
pub struct Running {
    workplace: Rc<TempDir>,
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// A process, told from a later one with the same id by when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    id: u32,
    started: String,
    /// The name of its program's file.
    pub name: String,
}

impl Running {
    /// Starts a command.
    #[track_caller]
    pub fn new(mut command: Command, workplace: &Rc<TempDir>) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self {
            workplace: Rc::clone(workplace),
            child,
            stdout,
            stderr,
        }
    }

    /// The next line that it prints.
    #[track_caller]
    pub fn line(&self) -> String {
        self.stdout
            .recv_timeout(DEADLINE)
            .expect("it prints a line")
    }

    /// Sends a signal.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Waits until it has opened a file.
    #[track_caller]
    pub fn until_opens(&self, path: &Path) {
        let descriptors = format!("/proc/{}/fd", self.child.id());
        until(&format!("{} to be opened", path.display()), || {
            let mut entries = fs::read_dir(&descriptors).ok()?;
            let is_path = |target: PathBuf| target == path;
            entries
                .any(|entry| {
                    entry
                        .and_then(|entry| fs::read_link(entry.path()))
                        .is_ok_and(is_path)
                })
                .then_some(())
        });
    }

    /// All processes that it started, and theirs.
    pub fn descendants(&self) -> Vec<Process> {
        let all = processes();
        let mut found: Vec<u32> = vec![self.child.id()];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            found.extend(
                all.iter()
                    .filter(|(_, of)| *of == parent)
                    .map(|(process, _)| process.id),
            );
            at += 1;
        }
        all.into_iter()
            .map(|(process, _)| process)
            .filter(|process| found[1..].contains(&process.id))
            .collect()
    }

    /// Waits until one of its processes runs a program of this name.
    #[track_caller]
    pub fn until_runs(&self, name: &str) -> Vec<Process> {
        until(&format!("a process {name}"), || {
            let processes = self.descendants();
            let runs = processes.iter().any(|process| process.name == name);
            runs.then_some(processes)
        })
    }

    /// Waits until one of its processes runs a Windows program of this name and
    /// has loaded a library: by then, whoever started it no longer takes part.
    #[track_caller]
    pub fn until_loads(&self, name: &str, library: &str) {
        until(&format!("{name} to load {library}"), || {
            let processes = self.descendants();
            let mut named = processes.iter().filter(|process| process.name == name);
            named.any(|process| process.maps(library)).then_some(())
        });
    }

    /// Kills those of its processes that run a program of this name.
    #[track_caller]
    pub fn kill(&self, name: &str) {
        for process in self.until_runs(name) {
            if process.name == name {
                kill(Pid::from_raw(process.id.cast_signed()), Signal::SIGKILL).unwrap();
            }
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Run {
        let started = Instant::now();
        let status: ExitStatus = until("its end", || self.child.try_wait().unwrap());
        assert!(started.elapsed() < DEADLINE);
        let rest = |lines: &Receiver<String>| {
            let mut text = String::new();
            // Its processes may hold the pipe for a moment longer than it.
            while let Ok(line) = lines.recv_timeout(DEADLINE) {
                text.push_str(&line);
                text.push('\n');
            }
            text.into_bytes()
        };
        let output = Output {
            status,
            stdout: rest(&self.stdout),
            stderr: rest(&self.stderr),
        };
        Run::new(output, &self.workplace)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Kills it.
    #[track_caller]
    pub fn kill(&self) {
        kill(Pid::from_raw(self.id.cast_signed()), Signal::SIGKILL).unwrap();
    }

    /// Whether a file of this name is in its memory.
    fn maps(&self, file: &str) -> bool {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.id));
        maps.is_ok_and(|maps| maps.lines().any(|line| line.ends_with(file)))
    }

    /// Whether it still runs. One that has ended and that nobody has asked
    /// after does not.
    pub fn runs(&self) -> bool {
        processes().iter().any(|(process, _)| process == self)
    }
}

/// All processes that run, each with its parent's id.
fn processes() -> Vec<(Process, u32)> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in parentheses may hold anything, also parentheses.
            let (head, tail) = stat.rsplit_once(')')?;
            let fields: Vec<&str> = tail.split_whitespace().collect();
            let runs = !matches!(*fields.first()?, "Z" | "X");
            let process = Process {
                id,
                started: (*fields.get(19)?).to_owned(),
                name: head.split_once('(')?.1.to_owned(),
            };
            runs.then_some((process, fields.get(1)?.parse().ok()?))
        })
        .collect()
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
