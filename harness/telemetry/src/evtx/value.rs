//! The values of a record as Windows renders them.
//!
//! Source: [MS-EVEN6] 2.2.18 (types) and 3.1.4.7.4 (how they are written),
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-even6>; for the
//! case of GUIDs and the digits of times, the Sysmon and PowerShell events that
//! Splunk's forwarder sent from Windows Server: upper case, nine digits.

use std::io::Write as _;

use super::{
    EvtxError,
    text::{self, Within},
};

/// The type of a value, as the format numbers it.
pub(super) mod kind {
    pub(crate) const NULL: u8 = 0x00;
    pub(crate) const STRING: u8 = 0x01;
    pub(crate) const ANSI_STRING: u8 = 0x02;
    pub(crate) const INT8: u8 = 0x03;
    pub(crate) const UINT8: u8 = 0x04;
    pub(crate) const INT16: u8 = 0x05;
    pub(crate) const UINT16: u8 = 0x06;
    pub(crate) const INT32: u8 = 0x07;
    pub(crate) const UINT32: u8 = 0x08;
    pub(crate) const INT64: u8 = 0x09;
    pub(crate) const UINT64: u8 = 0x0A;
    pub(crate) const REAL32: u8 = 0x0B;
    pub(crate) const REAL64: u8 = 0x0C;
    pub(crate) const BOOL: u8 = 0x0D;
    pub(crate) const BINARY: u8 = 0x0E;
    pub(crate) const GUID: u8 = 0x0F;
    pub(crate) const SIZE: u8 = 0x10;
    pub(crate) const FILE_TIME: u8 = 0x11;
    pub(crate) const SYSTEM_TIME: u8 = 0x12;
    pub(crate) const SID: u8 = 0x13;
    pub(crate) const HEX_INT32: u8 = 0x14;
    pub(crate) const HEX_INT64: u8 = 0x15;
    pub(crate) const BINARY_XML: u8 = 0x21;
    /// Set in the type of an array of values.
    pub(crate) const ARRAY: u8 = 0x80;
}

/// A value of a record: its type, and its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'c> {
    pub(super) kind: u8,
    pub(super) bytes: &'c [u8],
}

impl<'c> Value<'c> {
    /// The value of an element or attribute that is left out without it.
    pub(super) fn is_null(self) -> bool {
        self.kind == kind::NULL
    }

    /// Whether it renders to nothing.
    pub(super) fn is_empty(self) -> bool {
        match self.kind {
            kind::NULL => true,
            kind::STRING => self.bytes.len() < 2 || self.bytes.starts_with(&[0, 0]),
            kind::ANSI_STRING => self.bytes.first().is_none_or(|&byte| byte == 0),
            _ => self.bytes.is_empty(),
        }
    }

