//! The grid that a person reads in the terminal.

use textwrap::core::display_width;

use super::super::terminal::Style;
use super::super::terminal::page::{Page, Paint};
use super::super::untrusted::visible;
use super::{LEGEND, shown, sums, verdict, why};
use crate::matrix::Grid;
use crate::matrix::grid::{Cell, Kind, OfDetection};
use crate::matrix::view::ViewReport;

/// Blanks between two columns.
const GAP: usize = 2;
/// Number and name of a scenario take at least so much.
const NARROWEST_NAME: usize = 28;
/// And no more than this.
const WIDEST_NAME: usize = 60;
/// Where a name begins, behind its number.
const INDENT: usize = 5;

/// The grid as text, with a final newline. `folder` is where the run's files
/// are, if it left any.
pub fn render(grid: &Grid, folder: Option<&str>, style: Style) -> String {
    let mut page = Page::new(style);
    let tool = format!("{} {}", grid.tool.name, grid.tool.version);
    let title = page.paint(Paint::Heading, &tool);
    let behaviour = visible(&grid.behaviour);
    // Recorded events do not say what the endpoints did.
    let said = match grid.recorded {
        Some(_) => ", by what was said",
        None => "",
    };
    let heading = format!("{title}  matrix · endpoints {behaviour}{said}");
    page.item("", 0, &heading);
    if !grid.earlier.is_empty() {
        let earlier = visible(&grid.earlier.join(", ")).into_owned();
        page.item("", 0, &format!("with what came to its end in {earlier}"));
    }
    if let Some(inputs) = &grid.recorded {
        let inputs: Vec<_> = inputs.iter().map(|input| visible(input)).collect();
        page.item("", 0, &format!("recorded events · {}", inputs.join(", ")));
    }
    // Without a cell there is no grid, and what is told below is why.
    if grid.has_cells() {
        for of in &grid.detections {
            detection(&mut page, grid, of, style.width);
        }
        legend(&mut page, grid);
    }
    for trouble in &grid.troubles {
        page.blank();
        page.item("", 0, &visible(trouble));
    }
    let verdict = verdict(grid);
    page.blank();
    let paint = Paint::of(verdict.outcome);
    let first = format!("{} ", page.paint(paint, verdict.mark));
    let mut parts = vec![
        page.paint(paint, &verdict.words),
        format!("exit code {}", grid.exit_code),
    ];
    parts.extend(folder.map(|folder| visible(folder).into_owned()));
    page.unbroken(&first, 2, &parts.join(" · "));
    page.finish()
}

/// A column: a view, its heading's lines, and how wide it is.
struct Column<'a> {
    view: &'a ViewReport,
    sums: [String; 2],
    heading: [String; 2],
    width: usize,
}

fn detection(page: &mut Page, grid: &Grid, of: &OfDetection, width: usize) {
    page.heading(&visible(&of.source.name));
    let [fire, alarms] = sums(grid, of);
    let sums_of = fire.1.into_iter().zip(alarms.1);
    let mut columns: Vec<Column<'_>> = grid
        .views
        .iter()
        .zip(sums_of)
        .map(|(view, (fire, alarms))| column(of, view, [fire, alarms]))
        .collect();
    while !columns.is_empty() {
        let many = fitting(&columns, width);
        let rest = columns.split_off(many);
        block(page, grid, of, &columns, [fire.0, alarms.0], width);
        columns = rest;
    }
    let whys = why::all(grid, of);
    if !whys.is_empty() {
        page.blank();
    }
    for why in whys {
        let mark = page.paint(paint_of(why.mark), why.mark);
        page.item(&format!(" {mark} "), 3, &visible(&why.cells));
        for sentence in why.sentences {
            page.item("     ", 5, &sentence.plain());
        }
    }
}

fn column<'a>(of: &OfDetection, view: &'a ViewReport, sums: [String; 2]) -> Column<'a> {
    let heading = halves(&visible(&view.name));
    let cells = of.cells.iter().filter(|cell| cell.view == view.name);
    let widths = cells
        .map(|cell| display_width(&shown(Some(cell))))
        .chain(heading.iter().chain(&sums).map(|text| display_width(text)));
    let width = widths.max().unwrap_or_default();
    Column {
        view,
        sums,
        heading,
        width,
    }
}

