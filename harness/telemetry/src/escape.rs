//! Escapes text as Windows does when it renders an event.
//!
//! `&`, `<` and `>` are escaped, in an attribute the quotes as well. What XML
//! cannot hold becomes `_`: control characters but for tab and line ends,
//! U+FFFE and U+FFFF.

use memchr::memchr3_iter;

/// Where a text stands, which decides what must be escaped there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Element,
    Attribute,
    /// A name, or a literal part of the markup: nothing is escaped.
    Markup,
}

/// Writes one character of ASCII, escaped.
#[inline]
pub(crate) fn push_ascii(out: &mut Vec<u8>, byte: u8, within: Within) {
    let escaped: &[u8] = match byte {
        b'&' if within != Within::Markup => b"&amp;",
        b'<' if within != Within::Markup => b"&lt;",
        b'>' if within != Within::Markup => b"&gt;",
        b'\'' if within == Within::Attribute => b"&apos;",
        b'"' if within == Within::Attribute => b"&quot;",
        b'\t' | b'\n' | b'\r' | b' '.. => return out.push(byte),
        _ => b"_",
    };
    out.extend_from_slice(escaped);
}

/// Writes one character, escaped.
pub(crate) fn push_char(out: &mut Vec<u8>, c: char, within: Within) {
    match c {
        '\0'..='\x7F' => push_ascii(out, c as u8, within),
        '\u{FFFE}' | '\u{FFFF}' => out.push(b'_'),
        _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// Writes a text, escaped.
pub(crate) fn push_str(out: &mut Vec<u8>, text: &str, within: Within) {
    let bytes = text.as_bytes();
    let is_rare = |byte: u8| byte < b' ' || byte == 0xEF || matches!(byte, b'\'' | b'"');
    if within == Within::Attribute || bytes.iter().any(|&byte| is_rare(byte)) {
        for c in text.chars() {
            push_char(out, c, within);
        }
        return;
    }
    let mut written = 0;
    if within == Within::Element {
        for at in memchr3_iter(b'&', b'<', b'>', bytes) {
            out.extend_from_slice(&bytes[written..at]);
            push_ascii(out, bytes[at], within);
            written = at + 1;
        }
    }
    out.extend_from_slice(&bytes[written..]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str, within: Within) -> String {
        let mut out = Vec::new();
        push_str(&mut out, text, within);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_what_its_place_asks_for() {
        assert_eq!(of("a<b>&c", Within::Element), "a&lt;b&gt;&amp;c");
        assert_eq!(of("'\"<", Within::Element), "'\"&lt;");
        assert_eq!(of("'\"<", Within::Attribute), "&apos;&quot;&lt;");
        assert_eq!(
            of("\0\t\r\n\u{FFFF}\u{FF01}", Within::Element),
            "_\t\r\n_\u{FF01}"
        );
    }
}
