//! `beaconlab serve`: third parties agree with what it serves.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use assert_cmd::Command;
use nix::sys::signal::Signal;
use predicates::prelude::*;

use crate::support::{DEADLINE, Running, Workplace, tool};

/// A name that the shipped scenarios ask for.
const NAME: &str = "us-central1-df00tech-argus-test.cloudfunctions.net";

/// A server that runs, and what it said of itself.
struct Server {
    running: Running,
    workplace: Workplace,
    https: SocketAddr,
    http: SocketAddr,
    dns: SocketAddr,
    proxy: Option<SocketAddr>,
    names: BTreeSet<String>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let workplace = Workplace::new();
        let ports = [
            "serve",
            "--https-port",
            "0",
            "--http-port",
            "0",
            "--dns-port",
            "0",
        ];
        let running = workplace.start(ports.iter().chain(arguments));
        let mut lines = Vec::new();
        loop {
            let line = running.line();
            let is_last = line.starts_with("Serving");
            lines.push(line);
            if is_last {
                break;
            }
        }
        let find = |service: &str| -> Option<SocketAddr> {
            let line = lines.iter().find(|line| line.starts_with(service))?;
            let (_, address) = line.split_once(' ').unwrap();
            Some(address.trim().parse().unwrap())
        };
        let address = |service: &str| find(service).unwrap();
        let (https, http, dns) = (address("HTTPS "), address("HTTP "), address("DNS "));
        let proxy = find("PROXY ");
        let names = lines
            .iter()
            .filter_map(|line| line.strip_prefix("  "))
            .map(str::to_owned)
            .collect();
        Self {
            running,
            workplace,
            https,
            http,
            dns,
            proxy,
            names,
        }
    }

    fn certificate(&self) -> PathBuf {
        self.workplace.path().join("beaconlab-ca.pem")
    }

    /// `curl` for a name, sent to the server's address.
    fn curl(&self, name: &str) -> Option<Command> {
        let port = self.https.port();
        let mut command = Command::new(tool("curl")?);
        command
            .args([
                "--silent",
                "--show-error",
                "--noproxy",
                "*",
                "--max-time",
                "30",
            ])
            .args(["--resolve", &format!("{name}:{port}:{}", self.https.ip())])
            .arg(format!("https://{name}:{port}/"))
            .timeout(DEADLINE);
        Some(command)
    }

    /// Ends it by Ctrl-C.
    #[track_caller]
    fn stop(self) -> String {
        self.running.signal(Signal::SIGINT);
        let run = self.running.end();
        run.exits(0);
        run.stdout
    }
}

#[test]
fn it_serves_on_loopback_unless_told_otherwise() {
    let server = Server::start(&[]);
    for address in [server.https, server.http, server.dns] {
        assert!(address.ip().is_loopback(), "{address}");
    }
    assert!(server.names.contains(NAME), "{:?}", server.names);
    assert!(server.names.len() >= 10);
    server.stop();
}

