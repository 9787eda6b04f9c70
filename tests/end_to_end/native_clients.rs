//! Native clients beside curl and Python: Node.js, Wget, and Python's
//! requests. Each is the real program, and trusts the lab by its own means.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, Workplace, tool};

const SCENARIOS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/scenarios/native-clients/T1583.007"
);
const SHIPPED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../scenarios/T1583.007/detections/serverless.spl"
);

/// The scenarios with one text of the atomics changed, and the shipped
/// detection beside them.
fn library(workplace: &Workplace, from: &str, to: &str) -> PathBuf {
    let read = |name: &str| fs::read_to_string(Path::new(SCENARIOS).join(name)).unwrap();
    let atomics = read("T1583.007.yaml");
    assert!(atomics.contains(from), "{from}");
    workplace.write(
        "library/T1583.007/T1583.007.yaml",
        atomics.replace(from, to),
    );
    for name in ["signals.yaml", "detections/serverless.expected.yaml"] {
        workplace.write(&format!("library/T1583.007/{name}"), read(name));
    }
    let detection = fs::read_to_string(SHIPPED).unwrap();
    workplace.write("library/T1583.007/detections/serverless.spl", detection);
    workplace.path().join("library")
}

/// What a client is called in the lab, and what its scenario is.
struct Client {
    number: u64,
    image: &'static str,
    host: &'static str,
    /// Its part of the command line, and the same without the lab's authority.
    trusting: &'static str,
    distrusting: &'static str,
}

const NODE: Client = Client {
    number: 1,
    image: r"C:\Program Files\nodejs\node.exe",
    host: "df00tech-node-test.vercel.app",
    trusting: "node.exe -e",
    distrusting: "set \"NODE_EXTRA_CA_CERTS=\" & node.exe -e",
};

const WGET: Client = Client {
    number: 2,
    image: r"C:\Program Files (x86)\GnuWin32\bin\wget.exe",
    host: "df00tech-wget-test.netlify.app",
    trusting: "wget.exe -q",
    distrusting: "wget.exe -q --ca-directory=/c/Users/analyst/Documents",
};

const REQUESTS: Client = Client {
    number: 3,
    image: r"C:\Program Files\Python3\python.exe",
    host: "df00tech-test.happywater-0a1b2c3d.eastus.azurecontainerapps.io",
    trusting: "python.exe -c",
    // Debian's reads the system's bundle where the variable is not set: it is
    // given another authority, one of those that it depends on.
    distrusting: "set \"REQUESTS_CA_BUNDLE=/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt\" \
                  & python.exe -c",
};

fn run(workplace: &Workplace, client: &Client, library: &Path) -> Run {
    workplace.run([
        "run",
        &client.number.to_string(),
        "--scenarios",
        library.to_str().unwrap(),
    ])
}

/// How many requests the endpoints saw.
fn requests(run: &Run) -> usize {
    let records = run.file("http.ndjson");
    records.matches(r#""record":"http_request""#).count()
}

/// The client beacons, each event names it, and the shipped detection fires as
/// its expectations beside the scenario say; without its means of trust it
/// comes as far as the handshake and no further.
fn beacons_only_if_it_trusts_the_lab(client: &Client) {
    let workplace = Workplace::new();
    let trusted = library(&workplace, client.trusting, client.trusting);
    let trusting = run(&workplace, client, &trusted);
    trusting.exits(0);
    let scenario = trusting.scenario(client.number);
    assert_eq!(scenario.outcome(), "detected");
    assert_eq!(scenario.column("Image"), [client.image; 2]);
    assert_eq!(scenario.column("DestinationHostname"), [client.host; 2]);
    assert_eq!(scenario.column("is_suspicious_process"), ["1"; 2]);
    for id in [1, 3, 22] {
        let mut events = trusting.events(id).into_iter();
        assert!(
            events.any(|event| event.field("Image") == client.image),
            "event {id}"
        );
    }
    let interpreters = scenario.0["interpreters"].as_array().unwrap();
    let ours = interpreters
        .iter()
        .find(|interpreter| interpreter["image"] == client.image)
        .unwrap();
    assert_eq!(ours["tier"], "native");
    assert!(ours["why_not_better"].is_null());
    assert!(ours["version"].as_str().unwrap().contains('.'), "{ours}");
    assert!(Path::new(ours["path"].as_str().unwrap()).is_file());
    assert_eq!(requests(&trusting), 2);

    let workplace = Workplace::new();
    let distrusted = library(&workplace, client.trusting, client.distrusting);
    let distrusting = run(&workplace, client, &distrusted);
    distrusting.exits(4);
    let outcome = distrusting.scenario(client.number);
    assert_eq!(outcome.outcome(), "lab_error");
    // It did ask for the name, and connect.
    assert!(!distrusting.events(22).is_empty());
    assert_eq!(requests(&distrusting), 0);
}

#[test]
fn node_beacons_only_if_it_trusts_the_lab() {
    if tool("node").is_some() {
        beacons_only_if_it_trusts_the_lab(&NODE);
    }
}

#[test]
fn wget_beacons_only_if_it_trusts_the_lab() {
    if tool("wget").is_some() {
        beacons_only_if_it_trusts_the_lab(&WGET);
    }
}

#[test]
fn requests_beacons_only_if_it_trusts_the_lab() {
    // The one that the lab takes: a program, no script that starts another.
    let Some(python) = ["/usr/bin/python3", "/usr/local/bin/python3"]
        .into_iter()
        .find(|python| Path::new(python).exists())
    else {
        eprintln!("skipped: python3 not present");
        return;
    };
    let has = Command::new(python)
        .args(["-I", "-c", "import requests"])
        .output()
        .unwrap();
    if !has.status.success() {
        eprintln!("skipped: requests not present: install python3-requests");
        return;
    }
    beacons_only_if_it_trusts_the_lab(&REQUESTS);
}
