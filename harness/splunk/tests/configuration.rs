//! The configuration files under `lab/splunk` say what they are meant to say.
//!
//! Source of the settings' names and rules: the specifications that come with Splunk 10.0
//! (`inputs.conf.spec`, `props.conf.spec`, `transforms.conf.spec`, `savedsearches.conf.spec`), and
//! "Get data with the Journald input" for that input's own.
//!
//! `UPDATE_DOCS=1` writes savedsearches.conf anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::path::PathBuf;

use pcre2::bytes::Regex;
use scenarios::Library;
use spl::{Conf, Stanza};
use splunk::AddOn;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../lab/splunk")
        .join(name)
}

fn conf(name: &str) -> Conf {
    Conf::parse(&std::fs::read_to_string(path(name)).unwrap()).unwrap()
}

fn setting<'a>(stanza: &'a Stanza, name: &str) -> &'a str {
    match stanza.get(name) {
        Some(setting) => &setting.value,
        None => panic!("[{}] has no {name}", stanza.name),
    }
}

/// The settings that a kind of stanza takes: of those in use.
fn known(file: &str, stanza: &str) -> &'static [&'static str] {
    match (file, stanza.split("://").next().unwrap()) {
        ("inputs.conf", "WinEventLog") => {
            &["disabled", "renderXml", "source", "index", "whitelist"]
        }
        ("inputs.conf", "monitor") => &["disabled", "sourcetype", "index", "crcSalt"],
        ("inputs.conf", "journald") => &[
            "disabled",
            "journalctl-filter",
            "sourcetype",
            "source",
            "index",
        ],
        ("props.conf", _) => &[
            "CHARSET",
            "SHOULD_LINEMERGE",
            "LINE_BREAKER",
            "TRUNCATE",
            "TIME_PREFIX",
            "TIME_FORMAT",
            "MAX_TIMESTAMP_LOOKAHEAD",
            "TZ",
            "MAX_DAYS_AGO",
            "KV_MODE",
            // TRANSFORMS-<class>, with a class of one's own.
            "TRANSFORMS-beaconlab",
        ],
        ("transforms.conf", _) => &["REGEX", "DEST_KEY", "FORMAT"],
        ("savedsearches.conf", _) => &[
            "description",
            "enableSched",
            "cron_schedule",
            "dispatch.earliest_time",
            "dispatch.latest_time",
            "search",
        ],
        (file, kind) => panic!("{file}: no stanza of the kind `{kind}` is known"),
    }
}

#[test]
fn settings_are_those_of_the_specifications() {
    for file in [
        "inputs.conf",
        "props.conf",
        "transforms.conf",
        "savedsearches.conf",
    ] {
        let conf = conf(file);
        assert!(!conf.stanzas.is_empty(), "{file}");
        for stanza in &conf.stanzas {
            for setting in &stanza.settings {
                let (name, line) = (setting.name.as_str(), setting.line);
                assert!(
                    known(file, &stanza.name).contains(&name),
                    "{file}:{line}: {name}"
                );
                // What stands behind a value belongs to it: a comment has a line of its own.
                assert!(!setting.value.contains(" #"), "{file}:{line}");
                assert!(!setting.value.is_empty(), "{file}:{line}");
            }
        }
    }
}

/// Windows' channels come under the names by which searches ask for them.
#[test]
fn inputs_have_the_add_ons_names() {
    let conf = conf("inputs.conf");
    for channel in [
        "Microsoft-Windows-Sysmon/Operational",
        "Microsoft-Windows-PowerShell/Operational",
    ] {
        let stanza = conf.get(&format!("WinEventLog://{channel}")).unwrap();
        assert_eq!(setting(stanza, "renderXml"), "1");
        for addon in AddOn::ALL {
            assert_eq!(setting(stanza, "source"), addon.source(channel));
        }
    }
    let journal = conf.get("journald://sysmon").unwrap();
    assert_eq!(
        setting(journal, "sourcetype"),
        AddOn::Linux.sourcetype(LINUX)
    );
    assert_eq!(setting(journal, "source"), AddOn::Linux.source(LINUX));
    // Each recorded file has a sourcetype that props.conf knows.
    let props = self::conf("props.conf");
    let monitors = conf
        .stanzas
        .iter()
        .filter(|stanza| stanza.name.starts_with("monitor://"));
    let mut count = 0;
    for stanza in monitors {
        assert!(props.get(setting(stanza, "sourcetype")).is_some());
        assert_eq!(setting(stanza, "crcSalt"), "<SOURCE>");
        count += 1;
    }
    assert_eq!(count, 2);
}

const LINUX: &str = "Linux-Sysmon/Operational";

fn regex(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Cuts as `LINE_BREAKER` is documented: an event ends where the first group begins, the next one
/// begins where the group ends, and the group itself is dropped.
fn events<'a>(stanza: &Stanza, text: &'a str) -> Vec<&'a str> {
    assert_eq!(setting(stanza, "SHOULD_LINEMERGE"), "false");
    let breaker = regex(setting(stanza, "LINE_BREAKER"));
    let mut start = 0;
    let mut events = Vec::new();
    for captures in breaker.captures_iter(text.as_bytes()) {
        let captures = captures.unwrap();
        let group = captures.get(1).unwrap();
        events.push(&text[start..group.start()]);
        start = group.end();
    }
    if start < text.len() {
        events.push(&text[start..]);
    }
    events
}