#[test]
fn another_address_must_be_exposed_by_name() {
    let cases: [&[&str]; 3] = [
        &["--listen", "192.0.2.1"],
        &["--listen", "0.0.0.0"],
        // What is exposed is another address.
        &["--listen", "192.0.2.1", "--expose", "192.0.2.2"],
    ];
    for arguments in cases {
        let workplace = Workplace::new();
        let run = workplace.run(["serve"].iter().chain(arguments));
        run.exits(3);
        assert!(
            run.stderr.contains("not a loopback address"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("--expose"), "{}", run.stderr);
        assert!(!workplace.path().join("beaconlab-ca.pem").exists());
    }
}

#[test]
fn curl_verifies_the_certificate_and_only_with_the_authority() {
    let server = Server::start(&[]);
    let Some(mut trusting) = server.curl(NAME) else {
        return;
    };
    let answer = trusting.arg("--cacert").arg(server.certificate()).assert();
    answer.success();
    // Every name of every scenario has a certificate of its own.
    for name in &server.names {
        let mut command = server.curl(name).unwrap();
        command.arg("--cacert").arg(server.certificate());
        command.assert().success();
    }
    // 60: the peer's certificate cannot be authenticated.
    server.curl(NAME).unwrap().assert().code(60);
    let log = server.stop();
    assert!(log.contains("\"record\":\"http_request\""), "{log}");
    assert!(log.contains(NAME), "{log}");
}

#[test]
fn a_proxy_leads_to_the_endpoints_and_nowhere_else() {
    let Some(curl) = tool("curl") else {
        return;
    };
    assert_eq!(Server::start(&[]).proxy, None);
    let server = Server::start(&["--proxy-port", "0"]);
    let proxy = format!("http://{}", server.proxy.unwrap());
    let ask = |name: &str| {
        Command::new(&curl)
            .args([
                "--silent",
                "--max-time",
                "30",
                "--proxy",
                &proxy,
                "--cacert",
            ])
            .arg(server.certificate())
            .arg(format!("https://{name}/"))
            .timeout(DEADLINE)
            .assert()
    };
    ask(NAME).success();
    // 56: what the proxy answers is no success.
    ask("www.example.com").code(56);
    let log = server.stop();
    for (target, status) in [(NAME, 200), ("www.example.com", 403)] {
        let tunnel = format!("\"target\":\"{target}:443\",\"status\":{status}");
        assert!(log.contains(&tunnel), "{log}");
    }
}

#[test]
fn a_domain_of_ones_own_is_an_alias_and_answers_as_its_platform() {
    let Some(dig) = tool("dig") else {
        return;
    };
    let server = Server::start(&[]);
    let name = "blog.df00tech-test.example";
    Command::new(dig)
        .arg(format!("@{}", server.dns.ip()))
        .args(["-p", &server.dns.port().to_string()])
        .args(["+time=10", "+tries=1", "+short", name])
        .timeout(DEADLINE)
        .assert()
        .success()
        .stdout(format!("cname.vercel-dns-0.com.\n{}\n", server.https.ip()));
    if let Some(mut curl) = server.curl(name) {
        curl.arg("--cacert").arg(server.certificate()).arg("--head");
        let headers = curl.assert().success();
        headers.stdout(predicate::str::contains("server: Vercel"));
    }
    server.stop();
}

/// Opens a connection and prints the version and the names of the certificate.
const PYTHON: &str = "
import socket, ssl, sys
name, address, port, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
with socket.create_connection((address, int(port)), timeout=30) as connection:
    with context.wrap_socket(connection, server_hostname=name) as secure:
        names = [value for kind, value in secure.getpeercert()['subjectAltName'] if kind == 'DNS']
        print(secure.version(), *names)
";

#[test]
fn python_verifies_the_certificate() {
    let Some(python) = tool("python3") else {
        return;
    };
    let server = Server::start(&[]);
    let python = |name: &str, authority: PathBuf| {
        Command::new(&python)
            .args(["-c", PYTHON, name])
            .arg(server.https.ip().to_string())
            .arg(server.https.port().to_string())
            .arg(authority)
            .timeout(DEADLINE)
            .assert()
    };
    python(NAME, server.certificate())
        .success()
        .stdout(predicate::str::starts_with("TLSv1.3 "));
    // An authority of another run is none.
    let other = Server::start(&[]);
    python(NAME, other.certificate())
        .failure()
        .stderr(predicate::str::contains("CERTIFICATE_VERIFY_FAILED"));
    other.stop();
    server.stop();
}

#[test]
fn openssl_verifies_the_certificate_in_both_versions_of_tls() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let server = Server::start(&[]);
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        Command::new(&openssl)
            .args(["s_client", "-brief", "-verify_return_error", version])
            .args(["-connect", &server.https.to_string()])
            .args(["-servername", NAME, "-verify_hostname", NAME])
            .arg("-CAfile")
            .arg(server.certificate())
            .write_stdin("")
            .timeout(DEADLINE)
            .assert()
            .success()
            .stderr(predicate::str::contains(format!(
                "Protocol version: {name}"
            )))
            .stderr(predicate::str::contains("Verification: OK"));
    }
    server.stop();
}

