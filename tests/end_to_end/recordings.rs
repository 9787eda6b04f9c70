//! `search`, `explain`, `lint` and `fmt`: SPL over recorded events, without a
//! lab.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Detection, Workplace};

/// A connection as Windows renders it.
fn connection(image: &str, host: &str, second: u32) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/>\
         <EventID>3</EventID><Version>5</Version><Level>4</Level><Task>3</Task><Opcode>0</Opcode>\
         <Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime='2026-11-24T10:00:{second:02}.000000000Z'/>\
         <EventRecordID>{second}</EventRecordID><Correlation/>\
         <Execution ProcessID='2684' ThreadID='3900'/>\
         <Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>WKS.corp.example</Computer><Security UserID='S-1-5-18'/></System><EventData>\
         <Data Name='UtcTime'>2026-11-24 10:00:{second:02}.000</Data>\
         <Data Name='Image'>{image}</Data><Data Name='User'>CORP\\ann</Data>\
         <Data Name='DestinationIp'>192.0.2.1</Data>\
         <Data Name='DestinationHostname'>{host}</Data>\
         <Data Name='DestinationPort'>443</Data></EventData></Event>\n"
    )
}

const CURL: &str = r"C:\Windows\System32\curl.exe";
const CHROME: &str = r"C:\Program Files\Google\Chrome\Application\chrome.exe";

fn events() -> String {
    [
        connection(CURL, "a.workers.dev", 1),
        connection(CHROME, "b.workers.dev", 2),
        connection(CURL, "example.net", 3),
        connection(CURL, "c.workers.dev", 4),
    ]
    .concat()
}

/// A workplace with the events in a file.
fn recorded() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("events.xml", events());
    workplace
}

#[test]
fn exit_codes_are_those_of_grep() {
    let workplace = recorded();
    for (arguments, code) in [
        (&["search", "EventCode=3", "events.xml"][..], 0),
        (&["search", "EventCode=4", "events.xml"], 1),
        (&["search", "EventCode=", "events.xml"], 2),
        (&["search", "EventCode=3", "none.xml"], 2),
        (&["search", "EventCode=3"], 2),
        (&["search"], 2),
        (&["search", "a=1", "events.xml", "--output", "xml"], 2),
        (&["search", "a=1", "events.xml", "--time-zone", "Mars"], 2),
        (&["explain", "EventCode=3", "events.xml"], 0),
        (&["explain", "EventCode=4", "events.xml"], 1),
        (
            &["explain", "EventCode=3", "events.xml", "--record", "9"],
            2,
        ),
        (&["search", "| makeresults"], 0),
        (&["explain", "| makeresults"], 0),
        (&["search", "a=1", "events.xml", "--now", "noon"], 2),
        (&["explain"], 2),
        (&["lint"], 2),
        (&["fmt"], 2),
        (&["lint", "none.spl"], 2),
        (&["fmt", "none.spl"], 2),
    ] {
        workplace.run(arguments).exits(code);
    }
}

#[test]
fn rows_come_in_the_form_that_is_asked_for() {
    let workplace = recorded();
    let search = |form: &str| {
        let run = workplace.run([
            "search",
            "DestinationHostname=\"*.workers.dev\" | stats count BY Image",
            "events.xml",
            "--output",
            form,
        ]);
        run.exits(0);
        assert_eq!(run.stderr, "");
        run.stdout
    };
    assert_eq!(
        search("csv"),
        format!("Image,count\n{CHROME},1\n{CURL},2\n")
    );
    assert_eq!(
        search("json").lines().last().unwrap(),
        r#"{"Image":"C:\\Windows\\System32\\curl.exe","count":"2"}"#
    );
    assert!(search("table").starts_with("Image "), "{}", search("table"));
    // Events themselves are shown as they were recorded, newest first.
    let run = workplace.run(["search", "Image=*curl.exe", "events.xml"]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], connection(CURL, "c.workers.dev", 4).trim_end());
    let run = workplace.run(["search", "Image=*curl.exe", "events.xml", "--count"]);
    assert_eq!(run.stdout, "3\n");
    let run = workplace.run(["search", "* | stats count", "events.xml", "-o", "raw"]);
    run.exits(2);
    assert!(run.stderr.contains("no events any more"), "{}", run.stderr);
}

