//! Rules, their SPL, and recorded events, beside the repository.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use spl::Search;
use telemetry::{Input, Limits, Reader, Wanted};

use crate::{event::Recorded, selection};

/// The folder of test data of this name; none where it is not at hand, which
/// is said.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if !folder.is_dir() {
        eprintln!("skipped: {} not present", folder.display());
        return None;
    }
    Some(folder)
}

/// All files below a folder whose names end so, in order.
fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.to_str().unwrap().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// One rule: by Sigma, and as SPL.
pub struct Rule {
    /// The name of its file, without extension.
    pub name: String,
    pub yaml: String,
    pub sigma: sigma_rust::Rule,
    pub spl: String,
    /// None where the text is no SPL: see [`NO_SPL`](crate::regression).
    pub search: Option<Search>,
}

impl Rule {
    /// The names of the fields that it looks at.
    pub fn fields(&self) -> BTreeSet<String> {
        let mut fields = BTreeSet::new();
        for condition in selection::conditions(&self.yaml) {
            if condition.has("fieldref") {
                let others = condition.values.iter().filter_map(|value| value.as_str());
                fields.extend(others.map(str::to_owned));
            }
            fields.insert(condition.field);
        }
        fields
    }
}

/// How many rows the SPL of a rule gives at least over a file of events.
pub struct Expectation {
    pub rule: String,
    pub file: String,
    pub at_least: usize,
}

/// All rules, in the order of their names. None where they are not at hand.
pub fn rules() -> Option<&'static [Rule]> {
    static RULES: LazyLock<Option<Vec<Rule>>> = LazyLock::new(|| {
        let folder = folder("sigma")?;
        let rules = files(&folder.join("rules"), ".yml");
        let rules = rules.iter().map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let spl = fs::read_to_string(folder.join(format!("spl/{name}.spl"))).unwrap();
            let yaml = fs::read_to_string(path).unwrap();
            Rule {
                search: Search::parse(&spl).ok(),
                sigma: selection::rule(&yaml, str::to_owned),
                name,
                yaml,
                spl,
            }
        });
        Some(rules.collect())
    });
    RULES.as_deref()
}

/// What the regression data promise.
pub fn expectations() -> Option<Vec<Expectation>> {
    let text = fs::read_to_string(folder("sigma")?.join("expectations.json")).unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let expectations = entries.iter().map(|entry| Expectation {
        rule: text(&entry["spl"]).strip_suffix(".spl").unwrap().to_owned(),
        file: format!("sigma/{}", text(&entry["events"])),
        at_least: usize::try_from(entry["at_least"].as_u64().unwrap()).unwrap(),
    });
    Some(expectations.collect())
}

/// All recorded events, file by file. None where they are not at hand.
pub fn events() -> Option<&'static [Recorded]> {
    static EVENTS: LazyLock<Option<Vec<Recorded>>> = LazyLock::new(|| {
        let rules = rules()?.iter();
        let names = rules.flat_map(Rule::fields).collect();
        let mut events = Vec::new();
        for (name, suffix) in [
            ("sigma/events", ".evtx"),
            ("evtx", ".evtx"),
            ("sysmon", "windows_raw_lines.xml"),
        ] {
            let folder = folder(name)?;
            for path in files(&folder, suffix) {
                let file = path.strip_prefix(&folder).unwrap();
                let file = format!("{name}/{}", file.to_str().unwrap());
                events.extend(
                    read(&path)
                        .into_iter()
                        .enumerate()
                        .map(|(index, raw)| Recorded::new(file.clone(), index, raw, &names)),
                );
            }
        }
        Some(events)
    });
    EVENTS.as_deref()
}

/// The events of one file, as rendered XML.
fn read(path: &Path) -> Vec<String> {
    let mut raws = Vec::new();
    for batch in Reader::new([Input::Path(path.to_owned())], Limits::default()) {
        let events = batch.unwrap().events(&Wanted::all());
        // One of the published lines is cut off.
        let lost = usize::from(path.ends_with("windows_raw_lines.xml"));
        assert_eq!(events.problems().len(), lost, "{:?}", events.problems());
        raws.extend(events.iter().map(|event| event.raw.unwrap().to_owned()));
    }
    raws
}
