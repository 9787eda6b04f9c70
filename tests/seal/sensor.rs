//! Programs that start, connect and end in ways that a sensor could lose.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::events::{Event, parse};
use crate::outside::{Guise, Lures, Place, Ran, is_possible};
use crate::scenario;

const BEGINNING: &str = include_str!("sensor.py");

/// A real beacon at the end: the chain of evidence holds only if the sensor and
/// the endpoints agree on it and on all that went before.
const END: &str = "\nbeacon()\ntell(done=True)\n";

const BEACON: &str = "https://df00tech-sensor-test.argustest.workers.dev/";

fn run(place: &Place, script: &str, options: &[&str]) -> Ran {
    let command = scenario::command(&format!("{BEGINNING}{script}"));
    let command = format!("{command} {BEACON} {}", place.name());
    place.run_scenario(Guise::User, &command, options, &Lures::default())
}

const ECONNREFUSED: i64 = 111;

/// What was seen of a script that ran to its end.
struct Observed {
    events: Vec<Event>,
    /// What the script told of itself, a line each.
    told: Vec<Value>,
}

impl Observed {
    /// Runs a script; nothing may be missing, and no witness may disagree.
    fn of(script: &str) -> Option<Self> {
        if !is_possible() {
            return None;
        }
        let place = Place::new();
        let ran = run(&place, &format!("{script}{END}"), &[]);
        let report = ran.report();
        let scenario = &report["scenarios"][0];
        let output = scenario["output"].as_str().unwrap();
        assert_eq!(
            ran.status, 0,
            "{}\n{output}\n{}",
            scenario["cause"], ran.stderr
        );
        let mut told: Vec<Value> = output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{output}")))
            .collect();
        assert_eq!(told.pop().unwrap()["done"], true, "{output}");
        Some(Self {
            events: parse(&ran.file("events.xml")),
            told,
        })
    }

    fn told(&self, key: &str) -> i64 {
        self.told
            .iter()
            .find_map(|told| told.get(key))
            .unwrap_or_else(|| panic!("the script did not tell {key}"))
            .as_i64()
            .unwrap()
    }

    fn all(&self, id: u32) -> Vec<&Event> {
        self.events.iter().filter(|event| event.id == id).collect()
    }

    /// The events of a kind that a process left.
    fn of_process(&self, id: u32, process: i64) -> Vec<&Event> {
        let mut all = self.all(id);
        all.retain(|event| event.process_id() == process);
        all
    }

    /// Events 3 but for the beacon's at the end.
    fn connections(&self) -> Vec<&Event> {
        let mut all = self.all(3);
        all.retain(|event| event.get("DestinationPort") != "443");
        all
    }

    /// The only event 1 of a program of this name.
    fn start_of(&self, image: &str) -> &Event {
        let mut starts = self.all(1);
        starts.retain(|event| event.image() == image);
        assert_eq!(starts.len(), 1, "{image}: {starts:?}");
        starts[0]
    }
}

#[test]
fn a_connection_of_a_fork_is_its_program_s() {
    let Some(seen) = Observed::of(
        "child = forked(connect)\n\
         tell(parent=os.getpid(), child=child, status=waited(child))",
    ) else {
        return;
    };
    let python = seen.start_of("python.exe");
    assert_eq!(python.process_id(), seen.told("parent"));
    let connections = seen.connections();
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0].get("ProcessGuid"), python.get("ProcessGuid"));
    assert_eq!(connections[0].process_id(), seen.told("parent"));
    assert_eq!(connections[0].image(), "python.exe");
    // A fork is no program: it neither starts nor ends one.
    assert!(seen.of_process(1, seen.told("child")).is_empty());
    assert!(seen.of_process(5, seen.told("child")).is_empty());
}

