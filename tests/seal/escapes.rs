//! A program that tries to get out of the sandbox, by every way there is.

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::{Value, json};

use crate::outside::{Guise, Lures, MARKER, Place, guises, is_possible, of_run, report};
use crate::scenario;

const ATTEMPTS: &str = include_str!("attempts.py");

const BEACON: &str = "https://df00tech-seal-test.argustest.workers.dev/";

/// The variables that the lab documents; none of the host's is among them.
const VARIABLES: &[&str] = &[
    "COMPUTERNAME", "ComSpec", "HOME", "HOMEDRIVE", "HOMEPATH", "LANG", "OS", "PATHEXT", "Path",
    "PYTHONDONTWRITEBYTECODE", "SystemDrive", "SystemRoot", "TEMP", "TMP", "USERDOMAIN",
    "USERNAME", "USERPROFILE", "windir",
];

/// What of the host is set out, and what the script must look for.
struct Bait {
    lures: Lures,
    given: Value,
}

fn bait(place: &Path, guise: Guise, beacon: Option<&str>) -> Bait {
    let secret = place.join("secret");
    std::fs::write(&secret, "a secret of the host").unwrap();
    // The other user opens it, too.
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let name = place.file_name().unwrap().to_str().unwrap();
    let here = place.to_str().unwrap();
    let mut lures = Lures {
        stream_sockets: vec![format!("{here}/stream.sock"), format!("\0beaconlab{name}")],
        datagram_sockets: vec![format!("{here}/datagram.sock"), format!("\0beaconlab{name}.d")],
        relative_sockets: vec![],
        inherited: Some(secret.clone()),
        variables: vec![("BEACONLAB_TEST_SECRET".to_owned(), "host".to_owned())],
    };
    if guise == Guise::Root {
        // Places that only root can write to, and that the sandbox has.
        lures.stream_sockets.push(format!("/run/beaconlab-test{name}.sock"));
        lures.stream_sockets.push(format!("/usr/local/lib/.beaconlab-test{name}.sock"));
        lures.datagram_sockets.push(format!("/usr/local/lib/.beaconlab-test{name}.d.sock"));
        lures.relative_sockets.push(format!("/usr/local/lib/.beaconlab-test{name}.r.sock"));
    }
    let given = json!({
        "stream_sockets": lures.stream_sockets,
        "datagram_sockets": lures.datagram_sockets,
        "relative_sockets": lures.relative_sockets,
        "elsewhere": [format!("{here}/elsewhere.sock")],
        "directories": [here],
        "files": [secret, here],
        "variables": VARIABLES,
        "marker": MARKER,
        "shared_memory": 0x0BEA_C014,
        "beacon": beacon,
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

fn assert_sealed(guise: Guise, isolation: &str) {
    let place = Place::new();
    // Its namespace of networks is another one than the sandbox's parent's, as
    // a container's would be.
    let elsewhere = UnixListener::bind(place.path().join("elsewhere.sock")).unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let bait = bait(place.path(), guise, Some(BEACON));
    let folder = place.path().join("scenarios");
    let command = format!("{} {BEACON}", scenario::command(&script(&bait.given)));
    scenario::write(&folder, &command);
    let out = place.path().join("runs");
    let command = [
        place.binary().to_str().unwrap(),
        "run",
        "--scenarios",
        folder.to_str().unwrap(),
        "--isolation",
        isolation,
        "--timeout",
        "60",
        "--out",
        out.to_str().unwrap(),
    ]
    .map(str::to_owned);
    let ran = place.run(guise, &command, &bait.lures);
    let report = report(&out);
    assert_eq!(report["isolation"], isolation, "{}", ran.stderr);
    let output = report["scenarios"][0]["output"].as_str().unwrap();
    let outcomes = outcomes(output);
    let open: Vec<_> = outcomes
        .iter()
        .filter(|(_, outcome)| !outcome.starts_with("blocked"))
        .collect();
    assert!(open.is_empty(), "as {guise:?}, {isolation}: {open:#?}");
    let all = format!("all {} attempts were made", outcomes.len());
    assert!(output.contains(&all), "{output}\n{}", ran.stderr);
    assert!(ran.reached.is_empty(), "{:?}", ran.reached);
    assert!(elsewhere.accept().is_err(), "a socket of another network was reached");
    assert!(output.contains("the beacon was answered"), "{output}");
    assert_eq!(ran.status, 0, "{}\n{}", ran.stdout, ran.stderr);
    let events = of_run(&out, "events.xml");
    assert!(events.contains("df00tech-seal-test"), "{events}");
}

#[test]
fn no_way_leads_out_of_a_sealed_sandbox() {
    if !is_possible() {
        return;
    }
    for guise in guises() {
        assert_sealed(guise, "sealed");
    }
}

#[test]
fn no_way_leads_out_of_a_sandbox_that_root_made() {
    if !is_possible() {
        return;
    }
    if guises().contains(&Guise::Root) {
        assert_sealed(Guise::Root, "root");
    }
}
