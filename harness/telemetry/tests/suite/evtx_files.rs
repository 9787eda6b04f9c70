//! Real EVTX files, beside what the `evtx` crate makes of them.

use std::{collections::BTreeMap, fs, path::Path};

use evtx::{EvtxParser, ParserSettings};
use serde_json::Value;
use telemetry::Wanted;

use crate::data::{self, Part};

/// How many damaged copies of each file are read.
const DAMAGES: usize = 20;

/// What the crate renders: number and XML of each record.
fn by_the_crate(path: &Path) -> Vec<(u64, String)> {
    let settings = ParserSettings::default().indent(false).num_threads(1);
    let mut parser = EvtxParser::from_path(path)
        .unwrap()
        .with_configuration(settings);
    parser
        .records()
        .map(|record| record.unwrap())
        .map(|record| (record.event_record_id, record.data))
        .collect()
}

/// Whether both say the same. The crate writes GUIDs in lower case and times
/// with seven digits.
fn is_same(ours: &Part, theirs: &Part) -> bool {
    match (ours, theirs) {
        (Part::Value(ours), Part::Value(theirs)) => {
            ours == theirs
                || (ours.starts_with('{') && ours.eq_ignore_ascii_case(theirs))
                || (ours.strip_suffix("00Z").is_some()
                    && ours.strip_suffix("00Z") == theirs.strip_suffix('Z'))
        }
        _ => ours == theirs,
    }
}

#[test]
fn every_record_says_what_the_evtx_crate_says() {
    let folders = ["evtx", "sigma/events"]
        .into_iter()
        .filter_map(data::folder);
    let paths: Vec<_> = folders
        .flat_map(|folder| data::files(&folder, ".evtx"))
        .collect();
    let mut compared = 0;
    for path in &paths {
        let theirs = by_the_crate(path);
        let (ours, problems) = data::read(path, &Wanted::all());
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(ours.len(), theirs.len(), "{}", path.display());
        // The crate begins a log that has wrapped around at its oldest chunk.
        let theirs: BTreeMap<u64, String> = theirs.into_iter().collect();
        for (number, xml) in ours {
            let number = number.unwrap();
            let (mine, other) = (data::parts(&xml), data::parts(&theirs[&number]));
            let difference = mine.iter().zip(&other).position(|(a, b)| !is_same(a, b));
            assert!(
                difference.is_none() && mine.len() == other.len(),
                "{}, record {number}, part {difference:?}:\n{xml}\n{}",
                path.display(),
                theirs[&number]
            );
            compared += 1;
        }
    }
    eprintln!("{compared} records of {} files", paths.len());
    assert!(paths.is_empty() || compared > 300);
}

#[test]
fn the_form_is_that_of_the_forwarder() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    let path = folder.join("sbou__powercat_revShell_sysmon_1_3.evtx");
    let (events, _) = data::read(&path, &Wanted::all());
    for (_, xml) in events {
        assert!(!xml.contains('\n'), "{xml}");
        assert!(
            xml.starts_with(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
                 <Provider Name='Microsoft-Windows-Sysmon' \
                 Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}'/><EventID>"
            ),
            "{xml}"
        );
        assert!(
            xml.contains("<Correlation/><Execution ProcessID='"),
            "{xml}"
        );
        assert!(
            xml.contains("<Security UserID='S-1-5-18'/></System><EventData><Data Name='"),
            "{xml}"
        );
        assert!(xml.ends_with("</Data></EventData></Event>"), "{xml}");
        let time = data::between(&xml, "SystemTime='", "'").unwrap();
        assert_eq!(time.len(), "2020-10-08T11:03:46.617920300Z".len(), "{time}");
    }
}

/// Events of Sysmon by id, and blocks of scripts, as the manifest counts them.
#[test]
fn there_are_as_many_events_as_the_manifest_says() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    let manifest = fs::read_to_string(folder.join("MANIFEST.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    let mut files = 0;
    for entry in &manifest {
        let path = folder.join(entry["file"].as_str().unwrap());
        if path.extension().is_none_or(|extension| extension != "evtx") {
            continue;
        }
        let mut sysmon = BTreeMap::new();
        let mut scripts = 0;
        for (_, xml) in data::read(&path, &Wanted::all()).0 {
            let id = data::between(&xml, "<EventID>", "</EventID>").unwrap_or_default();
            if xml.contains("<Provider Name='Microsoft-Windows-Sysmon'") {
                *sysmon.entry(id.to_owned()).or_insert(0) += 1;
            } else if id == "4104" {
                scripts += 1;
            }
        }
        let expected: BTreeMap<String, i32> =
            serde_json::from_value(entry["sysmon_events_by_eid"].clone()).unwrap();
        assert_eq!(sysmon, expected, "{}", path.display());
        assert_eq!(
            scripts,
            entry["powershell_4104"].as_i64().unwrap(),
            "{}",
            path.display()
        );
        files += 1;
    }
    assert!(files > 10);
}

#[test]
fn what_is_not_wanted_is_left_out_and_nothing_else() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    for path in data::files(&folder, ".evtx") {
        let (all, _) = data::read(&path, &Wanted::all());
        let wanted = Wanted::only(|channel, id| {
            channel == "Microsoft-Windows-Sysmon/Operational" && (id == 1 || id == 3)
        });
        let (some, problems) = data::read(&path, &wanted);
        assert!(problems.is_empty());
        let expected: Vec<_> = all
            .into_iter()
            .filter(|(_, xml)| {
                xml.contains("<Channel>Microsoft-Windows-Sysmon/Operational</Channel>")
                    && ["<EventID>1</EventID>", "<EventID>3</EventID>"]
                        .iter()
                        .any(|id| xml.contains(id))
            })
            .collect();
        assert_eq!(some, expected, "{}", path.display());
    }
}

/// Damages real files in many places, always the same.
#[test]
fn damage_to_real_files_costs_records_and_is_said() {
    let Some(folder) = data::folder("evtx") else {
        return;
    };
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let other = tempfile::tempdir().unwrap();
    let damaged_file = other.path().join("damaged.evtx");
    let mut lost = 0;
    for path in data::files(&folder, ".evtx") {
        let bytes = fs::read(&path).unwrap();
        let (whole, _) = data::read(&path, &Wanted::all());
        for _ in 0..DAMAGES {
            let mut damaged = bytes.clone();
            for _ in 0..random(40) {
                // Past the file's header, and most in the first chunk.
                let reach = if random(2) == 0 {
                    20_000
                } else {
                    bytes.len() - 4096
                };
                let at = 4096 + random(reach);
                damaged[at] = u8::try_from(random(256)).unwrap();
            }
            fs::write(&damaged_file, &damaged).unwrap();
            let (events, problems) = data::read(&damaged_file, &Wanted::all());
            assert!(events.len() <= whole.len() + 3, "{}", path.display());
            if events.len() < whole.len() {
                lost += 1;
                assert!(
                    !problems.is_empty(),
                    "{}: lost without a word",
                    path.display()
                );
            }
        }
    }
    assert!(lost > 0);
}
