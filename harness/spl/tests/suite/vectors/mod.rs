//! Examples with printed results from Splunk's documentation, restated as
//! data: `tests/vectors/*.yaml`.

mod pending;
mod probes;
mod traps;
mod vector;

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;

use self::vector::{Cell, Cells, Expected, Rows, Surroundings};
use crate::support::Made;

/// The vectors of one page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The manual and the title of the page.
    #[serde(rename = "page")]
    title: String,
    url: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    title: String,
    /// Where the documentation contradicts itself, or what it leaves open.
    #[serde(default, rename = "note")]
    _note: Option<String>,
    /// Where it is not the page of the file.
    #[serde(default, rename = "url")]
    _url: Option<String>,
    #[serde(default)]
    events: Rows,
    search: Option<String>,
    /// Short for a search with one expression over one event.
    eval: Option<String>,
    #[serde(default)]
    event: Cells,
    value: Option<Cell>,
    #[serde(default)]
    is_null: bool,
    #[serde(default)]
    surroundings: Surroundings,
    columns: Option<Vec<String>>,
    rows: Option<Rows>,
    #[serde(default)]
    within: f64,
    #[serde(default)]
    rejected: bool,
    /// The setting that gives what the page prints, where it is not the default.
    setting: Option<String>,
    /// What the default gives.
    default: Option<Rows>,
}

impl Vector {
    fn run(&self) -> Result<(), String> {
        let (search, events, rows) = match (&self.search, &self.eval) {
            (Some(search), None) => (search.clone(), self.events.events(), self.rows.clone()),
            (None, Some(expression)) => {
                let event = Made(
                    self.event
                        .iter()
                        .flat_map(|(name, cell)| {
                            cell.0.iter().map(|value| (name.clone(), value.clone()))
                        })
                        .collect(),
                );
                let mut rows = Rows::default();
                let cell = self.value.clone().unwrap_or_default();
                rows.rows.push([("result".to_owned(), cell)].into());
                let rows = (self.value.is_some() || self.is_null).then_some(rows);
                let search = format!("* | eval result={expression} | table result");
                (search, vec![event], rows)
            }
            _ => return Err("has to have either `search` or `eval`".to_owned()),
        };
        if rows.is_none() && self.columns.is_none() && !self.rejected {
            return Err("expects nothing".to_owned());
        }
        let expected = Expected {
            columns: self.columns.clone(),
            rows,
            within: self.within,
            rejected: self.rejected,
        };
        let outcome = self.surroundings.run(&search, &events)?;
        let checked = expected.check(&outcome);
        let checked = match (&self.setting, &self.default) {
            (None, None) => checked,
            (Some(setting), Some(_)) if checked.is_ok() => {
                Err(format!("gives what only `{setting}` gives"))
            }
            (Some(_), Some(default)) => Expected {
                rows: Some(default.clone()),
                ..expected
            }
            .check(&outcome),
            _ => Err("has to have both `setting` and `default`".to_owned()),
        };
        checked.map_err(|failure| format!("{search}\n    {failure}"))
    }
}

#[test]
fn documented_examples_hold() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut all = Vec::new();
    let mut failures = BTreeMap::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    for path in paths {
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let page: Page = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(page.url.starts_with("https://"), "{stem}: {}", page.url);
        for vector in page.vectors {
            let name = format!("{stem}: {}", vector.title);
            assert!(!all.contains(&name), "{name} is there twice");
            if let Err(failure) = vector.run() {
                failures.insert(name.clone(), format!("[{}] {failure}", page.title));
            }
            all.push(name);
        }
    }
    assert!(all.len() >= 250, "{} vectors", all.len());
    pending::check("vector", &all, &failures);
}
