//! Places inside of text in quotation marks.

use crate::{error::Span, quoted::Escapes};

/// Where the bytes of a text stand that is written in quotation marks at
/// `place`: the place of each byte of what is meant, and of the end. `None`
/// where what is written does not mean `meant`.
pub(super) fn places(
    text: &str,
    place: &Span,
    meant: &str,
    escapes: Escapes,
) -> Option<Vec<usize>> {
    let written = text.get(place.clone())?;
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut places = Vec::with_capacity(meant.len() + 1);
    let mut read = String::with_capacity(meant.len());
    let mut rest = inside;
    let start = place.start + 1;
    while let Some(first) = rest.chars().next() {
        let pair = rest
            .char_indices()
            .nth(2)
            .map_or(rest.len(), |(index, _)| index);
        let taken = if first == '\\' && escapes.unescape(&rest[..pair]).len() < pair {
            pair
        } else {
            first.len_utf8()
        };
        let decoded = escapes.unescape(&rest[..taken]);
        let here = start + (inside.len() - rest.len());
        for offset in 0..decoded.len() {
            places.push(if taken == decoded.len() {
                here + offset
            } else {
                here
            });
        }
        read.push_str(&decoded);
        rest = &rest[taken..];
    }
    places.push(start + inside.len());
    (read == meant).then_some(places)
}

/// The place of a part of such a text.
pub(super) fn place_of(places: &[usize], part: &Span) -> Option<Span> {
    Some(*places.get(part.start)?..*places.get(part.end)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn escapes_move_what_follows() {
        let text = r#"x="a\\b\.c""#;
        let meant = r"a\b\.c";
        let places = places(text, &(2..text.len()), meant, Escapes::Expression).unwrap();
        let part = meant.find('c').unwrap();
        let place = place_of(&places, &(part..part + 1)).unwrap();
        assert_eq!(&text[place], "c");
        assert_eq!(&text[place_of(&places, &(1..2)).unwrap()], r"\\");
    }

    #[test]
    fn other_text_has_no_places() {
        assert_eq!(places("\"ab\"", &(0..4), "ac", Escapes::Expression), None);
        assert_eq!(places("ab", &(0..2), "ab", Escapes::Expression), None);
    }
}
