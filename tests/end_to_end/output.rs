//! Where a run writes to, and what happens where it cannot.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Account, Workplace, is_root, tool};

#[test]
fn format_json_prints_run_json_and_nothing_else() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "4", "--format", "json"]);
    run.exits(0);
    assert_eq!(run.stdout, run.file("run.json"));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["scenarios"][0]["number"], 4);
}

#[test]
fn without_a_terminal_no_text_is_coloured() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "4"]);
    run.exits(0);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'));
    let wrong = workplace.write("wrong.spl", "index=* | wrong");
    let run = workplace.run(["run", "4", "--detection", wrong.to_str().unwrap()]);
    run.exits(2);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn the_step_summary_is_appended_to() {
    let workplace = Workplace::new();
    let summary = workplace.write("summary.md", "Earlier step\n");
    let mut command = workplace.command(["run", "4"]);
    command.env("GITHUB_STEP_SUMMARY", &summary);
    workplace.finish(command).exits(0);
    let text = fs::read_to_string(&summary).unwrap();
    let added = text.strip_prefix("Earlier step\n").unwrap();
    assert!(
        added.contains("cURL Beaconing to Google Cloud Function"),
        "{added}"
    );
    assert!(added.contains("detected"), "{added}");
}

#[test]
fn a_step_summary_that_cannot_be_written_is_said() {
    let workplace = Workplace::new();
    let mut command = workplace.command(["run", "4"]);
    command.env(
        "GITHUB_STEP_SUMMARY",
        workplace.path().join("no/summary.md"),
    );
    let run = workplace.finish(command);
    run.exits(4);
    assert!(run.stderr.contains("no/summary.md"), "{}", run.stderr);
}

#[test]
fn reports_for_other_tools_are_written_where_they_are_asked_for() {
    let workplace = Workplace::new();
    let at = |name: &str| workplace.path().join(name);
    let arguments = [
        "run",
        "4",
        "9",
        "--navigator",
        "layer.json",
        "--attire",
        "log.json",
    ];
    let run = workplace.run(arguments);
    run.exits(0);
    let json = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(at(name)).unwrap()).unwrap()
    };
    let layer = json("layer.json");
    let scored: Vec<_> = layer["techniques"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|technique| technique["score"] == 100)
        .map(|technique| technique["techniqueID"].as_str().unwrap())
        .collect();
    // The browser's scenario shows no technique of its own, and none tells of it.
    assert_eq!(scored, ["T1059.003", "T1071.001", "T1583.007"]);
    let log = json("log.json");
    let procedures = log["procedures"].as_array().unwrap();
    assert_eq!(procedures.len(), 2);
    let step = &procedures[0]["steps"][0];
    assert_eq!(step["executor"], "command_prompt");
    let command = step["command"].as_str().unwrap();
    assert!(command.contains("for /L %i in (1,1,4) do"), "{command}");
    assert!(step["time-start"].as_str() < step["time-stop"].as_str());
}

#[test]
fn a_report_that_cannot_be_written_is_said() {
    for option in ["--navigator", "--attire"] {
        let workplace = Workplace::new();
        let run = workplace.run(["run", "4", option, "no/report.json"]);
        run.exits(4);
        assert!(run.stderr.contains("no/report.json"), "{}", run.stderr);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in [
        &["run", "4"][..],
        &["run", "4", "--format", "json"],
        &["list"],
        &["--help"],
    ] {
        let workplace = Workplace::new();
        // A pipe whose reader is gone already.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = workplace.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("error"),
            "{said}"
        );
    }
}

#[test]
fn a_full_standard_output_is_said() {
    let workplace = Workplace::new();
    let mut command = workplace.command(["run", "4"]);
    command
        .stdin(Stdio::null())
        .stdout(File::options().write(true).open("/dev/full").unwrap())
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("standard output: No space left"), "{said}");
}

#[test]
fn a_file_in_the_way_of_the_run_folder_is_named() {
    for out in ["taken", "taken/below"] {
        let workplace = Workplace::new();
        workplace.write("taken", "");
        let run = workplace.run(["run", "4", "--out", out]);
        run.exits(4);
        assert!(
            run.stderr.starts_with("error: cannot write taken"),
            "{}",
            run.stderr
        );
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let account = Account::unprivileged();
    let workplace = Workplace::with_copy(account);
    let closed = workplace.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o555)).unwrap();
    let run = workplace.run(["run", "4", "--out", "closed"]);
    run.exits(4);
    assert!(
        run.stderr.contains("cannot write closed/"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("Permission denied"), "{}", run.stderr);
    assert_eq!(fs::read_dir(&closed).unwrap().count(), 0);
}

#[test]
fn folders_above_the_run_folder_are_made() {
    let workplace = Workplace::new();
    workplace
        .run(["run", "1", "--out", "some/new/place"])
        .exits(0);
    let runs = crate::support::folders(&workplace.path().join("some/new/place"));
    let mut files: Vec<String> = fs::read_dir(&runs[0])
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "dns.ndjson",
            "events.xml",
            "http.ndjson",
            "junit.xml",
            "provenance.ndjson",
            "run.json"
        ]
    );
}

#[test]
fn a_full_disk_is_said() {
    if !is_root() {
        eprintln!("skipped: a small file system takes root");
        return;
    }
    let Some(unshare) = tool("unshare") else {
        return;
    };
    let workplace = Workplace::new();
    let disk = workplace.path().join("disk");
    fs::create_dir(&disk).unwrap();
    // In a mount namespace of its own, so that nothing is left of it.
    let script =
        "mount -t tmpfs -o size=32k none disk && \"$0\" run 4 --out disk; echo \"exit $?\"";
    let mut command = Command::new(unshare);
    command
        .args(["--mount", "sh", "-c", script])
        .arg(workplace.program())
        .current_dir(workplace.path());
    let run = workplace.finish(command);
    run.exits(0);
    assert!(run.stdout.ends_with("exit 4\n"), "{}", run.stdout);
    assert!(run.stderr.contains("cannot write disk/"), "{}", run.stderr);
    assert!(
        run.stderr.contains("No space left on device"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}
