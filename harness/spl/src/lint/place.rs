//! Finds places in the text that the plan does not keep.

use crate::error::Span;

/// The characters that stand outside of double quotation marks and have no
/// backslash before them, with their places.
pub(super) fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quoted = false;
    let mut escaped = false;
    text.char_indices().filter(move |(_, c)| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => return !quoted,
        }
        false
    })
}

/// Whether one pair of parentheses holds all of the text.
pub(crate) fn is_enclosed(text: &str) -> bool {
    let mut depth = 0_usize;
    for (place, c) in outside_quotes(text) {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text.starts_with('(') && place + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

/// Where a name stands as a word in a command: outside of text, or in quotation
/// marks of its own. `None` where it is not written as such.
pub(crate) fn of_name(text: &str, command: Span, name: &str) -> Option<Span> {
    let within = text.get(command.clone())?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '{' | '}');
    let outside: Vec<usize> = outside_quotes(within).map(|(place, _)| place).collect();
    let word = |loose: bool| {
        within.match_indices(name).find(|(start, _)| {
            let end = start + name.len();
            let (before, after) = (&within[..*start], &within[end..]);
            let border = |c: Option<char>| {
                c.is_none_or(|c| {
                    if loose {
                        !(c.is_alphanumeric() || c == '_')
                    } else {
                        !is_part(c)
                    }
                })
            };
            // The name of the command is no field; the first command needs none.
            (*start > 0
                || command.start == 0 && after.trim_start().starts_with(['=', '!', '<', '>']))
                && outside.binary_search(start).is_ok()
                && border(before.chars().next_back())
                && border(after.chars().next())
        })
    };
    let quoted = || {
        let written = format!("\"{name}\"");
        within.find(&written).map(|start| (start + 1, name))
    };
    let (start, _) = word(false).or_else(|| word(true)).or_else(quoted)?;
    let start = command.start + start;
    Some(start..start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(command: &str, name: &str) -> Option<usize> {
        of_name(command, 0..command.len(), name).map(|span| span.start)
    }

    #[test]
    fn names_are_found_as_words() {
        assert_eq!(found("table ab, a b", "a"), Some(10));
        assert_eq!(found("table a.b a", "a"), Some(10));
        assert_eq!(found(r#"table "a b""#, "a b"), Some(7));
        assert_eq!(found(r#"eval x="a".a"#, "a"), Some(11));
        assert_eq!(found("eval x='a b'", "a b"), Some(8));
        assert_eq!(found(r#"eval x="a""#, "b"), None);
        assert_eq!(found("a=1 b=a", "a"), Some(0));
        assert_eq!(found("table x table", "table"), Some(8));
    }

    #[test]
    fn one_pair_of_parentheses_encloses() {
        assert!(is_enclosed("(a (b) c)"));
        assert!(!is_enclosed("(a) OR (b)"));
        assert!(!is_enclosed("a OR b"));
        assert!(is_enclosed(r#"(a=")" OR b)"#));
    }
}
