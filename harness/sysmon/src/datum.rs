//! One datum of a rendered event, changed in its text: all else stays byte for
//! byte as it was recorded.

use crate::windows_xml::text;

/// The text of a rendered event in which a datum has another value; `None` if it
/// has no such datum.
///
/// No value can pass for such a datum, since its `<` is escaped. The name stands
/// in either quote, and where the value is empty the tag may close itself:
/// `<Data Name='X' />`.
pub fn with_datum(xml: &str, name: &str, value: &str) -> Option<String> {
    ['\'', '"'].into_iter().find_map(|quote| {
        let tag = format!("<Data Name={quote}{name}{quote}");
        let (before, after) = xml.split_once(&tag)?;
        let value = text(value);
        let after = after.trim_start();
        let rest = match after.strip_prefix("/>") {
            Some(rest) => rest,
            None => after.split_once("</Data>")?.1,
        };
        Some(format!("{before}{tag}>{value}</Data>{rest}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordedEvent;

    #[test]
    fn a_datum_gets_another_value_however_it_is_written() {
        for (xml, expected) in [
            (
                "<Data Name='DestinationHostname'>-</Data><Data Name='x'>1</Data>",
                "<Data Name='DestinationHostname'>a.b</Data><Data Name='x'>1</Data>",
            ),
            (
                "<Data Name=\"DestinationHostname\" /><Data/>",
                "<Data Name=\"DestinationHostname\">a.b</Data><Data/>",
            ),
            (
                "<Data Name='DestinationHostname'/><Data Name='x'>1</Data>",
                "<Data Name='DestinationHostname'>a.b</Data><Data Name='x'>1</Data>",
            ),
        ] {
            let changed = with_datum(xml, "DestinationHostname", "a.b");
            assert_eq!(changed.as_deref(), Some(expected));
        }
        let other = "<Data Name='Image'>x</Data>";
        assert_eq!(with_datum(other, "DestinationHostname", "a.b"), None);
    }

    #[test]
    fn what_a_value_says_becomes_no_markup() {
        let xml = "<Event xmlns='x'><EventData><Data Name='A'>1</Data></EventData></Event>";
        let value = "</Data><Data Name='B'>&amp;";
        let changed = with_datum(xml, "A", value);
        let event = changed.and_then(|xml| RecordedEvent::of_xml(&xml));
        let data = event.map(|event| event.data);
        assert_eq!(data, Some(vec![("A".to_owned(), value.to_owned())]));
    }
}