    /// A whole number without sign.
    pub(super) fn number(self) -> Option<u32> {
        match (self.kind, self.bytes) {
            (kind::UINT8, &[a]) => Some(a.into()),
            (kind::UINT16, &[a, b]) => Some(u16::from_le_bytes([a, b]).into()),
            (kind::UINT32, &[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        }
    }

    /// How many bytes a value of this type has, where that is fixed.
    pub(super) fn fixed_size(kind: u8) -> Option<usize> {
        Some(match kind {
            kind::INT8 | kind::UINT8 => 1,
            kind::INT16 | kind::UINT16 => 2,
            kind::INT32 | kind::UINT32 | kind::REAL32 | kind::BOOL | kind::HEX_INT32 => 4,
            kind::INT64 | kind::UINT64 | kind::REAL64 | kind::FILE_TIME | kind::HEX_INT64 => 8,
            kind::GUID | kind::SYSTEM_TIME => 16,
            _ => return None,
        })
    }

    /// The items of an array; none where it is no array.
    pub(super) fn items(self) -> Items<'c> {
        if self.kind & kind::ARRAY == 0 {
            return Items {
                kind: kind::NULL,
                rest: &[],
            };
        }
        Items {
            kind: self.kind & !kind::ARRAY,
            rest: self.bytes,
        }
    }

    /// Writes it.
    pub(super) fn push(self, out: &mut Vec<u8>, within: Within) -> Result<(), EvtxError> {
        let wrong = EvtxError::Value(self.kind);
        match self.kind {
            kind::NULL => {}
            kind::STRING => text::push(out, text::before_nul(self.bytes), within),
            kind::ANSI_STRING => text::push_ansi(out, self.bytes, within),
            kind::BINARY => out.extend(self.bytes.iter().flat_map(|&byte| hex(byte))),
            kind::SID => push_sid(out, self.bytes).ok_or(wrong)?,
            kind::SIZE if self.bytes.len() == 4 => {
                push_fixed(out, kind::HEX_INT32, self.bytes).ok_or(wrong)?;
            }
            kind::SIZE => push_fixed(out, kind::HEX_INT64, self.bytes).ok_or(wrong)?,
            array if array & kind::ARRAY != 0 => {
                let mut items = self.items();
                let mut first = true;
                while let Some(item) = items.next().transpose()? {
                    if !first {
                        out.push(b',');
                    }
                    first = false;
                    item.push(out, within)?;
                }
            }
            _ => push_fixed(out, self.kind, self.bytes).ok_or(wrong)?,
        }
        Ok(())
    }
}

/// Writes a value of a type whose size is fixed.
fn push_fixed(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Option<()> {
    /// The bytes, if they are so many.
    fn le<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.try_into().ok()
    }
    match kind {
        kind::INT8 => push_signed(out, i8::from_le_bytes(le(bytes)?).into()),
        kind::UINT8 => push_unsigned(out, u8::from_le_bytes(le(bytes)?).into()),
        kind::INT16 => push_signed(out, i16::from_le_bytes(le(bytes)?).into()),
        kind::UINT16 => push_unsigned(out, u16::from_le_bytes(le(bytes)?).into()),
        kind::INT32 => push_signed(out, i32::from_le_bytes(le(bytes)?).into()),
        kind::UINT32 => push_unsigned(out, u32::from_le_bytes(le(bytes)?).into()),
        kind::INT64 => push_signed(out, i64::from_le_bytes(le(bytes)?)),
        kind::UINT64 => push_unsigned(out, u64::from_le_bytes(le(bytes)?)),
        kind::REAL32 => push_real(out, f32::from_le_bytes(le(bytes)?)),
        kind::REAL64 => push_real(out, f64::from_le_bytes(le(bytes)?)),
        // Windows keeps other numbers than 0 and 1 here as well.
        kind::BOOL => match i32::from_le_bytes(le(bytes)?) {
            0 => out.extend_from_slice(b"false"),
            1 => out.extend_from_slice(b"true"),
            other => push_signed(out, other.into()),
        },
        kind::GUID => push_guid(out, le(bytes)?),
        kind::FILE_TIME => push_file_time(out, u64::from_le_bytes(le(bytes)?)),
        kind::SYSTEM_TIME => push_system_time(out, le(bytes)?),
        kind::HEX_INT32 => push_hex(out, u32::from_le_bytes(le(bytes)?).into()),
        kind::HEX_INT64 => push_hex(out, u64::from_le_bytes(le(bytes)?)),
        _ => return None,
    }
    Some(())
}

/// The items of an array.
#[derive(Debug, Clone)]
pub(super) struct Items<'c> {
    kind: u8,
    rest: &'c [u8],
}

impl<'c> Iterator for Items<'c> {
    type Item = Result<Value<'c>, EvtxError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (length, skipped) = match self.kind {
            kind::STRING => {
                let length = text::before_nul(self.rest).len();
                (length, length + 2)
            }
            kind::ANSI_STRING => {
                let end = self.rest.iter().position(|&byte| byte == 0);
                let length = end.unwrap_or(self.rest.len());
                (length, length + 1)
            }
            kind::SID => {
                let count = self.rest.get(1).copied().unwrap_or(0);
                let length = 8 + 4 * usize::from(count);
                (length, length)
            }
            other => match Value::fixed_size(other) {
                Some(size) => (size, size),
                None => (usize::MAX, 0),
            },
        };
        let bytes = self.rest.get(..length);
        let Some(bytes) = bytes else {
            self.rest = &[];
            return Some(Err(EvtxError::Value(self.kind | kind::ARRAY)));
        };
        self.rest = self.rest.get(skipped..).unwrap_or(&[]);
        Some(Ok(Value {
            kind: self.kind,
            bytes,
        }))
    }
}

