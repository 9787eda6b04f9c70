//! A detection's test over a data set, as Splunk's contentctl runs it.
//!
//! Source: the classes `TestAttackData` and `UnitTest` of
//! <https://github.com/splunk/contentctl>, whose tests pass if the search gives a row; so
//! there is a test only where the detection fired and had to.

use serde::Serialize;

use super::attack_data::File;
use super::yaml;
use crate::run_folder::Scenario;

const HOW_TO: &str = "\
# For the detection's own file. The paths are from the folder that has datasets/
# in it, which must then be the one in which contentctl runs.
";

#[derive(Debug, Serialize)]
struct Tests<'t> {
    tests: [Test<'t>; 1],
}

#[derive(Debug, Serialize)]
struct Test<'t> {
    name: String,
    attack_data: Vec<AttackData<'t>>,
}

#[derive(Debug, Serialize)]
struct AttackData<'t> {
    data: &'t str,
    source: &'t str,
    sourcetype: &'t str,
}

/// The test of a scenario's data set.
pub(super) fn test(scenario: &Scenario, files: &[File]) -> String {
    let tests = Tests {
        tests: [Test {
            name: format!("True Positive Test - {}", scenario.name),
            attack_data: files
                .iter()
                .map(|file| AttackData {
                    data: file.path.trim_start_matches('/'),
                    source: &file.source,
                    sourcetype: &file.sourcetype,
                })
                .collect(),
        }],
    };
    format!("{HOW_TO}{}", yaml::document(&tests))
}
