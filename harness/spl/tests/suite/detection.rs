//! The shipped detection of Serverless beacons (ATT&CK T1583.007), as text.

use spl::{Environment, Outcome};

use crate::support::{Made, cells, event, parse, run};

pub const DETECTION: &str = r#"index=* sourcetype="XmlWinEventLog:Microsoft-Windows-Sysmon/Operational" EventCode=3
(DestinationHostname="*.workers.dev"
OR DestinationHostname="*.pages.dev"
OR DestinationHostname="*.cloudfunctions.net"
OR DestinationHostname="*.execute-api.*.amazonaws.com"
OR DestinationHostname="*.lambda-url.*.amazonaws.com"
OR DestinationHostname="*.azurewebsites.net"
OR DestinationHostname="*.azurecontainerapps.io"
OR DestinationHostname="*.netlify.app"
OR DestinationHostname="*.vercel.app"
OR DestinationHostname="script.google.com")
| eval is_browser=if(match(lower(Image), "chrome\.exe|firefox\.exe|msedge\.exe|iexplore\.exe|opera\.exe|brave\.exe|vivaldi\.exe"), 1, 0)
| where is_browser=0
| eval is_suspicious_process=if(match(lower(Image), "powershell\.exe|pwsh\.exe|cmd\.exe|wscript\.exe|cscript\.exe|mshta\.exe|rundll32\.exe|python.*\.exe|node\.exe|curl\.exe|wget\.exe|wmic\.exe|bitsadmin\.exe|regsvr32\.exe|msbuild\.exe"), 1, 0)
| eval serverless_platform=case(
match(lower(DestinationHostname), "workers\.dev|pages\.dev"), "Cloudflare Workers",
match(lower(DestinationHostname), "cloudfunctions\.net"), "Google Cloud Functions",
match(lower(DestinationHostname), "execute-api|lambda-url"), "AWS Lambda",
match(lower(DestinationHostname), "azurewebsites\.net|azurecontainerapps\.io"), "Azure Functions",
match(lower(DestinationHostname), "netlify\.app"), "Netlify Functions",
match(lower(DestinationHostname), "vercel\.app"), "Vercel Serverless",
match(lower(DestinationHostname), "script\.google\.com"), "Google Apps Script",
true(), "Other Serverless"
)
| table _time, host, User, Image, CommandLine, ParentImage, ParentCommandLine,
DestinationHostname, DestinationIp, DestinationPort,
serverless_platform, is_suspicious_process
| sort - _time
"#;

pub fn connection(time: &str, image: &str, name: &str) -> Made {
    event([
        ("_time", time),
        ("index", "main"),
        (
            "sourcetype",
            "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
        ),
        ("host", "WS01"),
        ("EventCode", "3"),
        ("User", r"LAB\alice"),
        ("Image", image),
        ("DestinationHostname", name),
        ("DestinationIp", "198.51.100.7"),
        ("DestinationPort", "443"),
    ])
}

pub const POWERSHELL: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";

#[test]
fn it_names_each_platform_and_flags_the_process() {
    let events = [
        connection("1700000001.5", POWERSHELL, "a.argustest.workers.dev"),
        connection(
            "1700000003",
            r"C:\Python312\python.exe",
            "abcde12345fghij.lambda-url.us-east-1.amazonaws.com",
        ),
        connection(
            "1700000002",
            r"C:\Windows\System32\wscript.exe",
            "SCRIPT.google.com",
        ),
        connection(
            "1700000004",
            r"C:\Windows\System32\curl.exe",
            "us-central1-x.cloudfunctions.net",
        ),
        connection("1700000005", r"C:\Tools\agent.exe", "x.netlify.app"),
    ];
    let results = run(DETECTION, &events);
    assert_eq!(
        results.columns(),
        [
            "_time",
            "host",
            "User",
            "Image",
            "CommandLine",
            "ParentImage",
            "ParentCommandLine",
            "DestinationHostname",
            "DestinationIp",
            "DestinationPort",
            "serverless_platform",
            "is_suspicious_process"
        ]
    );
    let seen: Vec<_> = results
        .rows
        .iter()
        .map(|row| {
            (
                row.event.unwrap(),
                row.text("_time").unwrap().into_owned(),
                row.text("serverless_platform").unwrap().into_owned(),
                row.text("is_suspicious_process").unwrap().into_owned(),
                row.text("CommandLine").map(std::borrow::Cow::into_owned),
            )
        })
        .collect();
    let expected = [
        (4, "1700000005", "Netlify Functions", "0"),
        (3, "1700000004", "Google Cloud Functions", "1"),
        (1, "1700000003", "AWS Lambda", "1"),
        (2, "1700000002", "Google Apps Script", "1"),
        (0, "1700000001.5", "Cloudflare Workers", "1"),
    ]
    .map(|(event, time, platform, flag)| {
        (
            event,
            time.to_owned(),
            platform.to_owned(),
            flag.to_owned(),
            None,
        )
    });
    assert_eq!(seen, expected);
    let first = &cells(&results)[0];
    assert_eq!(
        first,
        &[
            "1700000005",
            "WS01",
            r"LAB\alice",
            r"C:\Tools\agent.exe",
            "",
            "",
            "",
            "x.netlify.app",
            "198.51.100.7",
            "443",
            "Netlify Functions",
            "0"
        ]
    );
}

