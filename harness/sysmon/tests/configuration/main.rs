//! The configurations under `lab/sysmon` log what the signals need, and nothing more.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod rules;

use std::collections::BTreeMap;
use std::path::PathBuf;

use rules::{Configuration, Item};
use scenarios::{AtomicTest, Bound, Count, Expectation, Library, Overrides, Suite};
use sysmon::EventData;

fn file(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn windows() -> Configuration {
    Configuration::parse(&file("lab/sysmon/windows.xml")).unwrap()
}

fn linux() -> Configuration {
    Configuration::parse(&file("lab/sysmon/linux.xml")).unwrap()
}

type Fields = BTreeMap<&'static str, String>;

/// An event with these fields; all others are absent.
fn event(id: u16, fields: &[(&str, &str)]) -> Fields {
    let mut event: Fields = EventData::of(id)
        .unwrap()
        .names
        .iter()
        .map(|name| (*name, "-".to_owned()))
        .collect();
    for (name, value) in fields {
        event.insert(name_of(id, name), (*value).to_owned());
    }
    event
}

/// The manifest's own text of a name.
fn name_of(id: u16, name: &str) -> &'static str {
    let names = EventData::of(id).unwrap().names;
    let known = names.iter().find(|known| **known == name);
    known.unwrap_or_else(|| panic!("event {id} has no {name}"))
}

/// Events of Sysmon that an expectation is met by: its patterns with several texts for each star.
/// None where it expects none, or speaks of PowerShell's events.
fn examples(expectation: &Expectation) -> Vec<Fields> {
    let none = expectation.bound == Bound::Exactly(Count::Number(0));
    if none || expectation.event == 4104 {
        return Vec::new();
    }
    ["", "x", r"C:\Some Folder\y"]
        .map(|star| {
            let fields: Vec<_> = expectation
                .fields
                .iter()
                .map(|(name, pattern)| {
                    // What a path begins with is a folder, and nothing comes after it.
                    let value = match pattern.strip_prefix(r"*\") {
                        Some(rest) => format!(r"C:\Windows\{}", rest.replace('*', "3.12")),
                        None => pattern.replace('*', star),
                    };
                    (name.as_str(), value)
                })
                .collect();
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            event(expectation.event, &fields)
        })
        .into()
}

/// The tests that the configurations are for.
fn core() -> Vec<AtomicTest> {
    let library = Library::embedded().unwrap();
    let all = library.atomics().iter();
    all.filter(|test| test.signals.suite == Suite::Core)
        .cloned()
        .collect()
}

/// All examples of all signals, each with what it is an example of.
fn signals() -> Vec<(String, u16, Fields)> {
    let mut signals = Vec::new();
    for test in core() {
        for expectation in &test.signals.telemetry {
            for fields in examples(expectation) {
                let about = format!("{}: {}", test.name, expectation.place);
                signals.push((about, expectation.event, fields));
            }
        }
    }
    signals
}

#[test]
fn all_that_the_signals_expect_is_logged_on_windows() {
    let configuration = windows();
    let signals = signals();
    for id in [1, 3, 11, 22] {
        assert!(signals.iter().any(|(_, event, _)| *event == id), "{id}");
    }
    for (about, id, fields) in signals {
        assert!(
            configuration.logs(id, &fields),
            "{about}: event {id} {fields:?}"
        );
    }
}

/// The commands as they are, not only as the patterns have them.
#[test]
fn the_commands_of_the_tests_are_logged_on_windows() {
    let configuration = windows();
    for test in core() {
        let resolved = test.resolve(&Overrides::default()).unwrap();
        let invocation = resolved.invocation();
        let program = match invocation[0].as_str() {
            "cmd.exe" => r"C:\Windows\System32\cmd.exe",
            "powershell.exe" => r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            other => panic!("{other}"),
        };
        // A signal speaks of the shell's own event in these; in the others, of what it starts.
        let shell = test.signals.telemetry.iter().any(|expectation| {
            let image = expectation.fields.get("Image");
            expectation.event == 1
                && image.is_some_and(|image| program.ends_with(image.trim_start_matches('*')))
        });
        let event = event(
            1,
            &[("Image", program), ("CommandLine", &invocation.join(" "))],
        );
        assert_eq!(configuration.logs(1, &event), shell, "{}", test.name);
    }
}

