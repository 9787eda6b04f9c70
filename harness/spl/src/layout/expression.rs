//! Lays out the expressions of `search`, `where` and `eval`.

use super::{
    Position, Region, Source, broken,
    item::{Item, is_operator},
    token::{self, Kind, Token},
};
use crate::Error;

/// How an expression binds, and what protects blanks in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Search,
    Where,
    Eval,
}

/// Parentheses in each other.
const MAX_DEPTH: usize = 64;

impl Source<'_> {
    /// A command with an expression; `None` where it is not certain what its
    /// parts are.
    pub(super) fn expression(
        &self,
        region: &Region,
        language: Language,
        at: Position,
    ) -> Result<Option<String>, Error> {
        let single_quotes = language != Language::Search;
        let place = region.span.clone();
        let Some(tokens) = token::tokens(self.text, self.masked, place, single_quotes) else {
            return Ok(None);
        };
        // A comma behind the name of the command belongs to nothing.
        let first = tokens.iter().position(|token| token.kind != Kind::Comment);
        // A search that begins with an operator is none: what it belongs to, and
        // where its line would begin, nobody can tell.
        if first.is_some_and(|first| &self.text[tokens[first].span.clone()] == "OR") {
            return Ok(None);
        }
        let second = first.and_then(|first| tokens.get(first + 1));
        if second.is_some_and(|token| token.kind == Kind::Comma) {
            return Ok(None);
        }
        // The name of a command must be followed by a blank here.
        if language != Language::Search && tokens.get(1).is_some_and(|token| !token.spaced) {
            return Ok(None);
        }
        let mut open: Vec<(Vec<Item>, bool)> = Vec::new();
        let mut items = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            let text = &self.text[token.span.clone()];
            let spaced = token.spaced;
            match token.kind {
                Kind::Word => items.push(Item::Word {
                    text: text.to_owned(),
                    spaced,
                }),
                // Outside of parentheses only `eval` has commas.
                Kind::Comma if open.is_empty() && language != Language::Eval => return Ok(None),
                Kind::Comma => items.push(Item::Comma),
                Kind::Comment => items.push(Item::Comment {
                    text: text.to_owned(),
                    alone: language == Language::Search
                        && open.is_empty()
                        && self.is_alone(region, &tokens, index),
                }),
                Kind::Brackets => {
                    // It is laid out as if it began a line, whatever is around.
                    let start = Position {
                        column: at.indent,
                        indent: at.indent,
                    };
                    let subsearch = self.subsearch(token.span.clone(), start, false)?;
                    items.push(Item::Word {
                        text: subsearch.unwrap_or_else(|| text.to_owned()),
                        spaced,
                    });
                }
                Kind::Open => {
                    if open.len() >= MAX_DEPTH {
                        return Ok(None);
                    }
                    open.push((std::mem::take(&mut items), spaced));
                }
                Kind::Close => {
                    let Some((mut before, group_spaced)) = open.pop() else {
                        return Ok(None);
                    };
                    // An operator that the parenthesis ends is a mistake: who
                    // knows of what.
                    if items.last().is_some_and(is_operator) {
                        return Ok(None);
                    }
                    before.push(Item::Group {
                        items: std::mem::take(&mut items),
                        spaced: group_spaced,
                    });
                    items = before;
                }
            }
        }
        if !open.is_empty() {
            return Ok(None);
        }
        Ok(Some(match language {
            Language::Search => broken::search(&items, at),
            Language::Where => {
                let (name, rest) = items.split_at(items.len().min(1));
                broken::named(name, |at| broken::predicate(rest, at), at)
            }
            Language::Eval => {
                let (name, rest) = items.split_at(items.len().min(1));
                broken::named(name, |at| broken::assignments(rest, at), at)
            }
        }))
    }
}

impl Source<'_> {
    /// Whether a comment has a line of its own, so that it keeps it.
    fn is_alone(&self, region: &Region, tokens: &[Token], index: usize) -> bool {
        let begins = if index == 0 {
            !region.piped && self.depth == 0
        } else {
            tokens[index].begins_line
        };
        begins && tokens.get(index + 1).is_none_or(|next| next.begins_line)
    }
}