#[test]
fn the_revocation_list_is_there_over_plain_http() {
    let Some(curl) = tool("curl") else {
        return;
    };
    let server = Server::start(&[]);
    let list = server.workplace.path().join("list.crl");
    let openssl = tool("openssl");
    let Some(openssl) = openssl else {
        return;
    };
    // The certificate says where the list is.
    let leaf = Command::new(&openssl)
        .args(["s_client", "-connect", &server.https.to_string()])
        .args(["-servername", NAME])
        .write_stdin("")
        .timeout(DEADLINE)
        .assert()
        .success();
    let text = Command::new(&openssl)
        .args(["x509", "-noout", "-text"])
        .write_stdin(leaf.get_output().stdout.clone())
        .timeout(DEADLINE)
        .assert()
        .success();
    let text = String::from_utf8(text.get_output().stdout.clone()).unwrap();
    let url = text.split_once("URI:http://").unwrap().1;
    let (host, path) = url.lines().next().unwrap().split_once('/').unwrap();
    Command::new(curl)
        .args(["--silent", "--fail", "--noproxy", "*", "--max-time", "30"])
        .args(["--header", &format!("Host: {host}"), "--output"])
        .arg(&list)
        .arg(format!("http://{}/{path}", server.http))
        .timeout(DEADLINE)
        .assert()
        .success();
    Command::new(openssl)
        .args(["crl", "-noout", "-inform", "DER", "-in"])
        .arg(&list)
        .arg("-CAfile")
        .arg(server.certificate())
        .timeout(DEADLINE)
        .assert()
        .success()
        .stderr(predicate::str::contains("verify OK"));
    server.stop();
}

#[test]
fn dig_agrees_with_the_names() {
    let Some(dig) = tool("dig") else {
        return;
    };
    let server = Server::start(&["--name", "mine.example-team.workers.dev"]);
    let ask = |arguments: &[&str]| {
        let output = Command::new(&dig)
            .arg(format!("@{}", server.dns.ip()))
            .args(["-p", &server.dns.port().to_string()])
            .args(["+time=10", "+tries=1"])
            .args(arguments)
            .timeout(DEADLINE)
            .assert()
            .success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    assert!(server.names.contains("mine.example-team.workers.dev"));
    for name in &server.names {
        for transport in ["+notcp", "+tcp"] {
            let answer = ask(&["+short", transport, name, "A"]);
            assert_eq!(answer.lines().last(), Some("127.0.0.1"), "{name}: {answer}");
        }
    }
    let nowhere = ask(&["nowhere.example", "A"]);
    assert!(nowhere.contains("status: NXDOMAIN"), "{nowhere}");
    server.stop();
}

#[test]
fn the_certificate_is_written_where_it_is_wanted() {
    let workplace = Workplace::new();
    let wanted = workplace.path().join("trust.pem");
    let server = Server::start(&["--ca-out", wanted.to_str().unwrap()]);
    let text = fs::read_to_string(&wanted).unwrap();
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----"), "{text}");
    assert!(!text.contains("PRIVATE KEY"));
    assert!(!server.certificate().exists());
    server.stop();
}

#[test]
fn what_cannot_be_served_is_said() {
    let workplace = Workplace::new();
    let cases: [(&[&str], i32, &str); 3] = [
        (&["--name", "bad name"], 3, "`bad name`"),
        (&["--ca-out", "no/ca.pem"], 3, "no/ca.pem"),
        (&["--behaviour", "sulk"], 3, "sulk"),
    ];
    for (arguments, code, said) in cases {
        let run = workplace.run(["serve"].iter().chain(arguments));
        run.exits(code);
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    // A port that is taken.
    let server = Server::start(&[]);
    let port = server.https.port().to_string();
    let taken = [
        "serve",
        "--http-port",
        "0",
        "--dns-port",
        "0",
        "--https-port",
        &port,
    ];
    let run = workplace.run(taken);
    run.exits(4);
    assert!(
        run.stderr.contains(&server.https.to_string()),
        "{}",
        run.stderr
    );
    server.stop();
}
