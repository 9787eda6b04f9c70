//! A third party watches the same commands as the sensor: strace(1).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::events::parse;
use crate::outside::{Guise, Lures, Place, has, is_possible, python};
use crate::scenario;

/// Programs and connections, some of which fail. Its network is its own, in
/// the sandbox and outside, so that its ports can be fixed.
const COMMANDS: &str = "\
import socket, subprocess, threading
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(('127.0.0.1', 18080))
server.listen()
def serve():
    while True:
        with server.accept()[0] as made:
            if made.recv(4096):
                made.sendall(b'HTTP/1.0 204 No Content\\r\\n\\r\\n')
threading.Thread(target=serve, daemon=True).start()
def run(*command):
    print(command[0], subprocess.run(command).returncode, flush=True)
for port in [18080, 18080, 18081]:
    run('/usr/bin/curl', '-s', '-m', '20', '-o', '/dev/null', 'http://127.0.0.1:%d/' % port)
for port in [18080, 18081]:
    with socket.socket() as made:
        print('connect', made.connect_ex(('127.0.0.1', port)), flush=True)
with socket.socket() as made:
    made.settimeout(20)
    print('connect', made.connect_ex(('127.0.0.1', 18080)), flush=True)
run('/usr/bin/env', 'nice', 'true')
run('/usr/bin/env', 'sh', '-c', 'true;exec false')
";

/// What the commands print where they go as they should.
const PRINTED: &str = "\
/usr/bin/curl 0
/usr/bin/curl 0
/usr/bin/curl 7
connect 0
connect 111
connect 0
/usr/bin/env 0
/usr/bin/env 1
";

/// The name that makes a scenario's chain of evidence begin.
const NAME: &str = "df00tech-strace-test.argustest.workers.dev";

/// What a witness saw: the command lines of programs, and established
/// connections as `program address:port`; both sorted.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    programs: Vec<String>,
    connections: Vec<String>,
}

impl Seen {
    fn new(mut programs: Vec<String>, mut connections: Vec<String>) -> Self {
        // The shell that the commands were given to differs; what it was given
        // does not.
        programs.retain(|program| !program.contains("python") && !program.starts_with("cmd"));
        programs.sort();
        connections.sort();
        Self {
            programs,
            connections,
        }
    }
}

fn by_sensor(place: &Place) -> Seen {
    let script = format!("{COMMANDS}socket.gethostbyname('{NAME}')\n");
    // The zone knows the names that stand in the command.
    let command = format!("{} https://{NAME}/", scenario::command(&script));
    let ran = place.run_scenario(Guise::User, &command, &[], &Lures::default());
    let report = ran.report();
    let scenario = &report["scenarios"][0];
    assert_eq!(scenario["output"], PRINTED, "{}", ran.stderr);
    // The commands go to servers of their own and to no endpoint: that is no
    // beacon, and no verdict comes of it. What was seen is what counts here.
    assert_eq!(ran.status, 4, "{}", scenario["cause"]);
    assert_eq!(
        scenario["cause"],
        "the name was asked for, and no connection was tried"
    );
    let events = parse(&ran.file("events.xml"));
    let programs = events.iter().filter(|event| event.id == 1);
    let connections = events.iter().filter(|event| event.id == 3);
    Seen::new(
        programs
            .map(|event| event.get("CommandLine").to_owned())
            .collect(),
        connections
            .map(|event| {
                format!(
                    "{} {}:{}",
                    event.image().trim_end_matches(".exe"),
                    event.get("DestinationIp"),
                    event.get("DestinationPort")
                )
            })
            .collect(),
    )
}

fn by_strace(place: &Place) -> Seen {
    let trace = place.path().join("trace");
    let command = [
        "strace",
        "-qq",
        "-v",
        "-ff",
        "-s",
        "9999",
        "-e",
        "signal=none",
        "-e",
        "trace=execve,connect,getsockopt,clone,clone3,fork,vfork",
        "-o",
        trace.to_str().unwrap(),
        python().unwrap(),
        "-I",
        "-c",
        COMMANDS,
    ];
    let lures = Lures {
        loopback: true,
        ..Lures::default()
    };
    let ran = place.run(Guise::Root, &command.map(str::to_owned), &lures);
    assert_eq!(ran.stdout, PRINTED, "{}", ran.stderr);
    let (mut programs, mut connections) = (Vec::new(), Vec::new());
    for file in fs::read_dir(place.path()).unwrap() {
        let file = file.unwrap().path();
        if file
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("trace.")
        {
            read_trace(&file, &mut programs, &mut connections);
        }
    }
    Seen::new(programs, connections)
}

/// Reads what strace wrote of one thread.
fn read_trace(file: &Path, programs: &mut Vec<String>, connections: &mut Vec<String>) {
    let text = fs::read_to_string(file).unwrap();
    // Python's own threads and forks have no execve of their own.
    let mut program = "python".to_owned();
    let mut under_way: BTreeMap<&str, String> = BTreeMap::new();
    for line in text.lines() {
        let Some((call, rest)) = line.split_once('(') else {
            continue;
        };
        let succeeded = line.ends_with(" = 0");
        match call {
            "execve" if succeeded => {
                let start = rest.find('[').unwrap();
                let end = start + rest[start..].find("], [").unwrap();
                let arguments: Vec<String> = serde_json::from_str(&rest[start..=end]).unwrap();
                let name = arguments[0].rsplit('/').next().unwrap();
                // `python3` is `python.exe` in the lab.
                program = match name {
                    name if name.starts_with("python") => "python".to_owned(),
                    name => name.to_owned(),
                };
                programs.push(command_line(&arguments));
            }
            "connect" if rest.contains("AF_INET") => {
                let descriptor = rest.split(',').next().unwrap();
                let address = format!(
                    "{program} {}:{}",
                    within(rest, "inet_addr(\"", "\""),
                    within(rest, "htons(", ")")
                );
                if succeeded {
                    connections.push(address);
                } else if line.contains("EINPROGRESS") {
                    under_way.insert(descriptor, address);
                }
            }
            "getsockopt" if rest.contains("SO_ERROR, [0]") => {
                let descriptor = rest.split(',').next().unwrap();
                connections.extend(under_way.remove(descriptor));
            }
            _ => {}
        }
    }
}

/// As Windows has it: quotes around what has blanks in it.
fn command_line(arguments: &[String]) -> String {
    let quoted: Vec<_> = arguments
        .iter()
        .map(|argument| {
            if argument.contains(' ') {
                format!("\"{argument}\"")
            } else {
                argument.clone()
            }
        })
        .collect();
    quoted.join(" ")
}

fn within<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

#[test]
fn strace_sees_the_programs_and_connections_that_the_sensor_sees() {
    if !is_possible() {
        return;
    }
    if !has("strace", &["-V"]) {
        eprintln!("skipped: strace not present");
        return;
    }
    if !Path::new("/usr/bin/curl").exists() {
        eprintln!("skipped: /usr/bin/curl not present");
        return;
    }
    let place = Place::new();
    let by_strace = by_strace(&place);
    assert_eq!(by_sensor(&place), by_strace);
    // Both saw something: two empty lists would agree, too.
    assert_eq!(by_strace.connections.len(), 4, "{by_strace:#?}");
    assert_eq!(by_strace.programs.len(), 9, "{by_strace:#?}");
}
