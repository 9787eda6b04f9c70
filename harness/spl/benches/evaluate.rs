//! The detection of Serverless beacons over synthetic events, beside a filter of
//! the same logic written by hand in Rust: the cost of a search language.
//!
//! Both look at the same events in one run, so that their ratio does not depend
//! on the machine; it is printed at the end.
#![allow(
    missing_docs,
    reason = "criterion's macros make undocumented functions"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::{
    borrow::Cow,
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spl::{Environment, Event, Search};

const EVENTS: usize = 100_000;

const DETECTION: &str = r#"index=* sourcetype="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational" EventCode=3
(DestinationHostname="*.workers.dev" OR DestinationHostname="*.pages.dev"
OR DestinationHostname="*.cloudfunctions.net" OR DestinationHostname="*.execute-api.*.amazonaws.com"
OR DestinationHostname="*.lambda-url.*.amazonaws.com" OR DestinationHostname="*.azurewebsites.net"
OR DestinationHostname="*.azurecontainerapps.io" OR DestinationHostname="*.netlify.app"
OR DestinationHostname="*.vercel.app" OR DestinationHostname="script.google.com")
| eval is_browser=if(match(lower(Image), "chrome\.exe|firefox\.exe|msedge\.exe|iexplore\.exe|opera\.exe|brave\.exe|vivaldi\.exe"), 1, 0)
| where is_browser=0
| eval is_suspicious_process=if(match(lower(Image), "powershell\.exe|pwsh\.exe|cmd\.exe|wscript\.exe|cscript\.exe|mshta\.exe|rundll32\.exe|python.*\.exe|node\.exe|curl\.exe"), 1, 0)
| table _time, host, Image, DestinationHostname, is_suspicious_process
| sort - _time"#;

const FIELDS: [&str; 8] = [
    "_time",
    "index",
    "sourcetype",
    "host",
    "EventCode",
    "Image",
    "DestinationHostname",
    "DestinationIp",
];

/// An event with its values in the order of [`FIELDS`].
struct Synthetic([String; FIELDS.len()]);

impl Event for Synthetic {
    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let index = FIELDS.iter().position(|field| *field == name)?;
        Some(Cow::Borrowed(&self.0[index]))
    }

    fn field_names(&self) -> Vec<Cow<'_, str>> {
        FIELDS.map(Cow::Borrowed).to_vec()
    }
}

/// One event in four is a connection, and one connection in five goes to a
/// Serverless platform.
fn events() -> Vec<Synthetic> {
    let images = ["curl.exe", "chrome.exe", "svchost.exe", "python3.exe"];
    let names = [
        "a.workers.dev",
        "www.example.org",
        "updates.example.com",
        "ctldl.windowsupdate.com",
        "notworkers.dev",
    ];
    (0..EVENTS)
        .map(|n| {
            Synthetic([
                (1_700_000_000 + n).to_string(),
                "main".to_owned(),
                "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational".to_owned(),
                "WS01".to_owned(),
                ["3", "1", "22", "11"][n % 4].to_owned(),
                format!(r"C:\Windows\System32\{}", images[n / 4 % images.len()]),
                names[n / 16 % names.len()].to_owned(),
                "198.51.100.7".to_owned(),
            ])
        })
        .collect()
}

