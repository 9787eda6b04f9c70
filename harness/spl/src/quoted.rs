//! Text in quotation marks, and what a backslash means in it.

use std::borrow::Cow;

/// Which escape sequences a piece of text knows. Sequences that are not known
/// stay as they are, backslash included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// Arguments of commands: `\"`, `\\` and `\|` (Search Reference, `search`,
    /// "Quotes and escaping characters").
    Argument,
    /// String literals of expressions: `\"`, `\\`, and `\t` for a tab (Search
    /// Manual, "Types of expressions"). `\|` stays, so that it reaches a
    /// regular expression as a literal pipe.
    Expression,
    /// Regular expressions of `regex` and `rex`: `\"` and `\\` (Search Manual,
    /// "SPL and regular expressions"). `\|` stays: it is a literal pipe to the
    /// regular expression.
    Pattern,
}

impl Escapes {
    /// What a backslash and `next` stand for; `None` where they stay.
    fn decode(self, next: char) -> Option<char> {
        match (self, next) {
            (_, '"' | '\\') | (Self::Argument, '|') => Some(next),
            (Self::Expression, 't') => Some('\t'),
            _ => None,
        }
    }

    /// The text that is meant by the text that is written.
    pub(crate) fn unescape(self, written: &str) -> Cow<'_, str> {
        if !written.contains('\\') {
            return Cow::Borrowed(written);
        }
        let mut meant = String::with_capacity(written.len());
        let mut rest = written.chars();
        while let Some(c) = rest.next() {
            let escaped = (c == '\\')
                .then(|| rest.clone().next())
                .flatten()
                .and_then(|next| self.decode(next));
            if let Some(decoded) = escaped {
                meant.push(decoded);
                rest.next();
            } else {
                meant.push(c);
            }
        }
        Cow::Owned(meant)
    }
}

#[cfg(test)]
mod tests {
    use super::Escapes;

    #[test]
    fn escapes_of_arguments() {
        // Search Reference, search, "Quotes and escaping characters".
        let meant = |written| Escapes::Argument.unescape(written).into_owned();
        assert_eq!(meant(r#"say \"hi\""#), r#"say "hi""#);
        assert_eq!(meant(r"C:\\Windows\\*"), r"C:\Windows\*");
        assert_eq!(meant(r"a\|b"), "a|b");
        assert_eq!(meant(r"\s"), r"\s");
        assert_eq!(meant(r"\\s"), r"\s");
        assert_eq!(meant(r"\\\\"), r"\\");
        assert_eq!(meant("\\"), "\\");
    }

    #[test]
    fn escapes_of_patterns() {
        // Search Manual, "SPL and regular expressions": a file path takes four
        // backslashes for one.
        let meant = |written| Escapes::Pattern.unescape(written).into_owned();
        assert_eq!(meant(r"c:\\temp"), r"c:\temp");
        assert_eq!(meant(r#"\d\d\|"	"#), r#"\d\d\|"	"#);
    }

    #[test]
    fn escapes_of_expressions() {
        // Search Manual, "Types of expressions": the tab in a path.
        let meant = |written| Escapes::Expression.unescape(written).into_owned();
        assert_eq!(meant(r"C:\\windows\temp"), "C:\\windows\temp");
        assert_eq!(meant(r"C:\\windows\\temp"), r"C:\windows\temp");
        assert_eq!(meant(r"chrome\.exe"), r"chrome\.exe");
        assert_eq!(meant(r"\d\|\\\\"), r"\d\|\\");
    }
}
