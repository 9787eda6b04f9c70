//! Paths into structured data: `a.b{0}.c`, `a.b{@attribute}`.
//!
//! Source: Search Reference, `spath`. Indexes count from 0 in JSON and from 1
//! in XML.

use std::{borrow::Cow, collections::HashMap};

use super::{
    Leaf, Nested,
    json::{self, Fields},
    xml,
};

/// A path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    json: Place,
    xml: Place,
}

/// The name of a place, and which of several it is where the path says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    name: String,
    indices: Vec<Option<usize>>,
}

impl Place {
    fn matches(&self, name: &str, indices: &[usize]) -> bool {
        self.name == name
            && self.indices.len() == indices.len()
            && self
                .indices
                .iter()
                .zip(indices)
                .all(|(wanted, index)| wanted.is_none_or(|wanted| wanted == *index))
    }
}

impl Path {
    /// Reads a path; `None` where a brace is not closed or an index is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut json = Place::default();
        let mut xml = Place::default();
        let mut rest = text;
        let mut first = true;
        loop {
            let end = rest.find(['.', '{']).unwrap_or(rest.len());
            let (step, after) = rest.split_at(end);
            if step.is_empty() && !(first && after.starts_with('{')) {
                return None;
            }
            if !first {
                json.name.push('.');
                xml.name.push('.');
            }
            first = false;
            json.name.push_str(step);
            xml.name.push_str(step);
            let mut ordinal = None;
            rest = after;
            while let Some(inside) = rest.strip_prefix('{') {
                let (index, after) = inside.split_once('}')?;
                rest = after;
                if index.starts_with('@') {
                    for place in [&mut json, &mut xml] {
                        place.name.push('{');
                        place.name.push_str(index);
                        place.name.push('}');
                    }
                    continue;
                }
                json.name.push_str("{}");
                if index.is_empty() {
                    json.indices.push(None);
                } else {
                    let index = index.parse().ok()?;
                    json.indices.push(Some(index));
                    ordinal = Some(index);
                }
            }
            xml.indices.push(ordinal);
            if rest.is_empty() {
                break;
            }
            rest = rest.strip_prefix('.')?;
        }
        Some(Self {
            text: text.to_owned(),
            json,
            xml,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds what the path leads to in a text. What breaks off gives what comes
    /// before.
    ///
    /// # Errors
    ///
    /// An XML element with elements in it.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<String>) -> Result<(), Nested> {
        let mut nested = false;
        if text.trim_start().starts_with('<') {
            let _ = xml::walk(
                text,
                &mut |name: &str, ordinals: &[usize], leaf: Leaf<'_>| {
                    if self.matches_xml(name, ordinals) {
                        match leaf {
                            Leaf::Value(value) => found.push(value.into_owned()),
                            Leaf::Composite(_) => nested = true,
                        }
                    }
                },
            );
        } else {
            let _ = json::walk(
                text,
                &mut |name: &str, indices: &[usize], leaf: Leaf<'_>| {
                    if self.matches_json(name, indices) {
                        found.push(match leaf {
                            Leaf::Value(value) => value.into_owned(),
                            Leaf::Composite(text) => text.to_owned(),
                        });
                    }
                },
            );
        }
        if nested { Err(Nested) } else { Ok(()) }
    }

    pub(crate) fn matches_json(&self, name: &str, indices: &[usize]) -> bool {
        self.json.matches(name, indices)
    }

    pub(crate) fn matches_xml(&self, name: &str, ordinals: &[usize]) -> bool {
        self.xml.matches(name, ordinals)
    }
}

/// Values by their names, in the order in which names come up.
#[derive(Debug, Default)]
pub(crate) struct Collected<'t> {
    fields: Fields<'t>,
    places: HashMap<String, usize>,
}

impl<'t> Collected<'t> {
    pub(crate) fn add(&mut self, name: &str, value: Cow<'t, str>) {
        if let Some(place) = self.places.get(name) {
            self.fields[*place].1.push(value);
        } else {
            self.places.insert(name.to_owned(), self.fields.len());
            self.fields.push((name.to_owned(), vec![value]));
        }
    }

    pub(crate) fn into_fields(self) -> Fields<'t> {
        self.fields
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn paths_name_places() {
        let path = Path::parse("a.b{}.c{2}").unwrap();
        assert!(path.matches_json("a.b{}.c{}", &[7, 2]));
        assert!(!path.matches_json("a.b{}.c{}", &[2, 7]));
        assert!(path.matches_xml("a.b.c", &[1, 5, 2]));
        assert!(!path.matches_xml("a.b.c", &[1, 5, 1]));
        let path = Path::parse("a.b{3}{@c}").unwrap();
        assert!(path.matches_xml("a.b{@c}", &[1, 3]));
        assert!(Path::parse("{}.a").unwrap().matches_json("{}.a", &[4]));
    }

    #[test]
    fn what_is_no_path_is_none() {
        for text in ["", ".", "a.", "a..b", "a{", "a{x}", "a{-1}", "a{}b"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
    }
}