/// A heading on two lines, if it is long and can be broken: the first is empty
/// where one line is enough.
fn halves(name: &str) -> [String; 2] {
    let whole = [String::new(), name.to_owned()];
    if display_width(name) <= 9 {
        return whole;
    }
    let breaks = name
        .char_indices()
        .filter(|(_, c)| matches!(c, '-' | '+'))
        .map(|(at, c)| name.split_at(at + c.len_utf8()));
    breaks
        .min_by_key(|(first, second)| display_width(first).max(display_width(second)))
        .map_or(whole, |(first, second)| {
            [first.to_owned(), second.to_owned()]
        })
}

/// How many columns fit beside the names; at least one.
fn fitting(columns: &[Column<'_>], width: usize) -> usize {
    let mut used = NARROWEST_NAME;
    let fit = columns.iter().take_while(|column| {
        used += GAP + column.width;
        used <= width
    });
    fit.count().max(1)
}

fn block(
    page: &mut Page,
    grid: &Grid,
    of: &OfDetection,
    columns: &[Column<'_>],
    sum_names: [&str; 2],
    width: usize,
) {
    let taken: usize = columns.iter().map(|column| GAP + column.width).sum();
    let longest = grid.scenarios.iter();
    let longest = longest.map(|row| INDENT + display_width(&visible(&row.name)));
    let name_width = width
        .saturating_sub(taken)
        .min(longest.max().unwrap_or_default())
        .clamp(NARROWEST_NAME, WIDEST_NAME);
    for line in 0..2 {
        let headings = columns.iter().map(|column| {
            let heading = &column.heading[line];
            (heading.clone(), None, column.width)
        });
        let headings: Vec<_> = headings.collect();
        if headings.iter().any(|(heading, ..)| !heading.is_empty()) {
            row(page, "", name_width, headings);
        }
    }
    for scenario in &grid.scenarios {
        let name = format!(" {:>2}  {}", scenario.number, visible(&scenario.name));
        let cells = columns.iter().map(|column| {
            let cell = of.cell(scenario.number, &column.view.name);
            (shown(cell), cell.map(paint), column.width)
        });
        row(page, &name, name_width, cells);
    }
    for (at, name) in sum_names.into_iter().enumerate() {
        let name = format!("{}{name}", " ".repeat(INDENT));
        let cells = columns.iter().map(|column| {
            let sum = column.sums[at].clone();
            (sum, Some(Paint::Secondary), column.width)
        });
        row(page, &name, name_width, cells);
    }
}

fn row(
    page: &mut Page,
    name: &str,
    name_width: usize,
    cells: impl IntoIterator<Item = (String, Option<Paint>, usize)>,
) {
    let mut line = clipped(name, name_width);
    line.push_str(&" ".repeat(name_width - display_width(&line)));
    for (text, paint, width) in cells {
        let pad = " ".repeat(width - display_width(&text));
        line.push_str(&" ".repeat(GAP));
        line.push_str(&paint.map_or_else(|| text.clone(), |paint| page.paint(paint, &text)));
        line.push_str(&pad);
    }
    page.row(&line);
}

/// A name that fits: its end left out, if it must be.
fn clipped(name: &str, width: usize) -> String {
    if display_width(name) <= width {
        return name.to_owned();
    }
    let mut clipped = String::new();
    let mut used = 1;
    for c in name.chars() {
        used += display_width(c.encode_utf8(&mut [0; 4]));
        if used > width {
            break;
        }
        clipped.push(c);
    }
    clipped.push('…');
    clipped
}

const fn paint(cell: &Cell) -> Paint {
    match cell.kind {
        Kind::Fires if cell.is_new() => Paint::Doubtful,
        Kind::Fires => Paint::Good,
        Kind::Silent => Paint::Secondary,
        Kind::Misses | Kind::FalseAlarm => Paint::Bad,
        Kind::Inconclusive => Paint::Doubtful,
    }
}

fn paint_of(mark: &str) -> Paint {
    match mark {
        "✗" | "!" => Paint::Bad,
        _ => Paint::Doubtful,
    }
}

fn legend(page: &mut Page, grid: &Grid) {
    page.blank();
    for (mark, meaning) in LEGEND {
        page.item(&format!("  {mark:<5}"), 7, meaning);
    }
    page.blank();
    let widths = grid.views.iter();
    let width = widths.map(|view| display_width(&visible(&view.name)));
    let width = width.max().unwrap_or_default();
    for view in &grid.views {
        let name = visible(&view.name);
        let pad = " ".repeat(width - display_width(&name));
        page.item(&format!("  {name}{pad}  "), width + 4, &view.meaning);
    }
}
