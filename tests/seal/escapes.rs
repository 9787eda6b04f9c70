//! A program that tries to get out of the sandbox, by every way there is.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::outside::{Guise, Lures, MARKER, Place, guises, is_possible};
use crate::{outside, scenario};

const ATTEMPTS: &str = include_str!("attempts.py");

const BEACON: &str = "https://df00tech-seal-test.argustest.workers.dev/";

/// The variables that the lab documents; none of the host's is among them.
const VARIABLES: &[&str] = &[
    "COMPUTERNAME",
    "ComSpec",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "LANG",
    "NODE_EXTRA_CA_CERTS",
    "OS",
    "PATHEXT",
    "Path",
    "PYTHONDONTWRITEBYTECODE",
    "REQUESTS_CA_BUNDLE",
    "SystemDrive",
    "SystemRoot",
    "TEMP",
    "TMP",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "windir",
];

/// What a script in a sandbox with Wine tries: it alone may open local stream
/// sockets. (All of the other script is longer than a command line of cmd.exe
/// may be.)
const LOCAL_SOCKETS: &str = r#"
import socket
def reach(name, kind, address, family=socket.AF_UNIX):
    if address.startswith("\0"):
        name = name.replace("\0", "@")
    try:
        socket.socket(family, kind).connect(address)
        print(f"{name}: OPEN")
    except OSError as error:
        print(f"{name}: blocked {error.strerror}")
for address in given["stream_sockets"] + given["elsewhere"]:
    reach(f"stream {address}", socket.SOCK_STREAM, address)
for address in given["datagram_sockets"]:
    reach(f"datagram {address}", socket.SOCK_DGRAM, address)
own = socket.socket(socket.AF_UNIX)
own.bind("/tmp/own")
own.listen()
reach("its own", socket.SOCK_STREAM, "/tmp/own")
"#;

/// What of the host is set out, and what the script must look for.
struct Bait {
    lures: Lures,
    given: Value,
}

fn bait(place: &Place, guise: Guise, elsewhere: &Elsewhere) -> Bait {
    let secret = place.path().join("secret");
    fs::write(&secret, "a secret of the host").unwrap();
    // The other user opens it, too.
    fs::set_permissions(&secret, Permissions::from_mode(0o666)).unwrap();
    let name = place.name();
    let here = place.path().to_str().unwrap();
    let mut lures = Lures {
        stream_sockets: vec![format!("{here}/stream.sock"), format!("\0beaconlab{name}")],
        datagram_sockets: vec![
            format!("{here}/datagram.sock"),
            format!("\0beaconlab{name}.d"),
        ],
        inherited: Some(secret.clone()),
        variables: vec![("BEACONLAB_TEST_SECRET".to_owned(), "host".to_owned())],
        ..Lures::default()
    };
    if guise == Guise::Root {
        // Places that only root can write to, and that the sandbox has.
        lures
            .stream_sockets
            .push(format!("/run/beaconlab-test{name}.sock"));
        lures
            .stream_sockets
            .push(format!("/usr/local/lib/.beaconlab-test{name}.sock"));
        lures
            .datagram_sockets
            .push(format!("/usr/local/lib/.beaconlab-test{name}.d.sock"));
        lures
            .relative_sockets
            .push(format!("/usr/local/lib/.beaconlab-test{name}.r.sock"));
    }
    let given = json!({
        "stream_sockets": lures.stream_sockets,
        "datagram_sockets": lures.datagram_sockets,
        "relative_sockets": lures.relative_sockets,
        "elsewhere": [elsewhere.path],
        "directories": [here],
        "files": [secret, here],
        "variables": VARIABLES,
        "marker": MARKER,
        "shared_memory": place.shared_memory(),
        "beacon": BEACON,
        "only": [],
    });
    Bait { lures, given }
}

fn script(given: &Value) -> String {
    let given = given.to_string();
    // JSON inside a raw string of Python: neither has quotes of three.
    format!("import json\ngiven = json.loads(r'''{given}''')\n{ATTEMPTS}")
}

/// The lines of the script, by attempt.
fn outcomes(output: &str) -> BTreeMap<&str, &str> {
    output
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect()
}

/// A socket in another network namespace than the sandbox's parent's, as a
/// container's would be. It is taken away with its file.
struct Elsewhere {
    path: PathBuf,
    listener: UnixListener,
}

impl Elsewhere {
    fn new(place: &Place, guise: Guise) -> Self {
        let path = match guise {
            Guise::User => place.path().join("elsewhere.sock"),
            Guise::Root => format!("/usr/local/lib/.beaconlab-test{}.e.sock", place.name()).into(),
        };
        let listener = UnixListener::bind(&path).unwrap();
        listener.set_nonblocking(true).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
        Self { path, listener }
    }

