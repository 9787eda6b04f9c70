//! Lays out commands whose arguments are lists of words: `table`, `stats` and
//! their like.
//!
//! Parentheses stay as they are, since `stats` calls a column by what is
//! written in them.

use super::{Position, line_break, token};

/// The command with one blank between its words, and lines that are not too
/// wide: BY begins a line where one line is not enough. `None` where it is not
/// certain what its words are.
pub(super) fn lay_out(text: &str, at: Position) -> Option<String> {
    let words = with_names(words(text)?);
    let line = words.join(" ");
    if at.fits(&line) {
        return Some(line);
    }
    let mut out = String::new();
    let mut here = at;
    for (index, word) in words.iter().enumerate() {
        let by = index > 1 && word.eq_ignore_ascii_case("by");
        if index == 0 {
            out.push_str(word);
        } else if by || !here.fits(&format!(" {word}")) {
            out.push_str(&line_break(at.indent));
            out.push_str(word);
            here.column = at.indent + word.chars().count();
            continue;
        } else {
            out.push(' ');
            here.column += 1;
            out.push_str(word);
        }
        here.column += word.chars().count();
    }
    Some(out)
}

/// The same words, `AS` and its name together with what they name.
fn with_names(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    let mut names = false;
    for word in words {
        let is_as = joined.len() > 1 && word.eq_ignore_ascii_case("as");
        match joined.last_mut() {
            Some(last) if is_as || names => {
                last.push(' ');
                last.push_str(&word);
            }
            _ => joined.push(word),
        }
        names = is_as;
    }
    joined
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}

/// The words, commas at their ends.
fn words(text: &str) -> Option<Vec<String>> {
    // Whether single quotation marks protect blanks depends on the command.
    if text.contains('\'') {
        return None;
    }
    let masked = token::masked(text).ok()?;
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut end = None;
    for token in token::tokens(text, &masked, 0..text.len(), false)? {
        let written = &text[token.span.clone()];
        let inside = depth > 0;
        match token.kind {
            // A comment ends the line or not: nobody can tell.
            token::Kind::Comment | token::Kind::Brackets => return None,
            token::Kind::Open => depth += 1,
            token::Kind::Close => depth = depth.checked_sub(1)?,
            token::Kind::Comma | token::Kind::Word => {}
        }
        let first = words.len() < 2;
        match words.last_mut() {
            Some(word) if inside => {
                word.push_str(&text[end?..token.span.start]);
                word.push_str(written);
            }
            Some(_) if token.kind == token::Kind::Comma && first => return None,
            // `2 ,`: a count and a comma, where `2,` is the name of a field.
            Some(word) if token.kind == token::Kind::Comma && token.spaced && is_number(word) => {
                return None;
            }
            // `max (a)`: a column is called by the blanks too.
            Some(_) if token.kind == token::Kind::Open && token.spaced => return None,
            Some(word)
                if token.kind == token::Kind::Comma || (!token.spaced && !word.ends_with(',')) =>
            {
                word.push_str(written);
            }
            None if token.kind != token::Kind::Word => return None,
            _ => words.push(written.to_owned()),
        }
        end = Some(token.span.end);
    }
    // Line breaks in parentheses stay, and are no words of one line.
    let one_line = words.iter().all(|word| !word.contains('\n'));
    (depth == 0 && one_line).then_some(words)
}