#[test]
fn nothing_else_is_logged_on_windows() {
    let curl = r"C:\Windows\System32\curl.exe";
    let python = r"C:\Python312\python.exe";
    let cmd = r"C:\Windows\System32\cmd.exe";
    let edge = r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe";
    let worker = "df00tech-sentinel-test.argustest.workers.dev";
    let configuration = windows();
    for (id, fields) in [
        // Other hosts, other programs, other arguments.
        (
            1,
            vec![
                ("Image", curl),
                ("CommandLine", "curl.exe -s https://example.com/"),
            ],
        ),
        (
            1,
            vec![("Image", python), ("CommandLine", "python.exe -m pip list")],
        ),
        (1, vec![("Image", cmd), ("CommandLine", "cmd.exe /c dir")]),
        (1, vec![("Image", edge), ("CommandLine", worker)]),
        // The server's side, another port, another program.
        (
            3,
            vec![
                ("Image", curl),
                ("Initiated", "false"),
                ("DestinationPort", "443"),
            ],
        ),
        (
            3,
            vec![
                ("Image", curl),
                ("Initiated", "true"),
                ("DestinationPort", "80"),
            ],
        ),
        (
            3,
            vec![
                ("Image", edge),
                ("Initiated", "true"),
                ("DestinationPort", "443"),
            ],
        ),
        (
            11,
            vec![("Image", cmd), ("TargetFilename", r"C:\Temp\other.js")],
        ),
        (
            11,
            vec![
                ("Image", curl),
                ("TargetFilename", r"C:\Temp\df00tech_gapps_test.js"),
            ],
        ),
        // A browser on Google Apps Script is nobody's business; so are parents of a name.
        (
            22,
            vec![("Image", edge), ("QueryName", "script.google.com")],
        ),
        (22, vec![("Image", curl), ("QueryName", "example.com")]),
        (22, vec![("Image", curl), ("QueryName", "workers.dev")]),
        (5, vec![("Image", curl)]),
        (7, vec![("Image", curl)]),
        (
            23,
            vec![
                ("Image", cmd),
                ("TargetFilename", r"C:\Temp\df00tech_gapps_test.js"),
            ],
        ),
    ] {
        let event = event(id, &fields);
        assert!(!configuration.logs(id, &event), "event {id} {fields:?}");
    }
}

/// The configuration with one rule, or one alternative, less; and which.
fn reduced(configuration: &Configuration) -> Vec<(String, Configuration)> {
    let mut reduced = Vec::new();
    for (at, rules) in configuration.events.iter().enumerate() {
        for (index, item) in rules.items.iter().enumerate() {
            // Conditions that narrow a group are for the negative twins.
            let about = match item {
                Item::Filter(filter) if filter.field == "Image" => format!("{filter:?}"),
                Item::Rule(..) => format!("{item:?}"),
                Item::Filter(_) => continue,
            };
            let mut less = configuration.clone();
            less.events[at].items.remove(index);
            // A group without conditions on the image would take any.
            let images = |item: &Item| !matches!(item, Item::Filter(f) if f.field != "Image");
            if less.events[at].items.iter().any(images) {
                reduced.push((format!("{}: {about}", rules.element), less));
            }
        }
    }
    reduced
}

#[test]
fn no_rule_is_without_need_on_windows() {
    let signals = signals();
    let reduced = reduced(&windows());
    assert!(reduced.len() > 20, "{}", reduced.len());
    for (without, configuration) in reduced {
        assert!(
            signals
                .iter()
                .any(|(_, id, fields)| !configuration.logs(*id, fields)),
            "nothing needs {without}"
        );
    }
}

#[test]
fn the_files_are_of_a_schema_that_has_what_they_use() {
    for configuration in [windows(), linux()] {
        // "contains all" and `Rule` are older; 4.50 has all of it, and so has 4.81.
        assert_eq!(configuration.schema_version, "4.50");
        let known = ["DnsLookup", "HashAlgorithms"];
        assert!(
            configuration
                .entries
                .keys()
                .all(|entry| known.contains(&entry.as_str()))
        );
        assert_eq!(configuration.entries["HashAlgorithms"], "SHA256");
        // Only includes: what no rule names is not logged, the end of processes neither.
        assert!(configuration.events.iter().all(|rules| rules.include));
        assert!(!configuration.logs(5, &event(5, &[])));
    }
    assert_eq!(windows().entries["DnsLookup"], "True");
}

#[test]
fn beacons_to_every_name_are_logged_on_linux() {
    let configuration = linux();
    let hosts: Vec<String> = core()
        .iter()
        .flat_map(|test| test.resolve(&Overrides::default()).unwrap().hosts)
        .collect();
    assert_eq!(hosts.len(), 10);
    for image in [
        "/usr/bin/curl",
        "/usr/bin/wget",
        "/usr/bin/python3.11",
        "/opt/node/bin/node",
    ] {
        for host in &hosts {
            let command = format!("{image} https://{host}/beacon");
            let event = event(1, &[("Image", image), ("CommandLine", &command)]);
            assert!(configuration.logs(1, &event), "{command}");
        }
        let connection = |initiated, port| {
            let fields = [
                ("Image", image),
                ("Initiated", initiated),
                ("DestinationPort", port),
            ];
            configuration.logs(3, &event(3, &fields))
        };
        assert!(connection("true", "443"));
        assert!(!connection("false", "443"));
        assert!(!connection("true", "53"));
        let other = event(
            1,
            &[("Image", image), ("CommandLine", "x https://example.com/")],
        );
        assert!(!configuration.logs(1, &other));
    }
    let shell = event(
        1,
        &[
            ("Image", "/usr/bin/bash"),
            ("CommandLine", "curl https://a.workers.dev/"),
        ],
    );
    assert!(!configuration.logs(1, &shell));
}