fn push_unsigned(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

fn push_signed(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    push_unsigned(out, number.unsigned_abs());
}

fn push_real(out: &mut Vec<u8>, number: impl std::fmt::Debug) {
    // Writing to a `Vec` cannot fail.
    let _ = write!(out, "{number:?}");
}

/// The two digits of a byte, in upper case.
fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

fn push_hex(out: &mut Vec<u8>, number: u64) {
    // Writing to a `Vec` cannot fail.
    let _ = write!(out, "{number:#x}");
}

/// `{5770385F-C22A-43E0-BF4C-06F5698FFBD9}`: the first three groups are
/// little-endian numbers.
fn push_guid(out: &mut Vec<u8>, bytes: [u8; 16]) {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = [b'-'; 38];
    text[0] = b'{';
    text[37] = b'}';
    let mut at = 1;
    for (turn, &index) in ORDER.iter().enumerate() {
        if matches!(turn, 4 | 6 | 8 | 10) {
            at += 1;
        }
        let [high, low] = hex(bytes[index]);
        text[at] = high;
        text[at + 1] = low;
        at += 2;
    }
    out.extend_from_slice(&text);
}

/// `S-1-5-18`: revision, authority (big-endian) and sub-authorities.
fn push_sid(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let authorities = rest.as_chunks::<4>().0.get(..usize::from(head[1]))?;
    out.extend_from_slice(b"S-");
    push_unsigned(out, head[0].into());
    out.push(b'-');
    // The authority is six bytes, big-endian.
    push_unsigned(out, u64::from_be_bytes(*head) & 0xFFFF_FFFF_FFFF);
    for &authority in authorities {
        out.push(b'-');
        push_unsigned(out, u32::from_le_bytes(authority).into());
    }
    Some(())
}

/// A point in time by the calendar.
#[derive(Debug, Clone, Copy, Default)]
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    nanosecond: u64,
}

