//! The embedded content: what it promises, and that its parts fit each other.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use scenarios::{
    Action, AtomicTest, Behaviour, Bound, Condition, Count, Detection, DetectionExpectations,
    Executor, Library, Overrides, Platform, RowsRule, Suite,
};
use sha2::{Digest, Sha256};

fn library() -> Library {
    Library::embedded().unwrap()
}

fn serverless(library: &Library) -> &Detection {
    let [detection] = library.default_detections() else {
        panic!("one detection is meant where none is named");
    };
    detection
}

fn expectations(detection: &Detection) -> &DetectionExpectations {
    detection.expectations.as_ref().unwrap()
}

fn command(test: &AtomicTest) -> (Executor, &str) {
    match &test.action {
        Action::Command {
            executor, command, ..
        } => (*executor, command),
        Action::Manual { .. } => panic!("{} is a manual test", test.name),
    }
}

#[test]
fn the_four_tests_have_their_names_guids_and_hosts() {
    let library = library();
    let got: Vec<_> = library
        .atomics()
        .iter()
        .filter(|test| !test.control)
        .map(|test| {
            let resolved = test.resolve(&Overrides::default()).unwrap();
            (
                test.number,
                test.name.clone(),
                test.guid.to_string(),
                resolved.hosts.join(" "),
                resolved.arguments["count"].clone(),
            )
        })
        .collect();
    let expected = [
        (
            1,
            "PowerShell Beaconing to Cloudflare Workers Endpoint",
            "cf212ed1-a6cb-498e-90e4-35cefa167de4",
            "df00tech-sentinel-test.argustest.workers.dev",
            "5",
        ),
        (
            2,
            "Python Script Polling AWS Lambda Function URL",
            "855af288-61b0-41cc-8412-db281809fe8a",
            "abcde12345fghij.lambda-url.us-east-1.amazonaws.com",
            "3",
        ),
        (
            3,
            "WScript Invoking Google Apps Script Web App (BlackWater Technique)",
            "d450302d-8643-4215-ac3d-8e5c90642067",
            "script.google.com",
            "3",
        ),
        (
            4,
            "cURL Beaconing to Google Cloud Function (Repeated Intervals)",
            "14b7a529-acce-49dd-9b66-9acd0e082906",
            "us-central1-df00tech-argus-test.cloudfunctions.net",
            "4",
        ),
    ]
    .map(|(number, name, guid, host, count)| {
        (
            number,
            name.to_owned(),
            guid.to_owned(),
            host.to_owned(),
            count.to_owned(),
        )
    });
    assert_eq!(got, expected);
}

#[test]
fn the_detection_is_the_published_text() {
    let library = library();
    let detection = serverless(&library);
    let digest = Sha256::digest(&detection.spl)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(
        digest,
        "6c2ecb5477ff622727b4dfa460220fc49d425a5d20704c5b804a90997a753fff"
    );
    assert_eq!(detection.id, "serverless");
    assert_eq!(detection.name(), "Detect Serverless in Splunk");
    let origin = detection.origin.as_ref().unwrap();
    assert_eq!(origin.author.as_deref(), Some("df00tech"));
    assert_eq!(
        origin.url.as_deref(),
        Some("https://df00tech.com/detections/T1583.007/splunk")
    );
}

#[test]
fn guids_and_names_are_unique() {
    let library = library();
    let guids: BTreeSet<_> = library.atomics().iter().map(|test| test.guid).collect();
    let names: BTreeSet<_> = library.atomics().iter().map(|test| &test.name).collect();
    assert_eq!(guids.len(), 41);
    assert_eq!(names.len(), 41);
    for guid in guids {
        assert_eq!(guid.get_version_num(), 4, "{guid}");
    }
}

/// A scenario that expects nothing, or the same thing twice, can't be judged.
#[test]
fn each_condition_has_one_expectation_of_each_detection() {
    let library = library();
    for detection in library.detections() {
        for test in library.atomics() {
            let expectations = expectations(detection).of(test.guid);
            for condition in Condition::all() {
                let applying = expectations
                    .iter()
                    .filter(|expectation| expectation.when.applies(&condition))
                    .count();
                assert_eq!(
                    applying, 1,
                    "{}: {} under {condition}",
                    detection.id, test.name
                );
            }
        }
    }
}

/// Events 1, 22 and 3 are spoken of under every condition: an event that no expectation
/// mentions could vanish unseen.
#[test]
fn each_condition_has_telemetry_of_each_kind() {
    let library = library();
    for test in library.atomics() {
        for condition in Condition::all() {
            let events: BTreeSet<u16> = test
                .signals
                .telemetry
                .iter()
                .filter(|expectation| expectation.when.applies(&condition))
                .map(|expectation| expectation.event)
                .collect();
            for event in [1, 3, 22] {
                assert!(
                    events.contains(&event),
                    "{}: event {event} under {condition}",
                    test.name
                );
            }
        }
    }
}

