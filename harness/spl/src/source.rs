//! The text stage: what happens to the text of a search before any command is
//! parsed.
//!
//! Comments become blanks of the same length, so that every later place is a
//! place in the text as written. Macros would be expanded here, textually;
//! their definitions stand in a Splunk installation, so they are refused.
//!
//! Source: Search Manual, "Add comments to searches" and "Use search macros in
//! searches".

use std::borrow::Cow;

use crate::{Error, error::Span};

const COMMENT: &str = "```";

/// The text with its comments blanked.
///
/// # Errors
///
/// A comment that is not closed, and any macro.
pub(crate) fn without_comments(text: &str) -> Result<Cow<'_, str>, Error> {
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut quoted = false;
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            // A backslash protects the next byte, also a quotation mark.
            b'\\' => position += 1,
            b'"' => quoted = !quoted,
            b'`' if !quoted => {
                let span = comment(text, position)?;
                position = span.end;
                comments.push(span);
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    if comments.is_empty() {
        return Ok(Cow::Borrowed(text));
    }
    let mut blanked = String::with_capacity(text.len());
    let mut copied = 0;
    for span in comments {
        blanked.push_str(&text[copied..span.start]);
        blanked.extend(std::iter::repeat_n(' ', span.len()));
        copied = span.end;
    }
    blanked.push_str(&text[copied..]);
    Ok(Cow::Owned(blanked))
}

/// The comment that starts at `start`, where a backtick stands.
fn comment(text: &str, start: usize) -> Result<Span, Error> {
    let rest = &text[start..];
    if let Some(inside) = rest.strip_prefix(COMMENT) {
        return match inside.find(COMMENT) {
            Some(length) => Ok(start..start + length + 2 * COMMENT.len()),
            None => Err(Error::syntax(
                "comment is not closed",
                start..start + COMMENT.len(),
            )),
        };
    }
    match rest[1..].find('`') {
        Some(length) => {
            let name = rest[1..=length].split('(').next().unwrap_or_default();
            Err(Error::environment(
                format!("macro `{}`", name.trim()),
                start..start + length + 2,
            )
            .with_help("write the definition of the macro in its place"))
        }
        None => Err(Error::syntax("macro is not closed", start..start + 1)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn comments_become_blanks_and_keep_places() {
        let text = "a=1 ```why é``` | head";
        let blanked = without_comments(text).unwrap();
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked.find('|'), text.find('|'));
        assert!(!blanked.contains("why"));
    }

    #[test]
    fn quotation_marks_protect_backticks() {
        let text = r#"a="```not a comment```" b="\"`x`""#;
        assert_eq!(without_comments(text).unwrap(), text);
    }

    #[test]
    fn a_macro_is_refused_by_name() {
        let error = without_comments("`sysmon(1, \"a\")` EventID=1").unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::EnvironmentDependent("macro `sysmon`".to_owned())
        );
        assert_eq!(error.span, 0..16);
        assert!(error.is_unsupported());
    }

    #[test]
    fn open_comments_and_macros_are_errors() {
        for text in ["a ```b", "a `b", "a `"] {
            let error = without_comments(text).unwrap_err();
            assert!(matches!(error.kind, ErrorKind::Syntax(_)), "{text}");
        }
    }
}
