//! Searches that differ only in a trap and give different results:
//! `tests/vectors/traps/traps.yaml`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;

use super::{
    pending,
    vector::{Expected, Rows, Surroundings, is_source},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trap {
    title: String,
    /// What says so.
    source: String,
    events: Rows,
    searches: Vec<Variant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variant {
    search: String,
    rows: Rows,
}

impl Trap {
    fn run(&self) -> Result<(), String> {
        let events = self.events.events();
        let mut printed = Vec::new();
        for variant in &self.searches {
            let outcome = Surroundings::default().run(&variant.search, &events)?;
            let expected = Expected {
                columns: None,
                rows: Some(variant.rows.clone()),
                within: 0.0,
                rejected: false,
            };
            expected
                .check(&outcome)
                .map_err(|failure| format!("{}\n    {failure}", variant.search))?;
            if let Ok(results) = outcome {
                printed.push(crate::support::cells(&results));
            }
        }
        for (index, left) in printed.iter().enumerate() {
            if printed[index + 1..].contains(left) {
                return Err(format!("two searches give the same: {left:?}"));
            }
        }
        Ok(())
    }
}

#[test]
fn a_trap_makes_a_difference() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/traps/traps.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let traps: Vec<Trap> =
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut failures = BTreeMap::new();
    for trap in &traps {
        assert!(trap.searches.len() > 1, "{}", trap.title);
        assert!(is_source(&trap.source), "{}", trap.title);
        if let Err(failure) = trap.run() {
            failures.insert(trap.title.clone(), failure);
        }
    }
    let all: Vec<String> = traps.into_iter().map(|trap| trap.title).collect();
    pending::check("trap", &all, &failures);
}
