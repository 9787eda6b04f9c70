//! The reference in the documentation is what the tables of the engine say.
//!
//! `UPDATE_DOCS=1` writes it anew.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use spl::Entry;

fn page() -> String {
    let mut page = String::from(
        "# SPL: what is evaluated, what is refused, and how sure that is\n\n\
         This page is made from the tables by which the engine works; a test holds it to them.\n\
         Every rule comes from the page of Splunk's documentation that is named. What no page\n\
         states and practice alone says is marked *unconfirmed*: `lab/splunk` has a probe for\n\
         each such rule, which a real Splunk can answer. No real Splunk has answered them yet.\n\n\
         What is not listed here as evaluated is refused by name, with its place in the text;\n\
         nothing is ever passed over. Some things can be told only from the data (a multivalue\n\
         field where a command takes one value, rows out of order): they are refused when they\n\
         are met, and no partial result is given.\n",
    );
    entries(&mut page, "Commands", spl::commands());
    page.push_str(
        "\n### Refused parts of these commands\n\n| command | refused | such as |\n|---|---|---|\n",
    );
    for part in spl::refused_parts() {
        row(
            &mut page,
            &[
                &format!("`{}`", part.command),
                &cell(part.what),
                &code(part.sample),
            ],
        );
    }
    page.push_str("\n### Refused commands\n\n");
    let names: Vec<String> = spl::refused_commands()
        .filter(|refusal| refusal.reason.is_empty())
        .map(|refusal| format!("`{}`", refusal.name))
        .collect();
    paragraph(&mut page, &names.join(", "));
    let writing: Vec<_> = spl::refused_commands()
        .filter(|refusal| !refusal.reason.is_empty())
        .collect();
    let names: Vec<String> = writing.iter().map(|r| format!("`{}`", r.name)).collect();
    page.push_str(
        "\nThese write outside the search, which a search that is only tested must not do:\n\n",
    );
    paragraph(&mut page, &names.join(", "));
    entries(
        &mut page,
        "Functions of eval and where",
        spl::eval_functions(),
    );
    page.push_str("\n### Refused functions of eval and where\n\n| function | why, or what to do |\n|---|---|\n");
    for refusal in spl::refused_eval_functions() {
        row(
            &mut page,
            &[&format!("`{}`", refusal.name), &cell(refusal.reason)],
        );
    }
    entries(
        &mut page,
        "Functions of stats, eventstats and streamstats",
        spl::stats_functions(),
    );
    page.push_str("\n### Refused functions of stats\n\n");
    let names: Vec<String> = spl::refused_stats_functions()
        .map(|name| format!("`{name}`"))
        .collect();
    paragraph(&mut page, &names.join(", "));
    page.push_str("\n## Lints\n\n`beaconlab lint` reports these. Their names stay the same.\n\n| code | severity | found | why | way out |\n|---|---|---|---|---|\n");
    for lint in spl::lint::codes() {
        row(
            &mut page,
            &[
                &format!("`{}`", lint.name),
                &format!("{:?}", lint.severity).to_lowercase(),
                &cell(lint.what),
                &cell(lint.why),
                &cell(lint.way_out),
            ],
        );
    }
    page
}

fn entries(page: &mut String, title: &str, entries: impl Iterator<Item = &'static Entry>) {
    let _ = write!(
        page,
        "\n## {title}\n\n| written | does | source | unconfirmed |\n|---|---|---|---|\n"
    );
    for entry in entries {
        row(
            page,
            &[
                &code(entry.syntax),
                &cell(entry.summary),
                &cell(entry.source),
                &cell(entry.unconfirmed.unwrap_or_default()),
            ],
        );
    }
}

fn row(page: &mut String, cells: &[&str]) {
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// Text in a table: a pipe would end the cell, and outside of code `<` begin
/// a tag.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .replace('|', "\\|")
        .split('`')
        .enumerate()
        .map(|(index, part)| {
            if index % 2 == 0 {
                part.replace('<', "\\<")
            } else {
                format!("`{part}`")
            }
        })
        .collect()
}

/// Code in a table. Two backticks let one stand inside.
fn code(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").replace('|', "\\|");
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

fn paragraph(page: &mut String, text: &str) {
    let mut width = 0;
    for word in text.split(' ') {
        if width + word.len() > 96 {
            page.push('\n');
            width = 0;
        } else if width > 0 {
            page.push(' ');
        }
        page.push_str(word);
        width += word.len() + 1;
    }
    page.push('\n');
}

#[test]
fn the_documentation_is_what_the_tables_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/spl.md");
    let page = page();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    if let Some((old, new)) = written.lines().zip(page.lines()).find(|(a, b)| a != b) {
        panic!("docs/spl.md is out of date (UPDATE_DOCS=1 writes it anew):\n{old}\n{new}");
    }
    assert_eq!(written.len(), page.len(), "docs/spl.md is out of date");
}
