//! What people read: errors, notices, explanations, findings and help, as
//! snapshots.

use std::fmt::Write as _;

use crate::support::{Run, Workplace};

/// A connection as Windows renders it.
fn connection(image: &str, host: &str, second: u32) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/>\
         <EventID>3</EventID><TimeCreated SystemTime='2026-11-24T10:00:{second:02}.000000000Z'/>\
         <EventRecordID>{second}</EventRecordID>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>WKS.corp.example</Computer></System><EventData>\
         <Data Name='Image'>{image}</Data><Data Name='User'>CORP\\ann</Data>\
         <Data Name='DestinationHostname'>{host}</Data>\
         <Data Name='DestinationPort'>443</Data></EventData></Event>\n"
    )
}

/// A workplace with four connections, of which the shipped detection finds two.
fn recorded() -> Workplace {
    let curl = r"C:\Windows\System32\curl.exe";
    let chrome = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
    let workplace = Workplace::new();
    let events = [
        connection(curl, "a.workers.dev", 1),
        connection(chrome, "b.workers.dev", 2),
        connection(curl, "example.net", 3),
        connection(curl, "c.workers.dev", 4),
    ];
    workplace.write("events.xml", events.concat());
    workplace
}

/// All that a command prints, and its exit code.
fn printed(run: &Run) -> String {
    let mut text = String::new();
    for (name, stream) in [("", &run.stdout), ("[standard error]\n", &run.stderr)] {
        if !stream.is_empty() {
            write!(text, "{name}{stream}").unwrap();
        }
    }
    let code = run
        .code
        .map_or_else(|| "none".to_owned(), |c| c.to_string());
    write!(text, "[exit code {code}]").unwrap();
    text
}

/// What several searches of the events print, each under the text of it.
fn searched(searches: &[&str], options: &[&str]) -> String {
    let workplace = recorded();
    let mut text = String::new();
    for search in searches {
        let run = workplace.run([&["search", search, "events.xml"][..], options].concat());
        writeln!(text, "$ search {search:?}\n{}\n", printed(&run)).unwrap();
    }
    text
}

#[test]
fn what_is_no_spl_is_marked() {
    insta::assert_snapshot!(searched(
        &[
            "EventCode=3 | stats count BY Image | where count > 1 )",
            "EventCode=",
            "EventCode=3 | where Image=\"curl",
            "EventCode=3 | eval x=1 y=2",
            "(EventCode=3 OR EventCode=22",
            "EventCode=3 | | head 1",
            "EventCode=3 | regex Image=\"(curl\"",
            "EventCode=3 ```a comment",
            "EventCode=3 | table \u{e4}\u{f6} | where \u{e4}\u{f6}=(1",
            "",
        ],
        &[],
    ));
}

#[test]
fn misspelt_names_are_told_with_those_that_were_probably_meant() {
    insta::assert_snapshot!(searched(
        &[
            "EventCode=3 | tabel Image",
            "EventCode=3 | eval x=lenn(Image)",
            "EventCode=3 | stats cuont(Image)",
            "EventCode=3 | frobnicate Image",
            "EventCode=3 DestinationHostnam=*",
            "EventCode=3 | where match(Imgae, \"curl\") | table image",
            "EventCode=3 | table Imgae DestinationPort",
            // Others have such a field.
            "EventCode=4688 ParentImag=*",
        ],
        &[],
    ));
}

#[test]
fn an_error_in_what_a_macro_stands_for_shows_both_texts() {
    let workplace = recorded();
    workplace.write(
        "macros.conf",
        "[beacons(1)]\nargs = host\ndefinition = DestinationHostname=\"*.$host$\" EventCode=\n\n\
         [curls]\ndefinition = Image=\"*\\\\curl.exe\" | tabel Image\n\n\
         [both]\ndefinition = `curls` EventCode=3\n\n\
         [round]\ndefinition = `round`\n",
    );
    let mut text = String::new();
    for search in [
        "EventCode=3 `beacons(workers.dev)` | table Image",
        "EventCode=3 `curls` | head 1",
        "EventCode=3 `both`",
        "EventCode=3 `beacon(workers.dev)`",
        "EventCode=3 `beacons`",
        "EventCode=3 `sysmon`",
        "EventCode=3 `round`",
        "EventCode=3 [search EventCode=3 | eval search=\"Image=(\" | head 1 | fields search]",
    ] {
        let run = workplace.run(["search", search, "events.xml", "--macros", "macros.conf"]);
        writeln!(text, "$ search {search:?}\n{}\n", printed(&run)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_not_supported_is_named_in_the_middle_of_a_long_search() {
    let workplace = recorded();
    workplace.write(
        "long.spl",
        "index=* EventCode=3\n\
         | eval name=lower(Image)\n\
         | eval is_curl=if(match(name, \"curl\"), 1, 0)\n\
         | eventstats count BY name\n\
         | timechart span=1h count BY name\n\
         | where count > 1\n\
         | sort - count\n",
    );
    let run = workplace.run(["search", "--file", "long.spl", "events.xml"]);
    insta::assert_snapshot!(printed(&run));
}

#[test]
fn what_the_environment_decides_is_told() {
    insta::assert_snapshot!(searched(
        &[
            "index=windows EventCode=3",
            "source=\"WinEventLog:Security\" EventCode=3",
            "sourcetype=xmlwineventlog EventCode=3",
            "sourcetype=stash EventCode=3",
            "EventCode=3 | lookup owners host AS DestinationHostname OUTPUT owner",
            "| inputlookup owners.csv",
            "EventCode=3 `sysmon`",
            "eventtype=sysmon",
            "EventCode=3 earliest=-1d",
        ],
        &["--now", "2027-01-01T00:00:00Z"],
    ));
}

#[test]
fn the_shipped_detection_is_explained() {
    let workplace = recorded();
    let explain = ["explain", "--detection", "serverless", "events.xml"];
    insta::assert_snapshot!(printed(&workplace.run(explain)));
    let single = workplace.run([&explain[..], &["--record", "2"], &["--record", "3"]].concat());
    insta::assert_snapshot!(printed(&single));
    let none = workplace.run([&explain[..], &["--addon", "current"]].concat());
    insta::assert_snapshot!(printed(&none));
}

#[test]
fn the_shipped_detection_is_linted() {
    let workplace = Workplace::new();
    insta::assert_snapshot!(printed(&workplace.run(["lint", "serverless"])));
}

#[test]
fn the_shipped_detection_is_laid_out() {
    let workplace = Workplace::new();
    let shipped = workplace.run(["show", "serverless"]);
    workplace.write("serverless.spl", &shipped.stdout);
    let check = workplace.run(["fmt", "--check", "serverless.spl"]);
    insta::assert_snapshot!(printed(&check), @r"
    serverless.spl
    [exit code 1]
    ");
    workplace.run(["fmt", "serverless.spl"]).exits(0);
    let laid_out = std::fs::read_to_string(workplace.path().join("serverless.spl")).unwrap();
    insta::assert_snapshot!(laid_out);
}

#[test]
fn each_command_over_recorded_events_has_its_help() {
    let workplace = Workplace::new();
    for command in ["verify", "search", "explain", "lint", "fmt", "record"] {
        let run = workplace.run([command, "--help"]);
        insta::assert_snapshot!(format!("help_{command}"), printed(&run));
    }
    insta::assert_snapshot!("help", printed(&workplace.run(["--help"])));
}
