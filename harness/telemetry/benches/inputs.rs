//! How fast events are found, beside yardsticks that look at the same bytes in
//! the same run: `grep -c` for event XML, the `evtx` crate for EVTX,
//! `serde_json` for JSON.
//!
//! `cargo bench -p telemetry`; a first argument chooses benchmarks by name.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use telemetry::{Input, Limits, Reader, Wanted};

/// How often each is measured; the median counts.
const RUNS: usize = 7;

/// About as much as a busy host's Sysmon writes in a day.
const XML_BYTES: usize = 200 << 20;

fn main() {
    // `cargo test --benches` runs it as well, and must not measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let chosen = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let is_chosen = |name: &str| chosen.as_ref().is_none_or(|chosen| name.contains(chosen));
    if is_chosen("xml") {
        xml();
    }
    if is_chosen("json") {
        json();
    }
    if is_chosen("evtx") {
        evtx("all", 0);
        evtx("full", 48 << 10);
    }
}

/// What is measured, by its name.
type Measured<'m> = (&'m str, Box<dyn Fn() + 'm>);

/// Measures in turn, so that what else the machine does slows all alike, and
/// prints the medians beside that of the first, the yardstick.
fn side_by_side(bytes: usize, measured: &[Measured<'_>]) {
    let mut times = vec![Vec::new(); measured.len()];
    for _ in 0..RUNS {
        for ((_, once), times) in measured.iter().zip(&mut times) {
            let start = Instant::now();
            once();
            times.push(start.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[RUNS / 2].as_secs_f64()
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    for ((name, _), time) in measured.iter().zip(&medians) {
        #[expect(clippy::cast_precision_loss, reason = "a figure to read")]
        let speed = bytes as f64 / time / 1e6;
        println!(
            "{name:<40} {:>8.1} ms {speed:>8.0} MB/s {:>6.2} of the yardstick",
            time * 1e3,
            time / medians[0]
        );
    }
}

/// Reads all, and says how many events and problems there were.
fn read(path: &Path, wanted: &Wanted) -> (usize, usize) {
    let mut events = 0;
    let mut problems = 0;
    for batch in Reader::new([Input::Path(path.to_owned())], Limits::default()) {
        match batch {
            Ok(batch) => {
                let decoded = batch.events(wanted);
                events += decoded.len();
                problems += decoded.problems().len();
            }
            Err(_) => problems += 1,
        }
    }
    (events, problems)
}

fn xml() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.xml");
    let mut text = String::with_capacity(XML_BYTES + 4096);
    let mut written = 0;
    while text.len() < XML_BYTES {
        text.push_str(&connection(written));
        written += 1;
    }
    fs::write(&path, &text).unwrap();
    let bytes = text.len();
    drop(text);
    let grep = || {
        Command::new("grep")
            .args(["-c", "workers"])
            .arg(&path)
            .env("LC_ALL", "C")
            .stdout(Stdio::null())
            .status()
            .unwrap();
    };
    let events = || assert_eq!(read(&path, &Wanted::all()), (written, 0));
    let batches = || {
        let read = Reader::new([Input::Path(path.clone())], Limits::default()).count();
        assert!(read > 0);
    };
    side_by_side(
        bytes,
        &[
            ("grep -c over event XML (yardstick)", Box::new(grep)),
            ("events of event XML", Box::new(events)),
            ("batches of event XML, not decoded", Box::new(batches)),
        ],
    );
}

/// A tenth of the bytes: JSON has to be parsed.
fn json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.json");
    let mut text = String::with_capacity(XML_BYTES / 10 + 4096);
    let mut lines = 0;
    while text.len() < XML_BYTES / 10 {
        let row = serde_json::json!({
            "preview": false,
            "result": {"_raw": connection(lines).trim_end(), "host": "WKS-0421", "index": "main"},
        });
        writeln!(text, "{row}").unwrap();
        lines += 1;
    }
    fs::write(&path, &text).unwrap();
    let serde = || {
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value.is_object());
        }
    };
    let events = || assert_eq!(read(&path, &Wanted::all()), (lines, 0));
    side_by_side(
        text.len(),
        &[
            ("serde_json's values of rows (yardstick)", Box::new(serde)),
            ("events of Splunk's export", Box::new(events)),
        ],
    );
}

/// As many files and bytes as the public collections of EVTX have together.
const EVTX_FILES: usize = 1151;
const EVTX_CHUNKS: usize = 188_000_000 / CHUNK;
const CHUNK: usize = 64 << 10;
const FILE_HEADER: usize = 4 << 10;

