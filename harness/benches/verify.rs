//! What judging recorded events takes, beside `grep -c` over the same file and
//! a search that counts all events.
//!
//! 200 MB of fifty hosts' events, one line of XML each, in the page cache; in
//! their middle are the recorded runs of all shipped scenarios, which must be
//! found. `verify` reads all of it twice. The memory is the highest that it had
//! resident. With `-- --gigabyte` it also judges 1 GB, once.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use measure::{BINARY, Variant, compare, rounds, run};
use nix::sys::resource::{UsageWho, getrusage};

fn main() {
    // A test needs less to show that it works.
    let is_test = rounds(2) == 1;
    let megabytes = if is_test { 2 } else { 200 };
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.xml");
    write_events(&events, megabytes << 20);
    let verify = |arguments: &[&str], events: &Path| {
        let arguments: Vec<&str> = ["verify"].iter().chain(arguments).copied().collect();
        // Success says that all scenarios were found, and did as expected.
        run(BINARY, &arguments, events);
    };
    // Before anything else: the highest of all children is then its own.
    verify(&["--threads", "1"], &events);
    println!(
        "verify: {megabytes} MB of events, highest resident memory: {} MB",
        resident()
    );
    let every = "EventCode=* | stats count BY host EventCode User";
    compare(
        &format!("verify: {megabytes} MB of events in the page cache"),
        rounds(15),
        &mut [
            Variant::timed("grep -c workers", || {
                let counted = run("grep", &["-c", "workers"], &events);
                assert!(counted.trim().parse::<usize>().unwrap() > 0);
            }),
            Variant::timed("a search that counts all by three fields", || {
                run(BINARY, &["search", "--threads", "1", every], &events);
            }),
            Variant::timed("verify", || verify(&["--threads", "1"], &events)),
            Variant::timed("verify, on all cores", || verify(&[], &events)),
        ],
    );
    if std::env::args().any(|argument| argument == "--gigabyte") {
        write_events(&events, 1 << 30);
        let start = Instant::now();
        verify(&["--threads", "1"], &events);
        println!(
            "verify: 1 GB of events (1 round)\n  {:.1?}, highest resident memory: {} MB",
            start.elapsed(),
            resident()
        );
    }
}

/// The highest resident memory of all children so far, in megabytes.
fn resident() -> i64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() / 1024
}

/// Other programs' events of many hosts, and the recorded runs in their middle.
fn write_events(path: &Path, bytes: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut written = 0;
    let mut line = String::new();
    let mut runs = Some(recorded_runs());
    for number in 0_usize.. {
        if written >= bytes {
            break;
        }
        if written >= bytes / 2
            && let Some(runs) = runs.take()
        {
            file.write_all(runs.as_bytes()).unwrap();
        }
        line.clear();
        write_event(&mut line, number);
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    file.flush().unwrap();
}

/// The events of all recorded runs that the repository carries.
fn recorded_runs() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/recorded/datasets/attack_techniques/T1583.007");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    };
    let logs = entries(&folder)
        .into_iter()
        .flat_map(|scenario| entries(&scenario))
        .filter(|file| file.extension().is_some_and(|extension| extension == "log"));
    logs.map(|log| fs::read_to_string(log).unwrap()).collect()
}

/// Which events there are, by how often: most are of the network and of files.
const IDS: [u32; 9] = [1, 3, 3, 3, 5, 11, 11, 22, 22];

