//! Real clients: curl, Python, OpenSSL and ureq. A client that is not
//! installed is skipped with a word.

use std::{
    io::ErrorKind,
    net::IpAddr,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use mock_endpoints::{HostName, PlatformId, PtrMode, Record, Service, Table, TableOptions};

use crate::running::{
    AZURE, CONTAINER, Endpoints, FUNCTIONS, GATEWAY, LAMBDA, NETLIFY, PAGES, SCRIPT, VERCEL,
    WORKERS,
};

/// Runs a program without the environment, which may name other authorities.
/// None where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", std::env::var_os("HOME").unwrap_or_default())
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: {program} is not present");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What curl says of a GET: version, status, result of the verification.
fn curl(endpoints: &Endpoints, host: &str, path: &str, more: &[&str]) -> Option<String> {
    let port = endpoints.address(Service::Https).port();
    let connect_to = format!("::127.0.0.1:{port}");
    let ca = endpoints.ca_file();
    let url = format!("https://{host}{path}");
    let mut arguments = vec![
        "-q",
        "-sS",
        "--max-time",
        "30",
        "--noproxy",
        "*",
        "-o",
        "/dev/null",
        "-w",
        "%{http_version} %{http_code} %{ssl_verify_result}",
        "--cacert",
        ca.to_str().unwrap(),
        "--connect-to",
        &connect_to,
        &url,
    ];
    arguments.extend(more);
    let output = run("curl", &arguments)?;
    assert!(output.status.success(), "{host}: {}", text(&output.stderr));
    Some(text(&output.stdout))
}

#[test]
fn curl_gets_the_http_version_that_the_platform_offers() {
    let endpoints = Endpoints::start();
    for (host, version) in [
        (WORKERS, "2"),
        (PAGES, "2"),
        (FUNCTIONS, "2"),
        (GATEWAY, "2"),
        (LAMBDA, "1.1"),
        (AZURE, "1.1"),
        (CONTAINER, "2"),
        (NETLIFY, "2"),
        (VERCEL, "2"),
    ] {
        let Some(got) = curl(&endpoints, host, "/", &[]) else {
            return;
        };
        assert_eq!(got, format!("{version} 200 0"), "{host}");
        let got = curl(&endpoints, host, "/", &["--http1.1"]).unwrap();
        assert_eq!(got, "1.1 200 0", "{host}");
    }
}

/// The headers are those of a GET, and no body follows them.
#[test]
fn curl_asks_for_the_head_alone() {
    let endpoints = Endpoints::start();
    for version in ["--http2", "--http1.1"] {
        let more = [
            "--head",
            version,
            "-w",
            "%header{content-length} %{size_download}",
        ];
        let Some(got) = curl(&endpoints, WORKERS, "/", &more) else {
            return;
        };
        assert_eq!(got, "12 0", "{version}");
    }
}

#[test]
fn curl_may_use_tls_1_2_or_1_3_and_nothing_older() {
    let endpoints = Endpoints::start();
    for (arguments, version) in [
        (["--tls-max", "1.2"], "TLSv1.2"),
        (["--tlsv1.3", "--http1.1"], "TLSv1.3"),
    ] {
        if curl(&endpoints, WORKERS, "/", &arguments).is_none() {
            return;
        }
        let tls = endpoints.wait_for(|record| match record {
            Record::Tls(tls) => Some(tls),
            _ => None,
        });
        assert_eq!(tls.version, version);
        assert_eq!(tls.server_name.as_deref(), Some(WORKERS));
    }
}

#[test]
fn http2_headers_are_lower_case_and_in_order() {
    let endpoints = Endpoints::start();
    if curl(
        &endpoints,
        WORKERS,
        "/",
        &["--http2", "-D", endpoints.file("head").to_str().unwrap()],
    )
    .is_none()
    {
        return;
    }
    let head = std::fs::read_to_string(endpoints.file("head")).unwrap();
    let names: Vec<_> = head
        .lines()
        .filter_map(|line| line.split_once(": ").map(|(name, _)| name))
        .collect();
    assert_eq!(
        names,
        [
            "date",
            "content-type",
            "content-length",
            "server",
            "report-to",
            "nel",
            "cf-ray",
            "alt-svc"
        ]
    );
}

#[test]
fn curl_follows_a_script_to_its_content() {
    let endpoints = Endpoints::start();
    let path = "/macros/s/AKfycbx/exec";
    for (more, expected) in [
        (&["-L"][..], "2 200 0"),
        (&["-L", "-d", "x=1"], "2 200 0"),
        (&["-L", "-X", "POST", "-d", "x=1"], "2 405 0"),
    ] {
        let Some(got) = curl(&endpoints, SCRIPT, path, more) else {
            return;
        };
        assert_eq!(got, expected, "{more:?}");
    }
}

#[test]
fn curl_refuses_an_authority_that_it_does_not_know() {
    let endpoints = Endpoints::start();
    let other = Endpoints::start();
    let port = endpoints.address(Service::Https).port();
    let connect_to = format!("::127.0.0.1:{port}");
    let url = format!("https://{WORKERS}/");
    let Some(output) = run(
        "curl",
        &[
            "-q",
            "-sS",
            "--noproxy",
            "*",
            "--cacert",
            other.ca_file().to_str().unwrap(),
            "--connect-to",
            &connect_to,
            &url,
        ],
    ) else {
        return;
    };
    // 60: the peer's certificate cannot be authenticated.
    assert_eq!(output.status.code(), Some(60), "{}", text(&output.stderr));
    let failure = endpoints.wait_for(|record| match record {
        Record::TlsFailure(failure) => Some(failure),
        _ => None,
    });
    assert!(failure.reason.contains("UnknownCA"), "{}", failure.reason);
}

#[test]
fn a_client_that_names_no_server_gets_the_one_at_the_address() {
    let endpoints = Endpoints::start_with(|config| {
        let options = TableOptions::new(PtrMode::Lab, config.table.workstation().clone());
        let host = VERCEL.parse::<HostName>().unwrap();
        config.table = Table::at([host], IpAddr::from([127, 0, 0, 1]), &options).unwrap();
    });
    let connect = endpoints.address(Service::Https).to_string();
    let client = ["s_client", "-brief", "-connect", &connect, "-noservername"];
    if let Some(output) = run("openssl", &client) {
        let said = text(&output.stderr);
        assert!(
            said.contains("Peer certificate: CN = *.vercel.app"),
            "{said}"
        );
    }
    let url = format!("https://{connect}/");
    let client = ["-q", "-sS", "-k", "--noproxy", "*", &url];
    if let Some(output) = run("curl", &client) {
        let said = text(&output.stdout);
        assert!(said.contains("DEPLOYMENT_NOT_FOUND"), "{said}");
        let request = endpoints.wait_for(|record| match record {
            Record::HttpRequest(request) => Some(request),
            _ => None,
        });
        assert_eq!(
            (request.server_name, request.host.as_deref()),
            (None, Some("127.0.0.1"))
        );
        assert_eq!(request.platform, Some(PlatformId::Vercel));
    }
}

const PYTHON: &str = r#"
import socket, ssl, sys, urllib.request
ca, port, url = sys.argv[1:]
plain = socket.getaddrinfo
def lookup(host, *rest, **more):
    return plain("127.0.0.1", int(port), type=socket.SOCK_STREAM)
socket.getaddrinfo = lookup
context = ssl.create_default_context(cafile=ca)
answer = urllib.request.urlopen(url, context=context, timeout=30)
print(answer.status, answer.headers["Server"], answer.read().decode())
"#;

#[test]
fn python_trusts_the_authority() {
    let endpoints = Endpoints::start();
    let ca = endpoints.ca_file();
    let port = endpoints.address(Service::Https).port().to_string();
    for (url, expected) in [
        (
            format!("https://{FUNCTIONS}/beacon"),
            "200 Google Frontend Hello World!",
        ),
        (
            format!("https://{SCRIPT}/macros/s/AKfycbx/exec"),
            r#"200 GSE {"status":"ok"}"#,
        ),
    ] {
        let arguments = ["-c", PYTHON, ca.to_str().unwrap(), &port, &url];
        let Some(output) = run("python3", &arguments) else {
            return;
        };
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout).trim(), expected);
    }
}

