//! Wine's processes: whose a connection and a file is, what a Windows program
//! is called, and what is Windows itself.

use super::*;
use crate::sensor::fact::{Handle, WindowsProgram};

const LOADER: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";

const LAUNCHER: Pid = 10;
const SERVING: Pid = 11;
const CMD_PROCESS: Pid = 20;
const BEACON: Pid = 30;

impl Scene {
    /// Wine's loader, before Windows has room.
    fn loader(self, pid: Pid, name: &str) -> Self {
        self.fact(
            pid,
            What::Exec {
                image: LOADER.to_owned(),
                argv: vec![LOADER.to_owned(), name.to_owned(), "//B".to_owned()],
                directory: "/c/Users/analyst".to_owned(),
                digests: None,
            },
        )
    }

    fn windows(self, pid: Pid, image: &str, command_line: &str) -> Self {
        self.fact(
            pid,
            What::Windows(WindowsProgram {
                image: image.to_owned(),
                command_line: command_line.to_owned(),
                directory: r"C:\Users\analyst\".to_owned(),
                digests: Some(Digests {
                    md5: "12".repeat(16),
                    sha256: "34".repeat(32),
                }),
            }),
        )
    }

    fn socket(self, pid: Pid, socket: u64, outcome: ConnectOutcome) -> Self {
        let connect = Connect {
            transport: Transport::Tcp,
            socket,
            source: address("10.20.30.41:50000"),
            destination: address(ENDPOINT),
            outcome,
        };
        let finished = connect.outcome != ConnectOutcome::InProgress;
        self.fact(
            pid,
            if finished {
                What::ConnectFinished(connect)
            } else {
                What::Connect(connect)
            },
        )
    }

    fn received(self, pid: Pid, handle: Handle) -> Self {
        self.fact(pid, What::Received(handle))
    }

    fn file(self, pid: Pid, path: &str) -> Self {
        self.fact(
            pid,
            What::FileCreate {
                path: path.to_owned(),
                existed: false,
            },
        )
    }

    /// The lab's launcher, Wine's server, cmd.exe and wscript.exe, as they come
    /// into being.
    fn wscript() -> Self {
        Self::new()
            .loader(LAUNCHER, r"C:\beaconlab.exe")
            .loader(LAUNCHER, r"C:\beaconlab.exe")
            .fork(LAUNCHER, SERVING)
            .exec(SERVING, SERVER)
            .windows(LAUNCHER, r"C:\beaconlab.exe", r"C:\beaconlab.exe")
            .fork(LAUNCHER, 19)
            .fork(19, CMD_PROCESS)
            .loader(CMD_PROCESS, "cmd.exe")
            .windows(
                CMD_PROCESS,
                r"C:\Windows\System32\cmd.exe",
                r#"cmd.exe /c "wscript.exe //B "a b.js"""#,
            )
            .fork(CMD_PROCESS, 29)
            .fork(29, BEACON)
            .loader(BEACON, "wscript.exe")
            .windows(
                BEACON,
                r"C:\Windows\System32\wscript.exe",
                r#"wscript.exe //B "a b.js""#,
            )
    }
}

fn field<'a>(event: &'a Event, name: &str) -> &'a str {
    event.field(name).unwrap()
}

#[test]
fn a_windows_program_is_what_it_says_itself() {
    let recording = Scene::wscript().join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 1]);
    let [cmd, wscript] = recording.events.as_slice() else {
        unreachable!()
    };
    // The launcher is the lab's hand: cmd.exe has the lab for a parent.
    assert_eq!(field(cmd, "ParentImage"), "/usr/bin/beaconlab");
    assert_eq!(field(wscript, "Image"), r"C:\Windows\System32\wscript.exe");
    // Linux' arguments have no quotes any more; Windows' text has.
    assert_eq!(field(wscript, "CommandLine"), r#"wscript.exe //B "a b.js""#);
    assert_eq!(field(wscript, "CurrentDirectory"), r"C:\Users\analyst\");
    assert_eq!(
        field(wscript, "ParentImage"),
        r"C:\Windows\System32\cmd.exe"
    );
    assert!(field(wscript, "Hashes").starts_with("MD5=1212"));
    let observed = wscript
        .fields()
        .iter()
        .find(|field| field.name == "CommandLine")
        .unwrap();
    assert_eq!(observed.provenance, sysmon::Provenance::Observed);
}

#[test]
fn a_program_that_ended_before_it_said_anything_is_known_by_its_arguments() {
    let recording = Scene::wscript()
        .fork(CMD_PROCESS, 40)
        .loader(40, "ping.exe")
        .exit(40)
        .join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 1, 1, 5]);
    assert_eq!(field(&recording.events[2], "Image"), "ping.exe");
    assert_eq!(field(&recording.events[2], "CommandLine"), "ping.exe //B");
}