fn push_civil(out: &mut Vec<u8>, civil: Civil) {
    let mut text = *b"0000-00-00T00:00:00.000000000Z";
    let mut put = |end: usize, digits: usize, mut number: u64| {
        for at in (end - digits..end).rev() {
            text[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(4, 4, civil.year);
    put(7, 2, civil.month);
    put(10, 2, civil.day);
    put(13, 2, civil.hour);
    put(16, 2, civil.minute);
    put(19, 2, civil.second);
    put(29, 9, civil.nanosecond);
    out.extend_from_slice(&text);
}

/// Steps of 100 ns since 1601.
fn push_file_time(out: &mut Vec<u8>, time: u64) {
    const SECOND: u64 = 10_000_000;
    const DAY: u64 = 86_400 * SECOND;
    if i64::try_from(time).is_err() {
        return push_civil(out, Civil::default());
    }
    // Days to a date, as in <https://howardhinnant.github.io/date_algorithms.html>:
    // counted from the first of March of the year 0, in eras of 400 years.
    let days = time / DAY + 584_694;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let second = time % DAY / SECOND;
    push_civil(
        out,
        Civil {
            year: era * 400 + year + u64::from(month >= 10),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: day - (153 * month + 2) / 5 + 1,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond: time % SECOND * 100,
        },
    );
}

/// Year, month, day of the week, day, hour, minute, second, millisecond.
fn push_system_time(out: &mut Vec<u8>, bytes: [u8; 16]) {
    let (fields, _) = bytes.as_chunks::<2>();
    let field = |index: usize| u64::from(u16::from_le_bytes(fields[index]));
    let civil = Civil {
        year: field(0),
        month: field(1),
        day: field(3),
        hour: field(4),
        minute: field(5),
        second: field(6),
        nanosecond: field(7) * 1_000_000,
    };
    let is_time = (1601..=30_827).contains(&civil.year)
        && (1..=12).contains(&civil.month)
        && (1..=31).contains(&civil.day)
        && civil.hour < 24
        && civil.minute < 60
        && civil.second < 60
        && field(7) < 1000;
    // One that was never set.
    let unset = Civil {
        year: 1601,
        month: 1,
        day: 1,
        ..Civil::default()
    };
    push_civil(out, if is_time { civil } else { unset });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rendered(kind: u8, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Value { kind, bytes }
            .push(&mut out, Within::Element)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers() {
        assert_eq!(rendered(kind::INT8, &[0x80]), "-128");
        assert_eq!(rendered(kind::UINT64, &[0xFF; 8]), "18446744073709551615");
        assert_eq!(
            rendered(kind::INT64, &i64::MIN.to_le_bytes()),
            "-9223372036854775808"
        );
        assert_eq!(rendered(kind::UINT16, &[0, 0]), "0");
        assert_eq!(
            rendered(kind::HEX_INT64, &(1_u64 << 63).to_le_bytes()),
            "0x8000000000000000"
        );
        assert_eq!(rendered(kind::HEX_INT32, &[0; 4]), "0x0");
        assert_eq!(rendered(kind::BOOL, &[1, 0, 0, 0]), "true");
        assert_eq!(rendered(kind::BOOL, &[2, 0, 0, 0]), "2");
    }

    #[test]
    fn a_guid_has_its_first_groups_turned_round() {
        let bytes = [
            0x5F, 0x38, 0x70, 0x57, 0x2A, 0xC2, 0xE0, 0x43, 0xBF, 0x4C, 0x06, 0xF5, 0x69, 0x8F,
            0xFB, 0xD9,
        ];
        // The provider of Sysmon.
        assert_eq!(
            rendered(kind::GUID, &bytes),
            "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
        );
    }

    #[test]
    fn a_sid_is_local_system() {
        assert_eq!(
            rendered(kind::SID, &[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
            "S-1-5-18"
        );
    }

    #[test]
    fn times() {
        // The start of Unix time: 11,644,473,600 s after 1601.
        assert_eq!(
            rendered(kind::FILE_TIME, &116_444_736_000_000_001_u64.to_le_bytes()),
            "1970-01-01T00:00:00.000000100Z"
        );
        // 29 February 2000: 11,016 days later.
        let leap = (11_644_473_600 + 11_016 * 86_400 + 86_399) * 10_000_000_u64;
        assert_eq!(
            rendered(kind::FILE_TIME, &leap.to_le_bytes()),
            "2000-02-29T23:59:59.000000000Z"
        );
        assert_eq!(
            rendered(kind::FILE_TIME, &[0; 8]),
            "1601-01-01T00:00:00.000000000Z"
        );
        assert_eq!(
            rendered(
                kind::SYSTEM_TIME,
                &[0xEA, 7, 11, 0, 2, 0, 24, 0, 10, 0, 1, 0, 2, 0, 3, 0]
            ),
            "2026-11-24T10:01:02.003000000Z"
        );
        assert_eq!(
            rendered(kind::SYSTEM_TIME, &[0; 16]),
            "1601-01-01T00:00:00.000000000Z"
        );
    }

    #[test]
    fn a_string_ends_at_its_terminator() {
        assert_eq!(rendered(kind::STRING, b"a\0\0\0b\0"), "a");
        assert_eq!(rendered(kind::BINARY, &[0, 0xAB]), "00AB");
    }

    #[test]
    fn the_items_of_an_array() {
        let strings = Value {
            kind: kind::STRING | kind::ARRAY,
            bytes: b"a\0\0\0\0\0b\0\0\0",
        };
        let items: Vec<_> = strings.items().map(|item| item.unwrap().bytes).collect();
        assert_eq!(items, [&b"a\0"[..], b"", b"b\0"]);
        assert_eq!(rendered(kind::UINT16 | kind::ARRAY, &[1, 0, 2, 0]), "1,2");
        let cut = Value {
            kind: kind::UINT16 | kind::ARRAY,
            bytes: &[1, 0, 2],
        };
        let last = cut.items().last().unwrap();
        assert_eq!(last.unwrap_err(), EvtxError::Value(0x86));
    }

    #[test]
    fn a_value_of_the_wrong_size_is_an_error() {
        let mut out = Vec::new();
        let value = Value {
            kind: kind::UINT32,
            bytes: &[0; 3],
        };
        assert_eq!(
            value.push(&mut out, Within::Element),
            Err(EvtxError::Value(0x08))
        );
    }
}
