//! Lints: what must be found, and what is like it and must not.

use std::borrow::Cow;

use spl::{
    Finding, Search, Vocabulary,
    lint::{Code, Holds, Pins, Renamed, Severity, codes},
};

use crate::{
    detection::DETECTION,
    support::{cells, event, parse, run},
};

/// Events 1 and 3 of Sysmon, as their manifest has them.
pub struct Sysmon;

const PROCESS: &[&str] = &[
    "RuleName",
    "UtcTime",
    "ProcessGuid",
    "ProcessId",
    "Image",
    "FileVersion",
    "Description",
    "Product",
    "Company",
    "OriginalFileName",
    "CommandLine",
    "CurrentDirectory",
    "User",
    "LogonGuid",
    "LogonId",
    "TerminalSessionId",
    "IntegrityLevel",
    "Hashes",
    "ParentProcessGuid",
    "ParentProcessId",
    "ParentImage",
    "ParentCommandLine",
    "ParentUser",
];

const CONNECTION: &[&str] = &[
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

impl Sysmon {
    fn codes(pins: &Pins) -> Option<Vec<&str>> {
        let values = pins
            .values("EventCode")
            .or_else(|| pins.values("EventID"))?;
        Some(values.iter().map(String::as_str).collect())
    }
}

impl Vocabulary for Sysmon {
    fn fields(&self, pins: &Pins) -> Option<Vec<Cow<'_, str>>> {
        let mut fields: Vec<Cow<'_, str>> = vec!["EventCode".into(), "EventID".into()];
        for code in Self::codes(pins)? {
            let more = match code {
                "1" => PROCESS,
                "3" => CONNECTION,
                _ => return None,
            };
            fields.extend(more.iter().copied().map(Cow::Borrowed));
        }
        Some(fields)
    }

    fn kind(&self, pins: &Pins) -> Option<String> {
        Some(format!("Sysmon event {}", Self::codes(pins)?.join(" or ")))
    }

    fn always(&self, _: &Pins, field: &str) -> bool {
        matches!(field, "EventCode" | "EventID" | "UtcTime")
    }

    fn single(&self, _: &Pins, _: &str) -> bool {
        true
    }

    fn numeric(&self, field: &str) -> bool {
        matches!(field, "EventCode" | "EventID")
    }

    fn holds(&self, field: &str) -> Option<Holds> {
        match field {
            "Image" | "ParentImage" => Some(Holds::Path),
            "DestinationHostname" => Some(Holds::HostName),
            _ => None,
        }
    }

    fn renamed(&self, sourcetype: &str) -> Option<Renamed> {
        const OLD: &str = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
        sourcetype.eq_ignore_ascii_case(OLD).then(|| Renamed {
            to: "xmlwineventlog".to_owned(),
            instead: format!("source=\"{OLD}\""),
        })
    }
}

pub fn lint(text: &str) -> Vec<Finding> {
    parse(text).lint(&Sysmon)
}

