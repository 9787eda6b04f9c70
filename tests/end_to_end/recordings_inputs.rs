//! What events are read from: each form in which they are recorded, and each
//! way in which that can fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::json;

use crate::support::{Account, Run, Workplace};

/// The connections that every form records: program and host.
const CONNECTIONS: [(&str, &str); 4] = [
    (r"C:\Tools\curl.exe", "a.workers.dev"),
    (r"C:\Tools\chrome.exe", "b.workers.dev"),
    (r"C:\Tools\curl.exe", "example.net"),
    // More than ASCII, and what XML escapes.
    (r"C:\Tools\b\u{e9}b\u{e9}.exe", "c.workers.dev"),
];

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
const LINUX: &str = "Linux-Sysmon/Operational";

/// The program of a connection, with its characters.
fn image(written: &str) -> String {
    written.replace(r"\u{e9}", "\u{e9}")
}

/// Event XML of a channel, one event for each line.
fn lines_of(channel: &str) -> Vec<String> {
    (1..)
        .zip(CONNECTIONS)
        .map(|(record, (program, host))| {
            let program = image(program).replace('&', "&amp;");
            format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
                 <Provider Name='Microsoft-Windows-Sysmon'/><EventID>3</EventID>\
                 <TimeCreated SystemTime='2026-11-24T10:00:{record:02}.000000000Z'/>\
                 <EventRecordID>{record}</EventRecordID><Channel>{channel}</Channel>\
                 <Computer>WKS</Computer></System><EventData><Data Name='Image'>{program}</Data>\
                 <Data Name='DestinationHostname'>{host}</Data></EventData></Event>"
            )
        })
        .collect()
}

fn xml() -> String {
    lines_of(SYSMON).join("\n") + "\n"
}

/// As `wevtutil` writes it: one document.
fn document() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Events>{}</Events>\r\n",
        lines_of(SYSMON).join("\r\n")
    )
}

/// As syslog writes the lines of Sysmon for Linux, which quotes otherwise than
/// Windows.
fn syslog() -> String {
    let mut log = String::new();
    for (second, line) in (1..).zip(lines_of(LINUX)) {
        let line = line.replace('\'', "\"");
        writeln!(log, "Nov 24 10:00:{second:02} wks sysmon: {line}").unwrap();
    }
    log
}

/// As `journalctl -o export` writes them: a value with a line break, as a command
/// line may have, is given by its length.
fn journal_export() -> Vec<u8> {
    let mut export = Vec::new();
    for (index, line) in lines_of(LINUX).into_iter().enumerate() {
        let event = line.replace('\'', "\"");
        export.extend_from_slice(b"__CURSOR=s=1;i=1\n_COMM=sysmon\nMESSAGE");
        if index % 2 == 0 {
            export.push(b'=');
            export.extend_from_slice(event.as_bytes());
        } else {
            export.push(b'\n');
            export.extend_from_slice(&(event.len() as u64).to_le_bytes());
            export.extend_from_slice(event.as_bytes());
        }
        export.extend_from_slice(b"\n_HOSTNAME=wks\n\n");
    }
    export
}

/// As `evtx_dump -o jsonl` writes it.
fn evtx_dump() -> String {
    let mut lines = String::new();
    for (record, (program, host)) in (1..).zip(CONNECTIONS) {
        let event = json!({"Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 3,
                "TimeCreated": {
                    "#attributes": {"SystemTime": format!("2026-11-24T10:00:{record:02}.000000Z")}
                },
                "EventRecordID": record,
                "Channel": SYSMON,
                "Computer": "WKS"
            },
            "EventData": {"Image": image(program), "DestinationHostname": host}
        }});
        writeln!(lines, "{event}").unwrap();
    }
    lines
}

/// As Splunk's export writes the rows of a search: their text, or only fields.
fn exported(with_text: bool) -> String {
    let mut lines = String::new();
    for (offset, (line, (program, host))) in
        (0..).zip(lines_of(SYSMON).into_iter().zip(CONNECTIONS))
    {
        let time = "2026-11-24T10:00:01.000+00:00";
        let result = if with_text {
            json!({"_raw": line, "_time": time, "index": "main"})
        } else {
            json!({
                "_time": time,
                "EventCode": "3",
                "Image": image(program),
                "DestinationHostname": host
            })
        };
        let row = json!({"preview": false, "offset": offset, "result": result});
        writeln!(lines, "{row}").unwrap();
    }
    lines
}

