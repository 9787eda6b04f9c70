//! Event types, as `eventtypes.conf` defines them.
//!
//! Source: `eventtypes.conf.spec`; Knowledge Manager Manual, "Configure event
//! types in eventtypes.conf" and "Configure event type templates".

use std::collections::BTreeMap;

use super::conf::{self, Conf, ConfError};
use crate::{command::parse_boolean, wildcard::Wildcard};

/// Event types: the searches of the events that are of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventTypes {
    searches: BTreeMap<String, String>,
    /// `[name-%field%]`: event types that the values of a field make.
    templates: Vec<String>,
}

impl EventTypes {
    /// Takes the definitions of an `eventtypes.conf`.
    pub(super) fn add_conf(&mut self, text: &str) -> Result<(), ConfError> {
        let conf = Conf::parse(text)?;
        let common = conf.get(conf::DEFAULT);
        for stanza in &conf.stanzas {
            if stanza.name == conf::DEFAULT {
                continue;
            }
            let setting = |name| {
                stanza
                    .get(name)
                    .or_else(|| common.and_then(|common| common.get(name)))
            };
            if let Some(disabled) = setting("disabled") {
                let Some(is_disabled) = parse_boolean(&disabled.value) else {
                    return Err(conf::error(
                        disabled.line,
                        format!("expected true or false, found `{}`", disabled.value),
                    ));
                };
                if is_disabled {
                    self.searches.remove(&stanza.name);
                    continue;
                }
            }
            let Some(search) = setting("search").filter(|s| !s.value.is_empty()) else {
                return Err(conf::error(
                    stanza.line,
                    format!("event type `{}` has no search", stanza.name),
                ));
            };
            if stanza.name.contains('%') {
                self.templates.push(stanza.name.clone());
            } else {
                self.searches
                    .insert(stanza.name.clone(), search.value.clone());
            }
        }
        Ok(())
    }

    /// Whether any was defined.
    pub(crate) fn is_empty(&self) -> bool {
        self.searches.is_empty() && self.templates.is_empty()
    }

    /// A template of event types, if there is one.
    pub(crate) fn template(&self) -> Option<&str> {
        self.templates.first().map(String::as_str)
    }

    /// The event types that a value means, with their searches.
    pub(crate) fn matching<'k>(
        &'k self,
        wildcard: &'k Wildcard,
    ) -> impl Iterator<Item = (&'k str, &'k str)> {
        self.searches
            .iter()
            .filter(|(name, _)| wildcard.matches(name))
            .map(|(name, search)| (name.as_str(), search.as_str()))
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.searches.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wildcard::Case;

    fn found(text: &str, name: &str) -> Vec<String> {
        let mut types = EventTypes::default();
        types.add_conf(text).unwrap();
        types
            .matching(&Wildcard::new(name, Case::Insensitive))
            .map(|(name, search)| format!("{name}: {search}"))
            .collect()
    }

    #[test]
    fn a_conf_file_defines_event_types() {
        let text = "[default]\npriority = 1\n[web]\nsearch = status=404 \\\n  OR b\n\
                    [web-old]\ndisabled = 1\nsearch = x\n[db]\ndisabled = 0\nsearch = c\n";
        assert_eq!(found(text, "web*"), ["web: status=404 \n  OR b"]);
        assert_eq!(found(text, "*").len(), 2);
        assert!(found(text, "none").is_empty());
        // A later file can take one back.
        let mut types = EventTypes::default();
        types.add_conf(text).unwrap();
        types.add_conf("[web]\ndisabled = true\n").unwrap();
        assert_eq!(types.names().collect::<Vec<_>>(), ["db"]);
        // Settings of all stanzas.
        let text = "disabled = 1\n[a]\nsearch = b\n[c]\nsearch = d\ndisabled = 0\n";
        assert_eq!(found(text, "*"), ["c: d"]);
        for (text, line) in [("[a]\n", 1), ("[a]\nsearch = b\ndisabled = maybe\n", 3)] {
            assert_eq!(EventTypes::default().add_conf(text).unwrap_err().line, line);
        }
    }

    #[test]
    fn a_template_is_kept_apart() {
        let mut types = EventTypes::default();
        types.add_conf("[cisco-%code%]\nsearch = cisco\n").unwrap();
        assert_eq!(types.template(), Some("cisco-%code%"));
        assert!(!types.is_empty());
        assert_eq!(types.names().count(), 0);
    }
}