/// The data of an event after those that all have: name and value. `{n}` is a
/// number that differs, `{guid}` a process.
fn data(id: u32) -> &'static [(&'static str, &'static str)] {
    const IMAGE: (&str, &str) = ("Image", r"C:\Program Files\Vendor\App{n}\service.exe");
    const USER: (&str, &str) = ("User", r"CORP\user");
    match id {
        1 => &[
            IMAGE,
            ("FileVersion", "10.0.19041.{n}"),
            ("Description", "Vendor service"),
            ("Product", "Vendor App"),
            ("Company", "Vendor &amp; Co"),
            ("OriginalFileName", "service.exe"),
            (
                "CommandLine",
                r#""C:\Program Files\Vendor\App{n}\service.exe" --mode &lt;x&gt; --id {n}"#,
            ),
            ("CurrentDirectory", r"C:\Windows\system32\"),
            USER,
            ("LogonGuid", "{guid}"),
            ("LogonId", "0x3e7"),
            ("TerminalSessionId", "0"),
            ("IntegrityLevel", "System"),
            (
                "Hashes",
                "MD5=28CB1E9D66B06C1976FE233347B44CEB,\
                 SHA256=9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
            ),
            ("ParentProcessGuid", "{guid}"),
            ("ParentProcessId", "700"),
            ("ParentImage", r"C:\Windows\System32\services.exe"),
            ("ParentCommandLine", r"C:\Windows\System32\services.exe"),
            ("ParentUser", r"NT AUTHORITY\SYSTEM"),
        ],
        3 => &[
            IMAGE,
            USER,
            ("Protocol", "tcp"),
            ("Initiated", "true"),
            ("SourceIsIpv6", "false"),
            ("SourceIp", "10.2.3.4"),
            ("SourceHostname", "ws.corp.example"),
            ("SourcePort", "5{n}"),
            ("SourcePortName", "-"),
            ("DestinationIsIpv6", "false"),
            ("DestinationIp", "10.1.2.3"),
            ("DestinationHostname", "host{n}.vendor.example"),
            ("DestinationPort", "443"),
            ("DestinationPortName", "https"),
        ],
        5 => &[IMAGE, USER],
        11 => &[
            IMAGE,
            ("TargetFilename", r"C:\ProgramData\Vendor\cache\file{n}.tmp"),
            ("CreationUtcTime", "2026-11-24 10:00:00.000"),
            USER,
        ],
        _ => &[
            ("QueryName", "update{n}.vendor.example"),
            ("QueryStatus", "0"),
            ("QueryResults", "::ffff:10.1.2.3;"),
            IMAGE,
            USER,
        ],
    }
}

fn write_event(line: &mut String, number: usize) {
    // A mixed sequence that is the same in every run.
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let id = IDS[mixed % IDS.len()];
    let (host, second) = (number % 50, number / 100);
    let time = format!(
        "{:02}:{:02}:{:02}.{:03}",
        second / 3600 % 24,
        second / 60 % 60,
        second % 60,
        number % 100 * 10
    );
    let day = 10 + second / 86_400;
    let guid = guid(host, number);
    let _ = write!(
        line,
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' \
         Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>{id}</EventID>\
         <Version>5</Version><Level>4</Level><Task>{id}</Task><Opcode>0</Opcode>\
         <Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime='2026-11-{day}T{time}0000Z'/>\
         <EventRecordID>{number}</EventRecordID><Correlation/>\
         <Execution ProcessID='2684' ThreadID='3900'/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>WS{host:03}.corp.example</Computer><Security UserID='S-1-5-18'/></System>\
         <EventData><Data Name='RuleName'>-</Data>\
         <Data Name='UtcTime'>2026-11-{day} {time}</Data>\
         <Data Name='ProcessGuid'>{guid}</Data><Data Name='ProcessId'>{}</Data>",
        4 + mixed % 60_000
    );
    for (name, value) in data(id) {
        let value = value
            .replace("{n}", &(mixed % 5000).to_string())
            .replace("{guid}", &guid);
        let _ = write!(line, "<Data Name='{name}'>{value}</Data>");
    }
    line.push_str("</EventData></Event>\n");
}

/// A process of a host.
fn guid(host: usize, number: usize) -> String {
    format!(
        "{{3F1C{host:04X}-{:04X}-6B05-{:04X}-{:012X}}}",
        number >> 16 & 0xFFFF,
        number & 0xFFFF,
        number << 16
    )
}
