#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The joiner on observations made by hand: one rule of Sysmon's each, with the
//! case beside it that must come out differently.

use std::net::SocketAddr;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sysmon::{Answer, EventKind, Provenance, QueryStatus};

use super::*;
use crate::drive::Drive;
use crate::sensor::fact::Digests;
use crate::sensor::host::Runner;
use crate::sensor::witness::Question;

mod script_blocks;
mod wine;

const CURL: &str = "/c/Windows/System32/curl.exe";
const CMD: &str = "/c/Windows/System32/cmd.exe";
const ENDPOINT: &str = "104.21.74.78:443";
const RESOLVER: &str = "127.0.0.53:53";

fn host() -> Host {
    Host {
        drive: Drive::new("/c"),
        computer: "WKS-0421".to_owned(),
        user: r"CORP\analyst".to_owned(),
        user_sid: "S-1-5-21-1-2-3-1104".to_owned(),
        machine_id: 0x3F1C_9A52,
        logon_id: 0x0004_7A1E,
        logged_on: at(0),
        first_process_key: 7 << 48,
        service_process_id: 2780,
        runner: Runner {
            image: "/usr/bin/beaconlab".to_owned(),
            command_line: "beaconlab run".to_owned(),
            process_id: 1,
            started: at(0),
        },
    }
}

/// A moment, in milliseconds after some other.
fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_millis(milliseconds)
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Observations, built in the order in which things happen.
#[derive(Default)]
struct Scene {
    observations: Observations,
    clock: i64,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self::default();
        scene.observations.served_ports.extend([80, 443]);
        scene
    }

    fn tick(&mut self) -> Timestamp {
        self.clock += 1;
        at(self.clock)
    }

    fn fact(mut self, pid: Pid, what: What) -> Self {
        let at = self.tick();
        self.observations.facts.push(Fact { at, pid, what });
        self
    }

    fn exec(self, pid: Pid, image: &str) -> Self {
        let name = image.rsplit('/').next().unwrap().to_owned();
        self.exec_as(pid, image, &[name, "-s".to_owned()])
    }

    fn exec_as(self, pid: Pid, image: &str, argv: &[String]) -> Self {
        self.fact(
            pid,
            What::Exec {
                image: image.to_owned(),
                argv: argv.to_vec(),
                directory: "/c/Users/analyst".to_owned(),
                digests: Some(Digests {
                    md5: "ab".repeat(16),
                    sha256: "cd".repeat(32),
                }),
            },
        )
    }

    fn fork(self, pid: Pid, child: Pid) -> Self {
        self.fact(pid, What::Fork { child })
    }

    fn exit(self, pid: Pid) -> Self {
        self.fact(pid, What::Exit { status: 0 })
    }

    fn connect(self, pid: Pid, from: &str, to: &str, outcome: ConnectOutcome) -> Self {
        let transport = if to == RESOLVER {
            Transport::Udp
        } else {
            Transport::Tcp
        };
        self.fact(
            pid,
            What::Connect(Connect {
                socket: 0,
                transport,
                source: address(from),
                destination: address(to),
                outcome,
            }),
        )
    }

    fn accept(mut self, from: &str, to: &str) -> Self {
        let at = self.tick();
        self.observations.testimony.accepted.push(Accepted {
            at,
            peer: address(from),
            local: address(to),
        });
        self
    }

    fn ask(mut self, from: &str, name: &str, kind: u16, answers: &[&str]) -> Self {
        let at = self.tick();
        self.observations.testimony.questions.push(Question {
            at,
            peer: address(from),
            name: name.to_owned(),
            kind,
            status: Some(if answers.is_empty() {
                QueryStatus::NoRecord
            } else {
                QueryStatus::Success
            }),
            answers: answers
                .iter()
                .map(|answer| match answer.parse() {
                    Ok(address) => Answer::Address(address),
                    Err(_) => Answer::Record(5, (*answer).to_owned()),
                })
                .collect(),
        });
        self
    }

    fn name(mut self, address: &str, name: Option<&str>) -> Self {
        self.observations.reverse.push(Reverse {
            address: address.parse().unwrap(),
            name: name.map(str::to_owned),
        });
        self
    }

    fn join(&self) -> Recording {
        join(&self.observations, &host())
    }
}

fn ids(recording: &Recording) -> Vec<u16> {
    recording
        .events
        .iter()
        .map(|event| event.kind.id())
        .collect()
}

