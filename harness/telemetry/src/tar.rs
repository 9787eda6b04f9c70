//! tar: headers of 512 bytes, each before the bytes of its member.
//!
//! Source: POSIX `pax`, "ustar Interchange Format" and "pax Interchange
//! Format", and GNU tar's manual, "Basic Tar Format", for the long names of
//! types `L` and `K` and the sparse files of type `S`.
//!
//! A header whose checksum is wrong is looked for further on: what lies in
//! between is lost, and said to be.

use std::{
    io::{self, Read},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use ::tar::{EntryType, Header};

use crate::{
    archive::{Found, Member, Nesting},
    container::{self, Container::Tar, ContainerError},
    problem::ProblemKind,
};

const BLOCK: usize = 512;

/// How long the name or the further headers of a member may be.
const LONGEST_EXTENSION: u64 = 1 << 20;

/// Whether a member's header stands here, by its checksum.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    bytes.first_chunk::<BLOCK>().is_some_and(is_header_block)
}

fn is_header_block(block: &[u8; BLOCK]) -> bool {
    let checksum: u32 = block
        .iter()
        .enumerate()
        // The checksum itself counts as spaces.
        .map(|(at, &byte)| match at {
            148..156 => u32::from(b' '),
            _ => u32::from(byte),
        })
        .sum();
    let header = Header::from_byte_slice(block);
    block[0] != 0 && header.cksum().is_ok_and(|said| said == checksum)
}

/// A tar, and how far it was read.
pub(crate) struct Members {
    shared: Arc<Mutex<Stream>>,
    nesting: Nesting,
    /// The headers that stand before the next member, and are about it.
    extensions: Extensions,
    /// The last block was of zeros: the end, if nothing follows.
    after_zeros: bool,
}

#[derive(Debug, Default)]
struct Extensions {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

/// What a member's reader and the walk through the tar share.
struct Stream {
    inner: Box<dyn Read + Send>,
    /// A header that was found further on, and is still to be gone over.
    found: Option<[u8; BLOCK]>,
    /// How many bytes of the member are still to be read, and how many zeros
    /// after them fill the last block.
    left: u64,
    padding: u64,
    /// Where in the tar it stands.
    at: u64,
    /// Nothing more can be read, and that has been said.
    failed: bool,
}

impl Stream {
    /// Reads into the buffer until it is full or the input ends.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.inner.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(length) => filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.at += filled as u64;
        Ok(filled)
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.inner).take(length), &mut io::sink())?;
        self.at += skipped;
        if skipped < length {
            return Err(ContainerError::CutOff(Tar).into());
        }
        Ok(())
    }

    /// Goes to the next header.
    fn skip_member(&mut self) -> io::Result<()> {
        let length = self.left + self.padding;
        (self.left, self.padding) = (0, 0);
        self.skip(length)
    }

    /// What follows are so many bytes, and zeros up to a whole block.
    fn enter(&mut self, size: u64) {
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// The bytes that follow, which are about the next member.
    fn extension(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > LONGEST_EXTENSION {
            let reason = format!("a name or header of {size} bytes");
            return Err(ContainerError::damaged(Tar, reason).into());
        }
        self.enter(size);
        let mut bytes = Vec::new();
        let read = (&mut self.inner).take(size).read_to_end(&mut bytes)? as u64;
        self.at += read;
        self.left -= read;
        Ok(bytes)
    }
}

impl Members {
    pub(crate) fn new(inner: Box<dyn Read + Send>, nesting: Nesting) -> Self {
        Self {
            shared: Arc::new(Mutex::new(Stream {
                inner,
                found: None,
                left: 0,
                padding: 0,
                at: 0,
                failed: false,
            })),
            nesting,
            extensions: Extensions::default(),
            after_zeros: false,
        }
    }

    /// The next member, or what is wrong before it.
    pub(crate) fn next(&mut self) -> Option<Found> {
        let shared = Arc::clone(&self.shared);
        let mut stream = shared.lock().unwrap_or_else(PoisonError::into_inner);
        while !stream.failed {
            match self.step(&mut stream) {
                Ok(Step::On) => {}
                Ok(Step::Found(found)) => return Some(found),
                Ok(Step::End) => return None,
                Err(error) => {
                    stream.failed = true;
                    return Some(self.problem(stream.at, container::problem_of(error)));
                }
            }
        }
        None
    }

    fn problem(&self, offset: u64, kind: ProblemKind) -> Found {
        Found::Problem {
            source: Arc::clone(&self.nesting.source),
            offset,
            kind,
        }
    }