/// Real events of Sysmon for Linux: of a beacon, only the program that beacons is logged.
#[test]
fn real_events_of_linux_are_told_apart() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/sysmon/linux_curl.xml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no shared data at {}", path.display());
        return;
    };
    let configuration = linux();
    let mut logged = BTreeMap::new();
    for (id, fields) in parsed(&text) {
        if id == 1 {
            let beacon = fields["Image"] == "/usr/bin/curl";
            assert_eq!(configuration.logs(id, &fields), beacon, "{fields:?}");
            *logged.entry(beacon).or_insert(0) += 1;
        } else if id != 3 {
            assert!(!configuration.logs(id, &fields), "{id} {fields:?}");
        }
    }
    // Five requests, of a process each; and what started them.
    assert_eq!(logged[&true], 5);
    assert!(logged[&false] > 0);
}

/// Event id and data of each line of a capture.
fn parsed(text: &str) -> Vec<(u16, Fields)> {
    text.lines()
        .map(|line| {
            let id = between(line, "<EventID>", "</EventID>")
                .unwrap()
                .parse()
                .unwrap();
            let fields = EventData::of(id)
                .unwrap()
                .names
                .iter()
                .filter_map(|name| {
                    let value = between(line, &format!("<Data Name=\"{name}\">"), "</Data>")?;
                    Some((*name, value.replace("&gt;", ">").replace("&amp;", "&")))
                })
                .collect();
            (id, fields)
        })
        .collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?
        .1
        .split_once(after)
        .map(|(between, _)| between)
}

/// Each of these is refused: the test above would see it.
#[test]
fn what_sysmon_does_not_know_is_refused() {
    let good = "<Sysmon schemaversion=\"4.50\"><EventFiltering>\
        <RuleGroup groupRelation=\"or\"><ProcessCreate onmatch=\"include\">\
        <Image condition=\"image\">a.exe</Image></ProcessCreate></RuleGroup>\
        </EventFiltering></Sysmon>";
    Configuration::parse(good).unwrap();
    for (from, to, problem) in [
        ("ProcessCreate", "ProcessCreated", "element"),
        // As the table on Microsoft's page writes it; the schema has DnsQuery.
        ("ProcessCreate", "DNSQuery", "element"),
        ("Image", "ImageName", "field"),
        ("\"image\"", "\"ends with\"", "condition"),
        ("\"or\"", "\"xor\"", "groupRelation"),
        ("onmatch=\"include\"", "onmatch=\"only\"", "onmatch"),
        (" groupRelation=\"or\"", "", "groupRelation"),
    ] {
        let bad = good.replace(from, to);
        let error = Configuration::parse(&bad).unwrap_err();
        assert!(error.contains(problem), "{bad}: {error}");
    }
}

/// The rules that Microsoft's page states, on small files.
#[test]
fn rules_combine_as_documented() {
    let logs = |rules: &str, id: u16, fields: &[(&str, &str)]| {
        let text = format!(
            "<Sysmon schemaversion=\"4.50\"><EventFiltering>{rules}</EventFiltering></Sysmon>"
        );
        Configuration::parse(&text)
            .unwrap()
            .logs(id, &event(id, fields))
    };
    let and = r#"<RuleGroup groupRelation="and"><ProcessCreate onmatch="include">
        <Image condition="contains">timeout.exe</Image>
        <CommandLine condition="contains">100</CommandLine>
        </ProcessCreate></RuleGroup>"#;
    let timeout = ("Image", r"C:\Windows\System32\TIMEOUT.EXE");
    assert!(logs(and, 1, &[timeout, ("CommandLine", "timeout 100")]));
    assert!(!logs(and, 1, &[timeout, ("CommandLine", "timeout 5")]));
    let or = and.replace("\"and\"", "\"or\"");
    assert!(logs(&or, 1, &[timeout, ("CommandLine", "timeout 5")]));
    // Exclude wins over include; alone, it logs all else; an empty include logs nothing.
    let exclude = r#"<NetworkConnect onmatch="include"><DestinationPort>443</DestinationPort>
        <DestinationPort>80</DestinationPort></NetworkConnect>
        <NetworkConnect onmatch="exclude">
        <Image condition="end with">iexplore.exe</Image></NetworkConnect>"#;
    assert!(logs(exclude, 3, &[("DestinationPort", "80")]));
    assert!(!logs(exclude, 3, &[("DestinationPort", "22")]));
    assert!(!logs(
        exclude,
        3,
        &[("DestinationPort", "80"), ("Image", r"C:\iexplore.exe")]
    ));
    let alone = r#"<ProcessCreate onmatch="exclude"><Image>a</Image></ProcessCreate>"#;
    assert!(logs(alone, 1, &[("Image", "b")]));
    assert!(!logs(alone, 1, &[("Image", "A")]));
    assert!(!logs(r#"<ProcessCreate onmatch="include"/>"#, 1, &[]));
    // Without a rule: processes are logged, connections and lookups are not.
    assert!(logs("", 1, &[]));
    assert!(logs("", 5, &[]));
    assert!(!logs("", 3, &[]));
    assert!(!logs("", 22, &[]));
}