#[test]
fn a_program_of_a_double_fork_is_its_creator_s_child() {
    let Some(seen) = Observed::of(
        "reader, writer = os.pipe()\n\
         def middle():\n\
         \x20   child = os.fork()\n\
         \x20   if child == 0:\n\
         \x20       os.close(writer)\n\
         \x20       os.read(reader, 1)\n\
         \x20       os.execv('/usr/bin/true', ['true', 'daemon'])\n\
         \x20   tell(daemon=child)\n\
         gone = forked(middle)\n\
         waited(gone)\n\
         # Only now, when its parent has ended, the daemon goes on.\n\
         os.close(writer)\n\
         tell(parent=os.getpid(), gone=gone)",
    ) else {
        return;
    };
    let daemon = seen.start_of("true");
    assert_eq!(daemon.process_id(), seen.told("daemon"));
    assert_eq!(
        daemon.get("ParentProcessId"),
        seen.told("parent").to_string()
    );
    assert_eq!(
        daemon.get("ParentProcessGuid"),
        seen.start_of("python.exe").get("ProcessGuid")
    );
    assert_eq!(daemon.get("CommandLine"), "true daemon");
    assert_eq!(seen.of_process(5, seen.told("daemon")).len(), 1);
}

#[test]
fn each_program_of_one_process_is_an_event_with_the_same_parent() {
    let Some(seen) = Observed::of(
        "child = forked(lambda: os.execv('/usr/bin/env', ['env', 'nice', 'true']))\n\
         tell(parent=os.getpid(), child=child, status=waited(child))",
    ) else {
        return;
    };
    let child = seen.told("child");
    assert_eq!(seen.told("status"), 0);
    let starts = seen.of_process(1, child);
    let images: Vec<_> = starts.iter().map(|start| start.image()).collect();
    assert_eq!(images, ["env", "nice", "true"]);
    for start in &starts {
        assert_eq!(
            start.get("ParentProcessId"),
            seen.told("parent").to_string()
        );
    }
    // They differ, as programs of Windows would.
    assert_ne!(starts[0].get("ProcessGuid"), starts[1].get("ProcessGuid"));
    let ends = seen.of_process(5, child);
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].get("ProcessGuid"), starts[2].get("ProcessGuid"));
}

#[test]
fn no_connection_of_many_threads_is_lost() {
    let Some(seen) = Observed::of(
        "ports = set()\n\
         def often():\n\
         \x20   for _ in range(20):\n\
         \x20       with socket.socket() as made:\n\
         \x20           made.connect(SERVED)\n\
         \x20           ports.add(made.getsockname()[1])\n\
         threads = [threading.Thread(target=often) for _ in range(8)]\n\
         for thread in threads: thread.start()\n\
         for thread in threads: thread.join()\n\
         tell(parent=os.getpid(), ports=sorted(ports))",
    ) else {
        return;
    };
    let connections = seen.connections();
    assert_eq!(connections.len(), 160);
    let mut ports: Vec<i64> = connections
        .iter()
        .map(|event| event.get("SourcePort").parse().unwrap())
        .collect();
    ports.sort_unstable();
    let told: Vec<i64> = serde_json::from_value(seen.told[0]["ports"].clone()).unwrap();
    assert_eq!(ports, told);
    for event in connections {
        assert_eq!(event.process_id(), seen.told("parent"));
        assert_eq!(event.get("DestinationPort"), "80");
    }
}

#[test]
fn a_thread_that_becomes_a_program_is_its_process() {
    let Some(seen) = Observed::of(
        "def become():\n\
         \x20   thread = threading.Thread(target=os.execv, args=('/usr/bin/true', ['true']))\n\
         \x20   thread.start()\n\
         \x20   threading.Event().wait()\n\
         child = forked(become)\n\
         tell(child=child, status=waited(child))",
    ) else {
        return;
    };
    assert_eq!(seen.told("status"), 0);
    assert_eq!(seen.start_of("true").process_id(), seen.told("child"));
    assert_eq!(seen.of_process(5, seen.told("child")).len(), 1);
}

#[test]
fn a_process_that_is_stopped_and_continued_goes_on() {
    let Some(seen) = Observed::of(
        "def stop():\n\
         \x20   os.kill(os.getpid(), signal.SIGSTOP)\n\
         \x20   connect()\n\
         child = forked(stop)\n\
         _, status = os.waitpid(child, os.WUNTRACED)\n\
         stopped = os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGSTOP\n\
         os.kill(child, signal.SIGCONT)\n\
         _, status = os.waitpid(child, os.WCONTINUED)\n\
         continued = os.WIFCONTINUED(status)\n\
         tell(stopped=int(stopped), continued=int(continued), status=waited(child))",
    ) else {
        return;
    };
    assert_eq!(seen.told("stopped"), 1);
    assert_eq!(seen.told("continued"), 1);
    assert_eq!(seen.told("status"), 0);
    assert_eq!(seen.connections().len(), 1);
}

