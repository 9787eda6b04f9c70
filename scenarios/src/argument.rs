//! Input arguments of an atomic test, and `#{argument}` in its commands.

use std::collections::BTreeMap;
use std::net::IpAddr;

use http::Uri;

use crate::words::words;

words! {
    /// The type of an input argument.
    pub enum ArgumentKind, "type of argument" {
        /// A URL, a domain name or an IP address.
        Url = "url",
        /// Any text.
        String = "string",
        /// A number.
        Float = "float",
        /// A whole number.
        Integer = "integer",
        /// A path of a file.
        Path = "path",
    }
}

/// Whole numbers up to this size are exact as a 64-bit float.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

impl ArgumentKind {
    /// What a value of this type is, in words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Url => "a URL, a domain name or an IP address",
            Self::String => "a text",
            Self::Float => "a number",
            Self::Integer => "a whole number",
            Self::Path => "a path",
        }
    }

    /// The value as it goes into a command, or nothing if it is not of this type. A fraction
    /// given for a whole number is rounded up: half a second for a program that counts in
    /// seconds is one second, and never none.
    pub fn normalise(self, value: &str) -> Option<String> {
        match self {
            Self::String | Self::Path => Some(value.to_owned()),
            Self::Url => is_url(value).then(|| value.to_owned()),
            Self::Float => number(value).map(|_| value.to_owned()),
            Self::Integer => {
                if value.parse::<i64>().is_ok() {
                    return Some(value.to_owned());
                }
                let rounded = number(value)?.ceil();
                (rounded.abs() <= LARGEST_EXACT).then(|| format!("{rounded:.0}"))
            }
        }
    }
}

fn number(value: &str) -> Option<f64> {
    value.parse().ok().filter(|number: &f64| number.is_finite())
}

fn is_url(value: &str) -> bool {
    host(value).is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok() || is_domain_name(&host)
    })
}

/// The host of a URL, or the domain name or IP address itself.
pub(crate) fn host(value: &str) -> Option<String> {
    if value.parse::<IpAddr>().is_ok() {
        return Some(value.to_owned());
    }
    let uri: Uri = value.parse().ok()?;
    uri.host().map(str::to_ascii_lowercase)
}

/// Labels of letters, digits and hyphens (RFC 1123, section 2.1).
fn is_domain_name(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

/// An input argument of an atomic test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is for.
    pub description: String,
    /// Its type.
    pub kind: ArgumentKind,
    /// Its value unless another one is given.
    pub default: Option<String>,
}

/// The names of the arguments that a command uses, each `#{name}` once, in order.
pub(crate) fn used(command: &str) -> impl Iterator<Item = &str> {
    let mut rest = command;
    std::iter::from_fn(move || {
        let (_, name, after) = next_use(rest)?;
        rest = after;
        Some(name)
    })
}

/// Puts the values into a command. A value is never searched for `#{…}` itself, and a name
/// without a value stays as it is.
pub(crate) fn substitute(command: &str, values: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(command.len());
    let mut rest = command;
    while let Some((before, name, after)) = next_use(rest) {
        text.push_str(before);
        match values.get(name) {
            Some(value) => text.push_str(value),
            None => text.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The text before the next `#{name}`, its name and the text after it. As in Atomic Red Team, a
/// name ends at the first brace and never goes over the end of its line.
fn next_use(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("#{")?;
        let name_start = start + "#{".len();
        let line = text[name_start..].lines().next().unwrap_or_default();
        if let Some(length) = line.find('}') {
            let name_end = name_start + length;
            return Some((
                &text[..start],
                &text[name_start..name_end],
                &text[name_end + "}".len()..],
            ));
        }
        from = name_start;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn whole_numbers_round_up() {
        let integer = ArgumentKind::Integer;
        for (value, expected) in [
            ("3", "3"),
            ("-3", "-3"),
            ("0.1", "1"),
            ("1.0", "1"),
            ("2.5", "3"),
        ] {
            let normalised = integer.normalise(value).unwrap();
            assert_eq!(
                normalised.parse::<i64>().unwrap(),
                expected.parse::<i64>().unwrap(),
                "{value}"
            );
        }
        for value in ["", "three", "NaN", "inf", "1e300", "0x10"] {
            assert_eq!(integer.normalise(value), None, "{value}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        for value in ["0.1", "1", "-2.5", "1e-3"] {
            let normalised = ArgumentKind::Float.normalise(value);
            assert_eq!(normalised.as_deref(), Some(value));
        }
        for value in ["", "soon", "NaN", "inf", "-infinity", "1e999"] {
            assert_eq!(ArgumentKind::Float.normalise(value), None, "{value}");
        }
    }

    #[test]
    fn urls_have_a_host() {
        for value in [
            "https://a.workers.dev/x?y=1",
            "a.workers.dev",
            "10.0.0.1",
            "::1",
            "http://[::1]:80/",
        ] {
            assert!(ArgumentKind::Url.normalise(value).is_some(), "{value}");
        }
        for value in [
            "",
            "/path",
            "https://",
            "https://a b/",
            "a b",
            "https://-a.dev/",
            "x\"&calc",
        ] {
            assert_eq!(ArgumentKind::Url.normalise(value), None, "{value}");
        }
        assert_eq!(
            host("https://Script.Google.com:443/x"),
            Some("script.google.com".to_owned())
        );
    }

    #[test]
    fn substitutes_each_use_once() {
        let values = values(&[("count", "3"), ("url", "#{count}")]);
        assert_eq!(
            substitute("(1,1,#{count}) #{url} #{other} #{open\n#{count}", &values),
            "(1,1,3) #{count} #{other} #{open\n3"
        );
    }

    #[test]
    fn names_the_arguments_used() {
        let names: Vec<_> = used("#{a}#{b} # {c} #{d\n} #{#{e}").collect();
        assert_eq!(names, ["a", "b", "#{e"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn substituting_nothing_changes_nothing(text in "[#{}a\n é]{0,40}") {
            prop_assert_eq!(substitute(&text, &BTreeMap::new()), text);
        }
    }
}
