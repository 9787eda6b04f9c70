//! Where the data sets of a run are put.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use telemetry::written::Form;

use crate::run_folder::{Report, Scenario};

/// How long the name of a folder is at most: file systems take 255 bytes.
const LONGEST: usize = 120;

/// The names of folders and files that a run's scenarios and detections have.
#[derive(Debug)]
pub(super) struct Names {
    scenarios: BTreeMap<usize, String>,
    detections: BTreeMap<String, String>,
}

impl Names {
    pub(super) fn of(report: &Report) -> Self {
        let mut taken = BTreeSet::new();
        let scenarios = report.scenarios.iter().map(|scenario| {
            let guid = scenario.guid.to_string();
            let short = guid.split('-').next().unwrap_or_default();
            (scenario.number, unique(&scenario.name, short, &mut taken))
        });
        let scenarios = scenarios.collect();
        let mut taken = BTreeSet::new();
        let mut detections = BTreeMap::new();
        let all = report.scenarios.iter().flat_map(|of| &of.detections);
        for detection in all {
            if !detections.contains_key(&detection.name) {
                let number = detections.len().to_string();
                let name = unique(&detection.name, &number, &mut taken);
                detections.insert(detection.name.clone(), name);
            }
        }
        Self {
            scenarios,
            detections,
        }
    }

    /// The name of a scenario's data set.
    pub(super) fn scenario(&self, scenario: &Scenario) -> &str {
        self.scenarios
            .get(&scenario.number)
            .map_or("scenario", String::as_str)
    }

    /// The folder of a scenario's data set.
    pub(super) fn data_set(&self, scenario: &Scenario) -> PathBuf {
        Path::new("datasets/attack_techniques")
            .join(scenario.technique.as_str())
            .join(self.scenario(scenario))
    }

    /// The file of a scenario's events in a further form.
    pub(super) fn export(&self, scenario: &Scenario, form: Form) -> PathBuf {
        let file = format!("{}.{}", self.scenario(scenario), form.extension());
        Path::new("exports").join(form.name()).join(file)
    }

    /// The file of a detection's test over a scenario's events.
    pub(super) fn test(&self, scenario: &Scenario, detection: &str) -> PathBuf {
        let folder = self
            .detections
            .get(detection)
            .map_or("detection", String::as_str);
        let file = format!("{}.yml", self.scenario(scenario));
        Path::new("contentctl").join(folder).join(file)
    }

    /// All places that recording this run may write to, or that another
    /// recording of these scenarios has written to.
    pub(super) fn places(&self, report: &Report) -> Vec<PathBuf> {
        let recorded = report.scenarios.iter().filter(|of| of.events > 0);
        recorded
            .flat_map(|scenario| {
                let exports = Form::ALL.iter().map(|form| self.export(scenario, *form));
                let tests = scenario.detections.iter();
                let tests = tests.map(|detection| self.test(scenario, &detection.name));
                std::iter::once(self.data_set(scenario))
                    .chain(exports)
                    .chain(tests)
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// A name of a file for a text: as attack_data has them, in lower case and with
/// underscores. Where it is taken, `apart` tells it from the other.
fn unique(text: &str, apart: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = String::new();
    for character in text.chars() {
        if name.len() >= LONGEST {
            break;
        }
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let mut name = name.trim_end_matches('_').to_owned();
    if name.is_empty() {
        apart.clone_into(&mut name);
    }
    while !taken.insert(name.clone()) {
        name.push('_');
        name.push_str(apart);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_told_apart() {
        let mut taken = BTreeSet::new();
        let mut name = |text| unique(text, "0a1b2c3d", &mut taken);
        assert_eq!(
            name("cURL Beaconing (Repeated  Intervals)"),
            "curl_beaconing_repeated_intervals"
        );
        assert_eq!(
            name("curl beaconing: repeated intervals"),
            "curl_beaconing_repeated_intervals_0a1b2c3d"
        );
        assert_eq!(name("../../etc/passwd"), "etc_passwd");
        assert_eq!(name("\u{65e5}\u{672c}"), "0a1b2c3d");
        assert_eq!(name(&"x".repeat(500)).len(), LONGEST);
    }
}
