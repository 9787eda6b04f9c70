//! Expressions over several lines.

use super::{
    Position, STEP, WIDTH,
    item::{
        Item, blank_between, enclosed, flat, flat_start, has_lines, is_operator, is_word,
        is_word_in_any_case,
    },
    line_break,
};

/// The name of the command, a blank, and the rest.
pub(super) fn named(name: &[Item], rest: impl Fn(Position) -> String, at: Position) -> String {
    let name = flat(name);
    let rest = rest(at.after(&name).after(" "));
    format!("{name} {rest}").trim_end().to_owned()
}

impl Position {
    /// The position behind a text that starts here.
    fn after(self, text: &str) -> Self {
        let column = match text.rsplit_once('\n') {
            Some((_, line)) => line.chars().count(),
            None => self.column + text.chars().count(),
        };
        Self { column, ..self }
    }

    /// The start of a new line, so much further in.
    fn line(self, step: usize) -> Self {
        Self {
            column: self.indent + step,
            indent: self.indent + step,
        }
    }
}

/// On one line if it fits there.
fn one_line(items: &[Item], at: Position) -> Option<String> {
    let line = flat(items);
    (!has_lines(items) && at.fits(&line)).then_some(line)
}

/// The parts of a `search` that an AND joins, said or implied; an operator AND
/// stands at the start of its part.
fn units(items: &[Item]) -> Vec<&[Item]> {
    let mut starts = vec![0];
    for index in 1..items.len() {
        let (before, item) = (&items[index - 1], &items[index]);
        let joined = match (before, item) {
            (Item::Comment { alone: true, .. }, _) | (_, Item::Comment { alone: true, .. }) => {
                false
            }
            (_, Item::Comma | Item::Comment { .. }) => true,
            (Item::Comma, _) => false,
            _ if is_word(item, "OR") || is_operator(before) => true,
            _ if !blank_between(before, item) => true,
            (Item::Word { text, .. }, Item::Group { .. }) if text == "IN" => true,
            (_, Item::Word { text, .. }) if is_word(item, "IN") || starts_with_sign(text) => true,
            (Item::Word { text, .. }, _) => text.ends_with(['=', '<', '>']),
            _ => false,
        };
        if !joined {
            starts.push(index);
        }
    }
    starts.push(items.len());
    starts
        .windows(2)
        .map(|bounds| &items[bounds[0]..bounds[1]])
        .filter(|unit| !unit.is_empty())
        .collect()
}

fn starts_with_sign(text: &str) -> bool {
    text.starts_with(['=', '<', '>']) || text.starts_with("!=")
}

/// Splits before each operator of a sort.
fn split_before(items: &[Item], is_split: impl Fn(&Item) -> bool) -> Vec<&[Item]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, item) in items.iter().enumerate().skip(1) {
        if is_split(item) {
            parts.push(&items[start..index]);
            start = index;
        }
    }
    parts.push(&items[start..]);
    parts
}

/// Splits after each comma.
fn split_at_commas(items: &[Item]) -> Vec<&[Item]> {
    items
        .split_inclusive(|item| matches!(item, Item::Comma))
        .collect()
}

/// A search: as much on a line as fits, and what is longer than a line broken.
pub(super) fn search(items: &[Item], at: Position) -> String {
    if let Some(line) = one_line(items, at) {
        return line;
    }
    let mut out = String::new();
    let mut here = at;
    let mut after_alone = false;
    let mut long = false;
    for (index, unit) in units(items).into_iter().enumerate() {
        let is_alone = matches!(unit, [Item::Comment { alone: true, .. }]);
        // What follows a comment with a line of its own begins another.
        let alone = std::mem::replace(&mut after_alone, is_alone) || is_alone;
        if index > 0 {
            let behind = here.after(" ");
            match one_line(unit, behind) {
                Some(line) if !alone && !long => {
                    out.push(' ');
                    out.push_str(&line);
                    here = behind.after(&line);
                    continue;
                }
                _ => {
                    out.push_str(&line_break(at.indent));
                    here = at.line(0);
                }
            }
        }
        let text = search_unit(unit, here);
        // Nothing follows on the last line of what takes several.
        long = text.contains('\n');
        here = here.after(&text);
        out.push_str(&text);
    }
    out
}

/// A part of a search: alternatives below each other.
fn search_unit(items: &[Item], at: Position) -> String {
    if let Some(line) = one_line(items, at) {
        return line;
    }
    let alternatives = split_before(items, |item| is_word(item, "OR"));
    if alternatives.len() == 1 {
        return term(items, at, search_group);
    }
    below(&alternatives, at, STEP, |part, at| {
        term(part, at, search_group)
    })
}

/// Parts below each other, the first where it is.
fn below(
    parts: &[&[Item]],
    at: Position,
    step: usize,
    render: impl Fn(&[Item], Position) -> String,
) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index == 0 {
            out.push_str(&render(part, at));
        } else {
            let here = at.line(step);
            out.push_str(&line_break(here.indent));
            out.push_str(&render(part, here));
        }
    }
    out
}

/// One part after the other, and parentheses that do not fit over several lines.
fn term(items: &[Item], at: Position, group: fn(&[Item], Position) -> String) -> String {
    let mut out = String::new();
    let mut here = at;
    for (index, item) in items.iter().enumerate() {
        if index > 0 && blank_between(&items[index - 1], item) {
            out.push(' ');
            here = here.after(" ");
        }
        let text = match item {
            Item::Group { items: inner, .. } => {
                // A character has four bytes at most.
                let rest = flat_start(&items[index..], 4 * WIDTH);
                if !has_lines(inner) && here.fits(&rest) {
                    enclosed(inner)
                } else {
                    group(inner, here)
                }
            }
            single => flat(std::slice::from_ref(single)),
        };
        here = here.after(&text);
        out.push_str(&text);
    }
    out
}

