//! A process's GUID as a key: written in capitals or not, with or without
//! braces, it is the same process.

use std::num::NonZero;

use sysmon::RecordedEvent;

/// The sixteen bytes of a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Guid(NonZero<u128>);

impl Guid {
    /// The GUID in a field; `None` where there is none, or only zeros, which
    /// Sysmon writes for a process that it does not know.
    pub(super) fn of<S: AsRef<str>>(event: &RecordedEvent<S>, field: &str) -> Option<Self> {
        Self::parse(event.said(field)?)
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let mut digits = 0;
        let mut value = 0;
        for byte in text.bytes().filter(|byte| *byte != b'-') {
            value = value << 4 | u128::from(char::from(byte).to_digit(16)?);
            digits += 1;
        }
        (digits == 32)
            .then_some(value)
            .and_then(NonZero::new)
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
