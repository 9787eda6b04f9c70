//! What searching recorded events takes, beside `grep -c` over the same file.
//!
//! 200 MB of network connections as one line of XML each, in the page cache;
//! one in a thousand is of a name that the shipped detection looks for. All
//! searches but the last run on one thread, as grep does. The memory is the
//! highest that any search had resident.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

mod measure;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use measure::{BINARY, Variant, compare, rounds, run};
use nix::sys::resource::{UsageWho, getrusage};

/// How much there is to search; a test needs less to show that it works.
fn bytes() -> usize {
    if rounds(2) == 1 { 2 << 20 } else { 200 << 20 }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let events = folder.path().join("events.xml");
    write_events(&events, bytes());
    let few = folder.path().join("few.xml");
    write_events(&few, 2_000);
    let grep = || {
        let counted = run("grep", &["-c", "workers"], &events);
        assert!(counted.trim().parse::<usize>().unwrap() > 0);
    };
    let search = |arguments: &[&str], events: &Path| {
        let arguments: Vec<&str> = ["search"].iter().chain(arguments).copied().collect();
        run(BINARY, &arguments, events);
    };
    let one = |arguments: &[&str]| {
        search(&[arguments, &["--threads", "1"]].concat(), &events);
    };
    // No literal by which an event could be left out unread.
    let every = "EventCode=3 DestinationPort>442 NOT Initiated=false | stats count";
    let by_image = "EventCode=3 | stats count BY Image";
    compare(
        "search: 200 MB of events in the page cache",
        rounds(15),
        &mut [
            Variant::timed("grep -c workers", grep),
            Variant::timed("the shipped detection", || {
                one(&["--detection", "serverless", "--count"]);
            }),
            Variant::timed("a search that looks into every event", || one(&[every])),
            Variant::timed("stats count BY Image", || one(&[by_image])),
            Variant::timed("stats count BY Image, on all cores", || {
                search(&[by_image], &events);
            }),
        ],
    );
    // The highest of all children, which grep is far from.
    let resident = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("  highest resident memory: {} MB", resident / 1024);
    compare(
        "search: one event, from start to end",
        rounds(31),
        &mut [
            Variant::timed("the shipped detection", || {
                search(&["--detection", "serverless", "--count"], &few);
            }),
            Variant::timed("the same binary, which only prints its version", || {
                run(BINARY, &[], Path::new("--version"));
            }),
        ],
    );
}

/// Events like those of a busy host: four programs, 5,000 names.
fn write_events(path: &Path, bytes: usize) {
    const IMAGES: [&str; 4] = [
        r"C:\Windows\System32\svchost.exe",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
        r"C:\Windows\System32\curl.exe",
    ];
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut written = 0;
    let mut line = String::new();
    for number in 0_usize.. {
        if written >= bytes {
            break;
        }
        // A mixed sequence that is the same in every run.
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let name = if mixed.is_multiple_of(1000) || number == 0 {
            format!("a{number}.workers.dev")
        } else {
            format!("host{}.example.net", mixed % 5000)
        };
        line.clear();
        let _ = writeln!(
            line,
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
             <Provider Name='Microsoft-Windows-Sysmon' \
             Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>3</EventID>\
             <Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode>\
             <Keywords>0x8000000000000000</Keywords>\
             <TimeCreated SystemTime='2026-11-24T{hour:02}:{minute:02}:00.000000000Z'/>\
             <EventRecordID>{number}</EventRecordID><Correlation/>\
             <Execution ProcessID='2684' ThreadID='3900'/>\
             <Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
             <Computer>WKS.corp.example</Computer><Security UserID='S-1-5-18'/></System>\
             <EventData><Data Name='RuleName'>-</Data>\
             <Data Name='UtcTime'>2026-11-24 {hour:02}:{minute:02}:00.{milli:03}</Data>\
             <Data Name='ProcessGuid'>{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}</Data>\
             <Data Name='ProcessId'>{process}</Data><Data Name='Image'>{image}</Data>\
             <Data Name='User'>CORP\\analyst</Data><Data Name='Protocol'>tcp</Data>\
             <Data Name='Initiated'>true</Data><Data Name='SourceIsIpv6'>false</Data>\
             <Data Name='SourceIp'>10.20.30.40</Data>\
             <Data Name='SourceHostname'>WKS.corp.example</Data>\
             <Data Name='SourcePort'>{port}</Data><Data Name='SourcePortName'>-</Data>\
             <Data Name='DestinationIsIpv6'>false</Data>\
             <Data Name='DestinationIp'>203.0.113.{last}</Data>\
             <Data Name='DestinationHostname'>{name}</Data>\
             <Data Name='DestinationPort'>443</Data>\
             <Data Name='DestinationPortName'>https</Data></EventData></Event>",
            hour = mixed % 24,
            minute = mixed % 60,
            milli = mixed % 1000,
            process = mixed % 9000,
            image = IMAGES[mixed % 4],
            port = 1024 + mixed % 60_000,
            last = mixed % 250,
        );
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    file.flush().unwrap();
}
