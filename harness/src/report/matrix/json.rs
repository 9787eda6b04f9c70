//! A matrix in JSON, for programs to read; `schema/matrix.schema.json` describes
//! it.

use super::super::json::printable;
use crate::matrix::Grid;

/// The grid in JSON, indented by two blanks, with a final newline.
pub fn render(grid: &Grid) -> String {
    printable(grid)
}
