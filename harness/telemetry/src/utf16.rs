//! UTF-16 as `wevtutil` and PowerShell write it, read as UTF-8.

use std::io::{self, Read};

/// The order of the two bytes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    LittleEndian,
    BigEndian,
}

/// Whether the bytes are UTF-16: by a byte order mark, or because the first
/// character is one that every text of events begins with.
pub(crate) fn told_by(bytes: &[u8]) -> Option<Order> {
    match bytes {
        [0xFF, 0xFE, ..] | [b'<' | b'{' | b'[', 0, ..] => Some(Order::LittleEndian),
        [0xFE, 0xFF, ..] | [0, b'<' | b'{' | b'[', ..] => Some(Order::BigEndian),
        _ => None,
    }
}

/// How many bytes of UTF-16 a UTF-8 text was.
///
/// A character that UTF-8 writes in four bytes takes two units, any other one;
/// what was no character takes one as well, as its replacement does.
pub(crate) fn length_of(text: &[u8]) -> u64 {
    text.iter()
        .map(|&byte| match byte {
            0x80..=0xBF => 0,
            0xF0.. => 4,
            _ => 2,
        })
        .sum()
}

/// Gives UTF-16 as UTF-8. Half a pair, which Windows allows in a string,
/// becomes U+FFFD; so does half a unit at the end.
pub(crate) struct Converted<R> {
    inner: R,
    order: Order,
    /// What has been read, and how much of it is converted.
    units: Vec<u8>,
    taken: usize,
    /// The converted text, and how much of it is given.
    text: String,
    given: usize,
    ended: bool,
}

/// How much is read at a time.
const PIECE: usize = 64 << 10;

impl<R: Read> Converted<R> {
    pub(crate) fn new(inner: R, order: Order) -> Self {
        Self {
            inner,
            order,
            units: Vec::new(),
            taken: 0,
            text: String::new(),
            given: 0,
            ended: false,
        }
    }

    /// Converts the next piece.
    fn convert(&mut self) -> io::Result<()> {
        self.units.drain(..self.taken);
        self.taken = 0;
        let wanted = (PIECE - self.units.len()) as u64;
        let read = (&mut self.inner)
            .take(wanted)
            .read_to_end(&mut self.units)?;
        self.ended = (read as u64) < wanted;
        self.text.clear();
        self.given = 0;

        let (pairs, odd) = self.units.as_chunks::<2>();
        let mut units: Vec<u16> = pairs
            .iter()
            .map(|&pair| match self.order {
                Order::LittleEndian => u16::from_le_bytes(pair),
                Order::BigEndian => u16::from_be_bytes(pair),
            })
            .collect();
        self.taken = self.units.len() - odd.len();
        if self.ended {
            self.taken = self.units.len();
        } else if units
            .last()
            .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
        {
            // The other half comes with the next piece.
            units.pop();
            self.taken -= 2;
        }
        self.text.extend(
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)),
        );
        if self.ended && !odd.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        Ok(())
    }
}

impl<R: Read> Read for Converted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.convert()?;
        }
        let rest = &self.text.as_bytes()[self.given..];
        let length = rest.len().min(out.len());
        out[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn converted(bytes: &[u8], order: Order) -> String {
        let mut text = String::new();
        Converted::new(bytes, order)
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn converts_both_orders() {
        assert_eq!(converted(b"a\0\xE4\0", Order::LittleEndian), "aä");
        assert_eq!(converted(b"\0a\0\xE4", Order::BigEndian), "aä");
    }

    #[test]
    fn a_pair_that_two_pieces_share_is_one_character() {
        let text = format!("{}\u{1F600}", "x".repeat(PIECE / 2 - 1));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(converted(&bytes, Order::LittleEndian), text);
        assert_eq!(length_of(text.as_bytes()), bytes.len() as u64);
    }

    #[test]
    fn half_a_pair_and_half_a_unit_are_replaced() {
        assert_eq!(
            converted(b"\x3D\xD8a\0b", Order::LittleEndian),
            "\u{FFFD}a\u{FFFD}"
        );
    }
}
