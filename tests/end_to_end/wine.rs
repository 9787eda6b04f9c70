//! Wine's own programs: they run, what they do is theirs in the events, and what
//! breaks under them gives no verdict.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{Library, Record, Run, Workplace, cache, until};

/// Whether Wine is there; says so loudly if it is not.
fn wine() -> bool {
    let there = ["/usr/lib/wine/wine64", "/usr/lib64/wine/wine64"]
        .iter()
        .any(|loader| Path::new(loader).is_file());
    if !there {
        eprintln!("skipped: wine64 not present");
    }
    there
}

/// The tier at which each program of a scenario ran, by file name.
fn tiers(run: &Run, number: u64) -> BTreeMap<String, String> {
    let scenario = run.scenario(number).0;
    let interpreters = scenario["interpreters"].as_array().unwrap().iter();
    interpreters
        .map(|interpreter| {
            let image = interpreter["image"].as_str().unwrap();
            let name = image.rsplit('\\').next().unwrap();
            let tier = interpreter["tier"].as_str().unwrap();
            (name.to_owned(), tier.to_owned())
        })
        .collect()
}

/// What an event of scenario 3 says of who did what.
fn attributed(event: &Record) -> String {
    let fields = match event.id {
        1 => &["Image", "ParentImage"][..],
        3 => &["Image", "DestinationHostname", "DestinationPort"],
        11 => &["Image", "TargetFilename"],
        22 => &["Image", "QueryName"],
        _ => &["Image"],
    };
    let values: Vec<&str> = fields
        .iter()
        .map(|field| match event.field(field) {
            // The lab's own binary, wherever it was built.
            image if image.ends_with("/beaconlab") => "beaconlab",
            value => value,
        })
        .collect();
    format!("{} {}", event.id, values.join(" | "))
}

const BEACON: &[&str] = &[
    r"1 C:\Windows\System32\cmd.exe | beaconlab",
    r"1 C:\Windows\System32\wscript.exe | C:\Windows\System32\cmd.exe",
    r"11 C:\Windows\System32\cmd.exe | C:\Users\analyst\AppData\Local\Temp\df00tech_gapps_test.js",
    r"22 C:\Windows\System32\wscript.exe | script.google.com",
    r"22 C:\Windows\System32\wscript.exe | script.google.com",
    r"22 C:\Windows\System32\wscript.exe | script.google.com",
    r"22 C:\Windows\System32\wscript.exe | script.googleusercontent.com",
    r"22 C:\Windows\System32\wscript.exe | script.googleusercontent.com",
    r"22 C:\Windows\System32\wscript.exe | script.googleusercontent.com",
    r"3 C:\Windows\System32\wscript.exe | script.google.com | 443",
    r"3 C:\Windows\System32\wscript.exe | script.google.com | 443",
    r"3 C:\Windows\System32\wscript.exe | script.google.com | 443",
    r"3 C:\Windows\System32\wscript.exe | script.googleusercontent.com | 443",
    r"3 C:\Windows\System32\wscript.exe | script.googleusercontent.com | 443",
    r"3 C:\Windows\System32\wscript.exe | script.googleusercontent.com | 443",
    r"5 C:\Windows\System32\cmd.exe",
    r"5 C:\Windows\System32\wscript.exe",
];

#[test]
fn what_wine_s_programs_do_is_theirs_in_fifty_of_fifty_runs_eight_side_by_side() {
    if !wine() {
        return;
    }
    cache();
    let mut left = 50;
    while left > 0 {
        let side_by_side: Vec<_> = (0..left.min(8))
            .map(|_| {
                let workplace = Workplace::new();
                workplace.start(["run", "3"])
            })
            .collect();
        left -= side_by_side.len();
        for running in side_by_side {
            let run = running.end();
            run.exits(0);
            let mut events: Vec<String> = run.records().iter().map(attributed).collect();
            events.sort();
            assert_eq!(events, BEACON);
        }
    }
}

