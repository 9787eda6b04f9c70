#![allow(clippy::unwrap_used)]

use textwrap::core::display_width;

use super::super::terminal::Style;
use super::super::untrusted::is_invisible;
use super::fixtures::grid;
use super::{json, markdown, text};
use crate::matrix::Grid;

fn plain(grid: &Grid, width: usize) -> String {
    let style = Style {
        colour: false,
        width,
    };
    text::render(grid, Some("runs/20260301T093000Z-7f3a"), style)
}

#[test]
fn a_terminal_reads_like_this() {
    insta::assert_snapshot!("text", plain(&grid(), 100));
}

#[test]
fn markdown_reads_like_this() {
    insta::assert_snapshot!("markdown", markdown::render(&grid()));
}

#[test]
fn programs_read_this() {
    insta::assert_snapshot!("json", json::render(&grid()));
}

#[test]
fn no_line_is_longer_than_the_terminal_is_wide_and_no_column_is_lost() {
    let grid = grid();
    for width in [40, 60, 80, 100, 120] {
        let text = plain(&grid, width);
        for line in text.lines() {
            assert!(display_width(line) <= width, "at {width}: {line}");
        }
        // The heading's halves, wherever its block is.
        assert!(
            text.contains("provider+") && text.contains("reference"),
            "{text}"
        );
        assert!(text.contains("✓ 3 new") && text.contains("✗ new"), "{text}");
    }
}

#[test]
fn nothing_drives_the_terminal() {
    assert!(!plain(&grid(), 100).contains(|c| c != '\n' && is_invisible(c)));
    assert!(!json::render(&grid()).contains('\u{1b}'));
    assert!(!markdown::render(&grid()).contains('\u{1b}'));
}

#[test]
fn a_table_in_markdown_has_a_cell_for_each_column_in_each_row() {
    let text = markdown::render(&grid());
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    // Two tables of a heading, a rule, four scenarios and two sums.
    assert_eq!(rows.len(), 2 * 8);
    for row in rows {
        assert_eq!(row.matches('|').count(), 2 + 3 + 1, "{row}");
    }
}

#[test]
fn what_both_schemas_define_is_the_same() {
    let schema = |text: &str| -> serde_json::Value { serde_json::from_str(text).unwrap() };
    let run = schema(include_str!("../../../schema/run.schema.json"));
    let matrix = schema(include_str!("../../../schema/matrix.schema.json"));
    for shared in [
        "class", "outcome", "count", "position", "mismatch", "dropped",
    ] {
        assert!(matrix["$defs"][shared].is_object(), "{shared}");
        assert_eq!(matrix["$defs"][shared], run["$defs"][shared], "{shared}");
    }
}
