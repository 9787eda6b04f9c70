//! Compares what a real Splunk answered with the answers that
//! `lab/splunk/probes.json` holds right.
//!
//! ```text
//! cargo run -p spl --example compare_probes -- probes.json answers.jsonl
//! ```
//!
//! The answers are JSON lines, one for each probe: `{"id": "...", "rows": [...]}`
//! or `{"id": "...", "error": "..."}`, as `lab/splunk/run_probes.sh` writes them.
//! Exits with 0 if all agree, 1 if some do not, 2 if a file cannot be read.

use std::{collections::BTreeMap, env, error::Error, fs, process::ExitCode};

use serde_json::Value;

fn main() -> ExitCode {
    let paths: Vec<String> = env::args().skip(1).collect();
    let [probes, answers] = paths.as_slice() else {
        eprintln!("usage: compare_probes <probes.json> <answers.jsonl>");
        return ExitCode::from(2);
    };
    match compare(probes, answers) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all that was answered agrees.
fn compare(probes: &str, answers: &str) -> Result<bool, Box<dyn Error>> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let probes: Vec<Value> = serde_json::from_str(&read(probes)?)?;
    let mut given: BTreeMap<String, Value> = BTreeMap::new();
    for (number, line) in read(answers)?.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let answer: Value = serde_json::from_str(line)
            .map_err(|error| format!("{answers}:{}: {error}", number + 1))?;
        let id = answer["id"]
            .as_str()
            .ok_or_else(|| format!("{answers}:{}: no `id`", number + 1))?;
        given.insert(id.to_owned(), answer);
    }
    let (mut agree, mut differ, mut missing) = (0, 0, 0);
    for probe in &probes {
        let id = probe["id"].as_str().unwrap_or_default();
        let Some(answer) = given.remove(id) else {
            println!("missing   {id}");
            missing += 1;
            continue;
        };
        let expected = &probe["expect"];
        if same(expected, &answer) {
            println!("agrees    {id}");
            agree += 1;
        } else {
            let got = answer.get("rows").unwrap_or(&answer["error"]);
            println!("differs   {id}: {}", text(&probe["rule"]));
            println!("          {}", text(&probe["search"]));
            println!("          held right: {expected}");
            println!("          answered:   {got}");
            if let Some(reading) = probe["reading"].as_str() {
                println!("          {reading}");
            }
            differ += 1;
        }
    }
    for id in given.keys() {
        println!("unknown   {id}");
    }
    println!("{agree} agree, {differ} differ, {missing} missing");
    Ok(differ == 0 && missing == 0 && given.is_empty())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn same(expected: &Value, answer: &Value) -> bool {
    match (expected.as_array(), answer["rows"].as_array()) {
        (Some(expected), Some(rows)) => {
            expected.len() == rows.len()
                && expected
                    .iter()
                    .zip(rows)
                    .all(|(left, right)| cells(left) == cells(right))
        }
        (None, None) => answer["error"].is_string(),
        _ => false,
    }
}

/// A row without its empty cells: an export leaves some of them out. A list of
/// one value is that value, and numbers are their text.
fn cells(row: &Value) -> BTreeMap<&str, Vec<String>> {
    row.as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let values: Vec<String> = match value {
                Value::Null => Vec::new(),
                Value::Array(values) => values.iter().map(printed).collect(),
                single => vec![printed(single)],
            };
            (name.as_str(), values)
        })
        .filter(|(_, values)| values.iter().any(|value| !value.is_empty()))
        .collect()
}

fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