#[test]
fn a_scenario_that_begins_with_cmd_runs_wine_s() {
    if !wine() {
        return;
    }
    let workplace = Workplace::new();
    let run = workplace.run(["run", "1", "3", "4"]);
    run.exits(0);
    let tier = |number, program: &str| tiers(&run, number).remove(program);
    assert_eq!(tier(3, "cmd.exe").as_deref(), Some("wine"));
    assert_eq!(tier(3, "wscript.exe").as_deref(), Some("wine"));
    assert_eq!(tier(4, "cmd.exe").as_deref(), Some("wine"));
    assert_eq!(tier(4, "curl.exe").as_deref(), Some("native"));
    assert_eq!(tier(1, "powershell.exe").as_deref(), Some("stand-in"));
    // Named once, in however many scenarios it ran.
    let named = run.stdout.matches("Wine's cmd.exe").count();
    assert_eq!(named, 1, "{}", run.stdout);
    // The text that Windows starts it with, with all its quotes.
    let events = run.events(1);
    let wscript = events.iter().find(|event| event.image() == "wscript.exe");
    assert_eq!(
        wscript.unwrap().field("CommandLine"),
        r#"wscript.exe //B //Nologo "C:\Users\analyst\AppData\Local\Temp\df00tech_gapps_test.js""#
    );
    // Beacons do not overlap: cmd.exe waits for each.
    let curls: Vec<&str> = run
        .records()
        .iter()
        .filter(|event| event.image() == "curl.exe" && matches!(event.id, 1 | 5))
        .map(|event| if event.id == 1 { "begins" } else { "ends" })
        .collect();
    assert_eq!(curls, ["begins", "ends"].repeat(4));
    // What Windows itself did is kept, and apart.
    assert!(run.file("platform.ndjson").contains("wineserver64"));
    assert!(!run.file("events.xml").contains("wineserver"));
}

/// Fields that differ from run to run, and those in which a real program of
/// Windows differs from its stand-in: its file, and its command line as it was
/// typed, with quotes that a stand-in does not need.
const MAY_DIFFER: &[&str] = &[
    "CommandLine",
    "CreationUtcTime",
    "Hashes",
    "LogonGuid",
    "ParentCommandLine",
    "ParentProcessGuid",
    "ParentProcessId",
    "ProcessGuid",
    "ProcessId",
    "ScriptBlockId",
    "SourcePort",
    "UtcTime",
];

/// The events of a run, without the fields that may differ, in no order.
fn comparable(run: &Run) -> Vec<String> {
    let mut events: Vec<String> = run
        .records()
        .iter()
        // Wine's cmd.exe (8.0) runs what follows `||` in any case.
        .filter(|event| event.image() != "ping.exe")
        .map(|event| {
            let fields: Vec<String> = event
                .data
                .iter()
                .filter(|(name, _)| !MAY_DIFFER.contains(&name.as_str()))
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!("{} {}", event.id, fields.join(" | "))
        })
        .collect();
    events.sort();
    events
}

#[test]
fn stand_ins_give_the_outcomes_and_the_events_of_the_real_programs() {
    if !wine() {
        return;
    }
    for behaviour in ["serve", "refuse", "error"] {
        let of = |interpreters| {
            let workplace = Workplace::new();
            // Without the browser's, which no stand-in resembles event by event.
            let arguments = ["2", "3", "4", "5", "8", "10"];
            let options = ["--interpreters", interpreters, "--behaviour", behaviour];
            let run = workplace.run(["run"].iter().chain(&arguments).chain(&options));
            run.exits(0);
            let outcomes: Vec<String> = run.report()["scenarios"]
                .as_array()
                .unwrap()
                .iter()
                .map(|scenario| scenario["outcome"].to_string())
                .collect();
            let tier = tiers(&run, 2).remove("cmd.exe");
            (outcomes, comparable(&run), tier.unwrap())
        };
        let (outcomes, events, tier) = of("auto");
        let (stand_in_outcomes, stand_in_events, stand_in_tier) = of("stand-in");
        assert_eq!(
            (tier.as_str(), stand_in_tier.as_str()),
            ("wine", "stand-in")
        );
        assert_eq!(outcomes, stand_in_outcomes, "{behaviour}");
        assert_eq!(events, stand_in_events, "{behaviour}");
    }
}

