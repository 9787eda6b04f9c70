//! The shape of the host names of a platform's tenants.

use std::fmt;

use crate::HostName;

/// A pattern of host names, label by label.
///
/// - `*` as the first label stands for one or more labels;
/// - `REGION` stands for exactly one label;
/// - anything else stands for itself.
///
/// So `*.execute-api.REGION.amazonaws.com` covers
/// `abc.execute-api.us-east-1.amazonaws.com`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamePattern(pub(super) &'static str);

impl NamePattern {
    /// The pattern as it is written.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether a host name has this shape.
    pub fn matches(self, name: &HostName) -> bool {
        let mut labels = name.labels().rev();
        let mut parts = self.0.split('.').rev();
        loop {
            match (parts.next(), labels.next()) {
                (None, None) | (Some("*"), Some(_)) => return true,
                (Some("REGION"), Some(_)) => {}
                (Some(part), Some(label)) if part == label => {}
                _ => return false,
            }
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn matches(pattern: &'static str, name: &str) -> bool {
        NamePattern(pattern).matches(&name.parse().unwrap())
    }

    #[test]
    fn a_star_is_one_label_or_more() {
        assert!(matches("*.workers.dev", "a.workers.dev"));
        assert!(matches("*.workers.dev", "a.b.workers.dev"));
        assert!(!matches("*.workers.dev", "workers.dev"));
        assert!(!matches("*.workers.dev", "a.notworkers.dev"));
        assert!(!matches("*.workers.dev", "a.workers.dev.example.com"));
    }

    #[test]
    fn a_region_is_exactly_one_label() {
        let pattern = "*.execute-api.REGION.amazonaws.com";
        assert!(matches(pattern, "x.execute-api.us-east-1.amazonaws.com"));
        assert!(!matches(pattern, "x.execute-api.amazonaws.com"));
        assert!(!matches(pattern, "x.execute-api.a.b.amazonaws.com"));
    }

    #[test]
    fn a_plain_name_is_itself() {
        assert!(matches("script.google.com", "script.google.com"));
        assert!(!matches("script.google.com", "x.script.google.com"));
        assert!(!matches("script.google.com", "google.com"));
    }
}
