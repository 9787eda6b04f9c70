//! Which process is which: images, parents and GUIDs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use sysmon::{Event, Provenance, UnknownField};

use super::{Process, render};
use crate::sensor::fact::{Digests, Pid};
use crate::sensor::host::Host;
use crate::stand_in::powershell;
use crate::wine;

/// A program that was started.
pub(super) struct Started<'a> {
    pub(super) at: Timestamp,
    pub(super) pid: Pid,
    pub(super) image: &'a str,
    pub(super) argv: &'a [String],
    /// The command line of a program that has one; others have arguments only.
    pub(super) command_line: Option<&'a str>,
    pub(super) directory: &'a str,
    pub(super) digests: Option<&'a Digests>,
    /// It is Windows itself.
    pub(super) platform: bool,
}

/// What an event says of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) guid: String,
    pub(super) process_id: u32,
    pub(super) image: String,
    pub(super) command_line: String,
    pub(super) started: Timestamp,
    /// It is Windows itself.
    pub(super) platform: bool,
    /// Where its names come from: a Windows program has Windows names.
    pub(super) provenance: Provenance,
}

/// What a process id stands for.
#[derive(Clone)]
struct Entry {
    /// The program that runs under it: its own or, before it ran one, its
    /// creator's.
    identity: Rc<Identity>,
    /// Who created it.
    parent: Rc<Identity>,
    /// It has run a program of its own.
    executed: bool,
}

pub(super) struct Processes<'a> {
    host: &'a Host,
    /// Programs log their script blocks themselves.
    has_log: bool,
    runner: Rc<Identity>,
    entries: BTreeMap<Pid, Entry>,
    /// All programs in the order of their start, with their exit status.
    all: Vec<(Rc<Identity>, Option<i32>)>,
    next_key: u64,
}

impl<'a> Processes<'a> {
    pub(super) fn new(host: &'a Host, has_log: bool) -> Self {
        let runner = Rc::new(Identity {
            guid: sysmon::process_guid(
                host.machine_id,
                host.runner.started,
                host.first_process_key,
            ),
            process_id: host.runner.process_id,
            image: host.runner.image.clone(),
            command_line: host.runner.command_line.clone(),
            started: host.runner.started,
            platform: false,
            provenance: Provenance::Translated,
        });
        Self {
            host,
            has_log,
            runner,
            entries: BTreeMap::new(),
            all: Vec::new(),
            next_key: host.first_process_key + 1,
        }
    }

    pub(super) fn knows(&self, pid: Pid) -> bool {
        self.entries.contains_key(&pid)
    }

    /// The program that runs under a process id now.
    pub(super) fn of(&self, pid: Pid) -> Rc<Identity> {
        let entry = self.entries.get(&pid);
        Rc::clone(entry.map_or(&self.runner, |entry| &entry.identity))
    }

    /// The program of a process that lives and is not the platform's.
    pub(super) fn living_beacon(&self) -> Option<String> {
        self.entries
            .values()
            .filter(|entry| entry.executed)
            .map(|entry| &entry.identity)
            .find(|identity| !identity.platform && !Rc::ptr_eq(identity, &self.runner))
            .map(|identity| identity.image.clone())
    }

    pub(super) fn forked(&mut self, creator: Pid, child: Pid) {
        if let Some(entry) = self.entries.get(&creator) {
            let entry = Entry {
                executed: false,
                ..entry.clone()
            };
            self.entries.insert(child, entry);
        }
    }

    /// A command line as Windows has it: who names the program by its path names
    /// it by Windows' path there.
    fn command_line(&self, argv: &[String]) -> String {
        let mut argv: Vec<Cow<'_, str>> = argv.iter().map(Cow::from).collect();
        if let Some(program) = argv.first_mut()
            && let Some(path) = self.host.drive.windows(Path::new(&**program))
        {
            *program = Cow::Owned(path);
        }
        crate::command_line::join(&argv)
    }

