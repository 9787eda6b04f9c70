//! The records of a chunk, in the order in which they stand.

use memchr::memmem;

use super::{CHUNK_MAGIC, EvtxError, cursor::Cursor};

/// The size of a chunk's header, and of a record's before its binary XML.
const HEADER: usize = 512;
const RECORD_HEADER: usize = 24;

/// How a record begins, and its least size: header, and the size once more.
const RECORD_MAGIC: &[u8] = b"**\0\0";
const LEAST_RECORD: usize = RECORD_HEADER + 4;

/// A record whose binary XML is still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Where it begins in its chunk.
    pub(super) at: usize,
    /// Its number in the log.
    pub(super) id: u64,
    /// Where its binary XML begins and ends.
    pub(super) xml: (usize, usize),
    end: usize,
}

/// Goes through a chunk from record to record.
///
/// Past a record whose header is damaged it goes on at the next one whose two
/// sizes agree and whose number is one that the chunk says to hold.
///
/// The log of a running system is *dirty*: the header of the chunk that is being
/// written to does not know the last records, or none. When Windows opens such a
/// log it looks through it and mends the headers; so records that follow on the
/// last known one, each with the next number, are given as well. What an earlier
/// round through the log left there has smaller numbers. Source:
/// <https://computer.forensikblog.de/en/2007/07/evtx-file-header.html>.
#[derive(Debug)]
pub(super) struct Records<'c> {
    chunk: &'c [u8],
    /// Where the next record begins; none past the last.
    next: Option<usize>,
    /// Where the records end.
    end: usize,
    first_id: u64,
    last_id: u64,
    /// The number of the record that was given last.
    given: Option<u64>,
    /// What the header knows of is behind.
    is_past_header: bool,
    /// How many records the chunk says to hold, and how many were given or
    /// reported.
    said: u64,
    found: u64,
}

impl<'c> Records<'c> {
    pub(super) fn of(chunk: &'c [u8]) -> Result<Self, EvtxError> {
        if !chunk.starts_with(CHUNK_MAGIC) {
            return Err(EvtxError::NoChunk);
        }
        if chunk.len() < HEADER {
            return Err(EvtxError::CutOff);
        }
        let mut header = Cursor::new(chunk, 8);
        let first_number = header.u64()?;
        let last_number = header.u64()?;
        let first_id = header.u64()?;
        let last_id = header.u64()?;
        header.at = 48;
        let end = header.size()?;
        Ok(Self {
            chunk,
            next: Some(HEADER),
            end,
            first_id,
            last_id,
            given: None,
            is_past_header: false,
            said: count(first_number, last_number).max(count(first_id, last_id)),
            found: 0,
        })
    }

    fn record(&self, at: usize) -> Result<Record, EvtxError> {
        let is_cut_off = self.end > self.chunk.len();
        if is_cut_off && at + LEAST_RECORD > self.chunk.len() {
            return Err(EvtxError::CutOff);
        }
        let mut header = Cursor::new(self.chunk, at);
        if header.bytes(4)? != RECORD_MAGIC {
            return Err(EvtxError::NoRecord);
        }
        let size = header.size()?;
        let id = header.u64()?;
        if size < LEAST_RECORD {
            return Err(EvtxError::NoRecord);
        }
        let end = at.checked_add(size).ok_or(EvtxError::NoRecord)?;
        if end > self.chunk.len() {
            return Err(if is_cut_off {
                EvtxError::CutOff
            } else {
                EvtxError::NoRecord
            });
        }
        Ok(Record {
            at,
            id,
            xml: (at + RECORD_HEADER, end - 4),
            end,
        })
    }

    /// The next place at which a record surely begins.
    fn next_after(&self, from: usize) -> Option<usize> {
        let end = self.end.min(self.chunk.len());
        let area = self.chunk.get(from..end)?;
        memmem::find_iter(area, RECORD_MAGIC)
            .map(|at| from + at)
            .find(|&at| {
                self.record(at).is_ok_and(|record| {
                    record.end <= end
                        && self.has_both_sizes(&record)
                        && (self.first_id..=self.last_id).contains(&record.id)
                })
            })
    }

    /// Whether a record's size stands at its end as well.
    fn has_both_sizes(&self, record: &Record) -> bool {
        self.chunk[record.end - 4..record.end] == self.chunk[record.at + 4..record.at + 8]
    }

    /// A record of which the header does not know yet: it follows on the last
    /// one, or is the first of all.
    fn unknown_to_header(&self, at: usize) -> Option<Record> {
        let record = self.record(at).ok()?;
        let follows = match self.given {
            Some(given) => given.checked_add(1) == Some(record.id),
            None => self.said == 0,
        };
        (follows && self.has_both_sizes(&record)).then_some(record)
    }
}

/// The number that stands in the place of one where there is no record: an empty
/// log has a chunk that says so. Source:
/// <https://computer.forensikblog.de/en/2007/07/evtx-chunk-header.html>.
const NO_NUMBER: u64 = u64::MAX;

/// How many records there are from one number to another.
fn count(first: u64, last: u64) -> u64 {
    if last == NO_NUMBER {
        return 0;
    }
    last.saturating_sub(first).saturating_add(1)
}

impl Records<'_> {
    /// The next record that stands where one should, or why none does.
    fn advance(&mut self) -> Option<Result<Record, (usize, EvtxError)>> {
        let at = self.next.take()?;
        self.is_past_header |= at >= self.end;
        if self.is_past_header {
            let record = self.unknown_to_header(at)?;
            let first = self.first_id.min(record.id);
            self.said = self.said.max(count(first, record.id));
            self.next = Some(record.end);
            return Some(Ok(record));
        }
        if at >= self.chunk.len() {
            return Some(Err((at, EvtxError::CutOff)));
        }
        match self.record(at) {
            Ok(record) => {
                self.is_past_header = record.id == self.last_id;
                self.next = Some(record.end);
                Some(Ok(record))
            }
            Err(error) => {
                self.next = self.next_after(at + 1);
                // Zeros are where the free space begins, whatever the header
                // of the chunk says; records do not begin with them.
                let rest = &self.chunk[at..];
                let blank = rest.iter().take(RECORD_HEADER).all(|&byte| byte == 0);
                if self.next.is_none() && blank && error != EvtxError::CutOff {
                    return None;
                }
                Some(Err((at, error)))
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, (usize, EvtxError)>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        match next {
            Some(Ok(record)) => {
                self.found += 1;
                self.given = Some(record.id);
            }
            // How many were lost by it is not known: all that are missing.
            Some(Err(_)) => self.found = self.said,
            None if self.found < self.said => {
                let (said, found) = (self.said, self.found);
                self.found = said;
                return Some(Err((0, EvtxError::Missing { said, found })));
            }
            None => {}
        }
        next
    }
}
