//! Events as the programs of Windows and Linux write them out.

use std::{fs, path::Path};

use telemetry::Wanted;

use crate::data;

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

fn event(id: u32) -> String {
    format!(
        "<Event xmlns='{NAMESPACE}'><System><EventID>{id}</EventID></System><EventData>\
         <Data Name='Image'>C:\\ä &amp; b.exe</Data></EventData></Event>"
    )
}

/// The events of a file of these bytes, of which nothing is lost.
fn events_of(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export");
    fs::write(&path, bytes).unwrap();
    events_at(&path)
}

fn events_at(path: &Path) -> Vec<String> {
    let (events, problems) = data::read(path, &Wanted::all());
    assert!(problems.is_empty(), "{problems:?}");
    events.into_iter().map(|(_, text)| text).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

/// `wevtutil qe … /f:xml`, with and without `/e:Events`, in UTF-8 and as
/// PowerShell redirects it.
#[test]
fn wevtutil() {
    let both = [event(1), event(3)];
    let bare = both.concat();
    for text in [
        format!("<Events>{bare}</Events>"),
        format!("<Events>\r\n{}\r\n</Events>\r\n", both.join("\r\n")),
        format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<Events>{bare}</Events>"),
        bare.clone(),
        format!("{}\r\n", both.join("\r\n")),
    ] {
        assert_eq!(events_of(text.as_bytes()), both, "{text}");
        assert_eq!(events_of(&utf16(&text)), both, "{text}");
    }
}

/// "Save All Events As…" of the Event Viewer: an `<Events>` right before and
/// after events, which is none itself.
#[test]
fn the_event_viewer() {
    let text = format!(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n\
         <Events><Event xmlns='{NAMESPACE}'><System></System><RenderingInfo Culture='en-US'>\
         <Message>a</Message></RenderingInfo></Event></Events>"
    );
    let events = events_of(text.as_bytes());
    assert_eq!(events.len(), 1);
    assert!(events[0].starts_with("<Event xmlns=") && events[0].ends_with("</Event>"));
}

/// `Get-WinEvent … | ForEach-Object { $_.ToXml() } > events.xml`: a line each,
/// and a value of several lines.
#[test]
fn get_win_event() {
    let script = event(4104).replace(".exe", "\r\n\r\n  Get-Date");
    let text = format!("{}\r\n{script}\r\n\r\n", event(1));
    assert_eq!(events_of(&utf16(&text)), [event(1), script]);
}

#[test]
fn an_empty_folder_of_events_has_none() {
    for text in [
        "<Events></Events>",
        "<Events/>",
        "<Events xmlns='n'>\n</Events>\n",
    ] {
        assert_eq!(events_of(text.as_bytes()), [""; 0], "{text}");
    }
}

/// An export that was cut within an event, and one that was cut within a tag.
#[test]
fn what_stands_before_a_cut_is_given_and_the_cut_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export");
    let text = format!("<Events>{}{}", event(1), event(3));
    // Where the last event begins, and how much of it is left.
    let last = "<Events>".len() + event(1).len();
    for left in [8, 60, event(3).len() - 1] {
        fs::write(&path, &text[..last + left]).unwrap();
        let (events, problems) = data::read(&path, &Wanted::all());
        assert_eq!(events, [(None, event(1))]);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = format!("{} at byte {last}: the event is cut off", path.display());
        assert_eq!(problems, [expected]);
    }
}

const LINUX: &str = "<Event><System><Provider Name=\"Linux-Sysmon\"/></System></Event>";

/// `journalctl -o json`, in which another program says something, too.
#[test]
fn the_journal_as_json() {
    let entry = |program: &str, message: &str| {
        serde_json::json!({
            "__CURSOR": "s=0", "__REALTIME_TIMESTAMP": "1764000000000000", "_HOSTNAME": "host",
            "SYSLOG_IDENTIFIER": program, "MESSAGE": message,
        })
    };
    let text = format!(
        "{}\n{}\n{}\n",
        entry("sshd", "hello"),
        entry("sysmon", LINUX),
        entry(
            "sysmon",
            &LINUX.replace("/></System>", "/><EventID>3</EventID></System>")
        )
    );
    let events = events_of(text.as_bytes());
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], LINUX);
}

/// Syslog's file, written by rsyslog in its own format and in that of RFC 3339,
/// in a log that has been rotated and packed.
#[test]
fn syslog() {
    let text = format!(
        "Nov 24 02:33:24 host sysmon: {LINUX}\n2026-11-24T02:33:24.099949+01:00 host sysmon: {LINUX}\n\
         <14>Nov 24 02:33:24 sysmon: {LINUX}\n"
    );
    assert_eq!(events_of(text.as_bytes()), [LINUX; 3]);
    assert_eq!(events_of(&crate::packed::gzip(text.as_bytes())), [LINUX; 3]);
}
