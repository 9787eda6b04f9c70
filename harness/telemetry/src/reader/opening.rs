//! Tells what an input is by its first bytes, through whatever it is packed in.

use std::{
    io::{self, Cursor, Read},
    sync::Arc,
};

use super::{FIRST_LOOK, Limits, Open, fill, problem_at};
use crate::{
    archive::{Archive, Member, Members, Nesting},
    budget::{Counted, Meter},
    container::{self, Container, ContainerError},
    format::{self, Format, Told},
    gzip,
    json::scan::Scanner,
    pool::Pool,
    problem::{Problem, ProblemKind},
    tar,
    utf16::Converted,
    xml, zip, zstd,
};

/// What an input turned out to be.
pub(super) enum Opening {
    Events(Box<Open>),
    Archive(Box<Archive>),
    /// An empty one.
    Nothing,
}

/// Tells the format, after unpacking what is packed. An empty input is none,
/// and nothing is lost by it.
pub(super) fn open(mut member: Member, pool: &Pool, limits: Limits) -> Result<Opening, Problem> {
    let source = Arc::clone(&member.nesting.source);
    let problem = |offset, kind| problem_at(&source, offset, kind);
    let mut rest = pool.take(limits.batch);
    let mut offset = 0;
    let mut utf16 = false;
    let mut looked_at = FIRST_LOOK;
    loop {
        let (ended, failed) = match fill(&mut member.input, &mut rest, looked_at) {
            Ok(ended) => (ended, None),
            Err(error) => (true, Some(error)),
        };
        if !utf16 && rest.starts_with(b"\xEF\xBB\xBF") {
            rest.drain(..3);
            offset = 3;
        }
        let told = match format::tell(&rest, member.nesting.is_named) {
            // A log may be long before the first event stands in it.
            Told::Nothing
                if !ended && looked_at >= format::LOOKED_AT && xml::is_syslog_line(&rest) =>
            {
                Told::Is(Format::Xml)
            }
            told => told,
        };
        match told {
            Told::Is(format) => {
                return Ok(Opening::Events(Box::new(Open {
                    source,
                    input: member.input,
                    format,
                    utf16,
                    rest,
                    offset,
                    lost: false,
                    least_end: 0,
                    scanner: Scanner::new(limits.record),
                    ended,
                    failed,
                    limits,
                    pool: pool.clone(),
                })));
            }
            Told::Utf16(order) if !utf16 => {
                let mark = matches!(rest[..], [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
                offset = if mark { 2 } else { 0 };
                let input = again(std::mem::take(&mut rest), offset, failed, member.input);
                member.input = Box::new(Converted::new(input, order));
                utf16 = true;
                continue;
            }
            Told::Container(container) if offset == 0 && !utf16 => {
                member.input = again(std::mem::take(&mut rest), 0, failed, member.input);
                match unpack(member, container).map_err(|kind| problem(0, kind))? {
                    Unpacked::Stream(unpacked) => member = unpacked,
                    Unpacked::Archive(archive) => return Ok(Opening::Archive(archive)),
                }
                looked_at = FIRST_LOOK;
                continue;
            }
            Told::Unsupported(how) if offset == 0 && !utf16 => {
                let kind = ContainerError::Unsupported(how.to_owned());
                return Err(problem(0, ProblemKind::Container(kind)));
            }
            Told::VerboseJournal => return Err(problem(0, ProblemKind::VerboseJournal)),
            Told::Utf16(_) | Told::Container(_) | Told::Unsupported(_) | Told::Nothing => {}
        }
        if let Some(error) = failed {
            let offset = offset + rest.len() as u64;
            return Err(problem(offset, container::problem_of(error)));
        }
        if ended || looked_at >= format::LOOKED_AT {
            let empty = ended && rest.trim_ascii().is_empty();
            pool.put(rest);
            return if empty {
                Ok(Opening::Nothing)
            } else {
                Err(problem(0, ProblemKind::NotEvents))
            };
        }
        looked_at *= 2;
    }
}

/// What a container holds.
enum Unpacked {
    /// One stream, which is told in turn.
    Stream(Member),
    Archive(Box<Archive>),
}

fn unpack(member: Member, container: Container) -> Result<Unpacked, ProblemKind> {
    let Member {
        mut input,
        nesting,
        file,
    } = member;
    let limits = *nesting.budget.limits();
    if nesting.depth >= limits.depth {
        let limit = limits.depth;
        return Err(ProblemKind::Container(ContainerError::Nested { limit }));
    }
    let is_outermost = nesting.depth == 0;
    let nesting = nesting.deeper();
    let budget = Arc::clone(&nesting.budget);
    let counted = |input: Box<dyn Read + Send>| -> Box<dyn Read + Send> {
        if is_outermost {
            Box::new(Meter::new(input, Counted::Packed, &budget))
        } else {
            input
        }
    };
    let unpacked: Box<dyn Read + Send> = match container {
        Container::Gzip => Box::new(gzip::Unzipped::new(counted(input))),
        Container::Zstd => Box::new(zstd::Unpacked::new(counted(input))),
        Container::Tar => {
            let members = tar::Members::new(counted(input), nesting.clone());
            return Ok(archive(Members::Tar(members), nesting));
        }
        Container::Zip => {
            let file = match file {
                Some(file) => Ok(file),
                None => zip::spool(&mut input, limits.spool),
            };
            let file = file.map_err(container::problem_of)?;
            let members = zip::Members::new(file, nesting.clone())?;
            return Ok(archive(Members::Zip(members), nesting));
        }
    };
    Ok(Unpacked::Stream(Member {
        input: Box::new(Meter::new(unpacked, Counted::Unpacked, &budget)),
        nesting,
        file: None,
    }))
}

fn archive(members: Members, nesting: Nesting) -> Unpacked {
    Unpacked::Archive(Box::new(Archive {
        members,
        nesting,
        has_events: false,
    }))
}

/// What was read already, from a position on, and then how reading failed or the
/// rest.
fn again(
    start: Vec<u8>,
    position: u64,
    failed: Option<io::Error>,
    rest: Box<dyn Read + Send>,
) -> Box<dyn Read + Send> {
    let mut start = Cursor::new(start);
    start.set_position(position);
    match failed {
        Some(error) => Box::new(start.chain(Failed(Some(error)))),
        None => Box::new(start.chain(rest)),
    }
}

/// Fails, and ends then.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _out: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
