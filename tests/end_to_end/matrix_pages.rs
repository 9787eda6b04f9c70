//! The pages that show the matrix of the shipped detections: what they show is
//! what the command prints.
//!
//! `UPDATE_DOCS=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Workplace;

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn printed(arguments: &[&str]) -> String {
    let fixed = ["matrix", "--interpreters", "stand-in"];
    let run = Workplace::new().run(fixed.iter().chain(arguments));
    run.exits(0);
    run.stdout
}

/// Holds what stands between two marks of a page to a text, or writes it there.
fn hold(page: &Path, mark: &str, text: &str) {
    let (begin, end) = (
        format!("<!-- {mark} -->\n\n"),
        format!("\n<!-- end of {mark} -->"),
    );
    let whole = fs::read_to_string(page).unwrap();
    let (before, rest) = whole.split_once(&begin).unwrap();
    let (kept, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(page, [before, &begin, text, &end, after].concat()).unwrap();
        return;
    }
    let page = page.file_name().unwrap().to_string_lossy();
    for (line, (kept, text)) in kept.lines().zip(text.lines()).enumerate() {
        assert_eq!(kept, text, "{page}, {mark}, line {}", line + 1);
    }
    assert_eq!(kept, text, "{page}, {mark}");
}

/// The lines of the tables and what their cells mean.
fn grid(markdown: &str) -> String {
    let mut text = String::new();
    for line in markdown.lines() {
        if line.starts_with('|') {
            text.push_str(line);
            text.push('\n');
        } else if line.starts_with("Cells: ") || line.starts_with("Columns: ") {
            text.push('\n');
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// What the shipped detections are called on the command line.
const CALLED: [(&str, &str); 4] = [
    ("Detect Serverless in Splunk", "serverless"),
    ("Serverless Beaconing at Regular Intervals", "beaconing"),
    ("Correlated Serverless Connections", "correlated"),
    (
        "Serverless Names Asked For by Programs That Are No Browsers",
        "dns",
    ),
];

/// A row for each detection: in each column how many fire of those that must,
/// and how many false alarms there are, if any.
fn sums(markdown: &str) -> String {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    let mut text = String::new();
    let (mut name, mut fire) = ("", Vec::new());
    for line in markdown.lines() {
        if let Some(heading) = line.strip_prefix("#### ") {
            name = heading;
        } else if line.starts_with("| # |") && text.is_empty() {
            let columns = cells(line)[2..].join(" | ");
            text.push_str(&["| Detection | ", &columns, " |\n"].concat());
            text.push_str(&["|---|", &"---|".repeat(cells(line).len() - 2), "\n"].concat());
        } else if line.starts_with("| | fire") {
            fire = cells(line)[2..].to_vec();
        } else if line.starts_with("| | false") {
            let alarms = cells(line)[2..].to_vec();
            let both: Vec<String> = fire
                .iter()
                .zip(&alarms)
                .map(|(fire, alarms)| match alarms.as_str() {
                    "0" => fire.clone(),
                    alarms => format!("{fire} · ! {alarms}"),
                })
                .collect();
            let of = |(known, _): &&(&str, &str)| *known == name;
            let (_, called) = CALLED.iter().find(of).unwrap();
            text.push_str(&["| `", called, "` | ", &both.join(" | "), " |\n"].concat());
        }
    }
    text
}

#[test]
fn the_readme_opens_with_the_grid_of_the_published_detection() {
    let markdown = printed(&["--detection", "serverless", "--format", "markdown"]);
    let grid = grid(&markdown);
    assert_eq!(grid.matches("\n| ").count(), 10 + 2);
    hold(&page("README.md"), "grid", &grid);
    let readme = fs::read_to_string(page("README.md")).unwrap();
    let (opening, _) = readme.split_once("<!-- grid -->").unwrap();
    // The name, three lines, and the two commands.
    assert!(opening.lines().count() < 25);
}

#[test]
fn the_pages_show_the_whole_matrix() {
    let markdown = printed(&["--suite", "all", "--format", "markdown"]);
    let sums = sums(&markdown);
    assert_eq!(sums.lines().count(), 2 + 4, "{sums}");
    hold(&page("README.md"), "sums", &sums);
    hold(&page("docs/matrix.md"), "matrix", &markdown);
}

/// What docs/matrix.md says of columns that stay empty.
#[test]
fn event_3_has_neither_command_line_nor_parent() {
    let recorded = page("tests/recorded/datasets");
    let searched = Workplace::new().run([
        "search",
        "--detection",
        "serverless",
        recorded.to_str().unwrap(),
        "--output",
        "json",
    ]);
    let rows: Vec<Value> = searched
        .stdout
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    assert!(rows.len() > 20);
    for row in rows {
        assert!(row["Image"].is_string(), "{row}");
        for column in ["CommandLine", "ParentImage", "ParentCommandLine"] {
            assert_eq!(row[column], Value::Null, "{row}");
        }
    }
}