/// Runs scenario 3 with a line of its script written differently.
fn with_line(line: &str, instead: &str) -> Run {
    let workplace = Workplace::new();
    let library = Library::shipped(&workplace).with("T1583.007.yaml", line, instead);
    workplace.run(["run", "3", "--scenarios", library.path().to_str().unwrap()])
}

/// A line of scenario 3's script.
const REQUEST: &str = "echo     var request = new ActiveXObject('WinHttp.WinHttpRequest.5.1');";

#[test]
fn a_script_that_fails_in_silence_did_not_run() {
    if !wine() {
        return;
    }
    // Wine's script host says nothing of any of these, and ends with 0.
    for (broken, instead) in [
        (
            REQUEST,
            "echo     var request = = new ActiveXObject('WinHttp.WinHttpRequest.5.1');",
        ),
        (REQUEST, "echo     WScript.Quit(0); var request;"),
        (
            REQUEST,
            "echo     var request = new ActiveXObject('No.Such.Object');",
        ),
    ] {
        let run = with_line(broken, instead);
        run.exits(4);
        let scenario = run.scenario(3);
        assert_eq!(scenario.outcome(), "not_executed", "{instead}");
        assert!(
            scenario.cause().contains("asked for no name"),
            "{}",
            scenario.cause()
        );
        // The chain says how far it came.
        assert_eq!(scenario.holds("process"), Some(true));
        assert_eq!(scenario.holds("name"), Some(false));
    }
}

#[test]
fn wine_that_is_killed_gives_no_verdict_and_leaves_nothing() {
    if !wine() {
        return;
    }
    for victim in ["wineserver64", "wscript.exe"] {
        let workplace = Workplace::new();
        // A pause in which there is time to kill: one that has begun. Wine 8 waits
        // for ever for a program whose creator dies while it starts.
        let running = workplace.start(["run", "3", "--interval", "8"]);
        running.until_loads("ping.exe", "iphlpapi.dll");
        let processes = running.until_runs(victim);
        let found = processes.iter().find(|process| process.name == victim);
        found.unwrap().kill();
        let run = running.end();
        run.exits(4);
        let scenario = run.scenario(3);
        let cause = scenario.cause();
        match victim {
            "wineserver64" => {
                assert_eq!(scenario.outcome(), "lab_error", "{cause}");
                let wanted = "wineserver64 ended with status 137 while";
                assert!(cause.contains(wanted), "{cause}");
            }
            // A beacon of three: its telemetry is not all there.
            _ => assert_eq!(scenario.outcome(), "no_telemetry", "{cause}"),
        }
        for process in processes {
            until(&format!("the end of {process:?}"), || {
                (!process.runs()).then_some(())
            });
        }
    }
}

