//! Script blocks that PowerShell logs itself: whose they are, and what is none.

use super::*;
use crate::sensor::witness::{Logged, SystemLog};

const FILE: &str = "/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe";
const IMAGE: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
const ID: &str = "4fd4b1a2-9d0a-4b5e-8c2f-0a1b2c3d4e5f";

/// A sandbox with a system log.
fn with_log() -> Scene {
    let mut scene = Scene::new();
    scene.observations.testimony.system_log = Some(SystemLog {
        writers: vec![IMAGE.to_owned()],
        ..SystemLog::default()
    });
    scene
}

fn log(mut scene: Scene, pid: Pid, text: &str) -> Scene {
    let at = scene.tick();
    let log = scene.observations.testimony.system_log.as_mut().unwrap();
    log.entries.push(Logged {
        at,
        pid,
        text: text.to_owned(),
    });
    scene
}

fn block(claimed: Pid, part: &str, text: &str, path: &str) -> String {
    format!(
        "<134>Jan 31 12:00:00 powershell[{claimed}]: (7.4.6:1:80) \
         [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Verbose] \
         Creating Scriptblock text ({part}):\n{text}\n\nScriptBlock ID: {ID}\nPath: {path}"
    )
}

fn provenance(event: &Event, name: &str) -> Provenance {
    let mut fields = event.fields().iter();
    fields.find(|field| field.name == name).unwrap().provenance
}

#[test]
fn a_logged_block_is_its_process_s_and_each_field_the_log_s() {
    let scene = with_log().exec(7, FILE).exec(8, FILE);
    let scene = log(
        scene,
        8,
        &block(8, "1 of 2", "Get-", "/c/Users/analyst/x.ps1"),
    );
    // It may be read when its process has ended.
    let scene = log(scene.exit(8), 8, &block(8, "2 of 2", "Date", ""));
    let scene = log(scene, 7, &block(7, "1 of 1", "Get-Host", ""));
    let recording = scene.join();
    assert_eq!(recording.faults, []);
    assert!(recording.silent_script_block_logs.is_empty());
    let blocks: Vec<&Event> = recording
        .events
        .iter()
        .filter(|event| event.kind == EventKind::ScriptBlock)
        .collect();
    let fields = |event: &Event| {
        let names = ["MessageNumber", "MessageTotal", "ScriptBlockText", "Path"];
        names.map(|name| event.field(name).unwrap().to_owned())
    };
    let told: Vec<_> = blocks
        .iter()
        .map(|event| (event.execution.process_id, fields(event)))
        .collect();
    assert_eq!(
        told,
        [
            (
                8,
                ["1", "2", "Get-", r"C:\Users\analyst\x.ps1"].map(str::to_owned)
            ),
            (8, ["2", "2", "Date", ""].map(str::to_owned)),
            (7, ["1", "1", "Get-Host", ""].map(str::to_owned)),
        ]
    );
    let first = blocks[0];
    assert_eq!(first.field("ScriptBlockId"), Some(ID));
    // The log knows nothing of an activity.
    assert_eq!(first.activity_id, None);
    for name in [
        "MessageNumber",
        "MessageTotal",
        "ScriptBlockText",
        "ScriptBlockId",
    ] {
        assert_eq!(provenance(first, name), Provenance::Observed, "{name}");
    }
    assert_eq!(provenance(first, "Path"), Provenance::Translated);
    assert_eq!(provenance(blocks[1], "Path"), Provenance::Absent);
}

/// PowerShell on Linux logs U+23CE for each line feed and each carriage return;
/// its event on Windows has the line breaks.
#[test]
fn line_breaks_that_the_log_shows_as_symbols_are_line_breaks_again() {
    let recording = log(
        with_log().exec(7, FILE),
        7,
        &block(7, "1 of 1", "a;\u{23CE}b;\u{23CE}\u{23CE}c", ""),
    )
    .join();
    assert_eq!(recording.faults, []);
    let mut events = recording.events.iter();
    let event = events
        .find(|event| event.kind == EventKind::ScriptBlock)
        .unwrap();
    assert_eq!(event.field("ScriptBlockText"), Some("a;\nb;\n\nc"));
    assert_eq!(provenance(event, "ScriptBlockText"), Provenance::Translated);
}

#[test]
fn a_silent_log_makes_no_event_and_is_told_of() {
    let recording = with_log().exec(7, FILE).exit(7).join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 5]);
    assert_eq!(Vec::from_iter(recording.silent_script_block_logs), [IMAGE]);
    // A message about something else breaks no silence.
    let other = "<134>Jan 31 12:00:00 powershell[7]: (7.4.6:1:10) [Other:x] \
                 [ScriptBlock_Compile_Detail:";
    let recording = log(with_log().exec(7, FILE), 7, other).join();
    assert_eq!(recording.faults, []);
    assert_eq!(recording.silent_script_block_logs.len(), 1);
    // One that did not run is not silent.
    let recording = with_log().exec(7, CURL).join();
    assert!(recording.silent_script_block_logs.is_empty());
}

#[test]
fn a_block_in_another_s_name_is_a_fault_and_no_event() {
    let powershell = || with_log().exec(7, FILE).exec(8, CURL);
    for (sender, claimed) in [(8, 8), (8, 7), (7, 8), (9, 7)] {
        let recording = log(powershell(), sender, &block(claimed, "1 of 1", "x", "")).join();
        assert_eq!(
            recording.faults,
            [Fault::ForeignScriptBlock { process_id: sender }],
            "{sender} as {claimed}"
        );
        assert!(!ids(&recording).contains(&4104));
    }
    // The process that has the sender's number later is another one.
    let recording = log(with_log(), 8, &block(8, "1 of 1", "x", ""))
        .exec(8, FILE)
        .join();
    assert_eq!(
        recording.faults,
        [Fault::ForeignScriptBlock { process_id: 8 }]
    );
    assert!(!ids(&recording).contains(&4104));
    // What another program writes that is no block at all is a fault, too.
    let recording = log(powershell(), 8, "[ScriptBlock_Compile_Detail:").join();
    assert_eq!(
        recording.faults,
        [Fault::ForeignScriptBlock { process_id: 8 }]
    );
}

#[test]
fn a_cut_block_and_an_overflow_are_faults() {
    let whole = block(7, "1 of 1", "x", "");
    let cut = &whole[..whole.len() - 20];
    let mut scene = log(with_log().exec(7, FILE), 7, cut);
    scene
        .observations
        .testimony
        .system_log
        .as_mut()
        .unwrap()
        .overflowed = 3;
    let recording = scene.join();
    assert!(!ids(&recording).contains(&4104));
    let [unread, overflowed] = &recording.faults[..] else {
        panic!("{:?}", recording.faults);
    };
    assert!(
        unread.to_string().contains("powershell.exe logged"),
        "{unread}"
    );
    assert_eq!(*overflowed, Fault::LogOverflowed { overflowed: 3 });
}
