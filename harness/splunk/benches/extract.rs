//! Extraction of fields from rendered events, beside a plain search for a text
//! in the same events: one run, one machine, so that the ratio says something.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use memchr::memmem::Finder;
use spl::Event;
use splunk::{AddOn, IndexedEvent, Metadata};

/// 209.7 MB.
const EVENTS: usize = 146_790;
const LENGTH: usize = 1_428;

/// Event 3 as Windows renders it, filled up to the mean length.
fn events() -> Vec<String> {
    let images = ["curl.exe", "chrome.exe", "svchost.exe", "python3.exe"];
    let names = ["a.workers.dev", "www.example.org", "updates.example.com"];
    (0..EVENTS)
        .map(|n| {
            let mut event = format!(
                "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2026-11-24T10:00:03.9582493Z'/><EventRecordID>{n}</EventRecordID><Correlation/><Execution ProcessID='2684' ThreadID='1380'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>WKS01.corp.example</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'>RULE</Data><Data Name='UtcTime'>2026-11-24 10:00:02.679</Data><Data Name='ProcessGuid'>{{6820D070-1F1B-6323-E113-000000007402}}</Data><Data Name='ProcessId'>{}</Data><Data Name='Image'>C:\\Windows\\System32\\{}</Data><Data Name='User'>CORP\\ann</Data><Data Name='Protocol'>tcp</Data><Data Name='Initiated'>true</Data><Data Name='SourceIsIpv6'>false</Data><Data Name='SourceIp'>192.0.2.17</Data><Data Name='SourceHostname'>WKS01.corp.example</Data><Data Name='SourcePort'>{}</Data><Data Name='SourcePortName'>-</Data><Data Name='DestinationIsIpv6'>false</Data><Data Name='DestinationIp'>198.51.100.7</Data><Data Name='DestinationHostname'>{}</Data><Data Name='DestinationPort'>443</Data><Data Name='DestinationPortName'>https</Data></EventData></Event>",
                1000 + n % 8000,
                images[n % images.len()],
                49_152 + n % 16_000,
                names[n / 4 % names.len()],
            );
            let fill = "x".repeat(LENGTH.saturating_sub(event.len() - "RULE".len()));
            event = event.replacen("RULE", &fill, 1);
            assert_eq!(event.len(), LENGTH);
            event
        })
        .collect()
}

/// The values of some fields of all events, as one number.
fn named(events: &[String], metadata: &Metadata, fields: &[&str]) -> usize {
    events
        .iter()
        .map(|raw| {
            let event = IndexedEvent::new(raw, metadata);
            fields
                .iter()
                .filter_map(|field| event.field(field))
                .map(|value| value.len())
                .sum::<usize>()
        })
        .sum()
}

/// A search for a text that every event has near its end.
fn plain(events: &[String]) -> usize {
    let finder = Finder::new("<Data Name='DestinationHostname'>");
    events
        .iter()
        .filter_map(|raw| finder.find(raw.as_bytes()))
        .sum()
}

fn fastest(mut work: impl FnMut()) -> Duration {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// What the bench compares: a name, and the fields that are asked for.
const ONE: &[&str] = &["DestinationHostname"];
const TWO: &[&str] = &["EventCode", "DestinationHostname"];
const DERIVED: &[&str] = &["process_name", "dest"];
const EXTRACTED: &[&str] = &[
    "Channel",
    "Computer",
    "EventCode",
    "EventRecordID",
    "Guid",
    "Keywords",
    "Level",
    "Name",
    "Opcode",
    "ProcessID",
    "SystemTime",
    "Task",
    "ThreadID",
    "UserID",
    "Version",
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "User",
    "Protocol",
    "Initiated",
    "SourceIsIpv6",
    "SourceIp",
    "SourceHostname",
    "SourcePort",
    "SourcePortName",
    "DestinationIsIpv6",
    "DestinationIp",
    "DestinationHostname",
    "DestinationPort",
    "DestinationPortName",
];

fn extract(criterion: &mut Criterion) {
    let events = events();
    let bytes = u64::try_from(EVENTS * LENGTH).unwrap();
    let metadata = Metadata {
        addon: AddOn::Current,
        index: "main".to_owned(),
        host: Some("WKS01".to_owned()),
    };
    let all: Vec<String> = {
        let event = IndexedEvent::new(&events[0], &metadata);
        event.field_names().into_iter().map(Into::into).collect()
    };
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let cases: [(&str, &[&str]); 5] = [
        ("one", ONE),
        ("two", TWO),
        ("derived", DERIVED),
        ("extracted", EXTRACTED),
        ("all", &all),
    ];

    let mut group = criterion.benchmark_group("extract");
    group
        .throughput(Throughput::Bytes(bytes))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    group.bench_function("plain", |bencher| {
        bencher.iter(|| plain(black_box(&events)));
    });
    for (name, fields) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter(|| named(black_box(&events), &metadata, fields));
        });
    }
    group.finish();

    let yardstick = fastest(|| {
        black_box(plain(&events));
    });
    for (name, fields) in cases {
        let time = fastest(|| {
            black_box(named(&events, &metadata, fields));
        });
        println!(
            "{name}, {} fields / plain search: {:.2} ({:.2} GB/s)",
            fields.len(),
            time.as_secs_f64() / yardstick.as_secs_f64(),
            f64::from(u32::try_from(bytes).unwrap()) / time.as_secs_f64() / 1e9
        );
    }
}

criterion_group!(benches, extract);
criterion_main!(benches);