#[test]
fn openssl_verifies_the_chain_the_name_and_the_revocation_list() {
    let endpoints = Endpoints::start();
    let list = crate::behaviours::revocation_list(&endpoints);
    let crl = endpoints.file("authority.crl");
    std::fs::write(&crl, list).unwrap();
    let connect = endpoints.address(Service::Https).to_string();
    let ca = endpoints.ca_file();
    let client = |host: &str, checked: &str| {
        run(
            "openssl",
            &[
                "s_client",
                "-brief",
                "-connect",
                &connect,
                "-servername",
                host,
                "-CAfile",
                ca.to_str().unwrap(),
                "-verify_return_error",
                "-verify_hostname",
                checked,
                "-CRL",
                crl.to_str().unwrap(),
                "-CRLform",
                "DER",
                "-crl_check",
            ],
        )
    };
    for host in [
        WORKERS, PAGES, FUNCTIONS, GATEWAY, LAMBDA, AZURE, CONTAINER, NETLIFY, VERCEL,
    ] {
        let Some(output) = client(host, host) else {
            return;
        };
        let said = text(&output.stderr) + &text(&output.stdout);
        assert!(said.contains("Verification: OK"), "{host}: {said}");
    }
    let output = client(WORKERS, "x.notworkers.dev").unwrap();
    assert!(!output.status.success());
}

