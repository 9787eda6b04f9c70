//! Scenarios, detections and expectations made for a test: the shipped ones
//! with something changed, or new ones.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::Workplace;

/// The technique's folder among the shipped scenarios.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/T1583.007");

/// A detection that fires on nothing.
pub const NEVER: &str = "index=* EventCode=3 DestinationHostname=nothing.example";

/// A detection's text: the shipped one with something changed.
pub struct Detection(String);

impl Detection {
    /// The shipped text.
    pub fn shipped() -> Self {
        Self(fs::read_to_string(Path::new(SHIPPED).join("detections/serverless.spl")).unwrap())
    }

    /// With a part of it written differently; the part must be there.
    #[track_caller]
    pub fn with(self, part: &str, instead: &str) -> Self {
        assert!(self.0.contains(part), "the detection has no {part}");
        Self(self.0.replace(part, instead))
    }

    /// With more commands at its end.
    pub fn then(self, commands: &str) -> Self {
        Self(format!("{}\n{commands}\n", self.0.trim_end()))
    }

    /// Writes it into a workplace.
    pub fn write(&self, workplace: &Workplace) -> PathBuf {
        workplace.write("changed.spl", &self.0)
    }
}

/// The shipped expectations without the lines that excuse known misses.
pub fn expectations_without_known_misses(workplace: &Workplace) -> PathBuf {
    let file = Path::new(SHIPPED).join("detections/serverless.expected.yaml");
    let text = fs::read_to_string(file).unwrap();
    let mut kept = String::new();
    let mut item = String::new();
    for line in text.lines().chain(["end:"]) {
        // An item of the list begins with a hyphen, and goes on indented.
        if !line.starts_with(' ') {
            if !item.contains("known_miss: true") {
                kept.push_str(&item);
            }
            item.clear();
        }
        item.push_str(line);
        item.push('\n');
    }
    assert!(!kept.contains("known_miss: true") && kept.len() < text.len());
    workplace.write("without.expected.yaml", kept)
}

/// A folder of scenarios.
pub struct Library(PathBuf);

impl Library {
    /// A copy of the shipped scenarios.
    pub fn shipped(workplace: &Workplace) -> Self {
        let folder = workplace.path().join("scenarios");
        copy(Path::new(SHIPPED), &folder.join("T1583.007"));
        Self(folder)
    }

    /// New tests, each a name, an executor and a command; and a detection that
    /// must give no row of any of them, [`NEVER`].
    pub fn of(workplace: &Workplace, tests: &[(&str, &str, &str)]) -> Self {
        let folder = workplace.path().join("scenarios");
        let mut atomics = String::new();
        let mut expected = String::new();
        for (number, (name, executor, command)) in tests.iter().enumerate() {
            let guid = format!("00000000-0000-4000-8000-{number:012}");
            let command = command.replace('\n', "\n      ");
            write!(
                atomics,
                "- name: {name}\n  \
                   auto_generated_guid: {guid}\n  \
                   description: Made for a test\n  \
                   supported_platforms: [windows]\n  \
                   executor:\n    \
                     name: {executor}\n    \
                     command: |\n      \
                       {command}\n"
            )
            .unwrap();
            writeln!(expected, "{guid}:\n- exactly: 0").unwrap();
        }
        let atomics = format!(
            "attack_technique: T1583.007\n\
             display_name: 'Acquire Infrastructure: Serverless'\n\
             atomic_tests:\n{atomics}"
        );
        workplace.write("scenarios/T1583.007/T1583.007.yaml", atomics);
        workplace.write("scenarios/T1583.007/detections/never.spl", NEVER);
        workplace.write(
            "scenarios/T1583.007/detections/never.expected.yaml",
            expected,
        );
        Self(folder)
    }

    /// With a part of a file written differently; the part must be there.
    #[track_caller]
    pub fn with(self, file: &str, part: &str, instead: &str) -> Self {
        let file = self.0.join("T1583.007").join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(part), "{} has no {part}", file.display());
        fs::write(&file, text.replace(part, instead)).unwrap();
        self
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