/// Parentheses of a search over several lines.
fn search_group(items: &[Item], at: Position) -> String {
    let inside = at.line(STEP);
    let lists = split_at_commas(items);
    let text = if lists.len() > 1 {
        filled(&lists, inside)
    } else {
        let units = units(items);
        match units[..] {
            [only] => {
                let alternatives = split_before(only, |item| is_word(item, "OR"));
                below(&alternatives, inside, 0, |part, at| {
                    term(part, at, search_group)
                })
            }
            _ => below(&units, inside, 0, search_unit),
        }
    };
    parenthesised(&text, at)
}

fn parenthesised(text: &str, at: Position) -> String {
    format!(
        "({}{text}{})",
        line_break(at.indent + STEP),
        line_break(at.indent)
    )
}

/// As many values on a line as fit.
fn filled(parts: &[&[Item]], at: Position) -> String {
    let mut out = String::new();
    let mut here = at;
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            if one_line(part, here.after(" ")).is_some() {
                out.push(' ');
                here = here.after(" ");
            } else {
                out.push_str(&line_break(at.indent));
                here = at.line(0);
            }
        }
        let text = term(part, here, search_group);
        here = here.after(&text);
        out.push_str(&text);
    }
    out
}

/// An expression: broken before its loosest operators.
pub(super) fn predicate(items: &[Item], at: Position) -> String {
    if let Some(line) = one_line(items, at) {
        return line;
    }
    for operators in [&["XOR"][..], &["OR"], &["AND"]] {
        let parts = split_before(items, |item| {
            operators
                .iter()
                .any(|operator| is_word_in_any_case(item, operator))
        });
        if parts.len() > 1 {
            return below(&parts, at, 0, |part, at| {
                // What binds tighter stands further in.
                let within = Position {
                    indent: at.indent + STEP,
                    ..at
                };
                predicate_part(part, at, within)
            });
        }
    }
    term(items, at, arguments)
}

/// A part behind an operator that is its first word.
fn predicate_part(items: &[Item], at: Position, within: Position) -> String {
    let operator = items.first().filter(|item| {
        ["AND", "OR", "XOR"]
            .iter()
            .any(|o| is_word_in_any_case(item, o))
    });
    match operator {
        Some(first) if items.len() > 1 => {
            let first = flat(std::slice::from_ref(first));
            let text = predicate(&items[1..], within.after(&first).after(" "));
            format!("{first} {text}")
        }
        _ => predicate(
            items,
            Position {
                column: at.column,
                ..within
            },
        ),
    }
}

/// Parentheses of an expression over several lines: arguments below each other,
/// those of `case` in pairs.
fn arguments(items: &[Item], at: Position) -> String {
    let inside = at.line(STEP);
    let parts = split_at_commas(items);
    if parts.len() == 1 {
        return parenthesised(&predicate(items, inside), at);
    }
    // Breaking a call of words makes nothing clearer.
    if is_simple(items) {
        return enclosed(items);
    }
    parenthesised(&below(&parts, inside, 0, predicate), at)
}

/// As [`arguments`], two in a line.
fn pairs(items: &[Item], at: Position) -> String {
    let inside = at.line(STEP);
    let mut pairs: Vec<Vec<Item>> = Vec::new();
    for (index, part) in split_at_commas(items).into_iter().enumerate() {
        match pairs.last_mut() {
            Some(pair) if index % 2 == 1 => pair.extend_from_slice(part),
            _ => pairs.push(part.to_vec()),
        }
    }
    let parts: Vec<&[Item]> = pairs.iter().map(Vec::as_slice).collect();
    let text = below(&parts, inside, 0, |part, at| match one_line(part, at) {
        Some(line) => line,
        None => below(&split_at_commas(part), at, 0, predicate),
    });
    parenthesised(&text, at)
}

/// Whether there are a few arguments only, and no call with arguments of calls.
fn is_simple(items: &[Item]) -> bool {
    let is_flat = |items: &[Item]| items.iter().all(|item| !matches!(item, Item::Group { .. }));
    !has_lines(items)
        && split_at_commas(items).len() <= 3
        && !items.iter().any(is_operator)
        && items.iter().all(|item| match item {
            Item::Group { items, .. } => is_flat(items),
            _ => true,
        })
}

/// The assignments of `eval`, each on a line of its own.
pub(super) fn assignments(items: &[Item], at: Position) -> String {
    below(&split_at_commas(items), at, 0, |part, at| {
        match one_line(part, at) {
            Some(line) => line,
            None => assignment(part, at),
        }
    })
}

/// One assignment; a `case` that is its whole value has a branch on each line.
fn assignment(items: &[Item], at: Position) -> String {
    let calls_case = |item: &Item| {
        matches!(item, Item::Word { text, .. } if {
            let lower = text.to_ascii_lowercase();
            ["case", "validate"]
                .iter()
                .any(|name| lower == *name || lower.ends_with(&format!("={name}")))
        })
    };
    let case = items
        .windows(2)
        .any(|pair| calls_case(&pair[0]) && matches!(pair[1], Item::Group { spaced: false, .. }));
    let loose = items.iter().any(is_operator);
    match (case, loose) {
        (true, false) => term(items, at, pairs),
        _ => predicate(items, at),
    }
}