#[test]
fn openssl_shows_the_platforms_form_of_the_certificate() {
    let endpoints = Endpoints::start();
    let connect = endpoints.address(Service::Https).to_string();
    for (host, subject, names) in [
        (
            WORKERS,
            "CN = *.argustest.workers.dev",
            "DNS:*.argustest.workers.dev",
        ),
        (
            PAGES,
            "CN = beacon.pages.dev",
            "DNS:beacon.pages.dev, DNS:*.beacon.pages.dev",
        ),
        (
            FUNCTIONS,
            "CN = misc.google.com",
            "DNS:*.cloudfunctions.net",
        ),
        (
            LAMBDA,
            "CN = *.lambda-url.us-east-1.amazonaws.com",
            "DNS:*.lambda-url.us-east-1.amazonaws.com",
        ),
        (
            GATEWAY,
            "CN = *.execute-api.us-east-1.amazonaws.com",
            "DNS:*.execute-api.us-east-1.amazonaws.com",
        ),
        (
            AZURE,
            "O = Microsoft Corporation, L = Redmond, CN = *.azurewebsites.net",
            "DNS:*.azurewebsites.net",
        ),
        (
            CONTAINER,
            "O = Microsoft Corporation, CN = happyhill-70162bb9.westeurope.azurecontainerapps.io",
            "DNS:happyhill-70162bb9.westeurope.azurecontainerapps.io, DNS:*.happyhill-70162bb9.westeurope.azurecontainerapps.io",
        ),
        (
            NETLIFY,
            "O = \"Netlify, Inc\", CN = *.netlify.app",
            "DNS:*.netlify.app, DNS:netlify.app",
        ),
        (
            VERCEL,
            "CN = *.vercel.app",
            "DNS:*.vercel.app, DNS:vercel.app",
        ),
        (SCRIPT, "CN = *.google.com", "DNS:*.google.com"),
        // The wildcard stands for one label, so that a regional name is added.
        (
            "app-eceucjhzf7bcfyfn.centralindia-01.azurewebsites.net",
            "O = Microsoft Corporation, L = Redmond, CN = *.azurewebsites.net",
            "DNS:*.azurewebsites.net, DNS:app-eceucjhzf7bcfyfn.centralindia-01.azurewebsites.net",
        ),
    ] {
        let Some(output) = run(
            "openssl",
            &["s_client", "-connect", &connect, "-servername", host],
        ) else {
            return;
        };
        let certificate = endpoints.file("leaf.pem");
        std::fs::write(&certificate, &output.stdout).unwrap();
        let output = run(
            "openssl",
            &[
                "x509",
                "-in",
                certificate.to_str().unwrap(),
                "-noout",
                "-subject",
                "-issuer",
                "-ext",
                "subjectAltName,crlDistributionPoints",
            ],
        )
        .unwrap();
        let said = text(&output.stdout);
        assert!(said.contains(&format!("subject={subject}\n")), "{said}");
        assert!(
            said.contains("issuer=CN = beaconlab test authority - do not trust\n"),
            "{said}"
        );
        assert!(
            said.contains("URI:http://crl.beaconlab.test/authority.crl"),
            "{said}"
        );
        let listed = said.lines().any(|line| line.trim() == names);
        assert!(listed, "{host}: {said}");
    }
}

#[test]
fn ureq_gets_an_answer_in_process() {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    use ureq::{
        Agent,
        config::Config,
        http::Uri,
        tls::{Certificate, RootCerts, TlsConfig},
        unversioned::{
            resolver::{ArrayVec, ResolvedSocketAddrs, Resolver},
            transport::{DefaultConnector, NextTimeout},
        },
    };

    #[derive(Debug)]
    struct Fixed(std::net::SocketAddr);

    impl Resolver for Fixed {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            _: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let mut found = ArrayVec::from_fn(|_| self.0);
            found.push(self.0);
            Ok(found)
        }
    }

    let endpoints = Endpoints::start();
    let pem = endpoints.authority.certificate_pem().as_bytes();
    let root = CertificateDer::from_pem_slice(pem).unwrap();
    let roots = RootCerts::new_with_certs(&[Certificate::from_der(root.as_ref()).to_owned()]);
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)))
        .build();
    let resolver = Fixed(endpoints.address(Service::Https));
    let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
    let mut answer = agent
        .get(format!("https://{VERCEL}/api/beacon"))
        .call()
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["server"], "Vercel");
    assert_eq!(answer.body_mut().read_to_string().unwrap(), "Hello World!");
}
