//! Text that a beacon, an endpoint or a file wrote, made safe to show.
//!
//! What is shown must not move the cursor, retitle the window, reorder the
//! line or hide a part of itself: whatever would is spelled out instead.

use std::borrow::Cow;

/// The text on one line: control characters and invisible ones are spelled
/// out, `\n` or `\u{1b}`; all others are kept as they are.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The last lines of a text, at most `count`, each as [`visible`] gives it.
/// Tabs become blanks, and blank lines at the end are left out.
pub(super) fn last_lines(text: &str, count: usize) -> Vec<String> {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let skipped = lines.len().saturating_sub(count);
    lines[skipped..]
        .iter()
        .map(|line| visible(&line.trim_end().replace('\t', "    ")).into_owned())
        .collect()
}

/// The beginning of a text, at most `limit` characters, and how many there are
/// more.
pub(super) fn clip(text: &str, limit: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(limit) else {
        return Cow::Borrowed(text);
    };
    let more = text[end..].chars().count();
    Cow::Owned(format!("{}… ({more} more characters)", &text[..end]))
}

/// Control characters, line and paragraph separators, marks that reorder text,
/// and characters without a glyph.
///
/// Unicode's `Bidi_Control` and `Default_Ignorable_Code_Point` properties, but
/// for the joiners and selectors that scripts and symbols need to be written.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_drives_a_terminal_is_spelled_out() {
        for (text, shown) in [
            (
                "\u{1b}[2J\u{1b}]0;title\u{7}",
                r"\u{1b}[2J\u{1b}]0;title\u{7}",
            ),
            ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("\u{202e}exe.txt", r"\u{202e}exe.txt"),
            ("a\u{200b}b\u{2028}c", r"a\u{200b}b\u{2028}c"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = r"C:\Users\José\日本語 👩‍💻 %TEMP%";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn last_lines_are_the_last() {
        let text = "one\r\ntwo\n\n\tthree \u{1b}[31m\n\n";
        assert_eq!(last_lines(text, 2), ["", r"    three \u{1b}[31m"]);
        assert_eq!(last_lines(text, 9).len(), 4);
        assert!(last_lines("", 3).is_empty());
    }

    #[test]
    fn a_long_text_is_clipped_between_characters() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 3), "äöü… (1 more characters)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_invisible_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_invisible));
            prop_assert!(last_lines(&text, 5).iter().all(|line| !line.contains(is_invisible)));
        }
    }
}