    /// A program begins: its event 1 and, for a PowerShell that does not log them
    /// itself, its script blocks.
    pub(super) fn executed(&mut self, started: &Started<'_>) -> Vec<Result<Event, UnknownField>> {
        if started.image.eq_ignore_ascii_case(wine::LAUNCHER) {
            // The lab's own hand inside Windows.
            let runner = Rc::clone(&self.runner);
            let entry = Entry {
                identity: Rc::clone(&runner),
                parent: runner,
                executed: true,
            };
            self.entries.insert(started.pid, entry);
            return Vec::new();
        }
        // Who forked it; for a second program of one process, who forked the
        // first.
        let parent = match self.entries.get(&started.pid) {
            Some(entry) if entry.executed => Rc::clone(&entry.parent),
            Some(entry) => Rc::clone(&entry.identity),
            None => Rc::clone(&self.runner),
        };
        let identity = Rc::new(Identity {
            guid: sysmon::process_guid(self.host.machine_id, started.at, self.next_key),
            // The kernel's process ids are positive.
            process_id: started.pid.unsigned_abs(),
            image: render::path(self.host, started.image),
            command_line: started
                .command_line
                .map_or_else(|| self.command_line(started.argv), str::to_owned),
            started: started.at,
            platform: started.platform,
            provenance: if started.command_line.is_some() {
                Provenance::Observed
            } else {
                Provenance::Translated
            },
        });
        self.next_key += 1;
        let mut events = vec![render::process_create(
            self.host, &identity, &parent, started,
        )];
        let blocks = if !self.has_log && is_powershell(&identity.image) {
            powershell::script_blocks(started.argv)
        } else {
            Vec::new()
        };
        for (number, text) in blocks.iter().enumerate() {
            events.push(render::script_block(self.host, &identity, number, text));
        }
        self.all.push((Rc::clone(&identity), None));
        self.entries.insert(
            started.pid,
            Entry {
                identity,
                parent,
                executed: true,
            },
        );
        events
    }

    pub(super) fn exited(
        &mut self,
        at: Timestamp,
        pid: Pid,
        status: i32,
    ) -> Option<Result<Event, UnknownField>> {
        let entry = self.entries.remove(&pid)?;
        if !entry.executed || Rc::ptr_eq(&entry.identity, &self.runner) {
            return None;
        }
        if let Some((_, exit)) = self
            .all
            .iter_mut()
            .rev()
            .find(|(identity, _)| Rc::ptr_eq(identity, &entry.identity))
        {
            *exit = Some(status);
        }
        Some(render::process_terminate(self.host, &entry.identity, at))
    }

    /// The programs of some images that ran, by their GUIDs.
    pub(super) fn running(&self, images: &[String]) -> BTreeMap<String, String> {
        self.all
            .iter()
            .filter(|(identity, _)| is_one_of(&identity.image, images))
            .map(|(identity, _)| (identity.guid.clone(), identity.image.clone()))
            .collect()
    }

    /// The program of one of some images that ran under a process id last before
    /// a moment. It may have ended since, or become another program: the log is read
    /// as it comes, and what that one writes in its name is not told apart.
    pub(super) fn writer(
        &self,
        pid: Pid,
        at: Timestamp,
        images: &[String],
    ) -> Option<Rc<Identity>> {
        let of_process = |identity: &Identity| identity.process_id == pid.unsigned_abs();
        self.all
            .iter()
            .rev()
            .map(|(identity, _)| identity)
            .find(|identity| {
                of_process(identity) && identity.started <= at && is_one_of(&identity.image, images)
            })
            .map(Rc::clone)
    }

    /// The beacons' processes, and the platform's.
    pub(super) fn finish(&mut self) -> (Vec<Process>, Vec<Process>) {
        let process = |(identity, status): (Rc<Identity>, Option<i32>)| Process {
            guid: identity.guid.clone(),
            process_id: identity.process_id.cast_signed(),
            image: identity.image.clone(),
            status,
        };
        let (platform, beacons): (Vec<_>, Vec<_>) = std::mem::take(&mut self.all)
            .into_iter()
            .partition(|(identity, _)| identity.platform);
        (
            beacons.into_iter().map(process).collect(),
            platform.into_iter().map(process).collect(),
        )
    }
}

fn is_one_of(image: &str, images: &[String]) -> bool {
    images.iter().any(|one| one.eq_ignore_ascii_case(image))
}

fn is_powershell(image: &str) -> bool {
    let name = image.rsplit('\\').next().unwrap_or(image);
    name.eq_ignore_ascii_case("powershell.exe") || name.eq_ignore_ascii_case("pwsh.exe")
}
