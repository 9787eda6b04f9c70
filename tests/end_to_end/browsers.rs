//! A real browser as the control: it visits a site of every platform, and the
//! detection stays silent; curl visits the same sites, and it fires for each.

use std::fs;
use std::path::Path;

use crate::support::{Library, Run, Workplace, tool, until};
use crate::wine::SCRIPT;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/scenarios/browsers");

/// The scenarios' numbers.
const CHROME: u64 = 1;
const EDGE: u64 = 2;
const CURL: u64 = 3;

/// The sites, and what the detection must say of who is no browser.
const SITES: [(&str, &str); 10] = [
    (
        "df00tech-site-test.argustest.workers.dev",
        "Cloudflare Workers",
    ),
    ("df00tech-site-test.pages.dev", "Cloudflare Workers"),
    (
        "us-central1-df00tech-site-test.cloudfunctions.net",
        "Google Cloud Functions",
    ),
    (
        "df00techsite.execute-api.us-east-1.amazonaws.com",
        "AWS Lambda",
    ),
    (
        "df00techsite1234567890abcdefghi.lambda-url.us-east-1.amazonaws.com",
        "AWS Lambda",
    ),
    ("df00tech-site-test.azurewebsites.net", "Azure Functions"),
    (
        "df00tech-site-test.happywater-0a1b2c3d.eastus.azurecontainerapps.io",
        "Azure Functions",
    ),
    ("df00tech-site-test.netlify.app", "Netlify Functions"),
    ("df00tech-site-test.vercel.app", "Vercel Serverless"),
    ("script.google.com", "Google Apps Script"),
];

/// Where Debian has the program itself: what is on the `PATH` is a script.
const CHROMIUM: &str = "/usr/lib/chromium/chromium";

/// Whether a real browser is here; says loudly if it is not.
fn is_here() -> bool {
    let is_here = Path::new(CHROMIUM).is_file();
    if !is_here {
        eprintln!("skipped: {CHROMIUM} not present");
    }
    is_here && tool("certutil").is_some()
}

/// The scenarios with the shipped detection beside them.
fn stage(workplace: &Workplace) {
    let shipped = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../scenarios/T1583.007/detections/serverless.spl"
    );
    for name in ["T1583.007.yaml", "detections/serverless.expected.yaml"] {
        let text = fs::read_to_string(Path::new(SCENARIOS).join("T1583.007").join(name)).unwrap();
        workplace.write(&format!("library/T1583.007/{name}"), text);
    }
    let detection = fs::read_to_string(shipped).unwrap();
    workplace.write("library/T1583.007/detections/serverless.spl", detection);
}

fn run(workplace: &Workplace, arguments: &[&str]) -> Run {
    stage(workplace);
    let mut all = vec!["run", "--scenarios", "library"];
    all.extend(arguments);
    workplace.run(all)
}

/// The log of the endpoints about one scenario, of one kind.
fn records(run: &Run, scenario: u64, kind: &str) -> Vec<serde_json::Value> {
    run.file("http.ndjson")
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|record| record["scenario"] == scenario && record["record"] == kind)
        .collect()
}

fn interpreter(run: &Run, scenario: u64, name: &str) -> serde_json::Value {
    let scenario = run.scenario(scenario);
    let mut all = scenario.0["interpreters"].as_array().unwrap().iter();
    let found = all.find(|all| all["image"].as_str().unwrap().ends_with(name));
    found.unwrap().clone()
}

