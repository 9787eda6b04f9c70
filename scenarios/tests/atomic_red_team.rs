//! The shipped atomic tests obey Atomic Red Team's own rules, so that its runners take them as
//! they are.
//!
//! The rules are written down here anew and read the files by themselves, apart from the loader:
//! the loader may be more lenient, as with keys that may be absent. Source: Atomic Red Team's
//! models (`atomic_red_team/models.py`), whose names of errors these are, and its layout of
//! folders.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Map, Value};

const PLATFORMS: [&str; 13] = [
    "windows",
    "macos",
    "linux",
    "office-365",
    "azure-ad",
    "google-workspace",
    "saas",
    "iaas",
    "containers",
    "iaas:gcp",
    "iaas:azure",
    "iaas:aws",
    "esxi",
];
const COMMAND_EXECUTORS: [&str; 4] = ["powershell", "sh", "bash", "command_prompt"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("T1583.007")
}

/// The files of atomic tests that there are.
fn files() -> BTreeMap<&'static str, String> {
    ["T1583.007.yaml", "controls.yaml"]
        .map(|name| (name, std::fs::read_to_string(folder().join(name)).unwrap()))
        .into()
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key)?.as_str()
}

fn list<'a>(map: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    map.get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The names in `#{name}`.
fn used(command: &str) -> BTreeSet<&str> {
    command
        .split("#{")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .collect()
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// What Atomic Red Team has against a file, by its names where it has some.
fn problems(yaml: &str) -> Vec<String> {
    let Ok(Value::Object(file)) = serde_saphyr::from_str::<Value>(yaml) else {
        return vec!["yaml".to_owned()];
    };
    let mut problems = Problems::default();
    let technique = text(&file, "attack_technique").unwrap_or("");
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let number = technique.strip_prefix('T').unwrap_or("");
    let (parent, sub) = number.split_once('.').unwrap_or((number, "000"));
    problems.unless(
        parent.len() == 4 && digits(parent) && sub.len() == 3 && digits(sub),
        "attack_technique",
    );
    problems.unless(
        text(&file, "display_name").is_some_and(|name| name.chars().count() >= 5),
        "display_name",
    );
    let tests = list(&file, "atomic_tests");
    problems.unless(!tests.is_empty(), "atomic_tests");
    let mut guids = BTreeSet::new();
    for test in tests {
        let test = test.as_object().unwrap();
        let guid = text(test, "auto_generated_guid").unwrap_or("");
        problems.unless(is_guid(guid), "auto_generated_guid");
        problems.unless(guids.insert(guid.to_lowercase()), "reused_guid");
        problems.of_test(test);
        let mut commands = problems.of_executor(test);
        commands.extend(problems.of_dependencies(test));
        problems.of_arguments(test, &commands);
    }
    problems.0
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn unless(&mut self, holds: bool, problem: &str) {
        if !holds {
            self.0.push(problem.to_owned());
        }
    }

    fn of_test(&mut self, test: &Map<String, Value>) {
        let known = [
            "name",
            "auto_generated_guid",
            "description",
            "supported_platforms",
            "input_arguments",
            "dependency_executor_name",
            "dependencies",
            "executor",
        ];
        self.unless(
            test.keys().all(|key| known.contains(&key.as_str())),
            "extra_forbidden",
        );
        for key in ["name", "description"] {
            self.unless(text(test, key).is_some_and(|text| !text.is_empty()), key);
        }
        let platforms = list(test, "supported_platforms");
        let platform = |platform: &Value| {
            let name = platform.as_str();
            name.is_some_and(|name| PLATFORMS.contains(&name))
        };
        self.unless(
            !platforms.is_empty() && platforms.iter().all(platform),
            "supported_platforms",
        );
    }

    /// The commands are handed on.
    fn of_executor<'a>(&mut self, test: &'a Map<String, Value>) -> Vec<&'a str> {
        let executor = test["executor"].as_object().unwrap();
        let name = text(executor, "name").unwrap_or("");
        if name == "manual" {
            let steps = text(executor, "steps").unwrap_or("");
            self.unless(steps.len() >= 10, "steps");
            return vec![steps];
        }
        self.unless(COMMAND_EXECUTORS.contains(&name), "executor");
        let command = text(executor, "command").unwrap_or("");
        self.unless(!command.is_empty(), "command");
        let mut commands = vec![command];
        commands.extend(text(executor, "cleanup_command"));
        let platforms = list(test, "supported_platforms");
        let unix = platforms.iter().any(|it| it == "linux" || it == "macos");
        let elevated = executor.get("elevation_required") == Some(&Value::Bool(true));
        self.unless(
            !unix || elevated || !commands.iter().any(|command| command.contains("sudo")),
            "elevation_required_but_not_provided",
        );
        commands
    }

    /// The commands are handed on.
    fn of_dependencies<'a>(&mut self, test: &'a Map<String, Value>) -> Vec<&'a str> {
        let dependencies = list(test, "dependencies");
        let mut commands = Vec::new();
        for dependency in dependencies {
            let dependency = dependency.as_object().unwrap();
            for key in ["description", "prereq_command"] {
                self.unless(text(dependency, key).is_some_and(|it| !it.is_empty()), key);
            }
            // It may be null, and must be there.
            self.unless(
                dependency.contains_key("get_prereq_command"),
                "get_prereq_command",
            );
            commands.extend(text(dependency, "prereq_command"));
            commands.extend(text(dependency, "get_prereq_command"));
        }
        if let Some(executor) = test.get("dependency_executor_name") {
            let executor = executor.as_str().unwrap_or("");
            self.unless(!executor.is_empty(), "empty_dependency_executor_name");
            self.unless(
                executor.is_empty() || COMMAND_EXECUTORS.contains(&executor),
                "dependency_executor_name",
            );
            self.unless(!dependencies.is_empty(), "invalid_dependency_executor_name");
        }
        commands
    }

    fn of_arguments(&mut self, test: &Map<String, Value>, commands: &[&str]) {
        let used: BTreeSet<_> = commands.iter().flat_map(|command| used(command)).collect();
        let declared = test.get("input_arguments");
        let empty = Map::new();
        let arguments = declared.map_or(Some(&empty), Value::as_object);
        self.unless(
            declared.is_none() || arguments.is_some_and(|arguments| !arguments.is_empty()),
            "empty_input_arguments",
        );
        let arguments = arguments.unwrap_or(&empty);
        for (name, argument) in arguments {
            self.unless(used.contains(name.as_str()), "unused_input_argument");
            let allowed = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            self.unless(
                name.chars().count() >= 2 && name.chars().all(allowed),
                "argument_name",
            );
            let argument = argument.as_object().unwrap();
            self.unless(text(argument, "description").is_some(), "description");
            // A default may be null, and must be there; a float is none without its point.
            let default = argument.get("default");
            self.unless(default.is_some(), "default");
            let default = default.unwrap_or(&Value::Null);
            let fits = match text(argument, "type").unwrap_or("") {
                "url" => default.as_str().is_some_and(|url| url.contains("://")),
                "string" | "path" => default.is_string(),
                "integer" => default.is_i64() || default.is_u64(),
                "float" => default.is_f64(),
                _ => false,
            };
            self.unless(fits || default.is_null(), "type");
        }
        self.unless(
            used.iter().all(|name| arguments.contains_key(*name)),
            "missing_input_argument",
        );
    }
}

