//! Paths into JSON documents: `cities{0}.name`, `{}.name`.
//!
//! Source: Search Reference, "JSON functions", `json_extract()` and
//! `json_set()`. Keys are separated by dots; braces stand for the elements of
//! an array, for one of them with its number, counted from 0.

use serde_json::Value as Json;

/// How deep a path may lead: documents are read no deeper either.
const MOST_STEPS: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Element(usize),
    Each,
}

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (key, mut braces) = match part.find('{') {
                Some(brace) => part.split_at(brace),
                None => (part, ""),
            };
            if !key.is_empty() {
                steps.push(Step::Key(key.to_owned()));
            } else if braces.is_empty() {
                return Err(format!("`{text}` is not a path of keys and dots"));
            }
            while !braces.is_empty() {
                let inside = braces
                    .strip_prefix('{')
                    .and_then(|inside| inside.split_once('}'));
                let Some((inside, rest)) = inside else {
                    return Err(format!("braces do not match in the path `{text}`"));
                };
                steps.push(if inside.is_empty() {
                    Step::Each
                } else {
                    Step::Element(inside.parse().map_err(|_| {
                        format!("`{inside}` is not the number of an element in `{text}`")
                    })?)
                });
                braces = rest;
            }
        }
        if steps.len() > MOST_STEPS {
            return Err(format!("a path has at most {MOST_STEPS} steps"));
        }
        Ok(Self(steps))
    }

    /// The value at the path; an array of them where the path has empty braces
    /// that meet an array.
    pub(super) fn select(&self, document: &Json) -> Option<Json> {
        let mut several = false;
        let mut found = vec![document];
        for step in &self.0 {
            found = Self::follow(step, &found, &mut several);
        }
        if several {
            return Some(found.into_iter().cloned().collect());
        }
        found.first().map(|found| (*found).clone())
    }

    fn follow<'d>(step: &Step, from: &[&'d Json], several: &mut bool) -> Vec<&'d Json> {
        let mut found = Vec::new();
        for &node in from {
            match (step, node) {
                (Step::Each, Json::Array(elements)) => {
                    *several = true;
                    found.extend(elements);
                }
                // The page shows `{}` of an object to be the object.
                (Step::Each, Json::Object(_)) => found.push(node),
                (Step::Key(key), Json::Object(members)) => found.extend(members.get(key)),
                (Step::Element(index), Json::Array(elements)) => {
                    found.extend(elements.get(*index));
                }
                _ => {}
            }
        }
        found
    }

    /// Changes every value that is at the path.
    pub(super) fn update(&self, document: &mut Json, change: &mut dyn FnMut(&mut Json)) {
        visit(&self.0, document, change);
    }

    /// Sets a value, and makes the objects on the way that are not there.
    pub(super) fn set(&self, document: &mut Json, value: &Json) {
        set(&self.0, document, value);
    }
}

fn visit(steps: &[Step], node: &mut Json, change: &mut dyn FnMut(&mut Json)) {
    let Some((step, rest)) = steps.split_first() else {
        change(node);
        return;
    };
    match (step, node) {
        (Step::Key(key), Json::Object(members)) => {
            if let Some(member) = members.get_mut(key) {
                visit(rest, member, change);
            }
        }
        (Step::Element(index), Json::Array(elements)) => {
            if let Some(element) = elements.get_mut(*index) {
                visit(rest, element, change);
            }
        }
        (Step::Each, Json::Array(elements)) => {
            for element in elements {
                visit(rest, element, change);
            }
        }
        _ => {}
    }
}

fn set(steps: &[Step], node: &mut Json, value: &Json) {
    let Some((step, rest)) = steps.split_first() else {
        *node = value.clone();
        return;
    };
    match (step, node) {
        (Step::Key(key), Json::Object(members)) => {
            if let Some(member) = members.get_mut(key) {
                set(rest, member, value);
            } else if rest.iter().all(|step| matches!(step, Step::Key(_))) {
                let made = rest.iter().rev().fold(value.clone(), |inner, step| {
                    let mut members = serde_json::Map::new();
                    if let Step::Key(key) = step {
                        members.insert(key.clone(), inner);
                    }
                    Json::Object(members)
                });
                members.insert(key.clone(), made);
            }
        }
        (Step::Element(index), Json::Array(elements)) => {
            if let Some(element) = elements.get_mut(*index) {
                set(rest, element, value);
            }
        }
        (Step::Each, Json::Array(elements)) => {
            for element in elements {
                set(rest, element, value);
            }
        }
        _ => {}
    }
}

/// Removes a member; a dot leads into an object.
pub(super) fn delete(document: &mut Json, key: &str) {
    let mut node = document;
    let mut keys = key.split('.').peekable();
    while let Some(key) = keys.next() {
        let Json::Object(members) = node else {
            return;
        };
        if keys.peek().is_none() {
            members.shift_remove(key);
            return;
        }
        let Some(member) = members.get_mut(key) else {
            return;
        };
        node = member;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_keys_and_elements() {
        assert_eq!(
            Path::parse("{2}.Bridges{0}.length"),
            Ok(Path(vec![
                Step::Element(2),
                Step::Key("Bridges".to_owned()),
                Step::Element(0),
                Step::Key("length".to_owned()),
            ]))
        );
        assert_eq!(Path::parse("{}"), Ok(Path(vec![Step::Each])));
        for text in ["", "a..b", ".", "a{", "a{x}", "a}{", "a{0}b", "{-1}"] {
            assert!(Path::parse(text).is_err(), "{text:?}");
        }
    }
}