/// The codes that are found, each with the text that it is about.
#[track_caller]
fn assert_found(text: &str, expected: &[(&str, &str)]) {
    let found: Vec<(String, String)> = lint(text)
        .into_iter()
        .map(|f| (f.code.name().to_owned(), text[f.span].to_owned()))
        .collect();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(c, t)| (c.as_str(), t.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

/// What is found, and a text like it of which nothing is to be said.
#[track_caller]
fn assert_twins(text: &str, code: &str, place: &str, twin: &str) {
    assert_found(text, &[(code, place)]);
    assert_found(twin, &[]);
}

#[test]
fn the_shipped_detection() {
    let found: Vec<(&str, &str)> = lint(DETECTION)
        .iter()
        .map(|finding| (finding.code.name(), &DETECTION[finding.span.clone()]))
        .collect();
    let browsers = r#""chrome\.exe|firefox\.exe|msedge\.exe|iexplore\.exe|opera\.exe|brave\.exe|vivaldi\.exe""#;
    let suspects = r#""powershell\.exe|pwsh\.exe|cmd\.exe|wscript\.exe|cscript\.exe|mshta\.exe|rundll32\.exe|python.*\.exe|node\.exe|curl\.exe|wget\.exe|wmic\.exe|bitsadmin\.exe|regsvr32\.exe|msbuild\.exe""#;
    // The patterns for Vercel and Apps Script are not anchored either; but
    // earlier branches take all names that they could take by mistake.
    assert_eq!(
        found,
        [
            (
                "renamed-sourcetype",
                "\"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational\""
            ),
            ("wildcard-in-middle", "\"*.execute-api.*.amazonaws.com\""),
            ("wildcard-in-middle", "\"*.lambda-url.*.amazonaws.com\""),
            ("unanchored-pattern", browsers),
            ("unanchored-pattern", suspects),
            ("unanchored-pattern", r#""workers\.dev|pages\.dev""#),
            ("unanchored-pattern", r#""cloudfunctions\.net""#),
            ("unanchored-pattern", r#""execute-api|lambda-url""#),
            (
                "unanchored-pattern",
                r#""azurewebsites\.net|azurecontainerapps\.io""#
            ),
            ("unanchored-pattern", r#""netlify\.app""#),
            ("unreachable-branch", "true(), \"Other Serverless\""),
            ("empty-column", "CommandLine"),
            ("empty-column", "ParentImage"),
            ("empty-column", "ParentCommandLine"),
        ]
    );
    // Each says how the pattern goes wrong, with a name that the search admits.
    let findings = lint(DETECTION);
    let witness = |pattern: &str| {
        let finding = findings
            .iter()
            .find(|finding| &DETECTION[finding.span.clone()] == pattern)
            .unwrap();
        (finding.message.as_str(), finding.related.len())
    };
    assert_eq!(
        witness(browsers),
        (
            "the pattern is not anchored: it also matches `notchrome.exe`",
            7
        )
    );
    assert_eq!(witness(suspects).1, 15);
    assert_eq!(
        witness(r#""cloudfunctions\.net""#).0,
        "the pattern is not anchored: it also matches \
         `cloudfunctions.net.vercel.app`"
    );
}

#[test]
fn the_witnesses_of_the_shipped_detection_are_so() {
    // A name that is told as a witness is admitted, and labelled wrongly.
    let name = "execute-api.vercel.app";
    let row = event([
        ("index", "main"),
        (
            "sourcetype",
            "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
        ),
        ("EventCode", "3"),
        ("Image", r"C:\x.exe"),
        ("DestinationHostname", name),
    ]);
    let results = run(&format!("{DETECTION} | table serverless_platform"), &[row]);
    assert_eq!(cells(&results), [["AWS Lambda"]]);
    let finding = lint(DETECTION)
        .into_iter()
        .find(|finding| &DETECTION[finding.span.clone()] == r#""execute-api|lambda-url""#)
        .unwrap();
    assert_eq!(
        finding.message,
        format!("the pattern is not anchored: it also matches `{name}`")
    );
}

#[test]
fn nothing_is_claimed_of_unknown_events() {
    let codes: Vec<&str> = parse(DETECTION)
        .lint(&())
        .iter()
        .map(|finding| finding.code.name())
        .collect();
    assert_eq!(codes, ["wildcard-in-middle", "wildcard-in-middle"]);
}

#[test]
fn clauses_that_exclude_each_other() {
    assert_twins(
        "EventCode=3 Image=a EventCode=1",
        "can-never-match",
        "EventCode=1",
        "EventCode=3 Image=a EventCode=3",
    );
    assert_twins(
        "EventCode=3 (EventCode=1 OR EventCode=3)",
        "can-never-match",
        "1",
        "EventCode=3 (EventCode=3 OR EventCode=3)",
    );
    assert_twins(
        r#"EventCode=3 Image="*\\a.exe" Image IN ("*\\b.exe", "C:\\*")"#,
        "can-never-match",
        r#""*\\b.exe""#,
        r#"EventCode=3 Image="*\\a.exe" Image IN ("*a.exe", "C:\\*")"#,
    );
    assert_twins(
        r#"EventCode=3 Image="a" NOT Image="A*""#,
        "can-never-match",
        r#"Image="a""#,
        r#"EventCode=3 Image="a*" NOT Image="ab*""#,
    );
    assert_twins(
        "EventCode=3 DestinationPort=80 DestinationPort>100",
        "can-never-match",
        "DestinationPort=80",
        "EventCode=3 DestinationPort=80 DestinationPort>=80",
    );
    // In an alternative, against what stands around it.
    assert_twins(
        r#"EventCode=3 User="a" (Image="x" OR (User="b" Image="y"))"#,
        "can-never-match",
        r#"User="b""#,
        r#"EventCode=3 (User="a" OR (User="b" Image="y"))"#,
    );
    // Values that mind case differ only if they do so without it.
    assert_found("EventCode=3 Image=CASE(Abc) Image=abc", &[]);
    assert_found(
        r#"EventCode=3 DestinationIp="10.0.0.1" DestinationIp="10.0.0.0/8""#,
        &[],
    );
}

#[test]
fn multivalue_fields_can_have_both_values() {
    assert_eq!(parse("a=1 a=2").lint(&()), []);
    assert_eq!(parse("a=1 NOT a=1").lint(&()).len(), 1);
    assert_eq!(parse("index=a index=b").lint(&()).len(), 1);
}

#[test]
fn fields_that_events_do_not_have() {
    assert_twins(
        r#"EventCode=3 CommandLine="*x*""#,
        "no-such-field",
        r#"CommandLine="*x*""#,
        r#"EventCode=1 CommandLine="*x*""#,
    );
    assert_twins(
        r#"EventCode=3 NOT CommandLine="*x*""#,
        "no-such-field",
        r#"CommandLine="*x*""#,
        r#"EventCode=3 NOT Image="*x*""#,
    );
    assert_twins(
        "EventCode=3 | stats count by Image, CommandLine",
        "no-such-field",
        "CommandLine",
        "EventCode=3 | stats count by Image, User",
    );
    assert_twins(
        "EventCode=3 | eval x=len(CommandLine)",
        "no-such-field",
        "CommandLine",
        "EventCode=3 | eval CommandLine=1, x=len(CommandLine)",
    );
    // What commands make is there, and what they may have made is not claimed.
    assert_found(
        "EventCode=3 | rename Image AS CommandLine | table CommandLine",
        &[],
    );
    assert_found("EventCode=3 | eval CommandLine=1 | table CommandLine", &[]);
    assert_found(
        "EventCode=3 | stats count AS CommandLine | table CommandLine",
        &[],
    );
    assert_found("EventCode IN (1,3) | table CommandLine, DestinationIp", &[]);
    assert_found("EventCode=11 | table Anything", &[]);
    assert_found("Image=a | table Anything", &[]);
    assert_found("EventCode=3 | table _time, host, source, punct, Dest*", &[]);
}

#[test]
fn severity_and_help_say_how_bad_it_is() {
    let finding = |text: &str| lint(text).remove(0);
    let stats = finding("EventCode=3 | stats count by commandline");
    assert_eq!(stats.severity, Severity::Error);
    assert!(
        stats.message.contains("every row is dropped"),
        "{}",
        stats.message
    );
    assert!(finding("EventCode=3 image=a").help.contains("`Image`"));
    let column = finding("EventCode=3 | table CommandLine");
    assert_eq!(column.severity, Severity::Warning);
    assert!(
        column.message.contains("Sysmon event 3"),
        "{}",
        column.message
    );
}

#[test]
fn fields_that_are_gone() {
    assert_twins(
        "EventCode=3 | table Image | eval x=User",
        "removed-field",
        "User",
        "EventCode=3 | table Image, User | eval x=User",
    );
    assert_found(
        "EventCode=3 | fields - User | where User=\"x\"",
        &[("removed-field", "User"), ("can-never-match", "User=\"x\"")],
    );
    assert_twins(
        "EventCode=3 | stats count by Image | stats count by User",
        "removed-field",
        "User",
        "EventCode=3 | stats count, values(User) AS User by Image | stats count by User",
    );
    // A wildcard may keep it.
    assert_found("EventCode=3 | table U* | eval x=User", &[]);
}

#[test]
fn conditions_that_are_never_true() {
    assert_found(
        r#"EventCode=3 | where CommandLine="x" AND Image="y""#,
        &[
            ("no-such-field", "CommandLine"),
            ("can-never-match", r#"CommandLine="x""#),
        ],
    );
    assert_found(
        r#"EventCode=3 | where CommandLine="x" OR Image="y""#,
        &[("no-such-field", "CommandLine")],
    );
    assert_twins(
        r#"EventCode=3 | where Image="a" AND Image="b""#,
        "can-never-match",
        r#"Image="b""#,
        r#"EventCode=3 | where DestinationPort="1" AND DestinationPort="1.0""#,
    );
}

#[test]
fn branches_of_case() {
    assert_twins(
        r#"EventCode=3 | eval x=case(Image="a",1, 1=1,2, User="b",3)"#,
        "unreachable-branch",
        r#"User="b",3"#,
        r#"EventCode=3 | eval x=case(Image="a",1, User="b",3, 1=1,2)"#,
    );
    assert_twins(
        r#"EventCode=3 | eval x=case(Image="a",1, User="b",2, Image="a",3)"#,
        "duplicate-condition",
        r#"Image="a""#,
        r#"EventCode=3 | eval x=case(Image="a",1, User="a",2, Image="A",3)"#,
    );
    // All that the search admits is taken.
    let admitted = r#"EventCode=3 (User="*x*" OR User IN ("yy", "zz"))"#;
    assert_twins(
        &format!(
            r#"{admitted} | eval u=case(match(lower(User), "x|y"),1, lower(User)="zz",2, true(),3)"#
        ),
        "unreachable-branch",
        "true(),3",
        &format!(r#"{admitted} | eval u=case(match(User, "x|y"),1, lower(User)="zz",2, true(),3)"#),
    );
    assert_twins(
        &format!(
            r#"{admitted} | eval n=lower(User) | eval u=case(like(n, "%x%"),1, n IN ("yy","zz"),2, true(),3)"#
        ),
        "unreachable-branch",
        "true(),3",
        &format!(
            r#"{admitted} | eval n=lower(Image) | eval u=case(like(n, "%x%"),1, n IN ("yy","zz"),2, true(),3)"#
        ),
    );
    // The field is another by then, or an alternative is left.
    assert_found(
        &format!(
            r#"{admitted} | rename Image AS User | eval u=case(match(lower(User), "x|yy|zz"),1, true(),3)"#
        ),
        &[],
    );
    assert_found(
        &format!(
            r#"{admitted} | eval User="q" | eval u=case(match(lower(User), "x|yy|zz"),1, true(),3)"#
        ),
        &[],
    );
    assert_found(
        &format!(r#"{admitted} | eval u=case(match(lower(User), "x|yy"),1, true(),3)"#),
        &[],
    );
}

#[test]
fn patterns_that_match_other_names() {
    assert_twins(
        r#"EventCode=3 | where match(Image, "chrome\.exe$")"#,
        "unanchored-pattern",
        r#""chrome\.exe$""#,
        r#"EventCode=3 | where match(Image, "(^|\\\\)chrome\.exe$")"#,
    );
    assert_twins(
        r#"EventCode=3 | where match(DestinationHostname, "workers\.dev")"#,
        "unanchored-pattern",
        r#""workers\.dev""#,
        r#"EventCode=3 | where match(DestinationHostname, "(^|\.)workers\.dev$")"#,
    );
    // What the search admits is never another name.
    assert_found(
        r#"EventCode=3 DestinationHostname="*.workers.dev" | where match(DestinationHostname, "workers\.dev")"#,
        &[],
    );
    // Of other fields it is not known that they hold names.
    assert_found(r#"EventCode=3 | where match(User, "chrome\.exe")"#, &[]);
    assert_found(r#"EventCode=3 | where match(Image, "^C:\\\\Windows")"#, &[]);
}

#[test]
fn dots_anchors_and_case_of_patterns() {
    assert_twins(
        r#"EventCode=3 | where match(User, "^chrome.exe$")"#,
        "unescaped-dot",
        ".",
        r#"EventCode=3 | where match(User, "^chrome\.exe$")"#,
    );
    assert_twins(
        r#"EventCode=3 | where match(User, "^a|b")"#,
        "one-sided-anchor",
        "^",
        r#"EventCode=3 | where match(User, "^(a|b)") AND match(User, "^a|^b") AND match(User, "^a$|b")"#,
    );
    assert_twins(
        r#"EventCode=3 | where match(User, "a|b$")"#,
        "one-sided-anchor",
        "$",
        r#"EventCode=3 | where match(User, "a$|b$")"#,
    );
    assert_found(
        r#"EventCode=3 | where match(lower(User), "Admin|root")"#,
        &[("case-mismatch", "Admin")],
    );
    assert_found(
        r#"EventCode=3 | where match(lower(User), "[A-Z]dm\S")"#,
        &[("case-mismatch", r#""[A-Z]dm\S""#)],
    );
    for fine in ["admin", "(?i)Admin", "A?dmin", r"\Sdmin", "[A-z]dmin"] {
        assert_found(
            &format!(r#"EventCode=3 | where match(lower(User), "{fine}")"#),
            &[],
        );
    }
}

#[test]
fn text_in_the_other_case() {
    assert_found(
        r#"EventCode=3 | eval x=if(lower(User)="Admin", 1, 0)"#,
        &[("case-mismatch", "\"Admin\"")],
    );
    assert_found(
        r#"EventCode=3 | eval u=upper(User) | eval x=if(like(u, "%adm%") OR u IN ("ADM", "adm"), 1, 0)"#,
        &[("case-mismatch", "\"%adm%\""), ("case-mismatch", "\"adm\"")],
    );
    assert_found(
        r#"EventCode=3 | eval x=if(lower(User)="admin" OR User="Admin", 1, 0)"#,
        &[],
    );
}

#[test]
fn what_only_search_understands() {
    assert_twins(
        r#"EventCode=3 | where Image="*\\powershell.exe""#,
        "search-syntax-in-where",
        r#""*\\powershell.exe""#,
        r#"EventCode=3 | where like(Image, "%\\powershell.exe") | search Image="*\\powershell.exe""#,
    );
    assert_twins(
        r#"EventCode=3 | eval x=if(DestinationIp IN ("10.0.0.0/8", "10.0.0.1"), 1, 0)"#,
        "search-syntax-in-where",
        r#""10.0.0.0/8""#,
        r#"EventCode=3 | eval x=if(cidrmatch("10.0.0.0/8", DestinationIp), 1, 0)"#,
    );
    assert_twins(
        r#"EventCode=3 User=* | where like(User, "*a*")"#,
        "search-syntax-in-where",
        r#""*a*""#,
        r#"EventCode=3 User=* | where like(User, "%a*%")"#,
    );
    assert_found(r#"EventCode=3 | eval x="a*b" | where x="a*b""#, &[]);
    let help = &lint(r#"EventCode=3 | where Image="*\\a.exe""#)[0].help;
    assert_eq!(help, r#"use `like(Image, "%\\a.exe")`"#);
}

#[test]
fn operators_side_by_side() {
    assert_twins(
        "EventCode=3 Image=a OR Image=b",
        "mixed-operators",
        "Image=a OR Image=b",
        "EventCode=3 (Image=a OR Image=b)",
    );
    assert_twins(
        r#"EventCode=3 | where Image="a" OR User="b" AND User="c""#,
        "mixed-operators",
        r#"User="b" AND User="c""#,
        r#"EventCode=3 | where Image="a" OR (User="b" AND User="c")"#,
    );
    assert_found("Image=a OR Image=b", &[]);
    assert_found("EventCode=3 NOT (Image=a OR Image=b)", &[]);
}

#[test]
fn values_of_search() {
    assert_twins(
        r#"EventCode=3 Image="C:\\*\\a.exe""#,
        "wildcard-in-middle",
        r#""C:\\*\\a.exe""#,
        r#"EventCode=3 Image="*C:\\a.exe*" User="a*b""#,
    );
    assert_twins("*error", "leading-wildcard", "*error", "error*");
    assert_twins(
        r#"EventCode=3 User=".*\d+""#,
        "regex-in-search",
        r#"".*\d+""#,
        r#"EventCode=3 User="*.*""#,
    );
    assert_twins(
        "EventCode=3 SourceIp=DestinationIp",
        "value-is-no-field",
        "DestinationIp",
        r#"EventCode=3 SourceIp="DestinationIp" User=alice"#,
    );
    assert_found("EventCode=03", &[("number-as-text", "03")]);
    assert_found("EventCode=3 DestinationPort=03", &[]);
    assert_twins(
        "EventCode=3 DestinationPort>http",
        "compared-as-text",
        "DestinationPort>http",
        "EventCode=3 DestinationPort>80",
    );
    assert_twins(
        "EventCode=3 UtcTime=*",
        "always-true",
        "UtcTime=*",
        "EventCode=3 User=*",
    );
}

#[test]
fn missing_fields_and_negations() {
    assert_twins(
        "EventCode=3 User!=a",
        "not-equal-needs-field",
        "User!=a",
        "EventCode=3 User!=a User=* UtcTime!=a host!=b",
    );
    assert_eq!(lint("EventCode=3 User!=a User!=b").len(), 2);
    assert_found("EventCode=3 NOT User=a", &[]);
    assert_twins(
        r#"EventCode=3 | where NOT like(User, "a%")"#,
        "null-drops-rows",
        r#"NOT like(User, "a%")"#,
        r#"EventCode=3 | where NOT like(User, "a%") OR isnull(User)"#,
    );
    assert_twins(
        r#"EventCode=3 | where User!="a""#,
        "null-drops-rows",
        r#"User!="a""#,
        r#"EventCode=3 User=* | where User!="a""#,
    );
    assert_found(r#"EventCode=3 | eval User=1 | where User!="a""#, &[]);
    // Once for each field.
    assert_found(
        "EventCode=3 | where DestinationPort!=80 AND DestinationPort!=443",
        &[("null-drops-rows", "DestinationPort!=80")],
    );
}

#[test]
fn limits_that_later_commands_feel() {
    assert_twins(
        "EventCode=3 | sort - _time | stats count by Image",
        "default-limit",
        "sort",
        "EventCode=3 | sort 0 - _time | stats count by Image",
    );
    assert_twins(
        "EventCode=3 | join ProcessGuid [search EventCode=1]",
        "default-limit",
        "join",
        "EventCode=3 | join type=left max=0 ProcessGuid [search EventCode=1]",
    );
    assert_found(
        "EventCode=3 | stats count by Image | sort - count | table Image",
        &[],
    );
}

/// Long texts are linted in the time that it takes to read them, or a little
/// more; what takes too long is left out.
#[test]
fn long_texts_end() {
    let values: Vec<String> = (0..20_000).map(|n| format!("\"*v{n}*\"")).collect();
    let values = values.join(", ");
    let branches = |n: usize| format!("match(lower(Image), \"v{n}x|w{n}\\.exe\"), {n}");
    let branches: Vec<String> = (0..2_000).map(branches).collect();
    let comparisons = "User=a ".repeat(20_000);
    let texts = [
        format!("EventCode=3 Image IN ({values}) Image IN ({values})"),
        format!(
            "EventCode=3 Image IN ({values}) | eval x=case({})",
            branches.join(", ")
        ),
        format!("EventCode=3 | search {comparisons}"),
        format!("EventCode=3 {comparisons}"),
        format!(
            "EventCode=3 ({})",
            comparisons.trim_end().replace(' ', " OR ")
        ),
        format!("EventCode=3 | table {comparisons}").replace("=a", ""),
    ];
    for text in texts {
        let search = parse(&text);
        let start = std::time::Instant::now();
        search.lint(&Sysmon);
        let taken = start.elapsed();
        assert!(taken.as_secs() < 20, "{taken:?}: {}", &text[..60]);
    }
}

#[test]
fn a_time_range_in_the_text() {
    assert_twins(
        "EventCode=3 earliest=-1h",
        "time-range-in-text",
        "earliest=-1h",
        "EventCode=3 _time>0",
    );
}

#[test]
fn patterns_of_commands() {
    assert_twins(
        r#"EventCode=3 | regex Image="chrome\.exe$""#,
        "unanchored-pattern",
        r#""chrome\.exe$""#,
        r#"EventCode=3 | regex Image="\\chrome\.exe$""#,
    );
    assert_twins(
        r#"EventCode=3 | rex field=Image "(?<name>chrome.exe)$""#,
        "unescaped-dot",
        ".",
        r#"EventCode=3 | rex field=Image "(?<name>chrome\.exe)$" | table name, Image"#,
    );
    assert_found(
        r#"EventCode=3 | rex field=CommandLine "(?<name>x)""#,
        &[("no-such-field", "CommandLine")],
    );
}

#[test]
fn commands_that_make_fields() {
    for text in [
        "EventCode=3 | eventstats count AS CommandLine | table CommandLine",
        "EventCode=3 | streamstats count AS CommandLine BY Image | table CommandLine",
        "EventCode=3 | fillnull value=x CommandLine | table CommandLine",
        "EventCode=3 | fillnull | table CommandLine",
        "EventCode=3 | eval {Image}=1 | table CommandLine",
        "EventCode=3 | spath | table CommandLine",
        "EventCode=3 | append [search EventCode=1] | table CommandLine",
        "EventCode=3 | join max=0 ProcessGuid [search EventCode=1] | table CommandLine",
        "EventCode=3 | top Image | table count, percent, Image",
        "EventCode=3 | stats values(*) AS * BY Image | table User",
    ] {
        assert_found(text, &[]);
    }
    // A search in brackets has events of its own.
    assert_found(
        "EventCode=1 | append [search EventCode=3 | table CommandLine]",
        &[("empty-column", "CommandLine")],
    );
    assert_found("EventCode=3 [search EventCode=1 | fields Image]", &[]);
}

#[test]
fn places_are_those_of_the_text_as_written() {
    use std::sync::Arc;
    let macros = "[sysmon]\ndefinition = EventCode=3 Image=a OR Image=b\n";
    let mut knowledge = spl::Knowledge::default();
    knowledge.add_macros(macros).unwrap();
    let knowledge = Arc::new(knowledge);
    let text = "`sysmon` | table CommandLine";
    let found: Vec<&str> = Search::parse_with(text, &knowledge)
        .unwrap()
        .lint(&Sysmon)
        .into_iter()
        .map(|finding| &text[finding.span])
        .collect();
    assert_eq!(found, ["`sysmon`", "CommandLine"]);
}

#[test]
fn what_commands_on_text_set_is_there() {
    use std::sync::Arc;
    let mut knowledge = spl::Knowledge::default();
    knowledge
        .add_lookup_file("hosts.csv", b"host,group\na,b\n")
        .unwrap();
    let knowledge = Arc::new(knowledge);
    for (text, expected) in [
        (
            "EventCode=3 | lookup hosts host AS DestinationHostname OUTPUT group \
             | convert ctime(UtcTime) AS when | makemv Image | mvexpand Image \
             | table group, when, Image, CommandLine",
            [("empty-column", "CommandLine")],
        ),
        (
            "EventCode=3 | lookup hosts host AS QueryName OUTPUT group | table group",
            [("no-such-field", "QueryName")],
        ),
    ] {
        let found: Vec<(&str, &str)> = Search::parse_with(text, &knowledge)
            .unwrap()
            .lint(&Sysmon)
            .into_iter()
            .map(|finding| (finding.code.name(), &text[finding.span]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn findings_are_in_the_order_of_the_text_and_places_survive_comments() {
    let text = "EventCode=3 ```é a=b OR c=d``` Image=a OR Image=b | table CommandLine";
    assert_found(
        text,
        &[
            ("mixed-operators", "Image=a OR Image=b"),
            ("empty-column", "CommandLine"),
        ],
    );
}

#[test]
fn every_code_is_explained() {
    let mut number = 0;
    for lint in codes() {
        number += 1;
        for part in [lint.what, lint.why, lint.way_out] {
            assert!(part.ends_with('.'), "{}: {part}", lint.name);
        }
    }
    assert_eq!(number, 24);
    assert_eq!(Code::UnreachableBranch.to_string(), "unreachable-branch");
}

/// Lints of generated rules: they run, and their places are in the text.
#[test]
fn the_rules_are_linted() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/sigma/spl");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} not present", folder.display());
        return;
    };
    let mut errors = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let Ok(search) = Search::parse(&text) else {
            continue;
        };
        for finding in search.lint(&Sysmon) {
            let place = text.get(finding.span.clone()).unwrap();
            if std::env::var_os("SHOW_FINDINGS").is_some() {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                println!("{}\t{name}\t{place}\t{}", finding.code, finding.message);
            }
            if finding.severity == Severity::Error {
                errors.push((
                    path.file_stem().unwrap().to_string_lossy().into_owned(),
                    place.to_owned(),
                ));
            }
        }
    }
    errors.sort();
    let errors: Vec<(&str, &str)> = errors
        .iter()
        .map(|(n, p)| (n.as_str(), p.as_str()))
        .collect();
    // Hardly anything in these rules is in vain. One asks event 3 for a field of
    // event 1; the other lists event 14, and then wants event 12 or 13.
    let wuauclt = "network_connection__net_connection_win_wuauclt_network_connection";
    assert_eq!(
        errors,
        [
            (wuauclt, "CommandLine=\"* /RunHandlerComServer*\""),
            (wuauclt, "CommandLine=*"),
            ("registry_event__registry_event_mal_azorult", "14"),
        ]
    );
}