    /// Goes over one header.
    fn step(&mut self, stream: &mut Stream) -> io::Result<Step> {
        stream.skip_member()?;
        let start = stream.at;
        let mut block = [0; BLOCK];
        if let Some(found) = stream.found.take() {
            block = found;
        } else {
            match stream.fill(&mut block)? {
                BLOCK => {}
                0 if self.after_zeros => return Ok(Step::End),
                _ => return Err(ContainerError::CutOff(Tar).into()),
            }
        }
        self.after_zeros = block == [0; BLOCK];
        if self.after_zeros {
            return Ok(Step::On);
        }
        if is_header_block(&block) {
            self.nesting.budget.member()?;
            return self.header(Header::from_byte_slice(&block), stream);
        }
        self.extensions = Extensions::default();
        while !is_header_block(&block) {
            if stream.fill(&mut block)? < BLOCK {
                stream.failed = true;
                break;
            }
        }
        if !stream.failed {
            stream.found = Some(block);
        }
        let kind = ContainerError::damaged(Tar, "no member begins where one should");
        let found = self.problem(start, ProblemKind::Container(kind));
        Ok(Step::Found(found))
    }

    fn header(&mut self, header: &Header, stream: &mut Stream) -> io::Result<Step> {
        let size = header
            .entry_size()
            .map_err(|error| ContainerError::damaged(Tar, error))?;
        match header.entry_type() {
            EntryType::GNULongName => {
                let mut name = stream.extension(size)?;
                name.truncate(memchr::memchr(0, &name).unwrap_or(name.len()));
                self.extensions.name = Some(name);
                return Ok(Step::On);
            }
            EntryType::XHeader => {
                let records = stream.extension(size)?;
                self.extensions.read(&records)?;
                return Ok(Step::On);
            }
            EntryType::GNULongLink | EntryType::XGlobalHeader => {
                stream.enter(size);
                return Ok(Step::On);
            }
            _ => {}
        }
        let extensions = std::mem::take(&mut self.extensions);
        let size = extensions.size.unwrap_or(size);
        let name = extensions
            .name
            .unwrap_or_else(|| header.path_bytes().into_owned());
        match header.entry_type() {
            // They have no bytes, whatever their size says.
            EntryType::Directory
            | EntryType::Link
            | EntryType::Symlink
            | EntryType::Char
            | EntryType::Block
            | EntryType::Fifo => return Ok(Step::On),
            EntryType::GNUSparse => {
                let mut block = [0; BLOCK];
                let mut more = header.as_gnu().is_some_and(::tar::GnuHeader::is_extended);
                while more {
                    if stream.fill(&mut block)? < BLOCK {
                        return Err(ContainerError::CutOff(Tar).into());
                    }
                    more = block[504] != 0;
                }
                stream.enter(size);
                return Ok(self.unsupported(&name, "tar as a sparse file"));
            }
            other => {
                stream.enter(size);
                match other.as_byte() {
                    // A volume's label, and the names in a folder.
                    b'V' | b'D' => return Ok(Step::On),
                    b'M' => return Ok(self.unsupported(&name, "tar in several volumes")),
                    // Before there was a type for folders.
                    _ if name.ends_with(b"/") => return Ok(Step::On),
                    _ => {}
                }
            }
        }
        if extensions.sparse {
            return Ok(self.unsupported(&name, "tar as a sparse file"));
        }
        let input = Box::new(Bytes(Arc::clone(&self.shared)));
        let nesting = self.nesting.member(&name);
        Ok(Step::Found(Found::Member(Member {
            input,
            nesting,
            file: None,
        })))
    }

    fn unsupported(&self, name: &[u8], how: &str) -> Step {
        Step::Found(Found::Problem {
            source: self.nesting.member(name).source,
            offset: 0,
            kind: ProblemKind::Container(ContainerError::Unsupported(how.to_owned())),
        })
    }
}

enum Step {
    /// There is nothing to give: go on.
    On,
    Found(Found),
    End,
}

impl Extensions {
    /// Takes what is of use from records of the pax format:
    /// `LENGTH KEY=VALUE` and a line end, all of which the length counts.
    fn read(&mut self, mut records: &[u8]) -> Result<(), ContainerError> {
        let damaged = || ContainerError::damaged(Tar, "a header of the pax format is none");
        while !records.is_empty() {
            let space = memchr::memchr(b' ', records).ok_or_else(damaged)?;
            let length: usize = number(&records[..space]).ok_or_else(damaged)?;
            let record = records.get(space + 1..length).ok_or_else(damaged)?;
            records = &records[length..];
            let record = record.strip_suffix(b"\n").ok_or_else(damaged)?;
            let equals = memchr::memchr(b'=', record).ok_or_else(damaged)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(value.to_owned()),
                b"size" => self.size = Some(number(value).ok_or_else(damaged)?),
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

fn number<N: FromStr>(digits: &[u8]) -> Option<N> {
    str::from_utf8(digits).ok()?.parse().ok()
}

/// The bytes of one member. Those that are not read are skipped.
struct Bytes(Arc<Mutex<Stream>>);

impl Read for Bytes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = usize::try_from(stream.left).unwrap_or(usize::MAX);
        let wanted = out.len().min(left);
        if wanted == 0 || stream.failed {
            return Ok(0);
        }
        match stream.inner.read(&mut out[..wanted]) {
            Ok(0) => {
                stream.failed = true;
                Err(ContainerError::CutOff(Tar).into())
            }
            Ok(length) => {
                stream.left -= length as u64;
                stream.at += length as u64;
                Ok(length)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                stream.failed = true;
                Err(error)
            }
        }
    }
}