#[test]
fn no_connection_is_expected_where_none_is_established() {
    let library = library();
    for test in library.atomics() {
        for expectation in &test.signals.telemetry {
            for condition in Condition::all().filter(|it| expectation.when.applies(it)) {
                let established =
                    !matches!(condition.behaviour, Behaviour::Refuse | Behaviour::Nxdomain);
                let expects_none = expectation.bound == Bound::Exactly(Count::Number(0));
                if expectation.event == 3 {
                    assert_eq!(expects_none, !established, "{}: {condition}", test.name);
                } else {
                    assert!(!expects_none, "{}: {condition}", test.name);
                }
            }
        }
    }
}

#[test]
fn the_rows_name_platforms_that_the_detection_knows() {
    let library = library();
    let detection = serverless(&library);
    let mut platforms = BTreeSet::new();
    let mut flags = BTreeSet::new();
    for (_, _, expectations) in expectations(detection).iter() {
        for expectation in expectations {
            let Some(RowsRule::All(values)) = &expectation.rows else {
                continue;
            };
            if let Some(platform) = values.get("serverless_platform") {
                assert!(
                    detection.spl.contains(&format!("\"{platform}\"")),
                    "{platform}"
                );
                platforms.insert(platform.clone());
            }
            flags.insert(values["is_suspicious_process"].clone());
        }
    }
    let expected = [
        "AWS Lambda",
        "Azure Functions",
        "Cloudflare Workers",
        "Google Apps Script",
        "Google Cloud Functions",
        "Netlify Functions",
        "Vercel Serverless",
    ];
    assert_eq!(platforms, expected.map(str::to_owned).into());
    assert_eq!(flags, ["0", "1"].map(str::to_owned).into());
}

#[test]
fn two_controls_of_the_core_suite_must_stay_silent_under_every_condition() {
    let library = library();
    let detection = serverless(&library);
    let silent: Vec<_> = library
        .atomics()
        .iter()
        .filter(|test| test.signals.suite == Suite::Core)
        .filter(|test| is_silent(detection, test))
        .map(|test| test.name.as_str())
        .collect();
    assert_eq!(
        silent,
        [
            "Browser Visiting Cloudflare Workers Site",
            "cURL Asking Look-Alike of Cloudflare Workers Domain",
        ]
    );
    let known_misses = |name: &str| {
        let guid = library.find(name).unwrap().guid;
        let expectations = expectations(detection).of(guid).iter();
        expectations
            .filter(|expectation| expectation.known_miss)
            .count()
    };
    assert_eq!(known_misses("Browser Visiting"), 0);
    assert_eq!(known_misses("Look-Alike"), 0);
    assert_eq!(known_misses("PowerShell Beaconing"), 2);
}

/// Whether a detection must give no row of a test, whatever the condition.
fn is_silent(detection: &Detection, test: &AtomicTest) -> bool {
    expectations(detection)
        .of(test.guid)
        .iter()
        .all(|expectation| expectation.bound == Bound::Exactly(Count::Number(0)))
}

#[test]
fn further_tests_leave_a_run_without_their_suite_as_it_is() {
    let library = library();
    let core: Vec<_> = library
        .atomics()
        .iter()
        .filter(|test| test.signals.suite == Suite::Core)
        .map(|test| test.number)
        .collect();
    assert_eq!(core, (1..=10).collect::<Vec<_>>());
    let ids: Vec<_> = library
        .detections()
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(ids, ["serverless", "beaconing", "correlated", "dns"]);
}

/// What is wanted is no false alarm of the detections that can be told so, and one of that which
/// can't; what is no tenant's name, and browsers where they are installed, are none of any.
#[test]
fn tuned_detections_are_silent_on_false_positives_and_all_on_look_alikes() {
    let library = library();
    let of_file = |name: &str| -> Vec<&AtomicTest> {
        let tests = library.atomics().iter();
        tests
            .filter(|test| test.place.file.ends_with(name))
            .collect()
    };
    let false_positives = of_file("false-positives.yaml");
    assert_eq!(false_positives.len(), 9);
    for test in false_positives {
        for detection in library.detections() {
            let is_tuned = detection.id != "serverless";
            assert_eq!(
                is_silent(detection, test),
                is_tuned,
                "{}: {}",
                detection.id,
                test.name
            );
            for expectation in expectations(detection).of(test.guid) {
                let fires = !expectation.bound.is_none();
                let name = &test.name;
                assert_eq!(fires, expectation.false_alarm, "{}: {name}", detection.id);
            }
        }
    }
    let look_alikes = of_file("look-alikes.yaml");
    assert_eq!(look_alikes.len(), 4);
    for test in look_alikes {
        for detection in library.detections() {
            assert!(
                is_silent(detection, test),
                "{}: {}",
                detection.id,
                test.name
            );
        }
    }
}

