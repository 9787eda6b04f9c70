//! The parts of an expression, and the blanks between them on one line.

/// A part of an expression, all blanks in it decided.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Words that are written on, operators too.
    Word {
        text: String,
        spaced: bool,
    },
    Comma,
    /// A comment, and whether it has a line of its own.
    Comment {
        text: String,
        alone: bool,
    },
    /// Parentheses.
    Group {
        items: Vec<Item>,
        spaced: bool,
    },
}

/// Everything on one line.
pub(super) fn flat(items: &[Item]) -> String {
    let mut out = String::new();
    write(items, usize::MAX, &mut out);
    out
}

/// Everything on one line, or the start of it that has more than so many bytes.
pub(super) fn flat_start(items: &[Item], most: usize) -> String {
    let mut out = String::new();
    write(items, most, &mut out);
    out
}

fn write(items: &[Item], most: usize, out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if out.len() > most {
            return;
        }
        if index > 0 && blank_between(&items[index - 1], item) {
            out.push(' ');
        }
        match item {
            Item::Word { text, .. } | Item::Comment { text, .. } => out.push_str(text),
            Item::Comma => out.push(','),
            Item::Group { items, .. } => {
                out.push('(');
                write(items, most, out);
                out.push(')');
            }
        }
    }
}

/// Parentheses on one line.
pub(super) fn enclosed(items: &[Item]) -> String {
    format!("({})", flat(items))
}

/// Whether a blank stands between two parts: after commas always, and between
/// operators and parentheses; elsewhere where one was.
pub(super) fn blank_between(before: &Item, after: &Item) -> bool {
    match (before, after) {
        (_, Item::Comma) => matches!(before, Item::Comment { .. }) || is_operator(before),
        (Item::Comma | Item::Comment { .. }, _) | (_, Item::Comment { .. }) => true,
        (Item::Group { .. }, Item::Word { spaced, .. }) => *spaced || is_operator(after),
        (_, Item::Group { spaced, .. }) => *spaced || is_operator(before),
        (_, Item::Word { spaced, .. }) => *spaced,
    }
}

/// AND, OR, XOR and NOT, which need blanks where words are beside them.
pub(super) fn is_operator(item: &Item) -> bool {
    ["AND", "OR", "XOR", "NOT"]
        .iter()
        .any(|operator| is_word(item, operator))
}

pub(super) fn is_word(item: &Item, word: &str) -> bool {
    matches!(item, Item::Word { text, .. } if text == word)
}

pub(super) fn is_word_in_any_case(item: &Item, word: &str) -> bool {
    matches!(item, Item::Word { text, .. } if text.eq_ignore_ascii_case(word))
}

/// Whether a comment among the parts has a line of its own.
pub(super) fn has_lines(items: &[Item]) -> bool {
    items.iter().any(|item| match item {
        Item::Comment { alone, text } => *alone || text.contains('\n'),
        Item::Group { items, .. } => has_lines(items),
        Item::Word { .. } | Item::Comma => false,
    })
}
