//! gzip: members one after the other, whose contents are one stream (RFC 1952,
//! section 2.2). Zeros may follow, as on a tape.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

use crate::container::{Container::Gzip, ContainerError};

/// How much is read at a time.
const PIECE: usize = 64 << 10;

/// Gives what was packed.
pub(crate) struct Unzipped<R>(State<BufReader<R>>);

enum State<R> {
    Between(R),
    Member(Box<GzDecoder<R>>),
    Ended,
}

impl<R: Read> Unzipped<R> {
    pub(crate) fn new(inner: R) -> Self {
        let inner = BufReader::with_capacity(PIECE, inner);
        // The first member is known to be there: without it, the end would be
        // that of nothing.
        Self(State::Member(Box::new(GzDecoder::new(inner))))
    }
}

impl<R: Read> Read for Unzipped<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(mut inner) => {
                    let held = inner.fill_buf()?;
                    let zeros = held.iter().take_while(|&&byte| byte == 0).count();
                    self.0 = match held.first() {
                        None => return Ok(0),
                        Some(0) => {
                            inner.consume(zeros);
                            State::Between(inner)
                        }
                        Some(0x1F) => State::Member(Box::new(GzDecoder::new(inner))),
                        Some(_) => {
                            let reason = "what follows the last member is no member";
                            return Err(ContainerError::damaged(Gzip, reason).into());
                        }
                    };
                }
                State::Member(mut member) => {
                    let length = member.read(out).map_err(described)?;
                    if length > 0 {
                        self.0 = State::Member(member);
                        return Ok(length);
                    }
                    self.0 = State::Between(member.into_inner());
                }
            }
        }
    }
}

/// Names what is wrong with the gzip; an error of reading is given as it is.
fn described(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ContainerError::CutOff(Gzip).into(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            ContainerError::damaged(Gzip, error).into()
        }
        _ => error,
    }
}