#[test]
fn the_shipped_tests_obey_the_rules() {
    for (name, yaml) in files() {
        assert_eq!(problems(&yaml), [""; 0], "{name}");
        // Anchors and aliases are YAML, and not every runner's.
        assert!(!yaml.contains(": &") && !yaml.contains(": *"), "{name}");
    }
}

/// `Invoke-AtomicTest T1583.007 -PathToAtomicsFolder scenarios` looks for this very path.
#[test]
fn the_folder_is_where_runners_look_for_it() {
    let yaml = &files()["T1583.007.yaml"];
    assert!(yaml.contains("attack_technique: T1583.007\n"));
    // Helper files of an atomic test would have to be under these two names.
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name();
        assert_ne!(name, "src");
        assert_ne!(name, "bin");
    }
}

#[test]
fn guids_are_unique_across_the_files() {
    let yaml: String = files().into_values().collect();
    let guids: Vec<_> = yaml
        .lines()
        .filter_map(|line| line.trim().strip_prefix("auto_generated_guid: "))
        .collect();
    let unique: BTreeSet<_> = guids.iter().collect();
    assert_eq!(unique.len(), guids.len());
    assert_eq!(guids.len(), 10);
}

/// Each rule sees what breaks it.
#[test]
fn a_broken_test_is_refused() {
    let good = r"attack_technique: T1583.007
display_name: 'Acquire Infrastructure: Serverless'
atomic_tests:
- name: First
  auto_generated_guid: 11111111-1111-4111-8111-111111111111
  description: Asks.
  supported_platforms: [linux]
  input_arguments:
    url: { description: Endpoint, type: url, default: 'https://a.workers.dev/' }
    pause: { description: Seconds, type: float, default: 0.5 }
    count: { description: Beacons, type: integer, default: 3 }
  dependency_executor_name: bash
  dependencies:
  - { description: curl, prereq_command: command -v curl, get_prereq_command: echo }
  executor:
    name: bash
    elevation_required: false
    command: 'ask #{url} #{pause} #{count}'
- name: Second
  auto_generated_guid: 22222222-2222-4222-8222-222222222222
  description: Asks, too.
  supported_platforms: [windows]
  executor: { name: manual, steps: Ask a friend. }
";
    assert_eq!(problems(good), [""; 0]);
    for (from, to, problem) in [
        ("T1583.007", "T1583.7", "attack_technique"),
        (
            "'Acquire Infrastructure: Serverless'",
            "Acq",
            "display_name",
        ),
        (
            "description: Asks.",
            "descriptions: Asks.",
            "extra_forbidden",
        ),
        ("11111111-1111", "1111-1111", "auto_generated_guid"),
        (
            "22222222-2222-4222-8222-222222222222",
            "11111111-1111-4111-8111-111111111111",
            "reused_guid",
        ),
        ("[linux]", "[unix]", "supported_platforms"),
        ("[linux]", "[]", "supported_platforms"),
        (
            "  executor:\n    name: bash",
            "  executor:\n    name: zsh",
            "executor",
        ),
        (
            "command: 'ask",
            "command: 'sudo ask",
            "elevation_required_but_not_provided",
        ),
        (", get_prereq_command: echo", "", "get_prereq_command"),
        (
            "executor_name: bash",
            "executor_name: ''",
            "empty_dependency_executor_name",
        ),
        (
            "executor_name: bash",
            "executor_name:",
            "empty_dependency_executor_name",
        ),
        (
            "  dependencies:\n  - { description: curl, prereq_command: command -v curl, get_prereq_command: echo }\n",
            "",
            "invalid_dependency_executor_name",
        ),
        (" #{pause}", "", "unused_input_argument"),
        ("#{count}", "#{count} #{name}", "missing_input_argument"),
        ("0.5", "1", "type"),
        (", default: 3", "", "default"),
        ("type: integer", "type: number", "type"),
        ("Ask a friend.", "Ask.", "steps"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let problems = problems(&bad);
        assert!(
            problems.iter().any(|found| found == problem),
            "{to}: {problems:?}"
        );
    }
    let no_arguments = "  input_arguments:\n  executor: { name: manual";
    let bad = good.replacen("  executor: { name: manual", no_arguments, 1);
    assert_eq!(problems(&bad), ["empty_input_arguments"]);
}

/// The guide leads to files that are there, and names tests that there are.
#[test]
fn the_guide_to_the_field_names_what_there_is() {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let guide = std::fs::read_to_string(docs.join("field.md")).unwrap();
    let mut links = 0;
    for rest in guide.split("](").skip(1) {
        let target = rest.split(')').next().unwrap();
        if target.starts_with("https://") {
            continue;
        }
        assert!(docs.join(target).exists(), "{target}");
        links += 1;
    }
    assert!(links >= 5, "{links}");
    let fourth = scenarios::Library::embedded().unwrap().atomics()[3].clone();
    assert_eq!(fourth.test_number, 4);
    assert!(guide.contains(&format!(
        "`-TestNumbers 4`, or `-TestGuids {}`",
        fourth.guid
    )));
}
