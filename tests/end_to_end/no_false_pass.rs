//! Whatever keeps a beacon from running, or its events from being there, is
//! inconclusive: never a success, and never the detection's fault.

use std::fs;

use crate::support::{Library, Run, Workplace, tool};

/// Says that a run was inconclusive by one scenario, and keeps what it had.
#[track_caller]
fn is_inconclusive(run: &Run, number: u64, outcome: &str, cause: &str) {
    run.exits(4);
    let scenario = run.scenario(number);
    assert_eq!(scenario.outcome(), outcome);
    assert!(scenario.cause().contains(cause), "{}", scenario.cause());
    assert_eq!(scenario.detection()["outcome"], outcome);
    assert_eq!(run.report()["outcome"], "inconclusive");
    let junit = run.file("junit.xml");
    assert!(
        junit.contains("<error") && !junit.contains("<failure"),
        "{junit}"
    );
    assert!(run.stdout.contains("exit code 4"), "{}", run.stdout);
}

fn faulty(fault: &str) -> Run {
    Workplace::new().run(["run", "4", "--fault", fault])
}

#[test]
fn endpoints_that_do_not_listen_are_an_error_of_the_lab() {
    let run = faulty("endpoints-down");
    is_inconclusive(&run, 4, "lab_error", "did not accept");
    assert_eq!(run.scenario(4).holds("endpoint"), Some(false));
    assert_eq!(run.events(22).len(), 4);
    assert!(run.events(3).is_empty());
}

#[test]
fn silent_dns_is_an_error_of_the_lab() {
    let run = faulty("dns-silent");
    is_inconclusive(&run, 4, "lab_error", "DNS server did not answer");
    assert!(run.events(1).len() >= 5);
    assert!(run.events(3).is_empty());
    assert!(!run.file("dns.ndjson").is_empty());
}

#[test]
fn a_blind_sensor_is_found_out_by_the_endpoints() {
    let run = faulty("sensor-blind");
    is_inconclusive(&run, 4, "lab_error", "sensor");
    assert_eq!(run.scenario(4).holds("process"), Some(false));
    assert!(run.records().is_empty());
    // The second witness's account is kept.
    assert_eq!(run.file("http.ndjson").matches("http_request").count(), 4);
}

#[test]
fn a_lost_event_is_missing_telemetry() {
    let run = faulty("event-lost");
    is_inconclusive(&run, 4, "no_telemetry", "4 connections");
    assert_eq!(run.scenario(4).holds("event"), Some(false));
    assert_eq!(run.events(3).len(), 3);
}

#[test]
fn without_a_fault_the_same_scenario_passes() {
    let workplace = Workplace::new();
    let run = workplace.run(["run", "4"]);
    run.exits(0);
    assert_eq!(run.events(3).len(), 4);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let workplace = Workplace::new();
    let empty = workplace.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for (number, program) in [("2", "python3"), ("4", "curl")] {
        let workplace = Workplace::new();
        let mut command = workplace.command(["run", number]);
        command.env("PATH", &empty);
        let run = workplace.finish(command);
        is_inconclusive(&run, number.parse().unwrap(), "not_executed", program);
        assert!(run.events(3).is_empty());
    }
}

#[test]
fn without_native_programs_the_stand_ins_still_run() {
    let workplace = Workplace::new();
    let mut command = workplace.command(["run", "1", "3"]);
    command.env("PATH", workplace.path());
    workplace.finish(command).exits(0);
}

#[test]
fn a_scenario_for_native_programs_only_says_which_is_not_there() {
    if tool("powershell.exe").is_some() || tool("pwsh").is_some() {
        eprintln!("skipped: there is a PowerShell here");
        return;
    }
    let workplace = Workplace::new();
    let run = workplace.run(["run", "1", "--interpreters", "native"]);
    is_inconclusive(&run, 1, "not_executed", "powershell.exe");
}

#[test]
fn a_script_that_fails_at_once_did_not_beacon() {
    let workplace = Workplace::new();
    let library = Library::of(&workplace, &[("Fails", "command_prompt", "exit /b 3")]);
    let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
    is_inconclusive(&run, 1, "not_executed", "exit status 3");
    let started = &run.events(1)[0];
    assert_eq!(started.image(), "cmd.exe");
}

/// A bug once: silence about a beacon that came near no endpoint was right.
#[test]
fn a_beacon_that_comes_near_no_endpoint_did_not_beacon() {
    for (command, cause) in [
        (
            "python.exe -c \"import socket; socket.getaddrinfo('a.workers.dev', 443)\" https://a.workers.dev/",
            "no connection was tried",
        ),
        (
            "curl.exe -s http://a.workers.dev/ >nul",
            "no request over TLS",
        ),
    ] {
        let workplace = Workplace::new();
        let library = Library::of(&workplace, &[("Half", "command_prompt", command)]);
        let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
        is_inconclusive(&run, 1, "not_executed", cause);
    }
}

#[test]
fn scenarios_that_no_detection_is_judged_on_are_no_success() {
    let workplace = Workplace::new();
    let library = Library::of(
        &workplace,
        &[(
            "Asks",
            "command_prompt",
            "curl.exe -s https://a.workers.dev/ >nul",
        )],
    );
    fs::remove_dir_all(library.path().join("T1583.007/detections")).unwrap();
    let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
    run.exits(3);
    assert!(run.stderr.contains("--detection"), "{}", run.stderr);
    assert!(run.folders.is_empty());
}