/// As Winlogbeat writes it, without the event's XML: data by name.
fn winlogbeat() -> String {
    let mut lines = String::new();
    for (record, (program, host)) in (1..).zip(CONNECTIONS) {
        let document = json!({
            "@timestamp": format!("2026-11-24T10:00:{record:02}.000Z"),
            "event": {"code": "3", "kind": "event"},
            "winlog": {
                "channel": SYSMON,
                "computer_name": "WKS",
                "event_data": {"DestinationHostname": host, "Image": image(program)},
                "event_id": "3",
                "provider_name": "Microsoft-Windows-Sysmon",
                "record_id": record
            }
        });
        writeln!(lines, "{document}").unwrap();
    }
    lines
}

/// As NXLog writes it: its own fields beside the event's.
fn nxlog() -> String {
    let mut lines = String::new();
    for (record, (program, host)) in (1..).zip(CONNECTIONS) {
        let object = json!({
            "EventTime": format!("2026-11-24 11:00:{record:02}"),
            "Hostname": "WKS",
            "EventID": 3,
            "SourceName": "Microsoft-Windows-Sysmon",
            "RecordNumber": record,
            "Channel": SYSMON,
            "Message": "Network connection detected:",
            "Image": image(program),
            "DestinationHostname": host
        });
        writeln!(lines, "{object}").unwrap();
    }
    lines
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(bytes)
        .collect()
}

/// Each form, by the name of a file: no form is told by it.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("xml", xml().into_bytes()),
        ("document", document().into_bytes()),
        ("utf-8 with mark", format!("\u{feff}{}", xml()).into_bytes()),
        ("utf-16le", utf16(&document(), u16::to_le_bytes)),
        ("utf-16be", utf16(&document(), u16::to_be_bytes)),
        ("syslog", syslog().into_bytes()),
        ("journal", journal_export()),
        ("evtx_dump", evtx_dump().into_bytes()),
        ("evtx_dump.utf-16le", utf16(&evtx_dump(), u16::to_le_bytes)),
        ("winlogbeat", winlogbeat().into_bytes()),
        ("nxlog", nxlog().into_bytes()),
        ("export", exported(true).into_bytes()),
        ("export.fields", exported(false).into_bytes()),
    ]
}

const SEARCH: &str = "EventCode=3 DestinationHostname=*.workers.dev \
                      | sort DestinationHostname | table DestinationHostname Image";

/// What [`SEARCH`] finds in each form, as CSV.
const FOUND: &str = "DestinationHostname,Image\n\
                     a.workers.dev,C:\\Tools\\curl.exe\n\
                     b.workers.dev,C:\\Tools\\chrome.exe\n\
                     c.workers.dev,C:\\Tools\\b\u{e9}b\u{e9}.exe\n";