#[test]
fn a_child_that_outlives_its_parent_is_still_seen() {
    let Some(seen) = Observed::of(
        "ours, theirs = os.pipe()\n\
         parent = os.getpid()\n\
         def outlive():\n\
         \x20   os.close(theirs)\n\
         \x20   os.read(ours, 1)\n\
         \x20   connect()\n\
         \x20   os.execv('/usr/bin/true', ['true'])\n\
         def leave():\n\
         \x20   tell(orphan=forked(outlive))\n\
         \x20   os.execv('/usr/bin/nice', ['nice', 'true', 'parent'])\n\
         os.set_inheritable(theirs, True)\n\
         parent = forked(leave)\n\
         tell(left=parent)\n\
         waited(parent)\n\
         os.close(theirs)",
    ) else {
        return;
    };
    let starts = seen.of_process(1, seen.told("orphan"));
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].image(), "true");
    // Its creator's last program before it was created was Python.
    assert_eq!(
        starts[0].get("ParentImage"),
        seen.start_of("python.exe").get("Image")
    );
    assert_eq!(seen.connections().len(), 1);
    assert_eq!(seen.of_process(5, seen.told("orphan")).len(), 1);
}

#[test]
fn a_process_that_kills_itself_has_ended() {
    let Some(seen) = Observed::of(
        "killed = subprocess.run(['/usr/bin/env', 'sh', '-c', 'kill -9 $$'])\n\
         tell(status=killed.returncode)",
    ) else {
        return;
    };
    assert_eq!(seen.told("status"), -9);
    let mut ends = seen.all(5);
    ends.retain(|end| !["python.exe", "cmd.exe"].contains(&end.image()));
    assert_eq!(ends.len(), 1, "{ends:?}");
}

#[test]
fn a_process_that_ignores_polite_signals_ends_when_time_is_up() {
    if !is_possible() {
        return;
    }
    let place = Place::new();
    let script = "for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]:\n\
                  \x20   signal.signal(number, signal.SIG_IGN)\n\
                  def stay():\n\
                  \x20   os.setsid()\n\
                  \x20   signal.pause()\n\
                  for _ in range(3): forked(stay)\n\
                  tell(ready=True)\n\
                  signal.pause()";
    let begun = Instant::now();
    let ran = run(&place, script, &["--timeout", "1.5"]);
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(ran.status, 4, "{}", ran.stderr);
    let report = ran.report();
    let scenario = &report["scenarios"][0];
    assert!(
        scenario["output"].as_str().unwrap().contains("ready"),
        "{scenario}"
    );
    assert_eq!(scenario["outcome"], "lab_error");
    let cause = scenario["cause"].as_str().unwrap();
    assert!(cause.starts_with("time was up after 1.5 s"), "{cause}");
    for process in fs::read_dir("/proc").unwrap() {
        let command = process.unwrap().path().join("cmdline");
        let command = fs::read(command).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        let left = command.contains(place.name()) && command.contains("python.exe");
        assert!(!left, "it is left: {command}");
    }
    let events = parse(&ran.file("events.xml"));
    let ends: Vec<_> = events.iter().filter(|event| event.id == 5).collect();
    assert!(
        ends.iter().any(|end| end.image() == "python.exe"),
        "{ends:?}"
    );
}

#[test]
fn a_connection_that_did_not_block_is_seen_whether_asked_for_or_not() {
    let Some(seen) = Observed::of(
        "def begin():\n\
         \x20   made = socket.socket()\n\
         \x20   made.setblocking(False)\n\
         \x20   made.connect_ex(SERVED)\n\
         \x20   select.select([], [made], [])\n\
         \x20   return made\n\
         with begin() as made:\n\
         \x20   tell(error=made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))\n\
         \x20   tell(asked=made.getsockname()[1])\n\
         with begin() as made:\n\
         \x20   tell(unasked=made.getsockname()[1])",
    ) else {
        return;
    };
    assert_eq!(seen.told("error"), 0);
    let ports: Vec<_> = seen
        .connections()
        .iter()
        .map(|event| event.get("SourcePort").parse::<i64>().unwrap())
        .collect();
    assert_eq!(ports, [seen.told("asked"), seen.told("unasked")]);
}

