//! Splunk's configuration files: `[stanza]`, `setting = value`.
//!
//! Source: Admin Manual, "How to edit a configuration file" and "Configuration
//! file structure": lines that begin with `#` are comments, a backslash at the
//! end of a line continues the value on the next one, settings before the first
//! stanza belong to `[default]`. Of a stanza that comes twice the settings are
//! taken together; of a setting that comes twice the last one counts.

use std::collections::{HashMap, hash_map::Entry};

/// A configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    /// The stanzas in the order of the file, each name once.
    pub stanzas: Vec<Stanza>,
}

/// A stanza: settings under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stanza {
    /// What stands between the brackets; `default` for what stands before the
    /// first stanza.
    pub name: String,
    /// The line on which it starts first, from 1.
    pub line: usize,
    /// The settings in the order of the file, each name once.
    pub settings: Vec<Setting>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What stands before the equals sign. Case matters.
    pub name: String,
    /// What stands after it, without blanks around it; of a continued value
    /// the lines, without their backslashes.
    pub value: String,
    /// The line on which it starts, from 1.
    pub line: usize,
}

/// What is wrong with a configuration file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ConfError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
}

/// The stanza whose settings hold for all others.
pub(crate) const DEFAULT: &str = "default";

impl Conf {
    /// Parses the text of a configuration file.
    ///
    /// # Errors
    ///
    /// Lines that are no stanza, no setting and no comment.
    pub fn parse(text: &str) -> Result<Self, ConfError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut conf = Self::default();
        let mut stanzas = HashMap::new();
        let mut settings = HashMap::new();
        let mut current = None;
        let mut lines = text.lines().zip(1..);
        while let Some((written, line)) = lines.next() {
            let trimmed = written.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if let Some(rest) = trimmed.strip_prefix('[') {
                let name = rest
                    .strip_suffix(']')
                    .ok_or_else(|| error(line, "expected `]` at the end of the stanza's name"))?;
                current = Some(conf.stanza(name.trim(), line, &mut stanzas));
                continue;
            }
            let Some((name, first)) = written.split_once('=') else {
                return Err(error(line, "expected `[stanza]` or `setting = value`"));
            };
            let name = name.trim();
            if name.is_empty() {
                return Err(error(line, "expected a setting before `=`"));
            }
            let mut value = first.trim_start().to_owned();
            while value.ends_with('\\') {
                value.pop();
                let Some((next, _)) = lines.next() else {
                    break;
                };
                value.push('\n');
                value.push_str(next);
            }
            value.truncate(value.trim_end().len());
            let index = match current {
                Some(index) => index,
                None => conf.stanza(DEFAULT, line, &mut stanzas),
            };
            let setting = Setting {
                name: name.to_owned(),
                value,
                line,
            };
            let stanza = &mut conf.stanzas[index];
            match settings.entry((index, name.to_owned())) {
                Entry::Occupied(place) => stanza.settings[*place.get()] = setting,
                Entry::Vacant(place) => {
                    place.insert(stanza.settings.len());
                    stanza.settings.push(setting);
                }
            }
        }
        Ok(conf)
    }

    /// The stanza of a name.
    pub fn get(&self, name: &str) -> Option<&Stanza> {
        self.stanzas.iter().find(|stanza| stanza.name == name)
    }

    /// The index of the stanza of a name, which is new if need be.
    fn stanza(&mut self, name: &str, line: usize, known: &mut HashMap<String, usize>) -> usize {
        *known.entry(name.to_owned()).or_insert_with(|| {
            self.stanzas.push(Stanza {
                name: name.to_owned(),
                line,
                settings: Vec::new(),
            });
            self.stanzas.len() - 1
        })
    }
}

impl Stanza {
    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

pub(super) fn error(line: usize, message: impl Into<String>) -> ConfError {
    ConfError {
        line,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, stanza: &str, setting: &str) -> Option<String> {
        let conf = Conf::parse(text).unwrap();
        Some(conf.get(stanza)?.get(setting)?.value.clone())
    }

    #[test]
    fn stanzas_settings_and_comments() {
        let text = "\u{feff}a = 1\r\n# b = 2\r\n[x(1)]\r\n  a=2 \r\n\r\nc = d # = e\r\n[y]\nf=";
        assert_eq!(value(text, "default", "a").as_deref(), Some("1"));
        assert_eq!(value(text, "x(1)", "a").as_deref(), Some("2"));
        // A comment has a line of its own.
        assert_eq!(value(text, "x(1)", "c").as_deref(), Some("d # = e"));
        assert_eq!(value(text, "y", "f").as_deref(), Some(""));
        assert_eq!(value(text, "default", "b"), None);
        assert_eq!(Conf::parse(text).unwrap().get("y").unwrap().line, 7);
    }

    #[test]
    fn a_backslash_at_the_end_continues_a_value() {
        let text = "[x]\na = one \\\n  two \\\n# three\nb = c\\d\\ \n";
        assert_eq!(
            value(text, "x", "a").as_deref(),
            Some("one \n  two \n# three")
        );
        // A blank after the backslash makes it a backslash.
        assert_eq!(value(text, "x", "b").as_deref(), Some(r"c\d\"));
        assert_eq!(value("a = b\\", "default", "a").as_deref(), Some("b"));
    }

    #[test]
    fn what_comes_twice_is_taken_together() {
        let text = "[x]\na=1\nb=2\n[y]\n[x]\na=3\nc=4";
        assert_eq!(value(text, "x", "a").as_deref(), Some("3"));
        assert_eq!(value(text, "x", "b").as_deref(), Some("2"));
        assert_eq!(value(text, "x", "c").as_deref(), Some("4"));
    }

    #[test]
    fn an_error_says_its_line() {
        for (text, line) in [("a=1\n\nb", 3), ("[a\n", 1), ("[a]\n= 1", 2), ("[a] b", 1)] {
            assert_eq!(Conf::parse(text).unwrap_err().line, line, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(\\[|\\]|=|\\\\|\n|\r|#| |a|é){0,40}") {
            if let Ok(conf) = Conf::parse(&text) {
                for stanza in &conf.stanzas {
                    prop_assert!(conf.get(&stanza.name) == Some(stanza));
                }
            }
        }
    }
}
