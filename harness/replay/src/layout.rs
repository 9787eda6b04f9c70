//! Layout changes nothing but blanks, and laying out twice is the same as once.

use std::mem;

use spl::{Search, layout};

use crate::search;

/// What holds of every text that can be laid out.
pub(crate) fn holds(text: &str) {
    let Ok(once) = layout(text) else {
        return;
    };
    assert_eq!(solid(&once), solid(text), "{once}");
    assert_eq!(layout(&once).as_ref(), Ok(&once), "not the same twice");
    match (Search::parse(text), Search::parse(&once)) {
        (Ok(before), Ok(after)) => {
            let (written, laid_out) = (before.canonical(), after.canonical());
            // `foreach` writes names into the text that its brackets hold, blanks
            // too: these may differ, and nothing that comes of them.
            if written.contains("foreach") {
                assert_eq!(solid(&written), solid(&laid_out), "{once}");
                search::finds_the_same(&before, &after);
            } else {
                assert_eq!(written, laid_out, "{once}");
            }
        }
        // What is wrong stays wrong; where an operand is missing, a blank can
        // make another word of its neighbours, and other words of the error.
        (Err(before), Err(after)) => assert_eq!(
            mem::discriminant(&before.kind),
            mem::discriminant(&after.kind),
            "{once}"
        ),
        (before, after) => panic!("{once}\n{:?}\n{:?}", before.err(), after.err()),
    }
}

/// The text without the blanks that may change: those outside of quotation
/// marks, comments and macros.
fn solid(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\\' => {
                let next = rest[1..].chars().next().filter(|c| !c.is_whitespace());
                1 + next.map_or(0, char::len_utf8)
            }
            '"' => closed(rest, '"').unwrap_or(rest.len()),
            '`' if rest.starts_with("```") => {
                rest[3..].find("```").map_or(rest.len(), |end| end + 6)
            }
            '`' => macro_length(rest),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if !piece.trim().is_empty() {
            out.push_str(piece);
        }
        rest = after;
    }
    out
}

/// How long what stands in quotation marks is, both included.
fn closed(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let closes = c == mark && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    Some(end + 2)
}

/// How long the macro is that a text begins with; a backtick in quotation marks
/// does not end it.
fn macro_length(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let end = text[1..].find(|c| {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            _ if was_escaped => {}
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        !was_escaped && c == '`' && !quoted
    });
    end.map_or(text.len(), |end| end + 2)
}
