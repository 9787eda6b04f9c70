//! The answers in `QueryResults` of event 22, as the current add-on finds them.
//!
//! It matches `(type:\s+(?<record_type_id>\d+)\s+|)(?<answer>[^;]+);` over the
//! field, again and again. Source: tests that read the add-on (see
//! [`Source::GeneratorTests`](crate::Source::GeneratorTests)).

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// The number of its record type, where there is one: addresses have none.
    pub(crate) record_type: Option<&'a str>,
    /// Its data.
    pub(crate) answer: &'a str,
}

/// All answers, in order. Only what a semicolon ends is one.
pub(crate) fn items(results: &str) -> impl Iterator<Item = Item<'_>> {
    let ended = results.rfind(';').map_or("", |end| &results[..end]);
    ended
        .split(';')
        .filter(|text| !text.is_empty())
        .map(|text| {
            typed(text).unwrap_or(Item {
                record_type: None,
                answer: text,
            })
        })
}

/// An answer that says its type and has data: without data, the expression
/// takes the words of the type for an answer.
fn typed(text: &str) -> Option<Item<'_>> {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
    let rest = text.strip_prefix("type:")?;
    let number = rest.trim_start_matches(blank);
    let after = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let data = after.trim_start_matches(blank);
    let (digits, blanks) = (number.len() - after.len(), after.len() - data.len());
    let answer = match (data, blanks) {
        // Without data, the last blank is all that can be the answer.
        (_, 0) | ("", 1) => return None,
        ("", _) => &after[blanks - 1..],
        (data, _) => data,
    };
    (digits > 0 && number.len() < rest.len()).then_some(Item {
        record_type: Some(&number[..digits]),
        answer,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn pairs(results: &str) -> Vec<(Option<&str>, &str)> {
        items(results)
            .map(|item| (item.record_type, item.answer))
            .collect()
    }

    /// The forms of real events.
    #[test]
    fn aliases_have_a_type_and_addresses_have_none() {
        assert_eq!(
            pairs("type:  5 arc.msn.com.nsatc.net;::ffff:52.179.129.229;204.79.197.203;"),
            [
                (Some("5"), "arc.msn.com.nsatc.net"),
                (None, "::ffff:52.179.129.229"),
                (None, "204.79.197.203"),
            ]
        );
    }

    #[test]
    fn without_a_semicolon_there_is_no_answer() {
        assert_eq!(pairs("-"), []);
        assert_eq!(pairs(""), []);
        assert_eq!(pairs(";;"), []);
        assert_eq!(pairs("::1;fe80"), [(None, "::1")]);
    }

    #[test]
    fn a_type_without_data_is_taken_for_an_answer() {
        assert_eq!(
            pairs("type:  33 ;172.18.38.5;"),
            [(None, "type:  33 "), (None, "172.18.38.5")]
        );
        assert_eq!(pairs("type:  33  ;"), [(Some("33"), " ")]);
        assert_eq!(pairs("type:5 a;"), [(None, "type:5 a")]);
        assert_eq!(pairs("type:  a b;"), [(None, "type:  a b")]);
    }

    proptest! {
        #[test]
        fn answers_are_parts_of_any_text(results in "[type: 0-9a;é]{0,40}") {
            for item in items(&results) {
                prop_assert!(!item.answer.is_empty());
                prop_assert!(results.contains(item.answer));
            }
        }

        /// PCRE itself is the judge.
        #[test]
        fn answers_are_what_the_expression_finds(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("type:"), Just(" "), Just("  "), Just("5"), Just("28"), Just("a.example"),
                    Just(";"), Just("::1"), Just("-"),
                ],
                0..16,
            )
        ) {
            let results = pieces.concat();
            let answer = pcre2::bytes::Regex::new(
                r"(type:\s+(?<record_type_id>\d+)\s+|)(?<answer>[^;]+);",
            ).unwrap();
            let found: Vec<(Option<&[u8]>, &[u8])> = answer
                .captures_iter(results.as_bytes())
                .map(|captures| {
                    let text = |name| {
                        captures.as_ref().unwrap().name(name).map(|found| {
                            &results.as_bytes()[found.start()..found.end()]
                        })
                    };
                    (text("record_type_id"), text("answer").unwrap())
                })
                .collect();
            let own: Vec<(Option<&[u8]>, &[u8])> = items(&results)
                .map(|item| (item.record_type.map(str::as_bytes), item.answer.as_bytes()))
                .collect();
            prop_assert_eq!(own, found);
        }
    }
}
