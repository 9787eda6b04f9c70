//! Reads inputs one after the other, and gives them as batches.

mod opening;

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    sync::Arc,
};

use crate::{
    Batch, EvtxError, Input,
    archive::{Archive, Found, Member, Nesting},
    batch::Kind,
    budget::{Budget, Unpacking},
    container, evtx,
    format::Format,
    input::{Next, Pending},
    journal::Entries,
    json::scan::Scanner,
    pipe::{self, Opened, Pipe, Stop},
    pool::Pool,
    problem::{Place, Problem, ProblemKind, Source},
    xml,
};
use opening::Opening;

/// How much is held at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// About how many bytes a batch has.
    pub batch: usize,
    /// How many bytes an event may have. A longer one is lost, and said to be.
    pub record: usize,
    /// How far containers are unpacked.
    pub unpacking: Unpacking,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 1 << 20,
            record: 16 << 20,
            unpacking: Unpacking::DEFAULT,
        }
    }
}

/// Reads inputs one after the other, and gives them as batches, with what could
/// not be read in between.
#[derive(Debug)]
pub struct Reader {
    pending: Pending,
    /// The archives that are gone through, the innermost last.
    archives: Vec<Archive>,
    open: Option<Open>,
    /// What is to be reported before the next batch.
    problems: VecDeque<Problem>,
    limits: Limits,
    pool: Pool,
    stop: Option<Stop>,
}

impl Reader {
    /// A reader of these inputs, in this order. Nothing is opened yet.
    pub fn new(inputs: impl IntoIterator<Item = Input>, limits: Limits) -> Self {
        Self {
            pending: Pending::of(inputs),
            archives: Vec::new(),
            open: None,
            problems: VecDeque::new(),
            limits: Limits {
                batch: limits.batch.max(1),
                record: limits.record.max(1),
                unpacking: limits.unpacking,
            },
            pool: Pool::default(),
            stop: None,
        }
    }

    /// Takes pipes for ended once this says so. Files are read on.
    #[must_use]
    pub fn stopped_by(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Opens the next input.
    fn open(&mut self, next: Next) {
        let is_named = !matches!(
            next,
            Next::File {
                is_named: false,
                ..
            }
        );
        let (source, opened) = match next {
            Next::Stdin => (
                Source::Stdin,
                Pipe::stdin(self.stop.clone()).map(Opened::Pipe),
            ),
            Next::Problem(path, kind) => return self.report(Source::File(path), kind),
            Next::File { path, .. } => {
                let opened = pipe::open(&path, self.stop.clone());
                (Source::File(path), opened)
            }
        };
        match opened {
            Ok(Opened::Pipe(pipe)) => self.start(source, Box::new(pipe), None, is_named),
            Ok(Opened::File(file)) => {
                let file = Arc::new(file);
                self.start(source, Box::new(Arc::clone(&file)), Some(file), is_named);
            }
            Err(error) => self.report(source, ProblemKind::Unreadable(error)),
        }
    }

    /// Begins with an input.
    fn start(
        &mut self,
        source: Source,
        input: Box<dyn Read + Send>,
        file: Option<Arc<File>>,
        is_named: bool,
    ) {
        let nesting = Nesting {
            source: Arc::new(source),
            depth: 0,
            is_named,
            budget: Budget::new(self.limits.unpacking),
        };
        self.read(Member {
            input,
            nesting,
            file,
        });
    }

    /// Tells what has been opened.
    fn read(&mut self, member: Member) {
        match opening::open(member, &self.pool, self.limits) {
            Ok(Opening::Events(open)) => {
                for archive in &mut self.archives {
                    archive.has_events = true;
                }
                self.open = Some(*open);
            }
            Ok(Opening::Archive(archive)) => self.archives.push(*archive),
            Ok(Opening::Nothing) => {}
            Err(problem) => self.problems.push_back(problem),
        }
    }

    /// Goes on in the innermost archive.
    fn next_member(&mut self) {
        let Some(archive) = self.archives.last_mut() else {
            return;
        };
        let is_spent = archive.nesting.budget.is_spent();
        let found = if is_spent {
            None
        } else {
            archive.members.next()
        };
        match found {
            Some(Found::Member(member)) => self.read(member),
            Some(Found::Problem {
                source,
                offset,
                kind,
            }) => self.problems.push_back(problem_at(&source, offset, kind)),
            None => {
                if let Some(archive) = self.archives.pop()
                    && !archive.has_events
                    && !is_spent
                {
                    let source = &archive.nesting.source;
                    let problem = problem_at(source, 0, ProblemKind::NotEvents);
                    self.problems.push_back(problem);
                }
            }
        }
    }

    fn report(&mut self, source: Source, kind: ProblemKind) {
        self.problems
            .push_back(problem_at(&Arc::new(source), 0, kind));
    }

    /// A reader of something that is no file: its places are those of standard
    /// input.
    pub fn of(input: Box<dyn Read + Send>, limits: Limits) -> Self {
        let mut reader = Self::new([], limits);
        reader.start(Source::Stdin, input, None, true);
        reader
    }
}

impl Iterator for Reader {
    type Item = Result<Batch, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(problem) = self.problems.pop_front() {
                return Some(Err(problem));
            }
            if let Some(open) = &mut self.open {
                let batch = open.next(&mut self.problems);
                if batch.is_none() {
                    self.open = None;
                }
                if let Some(batch) = batch {
                    return Some(Ok(batch));
                }
                continue;
            }
            if self.archives.is_empty() {
                let next = self.pending.next()?;
                self.open(next);
            } else {
                self.next_member();
            }
        }
    }
}

