//! The proxy leads to the endpoints of the table, and nowhere else.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use mock_endpoints::{
    Behaviour, Config, Listen, Record, Service, Table, TableOptions, Tunnel, Workstation,
};

use crate::running::{CLOUD_RUN, DEADLINE, Endpoints, LAMBDA, WORKERS};

const PROXY: &str = "proxy.contoso.example";

fn with_proxy(config: &mut Config) {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let listen = Listen::loopback_only().https(any).unwrap();
    let listen = listen.http(any).unwrap().dns(any).unwrap();
    config.listen = listen.proxy(any).unwrap();
}

fn start() -> Endpoints {
    Endpoints::start_with(with_proxy)
}

/// What the proxy says to a head, until it closes or opens the tunnel.
fn ask(endpoints: &Endpoints, head: &str) -> String {
    let mut stream = TcpStream::connect(endpoints.address(Service::Proxy)).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
        said.push(byte[0]);
    }
    String::from_utf8(said).unwrap()
}

fn connect(endpoints: &Endpoints, target: &str) -> String {
    ask(
        endpoints,
        &format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"),
    )
}

fn tunnel(record: Record) -> Option<Tunnel> {
    match record {
        Record::Tunnel(tunnel) => Some(tunnel),
        _ => None,
    }
}

/// curl's version, status and proxy's status of a GET through the proxy.
fn curl(endpoints: &Endpoints, url: &str) -> Option<String> {
    let proxy = format!("http://{}", endpoints.address(Service::Proxy));
    let output = Command::new("curl")
        .args(["-q", "-sS", "--max-time", "30", "-o", "/dev/null"])
        .args(["-w", "%{http_version} %{http_code} %{http_connect}"])
        .args(["-x", &proxy, "--cacert"])
        .arg(endpoints.ca_file())
        .arg(url)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: curl is not present");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn curl_reaches_the_endpoint_through_the_proxy() {
    let endpoints = start();
    for (host, version) in [(CLOUD_RUN, "2"), (LAMBDA, "1.1")] {
        let Some(said) = curl(&endpoints, &format!("https://{host}/beacon")) else {
            return;
        };
        assert_eq!(said, format!("{version} 200 200"), "{host}");
        let tunnel = endpoints.wait_for(tunnel);
        assert_eq!(tunnel.target, format!("{host}:443"));
        assert_eq!((tunnel.method.as_str(), tunnel.status), ("CONNECT", 200));
        assert_eq!(tunnel.local, endpoints.address(Service::Proxy));
        // What came through has the connection of the request for the tunnel.
        let request = endpoints.wait_for(|record| match record {
            Record::HttpRequest(request) => Some(request),
            _ => None,
        });
        assert_eq!(request.connection, tunnel.connection);
        assert_eq!(request.peer, tunnel.peer);
        assert_eq!(request.server_name.as_deref(), Some(host));
        assert_eq!(request.path, "/beacon");
    }
}

#[test]
fn what_is_no_endpoint_is_refused() {
    let endpoints = start();
    for (target, status) in [
        (format!("{WORKERS}:443"), "200"),
        (format!("{}:443", WORKERS.to_uppercase()), "200"),
        (format!("{}:443", address(&endpoints)), "200"),
        (format!("{WORKERS}:80"), "403"),
        (format!("{WORKERS}:8443"), "403"),
        ("example.com:443".to_owned(), "403"),
        ("crl.beaconlab.test:443".to_owned(), "403"),
        ("lab-ws01.corp.test:443".to_owned(), "403"),
        ("127.0.0.1:443".to_owned(), "403"),
        ("[::1]:443".to_owned(), "403"),
        ("8.8.8.8:443".to_owned(), "403"),
    ] {
        let said = connect(&endpoints, &target);
        assert!(
            said.starts_with(&format!("HTTP/1.1 {status} ")),
            "{target}: {said}"
        );
        let tunnel = endpoints.wait_for(tunnel);
        assert_eq!(tunnel.target.to_lowercase(), target.to_lowercase());
        assert_eq!(tunnel.status.to_string(), status);
    }
    let said = ask(
        &endpoints,
        &format!("GET http://{WORKERS}/ HTTP/1.1\r\nHost: {WORKERS}\r\n\r\n"),
    );
    assert!(said.starts_with("HTTP/1.1 403 "), "{said}");
}

fn address(endpoints: &Endpoints) -> Ipv4Addr {
    endpoints
        .table
        .host(&WORKERS.parse().unwrap())
        .unwrap()
        .ipv4[0]
}

/// Not even a server beside it on loopback.
#[test]
fn nobody_else_is_connected_to() {
    let endpoints = start();
    let bystander = TcpListener::bind("127.0.0.1:0").unwrap();
    bystander.set_nonblocking(true).unwrap();
    let target = bystander.local_addr().unwrap().to_string();
    assert!(connect(&endpoints, &target).starts_with("HTTP/1.1 403 "));
    assert_eq!(
        bystander.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

#[test]
fn silence_and_noise_end_in_time() {
    let endpoints = Endpoints::start_with(|config| {
        with_proxy(config);
        config.limits.header = Duration::from_millis(50);
        config.limits.handshake = Duration::from_millis(50);
    });
    for head in [
        String::new(),
        "CONNECT".to_owned(),
        "\u{0}\r\n\r\n".to_owned(),
        format!("CONNECT {} HTTP/1.1\r\n", "a".repeat(100_000)),
        format!("CONNECT {WORKERS}:443 HTTP/1.1\r\nHost: {WORKERS}:443\r\n\r\n"),
        format!("CONNECT {WORKERS}:443 HTTP/1.1\r\nHost: x\r\n\r\nno handshake"),
    ] {
        let mut stream = TcpStream::connect(endpoints.address(Service::Proxy)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let _it_may_hang_up_first = stream.write_all(head.as_bytes());
        let mut rest = Vec::new();
        match stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{head}"),
        }
    }
    // And the next one is served.
    assert!(connect(&endpoints, &format!("{WORKERS}:443")).starts_with("HTTP/1.1 200 "));
}

#[test]
fn behaviours_hold_for_the_proxy_too() {
    let refusing = Endpoints::start_with(|config| {
        with_proxy(config);
        config.behaviour = Behaviour::Refuse;
    });
    assert_eq!(refusing.find(Service::Proxy), None);
    let hiding = Endpoints::start_with(|config| {
        with_proxy(config);
        config.behaviour = Behaviour::Nxdomain;
    });
    let said = connect(&hiding, &format!("{WORKERS}:443"));
    assert!(said.starts_with("HTTP/1.1 502 "), "{said}");
    let failing = Endpoints::start_with(|config| {
        with_proxy(config);
        config.behaviour = Behaviour::Error;
    });
    if let Some(said) = curl(&failing, &format!("https://{WORKERS}/")) {
        assert_eq!(said, "2 500 200");
    }
}

#[test]
fn the_table_says_where_a_proxy_listens() {
    let workstation = Workstation {
        name: "lab-ws01.corp.test".parse().unwrap(),
        address: Ipv4Addr::new(10, 11, 12, 13),
    };
    let mut options = TableOptions::new(mock_endpoints::PtrMode::Lab, workstation);
    options.proxies.insert(PROXY.parse().unwrap(), 8080);
    let table = Table::new([WORKERS.parse().unwrap()], &options).unwrap();
    let address = table.host(&PROXY.parse().unwrap()).unwrap().ipv4[0];
    let sockets: Vec<_> = table.proxies().collect();
    assert_eq!(sockets, [SocketAddr::new(address.into(), 8080)]);
    assert_eq!(address.octets()[..3], [203, 0, 113]);
}