#[test]
fn a_shipped_detection_and_a_file_can_be_searched_for() {
    let workplace = recorded();
    let detection = Detection::shipped().write(&workplace);
    let file = detection.to_str().unwrap();
    for arguments in [
        &["search", "--detection", "serverless", "events.xml", "-c"][..],
        &["search", "--file", file, "events.xml", "-c"],
    ] {
        let run = workplace.run(arguments);
        assert_eq!(run.stdout, "2\n", "{arguments:?}: {}", run.stderr);
    }
    let run = workplace.run(["search", "--detection", "serveless", "events.xml"]);
    run.exits(2);
    assert!(run.stderr.contains("there is serverless"), "{}", run.stderr);
}

#[test]
fn what_another_splunk_would_have_is_said_where_nothing_is_found() {
    let workplace = recorded();
    let run = workplace.run([
        "search",
        "--detection",
        "serverless",
        "events.xml",
        "--addon",
        "current",
    ]);
    run.exits(1);
    assert!(run.stderr.contains("`--addon legacy`"), "{}", run.stderr);
    let run = workplace.run(["search", "index=windows", "events.xml"]);
    run.exits(1);
    assert!(run.stderr.contains("`--index windows`"), "{}", run.stderr);
    let run = workplace.run([
        "search",
        "index=windows",
        "events.xml",
        "--index",
        "windows",
    ]);
    run.exits(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn macros_and_lookups_come_from_files() {
    let workplace = recorded();
    workplace.write(
        "macros.conf",
        "[beacons(1)]\nargs = host\ndefinition = DestinationHostname=\"*.$host$\" \\\n  EventCode=3\n",
    );
    fs::create_dir(workplace.path().join("lookups")).unwrap();
    workplace.write("lookups/owners.csv", "host,owner\nA.workers.dev,red team\n");
    workplace.write(
        "lookups/transforms.conf",
        "[owners]\nfilename = owners.csv\ncase_sensitive_match = false\n",
    );
    let text = "`beacons(workers.dev)` | lookup owners host AS DestinationHostname OUTPUT owner \
                | search owner=* | table DestinationHostname owner";
    let known = [
        "--macros",
        "macros.conf",
        "--lookups",
        "lookups",
        "-o",
        "csv",
    ];
    let run = workplace.run([&["search", text, "events.xml"][..], &known].concat());
    run.exits(0);
    assert_eq!(
        run.stdout,
        "DestinationHostname,owner\na.workers.dev,red team\n"
    );
    let run = workplace.run(["search", text, "events.xml"]);
    run.exits(2);
    assert!(run.stderr.contains("macro `beacons`"), "{}", run.stderr);
    // An error inside of a macro shows the call and the text.
    workplace.write(
        "macros.conf",
        "[beacons(1)]\nargs = host\ndefinition = a=(\n",
    );
    let run = workplace.run(["search", text, "events.xml", "--macros", "macros.conf"]);
    run.exits(2);
    assert!(
        run.stderr.contains("what macro `beacons` stands for"),
        "{}",
        run.stderr
    );
    workplace.write("broken.conf", "[a\n");
    let run = workplace.run(["search", "a=1", "events.xml", "--macros", "broken.conf"]);
    run.exits(2);
    assert!(run.stderr.contains("broken.conf: line 1"), "{}", run.stderr);
}

#[test]
fn event_types_come_from_files() {
    let workplace = recorded();
    workplace.write(
        "eventtypes.conf",
        "[beacon]\nsearch = EventCode=3 DestinationHostname=\"*.workers.dev\"\n",
    );
    let text = "eventtype=beacon | table DestinationHostname";
    let known = ["--event-types", "eventtypes.conf", "-o", "csv"];
    let run = workplace.run([&["search", text, "events.xml"][..], &known].concat());
    run.exits(0);
    assert_eq!(
        run.stdout,
        "DestinationHostname\nc.workers.dev\nb.workers.dev\na.workers.dev\n"
    );
    let run = workplace.run(["search", text, "events.xml"]);
    run.exits(2);
    assert!(run.stderr.contains("--event-types"), "{}", run.stderr);
    workplace.write("eventtypes.conf", "[beacon]\n");
    let run = workplace.run([&["search", text, "events.xml"][..], &known].concat());
    run.exits(2);
    assert!(
        run.stderr.contains("eventtypes.conf: line 1"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_unsupported_command_in_the_middle_is_one_error_and_no_result() {
    let workplace = recorded();
    let text = "EventCode=3 | eval a=1 | timechart count | table a | head 1";
    let run = workplace.run(["search", text, "events.xml"]);
    run.exits(2);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.matches("error").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("^^^^^^^^^"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_answered() {
    let workplace = Workplace::new();
    let cut = &events()[..events().len() - 20];
    let mixed = [
        events().as_bytes(),
        b"not an event\n",
        &[0xff, 0xfe, b'\n'],
        cut.as_bytes(),
    ]
    .concat();
    workplace.write("mixed.xml", mixed);
    let run = workplace.run(["search", "EventCode=3", "mixed.xml", "--count"]);
    run.exits(2);
    assert_eq!(run.stdout, "7\n");
    assert!(run.stderr.contains("mixed.xml at byte"), "{}", run.stderr);
    // A file without events is an error where it was named, not in a folder.
    fs::create_dir(workplace.path().join("logs")).unwrap();
    workplace.write("logs/notes.txt", "to be read by people\n");
    workplace.write("logs/events.xml", events());
    let run = workplace.run(["search", "EventCode=3", "logs", "--count"]);
    run.exits(0);
    assert!(run.stderr.starts_with("note: "), "{}", run.stderr);
    workplace
        .run(["search", "EventCode=3", "logs/notes.txt"])
        .exits(2);
    // A line of a million characters is an event like others.
    let long = connection(CURL, &"x".repeat(1_000_000), 5);
    workplace.write("long.xml", long);
    let run = workplace.run(["search", "DestinationHostname=xxx*", "long.xml", "--count"]);
    assert_eq!(run.stdout, "1\n", "{}", run.stderr);
}

#[test]
fn standard_input_is_read_once() {
    let workplace = recorded();
    let pipe = |arguments: &[&str]| {
        let mut command = workplace.command(arguments);
        command.stdin(fs::File::open(workplace.path().join("events.xml")).unwrap());
        command.output().unwrap()
    };
    let output = pipe(&["search", "EventCode=3", "-", "--count"]);
    assert_eq!(output.stdout, b"4\n", "{output:?}");
    let output = pipe(&["search", "a=1 [search b=1 | fields c]", "-"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("only once"), "{said}");
}

#[test]
fn an_explanation_counts_what_each_clause_dropped() {
    let workplace = recorded();
    let text = "EventCode=3 DestinationHostname=\"*.workers.dev\" | where match(Image, \"curl\")";
    let run = workplace.run(["explain", text, "events.xml"]);
    run.exits(0);
    for line in [
        "4 -> 3  EventCode=3",
        "1 failed  1:13  DestinationHostname=\"*.workers.dev\"",
        "DestinationHostname: \"example.net\"",
        "3 -> 2  where match(Image, \"curl\")",
        "2 of 4 events come through",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
    let run = workplace.run(["explain", text, "events.xml", "--record", "2"]);
    run.exits(1);
    assert!(run.stdout.contains("dropped"), "{}", run.stdout);
    assert!(run.stdout.contains("Image is"), "{}", run.stdout);
    let run = workplace.run(["explain", text, "events.xml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["kept"], 2);
}

#[test]
fn lint_names_the_faults_of_the_shipped_detection_and_no_others() {
    let workplace = Workplace::new();
    let run = workplace.run(["lint", "serverless", "--json"]);
    run.exits(1);
    let mut codes: Vec<String> = run
        .stdout
        .lines()
        .map(|line| {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            finding["code"].as_str().unwrap().to_owned()
        })
        .collect();
    codes.sort();
    codes.dedup();
    assert_eq!(
        codes,
        [
            "empty-column",
            "renamed-sourcetype",
            "unanchored-pattern",
            "unreachable-branch",
            "wildcard-in-middle",
        ]
    );
    workplace.write(
        "clean.spl",
        "EventCode=3 Image=\"*\\\\curl.exe\" | table Image",
    );
    workplace.run(["lint", "clean.spl"]).exits(0);
    workplace.write("broken.spl", "EventCode=");
    workplace.run(["lint", "broken.spl"]).exits(2);
    workplace
        .run(["lint", "serverless", "--allow", "typo"])
        .exits(2);
    let run = workplace.run(["lint", "servrless"]);
    run.exits(2);
    assert!(run.stderr.contains("there is serverless"), "{}", run.stderr);
}

#[test]
fn fmt_changes_blanks_only_and_once() {
    let workplace = Workplace::new();
    let text = "EventCode=3   (a=1 OR b=2)|eval x = 1,y=2 ```why```| table x , y";
    let file = workplace.write("mine.spl", text);
    workplace.run(["fmt", "--check", "mine.spl"]).exits(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    workplace.run(["fmt", "mine.spl"]).exits(0);
    let laid_out = fs::read_to_string(&file).unwrap();
    let without_blanks = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(without_blanks(&laid_out), without_blanks(text));
    assert!(laid_out.lines().count() > 2, "{laid_out}");
    workplace.run(["fmt", "--check", "mine.spl"]).exits(0);
    workplace.write("broken.spl", "a=\"b");
    workplace.run(["fmt", "broken.spl"]).exits(2);
}

#[test]
fn times_of_a_table_are_shown_in_the_time_zone() {
    let workplace = recorded();
    let search = "DestinationHostname=example.net | table _time";
    let run = workplace.run(["search", search, "events.xml"]);
    assert!(
        run.stdout.ends_with("\n2026-11-24 10:00:03\n"),
        "{}",
        run.stdout
    );
    let run = workplace.run([
        "search",
        search,
        "events.xml",
        "--time-zone",
        "Europe/Berlin",
    ]);
    assert!(
        run.stdout.ends_with("\n2026-11-24 11:00:03\n"),
        "{}",
        run.stdout
    );
    let run = workplace.run(["search", search, "events.xml", "-o", "csv"]);
    assert_eq!(run.stdout, "_time\n1795514403.000\n");
    // Nothing found is nothing printed.
    let run = workplace.run(["search", "a=1 | table _time", "events.xml"]);
    run.exits(1);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    let workplace = Workplace::new();
    // More than a pipe holds.
    workplace.write("many.xml", events().repeat(200));
    for form in ["raw", "json", "csv", "table"] {
        let search = "EventCode=3 | table _raw Image";
        let mut child = workplace
            .command(["search", search, "many.xml", "-o", form])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{form}");
    }
}

#[test]
fn an_input_without_end_is_given_up_once_it_holds_no_events() {
    let workplace = Workplace::new();
    for (command, expected) in [("search", "c.workers.dev"), ("explain", "4 -> 4")] {
        let mut child = workplace
            .command([command, "EventCode=3 | table DestinationHostname", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(events().as_bytes()).unwrap();
        let garbage = vec![b'y'; 1 << 20];
        let mut written = 0;
        // Ends by an error once nobody reads.
        while written < 1000 && pipe.write_all(&garbage).is_ok() {
            written += 1;
        }
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(written < 300, "{command} read {written} MiB: {said}");
        assert_eq!(output.status.code(), Some(2), "{command}: {said}");
        assert!(said.contains("ended early, after 4 events"), "{said}");
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(answer.contains(expected), "{command}: {answer}");
    }
}

#[test]
fn an_explanation_counts_rows_as_the_search_itself_does() {
    let workplace = recorded();
    let text = "EventCode=3 | stats count BY Image | where count>1 | head 1";
    let run = workplace.run(["explain", text, "events.xml"]);
    run.exits(0);
    for line in [
        "4 -> 4  EventCode=3",
        "4 -> 2  stats count BY Image",
        "2 -> 1  where count>1",
        "1 -> 1  head 1",
        "1 row; 4 of 4 events",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
    // Through a pipe, and with what each event alone would meet.
    let mut command = workplace.command([
        "explain",
        "EventCode=3 | head 2 | where match(Image, \"chrome\")",
        "-",
    ]);
    command.stdin(fs::File::open(workplace.path().join("events.xml")).unwrap());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for line in [
        "4 -> 2  head 2",
        "2 -> 0  where match(Image, \"chrome\")",
        "of 4 events, each looked at alone:",
        "0 rows; 1 of 4 events",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    // A subsearch reads the events once more; nothing is counted twice.
    let text = "EventCode=3 [search DestinationHostname=a.* | fields DestinationHostname]";
    let run = workplace.run(["explain", text, "events.xml"]);
    assert!(
        run.stdout.contains("1 row; 1 of 4 events"),
        "{}",
        run.stdout
    );
    let run = workplace.run(["explain", "index=other", "events.xml"]);
    run.exits(1);
    assert!(run.stderr.contains("`--index other`"), "{}", run.stderr);
}

#[test]
fn one_broken_file_keeps_no_other_from_being_linted_or_laid_out() {
    let workplace = Workplace::new();
    workplace.write("broken.spl", "a=\"b");
    workplace.write("latin.spl", b"a=\xe9");
    let file = workplace.write("mine.spl", "a=1|where b=1");
    let run = workplace.run(["fmt", "broken.spl", "latin.spl", "mine.spl"]);
    run.exits(2);
    assert_eq!(fs::read_to_string(file).unwrap(), "a=1\n| where b=1\n");
    assert!(
        run.stderr.contains("latin.spl: not UTF-8 text, at byte 2"),
        "{}",
        run.stderr
    );
    let run = workplace.run(["lint", "broken.spl", "serverless"]);
    run.exits(2);
    assert!(run.stdout.contains("unreachable-branch"), "{}", run.stdout);
    assert!(run.stderr.contains("broken.spl:1:3"), "{}", run.stderr);
}

#[test]
fn help_says_how_the_search_and_the_events_are_given() {
    let workplace = recorded();
    for command in ["search", "explain"] {
        let run = workplace.run([command, "--help"]);
        run.exits(0);
        for part in [
            &*format!("Usage: beaconlab {command} [OPTIONS] 'SPL' EVENTS..."),
            "--detection NAME EVENTS...",
            "Examples:",
            "Exit codes, as of grep:",
        ] {
            assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
        }
    }
    let run = workplace.run(["search", "--help"]);
    assert!(
        run.stdout.contains("told apart by their content"),
        "{}",
        run.stdout
    );
    let run = workplace.run(["search", "events.xml"]);
    run.exits(2);
    assert!(
        run.stderr.contains("was taken for the search"),
        "{}",
        run.stderr
    );
    workplace.write("made.spl", "| makeresults | eval a=1 | table a");
    let run = workplace.run(["search", "--file", "made.spl", "-o", "csv"]);
    run.exits(0);
    assert_eq!((&*run.stdout, &*run.stderr), ("a\n1\n", ""));
    // An empty folder is said to be one.
    fs::create_dir(workplace.path().join("empty")).unwrap();
    let run = workplace.run(["search", "a=1", "empty"]);
    run.exits(1);
    assert!(run.stderr.contains("nothing to read"), "{}", run.stderr);
}

#[test]
fn arguments_that_were_taken_for_something_else_are_told() {
    let workplace = recorded();
    for (arguments, said) in [
        (
            ["search", "EventCode=3", "Image=*", "events.xml"],
            Some("`Image=*` was taken for events"),
        ),
        (
            ["search", "events.xml", "EventCode=3", "-c"],
            Some("`events.xml` was taken for the search"),
        ),
        (["search", "EventCode=3", "none.xml", "events.xml"], None),
    ] {
        let run = workplace.run(arguments);
        run.exits(2);
        let notes: Vec<&str> = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("note: "))
            .collect();
        assert_eq!(notes.len(), usize::from(said.is_some()), "{notes:?}");
        assert!(notes.iter().all(|note| note.contains(said.unwrap())));
        assert!(run.stderr.contains("No such file"), "{}", run.stderr);
    }
}