/// The text in which a time is looked for.
fn time<'a>(stanza: &Stanza, event: &'a str) -> &'a str {
    let prefix = regex(setting(stanza, "TIME_PREFIX"));
    let after = &event[prefix.find(event.as_bytes()).unwrap().unwrap().end()..];
    let length: usize = setting(stanza, "MAX_TIMESTAMP_LOOKAHEAD").parse().unwrap();
    &after[..length]
}

/// Host, source and sourcetype of an event as it is indexed.
fn metadata(stanza: &Stanza, event: &str) -> [String; 3] {
    let transforms = conf("transforms.conf");
    let mut metadata = [const { String::new() }; 3];
    for name in setting(stanza, "TRANSFORMS-beaconlab").split(", ") {
        let transform = transforms.get(name).unwrap();
        // Only the beginning of an event is looked at.
        let looked_at = &event.as_bytes()[..event.len().min(4096)];
        let Some(captures) = regex(setting(transform, "REGEX"))
            .captures(looked_at)
            .unwrap()
        else {
            continue;
        };
        let first = std::str::from_utf8(captures.get(1).unwrap().as_bytes()).unwrap();
        let formatted = setting(transform, "FORMAT").replace("$1", first);
        let (at, prefix) = match setting(transform, "DEST_KEY") {
            "MetaData:Host" => (0, "host::"),
            "MetaData:Source" => (1, "source::"),
            "MetaData:Sourcetype" => (2, "sourcetype::"),
            other => panic!("{other}"),
        };
        formatted
            .strip_prefix(prefix)
            .unwrap()
            .clone_into(&mut metadata[at]);
    }
    metadata
}

/// An event as a run writes it.
fn windows(channel: &str, id: u16, time: &str, data: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <EventID>{id}</EventID><TimeCreated SystemTime='{time}'/><Channel>{channel}</Channel>\
         <Computer>WKS-0421</Computer></System><EventData>{data}</EventData></Event>"
    )
}

#[test]
fn recorded_events_are_cut_and_named_as_the_profiles_have_them() {
    let sysmon = "Microsoft-Windows-Sysmon/Operational";
    let powershell = "Microsoft-Windows-PowerShell/Operational";
    let first = windows(
        sysmon,
        3,
        "2026-01-31T12:00:00.1234567Z",
        "<Data Name='UtcTime'>2025-12-31 23:59:59.999</Data>",
    );
    // Line breaks, a date, an event in text, and a channel that is none.
    let second = windows(
        powershell,
        4104,
        "2026-01-31T12:00:01.123456789Z",
        "<Data Name='ScriptBlockText'>1..5\r\n2020-01-01 00:00:00 &lt;/Event&gt;\n\
         &lt;Event&gt;&lt;Channel&gt;Other&lt;/Channel&gt;\n</Data>",
    );
    let third = windows(sysmon, 22, "2026-01-31T12:00:02.0000000Z", "");
    let props = conf("props.conf");
    let stanza = props.get("beaconlab:events").unwrap();
    for text in [
        format!("{first}\n{second}\n{third}\n"),
        format!("{first}\r\n{second}\r\n\r\n{third}"),
    ] {
        assert_eq!(events(stanza, &text), [&first, &second, &third]);
    }
    for (event, channel, expected) in [
        (&first, sysmon, "2026-01-31T12:00:00.1234567Z"),
        (&second, powershell, "2026-01-31T12:00:01.123456789Z"),
    ] {
        assert!(time(stanza, event).starts_with(expected));
        let [host, source, sourcetype] = metadata(stanza, event);
        assert_eq!(host, "WKS-0421");
        for addon in AddOn::ALL {
            assert_eq!(source, addon.source(channel));
        }
        // Under a current add-on, Sysmon's is renamed when it is searched.
        assert_eq!(sourcetype, AddOn::Legacy.sourcetype(channel));
    }
}

#[test]
fn recorded_events_of_linux_are_cut_and_named_as_the_profile_has_them() {
    let event = |id: u16| {
        format!(
            "<Event><System><Provider Name=\"Linux-Sysmon\"/><EventID>{id}</EventID>\
             <TimeCreated SystemTime=\"2026-01-31T12:00:00.123456000Z\"/>\
             <Channel>{LINUX}</Channel><Computer>vm</Computer></System></Event>"
        )
    };
    let props = conf("props.conf");
    let stanza = props.get("beaconlab:linux").unwrap();
    let text = format!("{}\n{}\n", event(1), event(3));
    assert_eq!(events(stanza, &text), [event(1), event(3)]);
    assert!(time(stanza, &event(1)).starts_with("2026-01-31T12:00:00.123456000Z"));
    assert_eq!(
        metadata(stanza, &event(3)),
        [
            "vm".to_owned(),
            AddOn::Linux.source(LINUX).into_owned(),
            AddOn::Linux.sourcetype(LINUX).into_owned()
        ]
    );
    // What is not Sysmon's keeps the names that its input gave it.
    let other = event(1).replace(LINUX, "Other");
    assert_eq!(metadata(stanza, &other)[1..], ["", ""]);
}

