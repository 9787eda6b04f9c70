//! The searches of `lab/splunk/probes.json`, which a real Splunk has yet to
//! answer: the engine gives the answers that are written there.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::PathBuf,
};

use serde::Deserialize;

use super::{
    pending,
    vector::{Cell, Cells, Expected, Rows, Surroundings, is_source},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    id: String,
    rule: String,
    search: String,
    expect: Answer,
    /// What says so.
    source: String,
    /// How to read another answer.
    #[serde(default)]
    reading: String,
    /// The entries of the reference whose unconfirmed rule it probes.
    #[serde(default)]
    covers: Vec<String>,
    /// What has to be there first.
    #[serde(default)]
    setup: String,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Answer {
    Rows(Vec<Cells>),
    /// `error`: Splunk rejects the search.
    Error(String),
}

/// The files of the lookups that `setup` tells of.
const WORDS: &str = "word,kind\na*,first\nab*,second\nAb,third\nempty,\n";
const DEFINITION: &str = "[probe_words]\nfilename = probe_words.csv\n\
                          match_type = WILDCARD(word)\ncase_sensitive_match = true\n";

const PATHS: &str = "Image,name,kind\nC:\\Tools\\*,a.example,one\n*\\curl.exe,*,two\n";
const DEFINITION_OF_PATHS: &str = "[probe_paths]\nfilename = probe_paths.csv\n\
                                   match_type = WILDCARD(Image), WILDCARD(name)\n\
                                   case_sensitive_match = false\nmax_matches = 1\n";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lab/splunk")
}

fn probes() -> Vec<Probe> {
    serde_json::from_str(&fs::read_to_string(folder().join("probes.json")).unwrap()).unwrap()
}

impl Probe {
    fn run(&self) -> Result<(), String> {
        let mut surroundings = Surroundings {
            now: Some("2024-05-15T12:00:00Z".to_owned()),
            ..Surroundings::default()
        };
        for (name, text, definition) in [
            ("probe_words.csv", WORDS, DEFINITION),
            ("probe_paths.csv", PATHS, DEFINITION_OF_PATHS),
        ] {
            if self.setup.contains(name) {
                let file = (name.to_owned(), text.to_owned());
                surroundings.lookups = [file].into();
                surroundings.transforms = Some(definition.to_owned());
            }
        }
        let expected = Expected {
            columns: None,
            rows: match &self.expect {
                Answer::Rows(rows) => Some(Rows::from(rows.clone())),
                Answer::Error(_) => None,
            },
            within: 0.0,
            rejected: matches!(self.expect, Answer::Error(_)),
        };
        expected.check(&surroundings.run(&self.search, &[])?)
    }

    fn answer(&self) -> String {
        let cell = |cell: &Cell| cell.0.join(" and ");
        match &self.expect {
            Answer::Error(_) => "the search is rejected".to_owned(),
            Answer::Rows(rows) if rows.is_empty() => "no rows".to_owned(),
            Answer::Rows(rows) => rows
                .iter()
                .map(|row| {
                    let cells: Vec<String> = row
                        .iter()
                        .map(|(name, value)| format!("{name} is `{}`", cell(value)))
                        .collect();
                    if cells.is_empty() {
                        "all empty".to_owned()
                    } else {
                        cells.join(", ")
                    }
                })
                .collect::<Vec<_>>()
                .join("; "),
        }
    }
}

#[test]
fn the_engine_answers_as_is_written() {
    let mut failures = BTreeMap::new();
    let mut all = Vec::new();
    for probe in probes() {
        assert!(!all.contains(&probe.id), "{} is there twice", probe.id);
        assert!(is_source(&probe.source), "{}", probe.id);
        if let Answer::Error(word) = &probe.expect {
            assert_eq!(word, "error", "{}", probe.id);
        }
        if let Err(failure) = probe.run() {
            failures.insert(probe.id.clone(), format!("{}\n    {failure}", probe.search));
        }
        all.push(probe.id);
    }
    pending::check("probe", &all, &failures);
}

/// Every rule that the reference marks as unconfirmed has a probe.
#[test]
fn what_is_unconfirmed_is_probed() {
    let probes = probes();
    let covered: BTreeSet<&str> = probes
        .iter()
        .flat_map(|probe| probe.covers.iter().map(String::as_str))
        .collect();
    let entries = [
        ("command", spl::commands().collect::<Vec<_>>()),
        ("eval", spl::eval_functions().collect()),
        ("stats", spl::stats_functions().collect()),
    ];
    let mut all = Vec::new();
    let mut failures = BTreeMap::new();
    for (kind, entries) in entries {
        for entry in entries {
            let Some(rule) = entry.unconfirmed else {
                continue;
            };
            let name = format!("{kind} {}", entry.name);
            if !covered.contains(name.as_str()) {
                failures.insert(name.clone(), rule.to_owned());
            }
            all.push(name);
        }
    }
    pending::check("unprobed", &all, &failures);
}

/// `probes.md` is for readers. `UPDATE_PROBES=1` writes it anew.
#[test]
fn the_readable_list_is_the_same() {
    let mut text = "# Probes\n\nWritten from `probes.json`; the [README](README.md) tells how to \
                    run them.\n"
        .to_owned();
    for probe in probes() {
        let source = match probe.source.as_str() {
            "practice" => "Practice; no page was found.".to_owned(),
            file if file.starts_with("searchbnf.conf") => format!("`{file}`"),
            page => format!("<{page}>"),
        };
        write!(
            text,
            "\n## {}\n\n{}\n\n```spl\n{}\n```\n\n- Answer: {}.\n- Source: {source}\n",
            probe.id,
            probe.rule,
            probe.search,
            probe.answer(),
        )
        .unwrap();
        for (name, what) in [("Reading", &probe.reading), ("Before", &probe.setup)] {
            if !what.is_empty() {
                writeln!(text, "- {name}: {what}").unwrap();
            }
        }
    }
    let path = folder().join("probes.md");
    if env::var_os("UPDATE_PROBES").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        text,
        "UPDATE_PROBES=1 writes it"
    );
}