#[test]
fn windows_itself_is_kept_apart() {
    let recording = Scene::wscript()
        .fork(BEACON, 40)
        .loader(40, r"C:\windows\system32\services.exe")
        .windows(
            40,
            r"C:\windows\system32\services.exe",
            r"C:\windows\system32\services.exe",
        )
        .file(40, "/wine/system.reg")
        .exit(40)
        .exit(SERVING)
        .join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 1]);
    let platform: Vec<_> = recording
        .platform
        .events
        .iter()
        .map(|event| (event.kind.id(), field(event, "Image")))
        .collect();
    assert_eq!(
        platform,
        [
            (1, SERVER),
            (1, r"C:\windows\system32\services.exe"),
            (5, r"C:\windows\system32\services.exe"),
            (5, SERVER),
        ]
    );
    assert_eq!(recording.processes.len(), 2);
    assert_eq!(recording.platform.processes.len(), 2);
}

#[test]
fn a_connection_is_of_who_is_handed_the_socket() {
    for handed_first in [false, true] {
        let mut scene = Scene::wscript();
        if handed_first {
            scene = scene.received(BEACON, Handle::Socket(7));
        }
        scene = scene
            .socket(SERVING, 7, ConnectOutcome::InProgress)
            .socket(SERVING, 7, ConnectOutcome::Established)
            .accept("10.20.30.41:50000", ENDPOINT);
        if !handed_first {
            scene = scene
                .received(CMD_PROCESS, Handle::Socket(8))
                .received(BEACON, Handle::Socket(7));
        }
        let recording = scene.join();
        assert_eq!(recording.faults, [], "{handed_first}");
        let event = only(&recording, 3);
        assert_eq!(field(event, "Image"), r"C:\Windows\System32\wscript.exe");
        assert_eq!(recording.attempts.len(), 1);
    }
}

#[test]
fn a_connection_for_nobody_is_a_fault() {
    let recording = Scene::wscript()
        .received(BEACON, Handle::Socket(8))
        .socket(SERVING, 7, ConnectOutcome::InProgress)
        .socket(SERVING, 7, ConnectOutcome::Established)
        .accept("10.20.30.41:50000", ENDPOINT)
        .join();
    assert!(recording.events.iter().all(|event| event.kind.id() != 3));
    assert!(
        matches!(
            recording.faults.as_slice(),
            [
                Fault::ConnectionForNobody { .. },
                Fault::UnseenConnection { .. }
            ]
        ),
        "{:?}",
        recording.faults
    );
}

#[test]
fn a_refused_connection_for_nobody_is_evidence_and_no_fault() {
    let recording = Scene::wscript()
        .socket(SERVING, 7, ConnectOutcome::InProgress)
        .socket(
            SERVING,
            7,
            ConnectOutcome::Failed("ECONNREFUSED".to_owned()),
        )
        .join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 1]);
    let [attempt] = recording.attempts.as_slice() else {
        panic!("{:?}", recording.attempts)
    };
    assert_eq!(attempt.outcome, "ECONNREFUSED");
    assert_eq!(attempt.image, SERVER);
}

#[test]
fn a_file_is_of_who_is_handed_it_next() {
    let path = "/c/Users/analyst/AppData/Local/Temp/a.js";
    let recording = Scene::wscript()
        .file(SERVING, path)
        .received(CMD_PROCESS, Handle::File(path.to_owned()))
        .received(BEACON, Handle::File(path.to_owned()))
        .join();
    assert_eq!(recording.faults, []);
    let event = only(&recording, 11);
    assert_eq!(field(event, "Image"), r"C:\Windows\System32\cmd.exe");
    assert_eq!(
        field(event, "TargetFilename"),
        r"C:\Users\analyst\AppData\Local\Temp\a.js"
    );
}

#[test]
fn a_file_for_nobody_is_a_fault_on_the_drive_and_the_platform_s_own_elsewhere() {
    let on_the_drive = Scene::wscript()
        .file(SERVING, "/c/Users/analyst/a.js")
        .join();
    assert!(
        matches!(
            on_the_drive.faults.as_slice(),
            [Fault::FileForNobody { .. }]
        ),
        "{:?}",
        on_the_drive.faults
    );
    let elsewhere = Scene::wscript()
        .file(SERVING, "/tmp/.wine-1000/lock")
        .join();
    assert_eq!(elsewhere.faults, []);
    assert_eq!(ids(&elsewhere), [1, 1]);
}

#[test]
fn windows_that_ends_under_a_beacon_is_a_fault_and_at_the_end_is_none() {
    let killed = |pid| Fact {
        at: at(900),
        pid,
        what: What::Exit { status: 137 },
    };
    let mut scene = Scene::wscript();
    scene.observations.facts.push(killed(SERVING));
    let faults = scene.join().faults;
    assert_eq!(
        faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!(
            "{SERVER} ended with status 137 while C:\\Windows\\System32\\cmd.exe still ran"
        )]
    );
    // A service that is not let run ends at once.
    let mut scene = Scene::wscript()
        .fork(BEACON, 40)
        .loader(40, r"C:\windows\system32\explorer.exe");
    scene.observations.facts.push(killed(40));
    assert_eq!(scene.join().faults, []);
    let mut scene = Scene::wscript()
        .exit(BEACON)
        .exit(CMD_PROCESS)
        .exit(LAUNCHER);
    scene.observations.facts.push(killed(SERVING));
    assert_eq!(scene.join().faults, []);
}
