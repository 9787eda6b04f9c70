//! What the tracer does for programs that run on Wine: it sees what they are
//! handed, reads what they are, makes its cmd.exe wait as that of Windows does,
//! and ends Windows with its last program.

use std::path::Path;

use super::{Tracer, resume_tracee};
use crate::drive::Drive;
use crate::sensor::fact::{Handle, Pid, What, WindowsProgram};
use crate::sensor::{handed_on, tracee, windows};

impl Tracer<'_> {
    /// Whether a thread belongs to a process that waits for another's end.
    pub(super) fn is_waiting(&self, task: Pid) -> bool {
        let process = self.process_of(task);
        self.waiting.values().any(|waiting| *waiting == process)
    }

    /// Stops a process until another has ended.
    pub(super) fn wait_for(&mut self, process: Pid, other: Pid) {
        self.waiting.insert(other, process);
        for (task, known) in &self.tasks {
            if known.process == process {
                // SAFETY: the request takes no data. One that has ended
                // meanwhile makes it fail, and is reported by `waitpid`.
                unsafe { libc::ptrace(libc::PTRACE_INTERRUPT, *task, 0_usize, 0_usize) };
            }
        }
    }

    pub(super) fn exited(&mut self, process: Pid, status: i32) {
        let is_lost = self.lineage.exited(process, status);
        if self.waiting.remove(&process).is_some() {
            let parked = std::mem::take(&mut self.parked);
            for (task, resume) in parked {
                if self.is_waiting(task) {
                    self.parked.insert(task, resume);
                } else {
                    resume_tracee(task, resume);
                }
            }
        }
        if is_lost || self.lineage.is_idle() {
            self.kill();
        }
    }

    /// Tells of a Windows program, as soon as its process knows what it runs.
    pub(super) fn windows(&mut self, process: Pid, thread: Pid) {
        let Some(parameters) = windows::parameters(thread) else {
            return;
        };
        let file = Drive::new(Drive::ROOT).host(&parameters.image, Path::new(Drive::ROOT));
        let digests = file.and_then(|file| self.digests.digests(&file).ok());
        self.lineage.told(process, &parameters.image);
        self.tell(
            process,
            What::Windows(WindowsProgram {
                image: parameters.image,
                command_line: parameters.command_line,
                directory: parameters.directory,
                digests,
            }),
        );
    }

    /// Tells of the sockets, and of the files made in here, that came with a
    /// message.
    pub(super) fn received(&mut self, process: Pid, thread: Pid, message: u64) {
        for descriptor in handed_on::descriptors(thread, message) {
            let handle = match handed_on::file(process, descriptor) {
                Some(path) if self.created.contains(&path) => {
                    Handle::File(path.to_string_lossy().into_owned())
                }
                Some(_) => continue,
                None => match tracee::socket(process, descriptor) {
                    Ok(socket) => Handle::Socket(socket.cookie),
                    Err(_) => continue,
                },
            };
            self.tell(process, What::Received(handle));
        }
    }
}
