//! Sentences that several reports have in common. What is quoted in them is
//! kept apart from their own words, so that each report can quote in its way.

use super::untrusted::{clip, visible};

/// How much of a quoted value is shown, in characters. `run.json` has all of it.
pub(super) const QUOTE_LIMIT: usize = 240;

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words, to be read as language.
    Words(String),
    /// A value, to be read letter by letter.
    Quote(String),
}

/// A sentence, without its full stop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sentence(Vec<Piece>);

impl Sentence {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self(vec![Piece::Words(words.into())])
    }

    #[must_use]
    pub(super) fn words(mut self, words: impl Into<String>) -> Self {
        self.0.push(Piece::Words(words.into()));
        self
    }

    #[must_use]
    pub(super) fn quote(mut self, value: impl Into<String>) -> Self {
        self.0.push(Piece::Quote(value.into()));
        self
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The sentence in plain text on one line, quotes between backticks, with
    /// nothing in it that could drive a terminal.
    pub(super) fn plain(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => visible(words).into_owned(),
                Piece::Quote(value) if value.is_empty() => "empty".to_owned(),
                Piece::Quote(value) => format!("`{}`", visible(&clip(value, QUOTE_LIMIT))),
            })
            .collect()
    }
}