fn problem_at(source: &Arc<Source>, offset: u64, kind: ProblemKind) -> Problem {
    let place = Place {
        source: Arc::clone(source),
        offset,
        record: None,
    };
    Problem { place, kind }
}

/// An input that is being read.
struct Open {
    source: Arc<Source>,
    input: Box<dyn Read + Send>,
    format: Format,
    utf16: bool,
    /// What has been read and not been given, and where that stands.
    rest: Vec<u8>,
    offset: u64,
    /// The rest begins inside of something that was already reported.
    lost: bool,
    /// Where the input at the earliest ends, by what it says itself.
    least_end: u64,
    /// How far JSON has been gone through.
    scanner: Scanner,
    ended: bool,
    /// Why it ended before its end, if that is still to be said.
    failed: Option<io::Error>,
    limits: Limits,
    pool: Pool,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open")
            .field("source", &self.source)
            .field("format", &self.format)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// How much is read at first: enough to tell the format of nearly any input,
/// and little enough to do so while a pipe has not given more.
const FIRST_LOOK: usize = 64 << 10;

/// How much more than the limit is held before an event is given up: longer
/// than any tag, so that none is cut by that.
const BEYOND_LIMIT: usize = 64;

impl Open {
    /// The next batch.
    fn next(&mut self, problems: &mut VecDeque<Problem>) -> Option<Batch> {
        if self.ended && self.rest.is_empty() {
            self.pool.put(std::mem::take(&mut self.rest));
            if self.offset < self.least_end {
                let kind = ProblemKind::Evtx(EvtxError::FileCutOff);
                problems.push_back(problem_at(&self.source, self.offset, kind));
            }
            return None;
        }
        let mut until = self.limits.batch;
        loop {
            self.read_until(until, problems);
            match self.format {
                Format::Xml => {
                    if let Some(batch) = self.cut_xml() {
                        return Some(batch);
                    }
                }
                Format::Evtx => {
                    if let Some(batch) = self.cut_evtx() {
                        return Some(batch);
                    }
                }
                Format::Json => {
                    if let Some(batch) = self.cut_json() {
                        return Some(batch);
                    }
                }
                Format::JournalExport => {
                    if let Some(batch) = self.cut_journal() {
                        return Some(batch);
                    }
                }
            }
            // No event ends in what is held: go on with twice as much until one
            // does, or until the one that it holds is too long.
            let held = self.rest.len();
            until = held + held.clamp(FIRST_LOOK, self.limits.record.max(FIRST_LOOK));
        }
    }

    /// Reads on, and reports where that fails.
    fn read_until(&mut self, until: usize, problems: &mut VecDeque<Problem>) {
        if !self.ended {
            match fill(&mut self.input, &mut self.rest, until) {
                Ok(ended) => self.ended = ended,
                Err(error) => {
                    self.ended = true;
                    self.failed = Some(error);
                }
            }
        }
        if let Some(error) = self.failed.take() {
            let offset = self.offset + self.length_in_file(&self.rest);
            let kind = container::problem_of(error);
            problems.push_back(problem_at(&self.source, offset, kind));
        }
    }

