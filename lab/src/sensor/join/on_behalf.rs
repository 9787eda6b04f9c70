//! Which process the platform did something for, and which Windows program it
//! runs.
//!
//! Wine's server opens files and makes connections for all Windows programs, and
//! hands them the descriptors afterwards: who gets one had asked for it. And a
//! Windows program says what it is only when it runs. So the facts are looked
//! through before they are joined.

use std::collections::{BTreeMap, BTreeSet};

use super::processes::Started;
use crate::sensor::fact::{Fact, Handle, Pid, What, WindowsProgram};
use crate::wine;

/// What later facts say of earlier ones; facts are named by their index.
pub(super) struct OnBehalf<'a> {
    /// Who was handed what, in order.
    received: BTreeMap<&'a Handle, Vec<(usize, Pid)>>,
    /// The Windows programs, by the fact that started them.
    programs: BTreeMap<usize, &'a WindowsProgram>,
    /// Starts after which the same process started the same once more: Wine's
    /// loader begins anew with room for Windows.
    repeated: BTreeSet<usize>,
}

impl<'a> OnBehalf<'a> {
    pub(super) fn new(facts: &'a [Fact]) -> Self {
        let mut known = Self {
            received: BTreeMap::new(),
            programs: BTreeMap::new(),
            repeated: BTreeSet::new(),
        };
        let mut starts: BTreeMap<Pid, usize> = BTreeMap::new();
        for (index, fact) in facts.iter().enumerate() {
            match &fact.what {
                What::Exec { image, argv, .. } => {
                    let is_wine = wine::Process::of(image, argv).is_some();
                    let before = starts.insert(fact.pid, index);
                    if let Some(before) = before
                        && is_wine
                        && !known.programs.contains_key(&before)
                    {
                        known.repeated.insert(before);
                    }
                }
                What::Exit { .. } => {
                    starts.remove(&fact.pid);
                }
                What::Windows(program) => {
                    if let Some(start) = starts.get(&fact.pid) {
                        known.programs.insert(*start, program);
                    }
                }
                What::Received(handle) => {
                    let received = known.received.entry(handle).or_default();
                    received.push((index, fact.pid));
                }
                _ => {}
            }
        }
        known
    }

    /// Whether a start of Wine's loader is only the first half of one.
    pub(super) fn goes_on_as_windows(&self, start: usize) -> bool {
        self.repeated.contains(&start)
    }

    /// Completes what is known of a process of Wine's by what it said itself.
    pub(super) fn complete(
        &self,
        start: usize,
        process: wine::Process<'a>,
        started: &mut Started<'a>,
    ) {
        if let Some(program) = self.programs.get(&start) {
            started.image = &program.image;
            started.command_line = Some(&program.command_line);
            started.directory = &program.directory;
            started.digests = program.digests.as_ref();
            started.platform = wine::is_platform(&program.image);
            return;
        }
        started.platform = process.is_platform();
        if let wine::Process::Program { name } = process {
            // It ended before it said anything: Linux's view is all there is.
            let at = started.argv.iter().position(|argument| argument == name);
            started.image = name;
            started.argv = &started.argv[at.unwrap_or_default()..];
        }
    }

    /// The process that was handed something: the first one after the fact or,
    /// if there is none, the last one before it.
    pub(super) fn of(&self, fact: usize, handle: &Handle) -> Option<Pid> {
        let received = self.received.get(handle)?;
        let after = received.partition_point(|(index, _)| *index < fact);
        let (_, pid) = received.get(after).or_else(|| received.last())?;
        Some(*pid)
    }
}