#[test]
fn a_broken_copy_of_the_prefix_is_made_again() {
    if !wine() {
        return;
    }
    let workplace = Workplace::new();
    let own = workplace.path().join("cache/beaconlab");
    fs::create_dir_all(&own).unwrap();
    let mut broken = Vec::new();
    for entry in fs::read_dir(cache().join("beaconlab")).unwrap() {
        let entry = entry.unwrap();
        let mut bytes = fs::read(entry.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(own.join(entry.file_name()), &bytes).unwrap();
        broken.push((own.join(entry.file_name()), bytes));
    }
    let run = workplace.run(["run", "3"]);
    run.exits(0);
    assert!(run.stderr.contains("setting up Wine"), "{}", run.stderr);
    assert_eq!(tiers(&run, 3).remove("cmd.exe").as_deref(), Some("wine"));
    // Those of other versions, if the suite has any, are gone.
    let is_new = |(path, bytes): &(_, Vec<u8>)| fs::read(path).is_ok_and(|now| now != *bytes);
    assert_eq!(broken.iter().filter(|copy| is_new(copy)).count(), 1);
    assert_eq!(fs::read_dir(&own).unwrap().count(), 1);
    // And then it stays.
    let again = workplace.command(["run", "3", "--out", "again"]);
    let again = workplace.finish(again);
    again.exits(0);
    assert!(
        !again.stderr.contains("setting up Wine"),
        "{}",
        again.stderr
    );
}

#[test]
fn without_a_place_for_the_prefix_stand_ins_run_and_the_report_says_why() {
    if !wine() {
        return;
    }
    let workplace = Workplace::new();
    let mut command = workplace.command(["run", "3"]);
    command.env_remove("XDG_CACHE_HOME").env_remove("HOME");
    let run = workplace.finish(command);
    run.exits(0);
    assert_eq!(
        tiers(&run, 3).remove("cmd.exe").as_deref(),
        Some("stand-in")
    );
    let why = run.scenario(3).0["interpreters"][0]["why_not_better"].to_string();
    assert!(why.contains("neither XDG_CACHE_HOME nor HOME"), "{why}");
    assert!(run.stdout.contains("XDG_CACHE_HOME"), "{}", run.stdout);
}

/// A bug once: the prefix brought the names of who had made it, and where.
#[test]
fn programs_on_wine_see_the_lab_s_user_and_computer_and_nothing_of_the_host_s() {
    if !wine() {
        return;
    }
    let command = "echo %USERDOMAIN%;%USERNAME%;%COMPUTERNAME%;%TEMP%;%USERPROFILE%;%HOMEPATH% & hostname & set";
    let workplace = Workplace::new();
    let library = Library::of(&workplace, &[("Names", "command_prompt", command)]);
    let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
    let output = run.scenario(1).0["output"].as_str().unwrap().to_owned();
    let wanted = r"CORP;analyst;WKS-0421;C:\Users\analyst\AppData\Local\Temp;C:\Users\analyst;\Users\analyst";
    let mut lines = output.lines();
    assert_eq!(lines.next().unwrap().trim(), wanted, "{output}");
    assert_eq!(lines.next().unwrap().trim(), "WKS-0421", "{output}");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim().to_lowercase();
    for line in lines {
        let value = line.split_once('=').map_or("", |(_, value)| value);
        let is_host = value.to_lowercase().trim_matches('\\') == host;
        assert!(!is_host && !value.ends_with("nobody"), "{line}");
    }
}

/// A bug once: at random addresses one program in a thousand did not begin.
#[test]
fn programs_on_wine_lie_at_fixed_addresses_and_others_do_not() {
    if !wine() {
        return;
    }
    let command = r#"python.exe -c "print(open('/proc/self/personality').read())""#;
    for (interpreters, personality) in [("auto", "00040000"), ("stand-in", "00000000")] {
        let workplace = Workplace::new();
        let library = Library::of(&workplace, &[("Personality", "command_prompt", command)]);
        let folder = library.path().to_str().unwrap();
        let options = ["run", "--scenarios", folder, "--interpreters", interpreters];
        let output = workplace.run(options).scenario(1).0["output"].to_string();
        assert!(output.contains(personality), "{interpreters}: {output}");
    }
}

/// Connects to a local socket in the sandbox's own place, and to one at the
/// drive's root. That stands for a folder of the host: programs may write
/// there, and it is none of the places where local sockets may lie.
pub const SCRIPT: &str = r"import socket\ndef reach(path):\n a = socket.socket(socket.AF_UNIX); a.bind(path); a.listen()\n try: socket.socket(socket.AF_UNIX).connect(path)\n except OSError as error: return error.strerror\n return \x27reached\x27\nprint(\x27own\x27, reach(\x27/tmp/own\x27))\nprint(\x27other\x27, reach(\x27/c/other\x27))";

#[test]
fn a_local_socket_outside_of_the_sandbox_s_own_places_is_out_of_reach() {
    if !wine() {
        return;
    }
    let workplace = Workplace::new();
    let command = format!("python.exe -c \"exec('{SCRIPT}')\"");
    let library = Library::of(&workplace, &[("Sockets", "command_prompt", &command)]);
    let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
    let output = run.scenario(1).0["output"].to_string();
    assert!(output.contains("own reached"), "{}\n{output}", run.stdout);
    assert!(output.contains("other Permission denied"), "{output}");
}