#[test]
fn a_real_browser_visits_every_platform_in_silence_and_curl_does_not() {
    if !is_here() {
        return;
    }
    let workplace = Workplace::new();
    let run = run(&workplace, &[]);
    run.exits(0);
    for (number, image) in [(CHROME, "chrome.exe"), (EDGE, "msedge.exe")] {
        let scenario = run.scenario(number);
        assert_eq!(scenario.outcome(), "silent", "{image}");
        assert!(scenario.rows().is_empty());
        let browser = interpreter(&run, number, image);
        assert_eq!(browser["tier"], "native");
        assert!(
            browser["version"]
                .as_str()
                .unwrap()
                .starts_with("Chromium ")
        );
        assert!(browser["why_not_better"].is_null());

        // It did browse: by its telemetry …
        let by_it = |id| -> Vec<_> {
            let mut events = run.events(id);
            events.retain(|event| event.image() == image);
            events
        };
        let started = by_it(1);
        assert!(started.len() > 1, "a browser has processes of its own");
        assert!(
            started
                .iter()
                .any(|event| event.field("CommandLine").contains("--type=renderer"))
        );
        let asked = by_it(22);
        let connected = by_it(3);
        // … and by the endpoints' log.
        let requests = records(&run, number, "http_request");
        for (site, _) in SITES {
            assert!(
                asked.iter().any(|event| event.field("QueryName") == site),
                "{site}"
            );
            assert!(
                connected
                    .iter()
                    .any(|event| event.field("DestinationHostname") == site),
                "{site}"
            );
            let mut served = requests.iter().filter(|request| request["host"] == site);
            let first = served
                .next()
                .unwrap_or_else(|| panic!("{site} was not asked"));
            // Two of the platforms speak no HTTP/2.
            let elder = [".lambda-url.", ".azurewebsites."];
            let version = if elder.iter().any(|name| site.contains(name)) {
                "HTTP/1.1"
            } else {
                "HTTP/2.0"
            };
            assert_eq!(first["version"], version, "{site}");
            assert!(
                first["user_agent"].as_str().unwrap().contains("Chrome/"),
                "{site}"
            );
        }

        // Its own probes came to nothing: they are reported, and no events 3.
        let blocked = scenario.0["blocked"].as_array().unwrap();
        let targets: Vec<_> = blocked
            .iter()
            .map(|blocked| blocked["target"].as_str().unwrap())
            .collect();
        assert!(
            targets.iter().any(|target| target.contains("google")),
            "{targets:?}"
        );
        assert!(
            targets.iter().any(|target| target.starts_with("udp ")),
            "{targets:?}"
        );
        assert!(connected.iter().all(|event| {
            let name = event.field("DestinationHostname");
            // Google's platform sends its visitors on.
            name == "script.googleusercontent.com" || SITES.iter().any(|(site, _)| *site == name)
        }));
    }

    let curl = run.scenario(CURL);
    assert_eq!(curl.outcome(), "detected");
    let rows = curl.rows();
    assert_eq!(rows.len(), SITES.len());
    for (site, platform) in SITES {
        let mut of_site = rows.iter().filter(|row| row["DestinationHostname"] == site);
        assert_eq!(
            of_site.next().unwrap()["serverless_platform"],
            platform,
            "{site}"
        );
        assert!(of_site.next().is_none(), "{site}");
    }
    assert!(curl.0["blocked"].as_array().unwrap().is_empty());
}

#[test]
fn a_stand_in_takes_the_same_command_line() {
    let workplace = Workplace::new();
    let run = run(&workplace, &["1", "2", "--interpreters", "stand-in"]);
    run.exits(0);
    for (number, image) in [(CHROME, "chrome.exe"), (EDGE, "msedge.exe")] {
        let browser = interpreter(&run, number, image);
        assert_eq!(browser["tier"], "stand-in");
        assert!(
            browser["why_not_better"]
                .as_str()
                .unwrap()
                .contains("--interpreters stand-in")
        );
        let requests = records(&run, number, "http_request");
        let hosts: Vec<_> = requests.iter().map(|request| &request["host"]).collect();
        // The last one sends its visitors on to another name.
        assert_eq!(hosts[..SITES.len()], SITES.map(|(site, _)| site));
    }
}

/// Without the tool that makes it trust the lab, no browser is real.
#[test]
fn without_certutil_a_stand_in_browses_and_says_why() {
    if !is_here() {
        return;
    }
    let workplace = Workplace::new();
    let programs = workplace.path().join("programs");
    fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(CHROMIUM, programs.join("chromium")).unwrap();
    let mut command = workplace.command(["run", "9"]);
    command.env("PATH", &programs);
    let run = workplace.finish(command);
    run.exits(0);
    let browser = interpreter(&run, 9, "chrome.exe");
    assert_eq!(browser["tier"], "stand-in");
    let why = browser["why_not_better"].as_str().unwrap();
    assert!(why.contains("libnss3-tools"), "{why}");
}

