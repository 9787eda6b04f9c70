//! Events that stand as Windows and Sysmon for Linux render them, read without
//! an XML parser: elements with plainly quoted attributes, and text.
//!
//! Whoever looks at millions of events for a few values of each need not have
//! all the others parsed, decoded and copied. What is here reads those few, and
//! only walks over the rest: tags must be closed in the order in which they were
//! opened, and references be whole, as the parser demands it. Whatever needs
//! more knowledge of XML is given up, never guessed: a value asked for that has
//! a reference in it, CDATA, comments, prefixed names, an attribute that would
//! have to be normalized.

use memchr::{memchr, memchr2, memchr3};

use super::{Open, RecordedEvent, attribute};

/// How deep elements may stand in one another: a rendered event's data stand
/// at three.
const DEEPEST: usize = 8;

/// For how many data there is room at first.
const ROOM: usize = 8;

impl<'x> RecordedEvent<&'x str> {
    /// The event that a rendered one holds, with those data whose names are
    /// kept, as [`RecordedEvent::of_xml_with`] has it. `None` where that cannot be told
    /// without parsing XML, and where there is none.
    pub fn of_rendering(xml: &'x str, keeps: impl Fn(&str) -> bool) -> Option<Self> {
        let mut event = Self {
            data: Vec::with_capacity(ROOM),
            ..Self::default()
        };
        let mut open = [""; DEEPEST];
        let mut depth = 0;
        let mut rest = xml;
        loop {
            let markup = rest.strip_prefix('<')?;
            if let Some(closing) = markup.strip_prefix('/') {
                depth = usize::checked_sub(depth, 1)?;
                let name: &str = open[depth];
                rest = closed(closing, name)?;
                if name == "Event" {
                    return Some(event);
                }
                rest = after_text(rest)?;
                continue;
            }
            let tag = Tag::of_datum(markup).or_else(|| Tag::of(markup))?;
            let element = event.element(tag.name, tag.attribute, &keeps);
            if tag.is_empty {
                event.content(element, "");
                rest = after_text(tag.rest)?;
            } else if matches!(element, Open::Other) {
                rest = after_text(tag.rest)?;
                // Mostly it holds nothing but text.
                match rest
                    .strip_prefix("</")
                    .and_then(|rest| closed(rest, tag.name))
                {
                    Some(after) if tag.name != "Event" => rest = after_text(after)?,
                    _ => {
                        *open.get_mut(depth)? = tag.name;
                        depth += 1;
                    }
                }
            } else {
                // Nothing but text up to the tag that closes it.
                let end = memchr2(b'<', b'&', tag.rest.as_bytes())?;
                let (content, closing) = tag.rest.split_at_checked(end)?;
                rest = closed(closing.strip_prefix("</")?, tag.name)?;
                event.content(element, content);
                rest = after_text(rest)?;
            }
        }
    }
}

/// What stands after a closing tag of this name.
#[inline]
fn closed<'x>(text: &'x str, name: &str) -> Option<&'x str> {
    let rest = match name {
        "Data" => text.strip_prefix("Data"),
        _ => text.strip_prefix(name),
    };
    rest?.strip_prefix('>')
}

/// The markup after a text that nobody asks for.
#[inline]
fn after_text(text: &str) -> Option<&str> {
    // Most elements follow one another at once.
    if text.as_bytes().first() == Some(&b'<') {
        return Some(text);
    }
    let mut at = 0;
    loop {
        let bytes = text.as_bytes().get(at..)?;
        at += memchr2(b'<', b'&', bytes)?;
        if text.as_bytes().get(at) == Some(&b'<') {
            return text.get(at..);
        }
        let reference = text.as_bytes().get(at + 1..)?;
        let end = memchr3(b';', b'&', b'<', reference)?;
        if reference.get(end) != Some(&b';') {
            return None;
        }
        at += end + 2;
    }
}

/// An opening tag, or one of an empty element.
struct Tag<'x> {
    name: &'x str,
    /// The value of the attribute that says something.
    attribute: Option<&'x str>,
    is_empty: bool,
    /// What stands after it.
    rest: &'x str,
}

impl<'x> Tag<'x> {
    /// The tag of a datum, without its `<`, if it has nothing but a name.
    #[inline]
    fn of_datum(text: &'x str) -> Option<Self> {
        let named = text.strip_prefix("Data Name=")?;
        let quote = *named.as_bytes().first()?;
        let (name, after) = name(named.get(1..)?)?;
        let is_quoted = matches!(quote, b'\'' | b'"');
        let [end, b'>', ..] = after.as_bytes() else {
            return None;
        };
        (is_quoted && *end == quote).then(|| Self {
            name: "Data",
            attribute: Some(name),
            is_empty: false,
            rest: &after[2..],
        })
    }

    /// The tag that begins a text, without its `<`.
    fn of(text: &'x str) -> Option<Self> {
        let (name, mut rest) = name(text)?;
        let wanted = attribute(name);
        let mut found = None;
        loop {
            rest = match rest.as_bytes() {
                [b'>', ..] => {
                    return Some(Self {
                        name,
                        attribute: found,
                        is_empty: false,
                        rest: &rest[1..],
                    });
                }
                [b'/', b'>', ..] => {
                    return Some(Self {
                        name,
                        attribute: found,
                        is_empty: true,
                        rest: &rest[2..],
                    });
                }
                [b' ', b' ' | b'/' | b'>', ..] => &rest[1..],
                [b' ', ..] => {
                    let (key, after) = self::name(&rest[1..])?;
                    let (value, after) = quoted(after.strip_prefix('=')?)?;
                    // Of two attributes with one name the first counts.
                    if found.is_none() && wanted == Some(key) {
                        found = Some(as_it_seems(value)?);
                    }
                    after
                }
                _ => return None,
            };
        }
    }
}

/// Whether a byte is a letter or a digit of ASCII: looked up, since nothing is
/// asked more often.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        table[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

/// A name without prefix, and what stands after it.
#[inline]
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| !IN_NAMES[usize::from(byte)])?;
    (end > 0).then(|| text.split_at(end))
}

/// A value in quotes, and what stands after it.
#[inline]
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = *text.as_bytes().first()?;
    if !matches!(quote, b'\'' | b'"') {
        return None;
    }
    let end = memchr(quote, text.as_bytes().get(1..)?)?;
    Some((&text[1..=end], &text[end + 2..]))
}

/// An attribute's value if a parser would give it as it is written.
fn as_it_seems(value: &str) -> Option<&str> {
    let is_plain = |byte| byte >= b' ' && !matches!(byte, b'<' | b'&');
    value.bytes().all(is_plain).then_some(value)
}

#[cfg(test)]
mod tests;
