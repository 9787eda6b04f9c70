//! The grid in GitHub's Markdown, for a README or the summary of a job.

use super::super::markdown::{escaped, sentence};
use super::{LEGEND, shown, sums, verdict, why};
use crate::matrix::Grid;
use crate::matrix::grid::OfDetection;

/// The grid in Markdown, with a final newline. Whatever others wrote is escaped
/// or quoted.
pub fn render(grid: &Grid) -> String {
    let mut lines = Vec::new();
    // Without a cell there is no grid, and what is told below is why.
    if grid.has_cells() {
        for of in &grid.detections {
            detection(&mut lines, grid, of);
        }
        legend(&mut lines, grid);
    }
    for trouble in &grid.troubles {
        lines.extend([escaped(trouble), String::new()]);
    }
    let verdict = verdict(grid);
    lines.push(format!(
        "{} {} · exit code {}",
        verdict.mark,
        escaped(&verdict.words),
        grid.exit_code
    ));
    lines.push(String::new());
    lines.join("\n")
}

fn detection(lines: &mut Vec<String>, grid: &Grid, of: &OfDetection) {
    lines.extend([format!("#### {}", escaped(&of.source.name)), String::new()]);
    lines.extend(table(grid, of));
    lines.push(String::new());
    for why in why::all(grid, of) {
        lines.push(format!("- {} {}", why.mark, escaped(&why.cells)));
        let sentences = why.sentences.iter();
        lines.extend(sentences.map(|one| format!("  - {}", sentence(one))));
    }
    lines.push(String::new());
}

fn legend(lines: &mut Vec<String>, grid: &Grid) {
    let legend = LEGEND.map(|(mark, meaning)| format!("`{mark}` {}", escaped(meaning)));
    lines.extend([format!("Cells: {}.", legend.join(" · ")), String::new()]);
    let views = grid.views.iter();
    let views: Vec<String> = views
        .map(|view| format!("{}: {}", escaped(&view.name), escaped(&view.meaning)))
        .collect();
    lines.extend([format!("Columns: {}.", views.join(" · ")), String::new()]);
}

fn table(grid: &Grid, of: &OfDetection) -> Vec<String> {
    let names: Vec<String> = grid.views.iter().map(|view| escaped(&view.name)).collect();
    let mut lines = vec![
        format!("| # | Scenario | {} |", names.join(" | ")),
        format!("|--:|---|{}", "---|".repeat(names.len())),
    ];
    for row in &grid.scenarios {
        let cells: Vec<String> = grid
            .views
            .iter()
            .map(|view| shown(of.cell(row.number, &view.name)))
            .collect();
        let (number, name) = (row.number, escaped(&row.name));
        lines.push(format!("| {number} | {name} | {} |", cells.join(" | ")));
    }
    for (name, sums) in sums(grid, of) {
        lines.push(format!("| | {name} | {} |", sums.join(" | ")));
    }
    lines
}