/// Runs a command with a file as its standard input.
fn fed(workplace: &Workplace, arguments: &[&str], file: &Path) -> (Option<i32>, String, String) {
    let mut command = workplace.command(arguments);
    command.stdin(File::open(file).unwrap());
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Says that a command answered with so many rows, lost events, and said where
/// and why.
#[track_caller]
fn lost(run: &Run, rows: &str, said: &[&str]) {
    run.exits(2);
    assert_eq!(run.stdout, format!("{rows}\n"), "{}", run.stderr);
    for said in said {
        assert!(run.stderr.contains(said), "{said}\n{}", run.stderr);
    }
}

#[test]
fn each_form_gives_the_same_rows_from_a_file_and_from_standard_input() {
    let workplace = Workplace::new();
    for (name, bytes) in forms() {
        let file = workplace.write(name, bytes);
        let run = workplace.run(["search", SEARCH, name, "-o", "csv"]);
        assert_eq!((&*run.stdout, &*run.stderr), (FOUND, ""), "{name}");
        run.exits(0);
        let piped = fed(&workplace, &["search", SEARCH, "-", "-o", "csv"], &file);
        assert_eq!(piped, (Some(0), FOUND.to_owned(), String::new()), "{name}");
        let other = "EventCode=3 DestinationHostname=*.pages.dev";
        let run = workplace.run(["search", other, name]);
        run.exits(1);
        assert_eq!((&*run.stdout, &*run.stderr), ("", ""), "{name}");
    }
}

#[test]
fn a_folder_of_all_forms_gives_the_rows_of_each() {
    let workplace = Workplace::new();
    let forms = forms();
    for (number, (name, bytes)) in forms.iter().enumerate() {
        workplace.write(&format!("logs/{}/{name}", number % 3), bytes);
    }
    let run = workplace.run(["search", "DestinationHostname=*.workers.dev", "logs", "-c"]);
    assert_eq!(
        run.stdout,
        format!("{}\n", 3 * forms.len()),
        "{}",
        run.stderr
    );
    run.exits(0);
    // Other files lose nothing; a damaged one among them does.
    workplace.write("logs/picture.png", b"\x89PNG\r\n\x1a\n\0\0");
    workplace.write("logs/empty.xml", "");
    let run = workplace.run(["search", "DestinationHostname=*.workers.dev", "logs", "-c"]);
    run.exits(0);
    assert!(
        run.stderr.starts_with("note: logs/picture.png"),
        "{}",
        run.stderr
    );
    workplace.write("logs/0/cut.xml", &xml()[..xml().len() - 30]);
    let run = workplace.run(["search", "DestinationHostname=*.workers.dev", "logs", "-c"]);
    let rows = (3 * forms.len() + 2).to_string();
    lost(&run, &rows, &["warning: logs/0/cut.xml at byte", "cut off"]);
}

#[test]
fn events_of_linux_have_their_own_names() {
    let workplace = Workplace::new();
    workplace.write("syslog", syslog());
    let search = "source=\"Syslog:Linux-Sysmon/Operational\" sourcetype=sysmon:linux";
    let run = workplace.run(["search", search, "syslog", "-c", "--addon", "linux"]);
    assert_eq!(run.stdout, "4\n", "{}", run.stderr);
    let search = "source=\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\"";
    workplace
        .run(["search", search, "syslog", "-c", "--addon", "linux"])
        .exits(1);
}

#[test]
fn a_cut_file_answers_what_it_has_and_says_where_it_ends() {
    let workplace = Workplace::new();
    let search = |name: &str| workplace.run(["search", "DestinationHostname=*", name, "--count"]);
    // The last event begins where the three before it end.
    let starts = xml().rfind("<Event ").unwrap();
    workplace.write("cut.xml", &xml()[..starts + 100]);
    let place = format!("warning: cut.xml at byte {starts}: the event is cut off");
    lost(&search("cut.xml"), "3", &[&place]);
    let units = 2 + 2 * document()[..document().rfind("<Event ").unwrap()]
        .encode_utf16()
        .count();
    let wide = utf16(&document(), u16::to_le_bytes);
    workplace.write("cut.utf16", &wide[..units + 100]);
    lost(
        &search("cut.utf16"),
        "3",
        &[&format!("cut.utf16 at byte {units}")],
    );
    let starts = evtx_dump().trim_end().rfind('\n').unwrap() + 1;
    workplace.write("cut.json", &evtx_dump()[..starts + 50]);
    lost(
        &search("cut.json"),
        "3",
        &[&format!("cut.json at byte {starts}")],
    );
    let run = workplace.run(["explain", "EventCode=3", "cut.xml"]);
    run.exits(2);
    assert!(run.stdout.contains("3 -> 3"), "{}", run.stdout);
}

#[test]
fn a_file_that_may_not_be_read_loses_its_events_and_no_others() {
    let workplace = Workplace::with_copy(Account::unprivileged());
    let secret = workplace.write("logs/secret.xml", xml());
    workplace.write("logs/open.xml", xml());
    let set = |mode| fs::set_permissions(&secret, Permissions::from_mode(mode)).unwrap();
    set(0o000);
    let search =
        |paths: &[&str]| workplace.run([&["search", "EventCode=3", "--count"][..], paths].concat());
    let denied = "logs/secret.xml at byte 0: cannot be read: Permission denied";
    lost(&search(&["logs"]), "4", &["warning: ", denied]);
    lost(&search(&["logs/secret.xml"]), "0", &[denied]);
    lost(
        &search(&["none.xml", "logs/open.xml"]),
        "4",
        &["none.xml", "No such file"],
    );
    set(0o644);
    let run = search(&["logs"]);
    assert_eq!((&*run.stdout, &*run.stderr), ("8\n", ""));
}

#[test]
fn text_in_another_encoding_is_lost_by_the_event() {
    let workplace = Workplace::new();
    let latin: Vec<u8> = xml().chars().map(|c| u8::try_from(c).unwrap()).collect();
    workplace.write("latin.xml", latin);
    let run = workplace.run(["search", "EventCode=3", "latin.xml", "--count"]);
    let place = format!("latin.xml at byte {}", xml().rfind("<Event ").unwrap());
    lost(&run, "3", &[&place, "not UTF-8"]);
}

#[test]
fn what_is_no_event_is_an_error_where_it_was_named() {
    let workplace = Workplace::new();
    for (name, bytes) in [
        ("garbage", vec![0xa5; 1 << 16]),
        ("zeros", vec![0; 1 << 16]),
        ("text", b"to be read by people\n".to_vec()),
        ("line", vec![b'x'; 1_000_000]),
        ("magic.evtx", b"ElfFile\0".to_vec()),
        ("json", b"{\"a\": 1}\n".to_vec()),
    ] {
        workplace.write(name, bytes);
        let run = workplace.run(["search", "EventCode=3", name]);
        run.exits(2);
        assert_eq!(run.stdout, "");
        let place = format!("warning: {name} at byte ");
        assert!(run.stderr.starts_with(&place), "{}", run.stderr);
    }
    // Nothing is no garbage.
    workplace.write("empty", "");
    fs::create_dir(workplace.path().join("folder")).unwrap();
    for name in ["empty", "folder", "/dev/null"] {
        let run = workplace.run(["search", "EventCode=3", name]);
        run.exits(1);
        assert!(run.stderr.contains("nothing to read"), "{}", run.stderr);
    }
}

#[test]
fn events_around_a_line_without_end_are_answered() {
    let workplace = Workplace::new();
    let junk = "x".repeat(1_000_000);
    workplace.write("junk.xml", format!("{}{junk}\n{}", xml(), xml()));
    let run = workplace.run(["search", "EventCode=3", "junk.xml", "--count"]);
    let place = format!(
        "junk.xml at byte {}: 1000000 bytes that are no event",
        xml().len()
    );
    lost(&run, "8", &[&place]);
    // An event may be a million characters long, and not without limit.
    let event = |length| xml().replace("a.workers.dev", &"a".repeat(length));
    workplace.write("long.xml", event(1_000_000));
    let run = workplace.run(["search", "EventCode=3", "long.xml", "--count"]);
    assert_eq!((&*run.stdout, &*run.stderr), ("4\n", ""));
    workplace.write("endless.xml", event(17 << 20));
    let run = workplace.run(["search", "EventCode=3", "endless.xml", "--count"]);
    lost(
        &run,
        "3",
        &["endless.xml at byte 0", "longer than 16777216 bytes"],
    );
}

#[test]
fn a_lookup_or_macro_that_is_missing_is_an_error_before_anything_is_read() {
    let workplace = Workplace::new();
    workplace.write("lookups/owners.csv", "host,owner\na.workers.dev,red team\n");
    workplace.write("macros.conf", "[connections]\ndefinition = EventCode=3\n");
    workplace.write("events.xml", xml());
    let text = "`connections` | lookup owners.csv host AS DestinationHostname OUTPUT owner \
                | search owner=*";
    let search = |options: &[&str]| {
        workplace.run([&["search", text, "events.xml", "--count"][..], options].concat())
    };
    let macros = ["--macros", "macros.conf"];
    let lookups = ["--lookups", "lookups"];
    let run = search(&lookups);
    run.exits(2);
    assert!(run.stderr.contains("macro `connections`"), "{}", run.stderr);
    let run = search(&macros);
    run.exits(2);
    assert!(run.stderr.contains("lookup `owners.csv`"), "{}", run.stderr);
    assert!(run.stderr.contains("`--lookups DIR`"), "{}", run.stderr);
    let run = search(&["--macros", "macros.conf", "--lookups", "lookup"]);
    run.exits(2);
    assert!(
        run.stderr.contains("lookup: No such file"),
        "{}",
        run.stderr
    );
    let run = search(&["--macros", "events.xml", "--lookups", "lookups"]);
    run.exits(2);
    assert!(
        run.stderr.contains("events.xml: no macro is defined"),
        "{}",
        run.stderr
    );
    let run = search(&[&macros[..], &lookups].concat());
    assert_eq!((&*run.stdout, &*run.stderr), ("1\n", ""));
}

/// A named pipe in a workplace.
fn named_pipe(workplace: &Workplace) -> PathBuf {
    let path = workplace.path().join("pipe");
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    path
}

#[test]
fn ctrl_c_answers_what_came_so_far() {
    let workplace = Workplace::new();
    let pipe = named_pipe(&workplace);
    for (command, answer) in [("search", "c.workers.dev"), ("explain", "4 -> 4")] {
        let running = workplace.start([command, "EventCode=3 | table DestinationHostname", "pipe"]);
        // Waits until the command reads.
        let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
        // Once more is taken than a pipe holds, the events have been read.
        let blanks = "\n".repeat(512 << 10);
        writer.write_all((xml() + &blanks).as_bytes()).unwrap();
        running.signal(Signal::SIGINT);
        let run = running.end();
        run.exits(2);
        assert!(run.stdout.contains(answer), "{}", run.stdout);
        let said = "warning: reading ended early, after 4 events\n";
        assert_eq!(run.stderr, said, "{command}");
        drop(writer);
    }
    // Where the writer ends by itself, nothing is said.
    let running = workplace.start(["search", "EventCode=3", "pipe", "--count"]);
    let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(xml().as_bytes()).unwrap();
    drop(writer);
    let run = running.end();
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(0), "4\n", ""));
}