    fn was_reached(&self) -> bool {
        self.listener.accept().is_ok()
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What a sandbox is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Granted {
    Nothing,
    /// What a real browser needs, which need not run for that.
    Browser,
}

impl Granted {
    /// What can be granted on this machine.
    fn each() -> &'static [Self] {
        if outside::browser() {
            &[Self::Nothing, Self::Browser]
        } else {
            eprintln!("skipped: beside a real browser, since chromium or certutil is not present");
            &[Self::Nothing]
        }
    }
}

fn assert_sealed(guise: Guise, isolation: &str, granted: Granted) {
    let place = Place::new();
    let elsewhere = Elsewhere::new(&place, guise);
    let mut bait = bait(&place, guise, &elsewhere);
    let mut options = vec!["--isolation", isolation, "--interpreters"];
    let last = match granted {
        Granted::Nothing => {
            options.push("stand-in");
            ""
        }
        Granted::Browser => {
            options.push("auto");
            let variables: Vec<&str> = VARIABLES.iter().chain(&["TMPDIR"]).copied().collect();
            bait.given["variables"] = json!(variables);
            // It is granted where a command calls one.
            " & rem chrome.exe"
        }
    };
    let attempts = scenario::command(&script(&bait.given));
    let command = format!("{attempts} {BEACON}{last}");
    let ran = place.run_scenario(guise, &command, &options, &bait.lures);
    let report = ran.report();
    assert_eq!(report["isolation"], isolation, "{}", ran.stderr);
    let output = report["scenarios"][0]["output"].as_str().unwrap();
    let outcomes = outcomes(output);
    let open: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.starts_with("blocked"))
        .collect();
    assert!(
        open.is_empty(),
        "as {guise:?}, {isolation}, {granted:?}: {open:#?}"
    );
    assert!(outcomes.len() >= 200, "{output}\n{}", ran.stdout);
    let all = format!("all {} attempts were made", outcomes.len());
    assert!(output.contains(&all), "{output}\n{}", ran.stderr);
    assert!(ran.reached.is_empty(), "{:?}", ran.reached);
    assert!(!elsewhere.was_reached());
    assert!(output.contains("the beacon was answered"), "{output}");
    assert_eq!(ran.status, 0, "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn no_way_leads_out_of_a_sealed_sandbox() {
    if !is_possible() {
        return;
    }
    for guise in guises() {
        for granted in Granted::each() {
            assert_sealed(guise, "sealed", *granted);
        }
    }
}

#[test]
fn no_way_leads_out_of_a_sandbox_that_root_made() {
    if !is_possible() {
        return;
    }
    if guises().contains(&Guise::Root) {
        for granted in Granted::each() {
            assert_sealed(Guise::Root, "root", *granted);
        }
    }
}

/// Wine's processes talk by local sockets. With those that are the host's, also with one that no table of the sandbox's shows, they must not.
fn assert_no_local_socket(guise: Guise) {
    let place = Place::new();
    place.keep_wine();
    let elsewhere = Elsewhere::new(&place, guise);
    let bait = bait(&place, guise, &elsewhere);
    let given = json!({
        "stream_sockets": bait.given["stream_sockets"],
        "datagram_sockets": bait.given["datagram_sockets"],
        "elsewhere": bait.given["elsewhere"],
    });
    let script = format!("import json\ngiven = json.loads(r'''{given}''')\n{LOCAL_SOCKETS}");
    let command = format!("{} {BEACON}", scenario::command(&script));
    let options = ["--interpreters", "wine"];
    let ran = place.run_scenario(guise, &command, &options, &bait.lures);
    let report = ran.report();
    let scenario = &report["scenarios"][0];
    let ours = scenario["interpreters"].to_string();
    assert!(ours.contains("Wine's cmd.exe"), "{}", ran.stdout);
    let output = scenario["output"].as_str().unwrap();
    let mut outcomes = outcomes(output);
    assert_eq!(outcomes.remove("its own"), Some("OPEN"), "{output}");
    assert!(outcomes.len() >= 4, "{output}");
    let open: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.starts_with("blocked"))
        .collect();
    assert!(open.is_empty(), "as {guise:?}: {open:#?}");
    assert!(ran.reached.is_empty(), "{:?}", ran.reached);
    assert!(!elsewhere.was_reached());
    if guise == Guise::Root {
        // It is in sight: the sensor is what stops it.
        let name = format!("stream {}", elsewhere.path.display());
        assert_eq!(outcomes[name.as_str()], "blocked Permission denied");
    }
}

#[test]
fn wine_s_sandbox_reaches_no_local_socket_of_the_host() {
    if !is_possible() {
        return;
    }
    if !outside::wine() {
        eprintln!("skipped: wine64 not present");
        return;
    }
    for guise in guises() {
        assert_no_local_socket(guise);
    }
}

