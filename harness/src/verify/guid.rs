//! A process's GUID as a key: written in capitals or not, with or without
//! braces, it is the same process.

use sysmon::RecordedEvent;

/// The sixteen bytes of a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Guid(u128);

impl Guid {
    /// The GUID in a field; `None` where there is none, or only zeros, which
    /// Sysmon writes for a process that it does not know.
    pub(super) fn of(event: &RecordedEvent, field: &str) -> Option<Self> {
        Self::parse(event.said(field)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(&digits, 16)
            .ok()
            .filter(|value| *value != 0)
            .map(Self)
    }

    /// How it is written, in lower case and without braces.
    pub(super) fn text(self) -> String {
        let digits = format!("{:032x}", self.0);
        let groups: Vec<&str> = [0..8, 8..12, 12..16, 16..20, 20..32]
            .into_iter()
            .filter_map(|range| digits.get(range))
            .collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_the_same_however_it_is_written() {
        let upper = Guid::parse("{23F38D93-ABAC-5F8E-3900-000000000C00}");
        assert!(upper.is_some());
        assert_eq!(upper, Guid::parse("23f38d93-abac-5f8e-3900-000000000c00"));
        assert_ne!(upper, Guid::parse("{23F38D93-ABAC-5F8E-3900-000000000C01}"));
        let text = upper.map(Guid::text);
        assert_eq!(
            text.as_deref(),
            Some("23f38d93-abac-5f8e-3900-000000000c00")
        );
    }

    #[test]
    fn what_is_no_guid_names_no_process() {
        for text in [
            "",
            "-",
            "{00000000-0000-0000-0000-000000000000}",
            "4711",
            "{23F38D93-ABAC-5F8E-3900-00000000+C00}",
        ] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }
}