    /// Gives what is held up to the end of its last event; all of it where
    /// nothing follows.
    fn cut_xml(&mut self) -> Option<Batch> {
        let kind = Kind::Xml {
            lost: self.lost,
            utf16: self.utf16,
        };
        if self.ended {
            return Some(self.batch(kind, self.rest.len()));
        }
        if let Some(end) = xml::last_end(&self.rest) {
            self.lost = false;
            return Some(self.batch(kind, end));
        }
        // Nothing that is held before the last beginning will become an event.
        // Decoding it finds out what it is instead.
        let from = xml::first_start(&self.rest).unwrap_or(0);
        let next = xml::last_start(&self.rest).filter(|&start| start > from);
        let too_long = from + self.limits.record + 1;
        if next.is_none() && self.rest.len() < too_long + BEYOND_LIMIT {
            return None;
        }
        // Lines of other programs are no loss, however many there are.
        let lines = match next {
            None if xml::first_start(&self.rest).is_none() => {
                xml::last_line_start(&self.rest[..too_long])
            }
            _ => None,
        };
        self.lost = next.or(lines).is_none();
        Some(self.batch(kind, next.or(lines).unwrap_or(too_long)))
    }

    /// Gives the whole chunks that are held; all of it where nothing follows.
    fn cut_evtx(&mut self) -> Option<Batch> {
        let is_whole = self.rest.len() >= evtx::FILE_HEADER || self.ended;
        let header = if self.offset == 0 && self.rest.starts_with(evtx::FILE_MAGIC) && is_whole {
            self.least_end = evtx::least_length(&self.rest);
            evtx::FILE_HEADER.min(self.rest.len())
        } else {
            0
        };
        let chunks = (self.rest.len() - header) / evtx::CHUNK * evtx::CHUNK;
        if chunks == 0 && !self.ended {
            return None;
        }
        let length = if self.ended {
            self.rest.len()
        } else {
            header + chunks
        };
        Some(self.batch(Kind::Evtx { header }, length))
    }

    /// Gives the objects that are held whole, and what is around them.
    fn cut_json(&mut self) -> Option<Batch> {
        self.scanner.scan(&self.rest, self.ended);
        let length = if self.ended {
            self.rest.len()
        } else {
            self.scanner.done()
        };
        if length == 0 && !self.ended {
            return None;
        }
        let kind = Kind::Json {
            objects: std::mem::take(&mut self.scanner.objects),
            problems: std::mem::take(&mut self.scanner.problems),
            utf16: self.utf16,
        };
        self.scanner.taken(length);
        Some(self.batch(kind, length))
    }

    /// Gives the entries that are held whole.
    fn cut_journal(&mut self) -> Option<Batch> {
        let lost = self.lost;
        let entries = Entries::of(&self.rest, lost, self.ended, self.limits.record);
        if entries.done == 0 && !self.ended {
            return None;
        }
        self.lost = entries.lost;
        let kind = Kind::Journal {
            messages: entries.messages,
            problems: entries.problems,
            lost,
            utf16: self.utf16,
        };
        Some(self.batch(kind, entries.done))
    }

    /// Takes the batch of so many bytes off what is held.
    fn batch(&mut self, kind: Kind, length: usize) -> Batch {
        let mut rest = Vec::new();
        if !self.ended || length < self.rest.len() {
            let after = &self.rest[length..];
            rest = self.pool.take(after.len() + self.limits.batch);
            rest.extend_from_slice(after);
        }
        let mut buffer = std::mem::replace(&mut self.rest, rest);
        buffer.truncate(length);
        let offset = self.offset;
        self.offset += self.length_in_file(&buffer);
        Batch {
            source: Arc::clone(&self.source),
            buffer,
            offset,
            kind,
            limit: self.limits.record,
            pool: self.pool.clone(),
        }
    }

    fn length_in_file(&self, text: &[u8]) -> u64 {
        if self.utf16 {
            crate::utf16::length_of(text)
        } else {
            text.len() as u64
        }
    }
}

/// Reads until the buffer has so many bytes, and says whether the input ended
/// before.
fn fill(input: &mut dyn Read, buffer: &mut Vec<u8>, until: usize) -> io::Result<bool> {
    let Some(wanted) = until.checked_sub(buffer.len()).filter(|&wanted| wanted > 0) else {
        return Ok(false);
    };
    let read = input.take(wanted as u64).read_to_end(buffer)?;
    Ok(read < wanted)
}

#[cfg(test)]
mod tests;