/// A `certutil` that makes a database and puts no authority into it.
const FORGETFUL: &str = r#"
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "-A")) return 0;
    return execv("REAL", argv);
}
"#;

/// Silence of a browser that could not browse is no right answer: one that does
/// not trust the lab shows that its visits are real.
#[test]
fn a_browser_that_does_not_trust_the_lab_is_no_silence_that_counts() {
    let (true, Some(cc), Some(real)) = (is_here(), tool("cc"), tool("certutil")) else {
        return;
    };
    let workplace = Workplace::new();
    stage(&workplace);
    let source = FORGETFUL.replace("REAL", real.to_str().unwrap());
    let source = workplace.write("programs/certutil.c", source);
    let made = std::process::Command::new(cc)
        .arg("-o")
        .args([&source.with_extension(""), &source])
        .status();
    assert!(made.unwrap().success());
    let path = std::env::var("PATH").unwrap();
    let mut command = workplace.command(["run", "1", "--scenarios", "library"]);
    let programs = source.parent().unwrap().display();
    command.env("PATH", format!("{programs}:{path}"));
    let run = workplace.finish(command);
    run.exits(4);
    let browser = interpreter(&run, CHROME, "chrome.exe");
    assert_eq!(browser["tier"], "native");
    let scenario = run.scenario(CHROME);
    assert_eq!(scenario.outcome(), "lab_error", "{}", scenario.cause());
    assert!(
        scenario.cause().contains("came to no request"),
        "{}",
        scenario.cause()
    );
    assert!(records(&run, CHROME, "http_request").is_empty());
    // It did come as far as the handshake.
    assert!(!records(&run, CHROME, "tls_failure").is_empty());
    assert!(!run.events(3).is_empty());
}

#[test]
fn a_browser_that_is_killed_leaves_no_verdict_and_nothing_else() {
    if !is_here() {
        return;
    }
    let workplace = Workplace::new();
    stage(&workplace);
    let running = workplace.start(["run", "1", "--scenarios", "library"]);
    // Its children are `exe`: it starts them as `/proc/self/exe`.
    let processes = running.until_runs("exe");
    running.kill("chrome.exe");
    let run = running.end();
    run.exits(4);
    let scenario = run.scenario(CHROME);
    assert_eq!(scenario.outcome(), "lab_error");
    let cause = scenario.cause();
    assert!(
        cause.contains("chrome.exe") && cause.contains("signal 9"),
        "{cause}"
    );
    for process in processes {
        until(&format!("the end of {process:?}"), || {
            (!process.runs()).then_some(())
        });
    }
}

/// What a real browser is granted leads no beacon beside it out of the sandbox;
/// and where none is named, it is not granted at all.
#[test]
fn local_sockets_are_granted_beside_a_browser_and_lead_nowhere_out() {
    if !is_here() {
        return;
    }
    for (command, own, other) in [
        ("& rem chrome.exe", "own reached", "other Permission denied"),
        (
            "& rem Chrome/120.0",
            "Operation not permitted",
            "Operation not permitted",
        ),
    ] {
        let workplace = Workplace::new();
        let command = format!("python.exe -c \"exec('{SCRIPT}')\" {command}");
        let library = Library::of(&workplace, &[("Sockets", "command_prompt", &command)]);
        let folder = library.path().to_str().unwrap();
        let mut arguments = vec!["run", "--scenarios", folder];
        if own == other {
            // Wine is granted the same.
            arguments.extend(["--interpreters", "stand-in"]);
        }
        let run = workplace.run(arguments);
        let output = run.scenario(1).0["output"].to_string();
        assert!(output.contains(own), "{}\n{output}", run.stdout);
        assert!(output.contains(other), "{output}");
    }
}
