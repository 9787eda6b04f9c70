//! Small libraries on disk, for tests of the loader.

#![allow(dead_code, reason = "each test target uses a part")]
#![allow(clippy::unwrap_used)]

use std::fs;

use scenarios::{Error, Library};

/// Two tests with everything that an atomic test can have.
pub const ATOMICS: &str = r#"attack_technique: T1583.007
display_name: 'Acquire Infrastructure: Serverless'
atomic_tests:
- name: First Beacon
  auto_generated_guid: 11111111-1111-4111-8111-111111111111
  description: |
    Asks an endpoint.
  supported_platforms:
  - windows
  input_arguments:
    url:
      description: Endpoint
      type: url
      default: https://a.workers.dev/
    count:
      description: Beacons
      type: integer
      default: 3
    interval:
      description: Seconds
      type: float
      default: 0.5
  dependency_executor_name: powershell
  dependencies:
  - description: |
      A thing
    prereq_command: |
      test #{url}
    get_prereq_command: |
      get #{url}
  executor:
    name: command_prompt
    elevation_required: false
    command: |
      run "C:\Tools\thing.exe" #{count} #{interval}
    cleanup_command: |
      clean #{count}
- name: Second Beacon
  auto_generated_guid: 22222222-2222-4222-8222-222222222222
  description: Asks an endpoint, too.
  supported_platforms: [linux, macos]
  executor:
    name: sh
    elevation_required: true
    command: sudo run
"#;

/// Signals of the first of them.
pub const SIGNALS: &str = r"11111111-1111-4111-8111-111111111111:
  realtime: { interval: 60 }
  images: { 'C:\Tools\thing.exe': curl }
  techniques: [T1071.001]
  telemetry:
  - event: 3
    where: { DestinationPort: 443 }
    exactly: '#{count}'
    when: { behaviour: [serve, slow], ptr: lab }
";

/// What a detection must say of the first of them.
pub const EXPECTED: &str = r"11111111-1111-4111-8111-111111111111:
- exactly: '#{count}'
  rows: { all: { flag: 1 } }
  when: { behaviour: serve, ptr: lab }
- exactly: 0
  known_miss: true
  when: { ptr: none }
  because: no name
";

/// The files of a folder that the loader accepts.
pub fn valid() -> Vec<(&'static str, String)> {
    vec![
        ("T1583.007.yaml", ATOMICS.to_owned()),
        ("signals.yaml", SIGNALS.to_owned()),
        ("detections/beacon.spl", "index=* | table host\n".to_owned()),
        ("detections/beacon.yaml", "name: Beacon\n".to_owned()),
        ("detections/beacon.expected.yaml", EXPECTED.to_owned()),
    ]
}

/// Loads a folder of these files. The folder's own path is cut from errors.
pub fn load(files: &[(&str, String)]) -> Result<Library, Error> {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join("T1583.007").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Library::load(root.path()).map_err(|mut error| {
        let prefix = format!("{}/", root.path().display());
        error.place.file = error.place.file.replace(&prefix, "");
        error
    })
}

/// The valid folder with one text changed in one file.
pub fn edited(file: &str, from: &str, to: &str) -> Vec<(&'static str, String)> {
    let mut files = valid();
    let (_, text) = files.iter_mut().find(|(path, _)| *path == file).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {file}");
    *text = text.replace(from, to);
    files
}