/// Attempts that nothing stops where there is no sandbox, whatever the machine.
/// None of them does any harm.
const OPEN_OUTSIDE: &[&str] = &[
    "PTRACE_SEIZE of a child",
    "PTRACE_TRACEME",
    "TIOCSTI on descriptor 0",
    "TIOCSTI with a high word on descriptor 0",
    "accounts of the host",
    "clone without a tracer",
    "descriptor 7",
    "inherited descriptors",
    "pidfd_getfd of itself",
    "privileges",
    "process_vm_readv of itself",
    "process_vm_writev to itself",
    "processes of the host",
    "seccomp with a listener of its own",
    "shared memory of the host",
    "the host's name",
    "the host's variables",
    "the table of the host's sockets",
];

/// The negative twin: without a sandbox the same attempts come through, so that
/// it is the sandbox that stops them.
#[test]
fn the_same_ways_are_open_without_a_sandbox() {
    if !is_possible() {
        return;
    }
    let place = Place::new();
    let elsewhere = Elsewhere::new(&place, Guise::User);
    let mut bait = bait(&place, Guise::User, &elsewhere);
    let here = place.path().display();
    let mut only: Vec<String> = OPEN_OUTSIDE.iter().map(ToString::to_string).collect();
    only.push(format!("a file in {here}"));
    only.push(format!("reading {here}/secret"));
    let sockets = ["stream_sockets", "datagram_sockets", "elsewhere"];
    for address in sockets
        .iter()
        .flat_map(|key| bait.given[key].as_array().unwrap())
    {
        let address = address.as_str().unwrap().replace('\0', "@");
        only.push(format!("the host's socket {address}"));
    }
    for address in &bait.lures.datagram_sockets {
        let address = address.replace('\0', "@");
        only.push(format!("the host's socket {address} from a pair"));
        only.push(format!("the host's socket {address} from a connected pair"));
    }
    only.sort();
    bait.given["only"] = json!(only);
    bait.given["beacon"] = json!(null);
    let command = ["python3", "-I", "-c", &script(&bait.given)].map(str::to_owned);
    let ran = place.run(Guise::User, &command, &bait.lures);
    let open: Vec<_> = outcomes(&ran.stdout)
        .into_iter()
        .filter(|(_, outcome)| outcome.starts_with("OPEN"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(open, only, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(
        ran.reached.len(),
        bait.lures.stream_sockets.len() + bait.lures.datagram_sockets.len()
    );
    assert!(elsewhere.was_reached());
}

/// A Python that was built with the home directory as its prefix needs its
/// library from there, and nothing else.
#[test]
fn an_interpreter_in_a_home_directory_brings_nothing_else_along() {
    let built = Path::new("/usr/bin/python3");
    if !is_possible() || !built.exists() {
        eprintln!("skipped: /usr/bin/python3 not present");
        return;
    }
    let place = Place::new();
    // Not under `/tmp`, which the sandbox has one of its own of.
    let Ok(home) = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")) else {
        eprintln!("skipped: the folder of the build can't be written to");
        return;
    };
    let home = home.path();
    fs::set_permissions(home, Permissions::from_mode(0o755)).unwrap();
    let library = fs::canonicalize(built).unwrap();
    let library = library.file_name().unwrap().to_str().unwrap();
    for directory in ["bin", "lib"] {
        fs::create_dir_all(home.join(directory)).unwrap();
    }
    fs::copy(built, home.join("bin/python3")).unwrap();
    let of_system = Path::new("/usr/lib").join(library);
    std::os::unix::fs::symlink(of_system, home.join("lib").join(library)).unwrap();
    let secret = home.join("secret");
    fs::write(&secret, "a secret of the host").unwrap();
    let elsewhere = Elsewhere::new(&place, Guise::User);
    let mut bait = bait(&place, Guise::User, &elsewhere);
    let name = format!("reading {}", secret.display());
    bait.given["files"] = json!([secret]);
    bait.given["only"] = json!([name]);
    bait.lures.variables.push((
        "PATH".to_owned(),
        format!("{}:/usr/bin:/bin", home.join("bin").display()),
    ));
    let command = format!("{} {BEACON}", scenario::command(&script(&bait.given)));
    let ran = place.run_scenario(Guise::User, &command, &[], &bait.lures);
    let report = ran.report();
    let scenario = &report["scenarios"][0];
    let ours = home.join("bin/python3");
    let mut interpreters = scenario["interpreters"].as_array().unwrap().iter();
    if !interpreters.any(|interpreter| interpreter["path"] == ours.to_str().unwrap()) {
        eprintln!(
            "skipped: {} is not open to an ordinary user",
            ours.display()
        );
        return;
    }
    let output = scenario["output"].as_str().unwrap();
    let outcomes = outcomes(output);
    assert_eq!(outcomes[name.as_str()], "blocked No such file or directory");
    assert_eq!(ran.status, 0, "{output}\n{}", ran.stderr);
}