#[test]
fn it_stays_silent_on_what_is_no_beacon() {
    let beacon = connection("1", POWERSHELL, "a.workers.dev");
    assert_eq!(run(DETECTION, std::slice::from_ref(&beacon)).rows.len(), 1);
    let others = [
        // A look-alike name, and the bare domain.
        beacon.clone().with("DestinationHostname", "notworkers.dev"),
        beacon.clone().with("DestinationHostname", "workers.dev"),
        beacon
            .clone()
            .with("DestinationHostname", "a.workers.dev.example.org"),
        // Apps Script has no sub-domains.
        beacon
            .clone()
            .with("DestinationHostname", "a.script.google.com"),
        beacon.clone().without("DestinationHostname"),
        // Browsers, by the end of the path or anywhere in it.
        beacon.clone().with("Image", r"C:\Apps\Chrome.EXE"),
        beacon.clone().with("Image", r"C:\x\notchrome.exe"),
        // Another event, another source.
        beacon.clone().with("EventCode", "22"),
        beacon.clone().with("EventCode", "3.0"),
        beacon.clone().with("sourcetype", "xmlwineventlog"),
        beacon.clone().without("index"),
    ];
    for event in others {
        assert!(
            run(DETECTION, std::slice::from_ref(&event)).rows.is_empty(),
            "{event:?}"
        );
    }
}

#[test]
fn a_missing_image_is_no_browser_and_not_suspicious() {
    let event = connection("1", POWERSHELL, "a.workers.dev").without("Image");
    let results = run(DETECTION, &[event]);
    assert_eq!(
        results.rows[0].text("is_suspicious_process").as_deref(),
        Some("0")
    );
}

#[test]
fn an_edit_that_drops_a_platform_is_explained_by_the_or() {
    let edited = DETECTION.replace("DestinationHostname=\"*.workers.dev\"\nOR ", "");
    let event = connection("1", POWERSHELL, "a.workers.dev");
    assert!(run(&edited, std::slice::from_ref(&event)).rows.is_empty());

    let search = parse(&edited);
    let explanation = search.explain(&event, &Environment::at_epoch()).unwrap();
    let (stage, clauses) = explanation.dropped().unwrap();
    assert_eq!(stage.command, "search");
    let [clause] = clauses else {
        panic!("{clauses:?}")
    };
    assert_eq!(
        &edited[clause.span.clone()],
        &edited[edited.find('(').unwrap()..=edited.find(')').unwrap()]
    );
    assert_eq!(clause.met.len(), 1);
    assert_eq!(clause.met[0].field, "DestinationHostname");
    assert_eq!(clause.met[0].value.as_deref(), Some("a.workers.dev"));
    assert_eq!(clause.alternatives.len(), 9);
    assert_eq!(clause.alternatives[0].expected, "=\"*.pages.dev\"");
    assert!(
        explanation.stages[1..]
            .iter()
            .all(|stage| stage.outcome == Outcome::NotReached)
    );
}

#[test]
fn a_browser_is_explained_by_the_where() {
    let event = connection("1", r"C:\Apps\chrome.exe", "a.workers.dev");
    let explanation = parse(DETECTION)
        .explain(&event, &Environment::at_epoch())
        .unwrap();
    let (stage, clauses) = explanation.dropped().unwrap();
    assert_eq!(stage.command, "where");
    assert_eq!(clauses.len(), 1);
    assert_eq!(clauses[0].expected, "is_browser=0");
    assert_eq!(clauses[0].met[0].field, "is_browser");
    assert_eq!(clauses[0].met[0].value.as_deref(), Some("1"));
}

#[test]
fn it_asks_events_for_what_it_needs_only() {
    let search = parse(DETECTION);
    assert_eq!(
        search.fields(),
        [
            "index",
            "sourcetype",
            "EventCode",
            "DestinationHostname",
            "_time",
            "Image",
            "host",
            "User",
            "CommandLine",
            "ParentImage",
            "ParentCommandLine",
            "DestinationIp",
            "DestinationPort"
        ]
    );
    assert!(!search.reads_all_fields());
    assert_eq!(search.text(), DETECTION);
}

#[test]
fn nothing_is_asked_for_that_a_command_has_made_or_dropped() {
    for (text, fields) in [
        ("a=1 | table b | where isnull(c)", vec!["a", "_time", "b"]),
        (
            "a=1 | stats count BY b | where isnull(c)",
            vec!["a", "_time", "b"],
        ),
        (
            "a=1 | eval b=c | where b=1 | table b",
            vec!["a", "_time", "c"],
        ),
        ("a=1 | eval b=b.1 | table b", vec!["a", "_time", "b"]),
        ("a=1 | rename b AS c | table c b", vec!["a", "_time", "b"]),
        (
            "a=1 | fields - b | where isnull(b) | table d",
            vec!["a", "_time", "d"],
        ),
    ] {
        let search = parse(text);
        assert_eq!(search.fields(), fields, "{text}");
        assert!(!search.reads_all_fields(), "{text}");
    }
    for text in ["a=1", "a=1 | table b*", "a=1 | rename b* AS c* | table c"] {
        assert!(parse(text).reads_all_fields(), "{text}");
    }
}

#[test]
fn stages_count_rows() {
    let events = [
        connection("1", POWERSHELL, "a.workers.dev"),
        connection("2", r"C:\chrome.exe", "a.workers.dev"),
        connection("3", POWERSHELL, "example.org"),
    ];
    let results = run(DETECTION, &events);
    let counts: Vec<_> = results
        .stages
        .iter()
        .map(|stage| (stage.command, stage.rows_in, stage.rows_out))
        .collect();
    assert_eq!(
        counts,
        [
            ("search", 3, 2),
            ("eval", 2, 2),
            ("where", 2, 1),
            ("eval", 1, 1),
            ("eval", 1, 1),
            ("table", 1, 1),
            ("sort", 1, 1),
        ]
    );
    assert_eq!(
        &DETECTION[results.stages[2].span.clone()],
        "where is_browser=0"
    );
}
