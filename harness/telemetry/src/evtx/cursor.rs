//! Reads numbers out of a chunk, and says where there are none.

use super::EvtxError;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'c> {
    pub(super) chunk: &'c [u8],
    /// Offset into the chunk.
    pub(super) at: usize,
}

impl<'c> Cursor<'c> {
    pub(super) fn new(chunk: &'c [u8], at: usize) -> Self {
        Self { chunk, at }
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'c [u8], EvtxError> {
        let rest = self.chunk.get(self.at..).ok_or(EvtxError::OutOfBounds)?;
        let bytes = rest.get(..length).ok_or(EvtxError::OutOfBounds)?;
        self.at += length;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EvtxError> {
        let rest = self.chunk.get(self.at..).ok_or(EvtxError::OutOfBounds)?;
        let array = rest.first_chunk().ok_or(EvtxError::OutOfBounds)?;
        self.at += N;
        Ok(*array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, EvtxError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, EvtxError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, EvtxError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, EvtxError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number that is an offset or a length.
    pub(super) fn size(&mut self) -> Result<usize, EvtxError> {
        usize::try_from(self.u32()?).map_err(|_| EvtxError::OutOfBounds)
    }

    /// A string after its length in units, without terminator.
    pub(super) fn text(&mut self) -> Result<&'c [u8], EvtxError> {
        let units = self.u16()?;
        self.bytes(2 * usize::from(units))
    }

    /// The name that is referred to here. A chunk holds each name once, at the
    /// place of its first use.
    pub(super) fn name(&mut self) -> Result<&'c [u8], EvtxError> {
        let offset = self.size()?;
        let mut name = Cursor::new(self.chunk, offset);
        // The offset of the next name of the same hash, and the hash.
        name.bytes(6)?;
        let text = name.text()?;
        if offset == self.at {
            // With its terminator.
            self.at = name.at + 2;
        }
        Ok(text)
    }
}
