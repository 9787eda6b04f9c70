//! Parts of Windows paths, of registry paths and of registry data.

/// A path without its folder, as the add-ons take it off: they delete what the
/// regular expression `(.*\\)(?=.*(\.\w*)$|(\w+)$)` finds.
///
/// So it is the part after the last `\` only where that part ends in a dot and
/// letters, digits or `_`, or has nothing else: `C:\x\my-tool` stays as it is.
///
/// Source: `EVAL-process_name` of the community's add-on.
pub(crate) fn file_name(path: &str) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // Where the letters start that the path ends in, and whether a dot is
    // before them.
    let word = path.trim_end_matches(is_word).len();
    let dot = path[..word].ends_with('.').then(|| word - 1);
    path.rmatch_indices('\\')
        .map(|(at, _)| at + 1)
        .find(|&name| dot.is_some_and(|dot| name <= dot) || (word <= name && name < path.len()))
        .map_or(path, |name| &path[name..])
}

/// A part of a registry path, counted from its end.
pub(crate) fn key_from_end(path: &str, place: usize) -> Option<&str> {
    path.rsplit('\\').nth(place)
}

/// The word and the text of `WORD (TEXT)`.
fn typed(details: &str) -> Option<(&str, &str)> {
    let (word, rest) = details.split_once(" (")?;
    let text = rest.strip_suffix(')')?;
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    (is_word(word) && !text.is_empty()).then_some((word, text))
}

/// What `Details` of a registry event has in parentheses: `DWORD (0x0000002a)`.
pub(crate) fn in_parentheses(details: &str) -> Option<&str> {
    typed(details).map(|(_, text)| text)
}

/// The type before those parentheses.
pub(crate) fn word_before_parentheses(details: &str) -> Option<&str> {
    typed(details).map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// Worked out by hand from the regular expression.
    #[test]
    fn file_names_are_what_the_regular_expression_leaves() {
        for (path, name) in [
            (r"C:\Windows\System32\cmd.exe", "cmd.exe"),
            (r"C:\tools\my-tool.exe", "my-tool.exe"),
            ("System", "System"),
            (r"C:\bin\tool", "tool"),
            // A folder whose name has a dot is no reason to keep it.
            (r"C:\a.b\tool", "tool"),
            // Neither alternative holds after any backslash.
            (r"C:\bin\my-tool", r"C:\bin\my-tool"),
            (r"C:\bin\", r"C:\bin\"),
            ("-", "-"),
            ("", ""),
            // `\w*` may match nothing after the dot.
            (r"C:\x\odd name.", "odd name."),
            (r"C:\x\a.b c", r"C:\x\a.b c"),
            ("&lt;unknown process&gt;", "&lt;unknown process&gt;"),
        ] {
            assert_eq!(file_name(path), name, "{path}");
        }
    }

    #[test]
    fn parts_of_registry_paths_count_from_the_end() {
        let path = r"HKLM\System\Services\W32Time\Start";
        assert_eq!(key_from_end(path, 0), Some("Start"));
        assert_eq!(key_from_end(path, 1), Some("W32Time"));
        assert_eq!(key_from_end("HKLM", 1), None);
    }

    #[test]
    fn typed_details_are_taken_apart_and_others_are_not() {
        assert_eq!(in_parentheses("DWORD (0x00000002)"), Some("0x00000002"));
        assert_eq!(word_before_parentheses("DWORD (0x00000002)"), Some("DWORD"));
        assert_eq!(
            in_parentheses("QWORD (0x01d776fd-0xd724b8c5)"),
            Some("0x01d776fd-0xd724b8c5")
        );
        for details in [
            "Binary Data",
            "my program (x86)\\a",
            "a b (c)",
            "DWORD ()",
            "(x)",
        ] {
            assert_eq!(in_parentheses(details), None, "{details}");
        }
    }

    proptest! {
        /// PCRE itself, which Splunk's `replace` uses, is the judge.
        #[test]
        fn a_file_name_is_what_the_expression_leaves(path in r"[a-z_.\\\\ é-]{0,20}") {
            let folder = pcre2::bytes::Regex::new(r"(.*\\)(?=.*(\.\w*)$|(\w+)$)").unwrap();
            let mut left: Vec<u8> = Vec::new();
            let mut from = 0;
            for found in folder.find_iter(path.as_bytes()) {
                let found = found.unwrap();
                left.extend(&path.as_bytes()[from..found.start()]);
                from = found.end();
            }
            left.extend(&path.as_bytes()[from..]);
            prop_assert_eq!(file_name(&path).as_bytes(), left);
        }
    }
}
