//! What can be wrong with a search, and where.

use std::ops::Range;

/// A place in the text of a search: byte offsets, end exclusive.
pub type Span = Range<usize>;

/// The line and the column of a byte offset in a text, both from 1; a column is a
/// character.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[start..].chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// Why a search could not be parsed or run, with its place in the text.
///
/// `Display` gives the lower-case fragment without the place, so that a caller
/// can render the place as it likes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where in the text it is wrong.
    pub span: Span,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    /// Where the place is inside of what a macro or subsearch stands for, that
    /// text: [`span`](Self::span) is then the place of the macro.
    pub expansion: Option<Box<Expansion>>,
}

/// What a macro, or a subsearch once it has run, stands for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Expansion {
    /// The name of the macro, or `subsearch`.
    pub name: String,
    /// The text that it stands for.
    pub text: String,
    /// The place in that text.
    pub span: Span,
}

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not SPL.
    #[error("{0}")]
    Syntax(String),
    /// The expression is SPL by its form, but its types do not fit: Splunk
    /// rejects it too.
    #[error("{0}")]
    Type(String),
    /// No command of Splunk has this name.
    #[error("unknown command `{name}`")]
    UnknownCommand {
        /// The name as written.
        name: String,
        /// The command that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// No function of Splunk has this name.
    #[error("unknown function `{name}`")]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The function that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// SPL that Splunk knows and this engine does not evaluate.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// SPL whose meaning stands in the configuration of a Splunk installation
    /// (macros, event types, tags), not in the text.
    #[error("{0} depends on the configuration of the Splunk installation")]
    EnvironmentDependent(String),
    /// PCRE does not compile the pattern.
    #[error("invalid regular expression: {0}")]
    Regex(String),
    /// A limit on resources was met: the result would be incomplete.
    #[error("limit reached: {0}")]
    Limit(String),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, span: Span) -> Self {
        Self {
            kind,
            span,
            help: None,
            expansion: None,
        }
    }

    pub(crate) fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self::new(ErrorKind::Syntax(message.into()), span)
    }

    pub(crate) fn types(message: impl Into<String>, span: Span) -> Self {
        Self::new(ErrorKind::Type(message.into()), span)
    }

    pub(crate) fn unsupported(feature: impl Into<String>, span: Span) -> Self {
        Self::new(ErrorKind::Unsupported(feature.into()), span)
    }

    pub(crate) fn environment(feature: impl Into<String>, span: Span) -> Self {
        Self::new(ErrorKind::EnvironmentDependent(feature.into()), span)
    }

    pub(crate) fn limit(what: impl Into<String>, span: Span) -> Self {
        Self::new(ErrorKind::Limit(what.into()), span)
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether the text may well be right, but this engine cannot evaluate it:
    /// a verdict about the detection is then not possible.
    pub fn is_unsupported(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unsupported(_) | ErrorKind::EnvironmentDependent(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one_in_characters() {
        let text = "a=\"é\" b\n| c";
        let at = |part: &str| text.find(part).map(|at| line_and_column(text, at));
        assert_eq!(at("a"), Some((1, 1)));
        assert_eq!(at("b"), Some((1, 7)));
        assert_eq!(at("|"), Some((2, 1)));
        assert_eq!(line_and_column(text, text.len()), (2, 4));
    }
}
