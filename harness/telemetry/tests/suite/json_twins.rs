//! The JSON that `evtx_dump` makes of EVTX, beside the EVTX itself.

use std::{fmt::Write as _, fs, path::Path};

use evtx::{EvtxParser, ParserSettings};
use telemetry::Wanted;

use crate::data::{self, Part};

/// The events of the JSON that the `evtx` crate makes of a file.
fn by_json(path: &Path, settings: ParserSettings, numbered: bool) -> Vec<String> {
    let mut parser = EvtxParser::from_path(path)
        .unwrap()
        .with_configuration(settings);
    let mut lines = String::new();
    for record in parser.records_json() {
        let record = record.unwrap();
        if numbered {
            writeln!(lines, "Record {}", record.event_record_id).unwrap();
        }
        lines.push_str(&record.data);
        lines.push('\n');
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.txt");
    fs::write(&file, lines).unwrap();
    let (events, problems) = data::read(&file, &Wanted::all());
    assert!(problems.is_empty(), "{}: {problems:?}", path.display());
    events.into_iter().map(|(_, xml)| xml).collect()
}

/// The names and values of an event, as far as JSON keeps them: it loses how
/// an empty element was written.
fn said(xml: &str) -> Vec<Part> {
    let mut parts = data::parts(xml);
    parts.retain(|part| *part != Part::Value(String::new()));
    for part in &mut parts {
        if let Part::Value(value) = part
            && let Some(bare) = value.strip_prefix('{')
            && bare.len() == 37
        {
            value.make_ascii_uppercase();
        }
    }
    parts
}

#[test]
fn json_and_evtx_say_the_same() {
    let folders = ["evtx", "sigma/events"]
        .into_iter()
        .filter_map(data::folder);
    let paths: Vec<_> = folders
        .flat_map(|folder| data::files(&folder, ".evtx"))
        .collect();
    let mut compared = 0;
    for path in &paths {
        let (events, _) = data::read(path, &Wanted::all());
        let settings = || ParserSettings::default().indent(false);
        let forms = [
            by_json(path, settings(), false),
            by_json(path, settings().separate_json_attributes(true), false),
            by_json(path, settings().indent(true), true),
        ];
        for twins in forms {
            assert_eq!(twins.len(), events.len(), "{}", path.display());
            for ((_, xml), twin) in events.iter().zip(&twins) {
                let (ours, theirs) = (said(xml), said(twin));
                let at = ours.iter().zip(&theirs).position(|(a, b)| a != b);
                assert!(
                    ours == theirs,
                    "{}, part {at:?}:\n{xml}\n{twin}",
                    path.display()
                );
                compared += 1;
            }
        }
    }
    eprintln!("{compared} events of {} files", paths.len());
}