#[test]
fn ctrl_c_ends_a_command_that_waits_for_a_writer() {
    let workplace = Workplace::new();
    let pipe = named_pipe(&workplace);
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let running = workplace.start(["search", "EventCode=3", "pipe", "--count"]);
        running.until_opens(&pipe);
        running.signal(signal);
        let run = running.end();
        run.exits(2);
        assert_eq!(run.stdout, "0\n");
        assert!(
            run.stderr.contains("ended early, after 0"),
            "{}",
            run.stderr
        );
    }
}

/// A recorded EVTX file beside the repository, and how many events of each of
/// Sysmon's ids it has, as its list says; none where it is not at hand.
fn evtx() -> Option<(PathBuf, BTreeMap<String, u64>)> {
    const NAME: &str = "sbou__powercat_revShell_sysmon_1_3.evtx";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/evtx");
    let Ok(list) = fs::read_to_string(folder.join("MANIFEST.json")) else {
        eprintln!("skipped: {} not present", folder.display());
        return None;
    };
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let entry = list.iter().find(|entry| entry["file"] == NAME).unwrap();
    let counts = serde_json::from_value(entry["sysmon_events_by_eid"].clone()).unwrap();
    Some((folder.join(NAME), counts))
}

#[test]
fn evtx_files_have_the_events_that_their_list_says() {
    let Some((file, counts)) = evtx() else {
        return;
    };
    let workplace = Workplace::new();
    let bytes = fs::read(file).unwrap();
    let whole = workplace.write("whole.evtx", &bytes);
    let search = "Channel=Microsoft-Windows-Sysmon/Operational | stats count BY EventCode";
    let run = workplace.run(["search", search, "whole.evtx", "-o", "json"]);
    assert_eq!(run.stderr, "");
    let found: BTreeMap<String, u64> = run
        .stdout
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("EventCode"), text("count").parse().unwrap())
        })
        .collect();
    assert_eq!(found, counts);
    let all: u64 = counts.values().sum();
    let piped = fed(&workplace, &["search", "*", "-", "-c"], &whole);
    assert_eq!(piped, (Some(0), format!("{all}\n"), String::new()));
    // Cut within its first chunk of 64 KiB, after the header of 4 KiB: the
    // records before the cut are answered.
    workplace.write("cut.evtx", &bytes[..(4 << 10) + (8 << 10)]);
    let run = workplace.run(["search", "*", "cut.evtx", "-c"]);
    run.exits(2);
    let answered: u64 = run.stdout.trim().parse().unwrap();
    assert!(answered > 0 && answered < all, "{answered} of {all}");
    let place = "warning: cut.evtx at byte ";
    assert!(run.stderr.contains(place), "{}", run.stderr);
    // Cut where its chunks begin.
    workplace.write("header.evtx", &bytes[..4 << 10]);
    let run = workplace.run(["search", "*", "header.evtx", "-c"]);
    let said = "header.evtx at byte 4096: damaged EVTX: the file is cut off";
    lost(&run, "0", &[said]);
}

#[test]
fn an_output_that_takes_no_more_is_an_error_of_the_search() {
    let workplace = Workplace::new();
    workplace.write("events.xml", xml());
    for arguments in [
        &["search", "EventCode=3", "events.xml"][..],
        &["search", "EventCode=3", "events.xml", "--count"],
        &["explain", "EventCode=3", "events.xml"],
        &["lint", "serverless"],
    ] {
        let mut command = workplace.command(arguments);
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
        let output = command.stderr(std::process::Stdio::piped()).spawn();
        let output = output.unwrap().wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("No space left on device"), "{said}");
    }
}
