//! zstd: frames one after the other, whose contents are one stream, and frames
//! that are to be skipped between them (RFC 8878, section 3.1).

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::{
    BlockDecodingStrategy::UptoBlocks,
    FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

use crate::container::{Container::Zstd, ContainerError};

/// How much is read at a time.
const PIECE: usize = 64 << 10;

/// The largest window: what `zstd -d` takes without being told to take more.
const WINDOW: u64 = 128 << 20;

/// A block without contents that ends a frame, and room for a checksum.
const LAST_BLOCK: &[u8] = &[1, 0, 0, 0, 0, 0, 0];

/// Gives what was packed.
pub(crate) struct Unpacked<R> {
    inner: Watched<BufReader<R>>,
    frame: Box<FrameDecoder>,
    /// Whether a frame is being read.
    within: bool,
    /// What is to be said once all that was unpacked before is given.
    failed: Option<io::Error>,
    ended: bool,
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn new(inner: R) -> Self {
        let mut frame = Box::new(FrameDecoder::new());
        frame.set_max_window_size(WINDOW);
        Self {
            inner: Watched {
                inner: BufReader::with_capacity(PIECE, inner),
                failed: None,
                ended: false,
            },
            frame,
            within: false,
            failed: None,
            ended: false,
        }
    }

    /// Begins the next frame, if there is one.
    fn begin(&mut self) -> Result<(), FrameDecoderError> {
        match self.frame.reset(&mut self.inner) {
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let length = u64::from(length);
                let skipped = io::copy(&mut (&mut self.inner).take(length), &mut io::sink());
                if skipped.is_ok_and(|skipped| skipped == length) {
                    Ok(())
                } else {
                    Err(FrameDecoderError::FailedToSkipFrame)
                }
            }
            began => {
                self.within = began.is_ok();
                began
            }
        }
    }

    /// Names what is wrong; an error of reading is given as it is.
    fn described(&mut self, error: &FrameDecoderError) -> io::Error {
        if let Some(failed) = self.inner.failed.take() {
            return failed;
        }
        match error {
            FrameDecoderError::WindowSizeTooBig { requested, .. } => ContainerError::Unsupported(
                format!("zstd with a window of {requested} bytes, more than {WINDOW}"),
            )
            .into(),
            FrameDecoderError::DictNotProvided { .. } => {
                ContainerError::Unsupported("zstd with a dictionary".to_owned()).into()
            }
            _ if self.inner.ended => ContainerError::CutOff(Zstd).into(),
            error => ContainerError::damaged(Zstd, error).into(),
        }
    }

    fn step(&mut self) -> io::Result<()> {
        if !self.within {
            if self.inner.inner.fill_buf()?.is_empty() {
                self.ended = true;
                return Ok(());
            }
            return self.begin().map_err(|error| self.described(&error));
        }
        if !self.frame.is_finished() {
            let decoded = self.frame.decode_blocks(&mut self.inner, UptoBlocks(1));
            if let Err(error) = decoded {
                self.failed = Some(self.described(&error));
                // Up to a window of what was unpacked is held back as long as
                // the frame goes on.
                _ = self.frame.decode_blocks(LAST_BLOCK, UptoBlocks(1));
                if !self.frame.is_finished() {
                    return self.failed.take().map_or(Ok(()), Err);
                }
            }
            return Ok(());
        }
        self.within = false;
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        match self.frame.get_checksum_from_data() {
            Some(said) if self.frame.get_calculated_checksum() != Some(said) => {
                let reason = "the checksum is that of other contents";
                Err(ContainerError::damaged(Zstd, reason).into())
            }
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !out.is_empty() {
            if self.within && self.frame.can_collect() > 0 {
                return self.frame.read(out);
            }
            if let Err(error) = self.step() {
                self.ended = true;
                return Err(error);
            }
        }
        Ok(0)
    }
}

/// Remembers how reading failed, which the decoder wraps into its own errors.
struct Watched<R> {
    inner: R,
    failed: Option<io::Error>,
    ended: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(out) {
            Ok(0) if !out.is_empty() => {
                self.ended = true;
                Ok(0)
            }
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
            read => read,
        }
    }
}
