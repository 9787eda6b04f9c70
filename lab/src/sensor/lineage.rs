//! Who created whom, as far as the tracer itself must know it: when only
//! Windows itself is left, and which program waits for which.

use std::collections::HashMap;

use super::fact::Pid;
use crate::command_line::is_cmd;
use crate::wine;

/// What runs in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A program of Linux.
    Native,
    /// A Windows program; cmd.exe waits for what it starts.
    Windows { is_cmd: bool, told: bool },
    /// Windows itself.
    Platform { serves: bool },
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    /// The process that started it, seen through forks that ran no program.
    creator: Option<Pid>,
    /// It has run a program of its own.
    executed: bool,
}

/// The processes that live.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    processes: HashMap<Pid, Entry>,
}

impl Lineage {
    pub(super) fn forked(&mut self, parent: Pid, child: Pid) {
        let known = self.processes.get(&parent);
        let entry = Entry {
            kind: known.map_or(Kind::Native, |entry| entry.kind),
            creator: known
                .filter(|entry| !entry.executed)
                .map_or(Some(parent), |entry| entry.creator),
            executed: false,
        };
        self.processes.insert(child, entry);
    }

    pub(super) fn executed(&mut self, process: Pid, image: &str, argv: &[String]) {
        let kind = match wine::Process::of(image, argv) {
            None => Kind::Native,
            Some(wine::Process::Server) => Kind::Platform { serves: true },
            Some(process) if process.is_platform() => Kind::Platform { serves: false },
            Some(wine::Process::Program { name }) => Kind::Windows {
                is_cmd: is_cmd(name),
                told: false,
            },
        };
        let entry = self.processes.entry(process).or_insert(Entry {
            kind,
            creator: None,
            executed: true,
        });
        entry.kind = kind;
        entry.executed = true;
    }

    /// A process has ended. Whether it was Windows' server and ended badly: then
    /// what still runs on it would wait for ever.
    pub(super) fn exited(&mut self, process: Pid, status: i32) -> bool {
        let ended = self.processes.remove(&process);
        let served = ended.is_some_and(|entry| entry.kind == Kind::Platform { serves: true });
        served && status != 0
    }

    /// Whether a process runs a Windows program that has not yet been told of.
    pub(super) fn is_untold(&self, process: Pid) -> bool {
        self.processes.get(&process).is_some_and(
            |entry| matches!(entry.kind, Kind::Windows { told: false, .. } if entry.executed),
        )
    }

    /// A Windows program has been told of, by its file.
    pub(super) fn told(&mut self, process: Pid, image: &str) {
        if let Some(entry) = self.processes.get_mut(&process) {
            entry.kind = Kind::Windows {
                is_cmd: is_cmd(image),
                told: true,
            };
        }
    }

    /// The cmd.exe of Wine that must wait for a native program that it has just
    /// started. (That of Windows does; Wine's goes on at once.)
    pub(super) fn waits_for(&self, process: Pid) -> Option<Pid> {
        let entry = self.processes.get(&process)?;
        let creator = entry.creator.filter(|_| entry.kind == Kind::Native)?;
        let is_cmd = matches!(
            self.processes.get(&creator)?.kind,
            Kind::Windows { is_cmd: true, .. }
        );
        is_cmd.then_some(creator)
    }

    /// Whether there is nothing left but Windows itself, which would wait for
    /// more to do.
    pub(super) fn is_idle(&self) -> bool {
        !self.processes.is_empty()
            && self
                .processes
                .values()
                .all(|entry| matches!(entry.kind, Kind::Platform { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADER: &str = "/usr/lib/wine/wine64";

    fn wine(lineage: &mut Lineage, process: Pid, name: &str) {
        lineage.executed(process, LOADER, &[LOADER.to_owned(), name.to_owned()]);
    }

    #[test]
    fn cmd_waits_for_a_native_program_that_it_started_through_a_double_fork() {
        let mut lineage = Lineage::default();
        wine(&mut lineage, 10, r"C:\windows\system32\cmd.exe");
        lineage.forked(10, 11);
        lineage.forked(11, 12);
        assert_eq!(lineage.waits_for(12), None, "it runs no program yet");
        lineage.executed(12, "/c/Windows/System32/curl.exe", &[]);
        assert_eq!(lineage.waits_for(12), Some(10));
        // What that starts is none of cmd's business.
        lineage.forked(12, 13);
        lineage.executed(13, "/bin/true", &[]);
        assert_eq!(lineage.waits_for(13), None);
        // Wine's own processes are waited for by Wine, and other programs say
        // themselves whether they wait.
        lineage.forked(10, 14);
        wine(&mut lineage, 14, "wscript.exe");
        assert_eq!(lineage.waits_for(14), None);
        lineage.forked(14, 15);
        lineage.executed(15, "/c/Windows/System32/curl.exe", &[]);
        assert_eq!(lineage.waits_for(15), None);
    }

    #[test]
    fn windows_alone_is_idle() {
        let mut lineage = Lineage::default();
        assert!(!lineage.is_idle(), "nothing has begun");
        wine(&mut lineage, 10, "cmd.exe");
        lineage.forked(10, 11);
        lineage.executed(11, "/usr/lib/wine/wineserver64", &[]);
        lineage.forked(10, 12);
        wine(&mut lineage, 12, r"C:\windows\system32\services.exe");
        assert!(!lineage.is_idle());
        assert!(!lineage.exited(10, 3));
        assert!(lineage.is_idle());
        lineage.forked(12, 13);
        lineage.executed(13, "/bin/true", &[]);
        assert!(!lineage.is_idle());
    }

    #[test]
    fn a_server_that_ends_badly_is_told_from_one_that_goes_into_the_background() {
        let mut lineage = Lineage::default();
        wine(&mut lineage, 10, "cmd.exe");
        lineage.forked(10, 11);
        lineage.executed(11, "/usr/lib/wine/wineserver64", &[]);
        lineage.forked(11, 12);
        assert!(!lineage.exited(11, 0));
        assert!(lineage.exited(12, 137));
        assert!(!lineage.exited(10, 137));
    }

    #[test]
    fn a_windows_program_is_told_of_once() {
        let mut lineage = Lineage::default();
        wine(&mut lineage, 10, "cmd.exe");
        assert!(lineage.is_untold(10));
        lineage.told(10, r"C:\windows\system32\cmd.exe");
        assert!(!lineage.is_untold(10));
        // A fork of it is no program yet.
        lineage.forked(10, 11);
        assert!(!lineage.is_untold(11));
        wine(&mut lineage, 11, "wscript.exe");
        assert!(lineage.is_untold(11));
    }
}
