//! XML, read from front to back, so that data that break off give what comes
//! before.

use std::{borrow::Cow, collections::HashMap};

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::{Leaf, MAX_DEPTH, Malformed, Visitor};

/// Visits every attribute and every element. Names are those of `spath`:
/// elements with dots between them, `{@name}` for an attribute. An element is
/// told apart from its siblings of the same name by its number, from 1.
///
/// # Errors
///
/// Where the text breaks off or is no XML; what comes before was visited.
pub(crate) fn walk<'t>(text: &'t str, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
    let mut reader = Reader::from_str(text);
    let mut walker = Walker {
        text,
        name: String::new(),
        ordinals: Vec::new(),
        open: vec![Open::default()],
    };
    loop {
        let before = position(&reader);
        let event = reader.read_event().map_err(|_| Malformed)?;
        match event {
            Event::Eof => break,
            Event::Start(tag) => walker.start(&tag, position(&reader), visit)?,
            Event::Empty(tag) => {
                walker.start(&tag, position(&reader), visit)?;
                walker.end(before, visit)?;
            }
            Event::End(_) => walker.end(before, visit)?,
            Event::Text(piece) => walker.text(&piece),
            Event::CData(piece) => walker.text(&piece),
            Event::GeneralRef(reference) => {
                match reference.resolve_char_ref().map_err(|_| Malformed)? {
                    Some(c) => walker.text(c.encode_utf8(&mut [0; 4])),
                    None => walker.text(resolve_predefined_entity(&reference).ok_or(Malformed)?),
                }
            }
            _ => {}
        }
    }
    if walker.open.len() == 1 && walker.open.iter().all(|open| !open.children.is_empty()) {
        Ok(())
    } else {
        Err(Malformed)
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// How long the name of a place may be: it is written out for each attribute.
const MAX_NAME: usize = 4096;

struct Walker<'t> {
    text: &'t str,
    /// The name of the element that is read.
    name: String,
    /// Which of its siblings of the same name each open element is.
    ordinals: Vec<usize>,
    /// The open elements; the first stands for the document.
    open: Vec<Open>,
}

#[derive(Default)]
struct Open {
    /// How long the name was before the element.
    length: usize,
    /// Where the content of the element starts.
    start: usize,
    content: String,
    /// How many elements of each name there are in it.
    children: HashMap<String, usize>,
}

impl<'t> Walker<'t> {
    fn start(
        &mut self,
        tag: &BytesStart<'_>,
        start: usize,
        visit: &mut impl Visitor<'t>,
    ) -> Result<(), Malformed> {
        if self.open.len() > MAX_DEPTH {
            return Err(Malformed);
        }
        let tag_name = tag.name();
        let name: &str = tag_name.as_ref();
        let length = self.name.len();
        if let Some(parent) = self.open.last_mut() {
            let ordinal = parent.children.entry(name.to_owned()).or_default();
            *ordinal += 1;
            self.ordinals.push(*ordinal);
        }
        if length > 0 {
            self.name.push('.');
        }
        self.name.push_str(name);
        if self.name.len() > MAX_NAME {
            return Err(Malformed);
        }
        self.open.push(Open {
            length,
            start,
            ..Open::default()
        });
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|_| Malformed)?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| Malformed)?;
            let key: &str = attribute.key.as_ref();
            visit(
                &format!("{}{{@{key}}}", self.name),
                &self.ordinals,
                Leaf::Value(Cow::Owned(value.into_owned())),
            );
        }
        Ok(())
    }

    fn text(&mut self, piece: &str) {
        if let Some(open) = self.open.last_mut() {
            open.content.push_str(piece);
        }
    }

    fn end(&mut self, end: usize, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
        if self.open.len() < 2 {
            return Err(Malformed);
        }
        let Some(open) = self.open.pop() else {
            return Err(Malformed);
        };
        let content = open.content.trim();
        if !open.children.is_empty() {
            let inside = self.text.get(open.start..end.max(open.start));
            let leaf = Leaf::Composite(inside.ok_or(Malformed)?);
            visit(&self.name, &self.ordinals, leaf);
        } else if !content.is_empty() {
            let leaf = Leaf::Value(Cow::Owned(content.to_owned()));
            visit(&self.name, &self.ordinals, leaf);
        }
        self.name.truncate(open.length);
        self.ordinals.pop();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    type Seen = Vec<(String, Vec<usize>, String)>;

    fn seen(text: &str) -> (Seen, Result<(), Malformed>) {
        let mut seen = Vec::new();
        let result =
            walk(text, &mut |name: &str,
                             ordinals: &[usize],
                             leaf: Leaf<'_>| {
                let text = match leaf {
                    Leaf::Value(text) => text.into_owned(),
                    Leaf::Composite(text) => format!("<{text}>"),
                };
                seen.push((name.to_owned(), ordinals.to_vec(), text));
            });
        (seen, result)
    }

    fn place(name: &str, ordinals: &[usize], text: &str) -> (String, Vec<usize>, String) {
        (name.to_owned(), ordinals.to_vec(), text.to_owned())
    }

    #[test]
    fn elements_and_attributes_have_names() {
        let (seen, result) =
            seen("<?xml version=\"1.0\"?><a><b c='1'>x &amp; y</b> <b/><b>z</b></a>");
        assert_eq!(
            seen,
            [
                place("a.b{@c}", &[1, 1], "1"),
                place("a.b", &[1, 1], "x & y"),
                place("a.b", &[1, 3], "z"),
                place("a", &[1], "<<b c='1'>x &amp; y</b> <b/><b>z</b>>"),
            ]
        );
        assert_eq!(result, Ok(()));
    }

    #[test]
    fn what_breaks_off_gives_what_comes_before() {
        let (seen, result) = seen("<a><b>x</b><c>y");
        assert_eq!(seen, [place("a.b", &[1, 1], "x")]);
        assert_eq!(result, Err(Malformed));
        for text in ["", "x", "<a", "<a></b>", "</a>", "<a>&nope;</a>"] {
            assert_eq!(self::seen(text).1, Err(Malformed), "{text}");
        }
        assert_eq!(self::seen(&"<a>".repeat(100_000)).1, Err(Malformed));
        let long = format!("<{}/>", "a".repeat(5000));
        assert_eq!(self::seen(&long).1, Err(Malformed));
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[<>/a='&;b! é]{0,40}") {
            let _ = seen(&text);
        }
    }
}
