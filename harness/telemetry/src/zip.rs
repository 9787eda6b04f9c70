//! zip: members in any order, and a directory at the end that says where they
//! are (PKWARE's APPNOTE.TXT, section 4.3).
//!
//! The directory counts, not what stands before each member. It is at the end:
//! a zip that is no file of its own is first kept in one that has no name.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    os::unix::fs::FileExt,
    sync::Arc,
    vec,
};

use flate2::bufread::DeflateDecoder;
use rawzip::{
    CompressionMethod, Crc32, ErrorKind, MAX_CENTRAL_DIRECTORY_RECORD_SIZE, RangeReader, ReaderAt,
    ZipArchive, ZipArchiveEntryWayfinder, ZipLocator,
};

use crate::{
    archive::{Found, Member, Nesting},
    budget::{Counted, Meter},
    container::{self, Container::Zip, ContainerError},
    problem::ProblemKind,
    zstd,
};

/// How many bytes the names of all members may have.
const NAMES: usize = 16 << 20;

/// How much is read at a time.
const PIECE: usize = 64 << 10;

/// A file that is read here and there.
#[derive(Debug, Clone)]
struct Shared(Arc<File>);

impl ReaderAt for Shared {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

/// A zip, and which of its members come next.
pub(crate) struct Members {
    archive: ZipArchive<Shared>,
    nesting: Nesting,
    entries: vec::IntoIter<Entry>,
    /// What is wrong with the directory past these.
    damage: Option<ContainerError>,
}

struct Entry {
    name: Vec<u8>,
    method: CompressionMethod,
    encrypted: bool,
    crc: u32,
    at: ZipArchiveEntryWayfinder,
}

/// Keeps what is read in a file without a name.
pub(crate) fn spool(input: &mut dyn Read, limit: u64) -> io::Result<Arc<File>> {
    let mut file = tempfile::tempfile()?;
    let length = io::copy(&mut input.take(limit.saturating_add(1)), &mut file)?;
    if length > limit {
        return Err(ContainerError::Spool { limit }.into());
    }
    Ok(Arc::new(file))
}

impl Members {
    /// Reads the directory.
    pub(crate) fn new(file: Arc<File>, nesting: Nesting) -> Result<Self, ProblemKind> {
        let length = file.metadata().map_err(ProblemKind::Unreadable)?.len();
        let mut buffer = vec![0; MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let archive = ZipLocator::new()
            .locate_in_reader(Shared(file), &mut buffer, length)
            .map_err(|(_, error)| problem_of(error))?;
        let mut entries = Vec::new();
        let mut names = 0;
        let mut walk = archive.entries(&mut buffer);
        let mut found = 0_u64;
        let damage = loop {
            let entry = match walk.next_entry() {
                Ok(Some(entry)) => entry,
                // Without zip64's record, only so many bits are kept.
                Ok(None) if (found ^ archive.entries_hint()) & 0xFFFF != 0 => {
                    let said = archive.entries_hint();
                    let reason = format!("it says to have {said} members, and {found} were found");
                    break Some(ContainerError::damaged(Zip, reason));
                }
                Ok(None) => break None,
                Err(error) => break Some(described(error)?),
            };
            found += 1;
            if entry.is_dir() {
                continue;
            }
            // One more than may be read, at which that is said.
            if entries.len() as u64 > nesting.budget.limits().members {
                break None;
            }
            let name = entry.file_path().as_bytes().to_vec();
            names += name.len();
            if names > NAMES {
                let reason = format!("the names of its members have more than {NAMES} bytes");
                break Some(ContainerError::damaged(Zip, reason));
            }
            entries.push(Entry {
                name,
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
                crc: entry.crc32(),
                at: entry.wayfinder(),
            });
        };
        Ok(Self {
            archive,
            nesting,
            entries: entries.into_iter(),
            damage,
        })
    }

    /// The next member, or what is wrong with it.
    pub(crate) fn next(&mut self) -> Option<Found> {
        let Some(entry) = self.entries.next() else {
            let error = self.damage.take()?;
            return Some(self.problem(error));
        };
        if let Err(error) = self.nesting.budget.member() {
            return Some(self.problem(error));
        }
        let nesting = self.nesting.member(&entry.name);
        Some(match self.open(&entry) {
            Ok(input) => Found::Member(Member {
                input,
                nesting,
                file: None,
            }),
            Err(kind) => Found::Problem {
                source: nesting.source,
                offset: 0,
                kind,
            },
        })
    }

    /// Something that is wrong with the directory.
    fn problem(&self, error: ContainerError) -> Found {
        Found::Problem {
            source: Arc::clone(&self.nesting.source),
            offset: self.archive.directory_offset(),
            kind: ProblemKind::Container(error),
        }
    }

    fn open(&self, entry: &Entry) -> Result<Box<dyn Read + Send>, ProblemKind> {
        if entry.encrypted {
            return Err(ProblemKind::Container(ContainerError::Encrypted));
        }
        let found = self.archive.get_entry(entry.at).map_err(problem_of)?;
        let (start, end) = found.compressed_data_range();
        let shared = self.archive.get_ref().clone();
        let budget = &self.nesting.budget;
        let packed = RangeReader::new(shared, start..end);
        let packed: Box<dyn Read + Send> = if self.nesting.depth == 1 {
            Box::new(Meter::new(packed, Counted::Packed, budget))
        } else {
            Box::new(packed)
        };
        let unpacked: Box<dyn Read + Send> = match entry.method {
            CompressionMethod::STORE => packed,
            CompressionMethod::DEFLATE => {
                Box::new(DeflateDecoder::new(BufReader::with_capacity(PIECE, packed)))
            }
            CompressionMethod::ZSTD => Box::new(zstd::Unpacked::new(packed)),
            method => {
                let how = match method.name() {
                    Some(name) => format!("{name} (method {} of zip)", method.as_u16()),
                    None => format!("method {} of zip", method.as_u16()),
                };
                return Err(ProblemKind::Container(ContainerError::Unsupported(how)));
            }
        };
        let metered = Meter::new(unpacked, Counted::Unpacked, budget);
        Ok(Box::new(Verified {
            inner: metered,
            size: 0,
            said_size: entry.at.uncompressed_size_hint(),
            crc: Crc32::new(),
            said_crc: entry.crc,
        }))
    }
}

/// Names what is wrong with the zip.
fn described(error: rawzip::Error) -> Result<ContainerError, ProblemKind> {
    match error.into_kind() {
        ErrorKind::IO(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(container::problem_of(error))
        }
        ErrorKind::IO(_) | ErrorKind::Eof => Ok(ContainerError::CutOff(Zip)),
        ErrorKind::MissingEndOfCentralDirectory => Ok(ContainerError::damaged(
            Zip,
            "its directory, which stands at the end, is missing",
        )),
        kind => Ok(ContainerError::damaged(Zip, kind)),
    }
}

fn problem_of(error: rawzip::Error) -> ProblemKind {
    match described(error) {
        Ok(error) => ProblemKind::Container(error),
        Err(kind) => kind,
    }
}

/// What is unpacked of a member, held to what the directory says of it.
struct Verified<R> {
    inner: R,
    size: u64,
    said_size: u64,
    crc: Crc32,
    said_crc: u32,
}

impl<R: Read> Read for Verified<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match self.inner.read(out) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(ContainerError::damaged(Zip, error).into());
            }
            read => read?,
        };
        self.size += read as u64;
        self.crc.update(&out[..read]);
        if read > 0 || out.is_empty() {
            return Ok(read);
        }
        if self.size != self.said_size {
            let (said, found) = (self.said_size, self.size);
            let reason = format!("the member says to have {said} bytes, and has {found}");
            return Err(ContainerError::damaged(Zip, reason).into());
        }
        if self.crc.checksum() != self.said_crc {
            let reason = "the checksum is that of other contents";
            return Err(ContainerError::damaged(Zip, reason).into());
        }
        Ok(0)
    }
}
