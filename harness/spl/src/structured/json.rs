//! JSON, read from front to back, so that data that break off give what comes
//! before.
//!
//! Source: RFC 8259.

use std::borrow::Cow;

use super::{Leaf, MAX_DEPTH, Malformed, Visitor};

/// Visits every value and everything that holds values. Names are those of
/// `spath`: keys with dots between them, `{}` for an element of an array.
///
/// # Errors
///
/// Where the text breaks off or is no JSON; what comes before was visited.
pub(crate) fn walk<'t>(text: &'t str, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
    let mut parser = Parser {
        text,
        position: 0,
        name: String::new(),
        indices: Vec::new(),
        depth: 0,
    };
    parser.blanks();
    parser.value(visit)?;
    parser.blanks();
    if parser.position == text.len() {
        Ok(())
    } else {
        Err(Malformed)
    }
}

/// Names with their values, in the order in which they come up.
pub(crate) type Fields<'t> = Vec<(String, Vec<Cow<'t, str>>)>;

/// All values by their names.
///
/// # Errors
///
/// Text that is no JSON.
pub(crate) fn flatten(text: &str) -> Result<Fields<'_>, Malformed> {
    let mut fields = super::path::Collected::default();
    walk(text, &mut |name: &str, _: &[usize], leaf: Leaf<'_>| {
        if let Leaf::Value(value) = leaf {
            fields.add(name, value.into_owned().into());
        }
    })?;
    Ok(fields.into_fields())
}

/// The texts of the elements of an array; nothing where the text is no array.
pub(crate) fn elements(text: &str) -> Option<Vec<&str>> {
    let mut elements = Vec::new();
    let mut other = false;
    walk(
        text,
        &mut |name: &str, _: &[usize], leaf: Leaf<'_>| match leaf {
            Leaf::Composite(_) if name.is_empty() => {}
            Leaf::Composite(element) if name == "{}" => {
                let start = element.as_ptr() as usize - text.as_ptr() as usize;
                elements.push(&text[start..start + element.len()]);
            }
            Leaf::Value(_) if name == "{}" || name.is_empty() => other = true,
            _ => {}
        },
    )
    .ok()?;
    (!other && text.trim_start().starts_with('[')).then_some(elements)
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    /// The name of the place that is read.
    name: String,
    /// Which element it is of each array around it, from 0.
    indices: Vec<usize>,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn value(&mut self, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
        let start = self.position;
        match self.peek().ok_or(Malformed)? {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(Malformed);
                }
                if self.eat(b'{') {
                    self.object(visit)?;
                } else {
                    self.position += 1;
                    self.array(visit)?;
                }
                self.depth -= 1;
                let text = &self.text[start..self.position];
                visit(&self.name, &self.indices, Leaf::Composite(text));
            }
            b'"' => {
                let text = self.string()?;
                visit(&self.name, &self.indices, Leaf::Value(text));
            }
            _ => {
                let end = self.text[start..]
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')))
                    .map_or(self.text.len(), |length| start + length);
                let word = &self.text[start..end];
                if !(matches!(word, "true" | "false" | "null") || is_number(word)) {
                    return Err(Malformed);
                }
                self.position = end;
                visit(&self.name, &self.indices, Leaf::Value(Cow::Borrowed(word)));
            }
        }
        Ok(())
    }

    fn object(&mut self, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
        let length = self.name.len();
        self.blanks();
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            self.blanks();
            let key = self.string()?;
            self.blanks();
            if !self.eat(b':') {
                return Err(Malformed);
            }
            self.blanks();
            if length > 0 {
                self.name.push('.');
            }
            self.name.push_str(&key);
            self.value(visit)?;
            self.name.truncate(length);
            self.blanks();
            if self.eat(b'}') {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(Malformed);
            }
        }
    }

    fn array(&mut self, visit: &mut impl Visitor<'t>) -> Result<(), Malformed> {
        let length = self.name.len();
        self.blanks();
        if self.eat(b']') {
            return Ok(());
        }
        self.name.push_str("{}");
        self.indices.push(0);
        loop {
            self.blanks();
            self.value(visit)?;
            self.blanks();
            if self.eat(b']') {
                break;
            }
            if !self.eat(b',') {
                return Err(Malformed);
            }
            if let Some(index) = self.indices.last_mut() {
                *index += 1;
            }
        }
        self.indices.pop();
        self.name.truncate(length);
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'t, str>, Malformed> {
        if !self.eat(b'"') {
            return Err(Malformed);
        }
        let start = self.position;
        let mut escaped = false;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.position += 2;
                }
                _ => self.position += 1,
            }
        }
        let written = self.text.get(start..self.position).ok_or(Malformed)?;
        self.position += 1;
        if escaped {
            unescape(written).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(written))
        }
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

fn unescape(written: &str) -> Result<String, Malformed> {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        text.push(match rest.next().ok_or(Malformed)? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = unit(&mut rest)?;
                // Half a character makes none.
                let code = if (0xd800..0xdc00).contains(&high) {
                    if rest.next() != Some('\\') || rest.next() != Some('u') {
                        return Err(Malformed);
                    }
                    let low = unit(&mut rest)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Malformed);
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or(Malformed)?
            }
            _ => return Err(Malformed),
        });
    }
    Ok(text)
}

fn unit(rest: &mut std::str::Chars<'_>) -> Result<u32, Malformed> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = rest.next().and_then(|c| c.to_digit(16)).ok_or(Malformed)?;
        unit = unit * 16 + digit;
    }
    Ok(unit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn flat(text: &str) -> Vec<(String, Vec<String>)> {
        flatten(text)
            .unwrap()
            .into_iter()
            .map(|(name, values)| (name, values.into_iter().map(Cow::into_owned).collect()))
            .collect()
    }

    #[test]
    fn names_lead_to_values() {
        assert_eq!(
            flat(
                r#" {"a": {"b": [1, {"c": "x"}, [2.50]], "d\"": "\u00e9\ud83d\ude00\n"}, "e": null} "#
            ),
            [
                ("a.b{}".to_owned(), vec!["1".to_owned()]),
                ("a.b{}.c".to_owned(), vec!["x".to_owned()]),
                ("a.b{}{}".to_owned(), vec!["2.50".to_owned()]),
                ("a.d\"".to_owned(), vec!["é😀\n".to_owned()]),
                ("e".to_owned(), vec!["null".to_owned()]),
            ]
        );
        assert_eq!(
            flat(r#"[{"a": 1}, {"a": true}]"#),
            [("{}.a".to_owned(), vec!["1".to_owned(), "true".to_owned()])]
        );
        assert_eq!(flat("{}"), []);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in [
            "",
            "{",
            "{]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "nul",
            "1 2",
            "\"\\x\"",
            "\"\\ud800\"",
            "[1",
            "+1",
            "inf",
            "\"a",
        ] {
            assert_eq!(flatten(text), Err(Malformed), "{text}");
        }
        assert_eq!(flatten(&"[".repeat(100_000)), Err(Malformed));
    }

    #[test]
    fn an_array_has_elements() {
        assert_eq!(
            elements(r#" [ {"a": [1]}, {} ] "#).unwrap(),
            [r#"{"a": [1]}"#, "{}"]
        );
        assert_eq!(elements("[1]"), None);
        assert_eq!(elements("{\"a\": [{}]}"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[\\[\\]{}:,\"\\\\u0-9ae. é]{0,40}") {
            let agrees = flatten(&text).is_ok();
            // What serde_json takes is taken here.
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                prop_assert!(agrees, "{text}");
            }
        }
    }
}
