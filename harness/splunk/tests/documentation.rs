//! The documentation of the add-ons' fields is what the tables say.
//!
//! `UPDATE_DOCS=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{env, fmt::Write as _, fs, path::PathBuf};

use splunk::{Events, Knowledge, OMITTED, fields};

fn page() -> String {
    let mut page = String::from(
        "# Fields that the add-ons give to events\n\n\
         This page is made from the tables by which events get their fields; a test holds it to\n\
         them. `--addon legacy` stands for the community's add-on up to version 8, `current` for\n\
         Splunk's own, `linux` for the one for Sysmon for Linux; which rules an event has depends\n\
         on its channel, too. Every datum of an event (`<Data Name='Image'>`) is a field of its\n\
         name, as it stands in the rendered XML, entities and all; an empty one is none.\n\n\
         The operations come in Splunk's order: extractions, aliases, calculated fields, lookups,\n\
         event types, tags; each sees what the one before left, and calculated fields do not see\n\
         each other. What no source says is marked *unconfirmed*.\n",
    );
    for knowledge in Knowledge::ALL {
        let _ = write!(
            page,
            "\n## {}\n\n| field | by | events | from | source | |\n|---|---|---|---|---|---|\n",
            knowledge.name()
        );
        for rule in fields().filter(|rule| rule.knowledge == knowledge) {
            let ids = |ids: &[u16]| {
                let ids: Vec<String> = ids.iter().map(u16::to_string).collect();
                ids.join(", ")
            };
            let events = match rule.events {
                Events::All => "all".to_owned(),
                Events::Of(only) => ids(only),
                Events::Except(others) => format!("all but {}", ids(others)),
            };
            let _ = writeln!(
                page,
                "| `{}` | {} | {events} | {} | {} | {} |",
                rule.field,
                rule.step.name(),
                rule.from
                    .to_string()
                    .replace('|', "\\|")
                    .replace('<', "\\<"),
                rule.source.name(),
                if rule.confirmed { "" } else { "unconfirmed" }
            );
        }
    }
    page.push_str(
        "\n## Fields that a Splunk has and these profiles do not make\n\n| field | why |\n|---|---|\n",
    );
    for (field, why) in OMITTED {
        let _ = writeln!(page, "| `{field}` | {why} |");
    }
    page
}

#[test]
fn the_documentation_is_what_the_tables_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/add-on-fields.md");
    let page = page();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    if let Some((old, new)) = written.lines().zip(page.lines()).find(|(a, b)| a != b) {
        panic!(
            "docs/add-on-fields.md is out of date (UPDATE_DOCS=1 writes it anew):\n{old}\n{new}"
        );
    }
    assert_eq!(
        written.len(),
        page.len(),
        "docs/add-on-fields.md is out of date"
    );
}
