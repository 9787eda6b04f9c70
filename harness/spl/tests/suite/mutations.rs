//! The shipped detection, term by term: every character of an event that a term
//! looks at decides, and every term of the text is needed.

use std::collections::BTreeSet;

use crate::{
    detection::{DETECTION, POWERSHELL, connection},
    support::{Made, cells, parse, run},
};

/// The names that the detection looks for, and whose platform they are.
const NAMES: [(&str, &str); 10] = [
    ("*.workers.dev", "Cloudflare Workers"),
    ("*.pages.dev", "Cloudflare Workers"),
    ("*.cloudfunctions.net", "Google Cloud Functions"),
    ("*.execute-api.*.amazonaws.com", "AWS Lambda"),
    ("*.lambda-url.*.amazonaws.com", "AWS Lambda"),
    ("*.azurewebsites.net", "Azure Functions"),
    ("*.azurecontainerapps.io", "Azure Functions"),
    ("*.netlify.app", "Netlify Functions"),
    ("*.vercel.app", "Vercel Serverless"),
    ("script.google.com", "Google Apps Script"),
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

/// With a star where anything may stand.
const SUSPICIOUS: [&str; 15] = [
    "powershell.exe",
    "pwsh.exe",
    "cmd.exe",
    "wscript.exe",
    "cscript.exe",
    "mshta.exe",
    "rundll32.exe",
    "python*.exe",
    "node.exe",
    "curl.exe",
    "wget.exe",
    "wmic.exe",
    "bitsadmin.exe",
    "regsvr32.exe",
    "msbuild.exe",
];

/// A text that a pattern with stars matches, and for each of its characters
/// whether that is one of the pattern's own.
fn sample(pattern: &str) -> (String, Vec<bool>) {
    let mut text = String::new();
    let mut own = Vec::new();
    for c in pattern.chars() {
        if c == '*' {
            text.push_str("x-1");
            own.extend([false; 3]);
        } else {
            text.push(c);
            own.push(true);
        }
    }
    (text, own)
}

/// The text with another character in this place.
fn flipped(text: &str, at: usize) -> String {
    let other = if text[at..].starts_with('q') {
        "z"
    } else {
        "q"
    };
    let mut text = text.to_owned();
    text.replace_range(at..=at, other);
    text
}

/// Platform and flag of the row that an event becomes.
fn verdict(event: &Made) -> Option<(String, String)> {
    let results = run(DETECTION, std::slice::from_ref(event));
    let row = results.rows.first()?;
    let text = |name| row.text(name).unwrap().into_owned();
    Some((text("serverless_platform"), text("is_suspicious_process")))
}

/// A verdict to compare with.
#[expect(clippy::unnecessary_wraps, reason = "of the type of a verdict")]
fn told(platform: &str, flag: &str) -> Option<(String, String)> {
    Some((platform.to_owned(), flag.to_owned()))
}

#[test]
fn the_text_is_the_one_that_is_shipped() {
    let shipped = include_str!("../../../../scenarios/T1583.007/detections/serverless.spl");
    assert_eq!(DETECTION.trim_end(), shipped.trim_end());
}

#[test]
fn every_character_of_a_name_decides() {
    for (pattern, platform) in NAMES {
        let (name, own) = sample(pattern);
        let beacon = connection("1", POWERSHELL, &name);
        assert_eq!(verdict(&beacon), told(platform, "1"), "{name}");
        let upper = beacon
            .clone()
            .with("DestinationHostname", &name.to_uppercase());
        assert_eq!(verdict(&upper), told(platform, "1"), "{name}");
        for (at, own) in own.into_iter().enumerate() {
            let other = flipped(&name, at);
            let expected = if own { None } else { told(platform, "1") };
            let beacon = beacon.clone().with("DestinationHostname", &other);
            assert_eq!(verdict(&beacon), expected, "{other}");
        }
        for other in [format!("{name}q"), format!("{name}."), name[1..].to_owned()] {
            let beacon = beacon.clone().with("DestinationHostname", &other);
            // A star stands for its first character, or for what remains.
            let expected = if pattern.starts_with('*') && other.len() < name.len() {
                told(platform, "1")
            } else {
                None
            };
            assert_eq!(verdict(&beacon), expected, "{other}");
        }
    }
}

#[test]
fn every_character_of_a_program_decides() {
    let beacon = |program: &str| connection("1", &format!(r"C:\a\{program}"), "a.vercel.app");
    for program in BROWSERS {
        assert_eq!(verdict(&beacon(program)), None, "{program}");
        assert_eq!(verdict(&beacon(&program.to_uppercase())), None, "{program}");
        for at in 0..program.len() {
            let other = flipped(program, at);
            assert_eq!(
                verdict(&beacon(&other)),
                told("Vercel Serverless", "0"),
                "{other}"
            );
        }
    }
    for pattern in SUSPICIOUS {
        let (program, own) = sample(pattern);
        let expected = told("Vercel Serverless", "1");
        assert_eq!(verdict(&beacon(&program)), expected, "{program}");
        assert_eq!(verdict(&beacon(&program.to_uppercase())), expected);
        for (at, own) in own.into_iter().enumerate() {
            let other = flipped(&program, at);
            let flag = if own { "0" } else { "1" };
            let expected = told("Vercel Serverless", flag);
            assert_eq!(verdict(&beacon(&other)), expected, "{other}");
        }
    }
}

#[test]
fn every_character_of_what_tells_the_event_decides() {
    let beacon = connection("1", POWERSHELL, "a.vercel.app");
    assert!(verdict(&beacon).is_some());
    let sourcetype = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
    for at in 0..sourcetype.len() {
        let other = flipped(sourcetype, at);
        assert_eq!(
            verdict(&beacon.clone().with("sourcetype", &other)),
            None,
            "{other}"
        );
    }
    for other in ["2", "13", "33", "03", "3.0", "", " 3"] {
        assert_eq!(
            verdict(&beacon.clone().with("EventCode", other)),
            None,
            "{other}"
        );
    }
    for field in ["index", "sourcetype", "EventCode", "DestinationHostname"] {
        assert_eq!(verdict(&beacon.clone().without(field)), None, "{field}");
    }
}

#[test]
fn every_field_that_is_shown_is_that_of_the_event() {
    let beacon = connection("1", POWERSHELL, "a.vercel.app");
    let rows = |event: &Made| cells(&run(DETECTION, std::slice::from_ref(event)));
    let before = rows(&beacon);
    for (column, field) in [
        (0, "_time"),
        (1, "host"),
        (2, "User"),
        (3, "Image"),
        (4, "CommandLine"),
        (5, "ParentImage"),
        (6, "ParentCommandLine"),
        (8, "DestinationIp"),
        (9, "DestinationPort"),
    ] {
        let value = if field == "_time" {
            "2"
        } else {
            r"q\powershell.exe"
        };
        let after = rows(&beacon.clone().with(field, value));
        for (at, (before, after)) in before[0].iter().zip(&after[0]).enumerate() {
            if at == column {
                assert_eq!(after, value, "{field}");
            } else {
                assert_eq!(after, before, "{field}, column {at}");
            }
        }
    }
}

/// One event for each term: together they need the whole text.
fn telling_events() -> Vec<Made> {
    let mut times = (1..).map(|second: u32| second.to_string());
    let mut beacon = |image: &str, name: &str| {
        connection(&times.next().unwrap(), &format!(r"C:\a\{image}"), name)
            .with("CommandLine", "a")
            .with("ParentImage", "b")
            .with("ParentCommandLine", "c")
    };
    let mut events: Vec<Made> = NAMES
        .iter()
        .map(|(pattern, _)| beacon("agent.exe", &sample(pattern).0))
        .collect();
    for program in BROWSERS.iter().chain(&SUSPICIOUS) {
        events.push(beacon(&sample(program).0, "a.vercel.app"));
    }
    let plain = beacon("agent.exe", "a.vercel.app");
    events.extend([
        plain.clone().with("EventCode", "22"),
        plain.clone().with("sourcetype", "xmlwineventlog"),
        plain.clone().without("index"),
        plain.with("DestinationHostname", "example.org"),
    ]);
    events
}

/// The text with one thing taken away or turned around, for all things in it,
/// with what was changed.
fn mutants() -> Vec<(String, String)> {
    let mut mutants = Vec::new();
    let mut mutant = |range: std::ops::Range<usize>, with: &str| {
        let what = format!("`{}` for `{}`", with, &DETECTION[range.clone()]);
        let mut text = DETECTION.to_owned();
        text.replace_range(range, with);
        mutants.push((what, text));
    };
    let all = |needle: &'static str| {
        let found = DETECTION.match_indices(needle);
        found.map(|(at, needle)| at..at + needle.len())
    };
    // Each name, with the OR before it; the first with the one after it.
    for (pattern, _) in NAMES {
        let comparison = format!("DestinationHostname=\"{pattern}\"");
        let at = DETECTION.find(&comparison).unwrap();
        let end = at + comparison.len();
        if DETECTION[..at].ends_with("OR ") {
            mutant(at - "OR ".len()..end, "");
        } else {
            mutant(at..end + "\nOR ".len(), "");
        }
    }
    // Each alternative of each pattern.
    for (at, open) in DETECTION.match_indices("), \"") {
        let start = at + open.len();
        let length = DETECTION[start..].find('"').unwrap();
        if !DETECTION[..at].ends_with("lower(Image") && !DETECTION[..at].ends_with("Hostname") {
            continue;
        }
        let mut from = start;
        for alternative in DETECTION[start..start + length].split('|') {
            mutant(from..from + alternative.len(), "(?!)");
            from += alternative.len() + 1;
        }
    }
    // Each label.
    let labels: BTreeSet<&str> = NAMES.iter().map(|(_, platform)| *platform).collect();
    for label in labels.into_iter().chain(["Other Serverless"]) {
        let at = DETECTION.find(label).unwrap();
        mutant(at..at + label.len(), "Another");
    }
    // The rest, one by one.
    for (needle, with) in [
        ("index=*", ""),
        (
            r#"sourcetype="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational""#,
            "",
        ),
        ("EventCode=3", ""),
        ("EventCode=3", "EventCode!=3"),
        ("(DestinationHostname=", "NOT (DestinationHostname="),
        ("lower(Image)", "Image"),
        ("lower(DestinationHostname)", "DestinationHostname"),
        ("1, 0", "0, 1"),
        ("| where is_browser=0\n", ""),
        ("is_browser=0", "is_browser!=0"),
        ("is_browser=0", "is_browser=1"),
        ("sort - _time", "sort + _time"),
        ("| sort - _time\n", "| head 1\n"),
        ("_time, ", ""),
        ("host, ", ""),
        ("User, ", ""),
        ("Image, CommandLine", "CommandLine"),
        ("CommandLine, ParentImage", "ParentImage"),
        ("ParentImage, ParentCommandLine,", "ParentCommandLine,"),
        ("ParentCommandLine,\n", ""),
        ("DestinationHostname, DestinationIp", "DestinationIp"),
        ("DestinationIp, ", ""),
        ("DestinationPort,\n", ""),
        ("serverless_platform, is_", "is_"),
        (
            "serverless_platform, is_suspicious_process\n",
            "serverless_platform\n",
        ),
    ] {
        let mut found = all(needle).peekable();
        assert!(found.peek().is_some(), "{needle}");
        for range in found {
            mutant(range, with);
        }
    }
    mutants
}

/// Whatever is changed in the text changes what it gives, but for the label of
/// the branch that no event reaches.
#[test]
fn every_term_of_the_text_is_needed() {
    let mut events = telling_events();
    // In capitals, for each `lower`.
    events.extend([
        connection("100", r"C:\a\CHROME.EXE", "a.vercel.app"),
        connection("101", r"C:\a\CURL.EXE", "a.vercel.app"),
    ]);
    let names = NAMES
        .iter()
        .map(|(pattern, _)| sample(pattern).0.to_uppercase());
    events.extend(names.map(|name| connection("102", POWERSHELL, &name)));
    let mut seen = 0;
    let before = run(DETECTION, &events);
    let mut same = Vec::new();
    for (what, text) in mutants() {
        parse(&text);
        let after = run(&text, &events);
        if (after.columns(), cells(&after)) == (before.columns(), cells(&before)) {
            same.push(what);
        }
        seen += 1;
    }
    assert_eq!(same, ["`Another` for `Other Serverless`"]);
    assert!(seen > 70, "{seen}");
}
