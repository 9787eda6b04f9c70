//! How much one input may unpack to: an archive of some kilobytes can hold
//! petabytes, and one can hold itself.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use crate::container::ContainerError;

/// How far containers are unpacked. What lies in folders is counted by file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacking {
    /// How many bytes a file may unpack to in any case, all its members
    /// together.
    pub bytes: u64,
    /// How many bytes more it may unpack to for each of its own that was read.
    pub ratio: u64,
    /// How many members it may have, those of archives in it included.
    pub members: u64,
    /// How many containers may lie in one another: `events.tar.gz` is two.
    pub depth: usize,
    /// How many bytes of a zip that is no file of its own are kept on disk.
    pub spool: u64,
}

impl Unpacking {
    /// Event logs of which little is used shrink to a thousandth, hence much
    /// that is free; in bulk, recordings shrink to a fiftieth at best.
    pub const DEFAULT: Self = Self {
        bytes: 1 << 30,
        ratio: 200,
        members: 100_000,
        depth: 4,
        spool: 1 << 30,
    };
}

impl Default for Unpacking {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What was unpacked so far of one input.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Unpacking,
    packed: AtomicU64,
    unpacked: AtomicU64,
    members: AtomicU64,
    spent: AtomicBool,
}

impl Budget {
    pub(crate) fn new(limits: Unpacking) -> Arc<Self> {
        Arc::new(Self {
            limits,
            packed: AtomicU64::new(0),
            unpacked: AtomicU64::new(0),
            members: AtomicU64::new(0),
            spent: AtomicBool::new(false),
        })
    }

    pub(crate) fn limits(&self) -> &Unpacking {
        &self.limits
    }

    /// Whether no more of the input is to be read.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.load(Relaxed)
    }

    /// Counts one more member.
    pub(crate) fn member(&self) -> Result<(), ContainerError> {
        let limit = self.limits.members;
        if self.members.fetch_add(1, Relaxed) < limit {
            return Ok(());
        }
        self.spent.store(true, Relaxed);
        Err(ContainerError::Members { limit })
    }

    fn unpack(&self, length: usize) -> Result<(), ContainerError> {
        let length = length as u64;
        let unpacked = self.unpacked.fetch_add(length, Relaxed) + length;
        let packed = self.packed.load(Relaxed);
        let allowed = packed
            .saturating_mul(self.limits.ratio)
            .saturating_add(self.limits.bytes);
        if unpacked <= allowed {
            return Ok(());
        }
        self.spent.store(true, Relaxed);
        Err(ContainerError::Expands {
            unpacked: allowed,
            packed,
        })
    }
}

/// What is counted: the bytes of the file itself, or those that come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Packed,
    Unpacked,
}

/// Counts what is read.
pub(crate) struct Meter<R> {
    inner: R,
    counted: Counted,
    budget: Arc<Budget>,
}

impl<R> Meter<R> {
    pub(crate) fn new(inner: R, counted: Counted, budget: &Arc<Budget>) -> Self {
        Self {
            inner,
            counted,
            budget: Arc::clone(budget),
        }
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out)?;
        match self.counted {
            Counted::Packed => {
                self.budget.packed.fetch_add(length as u64, Relaxed);
            }
            Counted::Unpacked => self.budget.unpack(length)?,
        }
        Ok(length)
    }
}
