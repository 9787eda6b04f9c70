//! UTF-16 of a record as XML text.

pub(super) use crate::escape::Within;
use crate::escape::{push_ascii, push_char};

/// Writes UTF-16 as escaped UTF-8.
///
/// Windows escapes `&`, `<` and `>`, in an attribute the quotes as well, and
/// writes `_` for what XML cannot hold: control characters but for tab and line
/// ends, half a surrogate pair, U+FFFE and U+FFFF.
pub(super) fn push(out: &mut Vec<u8>, utf16: &[u8], within: Within) {
    let (units, _) = utf16.as_chunks::<2>();
    out.reserve(units.len());
    let rest = push_blocks::<16>(out, units, within);
    let rest = push_blocks::<8>(out, rest, within);
    push_each(out, rest, within);
}

/// Writes blocks of so many units, and gives what is left: less than a block.
fn push_blocks<'t, const BLOCK: usize>(
    out: &mut Vec<u8>,
    mut rest: &'t [[u8; 2]],
    within: Within,
) -> &'t [[u8; 2]] {
    while let Some(block) = rest.first_chunk::<BLOCK>() {
        let taken = if push_plain(out, block, within) {
            BLOCK
        } else {
            // Half a pair at its end belongs to the next block.
            let whole = BLOCK - usize::from(is_high_surrogate(block[BLOCK - 1]));
            push_each(out, &block[..whole], within);
            whole
        };
        rest = &rest[taken..];
    }
    rest
}

fn is_high_surrogate(unit: [u8; 2]) -> bool {
    (0xD8..0xDC).contains(&unit[1])
}

/// Writes a block of ASCII of which nothing has to be escaped; says whether it
/// was one.
#[inline]
fn push_plain<const BLOCK: usize>(
    out: &mut Vec<u8>,
    block: &[[u8; 2]; BLOCK],
    within: Within,
) -> bool {
    let mut ascii = [0; BLOCK];
    let mut special = false;
    for (byte, &[low, high]) in ascii.iter_mut().zip(block) {
        *byte = low;
        // Line ends and tabs stay as they are.
        special |= high != 0 || !(b'\t'..0x80).contains(&low);
        special |= matches!(low, 0x0B | 0x0C | 0x0E..b' ');
    }
    if within != Within::Markup {
        for &byte in &ascii {
            special |= matches!(byte, b'&' | b'<' | b'>');
        }
    }
    if within == Within::Attribute {
        for &byte in &ascii {
            special |= matches!(byte, b'\'' | b'"');
        }
    }
    if !special {
        out.extend_from_slice(&ascii);
    }
    !special
}

fn push_each(out: &mut Vec<u8>, units: &[[u8; 2]], within: Within) {
    let mut rest = units;
    while let &[[low, high], ref after @ ..] = rest {
        if high == 0 && low < 0x80 {
            push_ascii(out, low, within);
            rest = after;
            continue;
        }
        let mut chars = char::decode_utf16(rest.iter().map(|&unit| u16::from_le_bytes(unit)));
        let c = chars.next().and_then(Result::ok);
        push_char(out, c.unwrap_or('_'), within);
        rest = &rest[c.map_or(1, char::len_utf16)..];
    }
}

/// The part of a string before its terminator.
pub(super) fn before_nul(utf16: &[u8]) -> &[u8] {
    let (units, _) = utf16.as_chunks::<2>();
    match units.iter().position(|unit| *unit == [0, 0]) {
        Some(end) => &utf16[..2 * end],
        None => &utf16[..2 * units.len()],
    }
}

/// Writes a string of the ANSI code page, which is taken for Windows-1252.
pub(super) fn push_ansi(out: &mut Vec<u8>, bytes: &[u8], within: Within) {
    for &byte in bytes.iter().take_while(|&&byte| byte != 0) {
        let c = match byte {
            0x80..0xA0 => WINDOWS_1252[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        push_char(out, c, within);
    }
}

/// What Windows-1252 has where Latin-1 has control characters.
/// Source: <https://encoding.spec.whatwg.org/index-windows-1252.txt>.
const WINDOWS_1252: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn pushed(text: &[u16], within: Within) -> String {
        let bytes: Vec<u8> = text.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut out = Vec::new();
        push(&mut out, &bytes, within);
        String::from_utf8(out).unwrap()
    }

    fn of(text: &str, within: Within) -> String {
        pushed(&text.encode_utf16().collect::<Vec<_>>(), within)
    }

    #[test]
    fn escapes_what_its_place_asks_for() {
        let text = "plain, and long enough: <a & \"b\"> 'c'";
        assert_eq!(
            of(text, Within::Element),
            "plain, and long enough: &lt;a &amp; \"b\"&gt; 'c'"
        );
        assert_eq!(
            of(text, Within::Attribute),
            "plain, and long enough: &lt;a &amp; &quot;b&quot;&gt; &apos;c&apos;"
        );
        assert_eq!(of(text, Within::Markup), text);
    }

    #[test]
    fn what_xml_cannot_hold_is_an_underscore() {
        assert_eq!(
            of("a\u{1}\u{1F}\t\r\n\u{FFFE}\u{FFFF}z", Within::Element),
            "a__\t\r\n__z"
        );
        assert_eq!(pushed(&[0xD83D, 0x61], Within::Element), "_a");
    }

    #[test]
    fn a_pair_that_two_blocks_share_is_one_character() {
        let text = format!("{}\u{1F600}", "x".repeat(15));
        assert_eq!(of(&text, Within::Element), text);
    }

    #[test]
    fn ansi_strings_are_windows_1252() {
        let mut out = Vec::new();
        push_ansi(&mut out, b"\x80\xE4<\x92\0x", Within::Element);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{20AC}\u{E4}&lt;\u{2019}"
        );
    }

    proptest! {
        #[test]
        fn blocks_change_nothing(text in "[a-z<\u{E4}\u{1F600}\u{1}]{0,80}") {
            let expected: String = text.chars().map(|c| match c {
                '<' => "&lt;".to_owned(),
                '\u{1}' => "_".to_owned(),
                c => c.to_string(),
            }).collect();
            prop_assert_eq!(of(&text, Within::Element), expected);
        }
    }
}