#[test]
fn a_refused_connection_is_no_event() {
    let Some(seen) = Observed::of(
        "error = socket.socket().connect_ex(closed_port())\n\
         tell(blocking=error)\n\
         with socket.socket() as made:\n\
         \x20   made.setblocking(False)\n\
         \x20   made.connect_ex(closed_port())\n\
         \x20   select.select([], [made], [])\n\
         \x20   tell(later=made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))",
    ) else {
        return;
    };
    assert_eq!(seen.told("blocking"), ECONNREFUSED);
    assert_eq!(seen.told("later"), ECONNREFUSED);
    assert_eq!(seen.connections().len(), 0, "{:?}", seen.connections());
}

/// The error of another socket says nothing of the one whose number it took.
#[test]
fn a_descriptor_s_number_is_not_its_connection() {
    let Some(seen) = Observed::of(
        "made = socket.socket()\n\
         made.setblocking(False)\n\
         tell(begun=made.connect_ex(closed_port()), number=made.fileno())\n\
         made.close()\n\
         with socket.socket() as other:\n\
         \x20   tell(again=other.fileno())\n\
         \x20   other.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)",
    ) else {
        return;
    };
    assert_eq!(seen.told("number"), seen.told("again"));
    assert_eq!(seen.connections().len(), 0, "{:?}", seen.connections());
}

#[test]
fn udp_is_an_event_once_something_is_sent() {
    let Some(seen) = Observed::of(
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:\n\
         \x20   made.connect((ADDRESS, 9))\n\
         sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
         sink.bind(('127.0.0.1', 0))\n\
         with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:\n\
         \x20   made.sendto(b'x', sink.getsockname())\n\
         \x20   made.sendto(b'x', sink.getsockname())\n\
         tell(sink=sink.getsockname()[1])",
    ) else {
        return;
    };
    let connections = seen.connections();
    assert_eq!(connections.len(), 1, "{connections:?}");
    assert_eq!(connections[0].get("Protocol"), "udp");
    assert_eq!(
        connections[0].get("DestinationPort"),
        seen.told("sink").to_string()
    );
}

#[test]
fn an_ipv4_address_in_an_ipv6_socket_is_an_ipv4_address() {
    let Some(seen) = Observed::of(
        "connect(('::ffff:' + ADDRESS, 80), socket.AF_INET6)\n\
         print(json.dumps({'address': ADDRESS}))",
    ) else {
        return;
    };
    let connections = seen.connections();
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0].get("DestinationIp"), seen.told[0]["address"]);
    assert_eq!(connections[0].get("DestinationIsIpv6"), "false");
    assert_eq!(connections[0].get("SourceIsIpv6"), "false");
}

#[test]
fn multipath_tcp_is_tcp() {
    let Some(seen) = Observed::of(
        "try:\n\
         \x20   connect(protocol=262)\n\
         \x20   tell(made=1)\n\
         except OSError:\n\
         \x20   tell(made=0)",
    ) else {
        return;
    };
    if seen.told("made") == 0 {
        eprintln!("skipped: multipath TCP not present");
        return;
    }
    let connections = seen.connections();
    assert_eq!(connections.len(), 1);
    assert_eq!(connections[0].get("Protocol"), "tcp");
}

#[test]
fn no_short_process_is_lost() {
    let Some(seen) = Observed::of(
        "running = [subprocess.Popen(['/usr/bin/true', str(n)]) for n in range(100)]\n\
         tell(parent=os.getpid(), pids=sorted(child.pid for child in running))\n\
         assert all(child.wait() == 0 for child in running)",
    ) else {
        return;
    };
    let of = |id| {
        let mut all: Vec<i64> = seen
            .all(id)
            .into_iter()
            .filter(|event| event.image() == "true")
            .map(Event::process_id)
            .collect();
        all.sort_unstable();
        all
    };
    let told: Vec<i64> = serde_json::from_value(seen.told[0]["pids"].clone()).unwrap();
    assert_eq!(told.len(), 100);
    assert_eq!(of(1), told);
    assert_eq!(of(5), told);
    for event in seen
        .all(1)
        .into_iter()
        .filter(|event| event.image() == "true")
    {
        assert_eq!(
            event.get("ParentProcessId"),
            seen.told("parent").to_string()
        );
    }
}