/// Files of the chunks of all real files at hand, over and over, but for those
/// that are filled less than so far.
fn evtx_files(folder: &Path, filled: usize) -> Option<usize> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let mut chunks = Vec::new();
    let mut header = Vec::new();
    for path in evtx_below(&data) {
        let bytes = fs::read(path).unwrap();
        header = bytes[..FILE_HEADER].to_vec();
        let whole = bytes[FILE_HEADER..].chunks_exact(CHUNK).filter(|chunk| {
            let free = [chunk[48], chunk[49], chunk[50], chunk[51]];
            u32::from_le_bytes(free) as usize >= filled
        });
        chunks.extend(whole.map(<[u8]>::to_vec));
    }
    if chunks.is_empty() {
        eprintln!("skipped: no EVTX below {}", data.display());
        return None;
    }
    let mut chunks = chunks.iter().cycle();
    let mut written = 0;
    for file in 0..EVTX_FILES {
        let mut bytes = header.clone();
        while written * EVTX_FILES < (file + 1) * EVTX_CHUNKS {
            bytes.extend_from_slice(chunks.next().unwrap());
            written += 1;
        }
        fs::write(folder.join(format!("{file}.evtx")), bytes).unwrap();
    }
    Some(written * CHUNK + EVTX_FILES * FILE_HEADER)
}

fn evtx_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(evtx_below(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "evtx")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn evtx(name: &str, filled: usize) {
    println!("{name} chunks:");
    let folder = tempfile::tempdir().unwrap();
    let Some(bytes) = evtx_files(folder.path(), filled) else {
        return;
    };
    let files = evtx_below(folder.path());
    let by_the_crate = || {
        let mut records = 0;
        for file in &files {
            let settings = evtx::ParserSettings::default().indent(false);
            let mut parser = evtx::EvtxParser::from_path(file)
                .unwrap()
                .with_configuration(settings);
            for chunk in parser.chunks_xml_bytes(false) {
                records += chunk.items.len();
            }
        }
        records
    };
    let of = |wanted: &Wanted| {
        let inputs = files.iter().cloned().map(Input::Path);
        let mut events = 0;
        for batch in Reader::new(inputs, Limits::default()) {
            events += batch.unwrap().events(wanted).len();
        }
        events
    };
    let records = by_the_crate();
    let all = || assert_eq!(of(&Wanted::all()), records);
    let sysmon = Wanted::only(|channel, _| channel == "Microsoft-Windows-Sysmon/Operational");
    let rare = Wanted::only(|channel, id| channel == "Security" && id == 4625);
    side_by_side(
        bytes,
        &[
            (
                "the evtx crate's XML (yardstick)",
                Box::new(|| assert_eq!(by_the_crate(), records)),
            ),
            ("all events of EVTX", Box::new(all)),
            (
                "events of EVTX of Sysmon's channel",
                Box::new(|| assert!(of(&sysmon) > 0)),
            ),
            (
                "events of EVTX of a rare kind",
                Box::new(|| assert!(of(&rare) < records)),
            ),
        ],
    );
}

/// A connection as Windows renders it, about as long as real ones are.
fn connection(number: usize) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/>\
         <EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode>\
         <Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime='2026-11-24T10:00:00.{:07}00Z'/><EventRecordID>{number}</EventRecordID>\
         <Correlation/><Execution ProcessID='2784' ThreadID='3288'/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS-0421.example.org</Computer>\
         <Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>-</Data>\
         <Data Name='UtcTime'>2026-11-24 10:00:00.123</Data>\
         <Data Name='ProcessGuid'>{{26337912-BA32-6050-3506-00000000AE01}}</Data>\
         <Data Name='ProcessId'>{}</Data>\
         <Data Name='Image'>C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe</Data>\
         <Data Name='User'>EXAMPLE\\someone</Data><Data Name='Protocol'>tcp</Data>\
         <Data Name='Initiated'>true</Data><Data Name='SourceIsIpv6'>false</Data>\
         <Data Name='SourceIp'>10.0.2.15</Data><Data Name='SourceHostname'>WKS-0421.example.org</Data>\
         <Data Name='SourcePort'>{}</Data><Data Name='SourcePortName'>-</Data>\
         <Data Name='DestinationIsIpv6'>false</Data><Data Name='DestinationIp'>192.0.2.{}</Data>\
         <Data Name='DestinationHostname'>edge-{}.example.net</Data>\
         <Data Name='DestinationPort'>443</Data><Data Name='DestinationPortName'>https</Data>\
         </EventData></Event>\n",
        number % 10_000_000,
        number % 60_000,
        49_152 + number % 16_384,
        number % 256,
        number % 1000,
    )
}