/// What a Rust programmer would write for this detection alone.
fn by_hand(events: &[Synthetic]) -> Vec<(usize, bool)> {
    const SUFFIXES: [&str; 7] = [
        ".workers.dev",
        ".pages.dev",
        ".cloudfunctions.net",
        ".azurewebsites.net",
        ".azurecontainerapps.io",
        ".netlify.app",
        ".vercel.app",
    ];
    const BROWSERS: [&str; 7] = [
        "chrome.exe",
        "firefox.exe",
        "msedge.exe",
        "iexplore.exe",
        "opera.exe",
        "brave.exe",
        "vivaldi.exe",
    ];
    const SUSPICIOUS: [&str; 9] = [
        "powershell.exe",
        "pwsh.exe",
        "cmd.exe",
        "wscript.exe",
        "cscript.exe",
        "mshta.exe",
        "rundll32.exe",
        "node.exe",
        "curl.exe",
    ];
    let mut found = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let field = |name| event.field(name).unwrap();
        if field("EventCode") != "3"
            || !field("sourcetype")
                .eq_ignore_ascii_case("XmlWinEventLog:Microsoft-Windows-Sysmon/Operational")
        {
            continue;
        }
        let name = field("DestinationHostname").to_ascii_lowercase();
        let serverless = SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
            || (name.ends_with(".amazonaws.com")
                && (name.contains(".execute-api.") || name.contains(".lambda-url.")))
            || name == "script.google.com";
        if !serverless {
            continue;
        }
        let image = field("Image").to_ascii_lowercase();
        if BROWSERS.iter().any(|browser| image.contains(browser)) {
            continue;
        }
        let python = image
            .find("python")
            .is_some_and(|at| image[at..].contains(".exe"));
        let suspicious = python || SUSPICIOUS.iter().any(|name| image.contains(name));
        found.push((index, suspicious));
    }
    found.sort_by(|(left, _), (right, _)| {
        let time = |index: &usize| {
            events[*index]
                .field("_time")
                .unwrap()
                .parse::<f64>()
                .unwrap()
        };
        time(right).total_cmp(&time(left))
    });
    found
}

fn fastest(mut work: impl FnMut()) -> Duration {
    (0..10)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn evaluate(criterion: &mut Criterion) {
    let events = events();
    let search = Search::parse(DETECTION).unwrap();
    let environment = Environment::at_epoch();

    // Both must find the same before their speed says anything.
    let results = search.run(&events, &environment).unwrap();
    let found: Vec<(usize, bool)> = results
        .rows
        .iter()
        .map(|row| {
            let flag = row.text("is_suspicious_process").unwrap() == "1";
            (row.event.unwrap(), flag)
        })
        .collect();
    assert_eq!(found, by_hand(&events));

    let mut group = criterion.benchmark_group("detection");
    group
        .throughput(Throughput::Elements(u64::try_from(EVENTS).unwrap()))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    group.bench_function("search", |bencher| {
        bencher.iter(|| {
            search
                .run(black_box(&events), &environment)
                .unwrap()
                .rows
                .len()
        });
    });
    group.bench_function("by_hand", |bencher| {
        bencher.iter(|| by_hand(black_box(&events)).len());
    });
    group.finish();

    let search_time = fastest(|| {
        black_box(search.run(&events, &environment).unwrap());
    });
    let hand_time = fastest(|| {
        black_box(by_hand(&events));
    });
    println!(
        "search / by hand: {:.2} ({search_time:?} / {hand_time:?} for {EVENTS} events)",
        search_time.as_secs_f64() / hand_time.as_secs_f64()
    );
}

/// Every event goes into a group: what counting costs, fields at hand.
fn aggregate(criterion: &mut Criterion) {
    let events = events();
    let environment = Environment::at_epoch();
    let mut group = criterion.benchmark_group("stats");
    group
        .throughput(Throughput::Elements(u64::try_from(EVENTS).unwrap()))
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    for (name, text) in [
        ("count by Image", "* | stats count BY Image"),
        (
            "values by Image and name",
            "* | stats count values(EventCode) latest(_time) BY Image DestinationHostname",
        ),
    ] {
        let search = Search::parse(text).unwrap();
        let counted: usize = search
            .run(&events, &environment)
            .unwrap()
            .rows
            .iter()
            .map(|row| row.text("count").unwrap().parse::<usize>().unwrap())
            .sum();
        assert_eq!(counted, EVENTS);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                search
                    .run(black_box(&events), &environment)
                    .unwrap()
                    .rows
                    .len()
            });
        });
    }
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    criterion.bench_function("parse", |bencher| {
        bencher.iter(|| Search::parse(black_box(DETECTION)).unwrap());
    });
}

criterion_group!(benches, evaluate, aggregate, parse);
criterion_main!(benches);