/// Real lines, one event each, as a forwarder wrote them.
#[test]
fn real_lines_have_their_time_and_channel() {
    let real = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/sysmon/windows_raw_lines.xml");
    let Ok(text) = std::fs::read_to_string(&real) else {
        eprintln!("SKIPPED: no shared data at {}", real.display());
        return;
    };
    let props = conf("props.conf");
    let stanza = props.get("beaconlab:events").unwrap();
    let events = events(stanza, &text);
    assert_eq!(events.len(), text.matches("<Event ").count());
    assert!(events.len() > 3, "{}", events.len());
    for event in events {
        let time = time(stanza, event);
        assert_eq!(time.find('T'), Some(10), "{time}");
        assert!(time.contains('Z'), "{time}");
        let powershell = event.contains("Microsoft-Windows-PowerShell/Operational");
        let channel = if powershell {
            "Microsoft-Windows-PowerShell/Operational"
        } else {
            "Microsoft-Windows-Sysmon/Operational"
        };
        let [_, source, _] = metadata(stanza, event);
        assert_eq!(source, AddOn::Legacy.source(channel));
    }
}

fn saved_searches() -> String {
    let mut text = String::from(
        "# The shipped detections as saved searches: the text of\n\
         # scenarios/T1583.007/detections/*.spl, line by line, with a backslash where it goes on.\n\
         # A test writes this file and holds it to them. Not tried on a real Splunk.\n\
         #\n\
         # They are not scheduled: set enableSched to 1 where they shall run by themselves.\n",
    );
    for detection in Library::embedded().unwrap().detections() {
        let origin = detection.origin.as_ref();
        let _ = write!(text, "\n[{}]\n", detection.name());
        if let Some(description) = origin.and_then(|origin| origin.description.as_deref()) {
            let words: Vec<_> = description.split_whitespace().collect();
            let url = origin
                .and_then(|origin| origin.url.as_deref())
                .unwrap_or("");
            let line = format!("{} {url}", words.join(" "));
            let _ = writeln!(text, "description = {}", line.trim_end());
        }
        // A rhythm shows over many intervals: half a day for five beacons at one
        // an hour. The others look at each stretch of time once.
        let (cron, earliest) = match detection.id.as_str() {
            "beaconing" => ("7 * * * *", "-24h@h"),
            _ => ("*/15 * * * *", "-20m@m"),
        };
        let _ = writeln!(
            text,
            "enableSched = 0\ncron_schedule = {cron}\n\
             dispatch.earliest_time = {earliest}\ndispatch.latest_time = -5m@m",
        );
        let spl = detection.spl.trim_end().replace('\n', "\\\n");
        let _ = writeln!(text, "search = {spl}");
    }
    text
}

#[test]
fn the_saved_searches_are_the_shipped_detections() {
    let path = path("savedsearches.conf");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, saved_searches()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text == saved_searches(),
        "UPDATE_DOCS=1 writes {} anew",
        path.display()
    );
    // Read back, it is the detection's own text.
    let conf = conf("savedsearches.conf");
    let library = Library::embedded().unwrap();
    assert_eq!(conf.stanzas.len(), library.detections().len());
    for detection in library.detections() {
        let stanza = conf.get(detection.name()).unwrap();
        assert_eq!(setting(stanza, "search"), detection.spl.trim_end());
        assert_eq!(setting(stanza, "enableSched"), "0");
    }
}

/// What its description asks for: five beacons at one an hour need half a day.
#[test]
fn the_saved_search_for_rhythms_looks_back_for_many_intervals() {
    let conf = conf("savedsearches.conf");
    let rhythm = conf
        .get("Serverless Beaconing at Regular Intervals")
        .unwrap();
    let earliest = setting(rhythm, "dispatch.earliest_time");
    let hours = earliest.strip_prefix('-').unwrap();
    let hours: u32 = hours.split_once("h@").unwrap().0.parse().unwrap();
    assert!(hours >= 12, "{earliest}");
}

/// A backslash continues a value only as the last character of its line.
#[test]
fn a_search_that_ends_its_lines_otherwise_is_another() {
    let text = std::fs::read_to_string(path("savedsearches.conf")).unwrap();
    let broken = text.replacen("EventCode=3\\\n", "EventCode=3\\ \n", 1);
    assert_ne!(broken, text);
    let library = Library::embedded().unwrap();
    let detection = library
        .detections()
        .iter()
        .find(|detection| detection.id == "serverless")
        .unwrap();
    let same = Conf::parse(&broken).is_ok_and(|conf| {
        let stanza = conf.get(detection.name()).unwrap();
        setting(stanza, "search") == detection.spl.trim_end()
    });
    assert!(!same);
}
