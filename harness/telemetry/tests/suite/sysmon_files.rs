//! What Windows and Sysmon for Linux wrote, as Splunk's forwarder and syslog
//! have it.

use std::fs;

use telemetry::{ProblemKind, Wanted};

use crate::data;

#[test]
fn every_event_of_the_recordings_is_found_as_it_stands() {
    let Some(folder) = data::folder("sysmon") else {
        return;
    };
    let paths = data::files(&folder, ".xml");
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let (events, problems) = data::read(path, &Wanted::all());
        // One of the recordings was cut off when it was made.
        let begun = text.matches("<EventRecordID>").count();
        let ended = text.matches("</Event>").count();
        assert_eq!(events.len(), ended, "{}", path.display());
        assert_eq!(problems.len(), begun - ended, "{problems:?}");
        for problem in &problems {
            assert!(matches!(problem.kind, ProblemKind::CutOff), "{problem}");
        }
        for (_, xml) in &events {
            assert!(text.contains(xml.as_str()));
            assert!(xml.starts_with("<Event") && xml.ends_with("</Event>"));
            data::parts(xml);
        }
    }
    assert!(!paths.is_empty());
}

/// As `wevtutil` writes its export, and PowerShell its redirected output.
#[test]
fn utf16_changes_nothing() {
    let Some(folder) = data::folder("sysmon") else {
        return;
    };
    let path = folder.join("windows_raw_lines.xml");
    let text = fs::read_to_string(&path).unwrap();
    let (expected, lost) = data::read(&path, &Wanted::all());
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("events.xml");
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    fs::write(&path, bytes).unwrap();
    let (events, problems) = data::read(&path, &Wanted::all());
    assert_eq!(problems.len(), lost.len());
    for (problem, lost) in problems.iter().zip(&lost) {
        // The file has two bytes a character, after a mark of two.
        let before = usize::try_from(lost.place.offset).unwrap();
        let units = text[..before].encode_utf16().count() as u64;
        assert_eq!(problem.place.offset, 2 + 2 * units);
    }
    assert_eq!(events, expected);
}