fn only(recording: &Recording, id: u16) -> &Event {
    let mut events = recording
        .events
        .iter()
        .filter(|event| event.kind.id() == id);
    let event = events.next().unwrap();
    assert!(events.next().is_none(), "more than one event {id}");
    event
}

/// A bug once: the name was that of the file on Linux, with both paths in it.
#[test]
fn a_file_that_is_named_by_a_path_of_windows_is_at_that_path() {
    let target = |path: &str| {
        let made = What::FileCreate {
            path: path.to_owned(),
            existed: false,
        };
        let recording = Scene::new().exec(7, CURL).fact(7, made).join();
        only(&recording, 11)
            .field("TargetFilename")
            .unwrap()
            .to_owned()
    };
    let temporary = r"C:\Users\analyst\AppData\Local\Temp\r.json";
    assert_eq!(target(&format!("/c/Users/analyst/{temporary}")), temporary);
    assert_eq!(
        target("/c/Users/analyst/r.json"),
        r"C:\Users\analyst\r.json"
    );
    // Off the drive, a name is a name.
    let elsewhere = format!("/tmp/{temporary}");
    assert_eq!(target(&elsewhere), elsewhere);
}

#[test]
fn a_program_that_is_named_by_its_path_is_named_by_windows_path() {
    let command_line = |program: &str| {
        let argv = [program, "-e", "/c/x", "a b"].map(str::to_owned);
        let recording = Scene::new().exec_as(7, CURL, &argv).join();
        only(&recording, 1).field("CommandLine").map(str::to_owned)
    };
    // What is an argument stays what it is.
    assert_eq!(
        command_line("/c/runner/bin/node.exe").as_deref(),
        Some(r#"C:\runner\bin\node.exe -e /c/x "a b""#)
    );
    for program in ["node.exe", r"C:\runner\bin\node.exe", "/usr/bin/node"] {
        let told = command_line(program);
        assert_eq!(told, Some(format!("{program} -e /c/x \"a b\"")));
    }
}

#[test]
fn a_beacon_gives_events_1_22_3_and_5() {
    let recording = Scene::new()
        .exec(7, CURL)
        .connect(7, "127.0.0.1:40000", RESOLVER, ConnectOutcome::Established)
        .ask("127.0.0.1:40000", "x.workers.dev", 1, &["104.21.74.78"])
        .ask("127.0.0.1:40000", "x.workers.dev", 28, &[])
        .connect(
            7,
            "10.20.30.41:50000",
            ENDPOINT,
            ConnectOutcome::Established,
        )
        .accept("10.20.30.41:50000", ENDPOINT)
        .exit(7)
        .name("104.21.74.78", Some("x.workers.dev"))
        .name("10.20.30.41", Some("wks.corp.example"))
        .join();
    assert_eq!(recording.faults, []);
    assert_eq!(ids(&recording), [1, 22, 3, 5]);
    let created = only(&recording, 1);
    assert_eq!(
        created.field("Image"),
        Some(r"C:\Windows\System32\curl.exe")
    );
    assert_eq!(created.field("CommandLine"), Some("curl.exe -s"));
    assert_eq!(
        created.field("CurrentDirectory"),
        Some(r"C:\Users\analyst\")
    );
    assert_eq!(created.field("ParentImage"), Some("/usr/bin/beaconlab"));
    assert_eq!(created.field("OriginalFileName"), Some("-"));
    let connected = only(&recording, 3);
    assert_eq!(connected.field("SourceIp"), Some("10.20.30.41"));
    assert_eq!(connected.field("SourceHostname"), Some("wks.corp.example"));
    assert_eq!(
        connected.field("DestinationHostname"),
        Some("x.workers.dev")
    );
    assert_eq!(connected.field("DestinationPortName"), Some("https"));
    let guid = created.field("ProcessGuid");
    for event in &recording.events {
        assert_eq!(
            event.field("ProcessGuid"),
            guid,
            "event {}",
            event.kind.id()
        );
    }
}

#[test]
fn the_name_asked_never_becomes_the_destination_s_name() {
    let scene = |name| {
        Scene::new()
            .exec(7, CURL)
            .connect(7, "127.0.0.1:40000", RESOLVER, ConnectOutcome::Established)
            .ask("127.0.0.1:40000", "x.workers.dev", 1, &["104.21.74.78"])
            .connect(
                7,
                "10.20.30.41:50000",
                ENDPOINT,
                ConnectOutcome::Established,
            )
            .accept("10.20.30.41:50000", ENDPOINT)
            .name("104.21.74.78", name)
            .join()
    };
    let unnamed = scene(None);
    assert_eq!(only(&unnamed, 3).field("DestinationHostname"), Some("-"));
    let other = scene(Some("edge.example.net"));
    assert_eq!(
        only(&other, 3).field("DestinationHostname"),
        Some("edge.example.net")
    );
}

#[test]
fn a_refused_connection_is_evidence_and_no_event_3() {
    let refused = ConnectOutcome::Failed("ECONNREFUSED".to_owned());
    let recording = Scene::new()
        .exec(7, CURL)
        .connect(7, "10.20.30.41:50000", ENDPOINT, refused)
        .join();
    assert_eq!(ids(&recording), [1]);
    assert_eq!(recording.attempts.len(), 1);
    assert_eq!(recording.attempts[0].outcome, "ECONNREFUSED");
    assert_eq!(recording.faults, []);
}

#[test]
fn a_connection_under_way_counts_when_it_is_known_to_be_established() {
    let begun = || {
        Scene::new().exec(7, CURL).connect(
            7,
            "10.20.30.41:50000",
            ENDPOINT,
            ConnectOutcome::InProgress,
        )
    };
    let finished = |outcome| {
        What::ConnectFinished(Connect {
            socket: 0,
            transport: Transport::Tcp,
            source: address("10.20.30.41:50000"),
            destination: address(ENDPOINT),
            outcome,
        })
    };
    // The program asked how it went.
    let told = begun()
        .accept("10.20.30.41:50000", ENDPOINT)
        .fact(7, finished(ConnectOutcome::Established))
        .join();
    assert_eq!(ids(&told), [1, 3]);
    // It never asked, but the endpoint accepted; by then the process is gone.
    let witnessed = begun().accept("10.20.30.41:50000", ENDPOINT).exit(7).join();
    assert_eq!(ids(&witnessed), [1, 3, 5]);
    assert_eq!(
        only(&witnessed, 3).field("Image"),
        Some(r"C:\Windows\System32\curl.exe")
    );
    // It failed, or nobody knows.
    let failed = begun()
        .fact(7, finished(ConnectOutcome::Failed("ETIMEDOUT".to_owned())))
        .join();
    assert_eq!(ids(&failed), [1]);
    let unknown = begun().join();
    assert_eq!(ids(&unknown), [1]);
    assert_eq!(unknown.attempts[0].outcome, "unfinished");
    for recording in [told, witnessed, failed, unknown] {
        assert_eq!(recording.faults, []);
    }
}

#[test]
fn witnesses_that_do_not_agree_are_a_fault() {
    let unseen = Scene::new()
        .exec(7, CURL)
        .accept("10.20.30.41:50000", ENDPOINT)
        .join();
    assert!(matches!(
        unseen.faults.as_slice(),
        [Fault::UnseenConnection { .. }]
    ));
    let unwitnessed = Scene::new()
        .exec(7, CURL)
        .connect(
            7,
            "10.20.30.41:50000",
            ENDPOINT,
            ConnectOutcome::Established,
        )
        .join();
    assert!(matches!(
        unwitnessed.faults.as_slice(),
        [Fault::UnwitnessedConnection { .. }]
    ));
    // A port that the lab does not serve has no second witness.
    let own = Scene::new()
        .exec(7, CURL)
        .connect(
            7,
            "127.0.0.1:50000",
            "127.0.0.1:9000",
            ConnectOutcome::Established,
        )
        .join();
    assert_eq!(own.faults, []);
    assert_eq!(ids(&own), [1, 3]);
    let orphan = Scene::new()
        .exec(7, CURL)
        .ask("127.0.0.1:40000", "x.workers.dev", 1, &["104.21.74.78"])
        .join();
    assert!(matches!(
        orphan.faults.as_slice(),
        [Fault::UnattributedQuestion { .. }]
    ));
    let stranger = Scene::new().exit(9).join();
    assert_eq!(stranger.faults, [Fault::UnknownProcess { process_id: 9 }]);
}

#[test]
fn each_lookup_is_one_event_22_however_it_is_asked() {
    let both = |scene: Scene, from: &str| {
        scene
            .connect(7, from, RESOLVER, ConnectOutcome::Established)
            .ask(
                from,
                "x.azurewebsites.net",
                1,
                &["edge.example.net", "20.105.232.196"],
            )
            .ask(from, "x.azurewebsites.net", 28, &["edge.example.net"])
    };
    let scene = both(Scene::new().exec(7, CURL), "127.0.0.1:40000");
    let once = scene.join();
    assert_eq!(ids(&once), [1, 22]);
    assert_eq!(
        only(&once, 22).field("QueryResults"),
        Some("type:  5 edge.example.net;::ffff:20.105.232.196;")
    );
    assert_eq!(only(&once, 22).field("QueryStatus"), Some("0"));
    // The next lookup asks from another socket …
    let twice = both(scene, "127.0.0.1:40001");
    assert_eq!(ids(&twice.join()), [1, 22, 22]);
    // … or from the same one.
    assert_eq!(ids(&both(twice, "127.0.0.1:40001").join()), [1, 22, 22, 22]);
}

#[test]
fn a_question_that_is_repeated_for_want_of_an_answer_is_the_same_lookup() {
    let mut scene = Scene::new()
        .exec(7, CURL)
        .connect(7, "127.0.0.1:40000", RESOLVER, ConnectOutcome::Established)
        .ask("127.0.0.1:40000", "x.workers.dev", 1, &[])
        .ask("127.0.0.1:40000", "x.workers.dev", 1, &[]);
    for question in &mut scene.observations.testimony.questions {
        question.status = None;
    }
    let recording = scene.join();
    assert_eq!(ids(&recording), [1, 22]);
    assert_eq!(only(&recording, 22).field("QueryStatus"), Some("1460"));
    assert_eq!(only(&recording, 22).field("QueryResults"), Some("-"));
}

#[test]
fn a_port_that_is_used_again_belongs_to_its_last_user() {
    let recording = Scene::new()
        .exec(7, CMD)
        .connect(7, "127.0.0.1:40000", RESOLVER, ConnectOutcome::Established)
        .ask("127.0.0.1:40000", "a.workers.dev", 1, &["104.21.74.1"])
        .exit(7)
        .exec(8, CURL)
        .connect(8, "127.0.0.1:40000", RESOLVER, ConnectOutcome::Established)
        .ask("127.0.0.1:40000", "b.workers.dev", 1, &["104.21.74.2"])
        .join();
    let asked: Vec<_> = recording
        .lookups
        .iter()
        .map(|lookup| (lookup.name.as_str(), lookup.image.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            ("a.workers.dev", r"C:\Windows\System32\cmd.exe"),
            ("b.workers.dev", r"C:\Windows\System32\curl.exe"),
        ]
    );
}

#[test]
fn udp_counts_when_a_datagram_is_sent_and_not_when_a_socket_is_connected() {
    let source = address("10.20.30.41:50000");
    let destination = address("104.21.74.78:443");
    let connected = Scene::new()
        .exec(7, CURL)
        .fact(
            7,
            What::Connect(Connect {
                socket: 0,
                transport: Transport::Udp,
                source,
                destination,
                outcome: ConnectOutcome::Established,
            }),
        )
        .join();
    assert_eq!(ids(&connected), [1]);
    let datagram = What::Datagram {
        source,
        destination,
    };
    let sent = Scene::new()
        .exec(7, CURL)
        .fact(7, datagram.clone())
        .fact(7, datagram)
        .join();
    assert_eq!(ids(&sent), [1, 3], "one event for one pair of addresses");
    assert_eq!(only(&sent, 3).field("Protocol"), Some("udp"));
}

#[test]
fn a_parent_is_who_created_the_process_also_through_a_double_fork() {
    let recording = Scene::new()
        .exec(7, CMD)
        .fork(7, 8)
        .fork(8, 9)
        .exit(8)
        .exec(9, CURL)
        .join();
    let child = recording.events.last().unwrap();
    assert_eq!(child.field("ParentProcessId"), Some("7"));
    assert_eq!(
        child.field("ParentImage"),
        Some(r"C:\Windows\System32\cmd.exe")
    );
    assert_eq!(
        child.field("ParentProcessGuid"),
        recording.events[0].field("ProcessGuid")
    );
    // The process in between ran no program: it has neither event 1 nor 5.
    assert_eq!(ids(&recording), [1, 1]);
}

#[test]
fn a_second_program_in_one_process_keeps_the_parent_and_gets_a_guid_of_its_own() {
    let recording = Scene::new()
        .exec(7, CMD)
        .fork(7, 8)
        .exec(8, CMD)
        .exec(8, CURL)
        .exit(8)
        .join();
    let [first, second, third, exit] = recording.events.as_slice() else {
        panic!("{:?}", ids(&recording));
    };
    assert_eq!(third.field("ParentProcessGuid"), first.field("ProcessGuid"));
    assert_ne!(second.field("ProcessGuid"), third.field("ProcessGuid"));
    assert_eq!(exit.field("ProcessGuid"), third.field("ProcessGuid"));
}

#[test]
fn what_a_fork_does_is_its_creator_s_doing() {
    let recording = Scene::new()
        .exec(7, CURL)
        .fork(7, 8)
        .connect(
            8,
            "10.20.30.41:50000",
            ENDPOINT,
            ConnectOutcome::Established,
        )
        .accept("10.20.30.41:50000", ENDPOINT)
        .join();
    assert_eq!(recording.faults, []);
    assert_eq!(
        only(&recording, 3).field("ProcessGuid"),
        only(&recording, 1).field("ProcessGuid")
    );
}

#[test]
fn powershell_s_script_is_logged_by_powershell_and_no_other() {
    const POWERSHELL: &str = "/c/Windows/System32/WindowsPowerShell/v1.0/powershell.exe";
    let started = |image: &str| {
        Scene::new()
            .fact(
                7,
                What::Exec {
                    image: image.to_owned(),
                    argv: vec![
                        "powershell.exe".to_owned(),
                        "-Command".to_owned(),
                        "1..5 | ForEach-Object { $_ }".to_owned(),
                    ],
                    directory: "/c".to_owned(),
                    digests: None,
                },
            )
            .join()
    };
    let recording = started(POWERSHELL);
    let block = only(&recording, 4104);
    assert_eq!(
        block.field("ScriptBlockText"),
        Some("1..5 | ForEach-Object { $_ }")
    );
    assert_eq!(block.execution.process_id, 7);
    assert_eq!(block.security_user_id, "S-1-5-21-1-2-3-1104");
    assert_eq!(ids(&started(CURL)), [1]);
}

#[test]
fn events_come_out_by_time_and_guids_carry_the_second_of_creation() {
    let recording = Scene::new().exec(7, CURL).exit(7).join();
    assert!(
        recording
            .events
            .is_sorted_by_key(|event| event.time_created)
    );
    // 1,800,000,000 is 0x6B49D200; the first process has key 7 << 48 | 1.
    assert_eq!(
        only(&recording, 1).field("ProcessGuid"),
        Some("{3F1C9A52-D200-6B49-0100-000000000700}")
    );
}

fn any_fact() -> impl Strategy<Value = (Pid, What)> {
    let socket = prop_oneof![
        Just(address("10.20.30.41:50000")),
        Just(address("127.0.0.1:40000")),
        Just(address(ENDPOINT)),
        Just(address(RESOLVER)),
    ];
    let outcome = prop_oneof![
        Just(ConnectOutcome::Established),
        Just(ConnectOutcome::InProgress),
        Just(ConnectOutcome::Failed("ECONNREFUSED".to_owned())),
    ];
    let connect =
        (socket.clone(), socket, outcome).prop_map(|(source, destination, outcome)| Connect {
            socket: 0,
            transport: Transport::Tcp,
            source,
            destination,
            outcome,
        });
    let what = prop_oneof![
        (1..5).prop_map(|child| What::Fork { child }),
        Just(What::Exit { status: 1 }),
        connect.clone().prop_map(What::Connect),
        connect.prop_map(What::ConnectFinished),
        ".{0,12}".prop_map(|path| What::FileCreate {
            path,
            existed: false
        }),
        (".{0,12}", proptest::collection::vec(".{0,8}", 0..3)).prop_map(|(image, argv)| {
            What::Exec {
                image,
                argv,
                directory: String::new(),
                digests: None,
            }
        }),
    ];
    (1..5, what)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the tracer tells, in whatever order: no panic, and no event
    /// of a process whose start was not seen.
    #[test]
    fn any_order_of_facts_is_joined(facts in proptest::collection::vec(any_fact(), 0..24)) {
        let mut scene = Scene::new();
        for (pid, what) in facts {
            scene = scene.fact(pid, what);
        }
        let recording = scene.join();
        let started: Vec<_> = recording
            .events
            .iter()
            .filter(|event| event.kind == EventKind::ProcessCreate)
            .filter_map(|event| event.field("ProcessGuid"))
            .collect();
        for event in &recording.events {
            if let Some(guid) = event.field("ProcessGuid") {
                prop_assert!(started.contains(&guid));
            }
        }
    }
}