/// An evasion that is missed says so; silence must not pass for success.
#[test]
fn each_evasion_fires_or_is_a_known_miss() {
    let library = library();
    let evasions: Vec<_> = library
        .atomics()
        .iter()
        .filter(|test| {
            let file = &test.place.file;
            file.ends_with("evasions.yaml") || file.ends_with("through-others.yaml")
        })
        .collect();
    assert_eq!(evasions.len(), 17);
    let connected = |condition: &Condition| {
        !matches!(condition.behaviour, Behaviour::Refuse | Behaviour::Nxdomain)
    };
    for test in evasions {
        for detection in library.detections() {
            for condition in Condition::all().filter(connected) {
                let expectations = expectations(detection).of(test.guid);
                let expectation = expectations
                    .iter()
                    .find(|expectation| expectation.when.applies(&condition))
                    .unwrap();
                let is_none = expectation.bound == Bound::Exactly(Count::Number(0));
                assert_eq!(
                    is_none, expectation.known_miss,
                    "{}: {} under {condition}",
                    detection.id, test.name
                );
            }
        }
    }
}

/// What is said of platforms and browsers stands in several texts: Splunk has macros for that, and
/// a text that is copied into a search box has not.
#[test]
fn the_texts_agree_on_platforms_and_browsers() {
    let library = library();
    let texts: Vec<_> = library
        .detections()
        .iter()
        .filter(|detection| detection.id != "serverless")
        .map(|detection| detection.spl.as_str())
        .collect();
    let [beaconing, correlated, dns] = texts[..] else {
        panic!("three texts are our own");
    };
    let between = |text: &str, from: &str, to: &str| -> String {
        let (_, rest) = text.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    for (from, to) in [
        ("(source=", "\n"),
        (r#""(?i)(\.(workers"#, "\""),
        ("| where NOT match(Image", "\n"),
        ("| eval serverless_platform=case(", "Apps Script\")"),
    ] {
        let expected = between(correlated, from, to);
        assert_eq!(between(dns, from, to), expected);
        assert_eq!(between(beaconing, from, to), expected);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("T1583.007/detections/sigma");
    for rule in ["dns.yml", "network_connection.yml"] {
        let rule = fs::read_to_string(folder.join(rule)).unwrap();
        let listed = between(&rule, "|endswith:\n", "  selection_apps_script:");
        let domains: Vec<_> = listed
            .lines()
            .map(|line| format!("\"*{}\"", line.trim().trim_start_matches("- ")))
            .collect();
        assert_eq!(domains.len(), 8);
        for domain in domains {
            assert!(dns.contains(&domain), "{domain}");
        }
    }
    // Aliases in an answer, each with the sign that ends it.
    let rule = fs::read_to_string(folder.join("dns.yml")).unwrap();
    let listed = between(
        &rule,
        "QueryResults|contains:\n",
        "  selection_alias_api_gateway:",
    );
    for line in listed.lines() {
        let alias = line.trim().trim_start_matches("- ").trim_matches('\'');
        let known = match alias.strip_prefix(".vercel-dns") {
            Some(_) => "\"*.vercel-dns*\"".to_owned(),
            None => format!("\"*{alias}*\""),
        };
        assert!(dns.contains(&known), "{known}");
    }
}

/// One lookup serves all: each of its rows is used, and none is so wide that it lets a tenant of
/// somebody else through.
#[test]
fn the_allow_list_names_tenants_of_the_organisation_only() {
    let library = library();
    let file = |name: &str| {
        let lookups = library.lookups();
        &lookups
            .iter()
            .find(|lookup| lookup.name == name)
            .unwrap()
            .text
    };
    let table = file("serverless_allow_list.csv");
    let urls: Vec<String> = library
        .atomics()
        .iter()
        .filter(|test| test.place.file.ends_with("false-positives.yaml"))
        .flat_map(|test| test.resolve(&Overrides::default()).unwrap().hosts)
        .collect();
    for row in table.lines().skip(1) {
        let name = row.split(',').nth(2).unwrap();
        assert!(!name.contains('*'), "{row}");
        assert!(urls.iter().any(|host| host == name), "{row}");
    }
    assert_eq!(table.lines().skip(1).count(), urls.len());
    assert!(file("transforms.conf").contains("[serverless_allow_list]"));
}

#[test]
fn a_run_with_the_defaults_waits_less_than_a_second() {
    for test in library().atomics() {
        let resolved = test.resolve(&Overrides::default()).unwrap();
        let number = |name: &str| -> f64 {
            let value = resolved.arguments.get(name);
            value.map_or(0.0, |value| value.parse().unwrap())
        };
        // The extended suite has rhythms, which the machine's own delays must not drown.
        let longest = match test.signals.suite {
            Suite::Core => 1.0,
            Suite::Extended => 3.0,
        };
        assert!(
            number("count") * number("interval") < longest,
            "{}",
            test.name
        );
    }
}

#[test]
fn the_four_tests_keep_the_pace_of_the_field_when_asked() {
    for test in library().atomics().iter().filter(|test| !test.control) {
        let resolved = test.resolve(&Overrides::default().realtime()).unwrap();
        assert_eq!(resolved.arguments["interval"], "60", "{}", test.name);
    }
}

#[test]
fn tests_run_on_windows_without_elevation() {
    for test in library().atomics() {
        assert_eq!(test.supported_platforms, [Platform::Windows]);
        assert!(!test.elevation_required, "{}", test.name);
    }
}

/// cmd.exe and Invoke-AtomicTest take double quotes and line breaks for themselves.
#[test]
fn commands_pass_their_shells_unharmed() {
    let library = library();
    let [powershell, python, wscript, curl] = &library.atomics()[..4] else {
        panic!("four tests come first");
    };
    let (executor, text) = command(powershell);
    assert_eq!(executor, Executor::PowerShell);
    assert!(!text.contains('"'), "{text}");

    let (executor, text) = command(python);
    assert_eq!(executor, Executor::CommandPrompt);
    assert_eq!(text.lines().count(), 1);
    assert_eq!(text.matches('"').count(), 4, "{text}");
    assert!(!text.contains('%'), "{text}");

    let (executor, text) = command(wscript);
    assert_eq!(executor, Executor::CommandPrompt);
    for line in text.lines() {
        // Outside quotes, these are the command processor's own.
        let bare: String = line.split('"').step_by(2).collect();
        let script = bare.rsplit_once(" >").map_or("", |(script, _)| script);
        let script = script.trim_end_matches('>');
        assert!(!script.contains(['<', '>', '&', '|', '^', '%']), "{line}");
        assert!(!line.starts_with('"'), "{line}");
    }

    let (executor, text) = command(curl);
    assert_eq!(executor, Executor::CommandPrompt);
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains(" -o "), "{text}");
    assert!(text.contains(">nul"), "{text}");
}

/// The lines that echo writes, put together.
#[test]
fn the_echo_lines_make_the_script() {
    let library = library();
    let wscript = library.find("WScript").unwrap();
    let resolved = wscript.resolve(&Overrides::default()).unwrap();
    let mut script = String::new();
    let mut redirections = Vec::new();
    for line in resolved.command.lines() {
        let Some(echoed) = line.strip_prefix("echo ") else {
            continue;
        };
        let (written, redirection) = echoed.split_once(" >").unwrap();
        script.push_str(written);
        script.push('\n');
        redirections.push(redirection);
    }
    let expected = "\
for (var left = 3; left--;) {
  try {
    var request = new ActiveXObject('WinHttp.WinHttpRequest.5.1');
    request.open('GET', 'https://script.google.com/macros/s/AKfycbxDf00techSentinelTestDeployment/exec', false);
    request.setRequestHeader('Connection', 'close');
    request.send();
  } catch (failure) { }
  try { WScript.Sleep(0.1 * 1000); } catch (failure) {
    if (Math.floor(0.1)) new ActiveXObject('WScript.Shell').Run('ping.exe -n ' + Math.floor(0.1 + 1) + ' 127.0.0.1', 0, true);
  }
}
";
    assert_eq!(script, expected);
    assert_eq!(redirections[0], r#" "%TEMP%\df00tech_gapps_test.js""#);
    for redirection in &redirections[1..] {
        assert_eq!(*redirection, r#"> "%TEMP%\df00tech_gapps_test.js""#);
    }
    assert_eq!(
        resolved.cleanup_invocation().unwrap(),
        [
            "cmd.exe",
            "/c",
            r#"del /q "%TEMP%\df00tech_gapps_test.js" >nul 2>&1"#
        ]
    );
}

/// Nothing that an endpoint answers may reach an interpreter.
#[test]
fn answers_are_not_executed() {
    for test in library().atomics() {
        let (_, text) = command(test);
        // The name of a browser holds the alias of Invoke-Expression.
        let text = text.to_lowercase().replace("iexplore", "");
        for word in [
            "invoke-expression",
            "iex",
            "eval",
            "responsetext",
            "| sh",
            "| cmd",
            "start ",
        ] {
            assert!(!text.contains(word), "{}: {word}", test.name);
        }
        // What has a body has one that says nothing of the host.
        if text.contains("post") || text.contains(" -d ") {
            assert_eq!(test.signals.suite, Suite::Extended, "{}", test.name);
            assert!(!text.contains("-body"), "{}", test.name);
            assert_eq!(
                text.matches(" -d ").count(),
                text.matches(r#" -d "{}" "#).count(),
                "{}",
                test.name
            );
        }
    }
}
