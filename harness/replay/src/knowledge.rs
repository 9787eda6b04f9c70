//! Any text as configuration and lookup, and the searches that use them.

use std::sync::Arc;

use spl::{Conf, Knowledge};

use crate::search;

/// What stands between the parts of an input: `macros.conf`, `transforms.conf`,
/// the table `t.csv`, and a search.
const BETWEEN: &str = "\n%%\n";

/// How many names of a file are used in searches.
const USED: usize = 8;

/// Four files in one.
///
/// # Panics
///
/// Where something does not hold.
pub fn knowledge(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split(BETWEEN);
    let mut part = || parts.next().unwrap_or_default();
    let (macros, transforms, table, search) = (part(), part(), part(), part());

    let mut knowledge = Knowledge::default();
    let mut searches = vec![search.to_owned()];
    if let Err(error) = knowledge.add_macros(macros) {
        within(error.line, macros);
    }
    if let Err(error) = knowledge.add_transforms(transforms) {
        within(error.line, transforms);
    }
    // As the file is, and where a table is cut off.
    let _ = knowledge.add_lookup_file("t.csv", bytes);
    let added = knowledge.add_lookup_file("t.csv", table.as_bytes());
    if let Err(error) = added {
        assert!(!error.message.is_empty(), "{error:?}");
    }
    for stanza in conf(macros).iter().take(USED) {
        let name = stanza.split('(').next().unwrap_or_default();
        for call in ["", "(1)", "(a, \"b c\")", "(x=1, y=2, z=3)"] {
            searches.push(format!("a=1 `{name}{call}`"));
            searches.push(format!("* | `{name}{call}`"));
        }
    }
    let columns: Vec<&str> = table
        .lines()
        .next()
        .unwrap_or_default()
        .split(',')
        .collect();
    for stanza in conf(transforms)
        .iter()
        .map(String::as_str)
        .take(USED)
        .chain(["t.csv"])
    {
        searches.push(format!("| inputlookup {stanza}"));
        for column in columns.iter().take(USED) {
            searches.push(format!("* | lookup {stanza} {column} AS a"));
            searches.push(format!(
                "* | lookup {stanza} \"{column}\" AS b OUTPUTNEW a AS x"
            ));
        }
    }
    let knowledge = Arc::new(knowledge);
    for text in searches {
        search::check(&text, &knowledge);
    }
}

/// The names of the stanzas of a file, each once.
fn conf(text: &str) -> Vec<String> {
    let conf = match Conf::parse(text) {
        Ok(conf) => conf,
        Err(error) => {
            within(error.line, text);
            return Vec::new();
        }
    };
    let mut names: Vec<String> = Vec::new();
    for stanza in conf.stanzas {
        within(stanza.line, text);
        for setting in &stanza.settings {
            within(setting.line, text);
            assert_eq!(stanza.get(&setting.name), Some(setting));
        }
        assert!(!names.contains(&stanza.name), "{} twice", stanza.name);
        names.push(stanza.name);
    }
    names
}

fn within(line: usize, text: &str) {
    assert!(line >= 1 && line <= text.lines().count().max(1), "{line}");
}
